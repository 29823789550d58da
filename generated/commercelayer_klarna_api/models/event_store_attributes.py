from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="EventStoreAttributes")


@_attrs_define
class EventStoreAttributes:
    """What happened to a resource, once. References and metadata are empty objects on the wire.

    Attributes:
        resource_type (None | str): Type of the resource, in the plural.
        resource_id (None | str): Id of the resource.
        event (None | str): Either create or update (open).
        payload (Any): For each attribute that changed, its value from before and to after.
        who (Any): The application, and the owner or worker, if any, that made the change.
        created_at (datetime.datetime): When the resource was created.
        updated_at (datetime.datetime): When the resource was last updated.
        reference (Any): Any JSON value.
        reference_origin (Any): Any JSON value.
        metadata (Any): Data of your own, an object of any JSON values; an update replaces it whole.
    """

    resource_type: None | str
    resource_id: None | str
    event: None | str
    payload: Any
    who: Any
    created_at: datetime.datetime
    updated_at: datetime.datetime
    reference: Any
    reference_origin: Any
    metadata: Any
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        resource_type: None | str
        resource_type = self.resource_type

        resource_id: None | str
        resource_id = self.resource_id

        event: None | str
        event = self.event

        payload = self.payload

        who = self.who

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        reference = self.reference

        reference_origin = self.reference_origin

        metadata = self.metadata

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "resource_type": resource_type,
                "resource_id": resource_id,
                "event": event,
                "payload": payload,
                "who": who,
                "created_at": created_at,
                "updated_at": updated_at,
                "reference": reference,
                "reference_origin": reference_origin,
                "metadata": metadata,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_resource_type(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        resource_type = _parse_resource_type(d.pop("resource_type"))

        def _parse_resource_id(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        resource_id = _parse_resource_id(d.pop("resource_id"))

        def _parse_event(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        event = _parse_event(d.pop("event"))

        payload = d.pop("payload")

        who = d.pop("who")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        reference = d.pop("reference")

        reference_origin = d.pop("reference_origin")

        metadata = d.pop("metadata")

        event_store_attributes = cls(
            resource_type=resource_type,
            resource_id=resource_id,
            event=event,
            payload=payload,
            who=who,
            created_at=created_at,
            updated_at=updated_at,
            reference=reference,
            reference_origin=reference_origin,
            metadata=metadata,
        )

        event_store_attributes.additional_properties = d
        return event_store_attributes

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
