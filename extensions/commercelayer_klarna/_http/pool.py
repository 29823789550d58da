"""The connections of a client: bounded in number, and replaced when their pool leaks or the process forks.

``Connections`` holds an httpx client and counts the requests that it has under way; threads and tasks wait for a free
connection in different ways, so there is a class for each. How long a request may take is in ``timeouts``; what becomes
of one that fails is in ``outcome``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from contextvars import copy_context
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast
from weakref import WeakSet

import httpx

from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna._http.api_clock import ApiClock
from commercelayer_klarna._http.backend import AsyncBackend, Backend, backend_of, keep_deadlines
from commercelayer_klarna._http.proxies import certificates, mounts_for
from commercelayer_klarna._values import define

if TYPE_CHECKING:  # the sync client does without
    import asyncio
    import ssl
    from typing import Protocol

    from commercelayer_klarna._http.opening import AsyncOpening, Opening

    class HTTPClient(Protocol):
        """What ``http_client`` must be: an ``httpx.Client``, or for the async client an ``httpx.AsyncClient``."""

        def send(self, request: Any, /, *, stream: bool = ..., auth: Any = ..., follow_redirects: Any = ...) -> Any:
            """Send a request."""
            ...

        @property
        def is_closed(self) -> bool:
            """Return whether it can send no more."""
            ...

        @property
        def headers(self) -> Any:
            """Headers for every request."""
            ...


__all__ = [
    "AsyncConnections",
    "AsyncSlot",
    "Connections",
    "Pool",
    "Slot",
    "SyncConnections",
    "SyncSlot",
]

C = TypeVar("C", httpx.Client, httpx.AsyncClient)
OpeningT = TypeVar("OpeningT", "Opening", "AsyncOpening")

log = logging.getLogger("commercelayer_klarna")

_HOSTS = 2
"""Hosts to which each of our pools holds a connection: the API, and the token endpoint."""


class _NoCookies(httpx.Cookies):
    """Keeps nothing: what one call is told must not be sent with another."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave the cookies of an answer alone."""


_NO_COOKIES = _NoCookies()


class _WithoutCookies:
    @property
    def cookies(self) -> httpx.Cookies:
        """Return no cookies."""
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        """Keep none."""


class ClientWithoutCookies(_WithoutCookies, httpx.Client):
    """A client of httpx that keeps no cookies."""


class AsyncClientWithoutCookies(_WithoutCookies, httpx.AsyncClient):
    """``ClientWithoutCookies`` for the async client."""


def _limits(keepalive_expiry: float) -> httpx.Limits:
    # With fewer to keep alive, httpcore closes what it has just used whenever there are more than those.
    return httpx.Limits(max_connections=_HOSTS, max_keepalive_connections=_HOSTS, keepalive_expiry=keepalive_expiry)


class AnotherEventLoopError(RuntimeError):
    """An async client is used in an event loop that is not the one of its connections: a mistake, and no failure."""


@define(eq=False)
class Pool(Generic[C]):
    """An httpx client and the requests that it has under way.

    Attributes:
        client: The client.
        under_way: Requests that were begun and are not over.
        used: Whether a request was ever sent through it.
        idle_since: When its last request was over, on ``time.monotonic``.
    """

    client: C
    under_way: int = 0
    used: bool = False
    idle_since: float = -inf


@define(eq=False)
class Slot(Generic[C]):
    """What one request holds of the connections. It says so at every moment, since a signal handler may raise at any.

    Attributes:
        pool: The pool that counts the request, once it has one.
        is_taken: Whether one of our connections is for it.
        turn: Comes free when that is so, for a thread that waits.
    """

    pool: Pool[C] | None = None
    is_taken: bool = False
    turn: threading.Lock | None = None

    @property
    def client(self) -> C:
        """The httpx client of the pool."""
        assert self.pool is not None  # noqa: S101 - the request has entered
        return self.pool.client


