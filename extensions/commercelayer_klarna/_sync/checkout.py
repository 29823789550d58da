# Written by scripts/unasync from _async/checkout.py. Do not edit.
"""What a checkout asks of klarna payments: the open payment of an order, and what became of a write in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from commercelayer_klarna._lazy import lazy
from commercelayer_klarna._sync.endpoint import PaymentSources

if TYPE_CHECKING:
    from commercelayer_klarna import resources
    from commercelayer_klarna._client import (
        metadata as metadata_of,
    )
    from commercelayer_klarna._client import (
        page,
        reconcile,
        requests,
        resource_types,
        settlement,
        transitions,
    )
    from commercelayer_klarna._client.settlement import Ensured, Settlement
    from commercelayer_klarna._sync.session import Operation
    from commercelayer_klarna.errors import AmbiguousWriteError
    from commercelayer_klarna.plugins import values
    from commercelayer_klarna.resources import KlarnaPayment, Order
else:
    metadata_of, page, reconcile = lazy("_client.metadata", "_client.page", "_client.reconcile")
    requests, resource_types = lazy("_client.requests", "_client.resource_types")
    settlement, transitions = lazy("_client.settlement", "_client.transitions")
    resources, values = lazy("resources", "plugins.values")

__all__ = ["Checkout"]


class Checkout(PaymentSources["KlarnaPayment"]):
    """The questions of a checkout."""

    def retrieve_for_order(self, order_id: str, *, include: Sequence[str] = ()) -> KlarnaPayment | None:
        """Retrieve the klarna payment that pays an order; ``None`` if nothing does, or something else.

        Args:
            order_id: Id of the order.
            include: Relationship paths of the payment to include.
        """
        source = (self._order_of(order_id, include=include)).payment_source
        return source if isinstance(source, resources.KlarnaPayment) else None

    def ensure(
        self,
        order: str,
        *,
        reference: str | None = None,
        reference_origin: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Ensured:
        """Return the open Klarna payment of an order: the one that it has, refreshed if need be, or a new one.

        Calls for the same order in one process wait for each other, so two clicks at once open one session. Between
        processes nothing can prevent two sessions; who comes later is told, by ``others`` of the result.

        Args:
            order: Id of the order, which must be a draft or pending.
            reference: The reference that the payment has, or gets; one with another reference is replaced.
            reference_origin: Name of the system that the reference belongs to, for a new payment.
            metadata: What its metadata contain, or are.

        Raises:
            TransitionError: The order is placed, or has gone further.
            AmbiguousWriteError: A payment may have been created, and what was found does not prove it.
        """
        session = self._session
        lock = settlement.lock_of(session.settings.base_url, order)
        wanted = metadata_of.encoded(session.settings.plugins, self._type.name, {"metadata": metadata})["metadata"]
        with session.operation(f"{self._type.name}.ensure") as operation:
            session.take(lock, within=operation)
            try:
                began = session.settings.timing.monotonic()
                found = self._order_of(order, within=operation)
                if (refused := settlement.closed(found)) is not None:
                    raise refused
                source = found.payment_source
                if isinstance(source, resources.KlarnaPayment) and settlement.fits(source, reference, wanted):
                    if not source.mismatched_amounts:
                        return settlement.Ensured(source, "found")
                    renewal = self._update_request(source.id, {}, trigger="_update", operation="refresh_session")
                    renewed = session.send(renewal, self._type.one_with(source.id), within=operation)
                    return settlement.Ensured(renewed, "refreshed")
                attributes = {"reference": reference, "reference_origin": reference_origin, "metadata": metadata}
                creating = self._create_request(attributes, order=order, include=(), fields=None)
                made = self._create(creating, self._type.one, within=operation)
                known = {made.id, *([] if source is None else [source.id])}
                return settlement.Ensured(made, "created", self._others(order, known, began, operation))
            finally:
                lock.of_threads.release()

    def settle(self, error: AmbiguousWriteError) -> Settlement:
        """Find out what became of a create or a trigger whose answer was lost, minutes or days ago.

        The error may come from another process: it pickles. Within a minute of its start, what is not there may still
        appear; its outcome is ``unknown`` then. So it is when the answer has payments of other orders, or ends before
        those of that time: it does not tell that there is none.

        Raises:
            AuthenticationError: The credentials may not read what tells: payments are listed, and transactions read, by
                integrations alone.
            TypeError: It is no ``AmbiguousWriteError``.
            ValueError: The error does not come from a client.
        """
        settlement.check_error(error)
        session, evidence = self._session, dict(error.evidence)
        if "trigger" in evidence:
            pull = transitions.Pull(**evidence)
            kind = resource_types.named(pull.type)
            reading = requests.retrieve(kind, id=pull.id, include=pull.row.reads).renamed(f"{pull.operation}.settle")
            after = session.send(reading, kind.one_with(pull.id))
            return settlement.settled(pull.judge(after), after, error, session.settings.timing.now())
        if "order" not in evidence:
            raise ValueError(f"{error!r} has no evidence: pass the error that a client raised")
        creation = reconcile.Creation(**evidence)
        kind = resource_types.named(creation.type)
        found = session.send(
            creation.request().renamed(f"{creation.type}.create.settle"),
            lambda document: page.page_of(document, kind.resource, page.Position()),
        )
        proved, candidates = creation.judge(found)
        if proved is not None:
            payment = session.send(requests.retrieve(kind, id=proved), kind.one_with(proved))
            return settlement.Settlement("carried_out", payment)
        is_over = settlement.is_over(error, session.settings.timing.now())
        if candidates or not is_over or not creation.is_ruled_out_by(found):
            return settlement.Settlement("unknown", None, candidates)
        return settlement.Settlement("not_carried_out")

    def _order_of(self, order_id: str, *, include: Sequence[str] = (), within: Operation | None = None) -> Order:
        """Retrieve an order with what pays it.

        Raises:
            ResponseFormatError: The answer is another order, whose session is for nobody else.
        """
        kind, order_id = resource_types.ORDERS, requests.check_id(order_id, "order")
        paths = ["payment_source", *(f"payment_source.{each}" for each in include)]
        asked = requests.retrieve(kind, id=order_id, include=paths)
        return self._session.send(asked, kind.one_with(order_id), within=within)

    def _others(self, order: str, known: set[str], began: float, operation: Operation) -> tuple[str, ...]:
        """Return the payments that others created for an order meanwhile, if they may be listed."""
        earliest, _ = self._session.connections.api_clock.at(began) or (0.0, 0.0)
        creation = reconcile.Creation(self._type.name, order, {})
        try:
            found = self._session.send(
                creation.request().renamed(f"{self._type.name}.ensure.others"),
                lambda document: list(page.page_of(document, self._type.resource, page.Position())),
                within=operation,
                purpose=values.Purpose.READ_BACK,
            )
        except Exception as error:  # whatever it is, the payment was created
            if self._session.is_broken_off(error):
                raise
            return ()
        of_others = [each for each in found if each.id not in known and creation.has_order_of(each)]
        return tuple(each.id for each in of_others if each.created_at.timestamp() >= earliest)
