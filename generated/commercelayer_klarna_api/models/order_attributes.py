from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="OrderAttributes")


@_attrs_define
class OrderAttributes:
    """Attributes of an order: the part of them that one reads around a payment. Amounts come three times: in cents, as a
    number, and formatted.

        Attributes:
            number (int | None | str): Order number; a string, though older answers carried an integer.
            status (None | str): One of draft, pending, editing, placing, placed, approved, cancelled (open, more may come).
            payment_status (None | str): One of unpaid, authorized, partially_authorized, paid, partially_paid, voided,
                partially_voided, refunded, partially_refunded, free (open).
            fulfillment_status (None | str): One of unfulfilled, in_progress, fulfilled, not_required (open).
            guest (bool | None): Whether the customer has no account.
            editable (bool | None): Whether the order may still be edited.
            autorefresh (bool | None): Whether amounts are recomputed on each change.
            tax_included (bool | None): Whether prices include taxes.
            requires_billing_info (bool | None): Whether billing information is required.
            customer_email (None | str): Email address of the customer.
            language_code (None | str): Language of the order, ISO 639-1.
            currency_code (None | str): Currency of the amounts, ISO 4217.
            country_code (None | str): Country of the shipping address, ISO 3166-1 alpha-2.
            coupon_code (None | str): Coupon used by the order.
            gift_card_code (None | str): Gift card used by the order.
            token (None | str): Token that identifies the order in links.
            cart_url (None | str): Address of the cart page.
            return_url (None | str): Address to return to after payment.
            terms_url (None | str): Address of the terms and conditions.
            privacy_url (None | str): Address of the privacy policy.
            checkout_url (None | str): Address of the checkout page.
            tax_rate (float | None | str): Tax rate; documented as a number, a string such as 0.22 on the wire.
            subtotal_amount_cents (int | None): Sum of the line items, in cents.
            subtotal_amount_float (float | None): Sum of the line items, in units of the currency; for display, never for
                arithmetic.
            formatted_subtotal_amount (None | str): Sum of the line items, formatted for people.
            shipping_amount_cents (int | None): Shipping costs, in cents.
            shipping_amount_float (float | None): Shipping costs, in units of the currency; for display, never for
                arithmetic.
            formatted_shipping_amount (None | str): Shipping costs, formatted for people.
            payment_method_amount_cents (int | None): Costs of the payment method, in cents.
            payment_method_amount_float (float | None): Costs of the payment method, in units of the currency; for display,
                never for arithmetic.
            formatted_payment_method_amount (None | str): Costs of the payment method, formatted for people.
            discount_amount_cents (int | None): Discounts, in cents.
            discount_amount_float (float | None): Discounts, in units of the currency; for display, never for arithmetic.
            formatted_discount_amount (None | str): Discounts, formatted for people.
            adjustment_amount_cents (int | None): Adjustments, in cents.
            adjustment_amount_float (float | None): Adjustments, in units of the currency; for display, never for
                arithmetic.
            formatted_adjustment_amount (None | str): Adjustments, formatted for people.
            gift_card_amount_cents (int | None): Amount paid by gift card, in cents.
            gift_card_amount_float (float | None): Amount paid by gift card, in units of the currency; for display, never
                for arithmetic.
            formatted_gift_card_amount (None | str): Amount paid by gift card, formatted for people.
            total_tax_amount_cents (int | None): Taxes in all, in cents.
            total_tax_amount_float (float | None): Taxes in all, in units of the currency; for display, never for
                arithmetic.
            formatted_total_tax_amount (None | str): Taxes in all, formatted for people.
            duty_amount_cents (int | None): Customs duties, in cents.
            duty_amount_float (float | None): Customs duties, in units of the currency; for display, never for arithmetic.
            formatted_duty_amount (None | str): Customs duties, formatted for people.
            fees_amount_cents (int | None): Fees, in cents.
            fees_amount_float (float | None): Fees, in units of the currency; for display, never for arithmetic.
            formatted_fees_amount (None | str): Fees, formatted for people.
            total_amount_cents (int | None): Total, in cents.
            total_amount_float (float | None): Total, in units of the currency; for display, never for arithmetic.
            formatted_total_amount (None | str): Total, formatted for people.
            total_taxable_amount_cents (int | None): Total without taxes, in cents.
            total_taxable_amount_float (float | None): Total without taxes, in units of the currency; for display, never for
                arithmetic.
            formatted_total_taxable_amount (None | str): Total without taxes, formatted for people.
            total_amount_with_taxes_cents (int | None): Total with taxes, in cents.
            total_amount_with_taxes_float (float | None): Total with taxes, in units of the currency; for display, never for
                arithmetic.
            formatted_total_amount_with_taxes (None | str): Total with taxes, formatted for people.
            place_total_amount_cents (int | None): Amount that placing the order collects, in cents.
            place_total_amount_float (float | None): Amount that placing the order collects, in units of the currency; for
                display, never for arithmetic.
            formatted_place_total_amount (None | str): Amount that placing the order collects, formatted for people.
            skus_count (int | None): Number of SKUs.
            line_item_options_count (int | None): Number of line item options.
            shipments_count (int | None): Number of shipments.
            tax_calculations_count (int | None): Number of tax calculations.
            validations_count (int | None): Number of external validations.
            errors_count (int | None): Number of resource errors.
            payment_source_details (Any): What paid the order. For Klarna an object with type and klarna_id, and in
                payment_method_details the order_id, fraud_status and authorized_payment_method of Klarna's answer.
            placed_at (datetime.datetime | None): When the order was placed.
            approved_at (datetime.datetime | None): When the order was approved.
            cancelled_at (datetime.datetime | None): When the order was cancelled.
            payment_updated_at (datetime.datetime | None): When the payment status last changed.
            fulfillment_updated_at (datetime.datetime | None): When the fulfillment status last changed.
            refreshed_at (datetime.datetime | None): When the amounts were last recomputed.
            archived_at (datetime.datetime | None): When the order was archived.
            expires_at (datetime.datetime | None): When the order expires.
            subscription_created_at (datetime.datetime | None): When subscriptions were generated.
            created_at (datetime.datetime): When the resource was created.
            updated_at (datetime.datetime): When the resource was last updated.
            reference (None | str): Any text that identifies the resource in a system of yours.
            reference_origin (None | str): Name of the system that the reference belongs to.
            metadata (Any): Data of your own, an object of any JSON values; an update replaces it whole.
    """

    number: int | None | str
    status: None | str
    payment_status: None | str
    fulfillment_status: None | str
    guest: bool | None
    editable: bool | None
    autorefresh: bool | None
    tax_included: bool | None
    requires_billing_info: bool | None
    customer_email: None | str
    language_code: None | str
    currency_code: None | str
    country_code: None | str
    coupon_code: None | str
    gift_card_code: None | str
    token: None | str
    cart_url: None | str
    return_url: None | str
    terms_url: None | str
    privacy_url: None | str
    checkout_url: None | str
    tax_rate: float | None | str
    subtotal_amount_cents: int | None
    subtotal_amount_float: float | None
    formatted_subtotal_amount: None | str
    shipping_amount_cents: int | None
    shipping_amount_float: float | None
    formatted_shipping_amount: None | str
    payment_method_amount_cents: int | None
    payment_method_amount_float: float | None
    formatted_payment_method_amount: None | str
    discount_amount_cents: int | None
    discount_amount_float: float | None
    formatted_discount_amount: None | str
    adjustment_amount_cents: int | None
    adjustment_amount_float: float | None
    formatted_adjustment_amount: None | str
    gift_card_amount_cents: int | None
    gift_card_amount_float: float | None
    formatted_gift_card_amount: None | str
    total_tax_amount_cents: int | None
    total_tax_amount_float: float | None
    formatted_total_tax_amount: None | str
    duty_amount_cents: int | None
    duty_amount_float: float | None
    formatted_duty_amount: None | str
    fees_amount_cents: int | None
    fees_amount_float: float | None
    formatted_fees_amount: None | str
    total_amount_cents: int | None
    total_amount_float: float | None
    formatted_total_amount: None | str
    total_taxable_amount_cents: int | None
    total_taxable_amount_float: float | None
    formatted_total_taxable_amount: None | str
    total_amount_with_taxes_cents: int | None
    total_amount_with_taxes_float: float | None
    formatted_total_amount_with_taxes: None | str
    place_total_amount_cents: int | None
    place_total_amount_float: float | None
    formatted_place_total_amount: None | str
    skus_count: int | None
    line_item_options_count: int | None
    shipments_count: int | None
    tax_calculations_count: int | None
    validations_count: int | None
    errors_count: int | None
    payment_source_details: Any
    placed_at: datetime.datetime | None
    approved_at: datetime.datetime | None
    cancelled_at: datetime.datetime | None
    payment_updated_at: datetime.datetime | None
    fulfillment_updated_at: datetime.datetime | None
    refreshed_at: datetime.datetime | None
    archived_at: datetime.datetime | None
    expires_at: datetime.datetime | None
    subscription_created_at: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    reference: None | str
    reference_origin: None | str
    metadata: Any
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number: int | None | str
        number = self.number

        status: None | str
        status = self.status

        payment_status: None | str
        payment_status = self.payment_status

        fulfillment_status: None | str
        fulfillment_status = self.fulfillment_status

        guest: bool | None
        guest = self.guest

        editable: bool | None
        editable = self.editable

        autorefresh: bool | None
        autorefresh = self.autorefresh

        tax_included: bool | None
        tax_included = self.tax_included

        requires_billing_info: bool | None
        requires_billing_info = self.requires_billing_info

        customer_email: None | str
        customer_email = self.customer_email

        language_code: None | str
        language_code = self.language_code

        currency_code: None | str
        currency_code = self.currency_code

        country_code: None | str
        country_code = self.country_code

        coupon_code: None | str
        coupon_code = self.coupon_code

        gift_card_code: None | str
        gift_card_code = self.gift_card_code

        token: None | str
        token = self.token

        cart_url: None | str
        cart_url = self.cart_url

        return_url: None | str
        return_url = self.return_url

        terms_url: None | str
        terms_url = self.terms_url

        privacy_url: None | str
        privacy_url = self.privacy_url

        checkout_url: None | str
        checkout_url = self.checkout_url

        tax_rate: float | None | str
        tax_rate = self.tax_rate

        subtotal_amount_cents: int | None
        subtotal_amount_cents = self.subtotal_amount_cents

        subtotal_amount_float: float | None
        subtotal_amount_float = self.subtotal_amount_float

        formatted_subtotal_amount: None | str
        formatted_subtotal_amount = self.formatted_subtotal_amount

        shipping_amount_cents: int | None
        shipping_amount_cents = self.shipping_amount_cents

        shipping_amount_float: float | None
        shipping_amount_float = self.shipping_amount_float

        formatted_shipping_amount: None | str
        formatted_shipping_amount = self.formatted_shipping_amount

        payment_method_amount_cents: int | None
        payment_method_amount_cents = self.payment_method_amount_cents

        payment_method_amount_float: float | None
        payment_method_amount_float = self.payment_method_amount_float

        formatted_payment_method_amount: None | str
        formatted_payment_method_amount = self.formatted_payment_method_amount

        discount_amount_cents: int | None
        discount_amount_cents = self.discount_amount_cents

        discount_amount_float: float | None
        discount_amount_float = self.discount_amount_float

        formatted_discount_amount: None | str
        formatted_discount_amount = self.formatted_discount_amount

        adjustment_amount_cents: int | None
        adjustment_amount_cents = self.adjustment_amount_cents

        adjustment_amount_float: float | None
        adjustment_amount_float = self.adjustment_amount_float

        formatted_adjustment_amount: None | str
        formatted_adjustment_amount = self.formatted_adjustment_amount

        gift_card_amount_cents: int | None
        gift_card_amount_cents = self.gift_card_amount_cents

        gift_card_amount_float: float | None
        gift_card_amount_float = self.gift_card_amount_float

        formatted_gift_card_amount: None | str
        formatted_gift_card_amount = self.formatted_gift_card_amount

        total_tax_amount_cents: int | None
        total_tax_amount_cents = self.total_tax_amount_cents

        total_tax_amount_float: float | None
        total_tax_amount_float = self.total_tax_amount_float

        formatted_total_tax_amount: None | str
        formatted_total_tax_amount = self.formatted_total_tax_amount

        duty_amount_cents: int | None
        duty_amount_cents = self.duty_amount_cents

        duty_amount_float: float | None
        duty_amount_float = self.duty_amount_float

        formatted_duty_amount: None | str
        formatted_duty_amount = self.formatted_duty_amount

        fees_amount_cents: int | None
        fees_amount_cents = self.fees_amount_cents

        fees_amount_float: float | None
        fees_amount_float = self.fees_amount_float

        formatted_fees_amount: None | str
        formatted_fees_amount = self.formatted_fees_amount

        total_amount_cents: int | None
        total_amount_cents = self.total_amount_cents

        total_amount_float: float | None
        total_amount_float = self.total_amount_float

        formatted_total_amount: None | str
        formatted_total_amount = self.formatted_total_amount

        total_taxable_amount_cents: int | None
        total_taxable_amount_cents = self.total_taxable_amount_cents

        total_taxable_amount_float: float | None
        total_taxable_amount_float = self.total_taxable_amount_float

        formatted_total_taxable_amount: None | str
        formatted_total_taxable_amount = self.formatted_total_taxable_amount

        total_amount_with_taxes_cents: int | None
        total_amount_with_taxes_cents = self.total_amount_with_taxes_cents

        total_amount_with_taxes_float: float | None
        total_amount_with_taxes_float = self.total_amount_with_taxes_float

        formatted_total_amount_with_taxes: None | str
        formatted_total_amount_with_taxes = self.formatted_total_amount_with_taxes

        place_total_amount_cents: int | None
        place_total_amount_cents = self.place_total_amount_cents

        place_total_amount_float: float | None
        place_total_amount_float = self.place_total_amount_float

        formatted_place_total_amount: None | str
        formatted_place_total_amount = self.formatted_place_total_amount

        skus_count: int | None
        skus_count = self.skus_count

        line_item_options_count: int | None
        line_item_options_count = self.line_item_options_count

        shipments_count: int | None
        shipments_count = self.shipments_count

        tax_calculations_count: int | None
        tax_calculations_count = self.tax_calculations_count

        validations_count: int | None
        validations_count = self.validations_count

        errors_count: int | None
        errors_count = self.errors_count

        payment_source_details = self.payment_source_details

        placed_at: None | str
        if isinstance(self.placed_at, datetime.datetime):
            placed_at = self.placed_at.isoformat()
        else:
            placed_at = self.placed_at

        approved_at: None | str
        if isinstance(self.approved_at, datetime.datetime):
            approved_at = self.approved_at.isoformat()
        else:
            approved_at = self.approved_at

        cancelled_at: None | str
        if isinstance(self.cancelled_at, datetime.datetime):
            cancelled_at = self.cancelled_at.isoformat()
        else:
            cancelled_at = self.cancelled_at

        payment_updated_at: None | str
        if isinstance(self.payment_updated_at, datetime.datetime):
            payment_updated_at = self.payment_updated_at.isoformat()
        else:
            payment_updated_at = self.payment_updated_at

        fulfillment_updated_at: None | str
        if isinstance(self.fulfillment_updated_at, datetime.datetime):
            fulfillment_updated_at = self.fulfillment_updated_at.isoformat()
        else:
            fulfillment_updated_at = self.fulfillment_updated_at

        refreshed_at: None | str
        if isinstance(self.refreshed_at, datetime.datetime):
            refreshed_at = self.refreshed_at.isoformat()
        else:
            refreshed_at = self.refreshed_at

        archived_at: None | str
        if isinstance(self.archived_at, datetime.datetime):
            archived_at = self.archived_at.isoformat()
        else:
            archived_at = self.archived_at

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        subscription_created_at: None | str
        if isinstance(self.subscription_created_at, datetime.datetime):
            subscription_created_at = self.subscription_created_at.isoformat()
        else:
            subscription_created_at = self.subscription_created_at

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        reference: None | str
        reference = self.reference

        reference_origin: None | str
        reference_origin = self.reference_origin

        metadata = self.metadata

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "status": status,
                "payment_status": payment_status,
                "fulfillment_status": fulfillment_status,
                "guest": guest,
                "editable": editable,
                "autorefresh": autorefresh,
                "tax_included": tax_included,
                "requires_billing_info": requires_billing_info,
                "customer_email": customer_email,
                "language_code": language_code,
                "currency_code": currency_code,
                "country_code": country_code,
                "coupon_code": coupon_code,
                "gift_card_code": gift_card_code,
                "token": token,
                "cart_url": cart_url,
                "return_url": return_url,
                "terms_url": terms_url,
                "privacy_url": privacy_url,
                "checkout_url": checkout_url,
                "tax_rate": tax_rate,
                "subtotal_amount_cents": subtotal_amount_cents,
                "subtotal_amount_float": subtotal_amount_float,
                "formatted_subtotal_amount": formatted_subtotal_amount,
                "shipping_amount_cents": shipping_amount_cents,
                "shipping_amount_float": shipping_amount_float,
                "formatted_shipping_amount": formatted_shipping_amount,
                "payment_method_amount_cents": payment_method_amount_cents,
                "payment_method_amount_float": payment_method_amount_float,
                "formatted_payment_method_amount": formatted_payment_method_amount,
                "discount_amount_cents": discount_amount_cents,
                "discount_amount_float": discount_amount_float,
                "formatted_discount_amount": formatted_discount_amount,
                "adjustment_amount_cents": adjustment_amount_cents,
                "adjustment_amount_float": adjustment_amount_float,
                "formatted_adjustment_amount": formatted_adjustment_amount,
                "gift_card_amount_cents": gift_card_amount_cents,
                "gift_card_amount_float": gift_card_amount_float,
                "formatted_gift_card_amount": formatted_gift_card_amount,
                "total_tax_amount_cents": total_tax_amount_cents,
                "total_tax_amount_float": total_tax_amount_float,
                "formatted_total_tax_amount": formatted_total_tax_amount,
                "duty_amount_cents": duty_amount_cents,
                "duty_amount_float": duty_amount_float,
                "formatted_duty_amount": formatted_duty_amount,
                "fees_amount_cents": fees_amount_cents,
                "fees_amount_float": fees_amount_float,
                "formatted_fees_amount": formatted_fees_amount,
                "total_amount_cents": total_amount_cents,
                "total_amount_float": total_amount_float,
                "formatted_total_amount": formatted_total_amount,
                "total_taxable_amount_cents": total_taxable_amount_cents,
                "total_taxable_amount_float": total_taxable_amount_float,
                "formatted_total_taxable_amount": formatted_total_taxable_amount,
                "total_amount_with_taxes_cents": total_amount_with_taxes_cents,
                "total_amount_with_taxes_float": total_amount_with_taxes_float,
                "formatted_total_amount_with_taxes": formatted_total_amount_with_taxes,
                "place_total_amount_cents": place_total_amount_cents,
                "place_total_amount_float": place_total_amount_float,
                "formatted_place_total_amount": formatted_place_total_amount,
                "skus_count": skus_count,
                "line_item_options_count": line_item_options_count,
                "shipments_count": shipments_count,
                "tax_calculations_count": tax_calculations_count,
                "validations_count": validations_count,
                "errors_count": errors_count,
                "payment_source_details": payment_source_details,
                "placed_at": placed_at,
                "approved_at": approved_at,
                "cancelled_at": cancelled_at,
                "payment_updated_at": payment_updated_at,
                "fulfillment_updated_at": fulfillment_updated_at,
                "refreshed_at": refreshed_at,
                "archived_at": archived_at,
                "expires_at": expires_at,
                "subscription_created_at": subscription_created_at,
                "created_at": created_at,
                "updated_at": updated_at,
                "reference": reference,
                "reference_origin": reference_origin,
                "metadata": metadata,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_number(data: object) -> int | None | str:
            if data is None:
                return data
            return cast("int | None | str", data)

        number = _parse_number(d.pop("number"))

        def _parse_status(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        status = _parse_status(d.pop("status"))

        def _parse_payment_status(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        payment_status = _parse_payment_status(d.pop("payment_status"))

        def _parse_fulfillment_status(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        fulfillment_status = _parse_fulfillment_status(d.pop("fulfillment_status"))

        def _parse_guest(data: object) -> bool | None:
            if data is None:
                return data
            return cast("bool | None", data)

        guest = _parse_guest(d.pop("guest"))

        def _parse_editable(data: object) -> bool | None:
            if data is None:
                return data
            return cast("bool | None", data)

        editable = _parse_editable(d.pop("editable"))

        def _parse_autorefresh(data: object) -> bool | None:
            if data is None:
                return data
            return cast("bool | None", data)

        autorefresh = _parse_autorefresh(d.pop("autorefresh"))

        def _parse_tax_included(data: object) -> bool | None:
            if data is None:
                return data
            return cast("bool | None", data)

        tax_included = _parse_tax_included(d.pop("tax_included"))

        def _parse_requires_billing_info(data: object) -> bool | None:
            if data is None:
                return data
            return cast("bool | None", data)

        requires_billing_info = _parse_requires_billing_info(
            d.pop("requires_billing_info")
        )

        def _parse_customer_email(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        customer_email = _parse_customer_email(d.pop("customer_email"))

        def _parse_language_code(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        language_code = _parse_language_code(d.pop("language_code"))

        def _parse_currency_code(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        currency_code = _parse_currency_code(d.pop("currency_code"))

        def _parse_country_code(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        country_code = _parse_country_code(d.pop("country_code"))

        def _parse_coupon_code(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        coupon_code = _parse_coupon_code(d.pop("coupon_code"))

        def _parse_gift_card_code(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        gift_card_code = _parse_gift_card_code(d.pop("gift_card_code"))

        def _parse_token(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        token = _parse_token(d.pop("token"))

        def _parse_cart_url(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        cart_url = _parse_cart_url(d.pop("cart_url"))

        def _parse_return_url(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        return_url = _parse_return_url(d.pop("return_url"))

        def _parse_terms_url(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        terms_url = _parse_terms_url(d.pop("terms_url"))

        def _parse_privacy_url(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        privacy_url = _parse_privacy_url(d.pop("privacy_url"))

        def _parse_checkout_url(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        checkout_url = _parse_checkout_url(d.pop("checkout_url"))

        def _parse_tax_rate(data: object) -> float | None | str:
            if data is None:
                return data
            return cast("float | None | str", data)

        tax_rate = _parse_tax_rate(d.pop("tax_rate"))

        def _parse_subtotal_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        subtotal_amount_cents = _parse_subtotal_amount_cents(
            d.pop("subtotal_amount_cents")
        )

        def _parse_subtotal_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        subtotal_amount_float = _parse_subtotal_amount_float(
            d.pop("subtotal_amount_float")
        )

        def _parse_formatted_subtotal_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_subtotal_amount = _parse_formatted_subtotal_amount(
            d.pop("formatted_subtotal_amount")
        )

        def _parse_shipping_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        shipping_amount_cents = _parse_shipping_amount_cents(
            d.pop("shipping_amount_cents")
        )

        def _parse_shipping_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        shipping_amount_float = _parse_shipping_amount_float(
            d.pop("shipping_amount_float")
        )

        def _parse_formatted_shipping_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_shipping_amount = _parse_formatted_shipping_amount(
            d.pop("formatted_shipping_amount")
        )

        def _parse_payment_method_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        payment_method_amount_cents = _parse_payment_method_amount_cents(
            d.pop("payment_method_amount_cents")
        )

        def _parse_payment_method_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        payment_method_amount_float = _parse_payment_method_amount_float(
            d.pop("payment_method_amount_float")
        )

        def _parse_formatted_payment_method_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_payment_method_amount = _parse_formatted_payment_method_amount(
            d.pop("formatted_payment_method_amount")
        )

        def _parse_discount_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        discount_amount_cents = _parse_discount_amount_cents(
            d.pop("discount_amount_cents")
        )

        def _parse_discount_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        discount_amount_float = _parse_discount_amount_float(
            d.pop("discount_amount_float")
        )

        def _parse_formatted_discount_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_discount_amount = _parse_formatted_discount_amount(
            d.pop("formatted_discount_amount")
        )

        def _parse_adjustment_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        adjustment_amount_cents = _parse_adjustment_amount_cents(
            d.pop("adjustment_amount_cents")
        )

        def _parse_adjustment_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        adjustment_amount_float = _parse_adjustment_amount_float(
            d.pop("adjustment_amount_float")
        )

        def _parse_formatted_adjustment_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_adjustment_amount = _parse_formatted_adjustment_amount(
            d.pop("formatted_adjustment_amount")
        )

        def _parse_gift_card_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        gift_card_amount_cents = _parse_gift_card_amount_cents(
            d.pop("gift_card_amount_cents")
        )

        def _parse_gift_card_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        gift_card_amount_float = _parse_gift_card_amount_float(
            d.pop("gift_card_amount_float")
        )

        def _parse_formatted_gift_card_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_gift_card_amount = _parse_formatted_gift_card_amount(
            d.pop("formatted_gift_card_amount")
        )

        def _parse_total_tax_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        total_tax_amount_cents = _parse_total_tax_amount_cents(
            d.pop("total_tax_amount_cents")
        )

        def _parse_total_tax_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        total_tax_amount_float = _parse_total_tax_amount_float(
            d.pop("total_tax_amount_float")
        )

        def _parse_formatted_total_tax_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_total_tax_amount = _parse_formatted_total_tax_amount(
            d.pop("formatted_total_tax_amount")
        )

        def _parse_duty_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        duty_amount_cents = _parse_duty_amount_cents(d.pop("duty_amount_cents"))

        def _parse_duty_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        duty_amount_float = _parse_duty_amount_float(d.pop("duty_amount_float"))

        def _parse_formatted_duty_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_duty_amount = _parse_formatted_duty_amount(
            d.pop("formatted_duty_amount")
        )

        def _parse_fees_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        fees_amount_cents = _parse_fees_amount_cents(d.pop("fees_amount_cents"))

        def _parse_fees_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        fees_amount_float = _parse_fees_amount_float(d.pop("fees_amount_float"))

        def _parse_formatted_fees_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_fees_amount = _parse_formatted_fees_amount(
            d.pop("formatted_fees_amount")
        )

        def _parse_total_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        total_amount_cents = _parse_total_amount_cents(d.pop("total_amount_cents"))

        def _parse_total_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        total_amount_float = _parse_total_amount_float(d.pop("total_amount_float"))

        def _parse_formatted_total_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_total_amount = _parse_formatted_total_amount(
            d.pop("formatted_total_amount")
        )

        def _parse_total_taxable_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        total_taxable_amount_cents = _parse_total_taxable_amount_cents(
            d.pop("total_taxable_amount_cents")
        )

        def _parse_total_taxable_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        total_taxable_amount_float = _parse_total_taxable_amount_float(
            d.pop("total_taxable_amount_float")
        )

        def _parse_formatted_total_taxable_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_total_taxable_amount = _parse_formatted_total_taxable_amount(
            d.pop("formatted_total_taxable_amount")
        )

        def _parse_total_amount_with_taxes_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        total_amount_with_taxes_cents = _parse_total_amount_with_taxes_cents(
            d.pop("total_amount_with_taxes_cents")
        )

        def _parse_total_amount_with_taxes_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        total_amount_with_taxes_float = _parse_total_amount_with_taxes_float(
            d.pop("total_amount_with_taxes_float")
        )

        def _parse_formatted_total_amount_with_taxes(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_total_amount_with_taxes = _parse_formatted_total_amount_with_taxes(
            d.pop("formatted_total_amount_with_taxes")
        )

        def _parse_place_total_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        place_total_amount_cents = _parse_place_total_amount_cents(
            d.pop("place_total_amount_cents")
        )

        def _parse_place_total_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        place_total_amount_float = _parse_place_total_amount_float(
            d.pop("place_total_amount_float")
        )

        def _parse_formatted_place_total_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_place_total_amount = _parse_formatted_place_total_amount(
            d.pop("formatted_place_total_amount")
        )

        def _parse_skus_count(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        skus_count = _parse_skus_count(d.pop("skus_count"))

        def _parse_line_item_options_count(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        line_item_options_count = _parse_line_item_options_count(
            d.pop("line_item_options_count")
        )

        def _parse_shipments_count(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        shipments_count = _parse_shipments_count(d.pop("shipments_count"))

        def _parse_tax_calculations_count(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        tax_calculations_count = _parse_tax_calculations_count(
            d.pop("tax_calculations_count")
        )

        def _parse_validations_count(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        validations_count = _parse_validations_count(d.pop("validations_count"))

        def _parse_errors_count(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        errors_count = _parse_errors_count(d.pop("errors_count"))

        payment_source_details = d.pop("payment_source_details")

        def _parse_placed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                placed_at_type_0 = datetime.datetime.fromisoformat(data)

                return placed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("datetime.datetime | None", data)

        placed_at = _parse_placed_at(d.pop("placed_at"))

        def _parse_approved_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                approved_at_type_0 = datetime.datetime.fromisoformat(data)

                return approved_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("datetime.datetime | None", data)

        approved_at = _parse_approved_at(d.pop("approved_at"))

        def _parse_cancelled_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                cancelled_at_type_0 = datetime.datetime.fromisoformat(data)

                return cancelled_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("datetime.datetime | None", data)

        cancelled_at = _parse_cancelled_at(d.pop("cancelled_at"))

        def _parse_payment_updated_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                payment_updated_at_type_0 = datetime.datetime.fromisoformat(data)

                return payment_updated_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("datetime.datetime | None", data)

        payment_updated_at = _parse_payment_updated_at(d.pop("payment_updated_at"))

        def _parse_fulfillment_updated_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                fulfillment_updated_at_type_0 = datetime.datetime.fromisoformat(data)

                return fulfillment_updated_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("datetime.datetime | None", data)

        fulfillment_updated_at = _parse_fulfillment_updated_at(
            d.pop("fulfillment_updated_at")
        )

        def _parse_refreshed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                refreshed_at_type_0 = datetime.datetime.fromisoformat(data)

                return refreshed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("datetime.datetime | None", data)

        refreshed_at = _parse_refreshed_at(d.pop("refreshed_at"))

        def _parse_archived_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                archived_at_type_0 = datetime.datetime.fromisoformat(data)

                return archived_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("datetime.datetime | None", data)

        archived_at = _parse_archived_at(d.pop("archived_at"))

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("datetime.datetime | None", data)

        expires_at = _parse_expires_at(d.pop("expires_at"))

        def _parse_subscription_created_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                subscription_created_at_type_0 = datetime.datetime.fromisoformat(data)

                return subscription_created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("datetime.datetime | None", data)

        subscription_created_at = _parse_subscription_created_at(
            d.pop("subscription_created_at")
        )

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        def _parse_reference(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        reference = _parse_reference(d.pop("reference"))

        def _parse_reference_origin(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        reference_origin = _parse_reference_origin(d.pop("reference_origin"))

        metadata = d.pop("metadata")

        order_attributes = cls(
            number=number,
            status=status,
            payment_status=payment_status,
            fulfillment_status=fulfillment_status,
            guest=guest,
            editable=editable,
            autorefresh=autorefresh,
            tax_included=tax_included,
            requires_billing_info=requires_billing_info,
            customer_email=customer_email,
            language_code=language_code,
            currency_code=currency_code,
            country_code=country_code,
            coupon_code=coupon_code,
            gift_card_code=gift_card_code,
            token=token,
            cart_url=cart_url,
            return_url=return_url,
            terms_url=terms_url,
            privacy_url=privacy_url,
            checkout_url=checkout_url,
            tax_rate=tax_rate,
            subtotal_amount_cents=subtotal_amount_cents,
            subtotal_amount_float=subtotal_amount_float,
            formatted_subtotal_amount=formatted_subtotal_amount,
            shipping_amount_cents=shipping_amount_cents,
            shipping_amount_float=shipping_amount_float,
            formatted_shipping_amount=formatted_shipping_amount,
            payment_method_amount_cents=payment_method_amount_cents,
            payment_method_amount_float=payment_method_amount_float,
            formatted_payment_method_amount=formatted_payment_method_amount,
            discount_amount_cents=discount_amount_cents,
            discount_amount_float=discount_amount_float,
            formatted_discount_amount=formatted_discount_amount,
            adjustment_amount_cents=adjustment_amount_cents,
            adjustment_amount_float=adjustment_amount_float,
            formatted_adjustment_amount=formatted_adjustment_amount,
            gift_card_amount_cents=gift_card_amount_cents,
            gift_card_amount_float=gift_card_amount_float,
            formatted_gift_card_amount=formatted_gift_card_amount,
            total_tax_amount_cents=total_tax_amount_cents,
            total_tax_amount_float=total_tax_amount_float,
            formatted_total_tax_amount=formatted_total_tax_amount,
            duty_amount_cents=duty_amount_cents,
            duty_amount_float=duty_amount_float,
            formatted_duty_amount=formatted_duty_amount,
            fees_amount_cents=fees_amount_cents,
            fees_amount_float=fees_amount_float,
            formatted_fees_amount=formatted_fees_amount,
            total_amount_cents=total_amount_cents,
            total_amount_float=total_amount_float,
            formatted_total_amount=formatted_total_amount,
            total_taxable_amount_cents=total_taxable_amount_cents,
            total_taxable_amount_float=total_taxable_amount_float,
            formatted_total_taxable_amount=formatted_total_taxable_amount,
            total_amount_with_taxes_cents=total_amount_with_taxes_cents,
            total_amount_with_taxes_float=total_amount_with_taxes_float,
            formatted_total_amount_with_taxes=formatted_total_amount_with_taxes,
            place_total_amount_cents=place_total_amount_cents,
            place_total_amount_float=place_total_amount_float,
            formatted_place_total_amount=formatted_place_total_amount,
            skus_count=skus_count,
            line_item_options_count=line_item_options_count,
            shipments_count=shipments_count,
            tax_calculations_count=tax_calculations_count,
            validations_count=validations_count,
            errors_count=errors_count,
            payment_source_details=payment_source_details,
            placed_at=placed_at,
            approved_at=approved_at,
            cancelled_at=cancelled_at,
            payment_updated_at=payment_updated_at,
            fulfillment_updated_at=fulfillment_updated_at,
            refreshed_at=refreshed_at,
            archived_at=archived_at,
            expires_at=expires_at,
            subscription_created_at=subscription_created_at,
            created_at=created_at,
            updated_at=updated_at,
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        order_attributes.additional_properties = d
        return order_attributes

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
