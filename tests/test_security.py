"""What nobody may do: break out of a place on the wire, send tokens elsewhere, do without TLS, read a frame."""

from __future__ import annotations

import inspect
import json
import os
import pickle
import socket
import ssl
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commercelayer_klarna import (
    AccessToken,
    AmbiguousWriteError,
    APIConnectionError,
    APIStatusError,
    AsyncKlarnaPayments,
    ClientCredentials,
    CommerceLayerError,
    KlarnaPayments,
    NotIncludedError,
    ResponseFormatError,
    TokenError,
)
from commercelayer_klarna._http.proxies import certificates
from commercelayer_klarna._redaction import forget_locals
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from commercelayer_klarna_api.api.klarna_payments import retrieve_klarna_payment, update_klarna_payment
from commercelayer_klarna_api.models import (
    KlarnaPaymentUpdate,
    KlarnaPaymentUpdateAttributes,
    KlarnaPaymentUpdateDocument,
)
from support.kind import Kind
from support.plugins import plugin
from support.tls import CERTIFICATE
from support.virtual_time import INSTANT

EXAMPLES = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 60
many = settings(
    deadline=None, max_examples=EXAMPLES, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# What might break out of its place: line ends of all kinds, NUL, separators, plain, encoded, and as letters that fold.
NASTY = (
    "\r", "\n", "\r\n", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", " ", "\t", "/", "\\", "..", ".",
    "%", "%0d%0a", "%2e%2e", "%2F", "%00", "%25", "?", "#", "&", "=", "[", "]", ";", ",", ":", "@", "//", "+", "\uff0f",
    "\u2215", "\uff0e\uff0e", "\u212a", "\u0130", "\ud800", "\udfff", "\ufeff", "\u202e", "X-Evil: 1",
    "GET / HTTP/1.1", "e\u0301",
)  # fmt: skip
nasty = st.lists(st.sampled_from(NASTY) | st.characters(exclude_categories=()), max_size=8).map("".join)


class Wire:
    """Takes connections, keeps the bytes of each request as they came, and gives one answer to all."""

    def __init__(self, answer: bytes = b'{"data": null, "links": {}}', status: str = "200 OK", head: str = "") -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        head = f"Content-Type: application/vnd.api+json\r\n{head}Content-Length: {len(answer)}"
        self._answer = f"HTTP/1.1 {status}\r\n{head}\r\n\r\n".encode() + answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.host}/api"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        kept = b""
        try:
            while more := connection.recv(65536):
                kept += more
                head, end, body = kept.partition(b"\r\n\r\n")
                length = int(
                    (b"\r\n" + head.lower()).partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0] or b"0"
                )
                if end and len(body) >= length:
                    self.requests.append(kept)
                    kept = b""
                    connection.sendall(self._answer)
        except OSError:
            return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()  # or a connection that it takes just now stays open
        for each in self._open:
            each.close() if each.fileno() < 0 else (each.shutdown(socket.SHUT_RDWR), each.close())
        for each in self._threads[1:]:
            each.join()


@pytest.fixture
def wires() -> Iterator[Callable[..., Wire]]:
    made: list[Wire] = []

    def make(*arguments: Any, **named: Any) -> Wire:
        made.append(Wire(*arguments, **named))
        return made[-1]

    yield make
    for each in made:
        each.close()


# ---- Nothing breaks out of its place ---------------------------------------------------------------------------------

USUAL = {b"host", b"accept", b"accept-encoding", b"connection", b"user-agent", b"authorization"}


def one_request(wire: Wire, *more: bytes) -> tuple[str, str, dict[bytes, bytes], bytes]:
    """Method, target, headers and body of the one request that came, taken apart by hand."""
    (raw,) = wire.requests
    wire.requests.clear()
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    method, target, version = first.split(b" ")
    assert version == b"HTTP/1.1"
    assert all(32 < each < 127 for each in target)
    headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines)}
    assert len(headers) == len(lines)
    content = {b"content-type", b"content-length"} if body or b"content-length" in headers else {b"content-type"}
    assert headers.keys() <= USUAL | content | set(more)
    assert headers[b"host"] == wire.host.encode()
    assert headers[b"authorization"] == b"Bearer token"
    assert not any(each in value for value in headers.values() for each in (b"\r", b"\n", b"\0"))
    return method.decode(), target.decode(), headers, body


