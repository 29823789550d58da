"""Fixtures for pytest: for services that pay with Klarna, and for authors of plugins.

Put ``pytest_plugins = ["commercelayer_klarna.testing"]`` into your ``conftest.py``. A service tests itself against a
sandbox, in process or on a loopback port::

    def test_pay(klarna_sandbox):
        payment = klarna_sandbox.client.create(order=klarna_sandbox.order_ids[0])
        klarna_sandbox.fail_next(503)
        ...

    def test_what_receives_callbacks(klarna_sandbox, flask_client):
        callback = klarna_sandbox.callback("orders.place", klarna_sandbox.order_ids[0], secret="the-secret")
        assert flask_client.post("/callback", data=callback.body, headers=callback.headers).status_code == 204

    def test_service(klarna_sandbox_server, monkeypatch):
        for name, value in klarna_sandbox_server.env.items():  # what KlarnaPayments.from_env() reads
            monkeypatch.setenv(name, value)
        ...

The author of a plugin makes clients in which it is active, and checks it::

    def test_it(klarna_clients):
        payments = klarna_clients.sync(MyPlugin())
        order = klarna_clients.sandbox.order_ids[0]
        assert payments.create(order=order).ext.mine.answer == 42

    def test_with_rate_limits_and_without_waiting():
        time = FakeTime()
        clients = SandboxClients(Sandbox(rate_limit="enforce", clock=time.now), timing=time.timing)
        ...

    def test_the_contract():
        check_plugin(MyPlugin())

It is no entry point of pytest, because that would slow down every run of pytest by a quarter of a second wherever the
package is installed. What a fixture needs is imported when a test asks for it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Unpack

try:
    import pytest
except ImportError:
    raise ImportError("commercelayer_klarna.testing needs pytest: pip install pytest") from None

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from commercelayer_klarna import AsyncKlarnaPayments, KlarnaPayments
    from commercelayer_klarna._client.options import ClientOptions
    from commercelayer_klarna._pipeline.plugin_set import PluginInfo
    from commercelayer_klarna.plugins import Plugin, Timing
    from commercelayer_klarna.sandbox import Sandbox
    from commercelayer_klarna.sandbox.doors.server import SandboxServer
    from commercelayer_klarna.sandbox.faults import FaultOptions
    from commercelayer_klarna.sandbox.log import Exchange
    from commercelayer_klarna.webhooks import Topic

__all__ = [
    "Callback",
    "FakeTime",
    "KlarnaSandbox",
    "KlarnaSandboxServer",
    "SandboxClients",
    "check_plugin",
    "klarna_clients",
    "klarna_sandbox",
    "klarna_sandbox_server",
]


class _Controls:
    """What a test can do to a sandbox, in process or served.

    ``decide``, ``complete``, ``add_fault``, ``add_order``, ``create_payment``, ``authorize_payment``, ``step``,
    ``advance`` and ``set_time`` are those of the sandbox.

    Attributes:
        sandbox: The sandbox itself, for everything else.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.decide, self.complete = sandbox.decide, sandbox.complete
        self.add_fault, self.add_order = sandbox.add_fault, sandbox.add_order
        self.create_payment, self.authorize_payment = sandbox.create_payment, sandbox.authorize_payment
        self.step, self.advance, self.set_time = sandbox.step, sandbox.advance, sandbox.set_time

    @property
    def order_ids(self) -> Sequence[str]:
        """Return the ids of pending orders with a Klarna payment method, ready to be paid."""
        return self.sandbox.order_ids

    @property
    def requests(self) -> Sequence[Exchange]:
        """Return the last requests, oldest first: when, method, path, status (``None`` without an answer), fault."""
        return self.sandbox.requests

    def fail_next(
        self,
        status: int | None = None,
        *,
        method: str | None = None,
        path: str = "/api",
        exact: bool = False,
        times: int = 1,
        **fault: Unpack[FaultOptions],
    ) -> None:
        """Let the next request to the API fail, as ``Sandbox.fail_next`` does: ``fail_next(503, method="POST")``.

        Requests for tokens do not fail unless ``path`` is ``/oauth/token``: a new client asks for a token first, and a
        test that wants a payment to fail does not mean that request.
        """
        self.sandbox.fail_next(status, method=method, path=path, exact=exact, times=times, **fault)

    def set_order_total(self, order_id: str, cents: int) -> None:
        """Change an order's total, so that its payment's amount no longer matches."""
        self.sandbox.set_order_total(order_id, cents)

    def callback(
        self,
        topic: Topic | str,
        id: str,
        *,
        include: Sequence[str] = (),
        secret: str = "secret-of-the-webhook",  # noqa: S107
    ) -> Callback:
        """Return the callback that Commerce Layer would send about a resource as it is now; nothing is sent.

        Args:
            topic: What happened, such as ``orders.place``; the type of the resource stands before the dot.
            id: Id of the resource.
            include: What the webhook includes (its ``include_resources``).
            secret: The shared secret of the webhook, with which the body is signed.

        Raises:
            NotFoundError: The sandbox has no such resource.
        """
        from commercelayer_klarna import webhooks

        with self.sandbox.client() as payments:
            found = payments.request("GET", f"{topic.partition('.')[0]}/{id}", include=include)
            text = json.dumps(found.json, ensure_ascii=False, separators=(",", ":"))
            # The links of callbacks have no host (recorded).
            body = text.replace(f'"{payments.base_url}/', '"/api/').encode()
        return Callback(body, {webhooks.TOPIC: topic, webhooks.SIGNATURE: webhooks.sign(body, secret)}, secret)


