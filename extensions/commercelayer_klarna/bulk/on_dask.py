"""Work on the shards of a plan on a cluster of Dask: we write no scheduler.

A worker makes its client of its own environment, so no credentials are in what is sent to it.
"""

# Dask is no dependency.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from commercelayer_klarna._auth.redis_store import RedisTokenStore
from commercelayer_klarna._client import tables
from commercelayer_klarna._client.query import query
from commercelayer_klarna._client.resource_types import named
from commercelayer_klarna._sync.client import KlarnaPayments
from commercelayer_klarna._values import frozen
from commercelayer_klarna.bulk._sync.backfill import backfill
from commercelayer_klarna.bulk._sync.export import export
from commercelayer_klarna.bulk._sync.scan import Scan
from commercelayer_klarna.bulk.checkpoint import question
from commercelayer_klarna.bulk.outcome import Backfilled
from commercelayer_klarna.bulk.parts import checkpoint_at
from commercelayer_klarna.bulk.places import place
from commercelayer_klarna.bulk.shards import endpoint_of
from commercelayer_klarna.plugins.limits import Limits

if TYPE_CHECKING:
    import dask.dataframe

    from commercelayer_klarna._client.query import Fields
    from commercelayer_klarna.bulk.files import Format
    from commercelayer_klarna.bulk.shards import Plan, Shard

__all__ = ["backfill_dask", "export_dask", "read_dask", "worker_client"]

T = TypeVar("T")

# A call waits for its turn among those of all workers.
_DEADLINE = 300.0


@cache
def worker_client() -> KlarnaPayments:
    """Return the client of this process, made of its environment.

    It reads what ``from_env()`` reads. ``COMMERCELAYER_KLARNA_REDIS`` is the address of the Redis by which workers
    share limits and tokens, ``COMMERCELAYER_KLARNA_EGRESS`` a name for the address that this worker sends from.

    Raises:
        ValueError: A variable is missing.
    """
    store = os.environ.get("COMMERCELAYER_KLARNA_REDIS")
    limits = Limits(store=store, egress=os.environ.get("COMMERCELAYER_KLARNA_EGRESS", "default"))
    tokens = None if store is None else RedisTokenStore(store)
    return KlarnaPayments.from_env(plugins=[limits], token_store=tokens, deadline=_DEADLINE)


def read_dask(
    plan: Plan,
    *,
    columns: Sequence[str] | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    client: Callable[[], KlarnaPayments] = worker_client,
) -> dask.dataframe.DataFrame:
    """Return a DataFrame of Dask with a partition for each shard. Nothing is sent before it is computed.

    Args:
        plan: What to read.
        columns: As those of ``export``.
        include: Relationship paths to include.
        fields: Sparse fieldsets.
        client: Returns the client of a worker. It is sent to the workers, so it must hold no credentials.

    Raises:
        ValueError: A column cannot be one.
        ImportError: The extra ``dask`` is not installed.
    """
    of = plan.shards[0].of
    asked = query(of, include=include, fields=fields).fields
    made = tuple(tables.columns(named(of).resource, asked, columns))
    read = _Read(made, tuple(include), fields, client, uuid4().hex)
    frames: Any = tables.library("dask.dataframe", "dask")
    meta = tables.pandas_frame(made, {each.name: [] for each in made})
    frame: dask.dataframe.DataFrame = frames.from_map(
        read, list(plan.shards), meta=meta, label="klarna", enforce_metadata=False
    )
    return frame


def export_dask(
    plan: Plan,
    path: str,
    *,
    format: Format = "parquet",
    columns: Sequence[str] | None = None,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    client: Callable[[], KlarnaPayments] = worker_client,
) -> int:
    """Write a file for each shard, on the workers, and return how many resources there are.

    A shard whose worker ended is done by another one, which goes on after the last page if it reaches the same place.
    Run again after it was stopped, with the same plan, shards that were under way go on, and those that are done are
    not exported again. Which ones are done is kept beside the files until all are.

    Args:
        plan: What to export.
        path: The directory of the files, or an address that fsspec opens, such as ``s3://bucket/payments``. All workers
            must reach it.
        format: As that of ``export``.
        columns: As those of ``export``.
        include: Relationship paths to include.
        fields: Sparse fieldsets.
        client: As that of ``read_dask``.

    Raises:
        CommerceLayerError: A page could not be fetched.
        ImportError: The extra ``dask`` is not installed.
    """
    options = {"format": format, "columns": columns, "include": tuple(include), "fields": fields}
    work = _Export(_directory(path), client, options)
    count = sum(_computed(plan, work))
    for shard in plan.shards:
        place(work.done(shard)).remove()
    return count


