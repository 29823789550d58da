"""A create whose answer was lost: it is read back, never sent again, and told of if it cannot be proved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from commercelayer_klarna import (
    AmbiguousWriteError,
    ClientCredentials,
    KlarnaPayment,
    NotFetchedError,
    ResponseFormatError,
)
from commercelayer_klarna.plugins import RetryPolicy
from commercelayer_klarna.plugins.retry import Retry
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.transport import SandboxTransport
from support.kind import Kind
from support.server import Server
from support.virtual_time import EPOCH, FakeTime

LOST = [
    {"kind": "reset"},
    {"kind": "drop"},
    {"kind": "truncate"},
    {"kind": "garbage"},
    {"status": 500},
    {"status": 502, "body": "html"},
    {"status": 503},
    {"status": 504, "body": "empty"},
    {"status": 520},
    {"delay": 100},
]


class Between(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Something between a client and the sandbox: a proxy, a cache, a server that does less than it should."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = SandboxTransport(sandbox)
        self.asking: Callable[[httpx.Request], httpx.Request] = lambda request: request
        self.answering: Callable[[httpx.Request, httpx.Response], None] = lambda request, response: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._sandbox.handle_request(self.asking(request))
        self.answering(request, response)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._sandbox.handle_async_request(self.asking(request))
        self.answering(request, response)
        return response


class Shop:
    """A sandbox in virtual time, and a client of it that knows the API's clock to a tenth of a second.

    The clock of the client's machine is wrong by ``wrong`` seconds. While it is ``asleep``, its clocks stand still.
    """

    def __init__(self, kind: Kind, *, wrong: float = 0.0, **options: Any) -> None:
        self.time = FakeTime(now=EPOCH - 1 + wrong)
        self.asleep = 0.0
        self.sandbox = Sandbox(clock=lambda: EPOCH - 1 + self.time.elapsed + self.asleep)
        self.order = self.sandbox.order_ids[0]
        self.between = Between(self.sandbox)
        http_client = (httpx.Client if kind.name == "sync" else httpx.AsyncClient)(transport=self.between)
        self.payments = kind.on(self.sandbox, timing=self.time.timing, http_client=http_client, **options)
        self.others = self.sandbox.client()
        self.others.count()
        self.payments.count()
        self.time.elapsed = 0.9
        self.payments.count()
        self.time.elapsed = 1.0

    def lose(self, when: str, **fault: Any) -> None:
        self.sandbox.fail_next(method="POST", path="/api/klarna_payments", when=when, **fault)

    @property
    def asked(self) -> list[str]:
        """Method and path of what the API was asked since the client was made."""
        asked = [f"{each.method} {each.path}" for each in self.sandbox.requests if each.path.startswith("/api")]
        return [each.replace("/api/klarna_payments", "payments") for each in asked[3:]]

    def stored(self) -> list[KlarnaPayment]:
        return list(self.others.list(filters={"order_id_eq": self.order}, sort=["created_at"]))


@pytest.fixture
def shop(kind: Kind) -> Shop:
    return Shop(kind)


@pytest.mark.parametrize("fault", LOST, ids=str)
@pytest.mark.parametrize("reference", [None, "po-1"])
def test_what_was_created_is_found(shop: Shop, fault: dict[str, Any], reference: str | None) -> None:
    shop.lose("after", **fault)
    payment = shop.payments.create(order=shop.order, reference=reference)
    assert [each.id for each in shop.stored()] == [payment.id]
    assert payment.client_token
    assert shop.time.sleeps == [0.5]
    assert shop.asked[:3] == ["POST payments", "GET payments", f"GET payments/{payment.id}"]


@pytest.mark.parametrize("fault", LOST, ids=str)
def test_what_was_not_created_is_not_created_now(shop: Shop, fault: dict[str, Any]) -> None:
    shop.lose("before", **fault)
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.create(order=shop.order, reference="po-1")
    error = caught.value
    assert shop.time.sleeps == [0.5, 1.0, 1.5, 2.0]
    assert shop.asked == ["POST payments"] + ["GET payments"] * 4
    assert error.order == shop.order
    assert error.reference == "po-1"
    assert error.candidates == ()
    assert error.read_back is True
    assert error.attempts == 1  # fmt: skip
    assert error.started_at == datetime.fromtimestamp(EPOCH, UTC)
    assert "none was found yet" in str(error)
    assert error.__cause__ is not None
    assert shop.stored() == []


@pytest.mark.parametrize("read_backs", [1, 2, 3, 4])
def test_the_first_request_may_still_be_under_way(shop: Shop, read_backs: int) -> None:
    def appear() -> None:
        if len(shop.time.sleeps) == read_backs:
            shop.others.create(order=shop.order, reference="po-1")

    shop.time.on_sleep = appear
    shop.lose("before", kind="reset")
    payment = shop.payments.create(order=shop.order, reference="po-1")
    assert [each.id for each in shop.stored()] == [payment.id]
    assert len(shop.time.sleeps) == read_backs


def test_it_comes_back_as_it_was_asked_for(shop: Shop) -> None:
    shop.lose("after", kind="drop")
    payment = shop.payments.create(order=shop.order, include=["order"], fields=["client_token", "order"])
    assert payment.order.id == shop.order
    assert payment.client_token
    with pytest.raises(NotFetchedError):
        _ = payment.session_id


@pytest.mark.parametrize("of_another", ["po-2", None])
def test_a_payment_of_another_reference_is_not_it(shop: Shop, of_another: str | None) -> None:
    shop.time.on_sleep = lambda: shop.others.create(order=shop.order, reference=of_another)
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.create(order=shop.order, reference="po-1")
    assert caught.value.candidates == ()


def test_a_payment_with_a_reference_is_not_one_without(shop: Shop) -> None:
    shop.time.on_sleep = lambda: shop.others.create(order=shop.order, reference="po-1")
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError):
        shop.payments.create(order=shop.order)


def test_a_payment_of_another_order_is_not_it(shop: Shop) -> None:
    shop.time.on_sleep = lambda: shop.others.create(order=shop.sandbox.order_ids[1])
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError):
        shop.payments.create(order=shop.order)


def test_an_earlier_payment_is_not_it(shop: Shop) -> None:
    shop.others.create(order=shop.order)
    shop.time.elapsed += 3
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.create(order=shop.order)
    assert caught.value.candidates == ()


def test_two_payments_are_both_named(shop: Shop) -> None:
    shop.time.on_sleep = lambda: shop.others.create(order=shop.order)
    shop.lose("after", kind="reset")
    with pytest.raises(AmbiguousWriteError, match="keep one") as caught:
        shop.payments.create(order=shop.order)
    stored = {each.id for each in shop.stored()}
    assert len(stored) == 2
    assert set(caught.value.candidates) == stored
    assert all(each in str(caught.value) for each in stored)
    assert shop.time.sleeps == [0.5]


def test_what_is_found_but_cannot_be_retrieved_is_named(shop: Shop) -> None:
    shop.lose("after", kind="reset")
    shop.time.on_sleep = lambda: shop.sandbox.fail_next(
        502, path=f"/api/klarna_payments/{shop.stored()[0].id}", times=9
    )
    with pytest.raises(AmbiguousWriteError, match="could not be retrieved") as caught:
        shop.payments.with_options(retry=RetryPolicy(attempts=1)).create(order=shop.order)
    assert caught.value.candidates == (shop.stored()[0].id,)


def test_credentials_that_may_not_list(kind: Kind) -> None:
    facts = Sandbox().facts()
    scope = f"market:id:{facts['market_id']}"
    auth = ClientCredentials(client_id=facts["sales_channel_client_id"], scope=scope)
    time, sandbox = FakeTime(), Sandbox()
    payments = kind.on(sandbox, timing=time.timing, auth=auth)
    sandbox.fail_next(method="POST", path="/api/klarna_payments", when="after", kind="reset")
    with pytest.raises(AmbiguousWriteError, match="could not be looked up") as caught:
        payments.create(order=sandbox.order_ids[0])
    assert not caught.value.read_back
    assert time.sleeps == [0.5]  # the first refusal is enough


@pytest.mark.parametrize(("status", "read_backs"), [(400, 1), (401, 1), (403, 1), (404, 1), (422, 1),
                                              (408, 4), (429, 4), (500, 4), (502, 4), (503, 4), (504, 4)])  # fmt: skip
def test_which_refusals_end_the_search(kind: Kind, server: Server, status: int, read_backs: int) -> None:
    server.answer(503)
    server.answer(status)
    with pytest.raises(AmbiguousWriteError):
        kind.at(server, timing=FakeTime().timing).create(order="o")
    assert [request.method for request in server.requests] == ["POST"] + ["GET"] * read_backs


@pytest.mark.parametrize("nonsense", [b"<html>", b"{}", b'{"data": [{"type": "orders", "id": "o"}]}'])
def test_nonsense_in_a_read_back_is_passed_over(shop: Shop, nonsense: bytes) -> None:
    def answer(request: httpx.Request, response: httpx.Response) -> None:
        if request.method == "GET" and len(shop.time.sleeps) == 1:
            response.stream = httpx.ByteStream(nonsense)
            response.headers["Content-Length"] = str(len(nonsense))

    shop.between.answering = answer
    shop.lose("after", kind="reset")
    payment = shop.payments.create(order=shop.order)
    assert [each.id for each in shop.stored()] == [payment.id]


# ---- What is found must prove itself -------------------------------------------------------------------------------


def ignoring_filters(request: httpx.Request) -> httpx.Request:
    kept = [(name, value) for name, value in request.url.params.multi_items() if not name.startswith("filter")]
    return httpx.Request(request.method, request.url.copy_with(params=kept), headers=request.headers)


def instead(request: httpx.Request, type_: str, id_: str) -> httpx.Request:
    """Ask for another resource than was asked for, as a cache does that mixes them up."""
    url = request.url
    if request.method != "GET" or not url.path.startswith(f"/api/{type_}/"):
        return request
    return httpx.Request("GET", url.copy_with(path=f"/api/{type_}/{id_}"), headers=request.headers)


def without_date(request: httpx.Request, response: httpx.Response) -> None:
    response.headers.pop("Date", None)


def ambiguous(shop: Shop, **given: Any) -> AmbiguousWriteError:
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.create(order=shop.order, **given)
    return caught.value


def test_the_payment_of_another_order_is_never_returned(shop: Shop) -> None:
    """Whoever ignores the filter hands over the newest payment of the whole shop."""
    shop.between.asking = lambda request: ignoring_filters(request) if request.method == "GET" else request
    shop.time.on_sleep = lambda: shop.others.create(order=shop.sandbox.order_ids[1], reference="po-1")
    shop.lose("before", kind="reset")
    assert ambiguous(shop, reference="po-1").candidates == ()


def test_the_own_payment_is_found_among_those_of_others(shop: Shop) -> None:
    shop.between.asking = lambda request: ignoring_filters(request) if request.method == "GET" else request
    shop.time.on_sleep = lambda: shop.others.create(order=shop.sandbox.order_ids[1])
    shop.lose("after", kind="reset")
    payment = shop.payments.create(order=shop.order, include=["order"])
    assert payment.order.id == shop.order


def test_what_others_hide_is_not_settled_as_not_carried_out(shop: Shop) -> None:
    """Whoever ignores the filter shows the newest payments of the whole shop, and not the one that was created."""
    shop.sandbox.fail_next(503, method="GET", path="/api/klarna_payments", times=4)
    shop.lose("after", kind="reset")
    error = ambiguous(shop, reference="po-1")
    shop.time.elapsed += 60
    for _ in range(25):
        shop.others.create(order=shop.sandbox.order_ids[1])
    shop.between.asking = ignoring_filters
    assert shop.payments.settle(error).outcome == "unknown"
    shop.between.asking = lambda request: request
    assert shop.payments.settle(error).outcome != "not_carried_out"


def test_newer_payments_of_the_order_do_not_hide_one_either(shop: Shop) -> None:
    errors: list[AmbiguousWriteError] = []
    for when in ("after", "before"):
        shop.sandbox.fail_next(503, method="GET", path="/api/klarna_payments", times=4)
        shop.lose(when, kind="reset")
        errors.append(ambiguous(shop, reference=f"po-{when}"))
        shop.time.elapsed += 60
    for _ in range(25):
        shop.others.create(order=shop.order)
    assert [shop.payments.settle(each).outcome for each in errors] == ["unknown", "unknown"]


def test_the_answer_to_the_last_question_must_be_the_same_payment(shop: Shop) -> None:
    other = shop.others.create(order=shop.sandbox.order_ids[1])

    def cached(request: httpx.Request) -> httpx.Request:
        if request.method == "GET" and request.url.path.startswith("/api/klarna_payments/"):
            return httpx.Request("GET", f"{request.url.copy_with(path='/api/klarna_payments/')}{other.id}",
                                 headers=request.headers)  # fmt: skip
        return request

    shop.between.asking = cached
    shop.lose("after", kind="reset")
    (found,) = ambiguous(shop).candidates
    assert found != other.id


def test_what_is_settled_is_the_same_payment(shop: Shop) -> None:
    shop.sandbox.fail_next(503, method="GET", path="/api/klarna_payments", times=4)
    shop.lose("after", kind="reset")
    error = ambiguous(shop)
    other = shop.others.create(order=shop.sandbox.order_ids[1])
    shop.between.asking = lambda request: instead(request, "klarna_payments", other.id)
    with pytest.raises(ResponseFormatError, match=f"the answer is not klarna_payments/{shop.stored()[0].id}"):
        shop.payments.settle(error)


def test_metadata_of_another_payment_are_not_merged(shop: Shop) -> None:
    mine, other = (shop.others.create(order=order, metadata={"cart": order}) for order in shop.sandbox.order_ids[:2])
    shop.between.asking = lambda request: instead(request, "klarna_payments", other.id)
    with pytest.raises(ResponseFormatError, match=f"the answer is not klarna_payments/{mine.id}"):
        shop.payments.merge_metadata(mine.id, {"seen": True})
    assert shop.stored()[0].metadata == {"cart": shop.order}


@pytest.mark.parametrize("age", [0.4, 0.9, 1.9, 30.0])
@pytest.mark.parametrize("wrong", [0.0, 300.0, -300.0])
def test_an_older_payment_is_not_returned(kind: Kind, age: float, wrong: float) -> None:
    """However wrong the clock of this machine is. It is named if it is younger than the API's clocks may differ."""
    shop = Shop(kind, wrong=wrong)
    older = shop.others.create(order=shop.order, reference="po-1")
    shop.time.elapsed += age
    shop.lose("before", kind="reset")
    assert ambiguous(shop, reference="po-1").candidates == ((older.id,) if age < 2 else ())


