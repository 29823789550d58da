"""Lists that ask for the next page when it is needed.

A pager keeps the question and asks for page after page with parameters of its own; of the server's links it takes the
cursor and nothing else, so no answer can send a token to another host. It never stops without being told to: a list
that says neither whether there is more nor how long it is raises, because a silent stop loses payments.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

from attrs import field, frozen

from commercelayer_klarna._client.query import cursor_of
from commercelayer_klarna._json import is_object
from commercelayer_klarna._jsonapi.document import Document
from commercelayer_klarna.errors import ResponseFormatError
from commercelayer_klarna.resources import Resource

__all__ = ["AsyncPager", "Page", "Pager", "Position", "page_of"]

R = TypeVar("R", bound=Resource)


@frozen
class Position:
    """Where a page stands in its list.

    Attributes:
        number: Number of the page.
        cursor: Cursor from the page before, where the list is paged by cursor.
        by_cursor: Whether the list has no numbers and no counts (event stores).
        mark: What an earlier page led on with. A page that leads on with it again closes a circle.
    """

    number: int = 1
    cursor: str | None = None
    by_cursor: bool = False
    mark: str | None = None

    def following(self, mark: str | None, cursor: str | None = None) -> Position:
        """The next position, after a page that leads on with ``mark``.

        Marks are kept at pages 1, 2, 4, 8 and so on, which finds every circle without remembering all pages.

        Raises:
            ResponseFormatError: The list goes round in a circle.
        """
        if mark is not None and mark == self.mark:
            raise ResponseFormatError("the pages go round in a circle: the server does not page")
        is_power_of_two = not self.number & (self.number - 1)
        return Position(self.number + 1, cursor, self.by_cursor, mark if is_power_of_two else self.mark)


@frozen
class Page(Sequence[R]):
    """Some resources of a list, in its order.

    Attributes:
        data: The resources.
        record_count: Resources in the whole list, or ``None`` where the API does not count (event stores).
        page_count: Pages in the whole list, or ``None`` where the API does not count.
        next: Where the next page stands, or ``None`` on the last.
    """

    data: list[R]
    record_count: int | None = None
    page_count: int | None = None
    next: Position | None = field(default=None, repr=False)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> list[R]: ...
    def __getitem__(self, index: int | slice) -> R | list[R]:
        return self.data[index]

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[R]:
        return iter(self.data)

    def __repr__(self) -> str:
        ids = ", ".join(resource.id for resource in self.data)
        return f"Page([{ids}], record_count={self.record_count}, page_count={self.page_count})"


def page_of(document: Document, kind: type[R], position: Position) -> Page[R]:
    """Read a list document that was asked for at ``position``.

    Raises:
        ResponseFormatError: It is no list, holds other resources, or does not say whether there is more.
    """
    data = document.read()
    if not isinstance(data, list):
        raise ResponseFormatError("the answer is not a list")
    resources: list[R] = []
    for resource in data:
        if not isinstance(resource, kind):
            raise ResponseFormatError(f"the list holds {resource.type}, not {kind.__name__}")
        resources.append(resource)
    page_count = _count(document.meta.get("page_count"))
    return Page(
        resources,
        record_count=_count(document.meta.get("record_count")),
        page_count=page_count,
        next=_next(document, [resource.id for resource in resources], position, page_count),
    )


def _next(document: Document, ids: list[str], position: Position, page_count: int | None) -> Position | None:
    link = _link(document)
    if link is None:
        return _next_by_counts(document, ids, position, page_count)
    if not ids:
        raise ResponseFormatError("an empty page has a link to a next one")
    if position.by_cursor:
        cursor = cursor_of(link)
        if cursor is None:
            raise ResponseFormatError("the link to the next page has no cursor")
        return position.following(cursor, cursor)
    if page_count is None:
        return position.following(ids[-1])
    if position.number >= page_count:
        raise ResponseFormatError(f"page {position.number} of {page_count} has a link to a next one")
    return position.following(_content(ids))


def _next_by_counts(document: Document, ids: list[str], position: Position, page_count: int | None) -> Position | None:
    if position.by_cursor:
        if "links" in document.json or "meta" in document.json:
            return None
    elif page_count is not None:
        if position.number >= page_count:
            return None
        if not ids:
            raise ResponseFormatError(f"page {position.number} of {page_count} is empty")
        return position.following(_content(ids))
    elif isinstance(document.json.get("links"), dict):
        return None
    raise ResponseFormatError("the list has neither links nor counts, so whether there is more is not known")


def _content(ids: list[str]) -> str | None:
    # A page of one may come again when another payment was created before it meanwhile.
    return " ".join(ids) if len(ids) > 1 else None


def _link(document: Document) -> str | None:
    link: Any = document.links.get("next")
    if is_object(link):  # JSON:API allows a link to be an object
        link = link.get("href")
    if link is None or link == "":
        return None
    if not isinstance(link, str):
        raise ResponseFormatError("the link to the next page is not a text")
    return link


def _count(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class Pager(Generic[R]):
    """A list of resources, fetched page by page while it is walked. Each walk asks anew.

    While records are created or deleted, a walk may skip or repeat some; sort by ``created_at`` to keep new ones last.
    """

    def __init__(self, fetch: Callable[[Position], Page[R]], start: Position) -> None:
        self._fetch = fetch
        self._start = start

    def __repr__(self) -> str:
        return "Pager(iterate it, or call pages() or first_page())"

    def first_page(self) -> Page[R]:
        """The first page, with the counts of the whole list."""
        return self._fetch(self._start)

    def pages(self) -> Iterator[Page[R]]:
        """All pages, one after the other."""
        position: Position | None = self._start
        while position is not None:
            page = self._fetch(position)
            yield page
            position = page.next

    def __iter__(self) -> Iterator[R]:
        for page in self.pages():
            yield from page


class AsyncPager(Generic[R]):
    """``Pager`` for the async client: ``async for payment in payments.list()``, with nothing awaited before it."""

    def __init__(self, fetch: Callable[[Position], Awaitable[Page[R]]], start: Position) -> None:
        self._fetch = fetch
        self._start = start

    async def first_page(self) -> Page[R]:
        """The first page, with the counts of the whole list."""
        return await self._fetch(self._start)

    async def pages(self) -> AsyncIterator[Page[R]]:
        """All pages, one after the other."""
        position: Position | None = self._start
        while position is not None:
            page = await self._fetch(position)
            yield page
            position = page.next

    async def __aiter__(self) -> AsyncIterator[R]:
        async for page in self.pages():
            for resource in page:
                yield resource
