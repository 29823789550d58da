"""Filters: the predicates, what they may name, and what is said to a wrong one."""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

from collections.abc import Callable

from commercelayer_klarna._json import as_object
from commercelayer_klarna.probe.check import Check, Differs, Judge
from commercelayer_klarna.probe.exchange import Answer, Ask, CannotTell
from commercelayer_klarna.probe.expect import Topic, ok, refusal
from commercelayer_klarna.probe.visit import Visit

__all__ = ["CHECKS"]

_F = Topic("sandbox/api/filters.py, _client/query.py")
_LIST = "klarna_payments"


def _q(*conditions: str, of: str = _LIST) -> Ask:
    return Ask("GET", f"{of}?page[size]=25&" + "&".join(f"filter[q]{each}" for each in conditions))


def _count(answer: Answer) -> int:
    count = ok(answer).meta.get("record_count")
    return count if isinstance(count, int) else -1


def _finds(count: int) -> Judge:
    """Expect so many resources."""

    def judge(answer: Answer) -> None:
        if _count(answer) != count:
            raise Differs(f"{_count(answer)} resources, not {count}")

    return judge


def _all(name: str, test: Callable[[object], bool]) -> Judge:
    """Expect some resources, all with an attribute like this."""

    def judge(answer: Answer) -> None:
        values = [as_object(each.get("attributes")).get(name) for each in ok(answer).listed]
        if not values:
            raise CannotTell("nothing matches, and nothing else shows it")
        if not all(map(test, values)):
            raise Differs(f"{name} of one of them is another")

    return judge


def _ids(visit: Visit, count: int) -> list[str]:
    listed = visit.sample("klarna_payments").listed
    if len(listed) < count:
        raise CannotTell(f"the organization has fewer than {count} payments")
    return [str(each.get("id")) for each in listed[:count]]


def _either(visit: Visit) -> None:
    first, second = _ids(visit, 2)
    _finds(2)(visit.ask(_q(f"[id_in]={first},{second}")))


def _both(visit: Visit) -> None:
    first, second = _ids(visit, 2)
    _finds(0)(visit.ask(_q(f"[id_eq]={first}", f"[id_in]={second}")))


def _greater(visit: Visit) -> None:
    newest, _ = _ids(visit, 2)
    _finds(0)(visit.ask(_q(f"[id_gt]={newest}")))


def _parts(visit: Visit) -> None:
    """Null and not null are all there is."""
    null, other = (_count(visit.ask(_q(f"[reference_{each}]=true"))) for each in ("null", "not_null"))
    total = _count(visit.get(f"{_LIST}?page[size]=1"))
    if null + other != total:
        raise Differs(f"{null} null and {other} not null of {total}")


def _not_equal(visit: Visit) -> None:
    answer = visit.ask(_q("[reference_not_eq]=probe-no-such-reference"))
    other = _count(visit.ask(_q("[reference_not_null]=true")))
    if _count(answer) != other:
        raise Differs(f"{_count(answer)} resources, {other} of them with a reference")


def _currency(visit: Visit) -> str:
    for each in visit.sample("orders").listed:
        code = as_object(each.get("attributes")).get("currency_code")
        if isinstance(code, str) and code != code.lower():
            return code
    raise CannotTell("no order has a currency code in capitals")


def _case(predicate: str, pattern: str) -> Callable[[Visit], None]:
    def run(visit: Visit) -> None:
        code = _currency(visit)
        if not _count(visit.ask(_q(f"[currency_code_{predicate}]={pattern.format(code)}", of="orders"))):
            raise Differs("nothing is found in capitals either")
        if _count(visit.ask(_q(f"[currency_code_{predicate}]={pattern.format(code.lower())}", of="orders"))):
            raise Differs("capitals are found in small letters")

    return run


def _related(visit: Visit) -> None:
    order = ok(visit.get("orders/{order}"))
    answer = visit.ask(_q(f"[order_number_eq]={order.attributes.get('number')}", "[id_eq]={payment}"))
    _finds(1)(answer)


def _empty_object(visit: Visit) -> None:
    """Only where there is a payment with empty metadata."""
    empty = [
        each
        for each in visit.sample("klarna_payments").listed
        if as_object(each.get("attributes")).get("metadata") == {}
    ]
    if not empty:
        raise CannotTell("no payment has empty metadata")
    _finds(0)(visit.ask(_q(f"[id_eq]={empty[0].get('id')}", "[metadata_blank]=true")))


def _matching(visit: Visit) -> None:
    code = _currency(visit)
    found, exact = (
        _count(visit.ask(_q(f"[currency_code_{each}]={value}", of="orders")))
        for each, value in (("matches", f"{code[:2]}%25"), ("eq", code))
    )
    if found < exact:
        raise Differs(f"{found} found by a pattern, {exact} by the whole")


def _many_values(visit: Visit) -> None:
    ids = [*_ids(visit, 1), *(f"{number:010d}" for number in range(400))]
    _finds(1)(visit.ask(_q(f"[id_in]={','.join(ids)}")))


_NO = "probe-no-such-reference"

