"""The contract says what the API does, keeps to the house rules, and the example documents keep to the contract."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from support.contract import from_yaml

SPEC = Path(__file__).parents[2] / "spec"
CONTRACT: dict[str, Any] = from_yaml(SPEC / "klarna_payments.yaml")
SCHEMAS: dict[str, dict[str, Any]] = CONTRACT["components"]["schemas"]
REGISTRY: Registry[Any] = Registry().with_resource("urn:contract", DRAFT202012.create_resource(CONTRACT))
FORMATS = FormatChecker(formats=["date-time"])

FACTS: dict[str, Any] = from_yaml(Path(__file__).parent / "facts.yaml")
# File -> schema
EXAMPLES: dict[str, str] = FACTS["examples"]
# Schema of a resource -> type
RESOURCES: dict[str, str] = FACTS["resources"]
# operationId -> method, path, status of success, document of success
OPERATIONS: dict[str, list[Any]] = FACTS["operations"]
ASKED = re.compile(r"\w+(Create|Update)(Attributes|Relationships|Document)")
# Schema -> attribute -> its documented type, with a question mark where it may be null.
ATTRIBUTES: dict[str, dict[str, str]] = {
    name: table for name, table in FACTS["attributes"].items() if not ASKED.fullmatch(name)
}
WRITTEN: dict[str, dict[str, str]] = {
    name: table for name, table in FACTS["attributes"].items() if ASKED.fullmatch(name)
}
# Schema -> relationship -> one or many; of requests, the type that is linked to.
RELATIONSHIPS: dict[str, dict[str, str]] = {
    name: table for name, table in FACTS["relationships"].items() if not ASKED.fullmatch(name)
}
LINKED: dict[str, dict[str, str]] = {
    name: table for name, table in FACTS["relationships"].items() if ASKED.fullmatch(name)
}
ATTRIBUTES_OF_TYPE = {type_: f"{name}Attributes" for name, type_ in RESOURCES.items()}
WITH_RESOURCES = [
    name
    for name, schema in EXAMPLES.items()
    if schema.endswith("Document") and schema != "ErrorDocument" and not ASKED.fullmatch(schema)
]
# A value of each documented type, as it may stand in an attribute of that name.
SAMPLES: dict[str, Any] = {"string": "x", "integer": 1, "number": 0.5, "boolean": True, "object": {}, "array": []}


def example(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SPEC / "examples" / name).read_text(encoding="utf-8"))
    return document


def problems(value: Any, schema: str) -> list[str]:
    """Why a value is not valid against a schema, given as its place under components/schemas."""
    validator = Draft202012Validator(
        {"$ref": f"urn:contract#/components/schemas/{schema}"}, registry=REGISTRY, format_checker=FORMATS
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def put(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy of the document with one member set."""
    changed = copy.deepcopy(document)
    *parents, last = path.split(".")
    place = changed
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    return changed


def drop(document: dict[str, Any], path: str) -> dict[str, Any]:
    """A copy of the document without one member."""
    changed = copy.deepcopy(document)
    *parents, last = path.split(".")
    place = changed
    for parent in parents:
        place = place[parent]
    del place[last]
    return changed


