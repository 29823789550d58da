"""What the environment may do to the connections of a client: proxies, and certificates."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import truststore

from commercelayer_klarna import AccessToken, ClientCredentials
from commercelayer_klarna._http.proxies import certificates
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
    ("entries", "host", "is_direct"),
    [
        ("fe80::/10,[2001:db8::5], fd07:b51a::/64", "2001:db8::5", True),
        ("2001:db8::/32", "2001:db8:1::7", True),
        ("2001:db8::/32", "2001:db9::7", False),
        ("198.18.0.0/15", "198.19.3.4", True),
        ("8.8.0.0/16", "8.8.4.4", True),
        ("8.8.0.0/16", "8.9.4.4", False),
        ("*", "acme.example", True),
        (".example", "acme.example", True),
        ("acme.example", "acme.example", True),
        ("other.example", "acme.example", False),
        ("", "acme.example", False),
        ("", "127.0.0.1", True),
        ("", "fd00::1", True),
        ("", "api.internal", True),
    ],
)
def test_who_is_reached_without_a_proxy(
    kind: Kind, monkeypatch: pytest.MonkeyPatch, entries: str, host: str, is_direct: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:8080")
    monkeypatch.setenv("NO_PROXY", entries)
    address = f"https://[{host}]/api" if ":" in host else f"https://{host}/api"
    payments = kind.at(address)
    client = payments._session.connections.client
    assert (client._transport_for_url(httpx.URL(address)) is client._transport) is is_direct


def test_certificates_of_the_system_are_used_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert type(certificates()) is truststore.SSLContext
    monkeypatch.setitem(sys.modules, "truststore", None)
    assert type(certificates()) is ssl.SSLContext


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", f"http://user:{PASSWORD}#more@proxy.example:8080"),
        ("HTTPS_PROXY", f"http://user:{PASSWORD}@proxy.example:port"),
        ("HTTPS_PROXY", f"gopher://user:{PASSWORD}@proxy.example"),
        ("ALL_PROXY", f"http://user:{PASSWORD}@[::1"),
        ("NO_PROXY", "[::1]:80:80"),
        ("SSL_CERT_FILE", "missing.pem"),
        ("SSLKEYLOGFILE", "missing/keys.log"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    kind: Kind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv(name, str(tmp_path / value) if name.startswith("SSL") else value)
    monkeypatch.setitem(sys.modules, "truststore", None)
    # The tests share one TLS context otherwise.
    monkeypatch.setattr("httpx._transports.default.create_ssl_context", httpx.create_ssl_context)
    monkeypatch.setattr("commercelayer_klarna._http.pool.certificates", certificates)
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
