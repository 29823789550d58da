"""The async client, its endpoints and its lists with the face of the sync ones, so that each test is written once."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from commercelayer_klarna import AsyncPager
from commercelayer_klarna._async.endpoint import AsyncEndpoint

__all__ = ["Face", "PagerFace", "awaited"]

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


class PagerFace:
    """An async pager with the face of the sync one."""

    def __init__(self, pager: AsyncPager[Any], runner: asyncio.Runner) -> None:
        self._pager = pager
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._pager, name)
        return lambda **options: self._runner.run(awaited(method(**options)))

    def pages(self) -> WalkFace:
        return WalkFace(self._pager.pages(), self._runner)

    def __iter__(self) -> WalkFace:
        return WalkFace(aiter(self._pager), self._runner)


class WalkFace:
    """An async iterator with the face of a sync one; after an error it can be asked again."""

    def __init__(self, iterator: AsyncIterator[Any], runner: asyncio.Runner) -> None:
        self._iterator = iterator
        self._runner = runner

    def __iter__(self) -> WalkFace:
        return self

    def __next__(self) -> Any:
        try:
            return self._runner.run(awaited(anext(self._iterator)))
        except StopAsyncIteration:
            raise StopIteration from None


async def awaited(value: Awaitable[T]) -> T:
    """Await a value, as a coroutine that a runner takes."""
    return await value
