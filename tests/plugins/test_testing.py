"""What authors of plugins test with: the fixture, and the check of a plugin."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

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
from commercelayer_klarna.testing import check_plugin


class Tenant(Plugin):
    name = "tenant"

    @hookimpl
    def configuration(self, ctx: Context) -> Configuration:
        return Configuration({"X-Tenant": "north"})


CONFTEST = 'pytest_plugins = ["commercelayer_klarna.testing"]\n'

SUITE = """
import asyncio

from commercelayer_klarna.plugins import Configuration, Plugin
from commercelayer_klarna.testing import check_plugin


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
