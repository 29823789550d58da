from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.metadata import Metadata


T = TypeVar("T", bound="CaptureUpdateAttributes")


@_attrs_define
class CaptureUpdateAttributes:
    """Attributes of a capture that may be changed, and its triggers; what is not sent stays as it is. Refused to sales
    channels.

        Attributes:
            trigger_refund (bool | Unset): Trigger: true makes a refund of what the capture has left. Never returned.
            trigger_refund_amount_cents (int | Unset): Amount to refund instead of all that is left, in cents; goes with
                _refund. Never returned.
            trigger_cancel (bool | Unset): Trigger: true refunds the capture of an order that is still pending, which is
                then unpaid. Never returned.
            trigger_forward (bool | Unset): Trigger: true takes a transaction that is stuck for one that succeeded. Never
                returned.
            reference (None | str | Unset): Any text that identifies the resource in a system of yours.
            reference_origin (None | str | Unset): Name of the system that the reference belongs to.
            metadata (Metadata | None | Unset):
    """

    trigger_refund: bool | Unset = UNSET
    trigger_refund_amount_cents: int | Unset = UNSET
    trigger_cancel: bool | Unset = UNSET
    trigger_forward: bool | Unset = UNSET
    reference: None | str | Unset = UNSET
    reference_origin: None | str | Unset = UNSET
    metadata: Metadata | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.metadata import Metadata  # noqa: PLC0415

        trigger_refund = self.trigger_refund

        trigger_refund_amount_cents = self.trigger_refund_amount_cents

        trigger_cancel = self.trigger_cancel

        trigger_forward = self.trigger_forward

        reference: None | str | Unset
        if isinstance(self.reference, Unset):
            reference = UNSET
        else:
            reference = self.reference

        reference_origin: None | str | Unset
        if isinstance(self.reference_origin, Unset):
            reference_origin = UNSET
        else:
            reference_origin = self.reference_origin

        metadata: dict[str, Any] | None | Unset
        if isinstance(self.metadata, Unset):
            metadata = UNSET
        elif isinstance(self.metadata, Metadata):
            metadata = self.metadata.to_dict()
        else:
            metadata = self.metadata

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if trigger_refund is not UNSET:
            field_dict["_refund"] = trigger_refund
        if trigger_refund_amount_cents is not UNSET:
            field_dict["_refund_amount_cents"] = trigger_refund_amount_cents
        if trigger_cancel is not UNSET:
            field_dict["_cancel"] = trigger_cancel
        if trigger_forward is not UNSET:
            field_dict["_forward"] = trigger_forward
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
        trigger_refund = d.pop("_refund", UNSET)

        trigger_refund_amount_cents = d.pop("_refund_amount_cents", UNSET)

        trigger_cancel = d.pop("_cancel", UNSET)

        trigger_forward = d.pop("_forward", UNSET)

        def _parse_reference(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        reference = _parse_reference(d.pop("reference", UNSET))

        def _parse_reference_origin(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        reference_origin = _parse_reference_origin(d.pop("reference_origin", UNSET))

        def _parse_metadata(data: object) -> Metadata | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metadata_type_0 = Metadata.from_dict(data)

                return metadata_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("Metadata | None | Unset", data)

        metadata = _parse_metadata(d.pop("metadata", UNSET))

        capture_update_attributes = cls(
            trigger_refund=trigger_refund,
            trigger_refund_amount_cents=trigger_refund_amount_cents,
            trigger_cancel=trigger_cancel,
            trigger_forward=trigger_forward,
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        return capture_update_attributes
