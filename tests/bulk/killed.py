"""A process that the tests kill: it exports or changes all payments. ``killed.py export|backfill URL FILE``"""

from __future__ import annotations

import sys

from commercelayer_klarna import AccessToken, KlarnaPayment, KlarnaPayments
from commercelayer_klarna.bulk import backfill, export


def reference(payment: KlarnaPayment) -> dict[str, object]:
    return {"reference": f"new-{payment.id}"}


if __name__ == "__main__":
    work, url, file = sys.argv[1:]
    with KlarnaPayments(auth=AccessToken("t"), base_url=url) as payments:
        if work == "export":
            export(payments, file, columns=["id", "reference"])
        else:
            backfill(payments, reference, checkpoint=file, concurrency=4)
