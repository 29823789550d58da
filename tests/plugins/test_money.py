"""Amounts as decimals: exact, with the digits that the API itself gives a currency, and never made of floats."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercelayer_klarna import NotFetchedError, NotIncludedError, ResponseFormatError
from commercelayer_klarna._document import Document
from commercelayer_klarna.plugins.money import Amount, Amounts
from commercelayer_klarna.sandbox import Sandbox

PER_UNIT = {"EUR": 100, "JPY": 1, "HUF": 1, "KWD": 1000, "MRU": 5, "CLF": 10_000}


def amounts(kind: str = "orders", **attributes: Any) -> Amounts:
    found: Any = Document({"data": {"type": kind, "id": "o", "attributes": attributes}}).data
    return Amounts(found)


def triple(name: str, cents: int, per_unit: int) -> dict[str, Any]:
    return {f"{name}_cents": cents, f"{name}_float": cents / per_unit, f"formatted_{name}": f"{cents / per_unit} x"}


def test_the_amounts_of_an_order(payments: Any, sandbox: Sandbox) -> None:
    order = payments.create(order=sandbox.order_ids[0], include=["order"]).order
    money = order.ext.money
    assert money is order.accessor(Amounts)
    assert money.total == money["total"] == Amount(Decimal("35.00"), "EUR", 3500)
    assert str(money.total.value) == "35.00"
    assert str(money.total) == order.formatted_total_amount == "€35,00"
    assert str(money.shipping.value) == "0.00"
    assert money.duty is None
    assert {"total", "subtotal", "total_with_taxes", "place_total", "gift_card", "payment_method"} <= set(money)
    assert len(money) == len([name for name in order.attributes if name.endswith("_cents")])
    assert {"total", "resource", "keys"} <= set(dir(money))
    assert "total" in money
    assert "totals" not in money
    with pytest.raises(KeyError):
        money["totals"]
    with pytest.raises(NotFetchedError, match=r"without an amount called totals .there are: .*total"):
        _ = money.totals


@given(st.sampled_from(sorted(PER_UNIT)), st.integers(-(10**12), 10**12))
def test_a_decimal_is_exactly_its_cents(currency: str, cents: int) -> None:
    per_unit = PER_UNIT[currency]
    found: Any = amounts(currency_code=currency, **triple("total_amount", cents, per_unit)).total  # type: ignore[attr-defined]
    assert found.value * per_unit == found.cents == cents
    assert found.currency == currency
    # A table that disagrees with the API would be wrong by a factor of 100.
    digits = {100: 2, 1: 0, 1000: 3, 5: 1, 10_000: 4}[per_unit]
    assert found.value.as_tuple().exponent == (-digits if cents else 0)


def test_one_amount_tells_the_digits_of_the_others() -> None:
    told = {**triple("total_amount", 1234, 1000), "tax_amount_cents": 5, "shipping_amount_cents": 0}
    money: Any = amounts(currency_code="KWD", **told)
    assert [str(each.value) for each in (money.total, money.tax, money.shipping)] == ["1.234", "0.005", "0.000"]
    assert str(money.tax) == "0.005 KWD"


def test_a_transaction_has_an_amount() -> None:
    money: Any = amounts(
        "captures", currency_code="EUR", **triple("amount", 105, 100), **triple("refund_amount", 5, 100)
    )
    assert (money.amount.value, money.refund.value) == (Decimal("1.05"), Decimal("0.05"))


def test_what_the_answer_did_not_carry_is_named() -> None:
    money: Any = amounts(currency_code="EUR", total_amount_cents=3500)
    with pytest.raises(NotFetchedError, match=r"make a unit of EUR: name one, such as total_amount_float"):
        _ = money.total
    assert amounts(currency_code="EUR", total_amount_cents=0)["total"] == Amount(Decimal(0), "EUR", 0)
    with pytest.raises(NotFetchedError, match="currency_code"):
        amounts(**triple("total_amount", 5, 100))["total"]
    linked: Any = Document({"data": {
        "type": "klarna_payments", "id": "p", "relationships": {"order": {"data": {"type": "orders", "id": "o"}}}
    }}).data  # fmt: skip
    with pytest.raises((NotIncludedError, NotFetchedError)):
        _ = getattr(Amounts(linked.order), "total")  # noqa: B009
    assert dict(amounts(reference="x")) == {}


@pytest.mark.parametrize("wrong", [
    {"total_amount_cents": "3500", "total_amount_float": 35.0, "currency_code": "EUR"},
    {"total_amount_cents": 35.5, "total_amount_float": 35.0, "currency_code": "EUR"},
    {"total_amount_cents": True, "total_amount_float": 35.0, "currency_code": "EUR"},
    {"total_amount_cents": 3500, "total_amount_float": -35.0, "currency_code": "EUR"},
    {"total_amount_cents": 3500, "total_amount_float": 36.0, "currency_code": "EUR"},
    {"total_amount_cents": 3500, "total_amount_float": 7000.0, "currency_code": "EUR"},
    {"total_amount_cents": 3500, "total_amount_float": 500.0, "currency_code": "EUR"},  # seven cents a unit
    {"total_amount_cents": 3500, "total_amount_float": 35.0, "currency_code": None},
])  # fmt: skip
def test_amounts_that_cannot_be_are_refused(wrong: Any) -> None:
    with pytest.raises(ResponseFormatError, match=r"cents|currency_code"):
        amounts(**wrong)["total"]


def test_amounts_are_copied_and_pickled_without_what_is_secret(payments: Any, sandbox: Sandbox) -> None:
    money = payments.create(order=sandbox.order_ids[0], include=["order"]).order.ext.money
    again: Any
    for again in (copy.copy(money), copy.deepcopy(money), pickle.loads(pickle.dumps(money))):
        assert type(again) is Amounts
        assert getattr(again, "total") == money.total  # noqa: B009 - found by name
        assert again.resource == money.resource
    secret = amounts("klarna_payments", client_token="planted", currency_code="EUR", **triple("total_amount", 5, 100))
    assert b"planted" not in pickle.dumps(secret)
    assert "planted" not in repr(vars(secret)) + repr(secret)
    assert pickle.loads(pickle.dumps(money.total)) == money.total
    assert len({money.total, copy.copy(money.total)}) == 1
