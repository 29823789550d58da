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
    from ..models.klarna_payment_update_attributes import KlarnaPaymentUpdateAttributes
    from ..models.klarna_payment_update_relationships import (
        KlarnaPaymentUpdateRelationships,
    )


T = TypeVar("T", bound="KlarnaPaymentUpdate")


@_attrs_define
class KlarnaPaymentUpdate:
    """Changes to a klarna payment.

    Attributes:
        type_ (Literal['klarna_payments']):  Default: 'klarna_payments'.
        id (str): Id of the klarna payment; the same as in the path.
        attributes (KlarnaPaymentUpdateAttributes | Unset): Attributes that may be changed; what is not sent stays as it
            is.
        relationships (KlarnaPaymentUpdateRelationships | Unset): Relationships that may be changed.
    """

    id: str
    type_: Literal["klarna_payments"] = "klarna_payments"
    attributes: KlarnaPaymentUpdateAttributes | Unset = UNSET
    relationships: KlarnaPaymentUpdateRelationships | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        id = self.id

        attributes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.attributes, Unset):
            attributes = self.attributes.to_dict()

        relationships: dict[str, Any] | Unset = UNSET
        if not isinstance(self.relationships, Unset):
            relationships = self.relationships.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "id": id,
            }
        )
        if attributes is not UNSET:
            field_dict["attributes"] = attributes
        if relationships is not UNSET:
            field_dict["relationships"] = relationships

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.klarna_payment_update_attributes import (
            KlarnaPaymentUpdateAttributes,  # noqa: PLC0415
        )
        from ..models.klarna_payment_update_relationships import (
            KlarnaPaymentUpdateRelationships,  # noqa: PLC0415
        )

        d = dict(src_dict)
        type_ = cast("Literal['klarna_payments']", d.pop("type"))
        if type_ != "klarna_payments":
            raise ValueError(f"type must match const 'klarna_payments', got '{type_}'")

        id = d.pop("id")

        _attributes = d.pop("attributes", UNSET)
        attributes: KlarnaPaymentUpdateAttributes | Unset
        if isinstance(_attributes, Unset):
            attributes = UNSET
        else:
            attributes = KlarnaPaymentUpdateAttributes.from_dict(_attributes)

        _relationships = d.pop("relationships", UNSET)
        relationships: KlarnaPaymentUpdateRelationships | Unset
        if isinstance(_relationships, Unset):
            relationships = UNSET
        else:
            relationships = KlarnaPaymentUpdateRelationships.from_dict(_relationships)

        klarna_payment_update = cls(
            type_=type_,
            id=id,
            attributes=attributes,
            relationships=relationships,
        )

        return klarna_payment_update
