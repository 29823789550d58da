"""What became of a create whose answer was lost: what is kept to find out, and the judgement of what is found.

Without I/O; the endpoint asks. A create is never sent again when it may have been carried out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from commercelayer_klarna._client.page import Position, page_of
from commercelayer_klarna._client.query import query
from commercelayer_klarna._client.requests import AnyType, ApiRequest, list_page
from commercelayer_klarna._jsonapi.document import Document
from commercelayer_klarna._retry_after import http_date
from commercelayer_klarna.errors import (
    AmbiguousWriteError,
    APIConnectionError,
    APIStatusError,
    CommerceLayerError,
    TokenError,
)
from commercelayer_klarna.plugins.values import Timing
from commercelayer_klarna.resources import Resource

__all__ = ["READ_BACKS", "Reconciliation", "may_have_created", "may_read_back_again"]

READ_BACKS = (0.5, 1.0, 1.5, 2.0)
"""Seconds before each read-back, so at 0.5, 1.5, 3 and 5 seconds: the first request may still be under way."""

# The API tells its time in whole seconds, and creation times in milliseconds.
_RESOLUTION = 1.0
_COMPARED = ("created_at", "reference")
# Statuses below 500 that do not say that one may not list.
_TRANSIENT = (408, 429)


class Reconciliation:
    """The search for the payment that a create made, if it made one.

    A payment is taken for the create's when it is the same order's, has the same reference (or none, as the create),
    and was created since the create began. That is judged by the clock of the API, as its answers tell it, because the
    clock of this machine may be wrong.

    Args:
        kind: The type of the payment.
        timing: Where time comes from.
        order: Id of the order.
        reference: The reference that the payment was to have, if any.
    """

    def __init__(self, kind: AnyType, timing: Timing, order: str, reference: str | None) -> None:
        self._kind = kind
        self._order = order
        self._timing = timing
        self._reference = reference
        self._started_at = timing.now()
        self._began = timing.monotonic()
        self._since = self._started_at
        self._answers = 0

    def request(self) -> ApiRequest:
        """Return the request that reads back."""
        asked = query(self._kind.name, fields=_COMPARED, filters={"order_id_eq": self._order}, sort=["-created_at"])
        made = list_page(self._kind, asked=asked, page_size=25, position=Position())
        return made.renamed(f"{self._kind.name}.create.read_back", on_headers=self._learn)

    def _learn(self, headers: Mapping[str, str]) -> None:
        """Learn from the API's clock when the create began: not too late, and too early by a journey at most."""
        self._answers += 1
        now = http_date(headers.get("date") or "")
        if now is not None:
            self._since = now - (self._timing.monotonic() - self._began)

    def read(self, document: Document) -> tuple[str, ...]:
        """Return the ids of those on the page that the create may have made."""
        return self.matches(page_of(document, self._kind.resource, Position()))

    def matches(self, payments: Iterable[Resource]) -> tuple[str, ...]:
        """Return the ids of those that the create may have made."""
        since = self._since - _RESOLUTION
        return tuple(
            payment.id
            for payment in payments
            if payment["reference"] == self._reference and payment["created_at"].timestamp() >= since
        )

    def ambiguous(self, error: CommerceLayerError, found: tuple[str, ...]) -> AmbiguousWriteError:
        """Return the error for a create that could not be settled."""
        if len(found) > 1:
            outcome = f"{len(found)} payments of it were created since, {' and '.join(found)}: keep one"
        elif found:
            outcome = f"it probably made {found[0]}, which could not be retrieved"
        elif self._answers:
            outcome = "none was found yet; look again before you create another"
        else:
            outcome = (
                f"it could not be looked up; look for {self._kind.spoken_with_article} of that order before you create"
                " another"
            )
        return AmbiguousWriteError(
            f"the create for order {self._order} may have been carried out, what came back does not tell ({error});"
            f" {outcome}",
            order=self._order,
            reference=self._reference,
            started_at=datetime.fromtimestamp(self._started_at, UTC),
            candidates=found,
            read_back=bool(self._answers),
            attempts=error.attempts if isinstance(error, APIConnectionError | APIStatusError) else 1,
        )


def may_have_created(error: CommerceLayerError) -> bool:
    """Whether the server may have executed a create that failed with this error."""
    if isinstance(error, APIConnectionError):
        return error.sent
    if isinstance(error, APIStatusError):
        return error.status_code >= 500 or error.status_code == 408
    return True


def may_read_back_again(error: CommerceLayerError) -> bool:
    """Whether another read-back may succeed: not without permission, and sales channels have none to list."""
    if isinstance(error, APIStatusError):
        return error.status_code >= 500 or error.status_code in _TRANSIENT
    return not isinstance(error, TokenError)
