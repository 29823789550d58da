"""How a client is set up: its arguments checked, its environment read, its views made.

What both clients have in common; the operations are in ``client``.
"""

from __future__ import annotations

import copy
import inspect
import os
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any, NoReturn, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from attrs import evolve

from commercelayer_klarna.auth import AccessToken, Auth, ClientCredentials, Credentials
from commercelayer_klarna.connections import Wire
from commercelayer_klarna.documents import Document
from commercelayer_klarna.http import Settings
from commercelayer_klarna.jsonvalue import json_object
from commercelayer_klarna.operations import NOT_GIVEN, Exchange, NotGiven, Wait
from commercelayer_klarna.plugins.auth import TokenAuth
from commercelayer_klarna.plugins.compiled import PluginInfo, PluginSet
from commercelayer_klarna.plugins.discovery import Named, resolve
from commercelayer_klarna.plugins.includes import Includes
from commercelayer_klarna.plugins.jsonapi import MEDIA_TYPE, JsonApi
from commercelayer_klarna.plugins.logs import Logging
from commercelayer_klarna.plugins.metadata import Metadata
from commercelayer_klarna.plugins.retry import Retry
from commercelayer_klarna.plugins.spec import Plugin
from commercelayer_klarna.plugins.types import Call, Context, RetryPolicy, Timing
from commercelayer_klarna.resources import build
from commercelayer_klarna.token_store import TokenStore

__all__ = ["Configured", "HTTPClient"]

M = TypeVar("M")

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?\Z")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")


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
                or a pool of yours. It stays yours: it is not closed. Its timeouts are not used.
            timing: Clock, sleep and chance, for tests.
            token_store: Where tokens are kept, such as a ``FileTokenStore`` for processes that come and go. By default
                in memory, for this client alone.

        Raises:
            ValueError, TypeError: An argument cannot be used.
            PluginError: A plugin cannot be used.
        """
        address = _base_url(organization, auth, domain, base_url)
        ctx = Context(address, is_async=self._is_async, timing=timing or Timing())
        own: list[Plugin] = [JsonApi(), Includes(), Metadata(), Retry(), Logging()]
        if auth is not None:
            own.append(TokenAuth(auth, _auth_url(auth, domain, base_url), token_store))
        chosen = PluginSet.build(_chosen(own, plugins, without), ctx)
        self._settings = Settings(
            base_url=address,
            timeout=_seconds("timeout", timeout),
            deadline=_seconds("deadline", deadline),
            max_response_bytes=_bytes("max_response_bytes", max_response_bytes),
            retry=chosen.retry if retry is NOT_GIVEN else _policy(retry),
            headers={},
            plugins=chosen,
        )
        if http_client is None:
            self._wire = Wire(self._new_http_client(), self._new_http_client)
        else:
            self._wire = Wire(self._checked_client(http_client))
        chosen.opened()

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """Set up a client from the environment.

        ``COMMERCELAYER_ORGANIZATION``, ``COMMERCELAYER_CLIENT_ID``, ``COMMERCELAYER_CLIENT_SECRET`` (not for sales
        channels) and ``COMMERCELAYER_SCOPE`` (optional) are read; ``options`` are those of the constructor.

        Raises:
            ValueError: A variable is missing.
        """
        auth = options.pop("auth", None)
        named = isinstance(auth, AccessToken) and auth.organization is not None
        if "base_url" not in options and not named:
            options.setdefault("organization", _environment("ORGANIZATION"))
        if auth is None:
            auth = ClientCredentials(
                client_id=_environment("CLIENT_ID"),
                client_secret=os.environ.get("COMMERCELAYER_CLIENT_SECRET") or None,
                scope=os.environ.get("COMMERCELAYER_SCOPE") or None,
            )
        return cls(auth=auth, **options)

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
        changes: dict[str, Any] = {}
        if timeout is not NOT_GIVEN:
            changes["timeout"] = _seconds("timeout", timeout)
        if deadline is not NOT_GIVEN:
            changes["deadline"] = _seconds("deadline", deadline)
        if retry is not NOT_GIVEN:
            changes["retry"] = _policy(retry)
        if headers is not None:
            changes["headers"] = {**self._settings.headers, **_headers(headers)}
        view = copy.copy(self)
        view.__dict__.pop("_seam", None)
        view.__dict__.pop("api", None)
        view._settings = evolve(self._settings, **changes)
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

    def _checked_client(self, client: HTTPClient) -> HTTPClient:
        wanted = "httpx.AsyncClient" if self._is_async else "httpx.Client"
        send = getattr(client, "send", None)
        if send is None or inspect.iscoroutinefunction(send) != self._is_async:
            raise TypeError(f"http_client={client!r}: a {type(self).__name__} takes an {wanted}")
        return client

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

    def _encoded(self, exchange: Exchange) -> dict[str, Any]:
        """The arguments of the HTTP library's request, with the document as bytes."""
        arguments = dict(exchange.request)
        if "json" in arguments:
            arguments["content"] = self._settings.plugins.dumps(MEDIA_TYPE, arguments.pop("json"))
        return arguments

    def _decoded(self, call: Call, content: bytes, headers: Mapping[str, str]) -> Document:
        """The document of an answer; one without data for an empty answer to a request that leaves nothing."""
        plugins = self._settings.plugins
        if content:
            json = plugins.loads(headers.get("content-type", ""), MEDIA_TYPE, content)
            return plugins.transform(Document(json, build, plugins), call)
        return Document({}, build, plugins)


