"""The query: includes, sparse fields, sorting, pages, and what does not belong there."""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

from collections.abc import Callable
from math import ceil

from commercelayer_klarna._json import as_object
from commercelayer_klarna.probe.check import Check, Differs
from commercelayer_klarna.probe.exchange import Answer, Ask, CannotTell, linkage
from commercelayer_klarna.probe.expect import Topic, kind, ok, refusal, that
from commercelayer_klarna.probe.visit import Visit

__all__ = ["CHECKS"]

_Q = Topic("sandbox/api/query.py, sandbox/api/render.py, _client/query.py")
_P = Topic("sandbox/api/query.py, sandbox/api/render.py, _client/page.py")
_LIST = "klarna_payments"
_NONE = "filter[q][reference_eq]=probe-no-such-reference"


def _get(target: str) -> Ask:
    return Ask("GET", target)


def _types(answer: Answer) -> set[str]:
    return {str(each.get("type")) for each in answer.included}


def _some(answer: Answer) -> Answer:
    if not ok(answer).listed:
        raise CannotTell("the organization has no payments")
    return answer


def _linked_and_included(answer: Answer) -> None:
    order = ok(answer).related("order")
    there = [(each.get("type"), each.get("id")) for each in answer.included]
    if order.get("type") != "orders" or ("orders", order.get("id")) not in there:
        raise Differs(f"linkage {order.get('type')}, included {', '.join(sorted(_types(answer))) or 'nothing'}")


def _only_asked_is_linked(answer: Answer) -> None:
    linked = [name for name, each in ok(answer).relationships.items() if "data" in as_object(each)]
    if linked != ["order"]:
        raise Differs(f"data stands in {', '.join(linked) or 'none'}")


def _gateway_type(answer: Answer) -> str:
    found = ok(answer).related("payment_gateway").get("type")
    if found != "payment_gateways":
        raise Differs(f"the type is {found}")
    return f"the type is {found}"


def _only(*names: str) -> Callable[[Answer], bool]:
    return lambda answer: set(answer.attributes) == set(names)


def _all_ids(answer: Answer) -> list[object]:
    return [each.get("id") for each in ok(answer).listed]


def _created(answer: Answer) -> list[str]:
    found = [str(as_object(each.get("attributes")).get("created_at")) for each in ok(answer).listed]
    if len(set(found)) < 2:
        raise CannotTell("the organization has fewer than two payments")
    return found


def _newest_first(answer: Answer) -> None:
    if (found := _created(answer)) != sorted(found, reverse=True):
        raise Differs("they are in another order")


def _oldest_first(answer: Answer) -> None:
    if (found := _created(answer)) != sorted(found):
        raise Differs("newest first" if found == sorted(found, reverse=True) else "they are in another order")


def _nulls_last(answer: Answer) -> None:
    found = [as_object(each.get("attributes")).get("reference") is None for each in ok(answer).listed]
    if len(set(found)) < 2:
        raise CannotTell("the page does not have both, payments with a reference and without one")
    if found != sorted(found):
        raise Differs("payments without a reference come first")


def _counts(answer: Answer) -> None:
    count, pages = ok(answer).meta.get("record_count"), answer.meta.get("page_count")
    if not (isinstance(count, int) and isinstance(pages, int) and pages == ceil(count / 2)):
        raise Differs(f"record_count is {kind(count)}, page_count is {kind(pages)}, or they do not fit")


def _past_the_end(visit: Visit) -> None:
    first, past = ok(visit.get(f"{_LIST}?page[size]=1")), ok(visit.get(f"{_LIST}?page[size]=1&page[number]=900000"))
    if past.listed or past.meta.get("record_count") != first.meta.get("record_count"):
        raise Differs(f"{len(past.listed)} resources, record_count {kind(past.meta.get('record_count'))}")


def _first_links(answer: Answer) -> None:
    names = set(ok(answer).links)
    if "prev" in names or not {"first", "last"} <= names:
        raise Differs(f"links: {', '.join(sorted(names))}")


