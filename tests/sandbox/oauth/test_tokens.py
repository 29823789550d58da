"""The token endpoint, the tokens themselves, and what is not accepted as one."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Api


def claims(token: str) -> Any:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_the_answer_has_the_documented_members(api: Api) -> None:
    reply = api.oauth(grant_type="client_credentials", client_id="sandbox-integration", client_secret="sandbox-secret")
    assert list(reply.json) == ["access_token", "token_type", "expires_in", "scope", "created_at"]
    assert reply.json["token_type"] == "bearer"
    assert reply.json["expires_in"] == 7200
    assert reply.json["scope"] == "market:all"
    assert reply.headers["Content-Type"].startswith("application/json")


def test_a_form_is_accepted(api: Api) -> None:
    form = {"grant_type": "client_credentials", "client_id": "sandbox-integration", "client_secret": "sandbox-secret"}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert api.raw("POST", "https://auth.commercelayer.io/oauth/token", headers, urlencode(form).encode()).status == 200


def test_http_basic_is_accepted(api: Api) -> None:
    def ask(credentials: str) -> Any:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {credentials}"}
        return api.raw("POST", "/oauth/token", headers, b"grant_type=client_credentials")

    assert ask(base64.b64encode(b"sandbox-integration:sandbox%2Dsecret").decode()).status == 200
    for wrong in (base64.b64encode(b"sandbox-integration:x").decode(), base64.b64encode(b"\xff:x").decode(), "%"):
        refused = ask(wrong)
        assert refused.status == 401
        assert refused.json["errors"][0]["title"] == "invalid_client"


def test_a_token_has_the_documented_claims(api: Api) -> None:
    for _ in range(20):
        assert not set("-_") & set(api.token().split(".")[1])
        api.clock.now += 7200
    token = api.token()
    found = claims(token)
    assert set(found["organization"]) == {"id", "slug", "enterprise", "region"}
    assert found["organization"]["slug"] == "sandbox"
    assert set(found["application"]) == {"id", "kind", "public", "client_id", "confidential"}
    assert found["application"]["kind"] == "integration"
    assert found["iss"] == "https://auth.commercelayer.io"
    assert found["exp"] - found["iat"] == 7200
    assert found["test"] is True
    assert 0 <= found["rand"] < 1
    assert "market" not in found
    for scope in ("market:code:europe", f"market:id:{api.sandbox.market_id} market:code:europe"):
        token = api.token(client_id="sandbox-sales-channel", scope=scope)
        assert not set("-_") & set(token.split(".")[1])
        assert claims(token)["market"] == {
            "id": [api.sandbox.market_id],
            "stock_location_ids": [],
            "geocoder_id": None,
            "allows_external_prices": False,
        }


@pytest.mark.parametrize("scope", [{}, {"scope": ""}, {"scope": "market:all"}])
def test_a_sales_channel_without_a_market_has_a_token_that_is_good_for_nothing(api: Api, scope: dict[str, str]) -> None:
    reply = api.oauth(grant_type="client_credentials", client_id="sandbox-sales-channel", **scope)
    assert reply.status == 200
    assert reply.json["scope"] == "market:all"
    assert "market" not in claims(reply.json["access_token"])
    order = api.sandbox.order_ids[0]
    assert api.as_sales_channel().get(f"orders/{order}").status == 200
    api.headers["Authorization"] = f"Bearer {reply.json['access_token']}"
    for refused in (api.get(f"orders/{order}"), api.create(order)):
        assert refused.status == 401
        assert refused.codes == ["UNAUTHORIZED"]
        assert refused.headers["X-Sandbox-Refused"].startswith("unknown: ")


def test_the_signature_verifies_with_the_published_key(api: Api) -> None:
    key = api.raw("GET", "/.well-known/jwks.json", {}).json["keys"][0]
    token = api.token()
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert header == {"typ": "JWT", "alg": "RS512", "kid": key["kid"]}
    opened = pow(number(token.split(".")[2]), number(key["e"]), number(key["n"])).to_bytes(256)
    assert opened.startswith(b"\x00\x01\xff")
    assert opened.endswith(hashlib.sha512(token.rpartition(".")[0].encode()).digest())


def test_the_same_token_is_given_until_fifteen_minutes_before_its_end(api: Api) -> None:
    first = api.token()
    api.clock.now += 7200 - 901
    assert api.token() == first
    api.clock.now += 1
    second = api.token()
    assert second != first
    # In the overlap both are valid.
    assert api.get("orders").status == 200
    api.clock.now += 900
    assert api.get("orders").codes == ["INVALID_TOKEN"]


def test_live_mode_is_told_in_tokens_and_resources(new_api: Callable[..., Api]) -> None:
    api = new_api(mode="live")
    assert claims(api.token())["test"] is False
    assert api.get("orders").json["data"][0]["meta"]["mode"] == "live"


@pytest.mark.parametrize(
    ("values", "status", "word"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": 5}, 400, "invalid_request"),
        ({"grant_type": "magic", "client_id": "sandbox-integration"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "x"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "sandbox-integration"}, 401, "invalid_client"),
        (
            {"grant_type": "client_credentials", "client_id": "sandbox-sales-channel", "scope": "market:1"},
            400,
            "invalid_scope",
        ),
    ],
)
def test_wrong_credentials_are_refused(api: Api, values: dict[str, Any], status: int, word: str) -> None:
    reply = api.oauth(**values)
    error = reply.json["errors"][0]
    assert reply.status == status
    assert error["status"] == status
    assert error["title"] == word
    assert set(error) == {"title", "detail", "code", "status", "meta"}
    assert error["code"] == ("UNAUTHORIZED" if word == "invalid_client" else "BAD_REQUEST")


def test_bodies_that_are_none_are_refused(api: Api) -> None:
    for content_type, body in [("text/plain", b"{}"), ("application/json", b"["), ("application/json", b"[]")]:
        assert api.raw("POST", "/oauth/token", {"Content-Type": content_type}, body).status == 400
    assert api.raw("GET", "/oauth/token", {}).status == 405
    assert api.raw("POST", "/.well-known/jwks.json", {}).status == 405


def forged(token: str) -> list[str]:
    header, payload, signature = token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    changed = base64.urlsafe_b64encode(json.dumps({**claims(token), "exp": 9e9}).encode()).rstrip(b"=").decode()
    return [
        f"{header}.{changed}.{signature}",
        f"{none}.{payload}.",
        f"{none}.{payload}.{signature}",
        f"{header}.{payload}.",
        f"{header}.{payload}.{'A' * len(signature)}",
        f"{header}.{payload}",
        token + "=",
        token[:-1],
        "garbage",
        "é.é.é",
        "",
    ]


def test_what_is_no_token_is_refused(api: Api) -> None:
    token = api.headers["Authorization"].removeprefix("Bearer ")
    for header in [*(f"Bearer {bad}" for bad in forged(token)), f"Basic {token}", token]:
        refused = api.raw("GET", "/api/orders", {**api.headers, "Authorization": header})
        assert refused.status == 401, header
        assert refused.codes == ["INVALID_TOKEN"], header
    del api.headers["Authorization"]
    assert api.get("orders").codes == ["INVALID_TOKEN"]


def test_a_token_of_another_organization_is_worth_nothing(api: Api, new_api: Callable[..., Api]) -> None:
    api.headers["Authorization"] = new_api(organization="other").headers["Authorization"]
    assert api.get("orders").codes == ["INVALID_TOKEN"]


def test_a_revoked_token_is_worth_nothing(api: Api) -> None:
    token = api.headers["Authorization"].removeprefix("Bearer ")
    client = {"client_id": "sandbox-integration", "client_secret": "sandbox-secret"}
    refused = api.oauth("/oauth/revoke", token=token, client_id="sandbox-integration", client_secret="x")
    assert refused.status == 403
    assert refused.codes == ["FORBIDDEN"]
    assert refused.json["errors"][0]["title"] == "unauthorized_client"
    assert refused.json["errors"][0]["detail"] == "You are not authorized to revoke this token"
    assert api.oauth("/oauth/revoke", token=token, client_id="sandbox-sales-channel").status == 403
    assert api.get("orders").status == 200
    revoked = api.oauth("/oauth/revoke", token=token, **client)
    assert revoked.status == 200
    assert revoked.json == {}
    answer = api.get("orders").json["errors"][0]
    assert answer == {
        "title": "Invalid token",
        "detail": "The access token you provided is invalid.",
        "code": "INVALID_TOKEN",
        "status": "401",
    }
    assert api.token() != token
    assert api.oauth("/oauth/revoke", token="unknown", **client).status == 200


def test_a_reason_cannot_add_headers(api: Api) -> None:
    client = {"grant_type": "client_credentials", "client_id": "sandbox-sales-channel"}
    refused = api.oauth(**client, scope="store:id:x\r\nX-More: \u20ac")
    assert refused.headers["X-Sandbox-Refused"] == "not modelled: the scope store:id:x??X-More: ?"
