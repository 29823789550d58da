from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.payment_method_linkage import PaymentMethodLinkage


T = TypeVar("T", bound="PaymentMethodRelationshipChange")


@_attrs_define
class PaymentMethodRelationshipChange:
    """The payment method of an order from now on; another one than before drops the payment source.

    Attributes:
        data (None | PaymentMethodLinkage):
    """

    data: None | PaymentMethodLinkage

    def to_dict(self) -> dict[str, Any]:
        from ..models.payment_method_linkage import PaymentMethodLinkage  # noqa: PLC0415

        data: dict[str, Any] | None
        if isinstance(self.data, PaymentMethodLinkage):
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
        from ..models.payment_method_linkage import PaymentMethodLinkage  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_data(data: object) -> None | PaymentMethodLinkage:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                data_type_0 = PaymentMethodLinkage.from_dict(data)

                return data_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("None | PaymentMethodLinkage", data)

        data = _parse_data(d.pop("data"))

        payment_method_relationship_change = cls(
            data=data,
        )

        return payment_method_relationship_change
