"""How far calls overrun their deadline when the server is slow in every way, on loopback sockets.

Run it: ``.venv/bin/python tests/benchmarks/deadline.py``. It prints and checks nothing.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from commercelayer_klarna import AccessToken, APIConnectionError, KlarnaPayments
from support.fault_server import FaultServer

DEADLINES, ROUNDS = (0.2, 0.5, 1.0), 5
FAULTS = (
    "silence",
    "silence within the headers",
    "silence within the body",
    "headers that drip beyond the deadline",
    "a body that drips beyond the deadline",
    "no connection in time",
    "closed without an answer",
)

if __name__ == "__main__":
    server = FaultServer()
    for fault in FAULTS:
        line = []
        for deadline in DEADLINES:
            worst = 0.0
            for _ in range(ROUNDS):
                place = server.place(fault)
                with KlarnaPayments(base_url=place.url, auth=AccessToken("t"), deadline=deadline) as payments:
                    started = time.monotonic()
                    try:
                        payments.retrieve("x")
                    except APIConnectionError:
                        worst = max(worst, (time.monotonic() - started) / deadline - 1)
            line.append(f"{deadline} s: {worst:+.1%}")
        server.close_places()
        print(f"{fault}: {', '.join(line)}", flush=True)
    server.close()
