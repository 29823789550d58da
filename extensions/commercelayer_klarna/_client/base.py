"""What both clients have in common, beside their operations: how they are made, viewed, and asked.

What their arguments must be is in ``arguments``; the operations are in ``client``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, Self, TypeVar

from commercelayer_klarna._json import json_object
from commercelayer_klarna._lazy import lazy
from commercelayer_klarna._not_given import NOT_GIVEN, NotGiven

if TYPE_CHECKING:
    from commercelayer_klarna._auth.credentials import Auth
    from commercelayer_klarna._auth.store import TokenStore
    from commercelayer_klarna._client import options as arguments
    from commercelayer_klarna._client.requests import Exchange, Wait
    from commercelayer_klarna._http import pool as connections
    from commercelayer_klarna._http.outcome import Settings
    from commercelayer_klarna._http.pool import Wire
    from commercelayer_klarna._jsonapi import document as documents
    from commercelayer_klarna._jsonapi.document import Document
    from commercelayer_klarna._pipeline.discovery import Named
    from commercelayer_klarna._pipeline.plugin_set import PluginInfo
    from commercelayer_klarna.plugins import jsonapi
    from commercelayer_klarna.plugins import values as types
    from commercelayer_klarna.plugins.values import Call, RetryPolicy, Timing
else:
    arguments, connections, documents = lazy("_client.options", "_http.pool", "_jsonapi.document")
    jsonapi, types = lazy("plugins.jsonapi", "plugins.values")

__all__ = ["Configured", "HTTPClient"]

M = TypeVar("M")


class HTTPClient(Protocol):
    """What ``http_client`` must be: an ``httpx.Client``, or for the async client an ``httpx.AsyncClient``."""

    def send(self, request: Any, /, *, stream: bool = ..., auth: Any = ..., follow_redirects: Any = ...) -> Any:
        """Send a request."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether it can send no more."""
        ...

    @property
    def headers(self) -> Any:
        """Headers for every request."""
        ...


