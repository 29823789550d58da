"""The values that plugins are given and return: calls, requests, responses, attempts, errors.

Flows and layers are in ``flow``, events in ``events``, the hooks in ``hookspecs``, ``RetryPolicy`` in ``backoff``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from attrs import Factory, define, field, frozen

from commercelayer_klarna.errors import APIConnectionError, ErrorObject, PluginError
from commercelayer_klarna.plugins.backoff import RetryPolicy
from commercelayer_klarna.plugins.events import Event
from commercelayer_klarna.plugins.timing import Timing

T = TypeVar("T")


class Host(Protocol):
    """What a call needs from the plugins of its client."""

    @property
    def watched(self) -> frozenset[type]: ...  # noqa: D102
    def tell(self, event: Event) -> None: ...  # noqa: D102
    def classify(self, attempt: Attempt) -> bool: ...  # noqa: D102


@define(eq=False)
class Call:
    """One call of a user, with all its attempts and waits.

    Attributes:
        operation: Name of the operation, such as ``klarna_payments.update``; ``request`` for the method ``request`` and
            ``api`` for generated functions.
        trigger: Whether the document asks the API to *do* something (``_update``) rather than to store a value.
        is_read_back: Whether this request checks the outcome of a create whose response was lost. Such a request is not
            tried again, and counts against the retry quota.
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

    def tell(self, kind: Callable[..., Event], *facts: object) -> None:
        """Tell all observers of an event, given by its class and its attributes.

        ``call.tell(RetryScheduled, call.operation, "GET", path, 1, 0.5, "503")``
        """
        # Most events have no observer, so they are not even made.
        host = self.host
        if host is not None and kind in host.watched:
            host.tell(kind(*facts))

    def may_retry(self, attempt: Attempt) -> bool:
        """Return what the first retry classifier with an opinion says; without an opinion, ``False``."""
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
        native: The underlying ``httpx.Request``, if there is one. Not for plugins: it changes with the HTTP library.
    """

    method: str
    url: str
    headers: MutableMapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    call: Call
    native: object = field(default=None, repr=False)
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
    """The plugin and hook that a contribution comes from.

    Attributes:
        plugin: Name of the plugin.
        distribution: Name and version of its distribution, if it came from one.
        hook: Name of the hook.
        builtin: Whether the plugin belongs to this package.
    """

    plugin: str
    distribution: str | None
    hook: str
    builtin: bool = False

    def __str__(self) -> str:
        return f"plugin {self.plugin!r}{f' of {self.distribution}' if self.distribution else ''}, hook {self.hook!r}"

    def error(self, problem: str) -> PluginError:
        """Return an error that names plugin, distribution and hook."""
        return PluginError(f"{self}: {problem}", plugin=self.plugin, distribution=self.distribution, hook=self.hook)

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """Call a function of the plugin. What it raises gets a note that names the plugin."""
        try:
            return function(*arguments)
        except Exception as error:
            self.note(error)
            raise

    def checked(self, returned: object, kind: type[T], function: str = "") -> T:
        """Return what a function of the plugin returned, if it is of this class.

        Raises:
            PluginError: It is not.
        """
        if not isinstance(returned, kind):
            raise self.error(f"{function} returned {returned!r}: return the {kind.__name__.lower()}".lstrip())
        return returned

    def note(self, error: BaseException) -> None:
        """Add a note that names the plugin to what its code raised. Our own plugins raise on purpose, and get none."""
        if not self.builtin:
            error.add_note(f"raised in {self}")


@frozen
class Context:
    """What a hook is told of its client. More attributes may come.

    Attributes:
        base_url: Address of the API.
        is_async: Whether it is the async client.
        timing: Clock, sleep and chance.
    """

    base_url: str
    is_async: bool
    timing: Timing


@frozen
class Attempt:
    """A failed attempt, for retry classifiers to judge.

    Attributes:
        number: Number of the attempt; 1 is the first.
        operation: Name of the operation.
        method: HTTP method.
        trigger: Whether the document asks the API to do something rather than to store a value.
        response: The answer, or ``None`` without one.
        error: What was raised instead of an answer.
    """

    number: int
    operation: str
    method: str
    trigger: bool
    response: Response | None
    error: APIConnectionError | None

    @property
    def reason(self) -> str:
        """Return the status, or the name of the error."""
        return str(self.response.status_code) if self.response is not None else type(self.error).__name__

    @property
    def may_have_been_carried_out(self) -> bool:
        """Return whether the API may have executed it: not if nothing was sent, nor if it was refused with a 4xx."""
        if self.response is not None:
            return self.response.status_code >= 500 or self.response.status_code == 408
        return self.error is None or self.error.sent


@frozen
class ErrorInfo:
    """An answer without success, for error mappers to turn into an exception. Secrets that were sent are hidden in it.

    Attributes:
        message: Text for the exception.
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
