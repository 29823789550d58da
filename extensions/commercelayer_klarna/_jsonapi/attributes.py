"""The resources of the contract as a caller sees them: their attributes, and what may be written.

Written by ``scripts/regenerate`` out of the contract and the generated models; never edited by hand. A resource class
inherits its attributes from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from commercelayer_klarna._json import JsonValue
from commercelayer_klarna._jsonapi.resource import Attribute, DateTime, FreeForm, ListOf, Resource

__all__ = [
    "CREATES",
    "TRIGGERS",
    "UPDATES",
    "AuthorizationAttributes",
    "CaptureAttributes",
    "EventStoreAttributes",
    "KlarnaGatewayAttributes",
    "KlarnaPaymentAttributes",
    "OrderAttributes",
    "PaymentGatewayAttributes",
    "RefundAttributes",
    "VoidAttributes",
]


class KlarnaPaymentAttributes(Resource):
    """Attributes of a klarna payment."""

    __slots__ = ()

    session_id: Attribute[str | None] = Attribute()
    """Id of the Klarna session."""
    client_token: Attribute[str | None] = Attribute()
    """Secret that opens the Klarna widget in the browser."""
    payment_methods: Attribute[list[JsonValue]] = ListOf()
    """Klarna's payment method categories; each has an identifier, for the widget, and a name."""
    auth_token: Attribute[str | None] = Attribute()
    """Secret that the Klarna widget returned; needed to place the order."""
    mismatched_amounts: Attribute[bool | None] = Attribute()
    """Whether the order's total has diverged from the amount of the session."""
    payment_instrument: Attribute[JsonValue] = Attribute()
    """What the payment was made with."""
    created_at: Attribute[datetime] = DateTime()
    """When the resource was created."""
    updated_at: Attribute[datetime] = DateTime()
    """When the resource was last updated."""
    reference: Attribute[str | None] = Attribute()
    """Any text that identifies the resource in a system of yours."""
    reference_origin: Attribute[str | None] = Attribute()
    """Name of the system that the reference belongs to."""
    metadata: Attribute[JsonValue] = FreeForm()
    """Data of your own, an object of any JSON values; an update replaces it whole."""


