"""The rows of concurrency: calls in a second of CPU time (all are busy throughout), by 200 tasks and by 16 threads; and
what a call of a burst costs, against one alone. A call that fails ends the program."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import statistics
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

import httpx

from benchmarks.calls import HEADERS, ONE, read
from benchmarks.rounds import compared
from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, KlarnaPayments

TASKS, THREADS, CALLS = 200, 16, 400
BURSTS = (200, 1000)
LIMITS = httpx.Limits(max_connections=TASKS, max_keepalive_connections=TASKS, keepalive_expiry=None)
SPEED = importlib.util.find_spec("msgspec") is not None


async def in_flight(call: Callable[[], Awaitable[object]]) -> float:
    """Calls in a second of CPU time, 200 at a time."""
    started = time.process_time()
    await asyncio.gather(*(call() for _ in range(TASKS)))
    return TASKS / (time.process_time() - started)


def in_threads(call: Callable[[], object]) -> float:
    """Calls in a second of CPU time, 16 at a time."""
    with ThreadPoolExecutor(THREADS) as threads:
        started = time.process_time()
        list(threads.map(lambda _: call(), range(CALLS)))
        return CALLS / (time.process_time() - started)


async def async_rates(url: str, rounds: int) -> dict[str, list[float]]:
    """Calls a second of each async side, round by round."""
    address = f"{url}/api"
    token = AccessToken("token")
    pools: dict[str, Callable[[], httpx.AsyncClient]] = {"httpx": lambda: httpx.AsyncClient(limits=LIMITS)}
    if importlib.util.find_spec("httpx_aiohttp"):
        aiohttp: Any = importlib.import_module("httpx_aiohttp")
        pools["httpx-aiohttp"] = lambda: aiohttp.HttpxAiohttpClient(limits=LIMITS)
    rates: dict[str, list[float]] = {}
    async with AsyncExitStack() as opened:
        calls: dict[str, Callable[[], Awaitable[object]]] = {}
        for name, pool in pools.items():
            raw = await opened.enter_async_context(pool())
            wire = await opened.enter_async_context(pool())
            ours = AsyncKlarnaPayments(base_url=address, auth=token, http_client=wire)

            async def our_call(ours: AsyncKlarnaPayments = ours) -> None:
                read(await ours.retrieve(ONE))

            async def raw_call(raw: httpx.AsyncClient = raw) -> None:
                (await raw.get(f"{address}/klarna_payments/{ONE}", headers=HEADERS)).json()

            calls |= {f"ours, {name}": our_call, name: raw_call}
        for number in range(rounds + 1):
            for side in sorted(calls, reverse=bool(number % 2)):
                rate = await in_flight(calls[side])
                if number:  # the first round opens the connections
                    rates.setdefault(side, []).append(rate)
    return rates


def thread_rates(url: str, rounds: int) -> dict[str, list[float]]:
    """Calls a second of each side in threads, round by round."""
    rates: dict[str, list[float]] = {"ours, httpx": [], "httpx": []}
    with httpx.Client(base_url=f"{url}/api", headers=HEADERS) as raw, httpx.Client() as wire:
        ours = KlarnaPayments(base_url=f"{url}/api", auth=AccessToken("token"), http_client=wire)
        in_threads(lambda: ours.retrieve(ONE))
        for _ in range(rounds):
            rates["ours, httpx"].append(in_threads(lambda: read(ours.retrieve(ONE))))
            rates["httpx"].append(in_threads(lambda: raw.get(f"/klarna_payments/{ONE}").json()))
    return rates


async def async_bursts(url: str, rounds: int) -> list[dict[str, Any]]:
    """Bursts of tasks on a client as it is made by default, against calls one after the other."""
    async with AsyncKlarnaPayments(base_url=f"{url}/api", auth=AccessToken("token")) as ours:

        async def alone(calls: int) -> None:
            for _ in range(calls):
                await ours.retrieve(ONE)

        async def together(calls: int) -> None:
            await asyncio.gather(*(ours.retrieve(ONE) for _ in range(calls)))

        found: list[dict[str, Any]] = []
        for burst in BURSTS:
            times: dict[str, list[float]] = {"at once": [], "one by one": []}
            for number in range(rounds + 1):
                for name, calls, do in (("at once", burst, together), ("one by one", CALLS, alone)):
                    started = time.process_time()
                    await do(calls)
                    if number:  # the first round opens the connections
                        times[name].append((time.process_time() - started) / calls * 1e6)
            found.append(compared(f"burst of {burst:,}, async", times, speed=SPEED))
        return found


def thread_bursts(url: str, rounds: int) -> list[dict[str, Any]]:
    """Bursts of threads, against calls that the same threads make one after the other: what it costs to hand a call to
    a thread is on both sides."""
    found: list[dict[str, Any]] = []
    with KlarnaPayments(base_url=f"{url}/api", auth=AccessToken("token")) as ours:
        for burst in BURSTS:
            times: dict[str, list[float]] = {"at once": [], "one by one": []}
            with ThreadPoolExecutor(burst) as threads:
                for number in range(rounds + 1):
                    begins = threading.Barrier(burst)

                    def call(_: int, begins: threading.Barrier = begins) -> None:
                        begins.wait()
                        ours.retrieve(ONE)

                    started = time.process_time()
                    list(threads.map(call, range(burst)))
                    between = time.process_time()
                    for _ in range(CALLS):
                        threads.submit(ours.retrieve, ONE).result()
                    if number:  # the first round opens the connections and begins the threads
                        times["at once"].append((between - started) / burst * 1e6)
                        times["one by one"].append((time.process_time() - between) / CALLS * 1e6)
            found.append(compared(f"burst of {burst:,}, threads", times, speed=SPEED))
    return found


def row(name: str, side: str, against: str, rates: dict[str, list[float]]) -> dict[str, Any]:
    """A row of calls a second."""
    ours, theirs = rates[side], rates[against]
    return {
        "row": name,
        "side": side,
        "against": against,
        "unit": "calls/s",
        "ours": {"max": round(max(ours)), "median": round(statistics.median(ours))},
        "theirs": {"max": round(max(theirs)), "median": round(statistics.median(theirs))},
        "ratio": round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 3),
        "rounds": len(ours),
        "speed": SPEED,
    }


def rows(url: str, rounds: int) -> list[dict[str, Any]]:
    """All rows of concurrency."""
    # A burst of 200 takes the pool of httpx seconds, so there are few rounds of it.
    rates = asyncio.run(async_rates(url, min(rounds, 3)))
    found = [row(f"{TASKS} tasks in flight", "ours, httpx", "httpx", rates)]
    if "httpx-aiohttp" in rates:
        found.append(row(f"{TASKS} tasks in flight, aiohttp", "ours, httpx-aiohttp", "httpx", rates))
    found.append(row(f"{THREADS} threads", "ours, httpx", "httpx", thread_rates(url, rounds)))
    return [*found, *asyncio.run(async_bursts(url, min(rounds, 9))), *thread_bursts(url, min(rounds, 9))]


if __name__ == "__main__":
    print(json.dumps(rows(sys.argv[1], int(sys.argv[2]))))
