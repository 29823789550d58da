"""The days of resources, and the files that they are written into."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from commercelayer_klarna._client import tables
from commercelayer_klarna._tracebacks import argument_errors
from commercelayer_klarna.resources import Resource

__all__ = ["check", "days", "file_of"]


@argument_errors
def check(resource: type[Resource], attribute: str) -> None:
    """Refuse an attribute that is no time.

    Raises:
        ValueError: It is none.
    """
    (column,) = tables.columns(resource, {}, [attribute])
    if column.kind != "time" or "." in attribute:
        raise ValueError(f"daily={attribute!r} is no time of a {resource.__name__}: name one, such as 'created_at'")


def days(
    ends: tuple[datetime, datetime] | None, where: Mapping[str, object], attribute: str
) -> Iterator[tuple[date, Mapping[str, object]]]:
    """Return each day in UTC from the first time to the last, and the filters that give what is of that day."""
    if ends is None:
        return
    first, last = (each.astimezone(UTC).date() for each in ends)
    asked = where.get(f"{attribute}_lt")
    day = first
    while day <= last:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        end = start + timedelta(days=1)
        span: dict[str, object] = {f"{attribute}_gteq": start, f"{attribute}_lt": end}
        # The first day begins, and the last one ends, where the caller says.
        if day == first:
            del span[f"{attribute}_gteq"]
        if day == last and asked is not None:
            span[f"{attribute}_lt"] = min(asked, end) if isinstance(asked, datetime) else asked
        yield day, {**where, f"{attribute}_not_null": True, **span}
        day += timedelta(days=1)


def file_of(path: str, day: date) -> str:
    """Return the file of a day: ``payments-2026-11-27.csv`` for ``payments.csv``."""
    root, ending = os.path.splitext(path)
    return f"{root}-{day.isoformat()}{ending}"
