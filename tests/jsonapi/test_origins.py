"""What an error advises was not done already."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from commercelayer_klarna import NotFetchedError, NotIncludedError, ResponseInfo
from commercelayer_klarna.sandbox import Sandbox
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


# ---- What the answer said beside the document ------------------------------------------------------------------------

HEADERS = {
    "X-Request-Id": "r-1",
    "X-Ratelimit-Limit": "200",
    "X-Ratelimit-Interval": "60",
    "X-Ratelimit-Remaining": "199",
    "Set-Cookie": "planted-cookie",
    "X-Echo": "Bearer token-of-the-tests",
}
SAID = ResponseInfo(200, "r-1", "t-1", 200, 60, 199)


def test_what_is_read_tells_what_its_answer_said(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    payment_json["meta"] = {"trace_id": "t-1"}
    payment_json["relationships"] = {"order": {"data": {"type": "orders", "id": "o"}}}
    server.answer(200, {"data": payment_json}, headers=HEADERS)
    server.answer(200, {"data": payment_json}, headers=HEADERS)
    server.answer(200, {"data": [payment_json], "meta": {"record_count": 1, "page_count": 1}}, headers=HEADERS)
    server.answer(200, {"data": [], "meta": {"record_count": 0, "page_count": 0}}, headers=HEADERS)
    payments = kind.at(server)
    payment = payments.retrieve("p")
    document = payments.request("GET", "klarna_payments/p")
    page = payments.list().first_page()
    for each in (payment, payment.order, document, document.data, page, page[0], copy.deepcopy(payment)):
        assert each.response == SAID
        assert each.response.headers["x-ratelimit-limit"] == "200"
        assert "set-cookie" not in each.response.headers
        assert "planted" not in repr(each.response)
    assert payments.list().first_page().response == ResponseInfo(200, "r-1", None, 200, 60, 199)
    kept = pickle.dumps([payment.response, page, payment])
    assert b"token-of-the-tests" not in kept
    response, *others = pickle.loads(kept)
    assert (response, dict(response.headers)) == (SAID, {})
    for each in others:
        with pytest.raises(NotFetchedError, match="there is no response: this came from a callback, a pickle"):
            _ = each.response


def test_it_counts_attempts_and_takes_what_makes_no_sense_for_nothing(
    kind: Kind, server: Server, payment_json: dict[str, Any]
) -> None:
    server.answer(503)
    server.answer(200, {"data": payment_json}, headers={"X-Ratelimit-Remaining": "-1"})
    response = kind.at(server).retrieve("p").response
    assert (response.status_code, response.attempts, response.remaining, response.request_id) == (200, 2, None, None)


def test_the_trace_of_an_event_is_not_that_of_the_answer(kind: Kind) -> None:
    sandbox = Sandbox()
    payments = kind.on(sandbox)
    id = payments.create(order=sandbox.order_ids[0]).id
    page = payments.event_stores(id).first_page()
    assert page[0].meta["trace_id"] not in {None, page.response.trace_id}
