"""What the triggers of orders and transactions change, and what that tells of a trigger whose answer was lost.

Without I/O; the endpoint asks. A trigger is never sent again when it may have been carried out. So the resource is read
before it is sent, with the transactions that it has. One that is there afterwards is the trigger's if it was not there
before, was made when the trigger was under way, has its amount, and is the only one. What another client does in that
minute, with the same amount, cannot be told from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal

from commercelayer_klarna._client.reconcile import SKEW, created, reason_of
from commercelayer_klarna._json import as_list
from commercelayer_klarna._values import asdict, evolve, frozen
from commercelayer_klarna.errors import (
    AmbiguousWriteError,
    NotIncludedError,
    TransactionFailedError,
    TransitionError,
    ValidationError,
    restated,
)
from commercelayer_klarna.plugins.values import Call
from commercelayer_klarna.resources import Order, Resource, Transaction

__all__ = [
    "LONG_ENOUGH",
    "TRIGGERS",
    "Pull",
    "Trigger",
    "Verdict",
    "is_unpaid",
    "of_order",
    "possible_from",
    "refusal",
    "standing",
]

# Seconds after which a request is no longer under way: longer than the API takes for any.
LONG_ENOUGH = 60.0


def _has(name: str, *values: str) -> Callable[[Resource], bool]:
    """Return a function that tells whether an attribute has one of these values."""
    return lambda resource: resource[name] in values


def _never(_: Resource) -> bool:
    """Return ``False``: the trigger may be pulled many times, so no state tells of one use of it."""
    return False


@frozen
class Trigger:
    """What a trigger changes, as far as it can be read.

    Attributes:
        reached: Whether a resource is in the state that the trigger leads to.
        makes: The relationship to the transactions that it makes.
        left: The attribute that says how much is left for it.
        reads: What must be included to see what it did. Sales channels cannot read transactions.
        by_state: Whether the state alone proves it, whoever brought it about: nothing is done twice then.
    """

    reached: Callable[[Resource], bool] = _never
    makes: str = ""
    left: str = "total_amount_with_taxes_cents"
    reads: tuple[str, ...] = ()
    by_state: bool = False


TRIGGERS: Mapping[tuple[str, str], Trigger] = {
    ("orders", "_place"): Trigger(_has("status", "placing", "placed", "approved"), by_state=True),
    ("orders", "_approve"): Trigger(_has("status", "approved"), by_state=True),
    ("orders", "_cancel"): Trigger(_has("status", "cancelled"), "voids", reads=("voids",), by_state=True),
    ("orders", "_capture"): Trigger(_has("payment_status", "paid"), "captures", reads=("captures",)),
    ("orders", "_approve_and_capture"): Trigger(_has("payment_status", "paid"), "captures", reads=("captures",)),
    ("orders", "_refund"): Trigger(_has("payment_status", "refunded"), "refunds", reads=("refunds",)),
    ("orders", "_nullify_payment_source"): Trigger(
        lambda order: order.related("payment_source") is None, reads=("payment_source",), by_state=True
    ),
    ("authorizations", "_capture"): Trigger(
        makes="captures", left="capture_balance_cents", reads=("captures", "order")
    ),
    ("authorizations", "_void"): Trigger(makes="voids", left="void_balance_cents", reads=("voids", "order")),
    ("captures", "_refund"): Trigger(makes="refunds", left="refund_balance_cents", reads=("refunds", "order")),
}
"""By resource type and name."""


@frozen
class Verdict:
    """What is known of a trigger.

    Attributes:
        outcome: ``done``, also where the gateway has yet to decide; ``failed`` if it refused; ``open`` if nothing
            tells.
        transactions: Those that it may have made.
    """

    outcome: Literal["done", "failed", "open"]
    transactions: tuple[Transaction, ...] = ()


@frozen
class Pull:
    """One use of a trigger, with all that is needed to find out what became of it: plain data, so that it pickles.

    Attributes:
        type: Type of the resource.
        id: Its id.
        trigger: Name of the trigger.
        amount_cents: The amount that was asked for, if it was.
        known: Ids of the transactions that were there before.
        was_reached: Whether the resource was in the state already that the trigger leads to.
        due_cents: The amount that it comes to: what was asked for, or all that was left before; ``None`` if that was
            not told.
        began: The earliest and the latest time that the API's clock may have shown when it was sent, in seconds since
            1970; ``None`` when no answer told its time.
    """

    type: str
    id: str
    trigger: str
    amount_cents: int | None = None
    known: tuple[str, ...] = ()
    was_reached: bool = False
    due_cents: int | None = None
    began: tuple[float, float] | None = None

    @classmethod
    def on(cls, before: Resource, trigger: str, amount_cents: int | None) -> Pull:
        """Return the use of a trigger on a resource as it is before."""
        row = TRIGGERS[before.type, trigger]
        there = _made(before, row)
        due = _cents(before, row.left) if amount_cents is None else amount_cents
        if due is not None and isinstance(before, Order):
            due -= sum(_cents(each, "amount_cents") or 0 for each in there if each.attributes.get("succeeded"))
        known = tuple(each.id for each in there)
        return cls(before.type, before.id, trigger, amount_cents, known, row.reached(before), due)

    @property
    def operation(self) -> str:
        """Return the name of the operation."""
        return f"{self.type}.{self.trigger.removeprefix('_')}"

    @property
    def row(self) -> Trigger:
        """Return what the trigger changes."""
        return TRIGGERS[self.type, self.trigger]

    def judge(self, after: Resource, *, answered: bool = False) -> Verdict:
        """Tell what became of it.

        Args:
            after: The resource as it is afterwards.
            answered: Whether it is the answer to the trigger itself, and not what was read back.
        """
        row = self.row
        new = [each for each in _made(after, row) if each.id not in self.known]
        made = tuple(each for each in new if self._fits(each) and (answered or self._is_in_time(each)))
        is_there = row.reached(after) and (row.by_state or not self.was_reached)
        if answered:  # one of them is the trigger's, whichever it is
            is_sure = len({each.outcome for each in made}) == 1
        else:
            is_sure = len(made) == 1 and self.due_cents in (None, made[0]["amount_cents"])
        if made and not is_there and not is_sure:
            return Verdict("open", made)
        if made:
            newest = max(made, key=lambda each: each["created_at"])
            return Verdict("failed" if newest.outcome == "failed" and not is_there else "done", (newest,))
        return Verdict("done" if is_there or (answered and not row.makes) else "open")

    def _fits(self, transaction: Transaction) -> bool:
        return self.amount_cents is None or transaction["amount_cents"] == self.amount_cents

    def _is_in_time(self, transaction: Transaction) -> bool:
        """Return whether a transaction was made while the trigger may have been under way, by the API's clock."""
        if self.began is None:
            return True
        earliest, _ = self.began
        return earliest - SKEW <= created(transaction) < earliest + LONG_ENOUGH

    def sent(self, began: tuple[float, float] | None) -> Pull:
        """Return the same with what is known of when it was sent."""
        return evolve(self, began=began)

    def failure(self, transaction: Transaction | None, what: str = "") -> TransactionFailedError:
        """Return the error for a gateway that refused."""
        told = "" if transaction is None else _told(transaction)
        return TransactionFailedError(
            f"{self.operation} of {self.id}: the API answered with success, but {what or 'the gateway refused'}{told}",
            operation=self.operation,
            id=self.id,
            transaction=transaction,
        )

    def ambiguous(
        self, error: BaseException | None, *, verdict: Verdict, started_at: float, read_back: bool, call: Call
    ) -> AmbiguousWriteError:
        """Return the error for a trigger of which nothing tells what became of it."""
        candidates = [each.id for each in verdict.transactions]
        if candidates:
            outcome = f"it may have made {'one of ' if len(candidates) > 1 else ''}{' and '.join(candidates)}"
        else:
            outcome = "nothing shows it yet" if read_back else "it could not be looked up"
        reason = "the API answered with success" if error is None else reason_of(error)
        return AmbiguousWriteError(
            f"{self.operation} of {self.id} may have been carried out, what came back does not tell ({reason});"
            f" {outcome}: call settle() with this error before you try again",
            operation=self.operation,
            id=self.id,
            started_at=datetime.fromtimestamp(started_at, UTC),
            candidates=candidates,
            read_back=read_back,
            attempts=max(1, call.attempts),
            evidence=asdict(self),
        )


