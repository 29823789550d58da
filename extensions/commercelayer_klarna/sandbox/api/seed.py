"""What a new sandbox contains: a market, a gateway and a payment method for each payment source, and payable orders."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.schema import MONEY, RESOURCES
from commercelayer_klarna.sandbox.api.state import Record, Ref, State

WHO: dict[str, JSON] = {"worker": {"id": "sandbox", "type": "Sandbox"}}


@frozen
class Shop:
    """What orders are made of: a market, and for each type of payment source a gateway and a payment method."""

    market: Record
    gateways: Mapping[str, Record]
    methods: Mapping[str, Record]


def shop(state: State) -> Shop:
    """Create and return what a new sandbox sells with."""
    market = state.create("markets", {"name": "Europe", "code": "europe", "disabled_at": None}, {}, WHO)
    gateways: dict[str, Record] = {}
    methods: dict[str, Record] = {}
    for resource in RESOURCES.values():
        if resource.gateway:
            gateways[resource.name] = gateway = _gateway(state, resource.gateway)
            methods[resource.name] = _method(state, resource.name, market, gateway)
    return Shop(market, gateways, methods)


def _gateway(state: State, type_: str) -> Record:
    attributes: dict[str, JSON] = {
        "name": "EU payment gateway",
        "force_payments": False,
        "credential_keys": {"api_key": "********BW989"},
        "disabled_at": None,
    }
    return state.create(type_, attributes, {}, WHO)


def _method(state: State, source: str, market: Record, gateway: Record) -> Record:
    attributes: dict[str, JSON] = {
        "name": " ".join(word.title() for word in source.removesuffix("s").split("_")),
        "payment_source_type": source,
        "currency_code": "EUR",
        "moto": False,
        "require_capture": True,
        "auto_place": False,
        "auto_capture": False,
        **money("price", 0),
        "disabled_at": None,
    }
    linked = {"market": Ref("markets", market.id), "payment_gateway": Ref("payment_gateways", gateway.id)}
    return state.create("payment_methods", attributes, linked, WHO)


def order(
    state: State, market: Record, method: Record | None, *, number: int, cents: int, draft: bool, address: bool
) -> Record:
    """Create and return an order of that total, pending or a draft; without a payment method it cannot be paid."""
    attributes: dict[str, JSON] = {name: None for name, row in RESOURCES["orders"].attributes.items() if row.returned}
    for name in MONEY:
        attributes.update(money(name, 0))
    attributes.update(dict.fromkeys(money("duty", 0)))
    attributes.update(total(cents))
    counts: dict[str, JSON] = {name: 0 for name in attributes if name.endswith("_count")}
    attributes.update(counts)
    attributes.update(
        {
            "number": str(number),
            "status": "draft" if draft else "pending",
            "payment_status": "unpaid",
            "fulfillment_status": "unfulfilled",
            "guest": True,
            "editable": True,
            "autorefresh": True,
            "tax_included": True,
            "requires_billing_info": False,
            "customer_email": f"customer-{number}@example.com",
            "language_code": "it",
            "currency_code": "EUR",
            "country_code": "IT" if address else None,
            "token": f"{state.random.getrandbits(128):032x}",
            "payment_source_details": {},
            "tax_rate": "0.22",
            "skus_count": 1,
            "shipments_count": 1,
            "metadata": {},
        }
    )
    linked = {
        "market": Ref("markets", market.id),
        "payment_method": None if method is None else Ref("payment_methods", method.id),
        "payment_source": None,
    }
    return state.create("orders", attributes, linked, WHO)


def total(cents: int) -> dict[str, JSON]:
    """Return the attributes of an order that follow from its total, for an order of goods and nothing else."""
    names = ("subtotal", "total", "total_taxable", "total_amount_with_taxes", "place_total")
    return {key: value for name in names for key, value in money(name, cents).items()}


def money(name: str, cents: int) -> dict[str, JSON]:
    """Return the triple of an amount in euros, whose name may leave the word amount out."""
    return triple(name if "amount" in name else f"{name}_amount", cents)


def triple(name: str, cents: int) -> dict[str, JSON]:
    """Return the three attributes that tell one amount in euros."""
    formatted = f"€{cents // 100:,}".replace(",", ".") + f",{cents % 100:02d}"
    return {f"{name}_cents": cents, f"{name}_float": cents / 100, f"formatted_{name}": formatted}
