from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.capture_update import CaptureUpdate


T = TypeVar("T", bound="CaptureUpdateDocument")


@_attrs_define
class CaptureUpdateDocument:
    """The document that updates a capture.

    Attributes:
        data (CaptureUpdate): Changes to a capture.
    """

    data: CaptureUpdate

    def to_dict(self) -> dict[str, Any]:
        data = self.data.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.capture_update import CaptureUpdate  # noqa: PLC0415

        d = dict(src_dict)
        data = CaptureUpdate.from_dict(d.pop("data"))

        capture_update_document = cls(
            data=data,
        )

        return capture_update_document