class Callback:
    """A signed callback, to be sent to what receives callbacks.

    Attributes:
        body: The raw body.
        headers: Its headers: topic and signature.
        secret: The secret that it was signed with.
    """

    def __init__(self, body: bytes, headers: dict[str, str], secret: str) -> None:
        self.body = body
        self.headers = headers
        self.secret = secret


async def _no_time(seconds: float) -> None:
    """Do not wait."""


class KlarnaSandbox(_Controls):
    """A sandbox in process, and clients of it with production URLs.

    The waits of the clients between attempts take no time, so a test of a failure is as fast as any other.
    """

    def __init__(self, sandbox: Sandbox, timing: Timing) -> None:
        super().__init__(sandbox)
        self._timing = timing
        self._client: KlarnaPayments | None = None
        self._async_client: AsyncKlarnaPayments | None = None

    @property
    def client(self) -> KlarnaPayments:
        """Return a client of the sandbox, which is closed after the test; ``sandbox.client(...)`` makes others."""
        if self._client is None:
            self._client = self.sandbox.client(timing=self._timing)
        return self._client

    @property
    def async_client(self) -> AsyncKlarnaPayments:
        """Return an async client of the sandbox, for the test's own event loop."""
        if self._async_client is None:
            self._async_client = self.sandbox.async_client(timing=self._timing)
        return self._async_client

    def close(self) -> None:
        """Close the clients."""
        if self._client is not None:
            self._client.close()
        if self._async_client is not None:
            # In process there is no connection to wait for, so this coroutine never waits and needs no event loop.
            closing = self._async_client.close()
            try:
                closing.send(None)
            except StopIteration:
                pass
            finally:
                closing.close()


class KlarnaSandboxServer(_Controls):
    """A sandbox behind a loopback port, for services that run as they do in production.

    Attributes:
        url: The base URL of the API.
        auth_url: The URL of the token endpoint.
        client_id: Client id of an integration.
        client_secret: Its secret.
        env: The environment variables that ``KlarnaPayments.from_env()`` reads, and ``KLARNA_SCRIPT``.
    """

    def __init__(self, server: SandboxServer) -> None:
        super().__init__(server.sandbox)
        self.env = server.env
        self.url = server.url
        self.auth_url = server.auth_url
        self.client_id = server.sandbox.client_id
        self.client_secret = server.sandbox.client_secret


@pytest.fixture
def klarna_sandbox() -> Iterator[KlarnaSandbox]:
    """Give the test a new Klarna sandbox in process, with ``.client`` and ``.async_client``."""
    from commercelayer_klarna.plugins import Timing
    from commercelayer_klarna.sandbox import Sandbox

    made = KlarnaSandbox(Sandbox(), Timing(sleep=lambda seconds: None, async_sleep=_no_time))
    yield made
    made.close()


@pytest.fixture(scope="session")
def _klarna_sandbox_server() -> Iterator[SandboxServer]:
    """Serve one sandbox for the session; with pytest-xdist, one for each worker."""
    from commercelayer_klarna.sandbox import Sandbox
    from commercelayer_klarna.sandbox.doors.server import SandboxServer

    with SandboxServer(Sandbox()) as server:
        yield server


@pytest.fixture
def klarna_sandbox_server(_klarna_sandbox_server: SandboxServer) -> KlarnaSandboxServer:
    """Give the test a Klarna sandbox on a loopback port, reset for each test, with ``.url`` and ``.auth_url``."""
    _klarna_sandbox_server.sandbox.reset()
    return KlarnaSandboxServer(_klarna_sandbox_server)


class FakeTime:
    """Time that only waiting moves: an hour of waits takes no time. Chance falls on the longest wait.

    ::

        time = FakeTime()
        clients = SandboxClients(Sandbox(clock=time.now), timing=time.timing)

    Attributes:
        elapsed: Seconds that were waited in all. A test may add to it.
        waits: Each wait, in seconds.
    """

    def __init__(self, now: float = 1_792_569_600.0) -> None:
        self.elapsed = 0.0
        self.waits: list[float] = []
        self._began = now

    def now(self) -> float:
        """Return seconds since 1970."""
        return self._began + self.elapsed

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.waits.append(seconds)
        self.elapsed += seconds

    @property
    def timing(self) -> Timing:
        """Return what a client takes as ``timing``."""
        from commercelayer_klarna.plugins import Timing

        async def async_sleep(seconds: float) -> None:
            self.sleep(seconds)

        return Timing(
            monotonic=lambda: self.elapsed,
            now=self.now,
            sleep=self.sleep,
            async_sleep=async_sleep,
            uniform=lambda low, high: high,
        )


