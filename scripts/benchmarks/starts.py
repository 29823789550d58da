"""The rows of starts: the CPU time of a new interpreter that runs something, over one that runs nothing.

A client imports what it takes to make one when the first is made, and what it takes to call it with the first call, so
these are rows as well, each against the same with httpx alone.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from typing import Any

from benchmarks.calls import HEADERS, ONE
from benchmarks.rounds import summary

NAMES = "from commercelayer_klarna import ClientCredentials, KlarnaPayments"
MADE = f"{NAMES}\nKlarnaPayments('acme', auth=ClientCredentials(client_id='id', client_secret='secret'))"
CALLED = (
    "import sys\n"
    "from commercelayer_klarna import AccessToken, KlarnaPayments\n"
    f"KlarnaPayments(base_url=sys.argv[1] + '/api', auth=AccessToken('token')).retrieve('{ONE}').client_token"
)
THEIRS_CALLED = (
    f"import sys\nimport httpx\nhttpx.Client(headers={HEADERS}).get(sys.argv[1] + '/api/klarna_payments/{ONE}').json()"
)
BARE = (
    "from commercelayer_klarna_api import Client\n"
    "from commercelayer_klarna_api.api.klarna_payments import retrieve_klarna_payment"
)
NOTHING, HTTPX = "pass", "import httpx"
ROWS = {
    "import commercelayer_klarna": ("import commercelayer_klarna", "import httpx", HTTPX),
    "import of its names": (NAMES, "import httpx", HTTPX),
    "import, and a first client": (MADE, "the same with httpx", "import httpx\nhttpx.Client()"),
    "import, and a first call": (CALLED, "the same with httpx", THEIRS_CALLED),
    "the bare generated client, one endpoint": (BARE, "import httpx", HTTPX),
}


def spent(program: str, url: str, bytecode: str) -> float:
    """Microseconds of CPU time that a new interpreter takes for a program, with bytecode kept in a directory."""
    # As installers leave it: compiled. Some environments forbid to write bytecode, and would compile the source anew.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", program, url], environment)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"{program!r} failed")
    return (usage.ru_utime + usage.ru_stime) * 1e6


def rows(url: str, rounds: int) -> list[dict[str, Any]]:
    """Each against the other side, the bare interpreter taken off both."""
    programs = [NOTHING, *dict.fromkeys(each for ours, _, theirs in ROWS.values() for each in (ours, theirs))]
    times: dict[str, list[float]] = {program: [] for program in programs}
    with tempfile.TemporaryDirectory() as bytecode:
        for number in range(rounds + 1):
            for program in programs:
                taken = spent(program, url, bytecode)
                if number:  # the first round writes the bytecode
                    times[program].append(taken)
    over = {each: [a - b for a, b in zip(times[each], times[NOTHING], strict=True)] for each in programs}
    return [
        {
            "row": row,
            "side": "ours",
            "against": against,
            "unit": "us",
            "ours": summary(over[ours]),
            "theirs": summary(over[theirs]),
            "ratio": round(statistics.median(over[ours]) / statistics.median(over[theirs]), 3),
            "rounds": rounds,
        }
        for row, (ours, against, theirs) in ROWS.items()
    ]


if __name__ == "__main__":
    print(json.dumps(rows(sys.argv[1], int(sys.argv[2]))))