@pytest.fixture
def wired(kind: Kind, wires: Any) -> tuple[Any, Wire]:
    wire = wires()
    return kind.client(base_url=wire.url, auth=AccessToken("token"), retry=None), wire


def attempted(wire: Wire, call: Callable[[], Any]) -> bool:
    """Whether the call was sent, rather than refused with nothing sent."""
    try:
        call()
    except CommerceLayerError:
        return True
    except (ValueError, TypeError):
        assert wire.requests == []
        return False
    return True


@many
@given(nasty)
def test_an_id_stays_one_segment(wired: Any, identifier: str) -> None:
    payments, wire = wired
    ways: tuple[tuple[Callable[[], Any], str], ...] = (
        (lambda: payments.retrieve(identifier), "/api/klarna_payments/{}"),
        (lambda: payments.update(identifier, reference="x"), "/api/klarna_payments/{}"),
        (lambda: payments.delete(identifier), "/api/klarna_payments/{}"),
        (lambda: payments.order(identifier), "/api/klarna_payments/{}/order"),
        (lambda: payments.event_stores(identifier).first_page(), "/api/klarna_payments/{}/event_stores"),
        (lambda: payments.list_for_gateway(identifier).first_page(), "/api/klarna_gateways/{}/klarna_payments"),
    )
    for call, form in ways:
        if attempted(wire, call):
            _, target, _, _ = one_request(wire)
            segments, wanted = target.partition("?")[0].split("/"), form.split("/")
            assert len(segments) == len(wanted)
            for segment, each in zip(segments, wanted, strict=True):
                assert unquote(segment, errors="strict") == (identifier if each == "{}" else each)


@many
@given(nasty)
def test_any_path_stays_below_the_api(wired: Any, path: str) -> None:
    payments, wire = wired
    for each in (path, f"orders/{path}", f"//{path}", f"http://{path}"):
        if attempted(wire, lambda each=each: payments.request("GET", each)):
            _, target, _, _ = one_request(wire)
            assert target.startswith("/api/")
            assert not {".", ".."} & set(unquote(target).split("/"))


@many
@given(st.dictionaries(nasty, nasty, max_size=3))
def test_parameters_stay_parameters(wired: Any, params: dict[str, str]) -> None:
    payments, wire = wired
    if attempted(wire, lambda: payments.request("GET", "orders", params=params)):
        _, target, _, _ = one_request(wire)
        path, _, query = target.partition("?")
        assert path == "/api/orders"
        assert dict(parse_qsl(query, keep_blank_values=True, errors="strict")) == params


@many
@given(nasty, nasty)
def test_headers_stay_headers(wired: Any, name: str, value: str) -> None:
    payments, wire = wired
    for each_name, each_value in ((name, "v"), ("X-Mine", value), (name, value)):
        if attempted(wire, lambda n=each_name, v=each_value: payments.with_options(headers={n: v}).count()):
            _, _, headers, _ = one_request(wire, each_name.lower().encode())
            assert headers[each_name.lower().encode()].decode() == each_value.strip()


@many
@given(nasty, nasty)
def test_a_body_stays_a_body(wired: Any, text: str, key: str) -> None:
    payments, wire = wired
    if attempted(wire, lambda: payments.update("x", auth_token=text, metadata={key: text})):
        _, target, headers, body = one_request(wire)
        assert target == "/api/klarna_payments/x"
        assert int(headers[b"content-length"]) == len(body)
        attributes = json.loads(body)["data"]["attributes"]
        assert attributes["auth_token"] == text
        assert attributes["metadata"] == {key: text}


@many
@given(nasty)
def test_a_token_stays_a_token(text: str) -> None:
    with suppress(ValueError):
        assert all(32 < ord(each) < 127 for each in AccessToken(text).token)


