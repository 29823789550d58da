"""Flows: generators that yield effects (send this, sleep that long) and receive their results.

A flow does no I/O, so the same flow serves the sync and the async client; the driver of each client performs the
effects. A layer puts a flow at its place around a request.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from attrs import define, frozen

from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna.plugins.values import Call, Request, Response, Source

if TYPE_CHECKING:  # the sync client does not need asyncio
    import asyncio

T = TypeVar("T")


@define(eq=False)
class Send:
    """Effect: send the request; the result is a ``Response``.

    Attributes:
        request: What to send.
        direct: Whether to send it straight to the network, past the rest of the chain. Requests for tokens do this,
            because they carry the client secret.
    """

    request: Request
    direct: bool = False


@define(eq=False)
class Sleep:
    """Effect: wait, without holding a connection."""

    seconds: float


class ThreadLock:
    """A lock that threads wait for. A signal handler that raises does not leave it taken.

    Attributes:
        release: Gives the lock back. This is Python's own method, into which no signal handler breaks.
    """

    __slots__ = ("_lock", "_owned", "release")

    def __init__(self) -> None:
        self._lock = threading.RLock()  # knows its owner at every moment
        self._owned = threading.Condition(self._lock)
        self.release = self._lock.release

    def acquire(self, timeout: float | None) -> None:
        """Take the lock.

        Raises:
            TimeoutError: It did not come free in time.
            RuntimeError: This thread has it.
        """
        if self._is_mine():
            raise RuntimeError("a plugin or a signal handler used the client while it waits for a token: do that later")
        try:
            if not self._lock.acquire(timeout=-1 if timeout is None else timeout):
                raise TimeoutError
        except BaseException:
            if self._is_mine():
                self.release()
            raise

    def _is_mine(self) -> bool:
        try:
            self._owned.notify(0)  # notifies nobody, and is refused to those who do not have the lock
        except RuntimeError:
            return False
        return True


class TaskLock:
    """A lock that the tasks of an event loop wait for; each event loop has its own."""

    __slots__ = ("_locks",)

    def __init__(self) -> None:
        # A lock is kept while a task holds it or waits for it; one that stayed would keep its event loop alive.
        self._locks: dict[asyncio.AbstractEventLoop, tuple[asyncio.Lock, list[None]]] = {}

    async def acquire(self, timeout: float | None) -> None:
        """Take the lock of the running event loop.

        Raises:
            TimeoutError: It did not come free in time.
        """
        import asyncio

        lock, users = self._locks.setdefault(asyncio.get_running_loop(), (asyncio.Lock(), []))
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

        lock, users = self._locks[asyncio.get_running_loop()]
        lock.release()
        self._leave(users)

    def _leave(self, users: list[None]) -> None:
        import asyncio

        users.pop()
        if not users:
            del self._locks[asyncio.get_running_loop()]


class Lock:
    """A lock for both clients: threads wait for threads, tasks for the tasks of their event loop."""

    __slots__ = ("__weakref__", "of_tasks", "of_threads")

    def __init__(self) -> None:
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """Replace both locks by free ones, in the child of a fork."""
        self.of_threads = ThreadLock()
        self.of_tasks = TaskLock()


@define(eq=False)
class Exclusive:
    """Effect: run a flow while no other flow runs under the same lock; the result is what the flow returns.

    Attributes:
        lock: The lock.
        flow: Returns the flow to run.
        call: The call that waits; it waits no longer than its deadline.
    """

    lock: Lock
    flow: Callable[[], FlowOf[object]]
    call: Call


Effect: TypeAlias = Send | Sleep | Exclusive

FlowOf: TypeAlias = Generator[Effect, Any, T]
"""A flow that returns a value of type ``T``."""

Flow: TypeAlias = FlowOf[Response]


def send(request: Request) -> Flow:
    """Send a request down the rest of the chain: ``response = yield from send(request)``.

    Every status is a response here. Without an answer, ``APIConnectionError`` is raised.
    """
    response: Response = yield Send(request)
    return response


def sleep(seconds: float) -> FlowOf[None]:
    """Wait without holding a connection: ``yield from sleep(0.5)``."""
    yield Sleep(seconds)


def exclusively(lock: Lock, flow: Callable[[], FlowOf[T]], call: Call) -> FlowOf[T]:
    """Run a flow while no other flow runs under the same lock, and return what it returns.

    Raises:
        APITimeoutError: The lock did not come free before the deadline of the call.
    """
    result: T = yield Exclusive(lock, flow, call)
    return result


class Stage(IntEnum):
    """The place of a layer in the chain; the first is the outermost."""

    CALL = 100
    """Around the whole call with its retries."""
    RETRY = 200
    """Send the request again."""
    AUTH = 300
    """Put the token on each attempt."""
    LIMIT = 400
    """Hold attempts back: rate limits, circuit breakers."""
    ATTEMPT = 500
    """Around one attempt with its token; interceptors come next."""
    WIRE = 600
    """Next to the network, for recorders."""


@frozen
class Layer:
    """A flow and its place in the chain.

    Order is data: stage, then ``order``, then name. It never depends on the order of registration or installation.

    Attributes:
        name: Name, unique in the chain.
        stage: Place in the chain.
        flow: Takes the request, yields effects, returns the response.
        order: Place within the stage; a lower one is further out.
    """

    name: str
    stage: Stage
    flow: Callable[[Request], Flow]
    order: int = 0


class Interceptor:
    """See each attempt, and change it if needed; override one method or both. Neither may wait.

    Requests pass the interceptors in order, responses in reverse order.
    """

    def on_request(self, request: Request) -> Request:
        """Return the request to send, usually the same one."""
        return request

    def on_response(self, request: Request, response: Response) -> Response:
        """Return the response to go on with, usually the same one. All statuses come here."""
        return response


@frozen
class Step:
    """A step of the chain: a layer with its source, or all interceptors."""

    layer: Layer
    source: Source
    interceptors: tuple[tuple[Source, Interceptor], ...] = ()
