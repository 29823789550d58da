"""The resources of the contract as a caller sees them: attributes, what may be written, names for editors.

Written by ``scripts/regenerate`` out of the contract and the generated models; never edited by hand. A resource class
inherits its attributes from here. The names that end with ``Create`` and ``Update`` say what may be written. Those that
end with ``Include``, ``Sort``, ``Filter`` and ``Field`` are what the API is documented to take; any other text is
accepted beside them: ``Sequence[KlarnaPaymentInclude | str]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias, TypedDict

from commercelayer_klarna._json import JsonValue
from commercelayer_klarna._jsonapi.resource import Attribute, DateTime, FreeForm, ListOf, Resource

__all__ = [
    "CREATES",
    "TRIGGERS",
    "UPDATES",
    "AuthorizationAttributes",
    "AuthorizationField",
    "AuthorizationFilter",
    "AuthorizationInclude",
    "AuthorizationSort",
    "AuthorizationUpdate",
    "CaptureAttributes",
    "CaptureField",
    "CaptureFilter",
    "CaptureInclude",
    "CaptureSort",
    "CaptureUpdate",
    "EventStoreAttributes",
    "EventStoreField",
    "KlarnaGatewayAttributes",
    "KlarnaGatewayField",
    "KlarnaGatewayFilter",
    "KlarnaGatewayInclude",
    "KlarnaGatewaySort",
    "KlarnaPaymentAttributes",
    "KlarnaPaymentCreate",
    "KlarnaPaymentField",
    "KlarnaPaymentFilter",
    "KlarnaPaymentInclude",
    "KlarnaPaymentSort",
    "KlarnaPaymentUpdate",
    "OrderAttributes",
    "OrderField",
    "OrderFilter",
    "OrderInclude",
    "OrderSort",
    "OrderUpdate",
    "PaymentGatewayAttributes",
    "PaymentGatewayField",
    "PaymentGatewayInclude",
    "RefundAttributes",
    "RefundField",
    "RefundFilter",
    "RefundInclude",
    "RefundSort",
    "VoidAttributes",
    "VoidField",
    "VoidFilter",
    "VoidInclude",
    "VoidSort",
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


class KlarnaPaymentCreate(TypedDict, total=False):
    """Attributes that may be set on a new klarna payment."""

    reference: str
    """Any text that identifies the payment in a system of yours."""
    reference_origin: str
    """Name of the system that the reference belongs to."""
    metadata: Mapping[str, JsonValue]
    """Data of your own, an object of any JSON values."""


class KlarnaPaymentUpdate(TypedDict, total=False):
    """Attributes that may be changed; what is not sent stays as it is."""

    auth_token: str | None
    """What the Klarna widget returned."""
    reference: str | None
    """Any text that identifies the resource in a system of yours."""
    reference_origin: str | None
    """Name of the system that the reference belongs to."""
    metadata: Mapping[str, JsonValue] | None
    """Data of your own, an object of any JSON values."""


class OrderUpdate(TypedDict, total=False):
    """Attributes of an order that may be changed, and its triggers, as far as they concern a payment; what is not sent
    stays as it is. A sales channel may change draft and pending orders only."""

    reference: str | None
    """Any text that identifies the resource in a system of yours."""
    reference_origin: str | None
    """Name of the system that the reference belongs to."""
    metadata: Mapping[str, JsonValue] | None
    """Data of your own, an object of any JSON values."""


class AuthorizationUpdate(TypedDict, total=False):
    """Attributes of an authorization that may be changed, and its triggers; what is not sent stays as it is. Refused to
    sales channels."""

    reference: str | None
    """Any text that identifies the resource in a system of yours."""
    reference_origin: str | None
    """Name of the system that the reference belongs to."""
    metadata: Mapping[str, JsonValue] | None
    """Data of your own, an object of any JSON values."""


class CaptureUpdate(TypedDict, total=False):
    """Attributes of a capture that may be changed, and its triggers; what is not sent stays as it is. Refused to sales
    channels."""

    reference: str | None
    """Any text that identifies the resource in a system of yours."""
    reference_origin: str | None
    """Name of the system that the reference belongs to."""
    metadata: Mapping[str, JsonValue] | None
    """Data of your own, an object of any JSON values."""


CREATES: Mapping[str, Mapping[str, type]] = {
    "klarna_payments": {"reference": str, "reference_origin": str, "metadata": dict}
}
"""What may be set on a new resource: by its type, the name and its type."""


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


KlarnaPaymentInclude: TypeAlias = Literal[
    "order",
    "order.market",
    "order.customer",
    "order.shipping_address",
    "order.billing_address",
    "order.payment_method",
    "order.payment_source",
    "order.available_payment_methods",
    "order.line_items",
    "order.shipments",
    "order.transactions",
    "order.authorizations",
    "order.captures",
    "order.voids",
    "order.refunds",
    "order.events",
    "order.tags",
    "payment_gateway",
    "payment_gateway.payment_methods",
]
"""What may be included with a klarna payment."""


KlarnaPaymentSort: TypeAlias = Literal[
    "id",
    "-id",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "reference",
    "-reference",
    "reference_origin",
    "-reference_origin",
]
"""What one may sort by, in lists of resources like a klarna payment."""


KlarnaPaymentFilter: TypeAlias = Literal[
    "id_eq",
    "id_not_eq",
    "id_in",
    "id_not_in",
    "id_start",
    "id_end",
    "id_cont",
    "id_matches",
    "id_null",
    "created_at_eq",
    "created_at_lt",
    "created_at_lteq",
    "created_at_gt",
    "created_at_gteq",
    "created_at_null",
    "updated_at_eq",
    "updated_at_lt",
    "updated_at_lteq",
    "updated_at_gt",
    "updated_at_gteq",
    "updated_at_null",
    "reference_eq",
    "reference_not_eq",
    "reference_in",
    "reference_not_in",
    "reference_start",
    "reference_end",
    "reference_cont",
    "reference_matches",
    "reference_null",
    "reference_origin_eq",
    "reference_origin_not_eq",
    "reference_origin_in",
    "reference_origin_not_in",
    "reference_origin_start",
    "reference_origin_end",
    "reference_origin_cont",
    "reference_origin_matches",
    "reference_origin_null",
    "metadata_jcont",
    "metadata_null",
    "mismatched_amounts_true",
    "mismatched_amounts_false",
    "mismatched_amounts_null",
    "order_id_eq",
    "order_id_not_eq",
    "order_id_in",
    "order_id_not_in",
    "order_id_start",
    "order_id_end",
    "order_id_cont",
    "order_id_matches",
    "order_id_null",
    "order_number_eq",
    "order_number_not_eq",
    "order_number_in",
    "order_number_not_in",
    "order_number_start",
    "order_number_end",
    "order_number_cont",
    "order_number_matches",
    "order_number_null",
]
"""What one may filter by, in lists of resources like a klarna payment."""


KlarnaPaymentField: TypeAlias = Literal[
    "id",
    "session_id",
    "client_token",
    "payment_methods",
    "auth_token",
    "mismatched_amounts",
    "payment_instrument",
    "created_at",
    "updated_at",
    "reference",
    "reference_origin",
    "metadata",
    "order",
    "payment_gateway",
    "event_stores",
]
"""The fields of a klarna payment."""


OrderInclude: TypeAlias = Literal[
    "market",
    "customer",
    "shipping_address",
    "billing_address",
    "payment_method",
    "payment_source",
    "available_payment_methods",
    "line_items",
    "shipments",
    "transactions",
    "authorizations",
    "authorizations.order",
    "authorizations.payment_source",
    "authorizations.captures",
    "authorizations.voids",
    "captures",
    "captures.order",
    "captures.payment_source",
    "captures.reference_authorization",
    "captures.refunds",
    "voids",
    "voids.order",
    "voids.payment_source",
    "voids.reference_authorization",
    "refunds",
    "refunds.order",
    "refunds.payment_source",
    "refunds.reference_capture",
    "events",
    "tags",
]
"""What may be included with an order."""


OrderSort: TypeAlias = Literal[
    "id",
    "-id",
    "number",
    "-number",
    "status",
    "-status",
    "payment_status",
    "-payment_status",
    "fulfillment_status",
    "-fulfillment_status",
    "placed_at",
    "-placed_at",
    "approved_at",
    "-approved_at",
    "cancelled_at",
    "-cancelled_at",
    "payment_updated_at",
    "-payment_updated_at",
    "archived_at",
    "-archived_at",
    "total_amount_with_taxes_cents",
    "-total_amount_with_taxes_cents",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "reference",
    "-reference",
    "reference_origin",
    "-reference_origin",
]
"""What one may sort by, in lists of resources like an order."""


OrderFilter: TypeAlias = Literal[
    "id_eq",
    "id_not_eq",
    "id_in",
    "id_not_in",
    "id_start",
    "id_end",
    "id_cont",
    "id_matches",
    "id_null",
    "number_eq",
    "number_not_eq",
    "number_in",
    "number_lt",
    "number_lteq",
    "number_gt",
    "number_gteq",
    "number_null",
    "status_eq",
    "status_not_eq",
    "status_in",
    "status_not_in",
    "status_start",
    "status_end",
    "status_cont",
    "status_matches",
    "status_null",
    "payment_status_eq",
    "payment_status_not_eq",
    "payment_status_in",
    "payment_status_not_in",
    "payment_status_start",
    "payment_status_end",
    "payment_status_cont",
    "payment_status_matches",
    "payment_status_null",
    "fulfillment_status_eq",
    "fulfillment_status_not_eq",
    "fulfillment_status_in",
    "fulfillment_status_not_in",
    "fulfillment_status_start",
    "fulfillment_status_end",
    "fulfillment_status_cont",
    "fulfillment_status_matches",
    "fulfillment_status_null",
    "customer_email_eq",
    "customer_email_not_eq",
    "customer_email_in",
    "customer_email_not_in",
    "customer_email_start",
    "customer_email_end",
    "customer_email_cont",
    "customer_email_matches",
    "customer_email_null",
    "placed_at_eq",
    "placed_at_lt",
    "placed_at_lteq",
    "placed_at_gt",
    "placed_at_gteq",
    "placed_at_null",
    "approved_at_eq",
    "approved_at_lt",
    "approved_at_lteq",
    "approved_at_gt",
    "approved_at_gteq",
    "approved_at_null",
    "cancelled_at_eq",
    "cancelled_at_lt",
    "cancelled_at_lteq",
    "cancelled_at_gt",
    "cancelled_at_gteq",
    "cancelled_at_null",
    "payment_updated_at_eq",
    "payment_updated_at_lt",
    "payment_updated_at_lteq",
    "payment_updated_at_gt",
    "payment_updated_at_gteq",
    "payment_updated_at_null",
    "archived_at_eq",
    "archived_at_lt",
    "archived_at_lteq",
    "archived_at_gt",
    "archived_at_gteq",
    "archived_at_null",
    "total_amount_with_taxes_cents_eq",
    "total_amount_with_taxes_cents_not_eq",
    "total_amount_with_taxes_cents_in",
    "total_amount_with_taxes_cents_lt",
    "total_amount_with_taxes_cents_lteq",
    "total_amount_with_taxes_cents_gt",
    "total_amount_with_taxes_cents_gteq",
    "total_amount_with_taxes_cents_null",
    "payment_source_details_jcont",
    "payment_source_details_null",
    "token_eq",
    "token_not_eq",
    "token_in",
    "token_not_in",
    "token_start",
    "token_end",
    "token_cont",
    "token_matches",
    "token_null",
    "created_at_eq",
    "created_at_lt",
    "created_at_lteq",
    "created_at_gt",
    "created_at_gteq",
    "created_at_null",
    "updated_at_eq",
    "updated_at_lt",
    "updated_at_lteq",
    "updated_at_gt",
    "updated_at_gteq",
    "updated_at_null",
    "reference_eq",
    "reference_not_eq",
    "reference_in",
    "reference_not_in",
    "reference_start",
    "reference_end",
    "reference_cont",
    "reference_matches",
    "reference_null",
    "reference_origin_eq",
    "reference_origin_not_eq",
    "reference_origin_in",
    "reference_origin_not_in",
    "reference_origin_start",
    "reference_origin_end",
    "reference_origin_cont",
    "reference_origin_matches",
    "reference_origin_null",
    "metadata_jcont",
    "metadata_null",
    "payment_method_id_eq",
    "payment_method_id_not_eq",
    "payment_method_id_in",
    "payment_method_id_not_in",
    "payment_method_id_start",
    "payment_method_id_end",
    "payment_method_id_cont",
    "payment_method_id_matches",
    "payment_method_id_null",
]
"""What one may filter by, in lists of resources like an order."""


OrderField: TypeAlias = Literal[
    "id",
    "number",
    "status",
    "payment_status",
    "fulfillment_status",
    "guest",
    "editable",
    "autorefresh",
    "tax_included",
    "requires_billing_info",
    "customer_email",
    "language_code",
    "currency_code",
    "country_code",
    "coupon_code",
    "gift_card_code",
    "token",
    "cart_url",
    "return_url",
    "terms_url",
    "privacy_url",
    "checkout_url",
    "tax_rate",
    "subtotal_amount_cents",
    "subtotal_amount_float",
    "formatted_subtotal_amount",
    "shipping_amount_cents",
    "shipping_amount_float",
    "formatted_shipping_amount",
    "payment_method_amount_cents",
    "payment_method_amount_float",
    "formatted_payment_method_amount",
    "discount_amount_cents",
    "discount_amount_float",
    "formatted_discount_amount",
    "adjustment_amount_cents",
    "adjustment_amount_float",
    "formatted_adjustment_amount",
    "gift_card_amount_cents",
    "gift_card_amount_float",
    "formatted_gift_card_amount",
    "total_tax_amount_cents",
    "total_tax_amount_float",
    "formatted_total_tax_amount",
    "duty_amount_cents",
    "duty_amount_float",
    "formatted_duty_amount",
    "fees_amount_cents",
    "fees_amount_float",
    "formatted_fees_amount",
    "total_amount_cents",
    "total_amount_float",
    "formatted_total_amount",
    "total_taxable_amount_cents",
    "total_taxable_amount_float",
    "formatted_total_taxable_amount",
    "total_amount_with_taxes_cents",
    "total_amount_with_taxes_float",
    "formatted_total_amount_with_taxes",
    "place_total_amount_cents",
    "place_total_amount_float",
    "formatted_place_total_amount",
    "skus_count",
    "line_item_options_count",
    "shipments_count",
    "tax_calculations_count",
    "validations_count",
    "errors_count",
    "payment_source_details",
    "placed_at",
    "approved_at",
    "cancelled_at",
    "payment_updated_at",
    "fulfillment_updated_at",
    "refreshed_at",
    "archived_at",
    "expires_at",
    "subscription_created_at",
    "created_at",
    "updated_at",
    "reference",
    "reference_origin",
    "metadata",
    "market",
    "customer",
    "shipping_address",
    "billing_address",
    "payment_method",
    "payment_source",
    "available_payment_methods",
    "line_items",
    "shipments",
    "transactions",
    "authorizations",
    "captures",
    "voids",
    "refunds",
    "events",
    "tags",
    "event_stores",
]
"""The fields of an order."""


AuthorizationInclude: TypeAlias = Literal[
    "order",
    "order.market",
    "order.customer",
    "order.shipping_address",
    "order.billing_address",
    "order.payment_method",
    "order.payment_source",
    "order.available_payment_methods",
    "order.line_items",
    "order.shipments",
    "order.transactions",
    "order.authorizations",
    "order.captures",
    "order.voids",
    "order.refunds",
    "order.events",
    "order.tags",
    "payment_source",
    "captures",
    "captures.order",
    "captures.payment_source",
    "captures.reference_authorization",
    "captures.refunds",
    "voids",
    "voids.order",
    "voids.payment_source",
    "voids.reference_authorization",
]
"""What may be included with an authorization."""


AuthorizationSort: TypeAlias = Literal[
    "id",
    "-id",
    "number",
    "-number",
    "amount_cents",
    "-amount_cents",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "reference",
    "-reference",
    "reference_origin",
    "-reference_origin",
]
"""What one may sort by, in lists of resources like an authorization."""


AuthorizationFilter: TypeAlias = Literal[
    "id_eq",
    "id_not_eq",
    "id_in",
    "id_not_in",
    "id_start",
    "id_end",
    "id_cont",
    "id_matches",
    "id_null",
    "number_eq",
    "number_not_eq",
    "number_in",
    "number_not_in",
    "number_start",
    "number_end",
    "number_cont",
    "number_matches",
    "number_null",
    "currency_code_eq",
    "currency_code_not_eq",
    "currency_code_in",
    "currency_code_not_in",
    "currency_code_start",
    "currency_code_end",
    "currency_code_cont",
    "currency_code_matches",
    "currency_code_null",
    "amount_cents_eq",
    "amount_cents_not_eq",
    "amount_cents_in",
    "amount_cents_lt",
    "amount_cents_lteq",
    "amount_cents_gt",
    "amount_cents_gteq",
    "amount_cents_null",
    "succeeded_true",
    "succeeded_false",
    "succeeded_null",
    "message_eq",
    "message_not_eq",
    "message_in",
    "message_not_in",
    "message_start",
    "message_end",
    "message_cont",
    "message_matches",
    "message_null",
    "error_code_eq",
    "error_code_not_eq",
    "error_code_in",
    "error_code_not_in",
    "error_code_start",
    "error_code_end",
    "error_code_cont",
    "error_code_matches",
    "error_code_null",
    "error_detail_eq",
    "error_detail_not_eq",
    "error_detail_in",
    "error_detail_not_in",
    "error_detail_start",
    "error_detail_end",
    "error_detail_cont",
    "error_detail_matches",
    "error_detail_null",
    "token_eq",
    "token_not_eq",
    "token_in",
    "token_not_in",
    "token_start",
    "token_end",
    "token_cont",
    "token_matches",
    "token_null",
    "gateway_transaction_id_eq",
    "gateway_transaction_id_not_eq",
    "gateway_transaction_id_in",
    "gateway_transaction_id_not_in",
    "gateway_transaction_id_start",
    "gateway_transaction_id_end",
    "gateway_transaction_id_cont",
    "gateway_transaction_id_matches",
    "gateway_transaction_id_null",
    "created_at_eq",
    "created_at_lt",
    "created_at_lteq",
    "created_at_gt",
    "created_at_gteq",
    "created_at_null",
    "updated_at_eq",
    "updated_at_lt",
    "updated_at_lteq",
    "updated_at_gt",
    "updated_at_gteq",
    "updated_at_null",
    "reference_eq",
    "reference_not_eq",
    "reference_in",
    "reference_not_in",
    "reference_start",
    "reference_end",
    "reference_cont",
    "reference_matches",
    "reference_null",
    "reference_origin_eq",
    "reference_origin_not_eq",
    "reference_origin_in",
    "reference_origin_not_in",
    "reference_origin_start",
    "reference_origin_end",
    "reference_origin_cont",
    "reference_origin_matches",
    "reference_origin_null",
    "metadata_jcont",
    "metadata_null",
    "order_id_eq",
    "order_id_not_eq",
    "order_id_in",
    "order_id_not_in",
    "order_id_start",
    "order_id_end",
    "order_id_cont",
    "order_id_matches",
    "order_id_null",
    "order_number_eq",
    "order_number_not_eq",
    "order_number_in",
    "order_number_not_in",
    "order_number_start",
    "order_number_end",
    "order_number_cont",
    "order_number_matches",
    "order_number_null",
    "payment_source_id_eq",
    "payment_source_id_not_eq",
    "payment_source_id_in",
    "payment_source_id_not_in",
    "payment_source_id_start",
    "payment_source_id_end",
    "payment_source_id_cont",
    "payment_source_id_matches",
    "payment_source_id_null",
]
"""What one may filter by, in lists of resources like an authorization."""


AuthorizationField: TypeAlias = Literal[
    "id",
    "number",
    "payment_method_type",
    "currency_code",
    "amount_cents",
    "amount_float",
    "formatted_amount",
    "succeeded",
    "message",
    "error_code",
    "error_detail",
    "token",
    "gateway_transaction_id",
    "cvv_code",
    "cvv_message",
    "avs_code",
    "avs_message",
    "fraud_review",
    "capture_amount_cents",
    "capture_amount_float",
    "formatted_capture_amount",
    "capture_balance_cents",
    "capture_balance_float",
    "formatted_capture_balance",
    "void_balance_cents",
    "void_balance_float",
    "formatted_void_balance",
    "created_at",
    "updated_at",
    "reference",
    "reference_origin",
    "metadata",
    "order",
    "payment_source",
    "captures",
    "voids",
    "event_stores",
]
"""The fields of an authorization."""


CaptureInclude: TypeAlias = Literal[
    "order",
    "order.market",
    "order.customer",
    "order.shipping_address",
    "order.billing_address",
    "order.payment_method",
    "order.payment_source",
    "order.available_payment_methods",
    "order.line_items",
    "order.shipments",
    "order.transactions",
    "order.authorizations",
    "order.captures",
    "order.voids",
    "order.refunds",
    "order.events",
    "order.tags",
    "payment_source",
    "reference_authorization",
    "reference_authorization.order",
    "reference_authorization.payment_source",
    "reference_authorization.captures",
    "reference_authorization.voids",
    "refunds",
    "refunds.order",
    "refunds.payment_source",
    "refunds.reference_capture",
]
"""What may be included with a capture."""


CaptureSort: TypeAlias = Literal[
    "id",
    "-id",
    "number",
    "-number",
    "amount_cents",
    "-amount_cents",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "reference",
    "-reference",
    "reference_origin",
    "-reference_origin",
]
"""What one may sort by, in lists of resources like a capture."""


CaptureFilter: TypeAlias = Literal[
    "id_eq",
    "id_not_eq",
    "id_in",
    "id_not_in",
    "id_start",
    "id_end",
    "id_cont",
    "id_matches",
    "id_null",
    "number_eq",
    "number_not_eq",
    "number_in",
    "number_not_in",
    "number_start",
    "number_end",
    "number_cont",
    "number_matches",
    "number_null",
    "currency_code_eq",
    "currency_code_not_eq",
    "currency_code_in",
    "currency_code_not_in",
    "currency_code_start",
    "currency_code_end",
    "currency_code_cont",
    "currency_code_matches",
    "currency_code_null",
    "amount_cents_eq",
    "amount_cents_not_eq",
    "amount_cents_in",
    "amount_cents_lt",
    "amount_cents_lteq",
    "amount_cents_gt",
    "amount_cents_gteq",
    "amount_cents_null",
    "succeeded_true",
    "succeeded_false",
    "succeeded_null",
    "message_eq",
    "message_not_eq",
    "message_in",
    "message_not_in",
    "message_start",
    "message_end",
    "message_cont",
    "message_matches",
    "message_null",
    "error_code_eq",
    "error_code_not_eq",
    "error_code_in",
    "error_code_not_in",
    "error_code_start",
    "error_code_end",
    "error_code_cont",
    "error_code_matches",
    "error_code_null",
    "error_detail_eq",
    "error_detail_not_eq",
    "error_detail_in",
    "error_detail_not_in",
    "error_detail_start",
    "error_detail_end",
    "error_detail_cont",
    "error_detail_matches",
    "error_detail_null",
    "token_eq",
    "token_not_eq",
    "token_in",
    "token_not_in",
    "token_start",
    "token_end",
    "token_cont",
    "token_matches",
    "token_null",
    "gateway_transaction_id_eq",
    "gateway_transaction_id_not_eq",
    "gateway_transaction_id_in",
    "gateway_transaction_id_not_in",
    "gateway_transaction_id_start",
    "gateway_transaction_id_end",
    "gateway_transaction_id_cont",
    "gateway_transaction_id_matches",
    "gateway_transaction_id_null",
    "created_at_eq",
    "created_at_lt",
    "created_at_lteq",
    "created_at_gt",
    "created_at_gteq",
    "created_at_null",
    "updated_at_eq",
    "updated_at_lt",
    "updated_at_lteq",
    "updated_at_gt",
    "updated_at_gteq",
    "updated_at_null",
    "reference_eq",
    "reference_not_eq",
    "reference_in",
    "reference_not_in",
    "reference_start",
    "reference_end",
    "reference_cont",
    "reference_matches",
    "reference_null",
    "reference_origin_eq",
    "reference_origin_not_eq",
    "reference_origin_in",
    "reference_origin_not_in",
    "reference_origin_start",
    "reference_origin_end",
    "reference_origin_cont",
    "reference_origin_matches",
    "reference_origin_null",
    "metadata_jcont",
    "metadata_null",
    "order_id_eq",
    "order_id_not_eq",
    "order_id_in",
    "order_id_not_in",
    "order_id_start",
    "order_id_end",
    "order_id_cont",
    "order_id_matches",
    "order_id_null",
    "order_number_eq",
    "order_number_not_eq",
    "order_number_in",
    "order_number_not_in",
    "order_number_start",
    "order_number_end",
    "order_number_cont",
    "order_number_matches",
    "order_number_null",
    "payment_source_id_eq",
    "payment_source_id_not_eq",
    "payment_source_id_in",
    "payment_source_id_not_in",
    "payment_source_id_start",
    "payment_source_id_end",
    "payment_source_id_cont",
    "payment_source_id_matches",
    "payment_source_id_null",
]
"""What one may filter by, in lists of resources like a capture."""


CaptureField: TypeAlias = Literal[
    "id",
    "number",
    "payment_method_type",
    "currency_code",
    "amount_cents",
    "amount_float",
    "formatted_amount",
    "succeeded",
    "message",
    "error_code",
    "error_detail",
    "token",
    "gateway_transaction_id",
    "refund_amount_cents",
    "refund_amount_float",
    "formatted_refund_amount",
    "refund_balance_cents",
    "refund_balance_float",
    "formatted_refund_balance",
    "created_at",
    "updated_at",
    "reference",
    "reference_origin",
    "metadata",
    "order",
    "payment_source",
    "reference_authorization",
    "refunds",
    "event_stores",
]
"""The fields of a capture."""


VoidInclude: TypeAlias = Literal[
    "order",
    "order.market",
    "order.customer",
    "order.shipping_address",
    "order.billing_address",
    "order.payment_method",
    "order.payment_source",
    "order.available_payment_methods",
    "order.line_items",
    "order.shipments",
    "order.transactions",
    "order.authorizations",
    "order.captures",
    "order.voids",
    "order.refunds",
    "order.events",
    "order.tags",
    "payment_source",
    "reference_authorization",
    "reference_authorization.order",
    "reference_authorization.payment_source",
    "reference_authorization.captures",
    "reference_authorization.voids",
]
"""What may be included with a void."""


VoidSort: TypeAlias = Literal[
    "id",
    "-id",
    "number",
    "-number",
    "amount_cents",
    "-amount_cents",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "reference",
    "-reference",
    "reference_origin",
    "-reference_origin",
]
"""What one may sort by, in lists of resources like a void."""


VoidFilter: TypeAlias = Literal[
    "id_eq",
    "id_not_eq",
    "id_in",
    "id_not_in",
    "id_start",
    "id_end",
    "id_cont",
    "id_matches",
    "id_null",
    "number_eq",
    "number_not_eq",
    "number_in",
    "number_not_in",
    "number_start",
    "number_end",
    "number_cont",
    "number_matches",
    "number_null",
    "currency_code_eq",
    "currency_code_not_eq",
    "currency_code_in",
    "currency_code_not_in",
    "currency_code_start",
    "currency_code_end",
    "currency_code_cont",
    "currency_code_matches",
    "currency_code_null",
    "amount_cents_eq",
    "amount_cents_not_eq",
    "amount_cents_in",
    "amount_cents_lt",
    "amount_cents_lteq",
    "amount_cents_gt",
    "amount_cents_gteq",
    "amount_cents_null",
    "succeeded_true",
    "succeeded_false",
    "succeeded_null",
    "message_eq",
    "message_not_eq",
    "message_in",
    "message_not_in",
    "message_start",
    "message_end",
    "message_cont",
    "message_matches",
    "message_null",
    "error_code_eq",
    "error_code_not_eq",
    "error_code_in",
    "error_code_not_in",
    "error_code_start",
    "error_code_end",
    "error_code_cont",
    "error_code_matches",
    "error_code_null",
    "error_detail_eq",
    "error_detail_not_eq",
    "error_detail_in",
    "error_detail_not_in",
    "error_detail_start",
    "error_detail_end",
    "error_detail_cont",
    "error_detail_matches",
    "error_detail_null",
    "token_eq",
    "token_not_eq",
    "token_in",
    "token_not_in",
    "token_start",
    "token_end",
    "token_cont",
    "token_matches",
    "token_null",
    "gateway_transaction_id_eq",
    "gateway_transaction_id_not_eq",
    "gateway_transaction_id_in",
    "gateway_transaction_id_not_in",
    "gateway_transaction_id_start",
    "gateway_transaction_id_end",
    "gateway_transaction_id_cont",
    "gateway_transaction_id_matches",
    "gateway_transaction_id_null",
    "created_at_eq",
    "created_at_lt",
    "created_at_lteq",
    "created_at_gt",
    "created_at_gteq",
    "created_at_null",
    "updated_at_eq",
    "updated_at_lt",
    "updated_at_lteq",
    "updated_at_gt",
    "updated_at_gteq",
    "updated_at_null",
    "reference_eq",
    "reference_not_eq",
    "reference_in",
    "reference_not_in",
    "reference_start",
    "reference_end",
    "reference_cont",
    "reference_matches",
    "reference_null",
    "reference_origin_eq",
    "reference_origin_not_eq",
    "reference_origin_in",
    "reference_origin_not_in",
    "reference_origin_start",
    "reference_origin_end",
    "reference_origin_cont",
    "reference_origin_matches",
    "reference_origin_null",
    "metadata_jcont",
    "metadata_null",
    "order_id_eq",
    "order_id_not_eq",
    "order_id_in",
    "order_id_not_in",
    "order_id_start",
    "order_id_end",
    "order_id_cont",
    "order_id_matches",
    "order_id_null",
    "order_number_eq",
    "order_number_not_eq",
    "order_number_in",
    "order_number_not_in",
    "order_number_start",
    "order_number_end",
    "order_number_cont",
    "order_number_matches",
    "order_number_null",
    "payment_source_id_eq",
    "payment_source_id_not_eq",
    "payment_source_id_in",
    "payment_source_id_not_in",
    "payment_source_id_start",
    "payment_source_id_end",
    "payment_source_id_cont",
    "payment_source_id_matches",
    "payment_source_id_null",
    "reference_authorization_id_eq",
    "reference_authorization_id_not_eq",
    "reference_authorization_id_in",
    "reference_authorization_id_not_in",
    "reference_authorization_id_start",
    "reference_authorization_id_end",
    "reference_authorization_id_cont",
    "reference_authorization_id_matches",
    "reference_authorization_id_null",
]
"""What one may filter by, in lists of resources like a void."""


VoidField: TypeAlias = Literal[
    "id",
    "number",
    "payment_method_type",
    "currency_code",
    "amount_cents",
    "amount_float",
    "formatted_amount",
    "succeeded",
    "message",
    "error_code",
    "error_detail",
    "token",
    "gateway_transaction_id",
    "created_at",
    "updated_at",
    "reference",
    "reference_origin",
    "metadata",
    "order",
    "payment_source",
    "reference_authorization",
    "event_stores",
]
"""The fields of a void."""


RefundInclude: TypeAlias = Literal[
    "order",
    "order.market",
    "order.customer",
    "order.shipping_address",
    "order.billing_address",
    "order.payment_method",
    "order.payment_source",
    "order.available_payment_methods",
    "order.line_items",
    "order.shipments",
    "order.transactions",
    "order.authorizations",
    "order.captures",
    "order.voids",
    "order.refunds",
    "order.events",
    "order.tags",
    "payment_source",
    "reference_capture",
    "reference_capture.order",
    "reference_capture.payment_source",
    "reference_capture.reference_authorization",
    "reference_capture.refunds",
]
"""What may be included with a refund."""


RefundSort: TypeAlias = Literal[
    "id",
    "-id",
    "number",
    "-number",
    "amount_cents",
    "-amount_cents",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "reference",
    "-reference",
    "reference_origin",
    "-reference_origin",
]
"""What one may sort by, in lists of resources like a refund."""


RefundFilter: TypeAlias = Literal[
    "id_eq",
    "id_not_eq",
    "id_in",
    "id_not_in",
    "id_start",
    "id_end",
    "id_cont",
    "id_matches",
    "id_null",
    "number_eq",
    "number_not_eq",
    "number_in",
    "number_not_in",
    "number_start",
    "number_end",
    "number_cont",
    "number_matches",
    "number_null",
    "currency_code_eq",
    "currency_code_not_eq",
    "currency_code_in",
    "currency_code_not_in",
    "currency_code_start",
    "currency_code_end",
    "currency_code_cont",
    "currency_code_matches",
    "currency_code_null",
    "amount_cents_eq",
    "amount_cents_not_eq",
    "amount_cents_in",
    "amount_cents_lt",
    "amount_cents_lteq",
    "amount_cents_gt",
    "amount_cents_gteq",
    "amount_cents_null",
    "succeeded_true",
    "succeeded_false",
    "succeeded_null",
    "message_eq",
    "message_not_eq",
    "message_in",
    "message_not_in",
    "message_start",
    "message_end",
    "message_cont",
    "message_matches",
    "message_null",
    "error_code_eq",
    "error_code_not_eq",
    "error_code_in",
    "error_code_not_in",
    "error_code_start",
    "error_code_end",
    "error_code_cont",
    "error_code_matches",
    "error_code_null",
    "error_detail_eq",
    "error_detail_not_eq",
    "error_detail_in",
    "error_detail_not_in",
    "error_detail_start",
    "error_detail_end",
    "error_detail_cont",
    "error_detail_matches",
    "error_detail_null",
    "token_eq",
    "token_not_eq",
    "token_in",
    "token_not_in",
    "token_start",
    "token_end",
    "token_cont",
    "token_matches",
    "token_null",
    "gateway_transaction_id_eq",
    "gateway_transaction_id_not_eq",
    "gateway_transaction_id_in",
    "gateway_transaction_id_not_in",
    "gateway_transaction_id_start",
    "gateway_transaction_id_end",
    "gateway_transaction_id_cont",
    "gateway_transaction_id_matches",
    "gateway_transaction_id_null",
    "created_at_eq",
    "created_at_lt",
    "created_at_lteq",
    "created_at_gt",
    "created_at_gteq",
    "created_at_null",
    "updated_at_eq",
    "updated_at_lt",
    "updated_at_lteq",
    "updated_at_gt",
    "updated_at_gteq",
    "updated_at_null",
    "reference_eq",
    "reference_not_eq",
    "reference_in",
    "reference_not_in",
    "reference_start",
    "reference_end",
    "reference_cont",
    "reference_matches",
    "reference_null",
    "reference_origin_eq",
    "reference_origin_not_eq",
    "reference_origin_in",
    "reference_origin_not_in",
    "reference_origin_start",
    "reference_origin_end",
    "reference_origin_cont",
    "reference_origin_matches",
    "reference_origin_null",
    "metadata_jcont",
    "metadata_null",
    "order_id_eq",
    "order_id_not_eq",
    "order_id_in",
    "order_id_not_in",
    "order_id_start",
    "order_id_end",
    "order_id_cont",
    "order_id_matches",
    "order_id_null",
    "order_number_eq",
    "order_number_not_eq",
    "order_number_in",
    "order_number_not_in",
    "order_number_start",
    "order_number_end",
    "order_number_cont",
    "order_number_matches",
    "order_number_null",
    "payment_source_id_eq",
    "payment_source_id_not_eq",
    "payment_source_id_in",
    "payment_source_id_not_in",
    "payment_source_id_start",
    "payment_source_id_end",
    "payment_source_id_cont",
    "payment_source_id_matches",
    "payment_source_id_null",
    "reference_capture_id_eq",
    "reference_capture_id_not_eq",
    "reference_capture_id_in",
    "reference_capture_id_not_in",
    "reference_capture_id_start",
    "reference_capture_id_end",
    "reference_capture_id_cont",
    "reference_capture_id_matches",
    "reference_capture_id_null",
]
"""What one may filter by, in lists of resources like a refund."""


RefundField: TypeAlias = Literal[
    "id",
    "number",
    "payment_method_type",
    "currency_code",
    "amount_cents",
    "amount_float",
    "formatted_amount",
    "succeeded",
    "message",
    "error_code",
    "error_detail",
    "token",
    "gateway_transaction_id",
    "created_at",
    "updated_at",
    "reference",
    "reference_origin",
    "metadata",
    "order",
    "payment_source",
    "reference_capture",
    "event_stores",
]
"""The fields of a refund."""


PaymentGatewayInclude: TypeAlias = Literal["payment_methods"]
"""What may be included with a payment gateway of any kind."""


PaymentGatewayField: TypeAlias = Literal[
    "id",
    "name",
    "force_payments",
    "credential_keys",
    "disabled_at",
    "created_at",
    "updated_at",
    "reference",
    "reference_origin",
    "metadata",
    "payment_methods",
    "event_stores",
]
"""The fields of a payment gateway of any kind."""


KlarnaGatewayInclude: TypeAlias = Literal[
    "payment_methods", "klarna_payments", "klarna_payments.order", "klarna_payments.payment_gateway"
]
"""What may be included with a Klarna gateway."""


KlarnaGatewaySort: TypeAlias = Literal[
    "id",
    "-id",
    "name",
    "-name",
    "disabled_at",
    "-disabled_at",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "reference",
    "-reference",
    "reference_origin",
    "-reference_origin",
]
"""What one may sort by, in lists of resources like a Klarna gateway."""


KlarnaGatewayFilter: TypeAlias = Literal[
    "id_eq",
    "id_not_eq",
    "id_in",
    "id_not_in",
    "id_start",
    "id_end",
    "id_cont",
    "id_matches",
    "id_null",
    "name_eq",
    "name_not_eq",
    "name_in",
    "name_not_in",
    "name_start",
    "name_end",
    "name_cont",
    "name_matches",
    "name_null",
    "disabled_at_eq",
    "disabled_at_lt",
    "disabled_at_lteq",
    "disabled_at_gt",
    "disabled_at_gteq",
    "disabled_at_null",
    "created_at_eq",
    "created_at_lt",
    "created_at_lteq",
    "created_at_gt",
    "created_at_gteq",
    "created_at_null",
    "updated_at_eq",
    "updated_at_lt",
    "updated_at_lteq",
    "updated_at_gt",
    "updated_at_gteq",
    "updated_at_null",
    "reference_eq",
    "reference_not_eq",
    "reference_in",
    "reference_not_in",
    "reference_start",
    "reference_end",
    "reference_cont",
    "reference_matches",
    "reference_null",
    "reference_origin_eq",
    "reference_origin_not_eq",
    "reference_origin_in",
    "reference_origin_not_in",
    "reference_origin_start",
    "reference_origin_end",
    "reference_origin_cont",
    "reference_origin_matches",
    "reference_origin_null",
    "metadata_jcont",
    "metadata_null",
]
"""What one may filter by, in lists of resources like a Klarna gateway."""


KlarnaGatewayField: TypeAlias = Literal[
    "id",
    "name",
    "force_payments",
    "credential_keys",
    "disabled_at",
    "created_at",
    "updated_at",
    "reference",
    "reference_origin",
    "metadata",
    "payment_methods",
    "klarna_payments",
    "event_stores",
]
"""The fields of a Klarna gateway."""


EventStoreField: TypeAlias = Literal[
    "id",
    "resource_type",
    "resource_id",
    "event",
    "payload",
    "who",
    "created_at",
    "updated_at",
    "reference",
    "reference_origin",
    "metadata",
]
"""The fields of an event store."""
