"""The chain is never left: locks, waits, work of one's own and other hosts, in flows of plugins."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from commercelayer_klarna import APITimeoutError, CommerceLayerError, RetryPolicy
from commercelayer_klarna.plugins import (
    Flow,
    FlowOf,
    Layer,
    Lock,
    Plugin,
    PluginError,
    Request,
    Response,
    Send,
    Stage,
    blocking,
    exclusively,
    hookimpl,
    send,
    sleep,
)
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.plugins import layer, plugin
from support.server import Server
from support.virtual_time import FakeTime

EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}


def posts(sandbox: Sandbox) -> list[int | None]:
    return [each.status for each in sandbox.requests if each.method == "POST" and each.path != "/oauth/token"]


def refusing(request: Request) -> Flow:
    if request.method != "GET":
        raise CommerceLayerError("dry run")
    return (yield from send(request))


@pytest.mark.parametrize("stage", [each for each in Stage if each is not Stage.OPERATION])
def test_what_is_sent_under_a_lock_passes_the_rest_of_the_chain(kind: Kind, server: Server, stage: Stage) -> None:
    lock, attempts = Lock(), []

    def serial(request: Request) -> Flow:
        response = yield from exclusively(lock, lambda: send(request), request.call)
        attempts.append(request.call.attempts)
        return response

    server.answer(503)
    server.answer(200, EMPTY)
    assert kind.at(server, plugins=[layer(serial, stage)]).count() == 0
    assert [each.headers.get("authorization") for each in server.requests] == ["Bearer token-of-the-tests"] * 2
    assert attempts == ([2] if stage is Stage.CALL else [1, 2])


@pytest.mark.parametrize("stage", [Stage.CALL, Stage.AUTH])
def test_a_lock_does_not_lead_past_a_dry_run(kind: Kind, sandbox: Sandbox, stage: Stage) -> None:
    lock = Lock()

    def serial(request: Request) -> Flow:
        def twice() -> Flow:
            return (yield from exclusively(Lock(), lambda: send(request), request.call))

        return (yield from exclusively(lock, twice, request.call))

    payments = kind.on(sandbox, plugins=[layer(serial, stage, "z-serial"), layer(refusing, Stage.LIMIT, "dry")])
    with pytest.raises(CommerceLayerError, match="dry run") as caught:
        payments.create(order=sandbox.order_ids[0])
    assert caught.value.__notes__ == ["raised in plugin 'dry', hook 'layers'"]
    assert posts(sandbox) == []
    assert lock.of_threads._lock.acquire(blocking=False)  # given back
    assert not lock.of_tasks._locks


def test_a_lock_lets_one_in_at_a_time(sandbox: Sandbox) -> None:
    lock, inside, most = Lock(), [0], [0]

    def serial(request: Request) -> Flow:
        def alone() -> Flow:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            yield from sleep(0.005)
            response = yield from send(request)
            inside[0] -= 1
            return response

        return (yield from exclusively(lock, alone, request.call))

    with sandbox.client(plugins=[layer(serial)]) as payments:
        threads = [threading.Thread(target=payments.count) for _ in range(5)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    async def main() -> None:
        async with sandbox.async_client(plugins=[layer(serial)]) as payments:
            await asyncio.gather(*(payments.count() for _ in range(5)))

    asyncio.run(main())
    assert most == [1]


def test_a_wait_ends_at_the_deadline(kind: Kind, server: Server) -> None:
    time, released = FakeTime(), []

    def waits(request: Request) -> Flow:
        try:
            yield from sleep(2)
        finally:
            released.append(True)
        return (yield from send(request))

    payments = kind.at(server, plugins=[layer(waits, Stage.LIMIT)], deadline=0.5, timing=time.timing)
    with pytest.raises(APITimeoutError, match="the deadline of the call was over while plugin 'x', hook") as caught:
        payments.count()
    assert time.sleeps == [pytest.approx(0.5)]
    assert not caught.value.sent
    assert released == [True]
    assert server.requests == []
    with pytest.raises(APITimeoutError):  # a create that was certainly not sent is not looked for
        payments.create(order="o")
    assert server.requests == []


def test_a_wait_within_the_deadline_is_whole(kind: Kind, server: Server) -> None:
    time = FakeTime()

    def waits(request: Request) -> Flow:
        yield from sleep(0.25)
        yield from sleep(0)
        return (yield from send(request))

    server.answer(200, EMPTY)
    kind.at(server, plugins=[layer(waits)], deadline=0.5, timing=time.timing).count()
    assert time.sleeps == [0.25, 0]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "1", None])
def test_a_wait_that_makes_no_sense_is_refused(kind: Kind, server: Server, seconds: Any) -> None:
    def waits(request: Request) -> Flow:
        yield from sleep(seconds)
        return (yield from send(request))

    with pytest.raises(ValueError, match=r"sleep\(.*\) is not a number of seconds, 0 or more") as caught:
        kind.at(server, plugins=[layer(waits)]).count()
    assert caught.value.__notes__ == ["raised in plugin 'x', hook 'layers'"]
    assert server.requests == []


@pytest.mark.parametrize("name", ["retry", "auth", "interceptors"])
def test_a_layer_takes_a_built_in_one_away_by_its_plugins_name_alone(kind: Kind, server: Server, name: str) -> None:
    other = plugin("other", layers=[Layer(name, Stage.CALL, send)])
    with pytest.raises(PluginError, match=f"'other', hook 'layers': claims the layer '{name}', which plugin") as caught:
        kind.at(server, plugins=[other])
    assert "give yours another name; only a plugin that is itself called" in str(caught.value)
    assert caught.value.plugin == "other"


def test_a_plugin_of_its_name_replaces_the_built_in_layer(kind: Kind, server: Server) -> None:
    server.answer(503)
    with pytest.raises(CommerceLayerError):
        kind.at(server, plugins=[layer(send, Stage.RETRY, "retry")]).count()
    assert len(server.requests) == 1


# ---- Errors name the plugin ----------------------------------------------------------------------------------------


def raising() -> FlowOf[Response]:
    raise OSError("mine")
    yield  # type: ignore[unreachable]


def under_a_lock(request: Request) -> Flow:
    return (yield from exclusively(Lock(), raising, request.call))


def while_a_lock_is_taken(request: Request) -> Flow:
    return (yield from exclusively(Lock(), lambda: 1 / 0, request.call))  # type: ignore[arg-type, return-value]


def no_flow_under_a_lock(request: Request) -> Flow:
    return (yield from exclusively(Lock(), lambda: None, request.call))  # type: ignore[arg-type, return-value]


def garbage(request: Request) -> Flow:
    yield None  # type: ignore[misc]
    return (yield from send(request))


def sends_garbage(request: Request) -> Flow:
    return (yield from send(5))  # type: ignore[arg-type]


def plain(request: Request) -> Flow:
    return Response(200, {}, b"{}")  # type: ignore[return-value]  # forgot that a flow is a generator


def fails_before_it_begins(request: Request) -> Flow:
    raise OSError("mine")


def own_work_fails(request: Request) -> Flow:
    yield from blocking(lambda: 1 / 0)
    return (yield from send(request))


def own_work_ends_an_iterator(request: Request) -> Flow:
    yield from blocking(lambda: next(iter(())))
    return (yield from send(request))


def returns_rubbish(request: Request) -> Flow:
    yield from sleep(0)
    return {}  # type: ignore[return-value]


MISTAKES: list[tuple[Callable[[Request], Flow], type[Exception], str]] = [
    (under_a_lock, OSError, "mine"),
    (while_a_lock_is_taken, ZeroDivisionError, ""),
    (no_flow_under_a_lock, PluginError, "what exclusively() is given is not a flow: it must be a generator function"),
    (garbage, PluginError, "a flow yielded None: use `yield from send(request)`"),
    (sends_garbage, PluginError, "a flow yielded 5: use `yield from send(request)`"),
    (plain, PluginError, "the layer 'x' is not a flow: it must be a generator function, with `yield from send(request"),
    (fails_before_it_begins, OSError, "mine"),
    (own_work_fails, ZeroDivisionError, "division by zero"),
    (own_work_ends_an_iterator, RuntimeError, "the function raised StopIteration"),
    (returns_rubbish, PluginError, "the layer 'x' returned {}: return a response"),
]


@pytest.mark.parametrize(("flow", "error", "message"), MISTAKES, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("stage", [Stage.CALL, Stage.WIRE])
def test_a_mistake_in_a_flow_names_its_plugin(
    kind: Kind, server: Server, flow: Callable[[Request], Flow], error: type[Exception], message: str, stage: Stage
) -> None:
    server.answer(200, EMPTY)
    with pytest.raises(error) as caught:
        kind.at(server, plugins=[layer(flow, stage)]).count()
    assert message in str(caught.value)
    named = isinstance(caught.value, PluginError) and caught.value.plugin == "x" and caught.value.hook == "layers"
    assert named or caught.value.__notes__ == ["raised in plugin 'x', hook 'layers'"]
    assert server.requests == []


def test_an_auth_provider_that_is_no_flow_is_named(kind: Kind, server: Server) -> None:
    with pytest.raises(PluginError, match="plugin 'x', hook 'auth_provider': the layer 'auth' is not a flow"):
        kind.at(server, plugins=[plugin("x", auth_provider=lambda self, ctx: plain)]).count()


# ---- Other hosts ---------------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere() -> Any:
    server = Server()
    server.answer(200, {})
    yield server
    server.close()


@pytest.mark.parametrize("stage", [Stage.CALL, Stage.ATTEMPT])
def test_another_host_is_reached_past_the_chain_and_without_the_token(
    kind: Kind, server: Server, elsewhere: Server, stage: Stage
) -> None:
    def asks(request: Request) -> Flow:
        own = Request("GET", f"{elsewhere.url}/x", {"X-Own": "1"}, b"", request.call.aside("vault"))
        yield Send(own, direct=True)
        return (yield from send(request))

    server.answer(200, EMPTY)
    kind.at(server, plugins=[layer(asks, stage)]).count()
    assert [(each.target, "authorization" in each.headers) for each in elsewhere.requests] == [("/api/x", False)]
    assert elsewhere.requests[0].headers["x-own"] == "1"
    assert len(server.requests) == 1


class Around(Plugin):
    """Has two layers: one that stands around what goes past the chain too, and one within it that does not."""

    name = "around"

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    @hookimpl
    def layers(self, ctx: Any) -> Any:
        return [Layer("all", Stage.LIMIT, self.flow("all"), direct=True), Layer("rest", Stage.WIRE, self.flow("rest"))]

    def flow(self, name: str) -> Callable[[Request], Flow]:
        def flow(request: Request) -> Flow:
            self.seen.append((name, request.path))
            return (yield from send(request))

        return flow


def test_a_layer_may_stand_around_what_goes_past_the_chain(kind: Kind) -> None:
    around, api = Around(), "/api/klarna_payments"
    kind.on(Sandbox(), plugins=[around]).count()
    assert around.seen == [("all", "/oauth/token"), ("all", api), ("rest", api)]


def through_the_chain(request: Request, url: str) -> Send:
    return Send(Request("GET", url, {}, b"", request.call))


def with_another_address(request: Request, url: str) -> Send:
    request.url = url
    return Send(request)


def evolved(request: Request, url: str) -> Send:
    return Send(request.with_(url=url))


def with_the_token(request: Request, url: str) -> Send:
    return Send(Request("GET", url, request.headers.copy(), b"", request.call), direct=True)


@pytest.mark.parametrize(
    ("made", "stage", "message"),
    [
        (through_the_chain, Stage.CALL, "is another host than the API's: send with"),
        (through_the_chain, Stage.WIRE, "is another host than the API's: send with"),
        (with_another_address, Stage.WIRE, "is another host than the API's: send with"),
        (evolved, Stage.CALL, "is another host than the API's: send with"),
        (with_the_token, Stage.ATTEMPT, "carries the token of the API: leave Authorization out"),
    ],
)
def test_a_token_does_not_go_to_another_host(
    kind: Kind, server: Server, elsewhere: Server, made: Callable[[Request, str], Send], stage: Stage, message: str
) -> None:
    def asks(request: Request) -> Flow:
        yield made(request, f"{elsewhere.url}/x")
        return (yield from send(request))

    with pytest.raises(PluginError, match=message) as caught:
        kind.at(server, plugins=[layer(asks, stage)]).count()
    assert caught.value.plugin == "x"
    assert elsewhere.requests == server.requests == []


# ---- Work of one's own ---------------------------------------------------------------------------------------------


def test_own_work_is_done_where_it_does_not_hold_others_up(kind: Kind, server: Server) -> None:
    threads = []

    def work() -> str:
        threads.append(threading.current_thread())
        return "done"

    def works(request: Request) -> Flow:
        assert (yield from blocking(work)) == "done"
        response = yield from send(request)
        assert (yield from blocking(work)) == "done"
        return response

    server.answer(200, EMPTY)
    kind.at(server, plugins=[layer(works)]).count()
    here = threading.current_thread()
    assert [each is here for each in threads] == [kind.name == "sync"] * 2


def test_own_work_is_not_begun_after_the_deadline(kind: Kind, server: Server) -> None:
    time, done = FakeTime(), []

    def works(request: Request) -> Flow:
        time.elapsed += 1
        yield from blocking(lambda: done.append(True))
        return (yield from send(request))

    with pytest.raises(APITimeoutError, match="before plugin 'x', hook 'layers' did its own work"):
        kind.at(server, plugins=[layer(works)], deadline=0.5, timing=time.timing).count()
    assert done == []


def test_own_work_is_not_waited_for_longer_than_the_deadline(sandbox: Sandbox) -> None:
    go_on, cleaned = threading.Event(), []

    def works(request: Request) -> Flow:
        try:
            yield from blocking(go_on.wait)
        finally:
            cleaned.append(True)
        return (yield from send(request))

    async def main() -> None:
        try:
            async with sandbox.async_client(plugins=[layer(works)], deadline=0.5) as payments:
                with pytest.raises(APITimeoutError, match="before plugin 'x', hook 'layers' had done its own work"):
                    await payments.count()
                task = asyncio.create_task(payments.with_options(deadline=None).count())
                await asyncio.sleep(0.01)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
        finally:
            go_on.set()

    asyncio.run(main())
    assert cleaned == [True, True]


def test_a_timeout_of_own_work_is_that_of_the_function(kind: Kind, sandbox: Sandbox) -> None:
    def fails() -> None:
        raise TimeoutError("of redis")

    def works(request: Request) -> Flow:
        yield from blocking(fails)
        return (yield from send(request))

    with pytest.raises(TimeoutError, match="of redis") as caught:
        kind.on(sandbox, plugins=[layer(works)]).count()
    assert caught.value.__notes__ == ["raised in plugin 'x', hook 'layers'"]


def test_own_work_does_not_stop_the_event_loop(sandbox: Sandbox) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def works(request: Request) -> Flow:
        yield from blocking(lambda: (begun.set(), go_on.wait(60)))
        return (yield from send(request))

    async def main() -> None:
        async with sandbox.async_client(plugins=[layer(works)], deadline=None) as payments:
            call = asyncio.create_task(payments.count())
            while not begun.is_set():
                await asyncio.sleep(0.001)
            assert not call.done()
            go_on.set()
            assert await call == 0

    asyncio.run(main())


class Counts(Plugin):
    """Counts the requests that a call says it sent, seen from outside the retries."""

    name = "counts"

    def __init__(self) -> None:
        self.attempts: list[int] = []

    def layers(self, ctx: Any) -> Any:
        def flow(request: Request) -> Flow:
            try:
                return (yield from send(request))
            finally:
                self.attempts.append(request.call.attempts)

        return [Layer("counts", Stage.CALL, flow)]


def test_attempts_count_every_request(kind: Kind, server: Server) -> None:
    def twice(request: Request) -> Flow:
        yield Send(request, direct=True)
        return (yield from exclusively(Lock(), lambda: send(request), request.call))

    counts = Counts()
    server.answer(503)
    server.answer(503)
    server.answer(200, EMPTY)
    payments = kind.at(server, plugins=[counts, layer(twice, Stage.ATTEMPT)], retry=RetryPolicy(attempts=2))
    payments.count()
    assert counts.attempts == [len(server.requests)] == [4]