class Connections(Generic[C, OpeningT]):
    """The connections of a client; its views share them.

    Args:
        given: A client of the caller's, which is neither replaced nor closed. By default there is one of our own.
        hosts: The hosts of the client, for what the environment says of proxies.
        most: How many of our own there are at most, if not ``MOST``.
        keepalive_expiry: Seconds for which a connection that nobody uses stays open, or ``None`` for no limit.
    """

    MOST: ClassVar[int] = 100
    """Connections at most, unless a client is told otherwise."""

    def __init__(
        self,
        given: HTTPClient | None = None,
        hosts: Iterable[str] = (),
        *,
        most: int | None = None,
        keepalive_expiry: float | None = None,
    ) -> None:
        self.closed = False
        self._forget_waiting()
        self._most = self.MOST if most is None else most
        self._hosts = tuple(hosts)
        self._keepalive_expiry = inf if keepalive_expiry is None else keepalive_expiry
        self._has_proxies = False
        # At most one connection that was opened ahead, and nobody took yet.
        self._ahead: list[OpeningT] = []
        self.is_owned = given is None
        self.api_clock = ApiClock()
        self._calls: WeakSet[object] = WeakSet()
        self._complained = False
        self._used_before_fork = False
        self._given_up: list[Pool[C]] = []
        self._inherited: list[object] = []
        # Reentrant, since a signal handler may close the client while this thread holds it.
        self._lock = threading.RLock()
        self._tls: ssl.SSLContext | None = None
        # The first ones are used first, so that few connections are open when few are needed.
        self._pools: list[Pool[C]] = [Pool(self._make() if given is None else cast("C", given))]
        renew_after_fork(self)

    @property
    def client(self) -> C:
        """The httpx client of a pool; they are all alike."""
        return (self._pools[0] if self._pools else self._current()).client

    @property
    def under_way(self) -> int:
        """How many requests were begun and are not over."""
        return sum(pool.under_way for pool in {*self._given_up, *self._pools})

    @property
    def has_calls(self) -> bool:
        """Return whether a call of a user is under way."""
        return bool(self._calls)

    def begin_call(self, call: object) -> None:
        """Know of a call of a user that begins; ``end_call`` it in the end, with all its requests and waits.

        Raises:
            RuntimeError: The client is closed, or is the caller's and was used before a fork.
        """
        with self._lock:
            self.check()
            self._calls.add(call)

    def check(self) -> None:
        """Refuse calls after the end.

        Raises:
            RuntimeError: The client is closed, or is the caller's and was used before a fork.
        """
        is_closed = not self.is_owned and self._pools[0].client.is_closed  # first, since a signal handler may close
        if self.closed or is_closed:
            raise RuntimeError("this client is closed: make one for the life of the service, and close it at its end")
        if self._used_before_fork:
            raise RuntimeError("this http_client was used before the process forked: make both clients in the child")

    def mended(self, slot: Slot[C]) -> bool:
        """Give a request another pool, as its own has no connection for it; return ``False`` if that is the caller's.

        Requests that are cancelled at the wrong moment leave httpcore 1.0 with connections that it believes to be in
        use for ever (encode/httpcore#1093). Each request has a pool of its own, so one without a connection has leaked.
        """
        with self._lock:
            pool = slot.pool
            if not self.is_owned or pool is None:
                return False
            other = Pool(self._make(), used=True)  # before anything changes: it may fail
            log.log(
                logging.DEBUG if self._complained else logging.WARNING,
                "a connection pool had no connection for its request and was replaced: cancelled requests make httpcore"
                " leak connections",
            )
            self._complained = True
            self._give_up_pool(pool)
            self._pools.append(other)
            pool.under_way -= 1
            other.under_way += 1
            slot.pool = other
            return True

    def renew(self) -> None:
        """In the child of a fork, leave the connections to the parent; others are made when they are needed."""
        self._lock = threading.RLock()
        self._calls = WeakSet()
        self._forget_waiting()
        is_used = bool(self._ahead) or any(pool.used for pool in self._pools)
        if not self.is_owned:
            self._used_before_fork = self._used_before_fork or is_used
        elif is_used and not self.closed:
            # Kept, because closing them is the parent's business.
            self._inherited += [*self._given_up, *self._pools, *self._ahead]
            self._given_up, self._pools = [], []
            self._ahead.clear()

    def _make(self) -> C:
        """Make a client of our own: proxies from the environment, TLS verified."""
        raise NotImplementedError

    def _forget_waiting(self) -> None:
        """Forget who waits for a connection."""
        raise NotImplementedError

    def _context(self) -> ssl.SSLContext:
        """Return what all our pools verify TLS with: reading the certificates takes 20 ms."""
        if self._tls is None:
            self._tls = certificates()
        return self._tls

    def _current(self) -> Pool[C]:
        """Return the first pool that is free; make one if there is none.

        Each request has a pool of its own. In one pool of httpcore, requests wait for its lock, in no order, and its
        work for each grows with the square of what it holds.
        """
        for pool in self._pools:
            if not (pool.under_way and self.is_owned):
                return pool
        self._pools.append(Pool(self._make()))
        return self._pools[-1]

    def _end(self, slot: Slot[C]) -> None:
        """Take a request that is over from its pool, and give up the last pool if it was not needed for long."""
        pool = slot.pool
        if pool is None:
            return
        now = time.monotonic()
        pool.under_way -= 1
        pool.idle_since = now
        slot.pool = None
        last = self._pools[-1:]
        if len(self._pools) > 1 and not last[0].under_way and now - last[0].idle_since > self._keepalive_expiry:
            self._give_up_pool(last[0])

    def _give_up_pool(self, pool: Pool[C]) -> None:
        """Use a pool no more. It is closed when it has no request under way. The lock is held."""
        if pool in self._pools:
            self._given_up.append(pool)
            self._pools.remove(pool)

    def _begin(self, slot: Slot[C]) -> None:
        """Give a request that begins its pool."""
        with self._lock:
            pool = self._current()
            pool.used = True
            pool.under_way += 1
            slot.pool = pool

    def _give_up(self) -> None:
        """Give the pool up if the client is closed and no call is under way. The lock is held."""
        is_last = self.closed and not self._calls
        if is_last and self.is_owned:
            self._given_up += [pool for pool in self._pools if pool not in self._given_up]

    def _take_idle(self) -> list[C | OpeningT]:
        """Return what is to be closed now."""
        with self._lock:
            idle: list[C | OpeningT] = [pool.client for pool in self._given_up if not pool.under_way]
            self._given_up = [pool for pool in self._given_up if pool.under_way]
            if self.closed and not self._calls:
                idle += self._ahead
                self._ahead.clear()
        return idle

    def _wants_ahead(self) -> bool:
        """Return whether a connection opened ahead serves the next request: there is none yet, and no proxy."""
        warm_since = time.monotonic() - self._keepalive_expiry
        is_warm = any(pool.idle_since >= warm_since for pool in self._pools)
        return self.is_owned and not (self._has_proxies or self._ahead or is_warm)

    def _peer(self, url: str) -> tuple[tuple[str, int], ssl.SSLContext | None]:
        """Return host and port of an address, as httpcore has them, and what to speak TLS with there."""
        parsed = httpx.URL(url)
        tls = self._context() if parsed.scheme == "https" else None
        return (parsed.raw_host.decode("ascii"), parsed.port or (80 if tls is None else 443)), tls


