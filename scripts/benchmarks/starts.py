"""The rows of starts: the CPU time of a new interpreter that imports something, over one that imports nothing."""

from __future__ import annotations

import json
import os
import statistics
import sys
from typing import Any

from benchmarks.rounds import summary

PROGRAMS = {
    "nothing": "pass",
    "httpx": "import httpx",
    "import commercelayer_klarna": "import commercelayer_klarna",
    "from commercelayer_klarna import KlarnaPayments": "from commercelayer_klarna import KlarnaPayments",
    "the bare generated client, one endpoint": (
        "from commercelayer_klarna_api import Client\n"
        "from commercelayer_klarna_api.api.klarna_payments import retrieve_klarna_payment"
    ),
}


def spent(program: str) -> float:
    """Microseconds of CPU time that a new interpreter takes for a program."""
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", program], os.environ)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"{program!r} failed")
    return (usage.ru_utime + usage.ru_stime) * 1e6


def rows(rounds: int) -> list[dict[str, Any]]:
    """Each against httpx, the bare interpreter taken off both."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for number in range(rounds + 1):
        for name, program in PROGRAMS.items():
            taken = spent(program)
            if number:  # the first round writes bytecode
                times[name].append(taken)
    over = {name: [a - b for a, b in zip(times[name], times["nothing"], strict=True)] for name in PROGRAMS}
    return [
        {
            "row": name,
            "side": "ours",
            "against": "import httpx",
            "unit": "us",
            "ours": summary(over[name]),
            "theirs": summary(over["httpx"]),
            "ratio": round(statistics.median(over[name]) / statistics.median(over["httpx"]), 3),
            "rounds": rounds,
        }
        for name in list(PROGRAMS)[2:]
    ]


if __name__ == "__main__":
    print(json.dumps(rows(int(sys.argv[2]))))
