"""What authors of plugins test with: the fixture, and the check of a plugin."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable

import pytest

from commercelayer_klarna.plugins import (
    Configuration,
    Context,
    Flow,
    Layer,
    Plugin,
    PluginError,
    Request,
    Stage,
    hookimpl,
    send,
)
from commercelayer_klarna.plugins.metadata import Metadata
from commercelayer_klarna.testing import SandboxClients, check_plugin

pytest_plugins = ["commercelayer_klarna.testing"]


class Tenant(Plugin):
    name = "tenant"

    @hookimpl
    def configuration(self, ctx: Context) -> Configuration:
        return Configuration({"X-Tenant": "north"})


def test_the_fixture_makes_clients_with_a_plugin_active(klarna_clients: SandboxClients) -> None:
    order_id = klarna_clients.sandbox.order_ids[0]
    with klarna_clients.sync(Tenant()) as payments:
        assert "tenant" in [info.name for info in payments.plugins]
        made = payments.create(order=order_id)

    async def read() -> None:
        async with klarna_clients.asynchronous(Tenant, retry=None) as payments:
            assert "tenant" in [info.name for info in payments.plugins]
            assert (await payments.retrieve(made.id)).id == made.id

    asyncio.run(read())


def test_a_plugin_that_keeps_the_contract() -> None:
    assert check_plugin(Tenant()).hooks == ("configuration",)
    assert check_plugin(Metadata()).name == "metadata"


def test_plugins_that_do_not() -> None:
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
