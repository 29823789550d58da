"""Checks of what the sandbox never shows, on answers that are written down here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from commercelayer_klarna.probe.check import Conclusion, Found
from commercelayer_klarna.probe.checks import CHECKS
from commercelayer_klarna.probe.exchange import Answer, Ask, Exchange
from commercelayer_klarna.probe.runner import run
from commercelayer_klarna.probe.sending import AsWritten
from commercelayer_klarna.probe.visit import SAMPLES, Prober, Visit
from commercelayer_klarna.sandbox import Sandbox

LIMITS = {"x-ratelimit-limit": "100", "x-ratelimit-interval": "60", "x-ratelimit-remaining": "0"}


class Prepared(AsWritten):
    """Answers each request with what was prepared."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__()
        self._answers = list(answers)

    def send(self, payments: object, ask: Ask) -> Answer:
        return self._answers.pop(0)


def answer(document: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(document).encode()
    )


def concluded(name: str, *answers: Answer, seen: tuple[Answer, str] | None = None) -> Conclusion:
    """Return what a check concludes from these answers, or from one that was seen in the run."""
    (check,) = [each for each in CHECKS if each.name == name]
    with Sandbox().client() as payments:
        visit = Visit({"integration": Prober(payments, Prepared(*answers))})
        if seen is not None:
            visit.exchanges.append(Exchange("another", Ask("GET", "orders", to=seen[1]), seen[0]))  # type: ignore[arg-type]
        return run(visit, [check]).results[0].conclusion


def resource(type_: str, id_: str, attributes: dict[str, Any], **related: tuple[str, str]) -> dict[str, Any]:
    relationships = {name: {"data": {"type": each[0], "id": each[1]}} for name, each in related.items()}
    return {"type": type_, "id": id_, "attributes": attributes, "relationships": relationships}


def webhooks(*topics: str) -> Answer:
    return answer({"data": [resource("webhooks", "w", {"topic": topic}) for topic in topics]})


def callbacks(*sent: tuple[str, int]) -> Answer:
    """An answer with callbacks about one order: of which topic, and at which second."""
    topics = sorted({topic for topic, _ in sent})
    data = [
        resource(
            "event_callbacks",
            str(number),
            {
                "created_at": f"2026-11-27T10:00:{second:02d}.000Z",
                "payload": {"data": {"id": "o"}},
            },
            webhook=("webhooks", topic),
        )
        for number, (topic, second) in enumerate(sent)
    ]
    return answer({"data": data, "included": [resource("webhooks", topic, {"topic": topic}) for topic in topics]})


def fraud(status: str, paid: str) -> Answer:
    details = {"payment_method_details": {"fraud_status": status}}
    return answer({"data": [resource("orders", "o", {"payment_source_details": details, "payment_status": paid})]})


def voided(*names: str) -> Answer:
    order = resource("orders", "o", {"status": "approved", "fulfillment_status": "unfulfilled"})
    order["relationships"] = {
        name: {"data": [{"type": name, "id": "1"}] if name in names else []} for name in ("voids", "captures")
    }
    return answer({"data": [order]})


def mixed(*types: str) -> Answer:
    return answer({"data": [resource(each, each, {}) for each in types]})


ORDERS = answer({"data": [resource("orders", "o", {})]})
FAILED = {"errors": [{"title": "Too many requests", "code": "TOO_MANY_REQUESTS", "status": "429"}]}

HOLD: list[tuple[str, list[Answer]]] = [
    ("webhook-topics", [webhooks("orders.place", "captures.failed", "skus.create")]),
    ("callbacks-order", [callbacks(("orders.authorize", 1), ("orders.place", 2))]),
    ("callbacks-retries", [callbacks(("orders.place", 1), ("orders.place", 2), ("orders.place", 4))]),
    ("order-fraud-status", [fraud("PENDING", "unpaid")]),
    ("partially-voided", [voided("voids", "captures")]),
    ("token-introspection", [answer({"token": {"test": True}})]),
    ("transactions-mixed", [mixed("captures", "voids")]),
    ("transactions-of-an-order", [ORDERS, mixed("authorizations")]),
]
DIFFER: list[tuple[str, list[Answer], str]] = [
    ("webhook-topics", [webhooks("orders.place", "klarna_payments.create")], "klarna_payments.create"),
    ("callbacks-order", [callbacks(("orders.authorize", 2), ("orders.place", 1))], "came first"),
    ("callbacks-retries", [callbacks(("orders.place", 0), ("orders.place", 0))], "0 s"),
    ("order-fraud-status", [fraud("REJECTED", "authorized")], "REJECTED: authorized"),
    ("partially-voided", [voided("captures")], "approved"),
    ("token-introspection", [answer({"role": {}})], "role"),
    ("transactions-mixed", [mixed("payments")], "other types"),
    ("transactions-of-an-order", [ORDERS, mixed("payments")], "other types"),
]


@pytest.mark.parametrize(("name", "answers"), HOLD)
def test_it_holds(name: str, answers: list[Answer]) -> None:
    assert concluded(name, *answers).found is Found.HOLDS


@pytest.mark.parametrize(("name", "answers", "saw"), DIFFER)
def test_it_differs(name: str, answers: list[Answer], saw: str) -> None:
    conclusion = concluded(name, *answers)
    assert conclusion.found is Found.DIFFERS
    assert saw in conclusion.saw


@pytest.mark.parametrize("name", [each[0] for each in HOLD])
def test_without_anything_to_look_at_it_cannot_tell(name: str) -> None:
    empty = answer({"data": []})
    conclusion = concluded(name, *([empty] if name in SAMPLES else [empty, empty]))
    assert (conclusion.found is Found.CANNOT_TELL) == (name not in {"token-introspection", "transactions-mixed"})


@pytest.mark.parametrize(
    ("name", "to", "right", "wrong"),
    [
        ("limits-429-body", "api", answer(FAILED, 429), answer({}, 429)),
        ("limits-429-headers", "api", answer(FAILED, 429, **LIMITS), answer(FAILED, 429, retry_after="1", **LIMITS)),
        ("limits-429-token", "auth", answer({"errors": {}}, 429), answer(FAILED, 429)),
    ],
)
def test_a_429_that_comes_by_itself(name: str, to: str, right: Answer, wrong: Answer) -> None:
    assert concluded(name, seen=(right, to)).found is Found.HOLDS
    assert concluded(name, seen=(wrong, to)).found is Found.DIFFERS
