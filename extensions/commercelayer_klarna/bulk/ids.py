"""The ids of the resources that a work is about, where a caller names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from commercelayer_klarna._client.requests import check_id
from commercelayer_klarna._json import is_iterable
from commercelayer_klarna._tracebacks import argument_errors

__all__ = ["checked_items", "described"]


@argument_errors
def checked_items(items: Iterable[str]) -> list[str]:
    """Return the ids in their order as texts, each once. Each may end with a line end, as the lines of a file do.

    Raises:
        TypeError: It is a string or no iterable, or one of them is no string.
        ValueError: One of them cannot be an id.
    """
    given: object = items
    if isinstance(given, str):
        raise TypeError(f"items={given!r} is a string: pass a list, such as [{given!r}]")
    if not is_iterable(given):
        raise TypeError(f"items={given!r} is not a list of ids: pass one, or leave it out")
    ids = set[str]()
    for number, each in enumerate(given):
        name = f"items[{number}]"
        id = check_id(each.rstrip("\r\n") if isinstance(each, str) else each, name)
        if "," in id:
            raise ValueError(f"{name}={id!r} cannot be an id: it has a comma, so pass each id by itself")
        ids.add(id)
    return sorted(ids)


def described(ids: Sequence[str]) -> str:
    """Return a short text that tells these ids from others."""
    return f"{len(ids)} ids, sha256 {sha256(chr(10).join(ids).encode()).hexdigest()}"
