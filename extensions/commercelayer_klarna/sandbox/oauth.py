"""The authorization service: tokens on request, their revocation, and the check of the bearer of every other request.

Its errors differ from those of the API: `status` is an integer and the OAuth word is the title. Only the grant
`client_credentials` is modelled. unknown: the `code` of everything but `invalid_client` and `unauthorized_client`.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from . import tokens, wire
from .problems import Refused, invalid_token, not_modelled, reason_header
from .state import State
from .tokens import Caller, Token
from .wire import JSON, Answer

INTEGRATION = "sandbox-integration"
SALES_CHANNEL = "sandbox-sales-channel"
SECRET = "sandbox-secret"  # noqa: S105 - published, as everything here

# A token is handed out again until this long before it expires.
OVERLAP = 15 * 60
# Verified tokens that are remembered, so that a signature is checked once.
REMEMBERED = 1024

_DETAILS = {
    "invalid_client": (
        "Client authentication failed due to unknown client, no client authentication included, "
        "or unsupported authentication method."
    ),
    "invalid_request": "The request is missing a required parameter, or is otherwise malformed.",
    "invalid_scope": "The requested scope is invalid, unknown, or malformed.",
    "unsupported_grant_type": "The authorization grant type is not supported by the authorization server.",
    "unauthorized_client": "You are not authorized to revoke this token.",
}
_CODES = {"invalid_client": (401, "UNAUTHORIZED"), "unauthorized_client": (403, "FORBIDDEN")}


class OAuthRefused(Exception):
    """A refusal in the words of OAuth."""

    def __init__(self, word: str, *, status: int | None = None, because: str | None = None) -> None:
        super().__init__(word)
        known, self.code = _CODES.get(word, (400, "BAD_REQUEST"))
        self.word = word
        self.status = status or known
        self.because = because

    def document(self) -> dict[str, JSON]:
        """Return the error document."""
        item: dict[str, JSON] = {
            "title": self.word,
            "detail": _DETAILS[self.word],
            "code": self.code,
            "status": self.status,
            "meta": {},
        }
        return {"errors": [item]}


@dataclass(frozen=True, slots=True)
class _Application:
    caller: Caller
    lifetime: int
    scope_required: bool
    secret: str | None


@dataclass(slots=True)
class _Issued:
    token: str
    scope: str
    issued_at: int
    expires_at: int


class Authorization:
    """The applications of one organization and the tokens they hold."""

    def __init__(self, state: State, *, organization: str, mode: str) -> None:
        self._state = state
        self._organization = organization
        self._test = mode == "test"
        self._applications = {
            INTEGRATION: _Application(
                Caller(state.new_id(), INTEGRATION, "integration", public=False), 2 * 3600, False, SECRET
            ),
            SALES_CHANNEL: _Application(
                Caller(state.new_id(), SALES_CHANNEL, "sales_channel", public=True), 4 * 3600, True, None
            ),
        }
        self._current: dict[tuple[str, str], _Issued] = {}
        self._revoked: dict[str, int] = {}
        self._verified: OrderedDict[str, Token] = OrderedDict()

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request to the authorization service."""
        headers_out = [("Content-Type", "application/json; charset=utf-8")]
        allowed = "GET" if path.startswith("/.well-known/") else "POST"
        try:
            if method != allowed:
                headers_out.append(("Allow", allowed))
                raise OAuthRefused("invalid_request", status=405)
            if allowed == "GET":
                document = tokens.key_set()
            else:
                values = _values(headers.get("content-type", ""), body)
                document = self._revoke(values) if path == "/oauth/revoke" else self._issue(values)
            return Answer(200, headers_out, wire.write(document))
        except OAuthRefused as refused:
            if refused.because is not None:
                headers_out.append(reason_header(refused.because))
            return Answer(refused.status, headers_out, wire.write(refused.document()))

    def bearer(self, header: str) -> Caller:
        """Return who is calling, or refuse the token."""
        scheme, _, text = header.partition(" ")
        token = self._token(text.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.expires_at <= self._state.clock() or text.strip() in self._revoked:
            raise Refused(invalid_token())
        return token.caller

    def _token(self, text: str) -> Token | None:
        known = self._verified.get(text)
        if known is not None:
            self._verified.move_to_end(text)
            return known
        try:
            token = tokens.check(text)
        except ValueError:
            return None
        # unknown: the answer to a token of another organization; it is worth nothing here.
        if token.organization != self._organization:
            return None
        self._verified[text] = token
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)
        return token

    def _issue(self, values: Mapping[str, str]) -> dict[str, JSON]:
        grant = values.get("grant_type")
        if not grant:
            raise OAuthRefused("invalid_request")
        if grant != "client_credentials":
            raise OAuthRefused("unsupported_grant_type", because=not_modelled("every grant but client_credentials"))
        application = self._applications.get(values.get("client_id", ""))
        if application is None or (
            application.secret is not None and values.get("client_secret") != application.secret
        ):
            raise OAuthRefused("invalid_client")
        scope = self._scope(values.get("scope", ""), required=application.scope_required)
        now = int(self._state.clock())
        issued = self._current.get((application.caller.client_id, scope))
        if issued is None or now >= issued.expires_at - OVERLAP or issued.token in self._revoked:
            issued = self._mint(application, scope, now)
        return {
            "access_token": issued.token,
            "token_type": "bearer",
            "expires_in": issued.expires_at - now,
            "scope": issued.scope,
            "created_at": issued.issued_at,
        }

    def _mint(self, application: _Application, scope: str, now: int) -> _Issued:
        organization: dict[str, JSON] = {
            "id": self._state.organization_id,
            "slug": self._organization,
            "enterprise": False,
            "region": "eu-west-1",
        }
        token = tokens.mint(
            application.caller,
            organization=organization,
            scope=scope,
            test=self._test,
            issued_at=now,
            lifetime=application.lifetime,
            chance=self._state.random,
        )
        issued = _Issued(token, scope, now, now + application.lifetime)
        self._current[application.caller.client_id, scope] = issued
        return issued

    def _scope(self, text: str, *, required: bool) -> str:
        """Return the scope in one spelling: the markets that exist here, once each."""
        names = sorted(set(text.split()))
        if required and not names:
            raise OAuthRefused("invalid_scope")
        known = {"market:all"} if not required else set[str]()
        for market in self._state.all("markets"):
            known |= {f"market:id:{market.id}", f"market:code:{market.attributes['code']}"}
        if not known.issuperset(names):
            elsewhere = text.startswith(("store:", "stock_location:")) or (required and text == "market:all")
            raise OAuthRefused("invalid_scope", because=not_modelled(f"the scope {text}") if elsewhere else None)
        return " ".join(names) or "market:all"

    def _revoke(self, values: Mapping[str, str]) -> dict[str, JSON]:
        application = self._applications.get(values.get("client_id", ""))
        text = values.get("token", "")
        if application is None or (
            application.secret is not None and values.get("client_secret") != application.secret
        ):
            raise OAuthRefused("unauthorized_client")
        token = self._token(text)
        # unknown: a token that never was one; the standard for revocation calls that a success.
        if token is not None:
            if token.caller.client_id != application.caller.client_id:
                raise OAuthRefused("unauthorized_client")
            now = self._state.clock()
            self._revoked = {old: expiry for old, expiry in self._revoked.items() if expiry > now}
            self._revoked[text] = token.expires_at
        return {}


def _values(content_type: str, body: bytes) -> dict[str, str]:
    """Return the parameters of a JSON or form body. inferred: the form is accepted, as OAuth clients send it."""
    media_type = content_type.partition(";")[0].strip().lower()
    try:
        if media_type == "application/json":
            document = wire.read(body)
            if isinstance(document, dict):
                return {key: value for key, value in document.items() if isinstance(value, str)}
        elif media_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict"))
    except ValueError:
        pass
    raise OAuthRefused("invalid_request")
