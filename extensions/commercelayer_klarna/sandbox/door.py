"""The door for clients in the same process: an httpx transport, and this project's clients wired to it.

Production URLs stay as they are; only the last step, the connection, is replaced. The one file here that needs httpx.
"""

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from commercelayer_klarna import AsyncKlarnaPayments, KlarnaPayments

    from .sandbox import Sandbox


class SandboxTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Hands every request to a sandbox, whatever its host."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an `httpx.Client`."""
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an `httpx.AsyncClient`."""
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        answer = self._sandbox.handle(request.method, target, request.headers.multi_items(), body)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request)


def client(sandbox: "Sandbox", **options: Any) -> "KlarnaPayments":
    """Return a `KlarnaPayments` that talks to the sandbox; `auth` and `http_client` among the options win."""
    from commercelayer_klarna import ClientCredentials, KlarnaPayments

    if "auth" not in options:
        options["auth"] = ClientCredentials(client_id=sandbox.client_id, client_secret=sandbox.client_secret)
    if "http_client" not in options:
        options["http_client"] = httpx.Client(transport=SandboxTransport(sandbox))
    return KlarnaPayments(sandbox.organization, **options)


def async_client(sandbox: "Sandbox", **options: Any) -> "AsyncKlarnaPayments":
    """Return an `AsyncKlarnaPayments` that talks to the sandbox; `auth` and `http_client` among the options win."""
    from commercelayer_klarna import AsyncKlarnaPayments, ClientCredentials

    if "auth" not in options:
        options["auth"] = ClientCredentials(client_id=sandbox.client_id, client_secret=sandbox.client_secret)
    if "http_client" not in options:
        options["http_client"] = httpx.AsyncClient(transport=SandboxTransport(sandbox))
    return AsyncKlarnaPayments(sandbox.organization, **options)
