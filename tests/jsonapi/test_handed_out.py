"""What clients hand out: a payment is the same however it came, by both kinds of client and both parsers.

How resources behave is tried one by one in ``test_resource_objects``, with documents made by hand.
"""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from unittest import mock

import attrs
import pytest
from jinja2 import Environment

from commercelayer_klarna import KlarnaPayment, NotIncludedError
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.server import Server

pytestmark = pytest.mark.usefixtures("parser")

COPIES: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]


@dataclass
class Holder:
    held: Any


@pytest.fixture
def handed_out(payments: Any, sandbox: Sandbox) -> list[Any]:
    """One payment, with its order, in the ways in which a client hands it out."""
    included: Any = {"include": ["order", "payment_gateway"]}
    id = payments.create(order=sandbox.order_ids[0], reference="r", metadata={"cart": 42}).id
    return [
        payments.update(id, auth_token="planted-auth", **included),
        payments.retrieve(id, **included),
        payments.list(**included).first_page()[0],
        payments.merge_metadata(id, {"cart": 42}),
        payments.request("GET", f"klarna_payments/{id}", **included).data,
    ]


def test_a_list_is_never_the_answer_to_whether_there_are_any(payments: Any, sandbox: Sandbox) -> None:
    id = payments.create(order=sandbox.order_ids[0], metadata={"cart": 42}).id
    gateway = payments.payment_gateway(id).id
    asked = len(sandbox.requests)
    for found in (
        payments.list(filters={"reference_eq": "none"}),
        payments.find_by_metadata({"cart": 41}),
        payments.list_for_gateway(gateway),
        payments.event_stores(id),
        payments.orders.list(),
        payments.captures.list(),
    ):
        pager = getattr(found, "_pager", found)
        for asks in (bool, len):
            with pytest.raises(TypeError, match=r"call .*count"):
                asks(pager)
    assert len(sandbox.requests) == asked


def test_what_holds_the_extensions_is_copied(handed_out: list[Any]) -> None:
    for again, added in zip(COPIES, (["metadata", "money"], ["metadata", "money"], []), strict=True):
        for payment in handed_out:
            assert list(again(Holder(payment.ext)).held) == added
            assert again(Holder(payment.ext.metadata)).held == {"cart": 42}
        assert list(again(Holder(handed_out[0].order.ext)).held) == added
    assert list(asdict(Holder(handed_out[0].order.ext))["held"]) == ["metadata", "money"]


def test_nothing_of_it_is_set_or_deleted(handed_out: list[Any]) -> None:
    for payment in handed_out:
        shown, twin = repr(payment), copy.copy(payment)
        for name in ("reference", "id", "type", "created_at", "order", "metadata", "attributes", "ext"):
            for found in (payment, twin):
                with pytest.raises(TypeError, match="call update"):
                    delattr(found, name)
                with pytest.raises(TypeError, match="call update"):
                    setattr(found, name, "x")
        assert (payment.reference, payment["reference"], repr(twin)) == ("r", "r", shown)
        assert twin == payment
        assert hash(twin) == hash(payment)
    order = handed_out[0].order
    with pytest.raises(TypeError, match="call update"):
        del order.number
    assert order.number


def test_nothing_writes_it_with_its_secrets(handed_out: list[Any]) -> None:
    for found in (*handed_out, handed_out[0].order, handed_out[0].payment_gateway):
        with pytest.raises(TypeError, match=f"Object of type {type(found).__name__} is not JSON serializable"):
            json.dumps({"payment": found})
        with pytest.raises(TypeError, match="__dict__"):
            json.dumps(found, default=vars)
        for convert in (dict, list, tuple):
            with pytest.raises(TypeError, match=r"call to_dict\(\)"):
                convert(found)
        with pytest.raises(attrs.exceptions.NotAnAttrsClassError):
            attrs.asdict(found)
        written = json.dumps({"payment": found}, default=type(found).to_dict)
        assert json.loads(written)["payment"]["id"] == found.id
        for shown in (written, repr(found), str(found.__getstate__()), pickle.dumps(found, 0).decode("latin-1")):
            assert "planted-auth" not in shown
            assert "token" not in shown


