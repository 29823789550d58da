"""A network backend whose streams keep the deadline of the call.

httpx gives each step of a request its time, and starts anew with every piece that arrives. A server that sends headers
byte by byte could hold a call for ever. The streams here ask for the time that is left before each piece.

httpcore takes a backend (``NetworkBackend`` is public), but httpx has no way to pass one on. So this is the one file
that touches private names, of httpx's client, transport and pool. If one of them moves, connections stay as httpx makes
them: each step still has its timeout, and the deadline is checked between two pieces of the body.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address

import httpcore
import httpx

from commercelayer_klarna._http.timeouts import remaining, time_to_write
from commercelayer_klarna._tracebacks import is_of_a_signal

# httpcore asks for 64 kB, and each piece goes through five layers. So twice as much is taken at once.
_PIECE = 131_072
_ASKED = 65_536


def _addresses(host: str, port: int, timeout: float) -> list[str]:
    """Return the addresses of a host, within a time. The system's resolver knows no limit, so a thread asks it.

    Raises:
        httpcore.ConnectError: The name is not known.
        httpx.ConnectTimeout: The answer did not come in time.
    """
    with suppress(ValueError):
        ip_address(host)
        return [host]
    found: list[list[str] | OSError] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.append([str(address[0]) for *_, address in answers])
        except (OSError, UnicodeError) as error:
            found.append(error if isinstance(error, OSError) else OSError(str(error)))

    asking = threading.Thread(target=ask, name="commercelayer_klarna-names", daemon=True)
    asking.start()
    asking.join(timeout)
    if not found:
        raise httpx.ConnectTimeout(f"the name {host} was not found in time")
    answer = found[0]
    if isinstance(answer, list):
        return answer
    try:
        raise answer
    except OSError as error:  # httpcore forgets the cause, and keeps the context
        raise httpcore.ConnectError(str(error)) from error


class _Stream(httpcore.NetworkStream):
    """A connection of the sync client."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(_PIECE if max_bytes == _ASKED else max_bytes, remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):  # each that the peer takes begins the time anew
            self._stream.write(buffer[start : start + _PIECE], time_to_write(timeout))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            timeout = remaining(timeout, httpx.ConnectTimeout)
        except BaseException:  # httpcore leaves it to its streams to close a connection without TLS
            self.close()
            raise
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))


class _AsyncStream(httpcore.AsyncNetworkStream):
    """A connection of the async client."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(_PIECE if max_bytes == _ASKED else max_bytes, remaining(timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            await self._stream.write(buffer[start : start + _PIECE], time_to_write(timeout))

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            timeout = remaining(timeout, httpx.ConnectTimeout)
        except BaseException:
            await self.aclose()
            raise
        return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))


class _Backend(httpcore.NetworkBackend):
    """Make the connections of the sync client. They are all TCP: no client of our own uses a unix socket."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        timeout = remaining(timeout, httpx.ConnectTimeout)
        if timeout is None:
            return _Stream(self._backend.connect_tcp(host, port, None, local_address, socket_options))
        end = time.monotonic() + timeout
        problem: Exception = httpcore.ConnectTimeout("no address answered in time")
        addresses = _addresses(host, port, timeout)
        for number, address in enumerate(addresses):
            # Each gets its share, so that one that does not answer leaves time for the next.
            share = (end - time.monotonic()) / (len(addresses) - number)
            if share <= 0:
                break
            try:
                return _Stream(self._backend.connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                if error.__cause__ is not None and is_of_a_signal(error.__cause__):
                    raise
                problem = error
        raise problem


class _AsyncBackend(httpcore.AsyncNetworkBackend):
    """Make the connections of the async client, as ``_Backend`` does."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        connected = await self._backend.connect_tcp(
            host, port, remaining(timeout, httpx.ConnectTimeout), local_address, socket_options
        )
        return _AsyncStream(connected)


def keep_deadlines(client: httpx.Client | httpx.AsyncClient) -> None:
    """Make the connections of a client keep deadlines, if the private names of httpx are where they were."""
    transports = [getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values()]
    for transport in transports:
        pool = getattr(transport, "_pool", None)
        if hasattr(pool, "_optional_thread_lock") and isinstance(client, httpx.Client):
            # A signal handler may raise within an ``__enter__`` written in Python, after it took the lock.
            setattr(pool, "_optional_thread_lock", threading.RLock())  # noqa: B010 - its type does not tell of it
        backend = getattr(pool, "_network_backend", None)
        if isinstance(backend, httpcore.NetworkBackend):
            setattr(pool, "_network_backend", _Backend(backend))  # noqa: B010 - its type does not tell of it
        elif isinstance(backend, httpcore.AsyncNetworkBackend):
            setattr(pool, "_network_backend", _AsyncBackend(backend))  # noqa: B010 - its type does not tell of it
