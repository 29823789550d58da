"""Prism answers out of the contract, and watches over the sandbox, for our client and for the official SDK."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest
import yaml

from commercelayer_klarna import ClientCredentials, ServerError
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.kind import Kind

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "generated" / "klarna_payments.openapi.json"
PRISM = Path(os.environ["COMPILERS"]) / "node_modules" / ".bin" / "prism"
PATIENCE = 60.0
FACTS: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "contract" / "facts.yaml").read_text(encoding="utf-8"))


class Ids(NamedTuple):
    """What there is to work on."""

    draft: str = "x"
    order: str = "x"
    payment: str = "x"
    gateway: str = "x"
    authorization: str = "x"
    capture: str = "x"
    void: str = "x"
    refund: str = "x"


# Each operation of the contract, by its id; lists are read to their ends.
OPERATIONS: dict[str, Callable[[Any, Ids], Any]] = {
    "list_klarna_payments": lambda payments, ids: [*payments.list(sort=["-created_at"], page_size=25)],
    "create_klarna_payment": lambda payments, ids: payments.create(
        order=ids.draft, reference="po-1", metadata={"a": [1]}
    ),
    "retrieve_klarna_payment": lambda payments, ids: payments.retrieve(ids.payment, include=["order"]),
    "update_klarna_payment": lambda payments, ids: payments.update(ids.payment, reference=None, metadata={"a": {}}),
    "retrieve_klarna_payment_order": lambda payments, ids: payments.order(ids.payment),
    "retrieve_klarna_payment_payment_gateway": lambda payments, ids: payments.payment_gateway(ids.payment),
    "list_klarna_payment_event_stores": lambda payments, ids: [*payments.event_stores(ids.payment)],
    "list_klarna_gateway_klarna_payments": lambda payments, ids: [*payments.list_for_gateway(ids.gateway)],
    "delete_klarna_payment": lambda payments, ids: payments.delete(ids.payment),
    "list_orders": lambda payments, ids: [*payments.orders.list(filters={"status_in": "draft,placed"})],
    "retrieve_order": lambda payments, ids: payments.orders.retrieve(ids.order, fields={"orders": ["number"]}),
    "update_order": lambda payments, ids: payments.orders.update(ids.order, reference="po-1"),
    "list_order_authorizations": lambda payments, ids: [*payments.orders.authorizations(ids.order)],
    "list_order_captures": lambda payments, ids: [*payments.orders.captures(ids.order)],
    "list_order_voids": lambda payments, ids: [*payments.orders.voids(ids.order)],
    "list_order_refunds": lambda payments, ids: [*payments.orders.refunds(ids.order)],
    "list_authorizations": lambda payments, ids: [*payments.authorizations.list(include=["captures"])],
    "retrieve_authorization": lambda payments, ids: payments.authorizations.retrieve(ids.authorization),
    "update_authorization": lambda payments, ids: payments.authorizations.update(ids.authorization, reference="a"),
    "list_captures": lambda payments, ids: [*payments.captures.list()],
    "retrieve_capture": lambda payments, ids: payments.captures.retrieve(ids.capture, include=["refunds"]),
    "update_capture": lambda payments, ids: payments.captures.update(ids.capture, reference="c"),
    "list_voids": lambda payments, ids: [*payments.voids.list()],
    "retrieve_void": lambda payments, ids: payments.voids.retrieve(ids.void),
    "list_refunds": lambda payments, ids: [*payments.refunds.list()],
    "retrieve_refund": lambda payments, ids: payments.refunds.retrieve(ids.refund),
    "list_klarna_gateways": lambda payments, ids: [*payments.klarna_gateways.list()],
    "retrieve_klarna_gateway": lambda payments, ids: payments.klarna_gateways.retrieve(ids.gateway),
}


def session(payments: Any, ids: Ids) -> None:
    """Carry every operation out, and read all that is answered."""
    assert OPERATIONS.keys() == FACTS["operations"].keys()
    for operation in OPERATIONS.values():
        found = operation(payments, ids)
        for each in found if isinstance(found, list) else [found] if found is not None else []:
            assert each.to_dict()["type"] == each.type
            assert each.id in repr(each)


@contextmanager
def prism(*arguments: str) -> Iterator[int]:
    """Run Prism, from when it listens; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(PRISM), arguments[0], "--port", str(port), str(BUNDLE), *arguments[1:]]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + PATIENCE
            while not listens(port):
                assert process.poll() is None, "Prism ended"
                assert time.monotonic() < end, "Prism does not listen"
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Watch:
    """Stands before Prism, which stands before the sandbox, and keeps the violations that Prism tells in a header.

    Requests for tokens, which are no part of the contract, go to the sandbox.
    """

    def __init__(self, prism: int, sandbox: int) -> None:
        self.calls: list[str] = []
        self.violations: list[str] = []
        watch = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self) -> None:
                is_api = self.path.startswith("/api/")
                connection = http.client.HTTPConnection("127.0.0.1", prism if is_api else sandbox, timeout=PATIENCE)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                connection.request(self.command, self.path.removeprefix("/api"), body, headers)
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                if is_api:
                    watch.calls.append(f"{self.command} {self.path} {answer.status}")
                    told = json.loads(answer.getheader("sl-violations") or "[]")
                    watch.violations += [f"{each['location'][0]}: {each['message']}" for each in told]
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = forward

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Watch:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def watch(sandbox: Sandbox) -> Iterator[Watch]:
    with SandboxServer(sandbox) as server, prism("proxy", server.url) as port, Watch(port, server.port) as watching:
        yield watching


