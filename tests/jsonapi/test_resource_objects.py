"""What a resource is to Python and its tools: no ``__dict__``, nothing to set, copies that hold what is reached."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import typing
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from commercelayer_klarna import (
    Document,
    EventStore,
    KlarnaPayment,
    NotFetchedError,
    NotIncludedError,
    Order,
    PaymentGateway,
    Resource,
)
from commercelayer_klarna._json import copied, load_json
from commercelayer_klarna._jsonapi.resource import Accessor, Attribute, Extensions, Member, Renamed
from commercelayer_klarna.sandbox import Sandbox

CLASSES = (KlarnaPayment, Order, PaymentGateway, EventStore)
WHEN = "2026-11-22T09:00:00.000Z"
READ_WHEN = datetime(2026, 11, 22, 9, tzinfo=UTC)


# With the extra `speed`, and without it.
pytestmark = pytest.mark.usefixtures("parser")


def link(kind: str, identifier: str) -> dict[str, Any]:
    return {"data": {"type": kind, "id": identifier}}


def document(data: Any, *included: Any) -> Any:
    found = Document(load_json(json.dumps({"data": data, "included": list(included)}).encode()))
    found.link(found.json["included"])  # as the built-in plugin does
    return found


def read(data: Any, *included: Any) -> Any:
    return document(data, *included).data


def payment_json(identifier: str = "p", **attributes: Any) -> dict[str, Any]:
    values = {"client_token": "planted-client", "auth_token": "planted-auth", "created_at": WHEN, **attributes}
    relationships = {"order": link("orders", f"o{identifier}")}
    return {"type": "klarna_payments", "id": identifier, "attributes": values, "relationships": relationships}


def order_json(identifier: str = "op", **attributes: Any) -> dict[str, Any]:
    values = {"number": "7", "token": "planted-order", "placed_at": WHEN, **attributes}
    way_back = {"payment_source": link("klarna_payments", identifier[1:]), "market": link("markets", "m")}
    return {"type": "orders", "id": identifier, "attributes": values, "relationships": way_back}


MARKET = {"type": "markets", "id": "m", "attributes": {"name": "Italy"}}


def members(cls: type[Resource]) -> dict[str, Member[Any]]:
    return {name: each for name in dir(cls) if isinstance(each := getattr(cls, name), Member)}


# Nothing is shown that was not asked for


def test_vars_shows_nothing() -> None:
    payment = read(payment_json())
    assert not hasattr(payment, "__dict__")
    with pytest.raises(TypeError, match="__dict__"):
        vars(payment)
    with pytest.raises(TypeError, match="__dict__"):
        json.dumps(payment, default=vars)


def test_a_serializer_that_tries_dict_and_vars_is_told_to_call_to_dict() -> None:
    # As jsonable_encoder of FastAPI does.
    payment = read(payment_json())
    for convert in (dict, list, iter):
        with pytest.raises(TypeError, match=r"call to_dict\(\)"):
            convert(payment)


def test_what_looks_for_a_state_finds_no_secret() -> None:
    payment = read(payment_json(), order_json())
    assert "planted" not in str(payment.__getstate__())


def test_a_resource_is_true() -> None:
    assert bool(read(payment_json()))


@pytest.mark.parametrize("kind", ["customers", "addresses", "orders", "klarna_payments", "payment_gateways"])
def test_reprs_are_short_and_tell_of_no_person(kind: str) -> None:
    told = {
        "customer_email": "jane@example.com",
        "email": "jane@example.com",
        "reference": "jane@example.com",
        "number": "jane@example.com",
        "name": "jane@example.com",
        "first_name": "Jane",
        "full_name": "Jane Doe",
        "line_1": "Main Street 1",
        "client_token": "planted-client",
    }
    shown = repr(read({"type": kind, "id": "x", "attributes": {**told, **{f"more_{n}": "x" * 99 for n in range(99)}}}))
    assert len(shown) < 200
    assert not [value for value in told.values() if value in shown]


# Nothing is set, and nothing is deleted


@pytest.mark.parametrize("cls", CLASSES)
def test_no_declared_name_can_be_set_or_deleted(cls: type[Resource]) -> None:
    found = Document({"data": {"type": cls._types[0], "id": "x", "attributes": {"created_at": WHEN}}}).data
    names = members(cls)
    assert len(names) >= 10
    for name in names:
        with pytest.raises(TypeError, match="call update"):
            setattr(found, name, "y")
        with pytest.raises(TypeError, match="call update"):
            delattr(found, name)


@pytest.mark.parametrize(
    "name", ["id", "type", "attributes", "relationships", "links", "meta", "ext", "to_dict", "related", "refernce"]
)
def test_what_all_resources_have_can_neither_be_set_nor_deleted(name: str) -> None:
    payment = read(payment_json(reference="r"))
    twin = copy.copy(payment)
    refusal = TypeError if isinstance(getattr(KlarnaPayment, name, None), property) else AttributeError
    assert (refusal is TypeError) == (name not in ("to_dict", "related", "refernce"))
    with pytest.raises(refusal):
        setattr(twin, name, "y")
    with pytest.raises(refusal):
        delattr(twin, name)
    assert twin.id == "p"
    assert twin.reference == "r"
    assert payment.reference == "r"
    assert twin == payment
    assert hash(twin) == hash(payment)


def test_items_can_neither_be_set_nor_deleted() -> None:
    payment = read(payment_json(reference="r"))
    with pytest.raises(TypeError, match="call update"):
        payment["reference"] = "y"
    with pytest.raises(TypeError, match="call update"):
        del payment["reference"]
    assert payment["reference"] == "r"


def test_a_change_in_place_does_not_look_saved() -> None:
    stored = {"cart": "42", "deep": [{"a": 1}]}
    methods = [{"identifier": "pay_later"}]
    payment = read(payment_json(metadata=stored, payment_methods=methods, brand_new={"a": [1]}))
    payment.metadata["cart"] = "43"
    payment["metadata"]["deep"][0]["a"] = 2
    payment.payment_methods.append("x")
    payment.brand_new["a"].append(2)
    payment["brand_new"]["a"].append(2)
    payment.attributes["metadata"]["cart"] = "43"
    payment.relationships["order"]["data"] = None
    payment.to_dict()["metadata"]["cart"] = "43"
    assert payment.metadata == payment["metadata"] == payment.attributes["metadata"] == stored
    assert payment.payment_methods == methods
    assert payment.brand_new == payment["brand_new"] == {"a": [1]}
    assert payment.order.id == "op"


@pytest.mark.parametrize(
    "value", [{}, [], {"a": {}, "b": [[], {"c": [None, "x", 1.5, True]}]}, [{"a": [1]}, 2], "x", 5]
)
def test_a_copy_of_json_is_equal_and_shares_nothing(value: Any) -> None:
    def containers(each: Any) -> list[int]:
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else None
        return [] if inner is None else [id(each), *(one for item in inner for one in containers(item))]

    made = copied(value)
    assert made == value
    assert not set(containers(made)) & set(containers(value))


# One value, whichever way it is read


def test_an_item_is_what_the_attribute_is() -> None:
    # A template of Django asks for the item first.
    payment = read(payment_json(payment_methods=None, metadata={"a": 1}), order_json())
    for found in (payment, payment.order):
        for name in found.attributes:
            assert found[name] == getattr(found, name), name
    assert payment["created_at"] == payment.order["placed_at"] == READ_WHEN
    assert payment["payment_methods"] == []
    assert payment["order"] is payment.order
    assert payment.attributes["created_at"] == WHEN
    with pytest.raises(NotFetchedError):
        payment["reference"]


class Spelled(Resource):
    """A resource as the contract would have it, were one of its attributes called as a word of Python."""

    __slots__ = ()

    class_: Attribute[str | None] = Attribute("class")
    new_name: Attribute[str | None] = Attribute()
    old_name: Renamed[str | None] = Renamed("new_name")


def spelled(**attributes: Any) -> Spelled:
    json = {"type": "spelled", "id": "s", "attributes": attributes}
    return Spelled("spelled", "s", json, Document({"data": json}))


def test_a_name_that_python_spells_otherwise_is_read() -> None:
    found = spelled(**{"class": "first"})
    assert found.class_ == found["class"] == "first"
    assert "class" in found
    with pytest.raises(NotFetchedError, match="came without class"):
        _ = spelled().class_


def test_an_old_name_reads_the_new_one_and_warns() -> None:
    found = spelled(new_name="x")
    for read_it in (lambda: found.old_name, lambda: found["old_name"]):
        with pytest.warns(DeprecationWarning, match="Spelled.old_name is called new_name now: read that"):
            assert read_it() == "x"
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        _ = found.old_name
    assert [each.filename for each in seen] == [__file__]
    with (
        pytest.warns(DeprecationWarning, match="is called new_name"),
        pytest.raises(NotFetchedError, match="came without new_name"),
    ):
        _ = spelled().old_name


# Tools that look at the class


def test_mocks_see_every_attribute_before_any_answer_was_read() -> None:
    program = """