@pytest.mark.parametrize("when", ["after", "before"])
@pytest.mark.parametrize("asleep", [30.0, 3600.0])
def test_a_machine_that_sleeps_during_a_create_does_not_forget_it(shop: Shop, when: str, asleep: float) -> None:
    """Its clock stood still, so what the API tells of the time afterwards is not true of the time before."""

    def sleep() -> None:
        shop.asleep = asleep

    shop.time.on_sleep = sleep
    shop.lose(when, kind="reset")
    error = ambiguous(shop, reference="po-1")
    assert error.candidates == tuple(each.id for each in shop.stored())
    shop.time.elapsed += 60
    assert shop.payments.settle(error).outcome == ("unknown" if when == "after" else "not_carried_out")


@pytest.mark.parametrize("ahead", [0.5, 1.5])
def test_clocks_of_the_api_that_differ_hide_no_payment(shop: Shop, ahead: float) -> None:
    """``Date`` may come from another machine than the time at which a payment was created."""

    def dated(request: httpx.Request, response: httpx.Response) -> None:
        response.headers["Date"] = formatdate(shop.sandbox.now() + ahead, usegmt=True)

    shop.between.answering = dated
    for _ in range(3):
        shop.time.elapsed += 0.9
        shop.payments.count()
    shop.sandbox.fail_next(503, method="GET", path="/api/klarna_payments", times=4)
    shop.lose("after", kind="reset")
    error = ambiguous(shop, reference="po-1")
    shop.time.elapsed += 60
    assert shop.payments.settle(error).outcome != "not_carried_out"


