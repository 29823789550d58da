"""The house rules of the contract: what the compiler needs that OpenAPI does not ask for.

Each rule has a name, a remedy, and a check that yields the places where it is broken and what is wrong there. Whether
the contract is valid OpenAPI is checked before; whether it agrees with the API is up to the tests of the contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from contract.source import KEYWORDS, MEDIA_TYPE, SCHEMAS, Place, Source, allows_null, named, places

Broken: TypeAlias = Iterator[tuple[Place, str]]

# Names of members that generated models use themselves.
_RESERVED = frozenset({"d", "cls", "src_dict", "field_dict", "to_dict", "from_dict", "additional_properties"})
# A member whose name has one of these words may open something.
_SECRET = re.compile(r"(^|_)(tokens?|secrets?|passwords?|keys?|credentials?)($|_)")
_REFERENCE = re.compile(r"#/components/[A-Za-z]+/[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Rule:
    """One rule."""

    name: str
    remedy: str
    check: Callable[[Source], Broken]


@dataclass(frozen=True)
class Finding:
    """One place where a rule is broken."""

    rule: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.line}: {self.rule}: {self.message}. {self.remedy}."


RULES: list[Rule] = []


def rule(name: str, remedy: str) -> Callable[[Callable[[Source], Broken]], Callable[[Source], Broken]]:
    """Put a check into the list of rules."""

    def add(check: Callable[[Source], Broken]) -> Callable[[Source], Broken]:
        RULES.append(Rule(name, remedy, check))
        return check

    return add


def lint(source: Source) -> list[Finding]:
    """Everything that is wrong, in the order of lines; what stands in an anchor is reported once."""
    found = {
        Finding(each.name, source.line(place), message, each.remedy)
        for each in RULES
        for place, message in each.check(source)
    }
    return sorted(found, key=lambda finding: (finding.line, finding.rule, finding.message))


@rule("openapi-3.1", "Write 3.1.0: the compiler refuses 3.2, and knows const and type lists from 3.1 only")
def _version(source: Source) -> Broken:
    if not str(source.get(("openapi",))).startswith("3.1."):
        yield ("openapi",), f"the version is {source.get(('openapi',))}"


@rule("snake-case-operation-id", "Name it like retrieve_klarna_payment: functions and modules are called so")
def _operation_ids(source: Source) -> Broken:
    for place, operation in source.operations():
        name = operation.get("operationId")
        if not isinstance(name, str) or not re.fullmatch(r"[a-z]+(_[a-z]+)*", name):
            yield (*place, "operationId"), f"the operation id {name!r} is not in snake case"


@rule(
    "tag-of-the-path",
    "Give the operation one tag, the resource type that its path begins or ends with, and declare it; declare no tag"
    " without an operation: the tag is the folder that the function is compiled into",
)
def _tags(source: Source) -> Broken:
    declared = [tag.get("name") for tag in source.get(("tags",), []) if isinstance(tag, dict)]
    used: set[str] = set()
    for place, operation in source.operations():
        steps = [step for step in str(place[1]).split("/") if step and not step.startswith("{")]
        ends = {step for step in (*steps[:1], *steps[-1:]) if step in declared}
        tags = operation.get("tags")
        if not ends:
            yield (*place, "tags"), f"no tag is declared for {place[1]}"
        elif not isinstance(tags, list) or len(tags) != 1 or tags[0] not in ends:
            yield (*place, "tags"), f"the tags are {tags} and not [{' or '.join(sorted(ends))}]"
        used.update(map(str, tags if isinstance(tags, list) else ()))
    for index, name in enumerate(declared):
        if name not in used:
            yield ("tags", index), f"no operation has the tag {name}"


@rule("security-at-top", "Leave it to the top level, so that the plain client is accepted by every function")
def _security(source: Source) -> Broken:
    if not source.get(("security",)):
        yield (), "the top level has no security"
    for place, operation in source.operations():
        if "security" in operation:
            yield (*place, "security"), "an operation has security of its own"


@rule("plain-reference", "Refer to a whole component and put nothing beside $ref: the compiler drops both silently")
def _references(source: Source) -> Broken:
    for place, node in places(source.data):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if isinstance(reference, str) and not _REFERENCE.fullmatch(reference):
            yield place, f"{reference} leads to the inside of a component, or out of the contract"
        elif isinstance(reference, str) and len(node) > 1:
            yield place, f"{', '.join(sorted(set(node) - {'$ref'}))} stands beside $ref"


@rule("paths-in-place", "Write the operations in the path itself: the compiler drops those that it refers to")
def _paths(source: Source) -> Broken:
    for path, item in source.get(("paths",), {}).items():
        if isinstance(item, dict) and "$ref" in item:
            yield ("paths", path), f"{path} is a reference"


@rule("named-components", "Move it to components/schemas and refer to it: inline objects get names that change")
def _named(source: Source) -> Broken:
    for place, schema in {**source.requests, **source.answers}.items():
        if "properties" in schema and not named(place):
            yield place, "an object with members has no name"
    for place, operation in source.operations():
        answers = ((*place, "responses", status) for status in operation.get("responses", {}))
        for body in ((*place, "requestBody"), *answers):
            where, content = source.resolved(body, source.get(body, {}))
            media = content.get("content", {}).get(MEDIA_TYPE, {}) if isinstance(content, dict) else {}
            if "schema" in media and not (isinstance(media["schema"], dict) and "$ref" in media["schema"]):
                yield where, "the schema of a body is not a reference"


@rule(
    "errors-as-components",
    "Refer to Error and ServerError of components/responses, so that each operation knows the same errors",
)
def _errors(source: Source) -> Broken:
    for place, operation in source.operations():
        for status in ("4XX", "5XX"):
            if "$ref" not in operation.get("responses", {}).get(status, {}):
                yield (*place, "responses"), f"{status} is not a reference"


@rule("examples-as-files", "Write examples: and name files of spec/examples as externalValue: mocks answer with them")
def _examples(source: Source) -> Broken:
    for place, media in places(source.data):
        if place[-2:] != ("content", MEDIA_TYPE) or not isinstance(media, dict):
            continue
        examples = media.get("examples")
        each = examples.values() if isinstance(examples, dict) else ()
        files = [str(one.get("externalValue")) for one in each if isinstance(one, dict)]
        if not files or not all(re.fullmatch(r"examples/\w+\.json", file) for file in files):
            yield place, "a body has no example, or one that is no file of spec/examples"


@rule("open-answers", "Describe the values in words and leave the schema open: the API may add values and members")
def _open(source: Source) -> Broken:
    for place, schema in source.answers.items():
        for word in ("enum", "const", "discriminator"):
            if word in schema:
                yield (*place, word), f"{_name(place)} has {word} in what the server sends"
        for word in ("additionalProperties", "unevaluatedProperties"):
            if schema.get(word) is False:
                yield (*place, word), f"{_name(place)} is closed in what the server sends"


@rule(
    "no-allof-beside-properties", "Write all members out: the compiler takes the base for the whole and drops the rest"
)
def _all_of(source: Source) -> Broken:
    for place, schema in {**source.requests, **source.answers}.items():
        if "allOf" in schema and "properties" in schema:
            yield (*place, "allOf"), f"{_name(place)} has allOf beside properties"


@rule(
    "no-nullable-enum", "Write a string that may be null and name the values in words: the compiler makes three classes"
)
def _nullable_enums(source: Source) -> Broken:
    for place, schema in source.requests.items():
        kinds = schema.get("type")
        nullable = None in schema.get("enum", ()) or (isinstance(kinds, list) and "null" in kinds)
        if "enum" in schema and nullable:
            yield (*place, "enum"), f"{_name(place)} is an enum that may be null"


@rule("known-keywords", "Quote a description that has a comma, or mend the keyword; extensions begin with x-")
def _keywords(source: Source) -> Broken:
    for place, schema in source.all_schemas():
        for word in schema:
            if word not in KEYWORDS and not str(word).startswith("x-"):
                yield (*place, word), f"{_name(place)} has {word!r}, which is no keyword of a schema"


@rule("resource-type", "Write x-type with its type in the plural, as in x-type: orders: facts and drift go by it")
def _types(source: Source) -> Broken:
    for name, schema in source.schemas.items():
        members = schema.get("properties", {})
        attributes = isinstance(members, dict) and members.get("attributes")
        is_answer = (*SCHEMAS, name) in source.answers
        if is_answer and attributes and attributes != _FREE_FORM and not isinstance(schema.get("x-type"), str):
            yield (*SCHEMAS, name), f"{name} does not say its type"


@rule(
    "secret-or-not",
    "Write x-secret: true if the value opens something, so that it is never shown, and x-secret: false if not",
)
def _secrets(source: Source) -> Broken:
    for name, schema in source.schemas.items():
        members = schema.get("properties", {})
        for member, value in members.items() if isinstance(members, dict) else ():
            said = value.get("x-secret") if isinstance(value, dict) else None
            if (_SECRET.search(str(member)) or said is not None) and not isinstance(said, bool):
                yield (*SCHEMAS, name, "properties", member), f"{name}.{member} does not say whether it is secret"


@rule("free-form-without-type", "Leave type out (see FreeForm): with it the compiler makes a class that is no dict")
def _free_form(source: Source) -> Broken:
    for place, schema in source.answers.items():
        kinds = schema.get("type")
        if "object" in (kinds if isinstance(kinds, list) else [kinds]) and "properties" not in schema:
            yield (*place, "type"), f"{_name(place)} is free-form and has a type"


@rule("null-allowed", "Allow null as well, or write x-never-null: true where the API promises a value")
def _nullable(source: Source) -> Broken:
    for place, schema in _attributes(source):
        for name, member in schema.get("properties", {}).items():
            promised = isinstance(member, dict) and member.get("x-never-null") is True
            if not promised and not allows_null(member):
                yield (*place, "properties", name), f"{_name(place)}.{name} may not be null"


@rule("attributes-required", "Name it in required: a whole answer has it, and readers then need no Unset")
def _required(source: Source) -> Broken:
    for place, schema in _attributes(source):
        for name in schema.get("properties", {}):
            if name not in schema.get("required", []):
                yield (*place, "properties", name), f"{_name(place)}.{name} is not required"


@rule("required-members", "Require type, id, data and errors only: an answer without another member must be valid")
def _required_members(source: Source) -> Broken:
    attributes = {place for place, _ in _attributes(source)}
    for place, schema in source.answers.items():
        if not named(place) or place in attributes or place[-1] == "TokenAnswer":
            continue
        for name in schema.get("required", []):
            if name not in ("type", "id", "data", "errors"):
                yield (*place, "required"), f"{_name(place)} requires {name}"


@rule(
    "sparse-attributes",
    "Refer to a schema that is anyOf the attributes schema or FreeForm: an answer to sparse fieldsets has fewer, and a"
    " union without a name gets that of another schema from some compilers",
)
def _sparse(source: Source) -> Broken:
    for place, schema in source.answers.items():
        attributes = schema.get("properties", {}).get("attributes") if named(place) else None
        if attributes is None or attributes == _FREE_FORM:
            continue
        where, union = source.resolved((*place, "properties", "attributes"), attributes)
        branches = union.get("anyOf", []) if isinstance(union, dict) else []
        if not named(where) or len(branches) != 2 or branches[1] != _FREE_FORM:
            yield (*place, "properties", "attributes"), f"the attributes of {_name(place)} must all be there"


@rule("generic-included", "Write items: $ref Resource: included holds any type, those of tomorrow too")
def _included(source: Source) -> Broken:
    for place, schema in source.answers.items():
        included = schema.get("properties", {}).get("included") if named(place) else None
        items = included.get("items") if isinstance(included, dict) else included
        if included is not None and items != {"$ref": "#/components/schemas/Resource"}:
            yield (*place, "properties", "included"), f"{_name(place)} says what it includes"


@rule("requests-apart", "Give the request a schema of its own: what may be written is not what is read")
def _apart(source: Source) -> Broken:
    answers = source.answers
    for place, schema in source.requests.items():
        if place in answers and named(place) and "properties" in schema:
            yield place, f"{_name(place)} is both in requests and in answers"


@rule("const-with-default", "Give it the same default: the caller of the model need not write it then")
def _constants(source: Source) -> Broken:
    for place, schema in source.requests.items():
        if "const" in schema and schema.get("default") != schema["const"]:
            yield (*place, "const"), f"{_name(place)} is constant and has no default"


@rule("closed-requests", "Write additionalProperties: false, so that a misspelt member is found")
def _closed(source: Source) -> Broken:
    for place, schema in source.requests.items():
        if "properties" in schema and schema.get("additionalProperties") is not False:
            yield place, f"{_name(place)} takes any member"


@rule("parameter-shape", "Write a string, or a free-form object (form, explode) whose keys are complete query keys")
def _parameter_shapes(source: Source) -> Broken:
    for place, parameter in _parameters(source):
        schema = _schema(source, place, parameter)
        if parameter.get("style", "form") not in ("form", "simple") or parameter.get("explode") is False:
            yield place, f"the style of {parameter.get('name')} is one that the compiler gets wrong"
        elif schema.get("type") == "array":
            yield place, f"{parameter.get('name')} is a list, which the compiler would repeat"
        elif schema.get("type") == "object" and "properties" in schema:
            yield place, f"{parameter.get('name')} has members, whose keys the compiler would send without its name"


@rule("no-parameter-default", "Leave the default out, and say it in the description: the compiler always sends it")
def _parameter_defaults(source: Source) -> Broken:
    for place, parameter in _parameters(source):
        if "default" in _schema(source, place, parameter):
            yield (*place, "schema", "default"), f"{parameter.get('name')} has a default"


@rule("described-schemas", "Write a description in the schema: from there it reaches the docstrings")
def _described(source: Source) -> Broken:
    for name, schema in source.schemas.items():
        if "description" not in schema:
            yield (*SCHEMAS, name), f"{name} has no description"
    for place, schema in _attributes(source):
        for name, member in schema.get("properties", {}).items():
            if isinstance(member, dict) and not {"$ref", "oneOf", "description"} & member.keys():
                yield (*place, "properties", name), f"{_name(place)}.{name} has no description"
    for place, parameter in _parameters(source):
        if "description" in parameter:
            yield (*place, "description"), f"{parameter.get('name')} is described outside of its schema"
        elif "description" not in _schema(source, place, parameter):
            yield (*place, "schema"), f"{parameter.get('name')} has no description"


@rule("described-operations", "Write a description: who may call it, and what one does not expect")
def _operations_described(source: Source) -> Broken:
    for place, operation in source.operations():
        if not operation.get("description"):
            yield (*place, "operationId"), f"{operation.get('operationId')} has no description"


@rule("reserved-names", "Choose another name for the schema; a member of that name cannot be compiled")
def _reserved(source: Source) -> Broken:
    for name, schema in source.schemas.items():
        if name in ("Client", "AuthenticatedClient", "Response", "Unset"):
            yield (*SCHEMAS, name), f"a schema called {name} hides a class of the generated package"
        for member in sorted(_RESERVED & set(schema.get("properties", {}))):
            yield (*SCHEMAS, name, "properties", member), f"{name}.{member} is a name that generated models use"


_FREE_FORM = {"$ref": "#/components/schemas/FreeForm"}


def _attributes(source: Source) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The attribute schemas of answers."""
    for place, schema in source.answers.items():
        if named(place) and str(place[-1]).endswith("Attributes"):
            yield place, schema


def _parameters(source: Source) -> Iterator[tuple[Place, dict[str, Any]]]:
    for place, _ in source.operations():
        yield from source.parameters(place)


def _schema(source: Source, place: Place, parameter: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter, as far as it says anything."""
    _, schema = source.resolved(place, parameter.get("schema", {}))
    return schema if isinstance(schema, dict) else {}


def _name(place: Place) -> str:
    """A schema in words: its name, and the member within it."""
    parts = [str(part) for part in (place[2:] if place[:2] == SCHEMAS else place) if part != "properties"]
    return ".".join(parts)
