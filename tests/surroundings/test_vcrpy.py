"""vcrpy records the calls on cassettes, and replays them."""

from __future__ import annotations

import asyncio
import json

import pytest
import vcr
from helper import async_client, client, sandbox, without_secrets

NAME, PACKAGES = "vcrpy", ["vcrpy"]

SECRET = ["access_token", "client_token"]


def hidden(response):
    """Leave tokens out of what is recorded."""

    def cleaned(value):
        if isinstance(value, dict):
            return {name: "hidden" if name in SECRET else cleaned(each) for name, each in value.items()}
        return [cleaned(each) for each in value] if isinstance(value, list) else value

    body = json.dumps(cleaned(json.loads(response["body"]["string"]))).encode()
    return {**response, "body": {"string": body}, "headers": {"content-type": response["headers"]["content-type"]}}


recorder = vcr.VCR(
    filter_headers=["authorization"],
    filter_post_data_parameters=["client_secret"],
    before_record_response=hidden,
)


def create() -> str:
    with client() as payments:
        payment = payments.create(order=sandbox()["order_ids"][0])
        return payments.retrieve(payment.id).id


async def create_async() -> str:
    async with async_client() as payments:
        payment = await payments.create(order=sandbox()["order_ids"][0])
        return (await payments.retrieve(payment.id)).id


REMARK = "keep secrets off the cassettes: `filter_headers`, `filter_post_data_parameters`, `before_record_response`"


@pytest.mark.remark(REMARK)
@pytest.mark.parametrize("call", [create, lambda: asyncio.run(create_async())], ids=["sync", "async"])
def test_recorded_and_replayed(call, tmp_path):
    """A create and a retrieve are recorded, and replayed with `record_mode="none"`: nothing is created again."""
    cassette = tmp_path / "cassette.yaml"
    with recorder.use_cassette(str(cassette), record_mode="once") as recorded:
        id = call()
    assert len(recorded) == 3
    with client() as payments:
        before, token = payments.count(), payments.retrieve(id).client_token
        with recorder.use_cassette(str(cassette), record_mode="none"):
            assert call() == id
        assert payments.count() == before
    assert without_secrets(cassette.read_text(), [token, sandbox()["client_secret"]])
