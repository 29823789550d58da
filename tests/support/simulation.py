"""Hours of faults in seconds: an API in virtual time, and the figures of ``docs/reliability.md``.

``PYTHONPATH=tests python -m support.simulation`` prints them. Everything is drawn from a seed, so the figures are the
same each time.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import httpx
from attrs import define, evolve, frozen

from commercelayer_klarna import (
    AccessToken,
    AmbiguousWriteError,
    AsyncKlarnaPayments,
    ClientCredentials,
    CommerceLayerError,
    KlarnaPayments,
)
from commercelayer_klarna.plugins import Timing
from commercelayer_klarna.plugins.retry import Retry
from commercelayer_klarna.sandbox import Sandbox
from support.face import awaited
from support.order_life import OrderShop
from support.virtual_time import EPOCH, FakeTime, VirtualLoop

VISIBLE_AFTER = 0.5
"""Seconds from a creation until lists and reads show it."""


@define
class Stored:
    id: str
    order: str
    reference: str | None
    created_at: float


FAULTS = {
    "no connection": 0.010,
    "503": 0.005,
    "429": 0.010,
    "slow": 0.007,
    "reset after the write": 0.005,
    "502 after the write": 0.003,
    "none": 0.960,
}
"""Which part of all requests meets which fault. Slow ones take 5 to 25 seconds, whether somebody waits or not."""


class FaultyAPI(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Creates, lists and retrieves payments, with faults before and after the write."""

    def __init__(self, time: FakeTime, chance: random.Random, *, hostile: bool = False) -> None:
        """``hostile``: no filter is kept, no time is told, looks are slow, and others create payments all the while."""
        self.hostile = hostile
        self.stored: dict[str, Stored] = {}
        self.posts = 0
        self.retrieved: set[str] = set()
        self._time = time
        self._chance = chance

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        (fault,) = self._chance.choices(list(FAULTS), list(FAULTS.values()))
        if request.method == "POST":
            self.posts += 1
        if fault == "no connection":
            raise httpx.ConnectError("refused") from ConnectionRefusedError()
        self._time.elapsed += self._chance.uniform(0.05, 0.4)
        if fault in {"503", "429"}:
            return self._answer(int(fault))
        taken = self._chance.uniform(5, 25) if fault == "slow" else 0.0
        answer = self._done(request, self._time.elapsed + taken)
        patience = request.extensions["timeout"].get("read")
        self._time.elapsed += min(taken, patience)
        if taken > patience:
            raise httpx.ReadTimeout("too slow")
        if fault == "reset after the write":
            raise httpx.ReadError("reset")
        return self._answer(502) if fault == "502 after the write" else answer

    def _done(self, request: httpx.Request, at: float) -> httpx.Response:
        if request.method == "POST":
            data = json.loads(request.content)["data"]
            if self.hostile:
                other = f"other{len(self.stored)}"
                self.stored[other] = Stored(other, f"order of {other}", data["attributes"].get("reference"), at)
            made = Stored(
                f"payment{len(self.stored)}",
                data["relationships"]["order"]["data"]["id"],
                data["attributes"].get("reference"),
                at,
            )
            self.stored[made.id] = made
            return self._answer(201, {"data": _resource(made)})
        name = request.url.path.rpartition("/")[2]
        if name != "klarna_payments":
            found = self.stored.get(name)
            if found is None or not self._shows(found):
                return self._answer(404)
            self.retrieved.add(name)
            return self._answer(200, {"data": _resource(found)})
        order = request.url.params["filter[q][order_id_eq]"]
        if self.hostile:
            self._time.elapsed += self._chance.uniform(1, 8)
            newest = [each for each in reversed(list(self.stored.values())[-25:]) if self._shows(each)]
            several = [_resource(each) for each in newest]
            return self._answer(200, {"data": several, "meta": {"record_count": len(several), "page_count": 1}})
        several = [_resource(each) for each in self._of(order) if self._shows(each)]
        return self._answer(200, {"data": several, "meta": {"record_count": len(several), "page_count": 1}})

    def _of(self, order: str) -> list[Stored]:
        # Payments of an order are made within one call, so the last ones are enough.
        return [each for each in list(self.stored.values())[-40:] if each.order == order]

    def _shows(self, each: Stored) -> bool:
        return each.created_at + VISIBLE_AFTER <= self._time.elapsed

    def _answer(self, status: int, document: Any = None) -> httpx.Response:
        now = datetime.fromtimestamp(EPOCH + self._time.elapsed, UTC)
        headers = {"Content-Type": "application/vnd.api+json"}
        if not self.hostile:
            headers["Date"] = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return httpx.Response(
            status, headers=headers, content=b"" if document is None else json.dumps(document).encode()
        )


