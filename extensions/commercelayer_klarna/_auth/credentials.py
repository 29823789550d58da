"""Credentials: an access token that the caller has, or what is exchanged for one at the token endpoint.

There is one class for each grant that a service uses. They hold secrets and show none. How tokens are asked for, kept
and renewed is in ``tokens``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar, NoReturn, TypeAlias

from attrs import field, fields

from commercelayer_klarna._claims import claims_of
from commercelayer_klarna._json import JsonObject, as_object, json_object, valid_text
from commercelayer_klarna._values import frozen

_MAX_CLAIM = 4096
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@frozen(eq=False)
class Credentials:
    """The base of the credentials of all grants. Use one of its subclasses.

    Args:
        client_id: Client id of the API credentials.
        client_secret: Client secret; sales channels need none.
        auth_url: The token endpoint. Default: ``https://auth.<domain>/oauth/token``.

    Raises:
        ValueError: A value is empty or not valid text. The message does not repeat it.
        TypeError: A value is not a string.
    """

    GRANT: ClassVar[str]
    """The grant type, in OAuth's words."""

    REPEATABLE: ClassVar[bool] = True
    """Whether the same grant gives a token each time. If not, all later tokens come by refresh token."""

    client_id: str = field(kw_only=True)
    client_secret: str | None = field(default=None, kw_only=True, repr=False)
    auth_url: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if type(self) is Credentials:
            raise TypeError("Credentials are of no grant: use ClientCredentials or another subclass")
        for attribute in fields(type(self)):
            name, value = attribute.name, getattr(self, attribute.name)
            if value is None and attribute.default is None:
                continue
            if not isinstance(value, str):
                raise TypeError(f"{name} must be a string, not {type(value).__name__}")
            if not value:
                hint = ", or None for a sales channel" if name == "client_secret" else ""
                raise ValueError(f"{name} is empty: pass the {name} of your API credentials{hint}")
            valid_text(name, value)
            # A password may begin or end with a blank. All else that does was read with the end of its line.
            if _CONTROL.search(value) or (value != value.strip() and name != "password"):
                raise ValueError(f"{name} has a line end, or a blank at one of its ends: pass it stripped")

    def grant(self) -> dict[str, str]:
        """Return what is sent to the token endpoint, secrets included."""
        given = {name: getattr(self, name) for name in (one.name for one in fields(type(self))) if name != "auth_url"}
        return {"grant_type": self.GRANT, **{name: value for name, value in given.items() if value is not None}}

    def refreshed(self, refresh_token: str) -> dict[str, str]:
        """Return what is sent to the token endpoint to renew a token that came with a refresh token."""
        given = {"client_id": self.client_id, "client_secret": self.client_secret, "refresh_token": refresh_token}
        return {"grant_type": RefreshToken.GRANT, **{name: value for name, value in given.items() if value is not None}}

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
    """Name and password of a customer, for a sales channel that makes calls on the customer's behalf.

    The token is renewed with its refresh token, and with the password again when the API refuses that.

    Args:
        client_id: Client id of the sales channel.
        username: The customer's e-mail address; the repr does not show it.
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

    The API may return a new one each time (whether the old one stays valid is not documented). The newest is kept in
    the token store, so a service that restarts needs a store that lasts.

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
    """An authorization code that a user brought back to a webapp. It works for 10 minutes, and once.

    All later tokens come by refresh token, so a service that restarts needs a token store that lasts.

    Args:
        client_id: Client id of the webapp.
        client_secret: Client secret of the webapp.
        code: The code.
        redirect_uri: The address to which the user brought it, exactly as in the request for the code.
        auth_url: The token endpoint. Default: ``https://auth.<domain>/oauth/token``.
    """

    GRANT = "authorization_code"
    REPEATABLE = False
    code: str = field(kw_only=True, repr=False)
    redirect_uri: str = field(kw_only=True)


@frozen(eq=False)
class JWTBearer(Credentials):
    """An assertion that names the customer or user on whose behalf calls are made (enterprise plans).

    Args:
        client_id: Client id of the API credentials.
        client_secret: Client secret; this grant needs one.
        assertion: The assertion, such as ``assertion(customer="yKrGhTWdtR")`` returns.
        scope: Scopes separated by spaces.
        auth_url: The token endpoint. Default: ``https://auth.<domain>/oauth/token``.
    """

    GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    client_secret: str = field(kw_only=True, repr=False)
    assertion: str = field(kw_only=True, repr=False)
    scope: str | None = field(default=None, kw_only=True)


def assertion(
    *, customer: str | None = None, user: str | None = None, custom_claim: Mapping[str, object] | None = None
) -> str:
    """Return an assertion for ``JWTBearer``. The API does not check its signature (documented), so it proves nothing.

    Args:
        customer: Id of the customer on whose behalf calls are made.
        user: Id of the user on whose behalf calls are made. Pass one of the two.
        custom_claim: Data of your own that the token should carry.

    Raises:
        ValueError: It would be empty, name two owners, or be longer than the 4 KB that the API takes.
        TypeError: The custom claim cannot be JSON, or an id is not a string.
    """
    if customer is not None and user is not None:
        raise ValueError("an assertion has one owner: pass customer or user, not both")
    claim: JsonObject = {}
    for kind, identifier in (("Customer", customer), ("User", user)):
        if identifier is not None:
            claim["owner"] = {"type": kind, "id": _checked_id(kind.lower(), identifier)}
    if custom_claim is not None:
        claim["custom_claim"] = json_object("custom_claim", custom_claim)
    if not any(claim.values()):
        raise ValueError("an assertion needs an owner or a custom claim: pass customer, user or custom_claim")
    if len(_json(claim)) > _MAX_CLAIM:
        raise ValueError(f"the claims of an assertion are at most {_MAX_CLAIM} bytes: these are {len(_json(claim))}")
    # The header, the key and ``iat`` are those of the official client.
    payload = {"https://commercelayer.io/claims": claim, "iat": int(time.time())}
    signed = b".".join(_base64url(_json(part)) for part in ({"alg": "HS512", "typ": "JWT"}, payload))
    return b".".join((signed, _base64url(hmac.new(b"cl", signed, hashlib.sha512).digest()))).decode()


@frozen(eq=False)
class AccessToken:
    """An access token that the caller obtained. It is not renewed.

    Args:
        token: The bearer token. When it is a JWT, organization and expiry are read from its claims.
    """

    token: str = field(repr=False)

    def __attrs_post_init__(self) -> None:
        _check_token(self.token)

    @property
    def organization(self) -> str | None:
        """Return the slug of the organization that the token is for, if its claims name it."""
        slug = as_object(claims_of(self.token).get("organization")).get("slug")
        return slug if isinstance(slug, str) and slug else None

    @property
    def expires_at(self) -> datetime | None:
        """Return when the token expires by the clock of the API, if its claims say so."""
        expiry = claims_of(self.token).get("exp")
        if isinstance(expiry, bool) or not isinstance(expiry, int | float):
            return None
        try:
            return datetime.fromtimestamp(expiry, UTC)
        except (ValueError, OverflowError, OSError):
            return None

    def __reduce__(self) -> NoReturn:
        raise TypeError("an AccessToken does not pickle, because it is a secret: pass the token itself if you must")


Auth: TypeAlias = Credentials | AccessToken


def _checked_id(name: str, identifier: object) -> str:
    if not isinstance(identifier, str):
        raise TypeError(f"{name} must be an id, not {type(identifier).__name__}")
    if not identifier:
        raise ValueError(f"{name} is empty: pass an id")
    return identifier


def _check_token(token: object) -> None:
    if not isinstance(token, str):
        raise TypeError(f"the access token must be a string, not {type(token).__name__}")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("the access token is empty or not a bearer token: pass it as the API gave it")


def _json(value: JsonObject) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _base64url(value: bytes) -> bytes:
    return urlsafe_b64encode(value).rstrip(b"=")
