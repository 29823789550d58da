"""Work on shards without a cluster: each is done here. ``test_dask`` has real clusters, at night."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commercelayer_klarna import KlarnaPayments
from commercelayer_klarna.bulk import Plan, Shard, on_dask, plan
from commercelayer_klarna.bulk.on_dask import export_dask
from commercelayer_klarna.sandbox import Sandbox

COUNT = 12


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox(orders=COUNT, clock=lambda: 1_790_000_000.0)
    for order in made.order_ids:
        made.advance(3600)
        made.create_payment(order)
    return made


@pytest.fixture
def payments(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[KlarnaPayments]:
    def computed(plan: Plan, work: Callable[[Shard], int]) -> list[int]:
        return [work(shard) for shard in plan.shards]

    monkeypatch.setattr(on_dask, "_computed", computed)
    with sandbox.client(retry=None) as client:
        yield client


def rows(path: Path) -> list[Any]:
    return [json.loads(line) for file in sorted(path.iterdir()) for line in file.read_text().splitlines()]


@pytest.mark.parametrize("remote", [False, True])
def test_shards_that_are_done_are_not_exported_again(
    payments: KlarnaPayments, sandbox: Sandbox, tmp_path: Path, remote: bool
) -> None:
    made = plan(payments, shards=4)
    assert len(made.shards) == 4
    path = tmp_path / "exported"
    where = f"local://{path}" if remote else str(path)
    asked = list[Any]()

    def client() -> KlarnaPayments:
        asked.append(None)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return payments

    options: Any = {"format": "jsonl", "client": client}
    with pytest.raises(KeyboardInterrupt):
        export_dask(made, where, **options)
    (path / "00002.jsonl").unlink()
    before = len(sandbox.requests)
    assert export_dask(made, where, **options) == COUNT
    assert len(sandbox.requests) - before == 3, "the first is done; of the second, the file is gone"
    assert len(rows(path)) == len({each["id"] for each in rows(path)}) == COUNT
    assert [each.name for each in sorted(path.iterdir())] == [f"{number:05}.jsonl" for number in range(1, 5)]
    assert export_dask(made, where, **options) == COUNT
    assert len(sandbox.requests) - before == 7, "an export that is over begins anew"


def test_what_is_done_belongs_to_one_export(payments: KlarnaPayments, tmp_path: Path) -> None:
    made = plan(payments, shards=2)

    def client() -> KlarnaPayments:
        if (tmp_path / "00001.csv").exists():
            raise KeyboardInterrupt
        return payments

    with pytest.raises(KeyboardInterrupt):
        export_dask(made, str(tmp_path), format="csv", columns=["id"], client=client)
    with pytest.raises(ValueError, match=r"_00001\.done belongs to .*: delete it"):
        export_dask(made, str(tmp_path), format="csv", columns=["reference"], client=lambda: payments)