class SyncConnections(Connections[httpx.Client, "Opening"]):
    """The connections of a sync client. Threads that wait for one get it in the order in which they came."""

    # Threads that wait for a connection get it in turn, and cost nothing meanwhile. Those that wait for Python do
    # not, and wake 200 times a second: at 16, a call of a burst takes half as much again as one alone. 12 use up the
    # limit of the API even when each call takes more than three seconds.
    MOST = 12

    def _make(self) -> httpx.Client:
        tls, limits = self._context(), _limits(self._keepalive_expiry)
        mounts = mounts_for(lambda to: httpx.HTTPTransport(verify=tls, limits=limits, proxy=to), self._hosts)
        client = ClientWithoutCookies(verify=tls, limits=limits, mounts=mounts, trust_env=False)
        self._has_proxies = any(mounts.values())
        keep_deadlines(client, self._ahead)
        return client

    def _forget_waiting(self) -> None:
        self._busy = 0
        self._waiting: deque[Slot[httpx.Client]] = deque()

    def begin_call(self, call: object) -> None:
        """Do as ``Connections`` says, when a signal handler closes the client in the middle of it, too."""
        with self._lock:
            try:
                self._calls.add(call)
                self.check()
            except BaseException:
                self.end_call(call)
                raise

    def open_ahead(self, url: str, timeout: float | None) -> None:
        """Begin to open a connection to an address, beside what is to be done first, unless there is one.

        Args:
            url: Where to.
            timeout: Seconds for each step, or ``None`` for no limit.
        """
        with self._lock:
            backend = backend_of(self.client)
            if isinstance(backend, Backend) and self._wants_ahead():
                from commercelayer_klarna._http.opening import Opening

                with suppress(RuntimeError):  # there can be no more threads
                    self._ahead.append(Opening(backend.connect, *self._peer(url), timeout))

    def run_beside(self, work: Callable[[], None]) -> None:
        """Do something in a thread of its own, with the context of this one.

        Raises:
            RuntimeError: There can be no more threads.
        """
        # Python waits for it at the end: who leaves before the answer can lose a refresh token that works only once.
        threading.Thread(target=copy_context().run, args=(work,), name="commercelayer_klarna-beside").start()

    def wait_for_ahead(self, timeout: float | None) -> None:
        """Wait until the connection that is being opened ahead is open, or has failed."""
        for opening in list(self._ahead):
            opening.wait(timeout)

    def enter(self, slot: Slot[httpx.Client], timeout: float | None) -> None:
        """Begin a request; ``leave`` in the end, also when this fails.

        Requests wait here for one of our connections, and not in httpx's pool, which leaks cancelled waiters, and takes
        O(n²) time for n of them.

        Args:
            slot: Notes what the request holds.
            timeout: Seconds to wait, or ``None`` for no limit.

        Raises:
            httpx.PoolTimeout: All connections are in use.
        """
        with self._lock:
            if not self.is_owned or (self._busy < self._most and not self._waiting):
                self._busy += 1
                slot.is_taken = True
            else:
                slot.turn = threading.Lock()
                slot.turn.acquire()
                self._waiting.append(slot)
        if slot.turn is not None:
            slot.turn.acquire(timeout=-1 if timeout is None else timeout)
            if not slot.is_taken:
                raise httpx.PoolTimeout("all connections are in use")
        self._begin(slot)

    def leave(self, slot: Slot[httpx.Client]) -> None:
        """End a request, and give its connection to the first that waits. Twice makes no difference."""
        with self._lock:
            self._end(slot)
            if not slot.is_taken:
                if slot in self._waiting:
                    self._waiting.remove(slot)
            elif self._waiting:  # no call stands between these, so no signal handler does
                first = self._waiting[0]
                first.is_taken, slot.is_taken = True, False
                del self._waiting[0]
                if first.turn is not None:
                    first.turn.release()
            else:
                self._busy -= 1
                slot.is_taken = False
        self.close_idle()

    def distrust(self, slot: Slot[httpx.Client], error: BaseException) -> None:
        """Give up the pool of a request that was broken off by what a signal handler raised, for one.

        httpcore may have held one of its locks then, which it would wait for at the next request.
        """
        with self._lock:
            pool = slot.pool
            if self.is_owned and pool is not None and not isinstance(error, httpx.RequestError):
                self._give_up_pool(pool)

    def end_call(self, call: object) -> None:
        """End a call; the last one of a closed client closes the connections."""
        with self._lock:
            self._calls.discard(call)
            self._give_up()
        self.close_idle()

    def close(self) -> None:
        """Close our connections, as soon as the calls that are under way are over."""
        with self._lock:
            self.closed = True
            self._give_up()
        self.close_idle()

    def close_idle(self) -> None:
        """Close what is given up and has no request under way any more."""
        if self._given_up:
            for each in self._take_idle():
                each.close()


