from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.order_linkage import OrderLinkage


T = TypeVar("T", bound="OrderRelationshipChange")


@_attrs_define
class OrderRelationshipChange:
    """The order that a klarna payment pays from now on; null removes it, which the API refuses.

    Attributes:
        data (None | OrderLinkage):
    """

    data: None | OrderLinkage

    def to_dict(self) -> dict[str, Any]:
        from ..models.order_linkage import OrderLinkage  # noqa: PLC0415

        data: dict[str, Any] | None
        if isinstance(self.data, OrderLinkage):
            data = self.data.to_dict()
        else:
            data = self.data

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

        def _parse_data(data: object) -> None | OrderLinkage:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                data_type_0 = OrderLinkage.from_dict(data)

                return data_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("None | OrderLinkage", data)

        data = _parse_data(d.pop("data"))

        order_relationship_change = cls(
            data=data,
        )

        return order_relationship_change
