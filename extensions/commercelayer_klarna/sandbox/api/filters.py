"""Filters: ``filter[q][...]`` with every documented predicate, and the plain filters of the catalogue.

``parse`` turns one filter into a ``Condition``, a test on a record; ``query`` decides which parameters are filters and
joins conditions with AND. Comparison follows SQL, as the API's documentation says: ``null`` equals nothing, and differs
from nothing. unknown: the case of letters (LIKE is taken as case-sensitive), the error of a wrong name inside ``q``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from attrs import frozen

from commercelayer_klarna.sandbox.api import json_bytes
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.problems import (
    Refused,
    filter_not_allowed,
    invalid_filter_value,
    invalid_filters_syntax,
    not_modelled,
    partly_modelled,
    undocumented,
)
from commercelayer_klarna.sandbox.api.schema import RESOURCES, Attribute, Kind, Relationship, ResourceType
from commercelayer_klarna.sandbox.api.state import Record, State

Comparable: TypeAlias = str | float | bool | datetime
Test: TypeAlias = Callable[[JSON], bool]


@frozen
class Path:
    """An attribute of the resource, or of the record at the end of to-one relationships."""

    attribute: Attribute
    relationships: tuple[str, ...] = ()

    def read(self, record: Record, state: State) -> JSON:
        """Return the value; null if there is no record to read it from."""
        found: Record | None = record
        for name in self.relationships:
            found = None if found is None else state.follow(found.linked.get(name))
        return None if found is None else found.value(self.attribute.name)


@frozen
class Condition:
    """One filter: true if any of its paths passes its test. ``behind`` is the id that it alone asks to come behind."""

    alternatives: tuple[tuple[Path, Test], ...]
    behind: str | None = None

    def holds(self, record: Record, state: State) -> bool:
        """Return whether the record passes."""
        return any(test(path.read(record, state)) for path, test in self.alternatives)


@frozen
class Predicate:
    """How a predicate compares a value with what was asked for."""

    compare: Callable[[Comparable, Comparable], bool]
    kinds: frozenset[Kind]
    # How many values it takes, and whether one or all of them must compare.
    takes: Literal["one", "any", "all"] = "one"
    or_null: bool = False


_SCALARS: frozenset[Kind] = frozenset({"id", "string", "datetime", "boolean", "integer"})
_ORDERED: frozenset[Kind] = frozenset({"id", "string", "datetime", "integer"})
_TEXT: frozenset[Kind] = frozenset({"string"})
_ANYTHING: frozenset[Kind] = frozenset({*_SCALARS, "object"})
_BOOLEAN: frozenset[Kind] = frozenset({"boolean"})
_OBJECT: frozenset[Kind] = frozenset({"object"})
_FLAGS: Mapping[str, frozenset[Kind]] = {
    **dict.fromkeys(("present", "blank", "null", "not_null"), _ANYTHING),
    **dict.fromkeys(("true", "false"), _BOOLEAN),
}


def _like(value: Comparable, pattern: Comparable) -> bool:
    """SQL's LIKE: % is any text, _ any letter. No regular expression, since those can be made to take forever."""
    text, like = str(value), str(pattern)
    at = star = resume = 0
    here, seen = 0, False
    while here < len(text):
        if at < len(like) and like[at] == "%":
            star, resume, seen, at = at, here, True, at + 1
        elif at < len(like) and like[at] in ("_", text[here]):
            at, here = at + 1, here + 1
        elif seen:
            resume += 1
            at, here = star + 1, resume
        else:
            return False
    return not like[at:].strip("%")


def _start(value: Comparable, text: Comparable) -> bool:
    return str(value).startswith(str(text))


def _end(value: Comparable, text: Comparable) -> bool:
    return str(value).endswith(str(text))


def _contains(value: Comparable, text: Comparable) -> bool:
    return str(text) in str(value)


def _not(compare: Callable[[Comparable, Comparable], bool]) -> Callable[[Comparable, Comparable], bool]:
    return lambda value, operand: not compare(value, operand)


