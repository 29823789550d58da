"""Transactions: authorizations, captures, voids and refunds, as the latest of them are."""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

import re
from collections.abc import Callable

from commercelayer_klarna._json import JsonObject, as_object
from commercelayer_klarna._jsonapi.attributes import (
    AuthorizationAttributes,
    CaptureAttributes,
    RefundAttributes,
    VoidAttributes,
)
from commercelayer_klarna.probe.check import Check, Differs
from commercelayer_klarna.probe.exchange import Answer, Ask, CannotTell, linkage
from commercelayer_klarna.probe.expect import Topic, every, kind, ok, that
from commercelayer_klarna.probe.visit import Visit

__all__ = ["CHECKS"]

_T = Topic("spec/klarna_payments.yaml, sandbox/api/transactions.py, sandbox/api/schema.py")
_L = Topic("sandbox/api/order_life.py, sandbox/api/transactions.py")
_NAMES = {
    "authorizations": {*AuthorizationAttributes.__annotations__},
    "captures": {*CaptureAttributes.__annotations__},
    "voids": {*VoidAttributes.__annotations__},
    "refunds": {*RefundAttributes.__annotations__},
}
_CARD = ("cvv_code", "cvv_message", "avs_code", "avs_message", "fraud_review")


def _get(target: str) -> Ask:
    return Ask("GET", target)


def _attributes(resource: JsonObject) -> JsonObject:
    return as_object(resource.get("attributes"))


def _has(names: set[str]) -> Callable[[JsonObject], bool]:
    return lambda each: _attributes(each).keys() >= names


def _of_klarna(resource: JsonObject) -> bool:
    return linkage(resource, "payment_source").get("type") == "klarna_payments"


def _good(resource: JsonObject) -> bool:
    return _of_klarna(resource) and _attributes(resource).get("succeeded") is True


def _failed(resource: JsonObject) -> bool:
    return _of_klarna(resource) and _attributes(resource).get("succeeded") is False


def _same(first: str, second: str) -> Callable[[JsonObject], bool]:
    return lambda each: _attributes(each).get(first) == _attributes(each).get(second)


def _order_of(answer: Answer, transaction: JsonObject) -> JsonObject:
    """Return the order of a transaction, empty if it was not included."""
    order = linkage(transaction, "order").get("id")
    found = [each for each in answer.included if each.get("type") == "orders" and each.get("id") == order]
    return as_object(found[0] if found else None)


def _klarna_reference(answer: Answer) -> None:
    """Expect the token of an authorization to be Klarna's order id."""
    pairs = [
        (
            _attributes(each).get("token"),
            as_object(_attributes(_order_of(answer, each)).get("payment_source_details")).get("klarna_id"),
        )
        for each in ok(answer).listed
        if _good(each)
    ]
    pairs = [each for each in pairs if each[1]]
    if not pairs:
        raise CannotTell("no order tells Klarna's id")
    if any(token != klarna_id for token, klarna_id in pairs):
        raise Differs(f"the token is {kind(pairs[0][0])}, and another one")


def _refused_order(answer: Answer) -> str:
    """Tell how an order stands whose authorization failed."""
    found = set[str]()
    for each in ok(answer).listed:
        if _failed(each) and (order := _attributes(_order_of(answer, each))):
            found.add(f"{order.get('status')}, {order.get('payment_status')}")
    if not found:
        raise CannotTell("no authorization with Klarna has failed")
    if not found <= {"pending, unpaid", "placed, unpaid"}:
        raise Differs("; ".join(sorted(found)))
    return "; ".join(sorted(found))


def _parts(name: str, status: str) -> Callable[[Visit], str]:
    """Find orders of a status that nobody has described."""

    def run(visit: Visit) -> str:
        answer = ok(
            visit.get(f"orders?page[size]=5&filter[q][payment_status_eq]={status}&include=captures,voids,refunds")
        )
        if not answer.listed:
            raise CannotTell(f"no order is {status}")
        states = {
            ", ".join(
                [
                    str(_attributes(each).get("status")),
                    str(_attributes(each).get("fulfillment_status")),
                    *(
                        name
                        for name in ("captures", "voids", "refunds")
                        if as_object(as_object(each.get("relationships")).get(name)).get("data")
                    ),
                ]
            )
            for each in answer.listed
        }
        if not all(name in each for each in states):
            raise Differs("; ".join(sorted(states)))
        return "; ".join(sorted(states))

    return run


def _voided(answer: Answer) -> str:
    """Tell the status of an order that was voided."""
    found = {
        str(_attributes(_order_of(answer, each)).get("payment_status")) for each in ok(answer).listed if _good(each)
    }
    if not found:
        raise CannotTell("nothing was voided with Klarna")
    if not found <= {"voided", "unpaid"}:
        raise Differs(", ".join(sorted(found)))
    return ", ".join(sorted(found))


def _by_order(visit: Visit) -> None:
    order = linkage(visit.sample("authorizations").listed[0], "order").get("id")
    answer = ok(visit.get(f"authorizations?filter[q][order_id_eq]={order}&include=order"))
    if not answer.listed or any(linkage(each, "order").get("id") != order for each in answer.listed):
        raise Differs("those of other orders, or none")


def _reference(name: str, of: str) -> Callable[[Answer], None]:
    def judge(answer: Answer) -> None:
        found = {linkage(each, name).get("type") for each in ok(answer).listed}
        if not found:
            raise CannotTell("there are none")
        if found != {of}:
            raise Differs(f"the type is {', '.join(map(str, sorted(found, key=str)))}")

    return judge


