"""Many resources: each exactly once, whatever others do and whenever the process ends."""

from __future__ import annotations

import csv
import json
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import fsspec
import pyarrow.parquet
import pytest

from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, ResponseFormatError, bulk
from commercelayer_klarna.bulk import Backfilled, TooManyFailures
from commercelayer_klarna.sandbox import Sandbox
from support.bulk import Bulk
from support.face import Face
from support.kind import Kind
from support.server import Server

COUNT = 32
WHEN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def many(kind: Kind) -> Bulk:
    return Bulk(kind)


def filled() -> Sandbox:
    """A sandbox with two pages of payments."""
    sandbox = Sandbox(orders=COUNT, rate_limit="off")
    with sandbox.client() as client:
        for order in sandbox.order_ids:
            client.create(order=order, reference=f"of {order}")
    return sandbox


@pytest.fixture(scope="module")
def _unchanged() -> Sandbox:
    return filled()


@pytest.fixture
def stored(kind: Kind, _unchanged: Sandbox) -> Any:
    """A client of payments that no test changes."""
    return kind.on(_unchanged)


@pytest.fixture
def sandbox() -> Sandbox:
    return filled()


@pytest.fixture
def payments(kind: Kind, sandbox: Sandbox) -> Any:
    """A client of payments that this test may change."""
    return kind.on(sandbox)


def ids(walk: Iterator[Any]) -> list[str]:
    return [each.id for each in walk]


def test_a_scan_gives_each_once_in_the_order_of_ids(many: Bulk, stored: Any) -> None:
    expected = ids(stored.list(sort=["id"], page_size=25))
    assert len(expected) == COUNT
    assert ids(many.scan(stored)) == expected
    assert ids(many.scan(stored, filters={"reference_eq": "none"})) == []
    assert len(ids(many.scan(stored.orders, include=["market"]))) == COUNT


def test_a_scan_goes_on_from_its_cursor(many: Bulk, stored: Any) -> None:
    whole = ids(many.scan(stored))
    walk = many.scan(stored)
    first = [next(walk).id for _ in range(27)]
    assert isinstance(walk.cursor, str)
    assert first + ids(many.scan(stored, after=walk.cursor)) == whole


def test_a_scan_while_others_write(many: Bulk, payments: Any, sandbox: Sandbox) -> None:
    """Deletions before the page that comes next would move others to a page that was read already."""
    there = ids(many.scan(payments))
    gone, seen, walk = set[str](), [], many.scan(payments)
    for number, each in enumerate(walk):
        seen.append(each.id)
        if number % 5 == 0:
            payments.delete(each.id)
            gone.add(each.id)
            payments.create(order=sandbox.add_order())
    assert [id for id in seen if id in there] == there
    assert len(seen) == len(set(seen))


