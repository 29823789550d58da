from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="KlarnaGatewayAttributes")


@_attrs_define
class KlarnaGatewayAttributes:
    """Attributes of a Klarna gateway, as far as they can be read; they are those of all payment gateways.

    Attributes:
        name (None | str): Name of the gateway.
        force_payments (bool | None): Whether a payment source is kept on an editable order once the gateway reports
            success.
        credential_keys (Any): Credentials of the gateway, masked.
        disabled_at (datetime.datetime | None): When the gateway was disabled.
        created_at (datetime.datetime): When the resource was created.
        updated_at (datetime.datetime): When the resource was last updated.
        reference (None | str): Any text that identifies the resource in a system of yours.
        reference_origin (None | str): Name of the system that the reference belongs to.
        metadata (Any): Data of your own, an object of any JSON values; an update replaces it whole.
    """

    name: None | str
    force_payments: bool | None
    credential_keys: Any
    disabled_at: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    reference: None | str
    reference_origin: None | str
    metadata: Any
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name: None | str
        name = self.name

        force_payments: bool | None
        force_payments = self.force_payments

        credential_keys = self.credential_keys

        disabled_at: None | str
        if isinstance(self.disabled_at, datetime.datetime):
            disabled_at = self.disabled_at.isoformat()
        else:
            disabled_at = self.disabled_at

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
                "name": name,
                "force_payments": force_payments,
                "credential_keys": credential_keys,
                "disabled_at": disabled_at,
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

        def _parse_name(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        name = _parse_name(d.pop("name"))

        def _parse_force_payments(data: object) -> bool | None:
            if data is None:
                return data
            return cast("bool | None", data)

        force_payments = _parse_force_payments(d.pop("force_payments"))

        credential_keys = d.pop("credential_keys")

        def _parse_disabled_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                disabled_at_type_0 = datetime.datetime.fromisoformat(data)

                return disabled_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("datetime.datetime | None", data)

        disabled_at = _parse_disabled_at(d.pop("disabled_at"))

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

        klarna_gateway_attributes = cls(
            name=name,
            force_payments=force_payments,
            credential_keys=credential_keys,
            disabled_at=disabled_at,
            created_at=created_at,
            updated_at=updated_at,
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        klarna_gateway_attributes.additional_properties = d
        return klarna_gateway_attributes

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
