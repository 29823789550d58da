from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.payment_method_relationship_change import (
        PaymentMethodRelationshipChange,
    )
    from ..models.payment_source_relationship_change import (
        PaymentSourceRelationshipChange,
    )


T = TypeVar("T", bound="OrderUpdateRelationships")


@_attrs_define
class OrderUpdateRelationships:
    """Relationships of an order that may be changed, as far as they concern a payment.

    Attributes:
        payment_method (PaymentMethodRelationshipChange | Unset): The payment method of an order from now on; another
            one than before drops the payment source.
        payment_source (PaymentSourceRelationshipChange | Unset): The payment source of an order from now on. The server
            sets it when a klarna payment is created for the order; the trigger _nullify_payment_source removes it.
    """

    payment_method: PaymentMethodRelationshipChange | Unset = UNSET
    payment_source: PaymentSourceRelationshipChange | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        payment_method: dict[str, Any] | Unset = UNSET
        if not isinstance(self.payment_method, Unset):
            payment_method = self.payment_method.to_dict()

        payment_source: dict[str, Any] | Unset = UNSET
        if not isinstance(self.payment_source, Unset):
            payment_source = self.payment_source.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if payment_method is not UNSET:
            field_dict["payment_method"] = payment_method
        if payment_source is not UNSET:
            field_dict["payment_source"] = payment_source

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.payment_method_relationship_change import (
            PaymentMethodRelationshipChange,  # noqa: PLC0415
        )
        from ..models.payment_source_relationship_change import (
            PaymentSourceRelationshipChange,  # noqa: PLC0415
        )

        d = dict(src_dict)
        _payment_method = d.pop("payment_method", UNSET)
        payment_method: PaymentMethodRelationshipChange | Unset
        if isinstance(_payment_method, Unset):
            payment_method = UNSET
        else:
            payment_method = PaymentMethodRelationshipChange.from_dict(_payment_method)

        _payment_source = d.pop("payment_source", UNSET)
        payment_source: PaymentSourceRelationshipChange | Unset
        if isinstance(_payment_source, Unset):
            payment_source = UNSET
        else:
            payment_source = PaymentSourceRelationshipChange.from_dict(_payment_source)

        order_update_relationships = cls(
            payment_method=payment_method,
            payment_source=payment_source,
        )

        return order_update_relationships
