"""Timing: the CPU time of this process, sides in turns, and what many rounds say.

CPU time, because other work on the machine must not count; in turns, because it disturbs all the same. A ratio is the
median of the ratios of all rounds: the two sides of a round ran next to each other. While it is not clear on which side
of its reach a row is, there are more rounds, up to eight times as many.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from benchmarks.reaches import reach_of

Sides: TypeAlias = Mapping[str, Callable[[int], object]]
"""What to measure, by name: each runs something so many times. The first is ours, the second what it is compared to."""

Times: TypeAlias = dict[str, list[float]]
"""Microseconds of each side for one call, in each round."""

MOST = 8


def ratios(times: Times) -> list[float]:
    """The ratio of each round."""
    ours, against, *_ = times.values()
    return [a / b for a, b in zip(ours, against, strict=True)]


def compared(
    row: str,
    sides: Sides,
    *,
    calls: int,
    rounds: int,
    figures: Callable[[Times], list[float]] = ratios,
    clock: Callable[[], float] = time.process_time,
    **more: Any,
) -> dict[str, Any]:
    """Measure a row of the table.

    Args:
        row: Its name, by which it has a reach.
        sides: What to measure; of those after the second the figures alone tell.
        calls: How often each side runs in a round.
        rounds: How many rounds there are at least.
        figures: What to take the median of.
        clock: Seconds that have passed.
        more: What else is known of the row.
    """
    reach = reach_of(row, speed=more.get("speed", False))
    times = _measured(sides, calls, rounds, lambda times: _is_clear(figures(times), reach), clock)
    ours, against, *_ = sides
    found = figures(times)
    low, high = middle(found)
    if high - low > 0.04 * statistics.median(found):
        more["between"] = [round(low, 3), round(high, 3)]
    return {
        "row": row,
        "side": ours,
        "against": against,
        "unit": "us",
        "ours": summary(times[ours]),
        "theirs": summary(times[against]),
        "ratio": round(statistics.median(found), 3),
        "rounds": len(found),
        **more,
    }


def _measured(
    sides: Sides, calls: int, rounds: int, enough: Callable[[Times], bool], clock: Callable[[], float]
) -> Times:
    settle_memory()
    for run in sides.values():
        run(calls)
    times: Times = {name: [] for name in sides}
    for number in range(MOST * rounds):
        if number and number % rounds == 0 and enough(times):
            break
        for name in sorted(sides, reverse=bool(number % 2)):
            gc.collect()  # nobody pays for another's rubbish; each pays for its own
            started = clock()
            sides[name](calls)
            times[name].append((clock() - started) / calls * 1e6)
    return times


def _is_clear(values: list[float], reach: float | None) -> bool:
    """Whether the median is known to be over the reach, or not to be."""
    low, high = middle(values)
    return reach is None or not low <= reach < high


def middle(values: list[float]) -> tuple[float, float]:
    """The values between which the median is, in 19 of 20 cases."""
    ordered, reach = sorted(values), 0.98 * math.sqrt(len(values))
    low = max(math.floor(len(values) / 2 - reach), 0)
    return ordered[low], ordered[-1 - low]


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
