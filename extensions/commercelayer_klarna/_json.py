"""JSON: read it from bytes, look into it without trusting it, and check what a caller wants to send."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from math import isfinite
from typing import Any, NoReturn, Self, TypeAlias, TypeGuard

JsonValue: TypeAlias = Any
"""Any JSON value: what the contract leaves open."""

JsonObject: TypeAlias = dict[str, JsonValue]
"""A JSON object."""


_BOM = b"\xef\xbb\xbf"
_EURO = "\N{EURO SIGN}".encode()
# Python's own parser reads so many bytes in half a millisecond. A program that reads no more does not wait for the
# import of another parser, which takes 20 times as long.
_LITTLE = 65_536
_has_read = 0

CONTAINERS = frozenset({dict, list})
"""The types of JSON values that contain other values."""


def load_json(content: bytes) -> JsonValue:
    """Read a JSON value from bytes.

    Raises:
        ResponseFormatError: The bytes are not JSON.
    """
    try:
        return _parser(len(content))(content.removeprefix(_BOM))
    except (ValueError, RecursionError) as error:
        problem = str(error)
    from commercelayer_klarna.errors import ResponseFormatError  # importing a client does not wait for it

    # Not within ``except``: the error of the parser has all that was read, and would stay behind this one.
    raise ResponseFormatError(f"the answer is not JSON: {len(content)} bytes, {problem}")


def _parser(length: int) -> Callable[[bytes], object]:
    """Return the parser for so many bytes more."""
    global _has_read
    _has_read += length  # what two threads add at once may be lost, and is little
    return _load if _has_read < _LITTLE else _fast_parser()


@cache
def _fast_parser() -> Callable[[bytes], object]:
    """Return the parser of the extra ``speed`` where it is installed, else Python's own."""
    try:
        from msgspec.json import Decoder
    except ImportError:
        return _load
    return Decoder(float_hook=_floats.__getitem__).decode


def _load(content: bytes) -> object:
    """Read what msgspec reads, and refuse what it refuses: other encodings, infinity, and half of a surrogate pair."""
    try:
        value: object = _decoder().decode(_text(content))
    except ValueError:
        value = _decoder().decode(content.decode())  # says at which letter of the answer
    if _has_surrogates(content):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _text(content: bytes) -> str:
    """Return JSON as a text, in which euro signs are escaped.

    A text takes one byte for each letter if none needs more, and is then read in up to a fifth less time. The sign in
    the amounts of a few orders would take that away from a whole page.
    """
    pieces = content.split(_EURO)
    # Behind a backslash it stays: that may be escaped itself, or be an error that must be found.
    if len(pieces) > 1 and not any(piece.endswith(b"\\") for piece in pieces):
        content = b"\\u20ac".join(pieces)
    return content.decode()


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=_refuse, parse_float=_floats.__getitem__)


def _has_surrogates(content: bytes) -> bool:
    """Return whether an escape in valid JSON stands for half of a pair, or may do so."""
    # To go from backslash to backslash is ten times as fast as to search for more than one character, if there are few.
    at = content.find(b"\\")
    for _ in range(1_000):
        if at < 0:
            return False
        if content[at + 2] in b"dD" and content[at + 1] == 0x75:  # a letter u
            return True
        at = content.find(b"\\", at + 2)
    return b"\\ud" in content or b"\\uD" in content


class RoundedFloat(float):
    """A number that came with more digits than a float keeps. It is shown with all of them, and not written again."""

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, text: str) -> Self:
        made = super().__new__(cls, text)
        made._text = text
        return made

    def __repr__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return type(self), (self._text,)


class _Floats(dict[str, float]):
    """The floats of texts. Amounts repeat: a page of orders has the same few again and again."""

    def __missing__(self, text: str) -> float:
        if len(self) >= 1_000:
            self.clear()
        number = self[text] = _float(text)
        return number


_floats = _Floats()


