"""What the compiled chain costs: calls with every built-in plugin against the bare seam to httpx.

Run it: ``.venv/bin/python tests/benchmarks/chain.py``. Both sides send the same request through a mock transport, in
turns and in one process, so that what else the machine does hits both. It prints and checks nothing.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator

import httpx

from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, KlarnaPayments

ROUNDS, CALLS = 41, 200
BODY = b'{"data": []}'
HEADERS = {"Content-Type": "application/vnd.api+json", "Content-Length": str(len(BODY))}


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body as it comes from the network: unread."""

    def __iter__(self) -> Iterator[bytes]:
        yield BODY

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield BODY


def transport() -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(200, headers=HEADERS, stream=Body()))


def bare_and_chain() -> dict[str, Callable[[], None]]:
    wire = httpx.Client(transport=transport())
    payments = KlarnaPayments("acme", auth=AccessToken("x"), http_client=wire)
    headers = dict(payments._seam.headers) | {"Authorization": "Bearer x"}
    seam = httpx.Client(base_url="https://acme.commercelayer.io/api", headers=headers, transport=transport())

    def bare() -> None:
        for _ in range(CALLS):
            seam.send(seam.build_request("GET", "/klarna_payments"))

    def chain() -> None:
        for _ in range(CALLS):
            payments._seam.send(payments._seam.build_request("GET", "/klarna_payments"))

    return {"bare": bare, "chain": chain}


def async_bare_and_chain(loop: asyncio.AbstractEventLoop) -> dict[str, Callable[[], None]]:
    wire = httpx.AsyncClient(transport=transport())
    payments = AsyncKlarnaPayments("acme", auth=AccessToken("x"), http_client=wire)
    headers = dict(payments._seam.headers) | {"Authorization": "Bearer x"}
    seam = httpx.AsyncClient(base_url="https://acme.commercelayer.io/api", headers=headers, transport=transport())

    async def bare() -> None:
        for _ in range(CALLS):
            await seam.send(seam.build_request("GET", "/klarna_payments"))

    async def chain() -> None:
        for _ in range(CALLS):
            await payments._seam.send(payments._seam.build_request("GET", "/klarna_payments"))

    return {"bare": lambda: loop.run_until_complete(bare()), "chain": lambda: loop.run_until_complete(chain())}


def measure(name: str, sides: dict[str, Callable[[], None]]) -> None:
    times: dict[str, list[float]] = {side: [] for side in sides}
    for side in sides.values():
        side()
    gc.disable()
    for number in range(ROUNDS):
        for side in sorted(sides, reverse=bool(number % 2)):
            started = time.perf_counter()
            sides[side]()
            times[side].append((time.perf_counter() - started) / CALLS * 1e6)
        gc.collect()
    gc.enable()
    bare, chain = (statistics.median(times[side]) for side in ("bare", "chain"))
    added = statistics.median(b - a for a, b in zip(times["bare"], times["chain"], strict=True))
    print(f"{name:6} bare {bare:6.1f} us   chain {chain:6.1f} us   added {added:5.1f} us   ratio {chain / bare:.3f}")


if __name__ == "__main__":
    measure("sync", bare_and_chain())
    with asyncio.Runner() as runner:
        measure("async", async_bare_and_chain(runner.get_loop()))
