"""Time that takes no time: a clock that only sleeping moves, and an event loop that sleeps by turning its clock on."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

from commercelayer_klarna.plugins import Timing

EPOCH = 1_792_569_600.0
"""Wed, 21 Oct 2026 08:00:00 GMT"""


async def _no_time(seconds: float) -> None:
    """Wait for nothing."""


INSTANT = Timing(sleep=lambda seconds: None, async_sleep=_no_time)
"""Real clocks, and waits that take no time."""


class FakeTime:
    """Clocks that only sleeping moves; chance always falls on the same end of a range."""

    def __init__(self, chance: float = 1.0, now: float = EPOCH) -> None:
        self.elapsed = 0.0
        self.sleeps: list[float] = []
        self.ranges: list[tuple[float, float]] = []
        self.on_sleep: Callable[[], object] = lambda: None
        self._chance = chance
        self._epoch = now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.elapsed += seconds
        self.on_sleep()

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)

    def uniform(self, low: float, high: float) -> float:
        self.ranges.append((low, high))
        return low + (high - low) * self._chance

    @property
    def timing(self) -> Timing:
        return Timing(
            monotonic=lambda: 1000.0 + self.elapsed,
            now=lambda: self._epoch + self.elapsed,
            sleep=self.sleep,
            async_sleep=self.async_sleep,
            uniform=self.uniform,
        )


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which whatever is waited for comes at once, in its order: hours in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Impatient(self))

    def time(self) -> float:
        return self.now


class _Impatient(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._owner = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "everybody waits, and nothing will come"
        self._owner.now += timeout
        return super().select(0)
