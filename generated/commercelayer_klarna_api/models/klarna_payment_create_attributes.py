from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.metadata import Metadata


T = TypeVar("T", bound="KlarnaPaymentCreateAttributes")


@_attrs_define
class KlarnaPaymentCreateAttributes:
    """Attributes that may be set on a new klarna payment.

    Attributes:
        reference (str | Unset): Any text that identifies the payment in a system of yours.
        reference_origin (str | Unset): Name of the system that the reference belongs to.
        metadata (Metadata | Unset): Data of your own, an object of any JSON values.
    """

    reference: str | Unset = UNSET
    reference_origin: str | Unset = UNSET
    metadata: Metadata | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        reference = self.reference

        reference_origin = self.reference_origin

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

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
        from ..models.metadata import Metadata  # noqa: PLC0415

        d = dict(src_dict)
        reference = d.pop("reference", UNSET)

        reference_origin = d.pop("reference_origin", UNSET)

        _metadata = d.pop("metadata", UNSET)
        metadata: Metadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = Metadata.from_dict(_metadata)

        klarna_payment_create_attributes = cls(
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        return klarna_payment_create_attributes
