"""The query string: parsed against the resource type, and refused wherever it is wrong.

Five families of parameters exist: include, fields, sort, page and filter. What a family means for the answer is up to
``engine`` and ``render``; single predicates are up to ``filters``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Literal
from urllib.parse import unquote_plus

from attrs import define, field

from commercelayer_klarna.sandbox.api import filters, problems
from commercelayer_klarna.sandbox.api.filters import Condition
from commercelayer_klarna.sandbox.api.problems import Refused, not_modelled, partly_modelled, undocumented
from commercelayer_klarna.sandbox.api.schema import RESOURCES, ResourceType
from commercelayer_klarna.sandbox.api.state import State

Family = Literal["include", "fields", "sort", "page", "filter"]

DEFAULT_SIZE = 10
MAXIMUM_SIZE = 25

_KEY = re.compile(r"(?P<family>[^\[\]]+)(?P<rest>(?:\[[^\[\]]*\])*)", re.DOTALL)
_KNOWN_TYPE = re.compile(r"[a-z]+(_[a-z]+)*s")


class IncludeTree(dict[str, "IncludeTree"]):
    """The relationships to include, and below each those of its target."""


@define
class Query:
    """A valid query."""

    include: IncludeTree = field(factory=IncludeTree)
    fields: dict[str, frozenset[str]] = field(factory=dict[str, frozenset[str]])
    sort: list[tuple[str, bool]] = field(factory=list[tuple[str, bool]])
    number: int = 1
    size: int = DEFAULT_SIZE
    after: str | None = None
    conditions: list[Condition] = field(factory=list[Condition])
    # The parameters to repeat in links; the page is written anew.
    echo: list[tuple[str, str]] = field(factory=list[tuple[str, str]])


def parse(text: str, resource: ResourceType, allowed: frozenset[Family], state: State) -> Query:
    """Return the query of a request for the resource type, or refuse it."""
    query = Query()
    for key, value in _pairs(text).items():
        match = _KEY.fullmatch(key)
        family = match["family"] if match else key
        keys = re.findall(r"\[([^\[\]]*)\]", match["rest"]) if match else []
        if family not in allowed:
            raise Refused(problems.param_not_allowed(key), because=undocumented("whether it is ignored here"))
        match family:
            case "include":
                _refuse_keys(key, keys)
                query.include = include_tree(resource, value)
            case "fields":
                type_, names = _fields(keys, value)
                query.fields[type_] = names
            case "sort":
                _refuse_keys(key, keys)
                query.sort = _sort(resource, value)
            case "page":
                _page(query, resource, key, keys, value)
            case _:
                query.conditions.append(_filter(resource, key, keys, value, state))
        if family != "page":
            query.echo.append((key, value))
    return query


def _pairs(text: str) -> dict[str, str]:
    """Return the decoded parameters. Of a repeated one the last counts, as with the server's usual library."""
    pairs: dict[str, str] = {}
    for item in text.split("&"):
        if not item:
            continue
        key, _, value = item.partition("=")
        try:
            pairs[unquote_plus(key, errors="strict")] = unquote_plus(value, errors="strict")
        except UnicodeDecodeError:
            raise Refused(problems.invalid_data_format("The query string is not valid UTF-8.")) from None
    return pairs


def _refuse_keys(key: str, keys: list[str]) -> None:
    if keys:
        raise Refused(problems.param_not_allowed(key))


def include_tree(resource: ResourceType, value: str) -> IncludeTree:
    """Return the tree of the comma-separated paths. Depth is not limited, since no limit is documented."""
    root = IncludeTree()
    for path in value.split(",") if value else []:
        branch, here = root, [resource]
        for name in path.split("."):
            targets = leads_to(here, name)
            if not targets:
                known = any(name in each.relationships for each in here)
                because = None if known else partly_modelled(here[0], name)
                raise Refused(problems.invalid_include(name, here[0].name), because=because)
            branch, here = branch.setdefault(name, IncludeTree()), targets
    return root


def leads_to(here: Sequence[ResourceType], name: str) -> list[ResourceType]:
    """Return the types that an includable relationship leads to; ``here`` is several types below a polymorphic one."""
    rows = [each.relationships[name] for each in here if name in each.relationships]
    # Each once: a path may go round in circles, and would lead to twice as many in every round.
    return list({target.name: target for row in rows if row.includable for target in row.targets()}.values())


def _fields(keys: list[str], value: str) -> tuple[str, frozenset[str]]:
    if len(keys) != 1 or not keys[0]:
        raise Refused(problems.invalid_field_format())
    resource = RESOURCES.get(keys[0])
    if resource is None:
        because = not_modelled(f"the resource type {keys[0]}") if _KNOWN_TYPE.fullmatch(keys[0]) else None
        raise Refused(problems.invalid_resource(keys[0]), because=because)
    names = frozenset(value.split(",")) if value else frozenset[str]()
    for name in sorted(names - resource.fields):
        raise Refused(problems.invalid_field(name, resource.name), because=partly_modelled(resource, name))
    return resource.name, names


def _sort(resource: ResourceType, value: str) -> list[tuple[str, bool]]:
    criteria: list[tuple[str, bool]] = []
    for part in value.split(",") if value else []:
        name = part.removeprefix("-")
        attribute = resource.attributes.get(name)
        if attribute is None or not attribute.sortable:
            # The catalogue flags the relationship ``order`` as sortable; nothing says by what.
            by = "sorting by a relationship"
            because = undocumented(by) if name in resource.relationships else partly_modelled(resource, name)
            raise Refused(problems.invalid_sort_criteria(name, resource.name), because=because)
        criteria.append((name, part.startswith("-")))
    return criteria


def _page(query: Query, resource: ResourceType, key: str, keys: list[str], value: str) -> None:
    if not keys:
        raise Refused(problems.invalid_page_object())
    match keys:
        case ["size"]:
            query.size = _natural("size", value)
            if query.size > MAXIMUM_SIZE:
                # Documented for all lists; of event stores the maximum is unknown and 25 is what the vendor asks for.
                raise Refused(problems.invalid_page_value(f"size exceeds maximum page size of {MAXIMUM_SIZE}."))
        case ["number"] if not resource.cursor_paged:
            query.number = _natural("number", value)
        case ["after"] if resource.cursor_paged:
            query.after = decode_cursor(value)
        case _:
            raise Refused(problems.param_not_allowed(key))


def _natural(name: str, value: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,17}", value, re.ASCII):
        raise Refused(problems.invalid_page_value(f"{value} is not a valid value for {name} page parameter."))
    return int(value)


def encode_cursor(id_: str) -> str:
    """Return the opaque cursor that continues after an event store."""
    return base64.urlsafe_b64encode(id_.encode()).decode()


def decode_cursor(cursor: str) -> str:
    """Return the id inside a cursor, or refuse it."""
    try:
        id_ = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        id_ = ""
    if not re.fullmatch(r"[0-9]{13,15}-[0-9]{1,9}", id_, re.ASCII):
        raise Refused(problems.invalid_page_value(f"{cursor} is not a valid value for after page parameter."))
    return id_


def _filter(resource: ResourceType, key: str, keys: list[str], value: str, state: State) -> Condition:
    if resource.cursor_paged:
        raise Refused(problems.filter_not_allowed(key))
    match keys:
        case [name] if name not in ("", "q"):
            return filters.parse_plain(resource, name, value, state)
        case ["q", name] if name:
            return filters.parse(resource, name, value, state)
        case [name, *_] if name not in ("", "q"):
            raise Refused(problems.filter_not_allowed(name))
        case _:
            raise Refused(problems.invalid_filters_syntax(key))
