"""The resource types as one table: what each has, and what may be done with it.

The engine is generic over these rows. Flags are the API's own catalogue where it could be read (klarna_payments, the
gateways' sort order) and inferred for the neighbours, of which only the part around a Klarna payment is modelled.
A row that is modelled in part says so, so that a refusal can say so too.

A payment source is a row with a gateway. A second one is ``evolve(_KLARNA_PAYMENTS, ...)`` with a name, attributes,
triggers and a gateway of its own, named in ``_PAYMENT_SOURCES``; what it does is up to ``payment_sources``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import Factory, field, frozen

from commercelayer_klarna.sandbox.api.json_bytes import JSON

Kind = Literal["id", "string", "datetime", "boolean", "integer", "number", "object", "array"]
Action = Literal["list", "retrieve", "create", "update", "delete"]

# The statuses of an order that can still change; it can no more once it is placed.
EDITABLE = ("draft", "pending")


@frozen
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
        """Return whether the value has the attribute's JSON type; texts are converted in ``documents``."""
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


@frozen
class Relationship:
    """One relationship; a has-many is the inverse of a to-one relationship of its target."""

    name: str
    target: str
    # The further types that a polymorphic one may lead to.
    others: tuple[str, ...] = ()
    many: bool = False
    inverse: str = ""
    creatable: bool = False
    updatable: bool = False
    required: bool = False
    includable: bool = True
    filterable: bool = False

    def targets(self) -> list[ResourceType]:
        """Return the types that it may lead to: one, unless it is polymorphic."""
        return [RESOURCES[name] for name in (self.target, *self.others)]

    def target_of(self, type_: str) -> ResourceType:
        """Return the type as which it shows a record: of a polymorphic one the record's own, else the generic one."""
        return RESOURCES[type_ if type_ in self.others else self.target]


def _fields_of(resource: ResourceType) -> frozenset[str]:
    returned = (row.name for row in resource.attributes.values() if row.returned)
    return frozenset(["id", *returned, *resource.relationships])


@frozen
class ResourceType:
    """One resource type."""

    name: str
    attributes: Mapping[str, Attribute]
    relationships: Mapping[str, Relationship]
    actions: frozenset[Action]
    triggers: frozenset[str] = frozenset()
    # The amounts that go with triggers.
    amounts: frozenset[str] = frozenset()
    # The triggers that a sales channel may not pull.
    prohibited: frozenset[str] = frozenset()
    # What a sales channel may do; integrations may do all.
    sales_channel: frozenset[Action] = frozenset()
    # Of a payment source: the type of its gateways.
    gateway: str = ""
    # The generic type that shows the same records, and under which event stores name them: gateways have one.
    base: str = ""
    cursor_paged: bool = False
    # The API has more attributes and relationships, or more ways to filter and sort by them.
    partial: bool = False
    # The API takes more writes.
    writes_elsewhere: bool = False
    # What sparse fields may name.
    fields: frozenset[str] = field(init=False, default=Factory(_fields_of, takes_self=True))

    @property
    def table(self) -> str:
        """The type under which the records are stored."""
        return self.base or self.name


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
    gateway="klarna_gateways",
)

_PAYMENT_SOURCES: tuple[ResourceType, ...] = (_KLARNA_PAYMENTS,)

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
    # A float in the API's schema, a string in its JSON.
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

_TRANSACTIONS = ("authorizations", "captures", "voids", "refunds")
# The triggers of orders that the catalogue keeps from sales channels.
_PROHIBITED = frozenset(
    {
        "_pending",
        "_approve",
        "_approve_and_capture",
        "_capture",
        "_refund",
        "_fulfill",
        "_start_editing",
        "_stop_editing",
    }
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
        Relationship(
            "payment_source",
            _KLARNA_PAYMENTS.name,
            others=tuple(row.name for row in _PAYMENT_SOURCES[1:]),
            updatable=True,
        ),
        *(Relationship(name, name, many=True, inverse="order") for name in _TRANSACTIONS),
        _EVENT_STORES,
    ),
    frozenset({"list", "retrieve", "update"}),
    triggers=frozenset({"_place", "_cancel", "_nullify_payment_source", "_refresh", "_authorize"} | _PROHIBITED),
    amounts=frozenset({"_authorization_amount_cents"}),
    prohibited=_PROHIBITED,
    # inferred: a checkout reads and places its order with a sales channel's token, and may not list orders.
    sales_channel=frozenset({"retrieve", "update"}),
    partial=True,
    writes_elsewhere=True,
)


def _balance(name: str) -> list[Attribute]:
    """Return the triple of an amount whose name says what it is already."""
    return [
        Attribute(f"{name}_cents", "integer"),
        Attribute(f"{name}_float", "number"),
        Attribute(f"formatted_{name}", "string"),
    ]


