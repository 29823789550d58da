"""Convert requests between our form, which plugins see, and that of httpx.

A request is one of httpx's only while it is sent, so what plugins change in it is what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urlencode

import httpx

from commercelayer_klarna._http.backend import with_query
from commercelayer_klarna._http.pool import AsyncConnections, SyncConnections
from commercelayer_klarna._http.settings import Settings
from commercelayer_klarna.plugins.headers import CASE_INSENSITIVE, Headers
from commercelayer_klarna.plugins.values import Call, Request

NativeRequest: TypeAlias = httpx.Request

CASE_INSENSITIVE.add(httpx.Headers)  # so answers keep theirs

# What httpx takes for an address at most.
_LONGEST = 65_536
# What is said when a request is sent: how long it is, and the only coding that ``body`` decompresses.
_OF_THE_SENDER = ("accept-encoding", "content-length", "transfer-encoding")


def common_headers(settings: Settings, connections: SyncConnections | AsyncConnections) -> Headers:
    """Return the headers of every request: those of the connections, of plugins, and of the client, in this order."""
    pairs = [*connections.client.headers.items(), *settings.plugins.headers.items(), *settings.headers.items()]
    return _without_those_of_the_sender(pairs)


def make_request(
    call: Call,
    *,
    method: str,
    url: str,
    params: Mapping[str, str],
    headers: Mapping[str, str],
    common: Headers,
    content: bytes | None,
) -> Request:
    """Make a request out of its parts; ``common`` are the headers of every request.

    Raises:
        ValueError: Its address is too long.
    """
    address = f"{url}?{urlencode(params)}" if params else url
    if len(address) > _LONGEST:
        raise ValueError(
            f"the request has no usable address ({len(address)} characters, at most {_LONGEST}): shorten ids and"
            " filters"
        )
    merged = common.copy()
    if headers:
        merged.update(headers)
    return Request(method, address, merged, content or b"", call)


def from_native(call: Call, native: httpx.Request) -> Request:
    """Return a request of httpx as plugins see it."""
    headers = _without_those_of_the_sender(native.headers.items())
    return Request(native.method, str(native.url), headers, native.content, call)


def _without_those_of_the_sender(pairs: Iterable[tuple[str, str]]) -> Headers:
    return Headers.unchecked(pair for pair in pairs if pair[0].lower() not in _OF_THE_SENDER)


def native_headers(headers: Headers) -> httpx.Headers:
    """Return headers as httpx sends them."""
    return httpx.Headers([*headers.pairs(), ("Accept-Encoding", "gzip")], encoding="utf-8")


@lru_cache(maxsize=256)
def _parsed(address: str) -> httpx.URL:
    """Return an address taken apart, which takes httpx a good part of a call."""
    return httpx.URL(address)


def _url(url: str) -> httpx.URL:
    """Return an address taken apart. What is kept of it has no query, which may tell of a person."""
    address, mark, query = url.partition("?")
    if not mark:
        return _parsed(url)
    found = with_query(_parsed(address), query) if "#" not in address and len(url) <= _LONGEST else None
    return httpx.URL(url) if found is None else found


def native_of(request: Request, common: Headers, native_common: httpx.Headers) -> httpx.Request:
    """Return a request as httpx sends it.

    Args:
        request: The request.
        common: The headers of every request.
        native_common: The same as httpx has them. To convert those that did not change takes time.

    Raises:
        ValueError: The request has no usable address.
    """
    changed = request.headers.changed_from(common)
    if changed is None:
        headers = native_headers(request.headers)
    else:
        headers = httpx.Headers(native_common)
        for name, value in changed:
            headers[name] = value
    try:
        return httpx.Request(request.method, _url(request.url), headers=headers, content=request.content or None)
    except httpx.InvalidURL as error:
        raise ValueError(f"the request has no usable address ({error}): shorten ids and filters") from None
