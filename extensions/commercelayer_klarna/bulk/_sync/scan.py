# Written by scripts/unasync from _async/scan.py. Do not edit.
"""Walk through all resources of a type by their ids, each exactly once, while others create and delete."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from commercelayer_klarna._client.query import MAX_PAGE_SIZE, checked_filters
from commercelayer_klarna.errors import ResponseFormatError

if TYPE_CHECKING:
    from commercelayer_klarna._client.query import Fields, Filters
    from commercelayer_klarna._sync.endpoint import Listing
    from commercelayer_klarna.resources import Resource

R = TypeVar("R", bound="Resource")


class Scan(Iterator[R], Generic[R]):
    """All resources that match, in the order of their ids.

    Every page is asked for by the last id of the page before, so nothing that others do moves a resource to another
    page. After an error, going on with the same scan asks for the same page again.

    Attributes:
        cursor: The id of the last resource that was given. A scan that is made ``after`` it goes on from there.
        is_over: Whether there is no further page.
    """

    def __init__(
        self,
        endpoint: Listing[R],
        *,
        filters: Filters | None = None,
        include: Sequence[str] = (),
        fields: Fields | None = None,
        after: str | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._filters: dict[str, Any] = dict(checked_filters(filters))
        if "id_gt" in self._filters:
            raise ValueError(f"filters has id_gt={self._filters['id_gt']!r}, by which a scan pages: pass after=")
        self._include, self._fields = include, fields
        self.go_on(after)
        self._ready: deque[R] = deque()
        self.is_over = False

    def go_on(self, after: str | None) -> None:
        """Go on after this id, the ``cursor`` of another scan; at the beginning with ``None``."""
        self._last = self.cursor = after

    def page(self) -> list[R]:
        """Return the next resources, 25 at most; none when there are no more."""
        self._fill()
        page = list(self._ready)
        self._ready.clear()
        self.cursor = self._last
        return page

    def __next__(self) -> R:
        self._fill()
        if not self._ready:
            raise StopIteration
        given = self._ready.popleft()
        self.cursor = given.id
        return given

    def _fill(self) -> None:
        """Fetch the next page, unless one is there."""
        if self._ready or self.is_over:
            return
        filters: Mapping[str, Any] = self._filters if self._last is None else {**self._filters, "id_gt": self._last}
        page = self._endpoint.list(
            filters=filters, include=self._include, fields=self._fields, sort=["id"], page_size=MAX_PAGE_SIZE
        ).first_page()
        if any(each.id == self._last for each in page):
            raise ResponseFormatError(f"the API did not keep id_gt={self._last}: a scan would have no end")
        self._ready.extend(page)
        self._last = page[-1].id if page else self._last
        self.is_over = page.next is None