class AsyncConnections(Connections[httpx.AsyncClient, "AsyncOpening"]):
    """The connections of an async client, which belong to the event loop of its first request."""

    _loop: asyncio.AbstractEventLoop | None
    _slots: asyncio.Semaphore | None

    def _make(self) -> httpx.AsyncClient:
        tls, limits = self._context(), _limits(self._keepalive_expiry)
        mounts = mounts_for(lambda to: httpx.AsyncHTTPTransport(verify=tls, limits=limits, proxy=to), self._hosts)
        client = AsyncClientWithoutCookies(verify=tls, limits=limits, mounts=mounts, trust_env=False)
        self._has_proxies = any(mounts.values())
        keep_deadlines(client, self._ahead)
        return client

    def check(self) -> None:
        """Refuse calls after the end, and calls from where asyncio does not run.

        Raises:
            RuntimeError: It is one of these.
        """
        import asyncio

        super().check()
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise AnotherEventLoopError(
                "the async client needs an event loop of asyncio, and none runs here: under trio, run calls of the sync"
                " client in threads, by trio.to_thread.run_sync"
            ) from None

    def _forget_waiting(self) -> None:
        self._loop = self._slots = None
        self._closing: set[asyncio.Task[None]] = set()
        self._beside: set[asyncio.Task[None]] = set()

    def open_ahead(self, url: str, timeout: float | None) -> None:
        """``SyncConnections.open_ahead`` by a task.

        Raises:
            RuntimeError: This is another event loop.
        """
        import asyncio

        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._bind(loop)
        backend = backend_of(self.client)
        if isinstance(backend, AsyncBackend) and self._wants_ahead():
            from commercelayer_klarna._http.opening import AsyncOpening

            self._ahead.append(AsyncOpening(backend.connect, *self._peer(url), timeout))

    def run_beside(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do something in a task of its own."""
        import asyncio

        task = asyncio.get_running_loop().create_task(work())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def wait_for_ahead(self, timeout: float | None) -> None:
        """Wait until the connection that is being opened ahead is open, or has failed."""
        for opening in list(self._ahead):
            await opening.wait(timeout)

    async def enter(self, slot: Slot[httpx.AsyncClient], timeout: float | None) -> None:
        """``SyncConnections.enter`` for tasks.

        Raises:
            httpx.PoolTimeout: All connections are in use.
            RuntimeError: This is another event loop.
        """
        import asyncio

        loop = asyncio.get_running_loop()
        slots = self._slots if self._loop is loop else self._bind(loop)
        if slots is not None:
            if slots.locked():
                try:
                    async with asyncio.timeout(timeout):
                        await slots.acquire()
                except TimeoutError:
                    raise httpx.PoolTimeout("all connections are in use") from None
            else:
                await slots.acquire()
            slot.is_taken = True
        self._begin(slot)

    def _bind(self, loop: asyncio.AbstractEventLoop) -> asyncio.Semaphore | None:
        import asyncio

        if self._loop is not None and self.is_owned:
            raise AnotherEventLoopError(
                "this async client was used in another event loop, where its connections belong: make one for each"
                " event loop, for instance within the function that asyncio.run() is given"
            )
        self._loop = loop
        self._slots = asyncio.Semaphore(self._most) if self.is_owned else None
        return self._slots

    def leave(self, slot: Slot[httpx.AsyncClient]) -> None:
        """End a request. What is given up is closed in a task: a caller that is cancelled would break it off."""
        with self._lock:
            self._end(slot)
        if slot.is_taken and self._slots is not None:
            slot.is_taken = False
            self._slots.release()
        self._close_idle()

    def distrust(self, slot: Slot[httpx.AsyncClient], error: BaseException) -> None:
        """Do nothing: tasks are cancelled between two steps, and what that leaks is ``mended``."""

    def end_call(self, call: object) -> None:
        """End a call; the last one of a closed client closes the connections."""
        with self._lock:
            self._calls.discard(call)
            self._give_up()
        self._close_idle()

    def _close_idle(self) -> None:
        if self._given_up and self._loop is not None:
            # Those of an event loop that is gone are gone with it.
            for each in [] if self._loop.is_closed() else self._take_idle():
                task = self._loop.create_task(each.aclose())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close our connections, as soon as the calls that are under way are over.

        What runs beside them is waited for, as nobody else does that. Those of an event loop that is gone are gone too.
        """
        import asyncio

        with self._lock:
            self.closed = True
            self._give_up()
        if self._beside and self._loop is asyncio.get_running_loop():
            await asyncio.wait(list(self._beside))
        if self._loop is None or not self._loop.is_closed():
            for each in self._take_idle():
                await each.aclose()
            for task in list(self._closing):
                await task


class AsyncSlot(Slot[httpx.AsyncClient]):
    """The slot of a request of the async client."""


class SyncSlot(Slot[httpx.Client]):
    """The slot of a request of the sync client."""
