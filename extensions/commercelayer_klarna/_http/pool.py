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
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast
from weakref import WeakSet

import httpx

from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna._http.api_clock import ApiClock
from commercelayer_klarna._http.backend import keep_deadlines
from commercelayer_klarna._http.proxies import certificates, mounts_for
from commercelayer_klarna._values import define

if TYPE_CHECKING:  # the sync client does without
    import asyncio
    import ssl

__all__ = [
    "MAX_CONNECTIONS",
    "AsyncConnections",
    "AsyncSlot",
    "Connections",
    "HTTPClient",
    "Pool",
    "Slot",
    "SyncConnections",
    "SyncSlot",
]

C = TypeVar("C", httpx.Client, httpx.AsyncClient)

log = logging.getLogger("commercelayer_klarna")

MAX_CONNECTIONS = 100
"""Connections that a client of ours holds at most, unless it is told otherwise."""

CONNECTIONS_OF_A_POOL = 10
"""Connections of each of our pools: httpcore's work for a request grows with the square of what its pool holds."""

IDLE = 5.0
"""Seconds after which a pool that nobody uses is given up, as httpx does with a connection."""


class HTTPClient(Protocol):
    """What ``http_client`` must be: an ``httpx.Client``, or for the async client an ``httpx.AsyncClient``."""

    def send(self, request: Any, /, *, stream: bool = ..., auth: Any = ..., follow_redirects: Any = ...) -> Any:
        """Send a request."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether it can send no more."""
        ...

    @property
    def headers(self) -> Any:
        """Headers for every request."""
        ...


class _NoCookies(httpx.Cookies):
    """Keeps nothing: what one call is told must not be sent with another."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave the cookies of an answer alone."""


_NO_COOKIES = _NoCookies()


class ClientWithoutCookies(httpx.Client):
    """A client of httpx that keeps no cookies."""

    @property
    def cookies(self) -> httpx.Cookies:
        """Return no cookies."""
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        """Keep none."""


class AsyncClientWithoutCookies(httpx.AsyncClient):
    """``ClientWithoutCookies`` for the async client."""

    @property
    def cookies(self) -> httpx.Cookies:
        """Return no cookies."""
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        """Keep none."""


def _limits() -> httpx.Limits:
    # With fewer to keep alive, httpcore closes what it has just used whenever there are more than those.
    return httpx.Limits(max_connections=CONNECTIONS_OF_A_POOL, max_keepalive_connections=CONNECTIONS_OF_A_POOL)


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
    idle_since: float = 0.0


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


class Connections(Generic[C]):
    """The connections of a client; its views share them.

    Args:
        given: A client of the caller's, which is neither replaced nor closed. By default there is one of our own.
        hosts: The hosts of the client, for what the environment says of proxies.
        most: How many of our own there are at most.
    """

    def __init__(
        self, given: HTTPClient | None = None, hosts: Iterable[str] = (), *, most: int = MAX_CONNECTIONS
    ) -> None:
        self.closed = False
        self._most = most
        self._hosts = tuple(hosts)
        self.is_owned = given is None
        self.api_clock = ApiClock()
        self._calls: WeakSet[object] = WeakSet()
        self._complained = False
        self._used_before_fork = False
        self._given_up: list[Pool[C]] = []
        self._inherited: list[Pool[C]] = []
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
        """Whether a call of a user is under way."""
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
        are_closed = any(pool.client.is_closed for pool in self._pools)  # first, since a signal handler may close
        if self.closed or are_closed:
            raise RuntimeError("this client is closed: make one for the life of the service, and close it at its end")
        if self._used_before_fork:
            raise RuntimeError("this http_client was used before the process forked: make both clients in the child")

    def mended(self, slot: Slot[C]) -> bool:
        """Give a request another pool, as its own has no connection for it; return ``False`` if that is the caller's.

        Requests that are cancelled at the wrong moment leave httpcore 1.0 with connections that it believes to be in
        use for ever (encode/httpcore#1093). No more requests are under way than there are connections, so a pool
        without one for a request has leaked.
        """
        with self._lock:
            pool = slot.pool
            if not self.is_owned or pool is None:
                return False
            # Before anything changes: it may fail.
            other = Pool(self._make()) if pool in self._pools else self._current()
            if pool in self._pools:
                log.log(
                    logging.DEBUG if self._complained else logging.WARNING,
                    "the connection pool had no connection for one of %d requests and was replaced: cancelled requests"
                    " make httpcore leak connections",
                    pool.under_way,
                )
                self._complained = True
                self._given_up.append(pool)
                self._pools[self._pools.index(pool)] = other
            other.used = True
            pool.under_way -= 1
            other.under_way += 1
            slot.pool = other
            return True

    def renew(self) -> None:
        """In the child of a fork, leave the connections to the parent; others are made when they are needed."""
        self._lock = threading.RLock()
        self._calls = WeakSet()
        self._forget_waiting()
        is_used = any(pool.used for pool in self._pools)
        if not self.is_owned:
            self._used_before_fork = self._used_before_fork or is_used
        elif is_used and not self.closed:
            # Kept, because closing them is the parent's business.
            self._inherited += self._given_up + self._pools
            self._given_up, self._pools = [], []

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
        """Return the first pool that has a connection for another request; make one if there is none."""
        for pool in self._pools:
            if pool.under_way < CONNECTIONS_OF_A_POOL or not self.is_owned:
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
        if len(self._pools) > 1 and not last[0].under_way and now - last[0].idle_since > IDLE:
            self._given_up += last
            del self._pools[-1]

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

    def _take_idle(self) -> list[C]:
        with self._lock:
            idle = [pool for pool in self._given_up if not pool.under_way]
            self._given_up = [pool for pool in self._given_up if pool.under_way]
        return [pool.client for pool in idle]


