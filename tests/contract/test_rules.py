"""The house rules: the contract keeps them, and each one is found when it is broken, with its line and a remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract import rules

ROOT = Path(__file__).parents[2]
CONTRACT = (ROOT / "spec" / "klarna_payments.yaml").read_text(encoding="utf-8")

# What to write instead of what, and the text that stands in the line that must be named.
BROKEN: dict[str, tuple[str, str, str]] = {
    "openapi-3.1": ("openapi: 3.1.0", "openapi: 3.0.3", "openapi: 3.0.3"),
    "snake-case-operation-id": (
        "operationId: list_klarna_payments\n",
        "operationId: GET/klarna_payments\n",
        "operationId: GET/klarna_payments",
    ),
    "tag-of-the-path": (
        "      tags: [klarna_payments]\n      operationId: delete_klarna_payment",
        "      tags: [klarna_payments, more]\n      operationId: delete_klarna_payment",
        "tags: [klarna_payments, more]",
    ),
    "security-at-top": (
        "      operationId: delete_klarna_payment\n",
        "      operationId: delete_klarna_payment\n      security: [{bearer: []}]\n",
        "security: [{bearer: []}]",
    ),
    "plain-reference": (
        "          oneOf:\n            - $ref: '#/components/schemas/OrderLinkage'\n",
        "          oneOf:\n            - $ref: '#/components/schemas/Linkage/properties/id'\n",
        "#/components/schemas/Linkage/properties/id",
    ),
    "paths-in-place": (
        "  /klarna_payments/{klarna_payment_id}/order:\n",
        "  /elsewhere:\n    $ref: '#/components/pathItems/elsewhere'\n  /klarna_payments/{klarna_payment_id}/order:\n",
        "  /elsewhere:\n",
    ),
    "named-components": (
        "        data: { $ref: '#/components/schemas/OrderLinkage' }\n",
        "        data:\n          type: object\n          required: [id]\n          additionalProperties: false\n"
        "          properties: { id: { type: string } }\n",
        "        data:\n          type: object\n          required: [id]",
    ),
    "errors-as-components": (
        "        4XX: { $ref: '#/components/responses/Error' }\n",
        "        4XX: { description: Refused. }\n",
        "      responses:\n        '200':\n          description: A page of klarna payments.",
    ),
    "examples-as-files": (
        "              examples: { order_list: { externalValue: examples/order_list.json } }\n",
        "",
        "            application/vnd.api+json:\n"
        "              schema: { $ref: '#/components/schemas/OrderListDocument' }",
    ),
    "open-answers": (
        "          description: One of unfulfilled, in_progress, fulfilled, not_required (open).\n",
        "          description: One of two.\n          enum: [unfulfilled, fulfilled, null]\n",
        "enum: [unfulfilled, fulfilled, null]",
    ),
    "no-allof-beside-properties": (
        "      description: Attributes of a klarna payment.\n",
        "      description: Attributes of a klarna payment.\n"
        "      allOf:\n        - $ref: '#/components/schemas/ResourceLinks'\n",
        "      allOf:\n",
    ),
    "no-nullable-enum": (
        "description: What the Klarna widget returned., x-secret: true }",
        "description: What the Klarna widget returned., x-secret: true, enum: [a, b, null] }",
        "        auth_token: { type: [string, 'null'], description: What the Klarna widget returned.",
    ),
    "known-keywords": (
        "description: 'What went wrong, in a few words.'",
        "description: What went wrong, in a few words.",
        "description: What went wrong, in a few words.",
    ),
    "resource-type": (
        "      x-type: klarna_payments\n",
        "",
        "    KlarnaPayment:\n",
    ),
    "secret-or-not": (
        "          description: Credentials of the gateway, masked.\n          x-secret: false\n",
        "          description: Credentials of the gateway, masked.\n",
        "        credential_keys:\n          description: Credentials of the gateway, masked.",
    ),
    "free-form-without-type": (
        "          description: What the payment was made with.\n",
        "          description: What the payment was made with.\n          type: [object, 'null']\n",
        "type: [object, 'null']",
    ),
    "null-allowed": (
        "          description: Id of the Klarna session.\n          type: [string, 'null']\n",
        "          description: Id of the Klarna session.\n          type: string\n",
        "        session_id:\n          description: Id of the Klarna session.",
    ),
    "attributes-required": (
        "        - session_id\n",
        "",
        "        session_id:\n          description: Id of the Klarna session.",
    ),
    "required-members": (
        "      description: A page of klarna payments.\n      type: object\n      required: [data]\n",
        "      description: A page of klarna payments.\n      type: object\n      required: [data, meta]\n",
        "required: [data, meta]",
    ),
    "sparse-attributes": (
        "        - $ref: '#/components/schemas/KlarnaPaymentAttributes'\n"
        "        - $ref: '#/components/schemas/FreeForm'\n",
        "        - $ref: '#/components/schemas/KlarnaPaymentAttributes'\n",
        "        attributes: { $ref: '#/components/schemas/KlarnaPaymentFieldset' }",
    ),
    "generic-included": (
        "          items: { $ref: '#/components/schemas/Resource' }\n",
        "          items: { $ref: '#/components/schemas/Order' }\n",
        "        included: &included",
    ),
    "requests-apart": (
        "        attributes: { $ref: '#/components/schemas/KlarnaPaymentUpdateAttributes' }\n",
        "        attributes: { $ref: '#/components/schemas/KlarnaPaymentAttributes' }\n",
        "    KlarnaPaymentAttributes:\n",
    ),
    "const-with-default": (
        "        type: { type: string, const: orders, default: orders }\n",
        "        type: { type: string, const: orders }\n",
        "        type: { type: string, const: orders }",
    ),
    "closed-requests": (
        "        order: { $ref: '#/components/schemas/OrderRelationshipChange' }\n      additionalProperties: false\n",
        "        order: { $ref: '#/components/schemas/OrderRelationshipChange' }\n",
        "    KlarnaPaymentUpdateRelationships:\n",
    ),
    "parameter-shape": (
        "      name: filter\n      in: query\n      style: form\n",
        "      name: filter\n      in: query\n      style: deepObject\n",
        "    filter:\n      name: filter",
    ),
    "no-parameter-default": (
        "description: Resources on a page; 10 when it is not sent. }",
        "default: 10, description: Resources on a page. }",
        "default: 10, description: Resources on a page. }",
    ),
    "described-schemas": (
        "          description: Id of the Klarna session.\n",
        "",
        "        session_id:\n          type: [string, 'null']",
    ),
    "described-operations": (
        "      description: The order that the payment pays; the answer is that of the order's own path.\n",
        "",
        "      operationId: retrieve_klarna_payment_order",
    ),
    "reserved-names": (
        "        page_count: { type: integer",
        "        to_dict: { type: integer",
        "        to_dict: { type: integer",
    ),
}


def findings(text: str) -> list[Any]:
    found: list[Any] = rules.lint(rules.Source(text))
    return found


def test_the_contract_keeps_them() -> None:
    assert findings(CONTRACT) == []


def test_every_rule_is_tried() -> None:
    assert [rule.name for rule in rules.RULES] == list(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_that_is_broken_is_found(name: str) -> None:
    old, new, there = BROKEN[name]
    assert CONTRACT.count(old) >= 1
    text = CONTRACT.replace(old, new, 1)
    found = [finding for finding in findings(text) if finding.rule == name]
    line = text[: text.index(there)].count("\n") + 1
    # What stands in an anchor is broken wherever it is used.
    assert found[0].line == line
    remedy = next(rule.remedy for rule in rules.RULES if rule.name == name)
    assert str(found[0]) == f"{line}: {name}: {found[0].message}. {remedy}."


ODD = """
openapi: 3.1.0
info: {title: Odd, version: '1'}
security: [{bearer: []}]
tags: [{name: klarna_payments}]
paths:
  x-note: [legal]
  /klarna_payments:
    parameters: [{name: a, in: query, schema: true}]
    get:
      tags: [klarna_payments]
      operationId: list
      responses: {x-note: [a], '200': {description: All, content: {application/vnd.api+json: {schema: true}}}}
    post:
      tags: [klarna_payments]
      operationId: create
      requestBody: {$ref: '#/components/requestBodies/Self'}
