"""JSON: reading it from bytes, taking it apart without trusting it, and checking what a caller wants to be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import isfinite
from typing import Any, TypeAlias, TypeGuard

__all__ = [
    "CONTAINERS",
    "JsonObject",
    "JsonValue",
    "as_list",
    "as_object",
    "copied",
    "has_trigger",
    "is_list",
    "is_mapping",
    "is_object",
    "json_object",
    "load_json",
    "valid_text",
]

JsonValue: TypeAlias = Any
"""Any JSON value: what the contract leaves open."""

JsonObject: TypeAlias = dict[str, JsonValue]
"""A JSON object."""


CONTAINERS = frozenset({dict, list})
"""The types that JSON values with values within have."""


def load_json(content: bytes) -> JsonValue:
    """Read a JSON value from bytes.

    Raises:
        ResponseFormatError: They are not JSON.
    """
    try:
        return _parser()(content)
    except (ValueError, RecursionError) as error:
        from commercelayer_klarna.errors import ResponseFormatError  # importing a client does not wait for it

        raise ResponseFormatError(f"the answer is not JSON: {len(content)} bytes, {error}") from None


@cache
def _parser() -> Callable[[bytes], object]:
    """Return the parser: that of the extra ``speed`` where it is installed. It is imported on first use."""
    try:
        import orjson
    except ImportError:
        import json

        return json.loads
    return orjson.loads


def copied(value: JsonValue) -> JsonValue:
    """Return a deep copy of a JSON value.

    Much faster than ``copy.deepcopy``, which must expect any object; and without recursion, since what a server sends
    may be nested deeper than Python's stack.
    """
    if value.__class__ is dict:
        if CONTAINERS.isdisjoint(map(type, value.values())):
            return value.copy()  # flat, as metadata mostly is
    elif value.__class__ is not list:
        return value
    top = value.copy()
    todo = [top]
    for holder in todo:  # it grows meanwhile
        for place, each in holder.items() if holder.__class__ is dict else enumerate(holder):
            if each.__class__ in CONTAINERS:
                holder[place] = inner = each.copy()
                if inner:
                    todo.append(inner)
    return top


def has_trigger(document: object) -> bool:
    """Return whether a document sets an attribute with a leading underscore, which makes the API do something."""
    attributes = as_object(as_object(as_object(document).get("data")).get("attributes"))
    return any(name.startswith("_") for name in attributes)


def is_object(value: object) -> TypeGuard[JsonObject]:
    """Return whether the value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[JsonValue]]:
    """Return whether the value is a JSON array."""
    return isinstance(value, list)


def is_mapping(value: object) -> TypeGuard[Mapping[object, JsonValue]]:
    """Whether the value is a mapping, of any kind."""
    return isinstance(value, Mapping)


def as_object(value: object) -> JsonObject:
    """Return the value if it is a JSON object, else an empty one."""
    return value if is_object(value) else {}


def as_list(value: object) -> list[JsonValue]:
    """Return the value if it is a JSON array, else an empty one."""
    return value if is_list(value) else []


def json_object(where: str, value: object) -> JsonObject:
    """Return a copy of a caller's mapping as a JSON object; nothing is changed on the way, and nothing lost.

    Args:
        where: What it is, for messages.
        value: The mapping.

    Raises:
        ValueError: Something in it cannot be JSON: NaN, infinity, text that is no text.
        TypeError: Something in it cannot be JSON: a set, an object, a key that is not a string.
    """
    if not is_mapping(value):
        raise TypeError(f"{where} must be a mapping, not {type(value).__name__}")
    try:
        return _object(where, value)  # pyright: ignore[reportUnknownArgumentType]
    except RecursionError:
        raise ValueError(f"{where} is nested too deeply, or contains itself") from None


def _object(where: str, value: Mapping[object, object]) -> JsonObject:
    return {_key(where, name): _json(f"{where}[{name!r}]", each) for name, each in value.items()}


def _json(where: str, value: object) -> JsonValue:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return valid_text(where, value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"{where} is {value!r}, which JSON cannot carry")
        return float(value)
    if isinstance(value, Mapping):
        return _object(where, value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_json(f"{where}[{index}]", each) for index, each in enumerate(value)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    raise TypeError(
        f"{where} is a {type(value).__name__}, which JSON cannot carry: convert it, or give its key a metadata codec"
    )


def valid_text(where: str, value: str) -> str:
    """Return the text itself, also of an enum's member.

    Raises:
        ValueError: It holds half of a surrogate pair, which no encoding can carry.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{where} is {value!r}, which is not valid text") from None
    return str.__str__(value)


def _key(where: str, name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{where} has the key {name!r}: keys of JSON objects are strings")
    return valid_text(f"a key of {where}", name)