class SandboxClients:
    """Make clients of one sandbox, with plugins and with options of the client.

    Args:
        sandbox: A sandbox of your own, with a clock or with rate limits; by default a new one.
        **options: Options of every client, such as ``timing``; those of ``sync`` and ``asynchronous`` win.

    Attributes:
        sandbox: The sandbox, with its ``order_ids``.
    """

    def __init__(self, sandbox: Sandbox | None = None, **options: Unpack[ClientOptions]) -> None:
        from commercelayer_klarna.sandbox import Sandbox

        self.sandbox = Sandbox() if sandbox is None else sandbox
        self._options = options

    def sync(self, *named: Plugin | type[Plugin] | str, **options: Unpack[ClientOptions]) -> KlarnaPayments:
        """Return a sync client with these plugins."""
        return self.sandbox.client(**self._with(named, options))

    def asynchronous(
        self, *named: Plugin | type[Plugin] | str, **options: Unpack[ClientOptions]
    ) -> AsyncKlarnaPayments:
        """Return an async client with these plugins."""
        return self.sandbox.async_client(**self._with(named, options))

    def _with(self, named: Sequence[Plugin | type[Plugin] | str], options: ClientOptions) -> ClientOptions:
        merged: ClientOptions = {**self._options, **options}
        if named:
            merged["plugins"] = named
        return merged


@pytest.fixture
def klarna_clients() -> SandboxClients:
    """Give the test clients of a new sandbox: ``klarna_clients.sync(MyPlugin())``.

    ``SandboxClients(Sandbox(...), timing=...)`` makes those of a sandbox of your own.
    """
    return SandboxClients()


def check_plugin(plugin: Plugin, *, pays: bool = True, **options: Unpack[ClientOptions]) -> PluginInfo:
    """Check what can be checked of any plugin, and return what is known of it.

    The plugin must load into the sync and the async client, more than once, together with a plugin that does nothing,
    in any order; its place in the chain must be the same each time; and a payment must still work.

    Args:
        plugin: The plugin.
        pays: Whether a payment works with it. ``False`` for one that refuses writes, as a dry run does: then every
            write must raise one of our errors, which names the plugin, and nothing may be sent of it.
        **options: Options of the clients, such as ``auth=None`` for a plugin that brings credentials.

    Raises:
        PluginError: The plugin cannot be used; the message says why and what to do.
        AssertionError: What it contributes changes from client to client, or a write is not refused.
    """
    from commercelayer_klarna.plugins import Plugin

    class Neighbour(Plugin):
        """A plugin without contributions."""

        name = "neighbour"

    seen: list[PluginInfo] = []
    for _ in range(4):
        clients = SandboxClients(**options)
        named: list[Plugin] = [plugin, Neighbour()]
        random.shuffle(named)
        for payments in (clients.sync(*named), clients.asynchronous(*named)):
            seen += [info for info in payments.plugins if info.name == plugin.name]
        with clients.sync(*named) as payments:
            (_check_that_it_pays if pays else _check_that_it_refuses)(payments, clients.sandbox, plugin)
    assert len(set(seen)) == 1, f"{plugin.name}: what it contributes depends on order or kind of client: {set(seen)}"  # noqa: S101
    return seen[0]


def _check_that_it_pays(payments: KlarnaPayments, sandbox: Sandbox, plugin: Plugin) -> None:
    made = payments.create(order=sandbox.order_ids[0], metadata={"check": True})
    assert payments.retrieve(made.id, include=["order"]).order.id == sandbox.order_ids[0]  # noqa: S101


def _check_that_it_refuses(payments: KlarnaPayments, sandbox: Sandbox, plugin: Plugin) -> None:
    from commercelayer_klarna import CommerceLayerError

    order = sandbox.order_ids[0]
    with sandbox.client() as plain:
        made = plain.create(order=order)
    sent = len(sandbox.requests)
    writes: list[Callable[[], object]] = [
        lambda: payments.create(order=sandbox.order_ids[1]),
        lambda: payments.update(made.id, reference="check"),
        lambda: payments.delete(made.id),
    ]
    for write in writes:
        try:
            write()
        except CommerceLayerError as error:
            told = " ".join([str(error), *getattr(error, "__notes__", ())])
            assert f"plugin {plugin.name!r}" in told, f"{plugin.name}: its refusal does not name it: {error}"  # noqa: S101, PT017
        else:
            raise AssertionError(f"{plugin.name}: it let a write through")
    kinds = [each.method for each in sandbox.requests[sent:] if each.path != "/oauth/token"]
    assert set(kinds) <= {"GET"}, f"{plugin.name}: it let a write be sent: {kinds}"  # noqa: S101
    assert payments.retrieve(made.id).id == made.id  # noqa: S101
