"""Credentials: what is refused, what is sent to the token endpoint, what is shown, and the claims of tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

from commercelayer_klarna import (
    AccessToken,
    AuthorizationCode,
    ClientCredentials,
    JWTBearer,
    KlarnaPayments,
    PasswordCredentials,
    RefreshToken,
)
from commercelayer_klarna._auth.credentials import Credentials
from commercelayer_klarna._auth.grants import assertion
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.oauth.grants import REDIRECT_URI
from support.kind import Kind

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def jwt(**claims: Any) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({}, claims)]
    return ".".join([*parts, "signature"])


# Every grant on the sandbox, whose rules are those of the documentation.


def claims_of(sandbox: Sandbox, payments: Any) -> Any:
    """Who the API takes the client for: the claims of its token, seen on the wire."""
    seen: list[str] = []
    respond = sandbox.respond

    def watching(method: str, target: str, headers: Any, *rest: Any, **named: Any) -> Any:
        seen.append(dict(headers).get("authorization", ""))
        return respond(method, target, headers, *rest, **named)

    sandbox.respond = watching  # type: ignore[method-assign]
    payment = payments.create(order=sandbox.order_ids[0])
    assert payments.retrieve(payment.id).id == payment.id
    payload = seen[-1].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=="))


def channel(**options: Any) -> dict[str, Any]:
    return {"client_id": "sandbox-sales-channel", "scope": "market:code:europe", **options}


def test_client_credentials_of_an_integration_and_of_a_sales_channel(kind: Kind, sandbox: Sandbox) -> None:
    integration = ClientCredentials(client_id="sandbox-integration", client_secret="sandbox-secret")
    claims = claims_of(sandbox, kind.on(sandbox, auth=integration))
    assert claims["application"]["kind"] == "integration"
    sandbox.reset()
    claims = claims_of(sandbox, kind.on(sandbox, auth=ClientCredentials(**channel())))
    assert claims["application"]["kind"] == "sales_channel"
    assert claims["scope"] == "market:code:europe"


def test_a_password_gives_the_token_of_a_customer(kind: Kind, sandbox: Sandbox) -> None:
    auth = PasswordCredentials(**channel(username="customer@example.com", password="sandbox-password"))
    claims = claims_of(sandbox, kind.on(sandbox, auth=auth))
    assert claims["owner"]["type"] == "Customer"


def test_a_user_by_authorization_code(kind: Kind, sandbox: Sandbox) -> None:
    secret = {"client_id": "sandbox-webapp", "client_secret": "sandbox-secret"}
    auth = AuthorizationCode(**secret, code=sandbox.authorization_code, redirect_uri=REDIRECT_URI)
    claims = claims_of(sandbox, kind.on(sandbox, auth=auth))
    assert claims["owner"]["type"] == "User"
    assert claims["application"]["kind"] == "webapp"


def test_a_refresh_token_of_another_grant(kind: Kind, sandbox: Sandbox) -> None:
    customer = {"username": "customer@example.com", "password": "sandbox-password"}
    body = json.dumps({"grant_type": "password", **channel(), **customer}).encode()
    answer = sandbox.handle("POST", "/oauth/token", {"Content-Type": "application/json"}, body)
    auth = RefreshToken(client_id="sandbox-sales-channel", refresh_token=json.loads(answer.body)["refresh_token"])
    assert claims_of(sandbox, kind.on(sandbox, auth=auth))["owner"]["type"] == "Customer"


def test_a_signed_assertion_gives_the_token_of_its_owner(kind: Kind, sandbox: Sandbox) -> None:
    customer = sandbox._authorization.grants.customer.id
    text = assertion(customer=customer, custom_claim={"cart": "42"})
    auth = JWTBearer(**channel(client_secret="sandbox-secret", assertion=text))
    claims = claims_of(sandbox, kind.on(sandbox, auth=auth))
    assert claims["owner"] == {"type": "Customer", "id": customer}
    assert claims["custom_claim"] == {"cart": "42"}
    user = sandbox._authorization.grants.user.id
    auth = JWTBearer(**channel(client_secret="sandbox-secret", assertion=assertion(user=user)))
    assert claims_of(sandbox, kind.on(sandbox, auth=auth))["owner"] == {"type": "User", "id": user}


def test_what_each_grant_sends() -> None:
    both = {"client_id": "i", "client_secret": "s"}
    assert ClientCredentials(client_id="i").grant() == {"grant_type": "client_credentials", "client_id": "i"}
    assert PasswordCredentials(client_id="i", username="u", password="p", scope="m").grant() == {
        "grant_type": "password", "client_id": "i", "username": "u", "password": "p", "scope": "m",
    }  # fmt: skip
    assert RefreshToken(**both, refresh_token="r").grant() == {
        "grant_type": "refresh_token", **both, "refresh_token": "r",
    }  # fmt: skip
    assert AuthorizationCode(**both, code="c", redirect_uri="https://x", auth_url="https://a").grant() == {
        "grant_type": "authorization_code", **both, "code": "c", "redirect_uri": "https://x",
    }  # fmt: skip
    assert JWTBearer(**both, assertion="a", scope="m").grant() == {
        "grant_type": JWT_BEARER, **both, "assertion": "a", "scope": "m",
    }  # fmt: skip
    assert ClientCredentials(**both, scope="m").refreshed("r") == {
        "grant_type": "refresh_token", **both, "refresh_token": "r",
    }  # fmt: skip


def test_an_assertion_is_what_the_official_client_makes() -> None:
    text = assertion(customer="x", custom_claim={"ü": 1})
    header, payload, signature = text.split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(each + "==")) for each in (header, payload)]
    assert decoded[0] == {"alg": "HS512", "typ": "JWT"}
    assert decoded[1].pop("iat") == pytest.approx(datetime.now(UTC).timestamp(), abs=60)
    claim = {"owner": {"type": "Customer", "id": "x"}, "custom_claim": {"ü": 1}}
    assert decoded[1] == {"https://commercelayer.io/claims": claim}
    mac = hmac.new(b"cl", f"{header}.{payload}".encode(), hashlib.sha512).digest()
    assert base64.urlsafe_b64decode(signature + "==") == mac
    assert "=" not in text


@pytest.mark.parametrize(
    ("arguments", "error", "named"),
    [
        ({}, ValueError, "pass customer, user or custom_claim"),
        ({"customer": ""}, ValueError, "customer is empty"),
        ({"custom_claim": {}}, ValueError, "pass customer, user or custom_claim"),
        ({"customer": "x", "user": "y"}, ValueError, "not both"),
        ({"customer": 5}, TypeError, "customer must be an id, not int"),
        ({"user": b"x"}, TypeError, "user must be an id, not bytes"),
        ({"custom_claim": {"a": {1}}}, TypeError, "custom_claim"),
        ({"custom_claim": [1]}, TypeError, "custom_claim must be a mapping"),
    ],
)
def test_arguments_that_make_no_assertion_are_refused(arguments: Any, error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named):
        assertion(**arguments)


def test_an_assertion_is_at_most_four_kilobytes() -> None:
    length = 4096 - len(json.dumps({"custom_claim": {"a": ""}}, separators=(",", ":")))
    assertion(custom_claim={"a": "x" * length})
    with pytest.raises(ValueError, match="at most 4096 bytes: these are 4097"):
        assertion(custom_claim={"a": "x" * (length + 1)})


def test_claims_of_an_access_token() -> None:
    claimed = AccessToken(jwt(organization={"slug": "acme"}, exp=1763802000))
    assert claimed.organization == "acme"
    assert claimed.expires_at == datetime(2025, 11, 22, 9, 0, tzinfo=UTC)
    with KlarnaPayments(auth=claimed) as payments:
        assert payments.base_url == "https://acme.commercelayer.io/api"
    with pytest.raises(ValueError, match="the access token is for 'acme'"):
        KlarnaPayments("other", auth=claimed)


@pytest.mark.parametrize(
    "text", ["opaque", "a.b.c", "..", jwt(), jwt(organization=5, exp="x"), jwt(exp=1e300), "a.bm90anNvbg.c", "a.W10.c"]
)
def test_tokens_without_claims_are_taken_when_the_organization_is_given(text: str) -> None:
    token = AccessToken(text)
    assert token.organization is None
    assert token.expires_at is None
    KlarnaPayments("acme", auth=token).close()


@pytest.mark.parametrize("text", ["", " ", "planted secret", "planted\r\nX: y", "plantedü"])
def test_what_cannot_be_a_token_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="access token") as caught:
        AccessToken(text)
    assert "planted" not in str(caught.value)


def test_empty_credentials_are_refused() -> None:
    with pytest.raises(ValueError, match="client_id"):
        ClientCredentials(client_id="")
    with pytest.raises(ValueError, match="client_secret"):
        ClientCredentials(client_id="x", client_secret="")


@pytest.mark.parametrize(
    "secret",
    [
        AccessToken("planted"),
        ClientCredentials(client_id="x", client_secret="planted"),
        PasswordCredentials(client_id="x", username="planted", password="planted", client_secret="planted"),
        RefreshToken(client_id="x", refresh_token="planted"),
        AuthorizationCode(client_id="x", client_secret="planted", code="planted", redirect_uri="https://x"),
        JWTBearer(client_id="x", client_secret="planted", assertion="planted"),
    ],
)
def test_secrets_do_not_pickle_and_are_not_shown(secret: Any) -> None:
    assert "planted" not in repr(secret)
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(secret)


@pytest.mark.parametrize("wrong", [{"client_id": 5}, {"client_id": "x", "scope": ["a"]}, {"client_id": None}])
def test_credentials_are_strings(wrong: Any) -> None:
    with pytest.raises(TypeError, match="must be a string"):
        ClientCredentials(**wrong)
    with pytest.raises(TypeError, match="must be a string"):
        AccessToken(5)  # type: ignore[arg-type]


def test_a_secret_that_is_no_text_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="client_secret is not valid text") as caught:
        ClientCredentials(client_id="x", client_secret="planted\ud800")
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: PasswordCredentials(client_id="x", username="u", password=""), "password is empty"),
        (lambda: RefreshToken(client_id="x", refresh_token=""), "refresh_token is empty"),
        (lambda: AuthorizationCode(client_id="x", code="", redirect_uri="u"), "code is empty"),
        (lambda: ClientCredentials(client_id="x", scope=""), "scope is empty"),
    ],
)
def test_what_a_grant_needs_is_not_empty(make: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        make()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"client_id": ""}, "client_id is empty: pass the client_id of your API credentials"),
        (
            {"client_id": "x", "client_secret": ""},
            "client_secret is empty: pass the client_secret of your API credentials, or None for a sales channel",
        ),
        ({"client_id": "x", "scope": ""}, "scope is empty: pass the scope of your API credentials"),
        ({"client_id": "\ud800"}, "client_id is not valid text: its character 0 is half of a surrogate pair"),
        ({"client_id": 5}, "client_id must be a string, not int: pass that of your API credentials"),
    ],
)
def test_the_words_of_what_is_refused(values: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^{message}$") as caught:
        ClientCredentials(**values)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["planted\n", "planted\r\n", " planted", "planted\t", "pl\0anted", "planted\u00a0"])
@pytest.mark.parametrize("name", ["client_id", "client_secret", "scope", "code", "redirect_uri"])
def test_what_was_read_with_the_end_of_its_line_is_refused_and_not_repeated(name: str, text: str) -> None:
    values = {"client_id": "i", "client_secret": "s", "code": "c", "redirect_uri": "https://x", "scope": "m"}
    make = ClientCredentials if name == "scope" else AuthorizationCode
    unused = {"code", "redirect_uri"} if name == "scope" else {"scope"}
    with pytest.raises(ValueError, match=f"^{name} has a line end, or a blank") as caught:
        make(**{key: value for key, value in (values | {name: text}).items() if key not in unused})
    assert "planted" not in str(caught.value)


def test_a_password_may_have_blanks_but_no_lines() -> None:
    customer = {"client_id": "i", "username": "u@example.com"}
    assert PasswordCredentials(**customer, password=" p ").grant()["password"] == " p "
    with pytest.raises(ValueError, match="password has a line end"):
        PasswordCredentials(**customer, password="planted\n")


def test_the_words_of_the_rest() -> None:
    five: Any = 5
    bad = "the access token is empty or not a bearer token: pass it as the API gave it, without 'Bearer'"
    for call, message in (
        (lambda: AccessToken(five), "the access token must be a string, not int: pass it as the API gave it"),
        (lambda: AccessToken("a b"), bad),
        (lambda: AccessToken(""), bad),
        (
            lambda: pickle.dumps(AccessToken("x")),
            "an AccessToken does not pickle, because it is a secret: pass the token itself if you must",
        ),
        (
            lambda: pickle.dumps(ClientCredentials(client_id="x")),
            "ClientCredentials do not pickle, because they hold a secret: make them anew from your settings",
        ),
        (
            lambda: Credentials(client_id="x"),
            "Credentials are of no grant: use ClientCredentials or another subclass",
        ),
        (lambda: assertion(customer="x", user="y"), "an assertion has one owner: pass customer or user, not both"),
    ):
        with pytest.raises((ValueError, TypeError), match=f"^{message}$"):
            call()


def test_what_a_grant_needs_is_not_none() -> None:
    nothing: Any = None
    with pytest.raises(TypeError, match="client_secret must be a string, not NoneType"):
        JWTBearer(client_id="x", client_secret=nothing, assertion="a")
    with pytest.raises(TypeError, match="of no grant"):
        Credentials(client_id="x")
