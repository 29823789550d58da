"""The built-in plugin ``logging``: a line for each attempt (DEBUG) and for each give-up (WARNING), without secrets.

Lines go to the logger ``commercelayer_klarna``. Their facts are attributes of the log record as well (``operation``,
``method``, ``path``, ``status``, ``attempt``, ``elapsed``), for structured logs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from commercelayer_klarna.plugins.events import AttemptEnded, Event, GaveUp, Observer
from commercelayer_klarna.plugins.hookspecs import Plugin, hookimpl
from commercelayer_klarna.plugins.values import Context

__all__ = ["Logging"]

log = logging.getLogger("commercelayer_klarna")


class Logging(Plugin):
    """Write logs."""

    name = "logging"
    fallback = True

    @hookimpl
    def observers(self, ctx: Context) -> Iterable[Observer]:
        """Return the writer."""
        return [_Writer()]

    @hookimpl
    def opened(self, ctx: Context) -> None:
        """Log that the client was opened."""
        log.debug("opened a client of %s", ctx.base_url)

    @hookimpl
    def closed(self, ctx: Context) -> None:
        """Log that the client was closed."""
        log.debug("closed the client of %s", ctx.base_url)


class _Writer:
    events = frozenset({AttemptEnded, GaveUp})

    def __call__(self, event: Event) -> None:
        _write(event)


def _write(event: Event) -> None:
    if isinstance(event, AttemptEnded):
        if log.isEnabledFor(logging.DEBUG):
            outcome = event.status_code or type(event.error).__name__
            log.debug(
                "%s %s: %s in %.0f ms (%s, attempt %d)",
                event.method,
                event.path,
                outcome,
                event.elapsed * 1000,
                event.operation,
                event.number,
                extra=_facts(event) | {"status": event.status_code, "elapsed": event.elapsed},
            )
    elif isinstance(event, GaveUp):
        log.warning("%s %s: gave up: %s", event.method, event.path, event.reason, extra=_facts(event))


def _facts(event: AttemptEnded | GaveUp) -> dict[str, object]:
    return {
        "operation": event.operation,
        "method": event.method,
        "path": event.path,
        "attempt": event.number,
    }
