"""Clients in the same process: an httpx transport, and this project's clients that use it.

Production URLs stay as they are; only the last step, the connection, is replaced. The one file of the sandbox that
imports httpx and the client. A fault raises what httpx would have raised on a socket. A delay beyond the client's read
timeout raises at once: what would be waited for is known.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, Unpack

import anyio
import httpx

from commercelayer_klarna.sandbox.api.messages import Answer
from commercelayer_klarna.sandbox.faults import PIECES, Fault

if TYPE_CHECKING:
    from commercelayer_klarna import AsyncKlarnaPayments, ClientCredentials, KlarnaPayments
    from commercelayer_klarna._client.options import ClientOptions as ClientOptions


class Organization(Protocol):
    """What is asked of a sandbox here."""

    @property
    def organization(self) -> str:
        """The slug."""
        ...

    @property
    def client_id(self) -> str:
        """The client id of an integration."""
        ...

    @property
    def client_secret(self) -> str:
        """Its secret."""
        ...

    def next_fault(self, method: str, target: str) -> Fault | None:
        """Return the fault that strikes a request, and count it as used."""
        ...

    def respond(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | Iterable[tuple[str, str]],
        body: bytes,
        fault: Fault | None,
    ) -> Answer:
        """Answer one request under a fault or under none."""
        ...

    def abandon(self, method: str, target: str, fault: Fault) -> None:
        """Remember a request whose client went away."""
        ...


class SandboxTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Hands every request to a sandbox, whatever its host."""

    def __init__(self, sandbox: Organization) -> None:
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an ``httpx.Client``."""
        exchange = self._answer(request, _checked(request, request.read()))
        if wait := exchange.before():
            time.sleep(wait)
        answer = exchange.answer()
        if wait := exchange.after():
            time.sleep(wait)
        return exchange.response(answer)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an ``httpx.AsyncClient``."""
        exchange = self._answer(request, _checked(request, await request.aread()))
        if wait := exchange.before():
            await anyio.sleep(wait)
        answer = exchange.answer()
        if wait := exchange.after():
            await anyio.sleep(wait)
        return exchange.response(answer)

    def _answer(self, request: httpx.Request, body: bytes) -> _Exchange:
        """Begin to answer."""
        return _Exchange(self._sandbox, request, body)


# What h11 lets through, which httpx sends with on sockets.
_NAME = re.compile(rb"[-!#$%&'*+.^_`|~0-9a-zA-Z]+\Z")
_VALUE = re.compile(rb"([^\x00\s]([^\x00\r\n\f\v]*[^\x00\s])?)?\Z")


def _checked(request: httpx.Request, body: bytes) -> bytes:
    """Return the body; refuse what cannot be sent over a socket, as the HTTP library does there.

    Raises:
        httpx.LocalProtocolError: It cannot be sent.
    """
    for name, value in request.headers.raw:
        if not _NAME.match(name):
            raise httpx.LocalProtocolError(f"Illegal header name {name!r}", request=request)
        if not _VALUE.match(value):
            raise httpx.LocalProtocolError(f"Illegal header value {value!r}", request=request)
    if "host" not in request.headers:
        raise httpx.LocalProtocolError("Missing mandatory Host: header", request=request)
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" not in request.headers and length != str(len(body)):
        amount = "little" if length.isdigit() and int(length) > len(body) else "much"
        raise httpx.LocalProtocolError(f"Too {amount} data for declared Content-Length", request=request)
    return body


