"""What observers are told, each a frozen value. None holds a token, a document, or a query."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen


@frozen
class CallStarted:
    """A call begins.

    Attributes:
        operation: Name of the operation.
        method: HTTP method.
        path: Path of the request, without its query.
    """

    operation: str
    method: str
    path: str


@frozen
class AttemptStarted:
    """A request is about to be sent.

    Attributes:
        operation: Name of the operation.
        method: HTTP method.
        path: Path of the request, without its query.
        number: How many requests the call has sent with this one.
    """

    operation: str
    method: str
    path: str
    number: int


@frozen
class AttemptEnded:
    """A request was answered, or failed.

    Attributes:
        operation: Name of the operation.
        method: HTTP method.
        path: Path of the request, without its query.
        number: How many requests the call has sent with this one.
        status_code: HTTP status, or ``None`` without an answer.
        error: What happened instead of an answer.
        elapsed: Seconds from start to end.
    """

    operation: str
    method: str
    path: str
    number: int
    status_code: int | None
    error: BaseException | None
    elapsed: float


@frozen
class RetryScheduled:
    """The call will try again.

    Attributes:
        operation: Name of the operation.
        method: HTTP method.
        path: Path of the request, without its query.
        number: Number of the attempt that failed.
        delay: Seconds until the next one.
        reason: The status, or the name of the error.
    """

    operation: str
    method: str
    path: str
    number: int
    delay: float
    reason: str


@frozen
class GaveUp:
    """An attempt failed in a way that may be tried again, but is not: attempts or time are used up.

    Attributes:
        operation: Name of the operation.
        method: HTTP method.
        path: Path of the request, without its query.
        number: Number of the attempt that failed.
        reason: The status, or the name of the error, and why there is no further attempt.
    """

    operation: str
    method: str
    path: str
    number: int
    reason: str


@frozen
class CallEnded:
    """A call is over.

    Attributes:
        operation: Name of the operation.
        method: HTTP method.
        path: Path of the request, without its query.
        attempts: Requests that it took.
        status_code: HTTP status of the last answer, or ``None`` without one.
        error: What the caller gets instead of an answer.
        elapsed: Seconds from start to end, waits included.
    """

    operation: str
    method: str
    path: str
    attempts: int
    status_code: int | None
    error: BaseException | None
    elapsed: float


Event: TypeAlias = CallStarted | AttemptStarted | AttemptEnded | RetryScheduled | GaveUp | CallEnded
Observer: TypeAlias = Callable[[Event], None]
"""A function of an event. One that has an attribute ``events``, a collection of classes, is told of those alone."""

EVENTS = frozenset({CallStarted, AttemptStarted, AttemptEnded, RetryScheduled, GaveUp, CallEnded})
"""The classes of all events."""
