"""The loopback server, over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.api.messages import MAXIMUM_BODY
from commercelayer_klarna.sandbox.doors.server import SandboxServer

MEDIA_TYPE = "application/vnd.api+json"


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox()) as running:
        yield running


class Caller:
    """One keep-alive connection with a token."""

    def __init__(self, server: SandboxServer) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        client = {"client_id": server.sandbox.client_id, "client_secret": server.sandbox.client_secret}
        body = json.dumps({"grant_type": "client_credentials", **client})
        self.headers = {"Content-Type": "application/json"}
        token = self("POST", "/oauth/token", body)[2]["access_token"]
        self.headers = {"Authorization": f"Bearer {token}", "Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, http.client.HTTPMessage, Any]:
        self.connection.request(method, path, body, self.headers)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, response.headers, json.loads(text) if text else None

    def create(self, order: str, reference: str = "x") -> Any:
        linkage = {"order": {"data": {"type": "orders", "id": order}}}
        data = {"type": "klarna_payments", "attributes": {"reference": reference}, "relationships": linkage}
        status, _, document = self("POST", "/api/klarna_payments", json.dumps({"data": data}))
        assert status == 201
        return document


@pytest.fixture
def caller(server: SandboxServer) -> Iterator[Caller]:
    made = Caller(server)
    yield made
    made.connection.close()


def raw(server: SandboxServer, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def test_one_connection_serves_many_requests_with_links_to_itself(server: SandboxServer, caller: Caller) -> None:
    used = caller.connection.sock
    created = caller.create(server.sandbox.order_ids[0])
    assert created["data"]["links"]["self"].startswith(f"{server.url}/klarna_payments/")
    for _ in range(5):
        assert caller("GET", "/api/klarna_payments")[0] == 200
    status, headers, _ = caller("DELETE", f"/api/klarna_payments/{created['data']['id']}")
    assert status == 204
    assert headers["Content-Length"] is None
    assert headers["X-Sandbox"] == "true"
    assert caller("GET", "/nothing")[0] == 404
    assert caller.connection.sock is used
    assert used is not None


def test_an_answer_to_head_has_no_body(caller: Caller) -> None:
    status, headers, body = caller("HEAD", "/api/orders")
    assert status == 405
    assert body is None
    assert int(headers["Content-Length"]) > 0
    assert caller("GET", "/api/orders")[0] == 200


def test_chunked_bodies_are_read(server: SandboxServer, caller: Caller) -> None:
    linkage = {"order": {"data": {"type": "orders", "id": server.sandbox.order_ids[0]}}}
    text = json.dumps({"data": {"type": "klarna_payments", "relationships": linkage}}).encode()
    assert caller("POST", "/api/klarna_payments", iter([text[:10], text[10:]]))[0] == 201
    assert caller("GET", "/api/klarna_payments")[2]["meta"]["record_count"] == 1


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / x HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"POST /api/orders HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /api/orders HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/orders HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /api/orders HTTP/1.1\r\nContent-Length: 50\r\n\r\nshort",
        b"POST /api/orders HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n",
        b"POST /api/orders HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /api/orders HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        b"POST /api/orders HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/orders HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST /api/orders HTTP/1.1\r\nContent-Length : 4\r\n\r\nGET ",
        b"POST /api/orders HTTP/1.1\r\nbroken\r\nContent-Length: 4\r\n\r\nGET ",
        b"GET /api/orders HTTP/1.1\r\n: y\r\n\r\n",
        b"GET /api/orders HTTP/1.1\r\nX: a\x00b\r\n\r\n",
        b"GET /api/orders HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused_in_the_apis_format(server: SandboxServer, data: bytes) -> None:
    head, _, body = raw(server, data).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 4"), head
    assert b"X-Sandbox: true" in head
    assert json.loads(body)["errors"][0]["status"].startswith("4")


def test_tls_is_refused_at_once(server: SandboxServer) -> None:
    """Its bytes may have no line end, and its client says nothing more before it is answered."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_body_that_is_too_large_is_refused_by_both_doors(server: SandboxServer, sandbox: Sandbox) -> None:
    """Whoever sends it whole before he reads is told, and not reset."""
    body = b" " * (MAXIMUM_BODY + 1)
    head = f"POST /oauth/token HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head + body)
        answered = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")[2]
    assert answered == sandbox.handle("POST", "/oauth/token", {}, body).body
    assert json.loads(answered)["errors"][0]["status"] == "413"


