"""Callbacks: what is sent, how it is signed, and what a receiver that fails does to the circuit."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from commercelayer_klarna import WebhookVerificationError, webhooks
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.callbacks import FAILURES, RETRIES, Callback
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.order_life import OrderShop

URL = "http://127.0.0.1:9/callbacks"


class Receiver:
    """Keeps what it is sent, and answers with a status."""

    def __init__(self) -> None:
        self.got: list[Callback] = []
        self.answer: int | str = 200

    def __call__(self, callback: Callback) -> int | str:
        self.got.append(callback)
        return self.answer

    @property
    def topics(self) -> list[str]:
        return [each.headers["X-CommerceLayer-Topic"] for each in self.got]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


class Now:
    def __init__(self) -> None:
        self.now = 1_763_802_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Now:
    return Now()


@pytest.fixture
def shop(clock: Now) -> OrderShop:
    return OrderShop(Sandbox(clock=clock))


ALL = [
    *("orders.authorize", "orders.place", "orders.approve", "orders.pay", "orders.start_fulfilling", "orders.refund"),
    *("orders.cancel", "orders.cancel_fulfilling", "authorizations.create", "authorizations.succeeded"),
    *("captures.create", "captures.succeeded", "refunds.create", "refunds.succeeded", "captures.failed"),
]


def test_each_topic_comes_once_for_each_real_change(shop: OrderShop, receiver: Receiver) -> None:
    shop.sandbox.add_webhook(ALL, URL)
    order = shop.order("placed")
    shop.patch("orders", order, _place=True)
    assert shop.sandbox.send_callbacks(receiver) == 4
    assert receiver.topics == ["authorizations.create", "authorizations.succeeded", "orders.authorize", "orders.place"]
    receiver.got.clear()
    for step in ("_approve", "_capture", "_refund"):
        shop.step(order, step)
    assert shop.sandbox.send_callbacks(receiver) == 10
    assert receiver.topics == [
        "orders.approve",
        *("captures.create", "captures.succeeded", "orders.pay", "orders.start_fulfilling"),
        *("refunds.create", "refunds.succeeded", "orders.refund", "orders.cancel", "orders.cancel_fulfilling"),
    ]
    assert shop.sandbox.send_callbacks(receiver) == 0
    assert {each.outcome for each in shop.sandbox.deliveries()} == {"delivered"}


def test_a_callback_is_signed_and_has_relative_links(shop: OrderShop, receiver: Receiver) -> None:
    webhook = shop.sandbox.add_webhook(["orders.place"], URL, include_resources=["payment_source"])
    order = shop.order("placed")
    shop.sandbox.send_callbacks(receiver)
    (callback,) = receiver.got
    event = webhooks.parse(callback.body, callback.headers, webhook.shared_secret)
    assert (event.topic, event.resource.id, event.resource["status"]) == ("orders.place", order, "placed")
    assert event.resource.related("payment_source")["payment_instrument"] == {"issuer_type": "klarna"}
    sent = json.loads(callback.body)
    assert sent["data"]["links"]["self"] == f"/api/orders/{order}"
    assert set(sent["data"]["meta"]) == {"mode", "organization_id"}
    assert set(sent) == {"data", "included"}
    with pytest.raises(WebhookVerificationError):
        webhooks.parse(callback.body + b" ", callback.headers, webhook.shared_secret)
    assert webhook.shared_secret not in repr(webhook)


def test_a_failure_and_what_is_pending_have_topics(shop: OrderShop, receiver: Receiver) -> None:
    shop.sandbox.add_webhook(ALL, URL)
    order = shop.order("approved")
    shop.sandbox.send_callbacks(receiver)
    receiver.got.clear()
    shop.sandbox.decide("captures", "failed")
    shop.sandbox.decide("captures", "pending")
    shop.step(order, "capture 100")
    shop.step(order, "capture 100")
    shop.sandbox.send_callbacks(receiver)
    assert receiver.topics == ["captures.create", "captures.failed", "captures.create"]
    shop.sandbox.complete(shop.transactions(order, "captures")[-1]["id"])
    shop.sandbox.send_callbacks(receiver)
    assert receiver.topics[3:] == ["captures.succeeded"]


def test_what_fails_is_sent_again_and_given_up(shop: OrderShop, receiver: Receiver, clock: Now) -> None:
    webhook = shop.sandbox.add_webhook(["orders.place"], URL)
    shop.order("placed")
    receiver.answer = 500
    assert shop.sandbox.send_callbacks(receiver) == 1
    assert shop.sandbox.send_callbacks(receiver) == 0  # not yet
    for _ in range(RETRIES):
        clock.now += 60
        assert shop.sandbox.send_callbacks(receiver) == 1
    clock.now += 3600
    assert shop.sandbox.send_callbacks(receiver) == 0
    (delivery,) = shop.sandbox.deliveries(webhook)
    assert (delivery.outcome, len(delivery.attempts)) == ("failed", RETRIES + 1)
    assert len({each.body for each in receiver.got}) == 1


def test_the_circuit_opens_and_is_closed(shop: OrderShop, receiver: Receiver, clock: Now) -> None:
    webhook = shop.sandbox.add_webhook(["orders.place"], URL)
    receiver.answer = "no answer"
    for _ in range(3):
        shop.order("placed")
    for _ in range(FAILURES):
        shop.sandbox.send_callbacks(receiver)
        clock.now += 60
    assert (webhook.circuit_state, len(receiver.got)) == ("open", FAILURES)
    receiver.answer = 204
    assert shop.sandbox.send_callbacks(receiver) == 0
    assert {each.outcome for each in shop.sandbox.deliveries()} == {"not sent"}
    shop.sandbox.reset_circuit(webhook)
    assert shop.sandbox.send_callbacks(receiver) == 3
    assert (webhook.circuit_state, webhook.failures) == ("closed", 0)


@pytest.mark.parametrize(
    ("topics", "url", "include", "named"),
    [
        ([], URL, [], "topics"),
        (["klarna_payments.create"], URL, [], "topics"),
        (["orders.place"], "https://127.0.0.1:9", [], "callback_url"),
        (["orders.place"], "http://example.com:80", [], "callback_url"),
        (["orders.place"], URL, ["nothing"], "include_resources"),
    ],
)
def test_a_webhook_that_makes_no_sense_is_refused(topics: list[str], url: str, include: list[str], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}"):
        Sandbox(orders=0).add_webhook(topics, url, include_resources=include)


@pytest.fixture
def address() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]], threading.Event]]:
    got: list[tuple[dict[str, str], bytes]] = []
    arrived = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            arrived.set()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/cb?a=1", got, arrived
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_server_sends_them_by_itself(address: tuple[str, list[Any], threading.Event]) -> None:
    url, got, arrived = address
    sandbox = Sandbox()

    def control(server: SandboxServer, document: Any) -> Any:
        body = json.dumps(document).encode()
        request = urllib.request.Request(f"{server.control_url}webhooks", body, method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    with SandboxServer(sandbox) as server:
        made = control(server, {"topics": ["orders.place"], "callback_url": url})
        order = OrderShop(sandbox).order("placed")
        assert arrived.wait(60)
        headers, body = got[0]
        assert webhooks.parse(body, headers, made["shared_secret"]).resource.id == order
        shown = control(server, {"id": made["id"]})["webhooks"][0]
        assert [each["topic"] for each in shown["deliveries"]] == ["orders.place"]
        assert control(server, {"reset_circuit": True})["webhooks"][0]["circuit_state"] == "closed"
