from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.order_update_attributes import OrderUpdateAttributes
    from ..models.order_update_relationships import OrderUpdateRelationships


T = TypeVar("T", bound="OrderUpdate")


@_attrs_define
class OrderUpdate:
    """Changes to an order.

    Attributes:
        type_ (Literal['orders']):  Default: 'orders'.
        id (str): Id of the order; the same as in the path.
        attributes (OrderUpdateAttributes | Unset): Attributes of an order that may be changed, and its triggers, as far
            as they concern a payment; what is not sent stays as it is. A sales channel may change draft and pending orders
            only.
        relationships (OrderUpdateRelationships | Unset): Relationships of an order that may be changed, as far as they
            concern a payment.
    """

    id: str
    type_: Literal["orders"] = "orders"
    attributes: OrderUpdateAttributes | Unset = UNSET
    relationships: OrderUpdateRelationships | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        id = self.id

        attributes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.attributes, Unset):
            attributes = self.attributes.to_dict()

        relationships: dict[str, Any] | Unset = UNSET
        if not isinstance(self.relationships, Unset):
            relationships = self.relationships.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "id": id,
            }
        )
        if attributes is not UNSET:
            field_dict["attributes"] = attributes
        if relationships is not UNSET:
            field_dict["relationships"] = relationships

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.order_update_attributes import OrderUpdateAttributes  # noqa: PLC0415
        from ..models.order_update_relationships import OrderUpdateRelationships  # noqa: PLC0415

        d = dict(src_dict)
        type_ = cast("Literal['orders']", d.pop("type"))
        if type_ != "orders":
            raise ValueError(f"type must match const 'orders', got '{type_}'")

        id = d.pop("id")

        _attributes = d.pop("attributes", UNSET)
        attributes: OrderUpdateAttributes | Unset
        if isinstance(_attributes, Unset):
            attributes = UNSET
        else:
            attributes = OrderUpdateAttributes.from_dict(_attributes)

        _relationships = d.pop("relationships", UNSET)
        relationships: OrderUpdateRelationships | Unset
        if isinstance(_relationships, Unset):
            relationships = UNSET
        else:
            relationships = OrderUpdateRelationships.from_dict(_relationships)

        order_update = cls(
            type_=type_,
            id=id,
            attributes=attributes,
            relationships=relationships,
        )

        return order_update
