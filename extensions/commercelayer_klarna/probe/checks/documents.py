"""Documents: the shape of resources, the attributes of payments and orders, and what an order says when it is placed.

They look at what was fetched once: the latest payments, orders that were placed, and orders that wait.
"""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from commercelayer_klarna._json import JsonObject, JsonValue, as_list, as_object
from commercelayer_klarna._jsonapi.attributes import KlarnaPaymentAttributes, OrderAttributes
from commercelayer_klarna._retry_after import http_date
from commercelayer_klarna.probe.check import Certainty, Check, Differs, Judge
from commercelayer_klarna.probe.exchange import Answer, CannotTell, linkage
from commercelayer_klarna.probe.expect import Topic, every, kind, ok
from commercelayer_klarna.probe.visit import Visit

__all__ = ["CHECKS"]

_D = Topic("spec/klarna_payments.yaml, sandbox/api/render.py")
_A = Topic("spec/klarna_payments.yaml (KlarnaPaymentAttributes), sandbox/api/schema.py")
_O = Topic("spec/klarna_payments.yaml (OrderAttributes), sandbox/api/schema.py, sandbox/api/seed.py")
_PAYMENTS, _PLACED, _PENDING = "klarna_payments", "orders", "pending orders"
_TIME = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z"
_AT_KLARNA = 28 * 86_400.0
_MOMENTS = ("created_at", "updated_at")


def _attributes(resource: JsonObject) -> JsonObject:
    return as_object(resource.get("attributes"))


def _meta(resource: JsonObject) -> JsonObject:
    return as_object(resource.get("meta"))


def _like(pattern: str, value: JsonValue) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _members(resource: JsonObject) -> bool:
    return [*resource] == ["id", "type", "links", "attributes", "relationships", "meta"]


def _self_link(resource: JsonObject) -> bool:
    link = str(as_object(resource.get("links")).get("self"))
    return link.startswith(("https://", "http://")) and link.endswith(f"/api/klarna_payments/{resource.get('id')}")


def _relationship_links(resource: JsonObject) -> bool:
    link = as_object(resource.get("links")).get("self")
    links = [as_object(as_object(each).get("links")) for each in as_object(resource.get("relationships")).values()]
    return bool(links) and all(
        {"self", "related"} <= each.keys() and str(each["related"]).startswith(f"{link}/") for each in links
    )


def _one_trace(answer: Answer) -> None:
    traces = {_meta(each).get("trace_id") for each in [*ok(answer).listed, *answer.included]}
    if len(traces) != 1:
        raise Differs(f"{len(traces)} of them in one answer")


def _list_members(answer: Answer) -> None:
    if not {"data", "meta", "links"} <= ok(answer).document.keys():
        raise Differs(f"its members are {', '.join(answer.document)}")


def _single(visit: Visit) -> None:
    members = sorted(ok(visit.get("klarna_payments/{payment}")).document)
    if members != ["data"]:
        raise Differs(f"its members are {', '.join(members)}")


def _included(answer: Answer) -> None:
    if not all({"id", "type", "attributes"} <= each.keys() for each in ok(answer).included):
        raise Differs("its members are others")


def _names(of: Callable[[JsonObject], JsonObject], wanted: set[str]) -> Judge:
    """Expect exactly these names."""

    def judge(answer: Answer) -> None:
        found = set(of(ok(answer).listed[0]))
        missing, more = sorted(wanted - found), sorted(found - wanted)
        if missing or more:
            raise Differs(f"missing: {', '.join(missing) or 'none'}; more: {', '.join(more) or 'none'}")

    return judge


def _kinds(name: str, *allowed: str) -> Judge:
    """Expect an attribute to have one of these types in all resources, and tell which it has."""

    def judge(answer: Answer) -> str:
        found = {kind(_attributes(each)[name]) for each in ok(answer).listed if name in _attributes(each)}
        if not found:
            raise Differs("it is not there")
        bare = {each.removeprefix("empty ") for each in found}
        if not bare <= {*allowed}:
            raise Differs(f"it is {' or '.join(sorted(found))}")
        return " or ".join(sorted(found))

    return judge


def _relationships(resource: JsonObject) -> JsonObject:
    return as_object(resource.get("relationships"))


def _gone(*names: str) -> Judge:
    return every(lambda each: not {*names} & _attributes(each).keys(), "one of them is there")


