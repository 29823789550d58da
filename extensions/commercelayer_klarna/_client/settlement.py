"""What a checkout is told: what became of a write whose answer was lost, and whose session an order has.

Without I/O; ``checkout`` asks.
"""

from __future__ import annotations

from typing import Literal
from weakref import WeakValueDictionary

from commercelayer_klarna._client.transitions import LONG_ENOUGH, Verdict, of_order, standing
from commercelayer_klarna._forks import FreshLock
from commercelayer_klarna._json import as_object, is_object
from commercelayer_klarna._values import frozen
from commercelayer_klarna.errors import AmbiguousWriteError, TransitionError
from commercelayer_klarna.plugins.flow import Lock
from commercelayer_klarna.resources import KlarnaPayment, Order, Resource

__all__ = ["Ensured", "Settlement", "check_error", "closed", "fits", "lock_of", "settled"]

_locks: WeakValueDictionary[tuple[str, str], Lock] = WeakValueDictionary()
_guard = FreshLock()


@frozen
class Settlement:
    """What became of a create or a trigger.

    Attributes:
        outcome: ``carried_out``; ``not_carried_out``, so that you may try again; ``failed``, when the gateway refused;
            or ``unknown``, when nothing tells yet or ``candidates`` are too many.
        resource: The payment that was created, the transaction that was made, or the order as it is now.
        candidates: Ids of what it may have made, as far as it is unknown which.
    """

    outcome: Literal["carried_out", "not_carried_out", "failed", "unknown"]
    resource: Resource | None = None
    candidates: tuple[str, ...] = ()


@frozen
class Ensured:
    """The open Klarna payment of an order.

    Attributes:
        payment: The payment: send its ``client_token`` to the browser.
        how: Whether it was ``found`` as it is, ``refreshed`` since the amounts differed, or ``created``.
        others: Ids of payments that somebody else created for the order at the same time, when this one was created
            and the credentials may list payments. The newest of all pays the order.
    """

    payment: KlarnaPayment
    how: Literal["found", "refreshed", "created"]
    others: tuple[str, ...] = ()


def lock_of(base_url: str, order: str) -> Lock:
    """Return the lock under which this process opens the payment of an order."""
    with _guard.lock:  # two threads could both make one
        return _locks.setdefault((base_url, order), Lock())


def fits(source: KlarnaPayment, reference: str | None, metadata: object) -> bool:
    """Return whether a payment has this reference and these metadata, as far as they are given."""
    stored = source.attributes.get("metadata")
    held = stored if is_object(stored) else {}
    return (reference is None or source.reference == reference) and all(
        name in held and held[name] == value for name, value in as_object(metadata).items()
    )


def closed(order: Order) -> TransitionError | None:
    """Return the error for an order that has no open payment any more, or ``None``."""
    if order.status in ("draft", "pending"):
        return None
    return of_order(TransitionError(f"only a draft or pending order has an open payment; {standing(order)}"), order)


def settled(verdict: Verdict, after: Resource, error: AmbiguousWriteError, now: float) -> Settlement:
    """Return what became of a trigger."""
    made = verdict.transactions
    if verdict.outcome == "open":
        if made or not is_over(error, now):
            return Settlement("unknown", after, tuple(each.id for each in made))
        return Settlement("not_carried_out", after)
    outcome: Literal["failed", "carried_out"] = "failed" if verdict.outcome == "failed" else "carried_out"
    return Settlement(outcome, made[0] if made and not isinstance(after, Order) else after)


def check_error(error: object) -> None:
    """Refuse what cannot be settled.

    Raises:
        TypeError: It is no ``AmbiguousWriteError``.
    """
    if not isinstance(error, AmbiguousWriteError):
        raise TypeError(f"error must be the AmbiguousWriteError that a client raised, not {type(error).__name__}")


def is_over(error: AmbiguousWriteError, now: float) -> bool:
    """Return whether the request is over, by the clocks of the machine that sent it and of the one that asks now."""
    return error.started_at is not None and now - error.started_at.timestamp() >= LONG_ENOUGH
