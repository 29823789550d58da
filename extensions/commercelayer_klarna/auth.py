"""Access tokens: one that the caller has, or one fetched with client credentials and renewed in time.

A token is fetched by one caller while the others wait, kept until shortly before it expires, and renewed once when the
API says that it is not valid any more. Nothing here does I/O; the flow yields it.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeAlias

from attrs import field, frozen

from commercelayer_klarna._version import __version__
from commercelayer_klarna.errors import APIConnectionError, APITimeoutError, TokenError
from commercelayer_klarna.jsonvalue import as_list, as_object
from commercelayer_klarna.plugins.types import (
    AuthProvider,
    Call,
    Effect,
    Flow,
    Lock,
    Request,
    Response,
    Send,
    exclusively,
)
from commercelayer_klarna.redaction import scrub

__all__ = ["AccessToken", "Auth", "ClientCredentials", "auth_flow"]

# The endpoint hands out the same token until 15 minutes before it expires, and then both are valid (documented). The
# official client renews in the last 10 minutes; so do we.
_RENEW_BEFORE = 600.0
_OVERLAP = 900.0


@frozen(eq=False)
class ClientCredentials:
    """OAuth client credentials, exchanged for access tokens at the token endpoint.

    Args:
        client_id: Client id of the API credentials.
        client_secret: Client secret; integrations have one, sales channels need none.
        scope: Scopes separated by spaces, such as ``market:id:dlQbPhNNop``. Sales channels need a market or a store.
        auth_url: The token endpoint. Default: ``https://auth.<domain>/oauth/token``.
    """

    client_id: str = field(kw_only=True)
    client_secret: str | None = field(default=None, kw_only=True, repr=False)
    scope: str | None = field(default=None, kw_only=True)
    auth_url: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for name in ("client_id", "client_secret", "scope", "auth_url"):
            value = getattr(self, name)
            if not isinstance(value, str) and not (value is None and name != "client_id"):
                raise TypeError(f"{name} must be a string, not {type(value).__name__}")
        if not self.client_id:
            raise ValueError("client_id is empty: pass the client id of your API credentials")
        if self.client_secret == "":
            raise ValueError("client_secret is empty: pass the secret, or None for a sales channel")

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "ClientCredentials do not pickle, because they hold a secret: make them anew from your settings"
        )


@frozen(eq=False)
class AccessToken:
    """An access token that the caller obtained. It is not renewed.

    Args:
        token: The bearer token. When it is a JWT, organization and expiry are read from its claims.
    """

    token: str = field(repr=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.token, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"the access token must be a string, not {type(self.token).__name__}")
        if not self.token or not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise ValueError("the access token is empty or not a bearer token: pass it as the API gave it")

    @property
    def organization(self) -> str | None:
        """Slug of the organization that the token is for, if its claims say so."""
        slug = as_object(_claims(self.token).get("organization")).get("slug")
        return slug if isinstance(slug, str) and slug else None

    @property
    def expires_at(self) -> datetime | None:
        """When the token expires, if its claims say so. By the clock of the API, not of this machine."""
        expiry = _claims(self.token).get("exp")
        if isinstance(expiry, bool) or not isinstance(expiry, int | float):
            return None
        try:
            return datetime.fromtimestamp(expiry, UTC)
        except (ValueError, OverflowError, OSError):
            return None

    def __reduce__(self) -> NoReturn:
        raise TypeError("an AccessToken does not pickle, because it is a secret: pass the token itself if you must")


Auth: TypeAlias = ClientCredentials | AccessToken


def auth_flow(auth: Auth, auth_url: str, clock: Callable[[], float]) -> AuthProvider:
    """The flow that puts a token on each attempt.

    Args:
        auth: Where the token comes from.
        auth_url: The token endpoint, unless the credentials name another.
        clock: Seconds from a start of its own.
    """
    if isinstance(auth, AccessToken):
        return _Given(auth).flow
    if isinstance(auth, ClientCredentials):  # pyright: ignore[reportUnnecessaryIsInstance]
        return _Fetched(auth, auth.auth_url or auth_url, clock).flow
    raise TypeError(f"auth must be ClientCredentials or an AccessToken, not {type(auth).__name__}")


class _Given:
    def __init__(self, token: AccessToken) -> None:
        self._header = f"Bearer {token.token}"

    def flow(self, request: Request) -> Flow:
        request.headers["Authorization"] = self._header
        response: Response = yield Send(request)
        return response


@frozen
class _Token:
    value: str = field(repr=False)
    renew_at: float


class _Fetched:
    """Fetches a token when there is none that lasts; callers at the same time share one request."""

    def __init__(self, credentials: ClientCredentials, auth_url: str, clock: Callable[[], float]) -> None:
        self._credentials = credentials
        self._auth_url = auth_url
        self._clock = clock
        self._lock = Lock()
        self._token: _Token | None = None

    def flow(self, request: Request) -> Flow:
        token = self._lasting() or (yield from self._renewed(request.call, None))
        response = yield from self._send(request, token)
        if _token_refused(response):
            token = yield from self._renewed(request.call, token)
            response = yield from self._send(request, token)
        return response

    def _send(self, request: Request, token: _Token) -> Flow:
        request.headers["Authorization"] = f"Bearer {token.value}"
        response: Response = yield Send(request)
        return response

    def _lasting(self) -> _Token | None:
        token = self._token
        return token if token is not None and self._clock() < token.renew_at else None

    def _renewed(self, call: Call, refused: _Token | None) -> Generator[Effect, Any, _Token]:
        """A token other than the refused one: whoever comes second finds the first one's."""

        def fetch() -> Generator[Effect, Any, _Token]:
            token = self._lasting()
            if token is None or token is refused:
                token = self._token = yield from self._fetch(call)
            return token

        return (yield from exclusively(self._lock, fetch, call))

    def _fetch(self, call: Call) -> Generator[Effect, Any, _Token]:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": f"commercelayer-klarna/{__version__}",
        }
        own = Call("token", timeout=call.timeout, deadline=call.deadline, attempts=1, host=call.host)
        request = Request("POST", self._auth_url, headers, json.dumps(self._grant()).encode(), own)
        try:
            response: Response = yield Send(request, direct=True)
        except APIConnectionError as error:
            # Whatever became of the request for a token, the caller's own request was never sent.
            kind = APITimeoutError if isinstance(error, APITimeoutError) else APIConnectionError
            raise kind(f"no token: {error}", sent=False, method="POST", path=request.path) from error
        return self._read(response)

    def _grant(self) -> dict[str, str]:
        grant = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
            "scope": self._credentials.scope,
        }
        return {name: value for name, value in grant.items() if value is not None}

    def _read(self, response: Response) -> _Token:
        try:
            answer = as_object(json.loads(response.content))
        except (ValueError, RecursionError):
            answer = {}
        if response.status_code != 200:
            raise self._refusal(response.status_code, answer)
        try:
            value, lifetime = answer["access_token"], float(answer["expires_in"])
            AccessToken(value)
        except (KeyError, TypeError, ValueError):
            raise TokenError("the token endpoint answered 200 without a token", status_code=200) from None
        margin = _RENEW_BEFORE if lifetime >= _OVERLAP else min(30.0, lifetime / 10)
        return _Token(value, self._clock() + lifetime - margin)

    def _refusal(self, status_code: int, answer: dict[str, Any]) -> TokenError:
        # Unlike the rest of the API, this endpoint puts the OAuth word into `title`, and may send one bare object.
        errors = answer.get("errors")
        first = as_object(next(iter(as_list(errors)), errors))
        code, detail = first.get("title"), first.get("detail")
        secret = (self._credentials.client_secret or "",)
        text = scrub(
            f"{status_code} POST {self._auth_url}: {detail or 'no reason given'} ({code or 'no code'})", secret
        )
        return TokenError(text, status_code=status_code, code=scrub(code, secret) if isinstance(code, str) else None)


def _token_refused(response: Response) -> bool:
    # 401 also means missing permission; a new token would not help there.
    return response.status_code == 401 and b"INVALID_TOKEN" in response.content


def _claims(token: str) -> dict[str, Any]:
    """The claims of a JWT, unverified: they are read for convenience, the API is who checks them."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return as_object(claims)
