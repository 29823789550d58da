"""What the credentials of a sales channel may read. They need such credentials (``--sales-channel``)."""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

from commercelayer_klarna.probe.check import Check
from commercelayer_klarna.probe.exchange import Ask, CannotTell
from commercelayer_klarna.probe.expect import Topic, ok, refusal, refused, that
from commercelayer_klarna.probe.visit import Visit

__all__ = ["CHECKS"]

_P = Topic("sandbox/api/permissions.py, sandbox/api/schema.py (sales_channel)")
_DENIED = refusal(401, "UNAUTHORIZED")


def _get(target: str) -> Ask:
    return Ask("GET", target, by="sales channel")


def _approved(visit: Visit) -> str:
    answer = ok(visit.get("orders?page[size]=1&filter[q][status_eq]=approved"))
    if not answer.listed:
        raise CannotTell("no order is approved")
    return refused(visit.get(f"orders/{answer.listed[0].get('id')}", by="sales channel"), 401, "UNAUTHORIZED")


CHECKS: tuple[Check, ...] = (
    _P.one("sales-channel-lists-no-payments", "F12", "documented", "a sales channel does not list payments: 401 `UNAUTHORIZED`", _get("klarna_payments"), _DENIED),
    _P.one("sales-channel-lists-no-orders", "L1.1", "documented", "nor orders", _get("orders"), _DENIED),
    _P.one("sales-channel-gateways", "F12", "inferred", "it sees no gateways: 401 `UNAUTHORIZED`", _get("klarna_gateways"), _DENIED),
    _P.one("sales-channel-gateway-included", "F12", "inferred", "nor by an include", _get("klarna_payments/{pending_payment}?include=payment_gateway"), _DENIED),
    _P.one("sales-channel-events", "F6 F12", "documented", "it sees no event stores: 401 `UNAUTHORIZED`", _get("klarna_payments/{pending_payment}/event_stores"), _DENIED),
    _P.one("sales-channel-transactions", "L1.1", "documented", "it sees no authorizations: 401 `UNAUTHORIZED`", _get("authorizations"), _DENIED),
    _P.one("sales-channel-reads-an-order", "L1.1", "inferred", "it reads an order with its payment method", _get("orders/{pending_order}?include=payment_method"), that(lambda answer: answer.data.get("type") == "orders", "no order")),
    _P.one("sales-channel-reads-a-payment", "F12", "documented", "it reads a payment whose order waits", _get("klarna_payments/{pending_payment}"), that(lambda answer: answer.id, "no payment")),
    _P.many("sales-channel-approved-order", "L6 L1.1", "unknown", "it reads no approved order any more: 401 `UNAUTHORIZED`", "GET an approved order, as a sales channel", 2, _approved),
)  # fmt: skip
