from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="KlarnaPaymentCreateAttributes")


@_attrs_define
class KlarnaPaymentCreateAttributes:
    """Attributes that may be set on a new klarna payment.

    Attributes:
        reference (str | Unset): Any text that identifies the payment in a system of yours.
        reference_origin (str | Unset): Name of the system that the reference belongs to.
        metadata (Any | Unset): Data of your own, an object of any JSON values; an update replaces it whole.
    """

    reference: str | Unset = UNSET
    reference_origin: str | Unset = UNSET
    metadata: Any | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        reference = self.reference

        reference_origin = self.reference_origin

        metadata = self.metadata

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if reference is not UNSET:
            field_dict["reference"] = reference
        if reference_origin is not UNSET:
            field_dict["reference_origin"] = reference_origin
        if metadata is not UNSET:
            field_dict["metadata"] = metadata

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        reference = d.pop("reference", UNSET)

        reference_origin = d.pop("reference_origin", UNSET)

        metadata = d.pop("metadata", UNSET)

        klarna_payment_create_attributes = cls(
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        return klarna_payment_create_attributes
