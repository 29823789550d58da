"""Parts of a large work: values that pickle, so that other processes and machines can do them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from commercelayer_klarna._client.query import MAX_PAGE_SIZE
from commercelayer_klarna._values import frozen

__all__ = ["Plan", "Shard", "endpoint_of"]


@frozen
class Shard:
    """The resources that were created in a span of time.

    Attributes:
        of: Their type, such as ``klarna_payments``.
        number: Which shard of the plan it is, from 1.
        since: When the span begins, or ``None``.
        until: When the next one begins, or ``None``.
        count: How many resources it had when it was planned.
        where: The other filters.
    """

    of: str
    number: int
    since: datetime | None
    until: datetime | None
    count: int
    where: tuple[tuple[str, object], ...] = ()

    @property
    def filters(self) -> Mapping[str, object]:
        """Return the filters that give exactly its resources."""
        span = {"created_at_gteq": self.since, "created_at_lt": self.until}
        return {**dict(self.where), **{name: moment for name, moment in span.items() if moment is not None}}

    @property
    def requests(self) -> int:
        """Return how many requests its pages take."""
        return max(1, -(-self.count // MAX_PAGE_SIZE))


@frozen
class Plan:
    """Shards that together have each resource once. As text, it says how long the work takes.

    Attributes:
        shards: The shards, in the order of creation.
        per_minute: How many requests a minute one address may send.
        addresses: Behind how many addresses the workers are.
    """

    shards: tuple[Shard, ...]
    per_minute: int
    addresses: int

    @property
    def count(self) -> int:
        """Return how many resources there were when it was made."""
        return sum(each.count for each in self.shards)

    @property
    def requests(self) -> int:
        """Return how many requests the pages of all shards take."""
        return sum(each.requests for each in self.shards)

    def duration(self, *, changes: int = 0) -> timedelta:
        """Return how long the requests take: those for all pages, and one for each change."""
        seconds = 60 * (self.requests + changes) / (self.per_minute * self.addresses)
        return timedelta(seconds=round(seconds))

    def __str__(self) -> str:
        (of,) = {each.of for each in self.shards}
        behind = "one address" if self.addresses == 1 else f"each of {self.addresses} addresses"
        lines = [
            f"{self.count} {of} in {len(self.shards)} shards; {self.per_minute} requests a minute from {behind}",
            f"reading all: {self.requests} requests, {self.duration()}",
            f"changing all: {self.requests + self.count} requests, {self.duration(changes=self.count)}",
        ]
        for each in self.shards:
            span = (_text(each.since, "the beginning"), _text(each.until, "now"))
            lines.append(f"{each.number:>6}  {each.count:>9}  from {span[0]} to {span[1]}")
        return "\n".join(lines)


def endpoint_of(client: Any, of: str) -> Any:
    """Return the endpoint of a type, of either client.

    Raises:
        ValueError: There is none that lists.
    """
    endpoint = client if of == "klarna_payments" else getattr(client, of, None)
    if not hasattr(endpoint, "list"):
        raise ValueError(f"of={of!r} is no type that is listed: pass one such as 'klarna_payments' or 'orders'")
    return endpoint


def _text(moment: datetime | None, otherwise: str) -> str:
    return otherwise if moment is None else moment.isoformat(timespec="milliseconds")
