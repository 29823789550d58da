"""What a change of the contract means on the wire, case by case; whole runs are rehearsed in `test_rehearsals`."""

# ruff: noqa: E501 - one case a line
from __future__ import annotations

import pytest

from contract.changes import Change, compare
from contract.source import Source

# One operation; its request takes an Ask, its answer is a Told, and a Both is read and written.
CONTRACT = """
openapi: 3.1.0
x-top: { a: 1 }
servers:
  - url: https://{organization}.test/api
    variables: { organization: { default: acme, description: The slug. } }
security: [{ bearer: [] }]
paths:
  /things:
    x-path: [1]
    parameters:
      - { name: sort, in: query, description: The order., schema: { type: string } }
    post:
      operationId: make
      x-operation: 1
      requestBody:
        content: { application/json: { schema: { $ref: '#/components/schemas/Ask' } } }
      responses:
        x-responses: 1
        '200':
          description: A thing.
          headers: { X-Left: { schema: { type: integer } } }
          content: { application/json: { schema: { $ref: '#/components/schemas/Told' } } }
components:
  securitySchemes:
    bearer: { type: http, scheme: bearer, description: A token. }
  schemas:
    Ask:
      type: object
      required: [title]
      properties:
        title: { type: string }
        member: ASKED
        both: { $ref: '#/components/schemas/Both' }
    Told:
      type: object
      properties:
        member: TOLD
        both: { $ref: '#/components/schemas/Both' }
        open: { $ref: '#/components/schemas/Open' }
    Both:
      type: object
      required: [kept]
      properties: { kept: { type: string }, free: { type: string }, member: BOTH }
    Open: { type: object }
    OpenOrAny:
      description: Open, or anything.
      anyOf: [{ $ref: '#/components/schemas/Open' }, { $ref: '#/components/schemas/FreeForm' }]
    FreeForm: { additionalProperties: true }
"""


def contract(*changes: tuple[str, str], **members: str) -> Source:
    text = CONTRACT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    for use in ("ASKED", "TOLD", "BOTH"):
        text = text.replace(use, members.get(use.lower(), "{ type: string }"))
    return Source(text)


def meanings(changes: list[Change]) -> set[str]:
    return {change.meaning for change in changes}


NULLABLE = "{ type: [string, 'null'] }"
# A union has a name or none: that is the same.
X_OR_ANY_NAMED = "{ $ref: '#/components/schemas/OpenOrAny' }"
X_OR_ANY = "{ anyOf: [{ $ref: '#/components/schemas/Open' }, { $ref: '#/components/schemas/FreeForm' }] }"
FREE = "{ $ref: '#/components/schemas/FreeForm' }"


