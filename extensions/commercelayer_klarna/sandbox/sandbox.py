"""The sandbox itself: one organization with its state, behind one lock, without I/O.

Clients in the same process reach it through ``transport``, all others through the server in ``doors``.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, TypedDict, TypeVar, Unpack
from urllib.parse import urlsplit

from commercelayer_klarna.sandbox import faults
from commercelayer_klarna.sandbox.api import documents, json_bytes
from commercelayer_klarna.sandbox.api import seed as seeds
from commercelayer_klarna.sandbox.api.engine import Engine, kind_of, refusal
from commercelayer_klarna.sandbox.api.exports import FILES
from commercelayer_klarna.sandbox.api.gateway import TRANSACTIONS, Decision, Gateway, Outcome, TransactionType
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.messages import MARK, MAXIMUM_BODY, Answer, Request
from commercelayer_klarna.sandbox.api.problems import Refused, too_large
from commercelayer_klarna.sandbox.api.rate_limits import POLICIES, Policy, RateLimits
from commercelayer_klarna.sandbox.api.schema import RESOURCES
from commercelayer_klarna.sandbox.api.state import Record, Ref, State
from commercelayer_klarna.sandbox.api.transactions import is_pending
from commercelayer_klarna.sandbox.callbacks import Callbacks, Delivery, Send, Webhook
from commercelayer_klarna.sandbox.clock import Clock
from commercelayer_klarna.sandbox.faults import Fault, FaultOptions, Faults
from commercelayer_klarna.sandbox.log import Exchange, Log
from commercelayer_klarna.sandbox.oauth import grants
from commercelayer_klarna.sandbox.oauth.endpoint import PATHS, Authorization

if TYPE_CHECKING:
    from commercelayer_klarna import AsyncKlarnaPayments, KlarnaPayments
    from commercelayer_klarna.sandbox.transport import ClientOptions

T = TypeVar("T")

KLARNA = "klarna_payments"
MAXIMUM_ORDERS = 10_000


class Customer(TypedDict):
    """The one customer's name and password."""

    username: str
    password: str


class Facts(TypedDict):
    """What a client needs to know."""

    organization: str
    mode: str
    client_id: str
    client_secret: str
    sales_channel_client_id: str
    webapp_client_id: str
    authorization_code: str
    redirect_uri: str
    customer: Customer
    market_id: str
    gateway_id: str
    order_ids: list[str]


