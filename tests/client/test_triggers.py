"""A trigger whose answer is lost: never sent twice, found where it can be, and settled later where it cannot."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from commercelayer_klarna import (
    AmbiguousWriteError,
    AuthenticationError,
    ClientCredentials,
    ResponseFormatError,
    TransactionFailedError,
    ValidationError,
)
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.order_life import OrderShop
from support.virtual_time import EPOCH, FakeTime

LOST: list[dict[str, Any]] = [{"kind": "reset"}, {"kind": "truncate"}, {"status": 503}]

# Each trigger: the state that it is pulled in, its endpoint and method, and what it makes.
TRIGGERS = [
    ("pending", "orders", "place", "authorizations"),
    ("placed", "orders", "approve", None),
    ("placed", "orders", "approve_and_capture", "captures"),
    ("placed", "orders", "cancel", "voids"),
    ("approved", "orders", "capture", "captures"),
    ("paid", "orders", "refund", "refunds"),
    ("pending", "orders", "nullify_payment_source", None),
    ("approved", "authorizations", "capture", "captures"),
    ("placed", "authorizations", "void", "voids"),
    ("paid", "captures", "refund", "refunds"),
]


class Shop(OrderShop):
    """A sandbox and a client in fake time. While its machine is ``asleep``, the clocks of the client stand still."""

    def __init__(self, kind: Kind) -> None:
        self.time = FakeTime()
        self.asleep = 0.0
        super().__init__(Sandbox(clock=lambda: EPOCH + self.time.elapsed + self.asleep))
        self.payments = kind.on(self.sandbox, timing=self.time.timing)

    def subject(self, state: str, endpoint: str) -> tuple[str, str]:
        """Return an order in a state, and what the endpoint's trigger is pulled on."""
        order = self.order(state)
        return order, order if endpoint == "orders" else self.transactions(order, endpoint)[0]["id"]

    def lose(self, when: str, **fault: Any) -> None:
        self.sandbox.fail_next(method="PATCH", when=when, **fault)

    def sent(self, id_: str) -> int:
        return len([each for each in self.sandbox.requests if each.method == "PATCH" and each.path.endswith(id_)])

    def made(self, order: str, type_: str | None) -> int:
        return 0 if type_ is None else len(self.transactions(order, type_))


@pytest.fixture
def shop(kind: Kind) -> Shop:
    return Shop(kind)


@pytest.mark.parametrize(("state", "endpoint", "method", "makes"), TRIGGERS)
def test_what_was_carried_out_is_found(shop: Shop, state: str, endpoint: str, method: str, makes: str | None) -> None:
    for fault in LOST:
        order, subject = shop.subject(state, endpoint)
        sent, made = shop.sent(subject), shop.made(order, makes)
        shop.lose("after", **fault)
        found = getattr(getattr(shop.payments, endpoint), method)(subject)
        assert shop.sent(subject) == sent + 1
        assert shop.made(order, makes) == made + (makes is not None)
        assert found.type == ("orders" if endpoint == "orders" else makes)
        assert shop.time.sleeps.pop() == 0.5


@pytest.mark.parametrize(("state", "endpoint", "method", "makes"), TRIGGERS)
def test_what_was_not_carried_out_is_ambiguous_and_settled(
    shop: Shop, kind: Kind, state: str, endpoint: str, method: str, makes: str | None
) -> None:
    order, subject = shop.subject(state, endpoint)
    sent, made = shop.sent(subject), shop.made(order, makes)
    shop.lose("before", status=503)
    with pytest.raises(AmbiguousWriteError, match=rf"^{endpoint}\.{method} of {subject} may have been") as caught:
        getattr(getattr(shop.payments, endpoint), method)(subject)
    assert (shop.sent(subject), shop.made(order, makes)) == (sent + 1, made)
    assert shop.time.sleeps == [0.5, 1.0, 1.5, 2.0]
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.operation, error.id, error.read_back, error.attempts) == (f"{endpoint}.{method}", subject, True, 1)
    # Another process asks, with a client of its own.
    elsewhere = kind.on(shop.sandbox, timing=shop.time.timing)
    assert elsewhere.settle(error).outcome == "unknown"
    shop.time.elapsed += 60
    assert elsewhere.settle(error).outcome == "not_carried_out"
    getattr(getattr(shop.payments, endpoint), method)(subject)
    settled = elsewhere.settle(error)
    # The state of an order proves it, whoever brought it about; the transaction is that of the second time.
    assert settled.outcome == ("carried_out" if endpoint == "orders" else "not_carried_out")
    assert settled.resource.id == subject


