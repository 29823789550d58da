"""The resource types as one table: what each has, and what may be done with it.

The engine is generic over these rows. Flags are the API's own catalogue where it could be read (klarna_payments, the
gateways' sort order) and inferred for the neighbours, of which only the part around a Klarna payment is modelled.
A row that is modelled in part says so, so that a refusal can say so too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from commercelayer_klarna.sandbox.api.wire import JSON

Kind = Literal["id", "string", "datetime", "boolean", "integer", "number", "object", "array"]
Action = Literal["list", "retrieve", "create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute and what a request may do with it."""

    name: str
    kind: Kind
    creatable: bool = False
    updatable: bool = False
    filterable: bool = False
    sortable: bool = False
    returned: bool = True
    nullable: bool = True

    def accepts(self, value: JSON) -> bool:
        """Whether the value has the attribute's JSON type. unknown: whether the API would convert others."""
        if value is None:
            return self.nullable
        match self.kind:
            case "object":
                return isinstance(value, dict)
            case "array":
                return isinstance(value, list)
            case "boolean":
                return isinstance(value, bool)
            case "integer":
                return isinstance(value, int) and not isinstance(value, bool)
            case "number":
                return isinstance(value, int | float) and not isinstance(value, bool)
            case "id" | "string" | "datetime":
                return isinstance(value, str)


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship; a has-many is the inverse of a to-one relationship of its target."""

    name: str
    target: str
    many: bool = False
    inverse: str = ""
    creatable: bool = False
    updatable: bool = False
    required: bool = False
    includable: bool = True
    filterable: bool = False


@dataclass(frozen=True)
class ResourceType:
    """One resource type."""

    name: str
    attributes: Mapping[str, Attribute]
    relationships: Mapping[str, Relationship]
    actions: frozenset[Action]
    triggers: frozenset[str] = frozenset()
    # What a sales channel may do; integrations may do all.
    sales_channel: frozenset[Action] = frozenset()
    # The table of the records: the generic gateway is another view of the Klarna gateways.
    table: str = ""
    # The resource_type in event stores: the base type for gateways.
    events_as: str = ""
    cursor_paged: bool = False
    # The API has more attributes and relationships, or more ways to filter and sort by them.
    partial: bool = False
    # The API takes more writes.
    writes_elsewhere: bool = False
    fields: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        returned = (row.name for row in self.attributes.values() if row.returned)
        object.__setattr__(self, "fields", frozenset(["id", *returned, *self.relationships]))
        object.__setattr__(self, "table", self.table or self.name)
        object.__setattr__(self, "events_as", self.events_as or self.name)


def _named(rows: Iterable[Attribute]) -> dict[str, Attribute]:
    return {row.name: row for row in rows}


def _related(*rows: Relationship) -> dict[str, Relationship]:
    return {row.name: row for row in rows}


_ID = Attribute("id", "id", filterable=True, sortable=True, returned=False, nullable=False)


def _common(*, creatable: bool = False, updatable: bool = False) -> list[Attribute]:
    """Return the five attributes that every resource ends with."""
    return [
        Attribute("created_at", "datetime", filterable=True, sortable=True, nullable=False),
        Attribute("updated_at", "datetime", filterable=True, sortable=True, nullable=False),
        Attribute("reference", "string", creatable, updatable, filterable=True, sortable=True),
        Attribute("reference_origin", "string", creatable, updatable, filterable=True, sortable=True),
        Attribute("metadata", "object", creatable, updatable, filterable=True),
    ]


def _money(name: str, *, comparable: bool = False) -> list[Attribute]:
    return [
        Attribute(f"{name}_amount_cents", "integer", filterable=comparable, sortable=comparable),
        Attribute(f"{name}_amount_float", "number"),
        Attribute(f"formatted_{name}_amount", "string"),
    ]


_EVENT_STORES = Relationship("event_stores", "event_stores", many=True, includable=False)

_KLARNA_PAYMENTS = ResourceType(
    "klarna_payments",
    _named(
        [
            _ID,
            Attribute("session_id", "string"),
            Attribute("client_token", "string"),
            Attribute("payment_methods", "array", nullable=False),
            Attribute("auth_token", "string", updatable=True),
            # Flagged filterable although computed. unknown: whether the filter works; here it does.
            Attribute("mismatched_amounts", "boolean", filterable=True),
            Attribute("payment_instrument", "object"),
            *_common(creatable=True, updatable=True),
        ]
    ),
    _related(
        Relationship("order", "orders", creatable=True, updatable=True, required=True, filterable=True),
        # inferred: the generic type, since the relationship is not flagged polymorphic.
        Relationship("payment_gateway", "payment_gateways"),
        _EVENT_STORES,
    ),
    frozenset({"list", "retrieve", "create", "update", "delete"}),
    triggers=frozenset({"_update"}),
    sales_channel=frozenset({"retrieve", "create", "update", "delete"}),
)

MONEY = (
    *("subtotal", "shipping", "payment_method", "discount", "adjustment", "gift_card", "total_tax", "total"),
    *("total_taxable", "total_amount_with_taxes", "fees", "duty", "place_total"),
)
# The one triple whose name already says amount.
_WITH_TAXES = [
    Attribute("total_amount_with_taxes_cents", "integer"),
    Attribute("total_amount_with_taxes_float", "number"),
    Attribute("formatted_total_amount_with_taxes", "string"),
]
# The flags are those of the official client's types.
_ORDER_FILTERS = {
    *("number", "status", "payment_status", "fulfillment_status", "customer_email", "language_code", "currency_code"),
    *("country_code", "coupon_code", "gift_card_code", "token", "guest", "tax_included"),
}
_ORDER_SORTS = {
    *("number", "status", "payment_status", "fulfillment_status", "language_code", "currency_code"),
    *("country_code", "coupon_code", "gift_card_code", "guest", "tax_included"),
}
_ORDER_STRINGS = (
    *("number", "status", "payment_status", "fulfillment_status", "customer_email", "language_code", "currency_code"),
    *("country_code", "coupon_code", "gift_card_code", "token", "return_url", "terms_url", "privacy_url", "cart_url"),
    # A float in the API's schema, a string on its wire.
    *("checkout_url", "tax_rate"),
)
_ORDER_NAMES: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("string", _ORDER_STRINGS),
    ("boolean", ("guest", "editable", "autorefresh", "tax_included", "requires_billing_info")),
)
# What a request may change. inferred: the rest follows from parts of an order that are not modelled.
ORDER_EDITS = (
    *("customer_email", "language_code", "return_url", "terms_url", "privacy_url", "cart_url"),
    *("guest", "autorefresh", "requires_billing_info"),
)
_ORDER_DATES = (
    *("placed_at", "approved_at", "cancelled_at", "payment_updated_at", "fulfillment_updated_at", "refreshed_at"),
    *("archived_at", "expires_at", "subscription_created_at"),
)
_ORDER_COUNTS = (
    *("skus_count", "line_item_options_count", "shipments_count", "tax_calculations_count", "validations_count"),
    "errors_count",
)

_ORDERS = ResourceType(
    "orders",
    _named(
        [
            _ID,
            *(
                Attribute(
                    name,
                    kind,
                    updatable=name in ORDER_EDITS,
                    filterable=name in _ORDER_FILTERS,
                    sortable=name in _ORDER_SORTS,
                )
                for kind, names in _ORDER_NAMES
                for name in names
            ),
            *(
                row
                for name in MONEY
                if name != "total_amount_with_taxes"
                for row in _money(name, comparable=name not in ("total_taxable", "place_total"))
            ),
            *_WITH_TAXES,
            *(Attribute(name, "integer") for name in _ORDER_COUNTS),
            Attribute("payment_source_details", "object"),
            *(Attribute(name, "datetime", filterable=True, sortable=True) for name in _ORDER_DATES),
            *_common(updatable=True),
        ]
    ),
    _related(
        Relationship("market", "markets", filterable=True),
        Relationship("payment_method", "payment_methods", updatable=True, filterable=True),
        Relationship("payment_source", "klarna_payments"),
        _EVENT_STORES,
    ),
    frozenset({"list", "retrieve", "update"}),
    triggers=frozenset({"_place", "_nullify_payment_source", "_refresh"}),
    # inferred: a checkout reads and places its order with a sales channel's token, and may not list orders.
    sales_channel=frozenset({"retrieve", "update"}),
    partial=True,
    writes_elsewhere=True,
)


def _gateway(name: str, extra: Relationship | None = None) -> ResourceType:
    relationships = [
        Relationship("payment_methods", "payment_methods", many=True, inverse="payment_gateway", filterable=True),
        _EVENT_STORES,
    ]
    if extra is not None:
        relationships.append(extra)
    return ResourceType(
        name,
        _named(
            [
                _ID,
                Attribute("name", "string", filterable=True, sortable=True, nullable=False),
                Attribute("force_payments", "boolean"),
                Attribute("credential_keys", "object"),
                Attribute("disabled_at", "datetime", filterable=True, sortable=True),
                *_common(),
            ]
        ),
        _related(*relationships),
        frozenset({"list", "retrieve"}),
        table="klarna_gateways",
        events_as="payment_gateways",
        writes_elsewhere=extra is not None,
    )


_PAYMENT_METHODS = ResourceType(
    "payment_methods",
    _named(
        [
            _ID,
            *(
                Attribute(name, "string", filterable=True, sortable=True)
                for name in ("name", "payment_source_type", "currency_code")
            ),
            *(Attribute(name, "boolean") for name in ("moto", "require_capture", "auto_place", "auto_capture")),
            *_money("price", comparable=True),
            Attribute("disabled_at", "datetime", filterable=True, sortable=True),
            *_common(),
        ]
    ),
    _related(
        Relationship("market", "markets", filterable=True),
        Relationship("payment_gateway", "payment_gateways", filterable=True),
        _EVENT_STORES,
    ),
    frozenset({"retrieve"}),
    # inferred: the documented checkout reads its order together with the payment method.
    sales_channel=frozenset({"retrieve"}),
    partial=True,
    writes_elsewhere=True,
)

_MARKETS = ResourceType(
    "markets",
    _named(
        [
            _ID,
            Attribute("name", "string", filterable=True, sortable=True),
            Attribute("code", "string", filterable=True, sortable=True),
            Attribute("disabled_at", "datetime", filterable=True, sortable=True),
            *_common(),
        ]
    ),
    _related(_EVENT_STORES),
    frozenset({"retrieve"}),
    sales_channel=frozenset({"retrieve"}),
    partial=True,
    writes_elsewhere=True,
)

_EVENT_STORE = ResourceType(
    "event_stores",
    _named(
        [
            # Documented as not sortable; the catalogue and the vendor's dashboard sort by id.
            Attribute("id", "id", sortable=True, returned=False, nullable=False),
            *(Attribute(name, "string") for name in ("resource_type", "resource_id", "event")),
            *(Attribute(name, "object") for name in ("payload", "who")),
            *(Attribute(name, "datetime") for name in ("created_at", "updated_at")),
            # Objects here, whatever the API's schema says.
            *(Attribute(name, "object") for name in ("reference", "reference_origin", "metadata")),
        ]
    ),
    {},
    frozenset({"retrieve"}),
    cursor_paged=True,
)

RESOURCES: Mapping[str, ResourceType] = {
    resource.name: resource
    for resource in (
        _KLARNA_PAYMENTS,
        _ORDERS,
        _gateway("payment_gateways"),
        _gateway(
            "klarna_gateways",
            Relationship("klarna_payments", "klarna_payments", many=True, inverse="payment_gateway", filterable=True),
        ),
        _PAYMENT_METHODS,
        _MARKETS,
        _EVENT_STORE,
    )
}
