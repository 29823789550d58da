"""The values that plugins are given and give: requests, responses, calls, effects, events, and contributions.

A *flow* is a generator that yields effects (send this, sleep that long) and receives their results. It does no I/O of
its own, so the same flow serves the sync and the async client; two drivers perform the effects. Everything else that a
plugin contributes is a plain function or value.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

from attrs import Factory, define, field, frozen

from commercelayer_klarna.errors import APIConnectionError, ErrorObject, PluginError
from commercelayer_klarna.plugins.events import Event

if TYPE_CHECKING:
    pass

T = TypeVar("T")


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
        is_read_back: Whether it checks the outcome of a write whose answer was lost. Such calls are not tried again one
            by one, and count against the retry quota.
        timeout: Seconds that one attempt may wait for the server, or ``None`` for no limit.
        deadline: When the whole call must be over, on ``Timing.monotonic``, or ``None`` for no limit.
        retry: How to try again, or ``None`` not to.
        attempts: How many requests were sent to the API for this call.
        may_be_done: Whether the API may have acted on one of them: it was sent, and was not refused with a 4xx.
    """

    operation: str
    trigger: bool = False
    is_read_back: bool = False
    timeout: float | None = None
    deadline: float | None = None
    retry: RetryPolicy | None = None
    attempts: int = 0
    may_be_done: bool = False
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
