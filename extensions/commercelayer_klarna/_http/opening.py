"""A connection that is opened before a request needs it, beside what comes first: the request for a token.

The network backend takes it instead of connecting. If it could not be opened, nothing is lost: the backend connects as
always, and the call tells what is wrong. ``Opening`` uses a thread, ``AsyncOpening`` a task.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import httpcore

from commercelayer_klarna._http.timeouts import CURRENT

__all__ = ["Address", "AsyncOpening", "Opening"]

Address: TypeAlias = tuple[str, int]
"""Host and port."""

Connect: TypeAlias = Callable[[str, int, float | None], httpcore.NetworkStream]
AsyncConnect: TypeAlias = Callable[[str, int, float | None], Awaitable[httpcore.AsyncNetworkStream]]

# TLS 1.3 sends tickets after the handshake. They need a moment to be read, and are no sign of the end.
_MOMENT = 0.001


class Opening:
    """A connection of the sync client, which a thread opens.

    Args:
        connect: Makes a connection without TLS.
        address: Where to.
        tls: What to speak TLS with, or ``None`` for plain http.
        timeout: Seconds for each step.

    Raises:
        RuntimeError: There can be no more threads.
    """

    def __init__(self, connect: Connect, address: Address, tls: ssl.SSLContext | None, timeout: float | None) -> None:
        self.address = address
        self._connect, self._tls, self._timeout = connect, tls, timeout
        self._lock = threading.RLock()
        self._is_wanted = True
        self._stream: httpcore.NetworkStream | None = None
        self._is_over = threading.Event()
        threading.Thread(target=self._open, name="commercelayer_klarna-connect", daemon=True).start()

    def _open(self) -> None:
        stream: httpcore.NetworkStream | None = None
        with suppress(Exception):
            stream = self._connect(*self.address, self._timeout)
            if self._tls is not None:
                self._tls.set_alpn_protocols(["http/1.1"])  # as httpcore does
                stream = stream.start_tls(self._tls, self.address[0], self._timeout)
            with self._lock:
                if self._is_wanted:
                    self._stream, stream = stream, None
            if stream is not None:
                stream.close()
        self._is_over.set()

    def wait(self, timeout: float | None) -> bool:
        """Wait until it is open or has failed; return whether it is open."""
        return self._is_over.wait(timeout) and self._stream is not None

    def take(self, timeout: float | None) -> httpcore.NetworkStream | None:
        """Return the connection as soon as it is open, to whoever sends on it; ``None`` if there is none."""
        try:
            if self.wait(timeout) and self._is_open():
                stream, self._stream = self._stream, None
                return stream
        finally:
            self.close()
        return None

    def _is_open(self) -> bool:
        stream = self._stream
        if stream is None or not stream.get_extra_info("is_readable"):
            return stream is not None
        try:
            stream.read(1, _MOMENT)
        except httpcore.ReadTimeout:
            return True
        except Exception:
            return False
        return False  # it has ended, or says what nobody asked for

    def close(self) -> None:
        """Close what nobody took, now or when it is open."""
        with self._lock:
            self._is_wanted = False
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


class AsyncOpening:
    """A connection of the async client, which a task opens, as ``Opening`` does."""

    def __init__(
        self, connect: AsyncConnect, address: Address, tls: ssl.SSLContext | None, timeout: float | None
    ) -> None:
        self.address = address
        self._connect, self._tls, self._timeout = connect, tls, timeout
        self._stream: httpcore.AsyncNetworkStream | None = None
        self._task = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        CURRENT.set(None)  # the deadline of the call that began it is not that of the call that takes it
        stream: httpcore.AsyncNetworkStream | None = None
        try:
            stream = await self._connect(*self.address, self._timeout)
            if self._tls is not None:
                self._tls.set_alpn_protocols(["http/1.1"])
                stream = await stream.start_tls(self._tls, self.address[0], self._timeout)
            self._stream = stream
        except Exception:
            return
        except BaseException:
            if stream is not None:
                await stream.aclose()
            raise

    async def wait(self, timeout: float | None) -> bool:
        """Wait until it is open or has failed; return whether it is open."""
        await asyncio.wait({self._task}, timeout=timeout)
        return self._stream is not None

    async def take(self, timeout: float | None) -> httpcore.AsyncNetworkStream | None:
        """Return the connection as soon as it is open, to whoever sends on it; ``None`` if there is none."""
        try:
            if await self.wait(timeout) and await self._is_open():
                stream, self._stream = self._stream, None
                return stream
        finally:
            await self.aclose()
        return None

    async def _is_open(self) -> bool:
        stream = self._stream
        if stream is None or not stream.get_extra_info("is_readable"):
            return stream is not None
        try:
            await stream.read(1, _MOMENT)
        except httpcore.ReadTimeout:
            return True
        except Exception:
            return False
        return False

    async def aclose(self) -> None:
        """Close what nobody took, or break it off."""
        self._task.cancel()
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()
