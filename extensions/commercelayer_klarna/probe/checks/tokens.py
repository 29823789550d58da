"""Tokens: what the token says of itself, how the host of tokens refuses, and what a worthless bearer is told."""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

from commercelayer_klarna._claims import claims_of
from commercelayer_klarna._json import JsonObject, as_list, as_object
from commercelayer_klarna.probe.check import Check, Differs
from commercelayer_klarna.probe.exchange import Answer, Ask, CannotTell
from commercelayer_klarna.probe.expect import Topic, kind, ok, refusal, refused
from commercelayer_klarna.probe.visit import Visit

__all__ = ["CHECKS"]

_T = Topic("sandbox/oauth/endpoint.py, sandbox/oauth/tokens.py, _auth/tokens.py")
_LONGEST = 15 * 86_400
_STRANGER = {"grant_type": "client_credentials", "client_id": "no-such-client", "client_secret": "no-such-secret"}
_FORM = "grant_type=client_credentials&client_id=no-such-client&client_secret=no-such-secret"


def _auth(path: str, document: JsonObject | str | None = None, **headers: str | None) -> Ask:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Ask("GET" if document is None else "POST", path, document, named, to="auth")


def _token(visit: Visit) -> str:
    ok(visit.get("klarna_payments?page[size]=1"))
    return visit.callers["integration"].sender.token


def _header(token: str) -> JsonObject:
    # The header of a JWT is read as its claims are.
    head = token.partition(".")[0]
    return claims_of(f".{head}.")


def _claims(visit: Visit) -> None:
    claims = claims_of(_token(visit))
    wanted = {
        "organization.slug": as_object(claims.get("organization")).get("slug"),
        "organization.id": as_object(claims.get("organization")).get("id"),
        "application.kind": as_object(claims.get("application")).get("kind"),
        "scope": claims.get("scope"),
        "iss": claims.get("iss"),
    }
    missing = [name for name, value in wanted.items() if not isinstance(value, str)]
    missing += [name for name in ("exp", "iat") if kind(claims.get(name)) != "integer"]
    missing += [name for name in ("test",) if kind(claims.get(name)) != "boolean"]
    if missing:
        raise Differs(f"without {', '.join(missing)}; its claims are {', '.join(sorted(claims))}")


def _lifetime(visit: Visit) -> str:
    claims = claims_of(_token(visit))
    issued, expires = claims.get("iat"), claims.get("exp")
    if not (isinstance(issued, int) and isinstance(expires, int) and 0 < expires - issued <= _LONGEST):
        raise Differs(f"{kind(issued)} and {kind(expires)}, or more than 15 days between them")
    return f"{(expires - issued) / 3600:.1f} hours"


def _algorithm(visit: Visit) -> None:
    header = _header(_token(visit))
    if header.get("alg") != "RS512" or header.get("typ") != "JWT" or not header.get("kid"):
        raise Differs(f"alg {header.get('alg')}, typ {header.get('typ')}, kid {kind(header.get('kid'))}")


def _keys(visit: Visit) -> None:
    token = _token(visit)
    answer = ok(visit.ask(_auth(".well-known/jwks.json")))
    keys = [as_object(each) for each in as_list(answer.document.get("keys"))]
    if _header(token).get("kid") not in [each.get("kid") for each in keys]:
        raise Differs(f"{len(keys)} keys, and none has the kid of the token")


def _stranger(answer: Answer) -> None:
    refused(answer, 401, "UNAUTHORIZED")
    if answer.errors[0].get("title") != "invalid_client":
        raise Differs(str(answer))


def _whole_status(answer: Answer) -> None:
    if not answer.errors or kind(answer.errors[0].get("status")) != "integer":
        raise Differs(f"status is {kind(answer.errors[0].get('status')) if answer.errors else 'not there'}")


def _bearer(visit: Visit, token: str) -> str:
    answer = visit.ask(Ask("GET", "klarna_payments?page[size]=1", headers={"Authorization": f"Bearer {token}"}))
    return refused(answer, 401, "INVALID_TOKEN")


