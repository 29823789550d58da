"""Work on a real cluster of Dask, with a real Redis; all of it at night, since it takes long to start.

What is simulated is the API: the sandbox, and a server that counts the requests of each address exactly, at ten
times the published limits. Workers send from addresses of their own: 127.0.0.1 and 127.0.0.2.
"""

# Dask is installed for the nightly run.
# pyright: reportMissingImports=false

from __future__ import annotations

import os
import pickle
import re
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.dataset
import pytest
from attrs import evolve

from commercelayer_klarna import KlarnaPayments
from commercelayer_klarna.bulk import Plan, plan, scan
from commercelayer_klarna.bulk.on_dask import backfill_dask, export_dask, read_dask, worker_client
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.bulk import add_payments
from support.dask_cluster import TIMES, cluster, paced, signed
from support.million import Goodput, served
from support.redis_server import RedisServer

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here"),
]

COUNT = 400


@pytest.fixture
def sandbox() -> Sandbox:
    """Payments of some days."""
    made = Sandbox(orders=1, rate_limit="enforce", mode="live")
    with made.client(retry=None) as client:
        first = client.create(order=made.order_ids[0]).id
    add_payments(made, first, COUNT - 1)
    return made


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[SandboxServer]:
    with SandboxServer(sandbox) as running:
        yield running


@pytest.fixture
def environment(server: SandboxServer, redis: RedisServer) -> dict[str, str]:
    """The environment of a worker."""
    return {**server.env, "COMMERCELAYER_KLARNA_REDIS": redis.url}


