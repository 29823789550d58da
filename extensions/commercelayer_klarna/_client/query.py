"""Turn the arguments of a caller into query keys: include, sparse fieldsets, filters and sort.

This module checks form, not meaning: the API says which attributes can be filtered or included. Number and size of a
page are arguments of generated functions, in ``requests``. Everything wrong is a ``ValueError`` or ``TypeError`` that
names the value, before anything is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias, TypeGuard, TypeVar

from commercelayer_klarna._json import is_iterable, is_mapping, json_object, valid_text
from commercelayer_klarna._tracebacks import argument_errors
from commercelayer_klarna._values import field, frozen

if TYPE_CHECKING:
    from decimal import Decimal
    from typing import TypedDict

    class ListOptions(TypedDict, total=False):
        """The arguments of a list that a relationship leads to; they are those of ``list``."""

        include: Sequence[str]
        fields: Fields | None
        filters: Filters | None
        sort: Sequence[str]
        page_size: int | None


N = TypeVar("N", bound=str)

FieldsOf: TypeAlias = Sequence[N] | Mapping[str, Sequence[str]]
"""A list of fields of the requested resource, or a mapping of resource types to such lists."""

Fields: TypeAlias = FieldsOf[str]
"""A list of fields of the requested resource, or a mapping of resource types to such lists."""

Filters: TypeAlias = Mapping[str, object]
"""Filters by ``<attribute>_<predicate>``; all of them must match."""


MAX_PAGE_SIZE = 25
"""The API refuses more (documented)."""

MAX_PREFETCH = 10
"""Pages asked for ahead at most: ten of them take a twentieth of what the API allows in a minute."""

# Anchored with \Z, because ``$`` would let a trailing line break through.
# ``re`` compiles a pattern when it is first used, and keeps it; most calls use none of these.
_PATH = r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z"
_NAME = r"[a-z_][a-z0-9_]*\Z"
_FILTER = r"[a-z][a-z0-9]*(_[a-z0-9]+)+\Z"
_SORT = r"-?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z"

# A float has no more digits, before the point or after it.
_MOST_DIGITS = 400

# The predicates that take several values, separated by commas (documented).
_TAKES_LIST = ("_any", "_all", "_in", "_in_or_null")


@frozen
class Query:
    """Query parameters in the form that the generated functions take."""

    include: str | None = None
    sort: str | None = None
    fields: dict[str, str] = field(factory=dict[str, str])
    filter: dict[str, str] = field(factory=dict[str, str])

    def parameters(self) -> dict[str, str]:
        """Return all of them as complete query keys, for requests that no generated function builds."""
        named = {"include": self.include, "sort": self.sort}
        return {**{key: text for key, text in named.items() if text}, **self.fields, **self.filter}


@argument_errors
def query(
    resource_type: str | None,
    *,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    filters: Filters | None = None,
    sort: Sequence[str] = (),
) -> Query:
    """Check the arguments of a caller, and turn them into query parameters.

    Args:
        resource_type: The type that a plain list of ``fields`` belongs to, or ``None`` where only a mapping is allowed.
        include: Relationship paths, such as ``["order", "order.market"]``.
        fields: Sparse fieldsets; a related resource must be both included and listed to be linked (documented).
        filters: Such as ``{"reference_eq": "x", "created_at_gteq": when}``.
        sort: Such as ``["-created_at"]``.

    Raises:
        ValueError: A value is not of the form that the API takes.
        TypeError: An argument is of the wrong type.
    """
    return Query(
        include=_joined("include", include, _PATH, 'a path of names and dots, such as "order" or "order.market"'),
        sort=_joined("sort", sort, _SORT, 'an attribute, with "-" before it to descend, such as "-created_at"'),
        fields=_fields(resource_type, fields),
        filter={
            f"filter[q][{name}]": _filter_text(name, value)
            for name, value in ((_filter_name(name), value) for name, value in checked_filters(filters).items())
        },
    )


def check_page_size(size: object) -> int | None:
    """Return the size of a page, if the API takes it.

    Raises:
        ValueError: It is below 1 or above 25.
    """
    if size is None:
        return None
    if type(size) is not int or not 1 <= size <= MAX_PAGE_SIZE:
        raise ValueError(f"page_size={size!r} is not between 1 and {MAX_PAGE_SIZE}: the API sends at most 25 a page")
    return size


@argument_errors
def check_limit(limit: int | None) -> None:
    """Refuse a limit that is no number of resources.

    Raises:
        ValueError: It is not a whole number, 0 or more.
    """
    if limit is not None and (type(limit) is not int or limit < 0):
        raise ValueError(f"limit={limit!r} is not a whole number, 0 or more: pass None for no limit")


def check_prefetch(prefetch: int, *, by_cursor: bool = False) -> None:
    """Refuse a number of pages that cannot be asked for ahead.

    Raises:
        ValueError: It is not a whole number from 0 to 10, or to 1 where the list is paged by cursor.
    """
    if type(prefetch) is not int or not 0 <= prefetch <= MAX_PREFETCH:
        raise ValueError(f"prefetch={prefetch!r} is not a whole number from 0 to {MAX_PREFETCH}: 2 or 3 hide a wait")
    if by_cursor and prefetch > 1:
        raise ValueError(f"prefetch={prefetch!r}: each page of this list has the cursor of the next one alone: pass 1")


def utc_text(name: str, value: object) -> str:
    """Return a date-time as the API writes it: ISO 8601 in UTC, with milliseconds and ``Z``.

    Raises:
        TypeError: It is no date-time.
        ValueError: It has no time zone.
    """
    if not isinstance(value, datetime):
        raise TypeError(f"{name}={value!r} must be a datetime with a time zone, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise ValueError(f"{name}={value!r} has no time zone: give it one, such as datetime.UTC")
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{name}={value!r} is outside the range of dates") from None
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _joined(what: str, values: object, form: str, remedy: str) -> str | None:
    if isinstance(values, str):
        raise TypeError(f"{what}={values!r} is a string: pass a list, such as [{values!r}]")
    if not is_iterable(values):
        raise TypeError(f"{what}={values!r} is not a list of strings: pass one, or leave it out")
    texts: list[str] = []
    for value in values:
        if not isinstance(value, str) or not re.match(form, value):
            raise ValueError(f"{what} has {value!r}: each must be {remedy}")
        texts.append(str.__str__(value))
    return ",".join(texts) or None


def _fields(resource_type: str | None, fields: object) -> dict[str, str]:
    if fields is None:
        return {}
    if isinstance(fields, str):
        raise TypeError(f"fields={fields!r} is a string: pass a list, such as [{fields!r}]")
    by_type: Mapping[object, object]
    if is_mapping(fields):
        by_type = fields
    elif not is_iterable(fields):
        raise TypeError(f"fields={fields!r} is neither a list nor a mapping of types to lists")
    elif resource_type is None:
        raise TypeError('fields must say which type it is for, such as {"klarna_payments": ["auth_token"]}')
    else:
        by_type = {resource_type: fields}
    rendered: dict[str, str] = {}
    for of_type, names in by_type.items():
        if not isinstance(of_type, str) or not re.match(_NAME, of_type):
            raise ValueError(f'fields has the type {of_type!r}: types are plural names, such as "klarna_payments"')
        text = _joined(f"fields[{of_type}]", names, _NAME, 'the name of an attribute, such as "auth_token"')
        if text is None:
            raise ValueError(f"fields[{of_type}] is empty: name at least one attribute, or leave the type out")
        rendered[f"fields[{of_type}]"] = text
    return rendered


def checked_filters(filters: Filters | None) -> Filters:
    """Return the filters.

    Raises:
        TypeError: They are no mapping.
    """
    given: object = filters
    if filters is None:
        return {}
    if not is_mapping(given):
        raise TypeError(f'filters must be a mapping such as {{"reference_eq": "x"}}, not {type(given).__name__}')
    return filters


def _filter_name(name: object) -> str:
    if not isinstance(name, str) or not re.match(_FILTER, name):
        raise ValueError(f'filters has {name!r}: a filter is <attribute>_<predicate>, such as "reference_eq"')
    return name


def _is_collection(value: object) -> TypeGuard[Collection[object]]:
    return isinstance(value, list | tuple | set | frozenset)


def _filter_text(name: str, value: object) -> str:
    if is_mapping(value):
        if not name.endswith("_jcont"):
            raise ValueError(f"filters[{name!r}] is a mapping: only a _jcont filter takes one")
        fragment = json_object(f"filters[{name!r}]", value)
        return json.dumps(fragment, ensure_ascii=False, separators=(",", ":"))
    if _is_collection(value):
        if not name.endswith(_TAKES_LIST):
            raise ValueError(f"filters[{name!r}] has several values: use a predicate that takes them, such as _in")
        if not value:
            raise ValueError(f"filters[{name!r}] has no values: an empty list matches nothing, so it is not sent")
        texts = [_scalar(name, one) for one in value]
        for text in texts:
            if not text:
                raise ValueError(f"filters[{name!r}] has an empty text, which the API cannot take as one of several")
            if "," in text:
                raise ValueError(f"filters[{name!r}] has {text!r}: the API cannot take a comma within one of several")
        return ",".join(texts)
    return _scalar(name, value)


def _number(name: str, value: float | Decimal) -> str:
    """Return a number without an exponent and without needless zeros: the API may not take ``4E+3`` for 4000."""
    from decimal import Decimal

    exact = value if isinstance(value, Decimal) else Decimal(float.__repr__(value))
    if not exact.is_finite():
        raise ValueError(f"filters[{name!r}] is {value!r}: a number must be finite")
    if exact.is_zero():
        return "0"
    if abs(exact.adjusted()) > _MOST_DIGITS or len(exact.as_tuple().digits) > _MOST_DIGITS:
        raise ValueError(f"filters[{name!r}] is {value!r:.40}, which has more digits than any attribute")
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scalar(name: str, value: object) -> str:
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
    if isinstance(value, datetime):
        return utc_text(f"filters[{name!r}]", value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None:
        raise ValueError(f'filters[{name!r}] is None: ask with a predicate such as "_null", and True or False')
    from decimal import Decimal  # few filters are numbers, so a first call does not import it

    if isinstance(value, float | Decimal):
        return _number(name, value)
    raise TypeError(f"filters[{name!r}] is a {type(value).__name__}: pass a string, number, bool, datetime or a list")