@pytest.mark.tool(
    "Prism",
    "@stoplight/prism-cli",
    "it serves paths without `/api`, which our client's `base_url` must have: put a proxy before it",
)
def test_a_mock_serves_every_operation(kind: Kind) -> None:
    """A static mock of the bundle: all operations of the contract are answered to our client, and read whole"""
    with prism("mock") as port, Watch(port, port) as watching:
        session(kind.at(f"{watching.url}/api"), Ids())
    assert watching.violations == []


@pytest.mark.tool("Prism", "@stoplight/prism-cli")
def test_a_proxy_sees_no_violation_by_our_client(kind: Kind, sandbox: Sandbox, watch: Watch) -> None:
    """A proxy before the sandbox, under our client: all operations and the lives of two orders without a violation"""
    secrets = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    auth = ClientCredentials(**secrets, auth_url=f"{watch.url}/oauth/token")
    payments = kind.client(base_url=f"{watch.url}/api", auth=auth)
    order, cancelled, draft = sandbox.order_ids[:3]
    for each in (order, cancelled):
        payments.update(payments.create(order=each).id, auth_token="from Klarna's widget")
        payments.orders.place(each)
    payments.orders.cancel(cancelled)
    payments.orders.approve_and_capture(order)
    (capture,) = payments.orders.captures(order)
    refund = payments.captures.refund(capture.id, amount_cents=100)
    (authorization,), (void,) = payments.orders.authorizations(order), payments.orders.voids(cancelled)
    (gateway,) = payments.klarna_gateways.list()
    payment = payments.create(order=draft)
    ids = Ids(draft, order, payment.id, gateway.id, authorization.id, capture.id, void.id, refund.id)
    session(payments, ids)
    assert watch.violations == []
    assert len(watch.calls) > len(OPERATIONS)
    # Those that are provoked are seen, so it does watch.
    sandbox.fail_next(502, body="html")
    with pytest.raises(ServerError):
        payments.with_options(retry=None).orders.retrieve(order)
    assert watch.violations != []


@pytest.mark.tool("Prism", "@stoplight/prism-cli")
def test_a_proxy_sees_no_violation_by_the_official_sdk(sandbox: Sandbox, watch: Watch) -> None:
    """The same under Commerce Layer's own JavaScript SDK"""
    script = ROOT / "tests" / "official" / "life.mjs"
    command = ["node", str(script), watch.url, sandbox.client_id, sandbox.client_secret, *sandbox.order_ids[:2]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert len(watch.calls) > 20
    assert watch.violations == []
