"""What a change of the contract means on the wire: two contracts compared, in words for a changelog.

What it means in Python is up to `surface`; how both are shown is up to `report`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contract.source import SCHEMAS, Place, Source

# Additive: who uses the client need not change anything. Editorial: words alone.
Meaning = Literal["breaking", "additive", "editorial"]


@dataclass(frozen=True)
class Change:
    """One change, as a sentence."""

    meaning: Meaning
    text: str


def compare(old: Source, new: Source) -> list[Change]:
    """Everything that a change of the contract changes for users, breaking first."""
    changes = [*_operations(old, new), *_schemas(old, new)]
    order: dict[Meaning, int] = {"breaking": 0, "additive": 1, "editorial": 2}
    return sorted(dict.fromkeys(changes), key=lambda change: order[change.meaning])


def _operations(old: Source, new: Source) -> Iterator[Change]:
    before = {str(operation.get("operationId")): (place, operation) for place, operation in old.operations()}
    after = {str(operation.get("operationId")): (place, operation) for place, operation in new.operations()}
    for name in _gone(before, after):
        yield Change("breaking", f"Operation `{name}` removed ({_route(before[name][0])}).")
    for name, (place, operation) in after.items():
        if name not in before:
            yield Change("additive", f"Operation `{name}` added ({_route(place)}).")
            continue
        earlier_place, earlier = before[name]
        if _route(earlier_place) != _route(place):
            yield Change("breaking", f"Operation `{name}` moved from {_route(earlier_place)} to {_route(place)}.")
        yield from _parameters(name, old, earlier_place, new, place)
        for part, what in (("requestBody", "The request of"), ("responses", "The answers of")):
            if _bodies(old, (*earlier_place, part)) != _bodies(new, (*place, part)):
                yield Change("breaking", f"{what} `{name}` changed to another schema or status.")
        if any(earlier.get(word) != operation.get(word) for word in ("summary", "description")):
            yield Change("editorial", f"Operation `{name}` is described anew.")


def _parameters(operation: str, old: Source, old_place: Place, new: Source, new_place: Place) -> Iterator[Change]:
    before = {str(item.get("name")): item for _, item in old.parameters(old_place)}
    after = {str(item.get("name")): item for _, item in new.parameters(new_place)}
    for name in _gone(before, after):
        yield Change("breaking", f"Parameter `{name}` of `{operation}` removed.")
    for name, item in after.items():
        if name not in before:
            required = item.get("required") is True
            must = ", required" if required else ""
            yield Change("breaking" if required else "additive", f"Parameter `{name}` of `{operation}` added{must}.")
        elif _bare(item) != _bare(before[name]):
            yield Change("breaking", f"Parameter `{name}` of `{operation}` changed.")
        elif _words(item.get("schema")) != _words(before[name].get("schema")):
            yield Change("editorial", f"Parameter `{name}` of `{operation}` is described anew.")


def _schemas(old: Source, new: Source) -> Iterator[Change]:
    asked, told = old.requests(), old.answers()
    still_asked, still_told = new.requests(), new.answers()
    for name in _gone(old.schemas, new.schemas):
        yield Change("breaking", f"Type `{name}` removed.")
    for name, schema in new.schemas.items():
        place = (*SCHEMAS, name)
        if name not in old.schemas:
            yield Change("additive", f"Type `{name}` added.")
            continue
        request = place in asked or place in still_asked
        answer = place in told or place in still_told or not request
        yield from _members(name, old.schemas[name], schema, request=request, answer=answer)


def _members(name: str, old: Any, new: Any, *, request: bool, answer: bool) -> Iterator[Change]:
    before, after = old.get("properties", {}), new.get("properties", {})
    old_required, new_required = set(old.get("required", [])), set(new.get("required", []))
    kind, owner = _kind(name), _owner(name)
    for member in _gone(before, after):
        yield Change("breaking", f"{kind} `{member}` of {owner} removed.")
    for member, schema in after.items():
        if member not in before:
            must = request and member in new_required
            text = f"{kind} `{member}` of {owner} added ({_type(schema)}{', required' if must else ''})."
            yield Change("breaking" if must else "additive", text)
            continue
        was, is_ = _type(before[member]), _type(schema)
        if was != is_:
            wider, narrower = _alternatives(was) < _alternatives(is_), _alternatives(is_) < _alternatives(was)
            harmless = (wider or not request) and (narrower or not answer)
            text = f"{kind} `{member}` of {owner} changed from {was} to {is_}."
            yield Change("additive" if harmless else "breaking", text)
        elif _bare(before[member]) != _bare(schema):
            yield Change("breaking", f"{kind} `{member}` of {owner} changed.")
        elif _words(before[member]) != _words(schema):
            yield Change("editorial", f"{kind} `{member}` of {owner} is described anew.")
        if (member in old_required) != (member in new_required):
            required = member in new_required
            text = f"{kind} `{member}` of {owner} is {'now' if required else 'no longer'} required."
            yield Change("breaking" if required == request else "additive", text)
    rest = {"properties", "required"}
    if _bare(old, rest) != _bare(new, rest):
        yield Change("breaking", f"Type `{name}` changed.")
    elif _words(old) != _words(new):
        yield Change("editorial", f"Type `{name}` is described anew.")


def _gone(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in before if name not in after]


def _bodies(source: Source, place: Place) -> Any:
    """The schemas of a request or of all answers, by status and media type."""
    _, node = source.resolved(place, source.get(place, {}))
    if not isinstance(node, dict):
        return node
    if "content" in node:
        return {media: item.get("schema") for media, item in node["content"].items()}, node.get("required")
    if place[-1] == "requestBody":
        return node
    return {status: _bodies(source, (*place, status)) for status in node} if place[-1] == "responses" else None


def _route(place: Place) -> str:
    return f"{str(place[2]).upper()} {place[1]}"


def _bare(node: Any, without: set[str] | None = None) -> Any:
    """A schema without its words."""
    if isinstance(node, list):
        return [_bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    skipped = {"description", "summary", "title", "example", "examples", *(without or ())}
    return {
        key: {name: _bare(value) for name, value in item.items()} if key == "properties" else _bare(item)
        for key, item in node.items()
        if key not in skipped and not str(key).startswith("x-")
    }


def _words(schema: Any) -> Any:
    return schema.get("description") if isinstance(schema, dict) else None


def _type(schema: Any) -> str:
    """The type of a schema in words, such as ``string (date-time) or null``."""
    if not isinstance(schema, dict):
        return "anything"
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return "anything" if name == "FreeForm" else f"`{name}`"
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return " or ".join(sorted({_type(branch) for branch in schema[word]}, key=_null_last))
    kinds = schema.get("type")
    if kinds is None:
        return "anything"
    words = []
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind == "array":
            kind = f"list of {_type(schema.get('items', {}))}"
        elif kind == "string" and "format" in schema:
            kind = f"string ({schema['format']})"
        words.append(kind)
    return " or ".join(sorted(words, key=_null_last))


def _null_last(word: str) -> tuple[bool, str]:
    return word == "null", word


def _alternatives(words: str) -> set[str]:
    return set(words.split(" or "))


def _kind(name: str) -> str:
    if name.endswith("Attributes"):
        return "Attribute"
    return "Relationship" if name.endswith("Relationships") else "Member"


def _owner(name: str) -> str:
    """Whose member it is, in words: ``klarna payments``, ``updates of klarna payments``, or the type's name."""
    found = re.fullmatch(r"(\w+?)(Create|Update)?(Attributes|Relationships)", name)
    if found is None:
        return f"`{name}`"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", found[1]).lower() + "s"
    return {"Create": f"creates of {words}", "Update": f"updates of {words}"}.get(found[2] or "", words)
