"""What an operation returns of the document of its answer: the one resource, nothing, or the document itself.

Pages of a list are in ``page``.
"""

from __future__ import annotations

import re
from typing import TypeVar

from commercelayer_klarna._document import Document
from commercelayer_klarna.errors import ResponseFormatError
from commercelayer_klarna.resources import Resource

__all__ = ["nothing_of", "one_of", "shown_type", "whole"]

R = TypeVar("R", bound=Resource)

_TYPE = r"[a-z_]{1,40}\Z"


def one_of(document: Document, kind: type[R]) -> R:
    """Return the one resource that a document holds.

    Raises:
        ResponseFormatError: It holds something else.
    """
    data = document.read()
    if not isinstance(data, kind):
        found = (
            shown_type(data.type)
            if isinstance(data, Resource)
            else "a list"
            if isinstance(data, list)
            else "no resource"
        )
        raise ResponseFormatError(f"the answer holds {found}, not one {kind.__name__}")
    return data


def nothing_of(document: Document) -> None:
    """Read nothing."""


def whole(document: Document) -> Document:
    """Return the document itself."""
    return document


def shown_type(resource_type: str) -> str:
    """Return a resource type as a message may show it: a server may echo a secret in its place."""
    return resource_type if re.match(_TYPE, resource_type) else "a type that is none"
