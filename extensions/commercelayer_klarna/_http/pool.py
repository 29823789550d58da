"""The connections that seams share: bounded in number, replaced when their pool leaks or the process forks.

``Wire`` holds an httpx client and knows how many requests it has under way. How long a request may take, and how much
of an answer is read, is in ``bounds``; what is sent, and what becomes of errors, is in ``http``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import httpx
from attrs import define

from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna._http.backend import keep_deadlines

__all__ = ["MAX_CONNECTIONS", "Pool", "Wire", "async_client", "sync_client"]

log = logging.getLogger("commercelayer_klarna")

MAX_CONNECTIONS = 100
"""Connections that a client of ours holds at most."""


class _Connections(httpx.Client):
    """A client of httpx, for its proxies, TLS and limits. Redirects, cookies, hooks and auth, which httpx goes through
    on the way of every request, have no place here: requests come as they are to be sent."""

    def __init__(self) -> None:
        super().__init__(limits=_limits())
        keep_deadlines(self)

    def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """Send a request; the body is still to be read."""
        answer = self._transport_for_url(request.url).handle_request(request)
        answer.request = request
        return answer


class _AsyncConnections(httpx.AsyncClient):
    """``_Connections`` for the async client."""

    def __init__(self) -> None:
        super().__init__(limits=_limits())
        keep_deadlines(self, is_async=True)

    async def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """Send a request; the body is still to be read."""
        answer = await self._transport_for_url(request.url).handle_async_request(request)
        answer.request = request
        return answer


def sync_client() -> httpx.Client:
    """A client that holds connections: proxies from the environment, TLS verified."""
    return _Connections()


def async_client() -> httpx.AsyncClient:
    """``sync_client`` for the async client."""
    return _AsyncConnections()


def _limits() -> httpx.Limits:
    # With fewer to keep alive, httpcore closes what it has just used whenever there are more than those.
    return httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)


@define(eq=False)
class Pool:
    """An httpx client and the requests that it has under way.

    Attributes:
        client: An ``httpx.Client`` or ``httpx.AsyncClient``.
        under_way: Requests that were begun and are not over.
        used: Whether there was ever one.
    """

    client: Any
    under_way: int = 0
    used: bool = False


class Wire:
    """The connections of a client; many seams may share it.

    Args:
        client: An ``httpx.Client`` or ``httpx.AsyncClient``.
        make: Makes another one like it; ``None`` for a client of the caller's, which is neither replaced nor closed.
    """

    def __init__(self, client: Any, make: Callable[[], Any] | None = None) -> None:
        self.closed = False
        self._pool = Pool(client)
        self._make = make
        self._given_up: list[Pool] = []
        self._inherited: list[Pool] = []
        self._complained = False
        self._forked = False
        self._loop: Any = None
        self._slots: Any = None
        self._closing: set[Any] = set()
        self._busy = self._waiting = 0
        self._lock = threading.Lock()
        self._free = threading.Condition(self._lock)
        renew_after_fork(self)

    @property
    def owned(self) -> bool:
        """Whether the connections are ours, not the caller's."""
        return self._make is not None

    @property
    def client(self) -> Any:
        """The httpx client that requests go through now."""
        return self._pool.client

    def check(self) -> None:
        """Refuse to send after the end.

        Raises:
            RuntimeError: The client is closed, or is the caller's and was used before a fork.
        """
        if self.closed or self._pool.client.is_closed:
            raise RuntimeError("this client is closed: make one for the life of the service, and close it at its end")
        if self._forked:
            raise RuntimeError("this http_client was used before the process forked: make both clients in the child")

    def enter(self, patience: float | None) -> Pool:
        """The pool for a request that begins now; ``leave`` it in the end.

        Requests wait here for one of our connections, and not in httpx's pool, whose waiting room forgets requests that
        are cancelled, and slows down with the square of its visitors.

        Args:
            patience: Seconds to wait, or ``None`` for no limit.

        Raises:
            httpx.PoolTimeout: All connections are in use.
        """
        with self._lock:
            if self._busy >= MAX_CONNECTIONS and self._make is not None:
                self._wait(patience)
            return self._begin()

    async def aenter(self, patience: float | None, loop: Any) -> Pool:
        """``enter`` for the async client, which belongs to the event loop of its first request.

        Args:
            patience: As in ``enter``.
            loop: The running event loop.

        Raises:
            httpx.PoolTimeout: All connections are in use.
            RuntimeError: This is another event loop.
        """
        if self._loop is not loop:
            self._bind(loop)
        if self._make is not None:
            if self._slots.locked():
                await self._await(patience)
            else:
                await self._slots.acquire()
        try:
            with self._lock:
                return self._begin()
        except RuntimeError:  # closed meanwhile
            if self._make is not None:
                self._slots.release()
            raise

    async def _await(self, patience: float | None) -> None:
        import asyncio

        try:
            async with asyncio.timeout(patience):
                await self._slots.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("all connections are in use") from None

    def _bind(self, loop: Any) -> None:
        import asyncio  # the sync client does without

        if self._loop is not None and self._make is not None:
            self.check()
            raise RuntimeError(
                "this async client was used in another event loop, where its connections belong: make one for each"
                " event loop, for instance within the function that asyncio.run() is given"
            )
        self._loop = loop
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)

    def _wait(self, patience: float | None) -> None:
        self._waiting += 1
        try:
            if not self._free.wait_for(lambda: self._busy < MAX_CONNECTIONS, patience):
                raise httpx.PoolTimeout("all connections are in use")
        finally:
            self._waiting -= 1

    def _begin(self) -> Pool:
        self.check()
        self._busy += 1
        pool = self._pool
        pool.under_way += 1
        pool.used = True
        return pool

    def leave(self, pool: Pool) -> None:
        """A request is over."""
        with self._lock:
            self._busy -= 1
            pool.under_way -= 1
            if self._waiting:
                self._free.notify()
        if self._slots is not None and self._make is not None:
            self._slots.release()

    def mended(self, pool: Pool) -> Pool | None:
        """Another pool for a request that this one had no connection for, or ``None`` if it is the caller's.

        Requests that are cancelled at the wrong moment leave httpcore 1.0 with connections that it believes to be in
        use for ever (encode/httpcore#1093). No more requests are under way than there are connections, so a pool
        without one for a request has leaked.
        """
        with self._lock:
            if self._make is None or self.closed:
                return None
            pool.under_way -= 1
            if self._pool is pool:
                log.log(
                    logging.DEBUG if self._complained else logging.WARNING,
                    "the connection pool had no connection for one of %d requests and was replaced: cancelled requests"
                    " make httpcore leak connections",
                    pool.under_way + 1,
                )
                self._complained = True
                self._given_up.append(pool)
                self._pool = Pool(self._make(), used=True)
            self._pool.under_way += 1
            return self._pool

    def close(self) -> None:
        """Close our connections, as soon as the requests that are under way are over."""
        self._give_up()
        self.close_idle()

    async def aclose(self) -> None:
        """``close`` for the async client. Connections of an event loop that is gone are gone with it."""
        self._give_up()
        if self._loop is None or not self._loop.is_closed():
            for each in self._take_idle():
                await each.aclose()
            for task in list(self._closing):
                await task

    def close_idle(self) -> None:
        """Close what is given up and has no request under way any more."""
        if self._given_up:
            for each in self._take_idle():
                each.close()

    def close_idle_soon(self) -> None:
        """``close_idle`` for the async client, in a task of its own: a caller that is cancelled would break it off."""
        if self._given_up:
            for each in self._take_idle():
                task = self._loop.create_task(each.aclose())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    def _give_up(self) -> None:
        with self._lock:
            if self.owned and self._pool not in self._given_up:
                self._given_up.append(self._pool)

    def _take_idle(self) -> list[Any]:
        with self._lock:
            idle = [pool for pool in self._given_up if not pool.under_way]
            self._given_up = [pool for pool in self._given_up if pool.under_way]
        return [pool.client for pool in idle]

    def renew(self) -> None:
        """In the child of a fork, leave the connections to the parent."""
        self._lock = threading.Lock()
        self._free = threading.Condition(self._lock)
        self._busy = self._waiting = 0
        self._loop = self._slots = None
        self._closing = set()
        if self._make is None:
            self._forked = self._pool.used
        elif self._pool.used and not self.closed:
            # Kept, because closing them is the parent's business.
            self._inherited += [*self._given_up, self._pool]
            self._given_up = []
            self._pool = Pool(self._make())
