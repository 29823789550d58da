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
# Methods whose requests say how long their body is, also when they have none (RFC 9110, 8.6).
_WITH_A_BODY = ("POST", "PUT", "PATCH")


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
    host = native.url.netloc.decode()  # httpx writes it down, and a plugin may send the request elsewhere
    pairs = [pair for pair in native.headers.items() if pair != ("host", host)]
    return Request(native.method, str(native.url), _without_those_of_the_sender(pairs), native.content, call)


def _without_those_of_the_sender(pairs: Iterable[tuple[str, str]]) -> Headers:
    return Headers.unchecked(pair for pair in pairs if pair[0].lower() not in _OF_THE_SENDER)


@lru_cache(maxsize=256)
def _parsed(address: str) -> httpx.URL:
    """Return an address taken apart, which takes httpx a good part of a call."""
    return httpx.URL(address)


def normal_address(address: str) -> str:
    """Return an address in the form that httpx sends: two ways to write the same are one.

    Raises:
        ValueError: Its host is none.
    """
    try:
        return str(_parsed(address))
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from None


def _url(url: str) -> httpx.URL:
    """Return an address taken apart. What is kept of it has no query, which may tell of a person."""
    address, mark, query = url.partition("?")
    if not mark:
        return _parsed(url)
    found = with_query(_parsed(address), query) if "#" not in address and len(url) <= _LONGEST else None
    return httpx.URL(url) if found is None else found


class ToNative:
    """Converts requests to the form of httpx, as they are sent.

    What most requests have in common is converted once. Host and length are written down here, because httpx looks
    through all headers for each of them.

    Args:
        common: The headers of every request.
        base_url: The address of the API.
    """

    def __init__(self, common: Headers, base_url: str) -> None:
        self._common = common
        self._api = f"{base_url}/"
        self._native: httpx.Headers | None = None

    def __call__(self, request: Request) -> httpx.Request:
        """Return a request in the form of httpx.

        Raises:
            ValueError: The request has no usable address.
        """
        try:
            url = _url(request.url)
        except httpx.InvalidURL as error:
            raise ValueError(f"the request has no usable address ({error}): shorten ids and filters") from None
        changed = request.headers.changed_from(self._common) if request.url.startswith(self._api) else None
        if changed is None:
            headers = _native_headers(request.headers, url)
        else:
            if self._native is None:
                self._native = _native_headers(self._common, url)
            headers = httpx.Headers(self._native)
            for name, value in changed:
                headers[name] = value
        if request.content or request.method in _WITH_A_BODY:
            headers["Content-Length"] = str(len(request.content))
        native = httpx.Request(request.method, url, headers=headers, stream=httpx.ByteStream(request.content))
        native.read()  # or no tool between here and the network could look at it
        return native


def _native_headers(headers: Headers, url: httpx.URL) -> httpx.Headers:
    """Return headers in the form of httpx, with the host of an address, unless they say another one."""
    host = () if "host" in headers else (("Host", url.netloc.decode()),)
    return httpx.Headers([*host, *headers.pairs(), ("Accept-Encoding", "gzip")], encoding="utf-8")
