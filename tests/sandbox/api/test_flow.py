"""The life of a Klarna payment, and what its order makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Api


def place(api: Api, order: str, **attributes: Any) -> Any:
    return api.patch("orders", order, _place=True, **attributes)


def test_a_payment_is_created_authorized_and_placed(api: Api) -> None:
    order = api.sandbox.order_ids[0]
    created = api.create(order, query="?include=order", reference="po-1", metadata={"a": {"b": [1, None]}})
    assert created.status == 201
    data = created.json["data"]
    assert created.headers["Location"] == data["links"]["self"]
    assert data["attributes"]["client_token"].startswith("eyJ")
    assert data["attributes"]["auth_token"] is None
    assert data["attributes"]["mismatched_amounts"] is False
    assert set(data["attributes"]["payment_methods"][0]) == {"identifier", "name", "asset_urls"}
    assert data["attributes"]["metadata"] == {"a": {"b": [1, None]}}
    assert data["relationships"]["order"]["data"] == {"type": "orders", "id": order}
    assert created.json["included"][0]["attributes"]["tax_rate"] == "0.22"
    assert api.get(f"orders/{order}?include=payment_source").json["included"][0]["id"] == data["id"]

    assert place(api, order).json["errors"][0]["detail"] == "payment_source - auth token can't be blank"
    authorized = api.patch("klarna_payments", data["id"], auth_token="t-1")
    assert authorized.status == 200
    assert authorized.json["data"]["attributes"]["auth_token"] == "t-1"
    assert authorized.json["data"]["attributes"]["reference"] == "po-1"

    placed = place(api, order).json["data"]["attributes"]
    assert placed["status"] == "placed"
    assert placed["payment_status"] == "authorized"
    assert placed["placed_at"].endswith("Z")
    assert placed["payment_source_details"]["type"] == "klarna_payments"
    assert len(placed["payment_source_details"]["klarna_id"]) == 36

    again = place(api, order)
    assert again.status == 200
    assert again.json["data"]["attributes"]["placed_at"] == placed["placed_at"]
    assert len(api.get(f"orders/{order}/authorizations").json["data"]) == 1
    assert api.create(order).codes == ["VALIDATION_ERROR"]
    assert api.patch("klarna_payments", data["id"], auth_token="t-2").status == 422
    assert api.patch("klarna_payments", data["id"], metadata={}).status == 200
    locked = api.call("DELETE", f"klarna_payments/{data['id']}")
    assert locked.status == 423
    assert locked.codes == ["LOCKED"]


def test_a_later_payment_takes_the_place_of_an_earlier_one(api: Api) -> None:
    order = api.sandbox.order_ids[0]
    first, second = api.payment(order), api.payment(order)
    assert api.get(f"orders/{order}/payment_source").json["data"]["id"] == second
    assert api.get(f"klarna_payments/{first}").status == 200
    assert api.call("DELETE", f"klarna_payments/{first}").status == 204
    assert api.get(f"orders/{order}/payment_source").json["data"]["id"] == second


def test_a_deleted_payment_leaves_the_order_without_a_source(api: Api) -> None:
    order = api.sandbox.order_ids[0]
    payment = api.payment(order)
    gone = api.call("DELETE", f"klarna_payments/{payment}")
    assert gone.status == 204
    assert gone.json is None
    assert "Content-Type" not in gone.headers
    assert api.get(f"klarna_payments/{payment}").codes == ["RECORD_NOT_FOUND"]
    assert api.get(f"orders/{order}/payment_source").json == {"data": None}
    refused = place(api, order)
    assert refused.json["errors"][0]["source"] == {"pointer": "/data/relationships/payment_method"}


def test_another_total_is_a_mismatch_that_a_renewal_mends(api: Api) -> None:
    order = api.sandbox.order_ids[0]
    payment = api.payment(order)
    api.patch("klarna_payments", payment, auth_token="t")
    before = api.get(f"klarna_payments/{payment}").json["data"]["attributes"]
    api.sandbox.set_order_total(order, 123456)
    assert api.get(f"orders/{order}").json["data"]["attributes"]["formatted_total_amount_with_taxes"] == "€1.234,56"
    assert api.get(f"klarna_payments/{payment}").json["data"]["attributes"]["mismatched_amounts"] is True
    assert api.get("klarna_payments?filter[q][mismatched_amounts_true]=true").json["meta"]["record_count"] == 1
    assert place(api, order).json["errors"][0]["meta"] == {"error": "mismatched_amounts"}
    assert api.patch("klarna_payments", payment, _update=False).json["data"]["attributes"]["mismatched_amounts"] is True
    renewed = api.patch("klarna_payments", payment, _update=True).json["data"]["attributes"]
    assert renewed["mismatched_amounts"] is False
    assert renewed["session_id"] != before["session_id"]
    assert renewed["client_token"] != before["client_token"]
    assert place(api, order).status == 200


def test_a_total_that_cannot_be_is_refused(api: Api) -> None:
    with pytest.raises(LookupError):
        api.sandbox.set_order_total("nothing", 1)
    with pytest.raises(ValueError, match="negative"):
        api.sandbox.set_order_total(api.sandbox.order_ids[0], -1)


def test_a_nullified_payment_source_is_gone(api: Api) -> None:
    order = api.sandbox.order_ids[0]
    payment = api.payment(order)
    api.patch("klarna_payments", payment, auth_token="t")
    assert api.patch("orders", order, _nullify_payment_source=True).status == 200
    assert api.get(f"orders/{order}/payment_source").json == {"data": None}
    assert place(api, order).status == 422


@pytest.mark.parametrize(
    ("edit", "nullifies"),
    [
        ({"customer_email": "other@example.com"}, True),
        ({"language_code": "de"}, True),
        ({"guest": False}, True),
        ({"requires_billing_info": True}, True),
        ({"return_url": "https://example.com"}, True),
        ({"_refresh": True}, True),
        ({"_refresh": False}, False),
        ({"guest": True}, False),
        ({"reference": "x", "reference_origin": "y", "metadata": {"z": 1}}, False),
    ],
)
def test_an_edited_order_drops_its_payment_source(api: Api, edit: dict[str, Any], nullifies: bool) -> None:
    order = api.sandbox.order_ids[0]
    payment = api.payment(order)
    api.patch("klarna_payments", payment, auth_token="t")
    edited = api.patch("orders", order, query="?include=payment_source", **edit)
    assert edited.status == 200
    source = None if nullifies else {"type": "klarna_payments", "id": payment}
    assert edited.json["data"]["relationships"]["payment_source"]["data"] == source
    assert (edited.json["data"]["attributes"]["refreshed_at"] is None) == (edit.get("_refresh") is not True)
    # The payment itself is still there; the order needs a new one.
    assert api.get(f"klarna_payments/{payment}").status == 200
    assert place(api, order).status == (422 if nullifies else 200)
    if nullifies:
        api.patch("klarna_payments", api.payment(order), auth_token="t")
        assert place(api, order).status == 200
    assert api.patch("orders", order, customer_email="late@example.com").status == 422


def test_another_payment_method_drops_the_payment_source(api: Api) -> None:
    order = api.sandbox.order_ids[0]
    payment = api.payment(order)
    method = api.get(f"orders/{order}/payment_method").json["data"]["id"]

    def change(id_: str | None) -> Any:
        data = None if id_ is None else {"type": "payment_methods", "id": id_}
        document = {"type": "orders", "id": order, "relationships": {"payment_method": {"data": data}}}
        return api.call("PATCH", f"orders/{order}", {"data": document})

    assert change("nothing").json["errors"][0]["source"] == {"pointer": "/data/relationships/payment_method"}
    assert change(method).status == 200
    assert api.get(f"orders/{order}/payment_source").json["data"]["id"] == payment
    assert change(None).status == 200
    assert api.get(f"orders/{order}/payment_source").json["data"] is None
    assert api.create(order).status == 422
    assert change(method).status == 200
    assert api.create(order).status == 201


def change_source(api: Api, order: str, payment: str | None, **attributes: object) -> Any:
    data = None if payment is None else {"type": "klarna_payments", "id": payment}
    document = {"type": "orders", "id": order, "attributes": attributes}
    return api.call(
        "PATCH", f"orders/{order}", {"data": {**document, "relationships": {"payment_source": {"data": data}}}}
    )


def test_an_order_is_given_a_payment_of_its_own_as_its_source(api: Api) -> None:
    order = api.sandbox.order_ids[0]
    first, second = api.payment(order), api.payment(order)
    assert change_source(api, order, first, reference="o-1").status == 200
    assert api.get(f"orders/{order}/payment_source").json["data"]["id"] == first
    assert api.get(f"orders/{order}").json["data"]["attributes"]["reference"] == "o-1"
    assert change_source(api, order, None).status == 200
    assert api.get(f"orders/{order}/payment_source").json["data"] is None
    assert change_source(api, order, second).status == 200
    api.patch("klarna_payments", second, auth_token="t")
    assert change_source(api, order, second, _place=True).json["data"]["attributes"]["status"] == "placed"
    assert change_source(api, order, first).json["errors"][0]["source"] == {"pointer": "/data"}


@pytest.mark.parametrize(
    "edit", [{"customer_email": "x@example.com"}, {"_nullify_payment_source": True}, {"_refresh": True}]
)
def test_an_edit_that_drops_the_payment_source_is_not_sent_with_one(api: Api, edit: dict[str, object]) -> None:
    order = api.sandbox.order_ids[0]
    payment = api.payment(order)
    refused = change_source(api, order, payment, **edit)
    assert refused.codes == ["VALIDATION_ERROR"]
    assert refused.headers["X-Sandbox-Refused"].startswith("unknown: an edit that drops")
    assert api.get(f"orders/{order}/payment_source").json["data"]["id"] == payment


def test_an_order_takes_no_payment_of_another_one(api: Api) -> None:
    order, other = api.sandbox.order_ids[:2]
    for payment in (api.payment(other), "nothing"):
        refused = change_source(api, order, payment)
        assert refused.codes == ["VALIDATION_ERROR"]
        assert refused.headers["X-Sandbox-Refused"].startswith("unknown: a payment source that is not of this order")
    own = api.payment(order)
    drop = {"type": "orders", "id": order, "relationships": {"payment_method": {"data": None}}}
    assert api.call("PATCH", f"orders/{order}", {"data": drop}).status == 200
    assert change_source(api, order, own).codes == ["VALIDATION_ERROR"], "an order without a method takes none"
    data = {
        "type": "orders",
        "id": order,
        "relationships": {"payment_source": {"data": {"type": "orders", "id": order}}},
    }
    assert api.call("PATCH", f"orders/{order}", {"data": data}).codes == ["TYPE_MISMATCH"]


def test_metadata_is_replaced_whole(api: Api) -> None:
    payment = api.payment(metadata={"a": 1, "b": 2})
    assert api.patch("klarna_payments", payment, metadata={"c": 3}).json["data"]["attributes"]["metadata"] == {"c": 3}
    assert api.patch("klarna_payments", payment, metadata=None).json["data"]["attributes"]["metadata"] is None


def test_a_payment_moves_to_another_order(api: Api) -> None:
    first, second, _ = api.sandbox.order_ids
    payment = api.payment(first)
    linkage = {"order": {"data": {"type": "orders", "id": second}}}
    document = {"data": {"type": "klarna_payments", "id": payment, "relationships": linkage}}
    moved = api.call("PATCH", f"klarna_payments/{payment}", document)
    assert moved.json["data"]["attributes"]["mismatched_amounts"] is True
    assert api.get(f"orders/{first}/payment_source").json["data"] is None
    assert api.get(f"orders/{second}/payment_source").json["data"]["id"] == payment


def test_every_write_leaves_an_event(api: Api) -> None:
    payment = api.payment(reference="a")
    api.clock.now += 1
    api.patch("klarna_payments", payment, reference="b")
    events = api.get(f"klarna_payments/{payment}/event_stores").json["data"]
    assert [event["attributes"]["event"] for event in events] == ["create", "update"]
    assert events[0]["attributes"]["payload"]["reference"] == {"from": None, "to": "a"}
    assert events[1]["attributes"]["payload"]["reference"] == {"from": "a", "to": "b"}
    assert events[1]["attributes"]["who"]["application"]["client_id"] == "sandbox-integration"


def test_the_same_seed_gives_the_same_answers(new_api: Callable[..., Api]) -> None:
    assert new_api(seed=7).create().json == new_api(seed=7).create().json
    assert new_api(seed=7).create().json != new_api(seed=8).create().json


@pytest.mark.parametrize(
    "path", ["order", "payment_gateway", "order?include=market", "payment_gateway?include=payment_methods"]
)
def test_related_resources_have_paths_of_their_own(api: Api, path: str) -> None:
    payment = api.payment()
    found = api.get(f"klarna_payments/{payment}/{path}")
    assert found.status == 200
    assert found.json["data"]["type"] in ("orders", "payment_gateways")
    assert ("included" in found.json) == ("include" in path)


def test_the_gateway_is_seen_two_ways(api: Api) -> None:
    payment, gateway = api.payment(), api.sandbox.gateway_id
    assert api.get(f"payment_gateways/{gateway}").json["data"]["type"] == "payment_gateways"
    assert api.get(f"klarna_gateways/{gateway}").json["data"]["type"] == "klarna_gateways"
    listed = api.get(f"klarna_gateways/{gateway}/klarna_payments?include=order").json
    assert [item["id"] for item in listed["data"]] == [payment]
    assert listed["meta"] == {"record_count": 1, "page_count": 1}
    assert (
        api.get(f"klarna_gateways/{gateway}/event_stores").json["data"][0]["attributes"]["resource_type"]
        == "payment_gateways"
    )
    assert gateway in [each["id"] for each in api.get("payment_gateways").json["data"]]
