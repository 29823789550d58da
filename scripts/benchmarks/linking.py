"""The rows of linking: what it costs to find and touch an included resource, in documents of three sizes."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.rounds import measured, summary
from commercelayer_klarna._document import Document

SIZES = (50, 500, 5000)


def document(size: int) -> dict[str, Any]:
    """An order with so many line items included."""
    linkage = [{"type": "line_items", "id": f"item{number}"} for number in range(size)]
    order = {"type": "orders", "id": "o", "relationships": {"line_items": {"data": linkage}}}
    included = [{**each, "attributes": {"quantity": number, "name": "A shirt"}} for number, each in enumerate(linkage)]
    return {"data": order, "included": included}


def link(json: dict[str, Any]) -> Callable[[int], None]:
    """Touch everything that is included."""

    def run(calls: int) -> None:
        for _ in range(calls):
            linked = Document(json)
            linked.link(json["included"])
            order: Any = linked.read()
            for each in order.line_items:
                each.quantity  # noqa: B018

    return run


def rows(rounds: int) -> list[dict[str, Any]]:
    """One row for each size, against the smallest."""
    times: dict[int, list[float]] = {size: [] for size in SIZES}
    documents = {size: document(size) for size in SIZES}
    for _ in range(rounds):
        for size in SIZES:
            seen = measured({"ours": link(documents[size])}, calls=max(1, 10_000 // size), rounds=1)
            times[size].append(seen["ours"][0] / size)
    return [
        {
            "row": f"linking each of {size:,} included",
            "side": "ours",
            "against": f"each of {SIZES[0]}",
            "unit": "us",
            "ours": summary(times[size]),
            "theirs": summary(times[SIZES[0]]),
            "ratio": round(statistics.median(a / b for a, b in zip(times[size], times[SIZES[0]], strict=True)), 3),
            "rounds": rounds,
        }
        for size in SIZES[1:]
    ]


if __name__ == "__main__":
    print(json.dumps(rows(int(sys.argv[2]))))