class OrderAttributes(Resource):
    """Attributes of an order: the part of them that one reads around a payment. Amounts come three times: in cents, as
    a number, and formatted."""

    __slots__ = ()

    number: Attribute[int | str | None] = Attribute()
    """Order number; a string, though older answers carried an integer."""
    status: Attribute[str | None] = Attribute()
    """One of draft, pending, editing, placing, placed, approved, cancelled (open, more may come)."""
    payment_status: Attribute[str | None] = Attribute()
    """One of unpaid, authorized, partially_authorized, paid, partially_paid, voided, partially_voided, refunded,
    partially_refunded, free (open)."""
    fulfillment_status: Attribute[str | None] = Attribute()
    """One of unfulfilled, in_progress, fulfilled, not_required (open)."""
    guest: Attribute[bool | None] = Attribute()
    """Whether the customer has no account."""
    editable: Attribute[bool | None] = Attribute()
    """Whether the order may still be edited."""
    autorefresh: Attribute[bool | None] = Attribute()
    """Whether amounts are recomputed on each change."""
    tax_included: Attribute[bool | None] = Attribute()
    """Whether prices include taxes."""
    requires_billing_info: Attribute[bool | None] = Attribute()
    """Whether billing information is required."""
    customer_email: Attribute[str | None] = Attribute()
    """Email address of the customer."""
    language_code: Attribute[str | None] = Attribute()
    """Language of the order, ISO 639-1."""
    currency_code: Attribute[str | None] = Attribute()
    """Currency of the amounts, ISO 4217."""
    country_code: Attribute[str | None] = Attribute()
    """Country of the shipping address, ISO 3166-1 alpha-2."""
    coupon_code: Attribute[str | None] = Attribute()
    """Coupon used by the order."""
    gift_card_code: Attribute[str | None] = Attribute()
    """Gift card used by the order."""
    token: Attribute[str | None] = Attribute()
    """Token that identifies the order in links."""
    cart_url: Attribute[str | None] = Attribute()
    """Address of the cart page."""
    return_url: Attribute[str | None] = Attribute()
    """Address to return to after payment."""
    terms_url: Attribute[str | None] = Attribute()
    """Address of the terms and conditions."""
    privacy_url: Attribute[str | None] = Attribute()
    """Address of the privacy policy."""
    checkout_url: Attribute[str | None] = Attribute()
    """Address of the checkout page."""
    tax_rate: Attribute[float | str | None] = Attribute()
    """Tax rate; documented as a number, a string such as 0.22 on the wire."""
    subtotal_amount_cents: Attribute[int | None] = Attribute()
    """Sum of the line items, in cents."""
    subtotal_amount_float: Attribute[float | None] = Attribute()
    """Sum of the line items, in units of the currency; for display, never for arithmetic."""
    formatted_subtotal_amount: Attribute[str | None] = Attribute()
    """Sum of the line items, formatted for people."""
    shipping_amount_cents: Attribute[int | None] = Attribute()
    """Shipping costs, in cents."""
    shipping_amount_float: Attribute[float | None] = Attribute()
    """Shipping costs, in units of the currency; for display, never for arithmetic."""
    formatted_shipping_amount: Attribute[str | None] = Attribute()
    """Shipping costs, formatted for people."""
    payment_method_amount_cents: Attribute[int | None] = Attribute()
    """Costs of the payment method, in cents."""
    payment_method_amount_float: Attribute[float | None] = Attribute()
    """Costs of the payment method, in units of the currency; for display, never for arithmetic."""
    formatted_payment_method_amount: Attribute[str | None] = Attribute()
    """Costs of the payment method, formatted for people."""
    discount_amount_cents: Attribute[int | None] = Attribute()
    """Discounts, in cents."""
    discount_amount_float: Attribute[float | None] = Attribute()
    """Discounts, in units of the currency; for display, never for arithmetic."""
    formatted_discount_amount: Attribute[str | None] = Attribute()
    """Discounts, formatted for people."""
    adjustment_amount_cents: Attribute[int | None] = Attribute()
    """Adjustments, in cents."""
    adjustment_amount_float: Attribute[float | None] = Attribute()
    """Adjustments, in units of the currency; for display, never for arithmetic."""
    formatted_adjustment_amount: Attribute[str | None] = Attribute()
    """Adjustments, formatted for people."""
    gift_card_amount_cents: Attribute[int | None] = Attribute()
    """Amount paid by gift card, in cents."""
    gift_card_amount_float: Attribute[float | None] = Attribute()
    """Amount paid by gift card, in units of the currency; for display, never for arithmetic."""
    formatted_gift_card_amount: Attribute[str | None] = Attribute()
    """Amount paid by gift card, formatted for people."""
    total_tax_amount_cents: Attribute[int | None] = Attribute()
    """Taxes in all, in cents."""
    total_tax_amount_float: Attribute[float | None] = Attribute()
    """Taxes in all, in units of the currency; for display, never for arithmetic."""
    formatted_total_tax_amount: Attribute[str | None] = Attribute()
    """Taxes in all, formatted for people."""
    duty_amount_cents: Attribute[int | None] = Attribute()
    """Customs duties, in cents."""
    duty_amount_float: Attribute[float | None] = Attribute()
    """Customs duties, in units of the currency; for display, never for arithmetic."""
    formatted_duty_amount: Attribute[str | None] = Attribute()
    """Customs duties, formatted for people."""
    fees_amount_cents: Attribute[int | None] = Attribute()
    """Fees, in cents."""
    fees_amount_float: Attribute[float | None] = Attribute()
    """Fees, in units of the currency; for display, never for arithmetic."""
    formatted_fees_amount: Attribute[str | None] = Attribute()
    """Fees, formatted for people."""
    total_amount_cents: Attribute[int | None] = Attribute()
    """Total, in cents."""
    total_amount_float: Attribute[float | None] = Attribute()
    """Total, in units of the currency; for display, never for arithmetic."""
    formatted_total_amount: Attribute[str | None] = Attribute()
    """Total, formatted for people."""
    total_taxable_amount_cents: Attribute[int | None] = Attribute()
    """Total without taxes, in cents."""
    total_taxable_amount_float: Attribute[float | None] = Attribute()
    """Total without taxes, in units of the currency; for display, never for arithmetic."""
    formatted_total_taxable_amount: Attribute[str | None] = Attribute()
    """Total without taxes, formatted for people."""
    total_amount_with_taxes_cents: Attribute[int | None] = Attribute()
    """Total with taxes, in cents."""
    total_amount_with_taxes_float: Attribute[float | None] = Attribute()
    """Total with taxes, in units of the currency; for display, never for arithmetic."""
    formatted_total_amount_with_taxes: Attribute[str | None] = Attribute()
    """Total with taxes, formatted for people."""
    place_total_amount_cents: Attribute[int | None] = Attribute()
    """Amount that placing the order collects, in cents."""
    place_total_amount_float: Attribute[float | None] = Attribute()
    """Amount that placing the order collects, in units of the currency; for display, never for arithmetic."""
    formatted_place_total_amount: Attribute[str | None] = Attribute()
    """Amount that placing the order collects, formatted for people."""
    skus_count: Attribute[int | None] = Attribute()
    """Number of SKUs."""
    line_item_options_count: Attribute[int | None] = Attribute()
    """Number of line item options."""
    shipments_count: Attribute[int | None] = Attribute()
    """Number of shipments."""
    tax_calculations_count: Attribute[int | None] = Attribute()
    """Number of tax calculations."""
    validations_count: Attribute[int | None] = Attribute()
    """Number of external validations."""
    errors_count: Attribute[int | None] = Attribute()
    """Number of resource errors."""
    payment_source_details: Attribute[JsonValue] = Attribute()
    """What paid the order. For Klarna an object with type and klarna_id, and in payment_method_details the order_id,
    fraud_status and authorized_payment_method of Klarna's answer."""
    placed_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When the order was placed."""
    approved_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When the order was approved."""
    cancelled_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When the order was cancelled."""
    payment_updated_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When the payment status last changed."""
    fulfillment_updated_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When the fulfillment status last changed."""
    refreshed_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When the amounts were last recomputed."""
    archived_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When the order was archived."""
    expires_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When the order expires."""
    subscription_created_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When subscriptions were generated."""
    created_at: Attribute[datetime] = DateTime()
    """When the resource was created."""
    updated_at: Attribute[datetime] = DateTime()
    """When the resource was last updated."""
    reference: Attribute[str | None] = Attribute()
    """Any text that identifies the resource in a system of yours."""
    reference_origin: Attribute[str | None] = Attribute()
    """Name of the system that the reference belongs to."""
    metadata: Attribute[JsonValue] = FreeForm()
    """Data of your own, an object of any JSON values; an update replaces it whole."""


class AuthorizationAttributes(Resource):
    """Attributes of an authorization. Amounts come three times."""

    __slots__ = ()

    number: Attribute[str | None] = Attribute()
    """Number of the transaction: that of its order, /T/ and a counter."""
    payment_method_type: Attribute[str | None] = Attribute()
    """What was paid with, as the gateway calls it."""
    currency_code: Attribute[str | None] = Attribute()
    """Currency of the amounts, ISO 4217."""
    amount_cents: Attribute[int | None] = Attribute()
    """Amount, in cents."""
    amount_float: Attribute[float | None] = Attribute()
    """Amount, in units of the currency; for display, never for arithmetic."""
    formatted_amount: Attribute[str | None] = Attribute()
    """Amount, formatted for people."""
    succeeded: Attribute[bool | None] = Attribute()
    """Whether the gateway carried it out; false while it is pending, too."""
    message: Attribute[str | None] = Attribute()
    """What the gateway said."""
    error_code: Attribute[str | None] = Attribute()
    """Code of the gateway's error, if there is one."""
    error_detail: Attribute[str | None] = Attribute()
    """What the gateway said of its error."""
    token: Attribute[str | None] = Attribute()
    """Reference of the gateway."""
    gateway_transaction_id: Attribute[str | None] = Attribute()
    """Id of the transaction at the gateway."""
    cvv_code: Attribute[str | None] = Attribute()
    """Result of the check of the card's security code; null for Klarna."""
    cvv_message: Attribute[str | None] = Attribute()
    """The same in words."""
    avs_code: Attribute[str | None] = Attribute()
    """Result of the check of the card's address; null for Klarna."""
    avs_message: Attribute[str | None] = Attribute()
    """The same in words."""
    fraud_review: Attribute[str | None] = Attribute()
    """Result of the gateway's review for fraud."""
    capture_amount_cents: Attribute[int | None] = Attribute()
    """What the next capture takes unless it says otherwise, in cents."""
    capture_amount_float: Attribute[float | None] = Attribute()
    """What the next capture takes unless it says otherwise, in units of the currency; for display, never for
    arithmetic."""
    formatted_capture_amount: Attribute[str | None] = Attribute()
    """What the next capture takes unless it says otherwise, formatted for people."""
    capture_balance_cents: Attribute[int | None] = Attribute()
    """What can still be captured; only captures that succeeded count, in cents."""
    capture_balance_float: Attribute[float | None] = Attribute()
    """What can still be captured; only captures that succeeded count, in units of the currency; for display, never for
    arithmetic."""
    formatted_capture_balance: Attribute[str | None] = Attribute()
    """What can still be captured; only captures that succeeded count, formatted for people."""
    void_balance_cents: Attribute[int | None] = Attribute()
    """What could be voided; captures do not lower it, in cents."""
    void_balance_float: Attribute[float | None] = Attribute()
    """What could be voided; captures do not lower it, in units of the currency; for display, never for arithmetic."""
    formatted_void_balance: Attribute[str | None] = Attribute()
    """What could be voided; captures do not lower it, formatted for people."""
    created_at: Attribute[datetime] = DateTime()
    """When the resource was created."""
    updated_at: Attribute[datetime] = DateTime()
    """When the resource was last updated."""
    reference: Attribute[str | None] = Attribute()
    """Any text that identifies the resource in a system of yours."""
    reference_origin: Attribute[str | None] = Attribute()
    """Name of the system that the reference belongs to."""
    metadata: Attribute[JsonValue] = FreeForm()
    """Data of your own, an object of any JSON values; an update replaces it whole."""