def refusal(error: Exception, before: Resource) -> ValidationError | None:
    """Return an error that says more of a step that was refused, or ``None`` if the error says all that is known."""
    order = before if isinstance(before, Order) else before.related("order")
    if not isinstance(error, ValidationError) or not isinstance(order, Order):
        return None
    pointers = [each.pointer or "" for each in error.errors]
    if any(each.endswith(("/payment_method", "/payment_source")) for each in pointers):
        return restated(error, ValidationError, f"{error}; {_UNPAYABLE}")
    if not any(each.endswith("status") for each in pointers):
        return None
    return of_order(restated(error, TransitionError, f"{error}; {standing(order)}"), order)


_UNPAYABLE = (
    "the order has no payment that is ready: ensure() opens one, and update(payment_id, auth_token=...) stores what"
    " Klarna's widget gave"
)


def standing(order: Order) -> str:
    """Return the state that an order is in, and what is possible from there, for a message."""
    possible = possible_from(order)
    then = f"possible from there: {', '.join(possible)}" if possible else "no step is known to be possible from there"
    return f"order {order.id} is {order.status}, {order.payment_status} and {order.fulfillment_status}; {then}"


def of_order(error: TransitionError, order: Order) -> TransitionError:
    """Return an error that tells of the state that an order is in."""
    error.status, error.payment_status = order.status, order.payment_status
    error.fulfillment_status, error.possible = order.fulfillment_status, possible_from(order)
    return error


