"""A create whose answer was lost: it is looked for, never sent again, and told of if it cannot be settled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commercelayer_klarna import AmbiguousWriteError, ClientCredentials, KlarnaPayment, NotFetchedError
from commercelayer_klarna.plugins import RetryPolicy
from commercelayer_klarna.plugins.retry import Retry
from commercelayer_klarna.sandbox import Sandbox
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


class Shop:
    """A sandbox in virtual time, and a client of it."""

    def __init__(self, kind: Kind, **options: Any) -> None:
        self.time = FakeTime()
        self.sandbox = Sandbox(clock=lambda: EPOCH + self.time.elapsed)
        self.order = self.sandbox.order_ids[0]
        self.payments = kind.on(self.sandbox, timing=self.time.timing, **options)
        self.others = self.sandbox.client()
        self.others.count()
        self.payments.count()

    def lose(self, when: str, **fault: Any) -> None:
        self.sandbox.fail_next(method="POST", path="/api/klarna_payments", when=when, **fault)

    @property
    def asked(self) -> list[str]:
        """Method and path of what the API was asked since the client was made."""
        asked = [f"{each.method} {each.path}" for each in self.sandbox.requests if each.path.startswith("/api")]
        return [each.replace("/api/klarna_payments", "payments") for each in asked[2:]]

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
    assert error.looked is True
    assert error.attempts == 1
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
    shop.time.elapsed += 2
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
    assert not caught.value.looked
    assert time.sleeps == [0.5]  # the first refusal is enough


@pytest.mark.parametrize(("status", "read_backs"), [(400, 1), (401, 1), (403, 1), (404, 1), (422, 1),
                                              (408, 4), (429, 4), (500, 4), (502, 4), (503, 4), (504, 4)])  # fmt: skip
def test_which_refusals_end_the_search(kind: Kind, server: Server, status: int, read_backs: int) -> None:
    server.answer(503)
    server.answer(status)
    with pytest.raises(AmbiguousWriteError):
        kind.at(server, timing=FakeTime().timing).create(order="o")
    assert [request.method for request in server.requests] == ["POST"] + ["GET"] * read_backs


@pytest.mark.parametrize("between", [b"<html>", b"{}", b'{"data": [{"type": "orders", "id": "o"}]}'])
def test_nonsense_is_looked_past(kind: Kind, server: Server, payment_json: dict[str, Any], between: bytes) -> None:
    server.answer(503)
    server.answer(200, between)
    payment_json["attributes"]["created_at"] = datetime.now(UTC).isoformat()
    server.answer(200, {"data": [payment_json], "meta": {"record_count": 1, "page_count": 1}})
    server.answer(200, {"data": payment_json})
    assert kind.at(server).create(order="o").id == "kPmNtAbCdE"


@pytest.mark.parametrize("wrong", [0, 300, -300, 86400 * 365])
@pytest.mark.parametrize(("age", "found"), [(0.1, True), (30, False), (290, False)])
def test_the_clock_of_the_api_counts(
    kind: Kind, server: Server, payment_json: dict[str, Any], wrong: float, age: float, found: bool
) -> None:
    now = datetime.now(UTC)  # that of the server's header
    payment_json["attributes"]["created_at"] = (now - timedelta(seconds=age)).isoformat()
    server.answer(503)
    server.answer(200, {"data": [payment_json], "meta": {"record_count": 1, "page_count": 1}})
    server.answer(200, {"data": payment_json})
    time = FakeTime(now=datetime.now(UTC).timestamp() + wrong)
    payments = kind.at(server, timing=time.timing)
    if found:
        assert payments.create(order="o").id == "kPmNtAbCdE"
    else:
        with pytest.raises(AmbiguousWriteError):
            payments.create(order="o")


@pytest.mark.parametrize(("deadline", "sleeps"), [(0.4, []), (0.6, [0.5]), (2, [0.5, 1.0]), (4, [0.5, 1.0, 1.5])])
def test_the_deadline_is_for_the_search_too(kind: Kind, deadline: float, sleeps: list[float]) -> None:
    shop = Shop(kind, deadline=deadline)
    shop.lose("before", kind="reset")
    with pytest.raises(AmbiguousWriteError) as caught:
        shop.payments.create(order=shop.order)
    assert shop.time.sleeps == sleeps
    assert caught.value.looked == bool(sleeps)


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
