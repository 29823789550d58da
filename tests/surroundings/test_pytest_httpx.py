"""pytest-httpx answers in the API's place."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from helper import async_client, client, sandbox

from commercelayer_klarna import APITimeoutError

NAME, PACKAGES = "pytest-httpx", ["pytest-httpx"]

PAYMENT = {"data": {"type": "klarna_payments", "id": "played", "attributes": {"reference": "po-1"}}}


@pytest.fixture(autouse=True)
def token(httpx_mock):
    httpx_mock.add_response(url=sandbox()["auth_url"], json={"access_token": "t", "expires_in": 7200})


def test_the_sync_client(httpx_mock):
    """The sync client is answered by `add_response`."""
    httpx_mock.add_response(method="GET", json=PAYMENT)
    with client() as payments:
        assert payments.retrieve("played").reference == "po-1"


def test_the_async_client(httpx_mock):
    """The async client is answered by `add_response`."""

    async def call() -> None:
        async with async_client() as payments:
            assert (await payments.retrieve("played")).reference == "po-1"

    httpx_mock.add_response(method="GET", json=PAYMENT)
    asyncio.run(call())


def test_a_failure(httpx_mock):
    """`add_exception(httpx.ReadTimeout(...))` is an `APITimeoutError`."""
    httpx_mock.add_exception(httpx.ReadTimeout("slow"), method="GET")
    with client(retry=None) as payments, pytest.raises(APITimeoutError):
        payments.retrieve("played")
