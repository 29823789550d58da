"""The API's own exports: a resource that is created, becomes a file, and leads to an address that lives five minutes.

Its attributes are those of Commerce Layer's official client. It is not part of the contract of this package, so an
export is an operation of requests, written once for both clients.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from commercelayer_klarna._client.query import utc_text
from commercelayer_klarna._json import JsonValue, as_list, as_object
from commercelayer_klarna._redaction import without_secrets
from commercelayer_klarna.bulk.outcome import ExportFailed
from commercelayer_klarna.errors import APIConnectionError, ResponseFormatError
from commercelayer_klarna.plugins.flow import FlowOf, Send, ask, sleep
from commercelayer_klarna.plugins.headers import Headers
from commercelayer_klarna.plugins.values import Call, Request, Response
from commercelayer_klarna.resources import Resource

if TYPE_CHECKING:
    from commercelayer_klarna.bulk.shards import Shard

__all__ = ["AT_ONCE", "MOST", "exported"]

MOST = 5_000
"""Records of one export (documented)."""
AT_ONCE = 10
"""Exports of an organization that run at the same time (documented)."""

_FIRST_WAIT, _LONGEST_WAIT = 2.0, 15.0
# Bytes of a file at most, as it is read: some 50 kB for each record.
_LARGEST = 256_000_000
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def exported(shard: Shard, include: Sequence[str], timeout: float | None) -> FlowOf[list[str]]:
    """Export a shard, and return its records, each as JSON.

    Args:
        shard: What to export.
        include: Relationship paths to include.
        timeout: How long the host of files may be silent.

    Raises:
        ExportFailed: The API gave the export up.
        ResponseFormatError: What came is no export.
        APIConnectionError: The file could not be fetched.
    """
    filters = {
        name: utc_text(f"filters[{name!r}]", value) if isinstance(value, datetime) else value
        for name, value in shard.filters.items()
    }
    attributes = {"resource_type": shard.of, "format": "json", "includes": [*include], "filters": filters}
    document = yield from ask("POST", "exports", json={"data": {"type": "exports", "attributes": attributes}})
    wait, missed = _FIRST_WAIT, 0
    while True:
        export = document.data
        if not isinstance(export, Resource):
            raise ResponseFormatError("the answer holds no export")
        told = export.attributes
        if told.get("status") in ("failed", "interrupted"):
            raise ExportFailed(export.id, str(told.get("errors_log") or told["status"]))
        if told.get("status") == "completed":
            try:
                body = yield from _fetched(told.get("attachment_url"), timeout)
            except APIConnectionError:
                if missed == 2:
                    raise
                body = None
                yield from sleep(wait)
            if body is not None:
                return _records(export, body)
            # Its address may have been too old. What is asked for anew has a new one.
            missed += 1
            if missed == 3:
                raise ResponseFormatError(f"exports/{export.id} leads to addresses that refuse what is asked for")
        else:
            yield from sleep(wait)
            wait = min(_LONGEST_WAIT, wait * 1.5)
        document = yield from ask("GET", f"exports/{export.id}")


def _fetched(address: JsonValue, timeout: float | None) -> FlowOf[bytes | None]:
    """Return what is at an address; ``None`` if the address is not valid any more.

    It is sent past all plugins, and so without the token, over the connections of the client.
    """
    if not _is_safe(str(address)):
        raise ResponseFormatError("the address of an export is none of https, and is not asked")
    request = Request("GET", str(address), Headers(), b"", Call("exports.file", timeout=timeout))
    answer: Response = yield Send(request, direct=True)
    if answer.status_code in (403, 404, 410):
        return None
    if answer.status_code != 200:
        raise APIConnectionError(f"the file of an export at {request.host} answered {answer.status_code}: run it again")
    body = answer.content
    return _inflated(body) if body.startswith(b"\x1f\x8b") else body


def _inflated(body: bytes) -> bytes:
    try:
        with gzip.open(BytesIO(body)) as file:
            inflated = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise ResponseFormatError("the file of an export is compressed badly") from None
    if len(inflated) > _LARGEST:
        raise ResponseFormatError(f"the file of an export is larger than {_LARGEST} bytes: export fewer at once")
    return inflated


def _is_safe(address: str) -> bool:
    """Return whether an address is one of https, or on this machine."""
    try:
        url = urlsplit(address)
        return (address.isascii() and url.scheme == "https") or (url.scheme == "http" and url.hostname in _LOCAL)
    except ValueError:
        return False


def _records(export: Resource, body: bytes) -> list[str]:
    try:
        found: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        raise ResponseFormatError(f"the file of exports/{export.id} is no JSON") from None
    expected = export.attributes.get("records_count")
    records = as_list(found)
    if not isinstance(found, list) or not all(as_object(each) for each in records):
        raise ResponseFormatError(f"the file of exports/{export.id} is no list of records")
    if isinstance(expected, int) and len(records) != expected:
        raise ResponseFormatError(f"the file of exports/{export.id} has {len(records)} records of {expected}")
    plain = [without_secrets(as_object(each)) for each in records]
    return [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in plain]
