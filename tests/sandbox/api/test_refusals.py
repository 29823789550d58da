"""Every refusal: its status, its code, and that nothing was changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api


ORDER = {"order": {"data": {"type": "orders", "id": "ORDER"}}}


def body(**data: object) -> dict[str, object]:
    return {"data": {"type": "klarna_payments", **data}}


CREATES: list[tuple[object, str]] = [
    (None, "PARAM_MISSING"),
    ([], "INVALID_DATA_FORMAT"),
    ({}, "PARAM_MISSING"),
    ({"data": []}, "INVALID_DATA_FORMAT"),
    ({"data": {"relationships": ORDER}}, "PARAM_MISSING"),
    ({"data": {"type": "orders", "relationships": ORDER}}, "INVALID_RESOURCE"),
    (body(id="x", relationships=ORDER), "PARAM_NOT_ALLOWED"),
    (body(more=1, relationships=ORDER), "PARAM_NOT_ALLOWED"),
    ({**body(relationships=ORDER), "meta": {}}, "PARAM_NOT_ALLOWED"),
    (body(attributes={"reference": None}, relationships=ORDER), "INVALID_FIELD_VALUE"),
    (body(attributes={"metadata": None}, relationships=ORDER), "INVALID_FIELD_VALUE"),
    (body(relationships={"order": {**ORDER["order"], "meta": {}}}), "INVALID_LINKS_OBJECT"),
    (body(attributes=[], relationships=ORDER), "INVALID_DATA_FORMAT"),
    (body(attributes={"auth_token": "t"}, relationships=ORDER), "PARAM_NOT_ALLOWED"),
    (body(attributes={"client_token": "t"}, relationships=ORDER), "PARAM_NOT_ALLOWED"),
    (body(attributes={"_update": True}, relationships=ORDER), "PARAM_NOT_ALLOWED"),
    (body(attributes={"nonsense": 1}, relationships=ORDER), "PARAM_NOT_ALLOWED"),
    (body(attributes={"reference": 5}, relationships=ORDER), "INVALID_FIELD_VALUE"),
    (body(attributes={"metadata": "x"}, relationships=ORDER), "INVALID_FIELD_VALUE"),
    (body(relationships={**ORDER, "payment_gateway": {"data": None}}), "PARAM_NOT_ALLOWED"),
    (body(relationships={"order": "x"}), "INVALID_LINKS_OBJECT"),
    (body(relationships={"order": {}}), "INVALID_LINKS_OBJECT"),
    (body(relationships={"order": {"data": {"type": "orders"}}}), "INVALID_LINKS_OBJECT"),
    (body(relationships={"order": {"data": {"type": "orders", "id": 5}}}), "INVALID_LINKS_OBJECT"),
    (body(relationships={"order": {"data": {"type": "order", "id": "ORDER"}}}), "TYPE_MISMATCH"),
    (body(relationships={}), "VALIDATION_ERROR"),
    (body(relationships={"order": {"data": None}}), "VALIDATION_ERROR"),
    (body(relationships={"order": {"data": {"type": "orders", "id": "nothing"}}}), "VALIDATION_ERROR"),
]


@pytest.mark.parametrize(("document", "code"), CREATES)
def test_a_wrong_create_is_refused_and_creates_nothing(api: Api, document: object, code: str) -> None:
    text = "" if document is None else json.dumps(document).replace("ORDER", api.sandbox.order_ids[0])
    refused = api.raw("POST", "/api/klarna_payments", api.headers, text.encode())
    assert refused.codes == [code]
    assert refused.status == (422 if code == "VALIDATION_ERROR" else 400)
    assert refused.json["errors"][0]["status"] == str(refused.status)
    assert api.get("klarna_payments").json["meta"] == {"record_count": 0, "page_count": 0}


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"\xff",
        b'{"data": NaN}',
        b'{"data": 1e999}',
        b'{"data": "\\ud800"}',
        b"[" * 100_000,
        b'{"data":' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"data": ' + b"9" * 10_000 + b"}",
    ],
)
def test_bodies_that_are_not_json_are_refused(api: Api, text: bytes) -> None:
    assert api.raw("POST", "/api/klarna_payments", api.headers, text).codes == ["INVALID_DATA_FORMAT"]


def test_a_missing_order_is_told_in_the_documented_words(api: Api) -> None:
    refused = api.call("POST", "klarna_payments", body())
    assert refused.json == {
        "errors": [
            {
                "title": "can't be blank",
                "detail": "order - can't be blank",
                "code": "VALIDATION_ERROR",
                "source": {"pointer": "/data/relationships/order"},
                "status": "422",
                "meta": {"error": "blank"},
            }
        ]
    }


def test_an_order_without_a_klarna_payment_method_takes_no_payment(api: Api) -> None:
    refused = api.create(api.sandbox.add_order(payable=False))
    assert refused.status == 422
    assert refused.codes == ["VALIDATION_ERROR"]


def test_wrong_updates_are_refused(api: Api) -> None:
    payment = api.payment()
    path = f"klarna_payments/{payment}"
    assert api.call("PATCH", path, body(attributes={})).codes == ["KEY_ORDER_MISMATCH"]
    assert api.call("PATCH", path, body(id="x", attributes={})).codes == ["KEY_NOT_INCLUDED_IN_URL"]
    assert api.patch("klarna_payments", payment, _update=None).codes == ["INVALID_FIELD_VALUE"]
    assert api.patch("klarna_payments", payment, session_id="x").codes == ["PARAM_NOT_ALLOWED"]
    assert api.patch("klarna_payments", "nothing", reference="x").codes == ["RECORD_NOT_FOUND"]
    no_order = body(id=payment, relationships={"order": {"data": None}})
    assert api.call("PATCH", path, no_order).status == 422
    refused = api.patch("orders", api.sandbox.order_ids[0], coupon_code="x", _archive=True)
    assert refused.codes == ["PARAM_NOT_ALLOWED", "PARAM_NOT_ALLOWED"]
    assert refused.headers["X-Sandbox-Refused"].startswith("not modelled: writing orders")


@pytest.mark.parametrize(
    ("method", "path", "status", "modelled"),
    [
        ("PUT", "klarna_payments/x", 405, True),
        ("DELETE", "klarna_payments", 405, True),
        ("HEAD", "klarna_payments", 405, False),
        ("OPTIONS", "klarna_payments", 405, False),
        ("get", "klarna_payments", 405, True),
        ("POST", "orders", 405, False),
        ("POST", "klarna_gateways", 405, False),
        ("POST", "payment_gateways", 405, True),
        ("POST", "klarna_payments/x/order", 405, True),
        ("GET", "skus", 404, False),
        ("GET", "markets", 404, False),
        ("GET", "event_stores", 404, True),
        ("GET", "klarna_payments/x/versions", 404, True),
        ("GET", "orders/x/line_items", 404, False),
        ("GET", "orders/x/stock_transfers", 404, False),
        ("GET", "klarna_gateways/x/line_items", 404, True),
        ("GET", "klarna_payments/x/relationships/order", 404, False),
        ("GET", "", 404, True),
        ("GET", "klarna_payments/x/order/y/z", 404, True),
    ],
)
def test_paths_and_methods_that_lead_nowhere_are_refused(
    api: Api, method: str, path: str, status: int, modelled: bool
) -> None:
    refused = api.call(method, path)
    assert refused.status == status
    assert refused.codes == ["METHOD_NOT_ALLOWED" if status == 405 else "RECORD_NOT_FOUND"]
    assert ("X-Sandbox-Refused" not in refused.headers) == modelled
    assert ("Allow" in refused.headers) == (status == 405)


def test_what_another_host_of_the_service_has_is_not_modelled(api: Api) -> None:
    refused = api.raw("GET", "/oauth/tokeninfo", api.headers)
    assert refused.codes == ["RECORD_NOT_FOUND"]
    assert refused.headers["X-Sandbox-Refused"] == "not modelled: /oauth/tokeninfo"


def test_what_nobody_has_documented_about_writes_says_so(api: Api) -> None:
    assert api.create("nothing").headers["X-Sandbox-Refused"].startswith("unknown: the answer for an order")
    assert "X-Sandbox-Refused" not in api.call("POST", "klarna_payments", body(relationships={})).headers
    converted = "unknown: whether values of another type are converted"
    assert api.create(reference=1).headers["X-Sandbox-Refused"] == converted
    assert "X-Sandbox-Refused" not in api.create(auth_token="x").headers


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200),
        ("", 200),
        ("*/*", 200),
        ("text/html, application/vnd.api+json; q=0.5", 200),
        ("application/json", 406),
        ("application/*", 406),
    ],
)
def test_an_accept_header_without_json_api_is_refused(api: Api, accept: str | None, status: int) -> None:
    headers = {"authorization": api.headers["Authorization"], **({} if accept is None else {"ACCEPT": accept})}
    reply = api.raw("GET", "/api/klarna_payments", headers)
    assert reply.status == status
    if status == 406:
        assert reply.codes == ["NOT_ACCEPTABLE"]


@pytest.mark.parametrize("content_type", ["", "application/json", "application/vnd.api+json2"])
def test_a_write_of_another_content_type_is_refused(api: Api, content_type: str) -> None:
    refused = api.raw("POST", "/api/klarna_payments", {**api.headers, "Content-Type": content_type}, b"{}")
    assert refused.status == 415
    assert refused.codes == ["UNSUPPORTED_MEDIA_TYPE"]


def test_content_type_does_not_matter_without_a_body(api: Api) -> None:
    assert api.raw("GET", "/api/orders", {**api.headers, "Content-Type": "text/plain"}).status == 200
    charset = {**api.headers, "Content-Type": "application/vnd.api+json; charset=utf-8"}
    assert api.raw("POST", "/api/klarna_payments", charset, b"{}").codes == ["PARAM_MISSING"]


def test_checks_come_in_the_documented_order(api: Api) -> None:
    bad = {"Accept": "text/html", "Content-Type": "text/html"}
    assert api.raw("PUT", "/api/orders/x?y=z", bad).status == 405
    assert api.raw("PATCH", "/api/orders/x?y=z", bad).status == 401
    bad["Authorization"] = api.headers["Authorization"]
    assert api.raw("PATCH", "/api/orders/x?y=z", bad).status == 406
    bad["Accept"] = "*/*"
    assert api.raw("PATCH", "/api/orders/x?y=z", bad).status == 415
    assert api.call("PATCH", "orders/x?y=z").codes == ["PARAM_NOT_ALLOWED"]
    assert api.call("PATCH", "orders/x").codes == ["PARAM_MISSING"]
    assert api.patch("orders", "x").codes == ["RECORD_NOT_FOUND"]


def test_a_sales_channel_may_do_what_is_documented_and_no_more(api: Api) -> None:
    channel = api.as_sales_channel()
    order = api.sandbox.order_ids[0]
    payment = channel.payment(order)
    assert channel.get(f"klarna_payments/{payment}?include=order.payment_method").status == 200
    assert channel.get(f"orders/{order}/payment_source").status == 200
    denied = [
        "klarna_payments",
        "orders",
        "klarna_gateways",
        f"payment_gateways/{api.sandbox.gateway_id}",
        f"klarna_payments/{payment}/payment_gateway",
        f"klarna_payments/{payment}?include=payment_gateway",
        f"klarna_payments/{payment}/event_stores",
    ]
    for path in denied:
        reply = channel.get(path)
        assert reply.status == 401, path
        assert reply.codes == ["UNAUTHORIZED"], path
    assert channel.patch("klarna_payments", payment, auth_token="t").status == 200
    assert channel.patch("orders", order, _place=True).status == 200
    assert channel.get(f"klarna_payments/{payment}").status == 200
    assert channel.patch("klarna_payments", payment, reference="x").codes == ["UNAUTHORIZED"]
    assert channel.call("DELETE", f"klarna_payments/{payment}").codes == ["UNAUTHORIZED"]


def test_rate_headers_count_reads_and_writes_apart(api: Api) -> None:
    assert api.get("orders").headers["X-Ratelimit-Remaining"] == "99"
    limits = api.create().headers
    assert limits["X-Ratelimit-Limit"] == "100"
    assert limits["X-Ratelimit-Interval"] == "60"
    assert limits["X-Ratelimit-Remaining"] == "99"
    for _ in range(120):
        api.get("orders")
    last = api.get("orders")
    assert last.status == 200
    assert last.headers["X-Ratelimit-Remaining"] == "0"
    api.clock.now += 61
    assert api.get("orders").headers["X-Ratelimit-Remaining"] == "99"
