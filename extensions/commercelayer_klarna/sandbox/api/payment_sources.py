"""Payment sources: what each type of payment does, as one value a type.

A value says what creating one opens, what its triggers do, when it counts as authorized, and what placing its order
leaves behind. Its attributes stand in ``schema``; which of this happens when, and what is refused, is up to ``rules``.
A type without a value here cannot be created, and a trigger without a function here is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import TypeAlias

from attrs import field, frozen

from commercelayer_klarna.sandbox.api import base64url, json_bytes
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.state import Record, State

Attributes: TypeAlias = Mapping[str, JSON]
Trigger: TypeAlias = Callable[[State, Record, Attributes], Attributes]
"""Return what a trigger changes, for an order and its payment's attributes, those sent with the trigger included."""


@frozen
class PaymentSource:
    """What one type of payment does."""

    # The attribute without which the order cannot be placed.
    authorized_by: str
    # Makes the attributes of a new payment for an order.
    opens: Callable[[State, Record], Attributes] = lambda state, order: {}
    # What each trigger changes of a payment.
    triggers: Mapping[str, Trigger] = field(factory=dict[str, Trigger])
    # The triggers that bind the payment to the order's amount anew.
    renewals: frozenset[str] = frozenset()
    # Makes the order's payment_source_details of the gateway's reference, when it is authorized. unknown unless given.
    details: Callable[[JSON], JSON] = lambda reference: None
    # What an authorization changes of the payment.
    placed: Attributes = field(factory=dict[str, JSON])
    # The seconds in which an order must be placed, and in which it must be captured.
    token_lasts: float = inf
    authorization_lasts: float = inf
    # Whether the order must have an address, and so a country, before a payment is created.
    needs_country: bool = False


def total(order: Record) -> int:
    """Return the amount that an order is paid with, in cents."""
    cents = order.attributes["total_amount_with_taxes_cents"]
    return cents if isinstance(cents, int) else 0


_ASSETS = "https://klarna.example/assets"
_CATEGORIES = (("pay_later", "Pay later"), ("pay_over_time", "Financing"), ("pay_now", "Pay now"))


def _klarna_session(state: State, order: Record) -> dict[str, JSON]:
    """Return a new Klarna session for the order's total, as the API would get it from Klarna."""
    session_id = state.new_uuid()
    header = base64url.encode(json_bytes.write({"alg": "RS256", "kid": "sandbox"}))
    claims = base64url.encode(json_bytes.write({"session_id": session_id, "amount": total(order), "sandbox": True}))
    categories: list[JSON] = [
        {
            "identifier": identifier,
            "name": name,
            "asset_urls": {
                "descriptive": f"{_ASSETS}/{identifier}/descriptive.svg",
                "standard": f"{_ASSETS}/{identifier}/standard.svg",
            },
        }
        for identifier, name in _CATEGORIES
    ]
    return {"session_id": session_id, "client_token": f"{header}.{claims}.sandbox", "payment_methods": categories}


def _klarna_payment(state: State, order: Record) -> dict[str, JSON]:
    # unknown: whether the instrument is null or empty before the payment is authorized.
    empty: dict[str, JSON] = {"auth_token": None, "mismatched_amounts": False, "payment_instrument": {}}
    return {**_klarna_session(state, order), **empty}


def _klarna_details(reference: JSON) -> JSON:
    """Return what recorded orders say of a payment with Klarna, since April 2022."""
    method: dict[str, JSON] = {"order_id": reference, "fraud_status": "ACCEPTED"}
    method["authorized_payment_method"] = {"type": "invoice"}
    return {"type": "klarna_payments", "klarna_id": reference, "payment_method_details": method}


PAYMENT_SOURCES: Mapping[str, PaymentSource] = {
    "klarna_payments": PaymentSource(
        authorized_by="auth_token",
        opens=_klarna_payment,
        # unknown: whether the token of an earlier authorization survives; what is not sent stays as it is.
        triggers={"_update": lambda state, order, payment: _klarna_session(state, order)},
        renewals=frozenset({"_update"}),
        details=_klarna_details,
        # inferred from an older example: what Klarna reports once the order exists there.
        placed={"payment_instrument": {"issuer_type": "klarna"}},
        # Klarna's own rules.
        token_lasts=60 * 60.0,
        authorization_lasts=28 * 86_400.0,
        needs_country=True,
    ),
}