class CaptureAttributes(Resource):
    """Attributes of a capture. Amounts come three times."""

    __slots__ = ()

    number: Attribute[str | None] = Attribute()
    """Number of the transaction: that of its order, /T/ and a counter."""
    payment_method_type: Attribute[str | None] = Attribute()
    """What was paid with, as the gateway calls it."""
    currency_code: Attribute[str | None] = Attribute()
    """Currency of the amounts, ISO 4217."""
    amount_cents: Attribute[int | None] = Attribute()
    """Amount, in cents."""
    amount_float: Attribute[float | None] = Attribute()
    """Amount, in units of the currency; for display, never for arithmetic."""
    formatted_amount: Attribute[str | None] = Attribute()
    """Amount, formatted for people."""
    succeeded: Attribute[bool | None] = Attribute()
    """Whether the gateway carried it out; false while it is pending, too."""
    message: Attribute[str | None] = Attribute()
    """What the gateway said."""
    error_code: Attribute[str | None] = Attribute()
    """Code of the gateway's error, if there is one."""
    error_detail: Attribute[str | None] = Attribute()
    """What the gateway said of its error."""
    token: Attribute[str | None] = Attribute()
    """Reference of the gateway."""
    gateway_transaction_id: Attribute[str | None] = Attribute()
    """Id of the transaction at the gateway."""
    refund_amount_cents: Attribute[int | None] = Attribute()
    """What the next refund gives back unless it says otherwise, in cents."""
    refund_amount_float: Attribute[float | None] = Attribute()
    """What the next refund gives back unless it says otherwise, in units of the currency; for display, never for
    arithmetic."""
    formatted_refund_amount: Attribute[str | None] = Attribute()
    """What the next refund gives back unless it says otherwise, formatted for people."""
    refund_balance_cents: Attribute[int | None] = Attribute()
    """What can still be refunded, in cents."""
    refund_balance_float: Attribute[float | None] = Attribute()
    """What can still be refunded, in units of the currency; for display, never for arithmetic."""
    formatted_refund_balance: Attribute[str | None] = Attribute()
    """What can still be refunded, formatted for people."""
    created_at: Attribute[datetime] = DateTime()
    """When the resource was created."""
    updated_at: Attribute[datetime] = DateTime()
    """When the resource was last updated."""
    reference: Attribute[str | None] = Attribute()
    """Any text that identifies the resource in a system of yours."""
    reference_origin: Attribute[str | None] = Attribute()
    """Name of the system that the reference belongs to."""
    metadata: Attribute[JsonValue] = FreeForm()
    """Data of your own, an object of any JSON values; an update replaces it whole."""


