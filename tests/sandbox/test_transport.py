"""The in-process door, with plain httpx clients."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from commercelayer_klarna.sandbox.transport import SandboxTransport

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api


FORM = {"grant_type": "client_credentials", "client_id": "sandbox-integration", "client_secret": "sandbox-secret"}


def test_production_urls_stay_as_they_are(api: Api) -> None:
    with httpx.Client(transport=SandboxTransport(api.sandbox)) as client:
        token = client.post("https://auth.commercelayer.io/oauth/token", json=FORM).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.api+json"}
        answer = client.get("https://acme.commercelayer.io/api/orders", params={"page[size]": "1"}, headers=headers)
    assert answer.headers["X-Sandbox"] == "true"
    assert answer.json()["links"]["next"].startswith("https://acme.commercelayer.io/api/orders?page%5Bnumber%5D=2")


def test_an_async_client_is_answered(api: Api) -> None:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=SandboxTransport(api.sandbox)) as client:
            return await client.post("https://auth.commercelayer.io/oauth/token", data=FORM)

    assert asyncio.run(ask()).json()["token_type"] == "bearer"
