"""Convert requests between our form, which plugins see, and that of httpx."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TypeAlias

import httpx

from commercelayer_klarna._http.pool import AsyncConnections, SyncConnections
from commercelayer_klarna._http.settings import Settings
from commercelayer_klarna.plugins.values import Call, Request

NativeRequest: TypeAlias = httpx.Request


def common_headers(settings: Settings, connections: SyncConnections | AsyncConnections) -> httpx.Headers:
    """Return the headers of every request: those of the connections, of plugins, and of the client, in this order."""
    headers = httpx.Headers(connections.client.headers)
    headers.update(settings.plugins.headers)
    headers.update(settings.headers)
    headers["Accept-Encoding"] = "gzip"  # the only coding that ``body`` decompresses
    return headers


def make_request(
    call: Call,
    *,
    method: str,
    url: str,
    params: Mapping[str, str],
    headers: Mapping[str, str],
    common: Mapping[str, str],
    content: bytes | None,
) -> Request:
    """Make a request out of its parts; ``common`` are the headers of every request.

    Raises:
        ValueError: Its address is too long.
    """
    address = f"{url}?{httpx.QueryParams(params)}" if params else url
    merged = httpx.Headers(common)
    if headers:
        merged.update(headers)
    try:
        native = httpx.Request(method, address, headers=merged, content=content)
    except httpx.InvalidURL as error:
        raise ValueError(f"the request has no usable address ({error}): shorten ids and filters") from None
    return from_native(call, native)


def from_native(call: Call, native: httpx.Request) -> Request:
    """Return a request of httpx as plugins see it."""
    path = native.url.raw_path.partition(b"?")[0].decode("ascii")
    headers: MutableMapping[str, str] = native.headers
    return Request(native.method, str(native.url), headers, native.content, call, native, path)


def native_of(request: Request) -> httpx.Request:
    """Return a request as httpx sees it; a request that a plugin made is converted."""
    if isinstance(request.native, httpx.Request):
        return request.native
    return httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
