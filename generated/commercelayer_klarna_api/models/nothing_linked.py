from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="NothingLinked")


@_attrs_define
class NothingLinked:
    """No relationships. Commerce Layer's own client sends an empty object where none may be changed."""

    def to_dict(self) -> dict[str, Any]:

        field_dict: dict[str, Any] = {}

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        nothing_linked = cls()

        return nothing_linked
