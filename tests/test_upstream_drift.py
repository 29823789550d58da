"""Upstream drift: each kind of disagreement is found, on documents of the shape of Commerce Layer's own."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from contract import openapi, upstream

ROOT = Path(__file__).parents[1]
MEDIA = "application/vnd.api+json"
Schema = dict[str, Any]

FACTS: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "contract" / "facts.yaml").read_text(encoding="utf-8"))
TEXT: Schema = {"type": "string", "nullable": True}
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
    # Through JSON, so that no two parts are one object.
    document_: Schema = json.loads(json.dumps({"openapi": "3.0.1", "paths": paths, "components": {"schemas": schemas}}))
    return document_


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

    return {**inline({**document, "components": {}}), "openapi": "3.1.0"}


def write(folder: Path, document: Schema, as_: str = "json") -> str:
    file = folder / f"published.{as_}"
    file.write_text(json.dumps(document) if as_ == "json" else yaml.safe_dump(document))
    return str(file)


@pytest.fixture
def drift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Compare the contract with a document, and give the exit status and what was printed as JSON."""

    def run(document: Schema, as_: str = "json") -> tuple[int, dict[str, Any]]:
        status = upstream.main([write(tmp_path, document, as_), "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize("as_", ["json", "yaml"])
@pytest.mark.parametrize("shape", [lambda document: document, without_references], ids=["3.0", "3.1 inline"])
def test_all_that_differs_today_is_accepted(drift: Any, shape: Callable[[Schema], Schema], as_: str) -> None:
    status, found = drift(shape(published()), as_)
    assert status == 0
    assert found["differences"] == []
    assert found["stale"] == []
    # Whatever is accepted occurs, so that each entry is tried.
    assert len(found["accepted"]) >= len(upstream.read_accepted(upstream.ACCEPTED))


def test_what_is_inline_has_no_references_left() -> None:
    assert "$ref" not in json.dumps(without_references(published()))
    assert "nullable" not in json.dumps(without_references(published()))


ATTRIBUTES = "components/schemas/klarnaPayment/properties/data/properties/attributes/properties"
CREATE = "components/schemas/klarnaPaymentCreate/properties/data/properties"
UPDATE = "components/schemas/klarnaPaymentUpdate/properties/data/properties"
RELATIONSHIPS = "components/schemas/klarnaPaymentResponse/properties/data/properties/relationships/properties"
ORDER_ATTRIBUTES = "components/schemas/order/properties/data/properties/attributes/properties"
ORDER_RELATIONSHIPS = "components/schemas/orderResponse/properties/data/properties/relationships/properties"
ONE = "paths/~1klarna_payments~1{klarnaPaymentId}"
GONE = object()

# What is put where in their document, and the one difference that follows.
KINDS: dict[str, tuple[str, Any, tuple[str, str, str]]] = {
    "an attribute is new": (
        f"{ATTRIBUTES}/risk",
        TEXT,
        ("klarna_payments.attributes.risk", "absent", "present"),
    ),
    "an attribute is gone": (
        f"{ATTRIBUTES}/session_id",
        GONE,
        ("klarna_payments.attributes.session_id", "present", "absent"),
    ),
    "a type changed": (
        f"{ATTRIBUTES}/session_id/type",
        "integer",
        ("klarna_payments.attributes.session_id.type", "string", "integer"),
    ),
    "a type of items changed": (
        f"{ATTRIBUTES}/payment_methods/items/type",
        "string",
        ("klarna_payments.attributes.payment_methods.type", "array of any", "array of string"),
    ),
    "null is allowed": (
        f"{ATTRIBUTES}/payment_methods/nullable",
        True,
        ("klarna_payments.attributes.payment_methods.null", "refused", "allowed"),
    ),
    "null is allowed by a branch": (
        f"{ATTRIBUTES}/created_at",
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        ("klarna_payments.attributes.created_at.null", "refused", "allowed"),
    ),
    "anything is allowed by a branch": (
        f"{ATTRIBUTES}/session_id",
        {"anyOf": [{"type": "string"}, {}]},
        ("klarna_payments.attributes.session_id.type", "string", "any"),
    ),
    "null is refused": (
        f"{ATTRIBUTES}/auth_token/nullable",
        False,
        ("klarna_payments.attributes.auth_token.null", "allowed", "refused"),
    ),
    "another format": (
        f"{ATTRIBUTES}/created_at/format",
        "date",
        ("klarna_payments.attributes.created_at.format", "date-time", "date"),
    ),
    "an operation is new": (
        "paths/~1klarna_payments~1{klarnaPaymentId}~1versions",
        {"get": {"responses": {}}},
        ("operations.GET /klarna_payments/{}/versions", "absent", "present"),
    ),
    "an operation is gone": (
        f"{ONE}/delete",
        GONE,
        ("operations.DELETE /klarna_payments/{}", "present", "absent"),
    ),
    "another status": (
        "paths/~1klarna_payments/post/responses",
        {"202": {"content": {MEDIA: {"schema": {"$ref": "#/components/schemas/klarnaPaymentResponse"}}}}},
        ("operations.POST /klarna_payments.status", "201", "202"),
    ),
    "another answer": (
        f"{ONE}/delete/responses/204/content",
        {MEDIA: {"schema": {"$ref": "#/components/schemas/klarnaPaymentResponse"}}},
        ("operations.DELETE /klarna_payments/{}.answer", "nothing", "one"),
    ),
    "a body need not be sent": (
        "paths/~1klarna_payments/post/requestBody/required",
        False,
        ("operations.POST /klarna_payments.body", "required", "optional"),
    ),
    "a query parameter is new": (
        f"{ONE}/parameters",
        [{"name": "as[of]", "in": "query"}],
        ("operations.DELETE /klarna_payments/{}.query.as[of]", "absent", "present"),
    ),
    "a relationship is new": (
        f"{RELATIONSHIPS}/customer",
        linkage("customers"),
        ("klarna_payments.relationships.customer", "absent", "present"),
    ),
    "a relationship is gone": (
        f"{RELATIONSHIPS}/order",
        GONE,
        ("klarna_payments.relationships.order", "present", "absent"),
    ),
    "a relationship is to many": (
        f"{RELATIONSHIPS}/order/properties/data",
        {"type": "array", "items": linkage("order")["properties"]["data"]},
        ("klarna_payments.relationships.order.kind", "one", "many"),
    ),
    "another type of linkage": (
        f"{RELATIONSHIPS}/payment_gateway/properties/data/properties/type/enum",
        ["klarna_gateways"],
        ("klarna_payments.relationships.payment_gateway.linkage", "any", "klarna_gateways"),
    ),
    "more may be created": (
        f"{CREATE}/attributes/properties/country",
        {"type": "string"},
        ("klarna_payments.create.attributes.country", "absent", "present"),
    ),
    "less may be created": (
        f"{CREATE}/attributes/properties/reference",
        GONE,
        ("klarna_payments.create.attributes.reference", "present", "absent"),
    ),
    "more must be created": (
        f"{CREATE}/attributes/required",
        ["reference"],
        ("klarna_payments.create.attributes.reference.required", "optional", "required"),
    ),
    "the order need not be named": (
        f"{CREATE}/relationships/required",
        [],
        ("klarna_payments.create.relationships.order.required", "required", "optional"),
    ),
    "the order must be of another type": (
        f"{CREATE}/relationships/properties/order/properties/data/properties/type/enum",
        ["carts"],
        ("klarna_payments.create.relationships.order.linkage", "orders", "carts"),
    ),
    "an id is sent with a creation": (
        "components/schemas/klarnaPaymentCreate/properties/data/required",
        ["type", "attributes", "id"],
        ("klarna_payments.create.id", "optional", "required"),
    ),
    "less may be updated": (
        f"{UPDATE}/attributes/properties/_update",
        GONE,
        ("klarna_payments.update.attributes._update", "present", "absent"),
    ),
    "null may not be sent": (
        f"{UPDATE}/attributes/properties/auth_token/nullable",
        False,
        ("klarna_payments.update.attributes.auth_token.null", "allowed", "refused"),
    ),
    "a neighbour lost an attribute": (
        f"{ORDER_ATTRIBUTES}/number",
        GONE,
        ("orders.attributes.number", "present", "absent"),
    ),
    "a neighbour's type changed": (
        f"{ORDER_ATTRIBUTES}/total_amount_cents/type",
        "string",
        ("orders.attributes.total_amount_cents.type", "integer", "string"),
    ),
    "a neighbour lost a relationship": (
        f"{ORDER_RELATIONSHIPS}/market",
        GONE,
        ("orders.relationships.market", "present", "absent"),
    ),
    "a neighbour is gone": ("paths/~1event_stores~1{eventStoreId}", GONE, ("event_stores", "present", "absent")),
}


def changed(document: Schema, pointer: str, value: Any) -> Schema:
    steps = [step.replace("~1", "/") for step in pointer.split("/")]
    node = document
    for step in steps[:-1]:
        node = node[step]
    if value is GONE:
        del node[steps[-1]]
    else:
        node[steps[-1]] = value
    return document


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [lambda document: document, without_references], ids=["3.0", "3.1 inline"])
def test_each_kind_of_disagreement_is_found(drift: Any, shape: Callable[[Schema], Schema], kind: str) -> None:
    pointer, value, expected = KINDS[kind]
    status, found = drift(shape(changed(published(), pointer, value)))
    differences = [(each["at"], each["ours"], each["theirs"]) for each in found["differences"]]
    assert status == 1
    if kind == "a query parameter is new":
        # Named at the path, it is a parameter of all its operations.
        assert len(differences) == 3
        assert expected in differences
    else:
        assert differences == [expected]


def test_what_only_theirs_has_of_a_neighbour_is_no_difference(drift: Any) -> None:
    document = changed(published(), f"{ORDER_ATTRIBUTES}/novelty", TEXT)
    changed(document, f"{ORDER_RELATIONSHIPS}/novelties", linkage("novelties"))
    assert drift(document)[0] == 0


def test_an_extension_among_the_paths_is_no_operation(drift: Any) -> None:
    assert drift(changed(published(), "paths/x-more", {"get": {"responses": {}}}))[0] == 0


def test_a_second_resource_is_compared_both_ways(tmp_path: Path) -> None:
    ours, theirs = openapi.load(str(upstream.CONTRACT)), openapi.Document(published())

    def differences() -> set[tuple[str, str, str]]:
        scope = upstream.scope_of(ours)
        found = upstream.compare(upstream.facts(ours, scope), upstream.facts(theirs, scope), [], scope)
        return {
            (each.at, each.ours, each.theirs) for each in found.differences if ".attributes.affiliate_code" in each.at
        }

    assert differences() == set()
    del ours.root["components"]["schemas"]["Order"]["x-partial"]
    assert differences() == {("orders.attributes.affiliate_code", "absent", "present")}


def test_an_accepted_difference_that_no_longer_occurs_is_named_and_is_no_failure(drift: Any) -> None:
    pointer = f"{RELATIONSHIPS}/order/properties/data/properties/type"
    status, found = drift(changed(published(), pointer, {"type": "string"}))
    assert status == 0
    assert [each["at"] for each in found["stale"]] == ["klarna_payments.relationships.order.linkage"]


def test_what_is_accepted_is_accepted_with_these_values_alone() -> None:
    accepted = upstream.Accepted("a.*.query.page[size]", "any", "object", "because")
    assert accepted.covers(upstream.Difference("a.b.query.page[size]", "any", "object"))
    assert not accepted.covers(upstream.Difference("a.b.query.page[size]", "any", "string"))
    assert not accepted.covers(upstream.Difference("a.b.query.pages", "any", "object"))


def test_every_accepted_difference_has_a_reason_and_one_place() -> None:
    accepted = upstream.read_accepted(upstream.ACCEPTED)
    assert accepted
    assert all(len(each.reason) > 20 for each in accepted)
    assert len({each.at for each in accepted}) == len(accepted)


def test_a_list_of_accepted_differences_that_cannot_be_read(tmp_path: Path) -> None:
    for text in ("- at: x\n", "- 5\n", "a: [", "- {at: a, ours: b, theirs: c, reason: d, more: e}"):
        (tmp_path / "list.yaml").write_text(text)
        with pytest.raises(openapi.Unreadable, match=r"list\.yaml holds a list"):
            upstream.read_accepted(tmp_path / "list.yaml")


def test_the_report_has_the_words_of_the_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = changed(published(), f"{ATTRIBUTES}/`risk`|@all\n\x1b[31m", TEXT)
    changed(document, f"{RELATIONSHIPS}/order/properties/data/properties/type", {"type": "string"})
    report = tmp_path / "report.md"
    assert upstream.main([write(tmp_path, document), "--report", str(report)]) == 1
    out = capsys.readouterr().out
    # What a stranger named is shown, but cannot speak to the terminal or to Markdown.
    assert "klarna_payments.attributes.?risk???all??[31m: ours absent, theirs present\n" in out
    assert "no longer: klarna_payments.relationships.order.linkage: ours any, theirs order\n" in out
    assert re.search(r"^1 differences, \d+ accepted ones, 1 accepted ones that no longer occur\.$", out, re.MULTILINE)
    text = report.read_text()
    assert "| `klarna_payments.attributes.?risk???all??[31m` | absent | present |\n" in text
    assert "## No longer so" in text
    assert "a string such as 0.22 in recorded answers. |\n" in text


def test_a_report_is_no_longer_than_an_issue(tmp_path: Path) -> None:
    document = published()
    for number in range(300):
        changed(document, f"{ATTRIBUTES}/{'x' * 150}{number}"[: len(ATTRIBUTES) + 80] + str(number), TEXT)
    report = tmp_path / "report.md"
    assert upstream.main([write(tmp_path, document), "--report", str(report)]) == 1
    assert "And 100 more." in report.read_text()
    assert report.read_text().count("| absent | present |") == 200
    assert len(report.read_text()) < 60_000


SCHEMAS = {
    "a loop of references": {"$ref": "#/components/schemas/loop"},
    "a branch that is itself": {"$ref": "#/components/schemas/itself"},
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_references_may_go_in_circles(drift: Any, schema: str) -> None:
    document = published()
    changed(document, "components/schemas/loop", {"$ref": "#/components/schemas/pool"})
    changed(document, "components/schemas/pool", {"$ref": "#/components/schemas/loop"})
    changed(document, "components/schemas/itself", {"anyOf": [{"$ref": "#/components/schemas/itself"}]})
    status, found = drift(changed(document, f"{ATTRIBUTES}/session_id", SCHEMAS[schema]))
    assert status == 1
    assert [each["theirs"] for each in found["differences"]] == ["any"]


def test_yaml_is_read_as_a_loader_reads_it_but_for_numbers_and_dates() -> None:
    for text in (
        "a: {b: [x, 'null', null, ~, true, 'true', false], c: , d: ''}\n? e\n: &f {g: h}\ni: *f\nj: [[], {}, [k]]",
        "base: &base {type: string, nullable: true}\nmore: {<<: *base, type: number}\nlist: {<<: [*base, {x: y}]}",
        "a: |\n  true\nb: >-\n  folded\n  text\n",
        "- a\n- b",
        "text",
        "",
        (ROOT / "spec" / "upstream-differences.yaml").read_text(),
    ):
        assert openapi.from_yaml(text) == yaml.safe_load(text)
    assert openapi.from_yaml("a: 1\nb: 2026-13-45\n200: !!int 5\n? [x]\n: y") == {
        "a": "1", "b": "2026-13-45", "200": "5", "?": "y",
    }  # fmt: skip
    assert openapi.from_yaml("first: 1\n---\nsecond: 2") == {"first": "1"}


def test_an_alias_may_hold_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = published()
    attribute = document["components"]["schemas"]["klarnaPayment"]["properties"]["data"]["properties"]["attributes"]
    attribute["allOf"] = [attribute]
    file = tmp_path / "published.yaml"
    file.write_text(yaml.safe_dump(document))
    assert upstream.main([str(file)]) == 0, capsys.readouterr()


UNREADABLE = {
    "no file": (None, "cannot be read: No such file"),
    "not JSON": ('{"openapi": ', "is not JSON"),
    "too deep": ('{"a":' * 100_000, "is not JSON"),
    "not YAML": ("openapi: [", "is not YAML"),
    "not text": (b"\xff\xfe{", "is not YAML"),
    "an alias of nothing": ("openapi: *nothing", "is not YAML"),
    "a YAML tag": ("openapi: !!python/object/apply:os.getcwd []", "is not an OpenAPI 3 document"),
    "an older version": ('{"swagger": "2.0"}', "is not an OpenAPI 3 document"),
    "not an object": ("- openapi", "is not an OpenAPI 3 document"),
    "no klarna payments": ("openapi: 3.0.0\npaths: {/orders: {get: {responses: {}}}}", "no GET /"),
    "nonsense": ("openapi: 3.1\npaths: [1]", "no GET /"),
}


@pytest.mark.parametrize("why", UNREADABLE)
def test_what_cannot_be_read_is_said_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], why: str
) -> None:
    content, message = UNREADABLE[why]
    file = tmp_path / "published"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert upstream.main([str(file), "--json"]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_a_reference_may_hold_escapes(drift: Any) -> None:
    document = changed(published(), f"{ATTRIBUTES}/session_id", {"$ref": "#/components/schemas/a~1b~0c%20d"})
    assert drift(changed(document, "components/schemas/a~1b~c d", TEXT))[0] == 0


REFERENCES_OUT = {
    "other.json#/attribute": "outside of itself",
    "https://example.com/x.json": "outside of itself",
    "file:///etc/hostname": "outside of itself",
    "#/components/schemas/nowhere": "which it does not hold",
    "#/paths/~1klarna_payments/get/tags/0": "which it does not hold",
    "#/paths/~1klarna_payments/get/tags/x": "which it does not hold",
}


@pytest.mark.parametrize("reference", REFERENCES_OUT)
def test_a_reference_out_of_the_document_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], reference: str
) -> None:
    document = changed(published(), f"{ATTRIBUTES}/session_id", {"$ref": reference})
    assert upstream.main([write(tmp_path, document)]) == 2
    assert f"it refers to {reference!r}, {REFERENCES_OUT[reference]}" in capsys.readouterr().err


