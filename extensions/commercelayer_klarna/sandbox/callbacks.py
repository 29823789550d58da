"""Callbacks: which are due, what they say, how they are signed, and what became of them. Without I/O.

Topics follow from what a request changed. Documented: a POST with the JSON:API document and relative links, the
signature over the body alone, an answer of 2xx within 5 seconds, up to 10 retries, and a circuit that opens after 30
failures in a row. unknown: how far apart retries are (here a second, then twice as long each time, a minute at most),
the order of callbacks (here that of the changes), and what becomes of a callback while the circuit is open (nothing is
sent here).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from attrs import define, field, frozen

from commercelayer_klarna.sandbox.api import json_bytes
from commercelayer_klarna.sandbox.api.gateway import TRANSACTIONS
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.query import Query, include_tree
from commercelayer_klarna.sandbox.api.render import Renderer
from commercelayer_klarna.sandbox.api.schema import RESOURCES
from commercelayer_klarna.sandbox.api.state import Record, State
from commercelayer_klarna.sandbox.api.transactions import is_pending

SIGNATURE = "X-CommerceLayer-Signature"
TOPIC = "X-CommerceLayer-Topic"
PATIENCE = 5.0
RETRIES = 10
FAILURES = 30
LONGEST_WAIT = 60.0
# The oldest are forgotten beyond these.
MAXIMUM_DELIVERIES = 1_000
MAXIMUM_WEBHOOKS = 100

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# The topic of an order that a status gets; what it came from matters for two.
_ORDER_TOPICS: Mapping[tuple[str, str], str] = {
    **{("status", each): each for each in ("draft", "pending", "placing")},
    ("status", "placed"): "place",
    ("status", "approved"): "approve",
    ("status", "cancelled"): "cancel",
    ("status", "editing"): "start_editing",
    ("payment_status", "authorized"): "authorize",
    ("payment_status", "paid"): "pay",
    ("payment_status", "voided"): "void",
    ("payment_status", "refunded"): "refund",
    ("fulfillment_status", "in_progress"): "start_fulfilling",
    ("fulfillment_status", "fulfilled"): "fulfill",
}
_BACK = {("editing", "placed"): "stop_editing", ("in_progress", "unfulfilled"): "cancel_fulfilling"}

TOPICS = frozenset(
    {f"orders.{each}" for each in ("create", *_ORDER_TOPICS.values(), *_BACK.values())}
    | {f"{type_}.{each}" for type_ in TRANSACTIONS for each in ("create", "succeeded", "failed")}
)


@define(eq=False)
class Webhook:
    """A registered address."""

    id: str
    topics: frozenset[str]
    callback_url: str
    include_resources: tuple[str, ...]
    shared_secret: str = field(repr=False)
    failures: int = 0

    @property
    def circuit_state(self) -> str:
        """Return ``open`` after too many failures in a row, when nothing is sent any more."""
        return "open" if self.failures >= FAILURES else "closed"


@frozen
class Callback:
    """What is sent: a POST."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@define(eq=False)
class Delivery:
    """One callback and its attempts; each is a status, or a word for what went wrong."""

    webhook: Webhook
    topic: str
    resource_id: str
    callback: Callback = field(repr=False)
    due: float
    attempts: list[int | str] = field(factory=list["int | str"])

    @property
    def outcome(self) -> str:
        """Return ``delivered``, ``waiting``, ``failed`` after the last retry, or ``not sent`` by an open circuit."""
        if self.attempts and _is_success(self.attempts[-1]):
            return "delivered"
        if len(self.attempts) > RETRIES:
            return "failed"
        return "waiting" if self.webhook.circuit_state == "closed" else "not sent"


