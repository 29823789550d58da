"""JSON values: taking them apart without trusting them, and checking what a caller wants to be written as one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, TypeAlias, TypeGuard

from commercelayer_klarna.errors import ResponseFormatError

_loads: Callable[[bytes], Any]
try:
    from orjson import loads as _loads
except ImportError:  # the `speed` extra is not installed
    _loads = json.loads

__all__ = [
    "JsonObject",
    "as_list",
    "as_object",
    "has_trigger",
    "is_list",
    "is_object",
    "json_object",
    "load_json",
    "valid_text",
]

JsonObject: TypeAlias = dict[str, Any]


def load_json(content: bytes) -> Any:
    """Return the JSON value that bytes hold.

    Raises:
        ResponseFormatError: They are not JSON.
    """
    try:
        return _loads(content)
    except (ValueError, RecursionError) as error:
        raise ResponseFormatError(f"the answer is not JSON: {len(content)} bytes, {error}") from None


def has_trigger(document: object) -> bool:
    """Whether a document sets an attribute with a leading underscore, which makes the API do something."""
    attributes = as_object(as_object(as_object(document).get("data")).get("attributes"))
    return any(name.startswith("_") for name in attributes)


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether the value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether the value is a JSON array."""
    return isinstance(value, list)


def as_object(value: object) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if is_object(value) else {}


def as_list(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if is_list(value) else []


def json_object(where: str, value: object) -> dict[str, Any]:
    """A copy of a caller's mapping as a JSON object; nothing is changed on the way, and nothing lost.

    Args:
        where: What it is, for messages.
        value: The mapping.

    Raises:
        ValueError: Something in it cannot be JSON: NaN, infinity, text that is no text.
        TypeError: Something in it cannot be JSON: a set, an object, a key that is not a string.
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{where} must be a mapping, not {type(value).__name__}")
    try:
        return _object(where, value)
    except RecursionError:
        raise ValueError(f"{where} is nested too deeply, or contains itself") from None


def _object(where: str, value: Mapping[Any, Any]) -> dict[str, Any]:
    return {_key(where, name): _json(f"{where}[{name!r}]", each) for name, each in value.items()}


def _json(where: str, value: Any) -> Any:
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
    """The text itself, also of an enum's member.

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
