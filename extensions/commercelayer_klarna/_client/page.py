"""Pages of a list, and the position of the next one.

Only the cursor of the server's links is used, so no answer can send a token to another host. An answer that says
neither whether there are more pages nor how long the list is raises an error, because a silent stop loses payments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload
from urllib.parse import parse_qs, urlsplit

from commercelayer_klarna._client.results import shown_type
from commercelayer_klarna._document import Document
from commercelayer_klarna._json import is_object
from commercelayer_klarna._jsonapi.origin import ResponseInfo
from commercelayer_klarna._values import evolve, field, frozen
from commercelayer_klarna.errors import ResponseFormatError
from commercelayer_klarna.resources import Resource

__all__ = [
    "Page",
    "Position",
    "Walk",
    "check_start",
    "count_of",
    "joined",
    "page_of",
    "upcoming",
]

R = TypeVar("R", bound=Resource)

_NO_DOCUMENT = Document({})


def cursor_of(link: str) -> str | None:
    """Return the cursor in a link to the next page, if the list is paged by cursor."""
    try:
        values = parse_qs(urlsplit(link).query).get("page[after]")
    except ValueError:
        return None
    return values[0] if values else None


@frozen
class Position:
    """The position of a page in its list.

    Attributes:
        number: Number of the page.
        cursor: Cursor from the page before, where the list is paged by cursor.
        by_cursor: Whether the list has no numbers and no counts (event stores).
        mark: The next-page link of an earlier page. Seeing it again means that the pagination loops
            (Brent's algorithm).
        question: Which question it answers, counted from 0, where a list is the answers to several.
    """

    number: int = 1
    cursor: str | None = None
    by_cursor: bool = False
    mark: str | None = None
    question: int = 0

    def following(self, mark: str | None = None, cursor: str | None = None) -> Position:
        """Return the next position, after a page whose next-page link is ``mark`` (none where pages are counted).

        Marks are kept at pages 1, 2, 4, 8 and so on, which finds every loop without remembering all pages.

        Raises:
            ResponseFormatError: The pagination loops.
        """
        if mark is not None and mark == self.mark:
            raise ResponseFormatError("the pages go round in a circle: the server does not page")
        is_power_of_two = not self.number & (self.number - 1)
        mark = mark if is_power_of_two else self.mark
        return Position(self.number + 1, cursor, self.by_cursor, mark, self.question)


def check_start(start: object) -> None:
    """Refuse a start that is no position.

    Raises:
        TypeError: It is none.
    """
    if start is not None and not isinstance(start, Position):
        raise TypeError(f"start must be the next of a page of the same list, not {type(start).__name__}")


@frozen
class Page(Sequence[R]):
    """Some resources of a list, in its order.

    Attributes:
        data: The resources.
        record_count: Resources in the whole list, or ``None`` where the API does not count (event stores).
        page_count: Pages in the whole list, or ``None`` where the API does not count.
        next: Position of the next page, or ``None`` on the last.
    """

    data: list[R]
    record_count: int | None = None
    page_count: int | None = None
    next: Position | None = field(default=None, repr=False)
    _document: Document = field(default=_NO_DOCUMENT, alias="document", repr=False, eq=False)

    @property
    def response(self) -> ResponseInfo:
        """What the answer said beside the page: status, headers, request id, and what is left of the limit.

        Raises:
            NotFetchedError: It came from a pickle, or was made by hand.
        """
        return self._document.response

    def __reduce__(self) -> tuple[Callable[..., Page[R]], tuple[object, ...]]:
        return Page, (self.data, self.record_count, self.page_count, self.next)

    @property
    def is_uncounted(self) -> bool:
        """Return whether the API says nothing of how long the list is. Its positions tell when it goes round."""
        return self.record_count is None and self.page_count is None

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
    """Read the document of a page.

    Raises:
        ResponseFormatError: It is no list, holds other resources, or does not say whether there is more.
    """
    data = document.read()
    if not isinstance(data, list):
        raise ResponseFormatError("the answer is not a list")
    resources: list[R] = []
    for resource in data:
        if not isinstance(resource, kind):
            raise ResponseFormatError(f"the list holds {shown_type(resource.type)}, not {kind.__name__}")
        resources.append(resource)
    page_count = _count(document.meta.get("page_count"))
    return Page(
        resources,
        record_count=_count(document.meta.get("record_count")),
        page_count=page_count,
        next=_next(document, [resource.id for resource in resources], position, page_count),
        document=document,
    )


def joined(page: Page[R], position: Position, questions: int) -> Page[R]:
    """Return a page as part of a list that is the answers to several questions, one after the other. Nobody counts
    them all."""
    if questions == 1:
        return page
    following = page.next
    if following is None and position.question + 1 < questions:
        following = Position(question=position.question + 1)
    return evolve(page, record_count=None, page_count=None, next=following)


def upcoming(page: Page[R], most: int, wanted: int | None = None) -> list[Position]:
    """Return the positions of the next pages, as far as they are known before these are asked for.

    Where pages are counted all are known; else each page alone knows the next one.

    Args:
        page: The page before them.
        most: How many positions at most.
        wanted: No more than hold so many resources, if they are as long as this page; ``None`` for all.
    """
    if wanted is not None:
        most = min(most, -(-wanted // max(1, len(page))))
    known: list[Position] = []
    following = page.next
    while following is not None and len(known) < most:
        known.append(following)
        is_counted = page.page_count is not None and not following.by_cursor
        following = following.following() if is_counted and following.number < (page.page_count or 0) else None
    return known


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
    return position.following()


def _next_by_counts(document: Document, ids: list[str], position: Position, page_count: int | None) -> Position | None:
    if page_count is not None and not position.by_cursor:
        if position.number >= page_count:
            return None
        if not ids:
            raise ResponseFormatError(f"page {position.number} of {page_count} is empty")
        return position.following()
    if is_object(document.json.get("links")):  # links without a next one say that there is none
        return None
    raise ResponseFormatError("the list has neither links nor counts, so whether there is more is not known")


def _link(document: Document) -> str | None:
    link: object = document.links.get("next")
    if is_object(link):  # JSON:API allows objects as links
        link = link.get("href")
    if link is None or link == "":
        return None
    if not isinstance(link, str):
        raise ResponseFormatError("the link to the next page is not a text")
    return link


def _count(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class Walk(Generic[R]):
    """What one walk through a list has seen, so that what moves to a further page meanwhile is not given twice.

    Records that are created while one walks move the others on, so that some come again. A page of nothing but such is
    believed if the list has grown; if not, the server does not page, and going on would lose the rest.
    """

    # Records come again within as many pages as the list grew by meanwhile.
    _REMEMBERED = 2_000

    def __init__(self) -> None:
        self._order: deque[str] = deque()
        self._seen: set[str] = set()
        self._record_count: int | None = None

    def new_of(self, page: Page[R]) -> list[R]:
        """Return the resources of a page that did not come before.

        Raises:
            ResponseFormatError: None is new, though the list has not grown: the server does not page.
        """
        new: list[R] = []
        for each in page.data:
            if each.id not in self._seen:
                self._seen.add(each.id)
                self._order.append(each.id)
                new.append(each)
        if page.data and not new and not (page.is_uncounted or self._has_grown(page)):
            raise ResponseFormatError("the pages repeat themselves: the server does not page")
        self._record_count = page.record_count
        while len(self._order) > self._REMEMBERED:
            self._seen.discard(self._order.popleft())
        return new

    def _has_grown(self, page: Page[R]) -> bool:
        before, now = self._record_count, page.record_count
        return before is not None and now is not None and now > before


def count_of(document: Document) -> int:
    """Return the length of a whole list, from the document of one of its pages.

    Raises:
        ResponseFormatError: The document does not say.
    """
    count = _count(document.meta.get("record_count"))
    if not isinstance(document.read(), list) or count is None:
        raise ResponseFormatError("the list has no record_count")
    return count
