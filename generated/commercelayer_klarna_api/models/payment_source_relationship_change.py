from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.payment_source_linkage import PaymentSourceLinkage


T = TypeVar("T", bound="PaymentSourceRelationshipChange")


@_attrs_define
class PaymentSourceRelationshipChange:
    """The payment source of an order from now on. The server sets it when a klarna payment is created for the order; the
    trigger _nullify_payment_source removes it.

        Attributes:
            data (PaymentSourceLinkage): Linkage to a payment source, which is a klarna payment here.
    """

    data: PaymentSourceLinkage

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
        from ..models.payment_source_linkage import PaymentSourceLinkage  # noqa: PLC0415

        d = dict(src_dict)
        data = PaymentSourceLinkage.from_dict(d.pop("data"))

        payment_source_relationship_change = cls(
            data=data,
        )

        return payment_source_relationship_change
