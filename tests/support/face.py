"""The async client, its endpoints and its lists with the face of the sync ones, so that each test is written once."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Generic, TypeVar

from commercelayer_klarna import AsyncPager
from commercelayer_klarna._async.endpoint import AsyncEndpoint
from commercelayer_klarna._client.page import Page
from commercelayer_klarna.resources import Resource

__all__ = ["Face", "PagerFace", "awaited"]

R = TypeVar("R", bound=Resource)
T = TypeVar("T")


class Face:
    """An async client, or an endpoint of it, whose methods return what those of the sync one return."""

    def __init__(self, client: AsyncEndpoint[Any], runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._client, name)
        return self._called(value) if inspect.ismethod(value) else self._shown(value)

    def _called(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            return self._shown(method(*arguments, **named))

        return call

    def _shown(self, value: Any) -> Any:
        if inspect.isawaitable(value):
            return self._shown(self._runner.run(awaited(value)))
        if isinstance(value, AsyncPager):
            return PagerFace(value, self._runner)
        return Face(value, self._runner) if isinstance(value, AsyncEndpoint) else value


class PagerFace(Generic[R]):
    """An async pager with the face of the sync one."""

    def __init__(self, pager: AsyncPager[R], runner: asyncio.Runner) -> None:
        self._pager = pager
        self._runner = runner

    def first_page(self) -> Page[R]:
        return self._runner.run(awaited(self._pager.first_page()))

    def pages(self) -> Iterator[Page[R]]:
        return self._walk(self._pager.pages())

    def __iter__(self) -> Iterator[R]:
        return self._walk(aiter(self._pager))

    def _walk(self, iterator: AsyncIterator[T]) -> Iterator[T]:
        while True:
            try:
                yield self._runner.run(awaited(anext(iterator)))
            except StopAsyncIteration:
                return


async def awaited(value: Awaitable[T]) -> T:
    """Await a value, as a coroutine that a runner takes."""
    return await value
