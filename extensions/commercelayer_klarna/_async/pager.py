"""A list of resources that requests the next page when it is needed.

What a page is, and how the next one is found, is in ``_client.page``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

from commercelayer_klarna._client.page import Page, Position
from commercelayer_klarna.resources import Resource

R = TypeVar("R", bound=Resource)


class AsyncPager(Generic[R]):
    """A list of resources, fetched page by page while it is iterated with ``async for``. Each iteration asks anew.

    You do not await the list itself. While records are created or deleted, an iteration may skip or repeat some; sort
    by ``created_at`` so that new ones come last.
    """

    def __init__(self, fetch: Callable[[Position], Awaitable[Page[R]]], start: Position) -> None:
        self._fetch = fetch
        self._start = start

    def __repr__(self) -> str:
        return f"{type(self).__name__}(iterate it, or call pages() or first_page())"

    async def first_page(self) -> Page[R]:
        """Return the first page, with the counts of the whole list."""
        return await self._fetch(self._start)

    async def pages(self) -> AsyncIterator[Page[R]]:
        """Iterate over all pages."""
        position: Position | None = self._start
        while position is not None:
            page = await self._fetch(position)
            yield page
            position = page.next

    async def __aiter__(self) -> AsyncIterator[R]:
        async for page in self.pages():
            for resource in page:
                yield resource