@pytest.mark.parametrize("age", [2.3, 9.5])
def test_slow_read_backs_do_not_widen_the_search(kind: Kind, age: float) -> None:
    """``Date`` is stamped when an answer begins, and may be read much later."""
    shop = Shop(kind, deadline=None)
    shop.others.create(order=shop.order)
    shop.time.elapsed += age

    def slow(request: httpx.Request, response: httpx.Response) -> None:
        shop.time.elapsed += 10.0

    shop.between.answering = slow
    shop.lose("before", kind="reset")
    assert ambiguous(shop).candidates == ()


@pytest.mark.parametrize("wrong", [0.0, 300.0, -300.0])
def test_without_a_date_a_payment_is_named_and_not_returned(kind: Kind, wrong: float) -> None:
    shop = Shop(kind, wrong=wrong)
    cold = Shop(kind, wrong=wrong)
    for each in (shop, cold):
        each.between.answering = without_date
    cold.payments._session.connections.api_clock.__init__()
    cold.lose("after", kind="reset")
    error = ambiguous(cold)
    assert error.candidates == (cold.stored()[0].id,)
    assert "that may be older" in str(error)
    shop.lose("after", kind="reset")  # what earlier answers told is enough
    assert shop.payments.create(order=shop.order).id == shop.stored()[0].id


