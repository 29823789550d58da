from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.to_many_relationship import ToManyRelationship


T = TypeVar("T", bound="KlarnaGatewayRelationships")


@_attrs_define
class KlarnaGatewayRelationships:
    """Relationships of a Klarna gateway. event_stores cannot be included.

    Attributes:
        payment_methods (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
        klarna_payments (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
        event_stores (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
    """

    payment_methods: ToManyRelationship | Unset = UNSET
    klarna_payments: ToManyRelationship | Unset = UNSET
    event_stores: ToManyRelationship | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        payment_methods: dict[str, Any] | Unset = UNSET
        if not isinstance(self.payment_methods, Unset):
            payment_methods = self.payment_methods.to_dict()

        klarna_payments: dict[str, Any] | Unset = UNSET
        if not isinstance(self.klarna_payments, Unset):
            klarna_payments = self.klarna_payments.to_dict()

        event_stores: dict[str, Any] | Unset = UNSET
        if not isinstance(self.event_stores, Unset):
            event_stores = self.event_stores.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if payment_methods is not UNSET:
            field_dict["payment_methods"] = payment_methods
        if klarna_payments is not UNSET:
            field_dict["klarna_payments"] = klarna_payments
        if event_stores is not UNSET:
            field_dict["event_stores"] = event_stores

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.to_many_relationship import ToManyRelationship  # noqa: PLC0415

        d = dict(src_dict)
        _payment_methods = d.pop("payment_methods", UNSET)
        payment_methods: ToManyRelationship | Unset
        if isinstance(_payment_methods, Unset):
            payment_methods = UNSET
        else:
            payment_methods = ToManyRelationship.from_dict(_payment_methods)

        _klarna_payments = d.pop("klarna_payments", UNSET)
        klarna_payments: ToManyRelationship | Unset
        if isinstance(_klarna_payments, Unset):
            klarna_payments = UNSET
        else:
            klarna_payments = ToManyRelationship.from_dict(_klarna_payments)

        _event_stores = d.pop("event_stores", UNSET)
        event_stores: ToManyRelationship | Unset
        if isinstance(_event_stores, Unset):
            event_stores = UNSET
        else:
            event_stores = ToManyRelationship.from_dict(_event_stores)

        klarna_gateway_relationships = cls(
            payment_methods=payment_methods,
            klarna_payments=klarna_payments,
            event_stores=event_stores,
        )

        klarna_gateway_relationships.additional_properties = d
        return klarna_gateway_relationships

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