def _resource(stored: Stored) -> dict[str, Any]:
    created_at = datetime.fromtimestamp(EPOCH + stored.created_at, UTC).isoformat(timespec="milliseconds")
    return {
        "type": "klarna_payments",
        "id": stored.id,
        "attributes": {"created_at": created_at, "reference": stored.reference, "metadata": {}, "client_token": "c"},
        "relationships": {"order": {"data": {"type": "orders", "id": stored.order}}},
    }


@frozen
class Creates:
    """What became of many creates.

    Attributes:
        calls: Creates.
        posts: Requests that they took, read-backs not counted.
        found_again: Those whose answer was lost, and that returned what was found.
        duplicates: Payments beyond one for each order.
        lost: Payments that nobody was told of, and payments told of that are not there.
        ambiguous: Those that raised ``AmbiguousWriteError``.
        refused: Those that raised another error of ours, which says that nothing was created.
        untyped: Those that raised anything else.
    """

    calls: int
    posts: int
    found_again: int
    duplicates: int
    lost: int
    ambiguous: int
    refused: int
    untyped: int

    def __str__(self) -> str:
        return (
            f"{self.calls} creates, {self.posts} POSTs: {self.duplicates} duplicates, {self.lost} lost,"
            f" {self.ambiguous} ambiguous ({self.ambiguous / self.calls:.2%}), {self.found_again} found after a lost"
            f" answer, {self.refused} refused with certainty, {self.untyped} errors of no type"
        )


def creates(
    calls: int, *, kind: str = "sync", timeout: float = 15.0, reference: bool = True, hostile: bool = False
) -> Creates:
    """Create one payment for each of many orders, one after the other."""
    chance = random.Random(1)
    time = FakeTime(now=EPOCH - 400 if hostile else EPOCH)
    api = FaultyAPI(time, chance, hostile=hostile)
    timing = evolve(time.timing, uniform=chance.uniform)
    returned: dict[str, str] = {}
    told: dict[str, str] = {}
    untyped = 0
    client: Any = (httpx.Client if kind == "sync" else httpx.AsyncClient)(transport=api)
    client_class: Any = KlarnaPayments if kind == "sync" else AsyncKlarnaPayments
    payments = client_class("acme", auth=AccessToken("t"), http_client=client, timing=timing, timeout=timeout)
    with asyncio.Runner() as runner:
        for number in range(calls):
            order = f"order{number}"
            try:
                made = payments.create(order=order, reference=f"ref-{number}" if reference else None)
                if kind == "async":
                    made = runner.run(made)
                returned[order] = made.id
            except AmbiguousWriteError:
                told[order] = "ambiguous"
            except CommerceLayerError:
                told[order] = "refused"
            except Exception:
                untyped += 1
    by_order: dict[str, list[str]] = {}
    for each in api.stored.values():
        by_order.setdefault(each.order, []).append(each.id)
    return Creates(
        calls=calls,
        posts=api.posts,
        found_again=len(api.retrieved & set(returned.values())),
        duplicates=sum(len(ids) - 1 for ids in by_order.values()),
        lost=len(
            [
                order
                for order in by_order
                if order.startswith("order")
                and " of " not in order
                and order not in returned
                and told.get(order) != "ambiguous"
            ]
        )
        + len([order for order, identifier in returned.items() if identifier not in by_order.get(order, [])]),
        ambiguous=list(told.values()).count("ambiguous"),
        refused=list(told.values()).count("refused"),
        untyped=untyped,
    )


