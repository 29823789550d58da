"""Flows: generators that yield effects (send this, sleep that long) and receive their results.

A flow does no I/O of its own, so the same flow serves the sync and the async client; a driver of each performs the
effects. Where flows stand around a request is a matter of layers and stages, which are here too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from attrs import define, frozen

from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna.plugins.values import Call, Request, Response, Source

if TYPE_CHECKING:  # the sync client does without
    import asyncio

T = TypeVar("T")


@define(eq=False)
class Send:
    """Effect: send the request; the result is a ``Response``.

    Attributes:
        request: What to send.
        direct: Whether it goes straight to the network, past the rest of the chain. Requests for tokens do, because
            they carry the client secret.
    """

    request: Request
    direct: bool = False


@define(eq=False)
class Sleep:
    """Effect: wait, without holding a connection."""

    seconds: float


class ThreadLock:
    """A lock for which threads wait."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def acquire(self, timeout: float | None) -> None:
        """Take the lock.

        Raises:
            TimeoutError: It was not to be had in time.
        """
        if not self._lock.acquire(timeout=-1 if timeout is None else timeout):
            raise TimeoutError

    def release(self) -> None:
        """Give the lock back."""
        self._lock.release()


class TaskLock:
    """A lock for which the tasks of an event loop wait; each event loop has its own."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        # Kept while somebody holds it or waits for it; a lock that stayed would keep its event loop alive.
        self._held: dict[asyncio.AbstractEventLoop, tuple[asyncio.Lock, list[None]]] = {}

    async def acquire(self, timeout: float | None) -> None:
        """Take the lock of the running event loop.

        Raises:
            TimeoutError: It was not to be had in time.
        """
        import asyncio

        lock, users = self._held.setdefault(asyncio.get_running_loop(), (asyncio.Lock(), []))
        users.append(None)
        try:
            # Not ``wait_for``, which swallows a cancellation that comes together with the lock (Python 3.11).
            async with asyncio.timeout(timeout):
                await lock.acquire()
        except BaseException:
            self._leave(users)
            raise

    def release(self) -> None:
        """Give the lock of the running event loop back."""
        import asyncio

        lock, users = self._held[asyncio.get_running_loop()]
        lock.release()
        self._leave(users)

    def _leave(self, users: list[None]) -> None:
        import asyncio

        users.pop()
        if not users:
            del self._held[asyncio.get_running_loop()]


class Lock:
    """A lock that both clients can take: threads wait for threads, tasks for the tasks of their event loop."""

    __slots__ = ("__weakref__", "of_tasks", "of_threads")

    def __init__(self) -> None:
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """In the child of a fork, nobody holds it."""
        self.of_threads = ThreadLock()
        self.of_tasks = TaskLock()


@define(eq=False)
class Exclusive:
    """Effect: run a flow while nobody else runs one under the same lock.

    Attributes:
        lock: The lock.
        flow: Makes the flow to run.
        call: The call that waits; its deadline bounds the wait.
    """

    lock: Lock
    flow: Callable[[], Generator[Effect, Any, Any]]
    call: Call


Effect: TypeAlias = Send | Sleep | Exclusive


Flow: TypeAlias = Generator[Effect, Any, Response]


def send(request: Request) -> Generator[Effect, Any, Response]:
    """Send a request down the rest of the chain: ``response = yield from send(request)``.

    Raises what the rest of the chain raises, an ``APIConnectionError`` for instance. Every status is a response here.
    """
    response: Response = yield Send(request)
    return response


def sleep(seconds: float) -> Generator[Effect, Any, None]:
    """Wait: ``yield from sleep(0.5)``. No connection is held meanwhile."""
    yield Sleep(seconds)


def exclusively(lock: Lock, flow: Callable[[], Generator[Effect, Any, T]], call: Call) -> Generator[Effect, Any, T]:
    """Run a flow while nobody else runs one under the same lock; the result is the flow's.

    Raises:
        APITimeoutError: The lock was not to be had before the deadline of the call.
    """
    result: T = yield Exclusive(lock, flow, call)
    return result


class Stage(IntEnum):
    """Where a layer stands in the chain, outermost first."""

    CALL = 100
    """Around the whole call, its retries included."""
    RETRY = 200
    """Sends the rest of the chain again."""
    AUTH = 300
    """Puts the token on; for each attempt."""
    LIMIT = 400
    """Holds attempts back: rates, concurrency, circuits."""
    ATTEMPT = 500
    """Around one attempt, with its token on; interceptors come next."""
    WIRE = 600
    """Next to the network: recording."""


@frozen
class Layer:
    """A flow and its place in the chain.

    Order is data: stage, then ``order``, then name; never the order of registration or installation.

    Attributes:
        name: Unique in the chain.
        stage: Where it stands.
        flow: Takes the request, yields effects, returns the response.
        order: Place within the stage, lower is further out.
    """

    name: str
    stage: Stage
    flow: Callable[[Request], Flow]
    order: int = 0


class Interceptor:
    """Looks at each attempt, and may change it; override what is needed. Neither method may wait.

    Requests pass the interceptors in order, responses in reverse order.
    """

    def on_request(self, request: Request) -> Request:
        """The request to send, usually the same one."""
        return request

    def on_response(self, request: Request, response: Response) -> Response:
        """The response to go on with, usually the same one; every status comes by here."""
        return response


@frozen
class Link:
    """A place in the chain: a layer and whose it is, or the interceptors."""

    layer: Layer
    source: Source
    interceptors: tuple[tuple[Source, Interceptor], ...] = ()
