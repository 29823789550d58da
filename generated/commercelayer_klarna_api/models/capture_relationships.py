from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.to_many_relationship import ToManyRelationship
    from ..models.to_one_relationship import ToOneRelationship


T = TypeVar("T", bound="CaptureRelationships")


@_attrs_define
class CaptureRelationships:
    """Relationships of a capture. event_stores cannot be included.

    Attributes:
        order (ToOneRelationship | Unset): A relationship to one resource; data is there only when it was included.
        payment_source (ToOneRelationship | Unset): A relationship to one resource; data is there only when it was
            included.
        reference_authorization (ToOneRelationship | Unset): A relationship to one resource; data is there only when it
            was included.
        refunds (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was included.
        event_stores (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
    """

    order: ToOneRelationship | Unset = UNSET
    payment_source: ToOneRelationship | Unset = UNSET
    reference_authorization: ToOneRelationship | Unset = UNSET
    refunds: ToManyRelationship | Unset = UNSET
    event_stores: ToManyRelationship | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        order: dict[str, Any] | Unset = UNSET
        if not isinstance(self.order, Unset):
            order = self.order.to_dict()

        payment_source: dict[str, Any] | Unset = UNSET
        if not isinstance(self.payment_source, Unset):
            payment_source = self.payment_source.to_dict()

        reference_authorization: dict[str, Any] | Unset = UNSET
        if not isinstance(self.reference_authorization, Unset):
            reference_authorization = self.reference_authorization.to_dict()

        refunds: dict[str, Any] | Unset = UNSET
        if not isinstance(self.refunds, Unset):
            refunds = self.refunds.to_dict()

        event_stores: dict[str, Any] | Unset = UNSET
        if not isinstance(self.event_stores, Unset):
            event_stores = self.event_stores.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if order is not UNSET:
            field_dict["order"] = order
        if payment_source is not UNSET:
            field_dict["payment_source"] = payment_source
        if reference_authorization is not UNSET:
            field_dict["reference_authorization"] = reference_authorization
        if refunds is not UNSET:
            field_dict["refunds"] = refunds
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

        _payment_source = d.pop("payment_source", UNSET)
        payment_source: ToOneRelationship | Unset
        if isinstance(_payment_source, Unset):
            payment_source = UNSET
        else:
            payment_source = ToOneRelationship.from_dict(_payment_source)

        _reference_authorization = d.pop("reference_authorization", UNSET)
        reference_authorization: ToOneRelationship | Unset
        if isinstance(_reference_authorization, Unset):
            reference_authorization = UNSET
        else:
            reference_authorization = ToOneRelationship.from_dict(
                _reference_authorization
            )

        _refunds = d.pop("refunds", UNSET)
        refunds: ToManyRelationship | Unset
        if isinstance(_refunds, Unset):
            refunds = UNSET
        else:
            refunds = ToManyRelationship.from_dict(_refunds)

        _event_stores = d.pop("event_stores", UNSET)
        event_stores: ToManyRelationship | Unset
        if isinstance(_event_stores, Unset):
            event_stores = UNSET
        else:
            event_stores = ToManyRelationship.from_dict(_event_stores)

        capture_relationships = cls(
            order=order,
            payment_source=payment_source,
            reference_authorization=reference_authorization,
            refunds=refunds,
            event_stores=event_stores,
        )

        capture_relationships.additional_properties = d
        return capture_relationships

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
