from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Resource")


@_attrs_define
class Resource:
    """A resource of any type, as it stands in included.

    Attributes:
        id (str): Id of the resource.
        type_ (str): Type of the resource, in the plural.
        links (Any | Unset): Any JSON value.
        attributes (Any | Unset): Any JSON value.
        relationships (Any | Unset): Any JSON value.
        meta (Any | Unset): Any JSON value.
    """

    id: str
    type_: str
    links: Any | Unset = UNSET
    attributes: Any | Unset = UNSET
    relationships: Any | Unset = UNSET
    meta: Any | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        type_ = self.type_

        links = self.links

        attributes = self.attributes

        relationships = self.relationships

        meta = self.meta

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "type": type_,
            }
        )
        if links is not UNSET:
            field_dict["links"] = links
        if attributes is not UNSET:
            field_dict["attributes"] = attributes
        if relationships is not UNSET:
            field_dict["relationships"] = relationships
        if meta is not UNSET:
            field_dict["meta"] = meta

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        type_ = d.pop("type")

        links = d.pop("links", UNSET)

        attributes = d.pop("attributes", UNSET)

        relationships = d.pop("relationships", UNSET)

        meta = d.pop("meta", UNSET)

        resource = cls(
            id=id,
            type_=type_,
            links=links,
            attributes=attributes,
            relationships=relationships,
            meta=meta,
        )

        resource.additional_properties = d
        return resource

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
