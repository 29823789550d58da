"""What the payment gateway says to a transaction: yes, unless it was told otherwise, or Klarna's own limits forbid it.

The sandbox has no gateway behind it. Whoever tests decides what the next transactions come to; what follows from that
for the order is up to ``order_life``.
"""

from __future__ import annotations

from typing import Literal, get_args

from attrs import frozen

TransactionType = Literal["authorizations", "captures", "voids", "refunds"]
Outcome = Literal["succeeded", "pending", "failed", "refused", "placed_unpaid"]

TRANSACTIONS: tuple[TransactionType, ...] = get_args(TransactionType)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

MAXIMUM_PENDING = 1_000
MAXIMUM_TIMES = 1_000


@frozen
class Decision:
    """What becomes of one transaction.

    ``failed`` leaves a record that says so, and the answer is a success; ``refused`` makes the answer an error, without
    a record; ``placed_unpaid``, of authorizations alone, fails and lets the order be placed all the same, which real
    shops have met.
    """

    outcome: Outcome = "succeeded"
    message: str | None = None


class Gateway:
    """The decisions that wait for a transaction, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[tuple[TransactionType, Decision]] = []

    def tell(self, type_: str, outcome: str, *, message: str | None = None, times: int = 1) -> None:
        """Decide about the next transactions of a type.

        Raises ValueError, which names the argument, for one that makes no sense.
        """
        types: dict[str, TransactionType] = {each: each for each in TRANSACTIONS}
        outcomes: dict[str, Outcome] = {each: each for each in OUTCOMES}
        type_of, decided = types.get(type_), outcomes.get(outcome)
        if type_of is None:
            raise ValueError(f"type is one of {', '.join(TRANSACTIONS)}, not {type_!r}")
        if decided is None:
            raise ValueError(f"outcome is one of {', '.join(OUTCOMES)}, not {outcome!r}")
        if decided == "placed_unpaid" and type_of != "authorizations":
            raise ValueError("placed_unpaid is an outcome of authorizations alone")
        if not 1 <= times <= MAXIMUM_TIMES or len(self._waiting) + times > MAXIMUM_PENDING:
            raise ValueError(f"times is from 1 to {MAXIMUM_TIMES}, and at most {MAXIMUM_PENDING} decisions wait")
        waiting: tuple[TransactionType, Decision] = (type_of, Decision(decided, message))
        self._waiting.extend([waiting] * times)

    def decide(self, type_: str) -> Decision:
        """Return the decision about a transaction, and count it as used."""
        for index, (waiting, decision) in enumerate(self._waiting):
            if waiting == type_:
                del self._waiting[index]
                return decision
        return Decision()

    def clear(self) -> None:
        """Forget all decisions."""
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)