def _predicates() -> dict[str, Predicate]:
    found: dict[str, Predicate] = {
        "eq": Predicate(operator.eq, _SCALARS),
        "not_eq": Predicate(operator.ne, _SCALARS),
        "eq_or_null": Predicate(operator.eq, _SCALARS, or_null=True),
        "not_eq_or_null": Predicate(operator.ne, _SCALARS, or_null=True),
        "not_eq_all": Predicate(operator.ne, _SCALARS, "all"),
        "in": Predicate(operator.eq, _SCALARS, "any"),
        "in_or_null": Predicate(operator.eq, _SCALARS, "any", or_null=True),
        "not_in": Predicate(operator.ne, _SCALARS, "all"),
        "not_in_or_null": Predicate(operator.ne, _SCALARS, "all", or_null=True),
    }
    orders: dict[str, Callable[[Comparable, Comparable], bool]] = {
        "lt": operator.lt,
        "lteq": operator.le,
        "gt": operator.gt,
        "gteq": operator.ge,
    }
    texts: dict[str, Callable[[Comparable, Comparable], bool]] = {
        "matches": _like,
        "does_not_match": _not(_like),
        "start": _start,
        "not_start": _not(_start),
        "end": _end,
        "not_end": _not(_end),
        "cont": _contains,
        "not_cont": _not(_contains),
    }
    for family, kinds in ((orders, _ORDERED), (texts, _TEXT)):
        for name, compare in family.items():
            found[name] = Predicate(compare, kinds)
            found[f"{name}_any"] = Predicate(compare, kinds, "any")
            found[f"{name}_all"] = Predicate(compare, kinds, "all")
    # The one combination that the documentation does not list.
    del found["not_cont_any"]
    return found


PREDICATES: Mapping[str, Predicate] = _predicates()
_UNREADABLE = undocumented("what a value that its attribute cannot have does")
# Longest first, so that ``_eq_or_null`` is not read as an attribute called ``..._eq_or`` with ``_null``.
_NAMES = sorted([*PREDICATES, *_FLAGS, "jcont"], key=len, reverse=True)


def parse(resource: ResourceType, name: str, value: str, state: State) -> Condition:
    """Return the condition of ``filter[q][name]=value``, or refuse it."""
    for predicate in _NAMES:
        subject = name.removesuffix(f"_{predicate}")
        if subject == name:
            continue
        paths = [_path(resource, part) for part in subject.split("_or_")]
        found = [path for path in paths if path is not None]
        if len(found) == len(paths):
            tests = tuple((path, _test(path.attribute, predicate, name, value, state)) for path in found)
            return Condition(tests, behind=value if name == "id_gt" else None)
    because = undocumented("the error of a wrong attribute or predicate in q")
    raise Refused(filter_not_allowed(name), because=_beyond(resource, name) or because)


def parse_plain(resource: ResourceType, name: str, value: str, state: State) -> Condition:
    """Return the condition of ``filter[name]=value``, or refuse it."""
    path, predicate = _plain(resource, name)
    if path is None:
        raise Refused(filter_not_allowed(name), because=_beyond(resource, name))
    return Condition(((path, _test(path.attribute, predicate, name, value, state)),))


def _plain(resource: ResourceType, name: str) -> tuple[Path | None, str]:
    if name == "ids":
        return _path(resource, "id"), "in"
    for suffix, predicate in (("_from", "gteq"), ("_to", "lteq")):
        path = _path(resource, name.removesuffix(suffix))
        if name.endswith(suffix) and path is not None and path.attribute.kind == "datetime":
            return path, predicate
    path = _path(resource, name)
    if path is None or path.attribute.kind == "datetime":
        return None, ""
    if path.relationships and path.attribute.name != "id":
        return None, ""
    return path, "jcont" if path.attribute.kind == "object" else "in"


def _path(resource: ResourceType, name: str) -> Path | None:
    attribute = resource.attributes.get(name)
    if attribute is not None:
        return Path(attribute) if attribute.filterable else None
    for relationship, rest in _followed(resource, name):
        there = None if relationship.many else _path(RESOURCES[relationship.target], rest)
        if there is not None:
            return Path(there.attribute, (relationship.name, *there.relationships))
    return None


