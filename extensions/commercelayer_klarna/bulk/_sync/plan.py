# Written by scripts/unasync from _async/plan.py. Do not edit.
"""Cut all resources of a type into shards of about the same size."""

# The type of an endpoint is for this package alone.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from commercelayer_klarna._json import check_whole
from commercelayer_klarna.bulk._sync.span import span
from commercelayer_klarna.bulk.shards import Plan, Shard

if TYPE_CHECKING:
    from commercelayer_klarna._client.query import Filters
    from commercelayer_klarna._sync.endpoint import Listing
    from commercelayer_klarna.resources import Resource

R = TypeVar("R", bound="Resource")

# The API keeps times to a millisecond.
_INSTANT = timedelta(milliseconds=1)


def plan(
    endpoint: Listing[R],
    *,
    shards: int = 1,
    most: int | None = None,
    filters: Filters | None = None,
    per_minute: int = 186,
    addresses: int = 1,
) -> Plan:
    """Cut all resources that match into so many shards, or into shards of about ``most`` resources."""
    for name, number in (("shards", shards), ("per_minute", per_minute), ("addresses", addresses)):
        check_whole(name, number)
    where = dict(filters or {})
    total = endpoint.count(where)
    if most is not None:
        shards = max(1, -(-total // most))
    cuts: dict[datetime, int] = {}
    ends = span(endpoint, where, "created_at")
    if ends is not None:
        first, last = ends
        # How many were created before a moment.
        known = {first: 0, last + _INSTANT: total}
        for number in range(1, shards):
            moment = _cut(endpoint, where, known, total * number // shards, total // shards // 20)
            if known[moment] > max(cuts.values(), default=0) and known[moment] < total:
                cuts[moment] = known[moment]
    starts, counts = [None, *cuts], [0, *cuts.values(), total]
    made = [
        Shard(
            endpoint._type.name,
            number,
            since,
            starts[number] if number < len(starts) else None,
            counts[number] - counts[number - 1],
            tuple(where.items()),
        )
        for number, since in enumerate(starts, 1)
    ]
    return Plan(tuple(made), per_minute, addresses)


def _cut(
    endpoint: Listing[R], where: Mapping[str, object], known: dict[datetime, int], wanted: int, tolerance: int
) -> datetime:
    """Return a moment before which about so many were created; halve the span in which it is until it is found."""
    while True:
        before = max(moment for moment, count in known.items() if count <= wanted)
        after = min(moment for moment, count in known.items() if count > wanted)
        nearest = min(before, after, key=lambda moment: abs(known[moment] - wanted))
        if abs(known[nearest] - wanted) <= tolerance or after - before <= _INSTANT:
            return nearest
        middle = before + (after - before) / 2
        middle -= timedelta(microseconds=middle.microsecond % 1000)
        known[middle] = endpoint.count({**where, "created_at_lt": middle})