def _transactions(
    name: str, attributes: Iterable[Attribute], relationships: Iterable[Relationship], *triggers: str
) -> ResourceType:
    """Return the row of a kind of transactions. They come of triggers, and are never created or deleted."""
    texts = ("number", "currency_code", "message", "error_code", "error_detail", "token", "gateway_transaction_id")
    sortable = ("number",)
    return ResourceType(
        name,
        _named(
            [
                _ID,
                *(Attribute(each, "string", filterable=True, sortable=each in sortable) for each in texts),
                Attribute("payment_method_type", "string"),
                Attribute("amount_cents", "integer", filterable=True, sortable=True),
                Attribute("amount_float", "number"),
                Attribute("formatted_amount", "string"),
                Attribute("succeeded", "boolean", filterable=True, nullable=False),
                *attributes,
                *_common(updatable=True),
            ]
        ),
        _related(
            Relationship("order", "orders", filterable=True),
            Relationship(
                "payment_source",
                _KLARNA_PAYMENTS.name,
                others=tuple(row.name for row in _PAYMENT_SOURCES[1:]),
                filterable=True,
            ),
            *relationships,
            _EVENT_STORES,
        ),
        frozenset({"list", "retrieve", "update"}),
        triggers=frozenset(each for each in triggers if not each.endswith("_cents")),
        amounts=frozenset(each for each in triggers if each.endswith("_cents")),
        partial=True,
        writes_elsewhere=True,
    )


_OF_AUTHORIZATION = Relationship("reference_authorization", "authorizations", filterable=True)
_OF_CAPTURE = Relationship("reference_capture", "captures", filterable=True)
_CARD_CHECKS = ("cvv_code", "cvv_message", "avs_code", "avs_message", "fraud_review")
_TRANSACTION_TYPES = (
    _transactions(
        "authorizations",
        [
            *(Attribute(each, "string") for each in _CARD_CHECKS),
            *_balance("capture_amount"),
            *_balance("capture_balance"),
            *_balance("void_balance"),
        ],
        [
            Relationship("captures", "captures", many=True, inverse="reference_authorization"),
            Relationship("voids", "voids", many=True, inverse="reference_authorization"),
        ],
        *("_capture", "_capture_amount_cents", "_void", "_cancel", "_forward"),
    ),
    _transactions(
        "captures",
        [*_balance("refund_amount"), *_balance("refund_balance")],
        [_OF_AUTHORIZATION, Relationship("refunds", "refunds", many=True, inverse="reference_capture")],
        *("_refund", "_refund_amount_cents", "_forward"),
    ),
    _transactions("voids", [], [_OF_AUTHORIZATION], "_forward"),
    _transactions("refunds", [], [_OF_CAPTURE], "_forward"),
)


def _gateway(name: str, payments: str = "") -> ResourceType:
    """Return the row of a kind of gateways with its payments, or of the generic one."""
    relationships = [
        Relationship("payment_methods", "payment_methods", many=True, inverse="payment_gateway", filterable=True),
        _EVENT_STORES,
    ]
    if payments:
        relationships.append(Relationship(payments, payments, many=True, inverse="payment_gateway", filterable=True))
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
        base="payment_gateways",
        writes_elsewhere=bool(payments),
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

EXPORTS = "exports"
_EXPORT_TIMES = ("started_at", "completed_at", "estimated_completion_at", "interrupted_at")

_EXPORTS = ResourceType(
    EXPORTS,
    _named(
        [
            _ID,
            # The flags are those by which the official client's types let exports be sorted. inferred: filters as well.
            Attribute("resource_type", "string", creatable=True, filterable=True, sortable=True),
            Attribute("format", "string", creatable=True, filterable=True, sortable=True),
            Attribute("status", "string", filterable=True, sortable=True, nullable=False),
            Attribute("includes", "array", creatable=True),
            Attribute("fields", "array"),
            Attribute("filters", "object", creatable=True),
            *(Attribute(name, "boolean") for name in ("dry_data", "jwt_filters")),
            *(
                Attribute(name, "datetime", filterable=True, sortable=name != "estimated_completion_at")
                for name in _EXPORT_TIMES
            ),
            *(
                Attribute(name, "integer", filterable=True, sortable=True)
                for name in ("records_count", "processed_count")
            ),
            Attribute("progress", "number"),
            Attribute("attachment_url", "string", sortable=True),
            Attribute("errors_log", "object"),
            *_common(creatable=True),
        ]
    ),
    _related(_EVENT_STORES),
    frozenset({"list", "retrieve", "create"}),
    partial=True,
    writes_elsewhere=True,
)

RESOURCES: Mapping[str, ResourceType] = {
    resource.name: resource
    for resource in (
        *_PAYMENT_SOURCES,
        _ORDERS,
        *_TRANSACTION_TYPES,
        _gateway("payment_gateways"),
        *(_gateway(row.gateway, row.name) for row in _PAYMENT_SOURCES),
        _PAYMENT_METHODS,
        _MARKETS,
        _EVENT_STORE,
        _EXPORTS,
    )
}
