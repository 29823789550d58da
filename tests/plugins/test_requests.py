"""A request is what is sent: what plugins change in it is sent or refused, never ignored."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from commercelayer_klarna import AuthenticationError, RateLimitError, RetryPolicy
from commercelayer_klarna.plugins import (
    Call,
    Configuration,
    Flow,
    Headers,
    Interceptor,
    PluginError,
    Request,
    Response,
    RetryScheduled,
    Stage,
    send,
)
from support.kind import Kind
from support.plugins import layer, plugin, watcher
from support.server import Server
from support.virtual_time import FakeTime

EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}


@pytest.fixture
def answering(server: Server, payment_json: dict[str, Any]) -> Server:
    server.answer(200, {"data": payment_json})
    return server


def longer(request: Request) -> bytes:
    return request.content.replace(b"orig", b"longer than it was")


def assigned(request: Request) -> Request:
    request.content = longer(request)
    return request


def changed(request: Request) -> Request:
    return request.with_(content=longer(request), headers={"X-Signed": "yes"})


def evolved(request: Request) -> Request:
    return attrs.evolve(request, content=longer(request))


def made_anew(request: Request) -> Request:
    return Request(request.method, request.url, request.headers, longer(request), request.call)


def made_of_a_dictionary(request: Request) -> Request:
    return Request(request.method, request.url, {**request.headers, "X-New": "1"}, longer(request), request.call)


CHANGES = [assigned, changed, evolved, made_anew, made_of_a_dictionary]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("stage", [*(each for each in Stage if each is not Stage.OPERATION), None])
def test_a_changed_body_is_sent_with_its_length(
    kind: Kind, answering: Server, change: Callable[[Request], Request], stage: Stage | None
) -> None:
    class Changes(Interceptor):
        def on_request(self, request: Request) -> Request:
            return change(request)

    def flow(request: Request) -> Flow:
        return (yield from send(change(request)))

    changes = plugin("x", interceptors=[Changes()]) if stage is None else layer(flow, stage)
    kind.at(answering, plugins=[changes]).update("x", reference="orig")
    (sent,) = answering.requests
    assert sent.json["data"]["attributes"]["reference"] == "longer than it was"
    assert sent.headers["content-length"] == str(len(sent.body))
    assert sent.headers["authorization"] == "Bearer token-of-the-tests"
    assert sent.headers["content-type"] == "application/vnd.api+json"
    assert sent.headers["host"] in answering.url
    assert sent.headers.get("x-signed", "yes") == "yes"


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_inside_the_retries_is_made_of_each_attempt(
    kind: Kind, server: Server, payment_json: dict[str, Any], change: Callable[[Request], Request]
) -> None:
    def flow(request: Request) -> Flow:
        return (yield from send(change(request)))

    server.answer(503)
    server.answer(200, {"data": payment_json})
    kind.at(server, plugins=[layer(flow, Stage.LIMIT)]).update("x", reference="orig")
    assert [each.json["data"]["attributes"]["reference"] for each in server.requests] == ["longer than it was"] * 2


def test_method_and_address_are_sent_as_changed(kind: Kind, answering: Server) -> None:
    def flow(request: Request) -> Flow:
        assert request.path == "/api/klarna_payments/x"
        request.method = "GET"
        request.url = request.url.replace("/x", "/y?include=order")
        request.content = b""
        assert request.path == "/api/klarna_payments/y"
        assert request.host in answering.url
        return (yield from send(request))

    kind.at(answering, plugins=[layer(flow)]).update("x", reference="orig")
    (sent,) = answering.requests
    assert (sent.method, sent.target, sent.body) == ("GET", "/api/klarna_payments/y?include=order", b"")
    assert sent.headers.get("content-length", "0") == "0"


def test_a_body_may_be_compressed(kind: Kind, answering: Server) -> None:
    def flow(request: Request) -> Flow:
        packed = request.with_(content=gzip.compress(request.content), headers={"Content-Encoding": "gzip"})
        return (yield from send(packed))

    kind.at(answering, plugins=[layer(flow, Stage.WIRE)]).update("x", reference="r")
    (sent,) = answering.requests
    assert sent.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(sent.body))["data"]["attributes"] == {"reference": "r"}


def test_assigned_headers_keep_what_comes_after_them(kind: Kind, answering: Server) -> None:
    def flow(request: Request) -> Flow:
        request.headers = {"authorization": "old", "X-New": "1"}  # type: ignore[assignment]
        request.headers["x-new"] = "2"
        assert request.headers["X-NEW"] == "2"
        return (yield from send(request))

    kind.at(answering, plugins=[layer(flow)]).retrieve("x")
    (sent,) = answering.requests
    assert sent.headers["authorization"] == "Bearer token-of-the-tests"
    assert sent.headers["x-new"] == "2"


BAD: list[tuple[Any, Any, type[Exception]]] = [
    ("X-Trace", " a space in front", ValueError),
    ("X-Trace", "behind ", ValueError),
    ("X-Trace", "a\r\nX-Injected: 1", ValueError),
    ("X-Trace", "a\tb\x00", ValueError),
    ("X-Trace", "ünicode", ValueError),
    ("X Trace", "x", ValueError),
    ("", "x", ValueError),
    ("X-Trace\r\n", "x", ValueError),
    ("X-Trace", 5, TypeError),
    (5, "x", TypeError),
    ("Content-Length", "5", ValueError),
    ("transfer-encoding", "chunked", ValueError),
    ("Host", "elsewhere.example", ValueError),
    ("Accept-Encoding", "br", ValueError),
]


def set_it(request: Request, name: Any, value: Any) -> Request:
    request.headers[name] = value
    return request


def update_them(request: Request, name: Any, value: Any) -> Request:
    request.headers.update({name: value})
    return request


def assign_them(request: Request, name: Any, value: Any) -> Request:
    request.headers = {name: value}  # type: ignore[assignment]
    return request


def with_them(request: Request, name: Any, value: Any) -> Request:
    return request.with_(headers={name: value})


def give_them(request: Request, name: Any, value: Any) -> Request:
    return Request(request.method, request.url, {name: value}, request.content, request.call)


@pytest.mark.parametrize("write", [set_it, update_them, assign_them, with_them, give_them])
@pytest.mark.parametrize(("name", "value", "error"), BAD)
def test_a_header_that_cannot_be_sent_is_refused(write: Any, name: Any, value: Any, error: type[Exception]) -> None:
    request = Request("GET", "https://acme.commercelayer.io/api/x", {}, b"", Call("x"))
    with pytest.raises(error, match="headers"):
        write(request, name, value)
    assert "X-Trace" not in request.headers


@pytest.mark.parametrize("where", ["layer", "interceptor"])
@pytest.mark.parametrize("do", ["retrieve", "create"])
def test_a_bad_header_names_its_plugin_before_anything_is_sent(
    kind: Kind, answering: Server, where: str, do: str
) -> None:
    class Bad(Interceptor):
        def on_request(self, request: Request) -> Request:
            request.headers["X-Trace"] = "a\r\nb"
            return request

    def flow(request: Request) -> Flow:
        request.headers["X-Trace"] = " b"
        return (yield from send(request))

    bad = layer(flow) if where == "layer" else plugin("x", interceptors=[Bad()])
    time = FakeTime()
    with pytest.raises(ValueError, match="characters that HTTP does not allow in a value") as caught:
        getattr(kind.at(answering, plugins=[bad], timing=time.timing), do)("x")
    assert caught.value.__notes__ == [f"raised in plugin 'x', hook '{where}s'"]
    assert answering.requests == []
    assert time.sleeps == []  # nothing is looked for


@pytest.mark.parametrize(("name", "value", "error"), [*BAD, ("Authorization", "Basic x", ValueError)])
def test_a_bad_header_of_a_configuration_is_refused_when_the_client_is_made(
    kind: Kind, server: Server, name: Any, value: Any, error: type[Exception]
) -> None:
    with pytest.raises(PluginError, match="plugin 'x', hook 'configuration': headers"):
        kind.at(server, plugins=[plugin("x", configuration=lambda self, ctx: Configuration({name: value}))])


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("method", "get", ValueError),
        ("method", "GET /x", ValueError),
        ("method", 5, ValueError),
        ("url", "/relative", ValueError),
        ("url", "https://x.example/a b", ValueError),
        ("url", "ftp://x.example/", ValueError),
        ("url", "https://x.example/\r\n", ValueError),
        ("url", None, ValueError),
        ("content", "text", TypeError),
        ("content", None, TypeError),
    ],
)
def test_what_cannot_be_a_request_is_refused(
    kind: Kind, answering: Server, name: str, value: Any, error: type[Exception]
) -> None:
    def assigns(request: Request) -> Flow:
        setattr(request, name, value)
        return (yield from send(request))

    def sends_another(request: Request) -> Flow:
        given = {"method": "GET", "url": request.url, "content": b"", name: value}
        return (yield from send(Request(headers=Headers(), call=request.call, **given)))

    for flow in (assigns, sends_another):
        with pytest.raises(error, match=name) as caught:
            kind.at(answering, plugins=[layer(flow)]).retrieve("x")
        assert caught.value.__notes__ == ["raised in plugin 'x', hook 'layers'"]
    assert answering.requests == []


# ---- Answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_headers_of_an_answer_that_a_plugin_makes_are_found_however_they_are_spelt(
    kind: Kind, server: Server, name: str
) -> None:
    def refuses(request: Request) -> Flow:
        return Response(429, {name: "7"}, b"")
        yield

    told: list[Any] = []
    plugins = [layer(refuses, Stage.LIMIT), watcher(told)]
    payments = kind.at(server, plugins=plugins, retry=RetryPolicy(attempts=2, base=0.001), timing=FakeTime().timing)
    with pytest.raises(RateLimitError) as caught:
        payments.count()
    assert [each.delay for each in told if isinstance(each, RetryScheduled)] == [pytest.approx(7, abs=1)]
    assert caught.value.retry_after == 7


def test_an_answer_is_not_changed(kind: Kind, server: Server) -> None:
    response = Response(200, {"X-Name": "1"}, b"")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        response.status_code = 500  # type: ignore[misc]
    assert response.headers["x-name"] == "1"
    assert attrs.evolve(response, status_code=201).headers["X-NAME"] == "1"

    def assigns(request: Request) -> Flow:
        response = yield from send(request)
        response.content = b"{}"  # type: ignore[misc]
        return response

    server.answer(200, EMPTY)
    with pytest.raises(attrs.exceptions.FrozenInstanceError) as caught:
        kind.at(server, plugins=[layer(assigns)]).count()
    assert caught.value.__notes__ == ["raised in plugin 'x', hook 'layers'"]


def test_headers_are_a_mapping() -> None:
    headers = Headers({"X-One": "1"})
    headers["x-one"] = "2"
    headers.setdefault("X-Two", "3")
    assert dict(headers) == {"x-one": "2", "x-two": "3"}
    assert "X-TWO" in headers
    assert len(headers) == 2
    del headers["X-One"]
    assert headers.get("x-one") is None
    assert repr(headers) == "Headers(x-two)"


# ---- Secrets -------------------------------------------------------------------------------------------------------

SECRET = "s3cr3t-0123456789"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Api-Key", SECRET),
        ("Authorization", f"Vault {SECRET}"),
        ("Authorization", SECRET),
        ("X-Auth-Token", SECRET),
        ("Cookie", SECRET),
        ("X-Signature", SECRET),
    ],
)
def test_a_secret_in_any_header_is_hidden_in_errors(kind: Kind, server: Server, header: str, value: str) -> None:
    def badge(request: Request) -> Flow:
        request.headers[header] = value
        return (yield from send(request))

    server.answer(401, {"errors": [{"title": "no", "detail": f"you sent {SECRET}"}]}, {"X-Echo": f"a {SECRET}"})
    with pytest.raises(AuthenticationError, match=r"you sent \*\*\*") as caught:
        kind.at(server, auth=None, plugins=[plugin("a", auth_provider=lambda self, ctx: badge)]).count()
    assert caught.value.headers["x-echo"] == "a ***"