def resources(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources of an answer, primary and included."""
    data = document["data"]
    return [*(data if isinstance(data, list) else [data]), *document.get("included", [])]


def addresses(node: object) -> Iterator[str]:
    """Every address in the links of a document."""
    if isinstance(node, list):
        for item in node:
            yield from addresses(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "links":
                yield from (address for address in value.values() if isinstance(address, str))
            yield from addresses(value)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and definition of every operation."""
    for path, item in CONTRACT["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method, path, operation


def reached(node: object, refs: set[str]) -> Iterator[dict[str, Any]]:
    """Every schema in a part of the contract, references followed once and noted in refs."""
    if isinstance(node, list):
        for item in node:
            yield from reached(item, refs)
    elif isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key == "properties":
                # The keys are names of members, not keywords: a member may well be called enum.
                yield from reached(list(value.values()), refs)
            elif key == "$ref":
                if value not in refs:
                    refs.add(value)
                    yield from reached(resolved(value), refs)
            else:
                yield from reached(value, refs)


def resolved(ref: str) -> object:
    place: Any = CONTRACT
    for part in ref.removeprefix("#/").split("/"):
        place = place[part]
    return place


def answers() -> tuple[list[dict[str, Any]], set[str]]:
    """All schemas that the server's answers lead to, and the names of those that are components."""
    refs: set[str] = set()
    roots: list[object] = [operation["responses"] for _, _, operation in operations()]
    # The token endpoint is on another host, so no operation leads to its answer.
    roots.append({"$ref": "#/components/schemas/TokenAnswer"})
    schemas = list(reached(roots, refs))
    return schemas, {ref.rpartition("/")[2] for ref in refs if ref.startswith("#/components/schemas/")}


# ---- The contract as a document --------------------------------------------------------------------------------------


def test_contract_is_valid_openapi() -> None:
    assert CONTRACT["openapi"].startswith("3.1.")
    validate(CONTRACT)


def test_operations_are_exactly_these() -> None:
    found = {operation["operationId"]: (method, path) for method, path, operation in operations()}
    assert found == {name: (method, path) for name, (method, path, _, _) in OPERATIONS.items()}
    # A duplicate operationId would hide in the mapping.
    assert len(list(operations())) == len(OPERATIONS)


@pytest.mark.parametrize(("method", "path", "status", "document"), OPERATIONS.values(), ids=OPERATIONS)
def test_operation_answers(method: str, path: str, status: str, document: str | None) -> None:
    responses = CONTRACT["paths"][path][method]["responses"]
    assert responses.keys() == {status, "4XX", "5XX"}
    if document is None:
        assert "content" not in responses[status]
    else:
        assert content_of(responses[status]) == document
    assert responses["4XX"] == {"$ref": "#/components/responses/Error"}
    assert responses["5XX"] == {"$ref": "#/components/responses/ServerError"}
    assert {content_of(each) for each in CONTRACT["components"]["responses"].values()} == {"ErrorDocument"}


def content_of(owner: dict[str, Any]) -> str:
    """The schema of a body; its examples are documents of that schema."""
    (media,) = owner["content"].values()
    assert owner["content"].keys() == {"application/vnd.api+json"}
    assert media.keys() == {"schema", "examples"}
    schema: str = media["schema"]["$ref"].removeprefix("#/components/schemas/")
    for name, each in media["examples"].items():
        assert each == {"externalValue": f"examples/{name}.json"}
        assert EXAMPLES[f"{name}.json"] == schema
    return schema


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [(method, path, document) for method, path, _, document in OPERATIONS.values() if method in ("post", "patch")],
)
def test_operation_requires_its_body(method: str, path: str, document: str) -> None:
    kind = {"post": "Create", "patch": "Update"}[method]
    body = CONTRACT["paths"][path][method]["requestBody"]
    assert body["required"] is True
    assert content_of(body) == f"{document.removesuffix('Document')}{kind}Document"


def test_bearer_is_required_everywhere() -> None:
    assert CONTRACT["security"] == [{"bearer": []}]
    bearer = CONTRACT["components"]["securitySchemes"]["bearer"]
    assert (bearer["type"], bearer["scheme"]) == ("http", "bearer")


# ---- Facts -----------------------------------------------------------------------------------------------------------


def test_answers_use_exactly_the_known_attributes_schemas() -> None:
    _, names = answers()
    assert {name for name in names if name.endswith("Attributes")} == ATTRIBUTES.keys()


@pytest.mark.parametrize("schema", ATTRIBUTES)
def test_attributes_are_all_there_and_required(schema: str) -> None:
    assert SCHEMAS[schema]["properties"].keys() == ATTRIBUTES[schema].keys()
    assert sorted(SCHEMAS[schema]["required"]) == sorted(ATTRIBUTES[schema])


@pytest.mark.parametrize(
    ("place", "documented"),
    [
        (f"{schema}/properties/{name}", kind)
        for schema, table in {**ATTRIBUTES, **WRITTEN}.items()
        for name, kind in table.items()
    ],
)
def test_attribute_takes_what_is_documented(place: str, documented: str) -> None:
    kind = documented.removesuffix("?")
    sample = "2026-11-22T09:00:00.000Z" if place.endswith("_at") else SAMPLES[kind]
    assert problems(sample, place) == []
    assert (problems(None, place) == []) is documented.endswith("?")


@pytest.mark.parametrize("schema", WRITTEN)
def test_what_may_be_written_is_all_there(schema: str) -> None:
    assert SCHEMAS[schema]["properties"].keys() == WRITTEN[schema].keys()


@pytest.mark.parametrize("schema", LINKED)
def test_what_may_be_linked_is_all_there(schema: str) -> None:
    assert SCHEMAS[schema]["properties"].keys() == LINKED[schema].keys()
    for name, type_ in LINKED[schema].items():
        place = f"{schema}/properties/{name}"
        assert problems({"data": {"type": type_, "id": "x"}}, place) == []
        assert problems({"data": {"type": "something_else", "id": "x"}}, place) != []


def test_requests_are_written_down_too() -> None:
    asked = {name for name in SCHEMAS if ASKED.fullmatch(name) and not name.endswith("Document")}
    assert asked == WRITTEN.keys() | LINKED.keys()


def test_the_type_of_each_resource() -> None:
    found = {name: schema["x-type"] for name, schema in SCHEMAS.items() if "x-type" in schema}
    assert found == RESOURCES
    for name in RESOURCES:
        assert SCHEMAS[name]["properties"]["attributes"] == {"$ref": f"#/components/schemas/{name}Fieldset"}
        assert SCHEMAS[f"{name}Fieldset"]["anyOf"][0] == {"$ref": f"#/components/schemas/{name}Attributes"}


@pytest.mark.parametrize("schema", RELATIONSHIPS)
def test_relationships_are_all_there(schema: str) -> None:
    assert SCHEMAS[schema]["properties"] == {
        name: {"$ref": f"#/components/schemas/To{kind.capitalize()}Relationship"}
        for name, kind in RELATIONSHIPS[schema].items()
    }


# ---- Examples --------------------------------------------------------------------------------------------------------


def test_every_example_is_in_the_table() -> None:
    assert {path.name for path in (SPEC / "examples").iterdir()} == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_is_pretty_printed(name: str) -> None:
    text = (SPEC / "examples" / name).read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(("name", "schema"), EXAMPLES.items(), ids=EXAMPLES)
def test_example_is_valid(name: str, schema: str) -> None:
    assert problems(example(name), schema) == []


# An answer is valid with any attributes, because it may be sparse or older; so each of them is checked by itself.
@pytest.mark.parametrize("name", WITH_RESOURCES)
def test_example_has_right_attributes(name: str) -> None:
    for resource in resources(example(name)):
        schema = ATTRIBUTES_OF_TYPE.get(resource["type"])
        for attribute, value in resource["attributes"].items() if schema is not None else ():
            assert problems(value, f"{schema}/properties/{attribute}") == []


def test_each_type_has_an_example_with_all_its_attributes() -> None:
    whole = [
        resource["type"]
        for name in WITH_RESOURCES
        for resource in resources(example(name))
        if not problems(resource["attributes"], ATTRIBUTES_OF_TYPE.get(resource["type"], "FreeForm"))
    ]
    assert ATTRIBUTES_OF_TYPE.keys() <= set(whole)


@pytest.mark.parametrize("name", WITH_RESOURCES)
def test_example_links_are_percent_encoded(name: str) -> None:
    assert [address for address in addresses(example(name)) if re.search(r"[\[\], ]", address)] == []


def test_examples_show_the_shapes_they_are_for() -> None:
    nulls = example("klarna_payment_nulls.json")["data"]
    assert nulls["attributes"]["auth_token"] is None
    assert nulls["relationships"]["order"]["data"] is None
    assert example("klarna_payment_sparse.json")["data"]["attributes"].keys() == {"auth_token"}
    nested = example("klarna_payment_included_nested.json")
    assert {included["type"] for included in nested["included"]} - ATTRIBUTES_OF_TYPE.keys() == {"markets"}
    assert "page%5Bafter%5D=" in example("event_stores.json")["links"]["next"]
    assert "next" not in example("event_stores_last_page.json")["links"]
    assert type(example("error_token.json")["errors"][0]["status"]) is int


@pytest.mark.parametrize("name", ["klarna_payment_included.json", "klarna_payment_included_nested.json"])
def test_linkage_and_included_agree(name: str) -> None:
    document = example(name)
    linked = [
        (relationship["data"]["type"], relationship["data"]["id"])
        for resource in resources(document)
        for relationship in resource["relationships"].values()
        if "data" in relationship
    ]
    assert sorted(linked) == sorted((included["type"], included["id"]) for included in document["included"])
    assert len(linked) == 2


# ---- What answers may be ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["data", "data.id", "data.type"])
def test_answer_needs(path: str) -> None:
    assert problems(drop(example("klarna_payment.json"), path), "KlarnaPaymentDocument") != []


@pytest.mark.parametrize("path", ["data.links", "data.attributes", "data.relationships", "data.meta"])
def test_answer_may_lack(path: str) -> None:
    assert problems(drop(example("klarna_payment.json"), path), "KlarnaPaymentDocument") == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.attributes", {"reference": "po-123"}),
        ("data.attributes.metadata", None),
        ("data.attributes.an_attribute_of_tomorrow", 1),
        ("data.relationships.a_relationship_of_tomorrow", {"links": {}}),
        ("data.relationships.order.data", None),
        ("data.relationships.event_stores.data", []),
        ("data.meta.a_member_of_tomorrow", 1),
        ("data.type", "a_type_of_tomorrow"),
        ("a_member_of_tomorrow", 1),
    ],
)
def test_answer_may_have(path: str, value: object) -> None:
    assert problems(put(example("klarna_payment.json"), path, value), "KlarnaPaymentDocument") == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data", None),
        ("data.id", 1),
        ("data.relationships.order.data", {"type": "orders"}),
        ("data.relationships.order.data", []),
        ("data.relationships.event_stores.data", None),
        ("included", [{"data": {"type": "orders", "id": "oRdErAbCdE"}}]),
    ],
)
def test_answer_may_not_have(path: str, value: object) -> None:
    assert problems(put(example("klarna_payment.json"), path, value), "KlarnaPaymentDocument") != []