def _without_token(resource: JsonObject) -> bool:
    return _attributes(resource).get("auth_token") is None


def _method_shape(resource: JsonObject) -> bool:
    methods = [as_object(each) for each in as_list(_attributes(resource).get("payment_methods"))]
    return all(
        kind(each.get("identifier")) == kind(each.get("name")) == "string"
        and {"descriptive", "standard"} <= as_object(each.get("asset_urls")).keys()
        for each in methods
    )


def _with_klarna(resource: JsonObject) -> bool:
    return linkage(resource, "payment_source").get("type") == "klarna_payments"


def _paid_with_klarna(resource: JsonObject) -> bool:
    return _with_klarna(resource) and _attributes(resource).get("payment_status") != "unpaid"


def _details(resource: JsonObject) -> JsonObject:
    return as_object(_attributes(resource).get("payment_source_details"))


def _detailed(resource: JsonObject) -> bool:
    return _paid_with_klarna(resource) and "klarna_id" in _details(resource)


def _details_shape(resource: JsonObject) -> bool:
    details = _details(resource)
    method = as_object(details.get("payment_method_details"))
    return (
        method.get("order_id") == details.get("klarna_id")
        and kind(method.get("fraud_status")) == "string"
        and kind(as_object(method.get("authorized_payment_method")).get("type")) == "string"
    )


def _fraud(answer: Answer) -> str:
    """Tell how orders stand that Klarna has not accepted."""
    found = set[str]()
    for each in ok(answer).listed:
        method = as_object(_details(each).get("payment_method_details"))
        if (status := method.get("fraud_status")) not in (None, "ACCEPTED"):
            found.add(f"{status}: {_attributes(each).get('payment_status')}")
    if not found:
        raise CannotTell("no order has a fraud status but ACCEPTED")
    if any(not each.endswith(": unpaid") for each in found):
        raise Differs(", ".join(sorted(found)))
    return ", ".join(sorted(found))


def _milliseconds(resource: JsonObject, first: str, second: str) -> float | None:
    try:
        values = [datetime.fromisoformat(str(_attributes(resource).get(name))) for name in (first, second)]
    except ValueError:
        return None
    return (values[1] - values[0]).total_seconds() * 1000


def _paid_before_placed(resource: JsonObject) -> bool:
    gap = _milliseconds(resource, "payment_updated_at", "placed_at")
    return gap is not None and 0 <= gap <= 1000


def _only_placed(resource: JsonObject) -> bool:
    return _paid_with_klarna(resource) and _attributes(resource).get("status") == "placed"


def _triple(resource: JsonObject) -> bool:
    found = _attributes(resource)
    cents, number = found.get("total_amount_cents"), found.get("total_amount_float")
    text = kind(found.get("formatted_total_amount"))
    return isinstance(cents, int) and isinstance(number, int | float) and text == "string"


def _values(name: str, *known: str) -> Judge:
    """Expect no value of an attribute but the known ones."""

    def judge(answer: Answer) -> str:
        found = {str(_attributes(each).get(name)) for each in ok(answer).listed}
        if not found <= {*known}:
            raise Differs(f"also {', '.join(sorted(found - {*known}))}")
        return ", ".join(sorted(found))

    return judge


def _expiring(visit: Visit) -> str:
    """Tell what became of orders whose authorization ended at Klarna, 28 days after it was given."""
    now = http_date(visit.sample(_PLACED).headers.get("date", ""))
    if now is None:
        raise CannotTell("the service does not tell its time")
    old = [
        each
        for each in visit.sample("authorizations").listed
        if now - datetime.fromisoformat(str(_attributes(each).get("created_at"))).timestamp() > _AT_KLARNA
    ]
    if not old:
        raise CannotTell("no authorization is older than 28 days")
    orders = {linkage(each, "order").get("id") for each in old}
    states = {
        f"{_attributes(each).get('status')} and {_attributes(each).get('payment_status')}"
        for each in visit.sample(_PLACED).listed
        if each.get("id") in orders and _attributes(each).get("status") in ("placed", "approved")
    }
    text = ", ".join(sorted(states))
    if any(each.endswith((" voided", " unpaid")) for each in states):
        raise Differs(text)
    if not any(each.endswith(" authorized") for each in states):
        raise CannotTell(f"no order of one still waits: {text or 'none was seen'}")
    return text


