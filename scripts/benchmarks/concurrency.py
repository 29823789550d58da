"""The rows of concurrency: what one of many calls at once costs, against httpx, and one of a burst, against one alone.

A call that fails ends the program.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from benchmarks.calls import HEADERS, ONE, read
from benchmarks.rounds import compared, print_rows
from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, KlarnaPayments

TASKS, THREADS, CALLS = 200, 16, 400
BURSTS = (200, 1000)
LIMITS = httpx.Limits(max_connections=TASKS, max_keepalive_connections=TASKS, keepalive_expiry=None)
SPEED = importlib.util.find_spec("msgspec") is not None


def in_flight(url: str, rounds: int) -> list[dict[str, Any]]:
    """Tasks on an ``http_client``, the worst case for the pool of httpx; and on one of another library."""
    row = f"{TASKS} tasks in flight"
    found = [in_flight_on(httpx.AsyncClient, row, url, rounds)]
    if importlib.util.find_spec("httpx_aiohttp"):
        aiohttp: Any = importlib.import_module("httpx_aiohttp")
        found.append(in_flight_on(aiohttp.HttpxAiohttpClient, f"{row}, aiohttp", url, rounds))
    return found


def in_flight_on(pool: Callable[..., httpx.AsyncClient], row: str, url: str, rounds: int) -> dict[str, Any]:
    """Tasks on an ``http_client`` of some kind, against one of httpx."""
    with asyncio.Runner() as runner:
        raw, wire = httpx.AsyncClient(limits=LIMITS), pool(limits=LIMITS)
        ours = AsyncKlarnaPayments(base_url=f"{url}/api", auth=AccessToken("token"), http_client=wire)

        async def our_call() -> None:
            read(await ours.retrieve(ONE))

        async def raw_call() -> None:
            (await raw.get(f"{url}/api/klarna_payments/{ONE}", headers=HEADERS)).json()

        async def at_once(call: Callable[[], Awaitable[object]], calls: int) -> None:
            await asyncio.gather(*(call() for _ in range(calls)))

        sides = {
            "ours": lambda calls: runner.run(at_once(our_call, calls)),
            "httpx": lambda calls: runner.run(at_once(raw_call, calls)),
        }
        found = compared(row, sides, calls=TASKS, rounds=rounds, speed=SPEED)
        runner.run(raw.aclose())
        runner.run(wire.aclose())
        return found


def in_threads(url: str, rounds: int) -> dict[str, Any]:
    """Threads that share a client, on both sides as it is made by default."""
    with (
        httpx.Client(base_url=f"{url}/api", headers=HEADERS) as raw,
        KlarnaPayments(base_url=f"{url}/api", auth=AccessToken("token")) as ours,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        sides = {
            "ours": lambda calls: list(threads.map(lambda _: read(ours.retrieve(ONE)), range(calls))),
            "httpx": lambda calls: list(threads.map(lambda _: raw.get(f"/klarna_payments/{ONE}").json(), range(calls))),
        }
        return compared(f"{THREADS} threads", sides, calls=CALLS, rounds=rounds, speed=SPEED)


def async_bursts(url: str, rounds: int) -> list[dict[str, Any]]:
    """Bursts of tasks on a client as it is made by default, against calls one after the other."""
    with asyncio.Runner() as runner:
        ours = AsyncKlarnaPayments(base_url=f"{url}/api", auth=AccessToken("token"))

        async def alone(calls: int) -> None:
            for _ in range(calls):
                await ours.retrieve(ONE)

        async def together(calls: int) -> None:
            await asyncio.gather(*(ours.retrieve(ONE) for _ in range(calls)))

        sides = {
            "at once": lambda calls: runner.run(together(calls)),
            "one by one": lambda calls: runner.run(alone(calls)),
        }
        found = [
            compared(f"burst of {burst:,}, async", sides, calls=burst, rounds=rounds, speed=SPEED) for burst in BURSTS
        ]
        runner.run(ours.close())
        return found


def thread_burst(url: str, burst: int, rounds: int) -> dict[str, Any]:
    """A burst of threads, against calls that the same threads make one after the other: what it costs to hand a call to
    a thread is on both sides."""
    with (
        KlarnaPayments(base_url=f"{url}/api", auth=AccessToken("token")) as ours,
        ThreadPoolExecutor(burst) as threads,
    ):

        def together(calls: int) -> None:
            begins = threading.Barrier(calls)

            def call(_: int) -> None:
                begins.wait()
                ours.retrieve(ONE)

            list(threads.map(call, range(calls)))

        def alone(calls: int) -> None:
            for _ in range(calls):
                threads.submit(ours.retrieve, ONE).result()

        sides = {"at once": together, "one by one": alone}
        return compared(f"burst of {burst:,}, threads", sides, calls=burst, rounds=rounds, speed=SPEED)


def rows(url: str, rounds: int) -> list[dict[str, Any]]:
    """All rows of concurrency."""
    # A burst of 200 takes one pool of httpx half a minute, so there is one round of it in a turn.
    found = [*in_flight(url, 1), in_threads(url, rounds)]
    bursts = min(rounds, 3)
    return [*found, *async_bursts(url, bursts), *(thread_burst(url, burst, bursts) for burst in BURSTS)]


if __name__ == "__main__":
    print_rows(rows)
