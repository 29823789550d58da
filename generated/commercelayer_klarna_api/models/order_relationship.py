from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.order_linkage import OrderLinkage


T = TypeVar("T", bound="OrderRelationship")


@_attrs_define
class OrderRelationship:
    """The order that a new klarna payment pays.

    Attributes:
        data (OrderLinkage): Linkage to an order.
    """

    data: OrderLinkage

    def to_dict(self) -> dict[str, Any]:
        data = self.data.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.order_linkage import OrderLinkage  # noqa: PLC0415

        d = dict(src_dict)
        data = OrderLinkage.from_dict(d.pop("data"))

        order_relationship = cls(
            data=data,
        )

        return order_relationship
