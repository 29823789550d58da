"""Timing: the CPU time of this process, sides in turns, and what many rounds say.

CPU time, because other work on the machine must not count; in turns, because it disturbs all the same. A ratio is the
median of the ratios of all rounds: the two sides of a round ran next to each other.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Sides: TypeAlias = Mapping[str, Callable[[int], object]]
"""What to measure, by name: each runs something so many times. The first is ours, and all others are compared to it."""


def measured(
    sides: Sides, *, calls: int, rounds: int = 21, clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """Microseconds of each side for one call, in each round."""
    settle_memory()
    for run in sides.values():
        run(max(1, calls // 4))
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in sorted(sides, reverse=bool(number % 2)):
            gc.collect()  # nobody pays for another's rubbish; each pays for its own
            started = clock()
            sides[name](calls)
            times[name].append((clock() - started) / calls * 1e6)
    return times


def settle_memory() -> None:
    """Let malloc keep what is freed, as it does in a process that has run for a while.

    glibc gives memory back to the system when more is free than twice the largest block it ever mapped, and a page of
    372 kB, its text, and whatever is beside them are just about that much: in some processes each call of one side or
    of both had all of it faulted in again, which took longer than what is to be compared.
    """
    block = bytearray(32_000_000)
    del block


def summary(times: list[float]) -> dict[str, float]:
    """The minimum and the median."""
    return {"min": round(min(times), 2), "median": round(statistics.median(times), 2)}


def compared(row: str, times: Mapping[str, list[float]], **more: Any) -> dict[str, Any]:
    """A row of the table: ours against another."""
    (ours, own), (against, other) = times.items()
    ratio = statistics.median(a / b for a, b in zip(own, other, strict=True))
    return {
        "row": row,
        "side": ours,
        "against": against,
        "unit": "us",
        "ours": summary(own),
        "theirs": summary(other),
        "ratio": round(ratio, 3),
        "rounds": len(own),
        **more,
    }