@pytest.fixture
def payments(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[KlarnaPayments]:
    """The client of this process, which shares limits and tokens with the workers."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    worker_client.cache_clear()
    with worker_client() as client:
        yield client
    worker_client.cache_clear()


def kill_one(dask: Any, sandbox: Sandbox, method: str, requests: int) -> threading.Thread:
    """Kill a worker when so many requests have come."""
    pids, before = list(dask.run(os.getpid).values()), asked(sandbox, method)

    def kill() -> None:
        while asked(sandbox, method) - before < requests:
            time.sleep(0.01)
        os.kill(pids[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def asked(sandbox: Sandbox, method: str) -> int:
    return len([each for each in sandbox.requests if each.method == method and "/api/" in each.path])


def test_a_worker_that_is_killed_loses_nothing_of_what_is_read(
    payments: KlarnaPayments, sandbox: Sandbox, environment: dict[str, str], tmp_path: Path
) -> None:
    """With the client of the environment: one token for all, and within the limits that the sandbox enforces."""
    made = plan(payments, shards=8)
    print(f"\n{made}")
    there = sandbox.read(lambda state: sorted(each.id for each in state.all("klarna_payments")))
    with cluster([environment] * 4) as dask:
        killing = kill_one(dask, sandbox, "GET", 6)
        frame = read_dask(made, columns=["id", "created_at"]).compute()
        killing.join()
        killing = kill_one(dask, sandbox, "GET", 6)
        assert export_dask(made, str(tmp_path), columns=["id", "reference"]) == COUNT
        killing.join()
    assert sorted(frame["id"]) == there
    assert str(frame["created_at"].dtype) == "datetime64[us, UTC]"
    assert sorted(pyarrow.dataset.dataset(tmp_path).to_table()["id"].to_pylist()) == there
    statuses = [each.status for each in sandbox.requests]
    assert 429 not in statuses
    assert len([each for each in sandbox.requests if each.path == "/oauth/token"]) <= 2, "that of the fixture, and one"


def test_a_worker_that_is_killed_writes_nothing_twice(
    payments: KlarnaPayments, sandbox: Sandbox, environment: dict[str, str], tmp_path: Path
) -> None:
    sandbox.advance(60)  # the plan of another test has nothing to do with this one
    made = plan(payments, shards=4, filters={"id_in": ids(payments)[:160]})
    with cluster([environment] * 2) as dask:
        killing = kill_one(dask, sandbox, "PATCH", 40)
        result = backfill_dask(made, signed, checkpoint=str(tmp_path / "done"), concurrency=2)
        killing.join()
        assert (result.total, result.failed) == (160, 0)
        again = backfill_dask(made, signed, checkpoint=str(tmp_path / "done"), concurrency=2)
        assert again == result
    changed = [each.path for each in sandbox.requests if each.method == "PATCH"]
    assert len(changed) == len(set(changed)) == 160


def ids(payments: KlarnaPayments) -> list[str]:
    return [each.id for each in scan(payments)]


def test_no_secret_is_in_what_is_sent_to_the_workers(
    payments: KlarnaPayments, environment: dict[str, str], sandbox: Sandbox
) -> None:
    from dask.base import collections_to_expr
    from distributed.protocol.pickle import dumps

    made = plan(payments, shards=2)
    assert worker_client().count() == COUNT
    secrets = [sandbox.client_secret, sandbox.client_id, environment["COMMERCELAYER_KLARNA_REDIS"]]
    sent = dumps(collections_to_expr([read_dask(made, columns=["id"])]))
    assert b"worker_client" in sent
    assert [each for each in secrets if each.encode() in sent] == []

    captured = sandbox.client_secret
    careless = read_dask(made, columns=["id"], client=lambda: captured)  # type: ignore[arg-type,return-value]
    assert captured.encode() in dumps(collections_to_expr([careless])), "the test finds one that is there"
    with pytest.raises(TypeError, match="does not pickle, because it holds connections and credentials"):
        pickle.dumps(payments)


def test_the_example_of_the_page_runs(
    payments: KlarnaPayments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "many-payments.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python3\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (block,) = [each for each in blocks if "LocalCluster" in each]
    exec(compile(block, "docs/many-payments.md", "exec", dont_inherit=True), {})
    printed = capsys.readouterr().out
    assert printed.startswith(f"{COUNT} klarna_payments in 16 shards; 186 requests a minute from one address")
    assert f"\n{COUNT}\n" in printed


def test_a_million_by_four_workers_behind_two_addresses(tmp_path: Path, redis: RedisServer) -> None:
    """Twice the goodput of one address, of which a quarter of the plan tells enough; no 429; each payment once."""
    with served(1_000_000, 200 * TIMES) as api:
        one, two = (environment_of(api.serve(), redis, address) for address in ("127.0.0.1", "127.0.0.2"))
        made = planned(one)
        print(f"\nplanned with {api.forget()} requests\n{made}")
        part = evolve(made, shards=made.shards[: len(made.shards) // 4], addresses=1)
        alone = goodput(api, part, [one] * 4, tmp_path / "part")
        both = goodput(api, made, [one, one, two, two], tmp_path / "all")
    print(f"{both.whole / alone.whole:.3f} times as much over all, {both.steady / alone.steady:.3f} while all send")
    assert {*alone.answered, *both.answered} == {200}
    pace = 186 * TIMES * 25 / 60
    assert alone.steady > 0.95 * pace
    assert both.steady > 0.95 * pace * 2
    assert both.whole > 1.95 * alone.whole
    table = pyarrow.dataset.dataset(tmp_path / "all").to_table(columns=["id"])
    assert len(table) == len(table["id"].unique()) == 1_000_000


def environment_of(url: str, redis: RedisServer, address: str) -> dict[str, str]:
    return {
        "COMMERCELAYER_BASE_URL": url,
        "COMMERCELAYER_KLARNA_REDIS": redis.url,
        "COMMERCELAYER_KLARNA_EGRESS": address,
    }


def planned(environment: dict[str, str]) -> Plan:
    """Plan with the client of a worker."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with paced() as client:
            made = plan(client, shards=128, per_minute=186 * TIMES, addresses=2)
        paced.cache_clear()
    return made


def goodput(api: Any, made: Plan, workers: list[dict[str, str]], path: Path) -> Goodput:
    """Export with so many workers, and return what came of it."""
    api.forget()
    with cluster(workers, threads=2):  # four calls in flight fill an address, and two only on a machine that is idle
        columns = ["id", "reference", "created_at"]
        assert export_dask(made, str(path), columns=columns, fields=columns[1:], client=paced) == made.count
    found: Goodput = api.goodput()
    print(f"{made.count} exported; planned {made.duration()}, took {timedelta(seconds=found.seconds)}; {found}")
    return found