@pytest.mark.parametrize("name", ATTRIBUTES["KlarnaPaymentAttributes"])
def test_whole_attributes_need(name: str) -> None:
    attributes = example("klarna_payment.json")["data"]["attributes"]
    assert problems(drop(attributes, name), "KlarnaPaymentAttributes") != []


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("2026-11-22T09:00:00.000Z", True),
        # Event stores have an offset.
        ("2026-11-22T09:00:00.000+00:00", True),
        ("2026-11-22", False),
        ("yesterday", False),
        (1795338000, False),
    ],
)
def test_date_times_are_checked(value: object, valid: bool) -> None:
    for schema, table in ATTRIBUTES.items():
        for name in table:
            if name.endswith("_at"):
                assert (problems(value, f"{schema}/properties/{name}") == []) is valid


@pytest.mark.parametrize(
    ("place", "value"),
    [
        # Older answers have an integer.
        ("OrderAttributes/properties/number", "2437058"),
        ("OrderAttributes/properties/number", 2437058),
        # A number by the documentation, a string on the wire.
        ("OrderAttributes/properties/tax_rate", "0.22"),
        ("OrderAttributes/properties/tax_rate", 0.22),
        # Strings on every other resource.
        ("EventStoreAttributes/properties/reference", {}),
        ("EventStoreAttributes/properties/reference_origin", {}),
        # A string from the API, an integer from the token endpoint.
        ("Error/properties/status", "401"),
        ("Error/properties/status", 401),
        ("ResourceLinks/properties/self", None),
    ],
)
def test_odd_shapes_are_valid(place: str, value: object) -> None:
    assert problems(value, place) == []


