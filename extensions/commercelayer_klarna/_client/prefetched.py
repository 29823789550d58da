"""A page that is asked for while its walk does something else: by a task of the event loop, or by a thread.

Which pages are asked for ahead, and when, is in ``_async.pager``.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from typing import Generic, TypeVar

__all__ = ["AsyncPrefetched", "Prefetched"]

T = TypeVar("T")
P = TypeVar("P")


class AsyncPrefetched(Generic[T]):
    """What a task fetches."""

    def __init__(self, fetch: Callable[[P], Awaitable[T]], position: P) -> None:
        async def run() -> T:
            return await fetch(position)

        self._task = asyncio.create_task(run())
        # The error of a page that nobody comes to is nobody's; asyncio would complain of it.
        self._task.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def result(self) -> T:
        """Return what it fetched, or raise what that raised. Who is cancelled here cancels it too."""
        return await self._task

    def drop(self) -> None:
        """Cancel it. The garbage collector may call this, from any thread, and after the end of the event loop."""
        with suppress(RuntimeError):
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    async def over(self) -> None:
        """Wait until nothing of it runs."""
        await asyncio.wait([self._task])


class Prefetched(Generic[T]):
    """What a thread fetches. The thread is its own, so nothing stays when it is over."""

    def __init__(self, fetch: Callable[[P], T], position: P) -> None:
        self._again: Callable[[], T] = lambda: fetch(position)
        self._owner = os.getpid()
        self._future: Future[T] = Future()
        self._thread = threading.Thread(
            target=copy_context().run, args=[self._run], name="commercelayer_klarna-page", daemon=True
        )
        self._thread.start()

    def _run(self) -> None:
        try:
            self._future.set_result(self._again())
        except BaseException as error:  # it is the caller's
            self._future.set_exception(error)

    def result(self) -> T:
        """Return what it fetched, or raise what that raised."""
        if self._owner != os.getpid():  # the thread stayed with the parent of the fork
            return self._again()
        return self._future.result()

    def drop(self) -> None:
        """Do nothing: nothing can end a request of a thread but its answer, its timeout or its deadline."""

    def over(self) -> None:
        """Wait until nothing of it runs."""
        if self._owner == os.getpid():
            self._thread.join()