def _attribute(name: str, facts: str, certainty: Certainty, claim: str, *kinds: str) -> Check:
    return _A.seen(
        f"payment-{name.replace('_', '-')}", facts, certainty, f"`{name}` is {claim}", _PAYMENTS, _kinds(name, *kinds)
    )


_STATUSES = ("draft", "pending", "editing", "placing", "placed", "approved", "cancelled")
_PAYMENT_STATUSES = (
    *("unpaid", "authorized", "partially_authorized", "paid", "partially_paid", "voided", "partially_voided"),
    *("refunded", "partially_refunded", "free"),
)
_FULFILLMENT_STATUSES = ("unfulfilled", "in_progress", "fulfilled", "not_required")

CHECKS: tuple[Check, ...] = (
    _D.seen("resource-members", "F3.3", "documented", "a resource has id, type, links, attributes, relationships and meta, in this order", _PAYMENTS, every(_members, "other members, or another order")),
    _D.seen("resource-id", "F1.5", "documented", "an id is ten letters", _PAYMENTS, every(lambda each: _like("[A-Za-z]{10}", each.get("id")), "another form"), "spec/klarna_payments.yaml, sandbox/api/state.py"),
    _D.seen("resource-self-link", "F3.3", "documented", "`links.self` is the complete address", _PAYMENTS, every(_self_link, "another address")),
    _D.seen("resource-mode", "F3.3 F1.1", "documented", "`meta.mode` is `test` or `live`", _PAYMENTS, every(lambda each: _meta(each).get("mode") in ("test", "live"), "another mode")),
    _D.seen("resource-organization", "F3.3", "documented", "`meta.organization_id` is there", _PAYMENTS, every(lambda each: kind(_meta(each).get("organization_id")) == "string", "it is not there")),
    _D.seen("resource-trace", "F3.3 F17.13 F19.2", "documented", "`meta.trace_id` is 64 hex digits", _PAYMENTS, every(lambda each: _like("[0-9a-f]{64}", _meta(each).get("trace_id")), "another form, or not there")),
    _D.seen("resource-one-trace", "F19.2", "documented", "all resources of an answer have the same trace", _PAYMENTS, _one_trace),
    _D.seen("resource-relationship-links", "F3.3", "documented", "a relationship has the links `self` and `related`", _PAYMENTS, every(_relationship_links, "other links")),
    _D.seen("list-members", "F3.5", "documented", "a list has `data`, `meta` and `links`", _PAYMENTS, _list_members),
    _D.many("single-members", "F3.3", "documented", "a document of one resource has no `meta` and no `links`", "GET klarna_payments/{payment}", 1, _single),
    _D.seen("included-members", "F3.6", "documented", "what is included is a plain resource", _PAYMENTS, _included),
    _A.seen("payment-attributes", "F3.1", "documented", "a payment has exactly the attributes of the contract", _PAYMENTS, _names(_attributes, {*KlarnaPaymentAttributes.__annotations__})),
    _A.seen("payment-relationships", "F3.2", "documented", "a payment has the relationships `order`, `payment_gateway` and `event_stores`", _PAYMENTS, _names(_relationships, {"order", "payment_gateway", "event_stores"})),
    _A.seen("payment-old-attributes", "F3.1 F14", "documented", "attributes of old are gone", _PAYMENTS, _gone("intent_amount_cents", "payment_request_data", "payment_response")),
    _attribute("session_id", "F3.1", "documented", "a text or null", "string", "null"),
    _attribute("client_token", "F3.1", "documented", "a text or null", "string", "null"),
    _attribute("payment_methods", "F3.1 F17.9", "documented", "a list, never null", "array"),
    _attribute("auth_token", "F3.1", "documented", "a text or null", "string", "null"),
    _attribute("mismatched_amounts", "F3.1", "documented", "true, false or null", "boolean", "null"),
    _attribute("payment_instrument", "F3.1", "documented", "an object or null", "object", "null"),
    _attribute("reference", "F3.1", "documented", "a text or null", "string", "null"),
    _attribute("reference_origin", "F3.1", "documented", "a text or null", "string", "null"),
    _attribute("metadata", "F3.1", "documented", "an object or null", "object", "null"),
    _A.seen("payment-instrument-before", "F3.4 F17.9", "unknown", "before the authorization `payment_instrument` is an empty object", _PAYMENTS, every(lambda each: _attributes(each).get("payment_instrument") == {}, "it is null, or filled", among=_without_token), "sandbox/api/payment_sources.py"),
    _A.seen("payment-methods-shape", "F3.1", "inferred", "a payment method has `identifier`, `name` and `asset_urls`", _PAYMENTS, every(_method_shape, "another shape"), "sandbox/api/payment_sources.py, sandbox/doors/pages/klarna.js"),
    _A.seen("payment-session-uuid", "F3.1", "inferred", "`session_id` is a UUID", _PAYMENTS, every(lambda each: _like("[0-9a-f-]{36}", _attributes(each).get("session_id")), "another form")),
    _A.seen("payment-moments", "F1.4", "documented", "moments are in UTC with milliseconds and `Z`", _PAYMENTS, every(lambda each: all(_like(_TIME, _attributes(each).get(name)) for name in _MOMENTS), "another form"), "sandbox/api/state.py"),
    _O.seen("order-attributes", "F7.2 L1.5", "documented", "an order has the attributes of the contract", _PLACED, every(lambda each: _attributes(each).keys() >= {*OrderAttributes.__annotations__}, "one is missing")),
    _O.seen("order-status", "F7.2 L2", "documented", "`status` is one of the seven", _PLACED, _values("status", *_STATUSES)),
    _O.seen("order-payment-status", "F7.2 L2", "documented", "`payment_status` is one of the ten", _PLACED, _values("payment_status", *_PAYMENT_STATUSES)),
    _O.seen("order-fulfillment-status", "F7.2 L2", "documented", "`fulfillment_status` is one of the four", _PLACED, _values("fulfillment_status", *_FULFILLMENT_STATUSES)),
    _O.seen("order-number", "F7.2", "documented", "`number` is a text or, of old, a whole number", _PLACED, _kinds("number", "string", "integer")),
    _O.seen("order-tax-rate", "F7.2", "documented", "`tax_rate` is a text or null", _PLACED, _kinds("tax_rate", "string", "null")),
    _O.seen("order-money", "F7.2 L1.5", "documented", "an amount is a triple of cents, number and text", _PLACED, every(_triple, "another triple")),
    _O.seen("order-token", "F19.5", "documented", "`token` is a text, of orders that wait too", _PENDING, every(lambda each: kind(_attributes(each).get("token")) == "string", "it is null")),
    _O.seen("order-details-before", "F19.4 L1.5", "documented", "before the payment `payment_source_details` is an empty object or null", _PENDING, every(lambda each: not _details(each), "it is filled", among=lambda each: _attributes(each).get("payment_status") == "unpaid")),
    _O.seen("order-source-type", "F7.2 L1.4", "documented", "the payment source of an order that is paid with Klarna is of type `klarna_payments`", _PLACED, every(_with_klarna, "another type", among=lambda each: "klarna_id" in _details(each)), "resources.py, sandbox/api/schema.py"),
    _O.seen("order-details-type", "L1.5", "documented", "`payment_source_details.type` of a placed order is `klarna_payments`", _PLACED, every(lambda each: _details(each).get("type") == "klarna_payments", "another type", among=_detailed), "sandbox/api/payment_sources.py"),
    _O.seen("order-details-shape", "F19.4 L1.5", "documented", "it has Klarna's order id twice, the fraud status and the method", _PLACED, every(_details_shape, "another shape", among=_detailed), "sandbox/api/payment_sources.py"),
    _O.seen("order-fraud-status", "L11.4 L3.4", "unknown", "an order that Klarna has not accepted is unpaid", _PLACED, _fraud, "sandbox/api/payment_sources.py"),
    _O.seen("order-paid-before-placed", "F19.6 L2.3", "documented", "`payment_updated_at` lies shortly before `placed_at`", _PLACED, every(_paid_before_placed, "more than a second, or behind it", among=_only_placed), "sandbox/api/order_life.py"),
    _O.seen("order-not-editable", "L2.3", "documented", "a placed order is not editable", _PLACED, every(lambda each: _attributes(each).get("editable") is False, "it is editable", among=_only_placed), "sandbox/api/order_life.py"),
    _O.many("order-expired-at-klarna", "L11.9 L3.4", "inferred", "an order whose authorization ended at Klarna stays authorized", "reads the latest orders and authorizations (once for all checks)", 0, _expiring, "sandbox/api/payment_sources.py"),
)  # fmt: skip
