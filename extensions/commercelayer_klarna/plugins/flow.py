"""Flows: generators that yield effects (send this, sleep that long) and receive their results.

A flow does no I/O, so the same flow serves the sync and the async client; the driver of each client performs the
effects. A layer puts a flow at its place around a request, or around an operation with all its requests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, TypeVar, Unpack

from commercelayer_klarna._document import Document
from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna._values import define, frozen
from commercelayer_klarna.errors import APITimeoutError
from commercelayer_klarna.plugins.values import Call, Operation, Request, Response, Source

if TYPE_CHECKING:  # the sync client does not need asyncio
    import asyncio

T = TypeVar("T")


@frozen
class Send:
    """Effect: send the request; the result is a ``Response``. To yield a request says the same as ``Send(request)``.

    Attributes:
        request: What to send.
        direct: Whether to send it straight to the network, past the rest of the chain. Requests for tokens do this,
            because they carry the client secret, and so do all that go to another host than the API.
    """

    request: Request
    direct: bool = False


@frozen
class Sleep:
    """Effect: wait, without holding a connection. It ends at the deadline of the call, with ``APITimeoutError``."""

    seconds: float


@frozen
class Blocking:
    """Effect: call a function that may wait, such as one that writes a file; the result is what it returns.

    Attributes:
        function: The function, without arguments.
        timeout: Seconds until the deadline, which the chain knows; ``None`` for no limit.
        owner: Whose work it is, as errors name it; the chain knows that too.
    """

    function: Callable[[], object]
    timeout: float | None = None
    owner: str = "a plugin"

    def here(self) -> object:
        """Call it in this thread, for the sync client. Once it runs, nothing can end it."""
        return self.function()

    async def in_thread(self) -> object:
        """Call it in a thread, for the async client, and wait for it until the deadline.

        Raises:
            APITimeoutError: It was not over in time. It goes on in its thread.
        """
        import asyncio

        def work() -> tuple[object, BaseException | None]:
            try:
                return self.function(), None
            except BaseException as error:  # asyncio would make another of some classes
                return None, error

        try:
            async with asyncio.timeout(self.timeout):
                result, error = await asyncio.to_thread(work)
        except TimeoutError:
            raise APITimeoutError(
                f"the deadline of the call was over before {self.owner} had done its own work",
                sent=False,
                permanent=True,
            ) from None
        if error is not None:
            raise error
        return result


@define(eq=False)
class Proceed:
    """Effect of a flow around an operation: do what the caller asked for; the result is what the caller gets."""


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
            raise RuntimeError(
                "a plugin or a signal handler used the client within a call that holds what it waits for: do that later"
            )
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


class RequestOptions(TypedDict, total=False):
    """The arguments of the method ``request`` of a client, whose documentation they have, after method and path."""

    params: Mapping[str, object] | None
    json: Mapping[str, object] | None
    include: Sequence[str]
    fields: Mapping[str, Sequence[str]] | None
    filters: Mapping[str, Any] | None
    sort: Sequence[str]


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


@frozen
class Exclusive:
    """Effect: run a flow while no other flow runs under the same lock; the result is what the flow returns.

    Attributes:
        lock: The lock.
        flow: Returns the flow to run. What it sends goes on from the place of the flow that yields this.
        call: The call, or the operation, that waits; it waits no longer than its deadline.
    """

    lock: Lock
    flow: Callable[[], FlowOf[object]]
    call: Call | Operation


@frozen
class Ask:
    """Effect of an operation of one's own: send a request; the result is the document of the answer.

    Attributes:
        method: ``GET``, ``POST``, ``PATCH`` or ``DELETE``.
        path: Path relative to ``/api``.
        options: The other arguments of the method ``request`` of a client.
    """

    method: str
    path: str
    options: RequestOptions


@define(eq=False)
class Acquire:
    """Effect of the chain itself: take a lock. Plugins yield ``Exclusive``.

    Attributes:
        lock: The lock.
        call: For whom it is, and so how long that may wait.
        release: Gives the lock back; ``None`` until it is taken.
    """

    lock: Lock
    call: Call | Operation
    release: Callable[[], object] | None = None


@define(eq=False)
class Beside:
    """Effect: run a flow beside the call, in a thread or a task; nobody waits for it, and its failure is logged.

    Attributes:
        flow: Returns the flow to run. What it sends goes on from the place of the flow that yields this.
        call: What limits it.
    """

    flow: Callable[[], FlowOf[object]]
    call: Call


Effect: TypeAlias = Request | Send | Sleep | Blocking | Exclusive | Beside | Proceed | Ask | Acquire
"""What a flow may yield."""

FlowOf: TypeAlias = Generator[Effect, Any, T]
"""A flow that returns a value of type ``T``."""

Flow: TypeAlias = FlowOf[Response]
"""A flow around a request: a generator that yields effects, and returns the response."""

OperationFlow: TypeAlias = FlowOf[None]
"""A flow around an operation, which returns nothing."""


def send(request: Request) -> Flow:
    """Send a request down the rest of the chain: ``response = yield from send(request)``.

    Every status is a response here. Without an answer, ``APIConnectionError`` is raised.
    """
    response: Response = yield request
    return response


def sleep(seconds: float) -> FlowOf[None]:
    """Wait without holding a connection: ``yield from sleep(0.5)``.

    Raises:
        APITimeoutError: The deadline of the call came first.
        ValueError: It is not a number of seconds, 0 or more.
    """
    yield Sleep(seconds)


def blocking(function: Callable[[], T]) -> FlowOf[T]:
    """Call a function that may wait, and return what it returns: ``yield from blocking(lambda: file.write(line))``.

    The async client calls it in a thread, the sync client where it is. Neither begins it after the deadline of the
    call, and the async client waits for it until then.

    Raises:
        APITimeoutError: The deadline of the call came first.
    """
    result: T = yield Blocking(function)
    return result


def proceed() -> FlowOf[object]:
    """Go on with the operation that a flow stands around, and return what the caller gets.

    A flow does this once. What the operation raises is raised here, and goes on to the caller.
    """
    result: object = yield Proceed()
    return result


def ask(method: str, path: str, **options: Unpack[RequestOptions]) -> FlowOf[Document]:
    """Send a request, in an operation of one's own, and return the document of the answer.

    ::

        def place(order: str) -> FlowOf[Document]:
            document = {"data": {"type": "orders", "id": order, "attributes": {"_place": True}}}
            return (yield from ask("PATCH", f"orders/{order}", json=document))

        payments.run(place(order))

    Args:
        method: ``GET``, ``POST``, ``PATCH`` or ``DELETE``.
        path: Path relative to ``/api``, without a query; ids in it are percent-encoded.
        **options: ``params``, ``json``, ``include``, ``fields``, ``filters`` and ``sort``, as in ``payments.request``.
    """
    document: Document = yield Ask(method, path, options)
    return document


def exclusively(lock: Lock, flow: Callable[[], FlowOf[T]], call: Call | Operation) -> FlowOf[T]:
    """Run a flow while no other flow runs under the same lock, and return what it returns.

    What it sends goes down the rest of the chain, as if it were sent without the lock.

    Raises:
        APITimeoutError: The lock did not come free before the deadline of the call.
    """
    result: T = yield Exclusive(lock, flow, call)
    return result


class Stage(IntEnum):
    """The place of a layer in the chain; the first is the outermost."""

    OPERATION = 0
    """Around all that one call of a user takes: the place of each ``OperationLayer``."""
    CALL = 100
    """Around one request with its retries."""
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
    """A flow around a request, and its place in the chain.

    Order is data: stage, then ``order``, then name. It never depends on the order of registration or installation.

    Attributes:
        name: Name, unique in the chain.
        stage: Place in the chain, from ``CALL`` on.
        flow: Takes the request, yields effects, returns the response.
        order: Place within the stage; a lower one is further out.
        direct: Whether it stands around requests past the chain too, such as those for tokens, which carry the client
            secret. What it sends of them goes past the chain as well.
    """

    name: str
    stage: Stage
    flow: Callable[[Request], Flow]
    order: int = 0
    direct: bool = False


@frozen
class OperationLayer:
    """A flow around an operation: a create with its read-backs, a merge with its read and its write, a page.

    Attributes:
        name: Name, unique in the chain.
        flow: Takes the operation, yields effects, and one of them is ``yield from proceed()``. Raising before that
            refuses the operation; raising after it is what the caller gets.
        order: Place among the layers around operations; a lower one is further out.
    """

    name: str
    flow: Callable[[Operation], OperationFlow]
    order: int = 0

    @property
    def stage(self) -> Stage:
        """Return its place in the chain."""
        return Stage.OPERATION


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
    """A step of the chain: a layer around requests, with its source."""

    layer: Layer
    source: Source


@frozen
class OperationStep:
    """A layer around operations, with its source."""

    layer: OperationLayer
    source: Source
