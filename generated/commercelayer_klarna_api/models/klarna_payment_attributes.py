from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="KlarnaPaymentAttributes")


@_attrs_define
class KlarnaPaymentAttributes:
    """Attributes of a klarna payment.

    Attributes:
        session_id (None | str): Id of the Klarna session.
        client_token (None | str): Secret that opens the Klarna widget in the browser.
        payment_methods (list[Any]): Klarna's payment method categories; each has an identifier, for the widget, and a
            name.
        auth_token (None | str): Secret that the Klarna widget returned; needed to place the order.
        mismatched_amounts (bool | None): Whether the order's total has diverged from the amount of the session.
        payment_instrument (Any): What the payment was made with.
        created_at (datetime.datetime): When the resource was created.
        updated_at (datetime.datetime): When the resource was last updated.
        reference (None | str): Any text that identifies the resource in a system of yours.
        reference_origin (None | str): Name of the system that the reference belongs to.
        metadata (Any): Data of your own, an object of any JSON values; an update replaces it whole.
    """

    session_id: None | str
    client_token: None | str
    payment_methods: list[Any]
    auth_token: None | str
    mismatched_amounts: bool | None
    payment_instrument: Any
    created_at: datetime.datetime
    updated_at: datetime.datetime
    reference: None | str
    reference_origin: None | str
    metadata: Any
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        session_id: None | str
        session_id = self.session_id

        client_token: None | str
        client_token = self.client_token

        payment_methods = self.payment_methods

        auth_token: None | str
        auth_token = self.auth_token

        mismatched_amounts: bool | None
        mismatched_amounts = self.mismatched_amounts

        payment_instrument = self.payment_instrument

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
                "session_id": session_id,
                "client_token": client_token,
                "payment_methods": payment_methods,
                "auth_token": auth_token,
                "mismatched_amounts": mismatched_amounts,
                "payment_instrument": payment_instrument,
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

        def _parse_session_id(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        session_id = _parse_session_id(d.pop("session_id"))

        def _parse_client_token(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        client_token = _parse_client_token(d.pop("client_token"))

        payment_methods = cast("list[Any]", d.pop("payment_methods"))

        def _parse_auth_token(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        auth_token = _parse_auth_token(d.pop("auth_token"))

        def _parse_mismatched_amounts(data: object) -> bool | None:
            if data is None:
                return data
            return cast("bool | None", data)

        mismatched_amounts = _parse_mismatched_amounts(d.pop("mismatched_amounts"))

        payment_instrument = d.pop("payment_instrument")

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

        klarna_payment_attributes = cls(
            session_id=session_id,
            client_token=client_token,
            payment_methods=payment_methods,
            auth_token=auth_token,
            mismatched_amounts=mismatched_amounts,
            payment_instrument=payment_instrument,
            created_at=created_at,
            updated_at=updated_at,
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        klarna_payment_attributes.additional_properties = d
        return klarna_payment_attributes

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
