"""Operations of one's own, written once: ``payments.run(flow)``."""

from __future__ import annotations

from typing import Any

import pytest

from commercelayer_klarna import AmbiguousWriteError, APITimeoutError, NotFoundError, ValidationError
from commercelayer_klarna.plugins import (
    CallStarted,
    Document,
    Flow,
    FlowOf,
    OperationEnded,
    PluginError,
    Purpose,
    Request,
    Resource,
    ask,
    blocking,
    send,
    sleep,
)
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.plugins import layer, watcher
from support.server import Server
from support.virtual_time import FakeTime


def create(order: str, reference: str | None = None) -> FlowOf[Document]:
    attributes = {} if reference is None else {"reference": reference}
    relationships = {"order": {"data": {"type": "orders", "id": order}}}
    data = {"type": "klarna_payments", "attributes": attributes, "relationships": relationships}
    return (yield from ask("POST", "klarna_payments", json={"data": data}, include=["order"]))


def one(document: Document) -> Resource:
    assert isinstance(document.data, Resource)
    return document.data


def renamed(payment: str, name: str) -> FlowOf[str]:
    before = one((yield from ask("GET", f"klarna_payments/{payment}")))
    yield from sleep(0.5)
    suffix = yield from blocking(lambda: "!")
    data = {"type": "klarna_payments", "id": payment, "attributes": {"reference": name + suffix}}
    after = one((yield from ask("PATCH", f"klarna_payments/{payment}", json={"data": data})))
    return f"{before['reference']} -> {after['reference']}"


def test_an_operation_is_written_once_and_run_by_both_clients(kind: Kind, sandbox: Sandbox) -> None:
    told: list[Any] = []
    time = FakeTime()
    payments = kind.on(sandbox, plugins=[watcher(told)], timing=time.timing)
    payment = payments.create(order=sandbox.order_ids[0], reference="old")
    told.clear()
    sandbox.fail_next(503, method="GET", path="/api/klarna_payments")
    assert payments.run(renamed(payment.id, "new")) == "old -> new!"
    assert 0.5 in time.sleeps
    calls = [each.call for each in told if isinstance(each, CallStarted)]
    assert [each.operation for each in calls] == ["renamed", "renamed"]
    assert calls[0].parent is calls[1].parent
    assert [each.operation for each in told if isinstance(each, OperationEnded)] == ["renamed"]
    told.clear()
    payments.run(create(sandbox.order_ids[1]), name="shop.pay")
    assert [each.operation for each in told if isinstance(each, OperationEnded)] == ["shop.pay"]


def test_it_passes_the_chain(kind: Kind, server: Server) -> None:
    def flow(request: Request) -> Flow:
        request.headers["X-Seen"] = "1"
        return (yield from send(request))

    server.answer(200, {"data": None})
    payments = kind.at(server, plugins=[layer(flow)])
    payments.run(ask("GET", "orders/x", params={"page[size]": 5}))
    assert server.requests[0].headers["x-seen"] == "1"
    assert server.requests[0].target == "/api/orders/x?page%5Bsize%5D=5"


def test_errors_are_raised_in_the_operation_and_may_be_handled(kind: Kind, sandbox: Sandbox) -> None:
    def careful() -> FlowOf[str]:
        try:
            yield from ask("GET", "klarna_payments/none")
        except NotFoundError:
            return "none"
        return "found"

    payments = kind.on(sandbox)
    assert payments.run(careful()) == "none"
    with pytest.raises(NotFoundError) as caught:
        payments.run(renamed("none", "x"))
    assert not hasattr(caught.value, "__notes__")
    with pytest.raises(ZeroDivisionError) as fails:
        payments.run(blocking(lambda: 1 / 0))
    assert not hasattr(fails.value, "__notes__")


def test_a_lost_create_is_found(kind: Kind) -> None:
    time, told = FakeTime(), list[Any]()
    sandbox = Sandbox(clock=time.timing.now)
    payments = kind.on(sandbox, plugins=[watcher(told)], timing=time.timing)
    sandbox.fail_next(kind="drop", method="POST", path="/api/klarna_payments", when="after")
    document = payments.run(create(sandbox.order_ids[0], "r"))
    assert one(document)["reference"] == "r"
    payment: Any = one(document)
    assert payment.order.id == sandbox.order_ids[0]
    assert payments.count() == 1
    calls = [each.call for each in told if isinstance(each, CallStarted)]
    assert {Purpose.ASKED, Purpose.READ_BACK, Purpose.RESULT} == {each.purpose for each in calls}


def test_a_create_in_doubt_is_not_sent_twice(kind: Kind, server: Server) -> None:
    server.answer(503)
    with pytest.raises(AmbiguousWriteError) as caught:
        kind.at(server, timing=FakeTime().timing).run(create("o", "r"))
    assert caught.value.order == "o"
    assert [each.method for each in server.requests].count("POST") == 1


def test_it_has_one_deadline(kind: Kind, sandbox: Sandbox) -> None:
    time = FakeTime()

    def slow() -> FlowOf[None]:
        for _ in range(10):
            yield from ask("GET", "klarna_payments")
            yield from sleep(1)

    payments = kind.on(sandbox, timing=time.timing, deadline=3.5)
    with pytest.raises(APITimeoutError, match="slow: the deadline of the call was over"):
        payments.run(slow())
    assert time.sleeps == [1, 1, 1, 0.5]


def test_mistakes_are_named(kind: Kind, server: Server) -> None:
    def garbage() -> FlowOf[None]:
        yield 5  # type: ignore[misc]

    payments = kind.at(server)
    for value in (renamed, None, ask):
        with pytest.raises(TypeError, match=r"run\(\) takes a flow, such as place\(order\)"):
            payments.run(value)
    with pytest.raises(PluginError, match="a flow yielded 5: use"):
        payments.run(garbage())
    with pytest.raises(ValueError, match=r"path='[.][.]/x' is not relative"):
        payments.run(ask("GET", "../x"))
    server.answer(422, {"errors": [{"title": "no"}]})
    with pytest.raises(ValidationError):
        payments.run(create("o"))