class VoidAttributes(Resource):
    """Attributes of a void. Its amount comes three times."""

    __slots__ = ()

    number: Attribute[str | None] = Attribute()
    """Number of the transaction: that of its order, /T/ and a counter."""
    payment_method_type: Attribute[str | None] = Attribute()
    """What was paid with, as the gateway calls it."""
    currency_code: Attribute[str | None] = Attribute()
    """Currency of the amounts, ISO 4217."""
    amount_cents: Attribute[int | None] = Attribute()
    """Amount, in cents."""
    amount_float: Attribute[float | None] = Attribute()
    """Amount, in units of the currency; for display, never for arithmetic."""
    formatted_amount: Attribute[str | None] = Attribute()
    """Amount, formatted for people."""
    succeeded: Attribute[bool | None] = Attribute()
    """Whether the gateway carried it out; false while it is pending, too."""
    message: Attribute[str | None] = Attribute()
    """What the gateway said."""
    error_code: Attribute[str | None] = Attribute()
    """Code of the gateway's error, if there is one."""
    error_detail: Attribute[str | None] = Attribute()
    """What the gateway said of its error."""
    token: Attribute[str | None] = Attribute()
    """Reference of the gateway."""
    gateway_transaction_id: Attribute[str | None] = Attribute()
    """Id of the transaction at the gateway."""
    created_at: Attribute[datetime] = DateTime()
    """When the resource was created."""
    updated_at: Attribute[datetime] = DateTime()
    """When the resource was last updated."""
    reference: Attribute[str | None] = Attribute()
    """Any text that identifies the resource in a system of yours."""
    reference_origin: Attribute[str | None] = Attribute()
    """Name of the system that the reference belongs to."""
    metadata: Attribute[JsonValue] = FreeForm()
    """Data of your own, an object of any JSON values; an update replaces it whole."""


