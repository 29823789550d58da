"""The resource classes that a caller reads.

Their attributes are written out of the contract (``_jsonapi/attributes.py``); relationships are added here. What
resources have in common stands in ``_jsonapi/resource.py``.
"""

from __future__ import annotations

from commercelayer_klarna._jsonapi.attributes import (
    EventStoreAttributes,
    KlarnaPaymentAttributes,
    OrderAttributes,
    PaymentGatewayAttributes,
)
from commercelayer_klarna._jsonapi.resource import Resource, ToMany, ToOne

__all__ = ["EventStore", "KlarnaPayment", "Order", "PaymentGateway", "Resource"]


class KlarnaPayment(KlarnaPaymentAttributes, types=("klarna_payments",)):
    """The payment source of an order that is paid with Klarna.

    ``client_token`` opens Klarna's widget in the browser, and ``auth_token`` is what the widget returns.
    """

    __slots__ = ()
    _shown = ("reference", "created_at")

    order: ToOne[Order] = ToOne()
    """The order that it pays. The API requires one, so the type is not optional; should the linkage be null all the
    same, this is ``None``."""
    payment_gateway: ToOne[PaymentGateway | None] = ToOne()
    """The gateway, which follows from the order's payment method."""


class Order(OrderAttributes, types=("orders",)):
    """An order: the part of it that one reads around a payment."""

    __slots__ = ()
    _shown = ("number", "status", "payment_status")

    market: ToOne[Resource | None] = ToOne()
    customer: ToOne[Resource | None] = ToOne()
    shipping_address: ToOne[Resource | None] = ToOne()
    billing_address: ToOne[Resource | None] = ToOne()
    payment_method: ToOne[Resource | None] = ToOne()
    payment_source: ToOne[Resource | None] = ToOne()
    """What pays the order, of any payment source type; a ``KlarnaPayment`` when it is paid with Klarna."""
    available_payment_methods: ToMany[Resource] = ToMany()
    line_items: ToMany[Resource] = ToMany()
    shipments: ToMany[Resource] = ToMany()
    transactions: ToMany[Resource] = ToMany()
    authorizations: ToMany[Resource] = ToMany()
    captures: ToMany[Resource] = ToMany()
    voids: ToMany[Resource] = ToMany()
    refunds: ToMany[Resource] = ToMany()
    events: ToMany[Resource] = ToMany()
    tags: ToMany[Resource] = ToMany()


# Which of the two types an included gateway carries is not documented; both have the same attributes.
class PaymentGateway(PaymentGatewayAttributes, types=("payment_gateways", "klarna_gateways")):
    """A payment gateway: what gateways of all kinds have in common."""

    __slots__ = ()
    _shown = ("name",)

    payment_methods: ToMany[Resource] = ToMany()


class EventStore(EventStoreAttributes, types=("event_stores",)):
    """What happened to a resource, once: ``event``, what changed (``payload``), and ``who`` did it."""

    __slots__ = ()
    _shown = ("resource_type", "resource_id", "event")
