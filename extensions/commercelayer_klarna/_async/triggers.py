"""Triggers: what makes the API do something with an order or a transaction. None is sent twice.

What a trigger changes, and what that tells of one whose answer was lost, is in ``_client.transitions``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from commercelayer_klarna._async.endpoint import AsyncRetrieving
from commercelayer_klarna._client import reconcile, requests, transitions
from commercelayer_klarna._values import frozen
from commercelayer_klarna.errors import ResponseFormatError
from commercelayer_klarna.plugins.values import Call, Purpose
from commercelayer_klarna.resources import Resource, Transaction

if TYPE_CHECKING:
    from commercelayer_klarna._async.session import Operation
    from commercelayer_klarna._client.requests import ApiRequest

__all__ = ["AsyncTriggers", "Pulled"]

R = TypeVar("R", bound=Resource)
T = TypeVar("T", bound=Transaction)


@frozen
class Pulled(Generic[R]):
    """What a trigger led to: the resource as it is now, and the transaction that it made."""

    resource: R
    transaction: Transaction | None = None


class AsyncTriggers(AsyncRetrieving[R]):
    """Resources that have triggers."""

    async def _pull(
        self,
        id: str,
        trigger: str,
        amount: Mapping[str, int | None] | None = None,
        *,
        include: Sequence[str] = (),
        unless_reached: bool = False,
    ) -> Pulled[R]:
        """Pull a trigger: read the resource, send the trigger once, and read back if its answer was lost.

        Args:
            id: Id of the resource.
            trigger: Name of the trigger.
            amount: The amount that goes with it, by its name.
            include: What the answer includes for the caller.
            unless_reached: Whether nothing is sent if the resource is there already where the trigger leads.

        Raises:
            TransitionError: The order's state does not allow it.
            TransactionFailedError: The gateway refused.
            AmbiguousWriteError: It may have been carried out, and nothing that was read back tells.
        """
        kind, session = self._type, self._session
        row = transitions.TRIGGERS[kind.name, trigger]
        asked = [*dict.fromkeys([*include, *row.reads])]
        writing = self._update_request(id, {}, trigger=trigger, amounts=amount, include=asked)
        reading = requests.retrieve(kind, id=id, include=asked).renamed(f"{writing.operation}.read")
        async with session.operation(writing.operation) as operation:
            before = await session.send(reading, kind.one_with(id), within=operation)
            if unless_reached and row.reached(before):
                return Pulled(before)
            pull = transitions.Pull.on(before, trigger, next(iter((amount or {}).values()), None))
            timing, began = session.settings.timing, session.clock()
            call, doubt = Call(writing.operation), None
            after, verdict = before, transitions.Verdict("open")

            def sent() -> transitions.Pull:
                return pull.sent(session.connections.api_clock.at(call.sent_at or began))

            def ambiguous(error: BaseException | None) -> Exception:
                started_at = reconcile.sent_at(timing, call)
                return sent().ambiguous(error, verdict=verdict, started_at=started_at, read_back=was_read, call=call)

            operation.doubt, was_read = ambiguous, False
            try:
                after = await session.send(writing, kind.one_with(id), within=operation, call=call)
                verdict = pull.judge(after, answered=True)
            except Exception as error:
                if session.is_broken_off(error):
                    raise
                if not reconcile.may_be_done(error, call):
                    refused = transitions.refusal(error, before)
                    if refused is None:
                        raise
                    raise refused from None
                doubt = error
            was_read = doubt is None
            if verdict.outcome == "open":
                found = await self._found(reading, sent, operation)
                if found is not None:
                    was_read, (after, verdict) = True, found
            if verdict.outcome == "open":
                raise ambiguous(doubt) from doubt
            transaction = next(iter(verdict.transactions), None)
            if verdict.outcome == "failed":
                raise pull.failure(transaction)
            return Pulled(after, transaction)

    async def _found(
        self, reading: ApiRequest, sent: Callable[[], transitions.Pull], operation: Operation
    ) -> tuple[R, transitions.Verdict] | None:
        """Read the resource back until it tells what became of a trigger, or there is no point in going on."""
        found: tuple[R, transitions.Verdict] | None = None
        for seconds in reconcile.READ_BACKS:
            if not await self._session.sleep(seconds, within=operation):
                break
            try:
                after = await self._session.send(
                    reading, self._type.one_with(sent().id), within=operation, purpose=Purpose.READ_BACK
                )
            except Exception as error:  # whatever it is, it must not hide the doubt about the trigger
                if self._session.is_broken_off(error):
                    raise
                if not reconcile.may_read_back_again(error):
                    break
                continue
            found = after, sent().judge(after)
            if found[1].outcome != "open":
                break
        return found

    def _transaction(self, pulled: Pulled[R], kind: type[T]) -> T:
        """Return the transaction that a trigger made.

        Raises:
            ResponseFormatError: The answer does not hold it.
        """
        if not isinstance(pulled.transaction, kind):
            raise ResponseFormatError(f"the answer holds no {kind.__name__.lower()} of {pulled.resource.id}")
        return pulled.transaction
