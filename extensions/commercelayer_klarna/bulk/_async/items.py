"""Fetch the resources that a caller names by their ids, page by page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from commercelayer_klarna._client.query import MAX_PAGE_SIZE, checked_filters
from commercelayer_klarna.errors import ResponseFormatError

if TYPE_CHECKING:
    from commercelayer_klarna._async.endpoint import AsyncListing
    from commercelayer_klarna._client.query import Fields, Filters
    from commercelayer_klarna.resources import Resource

R = TypeVar("R", bound="Resource")


class AsyncItems(Generic[R]):
    """The resources with these ids that match, page by page in the order of the ids as texts.

    Attributes:
        ids: All ids, in their order.
        cursor: The last id that was asked for, from which other items ``go_on``.
        missing: The ids of the last page that the API did not give.
    """

    def __init__(
        self,
        endpoint: AsyncListing[R],
        ids: Sequence[str],
        *,
        filters: Filters | None = None,
        include: Sequence[str] = (),
        fields: Fields | None = None,
    ) -> None:
        self._endpoint, self.ids = endpoint, ids
        self._filters: dict[str, Any] = dict(checked_filters(filters))
        if "id_in" in self._filters:
            raise ValueError(f"filters has id_in={self._filters['id_in']!r}, by which items are asked for: pass items=")
        self._include, self._fields = include, fields
        self._next = 0
        self.cursor: str | None = None
        self.missing: list[str] = []

    def go_on(self, after: str | None) -> None:
        """Go on after this id, the ``cursor`` of other items; at the beginning with ``None``."""
        self._next = 0 if after is None else bisect_right(self.ids, after)
        self.cursor = after

    @property
    def is_over(self) -> bool:
        """Return whether there is no further page."""
        return self._next >= len(self.ids)

    async def page(self) -> list[R]:
        """Return the next resources, 25 at most; none when there are no more."""
        if self.is_over:
            return []
        asked = self.ids[self._next : self._next + MAX_PAGE_SIZE]
        page = await self._endpoint.list(
            filters={**self._filters, "id_in": asked},
            include=self._include,
            fields=self._fields,
            sort=["id"],
            page_size=MAX_PAGE_SIZE,
        ).first_page()
        found = {each.id for each in page}
        if page.next is not None or not found <= {*asked}:
            raise ResponseFormatError(f"the API did not keep id_in={','.join(asked)}: it gave others")
        self._next += len(asked)
        self.cursor, self.missing = asked[-1], [id for id in asked if id not in found]
        return list(page)
