"""The delay before the next attempt: ``Retry-After``, or exponential backoff with full jitter.

Whether there is a next attempt is for ``retry`` to decide.
"""

from __future__ import annotations

from commercelayer_klarna._retry_after import retry_after
from commercelayer_klarna.plugins.timing import Timing
from commercelayer_klarna.plugins.values import Response, RetryPolicy

__all__ = ["wait_before_next"]

# The API counts refused requests as well, so after a 429 without ``Retry-After`` a part of the interval is waited out.
_INTERVAL = 10.0


def wait_before_next(policy: RetryPolicy, number: int, response: Response | None, timing: Timing) -> float:
    """Return the seconds to wait after an attempt.

    Args:
        policy: Limits of the backoff.
        number: Number of the attempt; 1 is the first.
        response: The answer to it, or ``None`` if there was none.
        timing: Clock and chance.
    """
    uniform = timing.uniform
    jitter = uniform(0.0, min(policy.cap, policy.base * 2.0 ** min(number - 1, 60)))
    if response is None:
        return jitter
    asked = retry_after(response.headers, timing.now())
    if asked:  # never wait less than the API asks for
        return max(asked, jitter) + uniform(0.0, min(1.0, 0.1 * asked))
    if response.status_code == 429:
        return _interval(response) * uniform(0.2, 0.5)
    return jitter


def _interval(response: Response) -> float:
    text = response.headers.get("x-ratelimit-interval") or ""
    seconds = float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0
    return seconds or _INTERVAL
