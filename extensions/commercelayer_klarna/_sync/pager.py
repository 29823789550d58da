# Written by scripts/unasync from _async/pager.py. Do not edit.
"""A list of resources that asks for the next page when it is needed.

What a page is, and where the next one stands, is in ``_client.page``.
"""

# The libraries of tables are no dependencies, so their types may be unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, NoReturn, TypeVar

from commercelayer_klarna._client.page import Page, Position, Walk, upcoming
from commercelayer_klarna._lazy import lazy
from commercelayer_klarna.resources import Resource

if TYPE_CHECKING:
    from commercelayer_klarna._client import prefetched, tables
    from commercelayer_klarna._client.prefetched import Prefetched
    from commercelayer_klarna._client.tables import ArrowTable, Column, PandasFrame, PolarsFrame
else:
    prefetched, tables = lazy("_client.prefetched", "_client.tables")

__all__ = ["Pager"]

R = TypeVar("R", bound=Resource)
T = TypeVar("T")


class Pager(Generic[R]):
    """A list of resources, fetched page by page while it is walked. Each walk asks anew.

    A resource that moves to a further page while one walks, since others are created, is
    given once; one that is deleted meanwhile may take another's place, which then is not given: sort by ``created_at``
    to keep new ones last. After an error, going on with the same iterator asks for the same page again.

    With ``prefetch``, the next pages are asked for while one works through a page, in threads. Those of
    a walk that is broken off end with their answer.
    """

    def __init__(
        self,
        fetch: Callable[[Position], Page[R]],
        start: Position,
        limit: int | None = None,
        *,
        prefetch: int = 0,
        resource: type[R],
        fields: Mapping[str, str],
    ) -> None:
        self._fetch = fetch
        self._start = start
        self._limit = limit
        self._prefetch = prefetch
        self._resource = resource
        self._fields = fields

    def __repr__(self) -> str:
        return f"{type(self).__name__}(iterate it, or call pages(), first_page(), first(), one() or exists())"

    def __bool__(self) -> NoReturn:
        raise TypeError("a list has not asked yet, so it is neither true nor false: call exists(), first() or count()")

    def __len__(self) -> NoReturn:
        raise TypeError("the length of a list is not known before it is walked: call count() with the same filters")

    if not TYPE_CHECKING:  # to type checkers there are no places: that says the same, and earlier

        def __getitem__(self, index: object) -> NoReturn:
            raise TypeError("a list has not asked yet, so it has no places: walk through it, or call first()")

    def first_page(self) -> Page[R]:
        """Return the first page, with the counts of the whole list."""
        return self._fetch(self._start)

    def first(self) -> R | None:
        """Return the first resource, or ``None`` when there is none."""
        return next(iter(self.first_page()), None)

    def one(self) -> R:
        """Return the one resource that there is.

        Raises:
            LookupError: There is none, or more than one.
        """
        page = self.first_page()
        if len(page) != 1 or (page.next is not None and len(self._fetch(page.next))):
            found = "none" if not page else f"{page.record_count or 'several'}"
            raise LookupError(f"the list has {found}, not one: narrow its filters, or call first()")
        return page[0]

    def exists(self) -> bool:
        """Return whether there is any."""
        return len(self.first_page()) > 0

    def pages(self) -> Pages[R]:
        """Iterate over all pages."""
        return Pages(self._fetch, self._start, self._prefetch)

    def to_arrow(self, *, columns: Sequence[str] | None = None) -> ArrowTable:
        """Return a table of pyarrow with all resources. It needs the extra ``arrow``.

        Args:
            columns: The names of the columns: attributes, and paths such as ``order.number`` to those of what was
                included; ``order.line_items.name`` is a list. By default ``id`` and all attributes that were asked for,
                without secrets.

        Raises:
            ValueError: A column cannot be one; nothing was sent.
            ImportError: pyarrow is not installed.
        """
        return self._table(columns, tables.to_arrow)

    def to_pandas(self, *, columns: Sequence[str] | None = None) -> PandasFrame:
        """Return a frame of pandas with all resources, as ``to_arrow`` does. It needs the extra ``pandas``."""
        return self._table(columns, tables.to_pandas)

    def to_polars(self, *, columns: Sequence[str] | None = None) -> PolarsFrame:
        """Return a frame of polars with all resources, as ``to_arrow`` does. It needs the extra ``polars``."""
        return self._table(columns, tables.to_polars)

    def _table(self, names: Sequence[str] | None, make: Callable[[list[Column], list[R]], T]) -> T:
        columns, rows = tables.columns(self._resource, self._fields, names), list[R]()
        for each in self:
            rows.append(each)
        return make(columns, rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return tables.stream(self.to_arrow(), requested_schema)

    def __iter__(self) -> Resources[R]:
        return Resources(Pages(self._fetch, self._start, self._prefetch, self._limit), self._limit)


class Pages(Iterator[Page[R]]):
    """The pages of a list, one after the other. After an error, the same page is asked for again."""

    def __init__(
        self,
        fetch: Callable[[Position], Page[R]],
        start: Position,
        prefetch: int = 0,
        wanted: int | None = None,
    ) -> None:
        self._fetch = fetch
        self._next: Position | None = start
        self._prefetch = prefetch
        # Resources that the walk still wants; no page is asked for ahead that holds none of them.
        self._wanted = wanted
        self._ahead: dict[Position, Prefetched[Page[R]]] = {}

    def __next__(self) -> Page[R]:
        if self._next is None:
            raise StopIteration
        asked = self._ahead.pop(self._next, None)
        try:
            page = self._fetch(self._next) if asked is None else asked.result()
        except BaseException:
            self._ask_ahead([])
            raise
        if self._prefetch:
            if self._wanted is not None:
                self._wanted -= len(page)
            self._ask_ahead(upcoming(page, self._prefetch, self._wanted))
        self._next = page.next  # at last, for if no thread can be started, this page is still to come
        return page

    def _ask_ahead(self, positions: Sequence[Position]) -> None:
        """Ask for the pages at these positions, and give up all others."""
        for position in self._ahead.keys() - set(positions):
            self._ahead.pop(position).drop()
        for position in positions:
            if position not in self._ahead:
                self._ahead[position] = prefetched.Prefetched(self._fetch, position)

    def close(self) -> None:
        """Give up what was asked for ahead, and wait until nothing of it runs."""
        given_up = list(self._ahead.values())
        self._ask_ahead([])
        for each in given_up:
            each.over()

    def __del__(self) -> None:
        self._ask_ahead([])


class Resources(Iterator[R]):
    """The resources of a list, each once."""

    def __init__(self, pages: Pages[R], limit: int | None) -> None:
        self._pages = pages
        self._walk: Walk[R] = Walk()
        self._ready: deque[R] = deque()
        self._left = limit

    def __next__(self) -> R:
        if self._left == 0:
            raise StopIteration
        while not self._ready:
            self._ready.extend(self._walk.new_of(next(self._pages)))
        if self._left is not None:
            self._left -= 1
        return self._ready.popleft()

    def close(self) -> None:
        """Give up what was asked for ahead, and wait until nothing of it runs."""
        self._pages.close()