class Configured:
    """What both clients are set up from."""

    _settings: Settings
    _wire: Wire
    _is_view = False
    _is_async = False

    def __init__(
        self,
        organization: str | None = None,
        *,
        auth: Auth | None,
        domain: str = "commercelayer.io",
        base_url: str | None = None,
        timeout: float | None = 15.0,
        deadline: float | None = 60.0,
        max_response_bytes: int | None = 16_000_000,
        retry: RetryPolicy | None | NotGiven = NOT_GIVEN,
        plugins: Named = (),
        without: Sequence[str] = (),
        http_client: HTTPClient | None = None,
        timing: Timing | None = None,
        token_store: TokenStore | None = None,
    ) -> None:
        """Set up a client; nothing is sent before the first call.

        Args:
            organization: Slug of the organization. May be left out when ``auth`` is an access token that names it.
            auth: ``ClientCredentials`` or those of another grant, or an ``AccessToken``; ``None`` if a plugin provides
                for it.
            domain: Domain of the API and of its token endpoint.
            base_url: Address of the API instead of ``https://<organization>.<domain>/api``, for a sandbox or a proxy.
                Credentials then need an ``auth_url`` of their own. Plain http is for this machine and private networks.
            timeout: Seconds that one attempt waits for the server at each step (connecting waits 5 at most), or
                ``None`` for no limit. The API calls Klarna while it creates a payment, so creates are slow.
            deadline: Seconds for a whole call, with its token, attempts and waits, or ``None`` for no limit. A page
                of a list is a call. No step of an attempt waits longer than what is left, and a body is given up
                between two pieces of it, so a call ends at most one read late.
            max_response_bytes: Size of an answer, decompressed, beyond which it is given up; ``None`` for no limit.
                A page of 25 payments with their orders is a few hundred kilobytes.
            retry: How to try again; ``None`` not to. By default what plugins say, and they say ``RetryPolicy()``.
            plugins: Plugins by instance, by class, and by installed name; or ``"installed"`` for all that are
                installed. A plugin sees tokens and money, so none is active that is not named, here or in the
                environment variable ``COMMERCELAYER_KLARNA_PLUGINS``. One with the name of a built-in replaces it.
            without: Names of built-in plugins to leave out: jsonapi, includes, metadata, auth, retry, logging.
            http_client: An ``httpx.Client`` (for the async client an ``httpx.AsyncClient``) with proxies, TLS settings
                or a pool of yours. It stays yours: it is not closed. Its headers are sent and its hooks are called; its
                timeouts, auth, cookies and redirects are not used.
            timing: Clock, sleep and chance, for tests.
            token_store: Where tokens are kept, such as a ``FileTokenStore`` for processes that come and go. By default
                in memory, for this client alone.

        Raises:
            ValueError, TypeError: An argument cannot be used.
            PluginError: A plugin cannot be used.
        """
        self._settings = arguments.settings(
            organization=organization,
            auth=auth,
            domain=domain,
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            max_response_bytes=max_response_bytes,
            retry=retry,
            plugins=plugins,
            without=without,
            timing=timing,
            token_store=token_store,
            is_async=self._is_async,
        )
        if http_client is None:
            self._wire = connections.Wire(self._new_http_client(), self._new_http_client)
        else:
            self._wire = connections.Wire(arguments.checked_client(type(self).__name__, http_client, self._is_async))
        self._settings.plugins.opened()

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """Set up a client from the environment.

        ``COMMERCELAYER_ORGANIZATION``, ``COMMERCELAYER_CLIENT_ID``, ``COMMERCELAYER_CLIENT_SECRET`` (not for sales
        channels) and ``COMMERCELAYER_SCOPE`` (optional) are read; ``options`` are those of the constructor.

        Raises:
            ValueError: A variable is missing.
        """
        return cls(**arguments.from_environment(options))

    def with_options(
        self,
        *,
        timeout: float | None | NotGiven = NOT_GIVEN,
        deadline: float | None | NotGiven = NOT_GIVEN,
        retry: RetryPolicy | None | NotGiven = NOT_GIVEN,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """A view of this client with other options, on the same connections. Closing the view closes nothing.

        Args:
            timeout: As in the constructor; what is not passed stays.
            deadline: As in the constructor; what is not passed stays.
            retry: As in the constructor; what is not passed stays.
            headers: Headers for every request, added to those that there are.

        Raises:
            ValueError: An option cannot be used.
        """
        view = copy.copy(self)
        view.__dict__.pop("_seam", None)
        view.__dict__.pop("api", None)
        view._settings = arguments.changed(self._settings, timeout, deadline, retry, headers)
        view._is_view = True
        return view

    @property
    def base_url(self) -> str:
        """Address of the API."""
        return self._settings.base_url

    @property
    def plugins(self) -> tuple[PluginInfo, ...]:
        """The active plugins, in their order: where each came from, its hooks, and its places in the chain."""
        return self._settings.plugins.infos()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} does not pickle, because it holds connections and credentials")

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def _new_http_client(self) -> Any:
        raise NotImplementedError

    def _ended(self) -> bool:
        """Mark the end of the client; whether it was this call that did."""
        if self._is_view or self._wire.closed:
            return False
        self._wire.closed = True
        self._settings.plugins.closed()
        return True

    def _written(self, metadata: M) -> M | dict[str, Any]:
        """Metadata with the values of keys that have a codec written by it."""
        if not isinstance(metadata, Mapping):
            return metadata
        return {key: self._written_value(key, value) for key, value in metadata.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    def _written_value(self, key: Any, value: Any) -> Any:
        found = self._settings.plugins.metadata_codec("klarna_payments", key) if isinstance(key, str) else None
        if found is None or value is None:
            return value
        source, codec = found
        try:
            return source.call(codec.encode, value)
        except Exception as error:
            error.add_note(f"while writing metadata[{key!r}]")
            raise

    def _contained(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What metadata should contain, for a filter."""
        if not values:
            raise ValueError("values is empty, which every payment contains: name at least one key, or call list")
        return json_object("values", self._written(values))

    def _deadline(self) -> float | None:
        """When a call that begins now must be over, with all its exchanges and waits."""
        settings = self._settings
        return None if settings.deadline is None else settings.timing.monotonic() + settings.deadline

    def _fits(self, wait: Wait, deadline: float | None) -> bool:
        """Whether there is time for a wait, and for something after it."""
        return deadline is None or self._settings.timing.monotonic() + wait.seconds < deadline

    def _call(self, exchange: Exchange, deadline: float | None) -> Call:
        """What is known of the call that an exchange is part of."""
        return types.Call(exchange.operation, exchange.trigger, exchange.looks, deadline=deadline)

    def _encoded(self, exchange: Exchange) -> dict[str, Any]:
        """The arguments of the HTTP library's request, with the document as bytes."""
        sent = dict(exchange.request)
        if "json" in sent:
            sent["content"] = self._settings.plugins.dumps(jsonapi.MEDIA_TYPE, sent.pop("json"))
        return sent

    def _decoded(self, call: Call, content: bytes, headers: Mapping[str, str]) -> Document:
        """The document of an answer; one without data for an empty answer to a request that leaves nothing."""
        plugins = self._settings.plugins
        if content:
            json = plugins.loads(headers.get("content-type", ""), jsonapi.MEDIA_TYPE, content)
            return plugins.transform(documents.Document(json, plugins), call)
        return documents.Document({}, plugins)
