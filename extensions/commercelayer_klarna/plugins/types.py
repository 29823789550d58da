"""The values that plugins are given and give: requests, responses, calls, effects, events, and contributions.

A *flow* is a generator that yields effects (send this, sleep that long) and receives their results. It does no I/O of
its own, so the same flow serves the sync and the async client; two drivers perform the effects. Everything else that a
plugin contributes is a plain function or value.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, MutableMapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar
from urllib.parse import urlsplit

from attrs import Factory, define, field, frozen

from commercelayer_klarna.errors import APIConnectionError, CommerceLayerError, ErrorObject, PluginError
from commercelayer_klarna.forks import renew_after_fork
from commercelayer_klarna.plugins.events import Event

if TYPE_CHECKING:
    from commercelayer_klarna.documents import Document
    from commercelayer_klarna.resources import Resource

T = TypeVar("T")


# ---- Calls ---------------------------------------------------------------------------------------------------------


async def _async_sleep(seconds: float) -> None:
    import asyncio  # the sync client does without

    await asyncio.sleep(seconds)


@frozen
class Timing:
    """Where time and chance come from; tests put their own here, and take no real time.

    Attributes:
        monotonic: Seconds from a start of its own; deadlines are kept by it.
        now: Seconds since 1970.
        sleep: Waits, in the sync client.
        async_sleep: Waits, in the async client.
        uniform: A random number between two others.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    async_sleep: Callable[[float], Awaitable[None]] = _async_sleep
    uniform: Callable[[float, float], float] = random.uniform


@frozen
class RetryPolicy:
    """How often and how patiently to try again. What may be tried again at all is a matter of retry classifiers.

    Attributes:
        attempts: Requests in all, the first included.
        base: Seconds that the first wait is at most; each further one may be twice as long (full jitter).
        cap: Seconds that no such wait exceeds. A ``Retry-After`` of the API may.

    Raises:
        ValueError: A number makes no sense.
    """

    attempts: int = 4
    base: float = 0.5
    cap: float = 20.0

    def __attrs_post_init__(self) -> None:
        numbers: tuple[Any, ...] = (self.base, self.cap)
        if type(self.attempts) is not int or not all(isinstance(each, int | float) for each in numbers):
            raise TypeError(f"attempts={self.attempts!r} must be a whole number, base and cap seconds")
        if self.attempts < 1:
            raise ValueError(f"attempts={self.attempts!r}: there is at least one; pass retry=None to turn retries off")
        if not (0 <= self.base < float("inf") and 0 <= self.cap < float("inf")):
            raise ValueError(f"base={self.base!r} and cap={self.cap!r} must be seconds, 0 or more")


class Host(Protocol):
    """What a call asks of the client's plugins."""

    @property
    def watched(self) -> frozenset[type]: ...  # noqa: D102
    def tell(self, event: Event) -> None: ...  # noqa: D102
    def classify(self, attempt: Attempt) -> bool: ...  # noqa: D102


@define(eq=False)
class Call:
    """One call of a user: the attempts and waits that it takes share it.

    Attributes:
        operation: Name of the operation, such as ``klarna_payments.update``; ``request`` for the escape hatch and
            ``api`` for generated functions.
        trigger: Whether the document asks the API to *do* something (``_update``) rather than to hold a value.
        looks: Whether it looks what became of another call whose answer was lost. Such calls are not tried again one by
            one, and count against the retry quota.
        timeout: Seconds that one attempt may wait for the server, or ``None`` for no limit.
        deadline: When the whole call must be over, on ``Timing.monotonic``, or ``None`` for no limit.
        retry: How to try again, or ``None`` not to.
        attempts: How many requests were sent to the API for this call.
    """

    operation: str
    trigger: bool = False
    looks: bool = False
    timeout: float | None = None
    deadline: float | None = None
    retry: RetryPolicy | None = None
    attempts: int = 0
    host: Host | None = field(default=None, repr=False)

    def tell(self, kind: Callable[..., Event], *facts: Any) -> None:
        """Tell all observers of an event, given by its class and its attributes; made only if somebody listens.

        ``call.tell(RetryScheduled, call.operation, "GET", path, 1, 0.5, "503")``
        """
        host = self.host
        if host is not None and kind in host.watched:
            host.tell(kind(*facts))

    def may_retry(self, attempt: Attempt) -> bool:
        """What the retry classifiers say: the first that has an opinion decides; without one, no."""
        return self.host is not None and self.host.classify(attempt)


def _path_of(request: Request) -> str:
    return urlsplit(request.url).path


@define(eq=False)
class Request:
    """A request on its way to the API.

    Attributes:
        method: HTTP method in capitals.
        url: Complete address.
        headers: Headers; names are case-insensitive. Layers and interceptors may change them.
        content: Body.
        call: The call that the request belongs to.
        path: Path of the address, without its query.
        native: The request in the words of the HTTP library, if it came from there. Not for plugins: it changes with
            the library.
    """

    method: str
    url: str
    headers: MutableMapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    call: Call
    native: Any = field(default=None, repr=False)
    path: str = field(default=Factory(_path_of, takes_self=True))


@define(eq=False)
class Response:
    """An answer, read to its end.

    Attributes:
        status_code: HTTP status.
        headers: Headers; names are case-insensitive in what comes from the network.
        content: Body, decompressed.
    """

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


# ---- Effects and flows ---------------------------------------------------------------------------------------------


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


