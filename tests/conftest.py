"""What tests share: the client under test in both kinds, and a server with prepared answers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.transport import SandboxTransport
from support.kind import Kind
from support.server import Server

SPEC = Path(__file__).parents[1] / "spec"
CONTRACT = SPEC / "klarna_payments.yaml"


@pytest.fixture(autouse=True, scope="session")
def _one_tls_context() -> Iterator[None]:
    """Load the certificates once: it takes each new client 20 ms, and there are hundreds of them here."""
    with pytest.MonkeyPatch.context() as patch:
        context = httpx.create_ssl_context()
        patch.setattr("httpx._transports.default.create_ssl_context", lambda *_, **__: context)
        yield


@pytest.fixture(autouse=True, scope="session")
def _answers_keep_the_contract() -> Iterator[None]:
    """Hold every answer of the sandbox in this process against the contract, where the contract has the operation."""
    contract = OpenAPI.from_file_path(str(CONTRACT))
    paths: dict[str, dict[str, Any]] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["paths"]
    routes = {re.compile("/api" + re.sub(r"{[^}]+}", "[^/]+", path) + r"\Z"): item for path, item in paths.items()}
    seen: set[str] = set()
    handle, handle_async = SandboxTransport.handle_request, SandboxTransport.handle_async_request

    def check(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        operations = next((item for route, item in routes.items() if route.match(path)), {})
        # The faults that a test asks for keep no contract.
        if request.method.lower() in operations and "x-sandbox-fault" not in response.headers:
            # One that is like another but for its values would pass as that one did: checking takes long.
            shape = repr((request.method, path.split("/")[2::2], response.status_code, shape_of(response.content)))
            if shape in seen:
                return response
            host = f"{request.url.scheme}://{request.url.host}"
            headers, content_type = dict(response.headers), response.headers.get("content-type", "")
            contract.validate_response(
                MockRequest(host, request.method.lower(), path),
                MockResponse(response.content, response.status_code, headers, content_type),
            )
            seen.add(shape)
        return response

    def checked(transport: SandboxTransport, request: httpx.Request) -> httpx.Response:
        return check(request, handle(transport, request))

    async def checked_async(transport: SandboxTransport, request: httpx.Request) -> httpx.Response:
        return check(request, await handle_async(transport, request))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SandboxTransport, "handle_request", checked)
        patch.setattr(SandboxTransport, "handle_async_request", checked_async)
        yield


def shape_of(content: bytes) -> object:
    """Return what an answer is made of: names and types, without values."""

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return sorted((name, shape(each)) for name, each in value.items())
        return sorted({repr(shape(each)) for each in value}) if isinstance(value, list) else type(value).__name__

    try:
        return shape(json.loads(content)) if content else None
    except ValueError:
        return content


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    """Both kinds of client, one after the other."""
    with asyncio.Runner() as runner:
        kind = Kind(request.param, runner)
        yield kind
        kind.close()


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def payments(kind: Kind, sandbox: Sandbox) -> Any:
    """A client of the sandbox."""
    return kind.on(sandbox)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def payment_json() -> dict[str, Any]:
    """A klarna payment as the API sends it before it is authorized, with links alone in its relationships."""
    example = json.loads((SPEC / "examples" / "klarna_payment.json").read_text(encoding="utf-8"))
    payment: dict[str, Any] = example["data"]
    payment["attributes"] |= {
        "session_id": "0b1d9815-165e-42e2-8867-35bc03789e00",
        "client_token": "planted-client-token",
        "payment_methods": [{"identifier": "pay_later", "name": "Pay later"}],
        "auth_token": None,
        "payment_instrument": {},
        "updated_at": "2026-11-22T09:00:00.000Z",
        "reference": None,
        "reference_origin": None,
        "metadata": {},
    }
    return payment