from unittest import mock
from commercelayer_klarna import KlarnaPayment, Order
for spec, name in ((KlarnaPayment, "client_token"), (KlarnaPayment, "order"), (Order, "number"), (Order, "placed_at")):
    getattr(mock.Mock(spec=spec), name)
    getattr(mock.create_autospec(spec), name)
    getattr(mock.create_autospec(spec, instance=True), name).anything
    assert name in dir(spec)
mock.Mock(spec_set=KlarnaPayment).client_token = "x"
for spec in (mock.Mock(spec=KlarnaPayment), mock.create_autospec(KlarnaPayment, instance=True)):
    assert not hasattr(spec, "client_tokn")
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("cls", CLASSES)
def test_annotations_can_be_read(cls: type[Resource]) -> None:
    assert members(cls).keys() <= typing.get_type_hints(cls).keys()


def test_completion_sees_what_the_answer_carried() -> None:
    assert {"client_token", "order", "brand_new", "store"} <= set(
        dir(read({**payment_json(brand_new=1), "relationships": {"store": link("stores", "s")}}))
    )
    market = read(MARKET | {"attributes": {"name": "Italy", "no identifier": 1, "_private": 2}})
    assert "name" in dir(market)
    assert not {"no identifier", "_private"} & set(dir(market))


# Written out


