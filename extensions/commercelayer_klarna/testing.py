"""For authors of plugins: clients of a sandbox with a plugin active, and a check of the plugin itself.

Needs pytest. Put ``pytest_plugins = ["commercelayer_klarna.testing"]`` into your ``conftest.py``, and use the fixture::

    def test_it(klarna_clients):
        payments = klarna_clients.sync(MyPlugin())
        order = klarna_clients.sandbox.order_ids[0]
        assert payments.create(order=order).ext.mine.answer == 42

    def test_the_contract():
        check_plugin(MyPlugin())
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from commercelayer_klarna.async_client import AsyncKlarnaPayments
from commercelayer_klarna.client import KlarnaPayments
from commercelayer_klarna.plugins.compiled import PluginInfo
from commercelayer_klarna.plugins.spec import Plugin
from commercelayer_klarna.sandbox import Sandbox

__all__ = ["SandboxClients", "check_plugin", "klarna_clients"]


class SandboxClients:
    """Makes clients of one sandbox, with plugins and with options of the client.

    Attributes:
        sandbox: The sandbox, with its ``order_ids``.
    """

    def __init__(self) -> None:
        self.sandbox = Sandbox()

    def sync(self, *plugins: Plugin | type[Plugin] | str, **options: Any) -> KlarnaPayments:
        """A sync client with these plugins."""
        return self.sandbox.client(plugins=plugins, **options)

    def asynchronous(self, *plugins: Plugin | type[Plugin] | str, **options: Any) -> AsyncKlarnaPayments:
        """An async client with these plugins."""
        return self.sandbox.async_client(plugins=plugins, **options)


@pytest.fixture
def klarna_clients() -> SandboxClients:
    """Makes clients of a fresh sandbox: ``klarna_clients.sync(MyPlugin())``."""
    return SandboxClients()


def check_plugin(plugin: Plugin) -> PluginInfo:
    """Check what can be checked of any plugin, and tell what is known of it.

    It must load into the sync and the async client, more than once, beside a plugin that does nothing, whatever the
    order in which they are named; its place in the chain must be the same each time; and a payment must still come
    through.

    Raises:
        PluginError: It cannot be used; the message says why and what to do.
        AssertionError: It does not keep to the contract.
    """
    seen: list[PluginInfo] = []
    for _ in range(4):
        clients = SandboxClients()
        named: list[Plugin] = [plugin, _Nothing()]
        random.shuffle(named)
        for payments in (clients.sync(*named), clients.asynchronous(*named)):
            seen += [info for info in payments.plugins if info.name == plugin.name]
        with clients.sync(*named) as payments:
            made = payments.create(order=clients.sandbox.order_ids[0], metadata={"check": True})
            assert payments.retrieve(made.id, include=["order"]).order.id == clients.sandbox.order_ids[0]  # noqa: S101
    assert len(set(seen)) == 1, f"{plugin.name}: what it contributes depends on order or kind of client: {set(seen)}"  # noqa: S101
    return seen[0]


class _Nothing(Plugin):
    """A neighbour without contributions."""

    name = "nothing"
