"""The API's own exports, those of the sandbox, over real sockets. Its clock goes on while the client waits."""

from __future__ import annotations

import gzip
import json
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commercelayer_klarna import APIConnectionError, ClientCredentials, ResponseFormatError
from commercelayer_klarna.bulk import ExportFailed
from commercelayer_klarna.bulk import exports as exporting
from commercelayer_klarna.plugins import Interceptor, Plugin, Request, Response
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.api import exports
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.bulk import Bulk, add_payments
from support.kind import Kind
from support.server import Server
from support.virtual_time import FakeTime

COUNT, MOST = 130, 12


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Payments of some days; an export has 12 of them at most."""
    for kind in ("_sync", "_async"):
        monkeypatch.setattr(f"commercelayer_klarna.bulk.{kind}.export_by_api.MOST", MOST)
    monkeypatch.setattr(exports, "MOST", MOST)
    made = Sandbox(orders=1, clock=lambda: 1_790_000_000.0)
    first = made.create_payment(made.order_ids[0])
    add_payments(made, first, COUNT)

    def remove(state: Any) -> None:
        state.delete(state.find("klarna_payments", first))

    made.read(remove)
    return made


@pytest.fixture
def serving(sandbox: Sandbox) -> Iterator[SandboxServer]:
    with SandboxServer(sandbox) as running:
        yield running


class Told(Interceptor, Plugin):
    """Changes what the API says of exports that are over, and does something when it says so."""

    name = "told"

    def __init__(self) -> None:
        self.says: dict[str, Any] = {}
        self.then: Callable[[str], object] = lambda id: None

    def interceptors(self, ctx: object) -> list[Interceptor]:
        return [self]

    def on_response(self, request: Request, response: Response) -> Response:
        document = json.loads(response.content)
        data = document.get("data")
        if request.path.startswith("/api/exports/") and data["attributes"]["status"] == "completed":
            data["attributes"].update(self.says)
            self.then(data["id"])
        return Response(response.status_code, response.headers, json.dumps(document).encode())


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def payments(kind: Kind, sandbox: Sandbox, serving: SandboxServer, told: Told) -> Any:
    time = FakeTime(now=sandbox.now())
    time.on_sleep = lambda: sandbox.advance(time.sleeps[-1])
    auth = ClientCredentials(
        client_id=sandbox.client_id, client_secret=sandbox.client_secret, auth_url=serving.auth_url
    )
    return kind.at(serving, auth=auth, timing=time.timing, plugins=[told], retry=None)


@pytest.fixture
def many(kind: Kind) -> Bulk:
    return Bulk(kind)


def begun(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.read(lambda state: [each.attributes for each in state.all("exports")])


def test_exports_are_cut_fetched_and_joined(
    many: Bulk, payments: Any, sandbox: Sandbox, told: Told, tmp_path: Path
) -> None:
    file, progress, late = tmp_path / "p.jsonl", list[tuple[int, int]](), list[str]()

    def stop(done: int, total: int) -> None:
        progress.append((done, total))
        if len(progress) == 1:
            raise KeyboardInterrupt

    def pass_by(id: str) -> None:
        if len(late) < 2:
            late.append(id)
            sandbox.advance(exports.VALID + 1)

    told.then = pass_by
    with pytest.raises(KeyboardInterrupt):
        many.export_by_api(payments, file, include=["order"], progress=stop)
    assert len(begun(sandbox)) == exports.AT_ONCE
    assert many.export_by_api(payments, file, include=["order"], progress=stop) == COUNT
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    there = sandbox.read(lambda state: [each.id for each in state.all("klarna_payments")])
    assert sorted(each["id"] for each in rows) == sorted(there)
    assert [each["created_at"] for each in rows] == sorted(each["created_at"] for each in rows)
    assert rows[0]["order"]["id"] == sandbox.order_ids[0]
    assert "client_token" not in rows[0]
    assert "token" not in rows[0]["order"]
    assert len(begun(sandbox)) in range(-(-COUNT // MOST), 20), "none of the first ten again"
    assert {each["resource_type"] for each in begun(sandbox)} == {"klarna_payments"}
    assert progress[-1] == (COUNT, COUNT)
    assert [each.name for each in tmp_path.iterdir()] == ["p.jsonl"]
    files = Counter(each.status for each in sandbox.requests if each.path.startswith(exports.FILES))
    assert files[200] == len(begun(sandbox))
    assert files[403] >= len(late), "an address was too old, and another one was asked for"


def test_nothing_needs_no_export(many: Bulk, payments: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    assert many.export_by_api(payments, tmp_path / "p.jsonl", filters={"reference_eq": "none"}) == 0
    assert (tmp_path / "p.jsonl").read_text() == ""
    assert begun(sandbox) == []


def test_files_are_fetched_over_the_connections_of_the_client_and_without_its_token(
    kind: Kind, many: Bulk, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host of the API and of its files is none that this machine could reach otherwise."""
    tokens, answer, time = dict[str, str | None](), sandbox.respond, FakeTime(now=sandbox.now())
    time.on_sleep = lambda: sandbox.advance(time.sleeps[-1])

    def respond(method: str, target: str, headers: Any, *rest: Any, **named: Any) -> Any:
        tokens[target] = dict(headers).get("authorization")
        return answer(method, target, headers, *rest, **named)

    monkeypatch.setattr(sandbox, "respond", respond)
    where = {"created_at_lt": "2026-09-20T20:00:00Z"}
    found = many.export_by_api(kind.on(sandbox, timing=time.timing), tmp_path / "p.jsonl", filters=where)
    assert 0 < found < COUNT
    files = [token for target, token in tokens.items() if exports.FILES in target]
    assert len(files) == len(begun(sandbox)) > 0
    assert set(files) == {None}
    assert all(token for target, token in tokens.items() if "/api/" in target)


