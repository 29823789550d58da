"""The row of memory: the most that a process took that iterates 1,000 payments, and one that iterates 100,000."""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import Any

from benchmarks.rounds import is_first_turn, print_rows

SHORT, LONG = 1_000, 100_000


def peak(url: str, payments: int) -> float:
    """The most memory of a new process that iterates so many payments, in MB."""
    command = [sys.executable, "-m", __spec__.name, url, "walk", str(payments)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def walk(url: str, count: int) -> None:
    """Iterate payments, read one attribute of each, and print the most memory that it took."""
    from commercelayer_klarna import AccessToken, KlarnaPayments

    with KlarnaPayments(base_url=f"{url}/long/{count // 25}/api", auth=AccessToken("token")) as payments:
        seen = sum(payment.created_at is not None for payment in payments.list(page_size=25))
    if seen != count:
        raise RuntimeError(f"there were {seen} payments")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)


def rows(url: str, _: int) -> list[dict[str, Any]]:
    """The row of memory."""
    if not is_first_turn():
        return []
    short, long = peak(url, SHORT), peak(url, LONG)
    row = f"memory to iterate {LONG:,} payments, over {SHORT:,}"
    return [{"row": row, "side": "ours", "unit": "MB", "value": round(long - short, 2), "at": [short, long]}]


if __name__ == "__main__":
    if sys.argv[2] == "walk":
        walk(sys.argv[1], int(sys.argv[3]))
    else:
        print_rows(rows)