def _followed(resource: ResourceType, name: str) -> Iterator[tuple[Relationship, str]]:
    """Yield the relationships that a name may begin with, and the rest of it."""
    for relationship in resource.relationships.values():
        if relationship.filterable and name.startswith(f"{relationship.name}_"):
            yield relationship, name.removeprefix(f"{relationship.name}_")


def _beyond(resource: ResourceType, name: str) -> str | None:
    """Say of a name that is wrong here that the API may know it, as it leads to what is modelled in part."""
    for relationship, rest in _followed(resource, name):
        if relationship.many:
            return not_modelled(f"filtering {resource.name} by {relationship.name}")
        found = _beyond(RESOURCES[relationship.target], rest)
        if found is not None:
            return found
    return partly_modelled(resource, name)


def _test(attribute: Attribute, predicate: str, name: str, text: str, state: State) -> Test:
    if not text.strip():
        # The library that the service very probably uses leaves a blank filter out, and answers everything.
        raise Refused(invalid_filter_value(text, name), because=undocumented("what a blank filter value does"))
    if predicate == "jcont":
        _check_kind(attribute, _OBJECT, name)
        return _jcont(name, text)
    if predicate in _FLAGS:
        _check_kind(attribute, _FLAGS[predicate], name)
        return _flag(predicate, name, text)
    rule = PREDICATES[predicate]
    _check_kind(attribute, rule.kinds, name)
    texts = [text] if rule.takes == "one" else text.split(",")
    operands = [_comparable(attribute.kind, item, name, state) for item in texts]
    quantified = any if rule.takes == "any" else all

    def test(value: JSON) -> bool:
        if value is None:
            return rule.or_null
        stored = _comparable(attribute.kind, value, name, state)
        return quantified(rule.compare(stored, operand) for operand in operands)

    return test


def _check_kind(attribute: Attribute, kinds: frozenset[Kind], name: str) -> None:
    if attribute.kind not in kinds:
        raise Refused(
            invalid_filters_syntax(name),
            because=undocumented(f"what this predicate does on an attribute of kind {attribute.kind}"),
        )


def _comparable(kind: Kind, value: JSON, name: str, state: State) -> Comparable:
    """Return the value in a form that compares as the API orders it; both stored values and those asked for."""
    if isinstance(value, bool | int | float):
        return value
    text = str(value)
    try:
        match kind:
            case "id":
                # inferred: behind the ids are numbers that follow creation, and ``id_gt`` pages by them.
                return state.sequence_of(text)
            case "datetime":
                moment = datetime.fromisoformat(text)
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
            case "integer":
                return int(text)
            case "boolean":
                return {"true": True, "false": False}[text]
            case _:
                return text
    except (ValueError, OverflowError, KeyError):
        raise Refused(invalid_filter_value(text, name), because=_UNREADABLE) from None


def _flag(predicate: str, name: str, text: str) -> Test:
    if text not in ("true", "false"):
        raise Refused(invalid_filter_value(text, name), because=_UNREADABLE)
    wanted = text == "true"

    def holds(value: JSON) -> bool:
        match predicate:
            case "null":
                return value is None
            case "not_null":
                return value is not None
            # unknown: whether an empty object is blank; in SQL only null and the empty text are.
            case "blank":
                return value is None or value == ""
            case "present":
                return value is not None and value != ""
            case "true":
                return value is True
            case _:
                return value is False

    return lambda value: holds(value) is wanted


def _jcont(name: str, text: str) -> Test:
    try:
        fragment = json_bytes.read(text)
    except ValueError:
        raise Refused(invalid_filter_value(text, name), because=_UNREADABLE) from None
    return lambda value: contains(value, fragment)


def contains(value: JSON, fragment: JSON) -> bool:
    """Return whether the JSON value contains the fragment, as the database's containment operator means it."""
    if isinstance(fragment, dict):
        return isinstance(value, dict) and all(
            key in value and contains(value[key], part) for key, part in fragment.items()
        )
    if isinstance(fragment, list):
        return isinstance(value, list) and all(any(contains(item, part) for item in value) for part in fragment)
    return value == fragment and isinstance(value, bool) == isinstance(fragment, bool)