def test_to_dict_has_id_type_attributes_and_what_was_included() -> None:
    payment = read(payment_json(metadata={"token": "one's own"}), order_json(), MARKET)
    found = payment.to_dict()
    assert json.loads(json.dumps(found)) == found
    assert list(found)[:2] == ["id", "type"]
    assert found == {
        "id": "p",
        "type": "klarna_payments",
        "created_at": WHEN,
        "metadata": {"token": "one's own"},
        "order": {
            "id": "op",
            "type": "orders",
            "number": "7",
            "placed_at": WHEN,
            "payment_source": {"id": "p", "type": "klarna_payments"},
            "market": {"id": "m", "type": "markets", "name": "Italy"},
        },
    }


def test_to_dict_keeps_secrets_when_asked() -> None:
    found = read(payment_json(), order_json()).to_dict(secrets=True)
    assert found["client_token"] == "planted-client"
    assert found["order"]["token"] == "planted-order"
    assert "planted" not in str(read(payment_json(), order_json()).to_dict())


def test_to_dict_tells_the_states_of_relationships_apart() -> None:
    json = payment_json()
    json["relationships"] = {
        "order": {"links": {}},
        "payment_gateway": {"data": None},
        "lines": {"data": [{"type": "lines", "id": "a"}, {"type": "lines", "id": "b"}]},
    }
    found = read(json, {"type": "lines", "id": "a", "attributes": {"sku": "x"}}).to_dict()
    assert "order" not in found
    assert found["payment_gateway"] is None
    assert found["lines"] == [{"id": "a", "type": "lines", "sku": "x"}, {"id": "b", "type": "lines"}]


def test_to_dict_ends_where_everything_is_linked_with_everything() -> None:
    names = [str(number) for number in range(30)]
    everything = {name: link("things", name) for name in names}
    things = [{"type": "things", "id": name, "relationships": everything} for name in names]
    assert read(things[0], *things[1:]).to_dict()["1"]["2"]["3"]["id"] == "3"


def test_to_dict_ends_where_a_chain_is_long() -> None:
    things = [
        {"type": "things", "id": str(n), "relationships": {"next": link("things", str(n + 1))}} for n in range(5000)
    ]
    found, depth = read(things[0], *things[1:]).to_dict(), 0
    while "next" in found:
        found, depth = found["next"], depth + 1
    assert depth == 20


# Copies and pickles


COPIES: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]


def page(count: int) -> Any:
    payments = [payment_json(f"p{number}", metadata={"customer": f"person{number}"}) for number in range(count)]
    orders = [order_json(f"op{number}", customer_email=f"person{number}@example.com") for number in range(count)]
    return read(payments, *orders, MARKET)


def test_a_pickle_of_one_payment_holds_what_it_reaches_and_not_its_page() -> None:
    alone, one = page(1)[0], page(25)[0]
    assert pickle.dumps(one) == pickle.dumps(alone)
    assert b"person0@example.com" in pickle.dumps(one)
    assert b"person7" not in pickle.dumps(one)
    order = pickle.dumps(page(25)[3].order)
    assert b"person3@example.com" in order
    assert b"person7" not in order


@pytest.mark.parametrize("again", COPIES)
def test_a_copy_reaches_what_its_original_reached_and_holds_no_more(again: Callable[[Any], Any]) -> None:
    payment = page(25)[4]
    twin = again(payment)
    assert twin == payment
    assert twin is not payment
    assert twin.order.number == "7"
    assert twin.order.market.name == "Italy"
    assert twin.order.payment_source is twin
    assert "person7" not in str(twin._document.json) + str(twin._document.included)


@pytest.mark.parametrize("again", COPIES)
def test_the_remedy_of_a_copy_names_the_whole_way(again: Callable[[Any], Any]) -> None:
    payment = read(payment_json(), order_json())
    with pytest.raises(NotIncludedError, match=r"include=\['order.customer'\]"):
        _ = again(payment.order).customer
    with pytest.raises(NotIncludedError, match=r"include=\['order.market'\]"):
        _ = again(payment.order.market).name


