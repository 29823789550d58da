"""What the triggers of orders and transactions change, and what that tells of a trigger whose answer was lost.

Without I/O; the endpoint asks. A trigger is never sent again when it may have been carried out. So the resource is read
before it is sent, with the transactions that it has: one that is there afterwards and was not before is the trigger's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal

from attrs import asdict

from commercelayer_klarna._client.reconcile import reason_of
from commercelayer_klarna._json import as_list
from commercelayer_klarna._values import frozen
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

__all__ = ["TRIGGERS", "Pull", "Trigger", "Verdict", "is_unpaid", "of_order", "possible_from", "refusal", "standing"]


def _has(name: str, *values: str) -> Callable[[Resource], bool]:
    """Return a function that tells whether an attribute has one of these values."""
    return lambda resource: resource[name] in values


def _never(_: Resource) -> bool:
    """Return that no state tells: the trigger may be pulled many times."""
    return False


@frozen
class Trigger:
    """What a trigger changes, as far as it can be read.

    Attributes:
        reached: Whether a resource is in the state that the trigger leads to.
        makes: The relationship to the transactions that it makes.
        reads: What must be included to see what it did. Sales channels cannot read transactions.
        by_state: Whether the state alone proves it, whoever brought it about: nothing is done twice then.
    """

    reached: Callable[[Resource], bool] = _never
    makes: str = ""
    reads: tuple[str, ...] = ()
    by_state: bool = False


TRIGGERS: Mapping[tuple[str, str], Trigger] = {
    ("orders", "_place"): Trigger(_has("status", "placing", "placed", "approved"), by_state=True),
    ("orders", "_approve"): Trigger(_has("status", "approved"), by_state=True),
    ("orders", "_cancel"): Trigger(_has("status", "cancelled"), "voids", ("voids",), by_state=True),
    ("orders", "_capture"): Trigger(_has("payment_status", "paid"), "captures", ("captures",)),
    ("orders", "_approve_and_capture"): Trigger(_has("payment_status", "paid"), "captures", ("captures",)),
    ("orders", "_refund"): Trigger(_has("payment_status", "refunded"), "refunds", ("refunds",)),
    ("orders", "_nullify_payment_source"): Trigger(
        lambda order: order.related("payment_source") is None, reads=("payment_source",), by_state=True
    ),
    ("authorizations", "_capture"): Trigger(makes="captures", reads=("captures", "order")),
    ("authorizations", "_void"): Trigger(makes="voids", reads=("voids", "order")),
    ("captures", "_refund"): Trigger(makes="refunds", reads=("refunds", "order")),
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
    """

    type: str
    id: str
    trigger: str
    amount_cents: int | None = None
    known: tuple[str, ...] = ()
    was_reached: bool = False

    @classmethod
    def on(cls, before: Resource, trigger: str, amount_cents: int | None) -> Pull:
        """Return the use of a trigger on a resource as it is before."""
        row = TRIGGERS[before.type, trigger]
        known = tuple(each.id for each in _made(before, row))
        return cls(before.type, before.id, trigger, amount_cents, known, row.reached(before))

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
        made = tuple(each for each in _made(after, row) if each.id not in self.known and self._fits(each))
        is_there = row.reached(after) and (row.by_state or not self.was_reached)
        if len(made) > 1 and not answered and not is_there:
            return Verdict("open", made)
        if made:
            newest = max(made, key=lambda each: each["created_at"])
            return Verdict("failed" if newest.outcome == "failed" and not is_there else "done", (newest,))
        return Verdict("done" if is_there or (answered and not row.makes) else "open")

    def _fits(self, transaction: Transaction) -> bool:
        return self.amount_cents is None or transaction["amount_cents"] == self.amount_cents

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
            outcome = f"it may have made one of {' and '.join(candidates)}"
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


def refusal(error: Exception, before: Resource) -> TransitionError | None:
    """Return the error for a step that the order's state does not allow, or ``None`` if something else was refused."""
    order = before if isinstance(before, Order) else before.related("order")
    if not isinstance(error, ValidationError) or not isinstance(order, Order):
        return None
    if not any((each.pointer or "").endswith("status") for each in error.errors):
        return None
    return of_order(restated(error, TransitionError, f"{error}; {standing(order)}"), order)


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
    """Whether an order that should be placed has no money behind it."""
    if order.status in ("draft", "pending", "editing"):
        return True
    return order.payment_status == "unpaid" and bool(order.total_amount_with_taxes_cents) and order.status != "placing"


def _made(resource: Resource, row: Trigger) -> list[Transaction]:
    """Return the transactions of a resource that are of the kind that a trigger makes, as far as they are told."""
    try:
        related = resource.related(row.makes) if row.makes and row.reads else None
    except NotIncludedError:
        return []
    return [each for each in as_list(related) if isinstance(each, Transaction)]


def _told(transaction: Transaction) -> str:
    """Return what the gateway said, for a message."""
    said = [str(transaction[name]) for name in ("message", "error_code", "error_detail") if transaction[name]]
    return f" (transaction {transaction['number']}: {', '.join(said) or 'no reason was given'})"
