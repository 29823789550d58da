# Written by scripts/unasync from _async/span.py. Do not edit.
"""The span of time of all resources of a type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from commercelayer_klarna.errors import ResponseFormatError

if TYPE_CHECKING:
    from commercelayer_klarna._sync.endpoint import Listing
    from commercelayer_klarna.resources import Resource

R = TypeVar("R", bound="Resource")


def span(endpoint: Listing[R], where: Mapping[str, object], attribute: str) -> tuple[datetime, datetime] | None:
    """Return the first and the last time that an attribute has, or ``None`` if nothing has one.

    Raises:
        ResponseFormatError: The API does not say it.
    """
    ends: list[datetime] = []
    for sort in (attribute, f"-{attribute}"):
        found = endpoint.list(
            filters={**where, f"{attribute}_not_null": True}, sort=[sort], fields=[attribute], page_size=1, limit=1
        ).first()
        if found is None:
            return None
        moment = found[attribute]
        if not isinstance(moment, datetime):
            raise ResponseFormatError(f"{found.type}/{found.id} has {attribute}={moment!r}, which is no time")
        ends.append(moment)
    return ends[0], ends[1]
