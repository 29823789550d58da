"""The events that observers are told of. Each is a frozen value, and none holds a token, a document, or a query."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen


@frozen
class CallEvent:
    """What all events have.

    Attributes:
        operation: Name of the operation.
        method: HTTP method.
        path: Path of the request, without its query.
    """

    operation: str
    method: str
    path: str


@frozen
class CallStarted(CallEvent):
    """A call begins."""


@frozen
class AttemptStarted(CallEvent):
    """A request is about to be sent.

    Attributes:
        number: How many requests the call has sent with this one.
    """

    number: int


@frozen
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


@frozen
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


@frozen
class GaveUp(CallEvent):
    """An attempt failed and might be tried again, but attempts or time are used up.

    Attributes:
        number: Number of the attempt that failed.
        reason: The status, or the name of the error, and why there is no further attempt.
    """

    number: int
    reason: str


@frozen
class CallEnded(CallEvent):
    """A call is over.

    Attributes:
        attempts: How many requests it sent.
        status_code: HTTP status of the last answer, or ``None`` without one.
        error: What the caller gets instead of an answer.
        elapsed: Seconds from start to end, waits included.
    """

    attempts: int
    status_code: int | None
    error: BaseException | None
    elapsed: float


Event: TypeAlias = CallStarted | AttemptStarted | AttemptEnded | RetryScheduled | GaveUp | CallEnded
Observer: TypeAlias = Callable[[Event], None]
"""A function of an event. With an attribute ``events``, a collection of classes, it is told of those alone."""

EVENTS = frozenset({CallStarted, AttemptStarted, AttemptEnded, RetryScheduled, GaveUp, CallEnded})
"""The classes of all events."""
