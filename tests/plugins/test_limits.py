"""``limits``: many calls meet no 429, and leave little of what is allowed unused. Time is virtual."""

from __future__ import annotations

import asyncio
import logging
import pickle
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal

import httpx
import pytest

from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, RateLimitError
from commercelayer_klarna.plugins import Timing
from commercelayer_klarna.plugins.limits import Limits
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.api.rate_limits import LIMITS, RateLimits
from support.kind import Kind
from support.server import Server
from support.virtual_time import EPOCH, FakeTime, VirtualLoop

Mode = Literal["live", "test"]
TEST_TOKEN = "e30.eyJ0ZXN0Ijp0cnVlfQ.x"
"""A JWT whose claims are ``{"test": true}``."""
TOKENS = {"live": "opaque", "test": TEST_TOKEN}
EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}


class CountingAPI(httpx.AsyncBaseTransport):
    """Counts requests as the sandbox does, and answers after a random time."""

    def __init__(self, loop: VirtualLoop, mode: Mode, latency: float, *, headers: bool = True) -> None:
        self.limits = RateLimits(mode, "enforce")
        self.answered: dict[int, int] = {}
        self._loop, self._latency, self._headers = loop, latency, headers
        self._chance = random.Random(1)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._chance.expovariate(2 / self._latency))
        allowed, headers = self.limits.count("here", "read", "klarna_payments", self._loop.now)
        await asyncio.sleep(self._chance.expovariate(2 / self._latency))
        status = 200 if allowed else 429
        self.answered[status] = self.answered.get(status, 0) + 1
        return httpx.Response(
            status, json=EMPTY if allowed else {"errors": []}, headers=headers if self._headers else []
        )


def paced(
    mode: Mode, calls: int, *, clients: int = 1, processes: int = 1, headers: bool = True, workers: int = 8
) -> tuple[dict[int, int], float]:
    """Make calls through several clients; return the answers by status, and the successes of a minute.

    Each process has a clock of its own, as real ones have; that is what keeps their paces apart here.
    """
    loop = VirtualLoop()
    api = CountingAPI(loop, mode, 0.5, headers=headers)
    left = iter(range(calls))

    async def work(payments: AsyncKlarnaPayments) -> None:
        for _ in left:
            with suppress(RateLimitError):
                await payments.count()

    def client(process: int) -> AsyncKlarnaPayments:
        chance = random.Random(process)
        timing = Timing(monotonic=clocks[process], now=lambda: EPOCH + loop.now, uniform=chance.uniform)
        http_client = httpx.AsyncClient(transport=api)
        auth = AccessToken(TOKENS[mode])
        options: Any = {"plugins": [Limits()], "timing": timing, "http_client": http_client, "deadline": None}
        return AsyncKlarnaPayments("acme", auth=auth, **options)

    async def main() -> None:
        made = [client(process) for process in range(processes) for _ in range(clients)]
        async with asyncio.TaskGroup() as group:
            for payments in made:
                for _ in range(workers // len(made)):
                    group.create_task(work(payments))

    clocks = [lambda: loop.now for _ in range(processes)]
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main())
    return api.answered, api.answered[200] / loop.now * 60


