from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.order_relationship_change import OrderRelationshipChange


T = TypeVar("T", bound="KlarnaPaymentUpdateRelationships")


@_attrs_define
class KlarnaPaymentUpdateRelationships:
    """Relationships that may be changed.

    Attributes:
        order (OrderRelationshipChange | Unset): The order that a klarna payment pays from now on; null removes it,
            which the API refuses.
    """

    order: OrderRelationshipChange | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        order: dict[str, Any] | Unset = UNSET
        if not isinstance(self.order, Unset):
            order = self.order.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if order is not UNSET:
            field_dict["order"] = order

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.order_relationship_change import OrderRelationshipChange  # noqa: PLC0415

        d = dict(src_dict)
        _order = d.pop("order", UNSET)
        order: OrderRelationshipChange | Unset
        if isinstance(_order, Unset):
            order = UNSET
        else:
            order = OrderRelationshipChange.from_dict(_order)

        klarna_payment_update_relationships = cls(
            order=order,
        )

        return klarna_payment_update_relationships
