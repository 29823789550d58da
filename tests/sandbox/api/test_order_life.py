"""The steps of an order on the wire: transactions, balances, editing, who may do what, what is refused as unknown."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.conftest import Api, Clock

from commercelayer_klarna.sandbox import Sandbox
from support.order_life import OrderShop


@pytest.fixture
def shop(api: Api) -> OrderShop:
    return OrderShop(api.sandbox)


def attributes(shop: OrderShop, order: str, type_: str) -> list[dict[str, Any]]:
    return [each["attributes"] for each in shop.transactions(order, type_)]


def test_balances_follow_recorded_ones(shop: OrderShop) -> None:
    order = shop.order("partially paid")
    (authorization,) = attributes(shop, order, "authorizations")
    total = authorization["amount_cents"]
    assert authorization["capture_balance_cents"] == authorization["capture_amount_cents"] == total - 1000
    assert authorization["void_balance_cents"] == total
    shop.step(order, "capture")
    (authorization,) = attributes(shop, order, "authorizations")
    assert (authorization["capture_balance_cents"], authorization["void_balance_cents"]) == (0, total)
    first, second = attributes(shop, order, "captures")
    assert first["refund_balance_cents"] == 1000
    assert first["formatted_refund_balance"] == "€10,00"
    assert second["refund_amount_cents"] == total - 1000
    assert [each["number"][-5:] for each in (authorization, first, second)] == ["T/001", "T/002", "T/003"]


def test_times_and_texts_are_as_recorded(shop: OrderShop) -> None:
    order = shop.order("placed")
    found = shop.call("GET", f"/api/orders/{order}")["data"]["attributes"]
    assert found["placed_at"].endswith("0Z")
    (authorization,) = attributes(shop, order, "authorizations")
    before = [found["payment_updated_at"], authorization["created_at"], found["placed_at"]]
    assert before == sorted(before)
    assert before[0] < before[1] < before[2]
    details = found["payment_source_details"]
    assert details["payment_method_details"]["order_id"] == details["klarna_id"] == authorization["token"]
    assert isinstance(found["token"], str)
    assert (authorization["message"], authorization["error_code"]) == ("Success!", None)
    assert authorization["cvv_code"] is None


def test_drafts_have_a_token_and_empty_details(shop: OrderShop) -> None:
    draft = shop.call("GET", f"/api/orders/{shop.order('draft')}")["data"]["attributes"]
    assert isinstance(draft["token"], str)
    assert draft["payment_source_details"] == {}


def test_one_trace_for_all_resources_of_an_answer(shop: OrderShop) -> None:
    order = shop.order("paid")
    answer = shop.call("GET", f"/api/orders/{order}?include=captures,authorizations")
    traces = {each["meta"]["trace_id"] for each in (answer["data"], *answer["included"])}
    assert len(traces) == 1
    assert len(traces.pop()) == 64
    assert shop.call("GET", f"/api/orders/{order}")["data"]["meta"]["trace_id"] != answer["data"]["meta"]["trace_id"]


def test_a_failed_authorization_is_told_as_recorded(api: Api, shop: OrderShop) -> None:
    api.sandbox.decide("authorizations", "failed", message="No.")
    order = shop.order("pending")
    assert shop.patch("orders", order, _place=True)["attributes"]["status"] == "pending"
    (failed,) = attributes(shop, order, "authorizations")
    assert (failed["message"], failed["error_code"], failed["error_detail"]) == (None, "Error", "No.")
    assert shop.patch("orders", order, _place=True)["attributes"]["status"] == "placed"


@pytest.mark.parametrize(
    ("state", "type_", "statuses"),
    [
        ("placed", "authorizations", "placed authorized unfulfilled"),
        ("approved", "captures", "approved paid in_progress"),
        ("paid", "refunds", "cancelled refunded unfulfilled"),
    ],
)
def test_forwarding_takes_a_stuck_transaction_for_one_that_succeeded(
    api: Api, shop: OrderShop, state: str, type_: str, statuses: str
) -> None:
    api.sandbox.decide(type_, "failed")
    order = shop.order("pending" if state == "placed" else state)
    shop.patch("orders", order, **{"_place" if state == "placed" else f"_{type_[:-1]}": True})
    (stuck,) = [each for each in shop.transactions(order, type_) if not each["attributes"]["succeeded"]]
    shop.patch(type_, stuck["id"], _forward=True)
    assert " ".join(shop.state(order)) == statuses
    shop.patch(type_, stuck["id"], _forward=True)
    assert " ".join(shop.state(order)) == statuses


def test_the_authorization_of_a_pending_order_is_given_up(shop: OrderShop) -> None:
    order = shop.order("pending, authorized")
    (authorization,) = shop.transactions(order, "authorizations")
    shop.patch("authorizations", authorization["id"], _cancel=True)
    assert shop.state(order) == ("pending", "unpaid", "unfulfilled")


def test_editing_may_not_end_above_the_placed_total(api: Api, shop: OrderShop) -> None:
    order = shop.order("editing")
    api.sandbox.set_order_total(order, 1)
    api.sandbox.read(lambda state: state.find("orders", order).attributes.update(place_total_amount_cents=3500))  # type: ignore[union-attr]
    shop.patch("orders", order, _stop_editing=True)
    assert shop.state(order)[0] == "placed"
    shop.patch("orders", order, _start_editing=True)
    api.sandbox.read(lambda state: state.find("orders", order).attributes.update(place_total_amount_cents=0))  # type: ignore[union-attr]
    refused = api.patch("orders", order, _stop_editing=True)
    assert refused.status == 422
    assert refused.headers["X-Sandbox-Refused"].startswith("unknown")


@pytest.mark.parametrize(
    ("state", "type_", "sent", "pointer"),
    [
        ("partially paid", "authorizations", {"_void": True}, "payment_status"),
        ("paid", "orders", {"_cancel": True}, "payment_status"),
        ("pending", "orders", {"_place": True, "_approve": True}, ""),
        ("approved", "authorizations", {"_capture_amount_cents": 5}, "_capture_amount_cents"),
        ("approved", "authorizations", {"_capture": True, "_capture_amount_cents": 0}, "_capture_amount_cents"),
        ("pending", "orders", {"_authorize": True, "_authorization_amount_cents": 5}, "payment_status"),
    ],
)
def test_what_nobody_knows_is_refused_as_unknown(
    api: Api, shop: OrderShop, state: str, type_: str, sent: dict[str, Any], pointer: str
) -> None:
    order = shop.order(state)
    before = shop.state(order)
    id_ = order if type_ == "orders" else shop.transactions(order, type_)[0]["id"]
    refused = api.patch(type_, id_, **sent)
    assert refused.headers["X-Sandbox-Refused"].startswith("unknown: ")
    assert refused.json["errors"][0]["source"]["pointer"] == ("/data" if not pointer else f"/data/attributes/{pointer}")
    assert shop.state(order) == before


def test_a_step_is_refused_while_a_transaction_is_pending(api: Api, shop: OrderShop) -> None:
    order = shop.order("approved")
    api.sandbox.decide("captures", "pending")
    shop.patch("orders", order, _capture=True)
    refused = api.patch("orders", order, _cancel=True)
    assert "pending" in refused.headers["X-Sandbox-Refused"]
    with pytest.raises(LookupError):
        api.sandbox.complete("nothing")
    (authorization,) = shop.transactions(order, "authorizations")
    with pytest.raises(ValueError, match="not pending"):
        api.sandbox.complete(authorization["id"])


def test_texts_are_converted_as_the_vendors_command_line_needs(api: Api, shop: OrderShop) -> None:
    order = shop.order("approved")
    (authorization,) = shop.transactions(order, "authorizations")
    shop.patch("authorizations", authorization["id"], _capture="true", _capture_amount_cents="700")
    assert [each["amount_cents"] for each in attributes(shop, order, "captures")] == [700]
    assert shop.patch("authorizations", authorization["id"], _capture="false")["type"] == "authorizations"
    assert len(shop.transactions(order, "captures")) == 1
    editable = shop.order("pending")
    assert shop.patch("orders", editable, guest="false")["attributes"]["guest"] is False
    for sent in ({"_capture": "yes"}, {"_capture": True, "_capture_amount_cents": "7.5"}):
        refused = api.patch("authorizations", authorization["id"], **sent)
        assert refused.codes == ["INVALID_FIELD_VALUE"]
        assert refused.headers["X-Sandbox-Refused"].startswith("unknown: whether values of another type")


@pytest.mark.parametrize(
    "trigger",
    [
        *("_pending", "_approve", "_approve_and_capture", "_capture", "_refund", "_fulfill"),
        *("_start_editing", "_stop_editing"),
    ],
)
def test_sales_channels_are_refused_where_integrations_are_needed(api: Api, shop: OrderShop, trigger: str) -> None:
    order = shop.order("pending")
    checkout = api.as_sales_channel()
    asked: dict[str, Any] = {trigger: True}
    refused = checkout.patch("orders", order, **asked)
    assert (refused.status, refused.codes) == (401, ["UNAUTHORIZED"])
    for type_ in ("authorizations", "captures", "voids", "refunds"):
        assert checkout.get(type_).status == checkout.get(f"orders/{order}/{type_}").status == 401
    assert checkout.patch("orders", order, _place=True).status == 200


def test_an_order_without_an_address_gets_no_payment(api: Api) -> None:
    order = api.sandbox.add_order(address=False)
    refused = api.create(order)
    assert (refused.status, refused.codes) == (422, ["VALIDATION_ERROR"])
    assert "country_code" in refused.json["errors"][0]["detail"]


def test_klarnas_limits_by_the_clock(api: Api, shop: OrderShop, clock: Clock) -> None:
    in_time, late = shop.order("pending"), shop.order("pending")
    clock.now += 3600
    assert shop.patch("orders", in_time, _place=True)["attributes"]["status"] == "placed"
    clock.now += 1
    assert shop.patch("orders", late, _place=True)["attributes"]["status"] == "pending"


@pytest.mark.parametrize(("version", "status"), [("2017-08", 200), ("2026-05", 404)])
def test_versions_stand_in_the_path(api: Api, version: str, status: int) -> None:
    answer = api.get(f"{version}/orders/{api.sandbox.order_ids[0]}")
    assert answer.status == status
    if status == 200:
        assert f"/api/{version}/orders/" in answer.json["data"]["links"]["self"]
        listed = api.get(f"{version}/orders?page[size]=1").json
        assert f"/api/{version}/orders?" in listed["links"]["next"]
    else:
        assert answer.headers["X-Sandbox-Refused"] == "unknown: what version 2026-05 answers"


@pytest.mark.parametrize(("method", "path", "limit"), [("GET", "/api/orders", 100), ("POST", "/oauth/token", 30)])
def test_every_429_has_the_headers(method: str, path: str, limit: int) -> None:
    sandbox = Sandbox(rate_limit="off")
    sandbox.fail_next(429, method=method)
    headers = dict(sandbox.handle(method, path, {}, b"").headers)
    names = ("X-Ratelimit-Limit", "X-Ratelimit-Interval", "X-Ratelimit-Remaining")
    assert [headers[each] for each in names] == [str(limit), "60", "0"]


@pytest.mark.parametrize(
    ("type_", "outcome", "times"),
    [("orders", "failed", 1), ("captures", "never", 1), ("captures", "placed_unpaid", 1), ("captures", "failed", 0)],
)
def test_a_decision_that_makes_no_sense_is_refused(type_: str, outcome: str, times: int) -> None:
    with pytest.raises(ValueError, match=r"type|outcome|times"):
        Sandbox(orders=0).decide(type_, outcome, times=times)
