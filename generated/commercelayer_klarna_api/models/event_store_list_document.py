from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.event_store import EventStore
    from ..models.list_links import ListLinks


T = TypeVar("T", bound="EventStoreListDocument")


@_attrs_define
class EventStoreListDocument:
    """A page of event stores. meta has no counts.

    Attributes:
        data (list[EventStore]):
        links (ListLinks | Unset): Links of a page; prev is absent on the first page and next on the last.
        meta (Any | Unset): Any JSON value.
    """

    data: list[EventStore]
    links: ListLinks | Unset = UNSET
    meta: Any | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        links: dict[str, Any] | Unset = UNSET
        if not isinstance(self.links, Unset):
            links = self.links.to_dict()

        meta = self.meta

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "data": data,
            }
        )
        if links is not UNSET:
            field_dict["links"] = links
        if meta is not UNSET:
            field_dict["meta"] = meta

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.event_store import EventStore  # noqa: PLC0415
        from ..models.list_links import ListLinks  # noqa: PLC0415

        d = dict(src_dict)
        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = EventStore.from_dict(data_item_data)

            data.append(data_item)

        _links = d.pop("links", UNSET)
        links: ListLinks | Unset
        if isinstance(_links, Unset):
            links = UNSET
        else:
            links = ListLinks.from_dict(_links)

        meta = d.pop("meta", UNSET)

        event_store_list_document = cls(
            data=data,
            links=links,
            meta=meta,
        )

        event_store_list_document.additional_properties = d
        return event_store_list_document

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