class Lock:
    """A lock that both clients can take: threads wait for threads, tasks for the tasks of their event loop."""

    __slots__ = ("__weakref__", "_tasks", "thread")

    def __init__(self) -> None:
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """In the child of a fork, nobody holds it."""
        self.thread = threading.Lock()
        self._tasks: dict[Any, list[Any]] = {}

    async def acquire(self, timeout: float | None) -> None:
        """Take the lock of the running event loop.

        Raises:
            TimeoutError: It was not to be had in time.
        """
        import asyncio  # the sync client does without

        # Kept while somebody holds it or waits for it; a lock that stayed would keep its event loop alive.
        held = self._tasks.setdefault(asyncio.get_running_loop(), [asyncio.Lock(), 0])
        held[1] += 1
        try:
            await asyncio.wait_for(held[0].acquire(), timeout)
        except BaseException:
            self._leave(held)
            raise

    def release(self) -> None:
        """Give the lock of the running event loop back."""
        import asyncio

        held = self._tasks[asyncio.get_running_loop()]
        held[0].release()
        self._leave(held)

    def _leave(self, held: list[Any]) -> None:
        held[1] -= 1
        if not held[1]:
            import asyncio

            del self._tasks[asyncio.get_running_loop()]


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


# ---- What plugins contribute ---------------------------------------------------------------------------------------


@frozen
class Source:
    """Where a contribution comes from.

    Attributes:
        plugin: Name of the plugin.
        distribution: Name and version of its distribution, if it came from one.
        hook: Name of the hook.
        builtin: Whether the plugin is one of this package's own.
    """

    plugin: str
    distribution: str | None
    hook: str
    builtin: bool = False

    def __str__(self) -> str:
        return f"plugin {self.plugin!r}{f' of {self.distribution}' if self.distribution else ''}, hook {self.hook!r}"

    def error(self, problem: str) -> PluginError:
        """An error that names plugin, distribution and hook."""
        return PluginError(f"{self}: {problem}", plugin=self.plugin, distribution=self.distribution, hook=self.hook)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function of the plugin; what it raises names the plugin."""
        try:
            return function(*arguments)
        except Exception as error:
            self.note(error)
            raise

    def note(self, error: BaseException) -> None:
        """Name the plugin on what its code raised. Our own plugins raise on purpose."""
        if not self.builtin:
            error.add_note(f"raised in {self}")


@frozen
class Context:
    """What a hook is told of the client it works for. It grows by further attributes.

    Attributes:
        base_url: Address of the API.
        is_async: Whether it is the async client.
        timing: Where time and chance come from.
    """

    base_url: str
    is_async: bool
    timing: Timing


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


@frozen
class Attempt:
    """An attempt that did not succeed, for retry classifiers to judge.

    Attributes:
        number: 1 for the first.
        operation: Name of the operation.
        method: HTTP method.
        trigger: Whether the document asks the API to do something rather than to hold a value.
        response: The answer, or ``None`` without one.
        error: What happened instead of an answer.
    """

    number: int
    operation: str
    method: str
    trigger: bool
    response: Response | None
    error: APIConnectionError | None

    @property
    def reason(self) -> str:
        """The status, or the name of the error."""
        return str(self.response.status_code) if self.response is not None else type(self.error).__name__

    @property
    def may_have_been_carried_out(self) -> bool:
        """Whether the API may have acted on it: not when nothing was sent, nor when it was refused with a 4xx."""
        if self.response is not None:
            return self.response.status_code >= 500 or self.response.status_code == 408
        return self.error is None or self.error.sent


RetryClassifier: TypeAlias = Callable[[Attempt], bool | None]
"""Whether an attempt may be tried again: ``True``, ``False``, or ``None`` for no opinion."""


@frozen
class ErrorInfo:
    """An answer that is no success, for error mappers to turn into an exception. Secrets that were sent are hidden.

    Attributes:
        message: What the exception should say.
        status_code: HTTP status.
        errors: The entries of the error document; empty when the body was not one.
        operation: Name of the operation.
        method: HTTP method.
        path: Path of the request, without its query.
        headers: Headers of the answer, names in lower case.
        attempts: How often the request was tried.
    """

    message: str
    status_code: int
    errors: Sequence[ErrorObject]
    operation: str
    method: str
    path: str
    headers: Mapping[str, str]
    attempts: int


ErrorMapper: TypeAlias = Callable[[ErrorInfo], CommerceLayerError | None]
DocumentTransform: TypeAlias = "Callable[[Document, Call], Document]"
AuthProvider: TypeAlias = Callable[[Request], Flow]


class Accessor:
    """What a plugin adds to a resource: ``payment.ext.<namespace>``, or ``payment.accessor(MyAccessor)`` with its type.

    Made when first touched, once for each resource.
    """

    def __init__(self, resource: Resource) -> None:
        self.resource = resource


@frozen
class MediaCodec:
    """How bodies of a media type are read and written.

    Attributes:
        loads: JSON value of bytes; raises ``ResponseFormatError`` when they hold none.
        dumps: Bytes of a JSON value; raises ``ValueError`` or ``TypeError`` when it cannot be written.
    """

    loads: Callable[[bytes], Any]
    dumps: Callable[[Any], bytes]


@frozen
class MetadataCodec:
    """How the values of a metadata key are written as JSON, and read back.

    Attributes:
        key: The key, or a prefix followed by ``*``. An exact key goes first, then the longest prefix.
        encode: JSON value of a Python value.
        decode: Python value of a JSON value.
        resource_type: The type whose metadata it is for, or ``*`` for all.
    """

    key: str
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    resource_type: str = "klarna_payments"


@frozen
class Configuration:
    """What a plugin adds to every request of a client.

    Attributes:
        headers: Headers; those of ``with_options`` win.
    """

    headers: Mapping[str, str] = field(factory=dict[str, str])
