"""uvloop runs the async client."""

from __future__ import annotations

import asyncio

import uvloop
from helper import async_client

NAME, PACKAGES = "uvloop", ["uvloop"]


def test_tasks():
    """120 tasks at once, a third of which are cancelled: the others get their answer, and the client still works."""

    async def tasks() -> None:
        async with async_client() as payments:
            calls = [asyncio.create_task(payments.count()) for _ in range(120)]
            await asyncio.sleep(0.05)
            for call in calls[::3]:
                call.cancel()
            done = await asyncio.gather(*calls, return_exceptions=True)
            assert [each for number, each in enumerate(done) if number % 3] == [0] * 80
            assert await payments.count() == 0

    uvloop.run(tasks())