@many
@given(organization=nasty, domain=nasty)
@example(organization="ACME", domain="CommerceLayer.IO:0443")
@example(organization="acme", domain="a.b:8443")
def test_the_host_is_what_was_meant(organization: str, domain: str) -> None:
    # An organization or a domain with more in it than its letters would send the token to another host.
    for each_organization, each_domain in ((organization, "commercelayer.io"), ("acme", domain)):
        try:
            with KlarnaPayments(each_organization, auth=AccessToken("token"), domain=each_domain) as payments:
                url = urlsplit(payments.base_url)
        except (ValueError, TypeError):
            continue
        assert url.scheme == "https"
        name, _, port = each_domain.partition(":")
        assert url.hostname == f"{each_organization}.{name}".lower()
        assert url.port == (None if int(port or 443) == 443 else int(port))
        assert url.netloc in {url.hostname, f"{url.hostname}:{url.port}"}
        assert url.path == "/api"
        assert url.query == ""
        assert url.fragment == ""
        assert url.username is None


# ---- Tokens go nowhere else ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Again", "308 For Ever", "300 Many"])
def test_no_redirect_is_followed(kind: Kind, wires: Any, status: str) -> None:
    elsewhere = wires()
    wire = wires(b"", status, f"Location: {elsewhere.url}/klarna_payments\r\n")
    payments = kind.client(base_url=wire.url, auth=AccessToken("token"), retry=None, timing=INSTANT)
    for call in (lambda: payments.retrieve("x"), lambda: payments.create(order="x"), lambda: payments.delete("x")):
        with pytest.raises((APIStatusError, AmbiguousWriteError), match="redirects are not followed"):
            call()
    # Nor from the token endpoint, with the client secret.
    secret = ClientCredentials(client_id="x", client_secret="planted", auth_url=wire.url)
    with pytest.raises(CommerceLayerError):
        kind.client(base_url=wire.url, auth=secret, retry=None).count()
    sent = [request.partition(b" HTTP")[0] for request in wire.requests]
    assert sent.count(b"POST /api/klarna_payments") == 1  # and then it is looked for
    assert sent.count(b"DELETE /api/klarna_payments/x") == 1
    assert elsewhere.connections == 0


def test_no_link_is_followed(kind: Kind, wires: Any, payment_json: dict[str, Any]) -> None:
    elsewhere = wires()
    links = dict.fromkeys(("next", "last", "self"), f"{elsewhere.url}/klarna_payments?page[number]=2&page[after]=c")
    payment_json["links"] = links
    for relationship in payment_json["relationships"].values():
        relationship["links"] = {"self": elsewhere.url, "related": elsewhere.url}
    body = json.dumps({"data": [payment_json], "links": links, "meta": {"page_count": 2, "record_count": 2}}).encode()
    wire = wires(body)
    payments = kind.client(base_url=wire.url, auth=AccessToken("token"))
    with pytest.raises(ResponseFormatError, match="page 2 of 2 has a link to a next one"):
        list(payments.list())
    event = {"type": "event_stores", "id": "1-0", "attributes": {}}
    cursors = wires(json.dumps({"data": [event], "links": {"next": links["next"]}}).encode())
    payments = kind.client(base_url=cursors.url, auth=AccessToken("token"))
    with pytest.raises(ResponseFormatError, match="circle"):
        list(payments.event_stores("x"))
    for each in (wire, cursors):
        assert len(each.requests) >= 2
        assert all(b"Host: " + each.host.encode() in raw for raw in each.requests)
    one = wires(json.dumps({"data": payment_json}).encode(), "201 Created", f"Location: {elsewhere.url}/x\r\n")
    payment = kind.client(base_url=one.url, auth=AccessToken("token")).create(order="x")
    with pytest.raises(NotIncludedError):
        _ = payment.order.number
    assert len(one.requests) == 1
    assert elsewhere.connections == 0