# What a member was and is; what that means in a request, in an answer, and in a schema of both.
@pytest.mark.parametrize(
    ("old", "new", "asked", "told"),
    [
        ("{ type: string }", "{ type: integer }", "breaking", "breaking"),
        ("{ type: string }", NULLABLE, "additive", "breaking"),
        (NULLABLE, "{ type: string }", "breaking", "additive"),
        (NULLABLE, "{ type: ['null', string] }", None, None),
        ("{ type: string }", "{ type: [string] }", None, None),
        # A bound beside a wider type.
        (NULLABLE, "{ type: [string, integer, 'null'], maxLength: 5 }", "breaking", "breaking"),
        (NULLABLE, "{ type: [string, integer, 'null'], enum: [a, 1] }", "breaking", "breaking"),
        ("{ type: object }", "{ type: [object, 'null'], required: [a] }", "breaking", "breaking"),
        ("{ type: string, maxLength: 5 }", "{ type: [string, 'null'], maxLength: 5 }", "additive", "breaking"),
        ("{ type: string }", "{ type: string, maxLength: 5 }", "breaking", "breaking"),
        ("{ type: string }", "{ type: string, format: date-time }", "breaking", "breaking"),
        # Lists of alternatives are no alternatives to lists.
        ("{ type: string }", "{ type: array, items: { type: [integer, string] } }", "breaking", "breaking"),
        ("{ type: array, items: { type: [integer, string] } }", "{ type: string }", "breaking", "breaking"),
        ("{ type: [array, 'null'], items: { type: string } }", "{ type: array, items: { type: string } }", "breaking", "additive"),
        ("{ type: array, items: { type: string } }", "{ type: array, items: { type: string, minLength: 1 } }", "breaking", "breaking"),
        # Branches.
        ("{ oneOf: [{ type: string }, { type: 'null' }] }", NULLABLE, "editorial", "editorial"),
        ("{ anyOf: [{ type: string }] }", "{ anyOf: [{ type: 'null' }, { type: string }] }", "additive", "breaking"),
        ("{ anyOf: [{ type: string }] }", "{ anyOf: [{ type: 'null' }, { type: string, maxLength: 5 }] }", "breaking", "breaking"),
        ("{ anyOf: [{ type: string }] }", "{ anyOf: [{ type: 'null' }, { type: string }], maxLength: 5 }", "breaking", "breaking"),
        ("{ oneOf: [{ $ref: '#/components/schemas/Open' }] }", "{ oneOf: [{ type: 'null' }, { $ref: '#/components/schemas/Open' }] }", "additive", "breaking"),
        ("{ $ref: '#/components/schemas/Open' }", "{ oneOf: [{ type: 'null' }, { $ref: '#/components/schemas/Open' }] }", "additive", "breaking"),
        # 1 is now of two branches, so it is of none.
        ("{ oneOf: [{ type: integer }] }", "{ oneOf: [{ type: integer }, { type: number }] }", "breaking", "breaking"),
        # Who reads "A or anything" reads an A; who reads "anything" does not.
        (X_OR_ANY, FREE, "breaking", "breaking"),
        (X_OR_ANY, X_OR_ANY_NAMED, "editorial", "editorial"),
        (X_OR_ANY_NAMED, FREE, "breaking", "breaking"),
        (FREE, X_OR_ANY, "additive", "breaking"),
        (X_OR_ANY, "{ $ref: '#/components/schemas/Open' }", "breaking", "additive"),
        # Ways to say anything.
        ("{ additionalProperties: true }", FREE, None, None),
        (FREE, "{}", None, None),
        (FREE, "true", None, None),
        ("true", "false", "breaking", "breaking"),
        ("{ description: A., additionalProperties: true }", FREE, "editorial", "editorial"),
        # Words, and what only looks like them.
        ("{ type: string }", "{ type: string, description: A word., example: a }", "editorial", "editorial"),
        ("{ type: string }", "{ type: string, deprecated: true }", "editorial", "editorial"),
        ("{ type: string }", "{ type: string, x-note: { a: 1 } }", None, None),
        ("{ const: { title: a } }", "{ const: { title: b } }", "breaking", "breaking"),
        ("{ default: { example: a } }", "{ default: { examples: a } }", "breaking", "breaking"),
        ("{ enum: [{ title: a }] }", "{ enum: [{ title: b }] }", "breaking", "breaking"),
        ("{ enum: [a, b] }", "{ enum: [b, a] }", None, None),
        ("{ const: 1 }", "{ const: true }", "breaking", "breaking"),
        ("{ properties: { title: { type: string } } }", "{ properties: { title: { type: integer } } }", "breaking", "breaking"),
    ],
)  # fmt: skip
def test_a_member(old: str, new: str, asked: str | None, told: str | None) -> None:
    assert meanings(compare(contract(asked=old), contract(asked=new))) == ({asked} - {None})
    assert meanings(compare(contract(told=old), contract(told=new))) == ({told} - {None})
    both = told if asked == told else "breaking"
    assert meanings(compare(contract(both=old), contract(both=new))) == ({both} - {None})