def backfill_dask(
    plan: Plan,
    change: Callable[[Any], Mapping[str, object] | None],
    *,
    include: Sequence[str] = (),
    fields: Fields | None = None,
    checkpoint: str | None = None,
    what: str = "",
    concurrency: int = 8,
    max_failures: int = 25,
    client: Callable[[], KlarnaPayments] = worker_client,
) -> Backfilled:
    """Change all resources of the shards, on the workers, and return what became of them.

    Args:
        plan: What to change. To go on with a checkpoint, keep the plan: it pickles.
        change: As that of ``backfill``.
        include: Relationship paths to include.
        fields: Sparse fieldsets.
        checkpoint: A directory, or an address that fsspec opens, which all workers reach. Each shard has a checkpoint
            there. By default there is none, and what a worker did that ended is seen by what would change nothing.
        what: As that of ``backfill``.
        concurrency: How many updates of a worker are in flight at once.
        max_failures: How many resources of a shard may fail before it stops.
        client: As that of ``read_dask``.

    Raises:
        TooManyFailures: A shard stopped.
        CommerceLayerError: A page could not be fetched.
        ValueError: A checkpoint belongs to another plan, or to another change.
        ImportError: The extra ``dask`` is not installed.
    """
    options = {
        "include": tuple(include),
        "fields": fields,
        "what": what,
        "concurrency": concurrency,
        "max_failures": max_failures,
    }
    where = None if checkpoint is None else _directory(checkpoint)
    done = _computed(plan, _Backfill(change, where, client, options))
    failures = tuple(failure for each in done for failure in each.failures)
    return Backfilled(sum(each.changed for each in done), sum(each.unchanged for each in done), failures)


def _computed(plan: Plan, work: Callable[[Shard], T]) -> list[T]:
    """Do a work with each shard, on the cluster that is connected to, or in this process."""
    dask: Any = tables.library("dask", "dask")
    # Not pure: the same work done again is another one.
    delayed = dask.delayed(work, pure=False)
    return list(dask.compute(*(delayed(each) for each in plan.shards)))


def _directory(path: str) -> str:
    if "://" not in path:
        Path(path).mkdir(parents=True, exist_ok=True)
    return path.rstrip("/")


@frozen
class _Read:
    columns: tuple[tables.Column, ...]
    include: tuple[str, ...]
    fields: Fields | None
    client: Callable[[], KlarnaPayments]
    # Dask takes what is the same work for the same result, and the API's answer may be another one the next time.
    key: str

    def __call__(self, shard: Shard) -> Any:
        """Return the resources of a shard as a frame of pandas."""
        data: dict[str, list[object]] = {each.name: [] for each in self.columns}
        endpoint = endpoint_of(self.client(), shard.of)
        for resource in Scan(endpoint, filters=shard.filters, include=self.include, fields=self.fields):
            for column in self.columns:
                data[column.name].append(column.of(resource))
        return tables.pandas_frame(self.columns, data)


@frozen
class _Export:
    path: str
    client: Callable[[], KlarnaPayments]
    options: Mapping[str, Any]

    def done(self, shard: Shard) -> str:
        """Return the checkpoint that says that a shard is done. What reads the files passes over such names."""
        return f"{self.path}/_{shard.number:05}.done"

    def __call__(self, shard: Shard) -> int:
        """Write the file of a shard, unless that is done."""
        client, options = self.client(), self.options
        file = f"{self.path}/{shard.number:05}.{options['format']}"
        asked = question(
            shard.of,
            client.base_url,
            {"work": "export_dask", "format": options["format"], "columns": options["columns"]},
            filters=shard.filters,
            include=options["include"],
            fields=options["fields"],
        )
        with checkpoint_at(self.done(shard), asked) as saved:
            if not (saved.is_over and place(file).exists()):
                count = export(endpoint_of(client, shard.of), file, filters=shard.filters, **options)
                saved.add([str(count)], None, is_over=True)
            return int([*saved.rows()][-1])


@frozen
class _Backfill:
    change: Callable[[Any], Mapping[str, object] | None]
    path: str | None
    client: Callable[[], KlarnaPayments]
    options: Mapping[str, Any]

    def __call__(self, shard: Shard) -> Backfilled:
        """Change the resources of a shard."""
        checkpoint = None if self.path is None else f"{self.path}/{shard.number:05}"
        endpoint = endpoint_of(self.client(), shard.of)
        return backfill(endpoint, self.change, filters=shard.filters, checkpoint=checkpoint, **self.options)
