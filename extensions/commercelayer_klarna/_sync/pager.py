# Written by scripts/unasync from _async/pager.py. Do not edit.
"""A list of resources that requests the next page when it is needed.

What a page is, and how the next one is found, is in ``_client.page``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from commercelayer_klarna._client.page import Page, Position
from commercelayer_klarna.resources import Resource

R = TypeVar("R", bound=Resource)


class Pager(Generic[R]):
    """A list of resources, fetched page by page while it is iterated. Each iteration asks anew.

    While records are created or deleted, an iteration may skip or repeat some; sort
    by ``created_at`` so that new ones come last.
    """

    def __init__(self, fetch: Callable[[Position], Page[R]], start: Position) -> None:
        self._fetch = fetch
        self._start = start

    def __repr__(self) -> str:
        return f"{type(self).__name__}(iterate it, or call pages() or first_page())"

    def first_page(self) -> Page[R]:
        """Return the first page, with the counts of the whole list."""
        return self._fetch(self._start)

    def pages(self) -> Iterator[Page[R]]:
        """Iterate over all pages."""
        position: Position | None = self._start
        while position is not None:
            page = self._fetch(position)
            yield page
            position = page.next

    def __iter__(self) -> Iterator[R]:
        for page in self.pages():
            for resource in page:
                yield resource
