"""Requests in httpx's form, made out of ours, and ours out of httpx's."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TypeAlias

import httpx

from commercelayer_klarna._http.pool import AsyncConnections, SyncConnections
from commercelayer_klarna._http.settings import Settings
from commercelayer_klarna.plugins.values import Call, Request

__all__ = ["NativeRequest", "common_headers", "from_native", "make_request", "native_of", "no_address"]

NativeRequest: TypeAlias = httpx.Request


def common_headers(settings: Settings, connections: SyncConnections | AsyncConnections) -> httpx.Headers:
    """Return the headers of every request: of the connections, of plugins, and of the client, in this order."""
    headers = httpx.Headers(connections.client.headers)
    headers.update(settings.plugins.headers)
    headers.update(settings.headers)
    headers["Accept-Encoding"] = "gzip"  # what can be decompressed within bounds
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
    """Make a request.

    Args:
        call: The call that it belongs to.
        method: HTTP method.
        url: Complete address, without a query.
        params: Query keys.
        headers: Headers of this request.
        common: Headers of every request.
        content: Body.

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
        raise no_address(error) from None
    return from_native(call, native)


def from_native(call: Call, native: httpx.Request) -> Request:
    """Return a request of httpx's as plugins see it."""
    path = native.url.raw_path.partition(b"?")[0].decode("ascii")
    headers: MutableMapping[str, str] = native.headers
    return Request(native.method, str(native.url), headers, native.content, call, native, path)


def native_of(request: Request) -> httpx.Request:
    """Return the request in httpx's form; one of a plugin's own is made anew."""
    if isinstance(request.native, httpx.Request):
        return request.native
    return httpx.Request(request.method, request.url, headers=request.headers, content=request.content)


def no_address(error: httpx.InvalidURL) -> ValueError:
    """Return the error for an address that httpx does not take."""
    return ValueError(f"the request has no usable address ({error}): shorten ids and filters")
