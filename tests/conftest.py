"""What tests share: the client under test in both kinds, from one definition, and a server with prepared answers."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from virtual_time import INSTANT

from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, AsyncPager, KlarnaPayments
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.transport import SandboxTransport

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
    handle, handle_async = SandboxTransport.handle_request, SandboxTransport.handle_async_request

    def check(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        operations = next((item for route, item in routes.items() if route.match(path)), {})
        # The faults that a test asks for keep no contract.
        if request.method.lower() in operations and "x-sandbox-fault" not in response.headers:
            host = f"{request.url.scheme}://{request.url.host}"
            headers, content_type = dict(response.headers), response.headers.get("content-type", "")
            contract.validate_response(
                MockRequest(host, request.method.lower(), path),
                MockResponse(response.content, response.status_code, headers, content_type),
            )
        return response

    def checked(transport: SandboxTransport, request: httpx.Request) -> httpx.Response:
        return check(request, handle(transport, request))

    async def checked_async(transport: SandboxTransport, request: httpx.Request) -> httpx.Response:
        return check(request, await handle_async(transport, request))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SandboxTransport, "handle_request", checked)
        patch.setattr(SandboxTransport, "handle_async_request", checked_async)
        yield


class Face:
    """An async client with the face of the sync one, so that each test is written once and runs against both."""

    def __init__(self, client: AsyncKlarnaPayments, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._client, name)
        return self._called(value) if inspect.ismethod(value) else value

    def _called(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            return self._shown(method(*arguments, **named))

        return call

    def _shown(self, value: Any) -> Any:
        if inspect.isawaitable(value):
            return self._shown(self._runner.run(_awaited(value)))
        if isinstance(value, AsyncPager):
            return PagerFace(value, self._runner)
        return Face(value, self._runner) if isinstance(value, AsyncKlarnaPayments) else value


class PagerFace:
    """An async pager with the face of the sync one."""

    def __init__(self, pager: AsyncPager[Any], runner: asyncio.Runner) -> None:
        self._pager = pager
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._pager, name)
        return lambda: self._runner.run(_awaited(method()))

    def pages(self) -> Iterator[Any]:
        return self._walk(self._pager.pages())

    def __iter__(self) -> Iterator[Any]:
        return self._walk(aiter(self._pager))

    def _walk(self, iterator: Any) -> Iterator[Any]:
        return WalkFace(iterator, self._runner)


class WalkFace:
    """An async iterator with the face of a sync one; after an error it can be asked again."""

    def __init__(self, iterator: Any, runner: asyncio.Runner) -> None:
        self._iterator = iterator
        self._runner = runner

    def __iter__(self) -> WalkFace:
        return self

    def __next__(self) -> Any:
        try:
            return self._runner.run(_awaited(anext(self._iterator)))
        except StopAsyncIteration:
            raise StopIteration from None


async def _awaited(value: Any) -> Any:
    return await value


class Kind:
    """One kind of client, sync or async; what it makes has the face of the sync client."""

    def __init__(self, name: str, runner: asyncio.Runner) -> None:
        self.name = name
        self.runner = runner
        self._made: list[Any] = []

    def client(self, *arguments: Any, **options: Any) -> Any:
        """A client, with the arguments of its constructor."""
        made: Any = (KlarnaPayments if self.name == "sync" else AsyncKlarnaPayments)(*arguments, **options)
        return self._faced(made)

    def on(self, sandbox: Sandbox, **options: Any) -> Any:
        """A client of a sandbox in this process."""
        return self._faced(sandbox.client(**options) if self.name == "sync" else sandbox.async_client(**options))

    def at(self, server: Server, **options: Any) -> Any:
        """A client of a prepared server, whose waits between attempts take no time."""
        defaults = {"auth": AccessToken("token-of-the-tests"), "timing": INSTANT}
        return self.client(base_url=server.url, **{**defaults, **options})

    def _faced(self, client: Any) -> Any:
        faced = Face(client, self.runner) if self.name == "async" else client
        self._made.append(faced)
        return faced

    def close(self) -> None:
        for each in self._made:
            each.close()


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


class Server:
    """A loopback server that gives prepared answers, in order, and remembers what it was asked.

    The last answer is given again and again.
    """

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self._answers: list[tuple[int, dict[str, str], bytes]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body in one packet, or delayed acknowledgements cost 40 ms an answer

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                peer = {"X-Peer": str(self.client_address[1])}
                headers = {**dict(self.headers.items()), **peer}
                received = Received(self.command, self.path, headers, self.rfile.read(length))
                status, headers, body = owner._next(received)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, format: str, *args: Any) -> None:
                """Stay silent."""

        class Listener(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Listener(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"

    def answer(self, status: int, body: Any = b"", headers: dict[str, str] | None = None) -> None:
        """Prepare an answer; a body that is not bytes is sent as JSON."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self._answers.append((status, {"Content-Type": "application/vnd.api+json", **(headers or {})}, body))

    def _next(self, received: Received) -> tuple[int, dict[str, str], bytes]:
        self.requests.append(received)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def close(self) -> None:
        with suppress(OSError):  # closed already
            self._server.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread, which else looks up now and then
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Received:
    """A request as the server saw it; header names in lower case."""

    def __init__(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        self.method, self.target, self.body = method, target, body
        self.headers = {name.lower(): value for name, value in headers.items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


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
