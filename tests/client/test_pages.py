"""Lists: how they go from page to page, what they never follow, and that they never stop silently."""

from __future__ import annotations

from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercelayer_klarna import (
    AccessToken,
    APIStatusError,
    EventStore,
    KlarnaPayment,
    KlarnaPayments,
    NotFoundError,
    Page,
    Resource,
    ResponseFormatError,
)
from commercelayer_klarna._client.page import Position, Walk, cursor_of, page_of
from commercelayer_klarna._document import Document
from support.kind import Kind
from support.server import Server

ELSEWHERE = "http://evil.invalid/api/orders?filter%5Bq%5D%5Bid_eq%5D=evil&page%5Bnumber%5D=7&page%5Bsize%5D=1&sort=id"
EVENTS = "https://acme.commercelayer.io/api/klarna_payments/x/event_stores"


def payments_of(*ids: str) -> list[dict[str, Any]]:
    return [{"type": "klarna_payments", "id": each, "attributes": {}} for each in ids]


def events_of(*ids: str) -> list[dict[str, Any]]:
    return [{"type": "event_stores", "id": each, "attributes": {}} for each in ids]


def after(cursor: str) -> str:
    return f"{EVENTS}?page%5Bafter%5D={quote(cursor, safe='')}&page%5Bsize%5D=10"


def collect(pager: Any, found: list[str]) -> None:
    """Walk, but not for ever: keep the ids that come, however it ends."""
    for each in islice(pager, 100):
        found.append(each.id)


def asked(server: Server) -> list[tuple[str, dict[str, str]]]:
    """The paths and parameters that the server was asked for."""
    parts = [urlsplit(request.target) for request in server.requests]
    return [(each.path, dict(parse_qsl(each.query, keep_blank_values=True))) for each in parts]


# Which way to go


def test_links_are_never_followed(kind: Kind, server: Server) -> None:
    # A link of the server's may name any host; the token must not go there.
    server.answer(200, {"data": payments_of("a", "b"), "links": {"next": ELSEWHERE}})
    server.answer(200, {"data": payments_of("c"), "links": {"prev": ELSEWHERE}})
    found = kind.at(server).list(
        include=["order"], fields=["order"], filters={"reference_eq": "x&y"}, sort=["-id"], page_size=2
    )
    assert [each.id for each in found] == ["a", "b", "c"]
    question = {
        "include": "order",
        "fields[klarna_payments]": "order",
        "filter[q][reference_eq]": "x&y",
        "sort": "-id",
        "page[size]": "2",
    }
    assert asked(server) == [
        ("/api/klarna_payments", {**question, "page[number]": "1"}),
        ("/api/klarna_payments", {**question, "page[number]": "2"}),
    ]
    assert {request.headers["host"] for request in server.requests} == {server.url.split("/")[2]}


