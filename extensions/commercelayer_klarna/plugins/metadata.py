"""The built-in plugin ``metadata``: Python values in metadata, by codecs for keys.

What a codec is stands in ``hookspecs``; which one serves a key, in ``plugin_set``.

JSON has no dates, decimals or ids. A codec says for one key, or for all keys with a prefix, how its values are
written and read. ``payment.ext.metadata`` reads them, and all methods that write metadata write them::

    KlarnaPayments(..., plugins=[Metadata([decimal_codec("erp.amount"), datetime_codec("erp.due_at")])])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from commercelayer_klarna._json import JsonObject, JsonValue, as_object
from commercelayer_klarna._jsonapi.resource import Accessor
from commercelayer_klarna._values import evolve
from commercelayer_klarna.plugins.hookspecs import MetadataCodec, Plugin
from commercelayer_klarna.plugins.values import Context

if TYPE_CHECKING:  # imported by the codecs that need them
    from decimal import Decimal

# Nobody writes out more.
_MOST_DIGITS = 30

__all__ = ["DecodedMetadata", "Metadata", "datetime_codec", "decimal_codec", "enum_codec", "prefixed", "uuid_codec"]

E = TypeVar("E", bound=Enum)


def datetime_codec(key: str) -> MetadataCodec:
    """Keep date-times with a time zone, as ISO 8601 in UTC."""

    def encode(value: object) -> object:
        if not isinstance(value, datetime):
            return value
        try:
            value = _zoned(value).astimezone(UTC)
        except OverflowError:
            raise ValueError(f"{value!r} is outside the range of dates in UTC") from None
        # The API writes milliseconds; microseconds are kept where there are some.
        precision = "microseconds" if value.microsecond % 1000 else "milliseconds"
        return value.isoformat(timespec=precision).replace("+00:00", "Z")

    def decode(value: object) -> datetime:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is not a date-time: it must be a text in ISO 8601")
        return _zoned(datetime.fromisoformat(value))

    return MetadataCodec(key, encode, decode)


def decimal_codec(key: str) -> MetadataCodec:
    """Keep decimals, as text, so that no digit is lost.

    ``find_by_metadata`` finds an amount however it was spelt: as this text, as a number (if a float keeps its digits),
    without needless zeros, and with two digits after the point. That takes up to four lists instead of one.
    """
    from decimal import Decimal

    def encode(value: object) -> object:
        return str(_decimal(value)) if isinstance(value, Decimal) else value

    return MetadataCodec(key, encode, _decimal, spellings=_spellings)


def uuid_codec(key: str) -> MetadataCodec:
    """Keep UUIDs, as text."""
    from uuid import UUID

    return MetadataCodec(key, lambda value: str(value) if isinstance(value, UUID) else value, UUID)


def enum_codec(key: str, members: type[E]) -> MetadataCodec:
    """Keep members of an enum, as their values."""
    return MetadataCodec(key, lambda value: value.value if isinstance(value, members) else value, members)


def prefixed(prefix: str, codecs: Iterable[MetadataCodec]) -> list[MetadataCodec]:
    """Return the same codecs for keys in a namespace: ``prefixed("erp.", [decimal_codec("amount")])``."""
    return [evolve(codec, key=prefix + codec.key) for codec in codecs]


class Metadata(Plugin):
    """Write and read metadata with codecs. An instance of yours replaces the built-in one.

    Args:
        codecs: Codecs for keys; none by default.
    """

    name = "metadata"
    fallback = True

    def __init__(self, codecs: Iterable[MetadataCodec] = ()) -> None:
        self._codecs = tuple(codecs)

    def metadata_codecs(self, ctx: Context) -> Iterable[MetadataCodec]:
        """Return the codecs that the plugin was made with."""
        return self._codecs

    def resource_accessors(self, ctx: Context) -> Mapping[tuple[str, str], type[Accessor]]:
        """Return ``resource.ext.metadata``."""
        return {("*", "metadata"): DecodedMetadata}


class DecodedMetadata(Accessor, Mapping[str, Any]):
    """The metadata of a resource, each value decoded by the codec of its key: ``payment.ext.metadata["due_at"]``.

    A pickle of it is a ``dict`` of what it holds, since codecs are functions of a client, which do not travel.
    """

    def __getitem__(self, key: str) -> Any:
        value = self._stored()[key]
        return self.resource.decode_metadata(key, value)

    def __contains__(self, key: object) -> bool:
        return key in self._stored()

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored())

    def __len__(self) -> int:
        return len(self._stored())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._stored()!r})"

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)

    def _stored(self) -> JsonObject:
        return as_object(self.resource["metadata"])


def _zoned(value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise ValueError(f"{value!r} has no time zone: give it one, such as datetime.UTC")
    return value


def _decimal(value: object) -> Decimal:
    from decimal import Decimal, InvalidOperation

    try:
        # A JSON number has become a float by now; its text is what the writer meant.
        found = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a decimal number") from None
    if not found.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    return found


def _spellings(value: Decimal) -> Iterator[JsonValue]:
    """Yield the texts and the number that are this decimal."""
    if abs(value.adjusted()) > _MOST_DIGITS:  # an exponent that nobody writes out
        return
    shortest = "0" if value.is_zero() else format(value, "f")
    if "." in shortest:
        shortest = shortest.rstrip("0").rstrip(".")
    yield shortest
    whole, _, fraction = shortest.partition(".")
    if len(fraction) < 2:
        yield f"{whole}.{fraction:0<2}"
    number = int(whole) if not fraction else float(shortest)
    if _decimal(number) == value:
        yield number
