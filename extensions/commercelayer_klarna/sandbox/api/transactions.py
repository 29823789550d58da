"""The records of transactions: numbers, amounts, balances, and what the gateway said.

Each is one request to the gateway. When one may be made, and what it means for the order, is up to ``order_life``.
"""

from __future__ import annotations

from collections.abc import Mapping

from commercelayer_klarna.sandbox.api.gateway import TRANSACTIONS, Decision
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.seed import triple
from commercelayer_klarna.sandbox.api.state import Record, Ref, State

# An authorization was seen to be older than the placing of its order by this much, in milliseconds.
BEFORE_PLACING = 50

_CARD_CHECKS: dict[str, JSON] = dict.fromkeys(("cvv_code", "cvv_message", "avs_code", "avs_message", "fraud_review"))
# Which transactions take from the balance of which.
_TAKERS = {"authorizations": ("captures", "reference_authorization"), "captures": ("refunds", "reference_capture")}


class Transactions:
    """The transactions of one state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, order: Record, type_: str, *, succeeded: bool = True) -> list[Record]:
        """Return the transactions of a type that an order has, oldest first; those that succeeded, or all."""
        found = self._state.linking(type_, "order", order.id)
        return [each for each in found if each.attributes["succeeded"] or not succeeded]

    def pending(self, order: Record) -> list[Record]:
        """Return the transactions of an order that the gateway has not decided yet."""
        return [each for type_ in TRANSACTIONS for each in self.of(order, type_, succeeded=False) if is_pending(each)]

    def sum(self, order: Record, type_: str) -> int:
        """Return what the transactions of a type come to that succeeded."""
        return sum(cents(each) for each in self.of(order, type_))

    def left(self, record: Record) -> int:
        """Return what can still be captured of an authorization, or refunded of a capture."""
        type_, name = _TAKERS[record.type]
        taken = self._state.linking(type_, name, record.id)
        return cents(record) - sum(cents(each) for each in taken if each.attributes["succeeded"] or is_pending(each))

    def voided(self, authorization: Record) -> bool:
        """Return whether an authorization was voided."""
        voids = self._state.linking("voids", "reference_authorization", authorization.id)
        return any(each.attributes["succeeded"] for each in voids)

    def make(
        self,
        type_: str,
        order: Record,
        amount: int,
        decision: Decision,
        who: Mapping[str, JSON],
        *,
        of: Record | None = None,
        reference: str | None = None,
    ) -> Record:
        """Make a transaction of an order, ``of`` the one that it takes from, with the gateway's ``reference``."""
        count = sum(len(self.of(order, each, succeeded=False)) for each in TRANSACTIONS) + 1
        attributes: dict[str, JSON] = {
            "number": f"{order.attributes['number']}/T/{count:03d}",
            "payment_method_type": None,
            "currency_code": order.attributes["currency_code"],
            **triple("amount", amount),
            **_said(type_, decision),
            # unknown: what Klarna's transactions carry here; of other gateways both are the same reference.
            "token": reference,
            "gateway_transaction_id": reference,
        }
        if type_ == "authorizations":
            attributes |= _CARD_CHECKS
        linked: dict[str, Ref | None] = {
            "order": Ref("orders", order.id),
            "payment_source": order.linked.get("payment_source"),
        }
        if of is not None:
            linked[f"reference_{of.type.removesuffix('s')}"] = Ref(of.type, of.id)
        ago = BEFORE_PLACING if type_ == "authorizations" else 0
        record = self._state.create(type_, attributes, linked, who, ago=ago)
        for each in (record, *([of] if of is not None else [])):
            self.balance(each)
        return record

    def complete(self, record: Record, decision: Decision, who: Mapping[str, JSON]) -> None:
        """Let the gateway decide about a transaction that was pending."""
        self._state.update(record, _said(record.type, decision), {}, who)
        for name in ("reference_authorization", "reference_capture"):
            if (taken_from := self._state.follow(record.linked.get(name))) is not None:
                self.balance(taken_from)

    def balance(self, record: Record) -> None:
        """Set what is left of an authorization or a capture. unknown: the rest of a void; it has none here."""
        if record.type == "authorizations":
            left = self.left(record)
            record.attributes |= {**triple("capture_amount", left), **triple("capture_balance", left)}
            record.attributes |= triple("void_balance", 0 if self.voided(record) else cents(record))
        elif record.type == "captures":
            left = self.left(record)
            record.attributes |= {**triple("refund_amount", left), **triple("refund_balance", left)}


def cents(record: Record) -> int:
    """Return the amount of a transaction."""
    amount = record.attributes["amount_cents"]
    return amount if isinstance(amount, int) else 0


def is_pending(record: Record) -> bool:
    """Return whether the gateway has not decided about a transaction."""
    said = [record.attributes[name] for name in ("succeeded", "message", "error_code", "error_detail")]
    return not any(said)


def _said(type_: str, decision: Decision) -> dict[str, JSON]:
    """Return what a record says of the gateway's decision, where recorded answers show it: the words are made up."""
    said: dict[str, JSON] = {"succeeded": False, "message": None, "error_code": None, "error_detail": None}
    if decision.outcome == "succeeded":
        return {**said, "succeeded": True, "message": "Success!"}
    if decision.outcome == "pending":
        return said
    text = decision.message or "Declined."
    if type_ == "authorizations":
        return {**said, "error_code": "Error", "error_detail": text}
    return {**said, "message": text}
