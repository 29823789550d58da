"""Streams of bytes under httpx that know when a call must be over.

httpx gives each step of a request its time, and begins anew with every piece that arrives: a server that lets headers
drip in could hold a call for ever. The streams here ask the time for each piece anew, and take more at once than httpx
asks for, since each piece goes through five layers.
"""

from __future__ import annotations

from typing import Any

from commercelayer_klarna._http.body import Until

__all__ = ["keep_deadlines"]

# httpcore asks for half of it.
_PIECE = 131_072
_ASKED = 65_536


class _Stream:
    """A connection of the sync client."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.write = stream.write
        self.close = stream.close
        self.get_extra_info = stream.get_extra_info

    def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        return self._stream.read(_PIECE if max_bytes == _ASKED else max_bytes, _seconds(timeout))

    def start_tls(self, *arguments: Any, **named: Any) -> _Stream:
        return _Stream(self._stream.start_tls(*arguments, **named))


class _AsyncStream:
    """A connection of the async client."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.write = stream.write
        self.aclose = stream.aclose
        self.get_extra_info = stream.get_extra_info

    async def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        return await self._stream.read(_PIECE if max_bytes == _ASKED else max_bytes, _seconds(timeout))

    async def start_tls(self, *arguments: Any, **named: Any) -> _AsyncStream:
        return _AsyncStream(await self._stream.start_tls(*arguments, **named))


class _Backend:
    """Makes the connections of the sync client."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.sleep = backend.sleep

    def connect_tcp(self, *arguments: Any, **named: Any) -> _Stream:
        return _Stream(self._backend.connect_tcp(*arguments, **named))

    def connect_unix_socket(self, *arguments: Any, **named: Any) -> _Stream:
        return _Stream(self._backend.connect_unix_socket(*arguments, **named))


class _AsyncBackend:
    """Makes the connections of the async client."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.sleep = backend.sleep

    async def connect_tcp(self, *arguments: Any, **named: Any) -> _AsyncStream:
        return _AsyncStream(await self._backend.connect_tcp(*arguments, **named))

    async def connect_unix_socket(self, *arguments: Any, **named: Any) -> _AsyncStream:
        return _AsyncStream(await self._backend.connect_unix_socket(*arguments, **named))


def _seconds(timeout: float | None) -> float | None:
    return timeout.next() if isinstance(timeout, Until) else timeout


def keep_deadlines(client: Any, *, is_async: bool = False) -> None:
    """Let the connections that an httpx client of ours will make be such streams.

    httpcore, which holds the connections, takes a backend for this; httpx has no way to pass it on. Should either
    change its inside, connections are as they were, and headers that drip in are bounded no more.
    """
    for transport in (client._transport, *client._mounts.values()):
        pool: Any = getattr(transport, "_pool", None)
        backend = getattr(pool, "_network_backend", None)
        if backend is not None:
            pool._network_backend = (_AsyncBackend if is_async else _Backend)(backend)