@pytest.mark.parametrize("makes", ["captures", "refunds"])
def test_what_was_carried_out_is_settled_with_its_transaction(shop: Shop, makes: str) -> None:
    state, endpoint, method = ("approved", "authorizations", "capture") if makes == "captures" else TRIGGERS[-1][:3]
    order, subject = shop.subject(state, endpoint)
    shop.lose("after", kind="reset")
    with pytest.raises(AmbiguousWriteError) as caught:
        getattr(getattr(shop.payments.with_options(deadline=0.4), endpoint), method)(subject, amount_cents=700)
    shop.time.elapsed += 3600
    getattr(getattr(shop.payments, endpoint), method)(subject, amount_cents=700)
    settled = shop.payments.settle(caught.value)
    assert (settled.outcome, settled.resource.id) == ("carried_out", shop.transactions(order, makes)[0]["id"])


@pytest.mark.parametrize("read_backs", [1, 4])
def test_the_trigger_may_still_be_under_way(shop: Shop, read_backs: int) -> None:
    order, authorization = shop.subject("approved", "authorizations")

    def appear() -> None:
        if len(shop.time.sleeps) == read_backs:
            shop.patch("authorizations", authorization, _capture=True, _capture_amount_cents=700)

    shop.time.on_sleep = appear
    shop.lose("before", kind="reset")
    capture = shop.payments.authorizations.capture(authorization, amount_cents=700)
    assert [each["id"] for each in shop.transactions(order, "captures")] == [capture.id]
    assert len(shop.time.sleeps) == read_backs


def test_an_earlier_capture_is_not_it(shop: Shop) -> None:
    _, authorization = shop.subject("approved", "authorizations")
    first = shop.payments.authorizations.capture(authorization, amount_cents=700)
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.authorizations.capture(authorization, amount_cents=700)
    assert caught.value.candidates == ()
    assert caught.value.evidence["known"] == (first.id,)


def test_a_capture_of_another_amount_is_not_it(shop: Shop) -> None:
    _, authorization = shop.subject("approved", "authorizations")
    shop.time.on_sleep = lambda: shop.patch("authorizations", authorization, _capture=True, _capture_amount_cents=100)
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.authorizations.capture(authorization, amount_cents=700)
    assert caught.value.candidates == ()


def test_a_capture_before_the_trigger_was_sent_is_not_it(shop: Shop) -> None:
    _, authorization = shop.subject("approved", "authorizations")

    def meanwhile() -> None:
        shop.time.on_sleep = lambda: None
        shop.patch("authorizations", authorization, _capture=True, _capture_amount_cents=700)
        shop.time.elapsed += 4
        shop.lose("before", kind="reset")

    shop.time.on_sleep = meanwhile
    shop.sandbox.fail_next(429, method="PATCH", retry_after=3)
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.authorizations.capture(authorization, amount_cents=700)
    assert (caught.value.attempts, caught.value.candidates) == (2, ())
    shop.time.elapsed += 60
    assert shop.payments.settle(caught.value).outcome == "not_carried_out"


def test_a_machine_that_sleeps_meanwhile_finds_the_capture(shop: Shop) -> None:
    _, authorization = shop.subject("approved", "authorizations")

    def sleep() -> None:
        shop.asleep = 3600.0

    shop.time.on_sleep = sleep
    shop.lose("after", kind="reset")
    shop.payments.authorizations.capture(authorization, amount_cents=700)
    assert shop.sent(authorization) == 1


def test_a_part_that_another_took_is_not_the_rest(shop: Shop) -> None:
    for endpoint in ("authorizations", "orders"):
        order, subject = shop.subject("approved", endpoint)
        authorization = shop.transactions(order, "authorizations")[0]["id"]

        def meanwhile(authorization: str = authorization) -> None:
            shop.time.on_sleep = lambda: None
            shop.patch("authorizations", authorization, _capture=True, _capture_amount_cents=700)

        shop.time.on_sleep = meanwhile
        shop.lose("before", kind="reset")
        with pytest.raises(AmbiguousWriteError, match="it may have made") as caught:
            getattr(shop.payments, endpoint).capture(subject)
        assert caught.value.candidates == (shop.transactions(order, "captures")[0]["id"],)