def _capture_balance(visit: Visit) -> None:
    """Expect the void balance to stay as it was after a capture."""
    found = [
        each
        for each in visit.sample("authorizations").listed
        if _good(each)
        and _attributes(each).get("capture_balance_cents") == 0
        and _attributes(_order_of(visit.sample("authorizations"), each)).get("payment_status") == "paid"
    ]
    if not found:
        raise CannotTell("no authorization was captured in full")
    if any(_attributes(each).get("void_balance_cents") != _attributes(each).get("amount_cents") for each in found):
        raise Differs("it is lower")


def _mixed(answer: Answer) -> None:
    if not all(each.get("type") in ("authorizations", "captures", "voids", "refunds") for each in ok(answer).listed):
        raise Differs("of other types")


def _number(answer: Answer) -> None:
    """Expect the number of the order, and a counter."""
    for each in ok(answer).listed:
        number = str(_attributes(_order_of(answer, each)).get("number"))
        if not re.fullmatch(rf"{re.escape(number)}/T/\d{{3,}}", str(_attributes(each).get("number"))):
            raise Differs("another form")


CHECKS: tuple[Check, ...] = (
    *(
        _T.seen(f"{type_.removesuffix('s')}-attributes", "L4.2", "documented", f"{type_} have the attributes of the contract", type_, every(_has(names), "one is missing"))
        for type_, names in _NAMES.items()
    ),
    _T.seen("transaction-number", "L4.2", "documented", "`number` is that of the order, `/T/` and a counter", "authorizations", _number),
    _T.seen("transaction-one-reference", "L4.2 L11.3", "documented", "`token` and `gateway_transaction_id` are the same", "authorizations", every(_same("token", "gateway_transaction_id"), "they differ")),
    _T.seen("transaction-klarna-reference", "L11.3", "unknown", "the `token` of an authorization is Klarna's order id", "authorizations", _klarna_reference),
    _T.seen("transaction-message", "L4.2 L11.3", "documented", "one that succeeded has a `message`, and no `error_code`", "authorizations", every(lambda each: kind(_attributes(each).get("message")) == "string" and _attributes(each).get("error_code") is None, "another pair", among=_good)),
    _T.seen("transaction-card-checks", "L4.2", "inferred", "checks of cards are null with Klarna", "authorizations", every(lambda each: all(_attributes(each).get(name) is None for name in _CARD), "one is not", among=_of_klarna)),
    _T.many("authorization-void-balance", "L4.2", "documented", "captures do not lower the void balance", "reads the latest authorizations (once for all checks)", 0, _capture_balance),
    _T.seen("capture-balances", "L4.2", "documented", "`refund_amount` and `refund_balance` of a capture are the same", "captures", every(lambda each: "refund_balance_cents" in _attributes(each) and _same("refund_amount_cents", "refund_balance_cents")(each), "they differ")),
    _T.seen("authorization-failed", "L4.2 L11.2", "documented", "an authorization that failed has an `error_code`, its text in `error_detail`", "authorizations", every(lambda each: kind(_attributes(each).get("error_code")) == "string" and _attributes(each).get("message") is None, "another form", among=_failed)),
    _L.seen("authorization-failed-order", "L11.2 L3.1 F17.4", "unknown", "Klarna's no at placing leaves a failed authorization, and the order pending or placed, unpaid", "authorizations", _refused_order),
    _L.seen("void-leaves", "L3.2 L4.4", "documented", "a void makes the order voided, or unpaid if it waits", "voids", _voided),
    _L.many("partially-paid", "L11.5 L2.1", "unknown", "`partially_paid` is an order of which a part was captured", "GET orders of this status", 1, _parts("captures", "partially_paid")),
    _L.many("partially-voided", "L11.5 L2.1", "unknown", "`partially_voided` is an order with voids and captures", "GET orders of this status", 1, _parts("voids", "partially_voided")),
    _L.many("partially-refunded", "L2.1 L3.2", "documented", "`partially_refunded` is an order with refunds", "GET orders of this status", 1, _parts("refunds", "partially_refunded")),
    _T.many("transactions-by-order", "L8", "documented", "`order_id_eq` finds those of an order", "GET authorizations of an order", 1, _by_order),
    _T.one("transactions-sort", "L8", "documented", "they can be sorted by number and amount", _get("authorizations?sort=-number,amount_cents"), that(lambda answer: "record_count" in answer.meta, "no list")),
    _T.one("transactions-related", "L8 F2", "documented", "`/orders/{id}/authorizations` lists those of an order", _get("orders/{placed_order}/authorizations"), that(lambda answer: all(each.get("type") == "authorizations" for each in answer.listed), "of another type"), "spec/klarna_payments.yaml, sandbox/api/engine.py"),
    _T.one("transactions-of-an-order", "L8", "inferred", "`/orders/{id}/transactions` lists all of them, each of its type", _get("orders/{placed_order}/transactions"), _mixed, "sandbox/api/schema.py"),
    _T.one("transactions-mixed", "L4.1", "inferred", "`/transactions` lists all of them, each of its type", _get("transactions?page[size]=5"), _mixed, "sandbox/api/schema.py"),
    _T.one("capture-reference", "L4.1", "documented", "a capture names its authorization", _get("captures?page[size]=5&include=reference_authorization"), _reference("reference_authorization", "authorizations")),
    _T.one("refund-reference", "L4.1", "documented", "a refund names its capture", _get("refunds?page[size]=5&include=reference_capture"), _reference("reference_capture", "captures")),
    _T.one("order-payment-source-link", "L8", "inferred", "`/orders/{id}/payment_source` is the payment", _get("orders/{placed_order}/payment_source"), that(lambda answer: answer.data.get("type") == "klarna_payments", "another type, or none"), "sandbox/api/engine.py"),
)  # fmt: skip
