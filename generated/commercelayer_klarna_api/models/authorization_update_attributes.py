from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.metadata import Metadata


T = TypeVar("T", bound="AuthorizationUpdateAttributes")


@_attrs_define
class AuthorizationUpdateAttributes:
    """Attributes of an authorization that may be changed, and its triggers; what is not sent stays as it is. Refused to
    sales channels.

        Attributes:
            trigger_capture (bool | Unset): Trigger: true makes a capture of what the authorization has left. Never
                returned.
            trigger_capture_amount_cents (int | Unset): Amount to capture instead of all that is left, in cents; goes with
                _capture. Never returned.
            trigger_void (bool | Unset): Trigger: true makes a void, which gives the authorization up. Never returned.
            trigger_cancel (bool | Unset): Trigger: true voids the authorization of an order that is still pending, which is
                then unpaid. Never returned.
            trigger_forward (bool | Unset): Trigger: true takes a transaction that is stuck for one that succeeded. Never
                returned.
            reference (None | str | Unset): Any text that identifies the resource in a system of yours.
            reference_origin (None | str | Unset): Name of the system that the reference belongs to.
            metadata (Metadata | None | Unset):
    """

    trigger_capture: bool | Unset = UNSET
    trigger_capture_amount_cents: int | Unset = UNSET
    trigger_void: bool | Unset = UNSET
    trigger_cancel: bool | Unset = UNSET
    trigger_forward: bool | Unset = UNSET
    reference: None | str | Unset = UNSET
    reference_origin: None | str | Unset = UNSET
    metadata: Metadata | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.metadata import Metadata  # noqa: PLC0415

        trigger_capture = self.trigger_capture

        trigger_capture_amount_cents = self.trigger_capture_amount_cents

        trigger_void = self.trigger_void

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
        if trigger_capture is not UNSET:
            field_dict["_capture"] = trigger_capture
        if trigger_capture_amount_cents is not UNSET:
            field_dict["_capture_amount_cents"] = trigger_capture_amount_cents
        if trigger_void is not UNSET:
            field_dict["_void"] = trigger_void
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
        trigger_capture = d.pop("_capture", UNSET)

        trigger_capture_amount_cents = d.pop("_capture_amount_cents", UNSET)

        trigger_void = d.pop("_void", UNSET)

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

        authorization_update_attributes = cls(
            trigger_capture=trigger_capture,
            trigger_capture_amount_cents=trigger_capture_amount_cents,
            trigger_void=trigger_void,
            trigger_cancel=trigger_cancel,
            trigger_forward=trigger_forward,
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        return authorization_update_attributes
