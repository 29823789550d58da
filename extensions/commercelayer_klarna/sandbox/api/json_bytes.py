"""JSON as bytes: the one place where the sandbox reads and writes it.

Nothing here knows the API. Reading is stricter than Python's own parser, so that whatever was accepted can be written
again: no NaN, no infinities, no lone surrogates, no bottomless nesting.
"""

from __future__ import annotations

import json
import math
from typing import TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"

# The usual limit of the parsers of the server's language. unknown: the API documents none.
MAXIMUM_DEPTH = 100


def write(document: JSON) -> bytes:
    """Return the document as compact UTF-8; what UTF-8 cannot say becomes a question mark."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def read(text: bytes | str) -> JSON:
    """Return the JSON value of the text, or raise ValueError."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    try:
        value: JSON = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _check(value)
    return value


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number


def _check(value: JSON) -> None:
    level: list[JSON] = [value]
    for _ in range(MAXIMUM_DEPTH + 1):
        deeper: list[JSON] = []
        for item in level:
            if isinstance(item, str):
                item.encode("utf-8")
            elif isinstance(item, list):
                deeper.extend(item)
            elif isinstance(item, dict):
                deeper.extend(item.keys())
                deeper.extend(item.values())
        if not deeper:
            return
        level = deeper
    raise ValueError("nested too deeply")
