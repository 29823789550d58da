"""The steps of an order whose payment a shopper has authorized: placed, edited, approved, captured, refunded.

A second such order is cancelled, a third one voided. They need a shopper's authorization, which the widget gives in a
browser; without one they cannot tell.
"""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

from collections.abc import Callable

from commercelayer_klarna._json import JsonObject, as_list, as_object
from commercelayer_klarna.probe.check import Check, Differs
from commercelayer_klarna.probe.exchange import Answer, Ask
from commercelayer_klarna.probe.expect import Topic, kind, ok, refused
from commercelayer_klarna.probe.visit import Visit

__all__ = ["CHECKS"]

_S = Topic("sandbox/api/order_life.py, _client/transitions.py", writes=True)
_M = Topic("sandbox/api/order_life.py, sandbox/api/transactions.py", writes=True)
_P = Topic("sandbox/api/rules.py, sandbox/api/payment_sources.py", writes=True)
_FIRST, _SECOND, _THIRD = "authorized 1", "authorized 2", "authorized 3"
_K = "klarna_payments"


def _order(visit: Visit, order: str = _FIRST) -> str:
    return visit.order(order, "give a pending order whose payment was authorized in the widget (--write ORDER_ID)")


def _pull(visit: Visit, trigger: str, order: str = _FIRST, **more: object) -> Answer:
    return visit.write("PATCH", "orders", _order(visit, order), {trigger: True, **more})


def _states(answer: Answer) -> tuple[str, str, str]:
    found = ok(answer).attributes
    return str(found.get("status")), str(found.get("payment_status")), str(found.get("fulfillment_status"))


def _leads(
    trigger: str, status: str, paid: str, fulfilled: str = "", *, order: str = _FIRST, after: str = ""
) -> Callable[[Visit], str]:
    """Expect a step to lead to these statuses, and remember that it was taken."""

    def run(visit: Visit) -> str:
        if after:
            visit.keep(after)
        found = _states(_pull(visit, trigger, order))
        wanted = (status, paid, fulfilled or found[2])
        if found != wanted:
            raise Differs(", ".join(found))
        visit.kept[f"{order}, {trigger}"] = "taken"
        return ", ".join(found)

    return run


def _taken(visit: Visit, trigger: str, order: str = _FIRST) -> str:
    """Return the id of an order with which a step was taken."""
    visit.keep(f"{order}, {trigger}")
    return _order(visit, order)


def _again(trigger: str, order: str = _FIRST) -> Callable[[Visit], None]:
    """Expect a step that was taken to be answered again, and to make nothing twice."""

    def run(visit: Visit) -> None:
        id_ = _taken(visit, trigger, order)
        before = len(visit.found(f"orders/{id_}/authorizations").listed)
        ok(_pull(visit, trigger, order))
        after = len(visit.found(f"orders/{id_}/authorizations").listed)
        if before != after:
            raise Differs(f"{after} authorizations, {before} before")

    return run


def _refuses(trigger: str, pointer: str, *, after: str = "_place", order: str = _FIRST) -> Callable[[Visit], str]:
    def run(visit: Visit) -> str:
        _taken(visit, after, order)
        return refused(_pull(visit, trigger, order), 422, "VALIDATION_ERROR", pointer)

    return run


def _placed_order(visit: Visit) -> Answer:
    return visit.found(f"orders/{_taken(visit, '_place')}?include=payment_source,authorizations")


def _details(visit: Visit) -> str:
    details = as_object(_placed_order(visit).attributes.get("payment_source_details"))
    if details.get("type") != "klarna_payments" or kind(details.get("klarna_id")) != "string":
        raise Differs(f"its members are {', '.join(sorted(details)) or 'none'}")
    return f"its members are {', '.join(sorted(details))}"


def _instrument(visit: Visit) -> str:
    source = [each for each in _placed_order(visit).included if each.get("type") == _K]
    instrument = as_object(as_object(source[0].get("attributes") if source else {}).get("payment_instrument"))
    if instrument.get("issuer_type") != "klarna":
        raise Differs(f"its members are {', '.join(sorted(instrument)) or 'none'}")
    return f"its members are {', '.join(sorted(instrument))}"


