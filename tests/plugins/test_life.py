"""The life of a client as plugins are told of it: opened before the first call, closed after the last one."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from commercelayer_klarna import AccessToken, AsyncKlarnaPayments
from commercelayer_klarna.plugins import (
    Call,
    Context,
    Flow,
    FlowOf,
    Layer,
    Plugin,
    PluginError,
    Request,
    Send,
    Stage,
    blocking,
    send,
    sleep,
)
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.plugins import plugin, watcher
from support.server import Server

EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}


class Lives(Plugin):
    """Writes down what it is told of the client's life, and fails where it is asked to."""

    def __init__(self, name: str, log: list[str], *, flows: bool = False, fails: BaseException | None = None) -> None:
        self.name = name
        self.log = log
        self.flows = flows
        self.fails = fails

    def opened(self, ctx: Context) -> FlowOf[None] | None:
        return self._flow("opened") if self.flows else self._do("opened")

    def closed(self, ctx: Context) -> FlowOf[None] | None:
        return self._flow("closed") if self.flows else self._do("closed")

    def _do(self, what: str) -> None:
        self.log.append(f"{self.name} {what}")
        if self.fails is not None:
            raise self.fails

    def _flow(self, what: str) -> FlowOf[None]:
        yield from sleep(0)
        yield from blocking(lambda: self._do(what))


@pytest.mark.parametrize("flows", [False, True])
def test_those_before_one_that_fails_to_open_are_told_the_end(kind: Kind, server: Server, flows: bool) -> None:
    log: list[str] = []
    plugins = [
        Lives("a", log, flows=flows),
        Lives("b", log),
        Lives("c", log, flows=flows, fails=OSError("no file")),
        Lives("d", log),
    ]
    with pytest.raises(PluginError, match="plugin 'c', hook 'opened': OSError: no file") as caught:
        kind.at(server, plugins=plugins).count()
    assert caught.value.plugin == "c"
    assert log == ["a opened", "b opened", "c opened", "b closed", "a closed"]
    assert server.requests == []


def test_a_client_that_was_not_opened_stays_closed(kind: Kind, server: Server) -> None:
    payments = kind.at(server, plugins=[Lives("a", [], flows=True, fails=OSError("no file"))])
    with pytest.raises(PluginError):
        payments.count()
    with pytest.raises(RuntimeError, match="this client is closed"):
        payments.count()


def test_flows_are_run_before_the_first_call_and_after_the_last(kind: Kind, server: Server) -> None:
    log: list[str] = []
    server.answer(200, EMPTY)
    payments = kind.at(server, plugins=[Lives("a", log, flows=True), Lives("b", log)])
    payments.with_options(timeout=1).count()
    payments.count()
    assert log == ["a opened", "b opened"]
    payments.close()
    payments.close()
    assert log == ["a opened", "b opened", "b closed", "a closed"]


def test_a_flow_may_ask_another_host_when_the_client_is_opened(kind: Kind, server: Server) -> None:
    vault, kept = Server(), []
    vault.answer(200, {"key": "k"})
    server.answer(200, EMPTY)

    def opened(self: Any, ctx: Context) -> FlowOf[None]:
        response = yield Send(Request("GET", f"{vault.url}/key", {}, b"", Call("vault", timeout=5)), direct=True)
        kept.append(response.content)

    def sends(self: Any, ctx: Context) -> FlowOf[None]:
        yield Send(Request("GET", f"{server.url}/x", {}, b"", Call("x")))

    try:
        kind.at(server, plugins=[plugin("x", opened=opened)]).count()
        assert kept == [b'{"key": "k"}']
        with pytest.raises(PluginError, match="it stands around no request"):
            kind.at(server, plugins=[plugin("x", opened=sends)]).count()
    finally:
        vault.close()


def test_what_is_returned_must_be_a_flow(kind: Kind, server: Server) -> None:
    with pytest.raises(PluginError, match=r"plugin 'x', hook 'opened': .*opened is not a flow"):
        kind.at(server, plugins=[plugin("x", opened=lambda self, ctx: 5)])


