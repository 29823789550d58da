"""The grants: who may have a token, on whose behalf, and for which scope.

Decides alone what a token request is worth; ``oauth`` turns the decision into a token or into an error document.
unknown: whether a refresh token can be used twice (here it cannot), and the words of most refusals, which are those of
the OAuth standard.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from attrs import frozen

from commercelayer_klarna.sandbox.api import json_bytes
from commercelayer_klarna.sandbox.api.base64url import decode
from commercelayer_klarna.sandbox.api.caller import Caller, Owner
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.problems import not_modelled, undocumented
from commercelayer_klarna.sandbox.api.state import State

INTEGRATION = "sandbox-integration"
SALES_CHANNEL = "sandbox-sales-channel"
WEBAPP = "sandbox-webapp"
SECRET = "sandbox-secret"  # noqa: S105 - published, as everything here

CUSTOMER_EMAIL = "customer@example.com"
CUSTOMER_PASSWORD = "sandbox-password"  # noqa: S105 - published, as everything here

# Where the user of the webapp would have brought the first authorization code.
REDIRECT_URI = "https://example.com/callback"

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLAIMS = "https://commercelayer.io/claims"
MAXIMUM_CLAIM = 4096
CODE_LIFETIME = 10 * 60
REFRESH_LIFETIME = 14 * 24 * 3600
# Refresh tokens and codes that are remembered; the oldest are forgotten beyond this.
REMEMBERED = 1024


class OAuthRefused(Exception):
    """A refusal in the words of OAuth."""

    def __init__(self, word: str, *, status: int | None = None, because: str | None = None) -> None:
        super().__init__(word)
        self.word = word
        self.status = status
        self.because = because


@frozen
class Application:
    """A set of credentials of the organization."""

    caller: Caller
    lifetime: int
    grants: frozenset[str]


@frozen
class Granted:
    """What a token may be issued for."""

    application: Application
    scope: str
    owner: Owner | None = None
    custom_claim: JSON = None
    # Tokens of the client alone cannot be refreshed: the client can ask again.
    refreshable: bool = False


class Grants:
    """The applications, the customer and the user of one organization."""

    def __init__(self, state: State) -> None:
        self._state = state
        hours, grants = 3600, frozenset({"client_credentials", JWT_BEARER})
        self._applications = {
            INTEGRATION: Application(
                Caller(state.new_id(), INTEGRATION, "integration", public=False), 2 * hours, grants
            ),
            SALES_CHANNEL: Application(
                Caller(state.new_id(), SALES_CHANNEL, "sales_channel", public=True),
                4 * hours,
                grants | {"password", "refresh_token"},
            ),
            WEBAPP: Application(
                Caller(state.new_id(), WEBAPP, "webapp", public=False),
                2 * hours,
                frozenset({"authorization_code", "refresh_token", JWT_BEARER}),
            ),
        }
        self.customer = Owner("Customer", state.new_id())
        self.user = Owner("User", state.new_id())
        self._codes: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._refresh: OrderedDict[str, tuple[Granted, float]] = OrderedDict()

    def new_code(self, redirect_uri: str) -> str:
        """Return an authorization code, as the webapp's user would have brought it to that address."""
        code = self._state.new_uuid()
        self._codes[code] = (redirect_uri, self._state.clock() + CODE_LIFETIME)
        _bound(self._codes)
        return code

    def new_refresh_token(self, granted: Granted) -> str:
        """Return a token with which the grant can be had again."""
        token = self._state.new_uuid()
        self._refresh[token] = (granted, self._state.clock() + REFRESH_LIFETIME)
        _bound(self._refresh)
        return token

    def decide(self, values: Mapping[str, str]) -> Granted:
        """Return what a token request is granted, or refuse it."""
        grant = values.get("grant_type")
        if not grant:
            raise OAuthRefused("invalid_request")
        if grant not in ("client_credentials", "password", "authorization_code", "refresh_token", JWT_BEARER):
            raise OAuthRefused("unsupported_grant_type")
        application = self.authenticate(values, secret_required=grant == JWT_BEARER)
        if grant not in application.grants:
            # unknown: the word. The standard has this one for an application that may not use the grant.
            raise OAuthRefused("unauthorized_client", status=400, because=undocumented("who may use this grant"))
        match grant:
            case "password":
                return self._password(application, values)
            case "authorization_code":
                return self._authorization_code(application, values)
            case "refresh_token":
                return self._refresh_token(application, values)
            case "client_credentials":
                return Granted(application, self._scope(values))
            case _:
                return self._jwt_bearer(application, values)

    def authenticate(self, values: Mapping[str, str], *, secret_required: bool = False) -> Application:
        """Return the application that asks. A public one needs no secret, but a wrong one is wrong."""
        application = self._applications.get(values.get("client_id", ""))
        secret = values.get("client_secret")
        if application is None or (secret is not None and secret != SECRET):
            raise OAuthRefused("invalid_client")
        if secret is None and (secret_required or not application.caller.public):
            raise OAuthRefused("invalid_client")
        return application

    def markets(self, scope: str) -> list[str]:
        """Return the ids of the markets that a scope names; none if it leaves them all open."""
        named = scope.split()
        return [
            market.id
            for market in self._state.all("markets")
            if f"market:id:{market.id}" in named or f"market:code:{market.attributes['code']}" in named
        ]

    def _password(self, application: Application, values: Mapping[str, str]) -> Granted:
        if "username" not in values or "password" not in values:
            raise OAuthRefused("invalid_request")
        scope = self._scope(values)
        if (values["username"], values["password"]) != (CUSTOMER_EMAIL, CUSTOMER_PASSWORD):
            raise OAuthRefused("invalid_grant")
        return Granted(application, scope, self.customer, refreshable=True)

    def _authorization_code(self, application: Application, values: Mapping[str, str]) -> Granted:
        if not values.get("code") or not values.get("redirect_uri"):
            raise OAuthRefused("invalid_request")
        redirect_uri, expires_at = self._codes.get(values["code"], ("", 0.0))
        if expires_at <= self._state.clock() or redirect_uri != values["redirect_uri"]:
            raise OAuthRefused("invalid_grant")
        del self._codes[values["code"]]
        return Granted(application, self._scope({}), self.user, refreshable=True)

    def _refresh_token(self, application: Application, values: Mapping[str, str]) -> Granted:
        token = values.get("refresh_token")
        if not token:
            raise OAuthRefused("invalid_request")
        granted, expires_at = self._refresh.get(token, (None, 0.0))
        if granted is None or granted.application is not application or expires_at <= self._state.clock():
            raise OAuthRefused("invalid_grant")
        del self._refresh[token]
        return granted

    def _jwt_bearer(self, application: Application, values: Mapping[str, str]) -> Granted:
        """Read the claims of an assertion; its signature is documented as not verified."""
        assertion = values.get("assertion")
        if not assertion:
            raise OAuthRefused("invalid_request")
        scope = self._scope(values)
        try:
            header, payload, _ = assertion.split(".")
            declared, claims = json_bytes.read(decode(header)), json_bytes.read(decode(payload))
        except ValueError:
            raise OAuthRefused("invalid_grant") from None
        mine = claims.get(CLAIMS) if isinstance(claims, dict) else None
        if not isinstance(declared, dict) or declared.get("alg") != "HS512" or not isinstance(mine, dict):
            raise OAuthRefused("invalid_grant")
        owner, custom = mine.get("owner"), mine.get("custom_claim")
        if not (owner or custom) or len(json_bytes.write(mine)) > MAXIMUM_CLAIM:
            raise OAuthRefused("invalid_grant")
        if not owner:
            return Granted(application, scope, None, custom)
        known = {("Customer", self.customer.id): self.customer, ("User", self.user.id): self.user}
        named = (owner.get("type"), owner.get("id")) if isinstance(owner, dict) else None
        found = known.get((str(named[0]), str(named[1]))) if named else None
        if found is None:
            raise OAuthRefused("invalid_grant")
        return Granted(application, scope, found, custom, refreshable="refresh_token" in application.grants)

    def _scope(self, values: Mapping[str, str]) -> str:
        """Return the scope in one spelling: the markets that exist here, once each; all of them if none is named.

        A sales channel gets a token for all markets too; that it can do nothing with it is up to ``permissions``.
        """
        text = values.get("scope", "")
        names = sorted(set(text.split()))
        known = {"market:all"}
        for market in self._state.all("markets"):
            known |= {f"market:id:{market.id}", f"market:code:{market.attributes['code']}"}
        unknown = [name for name in names if name not in known]
        if unknown:
            kinds = ("store:", "stock_location:")
            because = not_modelled(f"the scope {text}") if any(name.startswith(kinds) for name in unknown) else None
            raise OAuthRefused("invalid_scope", because=because)
        return " ".join(names) or "market:all"


def _bound(remembered: OrderedDict[str, tuple[str, float]] | OrderedDict[str, tuple[Granted, float]]) -> None:
    if len(remembered) > REMEMBERED:
        remembered.popitem(last=False)
