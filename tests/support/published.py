"""Documents of the shape of Commerce Layer's published one, and changes of them, for ``scripts/upstream-drift``."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from contract import openapi
from support.contract import from_yaml

ROOT = Path(__file__).parents[2]
MEDIA = "application/vnd.api+json"
Schema = dict[str, Any]

FACTS: dict[str, Any] = from_yaml(ROOT / "tests" / "contract" / "facts.yaml")
TEXT: Schema = {"type": "string", "nullable": True}
ABOUT: Schema = {
    "openapi": "3.0.1",
    "servers": [{"url": "https://{your_organization_slug}.commercelayer.io/api"}, {"url": "https://elsewhere.test/x"}],
    "security": [{"bearerAuth": []}],
}
ACCESS: Schema = {"securitySchemes": {"bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}}
# Where their document is not what the facts are.
TRANSACTIONS = ("Authorization", "Capture", "Void", "Refund")
THEIRS: dict[str, Schema] = {
    "OrderAttributes": {
        name: {"type": "string", "enum": ["one", "another"], "nullable": False}
        for name in ("status", "payment_status", "fulfillment_status")
    },
    "PaymentGatewayAttributes": {"name": {"type": "string", "nullable": False}},
    "KlarnaGatewayAttributes": {"name": {"type": "string", "nullable": False}},
    **{
        f"{each}Attributes": {
            **{name: {"type": "string"} for name in ("number", "currency_code", "formatted_amount")},
            "amount_cents": {"type": "integer"},
            "amount_float": {"type": "number", "format": "float"},
            "succeeded": {"type": "boolean"},
        }
        for each in TRANSACTIONS
    },
}
# The resources of which the contract has a part.
MORE_OF_THEIRS = {
    "OrderAttributes": {"affiliate_code": TEXT},
    "OrderRelationships": {"store": "one"},
    **{f"{each}Attributes": {"type": {"type": "string", "enum": ["one", "another"]}} for each in TRANSACTIONS},
    "CaptureRelationships": {"return": "one"},
}
# A relationship of theirs that leads to resources of several types.
SOURCES = [
    *("adyen_payments", "axerve_payments", "braintree_payments", "checkout_com_payments", "external_payments"),
    *("klarna_payments", "paypal_payments", "satispay_payments", "stripe_payments", "wire_transfers"),
]


def documented(schema: str) -> Schema:
    """The attributes of a schema as their document has them."""
    found: Schema = {}
    for name, word in FACTS["attributes"].get(schema, {}).items():
        kind = word.removesuffix("?")
        found[name] = {"type": kind, "nullable": word.endswith("?")}
        if kind == "array":
            found[name]["items"] = {"type": "object"}
        elif kind == "number":
            found[name]["format"] = "float"
    return found | THEIRS.get(schema, {}) | MORE_OF_THEIRS.get(schema, {})


def related(schema: str) -> Schema:
    """The relationships of a schema as their document has them."""
    return {name: linkage(name) for name in FACTS["relationships"].get(schema, {}) | MORE_OF_THEIRS.get(schema, {})}


def linkage(*types: str) -> Schema:
    """One object, of one of the types, whatever the relationship is."""
    data = {"type": "object", "properties": {"type": {"type": "string", "enum": types}, "id": {"type": "string"}}}
    return {"type": "object", "properties": {"links": {"type": "object"}, "data": data}}


def answered(type_: str, attributes: Schema, relationships: Schema) -> Schema:
    members = {
        "id": {"type": "string"},
        "type": {"type": "string", "enum": [type_]},
        "attributes": {"type": "object", "properties": attributes},
        "relationships": {"type": "object", "properties": relationships},
    }
    return {"type": "object", "properties": {"data": {"type": "object", "properties": members}}}


def sent(kind: str, name: str, type_: str) -> Schema:
    """What creates or updates a resource."""
    linked: dict[str, str] = FACTS["relationships"].get(f"{name}{kind}Relationships", {})
    relationships: Schema = {
        "type": "object",
        "properties": {
            each: {"required": ["data"], **linkage(*(SOURCES if each == "payment_source" else [to]))}
            for each, to in linked.items()
        },
    }
    if kind == "Create":
        relationships["required"] = list(linked)
    members = {
        "type": {"type": "string", "enum": [type_]},
        "id": {"type": "string"},
        "attributes": {"type": "object", "properties": documented(f"{name}{kind}Attributes")},
        "relationships": relationships,
    }
    required = ["type", "attributes"] if kind == "Create" else ["type", "id", "attributes"]
    data = {"type": "object", "required": required, "properties": members}
    return {"type": "object", "required": ["data"], "properties": {"data": data}}


def operation(status: str, answer: str | None = None, body: str | None = None) -> Schema:
    response: Schema = {"description": "An answer."}
    if answer:
        response["content"] = {MEDIA: {"schema": {"$ref": f"#/components/schemas/{answer}"}}}
    found: Schema = {"tags": ["klarna_payments"], "responses": {status: response}}
    if body:
        schema = {"$ref": f"#/components/schemas/{body}"}
        found["requestBody"] = {"required": True, "content": {MEDIA: {"schema": schema}}}
    return found


def published() -> Schema:
    """Their document with references, of OpenAPI 3.0: the facts in the shape that it has."""
    document: Schema = json.loads(_published())  # no two parts are one object
    return document


@cache
def _published() -> str:
    schemas: Schema = {}
    paths: dict[str, Schema] = {}
    for name, type_ in FACTS["resources"].items():
        own = name[:1].lower() + name[1:]
        schemas[own] = answered(type_, documented(f"{name}Attributes"), related(f"{name}Relationships"))
        # The attributes of an answer stand behind a reference into another schema, as generators write it.
        answer = schemas[f"{own}Response"] = copy.deepcopy(schemas[own])
        inside = f"#/components/schemas/{own}/properties/data/properties/attributes"
        answer["properties"]["data"]["properties"]["attributes"] = {"$ref": inside}
        items = {"$ref": f"#/components/schemas/{own}Response/properties/data"}
        schemas[f"{own}ResponseList"] = {
            "type": "object",
            "properties": {"data": {"type": "array", "items": items}},
        }
        for kind in ("Create", "Update"):
            schemas[f"{own}{kind}"] = sent(kind, name, type_)
        # Each neighbour can be read by itself.
        paths[f"/{type_}/{{{own}Id}}"] = {"get": operation("200", f"{own}Response")}
    for method, path, status, document in FACTS["operations"].values():
        route = re.sub(r"{(\w+)_id}", lambda found: "{" + camel(found[1]) + "Id}", path)
        name = re.sub(r"(List)?Document$", lambda found: f"Response{found[1] or ''}", document or "")
        # They give no schema for the answers of related endpoints.
        answer_ = None if re.search("}/", route) or not name else name[:1].lower() + name[1:]
        body = {"post": "Create", "patch": "Update"}.get(method)
        asked = answer_.replace("Response", body) if body and answer_ else None
        paths.setdefault(route, {})[method] = operation(status, answer_, asked)
    identified = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    for item in paths.values():
        for each in item.values():
            each["parameters"] = identified
    return json.dumps({**ABOUT, "paths": paths, "components": {**ACCESS, "schemas": schemas}})


def camel(name: str) -> str:
    """``klarna_payment`` as ``klarnaPayment``."""
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def without_references(document: Schema) -> Schema:
    """The same in OpenAPI 3.1, with every schema inline and null as a type."""
    found = openapi.Document(document)

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(each) for each in node]
        if not isinstance(node, dict):
            return node
        plain = {key: inline(value) for key, value in found.resolve(node).items() if key != "nullable"}
        return plain | ({"type": [node["type"], "null"]} if node.get("nullable") is True else {})

    components = {key: value for key, value in document["components"].items() if key != "schemas"}
    return {**inline({**document, "components": components}), "openapi": "3.1.0"}


ATTRIBUTES = "components/schemas/klarnaPayment/properties/data/properties/attributes/properties"
CREATE = "components/schemas/klarnaPaymentCreate/properties/data/properties"
UPDATE = "components/schemas/klarnaPaymentUpdate/properties/data/properties"
RELATIONSHIPS = "components/schemas/klarnaPaymentResponse/properties/data/properties/relationships/properties"
ORDER_ATTRIBUTES = "components/schemas/order/properties/data/properties/attributes/properties"
ORDER_RELATIONSHIPS = "components/schemas/orderResponse/properties/data/properties/relationships/properties"
MANY = "paths/~1klarna_payments"
ONE = "paths/~1klarna_payments~1{klarnaPaymentId}"
GONE = object()


def changed(document: Schema, pointer: str, value: Any) -> Schema:
    """The document with one part put in place or, if it is GONE, taken out."""
    steps = [step.replace("~1", "/") for step in pointer.split("/")]
    node: Any = document
    for step in steps[:-1]:
        node = node[int(step) if isinstance(node, list) else step]
    if value is GONE:
        del node[steps[-1]]
    else:
        node[steps[-1]] = value
    return document
