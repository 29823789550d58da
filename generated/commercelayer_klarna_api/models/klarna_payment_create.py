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

if TYPE_CHECKING:
    from ..models.klarna_payment_create_attributes import KlarnaPaymentCreateAttributes
    from ..models.klarna_payment_create_relationships import (
        KlarnaPaymentCreateRelationships,
    )


T = TypeVar("T", bound="KlarnaPaymentCreate")


@_attrs_define
class KlarnaPaymentCreate:
    """A klarna payment to create.

    Attributes:
        type_ (Literal['klarna_payments']):  Default: 'klarna_payments'.
        attributes (KlarnaPaymentCreateAttributes): Attributes that may be set on a new klarna payment.
        relationships (KlarnaPaymentCreateRelationships): Relationships of a new klarna payment.
    """

    attributes: KlarnaPaymentCreateAttributes
    relationships: KlarnaPaymentCreateRelationships
    type_: Literal["klarna_payments"] = "klarna_payments"

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        attributes = self.attributes.to_dict()

        relationships = self.relationships.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "attributes": attributes,
                "relationships": relationships,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.klarna_payment_create_attributes import (
            KlarnaPaymentCreateAttributes,  # noqa: PLC0415
        )
        from ..models.klarna_payment_create_relationships import (
            KlarnaPaymentCreateRelationships,  # noqa: PLC0415
        )

        d = dict(src_dict)
        type_ = cast("Literal['klarna_payments']", d.pop("type"))
        if type_ != "klarna_payments":
            raise ValueError(f"type must match const 'klarna_payments', got '{type_}'")

        attributes = KlarnaPaymentCreateAttributes.from_dict(d.pop("attributes"))

        relationships = KlarnaPaymentCreateRelationships.from_dict(
            d.pop("relationships")
        )

        klarna_payment_create = cls(
            type_=type_,
            attributes=attributes,
            relationships=relationships,
        )

        return klarna_payment_create
