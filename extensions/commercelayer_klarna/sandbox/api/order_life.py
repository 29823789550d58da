"""The life of an order, as the documentation has it: which step is possible in which state, and what it leads to.

``MOVES`` is the table of states. A step is first checked, and then taken: ``step`` returns what is still to be done, so
that a refusal leaves nothing behind. What a transaction's record says is up to ``transactions``, whether the gateway
agrees up to ``gateway``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import TypeAlias

from attrs import frozen

from commercelayer_klarna.sandbox.api import problems
from commercelayer_klarna.sandbox.api.gateway import Decision, Gateway
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.payment_sources import PAYMENT_SOURCES, total
from commercelayer_klarna.sandbox.api.problems import Problem, Refused, undocumented, validation_error
from commercelayer_klarna.sandbox.api.state import Record, Ref, State
from commercelayer_klarna.sandbox.api.transactions import Transactions, cents

Who: TypeAlias = Mapping[str, JSON]
Step: TypeAlias = Callable[[Who], None]

_SOURCE = "/data/relationships/payment_source"
# A placed order's payment was seen to be updated this long before, in milliseconds.
_PAYMENT_BEFORE_PLACING = 55


@frozen
class Move:
    """When a step of an order is possible: in these states. No payment status stands for any."""

    to: str
    status: tuple[str, ...]
    payment_status: tuple[str, ...] = ()
    fulfillment_status: tuple[str, ...] = ()
    # Where the step was taken already and is not taken twice: changes of status are documented to be idempotent.
    already: tuple[str, ...] = ()


_NOT_SHIPPED = ("unfulfilled", "not_required")
_PAYABLE = ("authorized", "paid", "partially_refunded", "free")

MOVES: Mapping[str, tuple[Move, ...]] = {
    "_pending": (Move("pending", ("draft",), already=("pending",)),),
    "_authorize": (Move("authorized", ("pending",), ("unpaid",)),),
    "_place": (Move("placed", ("pending",), ("unpaid", "authorized"), already=("placed",)),),
    "_start_editing": (Move("editing", ("placed",), _PAYABLE),),
    "_stop_editing": (Move("placed", ("editing",)),),
    "_approve": (Move("approved", ("placed",), _PAYABLE, already=("approved",)),),
    "_approve_and_capture": (Move("approved", ("placed",), ("authorized",)),),
    "_capture": (Move("paid", ("approved",), ("authorized",)),),
    "_fulfill": (Move("fulfilled", ("approved",), (), ("unfulfilled", "in_progress")),),
    "_cancel": (
        Move("cancelled", ("placed", "editing"), ("authorized", "unpaid", "free"), already=("cancelled",)),
        Move("cancelled", ("approved",), ("authorized",), _NOT_SHIPPED, already=("cancelled",)),
    ),
    "_refund": (Move("refunded", ("approved",), ("paid", "partially_refunded")),),
}
# The steps of transactions, each with the order's states in which it is possible.
TRANSACTION_MOVES: Mapping[str, Mapping[str, tuple[Move, ...]]] = {
    "authorizations": {
        "_capture": (Move("paid", ("approved",), ("authorized", "partially_paid", "partially_refunded")),),
        "_void": (Move("voided", ("placed", "approved", "editing"), ("authorized",)),),
        "_cancel": (Move("unpaid", ("pending",), ("authorized",)),),
    },
    "captures": {"_refund": (Move("refunded", ("approved",), ("paid", "partially_paid", "partially_refunded")),)},
    "voids": {},
    "refunds": {},
}
FORWARD = "_forward"
# The amounts, each with the trigger that it goes with.
AMOUNTS: Mapping[str, str] = {
    "_authorization_amount_cents": "_authorize",
    "_capture_amount_cents": "_capture",
    "_refund_amount_cents": "_refund",
}


class OrderLife:
    """The steps of the orders of one state."""

    def __init__(self, state: State, gateway: Gateway) -> None:
        self._state = state
        self._gateway = gateway
        self._transactions = Transactions(state)

    def step(self, record: Record, trigger: str, amounts: Mapping[str, int], source: Ref | None) -> Step | None:
        """Check a step of an order or a transaction; return how it is taken, or None where it was taken already.

        ``source`` is the order's payment source once the request is carried out.
        """
        if record.type != "orders":
            return self._transaction_step(record, trigger, amounts.get(f"{trigger}_amount_cents"))
        moves = MOVES[trigger]
        if record.attributes["status"] in moves[0].already:
            return None
        # An order without anything to pay needs no payment.
        self._check(record, moves)
        match trigger:
            case "_place":
                return self._place(record, source)
            case "_authorize":
                return self._authorize(record, source, amounts)
            case "_capture" | "_approve_and_capture":
                return self._capture_all(record, approve=trigger == "_approve_and_capture")
            case "_cancel":
                return self._cancel(record)
            case "_refund":
                return lambda who: self._refund_all(record, who)
            case "_stop_editing":
                self._check_total(record)
            case _:
                pass
        return lambda who: self._state.update(record, self._moved(trigger, moves[0].to), {}, who)

    def complete(self, record: Record, decision: Decision, who: Who) -> None:
        """Let the gateway decide about a transaction that is pending or failed, with what that means for the order."""
        self._transactions.complete(record, decision, who)
        order = self._state.follow(record.linked.get("order"))
        if order is None or not record.attributes["succeeded"]:
            return
        if record.type == "authorizations" and order.attributes["status"] == "pending":
            self._state.update(order, self._placed(order, record, "authorized"), {}, who)
        else:
            self._pay(order, who)

    def _check(self, order: Record, moves: tuple[Move, ...]) -> None:
        """Refuse a step that the order's state does not allow.

        As far as official clients show, that is an error of the state; its words are those of the library that the
        service very probably uses. unknown: the error where the payment or the fulfillment does not allow it.
        """
        found, wrong = order.attributes, "status"
        for move in moves:
            allowed = {
                "status": move.status,
                "payment_status": move.payment_status,
                "fulfillment_status": move.fulfillment_status,
            }
            refused = [name for name, values in allowed.items() if values and found[name] not in values]
            if not refused:
                self._check_pending(order, move)
                return
            if refused[0] != "status":
                wrong = refused[0]
        because = None if wrong == "status" else undocumented(f"this step of an order that is {found[wrong]}")
        raise Refused(_transition(wrong, found, moves[0].to), because=because)

    def _check_pending(self, order: Record, move: Move) -> None:
        """Refuse a step while the gateway has yet to decide about a transaction. unknown: what the API does then."""
        for waiting in self._transactions.pending(order):
            because = undocumented(f"a step while the transaction {waiting.attributes['number']} is pending")
            raise Refused(_transition("payment_status", order.attributes, move.to), because=because)

    def _check_total(self, order: Record) -> None:
        """Refuse to end the editing of an order that has become dearer: that is documented. unknown: in which words."""
        placed, now = order.attributes["place_total_amount_cents"], total(order)
        if isinstance(placed, int) and now > placed:
            raise Refused(
                validation_error("total_amount", "exceeds the placed amount", "invalid", "/data"),
                because=undocumented("the answer to a total that has grown while the order was edited"),
            )

    # ---- Placing ---------------------------------------------------------------------------------------------------

    def _place(self, order: Record, source: Ref | None) -> Step:
        if not total(order):
            return lambda who: self._state.update(order, self._placed(order, None, "free"), {}, who)
        payment = self._payable(source)
        if order.attributes["payment_status"] == "authorized":
            authorization = self._transactions.of(order, "authorizations")[-1]
            return lambda who: self._state.update(order, self._placed(order, authorization, "authorized"), {}, who)
        decision = self._authorization(payment)

        def place(who: Who) -> None:
            made = self._authorized(order, payment, total(order), decision, who)
            if decision.outcome == "succeeded":
                self._state.update(order, self._placed(order, made, "authorized"), {}, who)
            elif decision.outcome == "placed_unpaid":
                self._state.update(order, self._placed(order, None, "unpaid"), {}, who)
            elif decision.outcome == "pending":
                # The order can be placed, its payment status stays.
                self._state.update(order, self._placed(order, None, "unpaid"), {}, who)

        return place

    def _authorize(self, order: Record, source: Ref | None, amounts: Mapping[str, int]) -> Step:
        payment, amount = self._payable(source), amounts.get("_authorization_amount_cents", total(order))
        _check_amount("_authorization_amount_cents", amount, total(order))
        if amount != total(order):
            because = undocumented("what an order that is authorized in part goes on to")
            raise Refused(_transition("payment_status", order.attributes, "partially_authorized"), because=because)
        decision = self._authorization(payment)

        def authorize(who: Who) -> None:
            made = self._authorized(order, payment, amount, decision, who)
            if made.attributes["succeeded"]:
                now = self._state.now()
                changes: dict[str, JSON] = {"payment_status": "authorized", "payment_updated_at": now}
                changes["payment_source_details"] = PAYMENT_SOURCES[payment.type].details(made.attributes["token"])
                self._state.update(order, changes, {}, who)

        return authorize

    def _payable(self, ref: Ref | None) -> Record:
        """Return the payment to pay the order with, or refuse with everything that stands in the way."""
        payment = self._state.follow(ref)
        if payment is None:
            # Official clients find both here, an order without a method and one without a payment.
            raise Refused(problems.blank("payment_method"))
        found: list[Problem] = []
        needed = PAYMENT_SOURCES[payment.type].authorized_by
        if not payment.attributes.get(needed):
            message = f"{needed.replace('_', ' ')} can't be blank"
            found.append(validation_error("payment_source", message, "blank", _SOURCE))
        if payment.attributes.get("mismatched_amounts"):
            found.append(validation_error("payment_source", "amounts do not match", "mismatched_amounts", _SOURCE))
        if found:
            raise Refused(*found)
        return payment

    def _authorization(self, payment: Record) -> Decision:
        """Let the gateway decide about a payment. unknown: whether Klarna's no is an error, or a record that failed."""
        lasts = PAYMENT_SOURCES[payment.type].token_lasts
        if payment.token_at is not None and self._state.clock() - payment.token_at > lasts:
            return Decision("failed", "Invalid authorization token.")
        return self._decide("authorizations")

    def _decide(self, type_: str) -> Decision:
        decision = self._gateway.decide(type_)
        if decision.outcome == "refused":
            raise Refused(problems.not_approved(decision.message))
        return decision

    def _authorized(self, order: Record, payment: Record, amount: int, decision: Decision, who: Who) -> Record:
        """Make an authorization, and tell the payment of it."""
        reference = self._state.new_uuid() if decision.outcome == "succeeded" else None
        made = self._transactions.make("authorizations", order, amount, decision, who, reference=reference)
        if made.attributes["succeeded"]:
            self._state.update(payment, PAYMENT_SOURCES[payment.type].placed, {}, who)
        return made

    def _placed(self, order: Record, authorization: Record | None, payment_status: str) -> dict[str, JSON]:
        changes: dict[str, JSON] = {
            "status": "placed",
            "payment_status": payment_status,
            "placed_at": self._state.now(),
            "editable": False,
        }
        if payment_status != "unpaid":
            changes["payment_updated_at"] = self._state.now(ago=_PAYMENT_BEFORE_PLACING)
        source = order.linked.get("payment_source")
        if authorization is not None and source is not None:
            changes["payment_source_details"] = PAYMENT_SOURCES[source.type].details(authorization.attributes["token"])
        return changes

    # ---- Afterwards ------------------------------------------------------------------------------------------------

    def _moved(self, trigger: str, to: str) -> dict[str, JSON]:
        """Return what a step changes that moves no money."""
        now = self._state.now()
        match trigger:
            case "_approve":
                return {"status": to, "approved_at": now, "errors_count": 0}
            case "_fulfill":
                return {"fulfillment_status": to, "fulfillment_updated_at": now}
            case _:
                return {"status": to, "editable": to in ("pending", "editing")}

    def _capture_all(self, order: Record, *, approve: bool) -> Step:
        takes = [self._capture(each, None) for each in self._transactions.of(order, "authorizations")]

        def capture(who: Who) -> None:
            if approve:
                self._state.update(order, self._moved("_approve", "approved"), {}, who)
            for take in takes:
                take(who)

        return capture

    def _cancel(self, order: Record) -> Step:
        voids = [self._void(each) for each in self._transactions.of(order, "authorizations")]

        def cancel(who: Who) -> None:
            done = [void(who) for void in voids]
            if all(each.attributes["succeeded"] for each in done):
                changes: dict[str, JSON] = {"status": "cancelled", "cancelled_at": self._state.now(), "editable": False}
                if done:
                    changes |= {"payment_status": "voided", "payment_updated_at": self._state.now()}
                self._state.update(order, changes, {}, who)

        return cancel

    def _refund_all(self, order: Record, who: Who) -> None:
        captures = [each for each in self._transactions.of(order, "captures") if self._transactions.left(each)]
        for refund in [self._refund(each, None) for each in captures]:
            refund(who)

    def _transaction_step(self, record: Record, trigger: str, amount: int | None) -> Step | None:
        order = self._state.follow(record.linked.get("order"))
        if order is None:
            raise Refused(problems.blank("order"))
        if trigger == FORWARD:
            # Documented: otherwise nothing happens, and there is no error.
            forwards = not record.attributes["succeeded"]
            return (lambda who: self.complete(record, Decision(), who)) if forwards else None
        self._check(order, TRANSACTION_MOVES[record.type][trigger])
        if not record.attributes["succeeded"]:
            because = undocumented("a step of a transaction that has not succeeded")
            raise Refused(_transition("succeeded", {"succeeded": "failed"}, trigger.removeprefix("_")), because=because)
        match trigger:
            case "_capture":
                return self._capture(record, amount)
            case "_refund":
                return self._refund(record, amount)
            case _:
                void = self._void(record)
                status = "unpaid" if trigger == "_cancel" else "voided"
                return lambda who: self._give_up(order, void(who), status, who)

    def _give_up(self, order: Record, void: Record, payment_status: str, who: Who) -> None:
        """Tell an order that its authorization was voided. unknown: whether its status moves as well; it does not."""
        if void.attributes["succeeded"]:
            changes: dict[str, JSON] = {"payment_status": payment_status, "payment_updated_at": self._state.now()}
            self._state.update(order, changes, {}, who)

    def _capture(self, authorization: Record, amount: int | None) -> Step:
        left = self._transactions.left(authorization)
        taken = left if amount is None else amount
        _check_amount("_capture_amount_cents", taken, left)
        source = authorization.linked.get("payment_source")
        lasts = inf if source is None else PAYMENT_SOURCES[source.type].authorization_lasts
        if self._state.clock() - authorization.at > lasts:
            # inferred: an authorization that has ended at Klarna.
            decision = Decision("failed", "Capture not allowed.")
        else:
            decision = self._decide("captures")
        return lambda who: self._took("captures", authorization, taken, decision, who)

    def _refund(self, capture: Record, amount: int | None) -> Step:
        left = self._transactions.left(capture)
        given = left if amount is None else amount
        _check_amount("_refund_amount_cents", given, left)
        decision = self._decide("refunds")
        return lambda who: self._took("refunds", capture, given, decision, who)

    def _took(self, type_: str, of: Record, amount: int, decision: Decision, who: Who) -> None:
        order = self._state.follow(of.linked.get("order"))
        if order is not None:
            reference = self._state.new_uuid() if decision.outcome == "succeeded" else None
            self._transactions.make(type_, order, amount, decision, who, of=of, reference=reference)
            if decision.outcome == "succeeded":
                self._pay(order, who)

    def _void(self, authorization: Record) -> Callable[[Who], Record]:
        if self._transactions.left(authorization) != cents(authorization):
            # Klarna cancels no order of which something was captured, and gives the rest back by another call.
            because = undocumented("voiding the rest of an authorization that was captured in part")
            raise Refused(_transition("payment_status", {"payment_status": "captured"}, "voided"), because=because)
        decision = self._decide("voids")
        order = self._state.follow(authorization.linked.get("order"))
        if order is None:
            raise Refused(problems.blank("order"))

        def void(who: Who) -> Record:
            made = self._transactions.make("voids", order, cents(authorization), decision, who, of=authorization)
            self._transactions.balance(authorization)
            return made

        return void

    def _pay(self, order: Record, who: Who) -> None:
        """Set the payment status that follows from the transactions.

        unknown: the status after a capture of a part (here ``partially_paid``, and the fulfillment stays), and after
        parts that were refunded before all was captured (here ``partially_refunded``).
        """
        authorized, captured, refunded = (
            self._transactions.sum(order, each) for each in ("authorizations", "captures", "refunds")
        )
        if self._transactions.sum(order, "voids"):
            status = "voided"
        elif refunded and refunded == captured == authorized:
            status = "refunded"
        elif refunded:
            status = "partially_refunded"
        elif captured:
            status = "paid" if captured == authorized else "partially_paid"
        else:
            status = "authorized"
        now = self._state.now()
        changes: dict[str, JSON] = {"payment_status": status, "payment_updated_at": now}
        fulfillment = order.attributes["fulfillment_status"]
        if status == "paid" and fulfillment == "unfulfilled":
            changes |= {"fulfillment_status": "in_progress", "fulfillment_updated_at": now}
        if status == "refunded":
            changes |= {"status": "cancelled", "cancelled_at": now}
            if fulfillment == "in_progress":
                changes |= {"fulfillment_status": "unfulfilled", "fulfillment_updated_at": now}
        self._state.update(order, changes, {}, who)


def _transition(name: str, found: Mapping[str, JSON], to: str) -> Problem:
    message = f"cannot transition from {found[name]} to {to}"
    return validation_error(name, message, "invalid", f"/data/attributes/{name}")


def _check_amount(name: str, amount: int, most: int) -> None:
    """Refuse an amount that is not there. inferred: as official clients show the error, on the amount."""
    if amount > most:
        problem = validation_error(
            name, f"must be less than or equal to {most}", "less_than_or_equal_to", f"/data/attributes/{name}"
        )
        raise Refused(problem)
    if amount <= 0:
        problem = validation_error(name, "must be greater than 0", "greater_than", f"/data/attributes/{name}")
        raise Refused(problem, because=undocumented("the answer to an amount of nothing"))
