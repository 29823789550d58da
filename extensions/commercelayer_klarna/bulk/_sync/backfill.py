# Written by scripts/unasync from _async/backfill.py. Do not edit.
"""Change all resources of a type, or those that are named, one by one."""

# The general operations of an endpoint are for this package alone.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from commercelayer_klarna._json import check_whole
from commercelayer_klarna.bulk import at_once
from commercelayer_klarna.bulk._sync.items import Items
from commercelayer_klarna.bulk._sync.scan import Scan
from commercelayer_klarna.bulk.checkpoint import question
from commercelayer_klarna.bulk.ids import checked_items, described
from commercelayer_klarna.bulk.outcome import Backfilled, TooManyFailures, changes_nothing
from commercelayer_klarna.bulk.parts import checkpoint_at
from commercelayer_klarna.errors import CommerceLayerError

if TYPE_CHECKING:
    from os import PathLike

    from commercelayer_klarna._client.query import Fields, Filters
    from commercelayer_klarna._sync.endpoint import Listing
    from commercelayer_klarna.resources import Resource

R = TypeVar("R", bound="Resource")


def backfill(
    endpoint: Listing[R],
    change: Callable[[R], Mapping[str, object] | None],
    *,
    items: Iterable[str] | None = None,
    filters: Filters | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    checkpoint: str | PathLike[str] | None = None,
    what: str = "",
    concurrency: int = 8,
    max_failures: int = 25,
    progress: Callable[[int, int], object] | None = None,
) -> Backfilled:
    """Change all resources that match, or those of ``items`` that do."""
    if not callable(change):
        raise TypeError(f"change must be a function of a resource, not {type(change).__name__}")
    check_whole("concurrency", concurrency)
    check_whole("max_failures", max_failures, 0)
    work, api = {"work": "backfill", "what": what}, endpoint._session.settings.base_url
    walk: Scan[R] | Items[R]
    if items is None:
        walk = Scan(endpoint, filters=filters, include=include, fields=fields)
    else:
        walk = Items(endpoint, checked_items(items), filters=filters, include=include, fields=fields)
        work["items"] = described(walk.ids)
    asked = question(endpoint._type.name, api, work, filters=filters, include=include, fields=fields)
    total = 0
    if progress is not None:
        total = len(walk.ids) if isinstance(walk, Items) else endpoint.count(filters)
    with checkpoint_at(checkpoint, asked) as saved:
        failed_before = saved.failed

        def is_stopped() -> bool:
            return saved.failed - failed_before > max_failures

        def write(resource: R) -> None:
            if is_stopped() or saved.is_done(resource.id):
                return
            wanted = change(resource)
            request = None if not wanted else endpoint._update_request(resource.id, dict(wanted))
            if request is None or changes_nothing(request.document, resource):
                saved.note(resource.id, "unchanged")
                return
            try:
                endpoint._one(request)
            except CommerceLayerError as error:
                saved.note(resource.id, "failed", f"{type(error).__name__}: {error}")
            else:
                saved.note(resource.id, "changed")

        walk.go_on(saved.cursor)
        while not saved.is_over:
            page = walk.page()
            for id in walk.missing if isinstance(walk, Items) else ():
                if not is_stopped() and not saved.is_done(id):
                    saved.note(id, "failed", "not found" if not filters else "not found with these filters")
            at_once.of_threads(write, page, concurrency)
            if is_stopped():
                raise TooManyFailures(saved.result(), max_failures)
            saved.add([], walk.cursor, is_over=walk.is_over)
            if progress is not None:
                done = saved.result().total
                progress(done, max(total, done))
        return saved.result()
