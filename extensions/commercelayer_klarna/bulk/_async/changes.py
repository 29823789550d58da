"""Walk through what was changed since a moment, in the order of the changes."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from commercelayer_klarna._client.query import MAX_PAGE_SIZE, checked_filters, utc_text
from commercelayer_klarna.errors import ResponseFormatError

if TYPE_CHECKING:
    from commercelayer_klarna._async.endpoint import AsyncListing
    from commercelayer_klarna._async.pager import AsyncPages
    from commercelayer_klarna._client.query import Fields, Filters
    from commercelayer_klarna.resources import Resource

R = TypeVar("R", bound="Resource")


class AsyncChanges(AsyncIterator[R], Generic[R]):
    """All resources that were changed since a moment. One that changes again meanwhile is given again.

    Every page is asked for by the time of the last change, so a resource that changes does not move others to a page
    that was read already.

    Attributes:
        cursor: The time of the last change that was given: ``since`` of the next walk.
    """

    def __init__(
        self,
        endpoint: AsyncListing[R],
        *,
        since: datetime,
        overlap: timedelta = timedelta(minutes=1),
        filters: Filters | None = None,
        include: Sequence[str] = (),
        fields: Fields | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._filters: dict[str, Any] = dict(checked_filters(filters))
        if "updated_at_gteq" in self._filters:
            raise ValueError("filters has updated_at_gteq, by which changes are walked: pass since=")
        self._include, self._fields = include, fields
        utc_text("since", since)
        self._mark, self.cursor = since - overlap, since
        self._pages: AsyncPages[R] | None = None
        self._seen: dict[str, datetime] = {}
        self._ready: deque[tuple[R, datetime]] = deque()
        self._is_over = False

    async def __anext__(self) -> R:
        while not self._ready:
            if self._is_over:
                raise StopAsyncIteration
            await self._fetch()
        given, changed_at = self._ready.popleft()
        self.cursor = max(self.cursor, changed_at)
        return given

    async def _fetch(self) -> None:
        """Fetch the next page: behind the last change, or the next one of those that changed at the same moment."""
        if self._pages is None:
            self._pages = self._endpoint.list(
                filters={**self._filters, "updated_at_gteq": self._mark},
                include=self._include,
                fields=self._fields,
                sort=["updated_at", "id"],
                page_size=MAX_PAGE_SIZE,
            ).pages()
        page = await anext(self._pages)
        latest = self._mark
        for each in page:
            changed_at = each["updated_at"]
            if not isinstance(changed_at, datetime):
                raise ResponseFormatError(f"{each.type}/{each.id} does not say when it was changed")
            if self._seen.get(each.id) != changed_at:
                self._seen[each.id] = changed_at
                self._ready.append((each, changed_at))
            latest = max(latest, changed_at)
        if page.next is None:
            self._is_over = True
        elif latest > self._mark:
            self._mark, self._pages = latest, None
            self._seen = {id: changed_at for id, changed_at in self._seen.items() if changed_at >= latest}
