"""The API's own exports, simulated by the facts of Commerce Layer's official client."""

from __future__ import annotations

import gzip
import json
import pickle
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from commercelayer_klarna import APIConnectionError, ResponseFormatError
from commercelayer_klarna.bulk import ExportFailed, exports
from support.bulk import Bulk
from support.kind import Kind
from support.million import Million, served
from support.server import Server

COUNT, MOST, AT_ONCE = 440, 40, 10


class Exports(Million):
    """Payments, and exports of them: done when asked for twice, at an address that is too old when it should be."""

    url = ""

    def __init__(self) -> None:
        super().__init__(COUNT, 100_000)
        self.exports: dict[str, dict[str, Any]] = {}
        self.polled, self.asked, self.running, self.most = Counter[str](), Counter[str](), set[str](), 0
        self.expired: set[str] = set()
        self.fails: dict[str, Any] = {}
        self.spoils: dict[str, bytes] = {}
        self._number = count(1)

    def answer(self, address: str, target: str, body: bytes = b"") -> tuple[int, bytes]:
        path = urlsplit(target).path.removeprefix("/api/")
        kind, _, id = path.partition("/")
        if kind == "files":
            return self._file(id)
        if kind != "exports":
            return super().answer(address, target)
        with self._lock:
            if body:
                id = f"export{next(self._number)}"
                self.exports[id] = json.loads(body)["data"]["attributes"]
                self.running.add(id)
                self.most = max(self.most, len(self.running))
                attributes: dict[str, Any] = {"status": "pending"}
            else:
                self.polled[id] += 1
                attributes = {"status": "in_progress"}
                if self.polled[id] > 1:
                    self.running.discard(id)
                    attributes = {"status": "completed", "records_count": len(self._records(id))}
                    attributes |= {"attachment_url": f"{self.url}/files/{id}", **self.fails}
        return 200, json.dumps({"data": {"type": "exports", "id": id, "attributes": attributes}}).encode()

    def _file(self, id: str) -> tuple[int, bytes]:
        self.asked[id] += 1
        if id in self.expired and self.asked[id] == 1:
            return 403, b"<Error/>"
        if id in self.spoils and self.spoils[id].startswith(b"\x1f\x8b"):
            return 200, self.spoils[id]
        body = self.spoils.get(id) or json.dumps(self._records(id)).encode()
        return 200, gzip.compress(body) if int(id[6:]) % 2 else body

    def _records(self, id: str) -> list[Any]:
        asked = {f"filter[q][{name}]": value for name, value in self.exports[id]["filters"].items()}
        found = self._page({**asked, "page[size]": str(COUNT)})["data"]
        assert len(found) <= MOST
        return [{"id": each["id"], **each["attributes"], "client_token": "planted"} for each in found]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exports]:
    for kind in ("_sync", "_async"):
        monkeypatch.setattr(f"commercelayer_klarna.bulk.{kind}.export_by_api.MOST", MOST)
    api = Exports()
    with served(api) as api.url:
        yield api


@pytest.fixture
def payments(kind: Kind, api: Exports) -> Any:
    return kind.at(api.url)


@pytest.fixture
def many(kind: Kind) -> Bulk:
    return Bulk(kind)


