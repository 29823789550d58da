"""Timing: the CPU time of this process, sides in turns, and what many rounds say.

CPU time, because other work on the machine must not count; in turns, because it disturbs all the same. A ratio is the
median of the ratios of all rounds: the two sides of a round ran next to each other. Where these scatter, there are more
rounds, up to four times as many, and the row says between which values the median is.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Sides: TypeAlias = Mapping[str, Callable[[int], object]]
"""What to measure, by name: each runs something so many times. The first is ours, and all others are compared to it."""


def measured(
    sides: Sides, *, calls: int, rounds: int = 21, clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """Microseconds of each side for one call, in each round, and in more rounds if their ratios scatter."""
    settle_memory()
    for run in sides.values():
        run(max(1, calls // 4))
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(4 * rounds):
        if number >= rounds and not any(scatters(each) for each in ratios(times)):
            break
        for name in sorted(sides, reverse=bool(number % 2)):
            gc.collect()  # nobody pays for another's rubbish; each pays for its own
            started = clock()
            sides[name](calls)
            times[name].append((clock() - started) / calls * 1e6)
    return times


def ratios(times: Mapping[str, list[float]]) -> list[list[float]]:
    """The ratios of each round of the first side to every other."""
    own, *others = times.values()
    return [[a / b for a, b in zip(own, other, strict=True)] for other in others]


def middle(values: list[float]) -> tuple[float, float]:
    """The values between which the median is, in 19 of 20 cases."""
    ordered, reach = sorted(values), 0.98 * math.sqrt(len(values))
    low = math.floor(len(values) / 2 - reach)
    return ordered[max(low, 0)], ordered[-1 - max(low, 0)]


def scatters(values: list[float]) -> bool:
    """Whether the median of ratios is known less well than by 4 %."""
    low, high = middle(values)
    return high - low > 0.04 * statistics.median(values)


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
    (each,) = ratios(times)
    if scatters(each):
        more["between"] = [round(bound, 3) for bound in middle(each)]
    return {
        "row": row,
        "side": ours,
        "against": against,
        "unit": "us",
        "ours": summary(own),
        "theirs": summary(other),
        "ratio": round(statistics.median(each), 3),
        "rounds": len(own),
        **more,
    }
