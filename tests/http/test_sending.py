"""The way of a call to ``httpx.Client.send``: short, and through that method, which monitoring tools patch."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest

import commercelayer_klarna
from commercelayer_klarna import ClientCredentials
from commercelayer_klarna_api.api.klarna_payments import list_klarna_payments
from support.kind import Kind
from support.server import Server

HOUSE = Path(commercelayer_klarna.__file__).parent
CLIENTS = {"sync": httpx.Client, "async": httpx.AsyncClient}


def frames_of_ours() -> list[str]:
    """The functions of this package that are being run, from the outermost one on."""
    frame, chain = inspect.currentframe(), []
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(HOUSE):
            chain.append(f"{file.relative_to(HOUSE)}: {frame.f_code.co_qualname}")
        frame = frame.f_back
    return chain[::-1]


def watch(monkeypatch: pytest.MonkeyPatch, kind: Kind, seen: Callable[[httpx.Request], None]) -> None:
    """Patch ``send`` on the class, as monitoring tools do, for requests to be seen before they are sent."""
    client = CLIENTS[kind.name]
    send = client.send

    def watched(self: Any, request: httpx.Request, **named: Any) -> Any:
        seen(request)
        return send(self, request, **named)

    monkeypatch.setattr(client, "send", watched)


CALLS: dict[str, Callable[[Any], Any]] = {
    "retrieve": lambda payments: payments.retrieve("x", include=["order"]),
    "create": lambda payments: payments.create(order="o", reference="r"),
    "update": lambda payments: payments.update("x", reference="r", metadata={"a": 1}),
    "refresh_session": lambda payments: payments.refresh_session("x"),
    "delete": lambda payments: payments.delete("x"),
    "count": lambda payments: payments.count(),
    "a first page": lambda payments: payments.list().first_page(),
    "a page": lambda payments: next(payments.list(page_size=5).pages()),
    "the order of a payment": lambda payments: payments.order("x"),
    "replace_metadata": lambda payments: payments.replace_metadata("x", {"a": 1}),
    "any request": lambda payments: payments.request("GET", "klarna_payments/x"),
}


@pytest.mark.parametrize("name", CALLS)
def test_at_most_eight_frames_stand_between_a_call_and_the_http_library(
    kind: Kind, server: Server, payment_json: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    data: Any = [payment_json] if "page" in name or name == "count" else payment_json
    if name == "the order of a payment":
        data = {"type": "orders", "id": "o", "attributes": {}}
    server.answer(200, {"data": data, "meta": {"record_count": 1, "page_count": 1}})
    chains: list[list[str]] = []
    watch(monkeypatch, kind, lambda _: chains.append(frames_of_ours()))
    CALLS[name](kind.at(server))
    assert len(chains) == 1
    shown = "\n".join(f"{number:2} {each}" for number, each in enumerate(chains[0], 1))
    assert chains[0], "no frame of ours was seen: the test looks in the wrong place"
    assert len(chains[0]) <= 8, f"{len(chains[0])} frames of ours, with the method itself:\n{shown}"


def test_a_patched_send_sees_every_request(
    kind: Kind, server: Server, payment_json: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens, what is tried again, pages, orders and generated functions: all that a default client sends."""
    seen: list[tuple[str, str]] = []
    watch(monkeypatch, kind, lambda request: seen.append((request.method, request.url.raw_path.decode())))
    one = {"data": payment_json}
    server.answer(200, {"access_token": "t", "token_type": "bearer", "expires_in": 7200})
    server.answer(503)
    server.answer(200, one)
    server.answer(201, one)
    server.answer(200, one)
    server.answer(204)
    server.answer(200, {"data": {"type": "orders", "id": "o", "attributes": {}}})
    server.answer(200, {"data": [payment_json], "meta": {"record_count": 1, "page_count": 1}})
    auth = ClientCredentials(client_id="i", client_secret="s", auth_url=server.url.replace("/api", "/oauth/token"))
    payments = kind.at(server, auth=auth)
    payments.retrieve("x")
    payments.create(order="o")
    payments.update("x", reference="r")
    payments.delete("x")
    payments.orders.retrieve("o")
    assert len(list(payments.list())) == 1
    generated = list_klarna_payments
    kind.now((generated.sync_detailed if kind.name == "sync" else generated.asyncio_detailed)(client=payments.api))
    asked = [(each.method, each.target) for each in server.requests]
    # Generated functions call ``send`` of a client whose transport is ours, which sends with the one below.
    assert seen == [*asked, asked[-1]]
    assert [method for method, _ in asked] == ["POST", "GET", "GET", "POST", "PATCH", "DELETE", "GET", "GET", "GET"]
    assert asked[0][1] == "/oauth/token"


def test_a_patched_send_sees_the_headers_that_go_out(
    kind: Kind, server: Server, payment_json: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A monitoring tool may add its own, as tracing does."""

    def traced(request: httpx.Request) -> None:
        assert request.headers["authorization"] == "Bearer token-of-the-tests"
        request.headers["traceparent"] = "00-1"

    watch(monkeypatch, kind, traced)
    server.answer(200, {"data": payment_json})
    kind.at(server).update("x", reference="r")
    assert server.requests[0].headers["traceparent"] == "00-1"
    assert json.loads(server.requests[0].body)["data"]["attributes"] == {"reference": "r"}


def functions_of(call: Callable[[], object]) -> int:
    """How many functions of Python a call runs, once it was made before; a coroutine that goes on is none more."""
    begun: set[FrameType] = set()
    counts: list[int] = []

    def profile(frame: FrameType, event: str, argument: object) -> None:
        begun.add(frame)

    for _ in range(5):
        begun.clear()
        sys.setprofile(profile)
        try:
            call()
        finally:
            sys.setprofile(None)
        counts.append(len(begun))
    return min(counts)


@pytest.mark.parametrize(("number", "most"), [(1, 0.95), (25, 1.05)])
def test_a_call_runs_no_more_functions_than_httpx_by_hand(
    kind: Kind, server: Server, payment_json: dict[str, Any], number: int, most: float
) -> None:
    """What a call costs, told by a count: the benchmark tells it by a clock."""
    data: Any = payment_json if number == 1 else [payment_json] * number
    server.answer(200, {"data": data, "meta": {"record_count": number, "page_count": 1}})
    headers = {"Authorization": "Bearer token", "Accept": "application/vnd.api+json"}
    payments, raw = kind.at(server), kind.http_client(base_url=server.url, headers=headers)

    def one() -> object:
        return payments.retrieve("x")

    def one_by_hand() -> object:
        return kind.now(raw.get("/klarna_payments/x")).json()

    def page() -> object:
        return payments.list(page_size=number).first_page()

    def page_by_hand() -> object:
        return kind.now(raw.get("/klarna_payments", params={"page[number]": 1, "page[size]": number})).json()

    ours, by_hand = (one, one_by_hand) if number == 1 else (page, page_by_hand)
    assert functions_of(ours) < most * functions_of(by_hand)
