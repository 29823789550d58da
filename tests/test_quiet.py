"""Planted secrets: none of them may appear in a repr, a log record, an exception's text or a pickle."""

from __future__ import annotations

import gc
import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest

from commercelayer_klarna import ClientCredentials, CommerceLayerError
from commercelayer_klarna.plugins import Event
from commercelayer_klarna.plugins.audit import Audit
from commercelayer_klarna.plugins.journal import Journal
from commercelayer_klarna.plugins.limits import Limits
from support.kind import Kind
from support.plugins import plugin
from support.server import Server

BEARER = "planted-bearer-token"
SECRET = "planted-client-secret"
CLIENT_TOKEN = "planted-client-token"
AUTH_TOKEN = "planted-auth-token"
REFRESH = "planted-refresh-token"
PLANTED = (BEARER, SECRET, CLIENT_TOKEN, AUTH_TOKEN, REFRESH)


def told(text: str | bytes) -> list[str]:
    """The planted secrets that a text gives away."""
    plain = text.decode("latin-1") if isinstance(text, bytes) else text
    return [secret for secret in PLANTED if secret in plain]


def client(kind: Kind, server: Server) -> Any:
    auth = ClientCredentials(client_id="id", client_secret=SECRET, auth_url=server.url.replace("/api", "/oauth/token"))
    server.answer(200, {"access_token": BEARER, "token_type": "bearer", "expires_in": 7200})
    return kind.at(server, auth=auth)


def test_the_test_would_notice() -> None:
    assert told(f"x{BEARER}") == [BEARER]
    assert told(pickle.dumps({"a": AUTH_TOKEN})) == [AUTH_TOKEN]


def test_what_is_read_shows_no_secret(
    kind: Kind, server: Server, payment_json: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    payment_json["attributes"] |= {"client_token": CLIENT_TOKEN, "auth_token": AUTH_TOKEN}
    payment_json["relationships"]["order"] = {"data": {"type": "orders", "id": "o"}}
    order = {"type": "orders", "id": "o", "attributes": {"payment_source_details": {"auth_token": AUTH_TOKEN}}}
    payments = client(kind, server)
    server.answer(200, {"data": payment_json, "included": [order]})
    payment = payments.update("x", auth_token=AUTH_TOKEN, include=["order"])
    assert payment.client_token == CLIENT_TOKEN
    assert payment.auth_token == AUTH_TOKEN
    for each in (payment, payment.order, payments, payments.with_options(timeout=1)):
        assert told(repr(each)) == []
        assert told(str(each)) == []
    assert told(pickle.dumps(payment)) == []
    assert told(pickle.dumps(payment.order)) == []
    assert told(pickle.dumps([payment])) == []
    assert caplog.records
    for record in caplog.records:
        assert told(record.getMessage()) == []
        assert told(repr(record.__dict__)) == []


def test_nothing_that_works_for_a_client_shows_a_secret(
    kind: Kind, server: Server, payment_json: dict[str, Any], tmp_path: Path
) -> None:
    """Debuggers, error reporters and logs of plugins show any object."""
    before = {id(each) for each in gc.get_objects()}
    seen: list[Event] = []
    watching = plugin("x", observers=[seen.append])
    plugins = [Limits(), Audit(tmp_path / "audit"), Journal(tmp_path / "journal"), watching]
    auth = ClientCredentials(client_id="id", client_secret=SECRET, auth_url=server.url.replace("/api", "/oauth/token"))
    payment_json["attributes"] |= {"client_token": CLIENT_TOKEN, "auth_token": AUTH_TOKEN}
    server.answer(200, {"access_token": BEARER, "token_type": "bearer", "expires_in": 7200, "refresh_token": REFRESH})
    server.answer(200, {"data": payment_json})
    payments = kind.at(server, auth=auth, plugins=plugins)
    payment = payments.update("x", auth_token=AUTH_TOKEN)
    made = [each for each in gc.get_objects() if id(each) not in before]
    ours = [each for each in made if str(type(each).__module__).startswith("commercelayer_klarna.")]
    shown = {type(each).__qualname__ for each in ours if told(repr(each))}
    assert payment.auth_token == AUTH_TOKEN
    assert seen
    assert len(ours) > 30
    assert shown == set()


def test_pages_and_events_show_no_secret(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    payment_json["attributes"] |= {"client_token": CLIENT_TOKEN, "auth_token": AUTH_TOKEN}
    payments = client(kind, server)
    server.answer(200, {"data": [payment_json], "meta": {"record_count": 1, "page_count": 1}})
    page = payments.list().first_page()
    assert told(repr(page)) == []
    assert told(pickle.dumps(page)) == []
    event = {
        "id": "1-0",
        "type": "event_stores",
        "attributes": {"event": "update", "payload": {"auth_token": {"from": None, "to": AUTH_TOKEN}}},
    }
    server.answer(200, {"data": [event], "links": {}, "meta": {}})
    payments.count()  # the last list once more
    (found,) = payments.event_stores("x")
    assert found.payload["auth_token"]["to"] == AUTH_TOKEN
    assert told(repr(found)) == []
    assert told(pickle.dumps(found)) == []


@pytest.mark.parametrize("status", [400, 401, 422, 500, 302])
def test_a_server_that_echoes_secrets_is_not_repeated(
    kind: Kind, server: Server, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"you sent {BEARER} and {AUTH_TOKEN}"
    error = {"title": echo, "detail": echo, "code": echo, "status": echo, "meta": {"value": echo}}
    payments = client(kind, server)
    server.answer(status, {"errors": [{**error, "source": {"pointer": echo}}]}, {"X-Request-Id": echo, "X-Echo": echo})
    with pytest.raises(CommerceLayerError) as caught:
        payments.update("x", auth_token=AUTH_TOKEN)
    check(caught.value)
    # httpcore writes the headers of answers at DEBUG; what a server echoes there is not ours to hide.
    ours = [record for record in caplog.records if not record.name.startswith("httpcore")]
    assert [told(record.getMessage()) for record in ours if told(record.getMessage())] == []


def test_a_token_endpoint_that_echoes(kind: Kind, server: Server) -> None:
    auth = ClientCredentials(client_id="id", client_secret=SECRET, auth_url=server.url.replace("/api", "/oauth/token"))
    server.answer(401, {"errors": [{"title": f"no {SECRET}", "detail": f"no {SECRET}"}]})
    with pytest.raises(CommerceLayerError) as caught:
        kind.at(server, auth=auth).count()
    check(caught.value)


def test_a_lost_connection_shows_no_secret(kind: Kind, server: Server) -> None:
    payments = client(kind, server)
    server.answer(200, b"", {"Content-Encoding": "gzip"})
    payments.request("DELETE", "x")
    server.close()
    with pytest.raises(CommerceLayerError) as caught:
        payments.update("x", auth_token=AUTH_TOKEN)
    check(caught.value)
    with pytest.raises(CommerceLayerError) as caught:
        payments.create(order="o", metadata={"auth_token": AUTH_TOKEN})
    check(caught.value)


def check(error: BaseException) -> None:
    for text in (str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error))):
        assert told(text) == []
    assert told(pickle.dumps(error)) == []
