"""Exports of the sandbox: what they are refused for, how they go on with the clock, and how long an address lives."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.sandbox.conftest import Api, Reply

from commercelayer_klarna.sandbox.api import exports


def begin(api: Api, **attributes: Any) -> Reply:
    data = {"type": "exports", "attributes": {"resource_type": "klarna_payments", **attributes}}
    return api.call("POST", "exports", {"data": data})


def told(api: Api, id: str) -> dict[str, Any]:
    attributes: dict[str, Any] = api.get(f"exports/{id}").json["data"]["attributes"]
    return attributes


def file(api: Api, address: str) -> tuple[int, bytes]:
    target = urlsplit(address)
    answer = api.sandbox.handle("GET", f"{target.path}?{target.query}", {}, b"")
    return answer.status, answer.body


def test_an_export_goes_on_with_the_clock(api: Api) -> None:
    payment = api.payment(reference="one")
    begun = begin(api, includes=["order.market"], filters={"reference_in": ["one", "two"]})
    assert begun.status == 201
    id = begun.json["data"]["id"]
    first = begun.json["data"]["attributes"]
    assert (first["status"], first["records_count"], first["attachment_url"]) == ("pending", 1, None)
    api.clock.now += exports.WAITS
    under_way = told(api, id)
    assert (under_way["status"], under_way["processed_count"], under_way["completed_at"]) == ("in_progress", 0, None)
    api.clock.now += 1
    over = told(api, id)
    assert (over["status"], over["processed_count"], over["progress"]) == ("completed", 1, 100)
    assert first["created_at"] < over["started_at"] < over["completed_at"] == under_way["estimated_completion_at"]
    status, body = file(api, over["attachment_url"])
    assert status == 200
    (row,) = json.loads(gzip.decompress(body))
    assert (row["id"], row["reference"]) == (payment, "one")
    assert row["order"]["market"]["id"] == api.sandbox.market_id
    assert row["payment_gateway_id"] == api.sandbox.gateway_id
    assert not {"order_id", "payment_gateway", "event_stores"} & row.keys()
    assert [each["id"] for each in api.get("exports?filter[q][status_eq]=completed").json["data"]] == [id]


def test_an_address_lives_five_minutes(api: Api) -> None:
    api.payment()
    id = begin(api).json["data"]["id"]
    api.clock.now += 10
    address = told(api, id)["attachment_url"]
    api.clock.now += exports.VALID - 1
    assert file(api, address)[0] == 200
    api.clock.now += 1
    status, body = file(api, address)
    assert (status, b"Request has expired" in body) == (403, True)
    assert file(api, told(api, id)["attachment_url"])[0] == 200, "what is asked for anew has a new address"
    later = address.replace("expires=", "expires=9")
    for wrong in (later, address.replace(id, "x"), address.partition("?")[0], f"{address}x"):
        assert file(api, wrong)[0] == 403


def test_ten_at_once_and_five_thousand_records(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    none = begin(api)
    assert (none.status, none.json["errors"][0]["meta"]["error"]) == (422, "greater_than")
    api.payment()
    monkeypatch.setattr(exports, "MOST", 0)
    many = begin(api)
    assert many.json["errors"][0]["meta"] == {"error": "less_than_or_equal_to", "value": 1, "count": 0}
    monkeypatch.undo()
    assert [begin(api).status for _ in range(11)] == [201] * 10 + [422]
    api.clock.now += exports.WAITS + 1
    assert begin(api).status == 201, "they are over"


@pytest.mark.parametrize(
    ("attributes", "status", "word"),
    [
        ({"resource_type": "skus"}, 422, "VALIDATION_ERROR"),
        ({"resource_type": ""}, 422, "VALIDATION_ERROR"),
        ({"format": "csv"}, 422, "VALIDATION_ERROR"),
        ({"includes": "order"}, 400, "INVALID_FIELD_VALUE"),
        ({"includes": [1]}, 400, "INVALID_FIELD_VALUE"),
        ({"includes": ["none"]}, 400, "INVALID_INCLUDE"),
        ({"filters": {"none_eq": 1}}, 400, "FILTER_NOT_ALLOWED"),
        ({"fields": ["id"]}, 400, "PARAM_NOT_ALLOWED"),
    ],
)
def test_exports_that_are_refused(api: Api, attributes: dict[str, Any], status: int, word: str) -> None:
    api.payment()
    reply = begin(api, **attributes)
    assert (reply.status, reply.codes) == (status, [word])


def test_a_sales_channel_exports_nothing(api: Api) -> None:
    facts = api.sandbox.facts()
    scope = f"market:id:{facts['market_id']}"
    reply = api.oauth(grant_type="client_credentials", client_id=facts["sales_channel_client_id"], scope=scope)
    api.headers["Authorization"] = f"Bearer {reply.json['access_token']}"
    assert (begin(api).status, api.get("exports").codes) == (401, ["UNAUTHORIZED"])
