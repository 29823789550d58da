"""Metadata as operations write it: encoded by codecs, checked, and merged with what is stored.

The API replaces metadata whole. So a merge happens here, and its result is written whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import product
from typing import TypeVar

from commercelayer_klarna._client.query import utc_text
from commercelayer_klarna._json import JsonObject, JsonValue, as_object, is_mapping, is_object, json_object
from commercelayer_klarna._pipeline.plugin_set import PluginSet
from commercelayer_klarna._tracebacks import argument_errors
from commercelayer_klarna.errors import ConflictError, ResponseFormatError
from commercelayer_klarna.resources import Resource

T = TypeVar("T")


@argument_errors
def encoded(plugins: PluginSet, resource_type: str, attributes: Mapping[str, object]) -> Mapping[str, object]:
    """Return attributes with their metadata as it is written."""
    metadata = attributes.get("metadata")
    if metadata is None:
        return attributes
    return {**attributes, "metadata": written(plugins, resource_type, "metadata", metadata)}


@argument_errors
def written(plugins: PluginSet, resource_type: str, name: str, values: object) -> JsonObject:
    """Return a caller's metadata as a JSON object, encoded by codecs, each of which can read back what it wrote.

    Raises:
        TypeError: It is not a mapping, or a value cannot be JSON.
        ValueError: A value cannot be JSON, or not be read back.
    """
    found = _json(plugins, resource_type, name, values)
    if is_mapping(values):
        for key, value in values.items():
            plugins.check_readable(resource_type, str(key), value, found[str(key)])
    return found


@argument_errors
def spellings(plugins: PluginSet, resource_type: str, values: object) -> list[JsonObject]:
    """Return what filters look for in metadata, one after the other: values that codecs read as equal may be spelt in
    several ways.

    Raises:
        ValueError: It is empty, or a value cannot be JSON.
        TypeError: It is not a mapping, or a value cannot be JSON.
    """
    found = _json(plugins, resource_type, "values", values)
    if not found:
        raise ValueError("values is empty, which all metadata contain: name at least one key, or call list")
    each = [plugins.metadata_spellings(resource_type, key, value) for key, value in found.items()]
    return [dict(zip(found, combination, strict=True)) for combination in product(*each)]


def _json(plugins: PluginSet, resource_type: str, name: str, values: object) -> JsonObject:
    return json_object(name, plugins.encode_metadata(resource_type, values) if is_mapping(values) else values)


@argument_errors
def check_time(expected_updated_at: datetime | None) -> None:
    """Refuse a time without a time zone, which is never equal to that of a resource.

    Raises:
        TypeError: It is no date-time.
        ValueError: It has no time zone.
    """
    if expected_updated_at is not None:
        utc_text("expected_updated_at", expected_updated_at)


def merged_into(
    current: Resource, changes: JsonObject, *, deep: bool, expected_updated_at: datetime | None
) -> JsonObject | None:
    """Return the metadata to write, or ``None`` when nothing would change. The arguments are those of
    ``merge_metadata``.

    Raises:
        ConflictError: The resource was updated since ``expected_updated_at``.
        ResponseFormatError: The answer has no metadata, or the stored ones cannot be written again.
    """
    where = f"{current.type}/{current.id}"
    if expected_updated_at is not None:
        _check_unchanged(where, _carried(current, where, "updated_at"), expected_updated_at)
    metadata = _carried(current, where, "metadata")
    stored: JsonValue = {} if metadata is None else metadata
    try:
        metadata = json_object("metadata", merged(stored, changes, deep=deep) if is_object(stored) else stored)
    except (TypeError, ValueError) as error:
        raise ResponseFormatError(f"{where} has metadata that cannot be written again: {error}") from None
    # To Python, 1 and True are equal.
    unchanged = json.dumps(metadata, sort_keys=True) == json.dumps(stored, sort_keys=True)
    return None if unchanged else metadata


def _carried(current: Resource, where: str, name: str) -> JsonValue:
    if name not in current:
        raise ResponseFormatError(f"the API sent {where} without {name}, so that nothing was written")
    return current[name]


def _check_unchanged(where: str, updated_at: datetime, expected: datetime) -> None:
    if updated_at != expected:
        raise ConflictError(
            f"{where} was updated at {updated_at.isoformat()}, which is not expected_updated_at={expected.isoformat()}:"
            " nothing was written; read it again",
            method="PATCH",
            path=where,
        )


def merged(stored: Mapping[str, object], changes: Mapping[str, object], *, deep: bool = False) -> JsonObject:
    """Return a new object with the changes made; ``None`` deletes a key. Neither argument is changed.

    With ``deep``, objects inside are merged too, instead of being replaced.
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
