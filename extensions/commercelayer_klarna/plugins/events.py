"""The events that observers are told of. Each is a frozen value, and none shows a token, a document, or a query."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from commercelayer_klarna._values import field, frozen
from commercelayer_klarna.plugins.values import Call, Operation, host_of


@frozen(slots=False)
class OperationEvent:
    """What the events of an operation have.

    Attributes:
        operation: Name of the operation.
        parent: The operation, with its id and its tags: ``call.parent`` of its calls.
    """

    operation: str
    parent: Operation = field(repr=False)


@frozen(slots=False)
class OperationStarted(OperationEvent):
    """A user calls a method of the client."""


@frozen(slots=False)
class OperationEnded(OperationEvent):
    """The method is over.

    Attributes:
        error: What the caller truly gets instead of a result.
        result: Type and id of the resource that the caller gets, such as ``klarna_payments/xYz``, if it is one.
        elapsed: Seconds from start to end.
    """

    error: BaseException | None
    result: str | None
    elapsed: float


def _no_call() -> Call:
    """Return the call of an event that a test makes."""
    return Call("")


@frozen(slots=False)
class CallEvent:
    """What the events of a call have.

    Attributes:
        operation: Name of the operation.
        method: HTTP method.
        path: Path of the request, without its query.
        call: The call, with its id, purpose, tags and state.
    """

    operation: str
    method: str
    path: str
    _origin: str = field(default="", kw_only=True, eq=False, repr=False)
    call: Call = field(factory=_no_call, kw_only=True, eq=False, repr=False)

    @property
    def host(self) -> str:
        """Return the host that the request goes to, which for tokens is another than for the rest."""
        return host_of(self._origin)


@frozen(slots=False)
class CallStarted(CallEvent):
    """A call begins."""


@frozen(slots=False)
class AttemptStarted(CallEvent):
    """A request is about to be sent.

    Attributes:
        number: How many requests the call has sent with this one.
    """

    number: int


@frozen(slots=False)
class AttemptEnded(CallEvent):
    """A request was answered, or failed.

    Attributes:
        number: How many requests the call has sent with this one.
        status_code: HTTP status, or ``None`` without an answer.
        error: What was raised instead of an answer.
        elapsed: Seconds from start to end.
    """

    number: int
    status_code: int | None
    error: BaseException | None
    elapsed: float


@frozen(slots=False)
class RetryScheduled(CallEvent):
    """The call will try again.

    Attributes:
        number: Number of the attempt that failed.
        delay: Seconds until the next one.
        reason: The status, or the name of the error.
    """

    number: int
    delay: float
    reason: str


@frozen(slots=False)
class GaveUp(CallEvent):
    """An attempt failed and might be tried again, but attempts or time are used up.

    Attributes:
        number: Number of the attempt that failed.
        reason: The status, or the name of the error, and why there is no further attempt.
    """

    number: int
    reason: str


@frozen(slots=False)
class CallEnded(CallEvent):
    """A call is over. What the user gets is told by ``OperationEnded``: an answer may be unreadable, or be found.

    Attributes:
        attempts: How many requests it sent.
        status_code: HTTP status of the last answer, or ``None`` without one.
        error: What was raised instead of an answer.
        elapsed: Seconds from start to end, waits included.
    """

    attempts: int
    status_code: int | None
    error: BaseException | None
    elapsed: float


Event: TypeAlias = (
    OperationStarted
    | OperationEnded
    | CallStarted
    | AttemptStarted
    | AttemptEnded
    | RetryScheduled
    | GaveUp
    | CallEnded
)
"""What observers are told of."""

Observer: TypeAlias = Callable[[Event], None]
"""A function of an event. With an attribute ``events``, a collection of classes, it is told of those alone."""

EVENTS: frozenset[type] = frozenset(
    {
        OperationStarted,
        OperationEnded,
        CallStarted,
        AttemptStarted,
        AttemptEnded,
        RetryScheduled,
        GaveUp,
        CallEnded,
    }
)
"""The classes of all events."""
