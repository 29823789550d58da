"""Merging metadata. The API replaces the whole object, so a merge is made here and written whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commercelayer_klarna._json import as_object, is_object

__all__ = ["merged"]


def merged(stored: Mapping[str, Any], changes: Mapping[str, Any], *, deep: bool = False) -> dict[str, Any]:
    """A new object with the changes made; neither argument is touched.

    Args:
        stored: What there is.
        changes: New values by key; ``None`` deletes a key.
        deep: Whether objects within are merged too, instead of being replaced.
    """
    result = dict(stored)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif deep and is_object(value):
            result[key] = merged(as_object(result.get(key)), value, deep=True)
        else:
            result[key] = value
    return result
