"""Tokens: fetched once, kept, renewed; against the sandbox's token endpoint and against prepared answers."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from commercelayer_klarna import (
    AccessToken,
    APIConnectionError,
    APITimeoutError,
    AsyncKlarnaPayments,
    AuthenticationError,
    ClientCredentials,
    KlarnaPayments,
    TokenError,
)
from commercelayer_klarna.auth import auth_flow
from commercelayer_klarna.chain import drive
from commercelayer_klarna.plugins.types import Call, Request, Response
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.server import SandboxServer

CREDENTIALS = {"client_id": "sandbox-integration", "client_secret": "sandbox-secret"}
EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}


def jwt(**claims: Any) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({}, claims)]
    return ".".join([*parts, "signature"])


def token(value: str, expires_in: float = 7200) -> dict[str, Any]:
    return {"access_token": value, "token_type": "bearer", "expires_in": expires_in}


def at(kind: Any, server: Any, **credentials: Any) -> Any:
    auth = ClientCredentials(client_id="id", auth_url=server.url.replace("/api", "/oauth/token"), **credentials)
    return kind.at(server, auth=auth)


def test_what_the_token_endpoint_is_asked(kind: Any, server: Any) -> None:
    server.answer(200, token("one"))
    server.answer(200, EMPTY)
    payments = at(kind, server, client_secret="planted", scope="market:id:x")
    payments.count()
    payments.count()
    asked, first, second = server.requests
    assert (asked.method, asked.target) == ("POST", "/oauth/token")
    assert asked.headers["content-type"] == asked.headers["accept"] == "application/json"
    assert asked.json == {
        "grant_type": "client_credentials",
        "client_id": "id",
        "client_secret": "planted",
        "scope": "market:id:x",
    }
    assert first.headers["authorization"] == second.headers["authorization"] == "Bearer one"


def test_a_token_that_is_refused_is_renewed_once(kind: Any, server: Any) -> None:
    refusal = {"errors": [{"title": "Invalid token", "code": "INVALID_TOKEN", "status": "401"}]}
    server.answer(200, token("one"))
    server.answer(401, refusal)
    server.answer(200, token("two"))
    server.answer(200, EMPTY)
    assert at(kind, server).count() == 0
    assert [request.headers.get("authorization") for request in server.requests] == [
        None, "Bearer one", None, "Bearer two",
    ]  # fmt: skip


def test_a_second_refusal_is_raised(kind: Any, server: Any) -> None:
    refusal = {"errors": [{"title": "Invalid token", "code": "INVALID_TOKEN", "status": "401"}]}
    for answer in ((200, token("one")), (401, refusal), (200, token("two")), (401, refusal)):
        server.answer(*answer)
    with pytest.raises(AuthenticationError) as caught:
        at(kind, server).count()
    assert caught.value.attempts == 2
    assert len(server.requests) == 4


def test_missing_permission_renews_nothing(kind: Any, server: Any) -> None:
    server.answer(200, token("one"))
    server.answer(401, {"errors": [{"title": "Access denied", "code": "UNAUTHORIZED", "status": "401"}]})
    with pytest.raises(AuthenticationError):
        at(kind, server).count()
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, {"errors": [{"title": "invalid_client", "code": "UNAUTHORIZED", "status": 401}]}, "invalid_client"),
        (429, {"errors": {"title": "rate", "status": 429}}, "rate"),
        (500, b"<html>", None),
        (200, {"access_token": "x"}, None),
        (200, {"access_token": 5, "expires_in": 1}, None),
        (200, token("a\nb"), None),
        (200, b"[]", None),
    ],
)
def test_no_token(kind: Any, server: Any, status: int, body: Any, code: str | None) -> None:
    server.answer(status, body)
    with pytest.raises(TokenError) as caught:
        at(kind, server, client_secret="planted-secret").count()
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert len(server.requests) == 1
    assert "planted" not in str(caught.value)


def test_an_unreachable_token_endpoint_means_nothing_was_sent(kind: Any, server: Any) -> None:
    # Even when the request for the token itself may have arrived.
    auth = ClientCredentials(client_id="id", auth_url="http://127.0.0.1:9/oauth/token")
    with pytest.raises(APIConnectionError) as caught:
        kind.at(server, auth=auth).create(order="oRd")
    assert caught.value.sent is False


def test_the_official_flow_on_the_sandbox(kind: Any) -> None:
    with SandboxServer(Sandbox()) as server:
        auth = ClientCredentials(**CREDENTIALS, auth_url=server.auth_url)
        payments = kind.client(base_url=server.url, auth=auth)
        assert payments.count() == 0
        wrong = ClientCredentials(client_id="sandbox-integration", client_secret="no", auth_url=server.auth_url)
        with pytest.raises(TokenError) as caught:
            kind.client(base_url=server.url, auth=wrong).count()
        assert caught.value.code == "invalid_client"
        with pytest.raises(AuthenticationError):
            kind.client(base_url=server.url, auth=AccessToken("garbage")).count()


def test_threads_share_one_request_for_a_token(server: Any) -> None:
    server.answer(200, token("one"))
    server.answer(200, EMPTY)
    auth = ClientCredentials(client_id="id", auth_url=server.url.replace("/api", "/oauth/token"))
    with KlarnaPayments(base_url=server.url, auth=auth) as payments:
        threads = [threading.Thread(target=payments.count) for _ in range(16)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert sum(request.target.startswith("/oauth") for request in server.requests) == 1
    assert len(server.requests) == 17


def test_tasks_share_one_request_for_a_token(server: Any) -> None:
    server.answer(200, token("one"))
    server.answer(200, EMPTY)

    async def many() -> None:
        auth = ClientCredentials(client_id="id", auth_url=server.url.replace("/api", "/oauth/token"))
        async with AsyncKlarnaPayments(base_url=server.url, auth=auth) as payments:
            await asyncio.gather(*(payments.count() for _ in range(16)))

    asyncio.run(many())
    assert sum(request.target.startswith("/oauth") for request in server.requests) == 1
    assert len(server.requests) == 17


@pytest.mark.parametrize(("lifetime", "kept_for"), [(7200, 6600), (900, 300), (600, 570), (100, 90), (0, 0)])
def test_a_token_is_kept_until_shortly_before_it_expires(lifetime: float, kept_for: float) -> None:
    now, fetched = 0.0, 0

    def perform(effect: Any) -> Any:
        nonlocal fetched
        if type(effect).__name__ == "Exclusive":
            return drive(effect.flow(), perform)
        fetched += effect.direct
        return Response(200, {}, json.dumps(token(f"t{fetched}", lifetime)).encode() if effect.direct else b"")

    provider = auth_flow(ClientCredentials(client_id="id"), "https://auth.example/oauth/token", clock=lambda: now)

    def call() -> None:
        drive(provider(Request("GET", "https://x.example/api", {}, b"", Call("test"))), perform)

    call()
    now = kept_for - 1.0
    if kept_for:
        call()
        assert fetched == 1
    now = kept_for + 1.0
    call()
    assert fetched == 2


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


@pytest.mark.parametrize("secret", [AccessToken("planted"), ClientCredentials(client_id="x", client_secret="planted")])
def test_secrets_do_not_pickle_and_are_not_shown(secret: Any) -> None:
    assert "planted" not in repr(secret)
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(secret)


def test_the_deadline_bounds_the_wait_for_another_callers_token(kind: Any) -> None:
    # A token endpoint that never answers; the second caller waits for the first one's request.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        auth = ClientCredentials(client_id="id", auth_url=url)
        payments = kind.client(base_url=url, auth=auth, timeout=0.6, retry=None)
        if kind.name == "sync":
            outcomes: list[BaseException] = []

            def count() -> None:
                try:
                    payments.count()
                except APIConnectionError as error:
                    outcomes.append(error)

            first = threading.Thread(target=count)
            first.start()
            time.sleep(0.1)
            with pytest.raises(APITimeoutError, match="before another call had fetched a token") as caught:
                payments.with_options(deadline=0.1).count()
            first.join()
            assert len(outcomes) == 1
        else:

            async def both() -> Any:
                client = payments._client
                first = asyncio.create_task(client.count())
                await asyncio.sleep(0.1)
                with pytest.raises(APITimeoutError, match="before another call had fetched a token") as caught:
                    await client.with_options(deadline=0.1).count()
                with pytest.raises(APIConnectionError):
                    await first
                return caught

            caught = kind.runner.run(both())
        assert caught.value.sent is False
        payments.close()


@pytest.mark.parametrize("wrong", [{"client_id": 5}, {"client_id": "x", "scope": ["a"]}, {"client_id": None}])
def test_credentials_are_strings(wrong: Any) -> None:
    with pytest.raises(TypeError, match="must be a string"):
        ClientCredentials(**wrong)
    with pytest.raises(TypeError, match="must be a string"):
        AccessToken(5)  # type: ignore[arg-type]
