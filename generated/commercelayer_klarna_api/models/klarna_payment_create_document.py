from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.klarna_payment_create import KlarnaPaymentCreate


T = TypeVar("T", bound="KlarnaPaymentCreateDocument")


@_attrs_define
class KlarnaPaymentCreateDocument:
    """The document that creates a klarna payment.

    Attributes:
        data (KlarnaPaymentCreate): A klarna payment to create; the API takes it without attributes as well.
    """

    data: KlarnaPaymentCreate

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
        from ..models.klarna_payment_create import KlarnaPaymentCreate  # noqa: PLC0415

        d = dict(src_dict)
        data = KlarnaPaymentCreate.from_dict(d.pop("data"))

        klarna_payment_create_document = cls(
            data=data,
        )

        return klarna_payment_create_document