# What the vendor's own dashboard offers, by status and payment status of an order.
_OFFERED: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("pending", ("authorized", "partially_authorized", "paid"), ("orders.place",)),
    ("placed", ("authorized", "paid", "partially_refunded", "free"), ("orders.approve", "orders.cancel")),
    ("placed", ("unpaid", "partially_authorized"), ("orders.cancel",)),
    ("approved", ("paid", "partially_refunded"), ("orders.refund", "captures.refund")),
    ("editing", (), ("orders.cancel",)),
    # Not offered there, yet said of authorizations and captures themselves.
    ("approved", ("partially_paid",), ("authorizations.capture", "captures.refund")),
)


def possible_from(order: Order) -> tuple[str, ...]:
    """Return the methods that are possible from an order's state, as far as that is known."""
    if order.status == "pending" and order.payment_status == "unpaid":
        return ("orders.place",)
    if order.status == "approved" and order.payment_status == "authorized":
        may_be_cancelled = order.fulfillment_status in ("unfulfilled", "not_required")
        captures = ("orders.capture", "authorizations.capture")
        return (*captures, "orders.cancel") if may_be_cancelled else captures
    for status, payment_statuses, methods in _OFFERED:
        if order.status == status and (not payment_statuses or order.payment_status in payment_statuses):
            return methods
    return ()


def is_unpaid(order: Order) -> bool:
    """Return whether an order that should be placed has no money behind it."""
    if order.status in ("draft", "pending", "editing"):
        return True
    return order.payment_status == "unpaid" and bool(order.total_amount_with_taxes_cents) and order.status != "placing"


def _cents(resource: Resource, name: str) -> int | None:
    """Return an amount, or ``None`` if it is not told."""
    amount = resource.attributes.get(name)
    return amount if isinstance(amount, int) else None


def _made(resource: Resource, row: Trigger) -> list[Transaction]:
    """Return the transactions of a resource that are of the kind that a trigger makes, as far as they are told."""
    try:
        related = resource.related(row.makes) if row.makes and row.reads else None
    except NotIncludedError:
        return []
    return [each for each in as_list(related) if isinstance(each, Transaction)]


def _told(transaction: Transaction) -> str:
    """Return what the gateway said, for a message."""
    return f" (transaction {transaction['number']}: {transaction.reason or 'no reason was given'})"