def _chosen(own: list[Plugin], named: Named, without: Sequence[str]) -> list[tuple[Plugin, str | None]]:
    """The plugins that are named, and those of our own that are neither left out nor replaced."""
    unknown = set(without) - {plugin.name for plugin in own} - {"auth"}
    if isinstance(without, str) or unknown:
        raise ValueError(f"without={without!r}: pass a list of names of {', '.join(plugin.name for plugin in own)}")
    chosen = resolve(named)
    left_out = {*without, *(plugin.name for plugin, _ in chosen)}
    return chosen + [(plugin, None) for plugin in own if plugin.name not in left_out]


def _base_url(organization: str | None, auth: Auth | None, domain: str, base_url: str | None) -> str:
    if base_url is not None:
        return _checked_url("base_url", base_url)
    named = auth.organization if isinstance(auth, AccessToken) else None
    slug = organization or named
    if slug is None:
        raise ValueError("organization is missing: pass its slug, or an access token whose claims name it")
    if not isinstance(slug, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"organization must be a string, not {type(slug).__name__}")
    slug = slug.lower()
    if not _SLUG.match(slug):
        raise ValueError(f"organization={slug!r} is not a slug: pass the part before .{domain} in your API's address")
    if named is not None and named.lower() != slug:
        raise ValueError(f"organization={slug!r}, but the access token is for {named!r}: leave organization out")
    if not _DOMAIN.match(domain):
        raise ValueError(f"domain={domain!r} is not a domain: pass one such as 'commercelayer.io'")
    return f"https://{slug}.{domain}/api"


def _auth_url(auth: Auth, domain: str, base_url: str | None) -> str:
    if isinstance(auth, Credentials):
        if auth.auth_url is not None:
            return _checked_url("auth_url", auth.auth_url)
        if base_url is not None:
            raise ValueError(
                "base_url is given, but the credentials would go to the token endpoint of another host:"
                f" pass auth_url to {type(auth).__name__} as well"
            )
    return f"https://auth.{domain}/oauth/token"


def _checked_url(name: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable or parts.username is not None or parts.query or parts.fragment or not url.isprintable() or " " in url:
        # Not repeated: an address may hold a password.
        raise ValueError(f"{name} must be an http or https address without user, query and fragment")
    if parts.scheme == "http" and not _is_near(parts.hostname or ""):
        raise ValueError(f"{name} would send tokens in the clear: use https")
    return url.rstrip("/")


def _is_near(host: str) -> bool:
    """Whether a host is on this machine or in a network of one's own, as far as its name tells."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".internal", ".local"))


def _seconds(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} must be a number of seconds or None, not {type(value).__name__}")
    if not 0 < value < float("inf"):
        raise ValueError(f"{name}={value!r} is not a number of seconds above 0: pass None for no limit")
    return float(value)


def _bytes(name: str, value: int | None) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} must be a whole number of bytes or None, not {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name}={value!r} is not a number of bytes above 0: pass None for no limit")
    return value


def _policy(retry: RetryPolicy | None) -> RetryPolicy | None:
    if retry is not None and not isinstance(retry, RetryPolicy):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"retry={retry!r} must be a RetryPolicy, or None for no retries")
    return retry


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"headers has {name!r}: {value!r}: names and values are strings")
        if not _HEADER.match(name):
            raise ValueError(f"headers has the name {name!r}, which HTTP does not allow")
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise ValueError(f"headers[{name!r}] has characters that HTTP does not allow in a value")
        if name.lower() in {"accept-encoding", "authorization", "host", "content-length", "transfer-encoding"}:
            raise ValueError(f"headers has {name!r}, which the client sets itself")
    return dict(headers)


def _environment(name: str) -> str:
    value = os.environ.get(f"COMMERCELAYER_{name}")
    if not value:
        raise ValueError(f"COMMERCELAYER_{name} is not set: set it, or call the constructor")
    return value