def test_tasks_that_begin_together_open_the_client_once(sandbox: Sandbox) -> None:
    log: list[str] = []

    async def main() -> None:
        async with sandbox.async_client(plugins=[Lives("a", log, flows=True)]) as payments:
            await asyncio.gather(*(payments.count() for _ in range(5)))

    asyncio.run(main())
    assert log == ["a opened", "a closed"]


class Slow(Plugin):
    """A flow that writes down when it is over, and how it is told of the end."""

    name = "slow"

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def layers(self, ctx: Context) -> list[Layer]:
        def flow(request: Request) -> Flow:
            response = yield from send(request)
            yield from sleep(0.05)
            self.log.append("call over")
            return response

        return [Layer("slow", Stage.CALL, flow)]

    def closed(self, ctx: Context) -> None:
        self.log.append("closed told")


def test_the_end_is_told_after_the_last_call_of_a_thread(sandbox: Sandbox) -> None:
    log: list[str] = []
    begun = threading.Event()

    def observer(event: Any) -> None:
        begun.set()

    payments = sandbox.client(plugins=[Slow(log), plugin("w", observers=[observer])])
    calls = [threading.Thread(target=payments.count) for _ in range(2)]
    for each in calls:
        each.start()
    begun.wait()
    while len(payments._session.connections._calls) < 2:
        pass
    payments.close()
    for each in calls:
        each.join()
    assert log == ["call over", "call over", "closed told"]


def test_the_end_is_told_after_the_last_call_of_a_task(sandbox: Sandbox) -> None:
    log: list[str] = []

    async def main() -> None:
        payments = sandbox.async_client(plugins=[Slow(log)])
        calls = [asyncio.create_task(payments.count()) for _ in range(2)]
        await asyncio.sleep(0.01)
        await payments.close()
        await asyncio.gather(*calls)

    asyncio.run(main())
    assert log == ["call over", "call over", "closed told"]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), OSError("x")])
@pytest.mark.parametrize("flows", [False, True])
def test_every_plugin_is_told_the_end_whatever_one_raises(
    kind: Kind, server: Server, error: BaseException, flows: bool
) -> None:
    log: list[str] = []
    closing = Lives("b", log, flows=flows)
    payments = kind.at(server, plugins=[Lives("a", log), closing, Lives("c", log)])
    if flows:
        server.answer(200, EMPTY)
        payments.count()
    closing.fails = error
    if isinstance(error, Exception):
        payments.close()
    else:
        with pytest.raises(type(error)):
            payments.close()
    assert log[-3:] == ["c closed", "b closed", "a closed"]


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError(), OSError("x"), GeneratorExit()])
def test_an_observer_breaks_nothing_whatever_it_raises(
    kind: Kind, server: Server, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(event: Any) -> None:
        raise error

    told: list[Any] = []
    server.answer(200, EMPTY)
    payments = kind.at(server, plugins=[plugin("a", observers=[fails]), watcher(told)])
    assert payments.count() == payments.count() == 0
    assert len(told) == 12
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "an observer failed, and goes on being told: plugin 'a', hook 'observers'"
    ]


@pytest.mark.parametrize("fails", [None, OSError("no file")])
def test_first_calls_at_the_same_time_wait_for_one_opening(server: Server, fails: OSError | None) -> None:
    log: list[str] = []
    server.answer(200, EMPTY)

    async def both() -> list[Any]:
        plugins = [Lives("a", log, flows=True, fails=fails)]
        payments = AsyncKlarnaPayments(base_url=server.url, auth=AccessToken("t"), plugins=plugins)
        found = await asyncio.gather(payments.count(), payments.count(), return_exceptions=True)
        await payments.close()
        return [*found]

    found = asyncio.run(both())
    assert log == (["a opened"] if fails else ["a opened", "a closed"])
    if fails is None:
        assert found == [0, 0]
    else:
        assert [type(each) for each in found] == [PluginError, RuntimeError]
        assert "a plugin failed when it was opened; make another" in str(found[1])
