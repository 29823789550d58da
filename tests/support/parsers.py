"""The parsers of JSON: Python's own, and that of the extra ``speed``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from commercelayer_klarna import _json

PARSERS = ("json", "orjson")


@contextmanager
def parsed_by(name: str) -> Iterator[None]:
    """Read all JSON with one of the parsers, as a program does that has the extra, or has not."""
    _json._parser.cache_clear()
    with mock.patch.dict(sys.modules, {"orjson": None} if name == "json" else {}):
        yield
    _json._parser.cache_clear()
