"""How far calls overrun their deadline when the server is slow in every way, on loopback sockets.

``.venv/bin/python tests/benchmarks/deadline.py`` prints it; ``--write`` puts it on its page. It checks nothing.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from datetime import date
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from commercelayer_klarna import AccessToken, APIConnectionError, KlarnaPayments
from commercelayer_klarna.probe.report import markdown_table
from support import blocks
from support.fault_server import FaultServer

DEADLINES, ROUNDS = (0.2, 0.5, 1.0), 5
FAULTS = {
    "silence": "is silent",
    "silence within the headers": "is silent within the headers",
    "silence within the body": "is silent within the body",
    "headers that drip beyond the deadline": "drips headers",
    "a body that drips beyond the deadline": "drips a body",
    "no connection in time": "does not accept",
    "closed without an answer": "closes without an answer",
}


def worst(server: FaultServer, fault: str, deadline: float) -> float:
    """Return by which part of their deadline calls overran it, at most."""
    overrun = 0.0
    for _ in range(ROUNDS):
        with KlarnaPayments(base_url=server.place(fault).url, auth=AccessToken("t"), deadline=deadline) as payments:
            started = time.monotonic()
            try:
                payments.retrieve("x")
            except APIConnectionError:
                overrun = max(overrun, (time.monotonic() - started) / deadline - 1)
    return overrun


def measured() -> str:
    """Return the table, with when and where it was measured."""
    server, rows = FaultServer(), list[list[str]]()
    for fault, name in FAULTS.items():
        rows.append([name, *(f"{worst(server, fault, deadline):+.1%}".replace("%", " %") for deadline in DEADLINES)])
        server.close_places()
    server.close()
    head = ["the server", *(f"deadline {each} s" for each in DEADLINES)]
    load = f"{os.getloadavg()[0]:.0f} programs that want them"
    machine = f"{platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores and {load}"
    return "\n".join([f"Measured on {date.today()}: {machine}.", "", *markdown_table(head, rows)])


if __name__ == "__main__":
    table = measured()
    print(table)
    if "--write" in sys.argv:
        blocks.write("reliability.md", "tests/benchmarks/deadline.py", table)
