"""HTTP clients for generated functions: clients of httpx that send through the session, with its plugins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from commercelayer_klarna._http.pool import AsyncClientWithoutCookies, ClientWithoutCookies
from commercelayer_klarna._http.request import from_native
from commercelayer_klarna._http.settings import Settings
from commercelayer_klarna._json import has_trigger, load_json
from commercelayer_klarna._redaction import forget_locals
from commercelayer_klarna.errors import ResponseFormatError
from commercelayer_klarna.plugins.headers import Headers
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


class _Client(ClientWithoutCookies):
    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        _check_path(url, self.base_url)
        return super().build_request(method, url, **options)

    def request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Response:
        try:
            return super().request(method, url, **options)
        except BaseException as error:
            options.clear()
            forget_locals(error)  # once more: the frames of httpx have ended by now
            raise


class _AsyncClient(AsyncClientWithoutCookies):
    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        _check_path(url, self.base_url)
        return super().build_request(method, url, **options)

    async def request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Response:
        try:
            return await super().request(method, url, **options)
        except BaseException as error:
            options.clear()
            forget_locals(error)  # once more: the frames of httpx have ended by now
            raise


def client_over(exchange: Callable[[Request], Response], settings: Settings, headers: Headers) -> httpx.Client:
    """Return an HTTP client that sends everything through ``exchange``."""
    return _Client(base_url=settings.base_url, headers=headers, transport=_Transport(exchange, settings.base_url))


def async_client_over(
    exchange: Callable[[Request], Awaitable[Response]], settings: Settings, headers: Headers
) -> httpx.AsyncClient:
    """Do the same as ``client_over``, for the async client."""
    return _AsyncClient(
        base_url=settings.base_url, headers=headers, transport=_AsyncTransport(exchange, settings.base_url)
    )


def _check_path(url: httpx.URL | str, base_url: httpx.URL) -> None:
    """Refuse a path before it is joined to that of the API, which would make another one of an id such as ``..``."""
    path = httpx.URL(url).path
    if {"", ".", ".."} & set(path.removeprefix("/").split("/")):
        raise ValueError(f"{path!r} is no path below {base_url}: pass ids of the API, which are neither empty nor dots")


def _request(native: httpx.Request, base_url: str) -> Request:
    if not str(native.url).startswith(f"{base_url}/"):  # the token would go there
        raise ValueError(f"{native.url.copy_with(query=None)} is not below {base_url}: pass ids and paths of the API")
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
