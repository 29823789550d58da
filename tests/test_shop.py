"""The shop of the examples, without a browser: what it answers when something goes wrong, and what a later run settles.

``tests/browser/test_shop.py`` takes an order through its pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from commercelayer_klarna._client import reconcile, settlement
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from commercelayer_klarna.testing import KlarnaSandboxServer

ROOT = Path(__file__).parents[1]
AUTHORIZED = {"authorization_token": "a-token-of-klarnas-widget"}
Visit = Callable[[httpx.AsyncClient], Awaitable[None]]


@pytest.fixture
def server() -> Iterator[KlarnaSandboxServer]:
    with SandboxServer(Sandbox()) as served:
        yield KlarnaSandboxServer(served)


@pytest.fixture
def run(server: KlarnaSandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Visit], None]:
    """Runs the shop for one visit; each run is a new one, on the same database."""
    for name, value in {
        "COMMERCELAYER_CLIENT_ID": server.client_id,
        "COMMERCELAYER_CLIENT_SECRET": server.client_secret,
        "COMMERCELAYER_BASE_URL": server.url,
        "COMMERCELAYER_AUTH_URL": server.auth_url,
        "COMMERCELAYER_WEBHOOK_SECRETS": "one two",
        "SHOP_DATABASE": str(tmp_path / "shop.sqlite"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    monkeypatch.setattr(reconcile, "READ_BACKS", ())  # no waiting here

    def run(visit: Visit) -> None:
        async def within() -> None:
            async with running() as browser:
                await visit(browser)

        asyncio.run(within())

    return run


@asynccontextmanager
async def running() -> AsyncGenerator[httpx.AsyncClient]:
    from shop.app import app, lifespan

    async with lifespan(app) as state:

        async def served(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://shop") as browser:
            yield browser


async def taken(browser: httpx.AsyncClient, order: str, step: str, status: int, **body: Any) -> str:
    answer = await browser.post(f"/orders/{order}/{step}", json=body)
    assert answer.status_code == status, answer.text
    return answer.text


async def row(browser: httpx.AsyncClient, order: str) -> dict[str, Any]:
    rows = (await browser.get("/orders")).json()
    return next(each for each in rows if each["order"]["id"] == order)


def test_a_lost_answer_is_settled_by_a_later_run(
    run: Callable[[Visit], None], server: KlarnaSandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried_out, not_carried_out, _ = server.order_ids

    async def place(browser: httpx.AsyncClient) -> None:
        for order, when in ((carried_out, "after"), (not_carried_out, "before")):
            assert "client_token" in await taken(browser, order, "session", 200)
            server.fail_next(path="/api/orders", method="PATCH", when=when, kind="reset")
            assert "may have been carried out" in await taken(browser, order, "place", 202, **AUTHORIZED)
            assert "waits until it is known" in await taken(browser, order, "place", 409, **AUTHORIZED)
            assert (await row(browser, order))["doubts"] == {"orders.place": "in doubt"}

    async def later(browser: httpx.AsyncClient) -> None:
        while "in doubt" in str((await browser.get("/orders")).json()):
            await asyncio.sleep(0.01)
        assert (await row(browser, carried_out))["doubts"] == {"orders.place": "carried_out"}
        assert (await row(browser, not_carried_out))["doubts"] == {"orders.place": "not_carried_out"}
        for order in (carried_out, not_carried_out):  # to place what is placed is a success
            await taken(browser, order, "place", 200, **AUTHORIZED)
            assert (await row(browser, order))["order"]["payment_status"] == "authorized"

    run(place)
    monkeypatch.setattr(settlement, "LONG_ENOUGH", 0.0)
    run(later)


def test_two_clicks_at_once_capture_once(run: Callable[[Visit], None], server: KlarnaSandboxServer) -> None:
    order = server.order_ids[0]

    async def visit(browser: httpx.AsyncClient) -> None:
        await taken(browser, order, "session", 200)
        await taken(browser, order, "place", 200, **AUTHORIZED)
        await taken(browser, order, "approve", 200)
        clicks = [browser.post(f"/orders/{order}/capture", json={"amount_cents": 1000}) for _ in range(2)]
        assert sorted(each.status_code for each in await asyncio.gather(*clicks)) == [200, 409]
        assert len((await row(browser, order))["order"]["captures"]) == 1

    run(visit)


def test_each_callback_is_told_once(run: Callable[[Visit], None], server: KlarnaSandboxServer) -> None:
    order = server.order_ids[0]

    async def visit(browser: httpx.AsyncClient) -> None:
        await taken(browser, order, "session", 200)
        await taken(browser, order, "place", 200, **AUTHORIZED)
        await taken(browser, order, "approve", 200)
        await taken(browser, order, "capture", 200, amount_cents=1000)
        with server.sandbox.client() as payments:
            capture = payments.orders.captures(order).one()
        placed = server.callback("orders.place", order, secret="two")
        captured = server.callback("captures.create", capture.id, include=["order"], secret="one")
        for callback in (placed, captured, placed):
            answer = await browser.post("/callbacks", content=callback.body, headers=callback.headers)
            assert answer.status_code == 204
        forged = await browser.post("/callbacks", content=placed.body + b" ", headers=placed.headers)
        assert forged.status_code == 401
        told = (await row(browser, order))["events"]
        assert told == ["orders.place: approved, partially_paid", "captures.create: €10,00 succeeded"]

    run(visit)


def test_what_is_refused_is_said(run: Callable[[Visit], None], server: KlarnaSandboxServer) -> None:
    order, other, _ = server.order_ids

    async def visit(browser: httpx.AsyncClient) -> None:
        assert "no Klarna payment" in await taken(browser, order, "place", 409, **AUTHORIZED)
        await taken(browser, "nothing", "session", 404)
        for each in (order, other):
            await taken(browser, each, "session", 200)
        server.sandbox.decide("authorizations", "failed", message="Not today.")
        assert "Not today." in await taken(browser, other, "place", 409, **AUTHORIZED)
        await taken(browser, order, "place", 200, **AUTHORIZED)
        assert "possible from there: orders.approve" in await taken(browser, order, "capture", 409)
        assert "so much left" in await taken(browser, order, "refund", 409)
        await taken(browser, order, "cancel", 200)
        assert "only a draft or pending order" in await taken(browser, order, "session", 409)
        server.fail_next(503, times=9)
        await taken(browser, order, "approve", 503)

    run(visit)
