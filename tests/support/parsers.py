"""The parsers of JSON: Python's own, and that of the extra ``speed``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from commercelayer_klarna import _json

PARSERS = {"json": _json._load, "msgspec": _json._fast_parser()}


@contextmanager
def parsed_by(name: str) -> Iterator[None]:
    """Read all JSON with one of the parsers, however short it is."""
    with mock.patch.object(_json, "_parser", return_value=PARSERS[name]):
        yield