class Sandbox:
    """A stateful, strict, local stand-in for the Klarna payments of Commerce Layer.

    Each sandbox is an organization of its own. ``order_ids`` are pending orders with a Klarna payment method, ready to
    be paid; ``gateway_id`` is their Klarna gateway. Everything is deterministic under ``seed`` and ``clock`` (seconds
    since 1970). ``rate_limit`` says whether limits are not there at all, told in headers, or enforced.

    Raises ValueError for an organization that is no slug (lower-case letters, digits and hyphens), and for an option
    that does not exist.
    """

    def __init__(
        self,
        *,
        organization: str = "sandbox",
        mode: Literal["test", "live"] = "test",
        seed: int = 0,
        orders: int = 3,
        clock: Callable[[], float] | None = None,
        rate_limit: Policy = "headers",
    ) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", organization):
            raise ValueError(f"organization={organization!r} is not a slug: use small letters, digits and hyphens")
        if mode not in ("test", "live"):
            raise ValueError(f"mode is test or live, not {mode!r}")
        if rate_limit not in POLICIES:
            raise ValueError(f"rate_limit is one of {', '.join(POLICIES)}, not {rate_limit!r}")
        if type(orders) is not int or not 0 <= orders <= MAXIMUM_ORDERS:
            raise ValueError(f"orders is a number from 0 to {MAXIMUM_ORDERS}, not {orders!r}")
        self.organization = organization
        self.mode = mode
        self.client_id = grants.INTEGRATION
        self.client_secret = grants.SECRET
        self._seed = seed
        self._initial_orders = orders
        self._rate_limit: Policy = rate_limit
        self._lock = threading.RLock()
        self._clock = Clock(clock or time.time)
        self._faults = Faults()
        self._gateway = Gateway()
        self._begin()

    def _begin(self) -> None:
        self._log = Log()
        self._state = State(seed=self._seed, clock=self._clock)
        self._shop = seeds.shop(self._state)
        self.market_id, self.gateway_id = self._shop.market.id, self._shop.gateways[KLARNA].id
        self._orders = 0
        self.order_ids = [self._new_order(KLARNA) for _ in range(self._initial_orders)]
        limits, named = RateLimits(self.mode, self._rate_limit), {"organization": self.organization, "mode": self.mode}
        self._authorization = Authorization(self._state, limits, **named)
        self.authorization_code = self._authorization.grants.new_code(grants.REDIRECT_URI)
        self._limits = limits
        self._callbacks = Callbacks(self._state, mode=self.mode)
        self._engine = Engine(self._state, self._authorization.bearer, limits, self._gateway, **named)

    def handle(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | Iterable[tuple[str, str]],
        body: bytes,
        *,
        scheme: Literal["http", "https"] = "https",
    ) -> Answer:
        """Answer one request; ``target`` is a path with a query, or a whole URL.

        Never raises, and never answers a 5xx that was not asked for. What can wait and break connections uses
        ``next_fault`` and ``respond`` instead; here a fault is only told, in the header ``X-Sandbox-Fault``.
        """
        return self.respond(method, target, headers, body, self.next_fault(method, target), scheme=scheme)

    def next_fault(self, method: str, target: str) -> Fault | None:
        """Return the fault that strikes this request, and count it as used."""
        if not self._faults:
            return None
        with self._lock:
            return self._faults.take(method, _split(target)[0])

    def respond(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | Iterable[tuple[str, str]],
        body: bytes,
        fault: Fault | None,
        *,
        scheme: Literal["http", "https"] = "https",
        address: str = "",
    ) -> Answer:
        """Answer one request under a fault or under none; ``address`` is the client's, by which rates are limited."""
        received: dict[str, str] = {}
        received.update(headers)
        lowered = {name.lower(): value for name, value in received.items()}
        path, query = _split(target)
        request = Request(method, path, query, lowered, body, scheme, address)
        with self._lock:
            answer = self._answer(request) if fault is None else self._faulty(request, fault)
            self._callbacks.collect()
            now = self._clock()
            status = answer.status if fault is None or fault.delivered else None
            self._log.add(now, method, path, status, None if fault is None else fault.name)
        answer.headers.extend((MARK, ("Date", formatdate(now, usegmt=True))))
        return answer

    def abandon(self, method: str, target: str, fault: Fault) -> None:
        """Remember a request whose client went away, or would have, before anything was done."""
        with self._lock:
            self._log.add(self._clock(), method, _split(target)[0], None, fault.name)

    def _answer(self, request: Request) -> Answer:
        if len(request.body) > MAXIMUM_BODY:
            return refusal(Refused(too_large()))
        if request.path.startswith(FILES):
            return self._engine.file(request)
        return (self._authorization if request.path in PATHS else self._engine).answer(request)

    def _faulty(self, request: Request, fault: Fault) -> Answer:
        bearer = request.headers.get("authorization", "")
        if fault.spoils_token and fault.when == "before":
            self._authorization.spoil(bearer)
        answer = None if fault.replaces and fault.when == "before" else self._answer(request)
        if answer is None or fault.replaces:
            answer = faults.stand_in(fault, oauth=request.path.startswith("/oauth/"))
            if fault.status == HTTPStatus.TOO_MANY_REQUESTS:
                answer.headers.extend(self._limits.exceeded(kind_of(request)))
        if fault.spoils_token and fault.when == "after":
            self._authorization.spoil(bearer)
        answer.headers.append(("X-Sandbox-Fault", fault.name))
        return answer

    @property
    def requests(self) -> list[Exchange]:
        """The last 1,000 requests, oldest first: when, method, path, status (None without an answer), fault."""
        with self._lock:
            return self._log.all()

    @property
    def pending_faults(self) -> int:
        """How many faults wait for a request."""
        return len(self._faults)

    def fail_next(
        self,
        status: int | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        exact: bool = False,
        times: int = 1,
        **fault: Unpack[FaultOptions],
    ) -> None:
        """Let the next requests fail: ``sandbox.fail_next(503, method="POST", retry_after=2)``.

        The other arguments are the members of a fault's document: body, retry_after, delay, kind, when; see ``faults``.

        Raises ValueError for a fault that makes no sense, and names the member.
        """
        match = {"method": method, "path": path, "exact": exact}
        self.add_fault({"match": match, "times": times, "status": status, **fault})

    def add_fault(self, document: object) -> None:
        """Add a fault from its document. Raises ValueError, which names the member, for a wrong one."""
        with self._lock:
            self._faults.add(document)

    def reset(self) -> None:
        """Return to the state of a new sandbox: same ids, no faults, an empty log, and the clock it began with."""
        with self._lock:
            self._faults.clear()
            self._gateway.clear()
            self._clock.reset()
            self._begin()

    def now(self) -> float:
        """Return the sandbox's time, in seconds since 1970."""
        return self._clock()

    def set_time(self, now: float) -> None:
        """Set the sandbox's time; it goes on from there. Raises ValueError for one before 1970 or after 3000."""
        with self._lock:
            self._clock.set(now)

    def advance(self, seconds: float) -> None:
        """Let time pass, so that tokens expire and windows move on. Raises ValueError for what is no time."""
        with self._lock:
            self._clock.advance(seconds)

    def new_authorization_code(self, redirect_uri: str) -> str:
        """Return a code for the grant ``authorization_code``, as a user of the webapp would have brought it."""
        with self._lock:
            return self._authorization.grants.new_code(redirect_uri)

    def decide(
        self,
        type: TransactionType | str,
        outcome: Outcome | str,
        *,
        message: str | None = None,
        times: int = 1,
    ) -> None:
        """Let the next transactions of a type come to this: ``sandbox.decide("captures", "failed")``.

        ``failed`` is an answer of 200 with a record that says so, ``pending`` one that the gateway has not decided yet
        (see ``complete``), ``refused`` an error without a record. ``placed_unpaid``, for authorizations, places the
        order without its money.

        Raises ValueError, which names the argument, for what makes no sense.
        """
        with self._lock:
            self._gateway.tell(type, outcome, message=message, times=times)

    @property
    def pending_decisions(self) -> int:
        """How many decisions wait for a transaction."""
        return len(self._gateway)

    def complete(self, transaction_id: str, *, succeeded: bool = True, message: str | None = None) -> None:
        """Let the gateway decide about a pending transaction, with what that means for its order.

        Raises LookupError for an id that is none of a transaction, and ValueError for one that is decided already.
        """
        with self._lock:
            record = self._find(transaction_id, *TRANSACTIONS)
            if not is_pending(record):
                raise ValueError(f"transaction {record.attributes['number']} is not pending")
            decision = Decision("succeeded" if succeeded else "failed", message)
            self._engine.rules.complete(record, decision, seeds.WHO)
            self._callbacks.collect()

    def create_payment(self, order_id: str, *, reference: str | None = None) -> str:
        """Create a Klarna payment for an order, as an integration does, and return its id.

        Raises LookupError for an order that does not exist, and ValueError for what the API refuses.
        """
        self._order(order_id)
        attributes: dict[str, JSON] = {} if reference is None else {"reference": reference}
        write = documents.Write(attributes, {"order": Ref("orders", order_id)})
        return self._written(lambda: self._engine.rules.create(KLARNA, write, seeds.WHO)).id

    def authorize_payment(self, payment_id: str, auth_token: str) -> None:
        """Store the authorization of a shopper with a Klarna payment.

        Raises LookupError for a payment that does not exist, and ValueError for what the API refuses.
        """
        self._written(lambda: self._update(self._find(payment_id, KLARNA), {"auth_token": auth_token}))

    def step(self, id_: str, trigger: str, *, amount_cents: int | None = None) -> None:
        """Take a step with an order or a transaction, as an integration does: ``sandbox.step(order_id, "_approve")``.

        Raises LookupError for an id that is none of both, and ValueError for what the API refuses.
        """
        record = self._find(id_, "orders", *TRANSACTIONS)
        if trigger not in (steps := RESOURCES[record.type].triggers):
            raise ValueError(f"trigger={trigger!r} is no step of {record.type}: there are {', '.join(sorted(steps))}")
        attributes: dict[str, JSON] = {trigger: True}
        if amount_cents is not None:
            attributes[f"{trigger}_amount_cents"] = amount_cents
        self._written(lambda: self._update(record, attributes))

    def _update(self, record: Record, attributes: dict[str, JSON]) -> None:
        document: JSON = {"data": {"type": record.type, "id": record.id, "attributes": attributes}}
        write = documents.parse(json_bytes.write(document), RESOURCES[record.type], key=record.id)
        self._engine.rules.update(record, write, seeds.WHO)

    def _written(self, change: Callable[[], T]) -> T:
        """Return what a change without a request returns, with the refusal of the API as a ValueError."""
        with self._lock:
            try:
                result = change()
            except Refused as refused:
                raise ValueError(str(refused)) from None
            self._callbacks.collect()
            return result

    def _find(self, id_: str, *types: str) -> Record:
        """Return a record of some types by its id. Raises LookupError."""
        for type_ in types:
            if (record := self._state.find(type_, id_)) is not None:
                return record
        raise LookupError(f"{id_!r} is the id of none of these: {', '.join(types)}")

    def _order(self, order_id: str) -> Record:
        with self._lock:
            order = self._state.find("orders", order_id)
        if order is None:
            raise LookupError(f"{order_id!r} is no order of this sandbox: add_order() returns the id of a new one")
        return order

    def add_order(
        self, *, payable: bool = True, payment_source: str = KLARNA, draft: bool = False, address: bool = True
    ) -> str:
        """Add an order and return its id: pending, or a draft.

        One that is not payable has no payment method; one without an address has no country, which Klarna needs.

        Raises ValueError for a type of payment source that the sandbox does not have.
        """
        if payment_source not in self._shop.methods:
            raise ValueError(f"payment_source is one of {', '.join(self._shop.methods)}, not {payment_source!r}")
        with self._lock:
            return self._new_order(payment_source if payable else None, draft=draft, address=address)

    def has_order(self, order_id: str) -> bool:
        """Return whether there is an order with this id."""
        with self._lock:
            return self._state.find("orders", order_id) is not None

    def set_order_total(self, order_id: str, cents: int) -> None:
        """Change an order's total, so that the amount of its Klarna session no longer matches.

        The API would nullify the payment source of an order edited through it; this is the case where it could not.

        Raises LookupError for an order that does not exist and ValueError for a negative total.
        """
        if cents < 0:
            raise ValueError(f"cents={cents!r}: a total is not negative")
        with self._lock:
            order = self._order(order_id)
            self._state.update(order, seeds.total(cents), {}, seeds.WHO)
            self._engine.rules.compare_amounts(order)

    def add_webhook(
        self, topics: Sequence[str], callback_url: str, *, include_resources: Sequence[str] = ()
    ) -> Webhook:
        """Register an address on this machine for callbacks; the result has the secret that signs them.

        A server sends them by itself; in process, ``send_callbacks`` does. Raises ValueError, which names the argument,
        for one that cannot be used.
        """
        with self._lock:
            try:
                return self._callbacks.add(topics, callback_url, include_resources)
            except Refused as refused:
                raise ValueError(f"include_resources: {refused}") from None

    @property
    def webhooks(self) -> list[Webhook]:
        """The registered webhooks, with their circuits."""
        with self._lock:
            return self._callbacks.all()

    def deliveries(self, webhook: Webhook | None = None) -> list[Delivery]:
        """Return the last 1,000 callbacks with their attempts, oldest first; those of one webhook, or all."""
        with self._lock:
            return self._callbacks.deliveries(webhook)

    def reset_circuit(self, webhook: Webhook) -> None:
        """Let callbacks be sent to a webhook again."""
        with self._lock:
            webhook.failures = 0

    def send_callbacks(self, send: Send) -> int:
        """Send the callbacks that are due, each once, through a function; return how many there were."""
        with self._lock:
            due = self._callbacks.due()
        for delivery in due:
            result = send(delivery.callback)
            with self._lock:
                self._callbacks.told(delivery, result)
        return len(due)

    def read(self, view: Callable[[State], T]) -> T:
        """Return what a function reads from the state, which does not change meanwhile; for the pages."""
        with self._lock:
            return view(self._state)

    def client(self, **options: Unpack[ClientOptions]) -> KlarnaPayments:
        """Return this project's client of the sandbox, in process; options are those of ``KlarnaPayments``."""
        from commercelayer_klarna.sandbox.transport import client

        return client(self, **options)

    def async_client(self, **options: Unpack[ClientOptions]) -> AsyncKlarnaPayments:
        """Return this project's async client of the sandbox, in process."""
        from commercelayer_klarna.sandbox.transport import async_client

        return async_client(self, **options)

    def facts(self) -> Facts:
        """Return what a client needs to know to talk to this organization."""
        with self._lock:
            return {
                "organization": self.organization,
                "mode": self.mode,
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "sales_channel_client_id": grants.SALES_CHANNEL,
                "webapp_client_id": grants.WEBAPP,
                "authorization_code": self.authorization_code,
                "redirect_uri": grants.REDIRECT_URI,
                "customer": {"username": grants.CUSTOMER_EMAIL, "password": grants.CUSTOMER_PASSWORD},
                "market_id": self.market_id,
                "gateway_id": self.gateway_id,
                "order_ids": [*self.order_ids],
            }

    def _new_order(self, payment_source: str | None, *, draft: bool = False, address: bool = True) -> str:
        method = None if payment_source is None else self._shop.methods[payment_source]
        number, cents = 2437058 + self._orders, 3500 + 700 * self._orders
        self._orders += 1
        options = {"number": number, "cents": cents}
        return seeds.order(self._state, self._shop.market, method, **options, draft=draft, address=address).id


def _split(target: str) -> tuple[str, str]:
    """Return path and query of a request target, which may be a whole URL."""
    target = target.partition("#")[0]
    if target.lower().startswith(("http://", "https://")):
        try:
            url = urlsplit(target)
        except ValueError:
            return target, ""
        return url.path or "/", url.query
    path, _, query = target.partition("?")
    return path, query
