from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

T = TypeVar("T", bound="PaymentSourceLinkage")


@_attrs_define
class PaymentSourceLinkage:
    """Linkage to a payment source, which is a klarna payment here.

    Attributes:
        type_ (Literal['klarna_payments']):  Default: 'klarna_payments'.
        id (str): Id of the klarna payment.
    """

    id: str
    type_: Literal["klarna_payments"] = "klarna_payments"

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
        type_ = cast("Literal['klarna_payments']", d.pop("type"))
        if type_ != "klarna_payments":
            raise ValueError(f"type must match const 'klarna_payments', got '{type_}'")

        id = d.pop("id")

        payment_source_linkage = cls(
            type_=type_,
            id=id,
        )

        return payment_source_linkage