components:
  requestBodies: {Self: {$ref: '#/components/requestBodies/Self'}}
  schemas:
    Any: true
    Nothing: {}
    Self: {$ref: '#/components/schemas/Self'}
    Told: {description: Told., example: {enum: [a], properties: {to_dict: 1}}}
"""


def test_a_contract_that_says_little_is_no_trouble() -> None:
    assert {finding.rule for finding in findings(ODD)} == {
        "described-operations",
        "described-schemas",
        "errors-as-components",
        "examples-as-files",
        "named-components",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: a stands twice"),
        ("a: &a\n  b:\n    - *a\n", "line 1: this contains itself"),
        ("- 1\n", "it is not a mapping"),
        ("", "it is not a mapping"),
    ],
)
def test_what_cannot_be_a_contract(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rules.Source(text)


@pytest.mark.nightly
def test_another_way_to_break_some() -> None:
    for old, new, name in [
        ("security:\n  - bearer: []\n", "", "security-at-top"),
        ("  - name: klarna_payments\n", "  - name: klarna_payments\n  - name: more\n", "tag-of-the-path"),
        ("  - name: klarna_payments\n", "  - name: more\n", "tag-of-the-path"),
        (
            "      name: sort\n      in: query\n      schema:\n",
            "      name: sort\n      in: query\n      schema:\n        nul: 1\n",
            "known-keywords",
        ),
        ("description: Id of the order. }", "description: Id of the order., a: {b: c} }", "known-keywords"),
        (
            "description: Always bearer., x-secret: false }",
            "description: Always bearer., x-secret: no way }",
            "secret-or-not",
        ),
        (
            "        reference: &reference\n",
            "        api_key: { type: string, description: A key. }\n        reference: &reference\n",
            "secret-or-not",
        ),
        (
            "        _update: { type: boolean, ",
            "        mode: { type: [string, 'null'], enum: [a] }\n        _update: { type: boolean, ",
            "no-nullable-enum",
        ),
        (
            "            - $ref: '#/components/schemas/OrderLinkage'\n",
            "            - $ref: '#/components/schemas/OrderLinkage'\n              description: That one.\n",
            "plain-reference",
        ),
        (
            "              schema: { $ref: '#/components/schemas/OrderDocument' }\n",
            "              schema: { type: object }\n",
            "named-components",
        ),
        (
            "      description: Links of a resource.\n      type: object\n",
            "      description: Links of a resource.\n      type: object\n      additionalProperties: false\n",
            "open-answers",
        ),
        ("      name: sort\n", "      name: sort\n      explode: false\n", "parameter-shape"),
        (
            "      name: sort\n      in: query\n      schema:\n        type: string\n",
            "      name: sort\n      in: query\n      schema:\n        type: array\n        items: { type: string }\n",
            "parameter-shape",
        ),
        ("      name: sort\n", "      name: sort\n      description: Here.\n", "described-schemas"),
        (
            "    Linkage:\n      description: Resource linkage, the type in the plural.\n",
            "    Linkage:\n",
            "described-schemas",
        ),
        ("    ListMeta:\n", "    Client:\n", "reserved-names"),
    ]:
        assert old in CONTRACT
        assert name in {finding.rule for finding in findings(CONTRACT.replace(old, new, 1))}, (old, new)


def test_an_operation_may_have_the_tag_of_either_end_of_its_path() -> None:
    old = "      tags: [klarna_payments]\n      operationId: list_klarna_gateway_klarna_payments\n"
    assert findings(CONTRACT.replace(old, old.replace("klarna_payments]", "klarna_gateways]"))) == []
    assert [each.rule for each in findings(CONTRACT.replace(old, old.replace("klarna_payments]", "orders]")))] == [
        "tag-of-the-path"
    ]
