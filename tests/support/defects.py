"""A defect for each check: what breaks just the fact that it is about.

A check that expects a refusal and has no row here is broken by a success, any other one by a refusal.
"""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from attrs import evolve

from commercelayer_klarna.sandbox.api.messages import Answer
from support.breaking import MEDIA_TYPE, Defect, at, every, headers, last, listed, only, own, status

__all__ = ["DEFECTS"]

Document = dict[str, Any]
Edit = Callable[[Document], object]


def put(name: str, value: Any) -> Edit:
    """Put a value into an attribute."""
    return lambda resource: resource["attributes"].update({name: value})


def drop(*names: str) -> Edit:
    """Leave attributes out."""
    return lambda resource: [resource["attributes"].pop(name, None) for name in names]


def member(name: str, value: Any) -> Edit:
    """Put a value into a member."""
    return lambda resource: resource.update({name: value})


def without(*names: str) -> Edit:
    """Leave members of a document or a resource out."""
    return lambda resource: [resource.pop(name, None) for name in names]


def meta(name: str, value: Any) -> Edit:
    return lambda document: document["meta"].update({name: value})


def links(change: Callable[[Document], object]) -> Edit:
    return lambda document: change(document["links"])


def linked(name: str, **changes: Any) -> Edit:
    """Change the linkage of a relationship."""
    return lambda resource: resource["relationships"][name].get("data", {}).update(changes)


def details(**changes: Any) -> Edit:
    """Change what orders say of their payment source, where they do."""

    def edit(resource: Document) -> None:
        found = resource["attributes"]["payment_source_details"]
        if found:
            found.update(changes)

    return edit


def included(edit: Edit, type_: str) -> Edit:
    """Edit what is included of a type."""
    return lambda document: [edit(each) for each in document["included"] if each["type"] == type_]


def count(value: int) -> Defect:
    """Answer as if so many were found."""
    return own(meta("record_count", value))


def bodiless(document: Any) -> Defect:
    return own(lambda old: (old.clear(), old.update(document)))


def sized(size: int) -> Defect:
    """Answer with pages of another size."""
    return own(links(lambda found: found.update(first=str(found["first"]).replace("size%5D=", f"size%5D={size}"))))


def charset(right: Answer) -> Answer:
    others = [each for each in right.headers if each[0].lower() != "content-type"]
    return Answer(right.status, [*others, ("Content-Type", f"{MEDIA_TYPE}; charset=utf-8")], right.body)


def unlimited(right: Answer) -> Answer:
    return Answer(
        right.status, [each for each in right.headers if not each[0].startswith("X-Ratelimit-Limit")], right.body
    )


def other_limit(right: Answer) -> Answer:
    others = [each for each in right.headers if each[0] != "X-Ratelimit-Limit"]
    return Answer(right.status, [*others, ("X-Ratelimit-Limit", "77")], right.body)


def first_error(**changes: Any) -> Defect:
    """Change the first error."""
    return own(lambda document: document["errors"][0].update(changes))


def reordered(resource: Document) -> None:
    resource["id"] = resource.pop("id")


def sourceless(id_: str = "") -> Defect:
    """Answer as if the order had no payment source, or another one."""

    def edit(document: Document) -> None:
        found = document["data"].get("relationships", {}).get("payment_source")
        if found is not None:
            found["data"] = {"type": "klarna_payments", "id": id_} if id_ else None

    return own(edit)


def one_more() -> Callable[[Answer], Answer]:
    """List one authorization more each time."""
    times: list[None] = []

    def answer(right: Answer) -> Answer:
        document = json.loads(right.body)
        if isinstance(document.get("data"), list):
            times.append(None)
            document["data"] += [document["data"][0]] * len(times)
        return Answer(right.status, right.headers, json.dumps(document).encode())

    return answer


IGNORED = Defect(lambda right: right, carried_out=False)
"""A write is answered by what was there before, and not carried out."""

_QUERY_ORDER = lambda document: document["links"].update(first=document["links"]["first"].replace("%5B", "["))  # noqa: E731
_OTHER_TIME = "2026-01-01T00:00:00+02:00"