def test_a_pickle_is_read_by_a_process_that_imported_nothing() -> None:
    for found in (read(payment_json(), order_json()), document(payment_json(), order_json())):
        program = (
            f"import pickle; found = pickle.loads({pickle.dumps(found)!r}); print(repr(getattr(found, 'data', found)))"
        )
        done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        assert done.stdout.startswith("KlarnaPayment(id='p'")


@pytest.mark.parametrize("again", COPIES)
def test_what_plugins_add_is_copied(again: Callable[[Any], Any]) -> None:
    sandbox = Sandbox()
    with sandbox.client() as payments:
        payment = payments.create(order=sandbox.order_ids[0], metadata={"a": 1})
    assert payment.ext.metadata["a"] == 1
    holder = again({"ext": payment.ext})
    if again in (copy.copy, copy.deepcopy):
        assert holder["ext"].metadata["a"] == 1
    else:
        with pytest.raises(AttributeError, match="a resource of a pickle has no plugins: retrieve it by its id"):
            _ = holder["ext"].metadata


def test_extensions_that_were_never_made_say_so_and_end() -> None:
    with pytest.raises(AttributeError, match="has no attribute '_resource'"):
        _ = Extensions.__new__(Extensions).metadata


def test_an_unpickled_accessor_does_not_read_without_its_codecs() -> None:
    sandbox = Sandbox()
    with sandbox.client() as payments:
        payment = payments.create(order=sandbox.order_ids[0], metadata={"a": "10.50"})
    again = pickle.loads(pickle.dumps(Accessor(payment)))
    with pytest.raises(LookupError, match="has no metadata codecs"):
        _ = again.resource.decode_metadata("a", "10.50")


# Found, whichever way it was sent


GATEWAY = {"id": "g", "attributes": {"name": "Klarna"}}


@pytest.mark.parametrize(
    ("linked", "included"),
    [("payment_gateways", "klarna_gateways"), ("klarna_gateways", "payment_gateways")],
)
def test_a_gateway_is_found_by_either_of_its_types(linked: str, included: str) -> None:
    data = [payment_json("p"), payment_json("q")]
    data[0]["relationships"]["payment_gateway"] = link(linked, "g")
    data[1]["relationships"]["payment_gateway"] = link(included, "g")
    whole = document(data, {**GATEWAY, "type": included})
    one, other = whole.data
    assert one.payment_gateway.name == "Klarna"
    assert one.payment_gateway is other.payment_gateway
    assert one.payment_gateway.type == included
    assert whole.included == [one.payment_gateway]
    assert pickle.loads(pickle.dumps(one)).payment_gateway.name == "Klarna"


def test_the_remedy_is_right_for_what_was_touched_before_anything_led_to_it() -> None:
    whole = document(payment_json(), order_json())
    _ = whole.included[0].id
    with pytest.raises(NotIncludedError, match=r"include=\['order.customer'\]"):
        _ = whole.data.order.customer


def test_the_types_of_other_classes_stay_apart() -> None:
    payment = read(payment_json(), {"type": "markets", "id": "op", "attributes": {"number": "8"}})
    with pytest.raises(NotIncludedError):
        _ = payment.order.number


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    "other",
    [
        {},
        {"attributes": {}},
        {"attributes": {"status": "placed"}, "relationships": {}},
        {"relationships": {"market": {}}},
    ],
)
def test_of_two_entries_the_fuller_one_is_read(other: dict[str, Any], reverse: bool) -> None:
    entries = [order_json(), {"type": "orders", "id": "op", **other}]
    whole = document(payment_json(), *(reversed(entries) if reverse else entries), MARKET)
    assert whole.data.order.number == "7"
    assert whole.data.order.market.name == "Italy"
    assert len(whole.included) == 2
    assert whole.included[0] is whole.data.order


@pytest.mark.parametrize("included_first", [False, True])
def test_primary_data_that_is_a_bare_identifier_is_read_from_what_is_included(included_first: bool) -> None:
    whole = document([{"type": "orders", "id": "op"}], order_json())
    order = whole.included[0] if included_first else whole.data[0]
    assert order.number == "7"
    assert whole.data[0] is whole.included[0]


def test_the_message_allows_that_its_advice_was_followed() -> None:
    with pytest.raises(NotIncludedError, match="if that was asked, the API left it out: retrieve it by its id"):
        _ = read(payment_json()).order.number


# Equality


def test_documents_are_equal_by_what_they_hold() -> None:
    one, same = (document(payment_json(), order_json()) for _ in range(2))
    assert one == same
    assert hash(one) == hash(same)
    assert one == pickle.loads(pickle.dumps(one)) == copy.deepcopy(one)
    assert one != document(payment_json(), order_json(status="placed"))
    assert one != one.json
