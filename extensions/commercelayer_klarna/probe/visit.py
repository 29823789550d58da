"""What a check is given: it sends requests, and finds what the organization has to show.

Every request is counted against what its check announced, and remembered. A check that only reads cannot write here.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field, frozen

from commercelayer_klarna._json import JsonObject, as_object
from commercelayer_klarna._sync.client import KlarnaPayments
from commercelayer_klarna.probe.exchange import Answer, Ask, Caller, CannotTell, Exchange, linkage
from commercelayer_klarna.probe.sending import AsWritten

__all__ = ["SAMPLES", "Prober", "Visit"]

SAMPLES: Mapping[str, Ask] = {
    "klarna_payments": Ask("GET", "klarna_payments?page[size]=25&sort=-created_at&include=order,payment_gateway"),
    "orders": Ask(
        "GET",
        "orders?page[size]=25&sort=-placed_at&include=payment_method,payment_source&filter[q][placed_at_null]=false",
    ),
    "pending orders": Ask(
        "GET", "orders?page[size]=25&sort=-created_at&include=payment_source&filter[q][status_eq]=pending"
    ),
    **{
        each: Ask("GET", f"{each}?page[size]=25&sort=-created_at&include=order,payment_source")
        for each in ("authorizations", "captures", "voids", "refunds")
    },
    "klarna_gateways": Ask("GET", "klarna_gateways?page[size]=25&include=payment_methods"),
    "event_stores": Ask("GET", "klarna_payments/{payment}/event_stores"),
}
"""What is fetched once, and looked at by many checks."""


@frozen(eq=False)
class Prober:
    """A client, and the plugin that sends through it what checks write down."""

    payments: KlarnaPayments
    sender: AsWritten


@define(eq=False)
class Visit:
    """A run of checks against one organization.

    Attributes:
        callers: The clients, by whose credentials they have.
        orders: The orders that may be written, in the order in which they were given.
        old_token: A token that has expired, if there is one.
        exchanges: All that was sent so far.
        kept: What the checks that write tell those after them.
    """

    callers: Mapping[Caller, Prober]
    orders: tuple[str, ...] = ()
    old_token: str | None = field(default=None, repr=False)
    exchanges: list[Exchange] = field(factory=list[Exchange], repr=False)
    kept: dict[str, str] = field(factory=dict[str, str], repr=False)
    _samples: dict[str, Answer | CannotTell] = field(factory=dict[str, "Answer | CannotTell"], repr=False)
    _roles: dict[str, str] | None = None
    _check: str = ""
    _writes: bool = False
    _most: int = 0
    _left: int = 0

    def begin(self, check: str, most: int, *, writes: bool) -> None:
        """Begin a check, by its name. It may send so many requests."""
        self._check, self._most, self._left, self._writes = check, most, most, writes

    @property
    def claims(self) -> JsonObject:
        """What the token of the integration says of itself."""
        return self.callers["integration"].sender.claims

    def ask(self, ask: Ask) -> Answer:
        """Send a request, and return its answer, whatever it is.

        Raises:
            CannotTell: It could not be sent, or there is no answer.
        """
        if not (ask.reads or self._writes):
            raise CannotTell("a check that reads does not write")
        if not self._left:
            raise CannotTell(f"it may send {self._most} requests, and wanted to send more")
        asked = ask.filled(self.id_of)
        self._left -= 1
        return self._send(self._check, asked)

    def get(self, target: str, *, by: Caller = "integration") -> Answer:
        """Read, and return the answer, whatever it is."""
        return self.ask(Ask("GET", target, by=by))

    def found(self, target: str) -> Answer:
        """Read what must be there."""
        return self.needed(self.get(target))

    def write(
        self,
        method: str,
        type_: str,
        id_: str = "",
        attributes: Mapping[str, object] | None = None,
        related: Mapping[str, tuple[str, str] | None] | None = None,
        *,
        by: Caller = "integration",
    ) -> Answer:
        """Send a document about a resource, and return the answer, whatever it is."""
        data: JsonObject = {"type": type_}
        if id_:
            data["id"] = id_
        if attributes is not None:
            data["attributes"] = dict(attributes)
        if related is not None:
            data["relationships"] = {
                name: {"data": None if to is None else {"type": to[0], "id": to[1]}} for name, to in related.items()
            }
        return self.ask(Ask(method, f"{type_}/{id_}" if id_ else type_, {"data": data}, by=by))

    def needed(self, answer: Answer) -> Answer:
        """Return an answer without which a check cannot go on.

        Raises:
            CannotTell: It is no success.
        """
        if not 200 <= answer.status <= 299:
            raise CannotTell(f"a request that it needs was refused: {answer}")
        return answer

    def keep(self, name: str) -> str:
        """Return what an earlier check that writes has kept.

        Raises:
            CannotTell: It has not.
        """
        if name not in self.kept:
            raise CannotTell(f"there is no {name} to try it with")
        return self.kept[name]

    def order(self, name: str, remedy: str) -> str:
        """Return an order that may be written, by what it was found to be when it was first asked for.

        ``waiting`` is pending and unpaid, without a shopper's authorization; ``authorized 1`` and so on have one.

        Raises:
            CannotTell: There is none.
        """
        if self._roles is None:
            self._roles = {}
            for id_ in self.orders:
                answer = self._send(
                    "orders to write", Ask("GET", f"orders/{id_}?include=payment_source,payment_method")
                )
                self._take(id_, answer, self._roles)
        if name not in self._roles:
            raise CannotTell(remedy)
        return self._roles[name]

    def _take(self, id_: str, answer: Answer, roles: dict[str, str]) -> None:
        """Decide what an order can be used for."""
        found, source = answer.attributes, answer.related("payment_source")
        if (found.get("status"), found.get("payment_status")) != ("pending", "unpaid"):
            return
        of_klarna = [each for each in answer.included if each.get("type") == "klarna_payments"]
        if any(as_object(each.get("attributes")).get("auth_token") for each in of_klarna):
            number = 1 + sum(each.startswith("authorized") for each in roles)
            roles[f"authorized {number}"] = id_
            self.kept[f"payment of authorized {number}"] = str(source.get("id"))
        else:
            roles.setdefault("waiting", id_)
            self.kept.setdefault("payment method", str(answer.related("payment_method").get("id", "")))

    def sample(self, name: str) -> Answer:
        """Return what is fetched once for many checks.

        Raises:
            CannotTell: It cannot be fetched, or there is nothing.
        """
        if name not in self._samples:
            try:
                self._samples[name] = self._send(f"sample: {name}", SAMPLES[name].filled(self.id_of))
            except CannotTell as error:
                self._samples[name] = error
        found = self._samples[name]
        if isinstance(found, CannotTell):
            raise CannotTell(*found.args)
        if found.status != 200:
            raise CannotTell(f"{name} cannot be read: {found}")
        if not found.listed:
            raise CannotTell(f"there are no {name}")
        return found

    def id_of(self, name: str) -> str:
        """Return the id that a name in braces stands for.

        Raises:
            CannotTell: The organization has none.
        """
        samples = {"payment": "klarna_payments", "gateway": "klarna_gateways", "placed_order": "orders"}
        samples |= {"authorization": "authorizations", "capture": "captures", "event": "event_stores"}
        if name in samples:
            return str(self.sample(samples[name]).listed[0].get("id"))
        payment = self.sample("klarna_payments").listed[0]
        if name == "order" and (order := linkage(payment, "order")):
            return str(order.get("id"))
        if name == "payment_gateway" and (gateway := linkage(payment, "payment_gateway")):
            return str(gateway.get("id"))
        if name in ("pending_order", "pending_payment"):
            for each in self.sample("pending orders").listed:
                if (source := linkage(each, "payment_source")).get("type") == "klarna_payments":
                    return str((each if name == "pending_order" else source).get("id"))
            raise CannotTell("no pending order has a klarna payment")
        raise CannotTell(f"there is no {name}")

    def _send(self, check: str, ask: Ask) -> Answer:
        prober = self.callers.get(ask.by)
        if prober is None:
            raise CannotTell(f"there are no credentials of a {ask.by}")
        answer = prober.sender.send(prober.payments, ask)
        self.exchanges.append(Exchange(check, ask, answer))
        reason = answer.headers.get("x-sandbox-refused", "")
        if reason.startswith("not modelled"):
            raise CannotTell(f"it is a sandbox: {reason}")
        return answer
