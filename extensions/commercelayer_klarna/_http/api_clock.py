"""What is known of the API's clock, learned from the ``Date`` of its answers.

A payment whose create lost its answer is recognized by its creation time, among other things. That is a time of the
API; the clock of this machine may be wrong by minutes. Each answer bounds the difference of the two: its ``Date`` was
right at some moment between the sending of the request and the arrival of the headers.
"""

from __future__ import annotations

from commercelayer_klarna._retry_after import http_date

__all__ = ["ApiClock"]

# A ``Date`` has whole seconds, cut off.
_RESOLUTION = 1.0
# Clocks run at slightly different speeds, so what was learned becomes less exact, by this part of the time since.
_DRIFT = 1e-4


class ApiClock:
    """Bounds of the difference between the API's clock and the monotonic clock of this process."""

    def __init__(self) -> None:
        self._bounds: tuple[float, float, float] | None = None  # earliest, latest, and when that was learned
        # What was known before an answer that contradicts it, and when that came.
        self._former: tuple[float, float, float] | None = None
        self._read: tuple[str, float | None] = ("", None)

    def learn(self, date: str | None, sent_at: float, received_at: float) -> None:
        """Learn from an answer.

        Args:
            date: Its ``Date``, if it has one.
            sent_at: When its request was begun, on the monotonic clock.
            received_at: When its headers were there.
        """
        if not date:
            return
        text, now = self._read
        if text != date:  # reading a date takes longer than all the rest
            now = http_date(date)
            self._read = (date, now)
        if now is None:
            return
        earliest, latest = now - received_at, now + _RESOLUTION - sent_at
        if self._bounds is not None:
            former_earliest, former_latest, learned_at = self._bounds
            drift = _DRIFT * max(0.0, received_at - learned_at)
            narrowed = max(earliest, former_earliest - drift), min(latest, former_latest + drift)
            if narrowed[0] <= narrowed[1]:
                earliest, latest = narrowed
            else:  # one of the clocks was set, or this machine slept: the newest answer is right from now on
                before = self._former or self._bounds
                widest = min(former_earliest, before[0]), max(former_latest, before[1])
                self._former = (*widest, received_at)
        self._bounds = (earliest, latest, received_at)

    def at(self, moment: float) -> tuple[float, float] | None:
        """Return the earliest and the latest time that the API's clock may have shown at a moment.

        Args:
            moment: The moment, on the monotonic clock.

        Returns:
            Seconds since 1970, or ``None`` when no answer has told the time.
        """
        if self._bounds is None:
            return None
        earliest, latest, _ = self._bounds
        if self._former is not None and moment < self._former[2]:  # nothing tells when the clocks went apart
            earliest, latest = min(earliest, self._former[0]), max(latest, self._former[1])
        return moment + earliest, moment + latest
