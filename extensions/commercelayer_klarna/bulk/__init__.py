"""Work on many resources: walk, export and change them all. It needs nothing but a client.

Each function takes an endpoint of either client: ``payments`` itself, ``payments.orders``, ``payments.captures``. With
one of the async client it returns an async iterator, or a coroutine.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar, overload

from commercelayer_klarna.bulk.files import Format
from commercelayer_klarna.bulk.outcome import Backfilled, ExportFailed, Failure, TooManyFailures
from commercelayer_klarna.bulk.progress import Progress, told
from commercelayer_klarna.bulk.shards import Plan, Shard
from commercelayer_klarna.resources import Resource

if TYPE_CHECKING:
    from os import PathLike

    from commercelayer_klarna._async.client import AsyncKlarnaPayments
    from commercelayer_klarna._async.endpoint import AsyncListing
    from commercelayer_klarna._client.query import Fields, Filters
    from commercelayer_klarna._sync.client import KlarnaPayments
    from commercelayer_klarna._sync.endpoint import Listing
    from commercelayer_klarna.bulk._async.changes import AsyncChanges
    from commercelayer_klarna.bulk._async.scan import AsyncScan
    from commercelayer_klarna.bulk._sync.changes import Changes
    from commercelayer_klarna.bulk._sync.scan import Scan

__all__ = [
    "Backfilled",
    "ExportFailed",
    "Failure",
    "Plan",
    "Shard",
    "TooManyFailures",
    "backfill",
    "changes",
    "export",
    "export_by_api",
    "plan",
    "scan",
]

R = TypeVar("R", bound=Resource)


@overload
def scan(
    endpoint: Listing[R],
    *,
    filters: Filters | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    after: str | None = None,
) -> Scan[R]: ...
@overload
def scan(
    endpoint: AsyncListing[R],
    *,
    filters: Filters | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    after: str | None = None,
) -> AsyncScan[R]: ...
def scan(
    endpoint: Listing[R] | AsyncListing[R],
    *,
    filters: Filters | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    after: str | None = None,
) -> Scan[R] | AsyncScan[R]:
    """Walk through all resources that match, each exactly once, while others create and delete.

    Args:
        endpoint: What to walk through: ``payments``, ``payments.orders`` and so on.
        filters: As those of ``list``.
        include: Relationship paths to include.
        fields: Sparse fieldsets.
        after: The ``cursor`` of an earlier scan, to go on from there.

    Raises:
        ValueError: ``filters`` has ``id_gt``.
    """
    from commercelayer_klarna._async.endpoint import AsyncListing

    _check(endpoint)
    if isinstance(endpoint, AsyncListing):
        from commercelayer_klarna.bulk._async.scan import AsyncScan

        return AsyncScan(endpoint, filters=filters, include=include, fields=fields, after=after)
    from commercelayer_klarna.bulk._sync.scan import Scan

    return Scan(endpoint, filters=filters, include=include, fields=fields, after=after)


@overload
def changes(
    endpoint: Listing[R],
    *,
    since: datetime,
    overlap: timedelta = timedelta(minutes=1),
    filters: Filters | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
) -> Changes[R]: ...
@overload
def changes(
    endpoint: AsyncListing[R],
    *,
    since: datetime,
    overlap: timedelta = timedelta(minutes=1),
    filters: Filters | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
) -> AsyncChanges[R]: ...
def changes(
    endpoint: Listing[R] | AsyncListing[R],
    *,
    since: datetime,
    overlap: timedelta = timedelta(minutes=1),
    filters: Filters | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
) -> Changes[R] | AsyncChanges[R]:
    """Walk through all resources that were changed since a moment, in the order of the changes.

    Args:
        endpoint: What to walk through.
        since: The moment, such as the ``cursor`` of the walk before.
        overlap: How much earlier to begin: a change may become visible after one that was made later. So the first
            resources of a walk may be the last ones of the walk before.
        filters: As those of ``list``.
        include: Relationship paths to include.
        fields: Sparse fieldsets; ``updated_at`` must be among them.

    Raises:
        ValueError: ``filters`` has ``updated_at_gteq``.
    """
    from commercelayer_klarna._async.endpoint import AsyncListing

    _check(endpoint)
    if isinstance(endpoint, AsyncListing):
        from commercelayer_klarna.bulk._async.changes import AsyncChanges

        return AsyncChanges(endpoint, since=since, overlap=overlap, filters=filters, include=include, fields=fields)
    from commercelayer_klarna.bulk._sync.changes import Changes

    return Changes(endpoint, since=since, overlap=overlap, filters=filters, include=include, fields=fields)


@overload
def export(
    endpoint: Listing[R],
    path: str | PathLike[str],
    *,
    format: Format | None = None,
    columns: Sequence[str] | None = None,
    filters: Filters | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    daily: str | None = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: Progress = None,
) -> int: ...
@overload
def export(
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
    progress: Progress = None,
) -> Coroutine[None, None, int]: ...
def export(
    endpoint: Listing[R] | AsyncListing[R],
    path: str | PathLike[str],
    *,
    format: Format | None = None,
    columns: Sequence[str] | None = None,
    filters: Filters | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    daily: str | None = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: Progress = None,
) -> int | Coroutine[None, None, int]:
    """Write all resources that match into a file, and return how many there are. The file appears when it is whole.

    It can be stopped and killed at any moment. Run again, it goes on after the last page that it fetched.

    Args:
        endpoint: What to export.
        path: The file, or an address that fsspec opens, such as ``s3://bucket/payments.csv`` (extra ``bulk``, and its
            library for such addresses).
        format: ``jsonl``, ``csv`` or ``parquet`` (extra ``arrow``); by default what the file ends with.
        columns: Attributes, and paths such as ``order.number`` to those of what is included; ``order.line_items.name``
            is a list. By default ``id`` and all attributes; in JSON Lines each resource as ``to_dict()`` has it, with
            what was included.
        filters: As those of ``list``.
        include: Relationship paths to include.
        fields: Sparse fieldsets.
        daily: A time, such as ``created_at``: a file for each day in UTC that it is in, with the day in its name:
            ``payments-2026-11-27.csv``. What has no such time is left out.
        checkpoint: Where to keep what was fetched until the file is written; by default beside it, with the ending
            ``.checkpoint``. It takes as much room as the file, and is deleted at the end. At an address it is an object
            for each page, and two processes that write there at the same time are not told apart.
        progress: Is called after each page, with how many resources are done, and how many there are; ``True`` shows a
            bar of tqdm, if that is installed.

    Raises:
        ValueError: The format or a column cannot be one, or the checkpoint belongs to another export.
        OSError: The file or the checkpoint cannot be written, or another process exports to it.
        ImportError: pyarrow is not installed, or tqdm for ``progress=True``.
    """
    from commercelayer_klarna._async.endpoint import AsyncListing

    _check(endpoint)
    if isinstance(endpoint, AsyncListing):
        from commercelayer_klarna.bulk._async.export import export as export_async

        return export_async(
            endpoint,
            path,
            format=format,
            columns=columns,
            filters=filters,
            include=include,
            fields=fields,
            daily=daily,
            checkpoint=checkpoint,
            progress=told(progress),
        )
    from commercelayer_klarna.bulk._sync.export import export as export_sync

    return export_sync(
        endpoint,
        path,
        format=format,
        columns=columns,
        filters=filters,
        include=include,
        fields=fields,
        daily=daily,
        checkpoint=checkpoint,
        progress=told(progress),
    )


@overload
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
    progress: Progress = None,
) -> Backfilled: ...
@overload
def backfill(
    endpoint: AsyncListing[R],
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
    progress: Progress = None,
) -> Coroutine[None, None, Backfilled]: ...
def backfill(
    endpoint: Listing[R] | AsyncListing[R],
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
    progress: Progress = None,
) -> Backfilled | Coroutine[None, None, Backfilled]:
    """Change all resources that match, or those that are named, one by one, and return what became of them.

    With a checkpoint it can be stopped and killed at any moment. Run again, it goes on where it was, and writes nothing
    twice. Attributes alone are changed: what makes the API do something, such as a capture, is no change.

    Args:
        endpoint: What to change.
        change: Returns the attributes to write of a resource, as ``update`` takes them, or ``None`` to leave it as it
            is. What would change nothing is not sent. In the sync client it is called in threads.
        items: The ids of the resources to change, as many as you like: a list, a set, the lines of a file. By default
            all that match. An id that is not found, or that ``filters`` do not match, is a failure.
        filters: As those of ``list``.
        include: Relationship paths to include, for ``change`` to read.
        fields: Sparse fieldsets.
        checkpoint: Where to keep how far it has come: a file, or an address that fsspec opens (extra ``bulk``), where
            each write is an object until its page is done. By default nowhere.
        what: The change, in words of your own: a checkpoint of another one is refused.
        concurrency: How many updates are in flight at once. Eight use all that one address is allowed.
        max_failures: How many resources may fail before it stops.
        progress: Is called after each page, with how many resources are done, and how many there are; ``True`` shows a
            bar of tqdm, if that is installed.

    Raises:
        TooManyFailures: It stopped.
        CommerceLayerError: A page could not be fetched.
        ValueError: The checkpoint belongs to another backfill, or an item cannot be an id.
        TypeError: ``items`` is a string.
        OSError: The checkpoint cannot be written, or another process uses it.
    """
    from commercelayer_klarna._async.endpoint import AsyncListing

    _check(endpoint)
    if isinstance(endpoint, AsyncListing):
        from commercelayer_klarna.bulk._async.backfill import backfill as backfill_async

        return backfill_async(
            endpoint,
            change,
            items=items,
            filters=filters,
            include=include,
            fields=fields,
            checkpoint=checkpoint,
            what=what,
            concurrency=concurrency,
            max_failures=max_failures,
            progress=told(progress),
        )
    from commercelayer_klarna.bulk._sync.backfill import backfill as backfill_sync

    return backfill_sync(
        endpoint,
        change,
        items=items,
        filters=filters,
        include=include,
        fields=fields,
        checkpoint=checkpoint,
        what=what,
        concurrency=concurrency,
        max_failures=max_failures,
        progress=told(progress),
    )


@overload
def plan(
    endpoint: Listing[R],
    *,
    shards: int,
    filters: Filters | None = None,
    per_minute: int = 186,
    addresses: int = 1,
) -> Plan: ...
@overload
def plan(
    endpoint: AsyncListing[R],
    *,
    shards: int,
    filters: Filters | None = None,
    per_minute: int = 186,
    addresses: int = 1,
) -> Coroutine[None, None, Plan]: ...
def plan(
    endpoint: Listing[R] | AsyncListing[R],
    *,
    shards: int,
    filters: Filters | None = None,
    per_minute: int = 186,
    addresses: int = 1,
) -> Plan | Coroutine[None, None, Plan]:
    """Cut all resources that match into shards of about the same size, by when they were created.

    It counts how many were created before a moment, about five times for each shard. Printed, the plan says how many
    requests the work takes, and how long.

    Args:
        endpoint: What to cut.
        shards: How many shards to make. There are fewer when many resources were created at the same moment.
        filters: As those of ``list``.
        per_minute: How many requests a minute one address may send, for the time that it tells: 93 in test mode.
        addresses: Behind how many addresses the workers are.

    Raises:
        ValueError: A number is not a whole number above 0.
    """
    from commercelayer_klarna._async.endpoint import AsyncListing

    _check(endpoint)
    if isinstance(endpoint, AsyncListing):
        from commercelayer_klarna.bulk._async.plan import plan as plan_async

        return plan_async(endpoint, shards=shards, filters=filters, per_minute=per_minute, addresses=addresses)
    from commercelayer_klarna.bulk._sync.plan import plan as plan_sync

    return plan_sync(endpoint, shards=shards, filters=filters, per_minute=per_minute, addresses=addresses)


@overload
def export_by_api(
    client: KlarnaPayments,
    path: str | PathLike[str],
    *,
    of: str = "klarna_payments",
    filters: Filters | None = None,
    include: Sequence[str] = (),
    checkpoint: str | PathLike[str] | None = None,
    progress: Progress = None,
) -> int: ...
@overload
def export_by_api(
    client: AsyncKlarnaPayments,
    path: str | PathLike[str],
    *,
    of: str = "klarna_payments",
    filters: Filters | None = None,
    include: Sequence[str] = (),
    checkpoint: str | PathLike[str] | None = None,
    progress: Progress = None,
) -> Coroutine[None, None, int]: ...
def export_by_api(
    client: KlarnaPayments | AsyncKlarnaPayments,
    path: str | PathLike[str],
    *,
    of: str = "klarna_payments",
    filters: Filters | None = None,
    include: Sequence[str] = (),
    checkpoint: str | PathLike[str] | None = None,
    progress: Progress = None,
) -> int | Coroutine[None, None, int]:
    """Write all resources that match into a file of JSON Lines by the API's own exports; return how many there are.

    For whole years: an export has up to 5,000 records and takes a few requests, where a page has 25. The records are as
    the API writes them. Run again after it was stopped, it goes on after the last ten exports that were fetched.

    Args:
        client: The client.
        path: The file, or an address that fsspec opens.
        of: The type of the resources.
        filters: As those of ``list``.
        include: Relationship paths to include.
        checkpoint: As that of ``export``.
        progress: As that of ``export``.

    Raises:
        ExportFailed: The API gave an export up.
        ValueError: More than 5,000 were created at the same moment, or the file is for another format.
    """
    from commercelayer_klarna._async.endpoint import AsyncListing

    if isinstance(client, AsyncListing):
        from commercelayer_klarna.bulk._async.export_by_api import export_by_api as by_api_async

        return by_api_async(
            client, path, of=of, filters=filters, include=include, checkpoint=checkpoint, progress=told(progress)
        )
    from commercelayer_klarna.bulk._sync.export_by_api import export_by_api as by_api_sync

    return by_api_sync(
        client, path, of=of, filters=filters, include=include, checkpoint=checkpoint, progress=told(progress)
    )


def _check(endpoint: object) -> None:
    from commercelayer_klarna._async.endpoint import AsyncListing
    from commercelayer_klarna._sync.endpoint import Listing

    if not isinstance(endpoint, AsyncListing | Listing):
        raise TypeError(f"endpoint must be one of a client, such as payments.orders, not {type(endpoint).__name__}")
