"""What became of a create whose answer was lost: what is kept to find out, and the judgement of what is found.

Without I/O; ``operations`` does the looking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from commercelayer_klarna._retry_after import http_date
from commercelayer_klarna.errors import AmbiguousWriteError, APIConnectionError, APIStatusError, CommerceLayerError
from commercelayer_klarna.plugins.values import Timing
from commercelayer_klarna.resources import KlarnaPayment

__all__ = ["Search"]

# The API tells its time in whole seconds, and creation times in milliseconds.
_RESOLUTION = 1.0


class Search:
    """The search for the payment that a create made, if it made one.

    A payment is taken for the create's when it is the same order's, has the same reference (or none, as the create),
    and was created since the create began. That is judged by the clock of the API, as its answers tell it, because the
    clock of this machine may be wrong.

    Args:
        timing: Where time comes from.
        order: Id of the order.
        reference: The reference that the payment was to have, if any.
    """

    def __init__(self, timing: Timing, order: str, reference: str | None) -> None:
        self.order = order
        self._timing = timing
        self._reference = reference
        self._started_at = timing.now()
        self._began = timing.monotonic()
        self._since = self._started_at
        self._answers = 0

    def on_headers(self, headers: Mapping[str, str]) -> None:
        """Learn from the API's clock when the create began: not too late, and too early by a journey at most."""
        self._answers += 1
        now = http_date(headers.get("date") or "")
        if now is not None:
            self._since = now - (self._timing.monotonic() - self._began)

    def matches(self, payments: Iterable[KlarnaPayment]) -> tuple[str, ...]:
        """The ids of those that the create may have made."""
        since = self._since - _RESOLUTION
        return tuple(
            payment.id
            for payment in payments
            if payment.reference == self._reference and payment.created_at.timestamp() >= since
        )

    def ambiguous(self, error: CommerceLayerError, found: tuple[str, ...]) -> AmbiguousWriteError:
        """The error for a create that could not be settled."""
        if len(found) > 1:
            outcome = f"{len(found)} payments of it were created since, {' and '.join(found)}: keep one"
        elif found:
            outcome = f"it probably made {found[0]}, which could not be retrieved"
        elif self._answers:
            outcome = "none was found yet; look again before you create another"
        else:
            outcome = "it could not be looked up; look for a klarna payment of that order before you create another"
        return AmbiguousWriteError(
            f"the create for order {self.order} may have been carried out, what came back does not tell ({error});"
            f" {outcome}",
            order=self.order,
            reference=self._reference,
            started_at=datetime.fromtimestamp(self._started_at, UTC),
            candidates=found,
            looked=bool(self._answers),
            attempts=error.attempts if isinstance(error, APIConnectionError | APIStatusError) else 1,
        )
