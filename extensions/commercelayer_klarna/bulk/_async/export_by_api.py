"""Export all resources of a type by the API's own exports: cut, start, ask until they are done, fetch and join."""

# The session of a client is for this package alone.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from commercelayer_klarna.bulk import at_once, files
from commercelayer_klarna.bulk._async.plan import plan
from commercelayer_klarna.bulk.checkpoint import question
from commercelayer_klarna.bulk.exports import AT_ONCE, MOST, exported
from commercelayer_klarna.bulk.parts import checkpoint_at
from commercelayer_klarna.bulk.shards import Shard, endpoint_of

if TYPE_CHECKING:
    from os import PathLike

    from commercelayer_klarna._async.client import AsyncKlarnaPayments
    from commercelayer_klarna._async.endpoint import AsyncListing
    from commercelayer_klarna._client.query import Filters
    from commercelayer_klarna.resources import Resource


async def export_by_api(
    client: AsyncKlarnaPayments,
    path: str | PathLike[str],
    *,
    of: str = "klarna_payments",
    filters: Filters | None = None,
    include: Sequence[str] = (),
    checkpoint: str | PathLike[str] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> int:
    """Write all resources that match into a file of JSON Lines; return how many there are."""
    endpoint: AsyncListing[Resource] = endpoint_of(client, of)
    form = files.jsonl(path)
    asked = question(of, client.base_url, {"work": "export_by_api"}, filters=filters, include=include, fields=None)
    # An export takes as long as it takes.
    patient = client.with_options(deadline=None)
    timeout = client._session.settings.timeout
    with checkpoint_at(checkpoint or f"{form.place}.checkpoint", asked) as saved:
        where = dict(filters or {})
        if saved.cursor is not None:
            where["created_at_gteq"] = datetime.fromisoformat(saved.cursor)
        # Shards are about as large as was asked for.
        left = [] if saved.is_over else [*(await plan(endpoint, most=MOST * 9 // 10, filters=where)).shards]
        for shard in left:
            if shard.count > MOST:
                raise ValueError(
                    f"{shard.count} {of} were created at {shard.since}, and an export has {MOST}: use export"
                )
        total = saved.count() + sum(each.count for each in left)
        while left:
            begun, left = left[:AT_ONCE], left[AT_ONCE:]
            found: dict[int, list[str]] = {}

            async def fetch(shard: Shard, found: dict[int, list[str]] = found) -> None:
                found[shard.number] = []
                if shard.count:
                    found[shard.number] = await patient.run(exported(shard, include, timeout), name="exports.export")

            await at_once.of_tasks(fetch, begun, AT_ONCE)
            for shard in begun:
                cursor = None if shard.until is None else shard.until.isoformat()
                saved.add(found[shard.number], cursor, is_over=cursor is None)
            if progress is not None:
                progress(saved.count(), max(total, saved.count()))
        form.write(saved.rows())
        count = saved.count()
    saved.remove()
    return count
