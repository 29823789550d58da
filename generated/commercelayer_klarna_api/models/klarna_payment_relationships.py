from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.to_many_relationship import ToManyRelationship
    from ..models.to_one_relationship import ToOneRelationship


T = TypeVar("T", bound="KlarnaPaymentRelationships")


@_attrs_define
class KlarnaPaymentRelationships:
    """Relationships of a klarna payment. event_stores cannot be included.

    Attributes:
        order (ToOneRelationship | Unset): A relationship to one resource; data is there only when it was included.
        payment_gateway (ToOneRelationship | Unset): A relationship to one resource; data is there only when it was
            included.
        event_stores (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
    """

    order: ToOneRelationship | Unset = UNSET
    payment_gateway: ToOneRelationship | Unset = UNSET
    event_stores: ToManyRelationship | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        order: dict[str, Any] | Unset = UNSET
        if not isinstance(self.order, Unset):
            order = self.order.to_dict()

        payment_gateway: dict[str, Any] | Unset = UNSET
        if not isinstance(self.payment_gateway, Unset):
            payment_gateway = self.payment_gateway.to_dict()

        event_stores: dict[str, Any] | Unset = UNSET
        if not isinstance(self.event_stores, Unset):
            event_stores = self.event_stores.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if order is not UNSET:
            field_dict["order"] = order
        if payment_gateway is not UNSET:
            field_dict["payment_gateway"] = payment_gateway
        if event_stores is not UNSET:
            field_dict["event_stores"] = event_stores

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.to_many_relationship import ToManyRelationship  # noqa: PLC0415
        from ..models.to_one_relationship import ToOneRelationship  # noqa: PLC0415

        d = dict(src_dict)
        _order = d.pop("order", UNSET)
        order: ToOneRelationship | Unset
        if isinstance(_order, Unset):
            order = UNSET
        else:
            order = ToOneRelationship.from_dict(_order)

        _payment_gateway = d.pop("payment_gateway", UNSET)
        payment_gateway: ToOneRelationship | Unset
        if isinstance(_payment_gateway, Unset):
            payment_gateway = UNSET
        else:
            payment_gateway = ToOneRelationship.from_dict(_payment_gateway)

        _event_stores = d.pop("event_stores", UNSET)
        event_stores: ToManyRelationship | Unset
        if isinstance(_event_stores, Unset):
            event_stores = UNSET
        else:
            event_stores = ToManyRelationship.from_dict(_event_stores)

        klarna_payment_relationships = cls(
            order=order,
            payment_gateway=payment_gateway,
            event_stores=event_stores,
        )

        klarna_payment_relationships.additional_properties = d
        return klarna_payment_relationships

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