class RefundAttributes(Resource):
    """Attributes of a refund. Its amount comes three times."""

    __slots__ = ()

    number: Attribute[str | None] = Attribute()
    """Number of the transaction: that of its order, /T/ and a counter."""
    payment_method_type: Attribute[str | None] = Attribute()
    """What was paid with, as the gateway calls it."""
    currency_code: Attribute[str | None] = Attribute()
    """Currency of the amounts, ISO 4217."""
    amount_cents: Attribute[int | None] = Attribute()
    """Amount, in cents."""
    amount_float: Attribute[float | None] = Attribute()
    """Amount, in units of the currency; for display, never for arithmetic."""
    formatted_amount: Attribute[str | None] = Attribute()
    """Amount, formatted for people."""
    succeeded: Attribute[bool | None] = Attribute()
    """Whether the gateway carried it out; false while it is pending, too."""
    message: Attribute[str | None] = Attribute()
    """What the gateway said."""
    error_code: Attribute[str | None] = Attribute()
    """Code of the gateway's error, if there is one."""
    error_detail: Attribute[str | None] = Attribute()
    """What the gateway said of its error."""
    token: Attribute[str | None] = Attribute()
    """Reference of the gateway."""
    gateway_transaction_id: Attribute[str | None] = Attribute()
    """Id of the transaction at the gateway."""
    created_at: Attribute[datetime] = DateTime()
    """When the resource was created."""
    updated_at: Attribute[datetime] = DateTime()
    """When the resource was last updated."""
    reference: Attribute[str | None] = Attribute()
    """Any text that identifies the resource in a system of yours."""
    reference_origin: Attribute[str | None] = Attribute()
    """Name of the system that the reference belongs to."""
    metadata: Attribute[JsonValue] = FreeForm()
    """Data of your own, an object of any JSON values; an update replaces it whole."""


