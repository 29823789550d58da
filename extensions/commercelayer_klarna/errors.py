"""Every exception that this package raises on purpose. Nothing here knows how a request is made.

    CommerceLayerError
    ├── APIConnectionError          no usable answer came back; ``sent`` says whether the API may have the request
    │   ├── APITimeoutError
    │   └── ResponseTooLargeError
    ├── APIStatusError              the API answered, and said no
    │   ├── BadRequestError         400
    │   ├── AuthenticationError     401, also for missing permissions
    │   ├── PermissionDeniedError   403
    │   ├── NotFoundError           404
    │   │   └── APIVersionError     this version of the API has no klarna payments
    │   ├── ConflictError           409
    │   ├── ValidationError         422
    │   │   └── TransitionError     the order's state does not allow this step
    │   ├── LockedError             423
    │   ├── RateLimitError          429
    │   └── ServerError             5xx
    ├── AmbiguousWriteError         a create or a trigger whose outcome is unknown; never sent a second time
    ├── TransactionFailedError      the API answered 200, but the gateway refused
    ├── ResponseFormatError         a success that is not the document it should be
    ├── TokenError                  the token endpoint gave no token
    ├── WebhookVerificationError    a callback whose signature does not match
    └── PluginError                 a plugin that cannot be used, or that failed

Mistakes of the program stand apart, so that a handler for "the API is down" does not hide them::

    AttributeError
    ├── NotFetchedError             the answer did not carry this attribute
    └── NotIncludedError            the answer did not include this related resource

Wrong arguments are ``ValueError`` and ``TypeError``, raised before anything is sent. All classes hold plain data, so
that they pickle, and none holds a bearer token, a client secret, a ``client_token`` or an ``auth_token``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from commercelayer_klarna._retry_after import retry_after, whole_number
from commercelayer_klarna._values import field, frozen

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "APIVersionError",
    "AmbiguousWriteError",
    "AuthenticationError",
    "BadRequestError",
    "CommerceLayerError",
    "ConflictError",
    "ErrorObject",
    "LockedError",
    "NotFetchedError",
    "NotFoundError",
    "NotIncludedError",
    "PermissionDeniedError",
    "PluginError",
    "RateLimitError",
    "ResponseFormatError",
    "ResponseTooLargeError",
    "ServerError",
    "TokenError",
    "TransactionFailedError",
    "TransitionError",
    "ValidationError",
    "WebhookVerificationError",
    "status_error_class",
]


@frozen
class ErrorObject:
    """One entry of an error document. Depend on ``code`` and ``meta``, never on wording: the API changes its texts.

    Attributes:
        title: What went wrong, in a few words.
        detail: What went wrong, in a sentence.
        code: What went wrong, for machines, such as ``VALIDATION_ERROR``.
        status: HTTP status, as a string.
        pointer: JSON pointer into the document that was sent, such as ``/data/attributes/auth_token``.
        parameter: Name of the query parameter that was refused.
        meta: More for machines; for validation errors ``error`` holds a word such as ``blank``.
    """

    title: str | None = None
    detail: str | None = None
    code: str | None = None
    status: str | None = None
    pointer: str | None = None
    parameter: str | None = None
    meta: Mapping[str, Any] = field(factory=dict[str, Any])

    def __str__(self) -> str:
        text = self.detail or self.title or "no detail"
        return f"{text} ({self.code})" if self.code else text


class CommerceLayerError(Exception):
    """Base of all errors of this package."""


class APIConnectionError(CommerceLayerError):
    """No usable answer came back.

    Attributes:
        sent: Whether the API may have received the request. ``False`` is certain: it did not leave this machine.
        method: HTTP method.
        path: Path of the request, without its query.
        attempts: How often the request was tried.
        permanent: Whether another attempt cannot help: the request or the answer breaks the rules of HTTP, or no token
            came after all attempts.
    """

    def __init__(
        self,
        message: str,
        *,
        sent: bool = True,
        method: str | None = None,
        path: str | None = None,
        attempts: int = 1,
        permanent: bool = False,
    ) -> None:
        super().__init__(message)
        self.sent = sent
        self.permanent = permanent
        self.method = method
        self.path = path
        self.attempts = attempts


class APITimeoutError(APIConnectionError):
    """The answer took longer than ``timeout`` or ``deadline`` allow."""


class ResponseTooLargeError(APIConnectionError):
    """The answer is larger than ``max_response_bytes``, decompressed; it was not read to its end.

    Attributes:
        limit: The largest size that was allowed, in bytes.
    """

    def __init__(
        self,
        message: str,
        *,
        limit: int = 0,
        sent: bool = True,
        method: str | None = None,
        path: str | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(message, sent=sent, method=method, path=path, attempts=attempts, permanent=True)
        self.limit = limit


class APIStatusError(CommerceLayerError):
    """The API answered with a status other than success.

    Attributes:
        status_code: HTTP status.
        errors: The entries of the error document; empty when the body was not one.
        request_id: ``X-Request-Id`` of the answer, if it had one.
        method: HTTP method.
        path: Path of the request, without its query.
        headers: Headers of the answer, names in lower case.
        attempts: How often the request was tried.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int = 0,
        errors: Sequence[ErrorObject] = (),
        method: str | None = None,
        path: str | None = None,
        headers: Mapping[str, str] | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.errors = tuple(errors)
        self.method = method
        self.path = path
        self.headers = dict(headers or {})
        self.attempts = attempts

    @property
    def request_id(self) -> str | None:
        """Return ``X-Request-Id`` of the answer, if it had one."""
        return self.headers.get("x-request-id")

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of all entries, such as ``("VALIDATION_ERROR",)``."""
        return tuple(error.code for error in self.errors if error.code)


E = TypeVar("E", bound=APIStatusError)


def restated(error: APIStatusError, kind: type[E], message: str) -> E:
    """Return an error of a class that says more, with all else that the first one knows."""
    return kind(
        message,
        status_code=error.status_code,
        errors=error.errors,
        method=error.method,
        path=error.path,
        headers=error.headers,
        attempts=error.attempts,
    )


class BadRequestError(APIStatusError):
    """400: the API does not take a parameter or the document."""


class AuthenticationError(APIStatusError):
    """401: the token is missing, expired or revoked, or its role may not do this."""


class PermissionDeniedError(APIStatusError):
    """403: the token may not do this."""


class NotFoundError(APIStatusError):
    """404: there is no such resource."""


class APIVersionError(NotFoundError):
    """404 of the list itself: this version of the API has no klarna payments. They are said to end with ``2017-08``."""


class ConflictError(APIStatusError):
    """409: the record is not unique.

    ``status_code`` is 0 when this client raised it, because the record had changed since ``expected_updated_at``.
    """


class ValidationError(APIStatusError):
    """422: the API refuses a value."""

    @property
    def by_pointer(self) -> dict[str, list[ErrorObject]]:
        """Return the entries by the place they point to; those that point nowhere are under ``""``."""
        found: dict[str, list[ErrorObject]] = {}
        for error in self.errors:
            found.setdefault(error.pointer or "", []).append(error)
        return found


class TransitionError(ValidationError):
    """422: the order's state does not allow this step. The message says which state that is, and what is possible.

    Attributes:
        status: Status of the order, as it was read just before.
        payment_status: Its payment status.
        fulfillment_status: Its fulfillment status.
        possible: The methods that are possible from there, such as ``orders.approve``, as far as that is known.
    """

    status: str | None = None
    payment_status: str | None = None
    fulfillment_status: str | None = None
    possible: tuple[str, ...] = ()


class LockedError(APIStatusError):
    """423: the resource may not be changed or deleted now."""


class RateLimitError(APIStatusError):
    """429: too many requests came from this address."""

    @property
    def retry_after(self) -> float | None:
        """Return the seconds that the API asked to wait, if it sent ``Retry-After`` (it does not promise to)."""
        return retry_after(self.headers, time.time())

    @property
    def limit(self) -> int | None:
        """Return how many requests are allowed in the interval (``X-Ratelimit-Limit``)."""
        return whole_number(self.headers, "x-ratelimit-limit")

    @property
    def interval(self) -> int | None:
        """Return the length of the interval in seconds (``X-Ratelimit-Interval``)."""
        return whole_number(self.headers, "x-ratelimit-interval")

    @property
    def remaining(self) -> int | None:
        """Return how many requests are left in the interval (``X-Ratelimit-Remaining``)."""
        return whole_number(self.headers, "x-ratelimit-remaining")


class ServerError(APIStatusError):
    """5xx: the API, or a proxy before it, failed."""


class AmbiguousWriteError(CommerceLayerError):
    """A create or a trigger whose outcome is unknown: the API may have executed it. It was not sent a second time.

    Before it raised this, the client read back what should have changed, if the credentials may read it (those of sales
    channels may not list payments) and the deadline left time. What the API executes slowly may still appear. Call
    ``settle(error)`` after a minute, or hours after: the error pickles.

    Attributes:
        operation: Name of the operation, such as ``klarna_payments.create`` or ``authorizations.capture``.
        id: Id of the resource whose trigger was pulled; ``None`` for a create.
        order: Id of the order that a payment was created for; ``None`` for a trigger.
        reference: The reference of the payment, if it was given one.
        started_at: When it was sent last, by the clock of this machine, in UTC.
        candidates: Ids of what it may have made: none, one that could not be retrieved or proved, or several, of which
            somebody else made all but one.
        read_back: Whether the API answered when the client looked.
        plugin: Name of the plugin that failed after the write, if that is why the outcome is not known.
        attempts: How often it was sent; all but the last attempt were certainly not executed.
        evidence: What ``settle`` needs to find out, as plain data.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        id: str | None = None,
        order: str | None = None,
        reference: str | None = None,
        started_at: datetime | None = None,
        candidates: Sequence[str] = (),
        read_back: bool = False,
        plugin: str | None = None,
        attempts: int = 1,
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.id = id
        self.order = order
        self.reference = reference
        self.started_at = started_at
        self.candidates = tuple(candidates)
        self.read_back = read_back
        self.plugin = plugin
        self.attempts = attempts
        self.evidence = dict(evidence or {})


