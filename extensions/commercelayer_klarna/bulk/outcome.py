"""What became of a backfill, and which changes change nothing."""

from __future__ import annotations

from commercelayer_klarna._json import JsonValue, as_object
from commercelayer_klarna._values import frozen
from commercelayer_klarna.errors import CommerceLayerError
from commercelayer_klarna.resources import Resource

__all__ = ["Backfilled", "ExportFailed", "Failure", "TooManyFailures", "changes_nothing"]


@frozen
class Failure:
    """A resource that could not be changed, and why.

    Attributes:
        id: Its id.
        reason: What was raised, or that it was not found.
    """

    id: str
    reason: str


@frozen
class Backfilled:
    """What became of a backfill, with its earlier runs.

    Attributes:
        changed: Resources that were changed.
        unchanged: Resources that nothing was to be changed of.
        failures: Resources that could not be changed.
    """

    changed: int
    unchanged: int
    failures: tuple[Failure, ...]

    @property
    def failed(self) -> int:
        """Return how many could not be changed."""
        return len(self.failures)

    @property
    def total(self) -> int:
        """Return how many were dealt with."""
        return self.changed + self.unchanged + self.failed


class ExportFailed(CommerceLayerError):
    """The API gave one of its own exports up.

    Attributes:
        id: Its id.
        reason: What the API says.
    """

    def __init__(self, id: str, reason: str) -> None:
        super().__init__(f"the API gave exports/{id} up: {reason}. Run it again, or export page by page: bulk.export")
        self.id, self.reason = id, reason

    def __reduce__(self) -> tuple[type[ExportFailed], tuple[str, str]]:
        return ExportFailed, (self.id, self.reason)


class TooManyFailures(CommerceLayerError):
    """More resources could not be changed than was allowed, so the backfill stopped. It can be resumed.

    Attributes:
        result: What became of it so far.
    """

    def __init__(self, result: Backfilled, allowed: int) -> None:
        last = result.failures[-1]
        super().__init__(
            f"more than {allowed} resources could not be changed, the last one {last.id}: {last.reason}. Mend that and"
            " run it again, or raise max_failures="
        )
        self.result, self.allowed = result, allowed

    def __reduce__(self) -> tuple[type[TooManyFailures], tuple[Backfilled, int]]:
        return TooManyFailures, (self.result, self.allowed)


def changes_nothing(document: JsonValue, resource: Resource) -> bool:
    """Return whether a resource has all that an update would write."""
    data = as_object(as_object(document).get("data"))
    has: dict[str, JsonValue] = resource.attributes
    written = as_object(data.get("attributes"))
    return "relationships" not in data and all(name in has and has[name] == written[name] for name in written)