def _one_authorization(visit: Visit) -> None:
    order = _placed_order(visit)
    found = [each for each in order.included if each.get("type") == "authorizations"]
    if len(found) != 1 or as_object(found[0].get("attributes")).get("succeeded") is not True:
        raise Differs(f"{len(found)} authorizations, or one that failed")
    visit.kept["authorization"] = str(found[0].get("id"))
    visit.kept["amount"] = str(as_object(found[0].get("attributes")).get("amount_cents"))


def _payment_of_placed(**attributes: object) -> Callable[[Visit], Answer]:
    def run(visit: Visit) -> Answer:
        _taken(visit, "_place")
        return visit.write("PATCH", _K, visit.keep(f"payment of {_FIRST}"), attributes)

    return run


def _token_of_placed(visit: Visit) -> str:
    return refused(
        _payment_of_placed(auth_token="klarna-probe")(visit),  # noqa: S106 - no password
        422,
        "VALIDATION_ERROR",
        "/data/relationships/order",
    )


def _reference_of_placed(visit: Visit) -> None:
    ok(_payment_of_placed(reference="klarna-probe")(visit))


def _locked(visit: Visit) -> str:
    _taken(visit, "_place")
    return refused(visit.ask(Ask("DELETE", f"{_K}/{visit.keep(f'payment of {_FIRST}')}")), 423, "LOCKED")


def _another(visit: Visit) -> str:
    answer = visit.write("POST", _K, related={"order": ("orders", _taken(visit, "_place"))})
    return refused(answer, 422, "VALIDATION_ERROR", "/data/relationships/order")


def _edit_placed(visit: Visit) -> str:
    answer = visit.write("PATCH", "orders", _taken(visit, "_place"), {"_nullify_payment_source": True})
    return refused(answer, 422, "VALIDATION_ERROR")


def _channel_reads(visit: Visit) -> None:
    _taken(visit, "_place")
    ok(visit.get(f"{_K}/{visit.keep(f'payment of {_FIRST}')}", by="sales channel"))


def _channel_cancels(visit: Visit) -> str:
    answer = visit.write("PATCH", "orders", _taken(visit, "_place"), {"_cancel": True}, by="sales channel")
    return refused(answer, 401, "UNAUTHORIZED")


def _captures(
    amount: Callable[[int], int], status: int = 200, code: str = "", pointer: str = "", **more: object
) -> Callable[[Visit], str]:
    """Send an amount to capture, which is accepted or refused."""

    def run(visit: Visit) -> str:
        _taken(visit, "_approve")
        attributes = {"_capture": True, "_capture_amount_cents": amount(int(visit.keep("amount"))), **more}
        sent = {name: value for name, value in attributes.items() if value is not None}
        answer = visit.write("PATCH", "authorizations", visit.keep("authorization"), sent)
        return refused(answer, status, code, pointer) if status != 200 else str(ok(answer))

    return run


