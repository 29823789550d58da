"""What the environment may do to the connections of a client: proxies, and certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from commercelayer_klarna import AccessToken, ClientCredentials
from support.kind import Kind
from support.server import Server

PASSWORD = "planted-password"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
def test_this_machine_is_reached_without_a_proxy(
    kind: Kind, server: Server, payment_json: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answer(200, {"data": payment_json})
    assert kind.at(server).retrieve("x").id == "kPmNtAbCdE"


def test_secrets_for_this_machine_do_not_go_through_a_proxy(
    kind: Kind, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.answer(200, {"access_token": "token", "expires_in": 7200})
    server.answer(200, {"data": [], "meta": {"record_count": 0, "page_count": 0}})
    auth = ClientCredentials(client_id="id", client_secret="secret", auth_url=f"{server.url}/oauth/token")
    assert kind.at(server, auth=auth).count() == 0
    assert [request.target.partition("?")[0] for request in server.requests] == [
        "/api/oauth/token", "/api/klarna_payments",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", f"http://user:{PASSWORD}#more@proxy.example:8080"),
        ("HTTPS_PROXY", f"http://user:{PASSWORD}@proxy.example:port"),
        ("HTTPS_PROXY", f"gopher://user:{PASSWORD}@proxy.example"),
        ("ALL_PROXY", f"http://user:{PASSWORD}@[::1"),
        ("NO_PROXY", "fe80::/10"),
        ("SSL_CERT_FILE", "missing.pem"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    kind: Kind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv(name, str(tmp_path / value) if name == "SSL_CERT_FILE" else value)
    if name == "NO_PROXY":
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:8080")
    # The tests share one TLS context otherwise.
    for place in ("httpx", "httpx._transports.default"):
        monkeypatch.setattr(f"{place}.create_ssl_context", httpx._config.create_ssl_context)
    with pytest.raises(ValueError, match=name) as caught:
        kind.client("acme", auth=AccessToken("token"))
    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "address",
    ["http://134744072/api", "http://0x08080808/api", "http://evil\uff0ecom/api", "http://evil\u3002com/api"],
)
def test_plain_http_to_other_spellings_of_public_hosts_is_refused(kind: Kind, address: str) -> None:
    with pytest.raises(ValueError, match="use https"):
        kind.client(base_url=address, auth=AccessToken("token"))
