"""What ``scripts/upstream-drift`` tells of their document when it changes, one change at a time.

Each change is made in both shapes that the document has had: references of OpenAPI 3.0, and everything inline in 3.1.
Reading documents, and how what was found is told, is left to ``test_upstream_drift.py``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from contract import openapi, upstream
from support.published import (
    ATTRIBUTES,
    CREATE,
    GONE,
    MANY,
    MEDIA,
    ONE,
    ORDER_ATTRIBUTES,
    ORDER_RELATIONSHIPS,
    RELATIONSHIPS,
    TEXT,
    UPDATE,
    Schema,
    changed,
    linkage,
    published,
    without_references,
)

# What is put where in their document, and the differences that follow.
MUTATIONS: dict[str, tuple[str, Any, list[tuple[str, str, str]]]] = {
    "an attribute is new": (
        f"{ATTRIBUTES}/risk",
        TEXT,
        [("klarna_payments.attributes.risk", "absent", "present")],
    ),
    "an attribute is gone": (
        f"{ATTRIBUTES}/session_id",
        GONE,
        [("klarna_payments.attributes.session_id", "present", "absent")],
    ),
    "a type changed": (
        f"{ATTRIBUTES}/session_id/type",
        "integer",
        [("klarna_payments.attributes.session_id.type", "string", "integer")],
    ),
    "a type of items changed": (
        f"{ATTRIBUTES}/payment_methods/items/type",
        "string",
        [("klarna_payments.attributes.payment_methods.type", "array of any", "array of string")],
    ),
    "null is allowed": (
        f"{ATTRIBUTES}/payment_methods/nullable",
        True,
        [("klarna_payments.attributes.payment_methods.null", "refused", "allowed")],
    ),
    "null is allowed by a branch": (
        f"{ATTRIBUTES}/created_at",
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        [("klarna_payments.attributes.created_at.null", "refused", "allowed")],
    ),
    "anything is allowed by a branch": (
        f"{ATTRIBUTES}/session_id",
        {"anyOf": [{"type": "string"}, {}]},
        [("klarna_payments.attributes.session_id.type", "string", "any")],
    ),
    "null is refused": (
        f"{ATTRIBUTES}/auth_token/nullable",
        False,
        [("klarna_payments.attributes.auth_token.null", "allowed", "refused")],
    ),
    "another format": (
        f"{ATTRIBUTES}/created_at/format",
        "date",
        [("klarna_payments.attributes.created_at.format", "date-time", "date")],
    ),
    "an operation is new": (
        "paths/~1klarna_payments~1{klarnaPaymentId}~1versions",
        {"get": {"responses": {}}},
        [("operations.GET /klarna_payments/{}/versions", "absent", "present")],
    ),
    "an operation is gone": (
        f"{ONE}/delete",
        GONE,
        [("operations.DELETE /klarna_payments/{}", "present", "absent")],
    ),
    "another status": (
        "paths/~1klarna_payments/post/responses",
        {"202": {"content": {MEDIA: {"schema": {"$ref": "#/components/schemas/klarnaPaymentResponse"}}}}},
        [("operations.POST /klarna_payments.status", "201", "202")],
    ),
    "another answer": (
        f"{ONE}/delete/responses/204/content",
        {MEDIA: {"schema": {"$ref": "#/components/schemas/klarnaPaymentResponse"}}},
        [("operations.DELETE /klarna_payments/{}.answer", "nothing", "one")],
    ),
    "a body need not be sent": (
        "paths/~1klarna_payments/post/requestBody/required",
        False,
        [("operations.POST /klarna_payments.body", "required", "optional")],
    ),
    "a query parameter is new": (
        f"{ONE}/parameters",
        [{"name": "as[of]", "in": "query"}],
        [
            (f"operations.{method} /klarna_payments/{{}}.query.as[of]", "absent", "present")
            for method in ("DELETE", "GET", "PATCH")  # named at the path, it is a parameter of all its operations
        ],
    ),
    "a relationship is new": (
        f"{RELATIONSHIPS}/customer",
        linkage("customers"),
        [("klarna_payments.relationships.customer", "absent", "present")],
    ),
    "a relationship is gone": (
        f"{RELATIONSHIPS}/order",
        GONE,
        [("klarna_payments.relationships.order", "present", "absent")],
    ),
    "a relationship is to many": (
        f"{RELATIONSHIPS}/order/properties/data",
        {"type": "array", "items": linkage("order")["properties"]["data"]},
        [("klarna_payments.relationships.order.kind", "one", "many")],
    ),
    "another type of linkage": (
        f"{RELATIONSHIPS}/payment_gateway/properties/data/properties/type/enum",
        ["klarna_gateways"],
        [("klarna_payments.relationships.payment_gateway.linkage", "any", "klarna_gateways")],
    ),
    "more may be created": (
        f"{CREATE}/attributes/properties/country",
        {"type": "string"},
        [("klarna_payments.create.attributes.country", "absent", "present")],
    ),
    "less may be created": (
        f"{CREATE}/attributes/properties/reference",
        GONE,
        [("klarna_payments.create.attributes.reference", "present", "absent")],
    ),
    "more must be created": (
        f"{CREATE}/attributes/required",
        ["reference"],
        [("klarna_payments.create.attributes.reference.required", "optional", "required")],
    ),
    "the order need not be named": (
        f"{CREATE}/relationships/required",
        [],
        [("klarna_payments.create.relationships.order.required", "required", "optional")],
    ),
    "the order must be of another type": (
        f"{CREATE}/relationships/properties/order/properties/data/properties/type/enum",
        ["carts"],
        [("klarna_payments.create.relationships.order.linkage", "orders", "carts")],
    ),
    "an id is sent with a creation": (
        "components/schemas/klarnaPaymentCreate/properties/data/required",
        ["type", "attributes", "id"],
        [("klarna_payments.create.id", "optional", "required")],
    ),
    "less may be updated": (
        f"{UPDATE}/attributes/properties/_update",
        GONE,
        [("klarna_payments.update.attributes._update", "present", "absent")],
    ),
    "null may not be sent": (
        f"{UPDATE}/attributes/properties/auth_token/nullable",
        False,
        [("klarna_payments.update.attributes.auth_token.null", "allowed", "refused")],
    ),
    "a neighbour lost an attribute": (
        f"{ORDER_ATTRIBUTES}/number",
        GONE,
        [("orders.attributes.number", "present", "absent")],
    ),
    "a neighbour's type changed": (
        f"{ORDER_ATTRIBUTES}/total_amount_cents/type",
        "string",
        [("orders.attributes.total_amount_cents.type", "integer", "string")],
    ),
    "a neighbour lost a relationship": (
        f"{ORDER_RELATIONSHIPS}/market",
        GONE,
        [("orders.relationships.market", "present", "absent")],
    ),
    "a neighbour is gone": ("paths/~1event_stores~1{eventStoreId}", GONE, [("event_stores", "present", "absent")]),
    # What is sent, and how.
    "another media type is sent": (
        f"{MANY}/post/requestBody/content",
        {"application/json": {"schema": {"$ref": "#/components/schemas/klarnaPaymentCreate"}}},
        [("operations.POST /klarna_payments.media.sent", "application/vnd.api+json", "application/json")],
    ),
    "a second media type is taken": (
        f"{MANY}/post/requestBody/content/application~1json",
        {"schema": {"$ref": "#/components/schemas/klarnaPaymentCreate"}},
        [
            (
                "operations.POST /klarna_payments.media.sent",
                "application/vnd.api+json",
                "application/json or application/vnd.api+json",
            )
        ],
    ),
    "another media type is answered": (
        f"{MANY}/get/responses/200/content",
        {"application/json": {"schema": {"$ref": "#/components/schemas/klarnaPaymentResponseList"}}},
        [("operations.GET /klarna_payments.media.answered", "application/vnd.api+json", "application/json")],
    ),
    "a header must be sent": (
        f"{MANY}/post/parameters",
        [{"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}}],
        [("operations.POST /klarna_payments.header.Idempotency-Key", "absent", "required")],
    ),
    "a header may be sent": (
        f"{MANY}/post/parameters",
        [{"name": "Idempotency-Key", "in": "header"}],
        [("operations.POST /klarna_payments.header.Idempotency-Key", "absent", "present")],
    ),
    "a query parameter must be sent": (
        f"{MANY}/get/parameters",
        [{"name": "page[size]", "in": "query", "required": True}],
        [("operations.GET /klarna_payments.query.page[size]", "present", "required")],
    ),
    # Names of types.
    "the type of an answer": (
        "components/schemas/klarnaPaymentResponse/properties/data/properties/type/enum",
        ["klarna"],
        [("klarna_payments.named", "klarna_payments", "klarna")],
    ),
    "the type of a neighbour": (
        "components/schemas/orderResponse/properties/data/properties/type/enum",
        ["carts", "orders"],
        [("orders.named", "orders", "carts or orders")],
    ),
    "the type of a create": (
        f"{CREATE}/type/enum",
        ["klarna"],
        [("klarna_payments.create.named", "klarna_payments", "klarna")],
    ),
    "the type of an update": (
        f"{UPDATE}/type/enum",
        ["klarna"],
        [("klarna_payments.update.named", "klarna_payments", "klarna")],
    ),
    # What will go.
    "an operation is deprecated": (
        f"{MANY}/post/deprecated",
        True,
        [("operations.POST /klarna_payments.deprecated", "absent", "present")],
    ),
    "an operation of a neighbour is deprecated": (
        "paths/~1orders~1{orderId}/patch/deprecated",
        True,
        [("operations.PATCH /orders/{}.deprecated", "absent", "present")],
    ),
    "an attribute is deprecated": (
        f"{ATTRIBUTES}/mismatched_amounts/deprecated",
        True,
        [("klarna_payments.attributes.mismatched_amounts.deprecated", "absent", "present")],
    ),
    "an attribute of a neighbour is deprecated": (
        f"{ORDER_ATTRIBUTES}/payment_source_details/deprecated",
        True,
        [("orders.attributes.payment_source_details.deprecated", "absent", "present")],
    ),
    "a trigger is deprecated": (
        f"{UPDATE}/attributes/properties/_update/deprecated",
        True,
        [("klarna_payments.update.attributes._update.deprecated", "absent", "present")],
    ),
    "an attribute is no longer answered": (
        f"{ATTRIBUTES}/client_token/writeOnly",
        True,
        [("klarna_payments.attributes.client_token.writeOnly", "absent", "present")],
    ),
    "an attribute can no longer be changed": (
        f"{UPDATE}/attributes/properties/auth_token/readOnly",
        True,
        [("klarna_payments.update.attributes.auth_token.readOnly", "absent", "present")],
    ),
    # Statuses and errors.
    "a second status of success": (
        f"{MANY}/post/responses/202",
        {"description": "It will be created."},
        [("operations.POST /klarna_payments.status", "201", "201 or 202")],
    ),
    "an error is described": (
        f"{MANY}/post/responses/422",
        {"description": "It cannot be created."},
        [("operations.POST /klarna_payments.errors", "4XX or 5XX", "422")],
    ),
    "a redirect is described": (
        f"{ONE}/get/responses/303",
        {"description": "It is elsewhere."},
        [("operations.GET /klarna_payments/{}.errors", "4XX or 5XX", "303")],
    ),
    "the counts of a list are described, and have other names": (
        "components/schemas/klarnaPaymentResponseList/properties/meta",
        {"type": "object", "properties": {"total": {"type": "integer"}}},
        [("operations.GET /klarna_payments.answer.meta", "page_count and record_count", "total")],
    ),
    "the counts of a list are described as they are": (
        "components/schemas/klarnaPaymentResponseList/properties/meta",
        {"type": "object", "properties": {"record_count": {"type": "integer"}, "page_count": {"type": "integer"}}},
        [],
    ),
    # Where the API is, and how one gets in.
    "another path of the server": (
        "servers/0/url",
        "https://{your_organization_slug}.commercelayer.io/api/v2",
        [("api.path", "/api", "/api/v2")],
    ),
    "a dated version": (
        "servers/0/url",
        "https://{your_organization_slug}.commercelayer.io/api/2026-05",
        [("api.version", "absent", "2026-05")],
    ),
    "another way in": (
        "components/securitySchemes/bearerAuth",
        {"type": "apiKey", "in": "header", "name": "X-Key"},
        [("api.security", "http bearer", "apiKey")],
    ),
    "a second way in": (
        "security",
        [{"bearerAuth": []}, {}],
        [("api.security", "http bearer", "http bearer or nothing")],
    ),
    "no way in": ("security", GONE, [("api.security", "http bearer", "none")]),
    "an operation that needs no token": (
        f"{ONE}/get/security",
        [],
        [("operations.GET /klarna_payments/{}.security", "absent", "none")],
    ),
    # What is no difference.
    "another version of the document": ("info", {"title": "Commerce Layer API", "version": "8.0.0"}, []),
    "a server for reading": ("servers/1/url", "https://docs.commercelayer.io/api", []),
    "words": (f"{ATTRIBUTES}/session_id/description", "The identifier of the session.", []),
    "an example": (f"{ATTRIBUTES}/session_id/example", "xxxx-yyyy-zzzz", []),
    "another operation id": (f"{MANY}/post/operationId", "createKlarnaPayment", []),
    "another tag": (f"{MANY}/post/tags", ["payments"], []),
    "a parameter that the contract has": (f"{MANY}/get/parameters", [{"name": "include", "in": "query"}], []),
    "one branch alone": (f"{ATTRIBUTES}/session_id", {"allOf": [{"type": "string", "nullable": True}]}, []),
    "null as a branch": (f"{ATTRIBUTES}/session_id", {"oneOf": [{"type": "string"}, {"type": "null"}]}, []),
    "an extension": (f"{ATTRIBUTES}/session_id/x-order", 1, []),
    "an extension among the paths": ("paths/x-more", {"get": {"responses": {}}}, []),
    "an extension among the answers": (f"{MANY}/post/responses/x-more", {}, []),
    "a neighbour's attribute is new": (f"{ORDER_ATTRIBUTES}/novelty", {**TEXT, "deprecated": True}, []),
    "a neighbour's relationship is new": (f"{ORDER_RELATIONSHIPS}/novelties", linkage("novelties"), []),
    "a neighbour's operation is new": ("paths/~1orders~1{orderId}~1novelties", {"get": {"responses": {}}}, []),
    "a resource beyond the contract is new": ("paths/~1novelties", {"get": {"responses": {}, "deprecated": True}}, []),
}


@cache
def ours() -> tuple[upstream.Scope, upstream.Facts, list[upstream.Accepted]]:
    contract = openapi.load(str(upstream.CONTRACT))
    scope = upstream.scope_of(contract)
    return scope, upstream.facts(contract, scope), upstream.read_accepted(upstream.ACCEPTED)


def drift(document: Schema) -> upstream.Drift:
    scope, facts, accepted = ours()
    return upstream.compare(facts, upstream.facts(openapi.Document(document), scope), accepted, scope)


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_change_is_told(name: str) -> None:
    pointer, value, expected = MUTATIONS[name]
    document = changed(published(), pointer, value)
    for each in (document, without_references(document)):
        found = drift(each)
        assert [tuple(difference) for difference in found.differences] == sorted(expected)
        assert found.lacking == ()


def test_paths_with_a_date_are_those_of_a_version() -> None:
    document = published()
    document["paths"] = {f"/2026-05{path}": item for path, item in document["paths"].items()}
    assert drift(document).differences == [("api.version", "absent", "2026-05")]


def test_of_one_tag_nothing_is_concluded_that_it_lacks() -> None:
    document = published()
    document["paths"] = {path: item for path, item in document["paths"].items() if path.startswith("/klarna_payments")}
    whole, part = drift(published()), drift(document)
    scope = ours()[0]
    assert part.lacking == tuple(sorted((scope.whole | scope.partial) - {"klarna_payments"}))
    assert (part.differences, part.stale) == ([], [])
    assert 0 < len(part.accepted) < len(whole.accepted)
    # What belongs to the tag is missed, and what is there is compared.
    assert drift(changed(document, f"{ONE}/delete", GONE)).differences == [
        ("operations.DELETE /klarna_payments/{}", "present", "absent")
    ]
    changed(document, f"{ATTRIBUTES}/session_id", {"type": "integer"})
    assert [each.at for each in drift(document).differences[:2]] == [
        "klarna_payments.attributes.session_id.null", "klarna_payments.attributes.session_id.type",
    ]  # fmt: skip
