"""The authorization service: tokens on request, their revocation, and the check of the bearer of every other request.

Its errors differ from those of the API: ``status`` is an integer and the OAuth word is the title. Who is granted what
is decided in ``grants``. unknown: the ``code`` of everything but ``invalid_client`` and ``unauthorized_client``.
"""

from __future__ import annotations

from base64 import b64decode
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from attrs import evolve, frozen

from commercelayer_klarna.sandbox.api import json_bytes
from commercelayer_klarna.sandbox.api.caller import Caller
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.messages import JSON_TYPE, Answer, Request
from commercelayer_klarna.sandbox.api.problems import Refused, invalid_token, reason_header, undocumented
from commercelayer_klarna.sandbox.api.rate_limits import RateLimits
from commercelayer_klarna.sandbox.api.state import State
from commercelayer_klarna.sandbox.oauth import tokens
from commercelayer_klarna.sandbox.oauth.grants import Granted, Grants, OAuthRefused
from commercelayer_klarna.sandbox.oauth.tokens import Token

PATHS = ("/oauth/token", "/oauth/revoke", "/.well-known/jwks.json")

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
    "invalid_grant": (
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in "
        "the authorization request, or was issued to another client."
    ),
    "unsupported_grant_type": "The authorization grant type is not supported by the authorization server.",
    "unauthorized_client": "You are not authorized to revoke this token",
    "too_many_requests": "The rate limit is exceeded. Try again later.",
}
_CODES = {
    "invalid_client": (401, "UNAUTHORIZED"),
    "unauthorized_client": (403, "FORBIDDEN"),
    "too_many_requests": (429, "TOO_MANY_REQUESTS"),
}
_NOT_PERMITTED = "The client is not authorized to perform this request using this method."


def _item(refused: OAuthRefused) -> dict[str, JSON]:
    status, code = _CODES.get(refused.word, (400, "BAD_REQUEST"))
    detail = _DETAILS[refused.word]
    if refused.status is not None and refused.status != status:
        status, code = refused.status, "BAD_REQUEST"
        detail = _NOT_PERMITTED if refused.word == "unauthorized_client" else detail
    return {"title": refused.word, "detail": detail, "code": code, "status": status, "meta": {}}


def _too_many_tokens() -> Answer:
    """Return the 429 of the token endpoint. inferred: one error that is not in a list; the rest of it is unknown."""
    item = _item(OAuthRefused("too_many_requests"))
    reason = reason_header(undocumented("the body of a 429"))
    return Answer(429, [JSON_TYPE, reason], json_bytes.write({"errors": item}))


@frozen
class _Issued:
    token: str
    scope: str
    issued_at: int
    expires_at: int


