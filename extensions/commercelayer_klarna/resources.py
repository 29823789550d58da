"""The resource classes that a caller reads.

Their attributes are written out of the contract (``_jsonapi/attributes.py``); relationships are added here. What
resources have in common stands in ``_jsonapi/resource.py``.
"""

from __future__ import annotations

from typing import Literal

from commercelayer_klarna._jsonapi.attributes import (
    AuthorizationAttributes,
    CaptureAttributes,
    EventStoreAttributes,
    KlarnaGatewayAttributes,
    KlarnaPaymentAttributes,
    OrderAttributes,
    PaymentGatewayAttributes,
    RefundAttributes,
    VoidAttributes,
)
from commercelayer_klarna._jsonapi.resource import Resource, ToMany, ToOne

__all__ = [
    "Authorization",
    "Capture",
    "EventStore",
    "KlarnaGateway",
    "KlarnaPayment",
    "Order",
    "PaymentGateway",
    "Refund",
    "Resource",
    "Transaction",
    "Void",
]


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
    authorizations: ToMany[Authorization] = ToMany()
    captures: ToMany[Capture] = ToMany()
    voids: ToMany[Void] = ToMany()
    refunds: ToMany[Refund] = ToMany()
    events: ToMany[Resource] = ToMany()
    tags: ToMany[Resource] = ToMany()


class Transaction(Resource):
    """What authorizations, captures, voids and refunds have in common: each is one request to the gateway."""

    __slots__ = ()
    _shown = ("number", "amount_cents", "succeeded")

    @property
    def outcome(self) -> Literal["succeeded", "pending", "failed"]:
        """What became of it. A transaction that has neither succeeded nor an error, and no message but "pending" or
        "received", waits for the gateway; that is how official clients tell it."""
        if self["succeeded"]:
            return "succeeded"
        message = str(self["message"] or "").lower()
        waits = not self["error_code"] and not self["error_detail"] and message in ("", "pending", "received")
        return "pending" if waits else "failed"

    @property
    def reason(self) -> str | None:
        """Return what the gateway said, whichever attribute holds it; ``None`` if it said nothing.

        That is ``error_detail`` of authorizations, and ``message`` of others. Show it to people, and do not branch on
        it: its wording is the gateway's.
        """
        said = (self.attributes.get(name) for name in ("error_detail", "message", "error_code"))
        return next((str(each) for each in said if each), None)


class Authorization(AuthorizationAttributes, Transaction, types=("authorizations",)):
    """What reserves the money of an order; placing the order makes it."""

    __slots__ = ()

    order: ToOne[Order] = ToOne()
    payment_source: ToOne[Resource | None] = ToOne()
    captures: ToMany[Capture] = ToMany()
    voids: ToMany[Void] = ToMany()


class Capture(CaptureAttributes, Transaction, types=("captures",)):
    """What takes money that an authorization reserved."""

    __slots__ = ()

    order: ToOne[Order] = ToOne()
    payment_source: ToOne[Resource | None] = ToOne()
    reference_authorization: ToOne[Authorization | None] = ToOne()
    refunds: ToMany[Refund] = ToMany()


class Void(VoidAttributes, Transaction, types=("voids",)):
    """What gives back the money that an authorization reserved."""

    __slots__ = ()

    order: ToOne[Order] = ToOne()
    payment_source: ToOne[Resource | None] = ToOne()
    reference_authorization: ToOne[Authorization | None] = ToOne()


class Refund(RefundAttributes, Transaction, types=("refunds",)):
    """What gives back money that a capture took."""

    __slots__ = ()

    order: ToOne[Order] = ToOne()
    payment_source: ToOne[Resource | None] = ToOne()
    reference_capture: ToOne[Capture | None] = ToOne()


class PaymentGateway(PaymentGatewayAttributes, types=("payment_gateways",)):
    """A payment gateway: what gateways of all kinds have in common."""

    __slots__ = ()
    _shown = ("name",)

    payment_methods: ToMany[Resource] = ToMany()


# Which of the two types an included gateway carries is not documented, so both name the same one.
class KlarnaGateway(KlarnaGatewayAttributes, PaymentGateway, types=("klarna_gateways",)):
    """The gateway that holds the organization's account with Klarna."""

    __slots__ = ()

    payment_methods: ToMany[Resource] = ToMany()
    klarna_payments: ToMany[KlarnaPayment] = ToMany()


class EventStore(EventStoreAttributes, types=("event_stores",)):
    """What happened to a resource, once: ``event``, what changed (``payload``), and ``who`` did it."""

    __slots__ = ()
    _shown = ("resource_type", "resource_id", "event")
