"""The business of a payment and its order: what creating, updating and deleting does, when it is refused, and whether
the amounts of the two still match.

Each rule first validates and then commits, so that a refusal leaves nothing behind. What differs between the types of
payment stands in ``payment_sources``; the steps of an order and of its transactions in ``order_life``. unknown: the
texts of all 422s but the documented "can't be blank"; clients can rely on the status, the code and the pointer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from commercelayer_klarna.sandbox.api import problems
from commercelayer_klarna.sandbox.api.documents import Write
from commercelayer_klarna.sandbox.api.gateway import Decision, Gateway
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.order_life import (
    AMOUNTS,
    FORWARD,
    MOVES,
    TRANSACTION_MOVES,
    OrderLife,
    Step,
)
from commercelayer_klarna.sandbox.api.payment_sources import PAYMENT_SOURCES, total
from commercelayer_klarna.sandbox.api.problems import Problem, Refused, not_modelled, undocumented, validation_error
from commercelayer_klarna.sandbox.api.schema import EDITABLE, ORDER_EDITS
from commercelayer_klarna.sandbox.api.state import Record, Ref, State

_OF_THE_PAYMENT = frozenset({"_nullify_payment_source", "_refresh"})
# The triggers that are carried out; those of payments stand in ``payment_sources``.
TRIGGERS: Mapping[str, frozenset[str]] = {
    "orders": frozenset(MOVES) | _OF_THE_PAYMENT,
    **{type_: frozenset({*moves, FORWARD}) for type_, moves in TRANSACTION_MOVES.items()},
}
_ALWAYS_WRITABLE = {"reference", "reference_origin", "metadata"}
_ORDER = "/data/relationships/order"
_SOURCE = "/data/relationships/payment_source"


class Rules:
    """The rules over one state; ``who`` is what the event stores will say about the caller."""

    def __init__(self, state: State, gateway: Gateway) -> None:
        self._state = state
        self._life = OrderLife(state, gateway)

    def create(self, type_: str, write: Write, who: Mapping[str, JSON]) -> Record:
        """Create a payment, which opens a session for the order's total and becomes the order's payment source."""
        source = PAYMENT_SOURCES.get(type_)
        if source is None:
            raise Refused(problems.method_not_allowed("POST"), because=not_modelled(f"creating {type_}"))
        order = self._order(write.linked.get("order"))
        method = self._method(order, type_)
        if source.needs_country and not order.attributes["country_code"]:
            # Reported by users of the official checkout. unknown: the pointer.
            problem = validation_error("country_code", "can't be blank", "blank", "/data/attributes/country_code")
            raise Refused(problem, because=undocumented("where the missing country code is said to be"))
        attributes = {**source.opens(self._state, order), **write.attributes}
        linked = {"order": Ref("orders", order.id), "payment_gateway": method.linked["payment_gateway"]}
        payment = self._state.create(type_, attributes, linked, who)
        payment.opened_cents = total(order)
        # A later payment simply takes the place of an earlier one.
        self._set_source(order, payment, who)
        return payment

    def update(self, record: Record, write: Write, who: Mapping[str, JSON]) -> None:
        """Update a payment, an order or a transaction."""
        _refuse_triggers(record.type, write.triggers - carried_out(record.type))
        if record.type == "orders":
            self._update_order(record, write, who)
        elif record.type in PAYMENT_SOURCES:
            self._update_payment(record, write, who)
        elif record.type in TRANSACTION_MOVES:
            step = self._step(record, write, None)
            self._state.update(record, write.attributes, {}, who)
            if step is not None:
                step(who)
        else:
            raise Refused(problems.method_not_allowed("PATCH"), because=not_modelled(f"updating {record.type}"))

    def complete(self, transaction: Record, decision: Decision, who: Mapping[str, JSON]) -> None:
        """Let the gateway decide about a transaction that is pending."""
        self._life.complete(transaction, decision, who)

    def delete(self, payment: Record, who: Mapping[str, JSON]) -> None:
        """Delete a payment; inferred: its order is left without a source, and a placed order locks it."""
        order = self._state.follow(payment.linked.get("order"))
        if order is not None and not _editable(order):
            raise Refused(problems.locked(payment.type, payment.sequence))
        self._state.delete(payment)
        if order is not None and self._is_source(order, payment):
            self._set_source(order, None, who)

    def compare_amounts(self, order: Record) -> None:
        """Set on every payment of the order whether its amount still is the order's."""
        for type_ in PAYMENT_SOURCES:
            for payment in self._state.linking(type_, "order", order.id):
                payment.attributes.update(_compared(payment, order))

    def _update_payment(self, payment: Record, write: Write, who: Mapping[str, JSON]) -> None:
        source = PAYMENT_SOURCES[payment.type]
        order = self._state.follow(payment.linked.get("order"))
        target = self._order(write.linked["order"]) if "order" in write.linked else order
        moves = target is not None and target is not order
        # unknown: a placed order's payment; all but its reference and metadata is refused, as the order is bound to it.
        changes_it = moves or bool(write.triggers) or not write.attributes.keys() <= _ALWAYS_WRITABLE
        if changes_it and order is not None and not _editable(order):
            raise Refused(_not_editable())
        changes = dict(write.attributes)
        linked: dict[str, Ref | None] = {}
        if target is not None and moves:
            method = self._method(target, payment.type)
            linked = {"order": Ref("orders", target.id), "payment_gateway": method.linked["payment_gateway"]}
        if target is not None:
            for trigger in sorted(write.triggers):
                changes.update(source.triggers[trigger](self._state, target, {**payment.attributes, **changes}))
            if write.triggers & source.renewals:
                payment.opened_cents = total(target)
            changes.update(_compared(payment, target))
        if write.attributes.get(source.authorized_by):
            payment.token_at = self._state.clock()
        self._state.update(payment, changes, linked, who)
        if target is not None and moves:
            if order is not None and self._is_source(order, payment):
                self._set_source(order, None, who)
            self._set_source(target, payment, who)

    def _update_order(self, order: Record, write: Write, who: Mapping[str, JSON]) -> None:
        changes, linked = dict(write.attributes), dict(write.linked)
        if linked.get("payment_method") and self._state.follow(linked["payment_method"]) is None:
            raise Refused(problems.blank("payment_method"))
        if "payment_source" in linked:
            self._check_source(order, write)
        # A payment is bound to the order as it was: an order that is edited or refreshed loses its payment source.
        nullifies = "_nullify_payment_source" in write.triggers or _edits(order, write)
        if nullifies:
            if not _editable(order):
                raise Refused(_uneditable())
            linked["payment_source"] = None
            changes["payment_source_details"] = {}
        if "_refresh" in write.triggers:
            changes["refreshed_at"] = self._state.now()
        step = self._step(order, write, linked.get("payment_source", order.linked.get("payment_source")))
        self._state.update(order, changes, linked, who)
        if step is not None:
            step(who)

    def _step(self, record: Record, write: Write, source: Ref | None) -> Step | None:
        """Check the step that a write asks for, and return how it is taken."""
        steps = sorted(write.triggers - _OF_THE_PAYMENT)
        if len(steps) > 1:
            problem = validation_error("base", "asks for several steps at once", "invalid", "/data")
            raise Refused(problem, because=undocumented(f"several steps at once: {' '.join(steps)}"))
        step = steps[0] if steps else ""
        alone = [name for name in write.amounts if step != AMOUNTS[name]]
        if alone:
            problem = problems.param_not_allowed(alone[0], f"/data/attributes/{alone[0]}")
            raise Refused(problem, because=undocumented(f"{alone[0]} without its trigger"))
        return self._life.step(record, step, write.amounts, source) if step else None

    def _check_source(self, order: Record, write: Write) -> None:
        """Refuse a payment source that the order cannot be given. unknown: what happens to any but its own payments."""
        ref = write.linked["payment_source"]
        if not _editable(order):
            raise Refused(_uneditable())
        if ref is None:
            return
        payment = self._state.follow(ref)
        own = payment is not None and payment.linked.get("order") == Ref("orders", order.id)
        because = None
        if not own or self._taking(order, ref.type) is None:
            because = undocumented("a payment source that is not of this order, or that its method does not take")
        elif "_nullify_payment_source" in write.triggers or _edits(order, write):
            because = undocumented("an edit that drops the payment source, together with a new one")
        if because is not None:
            raise Refused(validation_error("payment_source", "is invalid", "invalid", _SOURCE), because=because)

    def _order(self, ref: Ref | None) -> Record:
        """Return the order of a write. unknown: the answer for one that does not exist; here it counts as absent."""
        order = self._state.follow(ref)
        if order is None:
            because = None if ref is None else undocumented("the answer for an order that does not exist")
            raise Refused(problems.blank("order"), because=because)
        if not _editable(order):
            raise Refused(_not_editable())
        return order

    def _method(self, order: Record, type_: str) -> Record:
        """Return the order's payment method, or refuse an order whose method does not take payments of the type."""
        method = self._taking(order, type_)
        if method is None:
            raise Refused(validation_error("order", "payment method is invalid", "invalid", _ORDER))
        return method

    def _taking(self, order: Record, type_: str) -> Record | None:
        """Return the order's payment method, if it takes payments of the type."""
        method = self._state.follow(order.linked.get("payment_method"))
        return method if method is not None and method.attributes["payment_source_type"] == type_ else None

    def _is_source(self, order: Record, payment: Record) -> bool:
        return order.linked.get("payment_source") == Ref(payment.type, payment.id)

    def _set_source(self, order: Record, payment: Record | None, who: Mapping[str, JSON]) -> None:
        ref = None if payment is None else Ref(payment.type, payment.id)
        self._state.update(order, {}, {"payment_source": ref}, who)


