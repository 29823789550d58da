"""The base of both clients: it sets them up, with the default of each option, and makes views of them.

The options are checked in ``options``; the operations are in ``_async`` and ``_sync``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Generic, NoReturn, Self, TypeVar

from commercelayer_klarna._client.constructor import explained
from commercelayer_klarna._lazy import lazy
from commercelayer_klarna._not_given import NOT_GIVEN, NotGiven

if TYPE_CHECKING:
    from typing import Protocol, Unpack

    from commercelayer_klarna._auth.credentials import Auth
    from commercelayer_klarna._auth.store import TokenStore
    from commercelayer_klarna._client import options
    from commercelayer_klarna._client.options import ClientOptions
    from commercelayer_klarna._http.pool import HTTPClient
    from commercelayer_klarna._http.settings import Settings
    from commercelayer_klarna._pipeline.discovery import PluginsArgument
    from commercelayer_klarna._pipeline.plugin_set import PluginInfo
    from commercelayer_klarna.plugins.timing import Timing
    from commercelayer_klarna.plugins.values import RetryPolicy

    class Session(Protocol):
        """What the base needs of the session of either kind."""

        @property
        def settings(self) -> Settings: ...

        def with_settings(self, settings: Settings) -> Self: ...

        def open(self) -> None: ...

        def ends(self) -> bool: ...

else:
    (options,) = lazy("_client.options")


S = TypeVar("S", bound="Session")


class BaseClient(Generic[S]):
    """The base of both clients, over a session of its kind."""

    _session: S
    _is_view = False
    _is_async = False

    @explained
    def __init__(
        self,
        organization: str | None = None,
        *,
        auth: Auth | None,
        domain: str = "commercelayer.io",
        base_url: str | None = None,
        api_version: str | None = None,
        timeout: float | None = 15.0,
        deadline: float | None = 60.0,
        max_response_bytes: int | None = 16_000_000,
        keepalive_expiry: float | None = 90.0,
        retry: RetryPolicy | None | NotGiven = NOT_GIVEN,
        plugins: PluginsArgument = (),
        without: Sequence[str] = (),
        connections: int | None = None,
        http_client: HTTPClient | None = None,
        timing: Timing | None = None,
        token_store: TokenStore | None = None,
    ) -> None:
        """Set up a client. Nothing is sent before the first call.

        Args:
            organization: Slug of the organization. You may leave it out when ``auth`` is an access token that names it.
            auth: ``ClientCredentials``, credentials of another grant, or an ``AccessToken``; ``None`` if a plugin
                brings credentials.
            domain: Domain of the API and of its token endpoint.
            base_url: Address of the API instead of ``https://<organization>.<domain>/api``, for a sandbox or a proxy.
                Credentials then need an ``auth_url`` of their own. Plain http is for this machine and private networks.
            api_version: Dated version of the API, such as ``2017-08``, which then stands in each path; by default none
                does, as today. Klarna payments are said to end with that version.
            timeout: Seconds that one attempt waits for the server at each step (5 at most to connect), or ``None`` for
                no limit. The API calls Klarna while it creates a payment, so creates are slow.
            deadline: Seconds for a whole call with its token, attempts and waits, or ``None`` for no limit. Each page
                of a list is a call. No step waits longer than what is left, so a call ends at most one read late.
            max_response_bytes: Largest answer, decompressed, or ``None`` for no limit. A page of 25 payments with their
                orders is a few hundred kilobytes.
            keepalive_expiry: Seconds for which a connection that nobody uses stays open, or ``None`` for as long as the
                server keeps it. A new one takes two round trips more. Your ``http_client`` has its own limits.
            retry: How to try again; ``None`` not to. By default the plugins decide: ``RetryPolicy()``.
            plugins: Plugins by instance, by class, and by installed name; or ``"installed"`` for all installed ones.
                Plugins see tokens and money, so only those are active that are named here or in the environment
                variable ``COMMERCELAYER_KLARNA_PLUGINS``. One with the name of a built-in plugin replaces it.
            without: Names of built-in plugins to leave out: jsonapi, includes, metadata, money, auth, retry,
                logging.
            connections: Connections at most, from 1 to 1000; by default 100, and 12 in the sync client, since beyond
                that threads do not come to run in turn. Calls beyond it wait for their turn, at most until their
                deadline. They are opened when they are needed. Your ``http_client`` has its own limits.
            http_client: An ``httpx.Client`` (for the async client an ``httpx.AsyncClient``) with your proxies, TLS
                settings or pool. You close it yourself. Its headers are sent and its hooks are called; its timeouts,
                auth, cookies and redirects are not used.
            timing: Clock, sleep and chance, for tests.
            token_store: Where tokens are kept, such as a ``FileTokenStore`` for processes that start and end often,
                or a ``RedisTokenStore`` for several machines. By default in memory, for this client alone.

        Raises:
            ValueError: The value of an argument cannot be used.
            TypeError: An argument is of the wrong type.
            PluginError: A plugin cannot be used.
        """
        settings = options.settings(
            organization=organization,
            auth=auth,
            domain=domain,
            base_url=base_url,
            api_version=api_version,
            timeout=timeout,
            deadline=deadline,
            max_response_bytes=max_response_bytes,
            keepalive_expiry=keepalive_expiry,
            retry=retry,
            plugins=plugins,
            without=without,
            connections=connections,
            timing=timing,
            token_store=token_store,
            is_async=self._is_async,
        )
        if http_client is not None:
            options.check_client(type(self).__name__, http_client, is_async=self._is_async)
        self._session = self._open(settings, http_client)
        self._session.open()

    @classmethod
    def from_env(cls, **given: Unpack[ClientOptions]) -> Self:
        """Set up a client from the environment.

        It reads ``COMMERCELAYER_ORGANIZATION``, ``COMMERCELAYER_CLIENT_ID``, ``COMMERCELAYER_CLIENT_SECRET`` (not for
        sales channels) and ``COMMERCELAYER_SCOPE`` (optional); and for a sandbox or a proxy ``COMMERCELAYER_BASE_URL``,
        in place of the organization, with ``COMMERCELAYER_AUTH_URL``. With ``auth`` or ``base_url`` among the options,
        the variables in their place are not needed.

        Args:
            **given: Options of the constructor, such as ``timeout``; they win over the environment.

        Raises:
            ValueError: A variable is missing, or an option cannot be used.
            TypeError: An option is of the wrong type.
            PluginError: A plugin cannot be used.
        """
        return cls(**options.from_environment(given))

    def with_options(
        self,
        *,
        timeout: float | None | NotGiven = NOT_GIVEN,
        deadline: float | None | NotGiven = NOT_GIVEN,
        retry: RetryPolicy | None | NotGiven = NOT_GIVEN,
        headers: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Self:
        """Return a view of this client with other options, on the same connections. Closing the view closes nothing.

        Args:
            timeout: As in the constructor; the default is that of this client.
            deadline: As in the constructor; the default is that of this client.
            retry: As in the constructor; the default is that of this client.
            headers: Headers for every request, in addition to those of this client.
            tags: What plugins are told of every call, in addition to the tags of this client: who asks, for which
                tenant. Tags are never sent.

        Raises:
            ValueError: The value of an option cannot be used.
            TypeError: An option is of the wrong type.
        """
        view = copy.copy(self)
        view.__dict__.pop("api", None)
        settings = options.changed(
            self._session.settings, timeout=timeout, deadline=deadline, retry=retry, headers=headers, tags=tags
        )
        view._session = self._session.with_settings(settings)
        view._is_view = True
        return view

    @property
    def base_url(self) -> str:
        """Return the address of the API."""
        return self._session.settings.base_url

    @property
    def plugins(self) -> tuple[PluginInfo, ...]:
        """Return the active plugins, in their order: where each came from, its hooks, and its places in the chain."""
        return self._session.settings.plugins.infos()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} does not pickle, because it holds connections and credentials")

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def _open(self, settings: Settings, http_client: HTTPClient | None) -> S:
        """Return a new session."""
        raise NotImplementedError

    def _ends(self) -> bool:
        """Mark the end of the client, and return whether this call is the first that did."""
        return not self._is_view and self._session.ends()