@pytest.mark.parametrize("mode", ["live", "test"])
@pytest.mark.parametrize("calls", [210, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_many_calls_use_what_is_allowed_and_meet_no_429(mode: Mode, calls: int) -> None:
    answered, per_minute = paced(mode, calls)
    assert answered == {200: calls}
    assert per_minute >= 0.92 * LIMITS[mode]["read"].average


def test_clients_of_one_process_share_a_pace() -> None:
    answered, per_minute = paced("live", 220, clients=2, headers=False)
    assert answered == {200: 220}
    assert per_minute < 200


@pytest.mark.nightly
def test_processes_share_by_the_headers_of_answers() -> None:
    answered, per_minute = paced("live", 4000, processes=4, workers=16)
    assert answered.get(429, 0) <= 0.02 * sum(answered.values())
    assert per_minute >= 180


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def test_the_sandbox_with_enforced_limits_answers_all(kind: Kind, time: FakeTime) -> None:
    sandbox = Sandbox(clock=time.timing.now, rate_limit="enforce")
    payments = kind.on(sandbox, plugins=[Limits()], timing=time.timing, retry=None)
    for _ in range(60):
        payments.count()
    assert 30 < time.elapsed < 38, "60 calls at 93 a minute, of which 5 begin at once"


@pytest.fixture
def answers(server: Server) -> Server:
    server.answer(200, EMPTY)
    return server


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.INFO, "commercelayer_klarna"):
        yield


def test_what_does_not_fit_the_deadline_is_refused_at_once(kind: Kind, time: FakeTime, answers: Server) -> None:
    payments = kind.at(answers, plugins=[Limits(per_minute=2, burst=1)], timing=time.timing, deadline=20.0)
    payments.count()
    with pytest.raises(
        RateLimitError, match=r"was not sent: at 2 requests in 60 s its turn comes in 30\.0 s"
    ) as raised:
        payments.count()
    assert time.elapsed == 0
    assert len(answers.requests) == 1
    error = pickle.loads(pickle.dumps(raised.value))
    assert (error.limit, error.interval, error.remaining, error.retry_after) == (2, 60, 0, 30.0)
    time.sleep(15)
    payments.count()  # the refused call gave its turn back
    assert time.elapsed == 30


def test_a_long_wait_is_told(kind: Kind, time: FakeTime, answers: Server, caplog: pytest.LogCaptureFixture) -> None:
    payments = kind.at(answers, plugins=[Limits(per_minute=40, burst=2)], timing=time.timing)
    payments.count()
    payments.count()
    assert "waits" not in caplog.text
    payments.count()
    assert "waits 1.5 s: 40 requests a minute" in caplog.text


def test_a_429_stops_all_clients(kind: Kind, time: FakeTime, server: Server) -> None:
    server.answer(429, {"errors": []}, headers={"Retry-After": "20"})
    server.answer(200, EMPTY)
    timing = time.timing
    refused, other = (kind.at(server, plugins=[Limits()], timing=timing, retry=None) for _ in range(2))
    with pytest.raises(RateLimitError):
        refused.count()
    assert time.elapsed == 0
    other.count()
    assert 20 <= time.elapsed <= 21
    other.count()
    assert time.elapsed > 20.3, "there is no burst after a pause"


def test_the_pace_falls_to_the_limit_that_headers_tell(kind: Kind, time: FakeTime, server: Server) -> None:
    told = {"X-Ratelimit-Limit": "100", "X-Ratelimit-Interval": "60", "X-Ratelimit-Remaining": "99"}
    server.answer(200, EMPTY, headers=told)
    payments = kind.at(server, plugins=[Limits()], timing=time.timing)
    for _ in range(32):
        payments.count()
    assert time.elapsed == pytest.approx(26 * 60 / 93, abs=1.5)


def test_headers_of_another_counter_change_nothing(kind: Kind, time: FakeTime, server: Server) -> None:
    told = {"X-Ratelimit-Limit": "1000", "X-Ratelimit-Interval": "60", "X-Ratelimit-Remaining": "1"}
    server.answer(200, EMPTY, headers=told)
    payments = kind.at(server, plugins=[Limits()], timing=time.timing)
    for _ in range(11):
        payments.count()
    assert time.elapsed == pytest.approx(60 / 186)


def test_a_cancelled_call_leaves_its_turn_to_others() -> None:
    loop = VirtualLoop()
    api = CountingAPI(loop, "live", 0.01)

    async def main() -> float:
        timing = Timing(monotonic=loop.time)
        options: Any = {"timing": timing, "http_client": httpx.AsyncClient(transport=api), "deadline": None}
        payments = AsyncKlarnaPayments("acme", auth=AccessToken("t"), plugins=[Limits()], **options)
        waiting = [asyncio.create_task(payments.count()) for _ in range(200)]
        await asyncio.sleep(1)
        for each in waiting:
            each.cancel()
        await asyncio.wait(waiting)
        await payments.count()
        return loop.now

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(main()) < 2


@pytest.mark.parametrize("wrong", [{"per_minute": 0}, {"burst": True}, {"per_minute": 1.5}])
def test_a_pace_that_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be a whole number, 1 or more"):
        Limits(**wrong)
