"""Calls on real sockets: what becomes of redirects, proxies and cookies, and of clients of the caller's."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from commercelayer_klarna import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ResponseFormatError,
    ServerError,
)
from support.kind import Kind
from support.server import Server


class RawServer:
    """A socket that does one thing with every connection."""

    def __init__(self, behave: Callable[[socket.socket], None]) -> None:
        self._behave = behave
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/api"
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._behave(connection)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            each.close()
        self._thread.join()


@pytest.fixture
def raw() -> Iterator[Callable[[Callable[[socket.socket], None]], RawServer]]:
    servers: list[RawServer] = []

    def make(behave: Callable[[socket.socket], None]) -> RawServer:
        servers.append(RawServer(behave))
        return servers[-1]

    yield make
    for each in servers:
        each.close()


def reads_and_closes(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.close()


def reads_and_waits(connection: socket.socket) -> None:
    connection.recv(65536)


def test_a_failed_proxy_tunnel_sent_nothing(kind: Kind, raw: Any) -> None:
    # The CONNECT went out, but the create behind it did not.
    proxy = raw(reads_and_closes).url.removesuffix("/api")
    client = kind.http_client(proxy=proxy)
    with pytest.raises(APIConnectionError) as caught:
        kind.at("https://acme.example/api", http_client=client).create(order="oRd")
    assert caught.value.sent is False


def test_a_proxy_that_refuses_the_password_is_asked_once(kind: Kind, raw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking again with the same one can lock the account."""

    def refuses(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    proxy = raw(refuses)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/api").replace("//", "//user:planted@"))
    with pytest.raises(APIConnectionError, match="407") as caught:
        kind.at("https://acme.example/api").create(order="o")
    assert (caught.value.sent, caught.value.permanent, caught.value.attempts) == (False, True, 1)
    assert "planted" not in str(caught.value)
    assert proxy.connections == 1


# httpcore does not close the connection then; Python does.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("call", ["create", "retrieve"])
@pytest.mark.parametrize("says", [None, b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x05\xff"])
def test_a_socks_proxy_that_does_not_do_its_part(
    kind: Kind, raw: Any, monkeypatch: pytest.MonkeyPatch, says: bytes | None, call: str
) -> None:
    """It is silent (``None``), closes, speaks something else, or wants a password."""

    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        if says is not None:
            connection.sendall(says)
            connection.close()

    proxy = raw(behave)
    monkeypatch.setenv("ALL_PROXY", proxy.url.removesuffix("/api").replace("http:", "socks5:"))
    payments = kind.at("https://acme.example/api", timeout=0.05 if says is None else 60, timing=None, retry=None)
    with pytest.raises(APIConnectionError) as caught:
        payments.create(order="o") if call == "create" else payments.retrieve("x")
    assert isinstance(caught.value, APITimeoutError) is (says is None)
    assert call == "retrieve" or caught.value.sent is False
    # The silent one's time may be over before it is connected to.
    assert proxy.connections in ({0, 1} if says is None else {1})
    del caught
    gc.collect()


def test_the_deadline_ends_the_call(kind: Kind, raw: Any) -> None:
    server = raw(reads_and_waits)
    with pytest.raises(APITimeoutError):
        kind.at(server, timeout=None, deadline=0.05).retrieve("x")


def test_redirects_are_not_followed(kind: Kind, server: Server) -> None:
    server.answer(302, b"", {"Location": server.url + "/elsewhere"})
    with pytest.raises(APIStatusError) as caught:
        kind.at(server).retrieve("x")
    assert "redirects are not followed" in str(caught.value)
    client = kind.http_client(follow_redirects=True)
    with pytest.raises(APIStatusError):
        kind.at(server, http_client=client).retrieve("x")
    assert len(server.requests) == 2


def test_a_client_of_the_callers_is_used_and_left_open(
    kind: Kind, server: Server, payment_json: dict[str, Any]
) -> None:
    """Its headers and hooks are used, its auth and its cookies are not."""
    server.answer(200, {"data": payment_json}, {"Set-Cookie": "a=b; Path=/"})
    hooked: list[Any] = []

    async def hook(each: Any) -> None:
        hooked.append(each)

    client = kind.http_client(
        headers={"X-Corp": "1"},
        auth=("u", "p"),
        cookies={"c": "d"},
        event_hooks={name: [hooked.append if kind.name == "sync" else hook] for name in ("request", "response")},
    )
    payments = kind.at(server, http_client=client)
    for _ in range(2):
        payments.retrieve("x")
    payments.close()
    assert not client.is_closed
    assert [type(each) for each in hooked] == [httpx.Request, httpx.Response] * 2
    for request in server.requests:
        assert request.headers["x-corp"] == "1"
        assert request.headers["authorization"] == "Bearer token-of-the-tests"
        assert "cookie" not in request.headers


def test_our_own_connections_keep_no_cookies(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(200, {"data": payment_json}, {"Set-Cookie": "a=b; Path=/"})
    payments = kind.at(server)
    for _ in range(2):
        payments.retrieve("x")
    assert not payments._session.connections.client.cookies
    assert ["cookie" in request.headers for request in server.requests] == [False] * 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"null", b'{"data": 5}', b'{"data": {"id": "x"}}'])
def test_a_success_without_a_document_is_refused(kind: Kind, server: Server, body: bytes) -> None:
    server.answer(200, body)
    with pytest.raises(ResponseFormatError):
        kind.at(server).retrieve("x")


def test_a_status_that_no_standard_knows(kind: Kind, server: Server) -> None:
    server.answer(520, b"<html>", {"Content-Type": "text/html"})
    with pytest.raises(ServerError) as caught:
        kind.at(server).retrieve("x")
    assert str(caught.value) == "520 GET klarna_payments/x: no error document (text/html, 6 bytes)"


def test_connections_are_reused(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(200, {"data": payment_json})
    payments = kind.at(server)
    for _ in range(20):
        payments.retrieve("x")
    assert len({request.headers["x-peer"] for request in server.requests}) == 1
