"""Timing: the CPU time of a process, sides in turns, and what many rounds say.

CPU time, because other work on the machine must not count; in turns, because it disturbs all the same. A ratio is the
median of the ratios of all rounds: the two sides of a round ran next to each other. The rounds of a row are spread over
several processes and minutes, since both have luck of their own. While it is not clear on which side of its reach a row
is, there are more of them.
"""

from __future__ import annotations

import gc
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from benchmarks.reaches import reach_of

Sides: TypeAlias = Mapping[str, Callable[[int], object]]
"""What to measure, by name: each runs something so many times. The first is ours, the second what it is compared to."""

Times: TypeAlias = dict[str, list[float]]
"""Microseconds of each side for one call, in each round."""

Key: TypeAlias = tuple[str, str, str]
"""Which row: the environment and the module that measure it (of a peer, its name), and its name."""

TURNS, MOST = 3, 18
"""How many turns there are: each takes a part of the rounds of all rows, in new processes. From the fourth on, they are
for rows that are not clear yet."""

_turn = 0
_wanted: set[str] = set()


def print_rows(rows: Callable[[str, int], list[dict[str, Any]]]) -> None:
    """Print the rows of a module, as JSON: it was started with an address, a number of rounds, and of the turn.

    Names of rows may follow: then it is only those.
    """
    global _turn
    url, number, turn, *wanted = sys.argv[1:]
    _turn = int(turn)
    _wanted.update(wanted)
    print(json.dumps([row for row in rows(url, int(number)) if row]))


def is_wanted(row: str) -> bool:
    """Whether this process measures a row."""
    return not _wanted or row in _wanted


def is_first_turn() -> bool:
    """Whether this process measures what has one value, too."""
    return _turn == 0


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
    """Measure a part of the rounds of a row; nothing, if it is not wanted.

    Args:
        row: Its name, by which it has a reach.
        sides: What to measure; of those after the second the figures alone tell.
        calls: How often each side runs in a round.
        rounds: How many rounds.
        figures: What to take the median of.
        clock: Seconds that have passed.
        more: What else is known of the row.
    """
    if not is_wanted(row):
        return {}
    settle_memory()
    for run in sides.values():
        run(calls)
    times: Times = {name: [] for name in sides}
    for number in range(_turn, _turn + rounds):
        for name in sorted(sides, reverse=bool(number % 2)):
            gc.collect()  # nobody pays for another's rubbish; each pays for its own
            started = clock()
            sides[name](calls)
            times[name].append((clock() - started) / calls * 1e6)
    side, against, *_ = sides
    named = {"row": row, "side": side, "against": against, "unit": "us", **more}
    return {**named, "ours": times[side], "theirs": times[against], "figures": figures(times)}


def in_turns(measure: Callable[[int, set[Key] | None], Mapping[Key, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Measure rows in turns, while there are some of which it is not clear on which side of their reach they are.

    Args:
        measure: Gives the parts of rows of a turn: of some, or of all.
    """
    parts: dict[Key, list[dict[str, Any]]] = {}
    for turn in range(MOST):
        unclear = {key for key, found in parts.items() if not _is_clear(found)} if turn >= TURNS else None
        if unclear is not None and not unclear:
            break
        for key, row in measure(turn, unclear).items():
            parts.setdefault(key, []).append(row)
    return [_whole(found) for found in parts.values()]


def _whole(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """A row, of all its parts."""
    first = parts[0]
    if "figures" not in first:  # a value
        return first
    ours, theirs, figures = ([each for part in parts for each in part[name]] for name in ("ours", "theirs", "figures"))
    row = {name: value for name, value in first.items() if name != "figures"}
    row |= {"ours": summary(ours), "theirs": summary(theirs)}
    row |= {"ratio": round(statistics.median(figures), 3), "rounds": len(figures)}
    low, high = middle(figures)
    if high - low > 0.04 * statistics.median(figures):
        row["between"] = [round(low, 3), round(high, 3)]
    return row


def _is_clear(parts: list[dict[str, Any]]) -> bool:
    """Whether the median is known to be over the reach, or not to be."""
    reach = reach_of(parts[0]["row"], parts[0].get("against", ""), bool(parts[0].get("speed")))
    if reach is None or "figures" not in parts[0]:
        return True
    low, high = middle([each for part in parts for each in part["figures"]])
    return not low <= reach < high


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
