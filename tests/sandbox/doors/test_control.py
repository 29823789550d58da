"""The control paths of the loopback server, and faults on real sockets."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer

MEDIA_TYPE = "application/vnd.api+json"


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox()) as running:
        yield running


class Remote:
    """A program elsewhere: it knows the URL alone."""

    def __init__(self, server: SandboxServer) -> None:
        self.base = server.url.removesuffix("/api")
        self.client = httpx.Client(timeout=60, trust_env=False)
        form = {"grant_type": "client_credentials", "client_id": "sandbox-integration"}
        token = self.client.post(server.auth_url, data={**form, "client_secret": "sandbox-secret"}).json()
        self.headers = {"Authorization": f"Bearer {token['access_token']}", "Content-Type": MEDIA_TYPE}

    def control(self, path: str, document: object = None) -> httpx.Response:
        return self.client.post(f"{self.base}/__sandbox__/{path}", json=document)

    def create(self, order: str, timeout: float = 60) -> httpx.Response:
        linkage = {"order": {"data": {"type": "orders", "id": order}}}
        data = {"type": "klarna_payments", "relationships": linkage}
        url = f"{self.base}/api/klarna_payments"
        return self.client.post(url, json={"data": data}, headers=self.headers, timeout=timeout)

    def get(self, path: str) -> Any:
        return self.client.get(f"{self.base}/api/{path}", headers=self.headers).json()

    def count(self) -> Any:
        return self.get("klarna_payments")["meta"]["record_count"]


@pytest.fixture
def remote(server: SandboxServer) -> Iterator[Remote]:
    made = Remote(server)
    yield made
    made.client.close()


def test_faults_are_added_and_reset(server: SandboxServer, remote: Remote) -> None:
    order = server.sandbox.order_ids[0]
    fault = {"match": {"method": "POST", "path": "/api/klarna_payments"}, "status": 503, "times": 2, "retry_after": 3}
    assert remote.control("faults", fault).json() == {"pending": 1}
    first = remote.create(order)
    assert first.status_code == 503
    assert first.headers["Retry-After"] == "3"
    assert remote.count() == 0
    reset = remote.control("reset")
    assert reset.json() == {"order_ids": server.sandbox.order_ids, "gateway_id": server.sandbox.gateway_id}
    assert remote.create(order).status_code == 201
    assert remote.count() == 1
    remote.control("reset", {})
    # The same ids, and the same token, but nothing else.
    assert server.sandbox.order_ids[0] == order
    assert remote.count() == 0
    assert len(server.sandbox.requests) == 1


def test_an_order_is_taken_through_its_life(server: SandboxServer, remote: Remote) -> None:
    order = server.sandbox.order_ids[0]

    def step(id_: str, name: str, **amount: int) -> None:
        assert remote.control("steps", {"id": id_, "step": name, **amount}).json() == {"id": id_}

    payment = remote.control("payments", {"order": order, "reference": "po-1"}).json()["id"]
    assert remote.get(f"klarna_payments/{payment}")["data"]["attributes"]["reference"] == "po-1"
    refused = remote.control("steps", {"id": order, "step": "_place"})
    assert refused.status_code == 400
    assert "auth token can't be blank" in refused.json()["errors"][0]["detail"]
    assert remote.control("payments", {"id": payment, "auth_token": "from-the-widget"}).json() == {"id": payment}
    webhook = server.sandbox.add_webhook(["captures.succeeded"], "http://127.0.0.1:9/here")
    step(order, "_place")
    step(order, "_approve")
    (authorization,) = remote.get(f"orders/{order}/authorizations")["data"]
    step(authorization["id"], "_capture", amount_cents=1000)
    (capture,) = remote.get(f"orders/{order}/captures")["data"]
    step(capture["id"], "_refund", amount_cents=400)
    (refund,) = remote.get(f"orders/{order}/refunds")["data"]
    assert refund["attributes"]["amount_cents"] == 400
    assert [each.resource_id for each in server.sandbox.deliveries(webhook)] == [capture["id"]]


@pytest.mark.parametrize(
    ("path", "document", "member"),
    [
        ("payments", {}, "order"),
        ("payments", {"order": "nothing"}, "order"),
        ("payments", {"order": "ORDER", "id": "PAYMENT"}, "order"),
        ("payments", {"id": "PAYMENT", "auth_token": "t", "reference": "r"}, "reference"),
        ("payments", {"id": "PAYMENT"}, "auth_token"),
        ("payments", {"id": "nothing", "auth_token": "t"}, "id"),
        ("steps", {"step": "_place"}, "id"),
        ("steps", {"id": "ORDER"}, "step"),
        ("steps", {"id": "PAYMENT", "step": "_place"}, "id"),
        ("steps", {"id": "ORDER", "step": "_validate"}, "step"),
        ("steps", {"id": "ORDER", "step": "_place", "amount_cents": 1}, "step"),
        ("steps", {"id": "ORDER", "step": "_place", "amount_cents": 0}, "amount_cents"),
        ("steps", {"id": "ORDER", "step": "_capture", "amount_cents": 1}, "step"),
        ("steps", {"id": "ORDER", "step": "reference"}, "step"),
    ],
)
def test_payments_and_steps_name_what_is_wrong(
    server: SandboxServer, remote: Remote, path: str, document: dict[str, object], member: str
) -> None:
    order = server.sandbox.order_ids[0]
    known = {"ORDER": order, "PAYMENT": server.sandbox.create_payment(order)}
    asked = {name: known.get(value, value) if isinstance(value, str) else value for name, value in document.items()}
    refused = remote.control(path, asked)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["source"] == {"pointer": f"/{member}"}


def test_orders_are_added_and_changed(server: SandboxServer, remote: Remote) -> None:
    order = server.sandbox.order_ids[0]
    payment = remote.create(order).json()["data"]["id"]
    assert remote.control("orders", {"id": order, "total_amount_cents": 1234}).json() == {"id": order}
    assert remote.get(f"orders/{order}")["data"]["attributes"]["total_amount_cents"] == 1234
    assert remote.get(f"klarna_payments/{payment}")["data"]["attributes"]["mismatched_amounts"] is True
    added = remote.control("orders", {"total_amount_cents": 99}).json()["id"]
    assert remote.get(f"orders/{added}")["data"]["attributes"]["total_amount_with_taxes_cents"] == 99
    assert remote.create(added).status_code == 201


def test_the_clock_is_moved(remote: Remote) -> None:
    before = remote.control("clock", {"advance": 0}).json()["now"]
    assert abs(before - time.time()) < 600
    assert remote.control("clock", {"advance": 7201}).json()["now"] >= before + 7201
    assert remote.get("orders")["errors"][0]["code"] == "INVALID_TOKEN"
    assert 1000 <= remote.control("clock", {"now": 1000}).json()["now"] < 1600
    assert "errors" not in remote.get("orders")
    remote.control("reset")
    assert abs(remote.control("clock", {"advance": 0}).json()["now"] - time.time()) < 600


@pytest.mark.parametrize(
    ("path", "document", "pointer"),
    [
        ("faults", {"status": 404}, "/status"),
        ("faults", {"status": 500, "match": {"path": "x"}}, "/match/path"),
        ("faults", [], "/document"),
        ("reset", {"seed": 1}, "/seed"),
        ("orders", {"id": "nothing", "total_amount_cents": 1}, "/id"),
        ("orders", {"id": "ORDER"}, "/total_amount_cents"),
        ("orders", {"id": "ORDER", "total_amount_cents": -1}, "/total_amount_cents"),
        ("orders", {"id": "ORDER", "total_amount_cents": "1"}, "/total_amount_cents"),
        ("orders", {"total": 1}, "/total"),
        ("clock", {}, "/advance"),
        ("clock", {"advance": 1, "now": 1}, "/advance"),
        ("clock", {"advance": -1e10}, "/advance"),
        ("clock", {"now": "2026-01-01"}, "/now"),
        ("clock", {"now": 1e12}, "/now"),
    ],
)
def test_a_bad_document_is_refused_by_its_member(
    server: SandboxServer, remote: Remote, path: str, document: Any, pointer: str
) -> None:
    if isinstance(document, dict) and document.get("id") == "ORDER":
        document["id"] = server.sandbox.order_ids[0]
    refused = remote.control(path, document)
    error = refused.json()["errors"][0]
    assert refused.status_code == 400
    assert error["status"] == "400"
    assert error["source"] == {"pointer": pointer}
    assert error["detail"].startswith(pointer[1:].replace("/", "."))
    assert refused.headers["X-Sandbox"] == "true"
    assert server.sandbox.pending_faults == 0


def test_other_wrong_requests_are_refused(remote: Remote) -> None:
    bad = remote.client.post(f"{remote.base}/__sandbox__/faults", content=b"{")
    assert bad.status_code == 400
    assert bad.json()["errors"][0]["source"] == {"pointer": "/document"}
    got = remote.client.get(f"{remote.base}/__sandbox__/faults")
    assert got.status_code == 405
    assert got.headers["Allow"] == "POST"
    assert remote.control("nothing").status_code == 404


def test_a_page_of_another_origin_controls_nothing(remote: Remote, server: SandboxServer) -> None:
    order = server.sandbox.order_ids[0]
    for origin, status in (("https://evil.example", 403), ("null", 403), (remote.base, 200)):
        answer = remote.client.post(f"{remote.base}/__sandbox__/reset", headers={"Origin": origin})
        assert answer.status_code == status
        if status == 403:
            assert server.sandbox.order_ids[0] == order
            assert answer.headers["X-Sandbox"] == "true"


def test_control_paths_do_not_exist_in_process() -> None:
    answer = Sandbox().handle("POST", "/__sandbox__/reset", {}, b"")
    assert answer.status == 404
    assert b"RECORD_NOT_FOUND" in answer.body


RAISED: list[tuple[dict[str, Any], type[httpx.TransportError]]] = [
    ({"kind": "reset"}, httpx.ReadError),
    ({"kind": "drop"}, httpx.RemoteProtocolError),
    ({"kind": "garbage"}, httpx.RemoteProtocolError),
    ({"kind": "truncate"}, httpx.RemoteProtocolError),
    ({"kind": "truncate", "status": 500, "body": "empty"}, httpx.RemoteProtocolError),
    ({"delay": 0.6}, httpx.ReadTimeout),
    ({"kind": "slow_body", "delay": 6}, httpx.ReadTimeout),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("fault", "error"), RAISED)
def test_a_fault_is_seen_by_a_client(
    server: SandboxServer, remote: Remote, fault: dict[str, Any], error: type[Exception], when: str
) -> None:
    """The same faults raise the same errors as in process, from real sockets."""
    match = {"method": "POST", "path": "/api/klarna_payments"}
    assert remote.control("faults", {**fault, "match": match, "when": when}).status_code == 200
    with pytest.raises(error) as caught:
        remote.create(server.sandbox.order_ids[0], timeout=0.4 if error is httpx.ReadTimeout else 60)
    assert caught.type is error
    while fault.get("delay") == 0.6 and server._connections._open:
        time.sleep(0.001)  # the server finds out that nobody waits any more
    assert remote.count() == (1 if when == "after" else 0)
    assert remote.create(server.sandbox.order_ids[0]).status_code == 201


def test_a_reset_is_a_reset(server: SandboxServer, remote: Remote) -> None:
    remote.control("faults", {"kind": "reset"})
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(b"GET /api/orders HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(100)


def test_a_slow_body_is_whole_in_the_end(server: SandboxServer, remote: Remote) -> None:
    remote.control("faults", {"kind": "slow_body", "delay": 0.2})
    started = time.monotonic()
    assert remote.create(server.sandbox.order_ids[0]).status_code == 201
    assert time.monotonic() - started >= 0.2


def test_keep_alive_survives_a_bad_status(server: SandboxServer, remote: Remote) -> None:
    remote.control("faults", {"status": 520, "body": "html"})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/api/orders", headers=remote.headers)
    first = connection.getresponse()
    assert first.status == 520
    assert b"520" in first.read()
    used = connection.sock
    connection.request("GET", "/api/orders", headers=remote.headers)
    assert json.loads(connection.getresponse().read())["data"]
    assert connection.sock is used
    connection.close()


def test_closing_does_not_wait_for_delays(server: SandboxServer, remote: Remote) -> None:
    remote.control("faults", {"delay": 100})
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(b"GET /api/orders HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        started = time.monotonic()
        server.close()
        assert time.monotonic() - started < 50
