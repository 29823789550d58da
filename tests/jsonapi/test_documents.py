"""Documents: whatever a server sends, reading it raises ResponseFormatError and nothing else."""

from __future__ import annotations

import copy
import json
import operator
import pickle
import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commercelayer_klarna import (
    CommerceLayerError,
    Document,
    NotFetchedError,
    NotIncludedError,
    Resource,
    ResponseFormatError,
    _json,
)
from commercelayer_klarna._json import RoundedFloat, json_object, load_json
from support.kind import Kind
from support.parsers import PARSERS, parsed_by
from support.server import Server


def linked(json: Any) -> Any:
    """A document as a call returns it: the built-in plugin lets its relationships find what is included."""
    document = Document(json)
    document.link(document.json.get("included"))
    return document


def read(data: Any, *included: Any) -> Any:
    return linked({"data": data, "included": list(included)}).data


def payment(identifier: str = "p", order: str | None = "o") -> dict[str, Any]:
    linkage = None if order is None else {"type": "orders", "id": order}
    return {"type": "klarna_payments", "id": identifier, "relationships": {"order": {"data": linkage}}}


# Whatever comes

names = st.sampled_from(
    [
        *("data", "included", "type", "id", "attributes", "relationships", "links", "meta", "errors"),
        *("order", "payment_gateway", "market", "payment_source", "line_items", "next", "href", "self"),
        *("created_at", "client_token", "auth_token", "payment_methods", "metadata", "placed_at", "payload", "_json"),
    ]
)
words = st.sampled_from(
    ["klarna_payments", "orders", "payment_gateways", "event_stores", "markets", "p", "o", "2026-11-22T09:00:00.000Z"]
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=6), inner, max_size=5),
    max_leaves=25,
)
linkages = st.fixed_dictionaries({}, optional={"type": words | json_values, "id": words | json_values})
relationships = st.dictionaries(
    names, st.fixed_dictionaries({}, optional={"data": linkages | st.lists(linkages, max_size=3) | json_values})
)
# Resources that are nearly right reach further than arbitrary values do.
resources = st.fixed_dictionaries(
    {"type": words, "id": words},
    optional={
        "attributes": st.dictionaries(names, json_values, max_size=5) | json_values,
        "relationships": relationships | json_values,
        "links": json_values,
        "meta": json_values,
    },
)
nearly = st.fixed_dictionaries(
    {"data": resources | st.lists(resources, max_size=3)},
    optional={
        "included": st.lists(resources | json_values, max_size=4) | json_values,
        "links": json_values,
        "meta": json_values,
    },
)


