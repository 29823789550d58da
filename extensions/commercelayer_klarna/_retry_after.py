"""Read headers about time and limits: whole numbers, seconds, or one of the three forms of an HTTP date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite

_LONGEST = 1e9


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that an answer asks to wait, or ``None`` if it does not ask, or what it asks makes no sense.

    A date is measured from the answer's own ``Date``, because the clock of this machine may be wrong; ``now`` (seconds
    since 1970) is for an answer without one.
    """
    value = (headers.get("retry-after") or "").strip()
    if not value:
        return None
    try:
        seconds = float(value) if value.isascii() and "_" not in value else -1.0
    except ValueError:
        until = http_date(value)
        if until is None:
            return None
        sent = http_date(headers.get("date") or "")
        seconds = max(0.0, until - (now if sent is None else sent))
    return seconds if isfinite(seconds) and 0 <= seconds <= _LONGEST else None


def whole_number(headers: Mapping[str, str], name: str) -> int | None:
    """Return a header that is a whole number, or ``None``."""
    text = headers.get(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def http_date(text: str) -> float | None:
    """Return an HTTP date as seconds since 1970, or ``None`` if the text is no HTTP date."""
    try:
        when = parsedate_to_datetime(text.strip())
        # HTTP dates are in UTC; the obsolete forms do not say so.
        return (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
