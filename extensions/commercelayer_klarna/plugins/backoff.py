"""How long to wait before the next attempt: what the answer asks for, or else a part of chance.

The one place that knows; whether there is a next attempt is decided by those who ask.
"""

from __future__ import annotations

from commercelayer_klarna._retry_after import retry_after
from commercelayer_klarna.plugins.values import Response, RetryPolicy, Timing

__all__ = ["wait_before_next"]

# Rejected requests count as well, so a 429 that says nothing more is waited out for a part of its interval.
_INTERVAL = 10.0


def wait_before_next(policy: RetryPolicy, number: int, response: Response | None, timing: Timing) -> float:
    """Seconds to wait after attempt ``number``.

    Args:
        policy: Bounds of waits that nobody asked for (full jitter).
        number: 1 for the first attempt.
        response: What it was answered, or ``None`` if it was not.
        timing: Clock and chance.
    """
    uniform = timing.uniform
    own = uniform(0.0, min(policy.cap, policy.base * 2.0 ** min(number - 1, 60)))
    if response is None:
        return own
    asked = retry_after(response.headers, timing.now())
    if asked:  # a floor; never less than what the API asks for
        return max(asked, own) + uniform(0.0, min(1.0, 0.1 * asked))
    if response.status_code == 429:
        return _interval(response) * uniform(0.2, 0.5)
    return own


def _interval(response: Response) -> float:
    text = response.headers.get("x-ratelimit-interval") or ""
    seconds = float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0
    return seconds or _INTERVAL
