"""The grants that have an owner: customers, users, refresh tokens and assertions."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api


JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SECRET = {"client_secret": "sandbox-secret"}
CHANNEL = {"client_id": "sandbox-sales-channel", "scope": "market:code:europe"}
WEBAPP = {"client_id": "sandbox-webapp", **SECRET}
CUSTOMER = {"username": "customer@example.com", "password": "sandbox-password"}
KEYS = "access_token token_type expires_in refresh_token scope created_at owner_id owner_type"


def claims(token: str) -> Any:
    payload = token.split(".")[1]
    assert not set(payload) & set("-_")
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def assertion(content: object, alg: str = "HS512") -> str:
    parts = ({"alg": alg, "typ": "JWT"}, {"https://commercelayer.io/claims": content})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "bm90IGNoZWNrZWQ"])


def password(api: Api, **changes: str) -> Any:
    return api.oauth(grant_type="password", **{**CHANNEL, **CUSTOMER, **changes})


def test_a_password_gives_the_token_of_a_customer(api: Api) -> None:
    reply = password(api)
    assert reply.status == 200
    assert list(reply.json) == KEYS.split()
    assert reply.json["owner_type"] == "customer"
    assert reply.json["expires_in"] == 14400
    found = claims(reply.json["access_token"])
    assert found["owner"] == {"id": reply.json["owner_id"], "type": "Customer"}
    api.headers["Authorization"] = f"Bearer {reply.json['access_token']}"
    payment = api.payment()
    assert api.get("klarna_payments").codes == ["UNAUTHORIZED"]
    api.headers["Authorization"] = f"Bearer {api.token()}"
    who = api.get(f"klarna_payments/{payment}/event_stores").json["data"][0]["attributes"]["who"]
    assert who["owner"] == found["owner"]


def test_an_authorization_code_gives_the_token_of_a_user(api: Api) -> None:
    uri = "https://example.com/callback"
    asked = {"grant_type": "authorization_code", **WEBAPP, "redirect_uri": uri}
    assert api.oauth(**asked, code="x").json["errors"][0]["title"] == "invalid_grant"
    reply = api.oauth(**asked, code=api.sandbox.authorization_code)
    assert reply.status == 200
    assert list(reply.json) == KEYS.split()
    assert reply.json["owner_type"] == "user"
    assert reply.json["expires_in"] == 7200
    assert reply.json["scope"] == "market:all"
    assert claims(reply.json["access_token"])["application"]["kind"] == "webapp"
    again = api.oauth(**asked, code=api.sandbox.authorization_code)
    assert again.json["errors"][0]["title"] == "invalid_grant"
    code = api.sandbox.new_authorization_code(uri)
    assert api.oauth(**{**asked, "redirect_uri": "https://other"}, code=code).status == 400
    api.clock.now += 600
    assert api.oauth(**asked, code=code).status == 400


def test_a_refresh_token_gives_a_token_once(api: Api) -> None:
    first = password(api).json
    asked = {"grant_type": "refresh_token", "client_id": CHANNEL["client_id"]}
    api.clock.now += 14 * 24 * 3600 - 1
    second = api.oauth(**asked, refresh_token=first["refresh_token"]).json
    assert list(second) == KEYS.split()
    assert second["owner_id"] == first["owner_id"]
    assert second["scope"] == first["scope"]
    # Used up; and not for another client; and not for ever.
    assert api.oauth(**asked, refresh_token=first["refresh_token"]).json["errors"][0]["title"] == "invalid_grant"
    other = api.oauth(grant_type="refresh_token", **WEBAPP, refresh_token=second["refresh_token"])
    assert other.json["errors"][0]["title"] == "invalid_grant"
    api.clock.now += 14 * 24 * 3600
    assert api.oauth(**asked, refresh_token=second["refresh_token"]).status == 400


def test_an_assertion_gives_the_token_of_its_owner(api: Api) -> None:
    owner = {"type": "Customer", "id": password(api).json["owner_id"]}
    asked = {"grant_type": JWT_BEARER, **CHANNEL, **SECRET}
    text = assertion({"owner": owner, "custom_claim": {"a": ">?~\x7f"}})
    reply = api.oauth(**asked, assertion=text)
    assert reply.status == 200
    assert list(reply.json) == KEYS.split()
    found = claims(reply.json["access_token"])
    assert found["owner"] == owner
    assert found["custom_claim"] == {"a": ">?~\x7f"}
    api.headers["Authorization"] = f"Bearer {reply.json['access_token']}"
    assert api.get(f"orders/{api.sandbox.order_ids[0]}").status == 200
    alone = api.oauth(**asked, assertion=assertion({"custom_claim": {"a": 1}}))
    assert "owner_id" not in alone.json
    for bad in (
        "x",
        "a.b.c",
        assertion([]),
        assertion({}),
        assertion({"owner": {"type": "Customer", "id": "nobody"}}),
        assertion({"owner": "x"}),
        assertion({"custom_claim": {"a": "x" * 4096}}),
        assertion({"owner": owner}, alg="none"),
    ):
        assert api.oauth(**asked, assertion=bad).json["errors"][0]["title"] == "invalid_grant", bad


@pytest.mark.parametrize(
    ("values", "status", "word"),
    [
        ({"grant_type": "password", **CHANNEL}, 400, "invalid_request"),
        ({"grant_type": "password", **CHANNEL, **CUSTOMER, "password": "x"}, 400, "invalid_grant"),
        ({"grant_type": "password", **CHANNEL, **CUSTOMER, "scope": "market:1"}, 400, "invalid_scope"),
        ({"grant_type": "password", **CUSTOMER, "client_id": "x"}, 401, "invalid_client"),
        ({"grant_type": "password", **CUSTOMER, **CHANNEL, "client_secret": "x"}, 401, "invalid_client"),
        ({"grant_type": "password", **CUSTOMER, "client_id": "sandbox-integration", **SECRET}, 400, None),
        ({"grant_type": "client_credentials", **WEBAPP}, 400, None),
        ({"grant_type": "authorization_code", **WEBAPP}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "client_id": "sandbox-webapp"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", **WEBAPP}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", **WEBAPP, "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": JWT_BEARER, **CHANNEL}, 401, "invalid_client"),
        ({"grant_type": JWT_BEARER, **CHANNEL, **SECRET}, 400, "invalid_request"),
    ],
)
def test_a_wrong_token_request_is_refused(api: Api, values: dict[str, str], status: int, word: str | None) -> None:
    reply = api.oauth(**values)
    error = reply.json["errors"][0]
    assert reply.status == status
    assert error["status"] == status
    assert error["title"] == word or "unauthorized_client"
    assert ("X-Sandbox-Refused" in reply.headers) == (word is None)


def test_refresh_tokens_are_bounded(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commercelayer_klarna.sandbox.oauth.grants.REMEMBERED", 2)
    tokens = [password(api).json["refresh_token"] for _ in range(3)]
    asked = {"grant_type": "refresh_token", "client_id": CHANNEL["client_id"]}
    assert api.oauth(**asked, refresh_token=tokens[0]).status == 400
    assert api.oauth(**asked, refresh_token=tokens[2]).status == 200