def test_the_size_of_a_file_is_bounded(tmp_path: Path) -> None:
    file = tmp_path / "published.json"
    file.write_bytes(b"{" + b" " * 100)
    with pytest.raises(openapi.Unreadable, match="larger than 100 bytes"):
        openapi.load(str(file), limit=100)


@contextlib.contextmanager
def served(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(ConnectionError):
                answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/openapi.json"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answering(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_a_document_is_read_from_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    with served(answering(200, json.dumps(published()).encode())) as url:
        assert upstream.main([url]) == 0, capsys.readouterr()


def test_what_an_address_may_not_do() -> None:
    with pytest.raises(openapi.Unreadable, match="not an https address"):
        openapi.load("http://example.com/openapi.json")
    with pytest.raises(openapi.Unreadable, match="not an https address"):
        openapi.load("file://localhost/etc/hostname")
    with served(answering(404)) as url, pytest.raises(openapi.Unreadable, match="answered 404"):
        openapi.load(url)
    with (
        served(answering(302, location="http://169.254.0.1/")) as url,
        pytest.raises(openapi.Unreadable, match=r"redirects to http://169\.254\.0\.1/, which is not followed"),
    ):
        openapi.load(url)
    with served(answering(200, b"x" * 100_000)) as url, pytest.raises(openapi.Unreadable, match="larger than 1,000"):
        openapi.load(url, limit=1000)
    with pytest.raises(openapi.Unreadable, match="could not be fetched"):
        openapi.load(url)


def test_what_never_ends_is_not_read_to_the_end() -> None:
    sent: list[int] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        answering(200)(handler)
        for number in range(500):
            handler.wfile.write(b"x" * 100_000)
            sent.append(number)

    with served(answer) as url, pytest.raises(openapi.Unreadable, match="larger than 1,000"):
        openapi.load(url, limit=1000)
    assert len(sent) < 500


def test_an_address_answers_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(openapi, "monotonic", lambda: next(clock))
    with served(answering(200, b"{}")) as url, pytest.raises(openapi.Unreadable, match="within 5 seconds"):
        openapi.load(url, timeout=5)


def test_the_script_reads_tens_of_megabytes(tmp_path: Path) -> None:
    document = published()
    padding = {f"attribute_{number}": {**TEXT, "description": "x" * 500} for number in range(500)}
    more = {f"thing{number}": padding for number in range(100)}
    document["components"]["schemas"] |= more
    file = write(tmp_path, document)
    assert Path(file).stat().st_size > 25_000_000
    command = [sys.executable, "-m", "contract.upstream", file]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.stdout.startswith("0 differences, "), done.stderr
    assert done.returncode == 0