def test_a_client_that_knows_nothing_of_the_clock_learns_it_from_the_read_backs(kind: Kind) -> None:
    shop = Shop(kind)
    shop.payments._session.connections.api_clock.__init__()
    shop.lose("after", kind="reset")
    assert shop.payments.create(order=shop.order).id == shop.stored()[0].id
    assert len(shop.time.sleeps) > 1


@pytest.mark.parametrize("given", [{"metadata": {"cart": "1"}}, {"reference_origin": "erp"}, {}])
def test_a_payment_with_other_data_is_not_it(shop: Shop, given: dict[str, Any]) -> None:
    shop.time.on_sleep = lambda: shop.others.create(order=shop.order, metadata={"cart": "2"}, reference_origin="pos")
    shop.lose("before", kind="reset")
    assert ambiguous(shop, **given).candidates == ()


def test_a_payment_whose_order_is_not_told_is_named_and_not_returned(shop: Shop) -> None:
    def unlinked(request: httpx.Request) -> httpx.Request:
        kept = [(name, value) for name, value in request.url.params.multi_items() if name != "include"]
        return httpx.Request(request.method, request.url.copy_with(params=kept), headers=request.headers)

    shop.between.asking = lambda request: unlinked(request) if request.method == "GET" else request
    shop.lose("after", kind="reset")
    assert ambiguous(shop).candidates == (shop.stored()[0].id,)


