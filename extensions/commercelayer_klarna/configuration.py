"""How a client is set up: its arguments checked, its environment read, its views made.

What both clients have in common; the operations are in ``client``.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Mapping
from typing import Any, NoReturn, Protocol, Self
from urllib.parse import urlsplit

from attrs import evolve

from commercelayer_klarna.auth import AccessToken, Auth, ClientCredentials, auth_layer
from commercelayer_klarna.http import Settings, Wire
from commercelayer_klarna.operations import NOT_GIVEN, NotGiven

__all__ = ["Configured", "HTTPClient"]

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?\Z")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")


class HTTPClient(Protocol):
    """What ``http_client`` must be: an ``httpx.Client``, or for the async client an ``httpx.AsyncClient``."""

    def send(self, request: Any, /, *, auth: Any = ..., follow_redirects: Any = ...) -> Any:
        """Send a request."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether it can send no more."""
        ...


class Configured:
    """What both clients are set up from."""

    _settings: Settings
    _wire: Wire
    _is_view = False

    def __init__(
        self,
        organization: str | None = None,
        *,
        auth: Auth,
        domain: str = "commercelayer.io",
        base_url: str | None = None,
        timeout: float | None = 15.0,
        deadline: float | None = 60.0,
        http_client: HTTPClient | None = None,
    ) -> None:
        """Set up a client; nothing is sent before the first call.

        Args:
            organization: Slug of the organization. May be left out when ``auth`` is an access token that names it.
            auth: ``ClientCredentials`` or an ``AccessToken``.
            domain: Domain of the API and of its token endpoint.
            base_url: Address of the API instead of ``https://<organization>.<domain>/api``, for a sandbox or a proxy.
                ``ClientCredentials`` then need an ``auth_url`` of their own.
            timeout: Seconds that one attempt waits for the server at each step (connecting waits 5 at most), or
                ``None`` for no limit. The API calls Klarna while it creates a payment, so creates are slow.
            deadline: Seconds for a whole call, its token included, or ``None`` for no limit. A page of a list is a
                call. It is looked at before each step: a body that drips in may overrun it.
            http_client: An ``httpx.Client`` (for the async client an ``httpx.AsyncClient``) with proxies, TLS settings
                or a pool of yours. It stays yours: it is not closed. Its timeouts are not used.

        Raises:
            ValueError, TypeError: An argument cannot be used.
        """
        auth_url = _auth_url(auth, domain, base_url)
        self._settings = Settings(
            base_url=_base_url(organization, auth, domain, base_url),
            timeout=_seconds("timeout", timeout),
            deadline=_seconds("deadline", deadline),
            headers={},
            layers=(auth_layer(auth, auth_url),),
        )
        if http_client is None:
            self._wire = Wire(self._new_http_client(), owned=True)
        else:
            self._wire = Wire(http_client, owned=False)

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """Set up a client from the environment.

        ``COMMERCELAYER_ORGANIZATION``, ``COMMERCELAYER_CLIENT_ID``, ``COMMERCELAYER_CLIENT_SECRET`` (not for sales
        channels) and ``COMMERCELAYER_SCOPE`` (optional) are read; ``options`` are those of the constructor.

        Raises:
            ValueError: A variable is missing.
        """
        organization = options.pop("organization", None) or _environment("ORGANIZATION")
        auth = options.pop("auth", None) or ClientCredentials(
            client_id=_environment("CLIENT_ID"),
            client_secret=os.environ.get("COMMERCELAYER_CLIENT_SECRET") or None,
            scope=os.environ.get("COMMERCELAYER_SCOPE") or None,
        )
        return cls(organization, auth=auth, **options)

    def with_options(
        self,
        *,
        timeout: float | None | NotGiven = NOT_GIVEN,
        deadline: float | None | NotGiven = NOT_GIVEN,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """A view of this client with other options, on the same connections. Closing the view closes nothing.

        Args:
            timeout: As in the constructor; what is not passed stays.
            deadline: As in the constructor; what is not passed stays.
            headers: Headers for every request, added to those that there are.

        Raises:
            ValueError: An option cannot be used.
        """
        changes: dict[str, Any] = {}
        if timeout is not NOT_GIVEN:
            changes["timeout"] = _seconds("timeout", timeout)
        if deadline is not NOT_GIVEN:
            changes["deadline"] = _seconds("deadline", deadline)
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


def _base_url(organization: str | None, auth: Auth, domain: str, base_url: str | None) -> str:
    if base_url is not None:
        return _checked_url("base_url", base_url)
    named = auth.organization if isinstance(auth, AccessToken) else None
    slug = organization or named
    if slug is None:
        raise ValueError("organization is missing: pass its slug, or an access token whose claims name it")
    slug = slug.lower()
    if not _SLUG.match(slug):
        raise ValueError(f"organization={slug!r} is not a slug: pass the part before .{domain} in your API's address")
    if named is not None and named.lower() != slug:
        raise ValueError(f"organization={slug!r}, but the access token is for {named!r}: leave organization out")
    if not _DOMAIN.match(domain):
        raise ValueError(f"domain={domain!r} is not a domain: pass one such as 'commercelayer.io'")
    return f"https://{slug}.{domain}/api"


def _auth_url(auth: Auth, domain: str, base_url: str | None) -> str:
    if isinstance(auth, ClientCredentials):
        if auth.auth_url is not None:
            return _checked_url("auth_url", auth.auth_url)
        if base_url is not None:
            raise ValueError(
                "base_url is given, but the credentials would go to the token endpoint of another host:"
                " pass auth_url to ClientCredentials as well"
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
    return url.rstrip("/")


def _seconds(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} must be a number of seconds or None, not {type(value).__name__}")
    if not 0 < value < float("inf"):
        raise ValueError(f"{name}={value!r} is not a number of seconds above 0: pass None for no limit")
    return float(value)


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER.match(name):
            raise ValueError(f"headers has the name {name!r}, which HTTP does not allow")
        if not value.isascii() or not value.isprintable():
            raise ValueError(f"headers[{name!r}] has characters that HTTP does not allow in a value")
        if name.lower() in {"authorization", "host", "content-length", "transfer-encoding"}:
            raise ValueError(f"headers has {name!r}, which the client sets itself")
    return dict(headers)


def _environment(name: str) -> str:
    value = os.environ.get(f"COMMERCELAYER_{name}")
    if not value:
        raise ValueError(f"COMMERCELAYER_{name} is not set: set it, or call the constructor")
    return value