def test_the_token_endpoint_cannot_move_the_api(kind: Kind, wires: Any) -> None:
    # A token's claims name an organization and an issuer; neither moves a client that knows its address.
    elsewhere = wires()
    answer = {"access_token": "a.b.c", "expires_in": 7200, "iss": elsewhere.url, "api": elsewhere.url}
    auth = wires(json.dumps(answer).encode())
    wire = wires()
    credentials = ClientCredentials(client_id="x", client_secret="planted", auth_url=auth.url)
    with pytest.raises(CommerceLayerError):
        kind.client(base_url=wire.url, auth=credentials).retrieve("x")
    assert len(auth.requests) == 1
    assert len(wire.requests) == 1
    assert elsewhere.connections == 0
    assert b"planted" not in wire.requests[0]
    assert b"Bearer" not in auth.requests[0]


def test_nothing_from_netrc_or_from_an_address(
    kind: Kind, wires: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login evil password evil\n")
    monkeypatch.setenv("NETRC", str(netrc))
    wire = wires()
    with pytest.raises(CommerceLayerError):
        kind.client(base_url=wire.url, auth=AccessToken("token")).retrieve("x")
    assert one_request(wire)[2][b"authorization"] == b"Bearer token"
    with pytest.raises(ValueError, match="without user"):
        kind.client(base_url="https://user:planted@host/api", auth=AccessToken("token"))


# ---- TLS -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[bytes]]]:
    """A server whose certificate nobody has signed, and what it was told."""
    monkeypatch.setattr("httpx._transports.default.create_ssl_context", httpx.create_ssl_context)  # as users have it
    monkeypatch.setattr("commercelayer_klarna._http.pool.certificates", certificates)
    (tmp_path / "both.pem").write_text(CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    told: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    with context.wrap_socket(connection, server_side=True) as wrapped:
                        told.append(wrapped.recv(65536))
                        wrapped.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"data": null}')
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}/api", told
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_a_certificate_that_nobody_signed_is_refused(kind: Kind, tls: Any) -> None:
    url, told = tls
    credentials = ClientCredentials(client_id="x", client_secret="planted", auth_url=url)
    for auth in (AccessToken("token"), credentials):
        payments = kind.client(base_url=url, auth=auth, retry=None)
        with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            payments.create(order="x")
        assert caught.value.sent is False
    assert told == []


def test_one_that_the_caller_trusts_is_taken(kind: Kind, tls: Any, tmp_path: Path) -> None:
    # So the one above is refused for its signature, and for nothing else.
    url, told = tls
    context = ssl.create_default_context(cadata=CERTIFICATE.partition("-----BEGIN PRIVATE")[0])
    client = kind.http_client(verify=context)
    with pytest.raises(ResponseFormatError):
        kind.client(base_url=url, auth=AccessToken("token"), retry=None, http_client=client).retrieve("x")
    assert b"Bearer token" in told[0]


def test_there_is_no_option_that_turns_it_off() -> None:
    for made in (KlarnaPayments, AsyncKlarnaPayments, KlarnaPayments.with_options):
        names = set(inspect.signature(made).parameters)
        assert not names & {"verify", "cert", "trust_env", "ssl", "insecure", "follow_redirects", "transport"}


@pytest.mark.parametrize("variable", ["PYTHONHTTPSVERIFY", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_nor_a_variable_of_other_clients(kind: Kind, tls: Any, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "0" if variable == "PYTHONHTTPSVERIFY" else "")
    with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        kind.client(base_url=tls[0], auth=AccessToken("token"), retry=None).retrieve("x")
    assert tls[1] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.commercelayer.io/api", "http://example.com", "http://93.184.216.34/api", "http://[2606:2800::1]/api",
        "http://[2002:808:808::1]/api", "http://[2001::808:808]/api", "http://[64:ff9b::808:808]/api",
        "http://[64:ff9b:1::808:808]/api", "http://[::ffff:8.8.8.8]/api", "http://010.8.8.8/api", "http://8.8.2056/api",
    ],
)  # fmt: skip
def test_no_token_goes_over_the_open_net_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match="base_url would send tokens in the clear: use https"):
        KlarnaPayments(base_url=url, auth=AccessToken("token"))
    with pytest.raises(ValueError, match="auth_url would send tokens in the clear: use https"):
        KlarnaPayments("acme", auth=ClientCredentials(client_id="x", auth_url=url))


