"""The open Klarna payment of an order: one session, whoever asks, and however often."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

import pytest

from commercelayer_klarna import APITimeoutError, Ensured, NotFoundError, ResponseFormatError, TransitionError
from commercelayer_klarna._client.settlement import lock_of
from commercelayer_klarna.plugins import Flow, Request, send
from commercelayer_klarna.plugins.flow import Lock
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.order_life import OrderShop
from support.plugins import layer


def test_the_payment_is_created_found_and_refreshed(sandbox: Sandbox, payments: Any) -> None:
    order = sandbox.order_ids[0]
    assert payments.retrieve_for_order(order) is None
    made = payments.ensure(order, reference="po-1", metadata={"cart": 1})
    assert (made.how, made.payment.reference, made.payment.metadata) == ("created", "po-1", {"cart": 1})
    for given in ({}, {"reference": "po-1"}, {"metadata": {"cart": 1}}):
        found = payments.ensure(order, **given)
        assert (found.how, found.payment) == ("found", made.payment)
        assert found.payment.client_token
    sandbox.set_order_total(order, 9900)
    refreshed = payments.ensure(order, reference="po-1")
    assert (refreshed.how, refreshed.payment.id) == ("refreshed", made.payment.id)
    assert refreshed.payment.client_token != made.payment.client_token
    assert payments.retrieve_for_order(order, include=["order"]).order.id == order
    assert payments.count() == 1


@pytest.mark.parametrize("given", [{"reference": "po-2"}, {"metadata": {"cart": 2}}])
def test_a_payment_that_does_not_fit_is_replaced(sandbox: Sandbox, payments: Any, given: dict[str, Any]) -> None:
    order = sandbox.order_ids[0]
    first = payments.ensure(order, reference="po-1", metadata={"cart": 1})
    second = payments.ensure(order, **given)
    assert (second.how, second.others) == ("created", ())
    assert payments.retrieve_for_order(order) == second.payment != first.payment


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        ("placed", ("orders.approve", "orders.cancel")),
        ("approved", ("orders.capture", "authorizations.capture", "orders.cancel")),
        ("cancelled", ()),
    ],
)
def test_an_order_that_is_placed_has_no_open_payment(
    sandbox: Sandbox, payments: Any, state: str, possible: tuple[str, ...]
) -> None:
    order = OrderShop(sandbox).order(state)
    with pytest.raises(TransitionError, match="only a draft or pending order") as caught:
        payments.ensure(order)
    assert (caught.value.status, caught.value.possible) == (state, possible)
    assert f"order {order} is {state}, " in str(caught.value)
    assert all(each in str(caught.value) for each in possible)
    assert payments.count() == 1


def test_two_clicks_at_once_open_one_session(sandbox: Sandbox, kind: Kind) -> None:
    order = sandbox.order_ids[0]
    found: list[Ensured] = []
    if kind.name == "sync":
        clients = [sandbox.client() for _ in range(2)]
        threads = [threading.Thread(target=lambda c=c: found.append(c.ensure(order))) for c in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()
    else:

        async def both() -> None:
            async with sandbox.async_client() as payments:
                found.extend(await asyncio.gather(payments.ensure(order), payments.ensure(order)))

        kind.now(both())
    assert sorted(each.how for each in found) == ["created", "found"]
    assert len({each.payment.id for each in found}) == 1


def test_whoever_comes_later_is_told(sandbox: Sandbox, payments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order, others = sandbox.order_ids[0], OrderShop(sandbox)
    respond, made = Sandbox.respond, list[str]()

    def meanwhile(self: Sandbox, method: str, *rest: Any, **options: Any) -> Any:
        if method == "POST" and "klarna" in str(rest[0]) and not made:
            made.append("...")
            made[:] = [others.pay(order)]
        return respond(self, method, *rest, **options)

    monkeypatch.setattr(Sandbox, "respond", meanwhile)
    ensured = payments.ensure(order)
    assert (ensured.how, list(ensured.others)) == ("created", made)


def test_an_order_has_one_lock_whichever_thread_asks_first() -> None:
    """With two locks, two clicks at once would open two sessions."""
    found: list[list[Lock]] = [[] for _ in range(300)]
    barrier = threading.Barrier(8)

    def ask() -> None:
        for number, locks in enumerate(found):
            barrier.wait()
            locks.append(lock_of("https://acme.example/api", f"order-{number}"))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    finally:
        sys.setswitchinterval(interval)
    assert {len({id(each) for each in locks}) for locks in found} == {1}


def test_the_payment_of_another_order_is_given_to_nobody(kind: Kind, sandbox: Sandbox) -> None:
    """A cache that answers with another order would hand its session to this shopper."""
    mine, theirs = sandbox.order_ids[:2]
    sandbox.client().ensure(theirs)

    def cached(request: Request) -> Flow:
        request.url = request.url.replace(mine, theirs)
        return (yield from send(request))

    payments = kind.on(sandbox, plugins=[layer(cached)])
    for ask in (payments.ensure, payments.retrieve_for_order):
        with pytest.raises(ResponseFormatError, match=f"the answer is not orders/{mine}"):
            ask(mine)
    assert payments.count() == 1


def test_payments_of_other_orders_are_none_of_this_one(kind: Kind, sandbox: Sandbox) -> None:
    """A server, proxy or cache that ignores the filter shows them."""

    def ignoring(request: Request) -> Flow:
        address, _, query = request.url.partition("?")
        request.url = f"{address}?{'&'.join(each for each in query.split('&') if not each.startswith('filter'))}"
        return (yield from send(request))

    def meanwhile(request: Request) -> Flow:
        if request.method == "POST":
            sandbox.client().create(order=sandbox.order_ids[1])
        return (yield from send(request))

    payments = kind.on(sandbox, plugins=[layer(ignoring), layer(meanwhile, name="y")])
    ensured = payments.ensure(sandbox.order_ids[0])
    assert payments.count() == 2
    assert (ensured.how, ensured.others) == ("created", ())


def test_a_wait_for_another_ends_with_the_deadline(sandbox: Sandbox) -> None:
    with sandbox.client(deadline=0.05) as payments:
        lock = lock_of(payments.base_url, sandbox.order_ids[0])
        held, over = threading.Event(), threading.Event()

        def hold() -> None:
            lock.of_threads.acquire(None)
            held.set()
            over.wait()
            lock.of_threads.release()

        other = threading.Thread(target=hold)
        other.start()
        held.wait()
        with pytest.raises(APITimeoutError) as caught:
            payments.ensure(sandbox.order_ids[0])
        assert not caught.value.sent
        over.set()
        other.join()
        assert payments.with_options(deadline=None).ensure(sandbox.order_ids[0]).how == "created"


def test_the_order_of_a_payment_is_asked_for_by_the_payment(sandbox: Sandbox, payments: Any) -> None:
    with pytest.raises(NotFoundError, match="takes the id of a klarna payment"):
        payments.order(sandbox.order_ids[0])