def test_an_answer_with_two_that_differ_tells_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order, authorization = shop.subject("approved", "authorizations")
    respond = Sandbox.respond

    def meanwhile(self: Sandbox, method: str, *rest: Any, **options: Any) -> Any:
        if method == "PATCH":
            monkeypatch.setattr(Sandbox, "respond", respond)
            self.decide("captures", "failed")
            shop.patch("authorizations", authorization, _capture=True, _capture_amount_cents=700)
        return respond(self, method, *rest, **options)

    monkeypatch.setattr(Sandbox, "respond", meanwhile)
    with pytest.raises(AmbiguousWriteError, match="one of") as caught:
        shop.payments.authorizations.capture(authorization, amount_cents=700)
    assert set(caught.value.candidates) == {each["id"] for each in shop.transactions(order, "captures")}


@pytest.mark.parametrize("swapped", ["before", "answer", "after"])
def test_a_step_goes_by_its_own_order(shop: Shop, monkeypatch: pytest.MonkeyPatch, swapped: str) -> None:
    """An order of somebody else, which a cache hands over, says nothing of this one."""
    mine, other, respond = shop.order("placed"), shop.order("cancelled"), Sandbox.respond
    before = shop.sent(mine)

    def mixed_up(self: Sandbox, method: str, target: str, *rest: Any, **options: Any) -> Any:
        is_hit = method == "GET" and swapped == ("after" if shop.sent(mine) > before else "before")
        answer = respond(self, method, target.replace(mine, other) if is_hit else target, *rest, **options)
        if method == "PATCH" and swapped == "answer":
            answer = respond(self, "GET", target.replace(mine, other), *rest, **options)
        return answer

    monkeypatch.setattr(Sandbox, "respond", mixed_up)
    if swapped == "after":
        shop.lose("before", kind="reset")
    if swapped == "answer":
        assert shop.payments.orders.cancel(mine).id == mine
    else:
        expected = ResponseFormatError if swapped == "before" else AmbiguousWriteError
        with pytest.raises(expected, match=f"the answer is not orders/{mine}" if swapped == "before" else mine):
            shop.payments.orders.cancel(mine)
    assert shop.sent(mine) - before == (swapped != "before")


def test_a_minute_begins_when_the_trigger_was_sent_last(shop: Shop) -> None:
    _, authorization = shop.subject("approved", "authorizations")
    shop.sandbox.fail_next(429, method="PATCH", retry_after=90)
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.with_options(deadline=None).authorizations.capture(authorization)
    assert shop.payments.settle(caught.value).outcome == "unknown"


def test_two_captures_are_both_named(shop: Shop) -> None:
    order, authorization = shop.subject("approved", "authorizations")
    shop.time.on_sleep = lambda: shop.patch("authorizations", authorization, _capture=True, _capture_amount_cents=700)
    shop.lose("after", kind="reset")
    with pytest.raises(AmbiguousWriteError, match="one of") as caught:
        shop.payments.authorizations.capture(authorization, amount_cents=700)
    made = [each["id"] for each in shop.transactions(order, "captures")]
    assert set(caught.value.candidates) <= set(made)
    assert len(caught.value.candidates) > 1
    shop.time.elapsed += 3600
    settled = shop.payments.settle(caught.value)
    assert (settled.outcome, set(settled.candidates)) == ("unknown", set(made))


def test_a_failure_whose_answer_is_lost_is_a_failure(shop: Shop) -> None:
    order, authorization = shop.subject("approved", "authorizations")
    shop.sandbox.decide("captures", "failed", message="No.")
    shop.lose("after", kind="reset")
    with pytest.raises(TransactionFailedError, match=r"No\.") as caught:
        shop.payments.authorizations.capture(authorization)
    assert caught.value.transaction.id == shop.transactions(order, "captures")[0]["id"]
    assert pickle.loads(pickle.dumps(caught.value)).reason == "No."