@pytest.mark.parametrize("path", ["access_token", "token_type", "expires_in"])
def test_token_answer_needs(path: str) -> None:
    assert problems(drop(example("token_answer.json"), path), "TokenAnswer") != []


# ---- What requests may be --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("create.json", "meta", {}),
        ("create.json", "data.id", "kPmNtAbCdE"),
        ("create.json", "data.type", "klarna_payment"),
        ("create.json", "data.attributes.auth_token", "fake-auth-token"),
        ("create.json", "data.attributes.session_id", "fake-session-id"),
        ("create.json", "data.attributes._update", True),
        ("create.json", "data.attributes.reference", None),
        ("create.json", "data.relationships.payment_gateway", {"data": None}),
        ("create.json", "data.relationships.order.links", {}),
        ("create.json", "data.relationships.order.data.type", "order"),
        ("create.json", "data.relationships.order.data.meta", {}),
        ("create.json", "data.relationships.order.data.id", ""),
        ("update.json", "meta", {}),
        ("update.json", "data.meta", {}),
        ("update.json", "data.id", ""),
        ("authorization_capture.json", "data.relationships.order", {}),
        ("update.json", "data.type", "klarna_payment"),
        ("update.json", "data.attributes.client_token", "fake-client-token"),
        ("update.json", "data.attributes.created_at", "2026-11-22T09:00:00.000Z"),
        ("update.json", "data.relationships.payment_gateway", {"data": None}),
        ("update.json", "data.relationships.order.data.type", "order"),
        ("refresh_session.json", "data.attributes._update", None),
        ("refresh_session.json", "data.attributes._refresh", True),
    ],
)
def test_request_may_not_have(name: str, path: str, value: object) -> None:
    assert problems(put(example(name), path, value), EXAMPLES[name]) != []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("create.json", "data"),
        ("create.json", "data.type"),
        ("create.json", "data.relationships"),
        ("create.json", "data.relationships.order"),
        ("create.json", "data.relationships.order.data"),
        ("create.json", "data.relationships.order.data.id"),
        ("update.json", "data"),
        ("update.json", "data.type"),
        ("update.json", "data.id"),
    ],
)
def test_request_needs(name: str, path: str) -> None:
    assert problems(drop(example(name), path), EXAMPLES[name]) != []


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("create.json", "data.attributes", {}),
        ("update.json", "data.attributes", {}),
        ("update.json", "data.attributes.auth_token", None),
        ("update.json", "data.attributes.reference_origin", None),
        ("update.json", "data.relationships", {}),
        # As Commerce Layer's own client sends it.
        ("authorization_capture.json", "data.relationships", {}),
        ("capture_refund.json", "data.relationships", {}),
        # The API answers 422 to this one, but it is a document all the same.
        ("update.json", "data.relationships.order.data", None),
    ],
)
def test_request_may_have(name: str, path: str, value: object) -> None:
    assert problems(put(example(name), path, value), EXAMPLES[name]) == []


@pytest.mark.parametrize("name", ["create.json", "update.json"])
def test_requests_need_no_attributes(name: str) -> None:
    # The API's own documentation leaves them out of its examples.
    schema = "KlarnaPaymentCreateDocument" if name == "create.json" else "KlarnaPaymentUpdateDocument"
    assert problems(drop(example(name), "data.attributes"), schema) == []