def test_links_of_event_stores_give_their_cursor_and_nothing_else(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": events_of("1-0"), "links": {"next": ELSEWHERE + "&page%5Bafter%5D=cursor"}})
    server.answer(200, {"data": events_of("2-0"), "links": {}, "meta": {}})
    assert [each.id for each in kind.at(server).event_stores("x")] == ["1-0", "2-0"]
    path = "/api/klarna_payments/x/event_stores"
    assert asked(server) == [(path, {}), (path, {"page[after]": "cursor"})]


@pytest.mark.parametrize(
    "cursor", ["YWJj+/==", "a&page[size]=1", "a b", "#", "?", "%41", "ünï", "\r\nX: y", "0;1", "[]"]
)
def test_cursors_come_back_as_they_were(kind: Kind, server: Server, cursor: str) -> None:
    server.answer(200, {"data": events_of("1-0"), "links": {"next": after(cursor)}})
    server.answer(200, {"data": events_of("2-0"), "links": {}})
    assert len(list(kind.at(server).event_stores("x", page_size=3))) == 2
    assert [parameters for _, parameters in asked(server)] == [
        {"page[size]": "3"},
        {"page[size]": "3", "page[after]": cursor},
    ]
    assert server.requests[1].target.isascii()


def test_the_cursor_is_percent_encoded(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": events_of("1-0"), "links": {"next": after("a+b/c==&d")}})
    server.answer(200, {"data": events_of("2-0"), "links": {}})
    list(kind.at(server).event_stores("x"))
    # A plus that is not encoded would be read as a space.
    assert "?page%5Bafter%5D=a%2Bb" in server.requests[1].target
    assert server.requests[1].target.endswith("%26d")


@settings(deadline=None)
@given(st.text(min_size=1))
def test_any_cursor_is_found(cursor: str) -> None:
    assert cursor_of(after(cursor)) == cursor
    assert cursor_of(f"?page[after]={quote(cursor, safe='')}") == cursor


@settings(deadline=None)
@given(st.text())
def test_any_text_may_be_a_link(link: str) -> None:
    assert cursor_of(link) is None or "page" in link
    assert cursor_of("http://[" + link) is None or "page" in link


def test_a_next_link_may_be_an_object(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a"), "links": {"next": {"href": ELSEWHERE, "meta": {}}}})
    server.answer(200, {"data": payments_of("b"), "links": {}})
    assert [each.id for each in kind.at(server).list()] == ["a", "b"]


def test_next_of_event_stores_as_an_object(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": events_of("1-0"), "links": {"next": {"href": after("c")}}})
    server.answer(200, {"data": events_of("2-0"), "links": {}})
    assert [each.id for each in kind.at(server).event_stores("x")] == ["1-0", "2-0"]
    assert asked(server)[1][1] == {"page[after]": "c"}


def test_the_payments_of_a_gateway(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a"), "links": {"next": ELSEWHERE}})
    server.answer(200, {"data": payments_of("b"), "links": {}})
    assert len(list(kind.at(server).list_for_gateway("g?", page_size=25))) == 2
    path = "/api/klarna_gateways/g%3F/klarna_payments"
    assert asked(server) == [(path, {"page[number]": str(n), "page[size]": "25"}) for n in (1, 2)]


# When to stop


@pytest.mark.parametrize("links", [{}, {"first": "x", "last": "x"}, {"next": None}, {"next": ""}])
def test_a_list_stops_by_its_links(kind: Kind, server: Server, links: dict[str, Any]) -> None:
    server.answer(200, {"data": payments_of("a"), "links": {"next": "x"}})
    server.answer(200, {"data": payments_of("b"), "links": links})
    assert [each.id for each in kind.at(server).list()] == ["a", "b"]
    assert len(server.requests) == 2


@pytest.mark.parametrize(("pages", "records"), [(2, 2), ("2", "2")])
@pytest.mark.parametrize("links", [{}, {"links": {}}, {"links": None}])
def test_a_list_stops_by_its_counts(
    kind: Kind, server: Server, pages: Any, records: Any, links: dict[str, Any]
) -> None:
    # With links that name no next page, but counts that say there is one, stopping would lose payments.
    meta = {"page_count": pages, "record_count": records}
    server.answer(200, {"data": payments_of("a"), "meta": meta, **links})
    server.answer(200, {"data": payments_of("b"), "meta": meta, **links})
    found = kind.at(server).list()
    assert [each.id for each in found] == ["a", "b"]
    assert [parameters["page[number]"] for _, parameters in asked(server)] == ["1", "2"]
    first = found.first_page()
    assert first.page_count == 2
    assert first.record_count == 2


@pytest.mark.parametrize("count", [0, 1])  # what the API says of an empty list is not documented
def test_an_empty_list_takes_one_request(kind: Kind, server: Server, count: int) -> None:
    payments = kind.at(server)
    server.answer(200, {"data": [], "meta": {"page_count": count, "record_count": 0}, "links": {"first": "x"}})
    assert list(payments.list()) == []
    assert len(server.requests) == 1
    assert payments.count() == 0


@pytest.mark.parametrize("members", [{}, {"meta": {}}, {"links": None}, {"meta": {"page_count": None}}, {"links": []}])
def test_without_links_and_counts_it_is_not_known_whether_there_is_more(
    kind: Kind, server: Server, members: Any
) -> None:
    payments = kind.at(server)
    server.answer(200, {"data": payments_of("a"), **members})
    found: list[str] = []
    with pytest.raises(ResponseFormatError, match="neither links nor counts"):
        collect(payments.list(), found)
    assert found == []
    assert len(server.requests) == 1
    with pytest.raises(ResponseFormatError, match="neither links nor counts"):
        payments.list().first_page()


@pytest.mark.parametrize("count", [True, "two", "-1", "²", "٣", [2], {}])
def test_counts_that_are_none(kind: Kind, server: Server, count: Any) -> None:
    payments = kind.at(server)
    server.answer(200, {"data": payments_of("a"), "links": {}, "meta": {"page_count": count, "record_count": count}})
    page = payments.list().first_page()
    assert page.page_count is None
    assert page.record_count is None
    with pytest.raises(ResponseFormatError, match="record_count"):
        payments.count()


@pytest.mark.parametrize("members", [{"links": {}}, {"meta": {"mode": "test"}, "links": {"first": "x"}}])
def test_event_stores_stop_without_counts(kind: Kind, server: Server, members: dict[str, Any]) -> None:
    server.answer(200, {"data": events_of("1-0", "2-0"), **members})
    found = kind.at(server).event_stores("x")
    assert [each.id for each in found] == ["1-0", "2-0"]
    assert len(server.requests) == 1
    first = found.first_page()
    assert isinstance(first[0], EventStore)
    assert first.record_count is None
    assert first.page_count is None


def test_event_stores_without_links_and_meta(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": events_of("1-0")})
    with pytest.raises(ResponseFormatError, match="neither links nor counts"):
        list(kind.at(server).event_stores("x"))


# What makes no sense


def test_a_server_that_does_not_page(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a", "b"), "links": {"next": "x"}})
    found: list[str] = []
    with pytest.raises(ResponseFormatError, match="does not page"):
        collect(kind.at(server).list(), found)
    assert found == ["a", "b"]  # nothing twice
    assert len(server.requests) == 2


def test_counts_of_a_server_that_does_not_page(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a", "b"), "meta": {"page_count": 1000}})
    with pytest.raises(ResponseFormatError, match="does not page"):
        collect(kind.at(server).list(), [])
    assert len(server.requests) == 2


def test_a_cursor_that_comes_again_is_refused(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": events_of("1-0"), "links": {"next": after("c")}})
    server.answer(200, {"data": events_of("2-0"), "links": {"next": after("c")}})
    found: list[str] = []
    with pytest.raises(ResponseFormatError):
        collect(kind.at(server).event_stores("x"), found)
    assert found in (["1-0"], ["1-0", "2-0"])
    assert len(server.requests) <= 3


@pytest.mark.parametrize("link", [EVENTS, "x", EVENTS + "?page[number]=2", EVENTS + "?page%5Bafter%5D=", "http://["])
def test_a_next_page_of_event_stores_without_a_cursor(kind: Kind, server: Server, link: str) -> None:
    server.answer(200, {"data": events_of("1-0"), "links": {"next": link}})
    with pytest.raises(ResponseFormatError, match="no cursor"):
        list(kind.at(server).event_stores("x"))


def test_an_empty_page_with_a_next_one(kind: Kind, server: Server) -> None:
    payments = kind.at(server)
    server.answer(200, {"data": [], "links": {"next": after("c")}, "meta": {"page_count": 5}})
    for found in (payments.list(), payments.event_stores("x")):
        with pytest.raises(ResponseFormatError, match="empty page"):
            list(found)
    assert len(server.requests) == 2


def test_an_empty_page_before_the_last(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a"), "meta": {"page_count": 3}})
    server.answer(200, {"data": [], "meta": {"page_count": 3}})
    with pytest.raises(ResponseFormatError, match="page 2 of 3 is empty"):
        list(kind.at(server).list())


def test_a_list_that_became_shorter(kind: Kind, server: Server) -> None:
    # A page past the end is answered with nothing and the true counts.
    server.answer(200, {"data": payments_of("a"), "meta": {"page_count": 2}})
    server.answer(200, {"data": [], "meta": {"page_count": 1}})
    assert [each.id for each in kind.at(server).list()] == ["a"]


@pytest.mark.parametrize("document", [{"data": payments_of("a")[0]}, {"data": None}, {"meta": {}}, {"errors": []}])
def test_data_that_is_no_list(kind: Kind, server: Server, document: dict[str, Any]) -> None:
    server.answer(200, {"links": {}, **document})
    payments = kind.at(server)
    for found in (payments.list(), payments.list_for_gateway("g"), payments.event_stores("x")):
        with pytest.raises(ResponseFormatError, match="not a list"):
            list(found)


@pytest.mark.parametrize("other", ["orders", "event_stores", "markets", ""])
def test_a_list_of_something_else(kind: Kind, server: Server, other: str) -> None:
    payments = kind.at(server)
    server.answer(200, {"data": [*payments_of("a"), {"type": other, "id": "b"}], "links": {}})
    with pytest.raises(ResponseFormatError, match=f"holds {other or 'a type that is none'}, not KlarnaPayment"):
        list(payments.list())
    with pytest.raises(ResponseFormatError, match="holds klarna_payments, not EventStore"):
        list(payments.event_stores("x"))


def test_an_error_on_the_way(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a"), "links": {"next": "x"}})
    server.answer(404, {"errors": []})
    walk = iter(kind.at(server).list())
    assert next(walk).id == "a"
    with pytest.raises(NotFoundError):
        next(walk)


# How a list is used


@pytest.mark.parametrize("size", [0, 26, -1, True, False, float("nan")])
def test_page_sizes_that_the_api_refuses(kind: Kind, server: Server, size: Any) -> None:
    server.answer(200, {"data": [], "links": {}})
    payments = kind.at(server)
    for call, arguments in ((payments.list, ()), (payments.list_for_gateway, "g"), (payments.event_stores, "x")):
        with pytest.raises(ValueError, match=f"page_size={size!r}"):
            call(*arguments, page_size=size)
    assert server.requests == []


@pytest.mark.parametrize("size", [1, 25])
def test_page_sizes_that_the_api_takes(kind: Kind, server: Server, size: int) -> None:
    server.answer(200, {"data": [], "links": {}})
    payments = kind.at(server)
    for found in (payments.list(page_size=size), payments.event_stores("x", page_size=size)):
        assert list(found) == []
    assert [parameters["page[size]"] for _, parameters in asked(server)] == [str(size)] * 2


def test_nothing_is_sent_before_it_is_needed(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a", "b"), "links": {"next": "x"}})
    server.answer(200, {"data": payments_of("c"), "links": {}})
    found = kind.at(server).list()
    pages, walk = found.pages(), iter(found)
    assert server.requests == []
    assert next(walk).id == "a"
    assert next(walk).id == "b"
    assert len(server.requests) == 1
    assert next(walk).id == "c"
    assert len(server.requests) == 2
    assert next(walk, None) is None
    assert len(next(pages)) == 1  # the last answer is given again
    assert len(server.requests) == 3


def test_each_walk_asks_anew(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a"), "links": {"next": "x"}})
    server.answer(200, {"data": payments_of("b"), "links": {}})
    server.answer(200, {"data": payments_of("c"), "links": {}})
    found = kind.at(server).list()
    assert [each.id for each in found] == ["a", "b"]
    assert [each.id for each in found] == ["c"]
    assert [[each.id for each in page] for page in found.pages()] == [["c"]]
    assert found.first_page()[0].id == "c"
    assert [parameters["page[number]"] for _, parameters in asked(server)] == ["1", "2", "1", "1", "1"]


def test_the_first_page_has_the_counts_of_the_list(kind: Kind, server: Server) -> None:
    meta = {"record_count": 5, "page_count": 3}
    server.answer(200, {"data": payments_of("a", "b"), "links": {"next": "x"}, "meta": meta})
    page = kind.at(server).list(page_size=2).first_page()
    assert len(server.requests) == 1
    assert isinstance(page, Page)
    assert page.record_count == 5
    assert page.page_count == 3
    assert len(page) == 2
    assert [type(each) for each in page] == [KlarnaPayment] * 2
    assert page[0].id == "a"
    assert page[-1].id == "b"
    assert page[1:] == [page[1]]
    assert page[0] in page
    assert page.index(page[1]) == 1
    assert [each.id for each in reversed(page)] == ["b", "a"]
    assert repr(page) == "Page([a, b], record_count=5, page_count=3)"
    with pytest.raises(IndexError):
        _ = page[2]


def test_walks_do_not_disturb_each_other(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a"), "links": {"next": "x"}})
    server.answer(200, {"data": payments_of("a"), "links": {"next": "x"}})
    server.answer(200, {"data": payments_of("b"), "links": {}})
    found = kind.at(server).list()
    one, other = iter(found), iter(found)
    assert [next(one).id, next(other).id, next(one).id, next(other).id] == ["a", "a", "b", "b"]
    assert [parameters["page[number]"] for _, parameters in asked(server)] == ["1", "1", "2", "2"]


def test_count_asks_for_the_smallest_page(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a"), "meta": {"record_count": 1234567, "page_count": 1234567}})
    assert kind.at(server).count({"reference_eq": "x"}) == 1234567
    assert asked(server) == [
        ("/api/klarna_payments", {"filter[q][reference_eq]": "x", "page[number]": "1", "page[size]": "1"})
    ]


@pytest.mark.parametrize("junk", [5, {}, ["x"], {"href": 5}])
def test_a_link_that_is_none_is_not_the_end(kind: Kind, server: Server, junk: Any) -> None:
    server.answer(200, {"data": payments_of("a"), "links": {"next": junk}})
    if junk == {}:  # an object without an address leads nowhere, as null does
        assert len(list(kind.at(server).list())) == 1
        return
    with pytest.raises(ResponseFormatError, match="not a text"):
        list(kind.at(server).list())


def test_pages_that_go_round_in_a_circle(kind: Kind, server: Server) -> None:
    for _ in range(8):
        for name in "ab":
            server.answer(200, {"data": payments_of(name), "links": {"next": "x"}})
    with pytest.raises(ResponseFormatError, match="does not page"):
        list(kind.at(server).list())
    assert len(server.requests) < 8


def test_what_moved_to_a_further_page_is_given_once(kind: Kind, server: Server) -> None:
    """Newest first, a page's worth of others was created between two pages."""
    for names, count in (("fe", 6), ("fe", 8), ("dc", 8), ("ba", 8)):
        server.answer(200, {"data": payments_of(*names), "meta": {"record_count": count, "page_count": 4}})
    assert [each.id for each in kind.at(server).list(page_size=2)] == list("fedcba")


def test_what_comes_twice_on_one_page_is_given_once(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of(*"aab"), "meta": {"record_count": 3, "page_count": 1}})
    assert [each.id for each in kind.at(server).list()] == ["a", "b"]


def test_a_server_that_does_not_page_is_found_out(kind: Kind, server: Server) -> None:
    """It answers with its first page to every number; stopping there would lose the rest."""
    server.answer(200, {"data": payments_of("f", "e"), "meta": {"record_count": 6, "page_count": 3}})
    with pytest.raises(ResponseFormatError, match="does not page"):
        list(kind.at(server).list(page_size=2))


@pytest.mark.parametrize("rest", [{"links": None}, {"links": []}, {"meta": {}}, {"meta": None}, {}])
def test_a_list_that_does_not_say_whether_there_is_more_never_stops_short(
    kind: Kind, server: Server, rest: Any
) -> None:
    server.answer(200, {"data": payments_of("a"), **rest})
    with pytest.raises(ResponseFormatError, match="whether there is more is not known"):
        list(kind.at(server).list())
    server.answer(200, {"data": events_of("1-0"), **rest})
    with pytest.raises(ResponseFormatError, match=r"whether there is more is not known|holds klarna_payments"):
        list(kind.at(server).event_stores("x"))


def test_after_an_error_a_walk_goes_on_with_the_same_page(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a"), "meta": {"record_count": 2, "page_count": 2}})
    server.answer(400)
    server.answer(200, {"data": payments_of("b"), "meta": {"record_count": 2, "page_count": 2}})
    walk = iter(kind.at(server).list())
    assert next(walk).id == "a"
    with pytest.raises(APIStatusError):
        next(walk)
    assert next(walk).id == "b"
    with pytest.raises(StopIteration):
        next(walk)


def test_a_list_has_no_truth_and_no_length(kind: Kind, server: Server) -> None:
    found = kind.at(server).list()
    pager = getattr(found, "_pager", found)
    with pytest.raises(TypeError, match=r"call exists\(\), first\(\) or count\(\)"):
        bool(pager)
    with pytest.raises(TypeError, match=r"call count\(\)"):
        len(pager)
    assert server.requests == []


@pytest.mark.parametrize(("names", "first", "one"), [("", None, "none"), ("a", "a", "a"), ("ab", "a", "2")])
def test_what_one_wants_of_a_list_can_be_asked(
    kind: Kind, server: Server, names: str, first: str | None, one: str
) -> None:
    meta = {"record_count": len(names), "page_count": 1}
    server.answer(200, {"data": payments_of(*names), "meta": meta})
    found = kind.at(server).list()
    assert found.exists() is bool(names)
    found_first = found.first()
    assert (found_first and found_first.id) == first
    if len(names) == 1:
        assert found.one().id == one
    else:
        with pytest.raises(LookupError, match=f"the list has {one}, not one"):
            found.one()


def test_a_list_can_be_bounded_and_resumed(kind: Kind, server: Server) -> None:
    for names in ("ab", "cd"):
        server.answer(200, {"data": payments_of(*names), "meta": {"record_count": 4, "page_count": 2}})
    payments = kind.at(server)
    assert [each.id for each in payments.list(limit=1)] == ["a"]
    assert [each.id for each in payments.list(start=Position(2))] == ["c", "d"]
    assert [each.id for each in payments.list(limit=0)] == []
    assert len(server.requests) == 2
    with pytest.raises(ValueError, match="limit=-1"):
        payments.list(limit=-1)


def test_a_link_past_the_last_page(kind: Kind, server: Server) -> None:
    server.answer(200, {"data": payments_of("a"), "links": {"next": "x"}, "meta": {"page_count": 1}})
    with pytest.raises(ResponseFormatError, match="page 1 of 1 has a link to a next one"):
        list(kind.at(server).list())


# The words of what is refused, and the edges of what is kept in mind


def position_after(members: dict[str, Any], position: Position | None = None, *ids: str) -> Position | None:
    document = Document({"data": payments_of(*(ids or ("a", "b"))), **members})
    return page_of(document, KlarnaPayment, position or Position()).next


@pytest.mark.parametrize(
    ("members", "position", "message"),
    [
        ({"data": None}, Position(), "the answer is not a list"),
        ({"data": [], "links": {"next": "x"}}, Position(), "an empty page has a link to a next one"),
        ({"links": {"next": "x"}}, Position(by_cursor=True), "the link to the next page has no cursor"),
        ({"links": {"next": 5}}, Position(), "the link to the next page is not a text"),
        ({}, Position(), "the list has neither links nor counts, so whether there is more is not known"),
        ({"data": [], "meta": {"page_count": 3}}, Position(2), "page 2 of 3 is empty"),
        ({"links": {"next": "x"}, "meta": {"page_count": 2}}, Position(2), "page 2 of 2 has a link to a next one"),
        ({"links": {"next": "x"}}, Position(mark="b"), "the pages go round in a circle: the server does not page"),
    ],
)
def test_the_words_of_what_is_no_page(members: Any, position: Position, message: str) -> None:
    with pytest.raises(ResponseFormatError, match=f"^{message}$"):
        position_after(members, position)


def test_marks_are_kept_at_powers_of_two() -> None:
    position, kept = Position(), []
    for number in range(1, 18):
        position = position.following(f"m{number}")
        kept.append(position.mark)
    assert [kept.index(f"m{number}") + 1 for number in (1, 2, 4, 8, 16)] == [1, 2, 4, 8, 16]
    assert kept == [f"m{1 << (number.bit_length() - 1)}" for number in range(1, 18)]
    assert Position(mark="m").following(None) == Position(2)


def test_what_a_page_leads_on_with() -> None:
    many = {"meta": {"page_count": 9}}
    assert position_after(many) == Position(2)
    assert position_after({**many, "links": {"next": "x"}}) == Position(2)
    assert position_after({"links": {"next": "x"}}) == Position(2, mark="b")
    link = {"links": {"next": "https://x/?page[after]=c"}}
    assert position_after(link, Position(by_cursor=True)) == Position(2, "c", True, "c")


@pytest.mark.parametrize(
    ("count", "pages"),
    [("9" * 18, int("9" * 18)), ("9" * 19, None), ("\u0662", None), ("2", 2), (True, None), (2, 2), ("-2", None)],
)
def test_only_a_whole_number_is_a_count(count: Any, pages: int | None) -> None:
    document = Document({"data": payments_of("a", "b"), "links": {}, "meta": {"page_count": count}})
    assert page_of(document, KlarnaPayment, Position(5 if pages == 2 else 1)).page_count == pages


def test_a_pager_says_what_to_do_with_it(server: Server) -> None:
    with KlarnaPayments(base_url=server.url, auth=AccessToken("x")) as payments:
        assert repr(payments.list()) == "Pager(iterate it, or call pages(), first_page(), first(), one() or exists())"


def test_a_walk_forgets_what_came_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk through millions takes no more memory than one through thousands."""
    monkeypatch.setattr(Walk, "_REMEMBERED", 3)
    walk = Walk[Resource]()
    pages = [
        page_of(
            Document({"data": payments_of(*ids), "meta": {"record_count": count, "page_count": 1}}),
            Resource,
            Position(),
        )
        for count, ids in enumerate(("ab", "bc", "cd", "da"), 4)
    ]
    assert [[each.id for each in walk.new_of(page)] for page in pages] == [["a", "b"], ["c"], ["d"], ["a"]]