def test_what_was_and_what_is_are_named() -> None:
    lists = "{ type: [array, 'null'], items: { type: [integer, string] } }"
    assert compare(contract(told="{ type: string, format: uri }"), contract(told=lists)) == [
        Change(
            "breaking", "Member `member` of `Told` changed from string (uri) to list of (integer or string) or null."
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Requests.
        ("required: [title]", "required: [title, tenant]", ["breaking: Member `tenant` of `Ask` is now required."]),
        ("required: [title]", "required: [title, member]", ["breaking: Member `member` of `Ask` is now required."]),
        ("      required: [title]\n", "", ["additive: Member `title` of `Ask` is no longer required."]),
        (
            "title: { type: string }",
            "title: { type: string }\n        more: { type: string }",
            ["additive: Member `more` of `Ask` added (string)."],
        ),
        (
            "required: [title]\n      properties:\n",
            "required: [title, more]\n      properties:\n        more: { type: string }\n",
            ["breaking: Member `more` of `Ask` added (string, required)."],
        ),
        # Answers.
        (
            "Told:\n      type: object",
            "Told:\n      type: object\n      required: [member]",
            ["additive: Member `member` of `Told` is now required."],
        ),
        # Both.
        ("      required: [kept]\n", "", ["breaking: Member `kept` of `Both` is no longer required."]),
        ("required: [kept]", "required: [kept, free]", ["breaking: Member `free` of `Both` is now required."]),
        ("kept: { type: string }, ", "", ["breaking: Member `kept` of `Both` removed."]),
        # Whole types.
        ("Open: { type: object }", "Open: { type: object, minProperties: 1 }", ["breaking: Type `Open` changed."]),
        ("Open: { type: object }", "Open: { type: object, title: A }", ["editorial: Type `Open` is described anew."]),
        ("Open: { type: object }", "Open: { type: object }\n    More: true", ["additive: Type `More` added."]),
        # Where the API is, and how one gets in.
        ("{organization}.test", "{organization}.example", ["breaking: The servers of the API changed."]),
        (
            "security: [{",
            "  - url: http://localhost\nsecurity: [{",
            ["additive: Server added: http://localhost."],
        ),
        ("default: acme", "default: other", ["breaking: The servers of the API changed."]),
        ("The slug.", "A slug.", ["editorial: The servers of the API is described anew."]),
        ("[{ bearer: [] }]", "[]", ["breaking: The security of the API changed."]),
        ("scheme: bearer", "scheme: basic", ["breaking: The security schemes of the API changed."]),
        ("      operationId: make\n", "      operationId: make\n      security: []\n", ["breaking: The security of `make` changed."]),
        ("    x-path: [1]\n", "    servers: [{ url: /x }]\n", ["breaking: The servers of `make` changed."]),
        # Parameters.
        ("in: query,", "in: query, required: true,", ["breaking: Parameter `sort` of `make` is now required."]),
        ("in: query,", "in: query, deprecated: true,", ["editorial: Parameter `sort` of `make` is now deprecated."]),
        ("in: query,", "in: query, explode: false,", ["breaking: Parameter `sort` of `make` changed."]),
        ("in: query,", "in: query, x-more: 1,", []),
        ("The order.", "An order.", ["editorial: Parameter `sort` of `make` is described anew."]),
        (
            "schema: { type: string } }",
            "schema: { type: [string, integer] } }",
            ["additive: Parameter `sort` of `make` changed from string to integer or string."],
        ),
        (
            "schema: { type: string } }",
            "schema: { type: string, maxLength: 9 } }",
            ["breaking: Parameter `sort` of `make` changed."],
        ),
        ("in: query,", "in: header,", ["additive: Parameter `sort` of `make` added.", "breaking: Parameter `sort` of `make` removed."]),
        # Operations.
        ("x-operation: 1", "deprecated: true", ["editorial: Operation `make` is now deprecated."]),
        ("x-operation: 1", "summary: Make.", ["editorial: Operation `make` is described anew."]),
        ("      requestBody:\n", "      requestBody:\n        required: true\n", ["breaking: The request of `make` is now required."]),
        ("schemas/Ask' }", "schemas/Both' }", ["breaking: The request of `make` changed to another schema."]),
        ("schemas/Told' }", "schemas/Both' }", ["breaking: The answers of `make` changed to another schema or status."]),
        ("'200'", "'201'", ["breaking: The answers of `make` changed to another schema or status."]),
        ("x-responses: 1", "5XX: { description: It failed. }", ["additive: Error 5XX of `make` described."]),
        ("A thing.", "The thing.", ["editorial: The answers of `make` is described anew."]),
        ("x-responses: 1", "x-responses: 2", []),
        ("{ X-Left: {", "{ X-More: { schema: {} }, X-Left: {", ["additive: Header `X-More` of the answer 200 of `make` added."]),
        (
            "          headers: { X-Left: { schema: { type: integer } } }\n",
            "",
            ["breaking: Header `X-Left` of the answer 200 of `make` removed."],
        ),
        ("type: integer", "type: string", ["breaking: Header `X-Left` of the answer 200 of `make` changed."]),
    ],
)  # fmt: skip
def test_a_change_of_the_text(old: str, new: str, expected: list[str]) -> None:
    found = compare(contract(), contract((old, new)))
    assert sorted(f"{change.meaning}: {change.text}" for change in found) == expected


