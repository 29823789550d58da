"""The sandbox's time: any clock, moved by hand. Who may move it is up to ``doors.control`` and ``sandbox``."""

from __future__ import annotations

from collections.abc import Callable

# From 1970 to the year 3000: every moment in between can be written as a date.
LATEST = 32_503_680_000.0


class Clock:
    """Seconds since 1970: those of a base clock, and an offset that can be changed."""

    def __init__(self, base: Callable[[], float]) -> None:
        self._base = base
        self._offset = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self._base() + self._offset

    def set(self, now: float) -> None:
        """Set the time; it goes on from there. Raises ValueError for one before 1970 or after 3000."""
        if not _is_number(now) or not 0 <= now <= LATEST:
            raise ValueError(f"now={now!r}: a time lies between 1970 and 3000, in seconds since 1970")
        self._offset = now - self._base()

    def advance(self, seconds: float) -> None:
        """Let time pass. Raises ValueError for what is no time, or leads beyond 3000."""
        if not _is_number(seconds) or not seconds >= 0:
            raise ValueError(f"seconds={seconds!r}: time only goes on; set_time() sets it back")
        self.set(self() + seconds)

    def reset(self) -> None:
        """Return to the base clock."""
        self._offset = 0.0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
