"""What an error advises was not done already."""

from __future__ import annotations

from typing import Any

import pytest

from commercelayer_klarna import NotFetchedError, NotIncludedError
from support.kind import Kind
from support.server import Server


@pytest.fixture
def answer(server: Server, payment_json: dict[str, Any]) -> dict[str, Any]:
    """A payment with a linked order, without its order's document."""
    payment_json["relationships"] = {
        "order": {"data": {"type": "orders", "id": "o"}},
        "payment_gateway": {"links": {"related": "x"}},
    }
    del payment_json["attributes"]["reference"]
    server.answer(200, {"data": payment_json})
    return payment_json


READ: dict[str, Any] = {
    "order.number": (lambda payment: payment.order.number, NotIncludedError),
    "payment_gateway": (lambda payment: payment.payment_gateway, NotIncludedError),
    "reference": (lambda payment: payment.reference, NotFetchedError),
}
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("order.number", {}, r"is not known: ask with include=\['order'\]$"),
    ("order.number", {"include": ["payment_gateway"]}, r"ask with include=\['order'\]$"),
    ("order.number", {"include": ["order"]}, "it was asked for, and did not come: retrieve it by its id$"),
    ("order.number", {"include": ["order.market"]}, "it was asked for, and did not come: retrieve it by its id$"),
    ("payment_gateway", {}, r"came without payment_gateway: ask with include=\['payment_gateway'\]$"),
    ("payment_gateway", {"include": ["payment_gateway"]}, "it was asked for, and the API sent links alone"),
    (
        "payment_gateway",
        {"include": ["payment_gateway"], "fields": ["order"]},
        "came without payment_gateway: name 'payment_gateway' in the fields of klarna_payments$",
    ),
    (
        "payment_gateway",
        {"fields": ["order"]},
        r"ask with include=\['payment_gateway'\], and name 'payment_gateway' in the fields of klarna_payments$",
    ),
    ("payment_gateway", {"fields": {"orders": ["number"]}}, r"ask with include=\['payment_gateway'\]$"),
    ("reference", {}, "it was asked for, and did not come: its name may be wrong"),
    ("reference", {"fields": ["reference"]}, "it was asked for, and did not come"),
    ("reference", {"fields": ["metadata"]}, "name it in the fields of klarna_payments too, or leave them out$"),
]


@pytest.mark.parametrize(("read", "asked", "advice"), CASES)
def test_the_advice_is_what_was_not_done(
    kind: Kind, server: Server, answer: dict[str, Any], read: str, asked: dict[str, Any], advice: str
) -> None:
    reading, error = READ[read]
    payment = kind.at(server).retrieve("p", **asked)
    with pytest.raises(error, match=advice):
        reading(payment)


def test_the_same_of_what_is_listed(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    payment_json["relationships"] = {"order": {"data": {"type": "orders", "id": "o"}}}
    server.answer(200, {"data": [payment_json], "links": {}})
    (payment,) = kind.at(server).list(include=["order"])
    with pytest.raises(NotIncludedError, match="it was asked for, and did not come"):
        _ = payment.order.number