class TransactionFailedError(CommerceLayerError):
    """The API answered with success, but the payment gateway refused: the record that it made says so.

    Attributes:
        operation: Name of the operation, such as ``orders.place``.
        id: Id of the resource whose trigger was pulled.
        transaction: The ``Authorization``, ``Capture``, ``Void`` or ``Refund`` that failed; ``None`` if the credentials
            may not read it.
        reason: What the gateway said, for people, whichever attribute of the record holds it; ``None`` if it is not
            known.
    """

    def __init__(
        self, message: str, *, operation: str | None = None, id: str | None = None, transaction: Any = None
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.id = id
        self.transaction = transaction
        self.reason: str | None = getattr(transaction, "reason", None)


class ResponseFormatError(CommerceLayerError):
    """The API reported success, but its answer is not the document that it should be."""


class TokenError(CommerceLayerError):
    """The token endpoint gave no token.

    Attributes:
        status_code: HTTP status of its answer, or ``None`` without an answer.
        code: The OAuth error code, such as ``invalid_client``.
    """

    def __init__(self, message: str, *, status_code: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.code = code


class NotFetchedError(AttributeError):
    """The answer did not carry this attribute, because of ``fields`` or because the API does not have it (any more).

    It is no ``CommerceLayerError``, because the program made a mistake, not the API. ``hasattr`` and ``getattr`` with a
    default work as usual.
    """


class NotIncludedError(AttributeError):
    """The answer did not include this related resource; the message names the ``include`` that brings it.

    It is no ``CommerceLayerError``, because the program made a mistake, not the API. ``hasattr`` and ``getattr`` with a
    default work as usual.
    """


class WebhookVerificationError(CommerceLayerError):
    """The signature of a callback does not match its body."""


class PluginError(CommerceLayerError):
    """A plugin cannot be used, or failed.

    Attributes:
        plugin: Name of the plugin.
        distribution: Name and version of the distribution that it came from, if it came from one.
        hook: Name of the hook.
        may_be_done: Whether the API may have carried out a write before the plugin failed. The message says which.
    """

    def __init__(
        self,
        message: str,
        *,
        plugin: str | None = None,
        distribution: str | None = None,
        hook: str | None = None,
    ) -> None:
        super().__init__(message)
        self.plugin = plugin
        self.distribution = distribution
        self.hook = hook
        self.may_be_done = False


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: ValidationError,
    423: LockedError,
    429: RateLimitError,
}


def status_error_class(status_code: int) -> type[APIStatusError]:
    """Return the exception class for an HTTP status."""
    return _BY_STATUS.get(status_code, ServerError if status_code >= 500 else APIStatusError)
