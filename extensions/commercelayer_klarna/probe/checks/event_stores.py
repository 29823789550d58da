"""Event stores, which are paged by cursor and unlike all else."""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

import re

from commercelayer_klarna._json import JsonObject, as_object
from commercelayer_klarna._jsonapi.attributes import EventStoreAttributes
from commercelayer_klarna.probe.check import Check, Differs
from commercelayer_klarna.probe.exchange import Answer, Ask, CannotTell
from commercelayer_klarna.probe.expect import Topic, every, kind, ok, refusal
from commercelayer_klarna.probe.visit import Visit

__all__ = ["CHECKS"]

_E = Topic("spec/klarna_payments.yaml (EventStore), sandbox/api/engine.py, sandbox/api/render.py, _client/page.py")
_S, _OF = "event_stores", "klarna_payments/{payment}/event_stores"


def _get(target: str) -> Ask:
    return Ask("GET", target)


def _attributes(resource: JsonObject) -> JsonObject:
    return as_object(resource.get("attributes"))


def _no_counts(answer: Answer) -> None:
    if {"record_count", "page_count"} & ok(answer).meta.keys():
        raise Differs("it has counts")


def _default(visit: Visit) -> None:
    listed = ok(visit.get("orders/{order}/event_stores")).listed
    if len(listed) < 10:
        raise CannotTell("no resource that was seen has ten events")
    if len(listed) > 10:
        raise Differs(f"{len(listed)} of them")


def _cursor(answer: Answer) -> None:
    link = ok(answer).links.get("next")
    if link is None:
        raise CannotTell("one page holds all events")
    if "page%5Bafter%5D=" not in str(link) and "page[after]=" not in str(link):
        raise Differs("a link without a cursor")


def _goes_on(visit: Visit) -> None:
    first = ok(visit.get(f"{_OF}?page[size]=1"))
    cursor = re.search(r"after(?:%5D|\])=([^&]+)", str(first.links.get("next")))
    if cursor is None:
        raise CannotTell("the payment has one event")
    second = ok(visit.get(f"{_OF}?page[size]=1&page[after]={cursor[1]}"))
    if not second.listed or second.listed[0].get("id") == first.listed[0].get("id"):
        raise Differs("the same event, or none")


def _all_links(answer: Answer) -> None:
    if set(ok(answer).links) - {"next"}:
        raise Differs(f"links: {', '.join(sorted(answer.links))}")


def _ids(answer: Answer) -> list[str]:
    found = [str(each.get("id")) for each in ok(answer).listed]
    if len(found) < 2:
        raise CannotTell("the payment has fewer than two events")
    return found


def _number(id_: str) -> tuple[int, int]:
    moment, _, sequence = id_.partition("-")
    return (int(moment), int(sequence)) if moment.isdigit() and sequence.isdigit() else (0, 0)


def _oldest_first(answer: Answer) -> None:
    if (found := _ids(answer)) != sorted(found, key=_number):
        raise Differs("newest first" if found == sorted(found, key=_number, reverse=True) else "another order")


def _newest_first(answer: Answer) -> None:
    if (found := _ids(answer)) != sorted(found, key=_number, reverse=True):
        raise Differs("another order")


def _payload(resource: JsonObject) -> bool:
    changes = as_object(_attributes(resource).get("payload")).values()
    return all(set(as_object(each)) == {"from", "to"} for each in changes)


def _references(resource: JsonObject) -> bool:
    return all(
        kind(_attributes(resource).get(name)) in ("empty object", "object")
        for name in ("reference", "reference_origin")
    )


def _moments(resource: JsonObject) -> bool:
    return re.fullmatch(r".*T.*(\+00:00|Z)", str(_attributes(resource).get("created_at"))) is not None


def _one(visit: Visit) -> None:
    event = visit.id_of("event")
    if ok(visit.get("event_stores/{event}")).id != event:
        raise Differs("another event")


