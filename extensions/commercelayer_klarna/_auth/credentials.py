"""Credentials: an access token that the caller has, or what is exchanged for one at the token endpoint.

They hold secrets and show none. The grants that few use are in ``grants``; how tokens are asked for, kept and renewed
is in ``tokens``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, NoReturn, TypeAlias

from commercelayer_klarna._claims import claims_of
from commercelayer_klarna._json import as_object, valid_text
from commercelayer_klarna._values import field, fields, frozen


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

    if not TYPE_CHECKING:  # which find the same by the arguments of each class

        def __new__(cls, *arguments: object, **named: object) -> Credentials:
            names = [each.name for each in fields(cls)]
            if arguments or not named.keys() <= {*names}:
                given = ", ".join(sorted(named.keys() - {*names})) or f"{len(arguments)} without a name"
                raise TypeError(f"{cls.__name__} takes its values by name, {', '.join(names)}: there is {given}")
            return super().__new__(cls)

    def __attrs_post_init__(self) -> None:
        if type(self) is Credentials:
            raise TypeError("Credentials are of no grant: use ClientCredentials or another subclass")
        for attribute in fields(type(self)):
            name, value = attribute.name, getattr(self, attribute.name)
            if value is None and attribute.default is None:
                continue
            if not isinstance(value, str):
                raise TypeError(
                    f"{name} must be a string, not {type(value).__name__}: pass that of your API credentials"
                )
            if not value:
                hint = ", or None for a sales channel" if name == "client_secret" else ""
                raise ValueError(f"{name} is empty: pass the {name} of your API credentials{hint}")
            valid_text(name, value)
            has_controls = any(each < " " or "\x7f" <= each <= "\x9f" for each in value)
            # A password may begin or end with a blank. All else that does was read with the end of its line.
            if has_controls or (value != value.strip() and name != "password"):
                raise ValueError(f"{name} has a line end, or a blank at one of its ends: pass it stripped")

    def grant(self) -> dict[str, str]:
        """Return what is sent to the token endpoint, secrets included."""
        given = {name: getattr(self, name) for name in (one.name for one in fields(type(self))) if name != "auth_url"}
        return {"grant_type": self.GRANT, **{name: value for name, value in given.items() if value is not None}}

    def refreshed(self, refresh_token: str) -> dict[str, str]:
        """Return what is sent to the token endpoint to renew a token that came with a refresh token."""
        given = {"client_id": self.client_id, "client_secret": self.client_secret, "refresh_token": refresh_token}
        return {"grant_type": "refresh_token", **{name: value for name, value in given.items() if value is not None}}

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


def _check_token(token: object) -> None:
    if not isinstance(token, str):
        raise TypeError(f"the access token must be a string, not {type(token).__name__}: pass it as the API gave it")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(
            "the access token is empty or not a bearer token: pass it as the API gave it, without 'Bearer'"
        )