def test_a_template_that_asks_for_the_item_first_gets_the_same(handed_out: list[Any]) -> None:
    # As Django does, and Jinja does not.
    template = Environment(autoescape=True).from_string(
        "{{ p['created_at'].year }} {{ p.created_at.year }} {{ p['metadata']['cart'] }} {{ p.ext.metadata.cart }}"
    )
    for payment in handed_out:
        year = payment.created_at.year
        assert template.render(p=payment) == f"{year} {year} 42 42"
        for name in payment.attributes:
            assert payment[name] == getattr(payment, name), name
    order = handed_out[0].order
    assert order["updated_at"] == order.updated_at
    assert handed_out[0]["order"] is order


# A mock reads each name of what it stands for, and so the old names too, which tell of the new ones.
@pytest.mark.filterwarnings("ignore:.* is called .* now:DeprecationWarning")
def test_mocks_of_it_have_what_it_has(handed_out: list[Any]) -> None:
    for found in (handed_out[0], handed_out[0].order):
        double, instance = mock.Mock(spec=found), mock.create_autospec(type(found), instance=True)
        for name in (*found.attributes, "to_dict", "ext", "id"):
            for each in (double, instance):
                getattr(each, name)
        for each in (double, instance):
            assert not hasattr(each, "refrence")
            assert isinstance(each, type(found))


def test_what_the_generated_models_have_it_has_not(handed_out: list[Any]) -> None:
    for name in ("from_dict", "additional_properties", "additional_keys", "__attrs_attrs__", "refrence"):
        for found in (*handed_out, handed_out[0].order, KlarnaPayment):
            with pytest.raises(AttributeError):
                getattr(found, name)
    with pytest.raises(TypeError):
        KlarnaPayment(reference="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_one_of_a_page_is_kept_without_the_others(payments: Any, sandbox: Sandbox) -> None:
    for number in range(8):
        payments.create(order=sandbox.add_order(), metadata={"customer": f"person{number}@example.com"})
    page = payments.list(include=["order"]).first_page()
    alone = payments.retrieve(page[7].id, include=["order"])
    for kept in (page[7], copy.copy(page[7]), copy.deepcopy(page[7]), list(payments.list(include=["order"]))[7]):
        assert len(pickle.dumps(kept)) == len(pickle.dumps(alone))
        again = pickle.loads(pickle.dumps(kept))
        assert again == alone
        assert again.order == alone.order
        for one in (kept, kept.order):
            assert b"person7@" in pickle.dumps(kept)
            assert not [number for number in range(7) if f"person{number}@".encode() in pickle.dumps(one)]
    assert pickle.loads(pickle.dumps(page))[7] == alone


def included(kind: str, id: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, "id": id, **members}


def test_what_was_included_is_found(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    def link(kind: str, id: str) -> dict[str, Any]:
        return {"data": {"type": kind, "id": id}}

    market = included("markets", "m", attributes={"name": "Italy"})
    order = included("orders", "o", attributes={"number": "7"}, relationships={"market": link("markets", "m")})
    bare, other = included("orders", "o"), included("orders", "o", attributes={"status": "placed"}, relationships={})
    for linked, came in (("payment_gateways", "klarna_gateways"), ("klarna_gateways", "payment_gateways")):
        gateway = included(came, "g", attributes={"name": "Klarna"})
        for entries in ([order, bare], [bare, order], [order, other], [other, order]):
            payment_json["relationships"] = {"order": link("orders", "o"), "payment_gateway": link(linked, "g")}
            server._answers.clear()
            server.answer(200, {"data": payment_json, "included": [gateway, *entries, market]})
            payment = kind.at(server).retrieve("p", include=["order.market", "payment_gateway"])
            assert (payment.order.number, payment.order.market.name) == ("7", "Italy")
            assert payment.payment_gateway.name == "Klarna"
    server._answers.clear()
    server.answer(200, {"data": payment_json, "included": []})
    with pytest.raises(NotIncludedError) as caught:
        _ = kind.at(server).retrieve("p", include=["order"]).order.number
    assert "include=" not in str(caught.value)