def _last_links(visit: Visit) -> None:
    pages = _some(visit.get(f"{_LIST}?page[size]=1")).meta.get("page_count")
    names = set(ok(visit.get(f"{_LIST}?page[size]=1&page[number]={pages}")).links)
    if "next" in names or (pages != 1 and "prev" not in names):
        raise Differs(f"links of the last page: {', '.join(sorted(names))}")


def _encoded(answer: Answer) -> None:
    link = str(ok(answer).links.get("first"))
    query = link.partition("?")[2]
    if "[" in query or "," in query or query.split("&") != sorted(query.split("&")):
        raise Differs("brackets or commas as they are, or keys in another order")


def _same_record(visit: Visit) -> None:
    gateway = linkage(visit.sample("klarna_payments").listed[0], "payment_gateway").get("id")
    if ok(visit.get("payment_gateways/{payment_gateway}")).id != gateway:
        raise Differs("it is another one")


def _sort_id(visit: Visit) -> None:
    by_id = _all_ids(visit.get(f"{_LIST}?page[size]=25&sort=id"))
    if len(by_id) < 2:
        raise CannotTell("the organization has fewer than two payments")
    if by_id != _all_ids(visit.get(f"{_LIST}?page[size]=25&sort=created_at")):
        raise Differs("the order is that of the letters" if by_id == sorted(map(str, by_id)) else "it is another order")


def _orders_of_a_list(answer: Answer) -> None:
    if "orders" not in _types(_some(answer)):
        raise Differs("nothing was included")


def _no_shrinking(answer: Answer) -> None:
    relationships = as_object(ok(answer).data.get("relationships"))
    if "order" in relationships or answer.included:
        raise Differs("the order came all the same")


