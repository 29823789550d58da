"""Check the options of a client before anything is sent, and turn them into the settings of its calls.

Every error names the argument, and what to pass instead. The defaults stand in the constructor, in ``base``.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from commercelayer_klarna._auth.credentials import AccessToken, Auth, ClientCredentials, Credentials
from commercelayer_klarna._auth.provider import auth_flow
from commercelayer_klarna._http.proxies import is_near
from commercelayer_klarna._http.settings import Settings
from commercelayer_klarna._json import is_iterable, is_mapping
from commercelayer_klarna._not_given import NOT_GIVEN, NotGiven
from commercelayer_klarna._pipeline.discovery import PluginsArgument, resolve
from commercelayer_klarna._pipeline.plugin_set import PluginSet
from commercelayer_klarna._tracebacks import argument_errors
from commercelayer_klarna._values import evolve
from commercelayer_klarna.plugins.auth import TokenAuth
from commercelayer_klarna.plugins.headers import check_header
from commercelayer_klarna.plugins.hookspecs import Plugin
from commercelayer_klarna.plugins.includes import Includes
from commercelayer_klarna.plugins.jsonapi import JsonApi
from commercelayer_klarna.plugins.logging import Logging
from commercelayer_klarna.plugins.metadata import Metadata
from commercelayer_klarna.plugins.money import Money
from commercelayer_klarna.plugins.retry import Retry
from commercelayer_klarna.plugins.timing import Timing
from commercelayer_klarna.plugins.values import Context, RetryPolicy

if TYPE_CHECKING:
    from typing import TypedDict

    from commercelayer_klarna._auth.store import TokenStore
    from commercelayer_klarna._http.pool import HTTPClient

    class ClientOptions(TypedDict, total=False):
        """The options of a client, without its organization. The constructor of the client documents them."""

        auth: Auth | None
        domain: str
        base_url: str | None
        api_version: str | None
        timeout: float | None
        deadline: float | None
        max_response_bytes: int | None
        keepalive_expiry: float | None
        retry: RetryPolicy | None | NotGiven
        plugins: PluginsArgument
        without: Sequence[str]
        connections: int | None
        http_client: HTTPClient | None
        timing: Timing | None
        token_store: TokenStore | None

    class EnvironmentOptions(ClientOptions, total=False):
        """The options of a client, completed from the environment."""

        organization: str | None


__all__ = ["callback_plugins", "changed", "check_client", "from_environment", "settings"]

_LONGEST = 31_536_000.0
_LARGEST = 2**40
# Each takes a file, and systems allow a process some thousand of them.
_MOST_CONNECTIONS = 1000
_SLUG = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z"
_DOMAIN = r"[A-Za-z0-9.-]+(:[0-9]+)?\Z"
_DATED = r"[0-9]{4}-(0[1-9]|1[0-2])\Z"


def settings(
    *,
    organization: str | None,
    auth: Auth | None,
    domain: str,
    base_url: str | None,
    api_version: str | None,
    timeout: float | None,
    deadline: float | None,
    max_response_bytes: int | None,
    keepalive_expiry: float | None,
    retry: RetryPolicy | None | NotGiven,
    plugins: PluginsArgument,
    without: Sequence[str],
    connections: int | None,
    timing: Timing | None,
    token_store: TokenStore | None,
    is_async: bool,
) -> Settings:
    """Return the settings that the calls of a client share. The arguments are those of the client."""
    _check_auth(auth)
    _check_parts(timing, token_store)
    address = _base_url(organization, auth, domain, base_url) + _version(api_version)
    ctx = Context(address, is_async=is_async, timing=timing or Timing(), organization=_slug(organization, auth))
    own: list[Plugin] = [JsonApi(), Includes(), Metadata(), Money(), Retry(), Logging()]
    addresses = [address]
    if auth is not None:
        auth_url = _auth_url(auth, domain, base_url)
        addresses.append(auth_url)
        own.append(TokenAuth(lambda ctx: auth_flow(auth, auth_url, ctx.timing, token_store)))
    chosen = PluginSet.build(_chosen(own, plugins, without), ctx)
    return Settings(
        base_url=address,
        timeout=_seconds("timeout", timeout),
        deadline=_seconds("deadline", deadline),
        max_response_bytes=_bytes("max_response_bytes", max_response_bytes),
        keepalive_expiry=_seconds("keepalive_expiry", keepalive_expiry),
        retry=chosen.retry if retry is NOT_GIVEN else _policy(retry),
        headers={},
        plugins=chosen,
        connections=_connections(connections),
        hosts=tuple({urlsplit(each).hostname or "" for each in addresses}),
    )


def callback_plugins(plugins: PluginsArgument) -> PluginSet:
    """Return the plugins that a callback is read with: those that are named, and what reads metadata and amounts."""
    return PluginSet.build(_chosen([Metadata(), Money()], plugins, ()), Context("", is_async=False, timing=Timing()))


@argument_errors
def changed(
    current: Settings,
    *,
    timeout: float | None | NotGiven,
    deadline: float | None | NotGiven,
    retry: RetryPolicy | None | NotGiven,
    headers: Mapping[str, str] | None,
    tags: Mapping[str, str] | None,
) -> Settings:
    """Return the settings of a view."""
    return evolve(
        current,
        timeout=current.timeout if timeout is NOT_GIVEN else _seconds("timeout", timeout),
        deadline=current.deadline if deadline is NOT_GIVEN else _seconds("deadline", deadline),
        retry=current.retry if retry is NOT_GIVEN else _policy(retry),
        headers=current.headers if headers is None else {**current.headers, **_headers(headers)},
        tags=current.tags if tags is None else {**current.tags, **_tags(tags)},
    )


@argument_errors
def from_environment(given: ClientOptions) -> EnvironmentOptions:
    """Return the arguments of a client, completed from the environment.

    Raises:
        ValueError: A variable that is needed is missing.
    """
    options: EnvironmentOptions = {"organization": None, **given}
    auth = options.get("auth")
    is_named = isinstance(auth, AccessToken) and auth.organization is not None
    base_url = os.environ.get("COMMERCELAYER_BASE_URL")
    if options.get("base_url") is None and base_url:
        options["base_url"] = _checked_base_url("COMMERCELAYER_BASE_URL", base_url)
    if options.get("organization") is None and options.get("base_url") is None and not is_named:
        options["organization"] = _environment("ORGANIZATION")
    if auth is None:
        options["auth"] = _credentials_from_environment()
    return options


def _credentials_from_environment() -> ClientCredentials:
    secret, auth_url = os.environ.get("COMMERCELAYER_CLIENT_SECRET"), os.environ.get("COMMERCELAYER_AUTH_URL")
    if secret == "":
        raise ValueError("COMMERCELAYER_CLIENT_SECRET is empty: set it, or unset it for a sales channel")
    return ClientCredentials(
        client_id=_environment("CLIENT_ID"),
        client_secret=secret,
        scope=os.environ.get("COMMERCELAYER_SCOPE") or None,
        auth_url=_checked_url("COMMERCELAYER_AUTH_URL", auth_url) if auth_url else None,
    )


def check_client(name: str, client: object, *, is_async: bool) -> None:
    """Refuse an HTTP client that is not of the kind that a client of this name takes.

    Raises:
        TypeError: It is of the other kind, or no HTTP client.
    """
    send = getattr(client, "send", None)
    if send is None or inspect.iscoroutinefunction(send) != is_async:
        wanted = "httpx.AsyncClient" if is_async else "httpx.Client"
        raise TypeError(f"http_client={client!r}: a {name} takes an {wanted}")


def _chosen(builtin: list[Plugin], plugins: PluginsArgument, without: Sequence[str]) -> list[tuple[Plugin, str | None]]:
    """Return the plugins that are named, and the built-in ones that are neither left out nor replaced."""
    names = [plugin.name for plugin in builtin]
    if isinstance(without, str) or not is_iterable(without) or {*without} - {*names, "auth"}:
        raise ValueError(f"without={without!r}: pass a list of names of {', '.join(names)}")
    chosen = resolve(plugins)
    left_out = {*without, *(plugin.name for plugin, _ in chosen)}
    return chosen + [(plugin, None) for plugin in builtin if plugin.name not in left_out]


def _base_url(organization: object, auth: Auth | None, domain: str, base_url: str | None) -> str:
    if base_url is not None:
        return _checked_base_url("base_url", base_url)
    named = auth.organization if isinstance(auth, AccessToken) else None
    slug = _slug(organization, auth)
    if slug is None:
        raise ValueError("organization is missing: pass its slug, or an access token whose claims name it")
    given = organization or named
    if not re.match(_SLUG, slug) or len(slug) > 63:
        raise ValueError(f"organization={given!r} is not a slug: pass the part before .{domain} in your API's address")
    if named is not None and named.lower() != slug:
        raise ValueError(f"organization={slug!r}, but the access token is for {named!r}: leave organization out")
    if not _is_domain(domain):
        raise ValueError(f"domain={domain!r} is not a domain: pass one such as 'commercelayer.io'")
    return _checked_url("domain", f"https://{slug}.{domain}/api")


def _is_domain(value: object) -> bool:
    return isinstance(value, str) and re.match(_DOMAIN, value) is not None


def _version(api_version: object) -> str:
    """Return what a version adds to the address of the API."""
    if api_version is None:
        return ""
    if not isinstance(api_version, str) or not re.match(_DATED, api_version):
        raise ValueError(f"api_version={api_version!r} is not a dated version: pass one such as '2017-08', or None")
    return f"/{api_version}"


def _slug(organization: object, auth: Auth | None) -> str | None:
    """Return the organization that was named, or that an access token names."""
    slug = organization or (auth.organization if isinstance(auth, AccessToken) else None)
    if slug is not None and not isinstance(slug, str):
        raise TypeError(f"organization must be a string, not {type(slug).__name__}")
    return None if slug is None else slug.lower()


def _auth_url(auth: Auth, domain: str, base_url: str | None) -> str:
    if isinstance(auth, Credentials):
        if auth.auth_url is not None:
            return _checked_url("auth_url", auth.auth_url)
        if base_url is not None:
            raise ValueError(
                "base_url is given, but the credentials would go to the token endpoint of another host:"
                f" pass auth_url to {type(auth).__name__} as well, or set COMMERCELAYER_AUTH_URL for from_env"
            )
    return _checked_url("domain", f"https://auth.{domain}/oauth/token")


def _check_auth(auth: object) -> None:
    if auth is not None and not isinstance(auth, Credentials | AccessToken):
        # The message does not repeat what may be a secret.
        raise TypeError(
            f"auth of KlarnaPayments must be ClientCredentials(client_id=..., client_secret=...), other credentials, or"
            f" AccessToken(...), not {type(auth).__name__}"
        )


def _check_parts(timing: object, token_store: object) -> None:
    if timing is not None and not isinstance(timing, Timing):
        raise TypeError(f"timing must be a Timing, not {type(timing).__name__}: leave it out, except in tests")
    if token_store is not None and (
        isinstance(token_store, type) or not all(hasattr(token_store, each) for each in ("load", "save", "lock"))
    ):
        # The message does not repeat what may be an address with a password.
        raise TypeError(f"token_store must be a store such as FileTokenStore(...), not {type(token_store).__name__}")


def _checked_base_url(name: str, url: str) -> str:
    checked = _checked_url(name, url)
    if not urlsplit(checked).path:
        raise ValueError(f"{name}={url!r} has no path: the API is below /api, so pass {checked + '/api'!r}")
    return checked


def _checked_url(name: str, url: object) -> str:
    """Return an address in its normal form, because limits, locks and what tells hosts apart compare it."""
    if not isinstance(url, str):
        raise TypeError(f"{name} must be a string, not {type(url).__name__}")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable or parts.username is not None or parts.query or parts.fragment or not url.isprintable() or " " in url:
        shown = "" if "@" in url or "?" in url else f"={url!r}"  # it may hold a password
        raise ValueError(f"{name}{shown} must be an http or https address without user, query and fragment")
    if parts.scheme == "http" and not is_near(parts.hostname or ""):
        raise ValueError(f"{name} would send tokens in the clear: use https")
    from commercelayer_klarna._http.request import normal_address  # imports httpx, which callbacks do without

    try:
        return normal_address(url).rstrip("/")
    except ValueError as error:
        raise ValueError(f"{name}={url!r} has no usable host: {error}") from None


def _seconds(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number of seconds or None, not {type(value).__name__}")
    if not 0 < value <= _LONGEST:
        raise ValueError(f"{name}={value!r} is not a number of seconds above 0, at most a year: pass None for no limit")
    return float(value)


def _bytes(name: str, value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number of bytes or None, not {type(value).__name__}")
    if not 1 <= value <= _LARGEST:
        raise ValueError(f"{name}={value!r} is not a number of bytes from 1 to {_LARGEST}: pass None for no limit")
    return value


def _connections(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"connections must be a whole number, not {type(value).__name__}")
    if not 1 <= value <= _MOST_CONNECTIONS:
        raise ValueError(f"connections={value!r} is not a number of connections from 1 to {_MOST_CONNECTIONS}")
    return value


def _policy(retry: object) -> RetryPolicy | None:
    if retry is not None and not isinstance(retry, RetryPolicy):
        raise TypeError(f"retry={retry!r} must be a RetryPolicy, or None for no retries")
    return retry


def _headers(headers: object) -> dict[str, str]:
    if not is_mapping(headers):
        raise TypeError(f'headers must be a mapping such as {{"X-Shop": "7"}}, not {type(headers).__name__}')
    for name, value in headers.items():
        _check_header(name, value)
    return {str(name): str(value) for name, value in headers.items()}


def _check_header(name: object, value: object) -> None:
    check_header(name, value)
    if str(name).lower() == "authorization":
        raise ValueError(f"headers has {name!r}, which the client sets itself")


def _tags(tags: object) -> dict[str, str]:
    if not is_mapping(tags) or not all(isinstance(part, str) for pair in tags.items() for part in pair):
        raise TypeError(f"tags={tags!r} must be a mapping of strings to strings, such as {{'actor': 'jane'}}")
    return {str(name): value for name, value in tags.items()}


def _environment(name: str) -> str:
    value = os.environ.get(f"COMMERCELAYER_{name}")
    if not value:
        raise ValueError(f"COMMERCELAYER_{name} is not set: set it, or call the constructor")
    return value
