"""What a caller asks for, turned into query keys: include, sparse fieldsets, filters, sort and page.

The one place that knows bracketed names. It checks form, not meaning: which attributes may be filtered or included is
the API's to say. Everything wrong is a ``ValueError`` or ``TypeError`` that names the value, before anything is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from attrs import field, frozen

from commercelayer_klarna._json import json_object, valid_text

__all__ = [
    "MAX_PAGE_SIZE",
    "Fields",
    "Filters",
    "Query",
    "check_id",
    "check_limit",
    "check_page_size",
    "cursor_of",
    "query",
    "utc_text",
]

Fields: TypeAlias = Sequence[str] | Mapping[str, Sequence[str]]
"""A list of fields of the resource asked for, or a mapping of resource types to such lists."""

Filters: TypeAlias = Mapping[str, Any]
"""Filters by ``<attribute>_<predicate>``, combined with AND."""

MAX_PAGE_SIZE = 25
"""The API refuses more (documented)."""

# Anchored with \Z: `$` would let a trailing line break through.
_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")
_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_FILTER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+\Z")
_SORT = re.compile(r"-?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")

# The predicates that take several values (documented); the API separates them by commas.
_TAKES_LIST = ("_any", "_all", "_in", "_in_or_null")


@frozen
class Query:
    """Query parameters in the form that the generated functions take."""

    include: str | None = None
    sort: str | None = None
    fields: dict[str, str] = field(factory=dict[str, str])
    filter: dict[str, str] = field(factory=dict[str, str])

    def parameters(self) -> dict[str, str]:
        """All of them as complete query keys, for requests that no generated function makes."""
        named = {"include": self.include, "sort": self.sort}
        return {**{key: text for key, text in named.items() if text}, **self.fields, **self.filter}


def query(
    resource_type: str | None,
    *,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    filters: Filters | None = None,
    sort: Sequence[str] = (),
) -> Query:
    """Check and render what a caller asks for.

    Args:
        resource_type: The type that a plain list of ``fields`` belongs to, or ``None`` where only a mapping will do.
        include: Relationship paths, such as ``["order", "order.market"]``.
        fields: Sparse fieldsets; a related resource must be both included and listed to be linked (documented).
        filters: Such as ``{"reference_eq": "x", "created_at_gteq": when}``.
        sort: Such as ``["-created_at"]``.

    Raises:
        ValueError, TypeError: Something is not of the form that the API takes.
    """
    return Query(
        include=_joined("include", include, _PATH, 'a path of names and dots, such as "order" or "order.market"'),
        sort=_joined("sort", sort, _SORT, 'an attribute, with "-" before it to descend, such as "-created_at"'),
        fields=_fields(resource_type, fields),
        filter={f"filter[q][{_filter_name(name)}]": _filter_text(name, value) for name, value in _items(filters)},
    )


def check_id(identifier: str, what: str = "id") -> str:
    """The id, if it can stand in a path.

    Raises:
        ValueError: It is empty, ``.`` or ``..``, or holds a slash: the path would lead elsewhere.
        TypeError: It is not a string.
    """
    if not isinstance(identifier, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{what} must be a string, not {type(identifier).__name__}: pass resource.id")
    identifier = str.__str__(identifier)  # the text itself, also of an enum's member
    if not identifier.strip() or identifier in {".", ".."} or "/" in identifier or "\\" in identifier:
        raise ValueError(f"{what}={identifier!r} cannot be an id: pass one such as 'kPmNtAbCdE'")
    try:
        identifier.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{what}={identifier!r} cannot be an id: it is not valid text") from error
    return identifier


def check_page_size(size: int | None) -> int | None:
    """The size of a page, if the API takes it.

    Raises:
        ValueError: It is below 1 or above 25.
    """
    if size is not None and (type(size) is not int or not 1 <= size <= MAX_PAGE_SIZE):
        raise ValueError(f"page_size={size!r} is not between 1 and {MAX_PAGE_SIZE}: the API sends at most 25 a page")
    return size


def check_limit(limit: int | None) -> None:
    """Refuse a limit that is no number of resources.

    Raises:
        ValueError: It is not a whole number, 0 or more.
    """
    if limit is not None and (type(limit) is not int or limit < 0):
        raise ValueError(f"limit={limit!r} is not a whole number, 0 or more: pass None for no limit")


def utc_text(value: datetime) -> str:
    """A date-time as the API writes it: ISO 8601 in UTC, with milliseconds and ``Z``.

    Raises:
        ValueError: It has no time zone.
    """
    if value.utcoffset() is None:
        raise ValueError(f"{value!r} has no time zone: give it one, such as datetime.UTC")
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value!r} is outside the range of dates") from None
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cursor_of(link: str) -> str | None:
    """The cursor in a link to the next page, if that is how the list is paged. Nothing else of the link is used."""
    try:
        values = parse_qs(urlsplit(link).query).get("page[after]")
    except ValueError:
        return None
    return values[0] if values else None


def _joined(what: str, values: Sequence[str], form: re.Pattern[str], remedy: str) -> str | None:
    if isinstance(values, str):
        raise TypeError(f"{what}={values!r} is a string: pass a list, such as [{values!r}]")
    try:
        values = list(values)
    except TypeError:
        raise TypeError(f"{what}={values!r} is not a list of strings") from None
    for value in values:
        if not isinstance(value, str) or not form.match(value):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"{what} has {value!r}: each must be {remedy}")
    return ",".join(map(str.__str__, values)) or None


def _fields(resource_type: str | None, fields: Fields | None) -> dict[str, str]:
    if fields is None:
        return {}
    if isinstance(fields, str):
        raise TypeError(f"fields={fields!r} is a string: pass a list, such as [{fields!r}]")
    if not isinstance(fields, Mapping):
        if not isinstance(fields, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"fields={fields!r} is neither a list nor a mapping of types to lists")
        if resource_type is None:
            raise TypeError('fields must say which type it is for, such as {"klarna_payments": ["auth_token"]}')
        fields = {resource_type: fields}
    rendered: dict[str, str] = {}
    for each_type, names in fields.items():
        if not isinstance(each_type, str) or not _NAME.match(each_type):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f'fields has the type {each_type!r}: types are plural names, such as "klarna_payments"')
        text = _joined(f"fields[{each_type}]", names, _NAME, 'the name of an attribute, such as "auth_token"')
        if text is None:
            raise ValueError(f"fields[{each_type}] is empty: name at least one attribute, or leave the type out")
        rendered[f"fields[{each_type}]"] = text
    return rendered


def _items(filters: Filters | None) -> Iterable[tuple[str, Any]]:
    if filters is None:
        return ()
    if not isinstance(filters, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f'filters must be a mapping such as {{"reference_eq": "x"}}, not {type(filters).__name__}')
    return filters.items()


def _filter_name(name: str) -> str:
    if not isinstance(name, str) or not _FILTER.match(name):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f'filters has {name!r}: a filter is <attribute>_<predicate>, such as "reference_eq"')
    return name


def _filter_text(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        if not name.endswith("_jcont"):
            raise ValueError(f"filters[{name!r}] is a mapping: only a _jcont filter takes one")
        fragment = json_object(f"filters[{name!r}]", value)  # pyright: ignore[reportUnknownArgumentType]
        return json.dumps(fragment, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, list | tuple | set | frozenset):
        values: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if not name.endswith(_TAKES_LIST):
            raise ValueError(f"filters[{name!r}] has several values: use a predicate that takes them, such as _in")
        if not values:
            raise ValueError(f"filters[{name!r}] has no values: an empty list matches nothing, so it is not sent")
        texts = [_scalar(name, each) for each in values]
        for text in texts:
            if not text:
                raise ValueError(f"filters[{name!r}] has an empty text, which the API cannot take as one of several")
            if "," in text:
                raise ValueError(f"filters[{name!r}] has {text!r}: the API cannot take a comma within one of several")
        return ",".join(texts)
    return _scalar(name, value)


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return valid_text(f"filters[{name!r}]", value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if value.bit_length() > 1024:
            raise ValueError(f"filters[{name!r}] is a number of {value.bit_length()} bits, which no attribute has")
        return int.__str__(value)
    if isinstance(value, float | Decimal):
        if not (value.is_finite() if isinstance(value, Decimal) else isfinite(value)):
            raise ValueError(f"filters[{name!r}] is {value!r}: a number must be finite")
        return str(value)
    if isinstance(value, datetime):
        try:
            return utc_text(value)
        except ValueError as error:
            raise ValueError(f"filters[{name!r}]: {error}") from None
    if isinstance(value, date):
        return value.isoformat()
    if value is None:
        raise ValueError(f'filters[{name!r}] is None: ask with a predicate such as "_null", and True or False')
    raise TypeError(f"filters[{name!r}] is a {type(value).__name__}: pass a string, number, bool, datetime or a list")
