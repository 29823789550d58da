"""include, fields, sort, page and filter: what they do, and every way to get them wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from commercelayer_klarna.sandbox.api.filters import PREDICATES as OFFERED

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api


@pytest.fixture
def payments(api: Api) -> list[str]:
    """Five payments a second apart; the last has neither reference nor metadata."""
    made: list[str] = []
    values = [
        {"reference": "apple", "reference_origin": "shop", "metadata": {"n": 1, "deep": {"tags": ["a", "b"]}}},
        {"reference": "apricot", "metadata": {"n": 2}},
        {"reference": "banana_1", "metadata": {"n": True}},
        {"reference": "", "metadata": {"n": None}},
        {},
    ]
    for index, value in enumerate(values):
        made.append(api.payment(api.sandbox.order_ids[index % 2], **value))
        api.clock.now += 1
    return made


def found(api: Api, payments: list[str], query: str) -> list[int]:
    reply = api.get(f"klarna_payments?{query}")
    assert reply.status == 200, reply
    assert reply.json["meta"]["record_count"] == len(reply.json["data"])
    return [payments.index(item["id"]) for item in reply.json["data"]]


T2 = "2025-11-22T09:00:02.000Z"
PREDICATES = [
    ("reference_eq=apple", [0]),
    ("reference_eq=a,b", []),
    ("reference_not_eq=apple", [1, 2, 3]),
    ("reference_eq_or_null=apple", [0, 4]),
    ("reference_not_eq_or_null=apple", [1, 2, 3, 4]),
    ("reference_not_eq_all=apple,apricot", [2, 3]),
    ("reference_in=apple,banana_1", [0, 2]),
    ("reference_in_or_null=apple", [0, 4]),
    ("reference_not_in=apple,apricot", [2, 3]),
    ("reference_not_in_or_null=apple,apricot", [2, 3, 4]),
    ("reference_matches=ap%25", [0, 1]),
    ("reference_matches=a%25l_", [0]),
    ("reference_matches=AP%25", []),
    ("reference_does_not_match=ap%25", [2, 3]),
    ("reference_matches_any=apple,ban%25", [0, 2]),
    ("reference_matches_all=a%25,%25t", [1]),
    ("reference_does_not_match_any=ap%25,%25t", [0, 2, 3]),
    ("reference_does_not_match_all=apple,%25t", [2, 3]),
    ("reference_lt=apricot", [0, 3]),
    ("reference_lteq=apricot", [0, 1, 3]),
    ("reference_gt=apricot", [2]),
    ("reference_gteq=apricot", [1, 2]),
    (f"created_at_lt={T2}", [0, 1]),
    (f"created_at_lteq={T2}", [0, 1, 2]),
    (f"created_at_gt={T2}", [3, 4]),
    (f"created_at_gteq={T2}", [2, 3, 4]),
    (f"created_at_eq={T2}", [2]),
    ("created_at_gteq=2025-11-22", [0, 1, 2, 3, 4]),
    ("created_at_lt=2025-11-22T10:00:02%2B01:00", [0, 1]),
    (f"created_at_lt_any={T2},2020-01-01", [0, 1]),
    (f"created_at_lteq_any={T2},2020-01-01", [0, 1, 2]),
    (f"created_at_gt_any={T2},2030-01-01", [3, 4]),
    (f"created_at_gteq_any={T2},2030-01-01", [2, 3, 4]),
    (f"created_at_lt_all={T2},2030-01-01", [0, 1]),
    (f"created_at_lteq_all={T2},2030-01-01", [0, 1, 2]),
    (f"created_at_gt_all={T2},2020-01-01", [3, 4]),
    (f"created_at_gteq_all={T2},2020-01-01", [2, 3, 4]),
    ("reference_present=true", [0, 1, 2]),
    ("reference_present=false", [3, 4]),
    ("reference_blank=true", [3, 4]),
    ("reference_null=true", [4]),
    ("reference_null=false", [0, 1, 2, 3]),
    ("reference_not_null=true", [0, 1, 2, 3]),
    ("reference_start=ap", [0, 1]),
    ("reference_not_start=ap", [2, 3]),
    ("reference_start_any=ap,ba", [0, 1, 2]),
    ("reference_start_all=a,ap", [0, 1]),
    ("reference_not_start_any=ap,x", [0, 1, 2, 3]),
    ("reference_not_start_all=ap,ba", [3]),
    ("reference_end=e", [0]),
    ("reference_not_end=e", [1, 2, 3]),
    ("reference_end_any=e,t", [0, 1]),
    ("reference_end_all=e,le", [0]),
    ("reference_not_end_any=e,le", [1, 2, 3]),
    ("reference_not_end_all=e,t", [2, 3]),
    ("reference_cont=_", [2]),
    ("reference_not_cont=p", [2, 3]),
    ("reference_cont_any=pp,an", [0, 2]),
    ("reference_cont_all=p,r", [1]),
    ("reference_not_cont_all=pp,pr", [2, 3]),
    ("mismatched_amounts_true=true", []),
    ("mismatched_amounts_false=true", [0, 1, 2, 3, 4]),
    ("mismatched_amounts_eq=false", [0, 1, 2, 3, 4]),
    ("metadata_jcont=" + quote('{"n":1}'), [0]),
    ("metadata_jcont=" + quote('{"deep":{"tags":["b"]}}'), [0]),
    ("metadata_jcont=" + quote('{"n":null}'), [3]),
    ("metadata_null=false", [0, 1, 2, 3, 4]),
    ("order_number_eq=2437058", [0, 2, 4]),
    ("order_status_in=pending,draft", [0, 1, 2, 3, 4]),
    ("order_reference_null=true", [0, 1, 2, 3, 4]),
    ("order_number_or_reference_eq=apricot", [1]),
    ("reference_or_reference_origin_eq=shop", [0]),
    ("order_total_amount_cents_gt=999", [0, 1, 2, 3, 4]),
    ("order_total_amount_cents_lteq=3500", [0, 2, 4]),
    ("order_market_name_eq=Europe", [0, 1, 2, 3, 4]),
    ("order_payment_method_payment_gateway_name_start=US", []),
    ("order_payment_method_market_code_not_eq=europe", []),
]


@pytest.mark.parametrize(("query", "expected"), PREDICATES)
def test_a_predicate_finds_what_it_should(api: Api, payments: list[str], query: str, expected: list[int]) -> None:
    name, _, value = query.partition("=")
    assert found(api, payments, f"filter%5Bq%5D%5B{name}%5D={value}") == expected


def test_every_documented_predicate_is_tried() -> None:
    documented: set[str] = set()
    for line in (
        "eq eq_or_null not_eq not_eq_or_null not_eq_all in in_or_null not_in not_in_or_null jcont true false",
        "matches does_not_match matches_any matches_all does_not_match_any does_not_match_all present",
        "lt lteq gt gteq lt_any lteq_any gt_any gteq_any lt_all lteq_all gt_all gteq_all",
        "start not_start start_any start_all not_start_any not_start_all cont not_cont cont_any cont_all not_cont_all",
        "blank null not_null end not_end end_any end_all not_end_any not_end_all",
    ):
        documented |= set(line.split())
    subjects = ("reference_", "created_at_", "metadata_", "mismatched_amounts_")
    tried = {query.partition("=")[0].removeprefix(subject) for query, _ in PREDICATES for subject in subjects}
    assert len(documented) == 51
    assert documented <= tried
    assert documented == {*OFFERED, "present", "blank", "null", "not_null", "true", "false", "jcont"}


def test_ids_compare_by_creation(api: Api, payments: list[str]) -> None:
    assert found(api, payments, f"filter[q][id_gt]={payments[2]}") == [3, 4]
    assert found(api, payments, f"filter[q][id_in]={payments[4]},{payments[0]},nothing") == [0, 4]
    assert found(api, payments, "filter[q][id_gt]=nothing") == []
    assert found(api, payments, "filter[q][id_not_eq]=nothing") == [0, 1, 2, 3, 4]
    assert found(api, payments, f"filter[q][order_id_eq]={api.sandbox.order_ids[1]}") == [1, 3]
    assert found(api, payments, "sort=-id") == [4, 3, 2, 1, 0]
    api.call("DELETE", f"klarna_payments/{payments[2]}")
    assert found(api, payments, f"filter[q][id_gt]={payments[2]}") == [3, 4]


def test_plain_filters_find_what_they_should(api: Api, payments: list[str]) -> None:
    assert found(api, payments, "filter[reference]=apple,apricot") == [0, 1]
    assert found(api, payments, f"filter[ids]={payments[1]},{payments[3]}") == [1, 3]
    assert found(api, payments, f"filter[id]={payments[1]}") == [1]
    assert found(api, payments, f"filter[order_id]={api.sandbox.order_ids[1]}") == [1, 3]
    assert found(api, payments, "filter[mismatched_amounts]=true") == []
    assert found(api, payments, "filter[metadata]=" + quote('{"n":2}')) == [1]
    assert found(api, payments, f"filter[created_at_from]={T2}&filter[updated_at_to]={T2}") == [2]


def test_filters_join_with_and(api: Api, payments: list[str]) -> None:
    assert found(api, payments, "filter[q][reference_start]=ap&filter[q][reference_end]=t") == [1]


def test_lists_are_sorted(api: Api, payments: list[str]) -> None:
    assert found(api, payments, "sort=reference") == [3, 0, 1, 2, 4]
    assert found(api, payments, "sort=-reference") == [4, 2, 1, 0, 3]
    assert found(api, payments, "sort=reference_origin,-created_at") == [0, 4, 3, 2, 1]
    assert found(api, payments, "") == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("unknown=1", "PARAM_NOT_ALLOWED"),
        ("include[x]=order", "PARAM_NOT_ALLOWED"),
        ("sort[x]=id", "PARAM_NOT_ALLOWED"),
        ("=", "PARAM_NOT_ALLOWED"),
        ("%ff=1", "INVALID_DATA_FORMAT"),
        ("include=nothing", "INVALID_INCLUDE"),
        ("include=order, payment_gateway", "INVALID_INCLUDE"),
        ("include=order..market", "INVALID_INCLUDE"),
        ("include=event_stores", "INVALID_INCLUDE"),
        ("include=order.event_stores", "INVALID_INCLUDE"),
        ("include=order.line_items", "INVALID_INCLUDE"),
        ("fields=id", "INVALID_FIELD_FORMAT"),
        ("fields[]=id", "INVALID_FIELD_FORMAT"),
        ("fields[klarna_payments][x]=id", "INVALID_FIELD_FORMAT"),
        ("fields[klarna_payment]=id", "INVALID_RESOURCE"),
        ("fields[klarna_payments]=nothing", "INVALID_FIELD"),
        ("fields[klarna_payments]=_update", "INVALID_FIELD"),
        ("sort=nothing", "INVALID_SORT_CRITERIA"),
        ("sort=metadata", "INVALID_SORT_CRITERIA"),
        ("sort=id, reference", "INVALID_SORT_CRITERIA"),
        ("sort=order", "INVALID_SORT_CRITERIA"),
        ("page=1", "INVALID_PAGE_OBJECT"),
        ("page[x]=1", "PARAM_NOT_ALLOWED"),
        ("page[after]=1", "PARAM_NOT_ALLOWED"),
        ("page[size]=26", "INVALID_PAGE_VALUE"),
        ("page[size]=0", "INVALID_PAGE_VALUE"),
        ("page[number]=0", "INVALID_PAGE_VALUE"),
        ("page[number]=-1", "INVALID_PAGE_VALUE"),
        ("page[number]=x", "INVALID_PAGE_VALUE"),
        ("page[number]=" + "9" * 5000, "INVALID_PAGE_VALUE"),
        ("page[number]=\u0661", "INVALID_PAGE_VALUE"),
        ("filter[nothing]=1", "FILTER_NOT_ALLOWED"),
        ("filter[reference][x]=1", "FILTER_NOT_ALLOWED"),
        ("filter[created_at]=1", "FILTER_NOT_ALLOWED"),
        ("filter[q][nothing_eq]=1", "FILTER_NOT_ALLOWED"),
        ("filter[q][reference_nothing]=1", "FILTER_NOT_ALLOWED"),
        ("filter[q][reference]=1", "FILTER_NOT_ALLOWED"),
        ("filter[q][auth_token_eq]=1", "FILTER_NOT_ALLOWED"),
        ("filter[q][reference_not_cont_any]=1", "FILTER_NOT_ALLOWED"),
        ("filter[q][payment_gateway_name_eq]=1", "FILTER_NOT_ALLOWED"),
        ("filter=1", "INVALID_FILTERS_SYNTAX"),
        ("filter[q]=1", "INVALID_FILTERS_SYNTAX"),
        ("filter[q][]=1", "INVALID_FILTERS_SYNTAX"),
        ("filter[q][id_in][]=1", "INVALID_FILTERS_SYNTAX"),
        ("filter[q][created_at_matches]=1", "INVALID_FILTERS_SYNTAX"),
        ("filter[q][reference_jcont]=1", "INVALID_FILTERS_SYNTAX"),
        ("filter[q][metadata_eq]=1", "INVALID_FILTERS_SYNTAX"),
        ("filter[q][created_at_gt]=yesterday", "INVALID_FILTER_VALUE"),
        ("filter[q][created_at_gt]=0001-01-01T00:00:00%2B14:00", "INVALID_FILTER_VALUE"),
        ("filter[q][mismatched_amounts_eq]=1", "INVALID_FILTER_VALUE"),
        ("filter[q][reference_null]=1", "INVALID_FILTER_VALUE"),
        ("filter[q][metadata_jcont]=%7B", "INVALID_FILTER_VALUE"),
        ("filter[q][order_total_amount_cents_gt]=x", "INVALID_FILTER_VALUE"),
    ],
)
def test_a_wrong_query_is_refused(api: Api, query: str, code: str) -> None:
    refused = api.get(f"klarna_payments?{query}")
    assert refused.status == 400
    assert refused.codes == [code]


@pytest.mark.parametrize(
    ("path", "query", "reason"),
    [
        ("klarna_payments", "include=order.line_items", "not modelled: orders.line_items"),
        ("klarna_payments", "include=order.nothing", "not modelled: orders.nothing, if the API has it"),
        ("klarna_payments", "include=order.event_stores", None),
        ("klarna_payments", "include=nothing", None),
        ("klarna_payments", "fields[orders]=place_async", "not modelled: orders.place_async"),
        ("klarna_payments", "fields[klarna_payments]=nothing", None),
        ("klarna_payments", "sort=nothing", None),
        ("klarna_payments", "sort=order", "unknown: sorting by a relationship"),
        ("orders", "sort=affiliate_code", "not modelled: orders.affiliate_code"),
        ("orders", "filter[q][customer_email_or_nothing_eq]=x", "not modelled: orders.customer_email_or_nothing_eq"),
        ("orders", "filter[affiliate_code]=x", "not modelled: orders.affiliate_code"),
        ("klarna_payments", "filter[q][order_shipments_id_eq]=x", "not modelled: orders.shipments_id_eq"),
        ("klarna_payments", "filter[q][order_market_merchant_name_eq]=x", "not modelled: markets.merchant_name_eq"),
        ("klarna_gateways", "filter[q][payment_methods_name_eq]=x", "not modelled: filtering klarna_gateways by"),
        ("klarna_gateways", "filter[q][nothing_eq]=x", "unknown: the error of a wrong attribute"),
        ("klarna_payments", "filter[nothing]=x", None),
        ("klarna_payments", "filter[q][reference_eq]=", "unknown: what a blank filter value does"),
        ("klarna_payments", "filter[ids]=+", "unknown: what a blank filter value does"),
        ("klarna_payments", "filter[q][reference_null]=1", "unknown: what a value that its attribute cannot have"),
        ("klarna_payments", "filter[q][created_at_gt]=yesterday", "unknown: what a value that its attribute cannot"),
        ("klarna_payments", "anything=x", "unknown: whether it is ignored here"),
    ],
)
def test_a_refusal_says_what_is_not_modelled_and_what_is_unknown(
    api: Api, path: str, query: str, reason: str | None
) -> None:
    refused = api.get(f"{path}?{query}")
    assert refused.status == 400
    said = refused.headers.get("X-Sandbox-Refused", "")
    assert said.startswith(reason) if reason else not said


def test_numbers_sort_as_numbers(api: Api) -> None:
    for cents in (900, 10_000, 2_000):
        api.sandbox.set_order_total(api.sandbox.add_order(), cents)
    cents = [
        item["attributes"]["total_amount_cents"] for item in api.get("orders?sort=total_amount_cents").json["data"]
    ]
    assert cents == sorted(cents)
    assert {900, 2_000, 10_000} < set(cents)


def test_what_means_something_for_lists_only_is_refused_elsewhere(api: Api) -> None:
    payment = api.payment()
    for query in ("sort=id", "page[size]=1", "filter[reference]=x"):
        assert api.get(f"klarna_payments/{payment}?{query}").codes == ["PARAM_NOT_ALLOWED"]
    assert api.call("DELETE", f"klarna_payments/{payment}?include=order").codes == ["PARAM_NOT_ALLOWED"]


def test_pages_have_counts_and_links(api: Api, payments: list[str]) -> None:
    first = api.get("klarna_payments?sort=-created_at&page[size]=2").json
    base = "https://sandbox.commercelayer.io/api/klarna_payments?page%5Bnumber%5D="
    assert first["meta"] == {"record_count": 5, "page_count": 3}
    assert first["links"] == {
        "first": f"{base}1&page%5Bsize%5D=2&sort=-created_at",
        "next": f"{base}2&page%5Bsize%5D=2&sort=-created_at",
        "last": f"{base}3&page%5Bsize%5D=2&sort=-created_at",
    }
    assert list(api.get("klarna_payments?page[size]=2&page[number]=2").json["links"]) == [
        "first",
        "prev",
        "next",
        "last",
    ]
    assert list(api.get("klarna_payments?page[size]=2&page[number]=3").json["links"]) == ["first", "prev", "last"]
    assert list(api.get("klarna_payments").json["links"]) == ["first", "last"]
    beyond = api.get("klarna_payments?page[number]=9").json
    assert beyond["data"] == []
    assert beyond["meta"] == {"record_count": 5, "page_count": 1}


def test_following_next_sees_everything_once(api: Api, payments: list[str]) -> None:
    query = "filter[q][reference_not_eq]=a%20b%26c,%C3%A9&include=order&fields[klarna_payments]=order,id&page[size]=1"
    target, seen = f"/api/klarna_payments?{query}", []
    while target:
        page = api.raw("GET", target, api.headers).json
        seen += [item["id"] for item in page["data"]]
        target = page["links"].get("next", "")
        if target:
            assert list(parse_qs(urlsplit(target).query)) == sorted(parse_qs(urlsplit(target).query))
            assert "a+b%26c%2C%C3%A9" in target
    assert seen == payments[:4]


def test_sparse_fields_leave_out_the_rest(api: Api) -> None:
    payment = api.payment()
    path = f"klarna_payments/{payment}"
    data = api.get(f"{path}?fields[klarna_payments]=id,reference").json["data"]
    assert data["attributes"] == {"reference": None}
    assert "relationships" not in data
    assert "attributes" not in api.get(f"{path}?fields[klarna_payments]=id").json["data"]
    # What is included but not listed is not shown.
    hidden = api.get(f"{path}?include=order&fields[klarna_payments]=reference").json
    assert "relationships" not in hidden["data"]
    assert hidden["included"] == []
    both = api.get(f"{path}?include=order&fields[klarna_payments]=order&fields[orders]=number").json
    assert set(both["data"]["relationships"]) == {"order"}
    assert both["included"][0]["attributes"] == {"number": "2437058"}
    assert "relationships" not in both["included"][0]


def test_includes_have_linkage_and_resources(api: Api) -> None:
    payment = api.payment()
    plain = api.get(f"klarna_payments/{payment}").json
    assert "included" not in plain
    assert set(plain) == {"data"}
    assert all("data" not in item for item in plain["data"]["relationships"].values())
    deep = api.get(
        f"klarna_payments/{payment}?include=order.payment_source.order.market,order.payment_method.payment_gateway,payment_gateway.payment_methods"
    ).json
    keys = [(item["type"], item["id"]) for item in deep["included"]]
    assert sorted(kind for kind, _ in keys) == ["markets", "orders", "payment_gateways", "payment_methods"]
    assert len(set(keys)) == len(keys)
    order = next(item for item in deep["included"] if item["type"] == "orders")
    assert order["relationships"]["payment_source"]["data"] == {"type": "klarna_payments", "id": payment}
    gateway = next(item for item in deep["included"] if item["type"] == "payment_gateways")
    assert isinstance(gateway["relationships"]["payment_methods"]["data"], list)
    without = api.get(f"orders/{api.sandbox.order_ids[1]}?include=payment_source").json
    assert without["data"]["relationships"]["payment_source"]["data"] is None
    assert without["included"] == []


def test_a_long_way_in_circles_is_walked(api: Api) -> None:
    payment = api.payment()
    path = ".".join(["order", "payment_source"] * 2000)
    assert len(api.get(f"klarna_payments/{payment}?include={path}").json["included"]) == 1
    round_ = ".".join(["payment_methods", "payment_gateway"] * 500)
    assert api.get(f"klarna_payments/{payment}?include=payment_gateway.{round_}").status == 200


def test_event_stores_page_by_cursor(api: Api) -> None:
    payment = api.payment()
    for index in range(24):
        api.patch("klarna_payments", payment, reference=str(index))
    target, seen, pages = f"/api/klarna_payments/{payment}/event_stores", [], 0
    while target:
        page = api.raw("GET", target, api.headers).json
        assert page["meta"] == {}
        assert set(page["links"]) <= {"next"}
        assert "included" not in page
        seen += [item["id"] for item in page["data"]]
        target, pages = page["links"].get("next", ""), pages + 1
    assert len(seen) == 25
    assert len(set(seen)) == 25
    assert pages == 3
    event = api.get(f"event_stores/{seen[0]}").json["data"]
    assert event["links"] == {"self": None}
    assert "relationships" not in event
    assert event["attributes"]["reference"] == event["attributes"]["metadata"] == {}
    assert event["attributes"]["created_at"].endswith("+00:00")
    assert len(event["meta"]["trace_id"]) == 64
    listing = f"klarna_payments/{payment}/event_stores"
    newest = api.get(f"{listing}?sort=-id&page[size]=25").json["data"]
    assert [item["id"] for item in newest] == seen[::-1]
    for query, code in [
        ("page[number]=1", "PARAM_NOT_ALLOWED"),
        ("page[after]=nonsense", "INVALID_PAGE_VALUE"),
        ("page[size]=26", "INVALID_PAGE_VALUE"),
        ("sort=created_at", "INVALID_SORT_CRITERIA"),
        ("filter[q][id_gt]=1", "FILTER_NOT_ALLOWED"),
        ("include=order", "INVALID_INCLUDE"),
    ]:
        assert api.get(f"{listing}?{query}").codes == [code]