def test_an_export_that_the_api_gives_up(many: Bulk, payments: Any, told: Told, tmp_path: Path) -> None:
    told.says = {"status": "failed", "errors_log": {"RuntimeError": "query timeout"}}
    with pytest.raises(ExportFailed, match=r"the API gave exports/\w+ up: .*query timeout") as raised:
        many.export_by_api(payments, tmp_path / "p.jsonl")
    assert pickle.loads(pickle.dumps(raised.value)).reason == raised.value.reason


def few(sandbox: Sandbox) -> dict[str, Any]:
    """Filters that one export is enough for."""
    return {"id_in": sandbox.read(lambda state: [each.id for each in state.all("klarna_payments")[:3]])}


def test_a_file_that_cannot_be_fetched_at_once_is_asked_for_again(
    many: Bulk, payments: Any, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.fail_next(503, path=exports.FILES)
    sandbox.add_fault({"match": {"path": exports.FILES}, "kind": "drop"})
    assert many.export_by_api(payments, tmp_path / "p.jsonl", filters=few(sandbox)) == 3
    sandbox.fail_next(503, path=exports.FILES, times=3)
    with pytest.raises(APIConnectionError, match=r"the file of an export at 127.0.0.1:\d+ answered 503: run it again"):
        many.export_by_api(payments, tmp_path / "p.jsonl", filters=few(sandbox))
    assert sandbox.pending_faults == 0


def test_addresses_that_are_always_too_old(
    many: Bulk, payments: Any, sandbox: Sandbox, told: Told, tmp_path: Path
) -> None:
    told.then = lambda id: sandbox.advance(exports.VALID + 1)
    with pytest.raises(ResponseFormatError, match="leads to addresses that refuse what is asked for"):
        many.export_by_api(payments, tmp_path / "p.jsonl", filters=few(sandbox))


@pytest.mark.parametrize(
    ("says", "body", "error", "problem"),
    [
        ({"records_count": 7}, b"", ResponseFormatError, r"has \d+ records of 7"),
        ({}, b"{", ResponseFormatError, "is no JSON"),
        ({}, b"[1]", ResponseFormatError, "is no list of records"),
        ({"attachment_url": "ftp://files.example/x"}, b"", ResponseFormatError, "is none of https"),
        ({"attachment_url": "http://files.example/x"}, b"", ResponseFormatError, "is none of https"),
        ({"attachment_url": "https://[files.example/x"}, b"", ResponseFormatError, "is none of https"),
        ({"attachment_url": "https://fil\u00e9s.example/\u00e9"}, b"", ResponseFormatError, "is none of https"),
        ({}, b"[" * 100_000, ResponseFormatError, "is no JSON"),
        ({}, gzip.compress(b"[]", mtime=0)[:-9], ResponseFormatError, "is compressed badly"),
        ({}, gzip.compress(b"[]", mtime=0)[:10] + b"\xff" * 10, ResponseFormatError, "is compressed badly"),
        ({}, gzip.compress(b" " * 1_100_000, mtime=0), ResponseFormatError, "is larger than 1000000 bytes"),
        (
            {"attachment_url": "http://127.0.0.1:9/x"},
            b"",
            APIConnectionError,
            r"GET http://127.0.0.1:9/x: ConnectError",
        ),
    ],
)
def test_files_that_are_none(
    many: Bulk,
    payments: Any,
    sandbox: Sandbox,
    told: Told,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    says: Any,
    body: bytes,
    error: type[Exception],
    problem: str,
) -> None:
    monkeypatch.setattr(exporting, "_LARGEST", 1_000_000)
    told.says = says
    packed = body if body.startswith(b"\x1f\x8b") else gzip.compress(body)
    told.then = lambda id: sandbox.read(lambda state: state.files.update({id: packed})) if body else None
    with pytest.raises(error, match=problem):
        many.export_by_api(payments, tmp_path / "p.jsonl", filters=few(sandbox))


def test_a_redirect_is_not_followed(
    many: Bulk, payments: Any, sandbox: Sandbox, told: Told, server: Server, tmp_path: Path
) -> None:
    """It could lead to an address in the clear, or to a server of the own network."""
    for _ in range(3):
        server.answer(302, b"", {"Location": f"{server.url}/further"})
    told.says = {"attachment_url": f"{server.url}/file"}
    with pytest.raises(APIConnectionError, match=r"the file of an export at \S+ answered 302"):
        many.export_by_api(payments, tmp_path / "p.jsonl", filters=few(sandbox))
    assert {each.target for each in server.requests} == {"/api/file"}


def test_an_answer_without_an_export_is_said(kind: Kind, many: Bulk, server: Server, tmp_path: Path) -> None:
    listed = {"data": [], "meta": {"record_count": 1, "page_count": 1}}
    server.answer(200, listed)
    server.answer(200, listed)
    with pytest.raises(ResponseFormatError, match="holds no export"):
        many.export_by_api(kind.at(server), tmp_path / "p.jsonl")


def test_what_cannot_be_exported_so(many: Bulk, payments: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"end it with \.jsonl"):
        many.export_by_api(payments, tmp_path / "p.csv")
    with pytest.raises(ValueError, match="of='skus' is no type that is listed"):
        many.export_by_api(payments, tmp_path / "p.jsonl", of="skus")

    def at_once(state: Any) -> None:
        like = state.all("klarna_payments")[-1]
        for _ in range(MOST + 1):
            state.create("klarna_payments", {**like.attributes, "reference": "at once"}, like.linked, {}, ago=1)

    sandbox.read(at_once)
    with pytest.raises(ValueError, match=f"{MOST + 1} klarna_payments were created at .*, and an export has {MOST}"):
        many.export_by_api(payments, tmp_path / "p.jsonl", filters={"reference_eq": "at once"})
    assert begun(sandbox) == []
