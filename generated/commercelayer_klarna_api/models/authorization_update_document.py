from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.authorization_update import AuthorizationUpdate


T = TypeVar("T", bound="AuthorizationUpdateDocument")


@_attrs_define
class AuthorizationUpdateDocument:
    """The document that updates an authorization.

    Attributes:
        data (AuthorizationUpdate): Changes to an authorization.
    """

    data: AuthorizationUpdate

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
        from ..models.authorization_update import AuthorizationUpdate  # noqa: PLC0415

        d = dict(src_dict)
        data = AuthorizationUpdate.from_dict(d.pop("data"))

        authorization_update_document = cls(
            data=data,
        )

        return authorization_update_document
