"""HTTP clients for generated functions: clients of httpx that send through the session, with its plugins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

from commercelayer_klarna._http.pool import AsyncClientWithoutCookies, ClientWithoutCookies
from commercelayer_klarna._http.request import from_native
from commercelayer_klarna._http.settings import Settings
from commercelayer_klarna._json import has_trigger, load_json
from commercelayer_klarna.errors import ResponseFormatError
from commercelayer_klarna.plugins.values import Call, Request, Response

# The content is decompressed and complete, so these headers do not describe it any more.
_OF_THE_TRANSFER = ("content-encoding", "content-length", "transfer-encoding")


class _Transport(httpx.BaseTransport):
    def __init__(self, exchange: Callable[[Request], Response], base_url: str) -> None:
        self._exchange = exchange
        self._base_url = base_url

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return _native(self._exchange(_request(request, self._base_url)))


class _AsyncTransport(httpx.AsyncBaseTransport):
    def __init__(self, exchange: Callable[[Request], Awaitable[Response]], base_url: str) -> None:
        self._exchange = exchange
        self._base_url = base_url

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return _native(await self._exchange(_request(request, self._base_url)))


def client_over(exchange: Callable[[Request], Response], settings: Settings, headers: httpx.Headers) -> httpx.Client:
    """Return an HTTP client that sends everything through ``exchange``."""
    return ClientWithoutCookies(
        base_url=settings.base_url, headers=headers, transport=_Transport(exchange, settings.base_url)
    )


def async_client_over(
    exchange: Callable[[Request], Awaitable[Response]], settings: Settings, headers: httpx.Headers
) -> httpx.AsyncClient:
    """Do the same as ``client_over``, for the async client."""
    return AsyncClientWithoutCookies(
        base_url=settings.base_url, headers=headers, transport=_AsyncTransport(exchange, settings.base_url)
    )


def _request(native: httpx.Request, base_url: str) -> Request:
    if not str(native.url).startswith(f"{base_url}/"):  # the token would go there
        raise ValueError(f"{native.url.copy_with(query=None)} is not below {base_url}: pass ids and paths of the API")
    native.extensions = {}  # timeouts are set for each attempt
    return from_native(Call("api", trigger=_has_trigger(native.content)), native)


def _native(response: Response) -> httpx.Response:
    kept = {name: value for name, value in response.headers.items() if name.lower() not in _OF_THE_TRANSFER}
    return httpx.Response(response.status_code, headers=kept, content=response.content)


def _has_trigger(content: bytes) -> bool:
    if not content:
        return False
    try:
        return has_trigger(load_json(content))
    except ResponseFormatError:
        return False