def test_a_missing_content_length_is_no_body(server: SandboxServer) -> None:
    answer = raw(server, b"POST /oauth/token HTTP/1.1\r\nContent-Type: application/json\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"invalid_request" in answer


def test_a_client_that_waits_is_told_to_go_on(server: SandboxServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"POST /oauth/token HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_many_writers_lose_nothing(server: SandboxServer) -> None:
    made: list[str] = []

    def work(worker: int) -> None:
        caller = Caller(server)
        for index in range(10):
            made.append(caller.create(server.sandbox.order_ids[index % 3], f"{worker}-{index}")["data"]["id"])
        caller.connection.close()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    caller = Caller(server)
    counted = caller("GET", "/api/klarna_payments?page[size]=1")[2]["meta"]["record_count"]
    caller.connection.close()
    assert len(set(made)) == counted == 160


def test_closing_ends_idle_connections_and_can_be_repeated() -> None:
    server = SandboxServer(Sandbox()).start()
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    connection.sendall(b"GET /nothing HTTP/1.1\r\n\r\n")
    assert connection.recv(65536).startswith(b"HTTP/1.1 404")
    port = server.port
    server.close()
    server.close()
    assert connection.recv(10) == b""
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)
    SandboxServer(Sandbox()).close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_a_signal(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "commercelayer_klarna.sandbox", "serve", "--port", "0", "--organization", "acme"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        facts = json.loads(process.stdout.readline())
        assert facts["organization"] == "acme"
        assert {"url", "auth_url", "client_id", "client_secret", "order_ids", "gateway_id"} <= set(facts)
        port = int(facts["url"].removesuffix("/api").rpartition(":")[2])
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10):
                process.send_signal(number)
                assert process.wait(60) == 0
        finally:
            process.kill()  # or a failure would wait for it without end
        assert process.stdout.read() == b""
        assert process.stderr.read().decode().splitlines() == [
            f"the sandbox has a page: {facts['url'].removesuffix('api')} (Ctrl-C ends it)"
        ]


def test_the_command_takes_options() -> None:
    command = [sys.executable, "-m", "commercelayer_klarna.sandbox", "serve", "--mode", "live", "--orders", "5"]
    command += ["--seed", "7", "--rate-limit", "enforce", "--callbacks", "http://127.0.0.1:9/callbacks"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        expected = Sandbox(mode="live", orders=5, seed=7)
        assert facts["order_ids"] == expected.order_ids
        assert len(facts["order_ids"]) == 5
        assert facts["mode"] == "live"
        assert facts["market_id"] == expected.market_id
        assert len({*facts["webhook_secrets"]}) == 2
        connection = http.client.HTTPConnection("127.0.0.1", int(facts["control_url"].split(":")[2].split("/")[0]))
        statuses: list[int] = []
        for _ in range(51):
            connection.request("GET", "/api/orders")
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()
        process.terminate()
        assert statuses == [401] * 50 + [429]


@pytest.mark.parametrize(
    "options",
    [
        ["--mode", "x"],
        ["--orders", "-1"],
        ["--seed", "x"],
        ["--rate-limit", "x"],
        ["--organization", "A"],
        ["--callbacks", "http://example.com/"],
    ],
)
def test_wrong_options_of_the_command_are_refused(options: list[str]) -> None:
    command = [sys.executable, "-m", "commercelayer_klarna.sandbox", "serve", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