class _Exchange:
    """One request on its way, without the waiting, which sync and async do in their own ways."""

    def __init__(self, sandbox: Organization, request: httpx.Request, body: bytes) -> None:
        self._sandbox = sandbox
        self._request = request
        self._body = body
        self._target = request.url.raw_path.decode("ascii")
        self._fault = sandbox.next_fault(request.method, self._target)
        self._patience: float | None = request.extensions.get("timeout", {}).get("read")

    def before(self) -> float:
        """Return how long to wait before the request is handled."""
        fault = self._fault
        if fault is None or fault.waits != "before":
            return 0
        if self._runs_out(fault.delay):
            self._sandbox.abandon(self._request.method, self._target, fault)
            raise self._timeout()
        return fault.delay

    def answer(self) -> Answer:
        """Let the sandbox answer."""
        headers = self._request.headers.multi_items()
        return self._sandbox.respond(self._request.method, self._target, headers, self._body, self._fault)

    def after(self) -> float:
        """Return how long to wait until the answer is there."""
        fault = self._fault
        if fault is None or fault.waits != "after":
            return 0
        if self._runs_out(fault.delay):
            raise self._timeout()
        return fault.delay

    def response(self, answer: Answer) -> httpx.Response:
        """Return the answer as httpx has it, or raise what httpx would on a socket."""
        fault, request = self._fault, self._request
        kind = None if fault is None else fault.kind
        if kind == "truncate" and not answer.body:
            kind = "drop"  # there is nothing to cut
        match kind:
            case "reset":
                raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
            case "drop":
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
            case "garbage":
                raise httpx.RemoteProtocolError("illegal status line: not HTTP", request=request)
            case "truncate":
                stream = _Stream(answer.body[: len(answer.body) // 2], self._cut(answer.body))
            case "slow_body" if fault is not None:
                pause = fault.delay / PIECES
                stream = _Stream(answer.body, self._timeout() if self._runs_out(pause) else None, pause)
            case _:
                return httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request)
        headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        return httpx.Response(answer.status, headers=headers, stream=stream, request=request)

    def _runs_out(self, wait: float) -> bool:
        return self._patience is not None and wait > self._patience

    def _timeout(self) -> httpx.ReadTimeout:
        return httpx.ReadTimeout("The read operation timed out", request=self._request)

    def _cut(self, body: bytes) -> httpx.RemoteProtocolError:
        sizes = f"received {len(body) // 2} bytes, expected {len(body)}"
        return httpx.RemoteProtocolError(
            f"peer closed connection without sending complete message body ({sizes})", request=self._request
        )


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes in pieces, with pauses, or that ends with an error."""

    def __init__(self, body: bytes, error: httpx.TransportError | None, pause: float = 0) -> None:
        size = max(1, -(-len(body) // PIECES))
        self._pieces = [body[start : start + size] for start in range(0, len(body), size)]
        self._error = error
        # A pause that the client does not sit out is not waited for.
        self._pause = 0.0 if error is not None else pause
        if pause and error is not None:
            self._pieces = []

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            time.sleep(self._pause)
            yield piece
        if self._error is not None:
            raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            await anyio.sleep(self._pause)
            yield piece
        if self._error is not None:
            raise self._error


def client(sandbox: Organization, **options: Unpack[ClientOptions]) -> KlarnaPayments:
    """Return a client that talks to the sandbox; ``auth`` and ``http_client`` among the options win."""
    from commercelayer_klarna import KlarnaPayments

    options.setdefault("auth", _credentials(sandbox))
    if "http_client" not in options:
        options["http_client"] = httpx.Client(transport=SandboxTransport(sandbox))
    return KlarnaPayments(sandbox.organization, **options)


def async_client(sandbox: Organization, **options: Unpack[ClientOptions]) -> AsyncKlarnaPayments:
    """Return an async client that talks to the sandbox; ``auth`` and ``http_client`` among the options win."""
    from commercelayer_klarna import AsyncKlarnaPayments

    options.setdefault("auth", _credentials(sandbox))
    if "http_client" not in options:
        options["http_client"] = httpx.AsyncClient(transport=SandboxTransport(sandbox))
    return AsyncKlarnaPayments(sandbox.organization, **options)


def _credentials(sandbox: Organization) -> ClientCredentials:
    from commercelayer_klarna import ClientCredentials

    return ClientCredentials(client_id=sandbox.client_id, client_secret=sandbox.client_secret)
