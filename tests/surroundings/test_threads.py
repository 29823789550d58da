"""Many threads of one process share a client, and an API that takes its time."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import threading
import time

from helper import at_once, client, free_port, listening

from commercelayer_klarna import AccessToken, KlarnaPayments

NAME, PACKAGES = "150 threads", ["python"]

THREADS, CALLS, SECONDS = 150, 20, 0.1
PAYMENT = json.dumps({"data": {"type": "klarna_payments", "id": "slow", "attributes": {}}})


async def serve(port: int) -> None:
    """Answer each request after 100 ms."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\nContent-Length: {len(PAYMENT)}\r\n\r\n"

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            await asyncio.sleep(SECONDS)
            writer.write((head + PAYMENT).encode())

    async with await asyncio.start_server(connected, "127.0.0.1", port, backlog=THREADS):
        await asyncio.Event().wait()


def measure(payments: KlarnaPayments) -> list[float]:
    """Return how long each call took, once every thread has a connection."""
    together = threading.Barrier(THREADS)

    def calls(_: int) -> list[float]:
        payments.retrieve("slow")
        together.wait()
        took = []
        for _ in range(CALLS):
            started = time.perf_counter()
            payments.retrieve("slow")
            took.append(time.perf_counter() - started)
        return took

    return [each for thread in at_once(calls, range(THREADS), THREADS) for each in thread]


def test_150_threads(measured):
    """150 threads call an API of 100 ms, 20 times each: no call fails, none takes over three times the median."""
    port, ratios = free_port(), []
    with (
        listening(sys.executable, __file__, str(port), port=port),
        client(base_url=f"http://127.0.0.1:{port}/api", auth=AccessToken("t")) as payments,
    ):
        while len(ratios) < 3 and min(ratios, default=9) > 3:  # other programs of the machine may disturb one of them
            took = measure(payments)
            median, slowest = statistics.median(took), max(took)
            ratios.append(slowest / median)
            measured(f"{len(took):,} calls, median {median:.3f} s, slowest {slowest:.3f} s, {ratios[-1]:.1f} times")
    assert min(ratios) <= 3


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
