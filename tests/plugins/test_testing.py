"""What authors of plugins test with: the fixture, and the check of a plugin."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import h11
import httpx
import pytest

from commercelayer_klarna import CommerceLayerError
from commercelayer_klarna.plugins import (
    AuthProvider,
    Configuration,
    Context,
    Flow,
    Layer,
    Operation,
    OperationFlow,
    OperationLayer,
    Plugin,
    PluginError,
    Request,
    Stage,
    hookimpl,
    proceed,
    send,
)
from commercelayer_klarna.plugins.metadata import Metadata
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.transport import SandboxTransport
from commercelayer_klarna.testing import FakeTime, SandboxClients, check_plugin
from support.kind import Kind
from support.server import Server


class Tenant(Plugin):
    name = "tenant"

    @hookimpl
    def configuration(self, ctx: Context) -> Configuration:
        return Configuration({"X-Tenant": "north"})


CONFTEST = 'pytest_plugins = ["commercelayer_klarna.testing"]\n'

SUITE = """
import asyncio

from commercelayer_klarna.plugins import Configuration, Plugin
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.transport import SandboxTransport
from commercelayer_klarna.testing import FakeTime, SandboxClients, check_plugin


class Tenant(Plugin):
    name = "tenant"

    def configuration(self, ctx):
        return Configuration({"X-Tenant": "north"})


def test_with_the_plugin_active(klarna_clients):
    order_id = klarna_clients.sandbox.order_ids[0]
    with klarna_clients.sync(Tenant()) as payments:
        assert "tenant" in [info.name for info in payments.plugins]
        made = payments.create(order=order_id)

    async def read():
        async with klarna_clients.asynchronous(Tenant, retry=None) as payments:
            assert "tenant" in [info.name for info in payments.plugins]
            assert (await payments.retrieve(made.id)).id == made.id

    asyncio.run(read())


def test_each_test_has_a_sandbox_of_its_own(klarna_clients):
    assert klarna_clients.sync().count() == 0


def test_the_contract():
    check_plugin(Tenant())
"""


def test_a_suite_as_an_author_would_write_it(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_tenant.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", "-q"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_a_plugin_that_keeps_the_contract() -> None:
    assert check_plugin(Tenant()).hooks == ("configuration",)
    assert check_plugin(Metadata()).name == "metadata"


def test_check_plugin_names_what_a_bad_plugin_does() -> None:
    numbers = itertools.count()

    def flow(request: Request) -> Flow:
        return (yield from send(request))

    class Varies(Plugin):
        name = "varies"

        @hookimpl
        def layers(self, ctx: Context) -> Iterable[Layer]:
            return [Layer(f"varies-{next(numbers)}", Stage.CALL, flow)]

    with pytest.raises(AssertionError, match="varies: what it contributes depends"):
        check_plugin(Varies())

    class Wrong(Plugin):
        name = "wrong"
        api = 7

    with pytest.raises(PluginError, match="version 7"):
        check_plugin(Wrong())


class DryRun(Plugin):
    name = "dry"

    @hookimpl
    def layers(self, ctx: Context) -> Iterable[OperationLayer]:
        def flow(operation: Operation) -> OperationFlow:
            if not operation.name.endswith((".retrieve", ".list")):
                raise CommerceLayerError("dry run")
            yield from proceed()

        return [OperationLayer("dry", flow)]


def test_a_plugin_that_refuses_writes_can_be_checked() -> None:
    assert check_plugin(DryRun(), pays=False).name == "dry"
    with pytest.raises(CommerceLayerError, match="dry run"):
        check_plugin(DryRun())
    with pytest.raises(AssertionError, match="tenant: it let a write through"):
        check_plugin(Tenant(), pays=False)


def test_an_auth_provider_can_be_checked() -> None:
    token = Sandbox().handle("POST", "/oauth/token", {"content-type": "application/json"}, json.dumps(GRANT).encode())

    class Badge(Plugin):
        name = "badge"

        @hookimpl
        def auth_provider(self, ctx: Context) -> AuthProvider:
            def flow(request: Request) -> Flow:
                request.headers["Authorization"] = f"Bearer {json.loads(token.body)['access_token']}"
                return (yield from send(request))

            return flow

    assert check_plugin(Badge(), auth=None).hooks == ("auth_provider",)


GRANT = {"grant_type": "client_credentials", "client_id": Sandbox().client_id, "client_secret": Sandbox().client_secret}


def test_clients_of_a_sandbox_of_ones_own_in_invented_time(kind: Kind) -> None:
    time = FakeTime()
    clients = SandboxClients(Sandbox(rate_limit="enforce", clock=time.now), timing=time.timing)
    order = clients.sandbox.order_ids[0]
    if kind.name == "sync":
        with clients.sync(Tenant()) as payments:
            for _ in range(30):
                payments.create(order=order)
    else:

        async def create() -> None:
            async with clients.asynchronous(Tenant()) as payments:
                for _ in range(30):
                    await payments.create(order=order)

        kind.now(create())
    assert 429 in {each.status for each in clients.sandbox.requests}
    assert time.elapsed == sum(time.waits) > 1


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ([("Host", "x"), ("X-Trace", " a")], "Illegal header value"),
        ([("Host", "x"), ("X-Trace", "a\r\nb: c")], "Illegal header value"),
        ([("Host", "x"), ("X Trace", "a")], "Illegal header name"),
        ([("Host", "x"), ("Content-Length", "5")], "Too little data for"),
        ([("Host", "x"), ("Content-Length", "1")], "Too much data for"),
        ([], "Missing mandatory Host"),
    ],
)
def test_the_sandbox_in_process_refuses_what_a_socket_refuses(
    headers: list[tuple[str, str]], problem: str, kind: Kind, server: Server
) -> None:
    for transport, url in ((SandboxTransport(Sandbox()), "https://x.example"), (None, server.url)):
        request = httpx.Request("POST", f"{url}/x", content=b"ab")
        request.headers = httpx.Headers(headers)
        errors = (httpx.LocalProtocolError, h11.LocalProtocolError)  # httpx does not translate all of them
        with pytest.raises(errors, match=problem):
            kind.now(kind.http_client(transport=transport).send(request))