def _part_captured(visit: Visit) -> str:
    _captures(lambda whole: whole // 2)(visit)
    visit.kept["part"] = "captured"
    return "accepted"


def _after_part(visit: Visit) -> str:
    visit.keep("part")
    found = _states(visit.get(f"orders/{_order(visit)}"))
    if found != ("approved", "partially_paid", "unfulfilled"):
        raise Differs(", ".join(found))
    return ", ".join(found)


def _balance(visit: Visit) -> None:
    visit.keep("part")
    found = visit.found(f"authorizations/{visit.keep('authorization')}").attributes
    whole = int(visit.keep("amount"))
    if found.get("capture_balance_cents") != whole - whole // 2 or found.get("void_balance_cents") != whole:
        raise Differs("another balance")


def _order_capture_after_part(visit: Visit) -> str:
    visit.keep("part")
    return refused(_pull(visit, "_capture"), 422, "VALIDATION_ERROR", "/data/attributes/payment_status")


def _void_after_part(visit: Visit) -> str:
    visit.keep("part")
    answer = visit.write("PATCH", "authorizations", visit.keep("authorization"), {"_void": True})
    return refused(answer, 422, "VALIDATION_ERROR", "/data/attributes/payment_status")


def _rest(visit: Visit) -> str:
    visit.keep("part")
    ok(visit.write("PATCH", "authorizations", visit.keep("authorization"), {"_capture": True}))
    found = _states(visit.get(f"orders/{_order(visit)}"))
    if found != ("approved", "paid", "in_progress"):
        raise Differs(", ".join(found))
    visit.kept[f"{_FIRST}, paid"] = "taken"
    return ", ".join(found)


def _capture(visit: Visit) -> JsonObject:
    """Return the first capture of the order that was paid."""
    order = _taken(visit, "paid")
    return visit.found(f"orders/{order}/captures").listed[0]


def _refunds(
    cents: Callable[[int], int] | None, status: int = 200, pointer: str = "", *, of_order: bool = False
) -> Callable[[Visit], Answer | str]:
    def run(visit: Visit) -> Answer | str:
        capture = _capture(visit)
        amount = as_object(capture.get("attributes")).get("amount_cents")
        attributes: dict[str, object] = {"_refund": True}
        if cents is not None:
            attributes["_refund_amount_cents"] = cents(amount if isinstance(amount, int) else 0)
        answer = (
            _pull(visit, "_refund")
            if of_order
            else visit.write("PATCH", "captures", str(capture.get("id")), attributes)
        )
        return ok(answer) if status == 200 else refused(answer, status, "VALIDATION_ERROR", pointer)

    return run


def _part_refunded(visit: Visit) -> str:
    _refunds(lambda whole: whole // 2)(visit)
    visit.kept["part refunded"] = "taken"
    found = _states(visit.get(f"orders/{_order(visit)}"))
    if found[:2] != ("approved", "partially_refunded"):
        raise Differs(", ".join(found))
    return ", ".join(found)


def _too_much_refunded(visit: Visit) -> str:
    return str(_refunds(lambda whole: whole + 1, 422, "/data/attributes/_refund_amount_cents")(visit))


def _all_refunded(visit: Visit) -> str:
    visit.keep("part refunded")
    found = _states(_pull(visit, "_refund"))
    if found != ("cancelled", "refunded", "unfulfilled"):
        raise Differs(", ".join(found))
    return ", ".join(found)


def _cancel_after_capture(visit: Visit) -> str:
    _taken(visit, "paid")
    return refused(_pull(visit, "_cancel"), 422, "VALIDATION_ERROR", "/data/attributes/payment_status")


def _forward(visit: Visit) -> None:
    before = visit.found(f"authorizations/{visit.keep('authorization')}").attributes
    after = ok(visit.write("PATCH", "authorizations", visit.keep("authorization"), {"_forward": True})).attributes
    if (
        before.get("succeeded") is not True
        or after.get("succeeded") is not True
        or before.get("number") != after.get("number")
    ):
        raise Differs("it changed")


def _void_of_cancelled(visit: Visit) -> None:
    order = visit.found(f"orders/{_taken(visit, '_cancel', _SECOND)}?include=voids")
    if len(as_list(as_object(order.relationships.get("voids")).get("data"))) != 1:
        raise Differs("no void, or several")


def _authorizes(visit: Visit) -> str:
    found = _states(_pull(visit, "_authorize", _THIRD))
    if found[:2] != ("pending", "authorized"):
        raise Differs(", ".join(found))
    visit.kept[f"{_THIRD}, _authorize"] = "taken"
    return ", ".join(found)


def _voids(visit: Visit) -> str:
    order = _taken(visit, "_place", _THIRD)
    authorization = visit.found(f"orders/{order}/authorizations").listed[-1]
    ok(visit.write("PATCH", "authorizations", str(authorization.get("id")), {"_void": True}))
    found = _states(visit.get(f"orders/{order}"))
    if found[:2] != ("placed", "voided"):
        raise Differs(", ".join(found))
    return ", ".join(found)


def _records(visit: Visit) -> str:
    """Tell what Klarna's captures and refunds carry."""
    order = _taken(visit, "paid")
    found = {
        (kind(attributes.get("token")), kind(attributes.get("gateway_transaction_id")), kind(attributes.get("message")))
        for type_ in ("captures", "refunds")
        for each in visit.found(f"orders/{order}/{type_}").listed
        for attributes in [as_object(each.get("attributes"))]
    }
    text = "; ".join(", ".join(each) for each in sorted(found))
    if found != {("string", "string", "string")}:
        raise Differs(text or "there are none")
    return text


_STATUS, _PAID = "/data/attributes/status", "/data/attributes/payment_status"
_CENTS = "/data/attributes/_capture_amount_cents"

CHECKS: tuple[Check, ...] = (
    _S.many("place", "L2.1 L3.1 F5.5", "documented", "placing leads to placed, authorized, unfulfilled", "PATCH the order with _place", 1, _leads("_place", "placed", "authorized", "unfulfilled")),
    _S.many("place-again", "L3.1", "documented", "placing it again is 200, and makes no second authorization", "PATCH the order with _place, GET its authorizations twice", 3, _again("_place")),
    _P.many("place-details", "F19.4 L1.5", "documented", "then `payment_source_details` has type and Klarna's id", "GET the order", 1, _details),
    _P.many("place-instrument", "L5 F17.9", "inferred", "then `payment_instrument.issuer_type` is `klarna`", "GET the order", 1, _instrument),
    _M.many("place-authorization", "L3.1 L4.4", "documented", "then there is one authorization that succeeded", "GET the order", 1, _one_authorization),
    _P.many("placed-token", "F17.4", "unknown", "the `auth_token` of a placed order is not changed: 422 of the order", "PATCH the payment", 1, _token_of_placed),
    _P.many("placed-reference", "F4.2", "documented", "its `reference` is", "PATCH the payment", 1, _reference_of_placed),
    _P.many("placed-delete", "F4.4 F17.5 F18.3", "inferred", "the payment of a placed order cannot be deleted: 423 `LOCKED`", "DELETE the payment", 1, _locked),
    _P.many("placed-create", "F17.4", "unknown", "another payment for it is 422 of the order", "POST klarna_payments", 1, _another),
    _P.many("placed-nullify", "F17.4", "unknown", "its payment source cannot be dropped: 422", "PATCH the order", 1, _edit_placed),
    _P.many("placed-sales-channel", "F12", "documented", "a sales channel reads the payment of a placed order", "GET the payment, as a sales channel", 1, _channel_reads, "sandbox/api/permissions.py"),
    _P.many("placed-sales-channel-cancels", "L11.7", "unknown", "a sales channel does not cancel it: 401 `UNAUTHORIZED`", "PATCH the order with _cancel, as a sales channel", 1, _channel_cancels, "sandbox/api/permissions.py"),
    _S.many("capture-before-approval", "L3.2 L11.1", "inferred", "a placed order is not captured: 422 of `status`", "PATCH the order with _capture", 1, _refuses("_capture", _STATUS)),
    _S.many("edit", "L3.3 L11.8", "documented", "`_start_editing` leads to editing, authorized", "PATCH the order with _start_editing", 1, _leads("_start_editing", "editing", "authorized", after=f"{_FIRST}, _place")),
    _S.many("edit-end", "L3.3 L11.8", "documented", "`_stop_editing` leads to placed, authorized", "PATCH the order with _stop_editing", 1, _leads("_stop_editing", "placed", "authorized", after=f"{_FIRST}, _start_editing")),
    _S.many("approve", "L2.1 L3.2", "documented", "approving leads to approved, authorized", "PATCH the order with _approve", 1, _leads("_approve", "approved", "authorized", after=f"{_FIRST}, _place")),
    _S.many("approve-again", "L3.1", "documented", "approving it again is 200", "PATCH the order with _approve, GET its authorizations twice", 3, _again("_approve")),
    _S.many("place-approved", "L6 L11.1 F19.7", "inferred", "placing an approved order is 422 of `status`", "PATCH the order with _place", 1, _refuses("_place", _STATUS, after="_approve")),
    _M.many("capture-too-much", "L6 L11.6", "inferred", "capturing more than is there is 422 of the amount", "PATCH the authorization", 1, _captures(lambda whole: whole + 1, 422, "VALIDATION_ERROR", _CENTS)),
    _M.many("capture-nothing", "L11.6", "unknown", "capturing 0 is 422 of the amount", "PATCH the authorization", 1, _captures(lambda whole: 0, 422, "VALIDATION_ERROR", _CENTS)),
    _M.many("capture-less-than-nothing", "L11.6", "unknown", "so is a negative amount", "PATCH the authorization", 1, _captures(lambda whole: -100, 422, "VALIDATION_ERROR", _CENTS)),
    _M.many("capture-amount-alone", "L11.6", "unknown", "an amount without `_capture` is 400 `PARAM_NOT_ALLOWED`", "PATCH the authorization", 1, _captures(lambda whole: 100, 400, "PARAM_NOT_ALLOWED", _CENTS, _capture=None)),
    _M.many("capture-part", "L3.2 L4.3", "documented", "a part can be captured of an authorization", "PATCH the authorization", 1, _part_captured),
    _M.many("capture-part-statuses", "L2.1 L11.5", "unknown", "then the order is approved, partially_paid, unfulfilled", "GET the order", 1, _after_part),
    _M.many("capture-part-balance", "L3.2 L4.2", "documented", "its `capture_balance` shrinks, its `void_balance` does not", "GET the authorization", 1, _balance),
    _M.many("capture-part-then-order", "L11.5", "unknown", "`_capture` of the order is then 422 of `payment_status`", "PATCH the order with _capture", 1, _order_capture_after_part),
    _M.many("void-after-part", "L11.5 L3.4", "unknown", "`_void` is then 422 of `payment_status`", "PATCH the authorization with _void", 1, _void_after_part),
    _M.many("capture-rest", "L2.1", "documented", "capturing the rest leads to approved, paid, in_progress", "PATCH the authorization, GET the order", 2, _rest),
    _M.many("cancel-after-capture", "L11.7", "unknown", "cancelling a paid order is 422 of `payment_status`", "PATCH the order with _cancel", 1, _cancel_after_capture),
    _M.many("forward", "L4.3", "documented", "`_forward` of a transaction that succeeded does nothing", "GET and PATCH the authorization", 2, _forward),
    _M.many("refund-too-much", "L6 L11.6", "inferred", "refunding more than was captured is 422 of the amount", "GET the captures, PATCH one", 2, _too_much_refunded),
    _M.many("refund-part", "L2.1 L3.2", "documented", "refunding a part leads to approved, partially_refunded", "GET the captures, PATCH one, GET the order", 3, _part_refunded),
    _M.many("transactions-of-klarna", "L11.3", "unknown", "captures and refunds have texts in `token`, `gateway_transaction_id` and `message`", "GET captures and refunds of the order", 2, _records),
    _M.many("refund-all", "L2.1 L3.2", "documented", "refunding the rest leads to cancelled, refunded, unfulfilled", "PATCH the order with _refund", 1, _all_refunded),
    _S.many("place-second", "L2.1", "documented", "a second order is placed", "PATCH the order with _place", 1, _leads("_place", "placed", "authorized", order=_SECOND)),
    _S.many("cancel", "L2.1 L3.2", "documented", "cancelling it leads to cancelled, voided, unfulfilled", "PATCH the order with _cancel", 1, _leads("_cancel", "cancelled", "voided", "unfulfilled", order=_SECOND, after=f"{_SECOND}, _place")),
    _S.many("cancel-again", "L3.1", "documented", "cancelling it again is 200", "PATCH the order with _cancel, GET its authorizations twice", 3, _again("_cancel", _SECOND)),
    _M.many("cancel-voids", "L4.4", "documented", "then there is one void", "GET the order", 1, _void_of_cancelled),
    _S.many("authorize", "L1.3 L4.4", "inferred", "`_authorize` of a third order leads to pending, authorized", "PATCH the order with _authorize", 1, _authorizes),
    _S.many("place-authorized", "L1.3", "inferred", "placing it then leads to placed, authorized", "PATCH the order with _place", 1, _leads("_place", "placed", "authorized", order=_THIRD, after=f"{_THIRD}, _authorize")),
    _M.many("void", "L3.2", "unknown", "`_void` of its authorization leaves it placed, voided", "GET the authorizations, PATCH one, GET the order", 3, _voids),
)  # fmt: skip
