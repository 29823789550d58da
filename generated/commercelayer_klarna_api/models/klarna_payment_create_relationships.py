from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.order_relationship import OrderRelationship


T = TypeVar("T", bound="KlarnaPaymentCreateRelationships")


@_attrs_define
class KlarnaPaymentCreateRelationships:
    """Relationships of a new klarna payment.

    Attributes:
        order (OrderRelationship): The order that a new klarna payment pays.
    """

    order: OrderRelationship

    def to_dict(self) -> dict[str, Any]:
        order = self.order.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "order": order,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.order_relationship import OrderRelationship  # noqa: PLC0415

        d = dict(src_dict)
        order = OrderRelationship.from_dict(d.pop("order"))

        klarna_payment_create_relationships = cls(
            order=order,
        )

        return klarna_payment_create_relationships
