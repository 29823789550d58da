"""Plans: shards that have each resource once, and how long they take."""

from __future__ import annotations

import asyncio
import pickle
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from commercelayer_klarna import AccessToken, AsyncKlarnaPayments
from commercelayer_klarna.bulk import Plan, Shard, export, plan
from commercelayer_klarna.plugins import Timing
from commercelayer_klarna.plugins.limits import Limits
from commercelayer_klarna.sandbox import Sandbox
from support.bulk import Bulk
from support.kind import Kind
from support.million import Million
from support.virtual_time import EPOCH, VirtualLoop

COUNT = 40


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """Payments of some weeks, and ten of the same moment."""
    made = Sandbox(orders=COUNT, rate_limit="off", clock=lambda: 1_790_000_000.0)
    with made.client() as client:
        for number, order in enumerate(made.order_ids):
            made.advance(0 if 20 <= number < 30 else number * 3600.5)
            client.create(order=order, reference="even" if number % 2 else "odd")
    return made


@pytest.fixture
def payments(kind: Kind, sandbox: Sandbox) -> Any:
    return kind.on(sandbox)


@pytest.fixture
def many(kind: Kind) -> Bulk:
    return Bulk(kind)


def test_shards_have_each_resource_once(many: Bulk, payments: Any, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    plan: Plan = many.plan(payments, shards=6)
    assert len(sandbox.requests) - before < 6 * 12
    found = [[each.id for each in many.scan(payments, filters=shard.filters)] for shard in plan.shards]
    assert [len(each) for each in found] == [shard.count for shard in plan.shards]
    assert [id for each in found for id in each] == [each.id for each in many.scan(payments)]
    assert plan.count == COUNT
    assert max(len(each) for each in found) <= 11, "as even as moments allow"
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert len({*plan.shards, *plan.shards}) == len(plan.shards)


def test_shards_keep_other_filters(many: Bulk, payments: Any) -> None:
    wanted = [each.id for each in many.scan(payments, filters={"reference_eq": "odd"})]
    newer = payments.retrieve(wanted[4]).created_at
    plan: Plan = many.plan(payments, shards=4, filters={"reference_eq": "odd", "created_at_gteq": newer})
    assert len(plan.shards) == 4
    found = [each.id for shard in plan.shards for each in many.scan(payments, filters=shard.filters)]
    assert found == wanted[4:]


def test_nothing_and_one_moment_are_one_shard(many: Bulk, payments: Any) -> None:
    (none,) = many.plan(payments, shards=3, filters={"reference_eq": "none"}).shards
    assert none == Shard("klarna_payments", 1, None, None, 0, (("reference_eq", "none"),))
    (same,) = many.plan(payments, shards=3, filters={"id_in": [each.id for each in payments.list(limit=1)]}).shards
    assert same.count == 1
    assert many.plan(payments.orders, shards=1).shards[0].of == "orders"


def test_a_plan_says_how_long_it_takes() -> None:
    plan = Plan(tuple(Shard("orders", number, None, None, 62_500) for number in range(1, 17)), 186, 2)
    assert plan.requests == 40_000
    assert plan.duration() == timedelta(seconds=6452)
    assert str(plan).splitlines()[:4] == [
        "1000000 orders in 16 shards; 186 requests a minute from each of 2 addresses",
        "reading all: 40000 requests, 1:47:32",
        "changing all: 1040000 requests, 1 day, 22:35:42",
        "     1      62500  from the beginning to now",
    ]


@pytest.mark.parametrize("wrong", [{"shards": 0}, {"shards": True}, {"per_minute": 0}, {"addresses": 1.5}])
def test_numbers_that_make_no_plan(kind: Kind, many: Bulk, wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name}={wrong[name]!r} must be a whole number, 1 or more"):
        many.plan(kind.at("http://127.0.0.1:9/api"), **{"shards": 2, **wrong})


@pytest.mark.nightly
def test_a_million_by_four_workers_behind_two_addresses(tmp_path: Path) -> None:
    """Twice the goodput of one address, and no 429, at the published limits; time, workers and API are simulated.

    Behind one address, a part of the shards is enough to see the goodput.
    """
    found = {}
    for addresses, count in ((1, 250_000), (2, 1_000_000)):
        loop = VirtualLoop()
        api = Million(count, 200, lambda loop=loop: loop.now)  # type: ignore[misc]
        with asyncio.Runner(loop_factory=lambda loop=loop: loop) as runner:  # type: ignore[misc]
            made = runner.run(exported(api, loop, addresses, tmp_path / str(addresses)))
        taken = timedelta(seconds=loop.now)
        found[addresses] = api.goodput()
        print(f"{str(made).splitlines()[:2]}, took {taken}, {found[addresses]}")
        assert set(found[addresses].answered) == {200}
        assert taken < made.duration() * 1.06
        files = (tmp_path / str(addresses)).iterdir()
        lines = [line for file in files for line in file.read_text().splitlines()]
        assert len(lines) == len(set(lines)) == count
    assert found[2].whole > 1.95 * found[1].whole
    assert found[2].steady > 0.99 * 2 * 186 * 25 / 60, "while both send, after the plan"


class From(httpx.AsyncBaseTransport):
    """The way to the API from an address; an answer takes 0.6 s."""

    def __init__(self, api: Million, address: str) -> None:
        self._api, self._address = api, address

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.3)
        status, headers, body = self._api.answer(self._address, request.url.raw_path.decode())
        await asyncio.sleep(0.3)
        return httpx.Response(status, content=body, headers=headers)


async def exported(api: Million, loop: VirtualLoop, addresses: int, path: Path) -> Plan:
    """Plan, and export the shards by four workers."""
    path.mkdir()
    timing = Timing(monotonic=lambda: loop.now, now=lambda: EPOCH + loop.now)
    workers = [
        AsyncKlarnaPayments(
            "acme",
            auth=AccessToken("t"),
            http_client=httpx.AsyncClient(transport=From(api, f"address {number % addresses}")),
            plugins=[Limits(egress=f"address {number % addresses}")],
            timing=timing,
            deadline=None,
            retry=None,
        )
        for number in range(4)
    ]
    made = await plan(workers[0], shards=64, addresses=addresses)
    left = iter(made.shards)

    async def work(client: AsyncKlarnaPayments) -> None:
        for shard in left:
            file = path / f"{shard.number}.jsonl"
            await export(client, file, columns=["id"], fields=["created_at"], filters=shard.filters)

    async with asyncio.TaskGroup() as group:
        for each in workers:
            group.create_task(work(each))
    return made