@pytest.mark.parametrize(("deadline", "sleeps"), [(0.4, []), (0.6, [0.5]), (2, [0.5, 1.0]), (4, [0.5, 1.0, 1.5])])
def test_the_deadline_is_for_the_search_too(kind: Kind, deadline: float, sleeps: list[float]) -> None:
    shop = Shop(kind, deadline=deadline)
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.create(order=shop.order)
    assert shop.time.sleeps == sleeps
    assert caught.value.read_back == bool(sleeps)


@pytest.mark.parametrize(("quota", "read_backs"), [(0, 0), (13, 0), (14, 1), (42, 3), (500, 4)])
def test_read_backs_count_against_the_quota(kind: Kind, quota: int, read_backs: int) -> None:
    shop = Shop(kind, plugins=[Retry(quota)])
    shop.lose("before", kind="reset")
    shop.sandbox.fail_next(503, method="GET", path="/api/klarna_payments", times=100)
    with pytest.raises(AmbiguousWriteError):
        shop.payments.create(order=shop.order)
    assert shop.asked == ["POST payments"] + ["GET payments"] * read_backs


def test_read_backs_are_not_tried_again_one_by_one(shop: Shop) -> None:
    shop.lose("after", kind="reset")
    shop.sandbox.fail_next(503, method="GET", path="/api/klarna_payments", times=2)
    payment = shop.payments.create(order=shop.order)
    assert shop.asked == ["POST payments"] + ["GET payments"] * 3 + [f"GET payments/{payment.id}"]
    assert shop.time.sleeps == [0.5, 1.0, 1.5]


def test_a_search_that_is_broken_off(kind: Kind) -> None:
    """Whoever cancels is left with the doubt, and with a client that works."""
    shop = Shop(kind)
    shop.lose("after", kind="reset")

    def interrupt() -> None:
        raise KeyboardInterrupt

    shop.time.on_sleep = interrupt
    with pytest.raises(KeyboardInterrupt):
        shop.payments.create(order=shop.order)
    shop.time.on_sleep = lambda: None
    assert shop.payments.count() == 1
