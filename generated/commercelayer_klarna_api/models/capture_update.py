from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.capture_update_attributes import CaptureUpdateAttributes
    from ..models.nothing_linked import NothingLinked


T = TypeVar("T", bound="CaptureUpdate")


@_attrs_define
class CaptureUpdate:
    """Changes to a capture.

    Attributes:
        type_ (Literal['captures']):  Default: 'captures'.
        id (str): Id of the capture; the same as in the path.
        attributes (CaptureUpdateAttributes | Unset): Attributes of a capture that may be changed, and its triggers;
            what is not sent stays as it is. Refused to sales channels.
        relationships (NothingLinked | Unset): No relationships. Commerce Layer's own client sends an empty object where
            none may be changed.
    """

    id: str
    type_: Literal["captures"] = "captures"
    attributes: CaptureUpdateAttributes | Unset = UNSET
    relationships: NothingLinked | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        id = self.id

        attributes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.attributes, Unset):
            attributes = self.attributes.to_dict()

        relationships: dict[str, Any] | Unset = UNSET
        if not isinstance(self.relationships, Unset):
            relationships = self.relationships.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "id": id,
            }
        )
        if attributes is not UNSET:
            field_dict["attributes"] = attributes
        if relationships is not UNSET:
            field_dict["relationships"] = relationships

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.capture_update_attributes import CaptureUpdateAttributes  # noqa: PLC0415
        from ..models.nothing_linked import NothingLinked  # noqa: PLC0415

        d = dict(src_dict)
        type_ = cast("Literal['captures']", d.pop("type"))
        if type_ != "captures":
            raise ValueError(f"type must match const 'captures', got '{type_}'")

        id = d.pop("id")

        _attributes = d.pop("attributes", UNSET)
        attributes: CaptureUpdateAttributes | Unset
        if isinstance(_attributes, Unset):
            attributes = UNSET
        else:
            attributes = CaptureUpdateAttributes.from_dict(_attributes)

        _relationships = d.pop("relationships", UNSET)
        relationships: NothingLinked | Unset
        if isinstance(_relationships, Unset):
            relationships = UNSET
        else:
            relationships = NothingLinked.from_dict(_relationships)

        capture_update = cls(
            type_=type_,
            id=id,
            attributes=attributes,
            relationships=relationships,
        )

        return capture_update