class Callbacks:
    """The webhooks of a sandbox, and what was sent to them."""

    def __init__(self, state: State, *, mode: str) -> None:
        self._state = state
        self._mode = mode
        self._webhooks: dict[str, Webhook] = {}
        self._deliveries: deque[Delivery] = deque(maxlen=MAXIMUM_DELIVERIES)
        self._happened: list[tuple[str, Record]] = []
        state.listeners.append(self._notice)

    def add(self, topics: Sequence[str], url: str, include: Sequence[str] = ()) -> Webhook:
        """Register an address on this machine.

        Raises ValueError, which names the argument, for one that cannot be used.
        """
        unknown = sorted(set(topics) - TOPICS)
        if unknown or not topics:
            raise ValueError(f"topics are some of {', '.join(sorted(TOPICS))}, not {unknown or 'none'}")
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK or not parts.port:
            raise ValueError(f"callback_url={url!r} is no http address with a port on 127.0.0.1, localhost or ::1")
        for type_ in {topic.partition(".")[0] for topic in topics}:
            include_tree(RESOURCES[type_], ",".join(include))
        if len(self._webhooks) >= MAXIMUM_WEBHOOKS:
            raise ValueError(f"topics: there are {MAXIMUM_WEBHOOKS} webhooks already")
        made = Webhook(self._state.new_id(), frozenset(topics), url, tuple(include), self._state.new_uuid())
        self._webhooks[made.id] = made
        return made

    def find(self, id_: str) -> Webhook | None:
        """Return a webhook by its id."""
        return self._webhooks.get(id_)

    def all(self) -> list[Webhook]:
        """Return all webhooks."""
        return list(self._webhooks.values())

    def deliveries(self, webhook: Webhook | None = None) -> list[Delivery]:
        """Return the callbacks, oldest first; those of one webhook, or all."""
        return [each for each in self._deliveries if webhook in (None, each.webhook)]

    def due(self) -> list[Delivery]:
        """Return the callbacks that are to be sent now."""
        now = self._state.clock()
        return [each for each in self._deliveries if each.outcome == "waiting" and each.due <= now]

    def told(self, delivery: Delivery, result: int | str) -> None:
        """Note what an attempt came to: the status of the answer, or a word for what went wrong."""
        delivery.attempts.append(result)
        if _is_success(result):
            delivery.webhook.failures = 0
            return
        delivery.webhook.failures += 1
        delivery.due = self._state.clock() + min(2.0 ** (len(delivery.attempts) - 1), LONGEST_WAIT)

    def collect(self) -> None:
        """Make callbacks of what happened since the last time, as the resources are now."""
        happened, self._happened = self._happened, []
        for topic, record in happened:
            for webhook in self._webhooks.values():
                if topic in webhook.topics:
                    callback = self._callback(webhook, topic, record)
                    now = self._state.clock()
                    self._deliveries.append(Delivery(webhook, topic, record.id, callback, now))

    def _notice(self, record: Record, event: str, changes: Mapping[str, JSON]) -> None:
        self._happened += [(topic, record) for topic in _topics(record, event, changes)] if self._webhooks else []

    def _callback(self, webhook: Webhook, topic: str, record: Record) -> Callback:
        resource = RESOURCES[record.type]
        asked = Query(include=include_tree(resource, ",".join(webhook.include_resources)))
        body = json_bytes.write(Renderer(self._state, self._mode, "", "/api", "").single(resource, record, asked))
        signature = base64.b64encode(hmac.digest(webhook.shared_secret.encode(), body, hashlib.sha256)).decode()
        headers = {"Content-Type": "application/vnd.api+json", TOPIC: topic, SIGNATURE: signature}
        return Callback(webhook.callback_url, headers, body)


Send = Callable[[Callback], "int | str"]
"""Sends a callback; returns the status of its answer, or a word for what went wrong."""


def _is_success(result: int | str) -> bool:
    return isinstance(result, int) and 200 <= result <= 299


def _topics(record: Record, event: str, changes: Mapping[str, JSON]) -> Iterator[str]:
    """Return the topics of a change."""
    if record.type in TRANSACTIONS:
        decided = "succeeded" if record.attributes["succeeded"] else "failed"
        if event == "create":
            yield f"{record.type}.create"
        if not is_pending(record) and (event == "create" or {"succeeded", "message", "error_detail"} & changes.keys()):
            yield f"{record.type}.{decided}"
    elif record.type == "orders":
        if event == "create":
            yield "orders.create"
        for name in ("payment_status", "status", "fulfillment_status"):
            change = changes.get(name)
            if isinstance(change, dict):
                before, after = str(change["from"]), str(change["to"])
                topic = _BACK.get((before, after)) or _ORDER_TOPICS.get((name, after))
                if topic is not None and event != "create":
                    yield f"orders.{topic}"
