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
    from ..models.klarna_payment_create_attributes import KlarnaPaymentCreateAttributes
    from ..models.klarna_payment_create_relationships import (
        KlarnaPaymentCreateRelationships,
    )


T = TypeVar("T", bound="KlarnaPaymentCreate")


@_attrs_define
class KlarnaPaymentCreate:
    """A klarna payment to create; the API takes it without attributes as well.

    Attributes:
        type_ (Literal['klarna_payments']):  Default: 'klarna_payments'.
        relationships (KlarnaPaymentCreateRelationships): Relationships of a new klarna payment.
        attributes (KlarnaPaymentCreateAttributes | Unset): Attributes that may be set on a new klarna payment.
    """

    relationships: KlarnaPaymentCreateRelationships
    type_: Literal["klarna_payments"] = "klarna_payments"
    attributes: KlarnaPaymentCreateAttributes | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        relationships = self.relationships.to_dict()

        attributes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.attributes, Unset):
            attributes = self.attributes.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "relationships": relationships,
            }
        )
        if attributes is not UNSET:
            field_dict["attributes"] = attributes

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

        relationships = KlarnaPaymentCreateRelationships.from_dict(
            d.pop("relationships")
        )

        _attributes = d.pop("attributes", UNSET)
        attributes: KlarnaPaymentCreateAttributes | Unset
        if isinstance(_attributes, Unset):
            attributes = UNSET
        else:
            attributes = KlarnaPaymentCreateAttributes.from_dict(_attributes)

        klarna_payment_create = cls(
            type_=type_,
            relationships=relationships,
            attributes=attributes,
        )

        return klarna_payment_create
