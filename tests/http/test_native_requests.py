"""Requests in the form of httpx are those that httpx would make of the same parts, and go where they say."""

from __future__ import annotations

import gzip
import json
from contextlib import closing
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercelayer_klarna._http.body import said_by
from commercelayer_klarna._http.request import ToNative
from commercelayer_klarna.plugins import Call, Flow, Headers, Request, Send, send
from commercelayer_klarna_api.api.klarna_payments import delete_klarna_payment
from support.kind import Kind
from support.plugins import layer
from support.server import Server

API = "https://acme.commercelayer.io/api"
COMMON = Headers({"Accept": "application/vnd.api+json", "User-Agent": "shop"})
ADDRESSES = [
    f"{API}/klarna_payments/x?include=order",
    API,
    "https://acme.commercelayer.io.example/api/x",
    "http://[::1]:8080/x",
]


@given(
    st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD"]),
    st.sampled_from(ADDRESSES),
    st.dictionaries(st.sampled_from(["Authorization", "accept", "X-Trace", "user-agent"]), st.sampled_from(["a", "b"])),
    st.sets(st.sampled_from(["accept", "user-agent"])),
    st.binary(max_size=3),
    st.sampled_from([None, "gateway.example"]),
)
def test_a_request_is_what_httpx_makes_of_its_parts(
    method: str, url: str, added: dict[str, str], removed: set[str], content: bytes, host: str | None
) -> None:
    common = COMMON if host is None else Headers.unchecked([*COMMON.pairs(), ("Host", host)])
    headers = common.copy()
    headers.update(added)
    for name in removed:
        del headers[name]
    made = ToNative(common, API)(Request(method, url, headers, content, Call("test")))
    pairs = [*headers.pairs(), ("Accept-Encoding", "gzip")]
    expected = httpx.Request(method, url, headers=pairs, content=content or None)
    assert sorted(made.headers.multi_items()) == sorted(expected.headers.multi_items())
    assert (made.method, made.url, made.content) == (expected.method, expected.url, expected.content)
    assert type(made.stream) is type(expected.stream)


@given(st.lists(st.tuples(st.sampled_from([b"Date", b"date", b"X", b"DATE"]), st.sampled_from([b"", b"1", b"\xe9"]))))
def test_headers_of_an_answer_are_what_httpx_says(pairs: list[tuple[bytes, bytes]]) -> None:
    answer = httpx.Response(200, headers=pairs)
    said = {name.decode(): value.decode("latin-1") for name, value in said_by(answer).items()}
    answer.headers.encoding = "latin-1"
    assert said == dict(answer.headers.items())


def test_what_a_plugin_makes_of_a_generated_call_goes_to_the_host_that_it_names(kind: Kind, server: Server) -> None:
    def flow(request: Request) -> Flow:
        yield Send(request.with_(url=other.url), direct=True)
        return (yield from send(request))

    delete: Any = delete_klarna_payment.sync_detailed if kind.name == "sync" else delete_klarna_payment.asyncio_detailed
    with closing(Server()) as other:
        for each in (server, other):
            each.answer(204)
        kind.now(delete("x", client=kind.at(server, plugins=[layer(flow)]).api))
        hosts = [request.headers["host"] for request in (*server.requests, *other.requests)]
        assert hosts == [server.url.split("/")[2], other.url.split("/")[2]]


def test_headers_of_any_kind_that_a_hook_leaves_are_read(
    kind: Kind, server: Server, payment_json: dict[str, Any]
) -> None:
    def leave_a_dictionary(answer: httpx.Response) -> None:
        answer.headers = {"Content-Encoding": "gzip", "Date": "today"}  # type: ignore[assignment]

    async def leave_another(answer: httpx.Response) -> None:
        leave_a_dictionary(answer)

    server.answer(200, gzip.compress(json.dumps({"data": payment_json}).encode()))
    hooks = {"response": [leave_a_dictionary if kind.name == "sync" else leave_another]}
    limits = httpx.Limits(max_connections=1)  # so one that is not given back is missed
    payments = kind.at(server, http_client=kind.http_client(event_hooks=hooks, limits=limits))
    assert [payments.retrieve("x").id for _ in range(3)] == [payment_json["id"]] * 3


def test_an_answer_whose_headers_cannot_be_read_gives_its_connection_back(
    kind: Kind, server: Server, payment_json: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(answer: httpx.Response) -> dict[bytes, bytes]:
        raise ValueError("unreadable")

    server.answer(200, {"data": payment_json})
    http_client = kind.http_client(limits=httpx.Limits(max_connections=1), timeout=5)
    payments = kind.at(server, http_client=http_client, retry=None)
    with monkeypatch.context() as patch:
        patch.setattr(f"commercelayer_klarna._{kind.name}.session.said_by", fail)
        with pytest.raises(ValueError, match="unreadable"):
            payments.retrieve("x")
    assert payments.retrieve("x").id == payment_json["id"]