@pytest.mark.nightly
def test_a_scan_of_a_hundred_thousand_while_four_write(many: Bulk, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    unchecked: Any = Sandbox.respond
    monkeypatch.setattr(Sandbox, "respond", unchecked.__wrapped__)  # other tests hold its answers against the contract
    sandbox = Sandbox(rate_limit="off")
    with sandbox.client() as client:
        first = client.create(order=sandbox.order_ids[0]).id

    def fill(state: Any) -> None:
        like = state.find("klarna_payments", first)
        for _ in range(99_999):
            state.create("klarna_payments", like.attributes, like.linked, {})

    sandbox.read(fill)
    there = sandbox.read(lambda state: [each.id for each in state.all("klarna_payments")])
    chosen = random.Random(1).sample(there, 4 * 1000)
    is_over, gone, written = threading.Event(), set[str](), Counter[str]()

    def write(mine: list[str]) -> None:
        with sandbox.client() as client:
            for id in mine:
                if is_over.is_set():
                    return
                client.delete(id)
                gone.add(id)
                client.create(order=sandbox.add_order())
                written["deleted and created"] += 1
                time.sleep(0.1)

    writers = [threading.Thread(target=write, args=(chosen[number::4],)) for number in range(4)]
    for each in writers:
        each.start()
    seen = Counter(each.id for each in many.scan(kind.on(sandbox)))
    is_over.set()
    for each in writers:
        each.join()
    print(f"\n{len(seen)} seen while {written['deleted and created']} were deleted and created")
    assert [id for id in there if id not in gone and seen[id] != 1] == []
    assert set(seen.values()) == {1}


@pytest.mark.nightly
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc here")
def test_the_memory_of_a_scan_does_not_grow() -> None:
    most = list[int]()
    for count in (5_000, 100_000):
        api = Api(count)
        command = [sys.executable, str(Path(__file__).with_name("killed.py")), "scan", api.url, ""]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seen, memory = map(int, done.stdout.split())
        api.close()
        assert seen == count
        most.append(memory)
    print(f"\n{most[0] / 1024:.1f} MB for 5,000, {most[1] / 1024:.1f} MB for 100,000")
    assert most[1] - most[0] < 2048


def test_a_scan_has_an_end(kind: Kind, many: Bulk, server: Server) -> None:
    same = {"type": "klarna_payments", "id": "a", "attributes": {}}
    server.answer(200, {"data": [same], "meta": {"record_count": 30, "page_count": 2}})
    with pytest.raises(ResponseFormatError, match="did not keep id_gt=a"):
        ids(many.scan(kind.at(server)))


def test_filters_that_are_taken(many: Bulk, stored: Any) -> None:
    with pytest.raises(ValueError, match="filters has id_gt='x', by which a scan pages: pass after="):
        many.scan(stored, filters={"id_gt": "x"})
    with pytest.raises(ValueError, match="pass since="):
        many.changes(stored, since=WHEN, filters={"updated_at_gteq": WHEN})


def test_changes_come_in_their_order_each_once(many: Bulk, payments: Any, sandbox: Sandbox) -> None:
    everything = ids(many.scan(payments))
    start = datetime.fromtimestamp(sandbox.now(), UTC)
    sandbox.advance(3600)
    since = datetime.fromtimestamp(sandbox.now(), UTC)
    wanted = everything[:30]  # more than a page at the same moment, and more behind them
    for number, id in enumerate(wanted):
        payments.update(id, reference="changed")
        if number > 26:
            sandbox.advance(1)
    walk = many.changes(payments, since=since)
    assert sorted(ids(walk)) == sorted(wanted)
    assert walk.cursor >= since
    assert ids(many.changes(payments, since=walk.cursor + timedelta(minutes=2))) == []
    assert sorted(ids(many.changes(payments, since=start - timedelta(days=1)))) == sorted(everything)


def test_changes_while_others_change(many: Bulk, payments: Any, sandbox: Sandbox) -> None:
    """One that was read and changes moves behind the others, and would move one of them to a page that was read."""
    everything = ids(many.scan(payments))
    since = datetime.fromtimestamp(sandbox.now(), UTC)
    for id in everything:
        sandbox.advance(1)
        payments.update(id, reference="changed")
    seen = Counter[str]()
    for number, each in enumerate(many.changes(payments, since=since, overlap=timedelta(0))):
        seen[each.id] += 1
        if number < 5:
            sandbox.advance(1)
            payments.update(each.id, reference="changed again")
    assert seen == {id: 2 if id in everything[:5] else 1 for id in everything}


COLUMNS = ["id", "reference", "created_at", "order.number", "metadata"]


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_an_export_has_all_rows(many: Bulk, stored: Any, tmp_path: Path, format: str) -> None:
    file, told = tmp_path / f"payments.{format}", list[tuple[int, int]]()
    progress = {"progress": lambda *numbers: told.append(numbers)}
    count = many.export(stored, file, columns=COLUMNS, include=["order"], **progress)
    assert count == COUNT
    assert told == [(25, COUNT), (COUNT, COUNT)]
    assert [each.name for each in tmp_path.iterdir()] == [file.name]
    if format == "parquet":
        rows = pyarrow.parquet.read_table(file).to_pylist()
        assert isinstance(rows[0]["created_at"], datetime)
    else:
        text = file.read_text("utf-8")
        rows = (
            [json.loads(each) for each in text.splitlines()]
            if format == "jsonl"
            else list(csv.DictReader([*text.splitlines()]))
        )
    assert list(rows[0]) == COLUMNS
    assert [(row["id"], row["reference"]) for row in rows] == [(each.id, each.reference) for each in many.scan(stored)]
    assert len({row["order.number"] for row in rows}) == COUNT


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_what_is_to_many_is_a_list(many: Bulk, kind: Kind, server: Server, tmp_path: Path, format: str) -> None:
    captured = {"type": "captures", "id": "c", "attributes": {"created_at": WHEN.isoformat()}}
    items = [{"type": "line_items", "id": each, "attributes": {"name": each}} for each in ("Tée", "Cup")]
    linked = {"captures": {"data": [captured]}, "line_items": {"data": items}}
    order = {"type": "orders", "id": "o", "attributes": {"guest": True}, "relationships": linked}
    answer = {"data": [order], "included": [captured, *items], "meta": {"record_count": 1, "page_count": 1}}
    server.answer(200, answer)
    columns, file = ["guest", "line_items.name", "captures.created_at"], tmp_path / f"orders.{format}"
    many.export(kind.at(server).orders, file, columns=columns, include=["line_items", "captures"])
    if format == "parquet":
        assert pyarrow.parquet.read_table(file).to_pylist() == [
            dict(zip(columns, [True, ["Tée", "Cup"], [WHEN]], strict=True))
        ]
        return
    lines = file.read_text("utf-8").splitlines()
    if format == "jsonl":
        (row,) = [[*json.loads(line).values()] for line in lines]
        assert row == [True, ["Tée", "Cup"], [WHEN.isoformat()]]
        assert "Tée" in lines[0], "as it is in files without columns"
    else:
        assert [*csv.reader(lines)][1] == ["true", '["Tée","Cup"]', f'["{WHEN.isoformat()}"]']


@pytest.fixture
def bucket() -> Iterator[Any]:
    """A bucket in memory."""
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/bucket", recursive=True)


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_an_export_to_an_address_is_that_to_a_file(
    many: Bulk, stored: Any, tmp_path: Path, bucket: Any, format: str
) -> None:
    file = tmp_path / f"payments.{format}"
    many.export(stored, file, columns=COLUMNS, include=["order"])
    assert many.export(stored, f"memory://bucket/{file.name}", columns=COLUMNS, include=["order"]) == COUNT
    assert bucket.cat_file(f"/bucket/{file.name}") == file.read_bytes()
    assert bucket.find("/bucket") == [f"/bucket/{file.name}"]


def test_an_export_to_an_address_goes_on_where_it_was(many: Bulk, payments: Any, bucket: Any) -> None:
    address = "memory://bucket/payments.csv"

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        many.export(payments, address, columns=["id"], progress=stop)
    assert bucket.find("/bucket") == ["/bucket/payments.csv.checkpoint/00000001.json"]
    bucket.pipe_file("/bucket/payments.csv.checkpoint/00000002.json", b'{"rows": [')  # killed while it wrote
    with pytest.raises(ValueError, match=r"the checkpoint memory://bucket/payments\.csv\.checkpoint belongs to"):
        many.export(payments, address, columns=["reference"])
    payments.delete(first := next(iter(many.scan(payments))).id)  # it was fetched already
    assert many.export(payments, address, columns=["id"]) == COUNT
    assert first in bucket.cat_file("/bucket/payments.csv").decode()


@pytest.fixture
def of_days(kind: Kind) -> Any:
    """A client of payments that were created on four days, on the third of them none."""
    sandbox = Sandbox(orders=COUNT, rate_limit="off", clock=lambda: 1_790_000_000.0)  # 13:33 in UTC
    with sandbox.client() as client:
        for number, order in enumerate(sandbox.order_ids):
            client.create(order=order)
            sandbox.advance({5: 43_200, 10: 172_800}.get(number, 0))
    return kind.on(sandbox)


@pytest.mark.parametrize("place", ["", "memory://bucket/"])
def test_an_export_with_a_file_for_each_day(
    many: Bulk, of_days: Any, tmp_path: Path, bucket: Any, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    told = list[tuple[int, int]]()

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if len(told) == 2:
            raise KeyboardInterrupt

    def export() -> Any:
        return many.export(of_days, f"{place}p.csv", columns=["created_at"], daily="created_at", progress=stop)

    bucket.pipe_file("/bucket/x", b"")
    with pytest.raises(KeyboardInterrupt):
        export()
    assert export() == COUNT
    assert told == [(6, COUNT), (11, COUNT), (11, COUNT), (COUNT, COUNT)], "two days were done already"
    system = bucket if place else fsspec.filesystem("file")
    folder = "/bucket" if place else str(tmp_path)
    files = sorted(each for each in system.find(folder) if not each.endswith("x"))
    assert [each.rpartition("/")[2] for each in files] == [f"p-2026-09-{day}.csv" for day in (21, 22, 23, 24)]
    for file, count in zip(files, (6, 5, 0, COUNT - 11), strict=True):
        lines = system.cat_file(file).decode().splitlines()[1:]
        assert len(lines) == count
        assert all(each[:10] in file for each in lines)


def test_days_keep_the_filters_of_the_caller(many: Bulk, of_days: Any, tmp_path: Path) -> None:
    first, last = (datetime(2026, 9, day, 1, 0, tzinfo=UTC) for day in (22, 24))
    filters = {"created_at_gteq": first, "created_at_lt": last}
    assert many.export(of_days, tmp_path / "p.jsonl", daily="created_at", filters=filters) == 5
    assert [each.name for each in tmp_path.iterdir()] == ["p-2026-09-22.jsonl"]
    filters = {"created_at_lt": first}
    assert many.export(of_days, tmp_path / "q.jsonl", daily="created_at", filters=filters) == 6
    none = {"reference_eq": "none"}
    assert many.export(of_days, tmp_path / "none.jsonl", daily="created_at", filters=none) == 0
    assert many.export(of_days, "memory://bucket/none.csv", daily="created_at", filters=none) == 0
    with pytest.raises(ValueError, match="daily='reference' is no time of a KlarnaPayment"):
        many.export(of_days, tmp_path / "a.csv", daily="reference")


def test_an_export_of_everything_has_what_was_included_and_no_secret(many: Bulk, stored: Any, tmp_path: Path) -> None:
    file = tmp_path / "payments.jsonl"
    many.export(stored, str(file), include=["order"])
    first = json.loads(file.read_text("utf-8").splitlines()[0])
    assert first["order"]["number"]
    assert "client_token" not in first


def test_a_bar_needs_tqdm(many: Bulk, stored: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match="progress=True is a bar of it: pip install tqdm, or pass a function"):
        many.export(stored, tmp_path / "x.csv", progress=True)
    assert not [*tmp_path.iterdir()]


def test_an_export_of_nothing(many: Bulk, stored: Any, tmp_path: Path) -> None:
    for ending, text in (("csv", "id,reference"), ("jsonl", "")):
        file = tmp_path / f"none.{ending}"
        columns = ["id", "reference"]
        assert many.export(stored, file, columns=columns, filters={"reference_eq": "none"}) == 0
        assert file.read_text("utf-8").strip() == text


def test_what_cannot_be_exported_is_refused_before_anything_is_sent(kind: Kind, many: Bulk, tmp_path: Path) -> None:
    unreachable = kind.at("http://127.0.0.1:9/api")
    for name, options, problem in [
        ("a.txt", {}, r"format='txt' of .*a\.txt is none of jsonl, csv, parquet"),
        ("a.csv", {"columns": ["order"]}, "which is a resource"),
        ("a.csv", {"filters": {"no way": 1}}, "no way"),
    ]:
        with pytest.raises(ValueError, match=problem):
            many.export(unreachable, tmp_path / name, **options)
    with pytest.raises(FileNotFoundError, match="there is no directory"):
        many.export(unreachable, tmp_path / "no" / "a.csv")


def test_a_checkpoint_belongs_to_one_question(many: Bulk, stored: Any, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint"
    many.backfill(stored, lambda payment: None, checkpoint=checkpoint)
    with pytest.raises(ValueError, match=r"belongs to .*delete it"):
        many.backfill(stored, lambda payment: None, filters={"reference_eq": "x"}, checkpoint=checkpoint)
    with pytest.raises(ValueError, match=r"belongs to .*delete it"):
        many.backfill(stored, lambda payment: None, what="another change", checkpoint=checkpoint)


def test_a_checkpoint_belongs_to_one_organization(kind: Kind, many: Bulk, payments: Any, tmp_path: Path) -> None:
    """Else a file would have the payments of both, and a backfill would leave out those of the second."""
    other = kind.on(Sandbox(organization="other", rate_limit="off"))
    file = tmp_path / "payments.csv"

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        many.export(payments, file, columns=["id"], progress=stop)
    with pytest.raises(ValueError, match=r"belongs to .*delete it"):
        many.export(other, file, columns=["id"])
    assert many.export(payments, file, columns=["id"]) == COUNT


def test_a_checkpoint_has_one_user(many: Bulk, stored: Any, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint"

    def second(payment: Any) -> None:
        bulk.backfill(stored, lambda each: None, checkpoint=checkpoint)  # type: ignore[call-overload]

    if isinstance(stored, Face):
        pytest.skip("one kind is enough: the checkpoint is the same")
    with pytest.raises(OSError, match="Does another process use it"):
        many.backfill(stored, second, checkpoint=checkpoint, concurrency=1)


class Stopped(Exception):
    """Something outside the work ended it."""


def changed(sandbox: Sandbox, id: str = "") -> int:
    return len([each for each in sandbox.requests if each.method == "PATCH" and each.path.endswith(id)])


def test_a_backfill_writes_what_changes_something(many: Bulk, payments: Any, sandbox: Sandbox) -> None:
    everything = ids(many.scan(payments))
    same, left = everything[0], everything[1]

    def change(payment: Any) -> Any:
        return {same: {"reference": payment.reference}, left: None}.get(payment.id, {"metadata": {"by": "backfill"}})

    assert many.backfill(payments, change) == Backfilled(COUNT - 2, 2, ())
    assert changed(sandbox) == COUNT - 2
    assert many.backfill(payments, change) == Backfilled(0, COUNT, ())
    assert changed(sandbox) == COUNT - 2


def test_a_backfill_keeps_failures_and_stops_at_too_many(
    kind: Kind, many: Bulk, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.fail_next(502, method="PATCH", times=3)
    payments = kind.on(sandbox, retry=None)

    def change(payment: Any) -> Any:
        return {"reference": f"new {payment.id}"}

    with pytest.raises(TooManyFailures, match="more than 2 resources could not be changed") as raised:
        many.backfill(payments, change, checkpoint=tmp_path / "c", max_failures=2, concurrency=1)
    assert raised.value.result.failed == 3
    assert pickle.loads(pickle.dumps(raised.value)).result == raised.value.result
    assert many.backfill(payments, change, checkpoint=tmp_path / "c") == Backfilled(COUNT, 0, ())


def test_a_backfill_with_its_checkpoint_at_an_address(kind: Kind, many: Bulk, sandbox: Sandbox, bucket: Any) -> None:
    """Stopped in the middle of a page, it sends nothing again that was confirmed, whatever the change would be now."""
    address, payments, calls = "memory://bucket/backfill", kind.on(sandbox, retry=None), Counter[str]()

    def change(payment: Any) -> Any:
        calls[payment.id] += 1
        if calls.total() == 30:
            raise Stopped
        return {"reference": f"{payment.reference} again"}

    sandbox.fail_next(502, method="PATCH")
    with pytest.raises(Stopped):
        many.backfill(payments, change, checkpoint=address, concurrency=1)
    assert len(bucket.find("/bucket/backfill/notes")) >= 4  # threads may have taken the next ones
    bucket.pipe_file("/bucket/backfill/notes/x.json", b'{"number": 2, "id')  # killed while it wrote
    with pytest.raises(ValueError, match="belongs to"):
        many.backfill(payments, change, filters={"reference_eq": "x"}, checkpoint=address)
    result = many.backfill(payments, change, checkpoint=address, concurrency=1)
    assert (result.changed, result.unchanged, result.failed) == (COUNT - 1, 0, 1)
    assert sum(changed(sandbox, id) for id in calls) == COUNT
    assert max(changed(sandbox, id) for id in calls) == 1
    assert not bucket.exists("/bucket/backfill/notes")
    assert many.backfill(payments, change, checkpoint=address) == result


def test_a_backfill_of_named_items(many: Bulk, payments: Any, sandbox: Sandbox) -> None:
    """More than a page of them, in any order and some twice, with line ends; those that are not there are failures."""
    everything, told = ids(many.scan(payments)), list[tuple[int, int]]()
    named = [*everything[:28], "none", "~none"]
    lines = [f"{id}\n" for id in reversed([*named, *named[:3]])]
    start, options = len(sandbox.requests), {"progress": lambda *numbers: told.append(numbers), "concurrency": 1}
    result = many.backfill(payments, lambda payment: {"reference": "named"}, items=iter(lines), **options)
    assert (result.changed, result.unchanged) == (28, 0)
    assert {(each.id, each.reason) for each in result.failures} == {("none", "not found"), ("~none", "not found")}
    assert told == [(25, 30), (30, 30)]
    sent = [each.method for each in sandbox.requests[start:]]
    assert (sent.count("GET"), sent.count("PATCH")) == (2, 28)
    assert [each.id for each in many.scan(payments) if each.reference != "named"] == everything[28:]


def test_a_backfill_of_no_items_changes_nothing(many: Bulk, payments: Any, sandbox: Sandbox) -> None:
    sent = len(sandbox.requests)
    assert many.backfill(payments, lambda payment: {"reference": "x"}, items=[]) == Backfilled(0, 0, ())
    assert len(sandbox.requests) == sent


def test_items_and_filters_are_both_kept(many: Bulk, payments: Any) -> None:
    first, second = ids(many.scan(payments, filters={}))[:2]
    payments.update(first, reference="taken")
    options = {"items": {first, second}, "filters": {"reference_eq": "taken"}}
    result = many.backfill(payments, lambda payment: {"metadata": {"by": "backfill"}}, **options)
    assert (result.changed, [each.id for each in result.failures]) == (1, [second])
    assert result.failures[0].reason == "not found with these filters"


def test_items_that_are_not_found_count_as_failures(many: Bulk, payments: Any, sandbox: Sandbox) -> None:
    before, items = changed(sandbox), [*ids(many.scan(payments))[:3], *(f"none-{number}" for number in range(4))]
    with pytest.raises(TooManyFailures, match="more than 2 resources could not be changed, the last one none-2: not f"):
        many.backfill(payments, lambda payment: {"reference": "x"}, items=items, max_failures=2)
    assert changed(sandbox) == before


@pytest.mark.parametrize("place", ["", "memory://bucket/"])
def test_a_backfill_of_items_goes_on_where_it_was(
    many: Bulk,
    payments: Any,
    sandbox: Sandbox,
    bucket: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    """In the middle of a page, where a filter does not match any more what was changed already."""
    monkeypatch.chdir(tmp_path)
    bucket.pipe_file("/bucket/x", b"")
    items = sorted(ids(many.scan(payments)))[:30]
    stops = {items[4], items[27]}

    def change(payment: Any) -> Any:
        if payment.id in stops:
            stops.remove(payment.id)
            raise Stopped
        return {"reference": "done"}

    options = {"filters": {"reference_not_eq": "done"}, "checkpoint": f"{place}c", "concurrency": 1}
    for _ in range(2):
        with pytest.raises(Stopped):
            many.backfill(payments, change, items=items, **options)
    for others in ([*items[1:], "other"], None):
        with pytest.raises(ValueError, match=r"belongs to .*30 ids, sha256 .*delete it"):
            many.backfill(payments, change, items=others, **options)
    asked = len(sandbox.requests)
    assert many.backfill(payments, change, items=reversed(items), **options) == Backfilled(30, 0, ())
    assert [each.method for each in sandbox.requests[asked:]].count("GET") == 1, "the first page was done"
    assert {changed(sandbox, id) for id in items} == {1}


def test_what_the_api_gives_beyond_the_items_is_not_changed(kind: Kind, many: Bulk, server: Server) -> None:
    other = {"type": "klarna_payments", "id": "other", "attributes": {}}
    server.answer(200, {"data": [other], "meta": {"record_count": 1, "page_count": 1}})
    with pytest.raises(ResponseFormatError, match="did not keep id_in=a,b"):
        many.backfill(kind.at(server), lambda payment: {"reference": "x"}, items=["b", "a"])
    assert [each.method for each in server.requests] == ["GET"]


def test_what_is_refused_leaves_no_checkpoint(many: Bulk, stored: Any, tmp_path: Path) -> None:
    """Else what is right the next time would be refused as another question."""
    for filters, items in (({"id_gt": "x"}, None), ({"id_in": ["x"]}, ["x"])):
        with pytest.raises(ValueError, match="filters has id_"):
            many.backfill(stored, lambda payment: None, filters=filters, items=items, checkpoint=tmp_path / "c")
    with pytest.raises(ValueError, match="filters has id_gt"):
        many.export(stored, tmp_path / "a.csv", filters={"id_gt": "x"})
    assert not [*tmp_path.iterdir()]


def test_a_mistake_in_the_change_goes_to_the_caller(many: Bulk, stored: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        many.backfill(stored, lambda payment: 1 // 0)
    for option, number in (("concurrency", 0), ("concurrency", -1), ("concurrency", 1.5), ("max_failures", -1)):
        with pytest.raises(ValueError, match=rf"{option}={number} must be a whole number, [01] or more"):
            many.backfill(stored, lambda payment: {"reference": "x"}, **{option: number})
    with pytest.raises(TypeError, match="capture"):
        many.backfill(stored, lambda payment: {"_capture": True})


# ---- The end of the process at any moment --------------------------------------------------------------------------


class Api:
    """Payments by number, listed by id and changed; counts what it was asked."""

    def __init__(self, count: int) -> None:
        self.payments = {f"p{number:06}": f"old-{number}" for number in range(count)}
        self.ids = list(self.payments)
        self.reads, self.writes = Counter[str](), Counter[str]()
        self.left = 0
        self.reached = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                asked = dict(parse_qsl(urlsplit(self.path).query))
                after = asked.get("filter[q][id_gt]", "")
                owner.reads[after] += 1
                owner.came()
                first = bisect_right(owner.ids, after)
                left = len(owner.ids) - first
                meta = {"record_count": left, "page_count": -(-left // 25)}
                self.give({"data": [owner.resource(id) for id in owner.ids[first : first + 25]], "meta": meta})

            def do_PATCH(self) -> None:
                id = self.path.rpartition("/")[2]
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                owner.writes[id] += 1
                owner.came()
                owner.payments[id] = sent["data"]["attributes"]["reference"]
                self.give({"data": owner.resource(id)})

            def give(self, document: Any) -> None:
                body = json.dumps(document).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/vnd.api+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def came(self) -> None:
        self.left -= 1
        if not self.left:
            self.reached.set()

    def resource(self, id: str) -> Any:
        return {"type": "klarna_payments", "id": id, "attributes": {"reference": self.payments[id]}}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def api(times: int) -> Iterator[Api]:
    """An API that has not been walked through after so many kills."""
    api = Api(150 * times)
    yield api
    api.close()


def killed(api: Api, work: str, file: Path, requests: int) -> bool:
    """Run the work, and kill it when so many requests have come; return whether it was killed before its end."""
    api.left = requests
    api.reached.clear()
    command = [sys.executable, str(Path(__file__).with_name("killed.py")), work, api.url, str(file)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        while process.poll() is None and not api.reached.wait(0.05):
            pass
        time.sleep(random.uniform(0, 0.004))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.returncode in (0, -signal.SIGKILL), process.stderr and process.stderr.read()
        return process.returncode != 0


moments = pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.nightly)])
needs_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")


@needs_kill
@moments
def test_an_export_that_is_killed_repeats_at_most_a_page(api: Api, tmp_path: Path, times: int) -> None:
    file = tmp_path / "payments.csv"
    kills = sum(killed(api, "export", file, random.randint(1, 3)) for _ in range(times))
    assert not killed(api, "export", file, 1000)
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert [row["id"] for row in rows] == sorted(api.payments)
    assert kills
    ends = sum(api.reads.values()) - len(api.reads)
    assert ends <= times, f"each kill repeats at most one page: {api.reads}"


@needs_kill
@moments
def test_a_backfill_that_is_killed_repeats_no_confirmed_write(api: Api, tmp_path: Path, times: int) -> None:
    file = tmp_path / "checkpoint"
    kills = sum(killed(api, "backfill", file, random.randint(1, 40)) for _ in range(times))
    assert not killed(api, "backfill", file, 100_000)
    assert api.payments == {id: f"new-{id}" for id in api.payments}
    assert kills
    assert set(api.writes.values()) == {1}, "what was written is seen to be as it should be"
    assert sum(api.reads.values()) - len(api.reads) <= times


def test_types_of_both_clients() -> None:
    client = AsyncKlarnaPayments("acme", auth=AccessToken("t"))
    assert type(bulk.scan(client)).__name__ == "AsyncScan"