class FaultySandbox(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A sandbox with the same faults; what is slow is carried out late, whether somebody still waits or not."""

    def __init__(self, time: FakeTime, chance: random.Random, sandbox: Sandbox) -> None:
        self.patches = 0
        self._time, self._chance, self._sandbox = time, chance, sandbox
        self._late: list[tuple[float, httpx.Request]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        (fault,) = self._chance.choices(list(FAULTS), list(FAULTS.values()))
        self.patches += request.method == "PATCH"
        if fault == "no connection":
            raise httpx.ConnectError("refused") from ConnectionRefusedError()
        self._time.elapsed += self._chance.uniform(0.05, 0.4)
        if fault in {"503", "429"}:
            return httpx.Response(int(fault))
        for at, late in [each for each in self._late if each[0] <= self._time.elapsed]:
            self._late.remove((at, late))
            now, self._time.elapsed = self._time.elapsed, at
            self._done(late)
            self._time.elapsed = now
        taken = self._chance.uniform(5, 25) if fault == "slow" else 0.0
        patience = request.extensions["timeout"].get("read")
        if taken > patience:
            self._late.append((self._time.elapsed + taken, request))
            self._time.elapsed += patience
            raise httpx.ReadTimeout("too slow")
        self._time.elapsed += taken
        answer = self._done(request)
        if fault == "reset after the write":
            raise httpx.ReadError("reset")
        return httpx.Response(502) if fault == "502 after the write" else answer

    def _done(self, request: httpx.Request) -> httpx.Response:
        target, headers = request.url.raw_path.decode("ascii"), request.headers.multi_items()
        answer = self._sandbox.handle(request.method, target, headers, request.read())
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)


@frozen
class Triggers:
    """What became of many captures and refunds of parts.

    Attributes:
        calls: Captures and refunds.
        patches: Requests that they took, reads not counted.
        doubled: Transactions that no call was told of.
        lost: Calls that were told of a transaction that is not there, or that another call was told of.
        ambiguous: Calls that raised ``AmbiguousWriteError``.
        settled: Those of which ``settle`` told a minute after what became of them.
        refused: Calls that raised another error of ours, which says that nothing was done.
        untyped: Calls that raised anything else.
    """

    calls: int
    patches: int
    doubled: int
    lost: int
    ambiguous: int
    settled: int
    refused: int
    untyped: int

    def __str__(self) -> str:
        return (
            f"{self.calls} captures and refunds, {self.patches} PATCHes: {self.doubled} doubled, {self.lost} lost,"
            f" {self.ambiguous} ambiguous ({self.ambiguous / self.calls:.2%}), {self.settled} of them settled,"
            f" {self.refused} refused with certainty, {self.untyped} errors of no type"
        )


ORDERS, PARTS = 5, 8
"""Orders of one sandbox; captures, and refunds, of an order: all of one amount, which is the hardest to tell apart."""


def triggers(calls: int, *, kind: str = "sync", timeout: float = 15.0) -> Triggers:
    """Capture and refund parts of orders, one after the other; what is ambiguous is settled a minute after."""
    chance, time = random.Random(1), FakeTime()
    timing = evolve(time.timing, uniform=chance.uniform)
    client_class: Any = KlarnaPayments if kind == "sync" else AsyncKlarnaPayments
    told = {"ambiguous": 0, "settled": 0, "refused": 0, "untyped": 0}
    doubled = lost = patches = 0
    with asyncio.Runner() as runner:

        def now(value: Any) -> Any:
            return runner.run(awaited(value)) if kind == "async" else value

        def told_of(payments: Any, call: Any, id_: str, **amount: int) -> list[str]:
            """Call once; return the id of the transaction that the caller is told of, now or by ``settle``."""
            try:
                return [now(call(id_, **amount)).id]
            except AmbiguousWriteError as error:
                told["ambiguous"] += 1
                time.elapsed += 60
                with suppress(CommerceLayerError):
                    settled = now(payments.settle(error))
                    told["settled"] += settled.outcome != "unknown"
                    return [settled.resource.id] if settled.outcome == "carried_out" else []
            except CommerceLayerError:
                told["refused"] += 1
            except Exception:
                told["untyped"] += 1
            return []

        for _ in range(calls // (2 * PARTS * ORDERS)):
            sandbox = Sandbox(clock=lambda: EPOCH + time.elapsed, orders=0)
            api = FaultySandbox(time, chance, sandbox)
            client: Any = (httpx.Client if kind == "sync" else httpx.AsyncClient)(transport=api)
            auth = ClientCredentials(client_id=sandbox.client_id, client_secret=sandbox.client_secret)
            payments = client_class("sandbox", auth=auth, http_client=client, timing=timing, timeout=timeout)
            for _ in range(ORDERS):
                shop = OrderShop(sandbox)
                order = shop.order("approved")
                id_, capture = shop.transactions(order, "authorizations")[0]["id"], payments.authorizations.capture
                taken = [each for _ in range(PARTS) for each in told_of(payments, capture, id_, amount_cents=100)]
                first, refund = shop.transactions(order, "captures")[0]["id"], payments.captures.refund
                given = [each for _ in range(PARTS) for each in told_of(payments, refund, first, amount_cents=10)]
                for type_, known in (("captures", taken), ("refunds", given)):
                    there = {each["id"] for each in shop.transactions(order, type_)}
                    doubled, lost = doubled + len(there.difference(known)), lost + len(known) - len(there & {*known})
            patches += api.patches
    return Triggers(calls=calls, patches=patches, doubled=doubled, lost=lost, **told)


@frozen
class Outage:
    """What a client sent while every request failed.

    Attributes:
        calls: Calls that began within the outage.
        requests: Requests that arrived within it.
    """

    calls: int
    requests: int

    @property
    def amplification(self) -> float:
        """Requests by calls; without faults it is 1."""
        return self.requests / self.calls

    def __str__(self) -> str:
        return f"{self.calls} calls, {self.requests} requests, amplification {self.amplification:.2f}"


class FailingAPI(httpx.AsyncBaseTransport):
    """Lists and creates nothing, and fails between two moments."""

    def __init__(self, loop: VirtualLoop, begin: float, end: float, fault: str) -> None:
        self.arrived = 0
        self._loop, self._begin, self._end, self._fault = loop, begin, end, fault

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        out = self._begin <= self._loop.now < self._end
        self.arrived += out
        if out and self._fault == "no connection":
            raise httpx.ConnectError("refused") from ConnectionRefusedError()
        await asyncio.sleep(0.2)
        if out:
            return httpx.Response(int(self._fault))
        resource = {"type": "klarna_payments", "id": "x", "attributes": {}}
        document = (
            {"data": resource}
            if request.method == "POST"
            else {"data": [], "meta": {"record_count": 0, "page_count": 0}}
        )
        return httpx.Response(200, json=document)


def outage(fault: str, *, write: bool = False, quota: int | None = 500, seconds: float = 120.0) -> Outage:
    """Call 3.3 times a second for a minute, through an outage, and for another minute."""
    loop, chance, minute, rate = VirtualLoop(), random.Random(1), 60.0, 3.3
    api = FailingAPI(loop, minute, minute + seconds, fault)
    timing = Timing(monotonic=loop.time, now=lambda: EPOCH + loop.now, uniform=chance.uniform)
    options: Any = {"plugins": [Retry(quota)], "timing": timing, "http_client": httpx.AsyncClient(transport=api)}

    async def call(payments: AsyncKlarnaPayments) -> None:
        with suppress(CommerceLayerError):
            await (payments.create(order="o") if write else payments.count())

    async def main() -> int:
        begun = 0
        async with (
            AsyncKlarnaPayments("acme", auth=AccessToken("t"), **options) as payments,
            asyncio.TaskGroup() as group,
        ):
            while loop.now < 2 * minute + seconds:
                begun += minute <= loop.now < minute + seconds
                group.create_task(call(payments))
                await asyncio.sleep(1 / rate)
        return begun

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return Outage(runner.run(main()), api.arrived)


CREATES: dict[str, dict[str, Any]] = {
    "sync": {},
    "async": {"kind": "async"},
    "sync, without references": {"reference": False},
    "sync, with a timeout of 5 s": {"timeout": 5.0},
    "sync, no filter, no time, slow read-backs": {"hostile": True},
    "async, no filter, no time, slow read-backs": {"hostile": True, "kind": "async"},
}
OUTAGES = {
    "503": ("503", False, 500),
    "no connection": ("no connection", False, 500),
    "503 to creates": ("503", True, 500),
    "503, without the quota": ("503", False, None),
    "429 for as long": ("429", False, 500),
}


TRIGGERS: dict[str, dict[str, Any]] = {
    "sync": {},
    "async": {"kind": "async"},
}


def figures(calls: int) -> list[str]:
    """The lines of the page."""
    lines: list[str] = []
    for name, options in CREATES.items():
        lines.append(f"{name}: {creates(calls, **options)}")
    for name, options in TRIGGERS.items():
        lines.append(f"{name}: {triggers(calls, **options)}")
    for name, (fault, write, quota) in OUTAGES.items():
        lines.append(f"{name}: {outage(fault, write=write, quota=quota)}")
    return lines


if __name__ == "__main__":
    logging.disable()
    for line in figures(20_000):
        print(line, flush=True)