def test_exports_are_cut_fetched_and_joined(many: Bulk, payments: Any, api: Exports, tmp_path: Path) -> None:
    api.expired = {"export2", "export3"}
    file, told = tmp_path / "p.jsonl", list[tuple[int, int]]()

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if len(told) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        many.export_by_api(payments, file, include=["order"], progress=stop)
    assert len(api.exports) == AT_ONCE
    assert many.export_by_api(payments, file, include=["order"], progress=stop) == COUNT
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [each["id"] for each in rows] == [f"p{number:07}" for number in range(COUNT)]
    assert "client_token" not in rows[0]
    assert api.most <= AT_ONCE
    assert len(api.exports) in range(-(-COUNT // MOST), 20), "none of the first ten again"
    assert api.exports["export1"]["resource_type"] == "klarna_payments"
    assert api.exports["export1"]["includes"] == ["order"]
    assert told[-1] == (COUNT, COUNT)
    assert [each.name for each in tmp_path.iterdir()] == ["p.jsonl"]


def test_nothing_needs_no_export(many: Bulk, payments: Any, api: Exports, tmp_path: Path) -> None:
    api.moments.clear()
    assert many.export_by_api(payments, tmp_path / "p.jsonl") == 0
    assert (tmp_path / "p.jsonl").read_text() == ""
    assert api.exports == {}


def test_an_export_that_the_api_gives_up(many: Bulk, payments: Any, api: Exports, tmp_path: Path) -> None:
    api.fails = {"status": "failed", "errors_log": {"RuntimeError": "query timeout"}}
    with pytest.raises(ExportFailed, match=r"the API gave exports/export\d+ up: .*query timeout") as raised:
        many.export_by_api(payments, tmp_path / "p.jsonl")
    assert pickle.loads(pickle.dumps(raised.value)).reason == raised.value.reason


@pytest.mark.parametrize(
    ("told", "body", "error", "problem"),
    [
        ({"records_count": 7}, b"", ResponseFormatError, r"has \d+ records of 7"),
        ({}, b"{", ResponseFormatError, "is no JSON"),
        ({}, b"[1]", ResponseFormatError, "is no list of records"),
        ({"attachment_url": "ftp://files.example/x"}, b"", ResponseFormatError, "is none of https"),
        ({"attachment_url": "http://files.example/x"}, b"", ResponseFormatError, "is none of https"),
        ({"attachment_url": "http://127.0.0.1:9/x"}, b"", APIConnectionError, "could not be fetched"),
        ({"attachment_url": "https://[files.example/x"}, b"", ResponseFormatError, "is none of https"),
        ({"attachment_url": "https://files.example:x/x"}, b"", APIConnectionError, "could not be fetched: InvalidURL"),
        ({"attachment_url": "https://fil\u00e9s.example/\u00e9"}, b"", ResponseFormatError, "is none of https"),
        ({}, b"[" * 100_000, ResponseFormatError, "is no JSON"),
        ({}, gzip.compress(b"[]", mtime=0)[:-9], ResponseFormatError, "is compressed badly"),
        ({}, gzip.compress(b"[]", mtime=0)[:10] + b"\xff" * 10, ResponseFormatError, "is compressed badly"),
        ({}, gzip.compress(b" " * 1_100_000, mtime=0), ResponseFormatError, "is larger than 1000000 bytes"),
        ({}, b" " * 1_100_000, ResponseFormatError, "is larger than 1000000 bytes"),
    ],
)
def test_files_that_are_none(
    many: Bulk,
    payments: Any,
    api: Exports,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: Any,
    body: bytes,
    error: Any,
    problem: str,
) -> None:
    monkeypatch.setattr(exports, "_LARGEST", 1_000_000)
    del api.moments[MOST:]
    api.fails, api.spoils = told, {"export1": body} if body else {}
    with pytest.raises(error, match=problem):
        many.export_by_api(payments, tmp_path / "p.jsonl")


def test_a_redirect_is_not_followed(many: Bulk, payments: Any, api: Exports, server: Server, tmp_path: Path) -> None:
    """It could lead to an address in the clear, or to a server of the own network."""
    del api.moments[MOST:]
    server.answer(302, b"", {"Location": f"{api.url}/files/export1"})
    api.fails = {"attachment_url": f"{server.url}/file"}
    with pytest.raises(APIConnectionError, match="the file of an export answered 302"):
        many.export_by_api(payments, tmp_path / "p.jsonl")
    assert api.asked == {}


def test_an_answer_without_an_export_is_said(kind: Kind, many: Bulk, server: Server, tmp_path: Path) -> None:
    listed = {"data": [], "meta": {"record_count": 1, "page_count": 1}}
    server.answer(200, listed)
    server.answer(200, listed)
    with pytest.raises(ResponseFormatError, match="holds no export"):
        many.export_by_api(kind.at(server), tmp_path / "p.jsonl")


def test_what_cannot_be_exported_so(many: Bulk, payments: Any, api: Exports, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"end it with \.jsonl"):
        many.export_by_api(payments, tmp_path / "p.csv")
    with pytest.raises(ValueError, match="of='skus' is no type that is listed"):
        many.export_by_api(payments, tmp_path / "p.jsonl", of="skus")
    api.moments[:] = [api.moments[0]] * (MOST + 1)
    with pytest.raises(ValueError, match=f"{MOST + 1} klarna_payments were created at .*, and an export has {MOST}"):
        many.export_by_api(payments, tmp_path / "p.jsonl")
    assert api.exports == {}
