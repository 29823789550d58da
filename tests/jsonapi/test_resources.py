"""What a caller reads: attributes, relationships in their four states, and what survives copying."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import getitem
from typing import Any

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commercelayer_klarna import (
    Authorization,
    Capture,
    Document,
    EventStore,
    KlarnaGateway,
    KlarnaPayment,
    NotFetchedError,
    NotIncludedError,
    Order,
    Page,
    PaymentGateway,
    Refund,
    Resource,
    ResponseFormatError,
    Void,
)
from commercelayer_klarna_api import models

TYPES: dict[str, type[Resource]] = {
    "klarna_payments": KlarnaPayment,
    "orders": Order,
    "payment_gateways": PaymentGateway,
    "klarna_gateways": KlarnaGateway,
    "event_stores": EventStore,
    "authorizations": Authorization,
    "captures": Capture,
    "voids": Void,
    "refunds": Refund,
}
WHEN = "2026-11-22T09:00:00.000Z"
READ_WHEN = datetime(2026, 11, 22, 9, tzinfo=UTC)


def document(data: Any, *included: Any) -> Document:
    found = Document({"data": data, "included": list(included)} if included else {"data": data})
    found.link(found.json.get("included"))  # as the built-in plugin does
    return found


def read(data: Any, *included: Any) -> Any:
    return document(data, *included).data


def resource(resource_type: str, identifier: str, attributes: Any = None, /, **relationships: Any) -> dict[str, Any]:
    return {
        "type": resource_type,
        "id": identifier,
        "attributes": attributes or {},
        "relationships": relationships,
    }


def link_only() -> dict[str, Any]:
    return {"links": {"self": "https://acme.commercelayer.io/x", "related": "https://acme.commercelayer.io/y"}}


def to(resource_type: str, identifier: str) -> dict[str, Any]:
    return {**link_only(), "data": {"type": resource_type, "id": identifier}}


def refuses(error: type[Exception], message: str, *touches: Callable[[], Any]) -> None:
    for touch in touches:
        with pytest.raises(error, match=message):
            touch()


def names_of(cls: type[Any]) -> list[str]:
    """The attributes that the contract knows."""
    model = getattr(models, cls.__name__ + "Attributes")
    return [each.name for each in attrs.fields(model) if each.init]


def full(cls: type[Any]) -> dict[str, Any]:
    """An answer with all attributes of the contract."""
    values = {name: WHEN if name.endswith("_at") else None for name in names_of(cls)}
    return {**values, "payment_methods": []} if "payment_methods" in values else values


def test_the_contract_is_what_is_tested() -> None:
    # names_of looks into the generated models; should their shape change, these tests must not pass for nothing.
    assert {"client_token", "auth_token", "created_at"} <= set(names_of(KlarnaPayment))
    assert {"number", "tax_rate", "placed_at"} <= set(names_of(Order))
    assert {"credential_keys", "disabled_at"} <= set(names_of(PaymentGateway))
    assert {"payload", "who"} <= set(names_of(EventStore))


# Relationships


def test_an_included_order_is_read_whole() -> None:
    payment = read(resource("klarna_payments", "p", order=to("orders", "o")), resource("orders", "o", {"number": "7"}))
    assert isinstance(payment.order, Order)
    assert payment.order.type == "orders"
    assert payment.order.id == "o"
    assert payment.order.number == "7"
    assert payment.order is payment.order
    assert payment.related("order") is payment.order


def test_a_linked_order_is_known_by_type_and_id() -> None:
    payment = read(resource("klarna_payments", "p", order=to("orders", "o")))
    assert isinstance(payment.order, Order)
    assert payment.order.type == "orders"
    assert payment.order.id == "o"
    assert payment.order is payment.order
    assert dict(payment.order.attributes) == {}
    assert "number" not in payment.order
    refuses(NotIncludedError, r"include=\['order'\]", lambda: payment.order.number, lambda: payment.order["number"])
    # The remedy for what lies behind it names the whole way.
    with pytest.raises(NotIncludedError, match=r"include=\['order.market'\]"):
        _ = payment.order.market
    refuses(AttributeError, "has no attribute 'numbre'", partial(getattr, payment.order, "numbre"))


@pytest.mark.parametrize("relationships", [{"order": link_only()}, {"order": {}}, {"order": None}, {}])
def test_a_relationship_with_a_link_alone_is_not_included(relationships: dict[str, Any]) -> None:
    payment = read(resource("klarna_payments", "p", **relationships))
    refuses(
        NotIncludedError,
        r"klarna_payments/p came without order: .*include=\['order'\]",
        lambda: payment.order,
        lambda: payment.related("order"),
    )
    assert not hasattr(payment, "order")
    assert getattr(payment, "order", "default") == "default"


@pytest.mark.parametrize("members", [{}, {"relationships": None}, {"relationships": []}])
def test_no_relationships_at_all_is_link_only(members: dict[str, Any]) -> None:
    # The API leaves the whole member out when no relationship is among the fields.
    payment = read({"type": "klarna_payments", "id": "p", "attributes": {}, **members})
    with pytest.raises(NotIncludedError, match="include="):
        _ = payment.order
    assert dict(payment.relationships) == {}


def test_a_relationship_that_is_null_is_none() -> None:
    payment = read(resource("klarna_payments", "p", order={"data": None}, payment_gateway={"data": None}))
    assert payment.order is None
    assert payment.payment_gateway is None


def test_the_remedy_names_the_whole_path_of_a_relationship() -> None:
    data = [
        resource("klarna_payments", "p", order=to("orders", "o")),
        resource("orders", "o", {}, market=to("markets", "m"), customer=to("customers", "c"), tags=link_only()),
        resource("markets", "m", {"name": "EU"}, merchant=link_only()),
    ]
    payment = read(*data)
    assert payment.order.market.name == "EU"
    refuses(NotIncludedError, r"include=\['order.customer'\]", lambda: payment.order.customer.email)
    refuses(NotIncludedError, r"include=\['order.tags'\]", lambda: payment.order.tags)
    refuses(NotIncludedError, r"include=\['order.shipping_address'\]", lambda: payment.order.shipping_address)
    refuses(NotIncludedError, r"include=\['order.market.merchant'\]", lambda: payment.order.market.merchant)


def test_what_leads_back_to_the_primary_data_is_asked_for_from_there() -> None:
    payment = read(
        resource("klarna_payments", "p", order=to("orders", "o")),
        resource("orders", "o", {}, payment_source=to("klarna_payments", "p")),
    )
    with pytest.raises(NotIncludedError) as caught:
        _ = payment.order.payment_source.payment_gateway
    assert "include=['payment_gateway']" in str(caught.value)


def test_a_to_many_relationship_is_a_list() -> None:
    linkage = [{"type": "tags", "id": "a"}, {"type": "tags", "id": "b"}]
    order = read(resource("orders", "o", tags={"data": linkage}, events={"data": []}), resource("tags", "a", {"n": 1}))
    included, linked = order.tags
    assert included.n == 1
    assert linked.id == "b"
    with pytest.raises(NotIncludedError, match=r"include=\['tags'\]"):
        _ = linked.n
    assert order.events == []
    assert order.tags[1] is linked


def test_a_relationship_that_the_contract_does_not_know() -> None:
    payment = read(
        resource("klarna_payments", "p", store=to("stores", "s"), versions=link_only()),
        resource("stores", "s", {"name": "here"}),
    )
    assert payment.store.name == payment.related("store")["name"] == "here"
    assert not hasattr(payment, "versions")
    with pytest.raises(NotIncludedError):
        payment.related("never_heard_of")


@pytest.mark.parametrize(
    "linkage", ["orders/o", 5, True, {}, {"type": "orders"}, {"id": "o"}, [None], [[]], {"type": [], "id": "o"}]
)
def test_a_relationship_that_is_not_linkage_is_refused(linkage: Any) -> None:
    payment = read(resource("klarna_payments", "p", order={"data": linkage}))
    with pytest.raises(ResponseFormatError, match="order that is not linkage"):
        _ = payment.order


def test_a_page_of_25_with_50_included() -> None:
    payments, orders = [], []
    for n in range(25):
        gateway = to("klarna_gateways", f"g{n % 5}")
        payments.append(resource("klarna_payments", f"p{n}", order=to("orders", f"o{n}"), payment_gateway=gateway))
        way_back = to("klarna_payments", f"p{n}")
        orders.append(
            resource("orders", f"o{n}", {"number": n}, market=to("markets", f"m{n % 20}"), payment_source=way_back)
        )
    markets = [resource("markets", f"m{n}") for n in range(20)]
    gateways = [resource("klarna_gateways", f"g{n}") for n in range(5)]
    page = read(payments, *orders, *markets, *gateways)
    assert len(page) == 25
    for number, payment in enumerate(page):
        assert payment.order.number == number
        assert payment.order.payment_source is payment
        assert payment.order.payment_source.order is payment.order
        assert payment.order.market is page[number % 20].order.market
        assert payment.payment_gateway is page[number % 5].payment_gateway
    assert len({id(payment.order.market) for payment in page}) == 20
    assert len({id(payment.payment_gateway) for payment in page}) == 5


def test_a_linked_resource_is_shared_too() -> None:
    one, other = read([resource("klarna_payments", each, order=to("orders", "o")) for each in ("a", "b")])
    assert one.order is other.order


# Types and attributes


@pytest.mark.parametrize(("name", "cls"), [*TYPES.items(), ("markets", Resource), ("", Resource)])
def test_each_type_is_read_as_its_class(name: str, cls: type[Resource]) -> None:
    assert type(read(resource(name, "x"))) is cls
    linked = read(resource("klarna_payments", "p", something=to(name, "x"))).something
    assert type(linked) is cls
    assert linked.type == name


def test_a_resource_of_an_unknown_type_has_its_attributes() -> None:
    market = read(resource("markets", "m", {"name": "EU", "type": "odd", "price_list": {"deep": [1]}}))
    assert market.name == "EU"
    assert market["name"] == "EU"
    assert market.price_list == {"deep": [1]}
    assert market.type == "markets"
    assert market["type"] == "odd"
    assert repr(market) == "Resource(id='m', type='markets')"
    refuses(NotFetchedError, "markets/m came without nothing", lambda: market.nothing, lambda: market["nothing"])


@settings(deadline=None)
@given(st.data())
def test_every_subset_of_the_attributes(data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(TYPES)))
    everything = full(TYPES[name])
    carried = data.draw(st.sets(st.sampled_from(sorted(everything))))
    found = read({"type": name, "id": "x", "attributes": {each: everything[each] for each in carried}})
    assert dict(found.attributes).keys() == carried
    for each, value in everything.items():
        assert (each in found) == hasattr(found, each) == (each in carried)
        if each in carried:
            assert getattr(found, each) == found[each] == (READ_WHEN if each.endswith("_at") else value)
            assert found.attributes[each] == value
        else:
            assert getattr(found, each, "default") == "default"
            message = f"{name}/x came without {each}:"
            refuses(NotFetchedError, message, partial(getattr, found, each), partial(getitem, found, each))
    assert pickle.loads(pickle.dumps(found)) == found == copy.copy(found) == copy.deepcopy(found)


@pytest.mark.parametrize("members", [{}, {"attributes": None}, {"attributes": []}, {"attributes": {}}])
@pytest.mark.parametrize("name", TYPES)
def test_a_resource_without_attributes_has_none(name: str, members: dict[str, Any]) -> None:
    found = read({"type": name, "id": "x", **members})
    assert not any(hasattr(found, each) for each in names_of(TYPES[name]))
    assert repr(found) == f"{TYPES[name].__name__}(id='x')"


def test_the_attributes_of_a_complete_answer_are_read(payment_json: dict[str, Any]) -> None:
    payment = read(payment_json)
    assert dict(payment.attributes) == payment_json["attributes"]
    assert payment.client_token == "planted-client-token"
    assert payment.payment_methods[0]["identifier"] == "pay_later"
    assert payment.created_at == READ_WHEN
    assert payment.auth_token is payment.reference is None
    assert payment.metadata == {}
    assert payment.payment_instrument == {}
    assert payment.meta["mode"] == "test"
    assert payment.links["self"].endswith("/klarna_payments/kPmNtAbCdE")


@pytest.mark.parametrize("name", TYPES)
def test_datetimes_have_time_zones(name: str) -> None:
    cls = TYPES[name]
    for text in (WHEN, "2026-11-22T09:00:00Z", "2026-11-22T09:00:00.000+00:00", "2026-11-22T11:00:00+02:00"):
        found = read(resource(name, "x", dict.fromkeys(full(cls), text)))
        moments = [getattr(found, each) for each in names_of(cls) if each.endswith("_at")]
        assert len(moments) >= 2
        assert moments == [READ_WHEN] * len(moments)
        assert all(isinstance(moment.utcoffset(), timedelta) for moment in moments)


def test_a_moment_that_has_not_come_is_none() -> None:
    assert read(resource("orders", "o", {"placed_at": None})).placed_at is None
    assert read(resource("payment_gateways", "g", {"disabled_at": None})).disabled_at is None


def test_odd_values_of_an_order_are_kept() -> None:
    values = {"tax_rate": "0.22", "number": 2437058, "metadata": None, "status": "never heard of", "placed_at": WHEN}
    order = read(resource("orders", "o", {**full(Order), **values}))
    assert order.tax_rate == "0.22"
    assert order.number == 2437058
    assert order.metadata is None
    assert order.status == "never heard of"
    assert order.placed_at == READ_WHEN
    assert read(resource("orders", "o", {"tax_rate": 0.22, "number": "7"})).tax_rate == 0.22


@pytest.mark.parametrize("odd", [{"metadata": None}, {"metadata": {"a": [{"b": None}]}}, {"payment_instrument": None}])
def test_odd_values_of_a_payment_are_kept(payment_json: dict[str, Any], odd: dict[str, Any]) -> None:
    payment_json["attributes"] |= odd
    payment = read(payment_json)
    for name, value in odd.items():
        assert getattr(payment, name) == value


def test_odd_values_of_event_stores() -> None:
    event = read(
        {
            "id": "1763802300000-0",
            "type": "event_stores",
            "links": {"self": None},
            "attributes": {
                "resource_type": "klarna_payments",
                "resource_id": "kPmNtAbCdE",
                "event": "update",
                "payload": {"reference": {"from": None, "to": "x"}},
                "who": {"application": {"kind": "integration"}},
                "created_at": "2026-11-22T09:00:00.000+00:00",
                "updated_at": "2026-11-22T09:00:00.000+00:00",
                "reference": {},
                "reference_origin": {},
                "metadata": {},
            },
        }
    )
    assert event.created_at == event.updated_at == READ_WHEN
    assert event.reference == event.reference_origin == event.metadata == {}
    assert event.payload["reference"]["to"] == "x"
    assert dict(event.links) == {"self": None}
    assert not hasattr(event, "versions")


@pytest.mark.parametrize("odd", [None, 5, True, "", "yesterday", "2026-13-01T00:00:00Z", {}, [WHEN]])
def test_a_creation_time_that_cannot_be_read_does_not_lose_the_page(payment_json: dict[str, Any], odd: Any) -> None:
    twisted = copy.deepcopy(payment_json)
    twisted["id"] = "twisted"
    twisted["attributes"]["created_at"] = odd
    first, second = read([twisted, payment_json])
    with pytest.raises(ResponseFormatError, match="klarna_payments/twisted came with a created_at that cannot be read"):
        _ = first.created_at
    assert first.attributes["created_at"] == odd  # as JSON it stays at hand
    assert "created_at" in first
    assert first.updated_at == second.created_at == READ_WHEN
    assert first.client_token == "planted-client-token"
    assert repr(first).startswith("KlarnaPayment(id='twisted'")
    with pytest.raises(ResponseFormatError):
        _ = pickle.loads(pickle.dumps(first)).created_at


def test_an_attribute_newer_than_the_contract(payment_json: dict[str, Any]) -> None:
    payment_json["attributes"] |= {"brand_new": {"deep": [1]}, "intent_amount_cents": 700}
    payment = read(payment_json)
    assert payment["brand_new"] == payment.brand_new == {"deep": [1]}
    assert "brand_new" in payment
    for other in (copy.copy(payment), copy.deepcopy(payment), pickle.loads(pickle.dumps(payment))):
        assert other.brand_new == {"deep": [1]}
    # A misspelt name is nothing that `fields` could bring.
    with pytest.raises(AttributeError) as caught:
        _ = payment.client_tokn
    assert not isinstance(caught.value, NotFetchedError)


def test_unknown_members_are_kept(payment_json: dict[str, Any]) -> None:
    payment_json |= {"extra": 1, "meta": {"trace_id": "0" * 64}}
    payment_json["relationships"]["order"] = {**to("orders", "o"), "meta": {"more": 2}}
    whole = Document({"data": payment_json, "jsonapi": {"version": "1.1"}, "extensions": []})
    payment: Any = whole.data
    assert payment.relationships["order"]["meta"] == {"more": 2}
    assert payment.meta["trace_id"] == "0" * 64
    assert whole.json["data"]["extra"] == 1
    assert whole.json["jsonapi"] == {"version": "1.1"}
    assert payment.order.id == "o"


@pytest.mark.parametrize("name", ["_private", "__deepcopy", "_json_", "__len__"])
def test_names_of_python_are_not_looked_up_in_the_answer(name: str) -> None:
    # What copy, pickle and others ask for must not be answered by a server.
    found = read(resource("markets", "m", {name: "from the server"}))
    assert not hasattr(found, name)
    assert found[name] == "from the server"


# Copies


def cyclic() -> Any:
    """A payment with a relationship in each state, and a way back to it."""
    secrets = {"client_token": "planted-client", "auth_token": "planted-auth"}
    states = {"payment_gateway": to("payment_gateways", "g"), "event_stores": link_only(), "order": to("orders", "o")}
    payment = resource("klarna_payments", "p", {**full(KlarnaPayment), "metadata": {"a": [1]}, **secrets}, **states)
    way_back = to("klarna_payments", "p")
    values = {"token": "planted-order", "number": "7"}
    return read(payment, resource("orders", "o", values, payment_source=way_back, market={"data": None}))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_payment_comes_back_equal(protocol: int) -> None:
    payment = cyclic()
    again = pickle.loads(pickle.dumps(payment, protocol))
    assert again == payment
    assert {type(again), type(payment)} == {KlarnaPayment}
    assert again.id == "p"
    assert again.type == "klarna_payments"
    assert again.created_at == READ_WHEN
    assert again.metadata == {"a": [1]}
    # All four states survive, and so does the cycle.
    assert again.order.number == "7"
    assert again.order.payment_source is again
    assert again.order.market is None
    assert again.payment_gateway.id == "g"
    with pytest.raises(NotIncludedError, match=r"include=\['payment_gateway'\]"):
        _ = again.payment_gateway.name
    assert not hasattr(again, "event_stores")


def test_pickle_of_what_hangs_off_a_payment() -> None:
    payment = cyclic()
    order = pickle.loads(pickle.dumps(payment.order))
    assert order.number == "7"
    assert order.payment_source is not None
    assert order.payment_source.id == "p"
    assert type(order) is Order
    with pytest.raises(NotIncludedError, match=r"include=\['order.customer'\]"):
        _ = order.customer
    gateway = pickle.loads(pickle.dumps(payment.payment_gateway))
    assert type(gateway) is PaymentGateway
    assert gateway.id == "g"
    assert dict(gateway.attributes) == {}
    assert gateway == payment.payment_gateway
    market = read(resource("markets", "m", {"name": "EU"}))
    assert pickle.loads(pickle.dumps(market)).name == "EU"


def test_a_copy_is_equal_and_another_object() -> None:
    payment = cyclic()
    twin = copy.copy(payment)
    assert twin is not payment
    assert twin == payment
    assert twin.client_token == "planted-client"
    assert twin.auth_token == "planted-auth"
    assert twin.order == payment.order
    assert twin.order.payment_source is twin
    assert twin.attributes["metadata"] == payment.metadata
    linked = copy.copy(payment.payment_gateway)
    assert linked == payment.payment_gateway
    with pytest.raises(NotIncludedError, match=r"include=\['payment_gateway'\]"):
        _ = linked.name


def test_a_deep_copy_is_equal_and_shares_nothing() -> None:
    payment = cyclic()
    twin = copy.deepcopy(payment)
    assert twin == payment
    assert twin is not payment
    assert twin.client_token == "planted-client"
    assert twin.auth_token == "planted-auth"
    assert twin.order.token == "planted-order"
    assert twin.order is not payment.order
    assert twin.order.payment_source is twin
    twin.metadata["a"].append(2)
    assert payment.metadata == {"a": [1]}
    linked = copy.deepcopy(payment.payment_gateway)
    assert linked == payment.payment_gateway
    assert not hasattr(linked, "name")


def test_resources_are_equal_by_what_they_hold() -> None:
    def payment(identifier: str = "p", /, **attributes: Any) -> Any:
        return read(resource("klarna_payments", identifier, attributes))

    assert payment(reference="a") == payment(reference="a")
    assert payment(reference="a") != payment(reference="b")
    assert payment(reference=None) != payment()  # null is not the same as not fetched
    assert payment("p") != payment("q")
    assert payment() != read(resource("orders", "p"))
    assert payment() != {"type": "klarna_payments", "id": "p"}
    # Secrets take no part: an unpickled payment has lost them.
    assert payment(client_token="a") == payment(client_token="b") == payment()
    # What is only linked is not the same as what is there, but without any attribute.
    assert read(resource("orders", "o")) != read(resource("klarna_payments", "p", order=to("orders", "o"))).order
    assert hash(payment(reference="a")) == hash(payment(reference="b"))
    assert len({payment(), payment(), payment("q"), read(resource("orders", "p"))}) == 3


# Secrets


def planted(number: int) -> str:
    return f"planted-secret-{number}"


def with_secrets() -> Document:
    payment = resource(
        "klarna_payments",
        "p",
        {
            "client_token": planted(1),
            "auth_token": planted(2),
            "payment_response": {"deep": [{"auth_token": planted(3)}]},
            "access_token": planted(4),
        },
        order=to("orders", "o"),
        event_stores={"data": [{"type": "event_stores", "id": "1-0"}]},
    )
    order = resource("orders", "o", {"token": planted(5), "payment_source_details": {"client_token": planted(6)}})
    event = resource("event_stores", "1-0", {"payload": {"auth_token": {"from": planted(7), "to": planted(8)}}})
    application = resource("applications", "a", {"client_secret": planted(9)})
    return document([payment], order, event, application)


def everything(whole: Document) -> list[Any]:
    return [*(whole.data if isinstance(whole.data, list) else [whole.data]), *whole.included]


def test_secrets_are_neither_shown_nor_pickled() -> None:
    whole = with_secrets()
    resources = everything(whole)
    assert [type(each) for each in resources] == [KlarnaPayment, Order, EventStore, Resource]
    page = Page(resources[:1], record_count=1)
    for each in [*resources, page, resources, whole]:
        assert "planted" not in f"{each} {each!r} {[each]}"
    for each in [*resources, page, resources, whole]:
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            assert b"planted" not in pickle.dumps(each, protocol)
    # Not even after all have been touched, which may leave something behind.
    for each in resources:
        assert all(getattr(each, name) is not None for name in each.attributes)
        assert b"planted" not in pickle.dumps(each)


def test_a_pickle_does_not_pretend_that_secrets_were_null() -> None:
    again = pickle.loads(pickle.dumps(cyclic()))
    refuses(
        NotFetchedError,
        "not kept in pickles",
        lambda: again.client_token,
        lambda: again.auth_token,
        lambda: again.order.token,
    )


def test_copies_in_memory_keep_secrets() -> None:
    payment = everything(with_secrets())[0]
    for each in (copy.copy(payment), copy.deepcopy(payment)):
        assert each.client_token == planted(1)
        assert each.auth_token == planted(2)
        assert each.payment_response["deep"][0]["auth_token"] == planted(3)
        assert each.order.token == planted(5)
        assert "planted" not in repr(each)


def test_metadata_is_the_users_own() -> None:
    # What is called a token there is none of the API's, and must not be lost.
    metadata = {"token": "mine", "deep": [{"api_key": "mine"}]}
    payment = read(resource("klarna_payments", "p", {"metadata": metadata}))
    for each in (copy.copy(payment), copy.deepcopy(payment), pickle.loads(pickle.dumps(payment))):
        assert each.metadata == metadata
        assert each == payment
    assert payment != read(resource("klarna_payments", "p", {"metadata": {**metadata, "token": "other"}}))


def test_a_resource_cannot_be_changed_by_its_names() -> None:
    payment: Any = read(resource("klarna_payments", "p", {"reference": "x"}))
    with pytest.raises(TypeError, match="update"):
        payment["reference"] = "y"
    with pytest.raises(TypeError, match="update"):
        del payment["reference"]
    assert payment["reference"] == payment.reference == "x"


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="@"), min_size=1, max_size=10))
@example("x'\n)")
def test_reprs_of_any_text(text: str) -> None:
    shown = repr(read(resource("klarna_payments", text, {"reference": text, "auth_token": "planted-auth"})))
    reference = repr(text) if len(repr(text)) <= 40 else f"{text!r:.40}..."
    assert shown == f"KlarnaPayment(id={text!r}, reference={reference})"


# Pages and documents


def test_pages_can_be_pickled_and_copied(payment_json: dict[str, Any]) -> None:
    data = read([payment_json, {**payment_json, "id": "other"}])
    page = Page(data, record_count=2, page_count=1)
    for each in (pickle.loads(pickle.dumps(page)), copy.copy(page), copy.deepcopy(page)):
        assert each == page
        assert list(each) == data
        assert each.record_count == 2
        assert each.page_count == 1
        assert each.next is None
    assert repr(page) == "Page([kPmNtAbCdE, other], record_count=2, page_count=1)"
    assert copy.deepcopy(page)[0].client_token == "planted-client-token"
    assert not hasattr(pickle.loads(pickle.dumps(page))[0], "client_token")


def test_a_copied_document_reaches_all_of_its_resources() -> None:
    whole = with_secrets()
    for twin in (copy.copy(whole), copy.deepcopy(whole), pickle.loads(pickle.dumps(whole))):
        assert everything(twin) == everything(whole)
        payment, order = everything(twin)[:2]
        assert payment.order is order


# What is raised


def test_errors_of_reading_an_attribute_can_be_pickled() -> None:
    payment = read(resource("klarna_payments", "p", {"client_token": planted(1)}))
    for name in ("auth_token", "order"):
        with pytest.raises((NotFetchedError, NotIncludedError)) as caught:
            getattr(payment, name)
        again = pickle.loads(pickle.dumps(caught.value))
        assert type(again) is type(caught.value)
        assert str(again) == str(caught.value)
        # Python hangs the object that was asked onto an AttributeError.
        assert b"planted" not in pickle.dumps(caught.value)


def test_null_and_not_fetched_differ() -> None:
    payment = read(resource("klarna_payments", "p", {"auth_token": None}))
    assert payment.auth_token is None
    assert payment["auth_token"] is None
    assert hasattr(payment, "auth_token")
    assert not hasattr(payment, "client_token")
    with pytest.raises(NotFetchedError, match="fields"):
        _ = payment.client_token


def one(json: dict[str, Any]) -> Any:
    return Document({"data": json}).data


def test_resources_cannot_be_changed(payment_json: dict[str, Any]) -> None:
    payment = one(payment_json)
    for change in (
        lambda: setattr(payment, "reference", "x"),
        lambda: payment.__setitem__("reference", "x"),
        lambda: payment.__delitem__("reference"),
    ):
        with pytest.raises(TypeError, match="call update"):
            change()
    assert payment.reference is None


def test_primary_data_wins_over_a_copy_that_is_included(payment_json: dict[str, Any]) -> None:
    thin = {"type": payment_json["type"], "id": payment_json["id"], "attributes": {"reference": "thin"}}
    document = Document({"data": payment_json})
    document.link([thin])
    (payment,) = document.included
    assert payment["client_token"] == payment_json["attributes"]["client_token"]
    assert document.data is payment


def test_date_times_are_date_times_with_a_time_zone(payment_json: dict[str, Any]) -> None:
    payment_json["attributes"]["created_at"] = "2026-11-22T09:00:00"
    assert one(payment_json).created_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    for odd in ("garbage", 5):
        gateway = one({"type": "payment_gateways", "id": "g", "attributes": {"disabled_at": odd, "name": "n"}})
        assert gateway.name == "n"
        with pytest.raises(ResponseFormatError, match="disabled_at"):
            gateway.disabled_at  # noqa: B018


def test_a_list_that_is_null_is_empty(payment_json: dict[str, Any]) -> None:
    payment_json["attributes"]["payment_methods"] = None
    assert one(payment_json).payment_methods == []


def test_event_stores_are_not_advised_to_be_included(payment_json: dict[str, Any]) -> None:
    with pytest.raises(NotIncludedError, match=r"call payments.event_stores\('kPmNtAbCdE'\)"):
        one(payment_json).event_stores  # noqa: B018


def test_linkage_must_be_type_and_id(payment_json: dict[str, Any]) -> None:
    for odd in ({"type": "orders", "id": None}, {"type": 5, "id": "x"}, "x", 5):
        payment_json["relationships"]["order"]["data"] = odd
        with pytest.raises(ResponseFormatError, match="not linkage"):
            one(payment_json).order  # noqa: B018


def test_documents_copy_with_secrets_and_pickle_without(payment_json: dict[str, Any]) -> None:
    document = Document({"data": payment_json})
    for twin in (copy.copy(document), copy.deepcopy(document)):
        data: Any = twin.data
        assert data.client_token == "planted-client-token"
    assert b"planted" not in pickle.dumps(document)
    assert pickle.loads(pickle.dumps(document)).data == document.data


def test_sharing_survives_a_pickle_of_the_document(payment_json: dict[str, Any]) -> None:
    payment_json["relationships"]["order"]["data"] = {"type": "orders", "id": "o"}
    other = {**copy.deepcopy(payment_json), "id": "other"}
    whole = {"data": [payment_json, other], "included": [{"type": "orders", "id": "o", "attributes": {"number": "1"}}]}
    document = Document(whole)
    document.link(whole["included"])
    again = pickle.loads(pickle.dumps(document))
    first, second = again.data
    assert first.order is second.order
    assert again == document


@pytest.mark.parametrize(
    "name",
    ["related", "order", "ext", "links", "id", "type", "to_dict", "accessor", "decode_metadata", "attributes", "_json"],
)
def test_an_attribute_does_not_take_the_place_of_something_else(name: str) -> None:
    odd = read(resource("klarna_payments", "p", {name: "from the server", "reference": "r", "new": 1}))
    plain = read(resource("klarna_payments", "p", {"reference": "r"}))
    assert odd[name] == "from the server"
    assert odd.id == "p"
    assert odd.type == "klarna_payments"
    assert odd.reference == "r"
    assert odd.new == 1
    assert getattr(odd, name, None) != "from the server"
    assert callable(odd.related)
    assert callable(plain.related)


def test_names_are_searched_in_each_resource() -> None:
    """Whatever the one before it had."""
    for names in (["new"], ["new", "_private"], ["new"], ["_private", "new"], ["other"], ["_private"]):
        found = read(resource("markets", "m", dict.fromkeys(names, "from the server")))
        assert [hasattr(found, name) for name in names] == [name != "_private" for name in names]
        assert dict(found.attributes) == dict.fromkeys(names, "from the server")
