"""What a change of the contract means on the wire: two contracts compared, in words for a changelog.

A request may admit more than before and an answer less; anything else that differs breaks, unless it is words alone.
In doubt a change is called breaking. What it means in Python is up to `surface`; how both are shown is up to `report`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contract.source import SCHEMAS, Place, Source

# Additive: who uses the client need not change anything. Editorial: words alone.
Meaning = Literal["breaking", "additive", "editorial"]

# What tells people something, and programs nothing.
_WORDS = {"title", "summary", "description", "example", "examples", "externalDocs", "deprecated", "$comment"}
# Keywords whose value is any JSON; those below which keys are names; and those whose list has no order.
_VALUES = {"const", "default"}
_NAMED = {"properties", "patternProperties", "$defs", "dependentSchemas", "dependentRequired", "content", "responses"}
_NAMED |= {"headers", "variables", "scopes", "securitySchemes"}
_UNORDERED = {"type", "required", "oneOf", "anyOf", "allOf"}


@dataclass(frozen=True)
class Change:
    """One change, as a sentence."""

    meaning: Meaning
    text: str


@dataclass(frozen=True)
class _Use:
    """Whether something is sent, received, or both."""

    request: bool = False
    answer: bool = False

    def meaning(self, *, wider: bool, narrower: bool) -> Meaning:
        """What it means that it admits other values: those it had and more (wider), or some of them (narrower)."""
        return "additive" if (wider or not self.request) and (narrower or not self.answer) else "breaking"

    def required(self, subject: str, was: bool, is_: bool) -> Iterator[Change]:
        if was != is_:
            text = f"{subject} is {'now' if is_ else 'no longer'} required."
            yield Change(self.meaning(wider=not is_, narrower=is_), text)


_SENT, _RECEIVED = _Use(request=True), _Use(answer=True)


def compare(old: Source, new: Source) -> list[Change]:
    """Everything that a change of the contract changes for users, breaking first."""
    changes = [*_access(old, new), *_operations(old, new), *_schemas(old, new)]
    order: dict[Meaning, int] = {"breaking": 0, "additive": 1, "editorial": 2}
    return sorted(dict.fromkeys(changes), key=lambda change: order[change.meaning])


# ---- Operations ----------------------------------------------------------------------------------------------------


def _access(old: Source, new: Source) -> Iterator[Change]:
    """Where the API is, and how one gets in."""
    was, is_ = ({str(_dict(each).get("url")): each for each in source.get(("servers",), [])} for source in (old, new))
    kept = [{"servers": [each.get(url) for url in was]} for each in (was, is_)]
    yield from _same("The servers of the API", kept[0], kept[1])
    if was.keys() < is_.keys():
        yield Change("additive", f"Server added: {', '.join(url for url in is_ if url not in was)}.")
    parts: dict[str, Place] = {
        "security": ("security",),
        "security schemes": ("components", "securitySchemes"),
    }
    for what, place in parts.items():
        before, after = ({place[-1]: source.get(place)} for source in (old, new))
        yield from _same(f"The {what} of the API", before, after)


def _operations(old: Source, new: Source) -> Iterator[Change]:
    before, after = (
        {
            str(operation.get("operationId") or _route(place)): (place, operation)
            for place, operation in each.operations()
        }
        for each in (old, new)
    )
    for name in _gone(before, after):
        yield Change("breaking", f"Operation `{name}` removed ({_route(before[name][0])}).")
    for name, (place, operation) in after.items():
        if name not in before:
            yield Change("additive", f"Operation `{name}` added ({_route(place)}).")
            continue
        earlier_place, earlier = before[name]
        if _route(earlier_place) != _route(place):
            yield Change("breaking", f"Operation `{name}` moved from {_route(earlier_place)} to {_route(place)}.")
        for part in ("servers", "security"):
            was, is_ = (
                {part: owner.get((*where, part), owner.get((*where[:-1], part)))}
                for owner, where in ((old, earlier_place), (new, place))
            )
            yield from _same(f"The {part} of `{name}`", was, is_)
        yield from _parameters(name, old, earlier_place, new, place)
        yield from _request(name, old, earlier_place, new, place)
        yield from _answers(name, _responses(old, earlier_place), _responses(new, place))
        yield from _editorial(f"Operation `{name}`", _only(earlier, _WORDS), _only(operation, _WORDS))


def _parameters(operation: str, old: Source, old_place: Place, new: Source, new_place: Place) -> Iterator[Change]:
    before, after = (
        {(item.get("in"), item.get("name")): item for _, item in source.parameters(place) if isinstance(item, dict)}
        for source, place in ((old, old_place), (new, new_place))
    )
    for _, name in _gone(before, after):
        yield Change("breaking", f"Parameter `{name}` of `{operation}` removed.")
    for key, item in after.items():
        subject, required = f"Parameter `{key[1]}` of `{operation}`", item.get("required") is True
        if key not in before:
            yield Change("breaking" if required else "additive", f"{subject} added{', required' if required else ''}.")
            continue
        earlier = before[key]
        yield from _same(subject, *(_but(each, "schema", "required") for each in (earlier, item)))
        yield from _SENT.required(subject, earlier.get("required") is True, required)
        yield from _value(subject, earlier.get("schema"), item.get("schema"), _SENT)


def _request(operation: str, old: Source, old_place: Place, new: Source, new_place: Place) -> Iterator[Change]:
    places = ((old, (*old_place, "requestBody")), (new, (*new_place, "requestBody")))
    was, is_ = (_dict(source.resolved(place, source.get(place))[1]) for source, place in places)
    subject = f"The request of `{operation}`"
    if _shape(was) != _shape(is_) and _shape(_but(was, "required")) == _shape(_but(is_, "required")):
        yield from _SENT.required(subject, was.get("required") is True, is_.get("required") is True)
    else:
        yield from _same(subject, was, is_, "changed to another schema")


def _answers(operation: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    was, is_ = ({status: _but(answer, "headers") for status, answer in each.items()} for each in (before, after))
    # What was not described could always come: a description of an error takes nothing away.
    for status in [each for each in is_ if each not in was and each[:1] in "45"]:
        yield Change("additive", f"Error {status} of `{operation}` described.")
        del is_[status]
    subject = f"The answers of `{operation}`"
    yield from _same(subject, {"responses": was}, {"responses": is_}, "changed to another schema or status")
    for status in before.keys() & after.keys():
        earlier, later = _dict(before[status].get("headers")), _dict(after[status].get("headers"))
        where = f"of the answer {status} of `{operation}`"
        for name in _gone(earlier, later):
            yield Change("breaking", f"Header `{name}` {where} removed.")
        for name, header in later.items():
            if name in earlier:
                yield from _same(f"Header `{name}` {where}", earlier[name], header)
            else:
                yield Change("additive", f"Header `{name}` {where} added.")


def _responses(source: Source, place: Place) -> dict[str, Any]:
    """The answers of an operation by status, references resolved."""
    found = {}
    for status, item in _dict(source.get((*place, "responses"))).items():
        if not str(status).startswith("x-"):
            where, answer = source.resolved((*place, "responses", status), item)
            found[str(status)] = answer = dict(_dict(answer))
            if headers := _dict(answer.get("headers")):
                answer["headers"] = {
                    name: source.resolved((*where, "headers", name), header)[1] for name, header in headers.items()
                }
    return found


# ---- Schemas -------------------------------------------------------------------------------------------------------


def _schemas(old: Source, new: Source) -> Iterator[Change]:
    asked, told = {*old.requests, *new.requests}, {*old.answers, *new.answers}
    before, after = (_spelt_out(_dict(source.get(SCHEMAS))) for source in (old, new))
    for name in _gone(before, after):
        yield Change("breaking", f"Type `{name}` removed.")
    for name, schema in after.items():
        place = (*SCHEMAS, name)
        if name in before:
            # What no body leads to, a parameter may: it is taken for both.
            use = _Use(request=place in asked or place not in told, answer=place in told or place not in asked)
            yield from _members(name, before[name], schema, use)
            was, is_ = (_but(each, "properties", "required") for each in (before[name], schema))
            yield from _value(f"Type `{name}`", was, is_, use)
        else:
            yield Change("additive", f"Type `{name}` added.")


def _spelt_out(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """All schemas, those that are true or false as well, with unions in place of their names, which change nothing."""
    unions = {
        f"#/components/schemas/{name}": each
        for name, each in schemas.items()
        if _dict(each).keys() - _WORDS == {"anyOf"}
    }
    found = {}
    for name, schema in schemas.items():
        members = _dict(_dict(schema).get("properties"))
        placed = {member: unions.get(str(_dict(value).get("$ref")), value) for member, value in members.items()}
        found[name] = {**schema, "properties": placed} if members else schema
    return found


def _members(name: str, old: Any, new: Any, use: _Use) -> Iterator[Change]:
    before, after = (_dict(_dict(each).get("properties")) for each in (old, new))
    was_required, is_required = (dict.fromkeys(_dict(each).get("required") or ()) for each in (old, new))
    renamed = _renamed(before, after)
    for member in dict.fromkeys([*before, *after, *was_required, *is_required]):
        subject = f"{_kind(name)} `{member}` of {_owner(name)}"
        if member in renamed:
            shown = _shown(_alternatives(before[member]))
            text = f"{subject} removed, and `{renamed[member]}` of the same type added ({shown}): renamed?"
            yield Change("breaking", text)
        elif member in before and member not in after:
            yield Change("breaking", f"{subject} removed.")
        elif member in renamed.values():
            continue  # it is said of the old name
        elif member in after and member not in before:
            must = use.request and member in is_required and member not in was_required
            text = f"{subject} added ({_shown(_alternatives(after[member]))}{', required' if must else ''})."
            yield Change("breaking" if must else "additive", text)
        else:
            if member in before:
                yield from _value(subject, before[member], after[member], use)
            yield from use.required(subject, member in was_required, member in is_required)


def _renamed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """The members that are gone, each with the one of the same type that came and whose name is the most alike."""
    came = [name for name in after if name not in before]
    found: dict[str, str] = {}
    for name in _gone(before, after):
        kinds = _alternatives(before[name]).keys()
        same = [each for each in came if each not in found.values() and _alternatives(after[each]).keys() == kinds]
        if near := difflib.get_close_matches(name, same, n=1, cutoff=0.4):
            found[name] = near[0]
    return found


def _value(subject: str, old: Any, new: Any, use: _Use) -> Iterator[Change]:
    """What a change of a schema means, by the alternatives that it admits."""
    before, after = _alternatives(old), _alternatives(new)
    if before.keys() == after.keys():
        yield from _editorial(subject, _dict(old), _dict(new))
        return
    # "A or anything" admits what "anything" does, but says more to readers.
    narrower = after.keys() < before.keys() and _ANYTHING not in after
    was, is_ = _shown(before), _shown(after)
    how = f" from {was} to {is_}" if was != is_ else ""
    yield Change(use.meaning(wider=before.keys() < after.keys(), narrower=narrower), f"{subject} changed{how}.")


def _alternatives(schema: Any) -> dict[Hashable, str]:
    """What a schema admits: each of its types or branches with all that is said about it, and its name in words."""
    if schema is False:
        return {False: "nothing"}
    schema = _dict(schema)
    for word in ("oneOf", "anyOf"):
        if isinstance(schema.get(word), list):
            found = {key: shown for branch in schema[word] for key, shown in _alternatives(branch).items()}
            if word == "oneOf" and not _apart(schema[word]):
                return {_shape(schema): _shown(found)}  # one branch more takes values away from another
            rest = _shape(_but(schema, word))
            return {key if rest == _ANYTHING else (key, rest): shown for key, shown in found.items()}
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return {_shape(schema): "anything" if name == "FreeForm" else f"`{name}`"}
    kinds = schema.get("type")
    if kinds is None:
        return {_shape(schema): "anything"}
    return {
        _shape({**schema, "type": kind}): _kind_shown(kind, schema)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    }


def _apart(branches: list[Any]) -> bool:
    """Whether no value is of two branches, by their types; what is behind a reference is taken to be apart."""
    kinds: list[Any] = []
    for branch in branches:
        kind = _dict(branch).get("type", "object" if "$ref" in _dict(branch) and _shape(branch) != _ANYTHING else None)
        if kind is None and len(branches) > 1:
            return False
        if "$ref" not in _dict(branch):
            kinds += ["number" if each == "integer" else each for each in (kind if isinstance(kind, list) else [kind])]
    return len(kinds) == len(set(kinds))


def _kind_shown(kind: Any, schema: Mapping[str, Any]) -> str:
    if kind == "array":
        items = _alternatives(schema.get("items"))
        return f"list of ({_shown(items)})" if len(items) > 1 else f"list of {_shown(items)}"
    return f"string ({schema['format']})" if kind == "string" and "format" in schema else str(kind)


def _shown(alternatives: Mapping[Hashable, str]) -> str:
    return " or ".join(sorted(set(alternatives.values()), key=lambda word: (word == "null", word)))


# ---- Comparing -----------------------------------------------------------------------------------------------------


def _same(subject: str, old: Any, new: Any, how: str = "changed") -> Iterator[Change]:
    """For what breaks however it changes."""
    if _shape(old) != _shape(new):
        yield Change("breaking", f"{subject} {how}.")
    else:
        yield from _editorial(subject, old, new)


def _editorial(subject: str, old: Any, new: Any) -> Iterator[Change]:
    was, is_ = (_dict(each).get("deprecated") is True for each in (old, new))
    if was != is_:
        yield Change("editorial", f"{subject} is {'now' if is_ else 'no longer'} deprecated.")
    if _shape(_but(old, "deprecated"), words=True) != _shape(_but(new, "deprecated"), words=True):
        yield Change("editorial", f"{subject} is described anew.")


def _shape(node: Any, *, words: bool = False) -> Hashable:
    """Part of a contract, so that equal ones compare equal: without extensions, and without words unless asked."""
    if isinstance(node, list):
        return tuple(_shape(item, words=words) for item in node)
    if not isinstance(node, dict):
        return _exact(node)
    found: set[Hashable] = set()
    for key, item in node.items():
        # A keyword without a value is the rest of a description whose comma was not quoted.
        if str(key).startswith("x-") or (key in _WORDS and not words) or _says_nothing(key, item):
            continue
        shape: Hashable
        if key in _NAMED and isinstance(item, dict):
            shape = frozenset((str(name), _shape(each, words=words)) for name, each in item.items())
        elif key in _UNORDERED:
            shape = frozenset(_shape(each, words=words) for each in (item if isinstance(item, list) else [item]))
        elif key == "enum" and isinstance(item, list):
            shape = frozenset(map(_exact, item))
        else:
            shape = _exact(item) if key in _VALUES | _WORDS else _shape(item, words=words)
        found.add((str(key), shape))
    return frozenset(found)


def _exact(value: Any) -> Hashable:
    """A value with the types of its parts, for true is not 1."""
    if isinstance(value, dict):
        return frozenset((_exact(key), _exact(item)) for key, item in value.items())
    return tuple(map(_exact, value)) if isinstance(value, list) else (type(value).__name__, value)


def _says_nothing(key: str, item: Any) -> bool:
    """Whether it is another way to admit anything."""
    free_form = key == "$ref" and str(item).rpartition("/")[2] == "FreeForm"
    nothing = item is None and key not in _VALUES
    return free_form or nothing or (key == "additionalProperties" and item in (True, {}))


_ANYTHING = _shape({})


def _dict(node: Any) -> dict[Any, Any]:
    return node if isinstance(node, dict) else {}


def _but(node: Any, *keys: str) -> Any:
    return {key: item for key, item in node.items() if key not in keys} if isinstance(node, dict) else node


def _only(node: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: node[key] for key in keys if key in node}


def _gone(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> list[Any]:
    return [name for name in before if name not in after]


# ---- Words ---------------------------------------------------------------------------------------------------------


def _route(place: Place) -> str:
    return f"{str(place[2]).upper()} {place[1]}"


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
