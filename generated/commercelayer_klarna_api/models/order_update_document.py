from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.order_update import OrderUpdate


T = TypeVar("T", bound="OrderUpdateDocument")


@_attrs_define
class OrderUpdateDocument:
    """The document that updates an order.

    Attributes:
        data (OrderUpdate): Changes to an order.
    """

    data: OrderUpdate

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
        from ..models.order_update import OrderUpdate  # noqa: PLC0415

        d = dict(src_dict)
        data = OrderUpdate.from_dict(d.pop("data"))

        order_update_document = cls(
            data=data,
        )

        return order_update_document