def test_the_reason_is_told_whichever_attribute_holds_it(shop: Shop) -> None:
    order = shop.order("pending")
    shop.sandbox.decide("authorizations", "failed", message="Declined.")
    with pytest.raises(TransactionFailedError, match=r": Declined\.") as caught:
        shop.payments.orders.place(order)
    assert (caught.value.reason, caught.value.transaction.message) == ("Declined.", None)
    assert TransactionFailedError("who may not read it").reason is None


def test_a_failure_is_settled_as_one(shop: Shop) -> None:
    _, authorization = shop.subject("approved", "authorizations")
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.authorizations.capture(authorization)
    shop.sandbox.decide("captures", "failed")
    shop.patch("authorizations", authorization, _capture=True)
    assert shop.payments.settle(caught.value).outcome == "failed"


def test_a_refusal_is_no_doubt(shop: Shop) -> None:
    order, _ = shop.subject("approved", "orders")
    shop.sandbox.fail_next(429, method="PATCH", times=9)
    with pytest.raises(Exception, match="429"):
        shop.payments.with_options(retry=None).orders.capture(order)
    assert shop.transactions(order, "captures") == []


def test_an_order_without_a_payment_says_what_is_missing(shop: Shop) -> None:
    order = shop.sandbox.add_order()
    for _ in range(2):  # without a payment, and with one that no shopper authorized
        with pytest.raises(ValidationError, match=r"no payment that is ready: ensure\(\) opens one") as caught:
            shop.payments.orders.place(order)
        assert caught.value.by_pointer
        shop.payments.ensure(order)


def test_a_step_that_cannot_be_read_before_is_not_taken(shop: Shop) -> None:
    order, _ = shop.subject("approved", "orders")
    sent = shop.sent(order)
    shop.sandbox.fail_next(503, method="GET", times=9)
    with pytest.raises(Exception, match="503"):
        shop.payments.orders.capture(order)
    assert shop.sent(order) == sent


@pytest.mark.parametrize(("deadline", "read_backs"), [(0.4, 0), (2.0, 2)])
def test_the_deadline_is_for_the_search_too(kind: Kind, deadline: float, read_backs: int) -> None:
    shop = Shop(kind)
    order, _ = shop.subject("approved", "orders")
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.with_options(deadline=deadline).orders.capture(order)
    assert (len(shop.time.sleeps), caught.value.read_back) == (read_backs, bool(read_backs))


# ---- Settling a create -----------------------------------------------------------------------------------------------


def lost_create(shop: Shop, when: str) -> AmbiguousWriteError:
    order = shop.sandbox.order_ids[0]
    shop.payments.count()
    shop.sandbox.fail_next(method="POST", path="/api/klarna_payments", when=when, kind="reset")
    shop.sandbox.fail_next(503, method="GET", path="/api/klarna_payments", times=4)
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.create(order=order, reference="po-1", metadata={"cart": 1})
    error: AmbiguousWriteError = pickle.loads(pickle.dumps(caught.value))
    return error


def test_a_create_is_settled_in_another_process(shop: Shop, kind: Kind) -> None:
    shop.time.elapsed += 0.9
    error = lost_create(shop, "after")
    elsewhere = kind.on(shop.sandbox, timing=shop.time.timing)
    settled = elsewhere.settle(error)
    if settled.outcome == "unknown":  # the clock was known to a second only: it is named, and not returned
        assert len(settled.candidates) == 1
    else:
        assert settled.resource.reference == "po-1"


def test_a_create_that_was_not_carried_out_is_settled(shop: Shop) -> None:
    error = lost_create(shop, "before")
    assert shop.payments.settle(error).outcome == "unknown"
    shop.time.elapsed += 60
    assert shop.payments.settle(error).outcome == "not_carried_out"
    shop.payments.create(order=shop.sandbox.order_ids[0], reference="po-2")
    assert shop.payments.settle(error).outcome == "not_carried_out"


def test_what_cannot_be_settled_is_said(shop: Shop, kind: Kind) -> None:
    with pytest.raises(ValueError, match="evidence"):
        shop.payments.settle(AmbiguousWriteError("of somebody else"))
    facts = shop.sandbox.facts()
    scope = f"market:id:{facts['market_id']}"
    checkout = kind.on(shop.sandbox, auth=ClientCredentials(client_id=facts["sales_channel_client_id"], scope=scope))
    with pytest.raises(AuthenticationError):
        checkout.settle(lost_create(shop, "before"))
