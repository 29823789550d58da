"""respx answers in the API's place."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import respx
from helper import async_client, client, sandbox

from commercelayer_klarna import APITimeoutError

NAME, PACKAGES = "respx", ["respx"]

PAYMENT = {"data": {"type": "klarna_payments", "id": "played", "attributes": {"reference": "po-1"}}}


def routes() -> respx.Route:
    respx.post(sandbox()["auth_url"]).respond(json={"access_token": "t", "expires_in": 7200})
    return respx.get(f"{sandbox()['url']}/klarna_payments/played").respond(json=PAYMENT)


@respx.mock
def test_the_sync_client():
    """The sync client is answered by routes."""
    route = routes()
    with client() as payments:
        assert payments.retrieve("played").reference == "po-1"
    assert route.call_count == 1


@respx.mock
def test_the_async_client():
    """The async client is answered by routes."""

    async def call() -> None:
        async with async_client() as payments:
            assert (await payments.retrieve("played")).reference == "po-1"

    route = routes()
    asyncio.run(call())
    assert route.call_count == 1


@respx.mock
def test_a_failure():
    """A `side_effect` of `httpx.ReadTimeout` is an `APITimeoutError`."""
    routes().mock(side_effect=httpx.ReadTimeout)
    with client(retry=None) as payments, pytest.raises(APITimeoutError):
        payments.retrieve("played")
