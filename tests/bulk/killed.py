"""A process that the tests kill, or measure: ``killed.py export|backfill|scan URL FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from commercelayer_klarna import AccessToken, KlarnaPayment, KlarnaPayments
from commercelayer_klarna.bulk import backfill, export, scan


def reference(payment: KlarnaPayment) -> dict[str, object]:
    return {"reference": f"new-{payment.id}"}


if __name__ == "__main__":
    work, url, file = sys.argv[1:]
    with KlarnaPayments(auth=AccessToken("t"), base_url=url) as payments:
        if work == "export":
            export(payments, file, columns=["id", "reference"])
        elif work == "scan":
            seen = sum(1 for _ in scan(payments))
            # Not that of ``getrusage``, which counts the process that started this one.
            most = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
            print(seen, most.split()[1])
        else:
            backfill(payments, reference, checkpoint=file, concurrency=4)
