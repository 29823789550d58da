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


T = TypeVar("T", bound="CaptureUpdate")


@_attrs_define
class CaptureUpdate:
    """Changes to a capture.

    Attributes:
        type_ (Literal['captures']):  Default: 'captures'.
        id (str): Id of the capture; the same as in the path.
        attributes (CaptureUpdateAttributes | Unset): Attributes of a capture that may be changed, and its triggers;
            what is not sent stays as it is. Refused to sales channels.
    """

    id: str
    type_: Literal["captures"] = "captures"
    attributes: CaptureUpdateAttributes | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        id = self.id

        attributes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.attributes, Unset):
            attributes = self.attributes.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "id": id,
            }
        )
        if attributes is not UNSET:
            field_dict["attributes"] = attributes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.capture_update_attributes import CaptureUpdateAttributes  # noqa: PLC0415

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

        capture_update = cls(
            type_=type_,
            id=id,
            attributes=attributes,
        )

        return capture_update
