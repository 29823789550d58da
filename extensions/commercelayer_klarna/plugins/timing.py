"""The clock, sleep and chance of a client, which tests replace: ``timing=`` of the client."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable

from commercelayer_klarna._values import frozen

__all__ = ["Timing"]


async def _async_sleep(seconds: float) -> None:
    import asyncio  # the sync client does not need it

    await asyncio.sleep(seconds)


@frozen
class Timing:
    """Clock, sleep and chance. Tests pass their own, and take no real time.

    Attributes:
        monotonic: Returns seconds from a start of its own; deadlines use it.
        now: Returns seconds since 1970.
        sleep: Waits, in the sync client.
        async_sleep: Waits, in the async client.
        uniform: Returns a random number between two others.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    async_sleep: Callable[[float], Awaitable[None]] = _async_sleep
    uniform: Callable[[float, float], float] = random.uniform
