"""``RetryPolicy``, and the delay before the next attempt: ``Retry-After``, or exponential backoff with full jitter.

Whether there is a next attempt is for ``retry`` to decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commercelayer_klarna._retry_after import retry_after
from commercelayer_klarna._values import frozen
from commercelayer_klarna.plugins.timing import Timing

if TYPE_CHECKING:
    from commercelayer_klarna.plugins.values import Response

__all__ = ["RetryPolicy", "wait_before_next"]

# The API counts refused requests as well, so after a 429 without ``Retry-After`` a part of the interval is waited out.
_INTERVAL = 10.0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


@frozen
class RetryPolicy:
    """How often to try again, and how long to wait. Retry classifiers say whether an error may be tried again at all.

    Attributes:
        attempts: Number of attempts, with the first one.
        base: Longest first wait, in seconds; the limit doubles with each further wait (full jitter).
        cap: Longest wait of all, in seconds. Only a ``Retry-After`` of the API can ask for more.

    Raises:
        ValueError: A number is out of range.
        TypeError: A value is not a number.
    """

    attempts: int = 4
    base: float = 0.5
    cap: float = 20.0

    def __attrs_post_init__(self) -> None:
        if type(self.attempts) is not int:
            raise TypeError(f"attempts={self.attempts!r} must be a whole number")
        if not (_is_number(self.base) and _is_number(self.cap)):
            raise TypeError(f"base={self.base!r} and cap={self.cap!r} must be numbers of seconds")
        if self.attempts < 1:
            raise ValueError(f"attempts={self.attempts!r}: there is at least one; pass retry=None to turn retries off")
        if not (0 <= self.base < float("inf") and 0 <= self.cap < float("inf")):
            raise ValueError(f"base={self.base!r} and cap={self.cap!r} must be seconds, 0 or more")


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
