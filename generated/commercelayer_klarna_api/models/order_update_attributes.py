from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.metadata import Metadata


T = TypeVar("T", bound="OrderUpdateAttributes")


@_attrs_define
class OrderUpdateAttributes:
    """Attributes of an order that may be changed, and its triggers, as far as they concern a payment; what is not sent
    stays as it is. A sales channel may change draft and pending orders only.

        Attributes:
            trigger_place (bool | Unset): Trigger: true places the order and authorizes its payment source. Never returned.
            trigger_cancel (bool | Unset): Trigger: true cancels a placed order and voids its authorization. Never returned.
            trigger_approve (bool | Unset): Trigger: true approves a placed order. Refused to sales channels. Never
                returned.
            trigger_approve_and_capture (bool | Unset): Trigger: true approves a placed order and captures its
                authorization. Refused to sales channels. Never returned.
            trigger_authorize (bool | Unset): Trigger: true authorizes the payment source without placing the order. Never
                returned.
            trigger_authorization_amount_cents (int | Unset): Amount to authorize instead of the total, in cents; goes with
                _authorize. Never returned.
            trigger_capture (bool | Unset): Trigger: true captures what an order has authorized, in full. Refused to sales
                channels. Never returned.
            trigger_refund (bool | Unset): Trigger: true refunds what an order has captured, in full; the order is then
                cancelled. Refused to sales channels. Never returned.
            trigger_fix_payment_source (bool | Unset): Trigger: true takes the payment source of the last authorization that
                succeeded, so that the order is placed and ready to be approved. Refused to sales channels. Never returned.
            trigger_nullify_payment_source (bool | Unset): Trigger: true drops the payment source from the order. Never
                returned.
            trigger_refresh (bool | Unset): Trigger: true recomputes the amounts of the order. Never returned.
            reference (None | str | Unset): Any text that identifies the resource in a system of yours.
            reference_origin (None | str | Unset): Name of the system that the reference belongs to.
            metadata (Metadata | None | Unset):
    """

    trigger_place: bool | Unset = UNSET
    trigger_cancel: bool | Unset = UNSET
    trigger_approve: bool | Unset = UNSET
    trigger_approve_and_capture: bool | Unset = UNSET
    trigger_authorize: bool | Unset = UNSET
    trigger_authorization_amount_cents: int | Unset = UNSET
    trigger_capture: bool | Unset = UNSET
    trigger_refund: bool | Unset = UNSET
    trigger_fix_payment_source: bool | Unset = UNSET
    trigger_nullify_payment_source: bool | Unset = UNSET
    trigger_refresh: bool | Unset = UNSET
    reference: None | str | Unset = UNSET
    reference_origin: None | str | Unset = UNSET
    metadata: Metadata | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.metadata import Metadata  # noqa: PLC0415

        trigger_place = self.trigger_place

        trigger_cancel = self.trigger_cancel

        trigger_approve = self.trigger_approve

        trigger_approve_and_capture = self.trigger_approve_and_capture

        trigger_authorize = self.trigger_authorize

        trigger_authorization_amount_cents = self.trigger_authorization_amount_cents

        trigger_capture = self.trigger_capture

        trigger_refund = self.trigger_refund

        trigger_fix_payment_source = self.trigger_fix_payment_source

        trigger_nullify_payment_source = self.trigger_nullify_payment_source

        trigger_refresh = self.trigger_refresh

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
        if trigger_place is not UNSET:
            field_dict["_place"] = trigger_place
        if trigger_cancel is not UNSET:
            field_dict["_cancel"] = trigger_cancel
        if trigger_approve is not UNSET:
            field_dict["_approve"] = trigger_approve
        if trigger_approve_and_capture is not UNSET:
            field_dict["_approve_and_capture"] = trigger_approve_and_capture
        if trigger_authorize is not UNSET:
            field_dict["_authorize"] = trigger_authorize
        if trigger_authorization_amount_cents is not UNSET:
            field_dict["_authorization_amount_cents"] = (
                trigger_authorization_amount_cents
            )
        if trigger_capture is not UNSET:
            field_dict["_capture"] = trigger_capture
        if trigger_refund is not UNSET:
            field_dict["_refund"] = trigger_refund
        if trigger_fix_payment_source is not UNSET:
            field_dict["_fix_payment_source"] = trigger_fix_payment_source
        if trigger_nullify_payment_source is not UNSET:
            field_dict["_nullify_payment_source"] = trigger_nullify_payment_source
        if trigger_refresh is not UNSET:
            field_dict["_refresh"] = trigger_refresh
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
        trigger_place = d.pop("_place", UNSET)

        trigger_cancel = d.pop("_cancel", UNSET)

        trigger_approve = d.pop("_approve", UNSET)

        trigger_approve_and_capture = d.pop("_approve_and_capture", UNSET)

        trigger_authorize = d.pop("_authorize", UNSET)

        trigger_authorization_amount_cents = d.pop("_authorization_amount_cents", UNSET)

        trigger_capture = d.pop("_capture", UNSET)

        trigger_refund = d.pop("_refund", UNSET)

        trigger_fix_payment_source = d.pop("_fix_payment_source", UNSET)

        trigger_nullify_payment_source = d.pop("_nullify_payment_source", UNSET)

        trigger_refresh = d.pop("_refresh", UNSET)

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

        order_update_attributes = cls(
            trigger_place=trigger_place,
            trigger_cancel=trigger_cancel,
            trigger_approve=trigger_approve,
            trigger_approve_and_capture=trigger_approve_and_capture,
            trigger_authorize=trigger_authorize,
            trigger_authorization_amount_cents=trigger_authorization_amount_cents,
            trigger_capture=trigger_capture,
            trigger_refund=trigger_refund,
            trigger_fix_payment_source=trigger_fix_payment_source,
            trigger_nullify_payment_source=trigger_nullify_payment_source,
            trigger_refresh=trigger_refresh,
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        return order_update_attributes
