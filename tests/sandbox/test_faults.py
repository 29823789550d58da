"""Faults on demand, in process: what is matched, what the answer is, what is raised, and what is committed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from commercelayer_klarna.sandbox.faults import KINDS, STATUSES
from commercelayer_klarna.sandbox.transport import SandboxTransport

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api


PAYMENTS = "/api/klarna_payments"


class Http:
    """A plain httpx client of the sandbox, sync or async, with one way to ask."""

    def __init__(self, api: Api, kind: str) -> None:
        self.api, self.kind = api, kind
        linkage = {"order": {"data": {"type": "orders", "id": api.sandbox.order_ids[0]}}}
        self.document = {"data": {"type": "klarna_payments", "relationships": linkage}}

    def create(self, timeout: float = 5) -> httpx.Response:
        if self.kind == "sync":
            with httpx.Client(transport=SandboxTransport(self.api.sandbox), timeout=timeout) as client:
                return client.post(f"https://x{PAYMENTS}", json=self.document, headers=self.api.headers)
        return asyncio.run(self._create(timeout))

    async def _create(self, timeout: float) -> httpx.Response:
        async with httpx.AsyncClient(transport=SandboxTransport(self.api.sandbox), timeout=timeout) as client:
            return await client.post(f"https://x{PAYMENTS}", json=self.document, headers=self.api.headers)

    def count(self) -> int:
        count = self.api.get("klarna_payments").json["meta"]["record_count"]
        assert isinstance(count, int)
        return count


@pytest.fixture(params=["sync", "async"])
def http(api: Api, request: pytest.FixtureRequest) -> Iterator[Http]:
    yield Http(api, request.param)
    assert api.sandbox.pending_faults == 0


def test_a_fault_strikes_what_it_matches(api: Api) -> None:
    payment = api.payment()
    one = f"klarna_payments/{payment}"
    matches: list[tuple[dict[str, object], list[tuple[str, str]], list[tuple[str, str]]]] = [
        ({}, [("GET", "orders"), ("POST", "nothing"), ("PUT", "")], []),
        ({"method": "patch"}, [("PATCH", one)], [("GET", one)]),
        ({"path": PAYMENTS}, [("GET", "klarna_payments?a=b"), ("GET", one)], [("GET", "klarna_paymentsx")]),
        ({"path": f"{PAYMENTS}/"}, [("GET", one), ("GET", "klarna_payments")], [("GET", "orders")]),
        ({"path": PAYMENTS, "exact": True}, [("GET", "klarna_payments?a=b")], [("GET", one)]),
        ({"path": "/api/%6Frders"}, [("GET", "o%72ders")], [("GET", one)]),
    ]
    for match, hit, missed in matches:
        api.sandbox.add_fault({"match": match, "status": 504, "times": len(hit)})
        for method, path in missed:
            assert api.sandbox.handle(method, f"/api/{path}", api.headers, b"").status < 500, (match, path)
        for method, path in hit:
            assert api.sandbox.handle(method, f"/api/{path}", api.headers, b"").status == 504, (match, path)
        assert api.sandbox.pending_faults == 0


def test_faults_strike_in_the_order_in_which_they_were_added(api: Api) -> None:
    api.sandbox.fail_next(500, path="/api/orders")
    api.sandbox.fail_next(503, times=2)
    got = [api.sandbox.handle("GET", "/api/orders", api.headers, b"").status for _ in range(4)]
    assert got == [500, 503, 503, 200]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", ["jsonapi", "html", "empty"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_status_takes_the_place_of_the_answer(http: Http, status: int, body: str, when: str) -> None:
    http.api.sandbox.fail_next(status, body=body, retry_after=7, when=when)
    answer = http.create()
    assert answer.status_code == status
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["X-Sandbox-Fault"] == f"status {status}"
    if body == "jsonapi":
        assert answer.headers["Content-Type"] == "application/vnd.api+json"
        assert answer.json()["errors"][0]["status"] == str(status)
    elif body == "html":
        assert answer.headers["Content-Type"].startswith("text/html")
        assert f"<title>{status} " in answer.text
    else:
        assert answer.content == b""
    assert http.count() == (1 if when == "after" else 0)


def test_the_token_endpoint_writes_its_status_as_a_number(api: Api) -> None:
    api.sandbox.fail_next(503, path="/oauth/token")
    answer = api.sandbox.handle("POST", "/oauth/token", {}, b"")
    assert answer.status == 503
    assert b'"status":503' in answer.body
    last = api.sandbox.requests[-1]
    assert last.method == "POST"
    assert last.path == "/oauth/token"
    assert last.status == 503
    assert last.fault == "status 503"


RAISED: list[tuple[dict[str, object], type[httpx.TransportError], str]] = [
    ({"kind": "reset"}, httpx.ReadError, "reset"),
    ({"kind": "drop"}, httpx.RemoteProtocolError, "without sending a response"),
    ({"kind": "garbage"}, httpx.RemoteProtocolError, "illegal status line"),
    ({"kind": "truncate"}, httpx.RemoteProtocolError, "without sending complete message body"),
    ({"kind": "truncate", "status": 503, "body": "html"}, httpx.RemoteProtocolError, "complete message body"),
    ({"kind": "truncate", "status": 503, "body": "empty"}, httpx.RemoteProtocolError, "without sending a response"),
    ({"delay": 200}, httpx.ReadTimeout, "timed out"),
    ({"kind": "slow_body", "delay": 200}, httpx.ReadTimeout, "timed out"),
    ({"status": 503, "delay": 200}, httpx.ReadTimeout, "timed out"),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("fault", "error", "words"), RAISED)
def test_a_bad_delivery_raises_what_httpx_would(
    http: Http, fault: dict[str, Any], error: type[Exception], words: str, when: str
) -> None:
    http.api.sandbox.fail_next(**fault, when=when)
    started = time.monotonic()
    with pytest.raises(error, match=words) as caught:
        http.create()
    assert caught.type is error
    assert isinstance(caught.value, httpx.RequestError)
    assert caught.value.request.url.path == PAYMENTS
    # Nothing is waited for that would not have been sat out.
    assert time.monotonic() - started < 100
    assert http.count() == (1 if when == "after" else 0)


@pytest.mark.parametrize("kind", [None, "slow_body"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delay_that_is_sat_out_ends_in_the_answer(http: Http, kind: str | None, when: str) -> None:
    http.api.sandbox.fail_next(kind=kind, delay=0.1, when=when)
    started = time.monotonic()
    answer = http.create()
    assert time.monotonic() - started >= 0.1
    # A body that comes slowly before anything was done is that of a gateway.
    lost = kind == "slow_body" and when == "before"
    assert (answer.status_code, http.count()) == ((502, 0) if lost else (201, 1))
    assert answer.json()


def test_when_has_a_default_for_each_kind(http: Http) -> None:
    http.api.sandbox.fail_next(kind="truncate")
    with pytest.raises(httpx.RemoteProtocolError):
        http.create()
    assert http.count() == 1
    http.api.sandbox.fail_next(kind="drop")
    with pytest.raises(httpx.RemoteProtocolError):
        http.create()
    assert http.count() == 1


@pytest.mark.parametrize("kind", ["expire_token", "revoke_token"])
def test_a_spoiled_token_is_refused(api: Api, kind: str) -> None:
    token = api.headers["Authorization"]
    api.sandbox.fail_next(kind=kind)
    refused = api.create()
    assert refused.status == 401
    assert refused.codes == ["INVALID_TOKEN"]
    assert api.get("orders").codes == ["INVALID_TOKEN"]
    api.headers["Authorization"] = f"Bearer {api.token()}"
    assert api.headers["Authorization"] != token
    api.sandbox.fail_next(kind=kind, when="after")
    assert api.create().status == 201
    assert api.create().codes == ["INVALID_TOKEN"]
    api.headers["Authorization"] = f"Bearer {api.token()}"
    assert api.get("klarna_payments").json["meta"]["record_count"] == 1


def test_the_projects_client_survives(api: Api) -> None:
    sandbox = api.sandbox
    with sandbox.client() as client:
        sandbox.fail_next(503, method="GET", retry_after=0)
        sandbox.fail_next(kind="drop", method="GET")
        sandbox.fail_next(kind="expire_token", method="GET")
        assert list(client.list()) == []
    assert [each.fault for each in sandbox.requests if each.fault] == ["status 503", "drop", "expire_token"]


@pytest.mark.parametrize(
    ("fault", "member"),
    [
        ({}, "status"),
        ([], "document"),
        ({"status": 404}, "status"),
        ({"status": "503"}, "status"),
        ({"status": True}, "status"),
        ({"status": 503, "more": 1}, "more"),
        ({"status": 503, "times": 0}, "times"),
        ({"status": 503, "times": 1.5}, "times"),
        ({"status": 503, "body": "xml"}, "body"),
        ({"status": 503, "body": []}, "body"),
        ({"status": 503, "retry_after": -1}, "retry_after"),
        ({"status": 503, "retry_after": "a\r\nb: c"}, "retry_after"),
        ({"status": 503, "when": "during"}, "when"),
        ({"status": 503, "match": []}, "match"),
        ({"status": 503, "match": {"path": "api"}}, "match.path"),
        ({"status": 503, "match": {"path": "/api?x=1"}}, "match.path"),
        ({"status": 503, "match": {"method": 5}}, "match.method"),
        ({"status": 503, "match": {"exact": "yes"}}, "match.exact"),
        ({"status": 503, "match": {"host": "x"}}, "match.host"),
        ({"status": 503, "kind": "reset"}, "kind"),
        ({"kind": "explode"}, "kind"),
        ({"kind": "reset", "body": "html"}, "body"),
        ({"kind": "reset", "retry_after": 1}, "retry_after"),
        ({"delay": -1}, "delay"),
        ({"delay": "1"}, "delay"),
        ({"delay": float("nan")}, "delay"),
        ({"delay": 1e9}, "delay"),
    ],
)
def test_a_wrong_fault_is_refused_by_its_member(api: Api, fault: object, member: str) -> None:
    with pytest.raises(ValueError, match=f"^{member}: "):
        api.sandbox.add_fault(fault)
    assert api.sandbox.pending_faults == 0


def test_faults_are_bounded(api: Api) -> None:
    for _ in range(1000):
        api.sandbox.fail_next(500)
    with pytest.raises(ValueError, match="times"):
        api.sandbox.fail_next(500)


def test_every_kind_is_tried(request: pytest.FixtureRequest) -> None:
    tried: set[object] = {fault.get("kind") for fault, _, _ in RAISED} | {"expire_token", "revoke_token"}
    assert set(KINDS) <= tried


def test_the_log_is_bounded_and_says_no_secret(api: Api) -> None:
    target = "/api/orders?filter[q][reference_eq]=my-secret"
    for _ in range(1005):
        api.sandbox.handle("GET", target, api.headers, b"")
    assert len(api.sandbox.requests) == 1000
    last = api.sandbox.requests[-1]
    assert last.at == api.clock.now
    assert last.method == "GET"
    assert last.path == "/api/orders"
    assert last.status == 200
    assert last.fault is None
    api.sandbox.fail_next(kind="reset")
    api.sandbox.handle("GET", target, api.headers, b"")
    assert api.sandbox.requests[-1].status is None
