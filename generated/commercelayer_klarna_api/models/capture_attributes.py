from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="CaptureAttributes")


@_attrs_define
class CaptureAttributes:
    """Attributes of a capture. Amounts come three times.

    Attributes:
        number (None | str): Number of the transaction: that of its order, /T/ and a counter.
        payment_method_type (None | str): What was paid with, as the gateway calls it.
        currency_code (None | str): Currency of the amounts, ISO 4217.
        amount_cents (int | None): Amount, in cents.
        amount_float (float | None): Amount, in units of the currency; for display, never for arithmetic.
        formatted_amount (None | str): Amount, formatted for people.
        succeeded (bool | None): Whether the gateway carried it out; false while it is pending, too.
        message (None | str): What the gateway said.
        error_code (None | str): Code of the gateway's error, if there is one.
        error_detail (None | str): What the gateway said of its error.
        token (None | str): Reference of the gateway.
        gateway_transaction_id (None | str): Id of the transaction at the gateway.
        refund_amount_cents (int | None): What the next refund gives back unless it says otherwise, in cents.
        refund_amount_float (float | None): What the next refund gives back unless it says otherwise, in units of the
            currency; for display, never for arithmetic.
        formatted_refund_amount (None | str): What the next refund gives back unless it says otherwise, formatted for
            people.
        refund_balance_cents (int | None): What can still be refunded, in cents.
        refund_balance_float (float | None): What can still be refunded, in units of the currency; for display, never
            for arithmetic.
        formatted_refund_balance (None | str): What can still be refunded, formatted for people.
        created_at (datetime.datetime): When the resource was created.
        updated_at (datetime.datetime): When the resource was last updated.
        reference (None | str): Any text that identifies the resource in a system of yours.
        reference_origin (None | str): Name of the system that the reference belongs to.
        metadata (Any): Data of your own, an object of any JSON values; an update replaces it whole.
    """

    number: None | str
    payment_method_type: None | str
    currency_code: None | str
    amount_cents: int | None
    amount_float: float | None
    formatted_amount: None | str
    succeeded: bool | None
    message: None | str
    error_code: None | str
    error_detail: None | str
    token: None | str
    gateway_transaction_id: None | str
    refund_amount_cents: int | None
    refund_amount_float: float | None
    formatted_refund_amount: None | str
    refund_balance_cents: int | None
    refund_balance_float: float | None
    formatted_refund_balance: None | str
    created_at: datetime.datetime
    updated_at: datetime.datetime
    reference: None | str
    reference_origin: None | str
    metadata: Any
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number: None | str
        number = self.number

        payment_method_type: None | str
        payment_method_type = self.payment_method_type

        currency_code: None | str
        currency_code = self.currency_code

        amount_cents: int | None
        amount_cents = self.amount_cents

        amount_float: float | None
        amount_float = self.amount_float

        formatted_amount: None | str
        formatted_amount = self.formatted_amount

        succeeded: bool | None
        succeeded = self.succeeded

        message: None | str
        message = self.message

        error_code: None | str
        error_code = self.error_code

        error_detail: None | str
        error_detail = self.error_detail

        token: None | str
        token = self.token

        gateway_transaction_id: None | str
        gateway_transaction_id = self.gateway_transaction_id

        refund_amount_cents: int | None
        refund_amount_cents = self.refund_amount_cents

        refund_amount_float: float | None
        refund_amount_float = self.refund_amount_float

        formatted_refund_amount: None | str
        formatted_refund_amount = self.formatted_refund_amount

        refund_balance_cents: int | None
        refund_balance_cents = self.refund_balance_cents

        refund_balance_float: float | None
        refund_balance_float = self.refund_balance_float

        formatted_refund_balance: None | str
        formatted_refund_balance = self.formatted_refund_balance

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
                "payment_method_type": payment_method_type,
                "currency_code": currency_code,
                "amount_cents": amount_cents,
                "amount_float": amount_float,
                "formatted_amount": formatted_amount,
                "succeeded": succeeded,
                "message": message,
                "error_code": error_code,
                "error_detail": error_detail,
                "token": token,
                "gateway_transaction_id": gateway_transaction_id,
                "refund_amount_cents": refund_amount_cents,
                "refund_amount_float": refund_amount_float,
                "formatted_refund_amount": formatted_refund_amount,
                "refund_balance_cents": refund_balance_cents,
                "refund_balance_float": refund_balance_float,
                "formatted_refund_balance": formatted_refund_balance,
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

        def _parse_number(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        number = _parse_number(d.pop("number"))

        def _parse_payment_method_type(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        payment_method_type = _parse_payment_method_type(d.pop("payment_method_type"))

        def _parse_currency_code(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        currency_code = _parse_currency_code(d.pop("currency_code"))

        def _parse_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        amount_cents = _parse_amount_cents(d.pop("amount_cents"))

        def _parse_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        amount_float = _parse_amount_float(d.pop("amount_float"))

        def _parse_formatted_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_amount = _parse_formatted_amount(d.pop("formatted_amount"))

        def _parse_succeeded(data: object) -> bool | None:
            if data is None:
                return data
            return cast("bool | None", data)

        succeeded = _parse_succeeded(d.pop("succeeded"))

        def _parse_message(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        message = _parse_message(d.pop("message"))

        def _parse_error_code(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        error_code = _parse_error_code(d.pop("error_code"))

        def _parse_error_detail(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        error_detail = _parse_error_detail(d.pop("error_detail"))

        def _parse_token(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        token = _parse_token(d.pop("token"))

        def _parse_gateway_transaction_id(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        gateway_transaction_id = _parse_gateway_transaction_id(
            d.pop("gateway_transaction_id")
        )

        def _parse_refund_amount_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        refund_amount_cents = _parse_refund_amount_cents(d.pop("refund_amount_cents"))

        def _parse_refund_amount_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        refund_amount_float = _parse_refund_amount_float(d.pop("refund_amount_float"))

        def _parse_formatted_refund_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_refund_amount = _parse_formatted_refund_amount(
            d.pop("formatted_refund_amount")
        )

        def _parse_refund_balance_cents(data: object) -> int | None:
            if data is None:
                return data
            return cast("int | None", data)

        refund_balance_cents = _parse_refund_balance_cents(
            d.pop("refund_balance_cents")
        )

        def _parse_refund_balance_float(data: object) -> float | None:
            if data is None:
                return data
            return cast("float | None", data)

        refund_balance_float = _parse_refund_balance_float(
            d.pop("refund_balance_float")
        )

        def _parse_formatted_refund_balance(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        formatted_refund_balance = _parse_formatted_refund_balance(
            d.pop("formatted_refund_balance")
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

        capture_attributes = cls(
            number=number,
            payment_method_type=payment_method_type,
            currency_code=currency_code,
            amount_cents=amount_cents,
            amount_float=amount_float,
            formatted_amount=formatted_amount,
            succeeded=succeeded,
            message=message,
            error_code=error_code,
            error_detail=error_detail,
            token=token,
            gateway_transaction_id=gateway_transaction_id,
            refund_amount_cents=refund_amount_cents,
            refund_amount_float=refund_amount_float,
            formatted_refund_amount=formatted_refund_amount,
            refund_balance_cents=refund_balance_cents,
            refund_balance_float=refund_balance_float,
            formatted_refund_balance=formatted_refund_balance,
            created_at=created_at,
            updated_at=updated_at,
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        capture_attributes.additional_properties = d
        return capture_attributes

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
