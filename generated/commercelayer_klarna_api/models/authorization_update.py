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
    from ..models.authorization_update_attributes import AuthorizationUpdateAttributes
    from ..models.nothing_linked import NothingLinked


T = TypeVar("T", bound="AuthorizationUpdate")


@_attrs_define
class AuthorizationUpdate:
    """Changes to an authorization.

    Attributes:
        type_ (Literal['authorizations']):  Default: 'authorizations'.
        id (str): Id of the authorization; the same as in the path.
        attributes (AuthorizationUpdateAttributes | Unset): Attributes of an authorization that may be changed, and its
            triggers; what is not sent stays as it is. Refused to sales channels.
        relationships (NothingLinked | Unset): No relationships. Commerce Layer's own client sends an empty object where
            none may be changed.
    """

    id: str
    type_: Literal["authorizations"] = "authorizations"
    attributes: AuthorizationUpdateAttributes | Unset = UNSET
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
        from ..models.authorization_update_attributes import (
            AuthorizationUpdateAttributes,  # noqa: PLC0415
        )
        from ..models.nothing_linked import NothingLinked  # noqa: PLC0415

        d = dict(src_dict)
        type_ = cast("Literal['authorizations']", d.pop("type"))
        if type_ != "authorizations":
            raise ValueError(f"type must match const 'authorizations', got '{type_}'")

        id = d.pop("id")

        _attributes = d.pop("attributes", UNSET)
        attributes: AuthorizationUpdateAttributes | Unset
        if isinstance(_attributes, Unset):
            attributes = UNSET
        else:
            attributes = AuthorizationUpdateAttributes.from_dict(_attributes)

        _relationships = d.pop("relationships", UNSET)
        relationships: NothingLinked | Unset
        if isinstance(_relationships, Unset):
            relationships = UNSET
        else:
            relationships = NothingLinked.from_dict(_relationships)

        authorization_update = cls(
            type_=type_,
            id=id,
            attributes=attributes,
            relationships=relationships,
        )

        return authorization_update