CHECKS: tuple[Check, ...] = (
    _F.one("filter-eq", "F8.5", "documented", "`id_eq` finds the one", _q("[id_eq]={payment}"), _finds(1)),
    _F.many("filter-in", "F8.5", "documented", "`id_in` takes a list with commas", f"GET {_LIST} by two ids", 1, _either),
    _F.many("filter-and", "F8.5", "documented", "several filters are joined by AND", f"GET {_LIST} by two ids that contradict", 1, _both),
    _F.one("filter-or", "F8.5", "documented", "`_or_` joins attributes", _q("[reference_or_reference_origin_eq]=" + _NO), _finds(0)),
    _F.many("filter-related", "F8.5", "documented", "`order_number_eq` reaches through the relationship", f"GET orders/{{order}}, GET {_LIST} by its number", 2, _related),
    _F.one("filter-through-two", "F8.5", "inferred", "`order_market_name_null` reaches through two", _q("[order_market_name_null]=true", "[id_eq]={payment}"), _finds(0)),
    _F.one("filter-dates", "F8.5", "documented", "`created_at_gteq` compares moments", _q("[created_at_gteq]=2999-01-01T00:00:00Z"), _finds(0)),
    _F.one("filter-dates-before", "F8.5", "documented", "`created_at_lt` compares moments", _q("[created_at_lt]=2010-01-01T00:00:00Z"), _finds(0)),
    _F.many("filter-id-greater", "F18.3", "inferred", "`id_gt` of the newest finds nothing", f"GET {_LIST} after the newest", 1, _greater, "sandbox/api/filters.py, bulk/_async/scan.py"),
    _F.many("filter-null", "F8.5", "documented", "`null` and `not_null` are all there is", f"GET {_LIST} three times", 3, _parts),
    _F.many("filter-not-eq", "F8.5", "documented", "`not_eq` excludes null", f"GET {_LIST} twice", 2, _not_equal),
    _F.one("filter-present", "F8.5", "documented", "`present` leaves null out", _q("[reference_present]=true"), _all("reference", bool)),
    _F.one("filter-eq-or-null", "F8.5", "documented", "`eq_or_null` lets null in", _q(f"[reference_eq_or_null]={_NO}"), _all("reference", lambda value: value is None)),
    _F.many("filter-matches", "F8.5", "documented", "`matches` takes `%` for any text", "GET orders by currency code, by a pattern and whole", 2, _matching),
    _F.one("filter-jcont", "F8.5", "documented", "`jcont` takes a piece of JSON", _q('[metadata_jcont]={"probe-no-such-key":1}'), _finds(0)),
    _F.one("filter-boolean", "F8.5", "documented", "`true` and `false` take true or false", _q("[guest_true]=true", "[guest_false]=true", of="orders"), _finds(0)),
    _F.one("filter-mismatched", "F3.1 F17.6", "unknown", "filtering by `mismatched_amounts` works", _q("[mismatched_amounts_true]=true", "[mismatched_amounts_false]=true"), _finds(0), "sandbox/api/schema.py"),
    _F.one("filter-plain", "F8.5", "inferred", "a plain filter, `filter[reference]`, is taken", Ask("GET", f"{_LIST}?filter[reference]={_NO}"), _finds(0)),
    _F.one("filter-plain-ids", "F8.5", "inferred", "so is `filter[ids]`", Ask("GET", f"{_LIST}?filter[ids]={{payment}}"), _finds(1)),
    _F.one("filter-unknown-plain", "F8.5", "inferred", "an unknown plain filter is 400 `FILTER_NOT_ALLOWED`", Ask("GET", f"{_LIST}?filter[no_such]=1"), refusal(400, "FILTER_NOT_ALLOWED")),
    _F.one("filter-unknown-attribute", "F8.5 F17.6", "unknown", "an unknown attribute in `q` is 400 `FILTER_NOT_ALLOWED`", _q("[no_such_eq]=1"), refusal(400, "FILTER_NOT_ALLOWED")),
    _F.one("filter-unknown-predicate", "F8.5 F17.6", "unknown", "so is an unknown predicate", _q("[reference_no_such]=1"), refusal(400, "FILTER_NOT_ALLOWED")),
    _F.one("filter-not-filterable", "F3.1 F8.5", "unknown", "so is an attribute that is not filterable", _q("[client_token_eq]=1"), refusal(400, "FILTER_NOT_ALLOWED"), "sandbox/api/schema.py"),
    _F.one("filter-blank", "F8.5", "unknown", "a blank value is 400 `INVALID_FILTER_VALUE`", _q("[reference_eq]="), refusal(400, "INVALID_FILTER_VALUE")),
    _F.one("filter-bad-date", "F8.5", "unknown", "a moment that is none is 400 `INVALID_FILTER_VALUE`", _q("[created_at_gt]=yesterday"), refusal(400, "INVALID_FILTER_VALUE")),
    _F.one("filter-bad-boolean", "F8.5", "unknown", "so is a flag that is neither", _q("[reference_null]=perhaps"), refusal(400, "INVALID_FILTER_VALUE")),
    _F.many("filter-empty-object", "F8.5", "unknown", "an empty object is not blank", f"GET {_LIST} with empty metadata by `blank`", 1, _empty_object),
    _F.many("filter-case", "F8.5", "unknown", "`cont` respects case", "GET orders by currency code, in capitals and not", 2, _case("cont", "{}")),
    _F.many("filter-case-matches", "F8.5", "unknown", "`matches` respects case", "GET orders by currency code, in capitals and not", 2, _case("matches", "{}%25")),
    _F.many("filter-many-values", "F8.5", "unknown", "400 values are taken", f"GET {_LIST} by 401 ids", 1, _many_values),
)  # fmt: skip