def test_the_other_way_round() -> None:
    bound = "      requestBody:\n", "      requestBody:\n        required: true\n"
    assert [*map(str, compare(contract(bound), contract()))] == [
        str(Change("additive", "The request of `make` is no longer required."))
    ]
    header = "X-Left: {", "X-Left: { required: true, "
    assert meanings(compare(contract(header), contract())) == {"breaking"}
    required = "in: query,", "in: query, required: true,"
    assert meanings(compare(contract(required), contract())) == {"additive"}


def test_a_type_that_only_a_parameter_leads_to_may_not_take_less() -> None:
    used = "schema: { type: string } }", "schema: { $ref: '#/components/schemas/Sort' } }"
    wide, narrow = (
        contract(used, ("    Open:", f"    Sort: {{ properties: {{ by: {{ type: {kind} }} }} }}\n    Open:"))
        for kind in ("[string, 'null']", "string")
    )
    assert meanings(compare(wide, narrow)) == {"breaking"}


ODD = """
openapi: 3.1.0
x-top: text
paths:
  /a:
    x-path: text
    parameters: null
    get: { operationId: a, x-operation: text, parameters: [{ $ref: '#/components/parameters/loop' }] }
    put: { operationId: b, responses: null, requestBody: null }
    post:
      responses:
        x-responses: text
        200: { content: { application/json: { schema: { $ref: '#/components/schemas/D' } } } }
        default: { description: None., headers: null, content: null }
components:
  x-components: text
  parameters: { loop: { $ref: '#/components/parameters/loop' } }
  schemas:
    x-schema: text
    A: { properties: null, required: null, x-a: text }
    B: true
    C: false
    D: { properties: { d: { $ref: '#/components/schemas/D' }, t: true, f: false, n: null, title: {} }, oneOf: [true, false] }
    E: { $ref: '#/components/schemas/F' }
    F: { $ref: '#/components/schemas/E' }
    G: { type: [array, 'null'], items: { $ref: '#/components/schemas/G' } }
"""


def test_odd_contracts_are_compared() -> None:
    odd, empty = Source(ODD), Source("openapi: 3.1.0\ncomponents: null\npaths: {}\n")
    assert compare(odd, odd) == []
    assert {change.meaning for change in compare(odd, empty)} == {"breaking"}
    assert {change.meaning for change in compare(empty, odd)} == {"additive"}
    assert meanings(compare(odd, Source(ODD.replace("B: true", "B: false")))) == {"breaking"}


RENAMED = """
components: {{ schemas: {{ ThingAttributes: {{ properties: {{ {} }} }} }} }}
"""


def test_a_member_that_is_renamed_is_one_change() -> None:
    old = Source(RENAMED.format("auth_token: { type: string }, other: { type: integer }"))
    new = Source(RENAMED.format("authorization_token: { type: string }, another: { type: boolean }"))
    assert {change.text: change.meaning for change in compare(old, new)} == {
        "Attribute `auth_token` of things removed, and `authorization_token` of the same type added (string):"
        " renamed?": "breaking",
        "Attribute `other` of things removed.": "breaking",
        "Attribute `another` of things added (boolean).": "additive",
    }


def test_to_quote_a_description_whose_comma_cut_it_short_changes_words_alone() -> None:
    old = Source(RENAMED.format("title: { type: string, description: What, in short. }"))
    new = Source(RENAMED.format("title: { type: string, description: 'What, in short.' }"))
    assert [change.meaning for change in compare(old, new)] == ["editorial"]
