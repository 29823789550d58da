from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.to_many_relationship import ToManyRelationship
    from ..models.to_one_relationship import ToOneRelationship


T = TypeVar("T", bound="OrderRelationships")


@_attrs_define
class OrderRelationships:
    """Relationships of an order that matter around a payment. event_stores cannot be included.

    Attributes:
        market (ToOneRelationship | Unset): A relationship to one resource; data is there only when it was included.
        customer (ToOneRelationship | Unset): A relationship to one resource; data is there only when it was included.
        shipping_address (ToOneRelationship | Unset): A relationship to one resource; data is there only when it was
            included.
        billing_address (ToOneRelationship | Unset): A relationship to one resource; data is there only when it was
            included.
        payment_method (ToOneRelationship | Unset): A relationship to one resource; data is there only when it was
            included.
        payment_source (ToOneRelationship | Unset): A relationship to one resource; data is there only when it was
            included.
        available_payment_methods (ToManyRelationship | Unset): A relationship to many resources; data is there only
            when it was included.
        line_items (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
        shipments (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
        transactions (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
        authorizations (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
        captures (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
        voids (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was included.
        refunds (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was included.
        events (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was included.
        tags (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was included.
        event_stores (ToManyRelationship | Unset): A relationship to many resources; data is there only when it was
            included.
    """

    market: ToOneRelationship | Unset = UNSET
    customer: ToOneRelationship | Unset = UNSET
    shipping_address: ToOneRelationship | Unset = UNSET
    billing_address: ToOneRelationship | Unset = UNSET
    payment_method: ToOneRelationship | Unset = UNSET
    payment_source: ToOneRelationship | Unset = UNSET
    available_payment_methods: ToManyRelationship | Unset = UNSET
    line_items: ToManyRelationship | Unset = UNSET
    shipments: ToManyRelationship | Unset = UNSET
    transactions: ToManyRelationship | Unset = UNSET
    authorizations: ToManyRelationship | Unset = UNSET
    captures: ToManyRelationship | Unset = UNSET
    voids: ToManyRelationship | Unset = UNSET
    refunds: ToManyRelationship | Unset = UNSET
    events: ToManyRelationship | Unset = UNSET
    tags: ToManyRelationship | Unset = UNSET
    event_stores: ToManyRelationship | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        market: dict[str, Any] | Unset = UNSET
        if not isinstance(self.market, Unset):
            market = self.market.to_dict()

        customer: dict[str, Any] | Unset = UNSET
        if not isinstance(self.customer, Unset):
            customer = self.customer.to_dict()

        shipping_address: dict[str, Any] | Unset = UNSET
        if not isinstance(self.shipping_address, Unset):
            shipping_address = self.shipping_address.to_dict()

        billing_address: dict[str, Any] | Unset = UNSET
        if not isinstance(self.billing_address, Unset):
            billing_address = self.billing_address.to_dict()

        payment_method: dict[str, Any] | Unset = UNSET
        if not isinstance(self.payment_method, Unset):
            payment_method = self.payment_method.to_dict()

        payment_source: dict[str, Any] | Unset = UNSET
        if not isinstance(self.payment_source, Unset):
            payment_source = self.payment_source.to_dict()

        available_payment_methods: dict[str, Any] | Unset = UNSET
        if not isinstance(self.available_payment_methods, Unset):
            available_payment_methods = self.available_payment_methods.to_dict()

        line_items: dict[str, Any] | Unset = UNSET
        if not isinstance(self.line_items, Unset):
            line_items = self.line_items.to_dict()

        shipments: dict[str, Any] | Unset = UNSET
        if not isinstance(self.shipments, Unset):
            shipments = self.shipments.to_dict()

        transactions: dict[str, Any] | Unset = UNSET
        if not isinstance(self.transactions, Unset):
            transactions = self.transactions.to_dict()

        authorizations: dict[str, Any] | Unset = UNSET
        if not isinstance(self.authorizations, Unset):
            authorizations = self.authorizations.to_dict()

        captures: dict[str, Any] | Unset = UNSET
        if not isinstance(self.captures, Unset):
            captures = self.captures.to_dict()

        voids: dict[str, Any] | Unset = UNSET
        if not isinstance(self.voids, Unset):
            voids = self.voids.to_dict()

        refunds: dict[str, Any] | Unset = UNSET
        if not isinstance(self.refunds, Unset):
            refunds = self.refunds.to_dict()

        events: dict[str, Any] | Unset = UNSET
        if not isinstance(self.events, Unset):
            events = self.events.to_dict()

        tags: dict[str, Any] | Unset = UNSET
        if not isinstance(self.tags, Unset):
            tags = self.tags.to_dict()

        event_stores: dict[str, Any] | Unset = UNSET
        if not isinstance(self.event_stores, Unset):
            event_stores = self.event_stores.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if market is not UNSET:
            field_dict["market"] = market
        if customer is not UNSET:
            field_dict["customer"] = customer
        if shipping_address is not UNSET:
            field_dict["shipping_address"] = shipping_address
        if billing_address is not UNSET:
            field_dict["billing_address"] = billing_address
        if payment_method is not UNSET:
            field_dict["payment_method"] = payment_method
        if payment_source is not UNSET:
            field_dict["payment_source"] = payment_source
        if available_payment_methods is not UNSET:
            field_dict["available_payment_methods"] = available_payment_methods
        if line_items is not UNSET:
            field_dict["line_items"] = line_items
        if shipments is not UNSET:
            field_dict["shipments"] = shipments
        if transactions is not UNSET:
            field_dict["transactions"] = transactions
        if authorizations is not UNSET:
            field_dict["authorizations"] = authorizations
        if captures is not UNSET:
            field_dict["captures"] = captures
        if voids is not UNSET:
            field_dict["voids"] = voids
        if refunds is not UNSET:
            field_dict["refunds"] = refunds
        if events is not UNSET:
            field_dict["events"] = events
        if tags is not UNSET:
            field_dict["tags"] = tags
        if event_stores is not UNSET:
            field_dict["event_stores"] = event_stores

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.to_many_relationship import ToManyRelationship  # noqa: PLC0415
        from ..models.to_one_relationship import ToOneRelationship  # noqa: PLC0415

        d = dict(src_dict)
        _market = d.pop("market", UNSET)
        market: ToOneRelationship | Unset
        if isinstance(_market, Unset):
            market = UNSET
        else:
            market = ToOneRelationship.from_dict(_market)

        _customer = d.pop("customer", UNSET)
        customer: ToOneRelationship | Unset
        if isinstance(_customer, Unset):
            customer = UNSET
        else:
            customer = ToOneRelationship.from_dict(_customer)

        _shipping_address = d.pop("shipping_address", UNSET)
        shipping_address: ToOneRelationship | Unset
        if isinstance(_shipping_address, Unset):
            shipping_address = UNSET
        else:
            shipping_address = ToOneRelationship.from_dict(_shipping_address)

        _billing_address = d.pop("billing_address", UNSET)
        billing_address: ToOneRelationship | Unset
        if isinstance(_billing_address, Unset):
            billing_address = UNSET
        else:
            billing_address = ToOneRelationship.from_dict(_billing_address)

        _payment_method = d.pop("payment_method", UNSET)
        payment_method: ToOneRelationship | Unset
        if isinstance(_payment_method, Unset):
            payment_method = UNSET
        else:
            payment_method = ToOneRelationship.from_dict(_payment_method)

        _payment_source = d.pop("payment_source", UNSET)
        payment_source: ToOneRelationship | Unset
        if isinstance(_payment_source, Unset):
            payment_source = UNSET
        else:
            payment_source = ToOneRelationship.from_dict(_payment_source)

        _available_payment_methods = d.pop("available_payment_methods", UNSET)
        available_payment_methods: ToManyRelationship | Unset
        if isinstance(_available_payment_methods, Unset):
            available_payment_methods = UNSET
        else:
            available_payment_methods = ToManyRelationship.from_dict(
                _available_payment_methods
            )

        _line_items = d.pop("line_items", UNSET)
        line_items: ToManyRelationship | Unset
        if isinstance(_line_items, Unset):
            line_items = UNSET
        else:
            line_items = ToManyRelationship.from_dict(_line_items)

        _shipments = d.pop("shipments", UNSET)
        shipments: ToManyRelationship | Unset
        if isinstance(_shipments, Unset):
            shipments = UNSET
        else:
            shipments = ToManyRelationship.from_dict(_shipments)

        _transactions = d.pop("transactions", UNSET)
        transactions: ToManyRelationship | Unset
        if isinstance(_transactions, Unset):
            transactions = UNSET
        else:
            transactions = ToManyRelationship.from_dict(_transactions)

        _authorizations = d.pop("authorizations", UNSET)
        authorizations: ToManyRelationship | Unset
        if isinstance(_authorizations, Unset):
            authorizations = UNSET
        else:
            authorizations = ToManyRelationship.from_dict(_authorizations)

        _captures = d.pop("captures", UNSET)
        captures: ToManyRelationship | Unset
        if isinstance(_captures, Unset):
            captures = UNSET
        else:
            captures = ToManyRelationship.from_dict(_captures)

        _voids = d.pop("voids", UNSET)
        voids: ToManyRelationship | Unset
        if isinstance(_voids, Unset):
            voids = UNSET
        else:
            voids = ToManyRelationship.from_dict(_voids)

        _refunds = d.pop("refunds", UNSET)
        refunds: ToManyRelationship | Unset
        if isinstance(_refunds, Unset):
            refunds = UNSET
        else:
            refunds = ToManyRelationship.from_dict(_refunds)

        _events = d.pop("events", UNSET)
        events: ToManyRelationship | Unset
        if isinstance(_events, Unset):
            events = UNSET
        else:
            events = ToManyRelationship.from_dict(_events)

        _tags = d.pop("tags", UNSET)
        tags: ToManyRelationship | Unset
        if isinstance(_tags, Unset):
            tags = UNSET
        else:
            tags = ToManyRelationship.from_dict(_tags)

        _event_stores = d.pop("event_stores", UNSET)
        event_stores: ToManyRelationship | Unset
        if isinstance(_event_stores, Unset):
            event_stores = UNSET
        else:
            event_stores = ToManyRelationship.from_dict(_event_stores)

        order_relationships = cls(
            market=market,
            customer=customer,
            shipping_address=shipping_address,
            billing_address=billing_address,
            payment_method=payment_method,
            payment_source=payment_source,
            available_payment_methods=available_payment_methods,
            line_items=line_items,
            shipments=shipments,
            transactions=transactions,
            authorizations=authorizations,
            captures=captures,
            voids=voids,
            refunds=refunds,
            events=events,
            tags=tags,
            event_stores=event_stores,
        )

        order_relationships.additional_properties = d
        return order_relationships

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