def _gateway_events(answer: Answer) -> str:
    found = {str(_attributes(each).get("resource_type")) for each in ok(answer).listed}
    if not found:
        raise CannotTell("the gateway has no events")
    if found != {"payment_gateways"}:
        raise Differs(f"the type is {', '.join(sorted(found))}")
    return "the type is payment_gateways"


CHECKS: tuple[Check, ...] = (
    _E.seen("events-no-counts", "F6 F18.3", "documented", "the list has no counts", _S, _no_counts),
    _E.one("events-page", "F6", "documented", "`page[size]=1` brings one, and a link with a cursor", _get(f"{_OF}?page[size]=1"), _cursor),
    _E.many("events-cursor", "F6", "documented", "the cursor goes on behind it", f"GET {_OF}, two pages", 2, _goes_on),
    _E.seen("events-links", "F6", "documented", "there is no link but `next`", _S, _all_links),
    _E.many("events-default", "F6", "documented", "a page has 10 at most unless asked", "GET orders/{order}/event_stores", 1, _default),
    _E.seen("events-attributes", "F6", "documented", "an event has the attributes of the contract", _S, every(lambda each: _attributes(each).keys() >= {*EventStoreAttributes.__annotations__}, "one is missing")),
    _E.seen("events-id", "F1.5 F6", "documented", "an id is milliseconds and a number", _S, every(lambda each: re.fullmatch(r"\d{13}-\d+", str(each.get("id"))), "another form")),
    _E.seen("events-no-self-link", "F6", "documented", "`links.self` is null", _S, every(lambda each: as_object(each.get("links")).get("self") is None, "it is an address")),
    _E.seen("events-no-relationships", "F6", "documented", "there are no relationships", _S, every(lambda each: "relationships" not in each, "there are")),
    _E.seen("events-payload", "F6", "documented", "the payload says `from` and `to` of each attribute", _S, every(_payload, "another form")),
    _E.seen("events-references", "F6", "documented", "`reference` and `reference_origin` are objects", _S, every(_references, "they are not")),
    _E.seen("events-moments", "F6", "documented", "moments end with `+00:00` or `Z`", _S, every(_moments, "another form")),
    _E.seen("events-resource-type", "F6", "documented", "`resource_type` is the type in the plural", _S, every(lambda each: _attributes(each).get("resource_type") == "klarna_payments", "another type")),
    _E.seen("events-event", "F6", "documented", "`event` is `create` or `update`", _S, every(lambda each: _attributes(each).get("event") in ("create", "update"), "another word")),
    _E.seen("events-who", "F6", "documented", "`who` has an application, an owner or a worker", _S, every(lambda each: {"application", "owner", "worker"} & as_object(_attributes(each).get("who")).keys(), "it has none")),
    _E.many("event", "F2 F6", "documented", "one event can be read", "GET event_stores/{event}", 1, _one),
    _E.one("events-no-list", "F2 F6", "documented", "there is no list of all events: 404", _get("event_stores"), refusal(404)),
    _E.one("events-order", "F17.14", "unknown", "the oldest comes first", _get(f"{_OF}?page[size]=25"), _oldest_first),
    _E.one("events-sort", "F6 F17.14", "unknown", "`sort=-id` brings the newest first", _get(f"{_OF}?sort=-id"), _newest_first),
    _E.one("events-too-many", "F17.14", "unknown", "26 on a page are 400 `INVALID_PAGE_VALUE`", _get(f"{_OF}?page[size]=26"), refusal(400, "INVALID_PAGE_VALUE")),
    _E.one("events-bad-cursor", "F17.14", "unknown", "a cursor that is none is 400 `INVALID_PAGE_VALUE`", _get(f"{_OF}?page[after]=nonsense"), refusal(400, "INVALID_PAGE_VALUE")),
    _E.one("events-filter", "F6", "documented", "they cannot be filtered", _get(f"{_OF}?filter[q][event_eq]=create"), refusal(400)),
    _E.one("events-of-gateways", "F6", "inferred", "events of a Klarna gateway name it as one of `payment_gateways`", _get("klarna_gateways/{gateway}/event_stores"), _gateway_events),
)  # fmt: skip