def _altered(visit: Visit) -> str:
    head, claims, signature = _token(visit).split(".")
    return _bearer(visit, f"{head}.{claims}.{signature[:-8]}AAAAAAAA")


def _expired(visit: Visit) -> str:
    if visit.old_token is None:
        raise CannotTell("give a token that has expired (--old-token FILE)")
    return _bearer(visit, visit.old_token)


def _introspection(answer: Answer) -> None:
    if kind(as_object(ok(answer).document.get("token")).get("test")) != "boolean":
        raise Differs(f"its members are {', '.join(sorted(answer.document))}")


def _revoke_refused(answer: Answer) -> None:
    refused(answer, 403, "FORBIDDEN")
    if answer.errors[0].get("title") != "unauthorized_client":
        raise Differs(str(answer))


_REVOKE = {"client_id": "no-such-client", "client_secret": "no-such-secret", "token": "no-such-token"}
_ONE = "GET klarna_payments?page[size]=1"

CHECKS: tuple[Check, ...] = (
    _T.many("token-claims", "F11.5", "documented", "a token says organization, application, scope, `exp`, `iat`, `test` and `iss`", _ONE, 1, _claims),
    _T.many("token-lifetime", "F11.2", "documented", "a token lasts 15 days at most", _ONE, 1, _lifetime),
    _T.many("token-algorithm", "F11.5", "documented", "a token is a JWT of `RS512` with a `kid`", _ONE, 1, _algorithm),
    _T.many("token-keys", "F11.5", "documented", "the published key set has the key of the token", f"{_ONE}, GET auth:.well-known/jwks.json", 2, _keys),
    _T.one("token-unknown-client", "F11.3", "documented", "an unknown client is 401 `UNAUTHORIZED`, `invalid_client`", _auth("oauth/token", _STRANGER), _stranger),
    _T.one("token-error-status", "F11.3 F18.2", "documented", "errors of the token endpoint have a whole number as `status`", _auth("oauth/token", _STRANGER), _whole_status),
    _T.one("token-form", "F11.1", "inferred", "a form is read at the token endpoint: an unknown client is told so", _auth("oauth/token", _FORM, Content_Type="application/x-www-form-urlencoded"), _stranger),
    _T.one("token-grant-unknown", "F11.3", "unknown", "an unknown grant is 400 `BAD_REQUEST`", _auth("oauth/token", {**_STRANGER, "grant_type": "no-such-grant"}), refusal(400, "BAD_REQUEST")),
    _T.one("token-revoke-refused", "F11.4", "documented", "revoking as an unknown client is 403 `FORBIDDEN`, `unauthorized_client`", _auth("oauth/revoke", _REVOKE), _revoke_refused),
    _T.one("token-missing", "F17.3 F9.3", "unknown", "a request without a token is 401 `INVALID_TOKEN`", Ask("GET", "klarna_payments?page[size]=1", headers={"Authorization": None}), refusal(401, "INVALID_TOKEN")),
    _T.many("token-malformed", "F17.3 F9.3", "unknown", "a bearer that is no token is 401 `INVALID_TOKEN`", f"{_ONE}, with a bearer that is no token", 1, lambda visit: _bearer(visit, "nonsense")),
    _T.many("token-altered", "F17.3 F9.3", "unknown", "a token with another signature is 401 `INVALID_TOKEN`", f"{_ONE} twice, once with an altered token", 2, _altered),
    _T.many("token-expired", "F17.3 F18.3", "unknown", "an expired token is 401 `INVALID_TOKEN`", f"{_ONE}, with the token of --old-token", 1, _expired),
    _T.one("token-introspection", "F1.1", "inferred", "`/oauth/tokeninfo` of the API's host tells what a token is for", Ask("GET", "/oauth/tokeninfo", headers={"Accept": "application/json"}), _introspection, "sandbox/oauth/endpoint.py"),
)  # fmt: skip
