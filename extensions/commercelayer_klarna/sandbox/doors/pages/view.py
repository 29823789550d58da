"""What the pages show, drawn from the state: plain values, bounded, without secrets.

No HTML and no HTTP here. Whoever calls holds the sandbox's lock.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from attrs import frozen

from commercelayer_klarna.sandbox.api.gateway import TRANSACTIONS, Gateway
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.order_life import FORWARD, MOVES, TRANSACTION_MOVES, OrderLife
from commercelayer_klarna.sandbox.api.payment_sources import PAYMENT_SOURCES
from commercelayer_klarna.sandbox.api.problems import Refused
from commercelayer_klarna.sandbox.api.schema import EDITABLE
from commercelayer_klarna.sandbox.api.state import Record, Ref, State, event_order
from commercelayer_klarna.sandbox.api.transactions import is_pending
from commercelayer_klarna.sandbox.callbacks import Delivery, Webhook
from commercelayer_klarna.sandbox.log import Exchange

# The newest that are shown of each kind, so that a sandbox under load does not drown the page.
ROWS = 50
# An event that creates an order names all its attributes.
CHANGES = 12
_LONGEST = 300
# What can still be captured of an authorization, or refunded of a capture.
_BALANCES = {"authorizations": "capture_balance", "captures": "refund_balance"}

HIDDEN = "***"
# Names of what opens something, in records and in what callers store; those of the client, which is not imported here.
SECRET_NAMES = frozenset(
    {
        *("access_token", "api_key", "api_secret", "auth_token", "client_secret", "client_token", "refresh_token"),
        *("shared_secret", "token"),
    }
)


def overview(
    state: State, requests: Sequence[Exchange], webhooks: Sequence[Webhook], deliveries: Sequence[Delivery]
) -> dict[str, JSON]:
    """Return orders, payments, transactions, requests, events and callbacks, newest first; webhooks as they came."""
    orders = state.all("orders")
    payments = [payment for type_ in PAYMENT_SOURCES for payment in state.all(type_)]
    payments.sort(key=lambda payment: payment.sequence)
    transactions = [each for type_ in TRANSACTIONS for each in state.all(type_)]
    transactions.sort(key=lambda transaction: transaction.sequence)
    # Its gateway agrees to all, and is asked instead of that which somebody has told to refuse.
    life = OrderLife(state, Gateway())
    shown_orders, shown_payments = orders[: -ROWS - 1 : -1], payments[: -ROWS - 1 : -1]
    events = [event for record in (*shown_orders, *shown_payments) for event in state.events_of(record)[-ROWS:]]
    events.sort(key=lambda event: event_order(event.id), reverse=True)
    return {
        "counts": {
            "orders": len(orders),
            "payments": len(payments),
            "transactions": len(transactions),
            "requests": len(requests),
            "callbacks": len(deliveries),
        },
        "orders": [_order(order, life) for order in shown_orders],
        "payments": [_payment(payment, state) for payment in shown_payments],
        "transactions": [_transaction(each, state, life) for each in transactions[: -ROWS - 1 : -1]],
        "events": [_event(event) for event in events[:ROWS]],
        "requests": _requests(requests),
        "webhooks": [_webhook(each) for each in webhooks],
        "callbacks": _callbacks(deliveries),
    }


@frozen
class Checkout:
    """An order at the checkout, and its payment, if it has one."""

    order: Mapping[str, JSON]
    payment: Mapping[str, JSON] | None


def checkout(state: State, order_id: str) -> Checkout | None:
    """Return what a shopper needs to pay an order, its real client token included; None without such an order."""
    order = state.find("orders", order_id)
    if order is None:
        return None
    payment = state.follow(order.linked.get("payment_source"))
    attributes = None if payment is None else {"id": payment.id, **payment.attributes}
    return Checkout({"id": order.id, **order.attributes}, attributes)


def _order(order: Record, life: OrderLife) -> JSON:
    values = order.attributes
    source = order.linked.get("payment_source")
    return {
        "id": order.id,
        "number": values["number"],
        "status": values["status"],
        "payment_status": values["payment_status"],
        "fulfillment_status": values["fulfillment_status"],
        "payable": values["status"] in EDITABLE,
        "total": values["formatted_total_amount_with_taxes"],
        "payment": None if source is None else source.id,
        "reference": _text(values["reference"]),
        "created_at": values["created_at"],
        "steps": [_step(order, trigger, life, source) for trigger in MOVES],
    }


def _step(record: Record, trigger: str, life: OrderLife, source: Ref | None = None) -> JSON:
    """Return a step with the reason why it is not possible now, or null."""
    try:
        refused = None if life.step(record, trigger, {}, source) else "was done already"
    except Refused as error:
        refused = error.problems[0].title
    return {"step": trigger, "refused": refused}


def _transaction(transaction: Record, state: State, life: OrderLife) -> JSON:
    values = transaction.attributes
    order = state.follow(transaction.linked.get("order"))
    decided = "succeeded" if values["succeeded"] else "pending" if is_pending(transaction) else "failed"
    balance = _BALANCES.get(transaction.type) if values["succeeded"] else None
    return {
        "id": transaction.id,
        "type": transaction.type,
        "number": values["number"],
        "order": None if order is None else order.id,
        "amount": values["formatted_amount"],
        "outcome": decided,
        "said": _text(values["error_detail"] or values["message"]),
        "left_cents": None if balance is None else values[f"{balance}_cents"],
        "left": None if balance is None else values[f"formatted_{balance}"],
        "created_at": values["created_at"],
        "steps": [_step(transaction, trigger, life) for trigger in (*TRANSACTION_MOVES[transaction.type], FORWARD)],
    }


def _payment(payment: Record, state: State) -> JSON:
    values = payment.attributes
    order = state.follow(payment.linked.get("order"))
    current = order is not None and order.linked.get("payment_source") == Ref(payment.type, payment.id)
    return {
        "id": payment.id,
        "order": None if order is None else order.id,
        # A later payment, an edited order or _nullify_payment_source took its place.
        "current": current,
        "state": _payment_state(
            payment, placed=current and order is not None and order.attributes["placed_at"] is not None
        ),
        "reference": _text(values["reference"]),
        "metadata": _text(_masked(values["metadata"])) if values["metadata"] else None,
        "session_id": values.get("session_id"),
        "client_token": HIDDEN if values.get("client_token") else None,
        "auth_token": HIDDEN if values.get("auth_token") else None,
        "created_at": values["created_at"],
        "updated_at": values["updated_at"],
    }


def _payment_state(payment: Record, *, placed: bool) -> str:
    if placed:
        return "placed"
    if payment.attributes.get("mismatched_amounts"):
        return "mismatched"
    return "authorized" if payment.attributes.get(PAYMENT_SOURCES[payment.type].authorized_by) else "open"


def _event(event: Record) -> JSON:
    values = event.attributes
    payload = values["payload"]
    changes = payload if isinstance(payload, dict) else {}
    rows: list[JSON] = []
    for name, change in list(changes.items())[:CHANGES]:
        pair = change if isinstance(change, dict) else {}
        before, after = (_text(_masked(pair.get(side), name)) for side in ("from", "to"))
        rows.append({"name": name, "from": before, "to": after})
    return {
        "id": event.id,
        "event": values["event"],
        "type": values["resource_type"],
        "subject": values["resource_id"],
        "changes": rows,
        "more": max(0, len(changes) - CHANGES),
        "created_at": values["created_at"],
    }


def _requests(exchanges: Sequence[Exchange]) -> JSON:
    """Return the last requests; their ids only tell them apart, as those of one moment may be alike."""
    seen: Counter[float] = Counter()
    rows: list[JSON] = []
    for exchange in exchanges[-ROWS:]:
        seen[exchange.at] += 1
        rows.append(
            {
                "id": f"{exchange.at}-{seen[exchange.at]}",
                "method": exchange.method,
                "path": _cut(exchange.path),
                "status": exchange.status,
                "fault": exchange.fault,
                "at": datetime.fromtimestamp(exchange.at, UTC).isoformat(timespec="milliseconds"),
            }
        )
    return rows[::-1]


def _webhook(webhook: Webhook) -> JSON:
    return {
        "id": webhook.id,
        "topics": [*sorted(webhook.topics)],
        "url": _cut(webhook.callback_url),
        "circuit": webhook.circuit_state,
        "failures": webhook.failures,
    }


def _callbacks(deliveries: Sequence[Delivery]) -> JSON:
    """Return the last callbacks, with what each attempt to send them came to."""
    first = max(0, len(deliveries) - ROWS)
    rows: list[JSON] = [
        {
            "id": f"{index}-{each.resource_id}-{each.topic}",
            "topic": each.topic,
            "subject": each.resource_id,
            "url": _cut(each.callback.url),
            "outcome": each.outcome,
            "attempts": [*each.attempts],
        }
        for index, each in enumerate(deliveries[first:], first)
    ]
    return rows[::-1]


def _masked(value: JSON, name: str = "") -> JSON:
    """Return a copy with the secrets hidden, also those in the caller's own metadata."""
    if name in SECRET_NAMES and value:
        return HIDDEN
    if isinstance(value, dict):
        return {key: _masked(each, key) for key, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list) else value


def _text(value: JSON) -> str | None:
    """Return a value in one line: strings as they are, all else as JSON."""
    if value is None:
        return None
    return _cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
