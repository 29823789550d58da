"""Export all resources of a type into a file, or into one for each day."""

# The type and the session of an endpoint are for this package alone.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from commercelayer_klarna.bulk import days, files
from commercelayer_klarna.bulk._async.scan import AsyncScan
from commercelayer_klarna.bulk._async.span import span
from commercelayer_klarna.bulk.checkpoint import question
from commercelayer_klarna.bulk.files import Form, Format
from commercelayer_klarna.bulk.parts import checkpoint_at

if TYPE_CHECKING:
    from os import PathLike

    from commercelayer_klarna._async.endpoint import AsyncListing
    from commercelayer_klarna._client.query import Fields, Filters
    from commercelayer_klarna.resources import Resource

R = TypeVar("R", bound="Resource")


async def export(
    endpoint: AsyncListing[R],
    path: str | PathLike[str],
    *,
    format: Format | None = None,
    columns: Sequence[str] | None = None,
    filters: Filters | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    daily: str | None = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> int:
    """Write all resources that match into a file, or into one for each day; return how many there are."""
    kind = endpoint._type
    form = files.form(path, format, kind.resource, kind.name, columns=columns, fields=fields)
    if daily is not None:
        days.check(kind.resource, daily)
        return await _daily(
            endpoint,
            form,
            daily,
            columns=columns,
            filters=filters or {},
            include=include,
            fields=fields,
            checkpoint=checkpoint,
            progress=progress,
        )
    api = endpoint._session.settings.base_url
    asked = question(kind.name, api, form.described(), filters=filters, include=include, fields=fields)
    # What it refuses is refused before there is a checkpoint.
    scan = AsyncScan(endpoint, filters=filters, include=include, fields=fields)
    total = await endpoint.count(filters) if progress is not None else 0
    with checkpoint_at(checkpoint or f"{form.place}.checkpoint", asked) as saved:
        scan.go_on(saved.cursor)
        while not saved.is_over:
            page = await scan.page()
            saved.add([form.row(each) for each in page], scan.cursor, is_over=scan.is_over)
            if progress is not None:
                done = saved.count()
                progress(done, max(total, done))
        form.write(saved.rows())
        count = saved.count()
    saved.remove()
    return count


async def _daily(
    endpoint: AsyncListing[R],
    form: Form,
    daily: str,
    *,
    columns: Sequence[str] | None,
    filters: Filters,
    include: Sequence[str],
    fields: Fields | None,
    checkpoint: str | PathLike[str] | None,
    progress: Callable[[int, int], object] | None,
) -> int:
    """Write a file for each day, one after the other."""
    kind = endpoint._type
    work, api = {"daily": daily, **form.described()}, endpoint._session.settings.base_url
    asked = question(kind.name, api, work, filters=filters, include=include, fields=fields)
    total = await endpoint.count(filters) if progress is not None else 0
    ends = await span(endpoint, filters, daily)
    with checkpoint_at(checkpoint or f"{form.place}.checkpoint", asked) as saved:
        # A row for each day that is done, with how many resources it had.
        done = sum(map(int, saved.rows()))
        for day, wanted in days.days(ends, filters, daily):
            if saved.cursor is not None and day.isoformat() <= saved.cursor:
                continue
            count = await export(
                endpoint,
                days.file_of(str(form.place), day),
                format=form.format,
                columns=columns,
                filters=wanted,
                include=include,
                fields=fields,
            )
            done += count
            saved.add([str(count)], day.isoformat(), is_over=False)
            if progress is not None:
                progress(done, max(total, done))
    saved.remove()
    return done