class Authorization:
    """The tokens of one organization."""

    def __init__(self, state: State, limits: RateLimits, *, organization: str, mode: str) -> None:
        self._state = state
        self._limits = limits
        self._organization = organization
        self._test = mode == "test"
        self.grants = Grants(state)
        self._current: dict[tuple[str, str], _Issued] = {}
        # Tokens that are worth nothing any more, until they would have expired.
        self._revoked: dict[str, int] = {}
        self._verified: OrderedDict[str, Token] = OrderedDict()

    def answer(self, request: Request) -> Answer:
        """Answer a request to one of the ``PATHS``."""
        if request.path != "/oauth/token":
            return self._answer(request)
        allowed, headers = self._limits.count(request.address, "token", "", self._state.clock())
        answer = self._answer(request) if allowed else _too_many_tokens()
        answer.headers.extend(headers)
        return answer

    def _answer(self, request: Request) -> Answer:
        headers = [JSON_TYPE]
        allowed = "GET" if request.path.startswith("/.well-known/") else "POST"
        try:
            if request.method != allowed:
                headers.append(("Allow", allowed))
                raise OAuthRefused("invalid_request", status=405)
            if allowed == "GET":
                document = tokens.key_set()
            else:
                media_type = request.headers.get("content-type", "")
                values = _values(media_type, request.body) | _basic(request.headers.get("authorization", ""))
                document = self._revoke(values) if request.path == "/oauth/revoke" else self._issue(values)
            return Answer(200, headers, json_bytes.write(document))
        except OAuthRefused as refused:
            item = _item(refused)
            if refused.because is not None:
                headers.append(reason_header(refused.because))
            status = item["status"]
            return Answer(status if isinstance(status, int) else 400, headers, json_bytes.write({"errors": [item]}))

    def bearer(self, header: str) -> Caller:
        """Return who is calling, or refuse the token."""
        scheme, _, text = header.partition(" ")
        token = self._token(text.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.expires_at <= self._state.clock() or text.strip() in self._revoked:
            raise Refused(invalid_token())
        return token.caller

    def spoil(self, header: str) -> None:
        """Make a bearer worthless, as if expired or revoked; as far as known, the API says the same of both."""
        text = header.partition(" ")[2].strip()
        token = self._token(text)
        if token is not None:
            self._forbid(text, token)

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
        granted = self.grants.decide(values)
        now = int(self._state.clock())
        if granted.owner is None and granted.custom_claim is None:
            issued = self._reissue(granted, now)
        else:
            issued = self._mint(granted, now)
        document: dict[str, JSON] = {
            "access_token": issued.token,
            "token_type": "bearer",
            "expires_in": issued.expires_at - now,
        }
        if granted.refreshable:
            document["refresh_token"] = self.grants.new_refresh_token(granted)
        document["scope"] = issued.scope
        document["created_at"] = issued.issued_at
        if granted.owner is not None:
            document["owner_id"] = granted.owner.id
            document["owner_type"] = granted.owner.type.lower()
        return document

    def _reissue(self, granted: Granted, now: int) -> _Issued:
        """Return the token that the client has already, unless that is about to expire."""
        key = granted.application.caller.client_id, granted.scope
        issued = self._current.get(key)
        if issued is None or now >= issued.expires_at - OVERLAP or issued.token in self._revoked:
            issued = self._current[key] = self._mint(granted, now)
        return issued

    def _mint(self, granted: Granted, now: int) -> _Issued:
        organization: dict[str, JSON] = {
            "id": self._state.organization_id,
            "slug": self._organization,
            "enterprise": False,
            "region": "eu-west-1",
        }
        lifetime = granted.application.lifetime
        token = tokens.mint(
            evolve(granted.application.caller, owner=granted.owner),
            organization=organization,
            scope=granted.scope,
            test=self._test,
            issued_at=now,
            lifetime=lifetime,
            chance=self._state.random,
            markets=self.grants.markets(granted.scope),
            custom_claim=granted.custom_claim,
        )
        return _Issued(token, granted.scope, now, now + lifetime)

    def _revoke(self, values: Mapping[str, str]) -> dict[str, JSON]:
        try:
            application = self.grants.authenticate(values)
        except OAuthRefused:
            raise OAuthRefused("unauthorized_client") from None
        text = values.get("token", "")
        token = self._token(text)
        # unknown: a token that never was one; the standard for revocation calls that a success.
        if token is not None:
            if token.caller.client_id != application.caller.client_id:
                raise OAuthRefused("unauthorized_client")
            self._forbid(text, token)
        return {}

    def _forbid(self, text: str, token: Token) -> None:
        now = self._state.clock()
        self._revoked = {old: expiry for old, expiry in self._revoked.items() if expiry > now}
        self._revoked[text] = token.expires_at


def _basic(header: str) -> dict[str, str]:
    """Return the client of HTTP Basic. inferred: the standard asks it of servers, and many clients try it first."""
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, client_secret = b64decode(text, validate=True).decode("utf-8").partition(":")
    except ValueError:
        raise OAuthRefused("invalid_client") from None
    return {"client_id": unquote_plus(client_id), "client_secret": unquote_plus(client_secret)}


def _values(content_type: str, body: bytes) -> dict[str, str]:
    """Return the parameters of a JSON or form body. inferred: the form is accepted, as OAuth clients send it."""
    media_type = content_type.partition(";")[0].strip().lower()
    try:
        if media_type == "application/json":
            document = json_bytes.read(body)
            if isinstance(document, dict):
                return {key: value for key, value in document.items() if isinstance(value, str)}
        elif media_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict"))
    except ValueError:
        pass
    raise OAuthRefused("invalid_request")
