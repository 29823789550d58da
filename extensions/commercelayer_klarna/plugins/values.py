"""The values that plugins are given and return: calls, requests, responses, attempts, errors.

Flows and layers are in ``flow``, events in ``events``, the hooks in ``hookspecs``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from commercelayer_klarna._tracebacks import is_of_a_signal
from commercelayer_klarna._values import define, field, frozen
from commercelayer_klarna.errors import APIConnectionError, ErrorObject, PluginError
from commercelayer_klarna.plugins.headers import CASE_INSENSITIVE, Headers
from commercelayer_klarna.plugins.timing import Timing

T = TypeVar("T")


class Host(Protocol):
    """What a call needs from the plugins of its client."""

    @property
    def watched(self) -> Collection[type]: ...  # noqa: D102
    def tell(self, event: Any) -> None: ...  # noqa: D102 - of the module above, which knows of calls
    def classify(self, attempt: Attempt) -> bool: ...  # noqa: D102


class Purpose(StrEnum):
    """What a request is for."""

    ASKED = "asked"
    """The caller asked for it."""
    PAGE = "page"
    """It brings a page of a list that the caller walks through."""
    READ_BEFORE_WRITE = "read before write"
    """It reads what the next request changes, so it must come from the API, and not from a cache."""
    READ_BACK = "read-back"
    """It checks the outcome of a create whose answer was lost. It is not tried again, and counts against the quota."""
    RESULT = "result"
    """It retrieves the payment that a read-back found."""
    TOKEN = "token"  # noqa: S105 - no password
    """It fetches a token, or something else that a plugin needs for itself."""


@define(eq=False)
class _Known:
    """What calls and operations have in common. Most need neither, so both are made when they are asked for."""

    _id: str | None = field(default=None, init=False, repr=False)
    _state: dict[str, Any] | None = field(default=None, init=False, repr=False)

    @property
    def id(self) -> str:
        """Return an id that no other call and no other operation has, in any process."""
        if self._id is None:
            self._id = os.urandom(8).hex()
        return self._id

    @property
    def state(self) -> dict[str, Any]:
        """Return what plugins keep of it, for themselves and for each other.

        Use keys that begin with the name of your plugin.
        """
        if self._state is None:
            self._state = {}
        return self._state


@define(eq=False)
class Operation(_Known):
    """All that one call of a user takes: its requests, and the waits between them.

    Attributes:
        name: Its name, such as ``klarna_payments.create``.
        tags: What the caller says of it, by ``with_options(tags=...)``. Tags are never sent.
        deadline: When it must be over, on ``Timing.monotonic``; ``None`` for no limit.
        result: What the caller gets, once it is there: a resource, a page, a number, or ``None``.
        last: The last request that was sent for it, as a call, or ``None`` before there is one.
    """

    name: str
    tags: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    deadline: float | None = None
    result: object = field(default=None, init=False, repr=False)
    last: Call | None = field(default=None, init=False, repr=False)

    @property
    def may_be_done(self) -> bool:
        """Return whether the API may have acted on a request that changes something."""
        return self.last is not None and self.last.may_be_done


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


@frozen
class RetryPolicy:
    """How often to try again, and how long to wait. Retry classifiers say whether an error may be tried again at all.

    Attributes:
        attempts: Number of attempts, with the first one.
        base: Longest first wait, in seconds; the limit doubles with each further wait (full jitter).
        cap: Longest wait of all, in seconds. Only a ``Retry-After`` of the API can ask for more.

    Raises:
        ValueError: A number is out of range.
        TypeError: A value is not a number.
    """

    attempts: int = 4
    base: float = 0.5
    cap: float = 20.0

    def __attrs_post_init__(self) -> None:
        if type(self.attempts) is not int:
            raise TypeError(f"attempts={self.attempts!r} must be a whole number")
        if not (_is_number(self.base) and _is_number(self.cap)):
            raise TypeError(f"base={self.base!r} and cap={self.cap!r} must be numbers of seconds")
        if self.attempts < 1:
            raise ValueError(f"attempts={self.attempts!r}: there is at least one; pass retry=None to turn retries off")
        if not (0 <= self.base < float("inf") and 0 <= self.cap < float("inf")):
            raise ValueError(f"base={self.base!r} and cap={self.cap!r} must be seconds, 0 or more")


@define(eq=False)
class Call(_Known):
    """One request that an operation needs, with all its attempts and waits.

    Attributes:
        operation: Name of the operation, such as ``klarna_payments.update``; ``request`` for the method ``request`` and
            ``api`` for generated functions, unless they are given another.
        trigger: Whether the document asks the API to *do* something (``_update``) rather than to store a value.
        purpose: What the request is for.
        parent: The operation that it belongs to.
        timeout: Seconds that one attempt may wait for the server, or ``None`` for no limit. A layer may change it.
        deadline: When the whole call must be over, on ``Timing.monotonic``, or ``None`` for no limit. A layer may
            change it.
        retry: How to try again, or ``None`` not to. A layer at the stage ``CALL`` may change it.
        attempts: How many requests were sent for this call.
        sent_at: When the last of them was sent, on ``Timing.monotonic``.
        may_be_done: Whether the API may have acted on one of them: it may change something, was sent, and was not
            refused with a 4xx.
        answer: The last answer of the API to this call that was a success.
    """

    operation: str
    trigger: bool = False
    purpose: Purpose = Purpose.ASKED
    parent: Operation | None = field(default=None, repr=False)
    timeout: float | None = None
    deadline: float | None = None
    retry: RetryPolicy | None = None
    attempts: int = 0
    sent_at: float | None = None
    may_be_done: bool = False
    answer: Response | None = field(default=None, repr=False)
    host: Host | None = field(default=None, repr=False)

    @property
    def tags(self) -> Mapping[str, str]:
        """Return what the caller says of it, by ``with_options(tags=...)``."""
        return {} if self.parent is None else self.parent.tags

    def aside(self, operation: str) -> Call:
        """Return the call of a request that a plugin makes for itself, with the limits of this call.

        ::

            asked = Request("GET", "https://vault.example/secret", {}, b"", request.call.aside("vault"))
            answer = yield Send(asked, direct=True)
        """
        return Call(
            operation,
            purpose=Purpose.TOKEN,
            parent=self.parent,
            timeout=self.timeout,
            deadline=self.deadline,
            retry=self.retry,
            host=self.host,
        )

    def tell(self, kind: Callable[..., object], request: Request, *facts: object) -> None:
        """Tell all observers of an event, given by its class and its attributes.

        ``call.tell(RetryScheduled, request, 1, 0.5, "503")``
        """
        # Most events have no observer, so they are not even made.
        host = self.host
        if host is not None and kind in host.watched:
            host.tell(kind(self.operation, request.method, request.path, *facts, origin=request.url, call=self))

    def may_retry(self, attempt: Attempt) -> bool:
        """Return what the first retry classifier with an opinion says; without an opinion, ``False``."""
        return self.host is not None and self.host.classify(attempt)


def may_have_acted(status_code: int) -> bool:
    """Return whether the API may have executed what it answered so: not with any other 4xx, which are refusals.

    A redirect tells where the result is, or that the request belongs elsewhere.
    """
    return not 400 <= status_code <= 499 or status_code == 408


def host_of(url: str) -> str:
    """Return the host of an address, with its port if it has one."""
    return url.partition("?")[0].split("/", 3)[2] if url else ""


_METHOD = r"[A-Z]+\Z"
_URL = r"https?://[!-~]+\Z"


def _check_method(_: object, attribute: object, value: object) -> str:
    if not isinstance(value, str) or not re.match(_METHOD, value):
        raise ValueError(f"method={value!r} is not an HTTP method: pass one in capitals, such as 'GET'")
    return value


def _check_url(_: object, attribute: object, value: object) -> str:
    if not isinstance(value, str) or not re.match(_URL, value):
        raise ValueError(f"url={value!r} is not a complete address in printable ASCII: percent-encode what is not")
    return value


def _check_content(_: object, attribute: object, value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"content must be bytes, not {type(value).__name__}")
    return value


def _headers(value: Mapping[str, str]) -> Headers:
    return value if isinstance(value, Headers) else Headers(value)


def _convert_headers(_: object, attribute: object, value: Mapping[str, str]) -> Headers:
    return _headers(value)


@define(eq=False)
class Request:
    """A request on its way to the API. What it says is what is sent.

    Layers and interceptors may assign to method, url, headers and content, or pass on what ``with_`` returns. How long
    the content is, and which host it goes to, the client says itself.

    Attributes:
        method: HTTP method in capitals.
        url: Complete address.
        headers: Headers; names are case-insensitive. What is written into them is checked.
        content: Body.
        call: The call that the request belongs to.
    """

    method: str = field(on_setattr=_check_method)
    url: str = field(on_setattr=_check_url)
    headers: Headers = field(converter=_headers, on_setattr=_convert_headers, repr=False)
    content: bytes = field(repr=False, on_setattr=_check_content)
    call: Call

    def with_(
        self,
        *,
        method: str | None = None,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Request:
        """Return a request that differs in these points, for the same call.

        Args:
            method: Another method.
            url: Another address.
            headers: Headers that are added, or that replace those of the same name.
            content: Another body.

        Raises:
            ValueError: A value cannot be sent.
            TypeError: A value is of the wrong type.
        """
        other = Request(self.method, self.url, self.headers.copy(), self.content, self.call)
        if method is not None:
            other.method = method
        if url is not None:
            other.url = url
        if headers is not None:
            other.headers.update(headers)
        if content is not None:
            other.content = content
        return other

    def check(self) -> None:
        """Refuse a request that cannot be sent. Its headers were checked when they were written.

        Raises:
            ValueError: A value cannot be sent.
            TypeError: A value is of the wrong type.
        """
        _check_method(self, None, self.method)
        _check_url(self, None, self.url)
        _check_content(self, None, self.content)

    @property
    def path(self) -> str:
        """Return the path of the address, without its query."""
        url = self.url.partition("?")[0]  # far quicker than to take all of it apart
        start = url.find("/", len("https://"))  # no host is empty
        return url[start:] if start > 0 else ""

    @property
    def host(self) -> str:
        """Return the host of the address, with its port if it has one."""
        return host_of(self.url)


def _case_insensitive(headers: Mapping[str, str]) -> Mapping[str, str]:
    return headers if type(headers) in CASE_INSENSITIVE else Headers.unchecked(headers.items())


@frozen(eq=False)
class Response:
    """An answer, read to its end.

    Attributes:
        status_code: HTTP status.
        headers: Headers; names are case-insensitive.
        content: Body, decompressed.
    """

    status_code: int
    headers: Mapping[str, str] = field(repr=False, converter=_case_insensitive)
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

    def wrapped(self, error: Exception) -> PluginError:
        """Return an error that says what code of the plugin raised."""
        return self.error(f"{type(error).__name__}: {error}")

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
        """Add a note that names the plugin to what its code raised. Our own plugins raise on purpose, and get none.

        Nor does what a signal handler raised while its code ran.
        """
        if not self.builtin and not is_of_a_signal(error):
            error.add_note(f"raised in {self}")
            with suppress(AttributeError):  # few exceptions have slots
                error.raised_in = self  # type: ignore[attr-defined]


@frozen
class Context:
    """What a hook is told of its client. More attributes may come.

    Attributes:
        base_url: Address of the API.
        is_async: Whether it is the async client.
        timing: Clock, sleep and chance.
        organization: Slug of the organization, if it is known: not for a client of a ``base_url`` alone.
    """

    base_url: str
    is_async: bool
    timing: Timing
    organization: str | None = None


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
            return may_have_acted(self.response.status_code)
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


def plugin_of(error: BaseException) -> str | None:
    """Return the name of the plugin whose code failed, if it was that of a plugin that is not built in."""
    source = getattr(error, "raised_in", None)
    return source.plugin if isinstance(source, Source) else error.plugin if isinstance(error, PluginError) else None
