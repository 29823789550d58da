from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.klarna_payment_update import KlarnaPaymentUpdate


T = TypeVar("T", bound="KlarnaPaymentUpdateDocument")


@_attrs_define
class KlarnaPaymentUpdateDocument:
    """The document that updates a klarna payment.

    Attributes:
        data (KlarnaPaymentUpdate): Changes to a klarna payment.
    """

    data: KlarnaPaymentUpdate

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
        from ..models.klarna_payment_update import KlarnaPaymentUpdate  # noqa: PLC0415

        d = dict(src_dict)
        data = KlarnaPaymentUpdate.from_dict(d.pop("data"))

        klarna_payment_update_document = cls(
            data=data,
        )

        return klarna_payment_update_document
