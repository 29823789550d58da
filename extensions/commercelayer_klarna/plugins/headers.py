"""Headers of requests and responses: their names are case-insensitive, and what is written is checked at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from string import ascii_letters, digits

__all__ = ["CASE_INSENSITIVE", "Headers", "check_header"]

_OF_NAMES = frozenset(f"{ascii_letters}{digits}!#$%&'*+-.^_`|~")
# They say how a request is framed and what its answer may be coded in. Whoever sends it writes them.
_OF_THE_SENDER = frozenset({"accept-encoding", "content-length", "host", "transfer-encoding"})


def check_header(name: object, value: object) -> None:
    """Refuse a header that cannot be sent as it is.

    Raises:
        TypeError: Its name or its value is not a string.
        ValueError: HTTP does not allow it, or the client sets it itself.
    """
    if not (isinstance(name, str) and isinstance(value, str)):
        raise TypeError(f"headers has {name!r}: {value!r}: names and values are strings")
    if not name or not _OF_NAMES.issuperset(name):
        raise ValueError(f"headers has the name {name!r}, which HTTP does not allow")
    if not (value.isascii() and value.isprintable()) or value != value.strip():
        # The message does not repeat the value, which may be a secret.
        raise ValueError(
            f"headers[{name!r}] has characters that HTTP does not allow in a value: pass printable ASCII without"
            " spaces around it"
        )
    if name.lower() in _OF_THE_SENDER:
        raise ValueError(f"headers has {name!r}, which the client sets itself")


class Headers(MutableMapping[str, str]):
    """Headers, whose names are case-insensitive.

    ::

        request.headers["X-Tenant"] = "north"

    Args:
        headers: Names and values to begin with.

    Raises:
        TypeError: A name or a value is not a string.
        ValueError: HTTP does not allow a name or a value, or the client sets the header itself.
    """

    __slots__ = ("_items",)

    def __init__(self, headers: Mapping[str, str] | None = None, /) -> None:
        self._items: dict[str, tuple[str, str]] = {}
        if headers:
            self.update(headers)

    @classmethod
    def unchecked(cls, pairs: Iterable[tuple[str, str]]) -> Headers:
        """Return headers that are known to be right, or that came in an answer."""
        headers = cls.__new__(cls)
        headers._items = {name.lower(): (name, value) for name, value in pairs}
        return headers

    def copy(self) -> Headers:
        """Return the same headers, which can be changed apart from these."""
        headers = Headers.__new__(Headers)
        headers._items = self._items.copy()
        return headers

    def pairs(self) -> Iterable[tuple[str, str]]:
        """Return names and values, as they were written."""
        return self._items.values()

    def changed_from(self, others: Headers) -> list[tuple[str, str]] | None:
        """Return what was added to others, or changed in them; ``None`` when one of them is missing here."""
        known = others._items
        if not known.keys() <= self._items.keys():
            return None
        return [pair for name, pair in self._items.items() if known.get(name) is not pair]

    def __getitem__(self, name: str) -> str:
        return self._items[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        check_header(name, value)
        self._items[name.lower()] = (name, value)

    def __delitem__(self, name: str) -> None:
        del self._items[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Headers({', '.join(self._items)})"  # values may be secrets


CASE_INSENSITIVE: set[type] = {Headers}
"""The classes of headers whose names are case-insensitive. Others are converted."""
