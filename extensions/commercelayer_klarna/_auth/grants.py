"""The credentials of the grants that few clients use: a customer's password, refresh tokens, codes, and assertions.

Client credentials, and what all grants share, are in ``credentials``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from commercelayer_klarna._auth.credentials import Credentials
from commercelayer_klarna._json import JsonObject, json_object
from commercelayer_klarna._values import field, frozen

_MAX_CLAIM = 4096


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


def _checked_id(name: str, identifier: object) -> str:
    if not isinstance(identifier, str):
        raise TypeError(f"{name} must be an id, not {type(identifier).__name__}")
    if not identifier:
        raise ValueError(f"{name} is empty: pass an id")
    return identifier


def _json(value: JsonObject) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _base64url(value: bytes) -> bytes:
    return urlsafe_b64encode(value).rstrip(b"=")
