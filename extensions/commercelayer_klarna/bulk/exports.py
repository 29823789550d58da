"""The API's own exports: a resource that is created, becomes a file, and leads to an address that lives five minutes.

Its attributes are those of Commerce Layer's official client. It is not part of the contract of this package, so an
export is an operation of requests, written once for both clients.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING, cast
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from commercelayer_klarna._client.query import utc_text
from commercelayer_klarna._json import JsonValue, as_list, as_object
from commercelayer_klarna._redaction import without_secrets
from commercelayer_klarna.bulk.outcome import ExportFailed
from commercelayer_klarna.errors import APIConnectionError, ResponseFormatError
from commercelayer_klarna.plugins.flow import FlowOf, ask, blocking, sleep

if TYPE_CHECKING:
    from commercelayer_klarna.bulk.shards import Shard
    from commercelayer_klarna.resources import Resource

__all__ = ["AT_ONCE", "MOST", "exported"]

MOST = 5_000
"""Records of one export (documented)."""
AT_ONCE = 10
"""Exports of an organization that run at the same time (documented)."""

_FIRST_WAIT, _LONGEST_WAIT = 2.0, 15.0
_TIMEOUT = 60.0
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def exported(shard: Shard, include: Sequence[str]) -> FlowOf[list[str]]:
    """Export a shard, and return its records, each as JSON.

    Raises:
        ExportFailed: The API gave the export up.
        ResponseFormatError: What came is no export.
    """
    filters = {
        name: utc_text(f"filters[{name!r}]", value) if isinstance(value, datetime) else value
        for name, value in shard.filters.items()
    }
    attributes = {"resource_type": shard.of, "format": "json", "includes": [*include], "filters": filters}
    document = yield from ask("POST", "exports", json={"data": {"type": "exports", "attributes": attributes}})
    wait, expired = _FIRST_WAIT, 0
    while True:
        export = cast("Resource", document.data)
        told = export.attributes
        if told.get("status") in ("failed", "interrupted"):
            raise ExportFailed(export.id, str(told.get("errors_log") or told["status"]))
        if told.get("status") == "completed":
            body = yield from blocking(partial(_fetched, told.get("attachment_url")))
            if body is not None:
                return _records(export, body)
            # Its address was too old. What was asked for anew has a new one.
            expired += 1
            if expired == 3:
                raise ResponseFormatError(f"exports/{export.id} leads to addresses that refuse what is asked for")
        else:
            yield from sleep(wait)
            wait = min(_LONGEST_WAIT, wait * 1.5)
        document = yield from ask("GET", f"exports/{export.id}")


def _fetched(address: JsonValue) -> bytes | None:
    """Return what is at an address, without a token; ``None`` if the address is not valid any more."""
    url = urlsplit(str(address))
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOCAL):
        raise ResponseFormatError("the address of an export is none of https, and is not asked")
    try:
        with urlopen(Request(str(address)), timeout=_TIMEOUT) as answer:  # noqa: S310 - the scheme was checked
            body: bytes = answer.read()
    except HTTPError as error:
        if error.code in (403, 404, 410):
            return None
        raise APIConnectionError(f"the file of an export answered {error.code}: run it again") from None
    except (OSError, HTTPException) as error:
        raise APIConnectionError(
            f"the file of an export at {url.hostname} could not be fetched: {type(error).__name__}. Run it again"
        ) from None
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def _records(export: Resource, body: bytes) -> list[str]:
    try:
        found: JsonValue = json.loads(body)
    except ValueError:
        raise ResponseFormatError(f"the file of exports/{export.id} is no JSON") from None
    expected = export.attributes.get("records_count")
    records = as_list(found)
    if not isinstance(found, list) or not all(as_object(each) for each in records):
        raise ResponseFormatError(f"the file of exports/{export.id} is no list of records")
    if isinstance(expected, int) and len(records) != expected:
        raise ResponseFormatError(f"the file of exports/{export.id} has {len(records)} records of {expected}")
    plain = [without_secrets(as_object(each)) for each in records]
    return [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in plain]
