from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

T = TypeVar("T", bound="PaymentMethodLinkage")


@_attrs_define
class PaymentMethodLinkage:
    """Linkage to a payment method.

    Attributes:
        type_ (Literal['payment_methods']):  Default: 'payment_methods'.
        id (str): Id of the payment method.
    """

    id: str
    type_: Literal["payment_methods"] = "payment_methods"

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
        type_ = cast("Literal['payment_methods']", d.pop("type"))
        if type_ != "payment_methods":
            raise ValueError(f"type must match const 'payment_methods', got '{type_}'")

        id = d.pop("id")

        payment_method_linkage = cls(
            type_=type_,
            id=id,
        )

        return payment_method_linkage
