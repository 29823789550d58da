"""The built-in plugin ``money``: amounts as decimals, ``order.ext.money.total``.

Amounts come three times: in cents, as a float, and formatted for people. The decimal is exact: it is made of the cents.
How many cents make a unit of the currency (100 for EUR, 1 for JPY, 1,000 for KWD) follows from the answer itself, whose
cents and floats are the same amounts. A table of currencies would have to agree with that of the API, and those that
are published do not: ISO 4217, CLDR and the API's own library differ on some currencies, by a factor of 100.

What is shown to people is the API's own text, ``str(amount)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from commercelayer_klarna._json import JsonValue
from commercelayer_klarna._jsonapi.resource import Accessor, Resource
from commercelayer_klarna._values import field, frozen
from commercelayer_klarna.errors import NotFetchedError, ResponseFormatError
from commercelayer_klarna.plugins.hookspecs import Plugin
from commercelayer_klarna.plugins.values import Context

if TYPE_CHECKING:  # few programs ask for amounts
    from decimal import Decimal

__all__ = ["Amount", "Amounts", "Money"]

_CENTS, _FLOAT, _FORMATTED = "_cents", "_float", "formatted_"
_MOST_DIGITS = 6
# A float may be rounded.
_ROUNDING = 0.001


@frozen
class Amount:
    """An amount of money.

    Attributes:
        value: The amount in units of the currency, with all its digits: ``Decimal("35.00")``.
        currency: The currency, ISO 4217.
        cents: The amount in the smallest units of the currency, as the API has it.
        formatted: The API's own text for people, if the answer carried it.
    """

    value: Decimal
    currency: str
    cents: int
    formatted: str | None = field(default=None, eq=False)

    def __str__(self) -> str:
        return self.formatted or f"{self.value} {self.currency}"


class Amounts(Accessor, Mapping[str, "Amount | None"]):
    """The amounts of a resource: ``order.ext.money.total`` or ``order.ext.money["total"]``.

    Each is called like the attribute, without ``amount`` and ``cents``: ``total_amount_cents`` is ``total``,
    ``total_amount_with_taxes_cents`` is ``total_with_taxes``; the ``amount_cents`` of a transaction is ``amount``. An
    amount that is null is ``None``.

    Raises:
        NotFetchedError: The answer did not carry the amount, its currency, or a float that tells how many cents make a
            unit.
        ResponseFormatError: An amount cannot be read.
    """

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        # Nothing but this is kept: a resource may have secrets.
        self._told = {name: value for name, value in resource.attributes.items() if _tells_of_money(name)}
        common = [name.removesuffix(_CENTS) for name in self._told if name.endswith(_CENTS)]
        self._names = {each.replace("_amount", ""): each for each in common}

    def __getitem__(self, name: str) -> Amount | None:
        attribute = self._names[name]
        cents = self._told[attribute + _CENTS]
        if cents is None:
            return None
        if not _is_whole(cents):
            raise ResponseFormatError(f"{self._where} has {attribute}{_CENTS}={cents!r}, which is no whole number")
        currency: object = self.resource["currency_code"]
        if not isinstance(currency, str):
            raise ResponseFormatError(f"{self._where} has amounts, and currency_code={currency!r}")
        per_unit = self._per_unit()
        if per_unit is None and cents:
            raise NotFetchedError(
                f"{self._where} came without a float of its amounts, which tells how many cents make a unit of"
                f" {currency}: name one, such as {attribute}_float, in fields, or read the cents"
            )
        formatted = self._told.get(f"{_FORMATTED}{attribute}")
        text = formatted if isinstance(formatted, str) else None
        return Amount(_decimal(cents, per_unit or 1), currency, cents, text)

    if not TYPE_CHECKING:  # type checkers know no names: they go on finding what is misspelt in the mapping's methods

        def __getattr__(self, name):
            if name.startswith("_") or name == "resource":
                raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
            if name not in self._names:
                known = ", ".join(self) or "none"
                raise NotFetchedError(
                    f"{self._where} came without an amount called {name} (there are: {known}): name its cents, its"
                    " float and currency_code in fields, or leave fields out"
                )
            return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __dir__(self) -> Iterable[str]:
        return {*super().__dir__(), *self._names}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self)})"

    def __reduce__(self) -> tuple[type[Amounts], tuple[Resource]]:
        return type(self), (self.resource,)

    @property
    def _where(self) -> str:
        return f"{self.resource.type}/{self.resource.id}"

    def _per_unit(self) -> int | None:
        """Return how many cents make a unit of the currency, by the largest amount; ``None`` if all are zero."""
        pairs = [(self._told[each + _CENTS], self._told.get(each + _FLOAT)) for each in self._names.values()]
        told = [
            (cents, units) for cents, units in pairs if _is_whole(cents) and isinstance(units, int | float) and units
        ]
        if not told:
            return None
        cents, units = max(told, key=lambda pair: abs(pair[1]))
        per_unit: int = round(cents / units)
        if per_unit < 1 or abs(cents / units - per_unit) > per_unit * _ROUNDING:
            raise ResponseFormatError(f"{self._where} has an amount of {cents} cents, which are {units} units")
        return per_unit


class Money(Plugin):
    """Amounts as decimals. An instance of yours replaces the built-in one."""

    name = "money"
    fallback = True

    def resource_accessors(self, ctx: Context) -> Mapping[tuple[str, str], type[Accessor]]:
        """Return ``resource.ext.money``."""
        return {("*", "money"): Amounts}


def _tells_of_money(name: str) -> bool:
    return name.endswith((_CENTS, _FLOAT)) or name.startswith(_FORMATTED)


def _is_whole(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _decimal(cents: int, per_unit: int) -> Decimal:
    from decimal import Decimal

    for digits in range(_MOST_DIGITS):
        if 10**digits % per_unit == 0:
            return Decimal(f"{cents * (10**digits // per_unit)}e-{digits}")
    raise ResponseFormatError(f"{per_unit} cents make a unit of the currency, so that {cents} are no decimal number")