DEFECTS: dict[str, Defect] = {
    # ---- Tokens
    "token-keys": at("jwks", own(lambda document: document["keys"][0].update(kid="another"))),
    "token-unknown-client": first_error(title="invalid_grant"),
    "token-error-status": first_error(status="401"),
    "token-form": first_error(title="invalid_request"),
    "token-revoke-refused": first_error(code="UNAUTHORIZED"),
    # ---- HTTP
    "content-type": headers(lambda found: found.update({"Content-Type": "application/json"})),
    "content-type-of-errors": headers(lambda found: found.update({"Content-Type": "application/json"})),
    "charset": Defect(charset),
    "request-id": headers(lambda found: found.update({"X-Request-Id": "1"})),
    "etag": headers(lambda found: found.update({"ETag": 'W/"1"'})),
    "no-reset": headers(lambda found: found.update({"X-Ratelimit-Reset": "1"})),
    "error-status": first_error(status=404),
    "error-members": own(lambda document: document["errors"][0].pop("title")),
    "related-order": own(lambda document: document["data"].update(type="payments")),
    "related-gateway": bodiless({"data": None}),
    "version-in-links": own(links(lambda found: found.update(first=found["first"].replace("/2017-08", "")))),
    "version-of-today": bodiless({}),
    # ---- Documents
    "resource-members": last(reordered),
    "resource-id": last(member("id", "12"), "resource-self-link"),
    "resource-self-link": last(lambda each: each["links"].update(self="/api/klarna_payments"), "resource-relationship-links"),
    "resource-mode": last(meta("mode", "demo")),
    "resource-organization": last(meta("organization_id", None)),
    "resource-trace": last(meta("trace_id", "abc"), "resource-one-trace"),
    "resource-one-trace": last(meta("trace_id", "0" * 64)),
    "resource-relationship-links": last(lambda each: each["relationships"]["order"]["links"].pop("related")),
    "list-members": own(without("links")),
    "single-members": own(member("meta", {})),
    "included-members": own(lambda document: document["included"][0].pop("attributes")),
    "payment-attributes": every(put("one_more", 1)),
    "payment-relationships": every(lambda each: each["relationships"].update(versions={"links": each["relationships"]["order"]["links"]})),
    "payment-old-attributes": last(put("intent_amount_cents", 100)),
    "payment-session-id": last(put("session_id", 7), "payment-session-uuid"),
    "payment-client-token": last(put("client_token", 7)),
    "payment-payment-methods": last(put("payment_methods", None)),
    "payment-auth-token": last(put("auth_token", 7)),
    "payment-mismatched-amounts": last(put("mismatched_amounts", "no")),
    "payment-payment-instrument": last(put("payment_instrument", "klarna")),
    "payment-reference": last(put("reference", 7)),
    "payment-reference-origin": last(put("reference_origin", 7)),
    "payment-metadata": last(put("metadata", [])),
    "payment-instrument-before": every(lambda each: put("payment_instrument", None)(each) if each["attributes"]["auth_token"] is None else None),
    "payment-methods-shape": last(put("payment_methods", [{"id": "pay_later"}])),
    "payment-session-uuid": last(put("session_id", "session 1")),
    "payment-moments": last(put("updated_at", _OTHER_TIME)),
    "order-attributes": last(drop("cart_url")),
    "order-status": last(put("status", "shipped")),
    "order-payment-status": last(put("payment_status", "disputed")),
    "order-fulfillment-status": last(put("fulfillment_status", "lost")),
    "order-number": last(put("number", None)),
    "order-tax-rate": last(put("tax_rate", 0.22)),
    "order-money": last(put("total_amount_cents", "3500")),
    "order-token": last(put("token", None)),
    "order-details-before": every(put("payment_source_details", {"type": "klarna_payments"})),
    "order-source-type": every(linked("payment_source", type="payment_sources"), "order-details-type", "order-details-shape", "order-paid-before-placed", "order-not-editable"),
    "order-details-type": every(details(type="klarna_payment")),
    "order-details-shape": every(details(payment_method_details={})),
    "order-paid-before-placed": every(put("payment_updated_at", "2030-01-01T00:00:00.000Z")),
    "order-not-editable": every(put("editable", True)),
    "order-expired-at-klarna": at("sort=-placed_at", every(put("payment_status", "voided"))),
    # ---- Query
    "include": own(without("included")),
    "include-links-only-that": own(lambda document: document["data"]["relationships"]["payment_gateway"].update(data=None)),
    "include-nested": own(lambda document: document.update(included=[each for each in document["included"] if each["type"] == "orders"])),
    "include-of-a-list": own(without("included")),
    "include-deep": own(without("included")),
    "gateway-type": own(lambda document: linked("payment_gateway", type="klarna_gateways")(document["data"])),
    "gateway-by-either-type": own(lambda document: document["data"].update(id="another")),
    "fields": only(lambda found: found.update(metadata={})),
    "fields-without-relationships": own(lambda document: document["data"].update(relationships={})),
    "fields-must-name-the-included": own(member("included", [{"type": "orders", "id": "x"}])),
    "fields-of-the-included": own(included(put("status", "placed"), "orders")),
    "fields-id": own(lambda document: document["data"].pop("attributes")),
    "sort": listed(list.reverse),
    "sort-default": listed(list.reverse),
    "sort-by-id": at("sort=id", listed(lambda found: found.sort(key=lambda each: str(each["id"])))),
    "sort-nulls": listed(list.reverse),
    "page-default": sized(20),
    "page-maximum": sized(1),
    "page-counts": own(meta("page_count", "1")),
    "page-count-of-nothing": own(meta("page_count", 1)),
    "page-past-the-end": at("=900000", count(0)),
    "page-links": own(links(lambda found: found.update(prev=found["first"]))),
    "page-last-links": own(links(lambda found: found.update(next=found["first"]))),
    "page-links-encoded": own(_QUERY_ORDER),
    # ---- Filters
    **dict.fromkeys(("filter-eq", "filter-in", "filter-plain-ids", "filter-many-values"), count(12)),
    **dict.fromkeys(("filter-and", "filter-or", "filter-through-two", "filter-dates", "filter-dates-before", "filter-id-greater", "filter-jcont"), count(12)),
    **dict.fromkeys(("filter-boolean", "filter-mismatched", "filter-plain", "filter-empty-object", "filter-case", "filter-case-matches"), count(12)),
    "filter-related": at("order_number_eq", count(12)),
    "filter-null": count(3),
    "filter-not-eq": at("reference_not_eq", count(3)),
    "filter-matches": at("matches", count(0)),
    "filter-present": every(put("reference", None)),
    "filter-eq-or-null": every(put("reference", "another")),
    # ---- Event stores
    "events-no-counts": own(meta("record_count", 2)),
    "events-page": own(links(lambda found: found.update(next="https://x.example/?page[number]=2"))),
    "events-cursor": own(links(lambda found: found.update(next=found["next"].replace("after%5D=", "after%5D=MTc5NTAwMDAwMDAwMC0w")))),
    "events-links": own(links(lambda found: found.update(first="https://x.example"))),
    "events-default": listed(lambda found: found.append(found[0])),
    "events-attributes": last(drop("resource_id")),
    "events-id": last(member("id", "kPmNtAbCdE")),
    "events-no-self-link": last(member("links", {"self": "https://x.example"})),
    "events-no-relationships": last(member("relationships", {})),
    "events-payload": last(put("payload", {"reference": ["old", "new"]})),
    "events-references": last(put("reference", None)),
    "events-moments": last(put("created_at", "2026-01-01")),
    "events-resource-type": last(put("resource_type", "klarna_payment")),
    "events-event": last(put("event", "changed")),
    "events-who": last(put("who", {})),
    "event": own(lambda document: document["data"].update(id="another")),
    "events-order": listed(list.reverse),
    "events-sort": listed(list.reverse),
    "events-of-gateways": every(put("resource_type", "klarna_gateways")),
    # ---- Gateways
    "gateway-attributes": last(drop("force_payments")),
    "gateway-credential-keys": last(put("credential_keys", {"api_key": "BW989"})),
    "gateway-secrets": last(put("api_secret", "x")),
    "gateway-methods": own(included(put("payment_source_type", "adyen_payments"), "payment_methods")),
    "gateway-payments": every(member("type", "adyen_payments")),
    "gateway-retrieve": own(lambda document: document["data"].update(type="payment_gateways")),
    "gateways-generic": own(member("meta", {})),
    "gateway-payment-methods": every(member("type", "methods")),
    "gateway-sort": own(member("meta", {})),
    # ---- Transactions
    **dict.fromkeys(("authorization-attributes", "capture-attributes", "void-attributes", "refund-attributes"), last(drop("error_detail"))),
    "transaction-number": last(put("number", "1")),
    "transaction-one-reference": last(put("gateway_transaction_id", "another")),
    "transaction-klarna-reference": every(put("token", "another"), "transaction-one-reference"),
    "transaction-message": every(put("message", None)),
    "transaction-card-checks": last(put("cvv_code", "M")),
    "authorization-void-balance": every(put("void_balance_cents", 0)),
    "capture-balances": last(put("refund_balance_cents", 1)),
    "authorization-failed": every(lambda each: None if each["attributes"]["succeeded"] else put("error_code", None)(each)),
    "authorization-failed-order": own(included(put("status", "cancelled"), "orders")),
    "void-leaves": own(included(put("payment_status", "authorized"), "orders")),
    "partially-paid": every(lambda each: each["relationships"]["captures"].update(data=[])),
    "partially-refunded": every(lambda each: each["relationships"]["refunds"].update(data=[])),
    "transactions-by-order": every(linked("order", id="another")),
    "transactions-sort": own(member("meta", {})),
    "transactions-related": every(member("type", "transactions")),
    "capture-reference": last(linked("reference_authorization", type="transactions")),
    "refund-reference": last(linked("reference_capture", type="transactions")),
    "order-payment-source-link": own(lambda document: document["data"].update(type="payment_sources")),
    # ---- Writing
    "create": status(200, carried_out=True),
    "create-session": evolve(only(lambda found: found.update(session_id=None)), of="create"),
    "create-no-token": evolve(only(lambda found: found.update(auth_token="x")), of="create"),
    "create-instrument": evolve(only(lambda found: found.update(payment_instrument=None)), of="create"),
    "create-location": evolve(headers(lambda found: found.pop("Location", None)), of="create"),
    "create-becomes-source": sourceless(),
    "create-without-method": at("klarna_payments", status(200)),
    "create-again": at("orders/", sourceless("first")),
    "update-part": only(lambda found: found.update(metadata={})),
    "update-metadata": only(lambda found: found["metadata"].update(other="x")),
    "update-metadata-null": only(lambda found: found.update(metadata={})),
    "update-metadata-large": only(lambda found: found.update(metadata={})),
    "update-metadata-deep": only(lambda found: found.update(metadata={})),
    "update-include": own(lambda document: document["data"]["relationships"]["order"].pop("data")),
    "refresh": IGNORED,
    "refresh-as-text": IGNORED,
    "refresh-false": only(lambda found: found.update(session_id="another")),
    "refresh-keeps-token": only(lambda found: found.update(auth_token=None)),
    "refresh-not-told": only(lambda found: found.update(_update=None)),
    "token-null": IGNORED,
    "events-of-writes": listed(list.clear),
    "nullify": at("orders/", sourceless("another")),
    "refresh-of-order": at("orders/", sourceless("another")),
    "source-null": IGNORED,
    "source-set": IGNORED,
    "delete": status(200),
    "deleted-is-gone": status(200),
    "delete-leaves-no-source": sourceless("another"),
    # ---- Steps
    **dict.fromkeys(("place", "approve", "edit", "edit-end", "place-second", "cancel", "authorize", "place-authorized"), IGNORED),
    **dict.fromkeys(("place-again", "approve-again", "cancel-again"), Defect(one_more())),
    "place-details": only(lambda found: found.update(payment_source_details={})),
    "place-instrument": own(included(put("payment_instrument", {}), "klarna_payments")),
    "place-authorization": own(included(put("succeeded", False), "authorizations")),
    "capture-part-statuses": only(lambda found: found.update(payment_status="paid")),
    "capture-part-balance": only(lambda found: found.update(void_balance_cents=0)),
    "capture-rest": at("orders/", only(lambda found: found.update(fulfillment_status="unfulfilled"))),
    "forward": only(lambda found: found.update(succeeded=False)),
    "refund-part": at("orders/", own(lambda document: [each["attributes"].update(payment_status="paid") for each in [document["data"]] if isinstance(document["data"], dict)])),
    "refund-all": only(lambda found: found.update(status="approved")),
    "transactions-of-klarna": every(put("token", None)),
    "cancel-voids": own(lambda document: document["data"]["relationships"]["voids"].update(data=[])),
    "void": at("orders/", own(lambda document: [each["attributes"].update(status="cancelled") for each in [document["data"]] if isinstance(document["data"], dict)])),
    # ---- Limits
    "limits-told": Defect(unlimited, everywhere=True, also=("limits-of-a-minute",)),
    "limits-of-a-minute": Defect(other_limit, everywhere=True),
}  # fmt: skip