class PaymentGatewayAttributes(Resource):
    """Attributes that all payment gateways share."""

    __slots__ = ()

    name: Attribute[str | None] = Attribute()
    """Name of the gateway."""
    force_payments: Attribute[bool | None] = Attribute()
    """Whether a payment source is kept on an editable order once the gateway reports success."""
    credential_keys: Attribute[JsonValue] = Attribute()
    """Credentials of the gateway, masked."""
    disabled_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When the gateway was disabled."""
    created_at: Attribute[datetime] = DateTime()
    """When the resource was created."""
    updated_at: Attribute[datetime] = DateTime()
    """When the resource was last updated."""
    reference: Attribute[str | None] = Attribute()
    """Any text that identifies the resource in a system of yours."""
    reference_origin: Attribute[str | None] = Attribute()
    """Name of the system that the reference belongs to."""
    metadata: Attribute[JsonValue] = FreeForm()
    """Data of your own, an object of any JSON values; an update replaces it whole."""


class KlarnaGatewayAttributes(Resource):
    """Attributes of a Klarna gateway, as far as they can be read; they are those of all payment gateways."""

    __slots__ = ()

    name: Attribute[str | None] = Attribute()
    """Name of the gateway."""
    force_payments: Attribute[bool | None] = Attribute()
    """Whether a payment source is kept on an editable order once the gateway reports success."""
    credential_keys: Attribute[JsonValue] = Attribute()
    """Credentials of the gateway, masked."""
    disabled_at: Attribute[datetime | None] = DateTime(nullable=True)
    """When the gateway was disabled."""
    created_at: Attribute[datetime] = DateTime()
    """When the resource was created."""
    updated_at: Attribute[datetime] = DateTime()
    """When the resource was last updated."""
    reference: Attribute[str | None] = Attribute()
    """Any text that identifies the resource in a system of yours."""
    reference_origin: Attribute[str | None] = Attribute()
    """Name of the system that the reference belongs to."""
    metadata: Attribute[JsonValue] = FreeForm()
    """Data of your own, an object of any JSON values; an update replaces it whole."""


class EventStoreAttributes(Resource):
    """What happened to a resource, once. References and metadata are empty objects on the wire."""

    __slots__ = ()

    resource_type: Attribute[str | None] = Attribute()
    """Type of the resource, in the plural."""
    resource_id: Attribute[str | None] = Attribute()
    """Id of the resource."""
    event: Attribute[str | None] = Attribute()
    """Either create or update (open)."""
    payload: Attribute[JsonValue] = Attribute()
    """For each attribute that changed, its value from before and to after."""
    who: Attribute[JsonValue] = Attribute()
    """The application, and the owner or worker, if any, that made the change."""
    created_at: Attribute[datetime] = DateTime()
    """When the resource was created."""
    updated_at: Attribute[datetime] = DateTime()
    """When the resource was last updated."""
    reference: Attribute[JsonValue] = FreeForm()
    """Any JSON value."""
    reference_origin: Attribute[JsonValue] = FreeForm()
    """Any JSON value."""
    metadata: Attribute[JsonValue] = FreeForm()
    """Data of your own, an object of any JSON values; an update replaces it whole."""


CREATES: Mapping[str, Mapping[str, type]] = {
    "klarna_payments": {"reference": str, "reference_origin": str, "metadata": dict}
}
"""What may be set on a new resource: by resource type, the name and its type."""


UPDATES: Mapping[str, Mapping[str, type]] = {
    "klarna_payments": {"auth_token": str, "reference": str, "reference_origin": str, "metadata": dict},
    "orders": {"reference": str, "reference_origin": str, "metadata": dict},
    "authorizations": {"reference": str, "reference_origin": str, "metadata": dict},
    "captures": {"reference": str, "reference_origin": str, "metadata": dict},
}
"""What may be changed: by resource type, the name and its type."""


TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "klarna_payments": ("_update",),
    "orders": (
        "_place",
        "_cancel",
        "_approve",
        "_approve_and_capture",
        "_authorize",
        "_authorization_amount_cents",
        "_capture",
        "_refund",
        "_fix_payment_source",
        "_nullify_payment_source",
        "_refresh",
    ),
    "authorizations": ("_capture", "_capture_amount_cents", "_void", "_cancel", "_forward"),
    "captures": ("_refund", "_refund_amount_cents", "_cancel", "_forward"),
}
"""The attributes that make the API do something, by resource type. They are never read."""
