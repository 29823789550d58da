"""Credentials: an access token that the caller has, or what is exchanged for one at the token endpoint.

One class for each grant that a service uses. They hold secrets and show none; how tokens are asked for, kept and
renewed is in ``tokens``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, NoReturn, TypeAlias

from attrs import field, fields, frozen

from commercelayer_klarna._json import as_object, json_object

__all__ = [
    "AccessToken",
    "Auth",
    "AuthorizationCode",
    "ClientCredentials",
    "Credentials",
    "JWTBearer",
    "PasswordCredentials",
    "RefreshToken",
    "assertion",
]

_MAX_CLAIM = 4096


@frozen(eq=False)
class Credentials:
    """What the credentials of all grants have in common; the grants are its subclasses.

    Args:
        client_id: Client id of the API credentials.
        client_secret: Client secret; sales channels need none.
        auth_url: The token endpoint. Default: ``https://auth.<domain>/oauth/token``.

    Raises:
        ValueError, TypeError: A value cannot be used. Values are not repeated in the message.
    """

    GRANT: ClassVar[str]
    """The grant type, as OAuth writes it."""

    REPEATABLE: ClassVar[bool] = True
    """Whether the grant gives a token each time. If not, only what its refresh tokens give lasts."""

    client_id: str = field(kw_only=True)
    client_secret: str | None = field(default=None, kw_only=True, repr=False)
    auth_url: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if type(self) is Credentials:
            raise TypeError("Credentials are of no grant: use ClientCredentials or another subclass")
        for each in fields(type(self)):
            name, value = each.name, getattr(self, each.name)
            if value is None and each.default is None:
                continue
            if not isinstance(value, str):
                raise TypeError(f"{name} must be a string, not {type(value).__name__}")
            if not value:
                hint = ", or None for a sales channel" if name == "client_secret" else ""
                raise ValueError(f"{name} is empty: pass the {name} of your API credentials{hint}")
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError(f"{name} is not valid text") from None

    def grant(self) -> dict[str, str]:
        """What is sent to the token endpoint. It holds the secrets."""
        named = {each.name: getattr(self, each.name) for each in fields(type(self)) if each.name != "auth_url"}
        return {"grant_type": self.GRANT, **{name: value for name, value in named.items() if value is not None}}

    def refreshed(self, refresh_token: str) -> dict[str, str]:
        """What is sent to the token endpoint to renew a token that came with a refresh token."""
        known = {"client_id": self.client_id, "client_secret": self.client_secret, "refresh_token": refresh_token}
        return {"grant_type": RefreshToken.GRANT, **{name: value for name, value in known.items() if value is not None}}

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} do not pickle, because they hold a secret: make them anew from your settings"
        )


@frozen(eq=False)
class ClientCredentials(Credentials):
    """OAuth client credentials: the grant of integrations and sales channels.

    Args:
        client_id: Client id of the API credentials.
        client_secret: Client secret; integrations have one, sales channels need none.
        scope: Scopes separated by spaces, such as ``market:id:dlQbPhNNop``. Sales channels need a market or a store.
        auth_url: The token endpoint. Default: ``https://auth.<domain>/oauth/token``.
    """

    GRANT = "client_credentials"
    scope: str | None = field(default=None, kw_only=True)


@frozen(eq=False)
class PasswordCredentials(Credentials):
    """A customer's name and password, of a sales channel: calls are made on the customer's behalf.

    The token is renewed with its refresh token, and with the password again when that is refused.

    Args:
        client_id: Client id of the sales channel.
        username: The customer's e-mail address; not shown in the repr.
        password: The customer's password.
        scope: Scopes separated by spaces; sales channels need a market or a store.
        client_secret: Client secret, if there is one.
        auth_url: The token endpoint. Default: ``https://auth.<domain>/oauth/token``.
    """

    GRANT = "password"
    username: str = field(kw_only=True, repr=False)
    password: str = field(kw_only=True, repr=False)
    scope: str | None = field(default=None, kw_only=True)


@frozen(eq=False)
class RefreshToken(Credentials):
    """A refresh token that another grant gave.

    The API may hand out a new one each time (whether the old one stays valid is not documented), and this keeps the
    newest in the token store. A service that restarts needs a store that lasts.

    Args:
        client_id: Client id of the API credentials.
        refresh_token: The refresh token.
        client_secret: Client secret, if the credentials have one.
        auth_url: The token endpoint. Default: ``https://auth.<domain>/oauth/token``.
    """

    GRANT = "refresh_token"
    REPEATABLE = False
    refresh_token: str = field(kw_only=True, repr=False)


@frozen(eq=False)
class AuthorizationCode(Credentials):
    """An authorization code that a user brought back to a webapp. It is good for 10 minutes, and once.

    Later tokens come by refresh token. A service that restarts needs a token store that lasts.

    Args:
        client_id: Client id of the webapp.
        client_secret: Client secret of the webapp.
        code: The code.
        redirect_uri: Where the user brought it, exactly as it was when the user was sent for it.
        auth_url: The token endpoint. Default: ``https://auth.<domain>/oauth/token``.
    """

    GRANT = "authorization_code"
    REPEATABLE = False
    code: str = field(kw_only=True, repr=False)
    redirect_uri: str = field(kw_only=True)


@frozen(eq=False)
class JWTBearer(Credentials):
    """An assertion on whose behalf calls are made (enterprise plans).

    Args:
        client_id: Client id of the API credentials.
        client_secret: Client secret; this grant needs one.
        assertion: The assertion, such as ``assertion(customer="yKrGhTWdtR")`` makes.
        scope: Scopes separated by spaces.
        auth_url: The token endpoint. Default: ``https://auth.<domain>/oauth/token``.
    """

    GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    client_secret: str = field(kw_only=True, repr=False)
    assertion: str = field(kw_only=True, repr=False)
    scope: str | None = field(default=None, kw_only=True)


def assertion(
    *, customer: str | None = None, user: str | None = None, custom_claim: Mapping[str, Any] | None = None
) -> str:
    """The assertion of ``JWTBearer``. Its signature proves nothing: the API does not check it (documented).

    Args:
        customer: Id of the customer on whose behalf calls are made.
        user: Id of the user on whose behalf calls are made; not both.
        custom_claim: Data of your own that the token should carry.

    Raises:
        ValueError: It would say nothing, name two owners, or be longer than the 4 KB that the API takes.
        TypeError: The custom claim cannot be JSON, or an id is not a string.
    """
    if customer is not None and user is not None:
        raise ValueError("an assertion has one owner: pass customer or user, not both")
    claim: dict[str, Any] = {}
    for kind, identifier in (("Customer", customer), ("User", user)):
        if identifier is not None:
            if not isinstance(identifier, str):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"{kind.lower()} must be an id, not {type(identifier).__name__}")
            if not identifier:
                raise ValueError(f"{kind.lower()} is empty: pass an id")
            claim["owner"] = {"type": kind, "id": identifier}
    if custom_claim is not None:
        claim["custom_claim"] = json_object("custom_claim", custom_claim)
    if not any(claim.values()):
        raise ValueError("an assertion needs an owner or a custom claim: pass customer, user or custom_claim")
    if len(_json(claim)) > _MAX_CLAIM:
        raise ValueError(f"the claims of an assertion are at most {_MAX_CLAIM} bytes: these are {len(_json(claim))}")
    # The header, the key and `iat` are those of the official client.
    payload = {"https://commercelayer.io/claims": claim, "iat": int(time.time())}
    signed = b".".join(_base64url(_json(each)) for each in ({"alg": "HS512", "typ": "JWT"}, payload))
    return b".".join((signed, _base64url(hmac.new(b"cl", signed, hashlib.sha512).digest()))).decode()


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


Auth: TypeAlias = Credentials | AccessToken


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _base64url(value: bytes) -> bytes:
    return urlsafe_b64encode(value).rstrip(b"=")


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
