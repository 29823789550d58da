from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.metadata import Metadata


T = TypeVar("T", bound="KlarnaPaymentUpdateAttributes")


@_attrs_define
class KlarnaPaymentUpdateAttributes:
    """Attributes that may be changed; what is not sent stays as it is.

    Attributes:
        auth_token (None | str | Unset): What the Klarna widget returned.
        trigger_update (bool | Unset): Trigger: true renews the session from the order. Never returned.
        reference (None | str | Unset): Any text that identifies the resource in a system of yours.
        reference_origin (None | str | Unset): Name of the system that the reference belongs to.
        metadata (Metadata | None | Unset):
    """

    auth_token: None | str | Unset = UNSET
    trigger_update: bool | Unset = UNSET
    reference: None | str | Unset = UNSET
    reference_origin: None | str | Unset = UNSET
    metadata: Metadata | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.metadata import Metadata  # noqa: PLC0415

        auth_token: None | str | Unset
        if isinstance(self.auth_token, Unset):
            auth_token = UNSET
        else:
            auth_token = self.auth_token

        trigger_update = self.trigger_update

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
        if auth_token is not UNSET:
            field_dict["auth_token"] = auth_token
        if trigger_update is not UNSET:
            field_dict["_update"] = trigger_update
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

        def _parse_auth_token(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        auth_token = _parse_auth_token(d.pop("auth_token", UNSET))

        trigger_update = d.pop("_update", UNSET)

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

        klarna_payment_update_attributes = cls(
            auth_token=auth_token,
            trigger_update=trigger_update,
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        return klarna_payment_update_attributes
