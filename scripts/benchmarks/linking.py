"""The rows of linking: whether to find and touch an included resource costs the same in documents of three sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.rounds import Times, compared, print_rows
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
        for _ in range(calls // len(json["included"])):
            linked = Document(json)
            linked.link(json["included"])
            order: Any = linked.read()
            for each in order.line_items:
                each.quantity  # noqa: B018

    return run


def look_up(json: dict[str, Any]) -> Callable[[int], None]:
    """Do the same by hand, with a dictionary of what is included."""

    def run(calls: int) -> None:
        for _ in range(calls // len(json["included"])):
            included = {(each["type"], each["id"]): each for each in json["included"]}
            for each in json["data"]["relationships"]["line_items"]["data"]:
                included[each["type"], each["id"]]["attributes"]["quantity"]

    return run


def growth(times: Times) -> list[float]:
    """How much more each of many takes than each of few, over how much more it takes by hand.

    What is read more than once is not in the caches of the processor when there is much of it, on either side.
    """
    return [many / few / (hand / hand_few) for many, few, hand, hand_few in zip(*times.values(), strict=True)]


def rows(_: str, rounds: int) -> list[dict[str, Any]]:
    """One row for each size, against the smallest."""
    few, *sizes = map(document, SIZES)
    return [
        compared(
            f"linking each of {len(many['included']):,} included",
            {
                "ours": link(many),
                f"each of {SIZES[0]}": link(few),
                "by hand": look_up(many),
                f"by hand, each of {SIZES[0]}": look_up(few),
            },
            calls=10_000,
            rounds=rounds,
            figures=growth,
        )
        for many in sizes
    ]


if __name__ == "__main__":
    print_rows(rows)