def _float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        _refuse(text)
    # A float keeps 15 digits, whichever they are. Most numbers are so short with sign and exponent.
    if len(text) < 17 or len(text.lstrip("-").lower().partition("e")[0]) < 17:
        return number
    from decimal import Decimal, InvalidOperation  # importing a client does not wait for it

    # Some write a float in as few digits as tell it from others, and some in 17.
    with suppress(InvalidOperation):  # an exponent beyond all numbers
        if Decimal(text) in (Decimal(repr(number)), Decimal(f"{number:.17g}")):
            return number
    return RoundedFloat(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def copied(value: JsonValue) -> JsonValue:
    """Return a deep copy of a JSON value.

    This is much faster than ``copy.deepcopy``, which must expect any object. It does not recurse: a server may send a
    value that is nested deeper than Python's stack.
    """
    if value.__class__ is dict:
        for each in value.values():
            if each.__class__ in CONTAINERS:
                break
        else:
            return value.copy()  # flat, as metadata mostly is
    elif value.__class__ is not list:
        return value
    top = value.copy()
    todo: list[Any] = [top]
    for holder in todo:  # the list grows during the loop
        for place, value in holder.items() if holder.__class__ is dict else enumerate(holder):
            if value.__class__ in CONTAINERS:
                holder[place] = inner = value.copy()
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
    """Return whether the value is a mapping, of any kind."""
    return isinstance(value, Mapping)


def is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    """Return whether the value is a list or a tuple."""
    return isinstance(value, list | tuple)


def is_iterable(value: object) -> TypeGuard[Iterable[object]]:
    """Return whether the value can be iterated over."""
    return isinstance(value, Iterable)


def as_object(value: object) -> JsonObject:
    """Return the value if it is a JSON object, else an empty one."""
    return value if is_object(value) else {}


def as_list(value: object) -> list[JsonValue]:
    """Return the value if it is a JSON array, else an empty one."""
    return value if is_list(value) else []


def json_object(where: str, value: object) -> JsonObject:
    """Return a copy of a caller's mapping as a JSON object; ``where`` is its name in messages. Nothing is lost on the
    way.

    Raises:
        ValueError: It contains NaN, infinity, half of a surrogate pair, or a number that was read with more digits than
            a float keeps.
        TypeError: It contains something that JSON cannot carry, such as a set or a key that is not a string.
    """
    if not is_mapping(value):
        raise TypeError(f'{where} must be a mapping such as {{"key": "value"}}, not {type(value).__name__}')
    try:
        return _object(where, value)
    except RecursionError:
        raise ValueError(f"{where} is nested too deeply, or contains itself") from None


def _object(where: str, value: Mapping[object, object]) -> JsonObject:
    return {_key(where, name): _json(f"{where}[{name!r}]", member) for name, member in value.items()}


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
        if isinstance(value, RoundedFloat):
            raise ValueError(f"{where} is {value!r}, which has more digits than a float keeps: pass it as a text")
        return float(value)
    if is_mapping(value):
        return _object(where, value)
    if is_sequence(value):
        return [_json(f"{where}[{index}]", element) for index, element in enumerate(value)]
    raise TypeError(
        f"{where} is a {type(value).__name__}, which JSON cannot carry: convert it, or give its key a metadata codec"
    )


def check_whole(name: str, value: object, least: int = 1) -> None:
    """Refuse an argument that is no whole number, or a smaller one.

    Raises:
        ValueError: It is so.
    """
    if type(value) is not int or value < least:
        raise ValueError(f"{name}={value!r} must be a whole number, {least} or more")


def valid_text(where: str, value: str) -> str:
    """Return the text as a plain ``str``, also when it is a member of an enum.

    Raises:
        ValueError: It contains half of a surrogate pair, which cannot be encoded. The text may be a secret, and is not
            shown.
    """
    try:
        value.encode()
    except UnicodeEncodeError as error:
        start = error.start
    else:
        return str.__str__(value)
    # Not within ``except``: the error of the codec has the whole text, and would stay behind this one.
    raise ValueError(f"{where} is not valid text: its character {start} is half of a surrogate pair")


def _key(where: str, name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{where} has the key {name!r}: keys of JSON objects are strings")
    return valid_text(f"a key of {where}", name)
