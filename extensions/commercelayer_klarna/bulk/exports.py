"""The API's own exports: a resource that is created, becomes a file, and leads to an address that lives five minutes.

Its attributes are those of Commerce Layer's official client. It is not part of the contract of this package, so an
export is an operation of requests, written once for both clients.
"""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from commercelayer_klarna._client.query import utc_text
from commercelayer_klarna._json import JsonValue, as_list, as_object
from commercelayer_klarna._redaction import without_secrets
from commercelayer_klarna.bulk.outcome import ExportFailed
from commercelayer_klarna.errors import APIConnectionError, ResponseFormatError
from commercelayer_klarna.plugins.flow import FlowOf, ask, blocking, sleep
from commercelayer_klarna.resources import Resource

if TYPE_CHECKING:
    from commercelayer_klarna.bulk.shards import Shard

__all__ = ["AT_ONCE", "MOST", "exported"]

MOST = 5_000
"""Records of one export (documented)."""
AT_ONCE = 10
"""Exports of an organization that run at the same time (documented)."""

_FIRST_WAIT, _LONGEST_WAIT = 2.0, 15.0
# Seconds for each piece of a file, and for all of them.
_TIMEOUT, _WHOLE = 60.0, 600.0
# Bytes of a file at most, as it is sent and as it is read: some 50 kB for each record.
_LARGEST = 256_000_000
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
        export = document.data
        if not isinstance(export, Resource):
            raise ResponseFormatError("the answer holds no export")
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


class _NoRedirects(HTTPRedirectHandler):
    """Follows none: the address was checked, and the next one may be in the clear, or within the own network."""

    def redirect_request(self, *arguments: object, **named: object) -> None:
        pass


def _fetched(address: JsonValue) -> bytes | None:
    """Return what is at an address, without a token; ``None`` if the address is not valid any more."""
    try:
        url = urlsplit(str(address))
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOCAL):
            raise ValueError(address)
        asked = Request(str(address))  # noqa: S310 - the scheme was checked
        asked.full_url.encode("ascii")
    except ValueError:
        raise ResponseFormatError("the address of an export is none of https, and is not asked") from None
    try:
        with build_opener(_NoRedirects).open(asked, timeout=_TIMEOUT) as answer:
            body = _read(answer)
    except HTTPError as error:
        error.close()
        if error.code in (403, 404, 410):
            return None
        raise APIConnectionError(f"the file of an export answered {error.code}: run it again") from None
    except (OSError, HTTPException) as error:
        raise APIConnectionError(
            f"the file of an export at {url.hostname} could not be fetched: {type(error).__name__}. Run it again"
        ) from None
    return _inflated(body) if body.startswith(b"\x1f\x8b") else body


def _read(answer: HTTPResponse) -> bytes:
    body, end = bytearray(), time.monotonic() + _WHOLE
    while piece := answer.read1(_LARGEST):
        body += piece
        _check_size(len(body))
        if time.monotonic() > end:
            raise TimeoutError
    if answer.length:
        raise IncompleteRead(b"", answer.length)
    return bytes(body)


def _inflated(body: bytes) -> bytes:
    try:
        with gzip.open(BytesIO(body)) as file:
            inflated = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise ResponseFormatError("the file of an export is compressed badly") from None
    _check_size(len(inflated))
    return inflated


def _check_size(size: int) -> None:
    if size > _LARGEST:
        raise ResponseFormatError(f"the file of an export is larger than {_LARGEST} bytes: export fewer at once")


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
