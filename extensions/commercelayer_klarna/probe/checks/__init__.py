"""All checks, by topic, in the order in which they are run."""

from __future__ import annotations

from commercelayer_klarna.probe.check import Check
from commercelayer_klarna.probe.checks import (
    callbacks,
    documents,
    event_stores,
    filters,
    gateways,
    http,
    permissions,
    query,
    steps,
    tokens,
    transactions,
    writing,
)

__all__ = ["CHECKS", "TOPICS", "selected"]

TOPICS: dict[str, tuple[Check, ...]] = {
    "Tokens": tokens.CHECKS,
    "HTTP": http.CHECKS,
    "Documents": documents.CHECKS,
    "Query": query.CHECKS,
    "Filters": filters.CHECKS,
    "Event stores": event_stores.CHECKS,
    "Gateways": gateways.CHECKS,
    "Transactions": transactions.CHECKS,
    "Callbacks": callbacks.CHECKS,
    "Sales channels": permissions.CHECKS,
    "Writing": writing.CHECKS,
    "Steps": steps.CHECKS,
    # Last, since they look at all that came before.
    "Limits": http.PASSIVE,
}
"""The checks of each topic."""

CHECKS: tuple[Check, ...] = tuple(check for checks in TOPICS.values() for check in checks)
"""All checks."""


def selected(*, writes: bool) -> tuple[Check, ...]:
    """Return the checks that read, and if asked those that write as well."""
    return tuple(check for check in CHECKS if writes or not check.writes)