class SyncConnections(Connections[httpx.Client]):
    """The connections of a sync client. Threads that wait for one get it in the order in which they came."""

    def _make(self) -> httpx.Client:
        tls, limits = self._context(), _limits()
        mounts = mounts_for(lambda to: httpx.HTTPTransport(verify=tls, limits=limits, proxy=to), self._hosts)
        client = ClientWithoutCookies(verify=tls, limits=limits, mounts=mounts, trust_env=False)
        keep_deadlines(client)
        return client

    def _forget_waiting(self) -> None:
        self._busy = 0
        self._waiting: deque[Slot[httpx.Client]] = deque()

    def __init__(
        self, given: HTTPClient | None = None, hosts: Iterable[str] = (), *, most: int = MAX_CONNECTIONS
    ) -> None:
        self._forget_waiting()
        super().__init__(given, hosts, most=most)

    def begin_call(self, call: object) -> None:
        """Do as ``Connections`` says, when a signal handler closes the client in the middle of it, too."""
        with self._lock:
            try:
                self._calls.add(call)
                self.check()
            except BaseException:
                self.end_call(call)
                raise

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
            if self.is_owned and pool in self._pools and not isinstance(error, httpx.RequestError):
                self._given_up.append(pool)
                self._pools.remove(pool)

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


class AsyncConnections(Connections[httpx.AsyncClient]):
    """The connections of an async client, which belong to the event loop of its first request."""

    _loop: asyncio.AbstractEventLoop | None
    _slots: asyncio.Semaphore | None

    def __init__(
        self, given: HTTPClient | None = None, hosts: Iterable[str] = (), *, most: int = MAX_CONNECTIONS
    ) -> None:
        self._forget_waiting()
        super().__init__(given, hosts, most=most)

    def _make(self) -> httpx.AsyncClient:
        tls, limits = self._context(), _limits()
        mounts = mounts_for(lambda to: httpx.AsyncHTTPTransport(verify=tls, limits=limits, proxy=to), self._hosts)
        client = AsyncClientWithoutCookies(verify=tls, limits=limits, mounts=mounts, trust_env=False)
        keep_deadlines(client)
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

        Those of an event loop that is gone are gone with it.
        """
        with self._lock:
            self.closed = True
            self._give_up()
        if self._loop is None or not self._loop.is_closed():
            for each in self._take_idle():
                await each.aclose()
            for task in list(self._closing):
                await task


class AsyncSlot(Slot[httpx.AsyncClient]):
    """The slot of a request of the async client."""


class SyncSlot(Slot[httpx.Client]):
    """The slot of a request of the sync client."""
