"""The built-in plugin ``logging``: lines for attempts (DEBUG), retries (INFO) and give-ups (WARNING), without secrets.

Lines go to the logger ``commercelayer_klarna``; with ``COMMERCELAYER_KLARNA_LOG=debug``, or another level, to standard
error too. Their facts are attributes of the log record as well (``operation``, ``method``, ``path``, ``status``,
``attempt``, ``elapsed``), for structured logs.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable

from commercelayer_klarna.plugins.events import AttemptEnded, Event, GaveUp, Observer, RetryScheduled
from commercelayer_klarna.plugins.hookspecs import Plugin
from commercelayer_klarna.plugins.values import Context

__all__ = ["Logging"]

log = logging.getLogger("commercelayer_klarna")


class Logging(Plugin):
    """Write logs."""

    name = "logging"
    fallback = True

    def observers(self, ctx: Context) -> Iterable[Observer]:
        """Return the writer."""
        return [_Writer()]

    def opened(self, ctx: Context) -> None:
        """Log that the client was opened."""
        _show_as_the_environment_says()
        log.debug("opened a client of %s", ctx.base_url)

    def closed(self, ctx: Context) -> None:
        """Log that the client was closed."""
        log.debug("closed the client of %s", ctx.base_url)


def _show_as_the_environment_says() -> None:
    level = os.environ.get("COMMERCELAYER_KLARNA_LOG", "").upper()
    if not level or _shown.level:
        return
    known = logging.getLevelNamesMapping()
    if level not in known:
        raise ValueError(f"COMMERCELAYER_KLARNA_LOG={level.lower()!r} is not a level: set debug, info or warning")
    _shown.setLevel(known[level])
    _shown.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    log.addHandler(_shown)
    log.setLevel(known[level])


_shown = logging.StreamHandler()


class _Writer:
    events = frozenset({AttemptEnded, GaveUp, RetryScheduled})

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
    elif isinstance(event, RetryScheduled):
        text = "%s %s: trying again in %.1f s after %s (attempt %d)"
        log.info(text, event.method, event.path, event.delay, event.reason, event.number, extra=_facts(event))
    elif isinstance(event, GaveUp):
        log.warning("%s %s: gave up: %s", event.method, event.path, event.reason, extra=_facts(event))


def _facts(event: AttemptEnded | GaveUp | RetryScheduled) -> dict[str, object]:
    return {
        "operation": event.operation,
        "method": event.method,
        "path": event.path,
        "attempt": event.number,
    }
