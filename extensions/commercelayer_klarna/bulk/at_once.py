"""Do something with several things at once: in tasks of the event loop, or in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


async def of_tasks(do: Callable[[T], Awaitable[None]], things: Sequence[T], concurrency: int) -> None:
    """Do it with all things, with so many at once. After an error the others are cancelled."""
    left = iter(things)

    async def work() -> None:
        for each in left:
            await do(each)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(things))):
                group.create_task(work())
    except BaseExceptionGroup as group_of_errors:
        raise group_of_errors.exceptions[0] from None


def of_threads(do: Callable[[T], None], things: Sequence[T], concurrency: int) -> None:
    """Do it with all things, with so many at once. After an error no others are begun."""
    with ThreadPoolExecutor(concurrency) as pool:
        begun = [pool.submit(do, each) for each in things]
        try:
            for each in begun:
                each.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