def touch(document: Document) -> None:
    """Read everything that can be reached, in every way there is, until nothing new turns up."""
    todo = as_list(attempt(lambda: document.data))[:]
    todo.extend(as_list(attempt(lambda: document.included)))
    _ = document.meta, document.links, repr(document)
    seen: set[int] = set()
    while todo:
        found = todo.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        _ = repr(found), str(found), hash(found), found == found, dict(found.meta), dict(found.links)
        for name in [*dir(type(found)), *found.attributes, *found.relationships]:
            attempt(getattr, found, name, None)
            attempt(operator.getitem, found, name)
            _ = name in found
        for name in found.relationships:
            todo.extend(as_list(attempt(found.related, name)))
        for again in (copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
            _ = again.id, again.type, repr(again)


def attempt(read: Callable[..., Any], *arguments: Any) -> Any:
    """What a document lacks, or has wrong, is said with errors of ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # an old name that is kept for users says so
            return read(*arguments)
    except (CommerceLayerError, NotFetchedError, NotIncludedError):
        return None


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@settings(deadline=None, max_examples=100)
@given(json_values | nearly)
@example({"data": {"type": "orders", "id": "o", "relationships": {"market": {"data": {"type": [], "id": {}}}}}})
@example({"data": {"type": "orders", "id": "o", "attributes": {"placed_at": "\ud800", "created_at": "\ud800"}}})
@example({"data": [{"type": "klarna_payments", "id": "p"}] * 2, "included": [{"type": "klarna_payments", "id": "p"}]})
def test_any_json_is_a_document_or_refused(value: Any) -> None:
    try:
        document = linked(value)
    except ResponseFormatError:
        return
    assert document.json is value
    touch(document)


@pytest.mark.parametrize("parser", PARSERS)
@settings(deadline=None, max_examples=200)
@given(content=st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
@example(content=b"")
@example(content=b"\xff\xfe")
@example(content=b'"\\ud800"')
@example(content=b"9" * 5000)
@example(content=b"<html><body>Bad gateway</body></html>")
def test_any_bytes_are_json_or_refused(parser: str, content: bytes) -> None:
    with parsed_by(parser):
        try:
            value = load_json(content)
        except ResponseFormatError:
            return
    try:
        document = linked(value)
    except ResponseFormatError:
        return
    touch(document)


def parsers_for(*lengths: int) -> list[str]:
    """Return the names of the parsers of these many bytes, one answer after the other, in a new process."""
    names = {parser: name for name, parser in PARSERS.items()}
    with mock.patch.object(_json, "_has_read", 0):
        return [names[_json._parser(length)] for length in lengths]


def test_the_extra_reads_answers_of_a_program_that_reads_much() -> None:
    assert parsers_for(100_000, 100) == ["msgspec", "msgspec"]
    assert parsers_for(30_000, 30_000, 30_000, 100) == ["json", "json", "msgspec", "msgspec"]
    assert "msgspec" in repr(PARSERS["msgspec"])


@pytest.mark.parametrize("parser", PARSERS)
@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.text() | st.booleans() | st.none() | st.integers(-(2**53), 2**53)))
def test_both_parsers_read_alike(parser: str, value: Any) -> None:
    with parsed_by(parser):
        assert load_json(json.dumps(value).encode()) == value
        assert load_json(json.dumps(value, ensure_ascii=False).encode()) == value


BIG = 123456789012345678901234567890


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"%d" % BIG, BIG),
        (b"-9223372036854775809", -9223372036854775809),
        (b"18446744073709551616", 18446744073709551616),
        (b'{"a": [%d, 1.5], "b": "%d"}' % (BIG, BIG), {"a": [BIG, 1.5], "b": str(BIG)}),
        (b"\xef\xbb\xbf[1]", [1]),
        (b"-0.0", -0.0),
        (b"0.1", 0.1),
        (b"0.30000000000000004", 0.30000000000000004),
        (b"0.10000000000000001", 0.1),  # as printf writes it with 17 digits
        (b"-5e-324", -5e-324),
        (b"1e23", 1e23),
        (b"100000000000000000000.0", 1e20),
        (b"12345678901234567.25", RoundedFloat("12345678901234567.25")),
        (b"-900719925474099.3", RoundedFloat("-900719925474099.3")),
        (b"9007199254740993.0", RoundedFloat("9007199254740993.0")),
        (b"1.23456789012345678E-7", RoundedFloat("1.23456789012345678E-7")),
        (b"1.2345678901234567e-99999999999999999999", RoundedFloat("1.2345678901234567e-99999999999999999999")),
        (b"1.2345678901234567e99999999999999999999", None),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b"1e400", None),
        (b"NaN", None),
        (b"-Infinity", None),
        (b'"\\ud800"', None),
        ("[1]".encode("utf-16"), None),
        (b"\xef\xbb\xbf\xef\xbb\xbf1", None),
        (b"9" * 5000, None),
    ],
)
def test_both_parsers_read_and_refuse_the_same(parser: str, content: bytes, value: Any) -> None:
    with parsed_by(parser):
        if value is None:
            with pytest.raises(ResponseFormatError, match="not JSON"):
                load_json(content)
        else:
            found = load_json(content)
            assert (type(found), repr(found)) == (type(value), repr(value))


EUROS = st.text('€\\"u20ac é\n', max_size=12)


@pytest.mark.parametrize("parser", PARSERS)
@settings(deadline=None, max_examples=200)
@given(st.dictionaries(EUROS, EUROS | st.lists(EUROS, max_size=3), max_size=4))
@example({"price": "€10,00", "path": "C:\\€", "text": "\\u20ac", "€": "\\\\€€"})
def test_euro_signs_are_read(parser: str, value: dict[str, Any]) -> None:
    with parsed_by(parser):
        assert load_json(json.dumps(value, ensure_ascii=False).encode()) == value
        assert load_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize("parser", PARSERS)
@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(["€", "\\", '"', "u20ac", "a", "[", "]", ","]), max_size=8))
@example(['"', "\\", "€", '"'])
@example(["[", '"', "€", '"', ",", "€", "]"])
def test_euro_signs_make_nothing_json_that_is_not(parser: str, parts: list[str]) -> None:
    content = "".join(parts)
    try:
        value = json.loads(content)
    except ValueError:
        with parsed_by(parser), pytest.raises(ResponseFormatError, match="not JSON"):
            load_json(content.encode())
    else:
        with parsed_by(parser):
            assert load_json(content.encode()) == value


def test_an_error_behind_euro_signs_is_placed_where_it_is_in_the_answer() -> None:
    with parsed_by("json"), pytest.raises(ResponseFormatError, match=r"18 bytes, .*\(char 12\)$"):
        load_json('{"a": "€€", b}'.encode())


@settings(deadline=None, max_examples=40)
@given(
    st.decimals(allow_nan=False, allow_infinity=False).map(str).filter(lambda text: len(text) < 300)
    | st.from_regex(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}(e-?[0-9]{1,2})?", fullmatch=True)
)
def test_a_number_is_read_with_all_its_digits_or_is_known_to_be_rounded(text: str) -> None:
    found = []
    for parser in PARSERS:
        with parsed_by(parser):
            try:
                value = load_json(text.encode())
            except ResponseFormatError:  # a power beyond all floats
                value = None
        found.append((type(value), repr(value)))
    assert found[0] == found[1]
    if found[0][0] is RoundedFloat:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(RoundedFloat(text), protocol))
            assert (again, repr(again), type(again)) == (float(text), text, RoundedFloat)
        with pytest.raises(ValueError, match="more digits than a float keeps"):
            json_object("x", {"a": [RoundedFloat(text)]})
    elif found[0][0] is float and abs(float(text)) > 1e-300:
        assert Decimal(text) in (Decimal(found[0][1]), Decimal(f"{float(text):.17g}"))


def test_what_nobody_changed_is_written_back_as_it_was(
    kind: Kind, server: Server, payment_json: dict[str, Any]
) -> None:
    payment_json["attributes"]["metadata"] = {"erp_id": BIG, "cart": "42"}
    server.answer(200, {"data": payment_json})
    kind.at(server).merge_metadata(payment_json["id"], {"seen": True})
    assert server.requests[1].json["data"]["attributes"]["metadata"] == {"erp_id": BIG, "cart": "42", "seen": True}


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"data":', "}"), ('{"data":[', "]}")])
def test_json_that_is_nested_too_deep(parser: str, opening: str, closing: str) -> None:
    for content in (opening * 100_000 + "1" + closing * 100_000, opening * 100_000):
        with (
            parsed_by(parser),
            pytest.raises(ResponseFormatError, match="not JSON"),
        ):
            load_json(content.encode())


@pytest.mark.parametrize("parser", PARSERS)
def test_what_is_not_json_is_not_told(parser: str) -> None:
    # It may be half a document, with a token in it.
    with (
        parsed_by(parser),
        pytest.raises(ResponseFormatError, match="30 bytes") as caught,
    ):
        load_json(b'{"client_token": "planted-x", ')
    assert "planted" not in f"{caught.value!r} {vars(caught.value)}"
    assert b"planted" not in pickle.dumps(caught.value)


@pytest.mark.parametrize("value", [None, True, 0, "data", 1.5, [], [{"data": None}]])
def test_json_that_is_not_an_object_is_no_document(value: Any) -> None:
    with pytest.raises(ResponseFormatError, match="not a JSON:API document"):
        Document(value)


@pytest.mark.parametrize("data", [False, 0, "", "p", {}, {"id": "p"}, {"type": "orders"}, {"type": 1, "id": 2}])
def test_data_that_is_no_resource(data: Any) -> None:
    for each in (data, [data], [payment(), data]):
        with pytest.raises(ResponseFormatError, match="no type or no id"):
            read(each)


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"null", b"[]", b'"x"', b'{"data": 1}', b"{", b"\xff", b"[" * 9999]
)
def test_a_success_that_is_none(kind: Kind, server: Server, body: bytes) -> None:
    server.answer(200, body)
    payments = kind.at(server)
    calls: list[Callable[[], Any]] = [
        lambda: payments.retrieve("x"),
        lambda: payments.update("x", reference="y"),
        lambda: payments.order("x"),
        lambda: payments.count(),
        lambda: list(payments.list()),
        lambda: list(payments.event_stores("x")),
    ]
    for call in calls:
        with pytest.raises(ResponseFormatError):
            call()


@pytest.mark.parametrize(
    ("data", "found"),
    [(None, "no resource"), ([], "a list"), ({"type": "orders", "id": "o"}, "orders"), ([payment()], "a list")],
)
def test_another_resource_than_asked_for(kind: Kind, server: Server, data: Any, found: str) -> None:
    server.answer(200, {"data": data})
    with pytest.raises(ResponseFormatError, match=f"{found}, not one KlarnaPayment"):
        kind.at(server).retrieve("x")


# What documents hold


def test_included_is_read_when_it_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []

    def noting(document: Document, kept: Any, kind: str, identifier: str, *rest: Any) -> Resource:
        built.append(identifier)
        return usual(document, kept, kind, identifier, *rest)

    usual = Document._kept
    monkeypatch.setattr(Document, "_kept", noting)
    orders = [{"type": "orders", "id": f"o{number}"} for number in range(5000)]
    data = [payment(f"p{number}", f"o{number * 200}") for number in range(25)]
    document = linked({"data": data, "included": orders})
    assert len(document.data) == 25
    assert built == [f"p{number}" for number in range(25)]
    assert document.data[3].order.id == "o600"
    assert document.data[3].order.id == "o600"
    assert built[25:] == ["o600"]
    assert [each.id for each in document.included] == [each["id"] for each in orders]
    assert document.included[600] is document.data[3].order
    assert len(built) == 25 + 5000


def test_five_thousand_included_resources_are_linked() -> None:
    linkage = [{"type": "line_items", "id": f"l{number}"} for number in range(5000)]
    items = [{**each, "attributes": {"position": number}} for number, each in enumerate(linkage)]
    order = read({"type": "orders", "id": "o", "relationships": {"line_items": {"data": linkage}}}, *items)
    assert [item.position for item in order.line_items] == list(range(5000))
    assert order.line_items[4999] is order.line_items[-1]


def test_duplicates_among_the_included_are_one_resource() -> None:
    # JSON:API forbids them; which of them is taken does not matter, that it is the same each time does.
    order: Any = {"type": "orders", "id": "o"}
    included = [{**order, "attributes": {"number": number}} for number in "12"]
    document = linked({"data": [payment("a"), payment("b")], "included": included})
    one, other = document.data
    assert one.order is other.order
    assert document.included == [one.order]
    assert document.included[0] is one.order


def test_duplicates_in_data_are_one_resource() -> None:
    one, other = read([payment("a"), payment("a")])
    assert one is other


def test_primary_data_that_is_also_included() -> None:
    way_back: Any = {"payment_source": {"data": {"type": "klarna_payments", "id": "p"}}}
    document = linked(
        {
            "data": {**payment(), "attributes": {"reference": "primary"}},
            "included": [
                payment() | {"attributes": {"reference": "included"}},
                {"type": "orders", "id": "o", "relationships": way_back},
            ],
        }
    )
    assert document.data.order.payment_source is document.data
    assert document.included[0] is document.data
    assert document.data.reference == "primary"
    assert document.included[1] is document.data.order


@pytest.mark.parametrize("included", [None, {}, "x", 5, [], {"type": "orders", "id": "o"}])
def test_included_that_is_no_list(included: Any) -> None:
    document = linked({"data": payment(), "included": included})
    assert document.data.order.id == "o"
    with pytest.raises(NotIncludedError):
        _ = document.data.order.number
    assert document.included == []


@pytest.mark.parametrize(
    "odd", [None, 5, "x", [], {}, {"data": {"type": "orders", "id": "o"}}, {"type": "orders", "id": 5}]
)
def test_included_that_holds_something_else(odd: Any) -> None:
    # One page of the API's documentation wraps each entry into `data`; the API does not.
    document = linked({"data": payment(), "included": [odd]})
    assert document.data.id == "p"
    with pytest.raises(ResponseFormatError, match="no type or no id"):
        _ = document.included
    with pytest.raises(ResponseFormatError, match="no type or no id"):
        _ = document.data.order


@pytest.mark.parametrize("odd", [None, 5, "x", [], [1]])
def test_members_that_are_no_objects(odd: Any) -> None:
    members = {"attributes": odd, "relationships": odd, "links": odd, "meta": odd}
    document = linked({"data": {"type": "orders", "id": "o", **members}, "meta": odd, "links": odd})
    assert document.meta == document.links == {}
    found = document.data
    assert found.attributes == found.relationships == found.links == found.meta == {}


def test_a_document_has_its_meta_and_links() -> None:
    document = Document({"data": [], "meta": {"record_count": 0}, "links": {"first": "x"}})
    assert document.data == []
    assert document.meta == {"record_count": 0}
    assert document.links == {"first": "x"}
    assert Document({"data": None}).data is None


def test_the_same_id_in_two_types() -> None:
    data = payment("same", "same")
    document = linked({"data": data, "included": [{"type": "orders", "id": "same"}]})
    assert document.data.type == "klarna_payments"
    assert document.data.order.type == "orders"
    assert document.data.order is not document.data
