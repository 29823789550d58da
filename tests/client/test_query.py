"""Questions: what is wrong is refused before anything is sent, and what is right arrives as it was meant."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commercelayer_klarna._client.page import cursor_of
from commercelayer_klarna._client.query import check_page_size, query
from commercelayer_klarna._client.requests import check_id
from support.kind import Kind
from support.server import Server

# The fixtures may be shared by all examples: a server and a client that go on.
many = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

NASTY = "\r\nX-Evil: 1\r\n\r\n\x00&page[size]=99#?=%00+%zz;,/..\\[]{}'\"ü€😀 "


def filters(**given: Any) -> dict[str, str]:
    return query(None, filters=given).filter


# Refused


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"include": "order"}, TypeError, "include='order'"),
    ({"include": ""}, TypeError, "include=''"),
    ({"include": b"order"}, ValueError, "111"),
    ({"include": [""]}, ValueError, "''"),
    ({"include": ["order,market"]}, ValueError, "'order,market'"),
    ({"include": ["order", " market"]}, ValueError, "' market'"),
    ({"include": ["order\n"]}, ValueError, r"'order\\n'"),
    ({"include": ["order."]}, ValueError, "'order.'"),
    ({"include": [".order"]}, ValueError, "'.order'"),
    ({"include": ["order..market"]}, ValueError, "'order..market'"),
    ({"include": ["Order"]}, ValueError, "'Order'"),
    ({"include": ["-order"]}, ValueError, "'-order'"),
    ({"include": ["ördér"]}, ValueError, "'ördér'"),
    ({"include": ["order&page[size]=1"]}, ValueError, "page"),
    ({"include": [None]}, ValueError, "None"),
    ({"include": [5]}, ValueError, "5"),
    ({"include": [["order"]]}, ValueError, "order"),
    ({"include": None}, TypeError, "include=None"),
    ({"include": 5}, TypeError, "include=5"),
    ({"sort": "-created_at"}, TypeError, "sort='-created_at'"),
    ({"sort": ["--created_at"]}, ValueError, "'--created_at'"),
    ({"sort": ["+created_at"]}, ValueError, r"'\+created_at'"),
    ({"sort": ["created_at desc"]}, ValueError, "'created_at desc'"),
    ({"sort": ["-"]}, ValueError, "'-'"),
    ({"sort": ["created_at,-id"]}, ValueError, "'created_at,-id'"),
    ({"sort": ["id\n"]}, ValueError, r"'id\\n'"),
    ({"sort": [None]}, ValueError, "None"),
    ({"fields": "auth_token"}, TypeError, "fields='auth_token'"),
    ({"fields": []}, ValueError, r"fields\[klarna_payments\] is empty"),
    ({"fields": ["auth token"]}, ValueError, "'auth token'"),
    ({"fields": ["order.number"]}, ValueError, "'order.number'"),
    ({"fields": ["a,b"]}, ValueError, "'a,b'"),
    ({"fields": ["a\n"]}, ValueError, r"'a\\n'"),
    ({"fields": [None]}, ValueError, "None"),
    ({"fields": {"orders": "number"}}, TypeError, r"fields\[orders\]='number'"),
    ({"fields": 5}, TypeError, "fields=5"),
    ({"fields": {"orders": None}}, TypeError, r"fields\[orders\]=None"),
    ({"fields": {5: ["number"]}}, ValueError, "type 5"),
    ({"fields": {"orders": []}}, ValueError, r"fields\[orders\] is empty"),
    ({"fields": {"orders]": ["number"]}}, ValueError, "'orders]'"),
    ({"fields": {"orders][x": ["number"]}}, ValueError, r"'orders\]\[x'"),
    ({"fields": {"": ["number"]}}, ValueError, "''"),
    ({"fields": {"orders\n": ["number"]}}, ValueError, r"'orders\\n'"),
    ({"filters": "reference_eq=x"}, TypeError, "str"),
    ({"filters": [("reference_eq", "x")]}, TypeError, "list"),
    ({"filters": {"reference": "x"}}, ValueError, "'reference'"),
    ({"filters": {"": "x"}}, ValueError, "''"),
    ({"filters": {5: "x"}}, ValueError, "5"),
    ({"filters": {None: "x"}}, ValueError, "None"),
    ({"filters": {"reference_eq]": "x"}}, ValueError, "'reference_eq]'"),
    ({"filters": {"reference_eq][": "x"}}, ValueError, r"'reference_eq\]\['"),
    ({"filters": {"reference_eq\n": "x"}}, ValueError, r"'reference_eq\\n'"),
    ({"filters": {"Reference_eq": "x"}}, ValueError, "'Reference_eq'"),
    ({"filters": {"reference_eq": None}}, ValueError, "reference_eq.* is None"),
    ({"filters": {"reference_in": [None]}}, ValueError, "reference_in.* is None"),
    ({"filters": {"reference_in": []}}, ValueError, "reference_in.* no values"),
    ({"filters": {"reference_in": set()}}, ValueError, "reference_in.* no values"),
    ({"filters": {"reference_in": ["a", "b,c"]}}, ValueError, "'b,c'"),
    ({"filters": {"reference_eq": ["a"]}}, ValueError, "reference_eq.* several values"),
    ({"filters": {"reference_eq": ("a", "b")}}, ValueError, "reference_eq.* several values"),
    ({"filters": {"metadata_eq": {"a": 1}}}, ValueError, "metadata_eq.* is a mapping"),
    ({"filters": {"metadata_jcont": {"a": object()}}}, TypeError, "metadata_jcont.* JSON"),
    ({"filters": {"metadata_jcont": {"a": float("nan")}}}, ValueError, "metadata_jcont.* JSON"),
    ({"filters": {"metadata_jcont": {(1, 2): 3}}}, TypeError, "metadata_jcont.* JSON"),
    ({"filters": {"created_at_gt": datetime(2026, 1, 1)}}, ValueError, "created_at_gt.* time zone"),
    ({"filters": {"created_at_gt": datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))}}, ValueError, "range"),
    ({"filters": {"id_gt": float("inf")}}, ValueError, "id_gt.* inf"),
    ({"filters": {"id_gt": Decimal("NaN")}}, ValueError, "id_gt.* Decimal"),
    ({"filters": {"reference_eq": b"x"}}, TypeError, "reference_eq.* bytes"),
    ({"filters": {"reference_eq": object()}}, TypeError, "reference_eq.* object"),
    ({"filters": {"reference_in": [["a"]]}}, TypeError, "reference_in.* list"),
    ({"filters": {"created_at_gt": timedelta(1)}}, TypeError, "created_at_gt.* timedelta"),
    ({"filters": {"reference_in": (x for x in "ab")}}, TypeError, "reference_in.* generator"),
]


@pytest.mark.parametrize(("arguments", "error", "named"), REFUSED)
def test_a_query_that_makes_no_sense_is_refused(arguments: dict[str, Any], error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named) as caught:
        query("klarna_payments", **arguments)
    assert type(caught.value) is error


def test_refused_before_anything_is_sent(kind: Kind, server: Server) -> None:
    # Before there is a pager, let alone a request.
    server.answer(200, {"data": [], "links": {}})
    payments = kind.at(server)
    for arguments, error, named in REFUSED:
        with pytest.raises(error, match=named):
            payments.list(**arguments)
        if not arguments.keys() - {"include"}:
            with pytest.raises(error, match=named):
                payments.create(order="x", **arguments)
    assert server.requests == []


def test_a_list_of_fields_needs_a_type(kind: Kind, server: Server) -> None:
    # `request` goes anywhere, so a plain list of fields has no type to belong to.
    server.answer(200, {"data": None})
    with pytest.raises(TypeError, match="which type"):
        kind.at(server).request("GET", "orders", fields=["number"])
    assert server.requests == []


@pytest.mark.parametrize(
    "bad", ["", " ", "\t\n", ".", "..", "a/b", "/", "a\\b", "\ud800", "a b", "kPmNtAbCdE\n", "\r\n\x00x"]
)
def test_bad_ids_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"what=.* cannot be an id") as caught:
        check_id(bad, "what")
    assert type(caught.value) is ValueError


@pytest.mark.parametrize("bad", [None, 5, b"x", ["x"], {"id": "x"}])
def test_ids_that_are_no_strings(bad: Any) -> None:
    with pytest.raises(TypeError, match=f"order must be a string, not {type(bad).__name__}"):
        check_id(bad, "order")


@pytest.mark.parametrize("good", ["kPmNtAbCdE", "1755185525941-0", "...", "%2e%2e", "ü", "a?b#c", "&=+,;"])
def test_good_ids_are_accepted(good: str) -> None:
    assert check_id(good) == good


@pytest.mark.parametrize("size", [0, -1, 26, 10**9, True, False, 2.5, 10.0, "5", float("nan")])
def test_page_sizes_that_cannot_be(size: Any) -> None:
    with pytest.raises(ValueError, match=f"page_size={size!r} is not between 1 and 25"):
        check_page_size(size)


@pytest.mark.parametrize("size", [None, 1, 10, 25])
def test_page_sizes_that_can_be(size: int | None) -> None:
    assert check_page_size(size) == size


@pytest.mark.parametrize(
    ("link", "cursor"),
    [
        ("https://x/y?page%5Bafter%5D=a%2Bb%3D", "a+b="),
        ("https://x/y?page[after]=a", "a"),
        ("?page%5Bafter%5D=a&page%5Bafter%5D=b", "a"),
        ("https://x/y?sort=-id&page%5Bsize%5D=3&page%5Bafter%5D=%26", "&"),
        ("https://x/y?page%5Bafter%5D=", None),
        ("https://x/y?page%5Bnumber%5D=2", None),
        ("https://x/y?after=a", None),
        ("https://x/y#page[after]=a", None),
        ("", None),
        ("http://[", None),
    ],
)
def test_the_cursor_is_read_from_a_link(link: str, cursor: str | None) -> None:
    assert cursor_of(link) == cursor


# Rendered


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("reference_eq", "x", "x"),
        ("reference_eq", "", ""),
        ("reference_eq", "a,b", "a,b"),
        ("reference_eq", NASTY, NASTY),
        ("mismatched_amounts_true", True, "true"),
        ("mismatched_amounts_true", False, "false"),
        ("number_eq", 0, "0"),
        ("number_eq", -12, "-12"),
        ("number_eq", 10**30, "1" + "0" * 30),
        ("amount_gt", 1.5, "1.5"),
        ("amount_gt", Decimal("1.50"), "1.5"),
        ("amount_gt", Decimal("4E+3"), "4000"),
        ("amount_gt", 4000.0, "4000"),
        ("amount_gt", -1e22, "-1" + "0" * 22),
        ("amount_gt", 1.5e-7, "0.00000015"),
        ("amount_gt", Decimal("-0.00"), "0"),
        ("amount_gt", Decimal("12345678901234567890.125"), "12345678901234567890.125"),
        ("amount_in", [Decimal("10.0"), 10.0, 10], "10,10,10"),
        ("created_at_gt", datetime(2026, 11, 22, 9, 0, 0, 123456, UTC), "2026-11-22T09:00:00.123Z"),
        ("created_at_gt", datetime(2026, 11, 22, 9, tzinfo=timezone(timedelta(hours=2))), "2026-11-22T07:00:00.000Z"),
        ("created_at_gt", date(2026, 11, 22), "2026-11-22"),
        ("reference_in", ["a", "b"], "a,b"),
        ("reference_in", ("b", "a"), "b,a"),
        ("reference_in", {"a"}, "a"),
        ("reference_in", frozenset({"a"}), "a"),
        ("reference_in", ["a"], "a"),
        ("reference_in", "a,b", "a,b"),
        ("reference_not_in", ["a", "b"], "a,b"),
        ("reference_in_or_null", ["a", "b"], "a,b"),
        ("reference_not_in_or_null", ["a", "b"], "a,b"),
        ("reference_cont_any", ["a", "b"], "a,b"),
        ("reference_matches_all", ["a%", "%b"], "a%,%b"),
        ("number_in", [1, 2.5, True, Decimal("3")], "1,2.5,true,3"),
        ("created_at_in", [date(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC)], "2026-01-01,2026-01-02T00:00:00.000Z"),
        ("metadata_jcont", {"a": {"b": [1, None, "c,d"]}}, '{"a":{"b":[1,null,"c,d"]}}'),
        ("metadata_jcont", {}, "{}"),
        ("metadata_jcont", '{"a":1}', '{"a":1}'),
        ("order_number_or_reference_eq", "x", "x"),
    ],
)
def test_filter_values_are_rendered_as_the_api_reads_them(name: str, value: Any, text: str) -> None:
    assert filters(**{name: value}) == {f"filter[q][{name}]": text}


def test_an_enum_is_sent_as_its_value(kind: Kind, server: Server) -> None:
    class Old(str, Enum):  # noqa: UP042 - its str() is "Old.NAME"
        NAME = "value"

    class New(StrEnum):
        NAME = "value"

    class Number(IntEnum):
        NAME = 7

    assert filters(reference_eq=Old.NAME, reference_in=[Old.NAME, New.NAME], number_eq=Number.NAME) == {
        "filter[q][reference_eq]": "value",
        "filter[q][reference_in]": "value,value",
        "filter[q][number_eq]": "7",
    }
    server.answer(200, {"data": {"type": "klarna_payments", "id": "value"}})
    kind.at(server).retrieve(Old.NAME, include=[Old.NAME], fields=[New.NAME])
    target = "/api/klarna_payments/value?include=value&fields%5Bklarna_payments%5D=value"
    assert server.requests[0].target == target


def test_generators_are_lists_too() -> None:
    asked = query("klarna_payments", include=(x for x in ["order"]), fields=(x for x in ["order"]))  # type: ignore[arg-type]
    assert asked.parameters() == {"include": "order", "fields[klarna_payments]": "order"}


def test_a_query_is_rendered_as_parameters() -> None:
    asked = query(
        "klarna_payments",
        include=["order", "order.market", "payment_gateway"],
        fields=["auth_token", "_x", "order"],
        filters={"reference_eq": "x", "id_in": ["a", "b"]},
        sort=("-created_at", "order.number", "id"),
    )
    assert asked.parameters() == {
        "include": "order,order.market,payment_gateway",
        "sort": "-created_at,order.number,id",
        "fields[klarna_payments]": "auth_token,_x,order",
        "filter[q][reference_eq]": "x",
        "filter[q][id_in]": "a,b",
    }
    by_type = query("klarna_payments", fields={"orders": ["number"], "klarna_payments": ("order",)})
    assert by_type.parameters() == {"fields[orders]": "number", "fields[klarna_payments]": "order"}


@pytest.mark.parametrize(
    "nothing", [{}, {"include": [], "sort": ()}, {"filters": {}}, {"fields": None, "filters": None}]
)
def test_a_query_for_nothing_has_no_parameters(nothing: dict[str, Any]) -> None:
    assert query("klarna_payments", **nothing).parameters() == {}


def test_what_is_passed_is_not_changed() -> None:
    include, fields, filters, sort = ["order"], {"orders": ["number"]}, {"id_in": ["b", "a"]}, ["id"]
    query("klarna_payments", include=include, fields=fields, filters=filters, sort=sort)
    assert include == ["order"]
    assert fields == {"orders": ["number"]}
    assert filters == {"id_in": ["b", "a"]}
    assert sort == ["id"]


# As the server gets it

LETTERS = "abcdefghijklmnopqrstuvwxyz"
names = st.text(LETTERS, min_size=1, max_size=5)
paths = st.lists(names, min_size=1, max_size=3).map(".".join)
filter_names = st.builds("{}_{}".format, names, st.sampled_from(["eq", "not_eq", "cont", "gteq", "matches"]))


@pytest.fixture
def client(kind: Kind, server: Server) -> Any:
    """One client for all examples of a property: making one takes longer than a request."""
    return kind.at(server)


# Text with what could break out of its place put in much more often than by chance.
nasty = st.lists(st.sampled_from(NASTY) | st.characters(codec="utf-8"), max_size=12).map("".join)


def received(server: Server) -> tuple[str, list[tuple[str, str]]]:
    """Path and parameters of the one request that the server got since it was asked last."""
    (request,) = server.requests
    server.requests.clear()
    # Whatever broke out of the request line would be a header, or a second request.
    assert "x-evil" not in request.headers
    assert request.headers["host"] == server.url.split("/")[2]
    assert request.target.isascii()
    assert request.target.isprintable()
    parts = urlsplit(request.target)
    assert not parts.fragment
    return parts.path, parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))


@many
@given(
    include=st.lists(paths, max_size=3),
    sort=st.lists(st.builds("{}{}".format, st.sampled_from(["", "-"]), names), max_size=3),
    fields=st.dictionaries(names, st.lists(names, min_size=1, max_size=3), max_size=2),
    filters=st.dictionaries(filter_names, nasty, max_size=3),
    several=st.lists(nasty.filter(lambda text: text != "" and "," not in text), min_size=1, max_size=3),
    nested=st.dictionaries(nasty, nasty, max_size=2),
    size=st.integers(1, 25),
)
def test_the_server_gets_what_was_meant(
    client: Any,
    server: Server,
    include: Any,
    sort: Any,
    fields: Any,
    filters: Any,
    several: Any,
    nested: Any,
    size: int,
) -> None:
    server.answer(200, {"data": [], "links": {}})
    found = client.list(
        include=include,
        sort=sort,
        fields=fields,
        filters={**filters, "reference_in": several, "metadata_jcont": nested},
        page_size=size,
    )
    assert list(found) == []
    path, pairs = received(server)
    assert path == "/api/klarna_payments"
    got = dict(pairs)
    assert len(got) == len(pairs)
    assert json.loads(got.pop("filter[q][metadata_jcont]")) == nested
    assert got == {
        **({"include": ",".join(include)} if include else {}),
        **({"sort": ",".join(sort)} if sort else {}),
        **{f"fields[{each}]": ",".join(values) for each, values in fields.items()},
        **{f"filter[q][{name}]": value for name, value in filters.items()},
        "filter[q][reference_in]": ",".join(several),
        "page[number]": "1",
        "page[size]": str(size),
    }


@many
@given(where=st.sampled_from(["include", "sort", "fields", "type", "filter"]), text=nasty | names | paths)
@example(where="filter", text="reference_eq")
@example(where="fields", text="_x")
def test_names_arrive_or_are_refused(client: Any, server: Server, where: str, text: str) -> None:
    cases: dict[str, tuple[dict[str, Any], str, str]] = {
        "include": ({"include": [text]}, "include", text),
        "sort": ({"sort": [text]}, "sort", text),
        "fields": ({"fields": {"orders": [text]}}, "fields[orders]", text),
        "type": ({"fields": {text: ["x"]}}, f"fields[{text}]", "x"),
        "filter": ({"filters": {text: "x"}}, f"filter[q][{text}]", "x"),
    }
    arguments, key, value = cases[where]
    server.answer(200, {"data": None})
    try:
        client.request("GET", "klarna_payments", **arguments)
        refusal = None
    except ValueError as error:
        refusal = str(error)
    if refusal is not None:
        assert repr(text) in refusal
        assert server.requests == []
        return
    assert received(server) == ("/api/klarna_payments", [(key, value)])
    # What passes is made of letters, digits, underscores, dots and a minus: nothing that means anything in a query.
    assert set(text) <= set(LETTERS + "0123456789_.-")


@many
@given(nasty)
@example("kPmNtAbCdE")
@example("%2e%2e")
@example("a?b=c#d")
@example("x\r\nHost: evil")
def test_ids_stay_in_their_place(client: Any, server: Server, identifier: str) -> None:
    server.answer(200, {"data": {"type": "klarna_payments", "id": "x"}})
    try:
        check_id(identifier)
    except ValueError:
        with pytest.raises(ValueError, match="cannot be an id"):
            client.retrieve(identifier)
        assert server.requests == []
        return
    client.retrieve(identifier)
    path, pairs = received(server)
    assert pairs == []
    start, encoded = path.rsplit("/", 1)
    assert start == "/api/klarna_payments"
    assert unquote(encoded) == identifier
    assert encoded not in {".", ".."}
    # An order's id travels in the document.
    client.update("x", order=identifier)
    assert server.requests.pop().json["data"]["relationships"] == {
        "order": {"data": {"type": "orders", "id": identifier}}
    }


@many
@given(st.dictionaries(nasty, nasty, max_size=4))
@example({"page[size]": "5", "": "", "a&b": "c=d"})
def test_params_of_request_arrive(client: Any, server: Server, params: dict[str, str]) -> None:
    server.answer(200, {"data": None})
    client.request("GET", "orders", params=params)
    assert received(server) == ("/api/orders", list(params.items()))


def test_params_join_what_is_asked_for(client: Any, server: Server) -> None:
    server.answer(200, {"data": []})
    client.request("GET", "orders", params={"page[size]": 5}, include=["market"], filters={"number_eq": 7})
    _, pairs = received(server)
    assert dict(pairs) == {"page[size]": "5", "include": "market", "filter[q][number_eq]": "7"}


@many
@given(nasty | st.builds("{}/{}".format, names, nasty))
def test_paths_of_request_stay_under_the_api(client: Any, server: Server, path: str) -> None:
    server.answer(200, {"data": None})
    try:
        client.request("GET", path)
        refusal = None
    except ValueError as error:
        refusal = str(error)
    if refusal is not None:
        assert repr(path) in refusal
        assert server.requests == []
        return
    got, pairs = received(server)
    assert pairs == []
    assert got.startswith("/api/")
    assert not {".", ".."} & {unquote(part) for part in got.split("/")}
    assert unquote(got) == "/api/" + unquote(path.removeprefix("/"))