def carried_out(type_: str) -> frozenset[str]:
    """Return the triggers of a type that do something."""
    source = PAYMENT_SOURCES.get(type_)
    return TRIGGERS.get(type_, frozenset()) if source is None else frozenset(source.triggers)


def _refuse_triggers(type_: str, triggers: Iterable[str]) -> None:
    """Refuse triggers that no rule carries out: an answer of 200 would say that something was done."""
    refused = [problems.param_not_allowed(name, f"/data/attributes/{name}") for name in sorted(triggers)]
    if refused:
        raise Refused(*refused, because=not_modelled(f"triggers of {type_}: {' '.join(sorted(triggers))}"))


def _compared(payment: Record, order: Record) -> dict[str, JSON]:
    """Return whether the amounts differ, as an attribute, for types that tell it."""
    if "mismatched_amounts" not in payment.attributes:
        return {}
    return {"mismatched_amounts": payment.opened_cents != total(order)}


def _edits(order: Record, write: Write) -> bool:
    """Return whether a write edits an order. unknown: what counts; here all changes but of reference and metadata."""
    changed = any(order.attributes[name] != value for name, value in write.attributes.items() if name in ORDER_EDITS)
    relinked = any(order.linked.get(name) != ref for name, ref in write.linked.items() if name != "payment_source")
    return changed or relinked or "_refresh" in write.triggers


def _editable(order: Record) -> bool:
    return order.attributes["status"] in EDITABLE


def _uneditable() -> Problem:
    """Refuse a change of the order itself. unknown: where the error is said to be; here in no single attribute."""
    return validation_error("base", "is not editable", "invalid", "/data")


def _not_editable() -> Problem:
    """Refuse a payment for an order that cannot change any more."""
    return validation_error("order", "is not editable", "invalid", _ORDER)