@pytest.mark.parametrize(
    "host",
    [
        "localhost:1", "127.0.0.1", "[::1]:81", "10.0.0.8", "192.168.1.9", "172.31.0.1", "169.254.1.1", "0.0.0.0:81",
        "[fd00::1]", "[fe80::1]", "[::ffff:127.0.0.1]", "sandbox", "klarna.localhost", "a.internal",
    ],
)  # fmt: skip
def test_but_it_does_on_ones_own(host: str) -> None:
    with KlarnaPayments(base_url=f"http://{host}/api", auth=AccessToken("token")) as payments:
        assert payments.base_url == f"http://{host}/api"


# ---- Secrets in tracebacks -------------------------------------------------------------------------------------------

BEARER = "planted-bearer-token"
SECRET = "planted-client-secret"
CLIENT_TOKEN = "planted-client-token"
AUTH_TOKEN = "planted-auth-token"
REFRESH = "planted-refresh-token"


def locals_of(error: BaseException) -> str:
    """What tools that report errors write down: every frame with its local variables."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def kept_quiet(call: Callable[[], Any]) -> BaseException:
    with pytest.raises((CommerceLayerError, ValueError, TypeError)) as caught:
        call()
    assert_quiet(caught.value)
    assert b"planted" not in pickle.dumps(caught.value)
    return caught.value


def assert_quiet(error: BaseException) -> None:
    text = locals_of(error)
    assert "planted" not in text, text
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        each = todo.pop()
        if each is None or each in seen:
            continue
        seen.append(each)
        todo += [each.__cause__, each.__context__]
        # What errors of parsers, of codecs and of httpx carry.
        carried = [each.args, getattr(each, "doc", None), getattr(each, "object", None)]
        request = getattr(each, "_request", None)
        if request is not None:
            carried += [request.headers.raw, request.content]
        assert "planted" not in repr(carried), carried


def bare(kind: Kind, url: str | None, auth: Any) -> Any:
    """A client without the face that tests give the async one: its frames have arguments in them."""
    where = {"base_url": url} if url else {"organization": "acme"}
    client = kind.client(**where, auth=auth, retry=None, timing=INSTANT)  # a create that is lost is looked for at once
    return client if kind.name == "sync" else client._client


def update(kind: Kind, payments: Any) -> Any:
    return ran(kind, lambda: payments.update("x", auth_token=AUTH_TOKEN))


def create(kind: Kind, payments: Any) -> Any:
    return ran(kind, lambda: payments.create(order="x"))


def escape_hatch(kind: Kind, payments: Any) -> Any:
    document = {"data": {"attributes": {"auth_token": AUTH_TOKEN}}}
    held = [document]
    del document
    return ran(kind, lambda: payments.request("PATCH", "x/y", json=held.pop()))


def ran(kind: Kind, call: Callable[[], Any]) -> Any:
    return kind.now(call())


PAYMENT = {"type": "klarna_payments", "id": "x", "attributes": {"client_token": CLIENT_TOKEN, "auth_token": AUTH_TOKEN}}
BODIES = {
    "not json": b'{"client_token": "planted-client-token"',
    "a list": json.dumps({"data": [PAYMENT]}).encode(),
    "another type": json.dumps({"data": {**PAYMENT, "type": "orders"}}).encode(),
    "no id": json.dumps({"data": {**PAYMENT, "id": None}}).encode(),
    "bad included": json.dumps({"data": None, "included": [{"client_token": CLIENT_TOKEN}]}).encode(),
}


@pytest.mark.parametrize("call", [update, create])
@pytest.mark.parametrize("name", BODIES)
def test_an_answer_that_cannot_be_read(kind: Kind, wires: Any, call: Any, name: str) -> None:
    payments = bare(kind, wires(BODIES[name]).url, AccessToken(BEARER))
    assert isinstance(kept_quiet(lambda: call(kind, payments)), CommerceLayerError)


@pytest.mark.parametrize("call", [update, create, escape_hatch])
@pytest.mark.parametrize(
    "head",
    [
        b"", b"HTTP/1.1 2", b"\x00garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Echo: planted-bearer-token\r\nno",
        b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"client_token": "planted-client-token"',
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nplanted",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nplanted", b"reset",
    ],
)  # fmt: skip
def test_a_connection_that_breaks_shows_no_secret(kind: Kind, call: Any, head: bytes) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.recv(65536)
            if head == b"reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            else:
                connection.sendall(head)
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    try:
        auth = ClientCredentials(client_id="x", client_secret=SECRET, auth_url=url)
        for each in (AccessToken(BEARER), auth):
            payments = bare(kind, url, each)
            assert isinstance(kept_quiet(lambda payments=payments: call(kind, payments)), CommerceLayerError)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": BEARER},
        {"access_token": BEARER, "expires_in": [BEARER], "refresh_token": REFRESH},
        {"access_token": "planted\nbearer", "expires_in": 1},
        {"access_token": BEARER, "expires_in": 7200, "refresh_token": REFRESH},
    ],
)
def test_tokens_in_answers_of_the_token_endpoint(kind: Kind, wires: Any, answer: Any) -> None:
    wire, refusing = wires(json.dumps(answer).encode()), wires(b"{}", "422 No")
    auth = ClientCredentials(client_id="x", client_secret=SECRET, auth_url=wire.url)
    payments = bare(kind, refusing.url, auth)
    kept_quiet(lambda: update(kind, payments))


@pytest.mark.parametrize("status", ["400 Bad", "401 No", "422 No", "500 Oh"])
def test_a_refusal_shows_no_secret(kind: Kind, wires: Any, status: str) -> None:
    body = json.dumps({"errors": [{"detail": AUTH_TOKEN, "meta": {"client_token": CLIENT_TOKEN}}]}).encode()
    wire = wires(body, status, f"X-Echo: {BEARER}\r\n")
    payments = bare(kind, wire.url, AccessToken(BEARER))
    kept_quiet(lambda: update(kind, payments))


@pytest.mark.parametrize(
    "call",
    [
        lambda each: each.update("", auth_token=AUTH_TOKEN),
        lambda each: each.update("x", auth_token=AUTH_TOKEN.encode()),
        lambda each: each.update("x", auth_token=AUTH_TOKEN, metadata={1: 2}),
        lambda each: each.request("PATCH", "..", json={"auth_token": AUTH_TOKEN}),
        lambda each: each.update("x", auth_token=AUTH_TOKEN + "\ud800"),
        lambda each: each.request("PATCH", "x/y", json={"auth_token": AUTH_TOKEN + "\ud800"}),
    ],
)
def test_arguments_that_cannot_be_used(kind: Kind, call: Any) -> None:
    payments = bare(kind, None, AccessToken(BEARER))
    kept_quiet(lambda: ran(kind, lambda: call(payments)))


@pytest.mark.parametrize("call", [update, create, escape_hatch, lambda kind, each: kind.now(api(kind, each))])
def test_observers_are_told_no_secret(kind: Kind, wires: Any, call: Any) -> None:
    """Those that report errors write down the local variables at that moment."""
    told: list[Any] = []

    def watch(event: Any) -> None:
        if getattr(event, "error", None) is not None:
            assert_quiet(event.error)
            told.append(type(event).__name__)

    url = wires(b"{}", "401 No").url
    auth = ClientCredentials(client_id="x", client_secret="planted-client-secret", auth_url=url[:-4] + "/oauth")
    client = kind.client(base_url=url, auth=auth, retry=None, plugins=[plugin("x", observers=[watch])])
    with pytest.raises(TokenError) as caught:
        call(kind, client if kind.name == "sync" else client._client)
    assert_quiet(caught.value)
    assert told[-1] in {"CallEnded", "OperationEnded"}


def api(kind: Kind, payments: Any) -> Any:
    function = retrieve_klarna_payment.sync_detailed
    if kind.name == "async":
        function = retrieve_klarna_payment.asyncio_detailed
    return function("x", client=payments.api)


def test_a_generated_function_alone_still_has_what_it_was_given(kind: Kind, wires: Any) -> None:
    function = update_klarna_payment.sync_detailed
    if kind.name == "async":
        function = update_klarna_payment.asyncio_detailed
    payments = bare(kind, wires(b"{}", "422 No").url, AccessToken(BEARER))
    attributes = KlarnaPaymentUpdateAttributes(auth_token=AUTH_TOKEN)
    document = KlarnaPaymentUpdateDocument(KlarnaPaymentUpdate("x", "klarna_payments", attributes))
    with pytest.raises(CommerceLayerError) as caught:
        kind.now(function("x", client=payments.api, body=document))
    shown = {
        frame.f_globals["__name__"].partition(".")[0]
        for frame, _ in traceback.walk_tb(caught.value.__traceback__)
        if "planted" in repr(frame.f_locals)
    }
    assert shown - {__name__.partition(".")[0]} == {"commercelayer_klarna_api"}


@pytest.mark.parametrize("call", [update, create])
def test_a_hook_that_raises_for_a_status_shows_no_secret(kind: Kind, wires: Any, call: Any) -> None:
    def check(response: Any) -> None:
        response.raise_for_status()

    async def acheck(response: Any) -> None:
        response.raise_for_status()

    http = kind.http_client(event_hooks={"response": [check if kind.name == "sync" else acheck]})
    client = kind.client(
        base_url=wires(b"{}", "502 No").url, auth=AccessToken(BEARER), retry=None, timing=INSTANT, http_client=http
    )
    with pytest.raises(httpx.HTTPStatusError if call is update else AmbiguousWriteError) as caught:
        call(kind, client if kind.name == "sync" else client._client)
    assert_quiet(caught.value)


def test_headers_of_the_callers_are_not_shown(kind: Kind, wires: Any) -> None:
    view = bare(kind, wires(b"{}", "404 No").url, AccessToken("t")).with_options(headers={"X-Key": "planted"})
    kept_quiet(lambda: ran(kind, lambda: view.retrieve("x")))


def test_lines_stay_and_frames_of_others_keep_their_locals() -> None:
    sandbox = Sandbox()
    mine = "a local of the caller's"
    with sandbox.client() as payments, pytest.raises(CommerceLayerError) as caught:
        payments.retrieve(mine[:1])
    text = locals_of(caught.value)
    assert mine in text
    assert "in retrieve" in text


def test_forgetting_goes_through_causes_and_circles() -> None:
    one, two, three = ValueError("one"), ValueError("two"), ValueError("three")
    one.__cause__, two.__context__, three.__cause__ = two, three, one
    cleared: list[str] = []

    class Noticed:
        def __repr__(self) -> str:
            return "not forgotten"

        def __del__(self) -> None:
            cleared.append("")

    for error in (one, two, three):
        space: dict[str, Any] = {"__name__": "httpx.inner", "error": error, "Noticed": Noticed}
        exec("def ended():\n    local = Noticed()\n    raise error\n", space)
        with pytest.raises(ValueError, match=r"one|two|three"):
            space["ended"]()
    assert cleared == []
    forget_locals(one)
    assert len(cleared) == 3


# ---- Processes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["commercelayer_klarna", "commercelayer_klarna.sandbox"])
def test_no_command_takes_a_secret(module: str) -> None:
    # What stands on a command line is seen by everybody on the machine.
    for command in ([], ["plugins"] if module == "commercelayer_klarna" else ["serve"]):
        done = subprocess.run(
            [sys.executable, "-m", module, *command, "--help"], capture_output=True, text=True, check=True
        )
        assert not [word for word in ("secret", "token", "password", "client-id") if word in done.stdout.lower()]


def test_the_sandbox_listens_on_loopback_alone() -> None:
    with SandboxServer(Sandbox()) as server:
        assert server._server.server_address[0] == "127.0.0.1"
