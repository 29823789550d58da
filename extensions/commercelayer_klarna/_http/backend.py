"""A network backend whose streams keep the deadline of the call.

httpx gives each step of a request its time, and starts anew with every piece that arrives. A server that sends headers
byte by byte could hold a call for ever. The streams here ask for the time that is left before each piece.

httpcore takes a backend (``NetworkBackend`` is public), but httpx has no way to pass one on. So this is the one file
that touches private names, of httpx's client, transport, pool and addresses. If one of them moves, connections and
addresses stay as httpx makes them: each step still has its timeout, and the deadline is checked between two pieces of
the body.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar, cast

import httpcore
import httpx

from commercelayer_klarna._http.timeouts import remaining, time_to_write
from commercelayer_klarna._tracebacks import is_of_a_signal

if TYPE_CHECKING:
    from commercelayer_klarna._http.opening import AsyncOpening, Opening

OpeningT = TypeVar("OpeningT", "Opening", "AsyncOpening")
ArgumentT = TypeVar("ArgumentT")
ResultT = TypeVar("ResultT")

# The system asks a peer that says nothing for half a minute whether it is there, so that a connection that a firewall
# has forgotten is seen to be closed before a request is written on it. Systems name this differently.
_KEEP_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, int(getattr(socket, name)), value)
        for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPALIVE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    ),
]

# httpcore asks for 64 kB, and each piece goes through five layers. So twice as much is taken at once; after a long
# answer as much as is there, since the next page is as long; and in the async client what asyncio has read already.
_ASKED = 65_536
_PIECE = 131_072
_OF_LONG = 1_048_576
_OF_ASYNCIO = 262_144

# What httpx leaves as it is in a query, as far as our own queries go.
_PLAIN = r"(?:[A-Za-z0-9._~=&+-]|%[0-9A-Fa-f]{2})+"


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


def _keep_alive(stream: httpcore.NetworkStream | httpcore.AsyncNetworkStream) -> None:
    """Let the system find out that an idle connection is dead, where it can."""
    with suppress(OSError, AttributeError):
        for option in _KEEP_ALIVE:
            stream.get_extra_info("socket").setsockopt(*option)


def _socket_of(stream: httpcore.NetworkStream) -> socket.socket | None:
    """Return the socket that a stream reads and writes; ``None`` if it does more than that, as TLS within TLS does."""
    found = stream.get_extra_info("socket")
    is_within_tls = isinstance(stream.get_extra_info("ssl_object"), ssl.SSLObject)
    return found if isinstance(found, socket.socket) and not is_within_tls else None


def _at_once_or_within(
    timeout: float | None, sock: socket.socket, do: Callable[[ArgumentT], ResultT], argument: ArgumentT
) -> ResultT:
    """Let a socket do something, at once if it is ready, else within a time.

    With a timeout Python asks the system three times for each of these, and whenever a thread asks the system, others
    have their turn before it. Where there are many, what it waits for has mostly come meanwhile.

    Raises:
        TimeoutError: It was not ready within the time.
        OSError: It failed.
    """
    try:
        if sock.gettimeout() != 0:
            sock.settimeout(0)
        return do(argument)
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        pass  # what fails below must not have this behind it
    sock.settimeout(timeout)
    return do(argument)


def _taken(ahead: list[OpeningT], host: str, port: int) -> OpeningT | None:
    """Take the connection to an address that was opened ahead, if there is one, out of their list."""
    for each in list(ahead):
        if each.address == (host, port):
            with suppress(ValueError):  # another thread was first
                ahead.remove(each)
                return each
    return None


class _Stream(httpcore.NetworkStream):
    """A connection of the sync client."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._socket = _socket_of(stream)
        self._most = _PIECE

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        most = self._most if max_bytes == _ASKED else max_bytes
        piece = self._read(most, remaining(timeout))
        if len(piece) == self._most:
            self._most = _OF_LONG
        return piece

    def _read(self, most: int, timeout: float | None) -> bytes:
        if self._socket is None:
            return self._stream.read(most, timeout)
        try:
            return _at_once_or_within(timeout, self._socket, self._socket.recv, most)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(error) from error
        except OSError as error:
            raise httpcore.ReadError(error) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):  # each that the peer takes begins the time anew
            self._write(buffer[start : start + _PIECE], time_to_write(timeout))

    def _write(self, piece: bytes, timeout: float | None) -> None:
        if self._socket is None:
            return self._stream.write(piece, timeout)
        try:
            while piece:
                piece = piece[_at_once_or_within(timeout, self._socket, self._socket.send, piece) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(error) from error
        except OSError as error:
            raise httpcore.WriteError(error) from error

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            timeout = remaining(timeout, httpx.ConnectTimeout)
            return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:  # httpcore leaves it to its streams to close a connection without TLS
            self.close()
            raise


class _Opened(_Stream):
    """A connection of the sync client that was opened ahead, with TLS if the API has that."""

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return self


class _AsyncStream(httpcore.AsyncNetworkStream):
    """A connection of the async client."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(_OF_ASYNCIO if max_bytes == _ASKED else max_bytes, remaining(timeout))

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
            return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:  # a cancellation, which httpcore's stream does not close for
            await self.aclose()
            raise


class _AsyncOpened(_AsyncStream):
    """``_Opened`` for the async client."""

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return self


class Backend(httpcore.NetworkBackend):
    """Make the connections of the sync client. They are all TCP: no client of our own uses a unix socket.

    Args:
        backend: Makes connections that keep no deadline.
        ahead: Those that were opened ahead.
    """

    def __init__(self, backend: httpcore.NetworkBackend, ahead: list[Opening]) -> None:
        self._backend = backend
        self._ahead = ahead

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
        opening = _taken(self._ahead, host, port)
        if opening is not None:
            began = time.monotonic()
            opened = opening.take(timeout)
            if opened is not None:
                return _Opened(opened)
            timeout = None if timeout is None else max(0.0, timeout - (time.monotonic() - began))
        return _Stream(self.connect(host, port, timeout))

    def connect(self, host: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        """Make a connection that keeps no deadline, within a time."""
        if timeout is None:
            return self._connect(host, port, None)
        end = time.monotonic() + timeout
        problem: Exception = httpcore.ConnectTimeout("no address answered in time")
        addresses = _addresses(host, port, timeout)
        for number, address in enumerate(addresses):
            # Each gets its share, so that one that does not answer leaves time for the next.
            share = (end - time.monotonic()) / (len(addresses) - number)
            if share <= 0:
                break
            try:
                return self._connect(address, port, share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                if error.__cause__ is not None and is_of_a_signal(error.__cause__):
                    raise
                problem = error
        raise problem

    def _connect(self, host: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        stream = self._backend.connect_tcp(host, port, timeout)
        _keep_alive(stream)
        return stream


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Make the connections of the async client, as ``Backend`` does."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, ahead: list[AsyncOpening]) -> None:
        self._backend = backend
        self._ahead = ahead

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
        timeout = remaining(timeout, httpx.ConnectTimeout)
        opening = _taken(self._ahead, host, port)
        if opening is not None:
            began = time.monotonic()
            opened = await opening.take(timeout)
            if opened is not None:
                return _AsyncOpened(opened)
            timeout = None if timeout is None else max(0.0, timeout - (time.monotonic() - began))
        return _AsyncStream(await self.connect(host, port, timeout))

    async def connect(self, host: str, port: int, timeout: float | None) -> httpcore.AsyncNetworkStream:
        """Make a connection that keeps no deadline, within a time."""
        stream = await self._backend.connect_tcp(host, port, timeout)
        _keep_alive(stream)
        return stream


def keep_deadlines(client: httpx.Client | httpx.AsyncClient, ahead: list[Opening] | list[AsyncOpening]) -> None:
    """Make the connections of a client keep deadlines, if the private names of httpx are where they were.

    Args:
        client: The client.
        ahead: Its connections that were opened ahead.
    """
    transports = [getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values()]
    for transport in transports:
        pool = getattr(transport, "_pool", None)
        if hasattr(pool, "_optional_thread_lock") and isinstance(client, httpx.Client):
            # A signal handler may raise within an ``__enter__`` written in Python, after it took the lock.
            setattr(pool, "_optional_thread_lock", threading.RLock())  # noqa: B010 - its type does not tell of it
        backend = getattr(pool, "_network_backend", None)
        if isinstance(backend, httpcore.NetworkBackend):
            setattr(pool, "_network_backend", Backend(backend, cast("list[Opening]", ahead)))  # noqa: B010
        elif isinstance(backend, httpcore.AsyncNetworkBackend):
            setattr(pool, "_network_backend", AsyncBackend(backend, cast("list[AsyncOpening]", ahead)))  # noqa: B010


def backend_of(client: httpx.Client | httpx.AsyncClient) -> object:
    """Return what makes the connections of a client that go through no proxy; ``None`` if a name has moved."""
    return getattr(getattr(getattr(client, "_transport", None), "_pool", None), "_network_backend", None)


def with_query(address: httpx.URL, query: str) -> httpx.URL | None:
    """Return an address with a query, without taking it apart anew, which takes httpx a twentieth of a call.

    ``None`` if only httpx can tell what comes of it: the query has more than plain characters, or a name has moved.
    """
    parts = getattr(address, "_uri_reference", None)
    replace = getattr(parts, "_replace", None)
    if replace is None or not re.fullmatch(_PLAIN, query):
        return None
    found = httpx.URL(address)
    setattr(found, "_uri_reference", replace(query=query))  # noqa: B010 - it is private
    return found
