from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

T = TypeVar("T", bound="OrderLinkage")


@_attrs_define
class OrderLinkage:
    """Linkage to an order.

    Attributes:
        type_ (Literal['orders']):  Default: 'orders'.
        id (str): Id of the order.
    """

    id: str
    type_: Literal["orders"] = "orders"

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        id = self.id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "id": id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = cast("Literal['orders']", d.pop("type"))
        if type_ != "orders":
            raise ValueError(f"type must match const 'orders', got '{type_}'")

        id = d.pop("id")

        order_linkage = cls(
            type_=type_,
            id=id,
        )

        return order_linkage
