from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.resource_links import ResourceLinks
    from ..models.resource_meta import ResourceMeta
    from ..models.void_attributes import VoidAttributes
    from ..models.void_relationships import VoidRelationships


T = TypeVar("T", bound="Void")


@_attrs_define
class Void:
    """A void.

    Attributes:
        id (str): Id of the void.
        type_ (str): Always voids.
        links (ResourceLinks | Unset): Links of a resource.
        attributes (Any | Unset | VoidAttributes): The attributes of a void, all of them or those that were asked for.
        relationships (VoidRelationships | Unset): Relationships of a void. event_stores cannot be included.
        meta (ResourceMeta | Unset): Meta information of a resource.
    """

    id: str
    type_: str
    links: ResourceLinks | Unset = UNSET
    attributes: Any | Unset | VoidAttributes = UNSET
    relationships: VoidRelationships | Unset = UNSET
    meta: ResourceMeta | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.void_attributes import VoidAttributes  # noqa: PLC0415

        id = self.id

        type_ = self.type_

        links: dict[str, Any] | Unset = UNSET
        if not isinstance(self.links, Unset):
            links = self.links.to_dict()

        attributes: Any | dict[str, Any] | Unset
        if isinstance(self.attributes, Unset):
            attributes = UNSET
        elif isinstance(self.attributes, VoidAttributes):
            attributes = self.attributes.to_dict()
        else:
            attributes = self.attributes

        relationships: dict[str, Any] | Unset = UNSET
        if not isinstance(self.relationships, Unset):
            relationships = self.relationships.to_dict()

        meta: dict[str, Any] | Unset = UNSET
        if not isinstance(self.meta, Unset):
            meta = self.meta.to_dict()

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
        from ..models.resource_links import ResourceLinks  # noqa: PLC0415
        from ..models.resource_meta import ResourceMeta  # noqa: PLC0415
        from ..models.void_attributes import VoidAttributes  # noqa: PLC0415
        from ..models.void_relationships import VoidRelationships  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        type_ = d.pop("type")

        _links = d.pop("links", UNSET)
        links: ResourceLinks | Unset
        if isinstance(_links, Unset):
            links = UNSET
        else:
            links = ResourceLinks.from_dict(_links)

        def _parse_attributes(data: object) -> Any | Unset | VoidAttributes:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_void_fieldset_type_0 = VoidAttributes.from_dict(data)

                return componentsschemas_void_fieldset_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("Any | Unset | VoidAttributes", data)

        attributes = _parse_attributes(d.pop("attributes", UNSET))

        _relationships = d.pop("relationships", UNSET)
        relationships: VoidRelationships | Unset
        if isinstance(_relationships, Unset):
            relationships = UNSET
        else:
            relationships = VoidRelationships.from_dict(_relationships)

        _meta = d.pop("meta", UNSET)
        meta: ResourceMeta | Unset
        if isinstance(_meta, Unset):
            meta = UNSET
        else:
            meta = ResourceMeta.from_dict(_meta)

        void = cls(
            id=id,
            type_=type_,
            links=links,
            attributes=attributes,
            relationships=relationships,
            meta=meta,
        )

        void.additional_properties = d
        return void

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
