"""Transports of the caller's that do not tell when a request begins to leave: what they call a failure is not believed.

Those of httpx-aiohttp and of pyreqwest say that there was no connection when one was lost with the request on it.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from commercelayer_klarna import AmbiguousWriteError, APIConnectionError
from commercelayer_klarna.plugins import RetryPolicy
from support.kind import Kind
from support.server import Server


class Losing(httpx.AsyncBaseTransport, httpx.BaseTransport):
    """Sends a write, tells no trace of it, and raises an error in place of the answer."""

    def __init__(self, error: Exception, cause: BaseException | None) -> None:
        self._inner = httpx.HTTPTransport()
        self._error, self._cause = error, cause

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = request.read() if request.method != "GET" else b""
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        answer = self._inner.handle_request(sent)
        body = answer.read()
        if request.method != "GET":
            raise self._error from self._cause
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return self.handle_request(request)

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        self._inner.close()


def client(kind: Kind, server: Server, error: Exception, cause: BaseException | None = None) -> Any:
    server.answer(200, {"data": [], "meta": {"record_count": 0, "page_count": 0}})
    pool = kind.http_client(transport=Losing(error, cause))
    return kind.at(server, http_client=pool, retry=RetryPolicy(attempts=3))


def sent(server: Server, method: str) -> int:
    return [each.method for each in server.requests].count(method)


@pytest.mark.parametrize("error", [httpx.ConnectTimeout("lost"), httpx.ConnectError("lost"), httpx.ReadError("lost")])
@pytest.mark.parametrize("cause", [None, ConnectionResetError(), TimeoutError()], ids=lambda each: type(each).__name__)
def test_a_create_is_not_sent_again_whatever_its_failure_is_called(
    kind: Kind, server: Server, error: Exception, cause: BaseException | None
) -> None:
    payments = client(kind, server, error, cause)
    with pytest.raises(AmbiguousWriteError):
        payments.create(order="o")
    assert sent(server, "POST") == 1


def test_what_an_earlier_attempt_met_proves_nothing(kind: Kind, server: Server) -> None:
    error = httpx.ConnectError("lost")
    error.__context__ = ConnectionRefusedError()
    with pytest.raises(AmbiguousWriteError):
        client(kind, server, error).create(order="o")
    assert sent(server, "POST") == 1


def test_a_connection_that_was_refused_for_certain_is_tried_again(kind: Kind, server: Server) -> None:
    payments = client(kind, server, httpx.ConnectError("refused"), ConnectionRefusedError())
    with pytest.raises(APIConnectionError) as caught:
        payments.create(order="o")
    assert caught.value.sent is False
    assert sent(server, "POST") == 3


def test_what_may_be_sent_twice_is_tried_again(kind: Kind, server: Server) -> None:
    payments = client(kind, server, httpx.ConnectTimeout("lost"))
    with pytest.raises(APIConnectionError):
        payments.update("x", reference="r")
    assert sent(server, "PATCH") == 3
