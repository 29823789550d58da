"""How much of the published limits a client uses, and how often it is refused: ``scripts/benchmark --limits``.

Time is virtual: an event loop whose clock jumps to the next thing that happens, and a server that counts exactly, as
the sandbox does: 200 requests in a minute and 50 in ten seconds, over all workers. Each answer takes half a second on
average. What is refused counts as well in the second table, since it is not documented that it does not.
"""

from __future__ import annotations

import asyncio
import json
import random
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import httpx

from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, CommerceLayerError, RetryPolicy
from commercelayer_klarna.plugins import Timing
from commercelayer_klarna.plugins.limits import Limits

CALLS, WORKERS = 2000, 32
LIMIT = 200
EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}
EPOCH = 1_792_569_600.0


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that sleeps by turning its clock on."""

    def __init__(self) -> None:
        super().__init__(_Selector(self))
        self.now = 0.0

    def time(self) -> float:
        """Return the time, in seconds."""
        return self.now


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        """Return at once; what would be waited for has come."""
        if timeout:
            self._loop.now += timeout
        found: list[Any] = super().select(0)
        return found


class ExactServer(httpx.AsyncBaseTransport):
    """Counts in sliding windows, and refuses what is beyond."""

    def __init__(self, loop: VirtualLoop, refused_count: bool) -> None:
        self.loop, self.refused_count = loop, refused_count
        self.answered = {200: 0, 429: 0}
        self._chance = random.Random(1)
        self._windows = {60: (LIMIT, deque[float]()), 10: (50, deque[float]())}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Count a request, and answer it."""
        await asyncio.sleep(self._chance.expovariate(4))
        now, is_free = self.loop.now, True
        for seconds, (most, came) in self._windows.items():
            while came and came[0] <= now - seconds:
                came.popleft()
            is_free = is_free and len(came) < most
        if is_free or self.refused_count:
            for _, came in self._windows.values():
                came.append(now)
        left = max(0, LIMIT - len(self._windows[60][1]))
        await asyncio.sleep(self._chance.expovariate(4))
        status = 200 if is_free else 429
        self.answered[status] += 1
        told = {"X-Ratelimit-Limit": str(LIMIT), "X-Ratelimit-Interval": "60", "X-Ratelimit-Remaining": str(left)}
        return httpx.Response(status, json=EMPTY if is_free else {"errors": []}, headers=told)


Ask = Callable[[], Coroutine[None, None, bool]]
Way = Callable[[ExactServer], list[Ask]]


def ours(server: ExactServer, *, plugins: list[Any], retry: RetryPolicy | None, processes: int = 1) -> list[Ask]:
    """One way to ask for each process, of which each has a clock, and so a pace, of its own."""

    def process(number: int) -> Ask:
        chance = random.Random(number)
        timing = Timing(monotonic=lambda: server.loop.now, now=lambda: EPOCH + server.loop.now, uniform=chance.uniform)
        options: Any = {"timing": timing, "http_client": httpx.AsyncClient(transport=server), "retry": retry}
        payments = AsyncKlarnaPayments("acme", auth=AccessToken("opaque"), plugins=plugins, deadline=None, **options)

        async def ask() -> bool:
            with suppress(CommerceLayerError):
                await payments.count()
                return True
            return False

        return ask

    return [process(number) for number in range(processes)]


def by_hand(server: ExactServer, *, attempts: int, factor: float, most: float, jitter: bool) -> list[Ask]:
    """What many clients do: httpx, and exponential waits after a 429."""
    client, chance = httpx.AsyncClient(transport=server), random.Random(7)

    async def ask() -> bool:
        for attempt in range(attempts):
            answer = await client.get("https://acme.example/api/klarna_payments")
            if answer.status_code == 200:
                return True
            wait = min(most, factor * 2**attempt)
            await asyncio.sleep(chance.uniform(0, wait) if jitter else wait)
        return False

    return [ask]


RETRY = RetryPolicy()
WAYS: dict[str, Way] = {
    "ours, with limits": lambda server: ours(server, plugins=[Limits()], retry=RETRY),
    "ours, with limits, 4 processes without a store": lambda server: ours(
        server, plugins=[Limits()], retry=RETRY, processes=4
    ),
    "ours, retries alone": lambda server: ours(server, plugins=[], retry=RETRY),
    "httpx, 5 attempts, 0.5 s doubled, jitter": lambda server: by_hand(
        server, attempts=5, factor=0.5, most=60, jitter=True
    ),
    "httpx, 10 attempts, 0.5 s doubled, jitter": lambda server: by_hand(
        server, attempts=10, factor=0.5, most=120, jitter=True
    ),
    "httpx, 3 attempts, at most 8 s (as many SDKs)": lambda server: by_hand(
        server, attempts=3, factor=0.5, most=8, jitter=True
    ),
    "httpx, once, naive": lambda server: by_hand(server, attempts=1, factor=0, most=0, jitter=False),
}


def measured(way: Way, *, refused_count: bool) -> dict[str, Any]:
    """Make all calls one way."""
    loop = VirtualLoop()
    server, left = ExactServer(loop, refused_count), iter(range(CALLS))
    done = [0]

    async def work(ask: Ask) -> None:
        for _ in left:
            is_answered = await ask()
            done[0] += is_answered

    async def main() -> None:
        asks = way(server)
        async with asyncio.TaskGroup() as group:
            for number in range(WORKERS):
                group.create_task(work(asks[number % len(asks)]))

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main())
    sent = sum(server.answered.values())
    return {
        "refused": server.answered[429] / sent,
        "failed": CALLS - done[0],
        "goodput": done[0] / loop.now * 60,
        "used": done[0] / loop.now * 60 / LIMIT,
    }


def rows() -> list[dict[str, Any]]:
    """All ways, on a server that does not count what it refuses, and on one that does."""
    return [
        {"way": name, "refused count": counts, **measured(way, refused_count=counts)}
        for counts in (False, True)
        for name, way in WAYS.items()
    ]


def table(found: list[dict[str, Any]]) -> str:
    """Return the rows as Markdown."""
    lines = [
        f"{CALLS} calls of {WORKERS} workers in virtual time; {LIMIT} a minute and 50 in ten seconds are allowed.",
        "",
        "| way | refused count | 429 | calls that failed | successes a minute |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in found:
        counts = "yes" if row["refused count"] else "no"
        lines.append(f"| {row['way']} | {counts} | {row['refused']:.1%} | {row['failed']} | {row['goodput']:.0f} |")
    return "\n".join(lines)


def as_json(found: list[dict[str, Any]]) -> str:
    """Return the rows for programs."""
    return json.dumps(found, indent=2)
