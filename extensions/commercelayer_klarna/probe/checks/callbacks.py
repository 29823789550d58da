"""Callbacks, as far as the organization has webhooks: their topics, and what the service keeps of what it sent."""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import pairwise

from commercelayer_klarna._json import JsonObject, as_object
from commercelayer_klarna.probe.check import Check, Differs
from commercelayer_klarna.probe.exchange import Answer, Ask, CannotTell, linkage
from commercelayer_klarna.probe.expect import Topic, ok

__all__ = ["CHECKS"]

_C = Topic("sandbox/callbacks.py, webhooks.py")
_ORDERS = (
    *("create", "draft", "pending", "placing", "place", "approve", "cancel", "authorize", "pay", "void", "refund"),
    *("start_fulfilling", "cancel_fulfilling", "fulfill", "start_editing", "stop_editing", "rebuild_shipments"),
    *("tax_calculation_failed", "tagged", "create_subscriptions", "cancel_subscriptions", "destroy"),
)
_TOPICS = {
    "orders": _ORDERS,
    **dict.fromkeys(("authorizations", "captures", "voids", "refunds"), ("create", "succeeded", "failed")),
    "transactions": ("create", "refused"),
}
# The sandbox waits one second, and then twice as long each time, a minute at most.
_SHORTEST, _LONGEST = 0.5, 65.0


def _attributes(resource: JsonObject) -> JsonObject:
    return as_object(resource.get("attributes"))


def _topics(answer: Answer) -> str:
    topics = {str(_attributes(each).get("topic")) for each in ok(answer).listed}
    found = {each for each in topics if each.partition(".")[0] in {*_TOPICS, "klarna_payments"}}
    if not found:
        raise CannotTell("no webhook is about orders or their payments")
    unknown = sorted(each for each in found if each.partition(".")[2] not in _TOPICS.get(each.partition(".")[0], ()))
    if unknown:
        raise Differs(f"also {', '.join(unknown)}")
    return ", ".join(sorted(found))


def _sent(answer: Answer) -> dict[tuple[str, str], list[tuple[datetime, str]]]:
    """Return when callbacks were sent, and of which topics, by webhook and resource."""
    topics = {str(each.get("id")): str(_attributes(each).get("topic")) for each in ok(answer).included}
    found = defaultdict[tuple[str, str], list[tuple[datetime, str]]](list)
    for each in answer.listed:
        webhook = str(linkage(each, "webhook").get("id"))
        about = as_object(as_object(_attributes(each).get("payload")).get("data"))
        moment = datetime.fromisoformat(str(_attributes(each).get("created_at")))
        found[webhook, str(about.get("id"))].append((moment, topics.get(webhook, "")))
    return {key: sorted(each) for key, each in found.items()}


def _order(answer: Answer) -> str:
    """Compare the callbacks that an order was authorized, and that it was placed."""
    moments = defaultdict[str, dict[str, datetime]](dict)
    for (_, resource), sent in _sent(answer).items():
        for moment, topic in sent:
            moments[resource].setdefault(topic, moment)
    pairs = [each for each in moments.values() if {"orders.authorize", "orders.place"} <= each.keys()]
    if not pairs:
        raise CannotTell("no order has callbacks of both, orders.authorize and orders.place")
    late = [each for each in pairs if each["orders.authorize"] > each["orders.place"]]
    if late:
        raise Differs(f"orders.place came first ({len(late)} of {len(pairs)})")
    return f"{len(pairs)} orders"


def _retries(answer: Answer) -> str:
    """Tell how far apart the callbacks of one webhook about one resource are."""
    gaps = [
        (second[0] - first[0]).total_seconds() for sent in _sent(answer).values() for first, second in pairwise(sent)
    ]
    if not gaps:
        raise CannotTell("nothing was sent twice")
    text = ", ".join(f"{gap:.0f} s" for gap in sorted(gaps)[:10])
    if not all(_SHORTEST <= gap <= _LONGEST for gap in gaps):
        raise Differs(text)
    return text


_FAILED = "event_callbacks?page[size]=25&sort=-created_at&include=webhook&filter[q][response_code_start]=5"
_LATEST = "event_callbacks?page[size]=25&sort=-created_at&include=webhook"

CHECKS: tuple[Check, ...] = (
    _C.one("webhook-topics", "F13 F17.16 L7.1", "inferred", "the topics around payments are those of the vendor's dashboard", Ask("GET", "webhooks?page[size]=25"), _topics),
    _C.one("callbacks-order", "L7.1 L11.11", "unknown", "`orders.authorize` comes before `orders.place`", Ask("GET", _LATEST), _order),
    _C.one("callbacks-retries", "L7.2 L11.11", "unknown", "retries are 1 s apart, then twice as long each time, at most 60 s", Ask("GET", _FAILED), _retries),
)  # fmt: skip