CHECKS: tuple[Check, ...] = (
    _Q.one("include", "F8.1 F3.6", "documented", "`include=order` links the order and brings it along", _get("klarna_payments/{payment}?include=order"), _linked_and_included, "spec/klarna_payments.yaml, sandbox/api/render.py"),
    _Q.one("include-links-only-that", "F3.3", "documented", "`data` stands in a relationship only where it was included", _get("klarna_payments/{payment}?include=order"), _only_asked_is_linked, "spec/klarna_payments.yaml, sandbox/api/render.py"),
    _Q.one("include-nested", "F8.1", "documented", "`include=order.market` brings both", _get("klarna_payments/{payment}?include=order.market"), that(lambda answer: {"orders", "markets"} <= _types(answer), lambda answer: f"included: {', '.join(sorted(_types(answer)))}")),
    _Q.one("include-of-a-list", "F8.1", "documented", "lists include too", _get(f"{_LIST}?page[size]=1&include=order"), _orders_of_a_list),
    _Q.one("include-deep", "F8.1", "unknown", "a path of five relationships is followed", _get("klarna_payments/{payment}?include=order.payment_source.order.payment_source.order"), that(lambda answer: "orders" in _types(answer), "nothing was included")),
    _Q.one("include-unknown", "F8.1", "inferred", "an unknown relationship is 400 `INVALID_INCLUDE`", _get("klarna_payments/{payment}?include=no_such"), refusal(400, "INVALID_INCLUDE")),
    _Q.one("include-event-stores", "F3.7 F17.2", "inferred", "`event_stores` cannot be included: 400 `INVALID_INCLUDE`", _get("klarna_payments/{payment}?include=event_stores"), refusal(400, "INVALID_INCLUDE"), "spec/klarna_payments.yaml (x-include), sandbox/api/schema.py"),
    _Q.one("include-event-stores-of-orders", "L1.4 F17.2", "inferred", "nor can those of an order", _get("orders/{order}?include=event_stores"), refusal(400, "INVALID_INCLUDE"), "spec/klarna_payments.yaml (x-include), sandbox/api/schema.py"),
    _Q.one("gateway-type", "F17.10 F3.2", "inferred", "the type of a payment's gateway is `payment_gateways`", _get("klarna_payments/{payment}?include=payment_gateway"), _gateway_type, "spec/klarna_payments.yaml, resources.py, sandbox/api/schema.py"),
    _Q.many("gateway-by-either-type", "F3.2", "inferred", "the gateway can be read as one of `payment_gateways`", "GET payment_gateways/{payment_gateway}", 1, _same_record, "sandbox/api/schema.py"),
    _Q.one("fields", "F8.2", "documented", "sparse fields leave all other attributes out", _get("klarna_payments/{payment}?fields[klarna_payments]=reference,created_at"), that(_only("reference", "created_at"), lambda answer: f"attributes: {', '.join(answer.attributes)}")),
    _Q.one("fields-without-relationships", "F3.3", "documented", "without a relationship among the fields there is no `relationships`", _get("klarna_payments/{payment}?fields[klarna_payments]=reference"), that(lambda answer: "relationships" not in answer.data, "it is there")),
    _Q.one("fields-must-name-the-included", "F18.3", "documented", "what is included must be among the fields too", _get("klarna_payments/{payment}?include=order&fields[klarna_payments]=reference"), _no_shrinking),
    _Q.one("fields-of-the-included", "F8.2", "documented", "fields of another type thin out what was included", _get("klarna_payments/{payment}?include=order&fields[orders]=number"), that(lambda answer: [list(as_object(each.get("attributes"))) for each in answer.included] == [["number"]], "it is whole, or not there")),
    _Q.one("fields-id", "F8.2", "documented", "`id` may be listed", _get("klarna_payments/{payment}?fields[klarna_payments]=id,reference"), that(lambda answer: "reference" in answer.attributes, "no attributes")),
    _Q.one("fields-unknown", "F8.2", "inferred", "an unknown field is 400 `INVALID_FIELD`", _get("klarna_payments/{payment}?fields[klarna_payments]=no_such"), refusal(400, "INVALID_FIELD")),
    _Q.one("fields-without-type", "F8.2", "inferred", "fields without a type are 400 `INVALID_FIELD_FORMAT`", _get("klarna_payments/{payment}?fields=reference"), refusal(400, "INVALID_FIELD_FORMAT")),
    _Q.one("fields-of-no-type", "F8.2", "inferred", "fields of a type that is none are 400 `INVALID_RESOURCE`", _get("klarna_payments/{payment}?fields[no-such]=reference"), refusal(400, "INVALID_RESOURCE")),
    _Q.one("sort", "F8.3", "documented", "`sort=-created_at` brings the newest first", _get(f"{_LIST}?page[size]=25&sort=-created_at"), _newest_first),
    _Q.one("sort-default", "F8.3", "unknown", "a list without `sort` is in the order of creation", _get(f"{_LIST}?page[size]=25"), _oldest_first, "sandbox/api/engine.py"),
    _Q.many("sort-by-id", "F18.3", "inferred", "sorting by id follows creation", f"GET {_LIST}, sorted by id and by created_at", 2, _sort_id, "sandbox/api/engine.py, bulk/_async/scan.py"),
    _Q.one("sort-nulls", "F8.3", "inferred", "nulls are the greatest", _get(f"{_LIST}?page[size]=25&sort=reference"), _nulls_last, "sandbox/api/engine.py"),
    _Q.one("sort-unknown", "F8.3", "inferred", "an unknown name is 400 `INVALID_SORT_CRITERIA`", _get(f"{_LIST}?sort=no_such"), refusal(400, "INVALID_SORT_CRITERIA")),
    _Q.one("sort-metadata", "F3.1 F8.3", "inferred", "metadata cannot be sorted by", _get(f"{_LIST}?sort=metadata"), refusal(400, "INVALID_SORT_CRITERIA"), "sandbox/api/schema.py"),
    _Q.one("sort-by-relationship", "F3.2 F8.3", "unknown", "nor can the relationship `order`, although it is flagged sortable", _get(f"{_LIST}?sort=order"), refusal(400, "INVALID_SORT_CRITERIA"), "sandbox/api/query.py"),
    _P.one("page-default", "F8.4", "documented", "a page has 10 resources at most unless asked", _get(_LIST), that(lambda answer: "page%5Bsize%5D=10" in str(answer.links.get("first")) and len(answer.listed) <= 10, lambda answer: f"{len(answer.listed)} resources, or a link with another size")),
    _P.one("page-maximum", "F8.4", "documented", "25 can be asked for", _get(f"{_LIST}?page[size]=25"), that(lambda answer: "page%5Bsize%5D=25" in str(answer.links.get("first")), "a link with another size")),
    _P.one("page-too-large", "F8.4 F17.8 F18.3", "documented", "26 is 400 `INVALID_PAGE_VALUE`", _get(f"{_LIST}?page[size]=26"), refusal(400, "INVALID_PAGE_VALUE")),
    _P.one("page-zero", "F8.4", "inferred", "page 0 is 400 `INVALID_PAGE_VALUE`", _get(f"{_LIST}?page[number]=0"), refusal(400, "INVALID_PAGE_VALUE")),
    _P.one("page-negative", "F8.4", "inferred", "a negative size is 400 `INVALID_PAGE_VALUE`", _get(f"{_LIST}?page[size]=-1"), refusal(400, "INVALID_PAGE_VALUE")),
    _P.one("page-unknown-key", "F8.4", "inferred", "an unknown key is 400 `PARAM_NOT_ALLOWED`", _get(f"{_LIST}?page[no_such]=1"), refusal(400, "PARAM_NOT_ALLOWED")),
    _P.one("page-without-key", "F9.3", "inferred", "`page=1` is 400 `INVALID_PAGE_OBJECT`", _get(f"{_LIST}?page=1"), refusal(400, "INVALID_PAGE_OBJECT")),
    _P.one("page-counts", "F3.5 F8.4", "documented", "`record_count` and `page_count` are whole numbers that fit", _get(f"{_LIST}?page[size]=2"), _counts, "spec/klarna_payments.yaml, sandbox/api/render.py"),
    _P.one("page-count-of-nothing", "F8.4 F17.8", "unknown", "`page_count` of an empty list is 0", _get(f"{_LIST}?{_NONE}"), that(lambda answer: answer.meta.get("page_count") == 0, lambda answer: f"page_count is {answer.meta.get('page_count')}"), "sandbox/api/render.py, _client/page.py"),
    _P.many("page-past-the-end", "F8.4 F17.8", "inferred", "a page past the end, however far, is empty, with the true counts", f"GET {_LIST}, page 1 and page 900000", 2, _past_the_end),
    _P.one("page-links", "F3.5", "documented", "the first page has `first` and `last`, and no `prev`", _get(f"{_LIST}?page[size]=1"), _first_links, "spec/klarna_payments.yaml, sandbox/api/render.py"),
    _P.many("page-last-links", "F3.5", "documented", "the last page has no `next`", f"GET {_LIST}, the first and the last page", 2, _last_links, "spec/klarna_payments.yaml, sandbox/api/render.py"),
    _P.one("page-links-encoded", "F3.5", "documented", "links are percent-encoded, with their keys in order", _get(f"{_LIST}?page[size]=1&sort=-created_at,id"), _encoded, "sandbox/api/render.py"),
    _Q.one("unknown-parameter", "F17.15", "unknown", "a parameter outside the five families is 400 `PARAM_NOT_ALLOWED`", _get(f"{_LIST}?no_such=1"), refusal(400, "PARAM_NOT_ALLOWED")),
    _Q.one("misplaced-parameter", "F17.15", "unknown", "so is `sort` for a single resource", _get("klarna_payments/{payment}?sort=id"), refusal(400, "PARAM_NOT_ALLOWED")),
)  # fmt: skip
