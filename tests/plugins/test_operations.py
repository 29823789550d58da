"""The whole operation: what stands around it, what is told of it, and what its calls are for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from commercelayer_klarna import (
    AccessToken,
    AmbiguousWriteError,
    ClientCredentials,
    CommerceLayerError,
    NotFoundError,
    ResponseFormatError,
    ServerError,
)
from commercelayer_klarna.plugins import (
    SECRET_NAMES,
    AttemptStarted,
    CallEnded,
    CallStarted,
    Flow,
    Layer,
    Operation,
    OperationEnded,
    OperationFlow,
    OperationLayer,
    OperationStarted,
    PluginError,
    Purpose,
    Request,
    Response,
    Send,
    Stage,
    Timing,
    blocking,
    proceed,
    redact,
    send,
    sleep,
)
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.plugins import around, layer, plugin, watcher
from support.server import Server
from support.virtual_time import FakeTime

EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}


def in_invented_time() -> tuple[Sandbox, Timing]:
    """A sandbox and the timing of its clients, whose clocks agree: what a create made can be proved."""
    time = FakeTime()
    return Sandbox(clock=time.timing.now), time.timing


def lose_the_next_create(sandbox: Sandbox) -> None:
    sandbox.fail_next(kind="drop", method="POST", path="/api/klarna_payments", when="after")


def ends(told: list[Any]) -> list[tuple[str, str | None, str | None]]:
    """Operations that are over, with the class of the error and the result."""
    found = [each for each in told if isinstance(each, OperationEnded)]
    return [(each.operation, type(each.error).__name__ if each.error else None, each.result) for each in found]


def test_a_lost_create_that_is_found_is_one_operation_that_succeeded(kind: Kind) -> None:
    told: list[Any] = []
    sandbox, timing = in_invented_time()
    payments = kind.on(sandbox, plugins=[watcher(told)], timing=timing)
    lose_the_next_create(sandbox)
    payment = payments.create(order=sandbox.order_ids[0], reference="r")
    assert ends(told) == [("klarna_payments.create", None, f"klarna_payments/{payment.id}")]
    calls = [each.call for each in told if isinstance(each, CallEnded)]
    assert list(dict.fromkeys((each.operation, each.purpose) for each in calls)) == [
        ("klarna_payments.create", Purpose.ASKED),
        ("klarna_payments.create.read_back", Purpose.READ_BACK),
        ("klarna_payments.retrieve", Purpose.RESULT),
    ]
    (started,) = [each for each in told if isinstance(each, OperationStarted)]
    assert {each.parent for each in calls} == {started.parent}
    assert len({each.id for each in calls} | {started.parent.id}) == len(calls) + 1
    assert told[0] is started
    assert isinstance(told[-1], OperationEnded)


def test_a_create_that_stays_in_doubt_ends_in_what_the_caller_gets(kind: Kind, server: Server) -> None:
    told: list[Any] = []
    server.answer(503)
    with pytest.raises(AmbiguousWriteError) as caught:
        kind.at(server, plugins=[watcher(told)], timing=FakeTime().timing).create(order="o")
    (ended,) = [each for each in told if isinstance(each, OperationEnded)]
    assert ended.error is caught.value
    assert ended.result is None
    assert ended.elapsed > 0


def html(request: Request) -> Flow:
    return Response(200, {}, b"<html>")
    yield


def fails(*_: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("spoils", "error"),
    [
        (layer(html), ResponseFormatError),
        (plugin("x", document_transforms=[fails]), ZeroDivisionError),
        (plugin("x", document_transforms=[lambda document, call: None]), PluginError),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_operation_that_failed(
    kind: Kind, server: Server, spoils: Any, error: type[Exception]
) -> None:
    told: list[Any] = []
    server.answer(200, EMPTY)
    with pytest.raises(error) as caught:
        kind.at(server, plugins=[spoils, watcher(told)]).count()
    (ended,) = [each for each in told if isinstance(each, OperationEnded)]
    assert ended.error is caught.value


def test_a_merge_is_a_read_before_a_write(kind: Kind, sandbox: Sandbox) -> None:
    told: list[Any] = []
    payments = kind.on(sandbox, plugins=[watcher(told)])
    payment = payments.create(order=sandbox.order_ids[0])
    told.clear()
    payments.merge_metadata(payment.id, {"a": 1})
    assert ends(told) == [("klarna_payments.merge_metadata", None, f"klarna_payments/{payment.id}")]
    calls = [each.call for each in told if isinstance(each, CallStarted)]
    assert [(each.operation, each.purpose) for each in calls] == [
        ("klarna_payments.retrieve", Purpose.READ_BEFORE_WRITE),
        ("klarna_payments.update", Purpose.ASKED),
    ]
    assert calls[0].parent is calls[1].parent


def test_a_cache_can_leave_reads_before_writes_alone(kind: Kind, sandbox: Sandbox) -> None:
    kept: dict[str, Response] = {}

    def cache(request: Request) -> Flow:
        if request.method != "GET" or request.call.purpose is not Purpose.ASKED:
            return (yield from send(request))
        if request.url not in kept:
            kept[request.url] = yield from send(request)
        return kept[request.url]

    mine, other = kind.on(sandbox, plugins=[layer(cache)]), kind.on(sandbox)
    payment = mine.create(order=sandbox.order_ids[0])
    mine.retrieve(payment.id)
    asked = len(sandbox.requests)
    assert mine.retrieve(payment.id).id == payment.id
    assert len(sandbox.requests) == asked
    other.merge_metadata(payment.id, {"theirs": 2})
    assert mine.merge_metadata(payment.id, {"mine": 3}).metadata == {"theirs": 2, "mine": 3}


def test_each_page_is_an_operation(kind: Kind, sandbox: Sandbox) -> None:
    told: list[Any] = []
    payments = kind.on(sandbox, plugins=[watcher(told)])
    for order in sandbox.order_ids:
        payments.create(order=order)
    told.clear()
    assert len(list(payments.list(page_size=2))) == 3
    assert ends(told) == [("klarna_payments.list", None, None)] * 2
    assert {each.call.purpose for each in told if isinstance(each, CallStarted)} == {Purpose.PAGE}


def test_events_of_token_requests_tell_their_host(kind: Kind, server: Server) -> None:
    told: list[Any] = []
    tokens = Server()
    try:
        tokens.answer(200, {"access_token": "t", "token_type": "bearer", "expires_in": 7200})
        server.answer(200, EMPTY)
        auth = ClientCredentials(client_id="i", client_secret="s", auth_url=f"{tokens.url}/token")
        kind.at(server, auth=auth, plugins=[watcher(told)]).count()
    finally:
        tokens.close()
    token, api = [each for each in told if isinstance(each, AttemptStarted)]
    assert token.host == tokens.url.split("/")[2]
    assert api.host == server.url.split("/")[2]
    assert token.call.purpose is Purpose.TOKEN
    assert token.call.parent is api.call.parent
    assert [each.operation for each in (token, api)] == ["token", "klarna_payments.list"]


def test_any_request_may_be_given_a_name(kind: Kind, sandbox: Sandbox) -> None:
    told: list[Any] = []
    payments = kind.on(sandbox, plugins=[watcher(told)])
    payments.request("GET", "klarna_payments", operation="shop.look")
    payments.request("GET", "klarna_payments")
    assert [name for name, _, _ in ends(told)] == ["shop.look", "request"]
    with pytest.raises(ValueError, match="operation='' is not a name"):
        payments.request("GET", "klarna_payments", operation="")


def test_tags_are_told_to_plugins_and_never_sent(kind: Kind, server: Server) -> None:
    seen: list[Any] = []

    def flow(request: Request) -> Flow:
        seen.append(dict(request.call.tags))
        return (yield from send(request))

    def whole(operation: Operation) -> OperationFlow:
        seen.append(dict(operation.tags))
        yield from proceed()

    server.answer(200, EMPTY)
    payments = kind.at(server, plugins=[layer(flow), around(whole, "y")])
    tagged = payments.with_options(tags={"actor": "jane"})
    tagged.count()
    tagged.with_options(tags={"tenant": "north"}, timeout=3).count()
    payments.count()
    both = {"actor": "jane", "tenant": "north"}
    assert seen == [{"actor": "jane"}, {"actor": "jane"}, both, both, {}, {}]
    assert not [each for each in server.requests if "jane" in f"{each.headers}{each.target}{each.body!r}"]
    for tags in ({"actor": 5}, {5: "x"}, "actor", ["actor"]):
        with pytest.raises(TypeError, match=r"tags=.* must be a mapping of strings to strings"):
            payments.with_options(tags=tags)


@pytest.mark.parametrize("organization", ["acme", None])
def test_plugins_know_the_organization(kind: Kind, organization: str | None) -> None:
    told: list[str | None] = []
    seeing = plugin("x", opened=lambda self, ctx: told.append(ctx.organization))
    where = {"base_url": "http://127.0.0.1:9/api"} if organization is None else {"organization": organization}
    kind.client(**where, auth=AccessToken("x"), plugins=[seeing])
    assert told == [organization]


def test_plugins_can_leave_out_what_gives_access() -> None:
    attributes = {"client_token": "planted", "auth_token": "planted", "reference": "r", "metadata": {"token": "mine"}}
    document = {"data": {"type": "klarna_payments", "attributes": attributes}, "included": [{"attributes": attributes}]}
    kept = {"reference": "r", "metadata": {"token": "mine"}}
    assert redact(document) == {
        "data": {"type": "klarna_payments", "attributes": kept},
        "included": [{"attributes": kept}],
    }
    assert document["included"] == [{"attributes": attributes}]
    assert {"client_token", "auth_token"} <= SECRET_NAMES


def test_plugins_keep_what_they_need_of_a_call_and_of_its_operation(kind: Kind, server: Server) -> None:
    seen: list[Any] = []

    def outer(request: Request) -> Flow:
        request.call.state["outer.begun"] = 1
        assert request.call.parent is not None
        assert request.call.parent.state == {"whole.begun": 1}
        return (yield from send(request))

    def inner(request: Request) -> Flow:
        seen.append(request.call.state["outer.begun"])
        return (yield from send(request))

    def whole(operation: Operation) -> OperationFlow:
        operation.state["whole.begun"] = 1
        yield from proceed()
        seen.append(operation.result)

    server.answer(503)
    server.answer(200, EMPTY)
    kind.at(server, plugins=[layer(outer, name="a"), layer(inner, Stage.WIRE, "b"), around(whole, "c")]).count()
    assert seen == [1, 1, 0]


# ---- Layers around operations --------------------------------------------------------------------------------------


def test_layers_stand_around_the_whole_operation_in_their_order(kind: Kind) -> None:
    log: list[str] = []
    sandbox, timing = in_invented_time()

    def whole(name: str) -> Any:
        def flow(operation: Operation) -> OperationFlow:
            log.append(f"{name} in {operation.name}")
            yield from sleep(0)
            assert (yield from blocking(lambda: 1)) == 1
            result: Any = yield from proceed()
            yield from sleep(0)
            log.append(f"{name} out {result.id}")

        return flow

    def each_call(request: Request) -> Flow:
        log.append(request.call.operation.removeprefix("klarna_payments."))
        return (yield from send(request))

    plugins = [around(whole("z"), "z"), around(whole("b"), "b", order=1), around(whole("a"), "a"), layer(each_call)]
    payments = kind.on(sandbox, plugins=plugins, timing=timing)
    lose_the_next_create(sandbox)
    payment = payments.create(order=sandbox.order_ids[0])
    assert list(dict.fromkeys(log)) == [
        *(f"{name} in klarna_payments.create" for name in "azb"),
        *("create", "create.read_back", "retrieve"),
        *(f"{name} out {payment.id}" for name in "bza"),
    ]
    places = {name: place for info in payments.plugins for place, name in info.chain}
    assert [places[name] for name in ("a", "z", "b")] == [1, 2, 3]


def test_an_operation_can_be_refused_before_anything_is_sent(kind: Kind, sandbox: Sandbox) -> None:
    log: list[str] = []

    def outer(operation: Operation) -> OperationFlow:
        try:
            yield from proceed()
        except CommerceLayerError as error:
            log.append(str(error))
            raise

    def refuses(operation: Operation) -> OperationFlow:
        raise CommerceLayerError("not today")
        yield  # type: ignore[unreachable]

    told: list[Any] = []
    payments = kind.on(sandbox, plugins=[around(outer, "a"), around(refuses, "b"), watcher(told)])
    with pytest.raises(CommerceLayerError, match="not today") as caught:
        payments.create(order=sandbox.order_ids[0])
    assert caught.value.__notes__ == ["raised in plugin 'b', hook 'layers'"]
    assert log == ["not today"]
    assert sandbox.requests == []
    assert ends(told) == [("klarna_payments.create", "CommerceLayerError", None)]
    payments.close()  # nothing is under way any more


def test_an_error_goes_through_and_may_be_replaced(kind: Kind, server: Server) -> None:
    class GoneError(CommerceLayerError):
        pass

    def swallows(operation: Operation) -> OperationFlow:
        try:
            yield from proceed()
        except NotFoundError:
            return

    def replaces(operation: Operation) -> OperationFlow:
        try:
            yield from proceed()
        except NotFoundError as error:
            raise GoneError("gone") from error

    server.answer(404)
    with pytest.raises(NotFoundError) as caught:
        kind.at(server, plugins=[around(swallows)]).retrieve("x")
    assert not hasattr(caught.value, "__notes__")
    with pytest.raises(GoneError):
        kind.at(server, plugins=[around(swallows, "a"), around(replaces, "b")]).retrieve("x")


def never(operation: Operation) -> OperationFlow:
    yield from sleep(0)


def twice(operation: Operation) -> OperationFlow:
    yield from proceed()
    yield from proceed()


def sends(operation: Operation) -> OperationFlow:
    from commercelayer_klarna.plugins import Call

    yield Send(Request("GET", "http://127.0.0.1:9/api/x", {}, b"", Call("x")))
    yield from proceed()


def is_no_flow(operation: Operation) -> OperationFlow:
    return None  # type: ignore[return-value]


def yields_garbage(operation: Operation) -> OperationFlow:
    yield 5  # type: ignore[misc]
    yield from proceed()


def proceeds_within_a_call(request: Request) -> Flow:
    yield from proceed()
    return (yield from send(request))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (around(never), "the layer 'x' ended without `yield from proceed()`: raise an error to refuse"),
        (around(twice), "the layer 'x' goes on twice"),
        (around(sends), "it stands around no request: send with `yield Send(request, direct=True)`"),
        (around(is_no_flow), "is not a flow: it must be a generator function"),
        (around(yields_garbage), "a flow yielded 5: use"),
        (layer(proceeds_within_a_call), "a flow yielded Proceed()"),
    ],
)
def test_a_mistake_around_an_operation_names_the_plugin(kind: Kind, server: Server, bad: Any, message: str) -> None:
    server.answer(200, EMPTY)
    payments = kind.at(server, plugins=[bad])
    with pytest.raises(PluginError) as caught:
        payments.count()
    assert message in str(caught.value)
    assert caught.value.plugin == "x"
    payments.close()


def test_the_stage_of_operations_is_for_operation_layers(kind: Kind, server: Server) -> None:
    with pytest.raises(PluginError, match=r"the stage .*OPERATION.*: an OperationLayer stands around"):
        kind.at(server, plugins=[plugin("x", layers=[Layer("x", Stage.OPERATION, send)])])
    layers = [OperationLayer("x", never), Layer("x", Stage.CALL, send)]
    with pytest.raises(PluginError, match="claims the layer 'x', which plugin"):
        kind.at(server, plugins=[plugin("x", layers=layers)])
    assert OperationLayer("x", never).stage is Stage.OPERATION


def test_the_deadline_is_that_of_the_whole_operation(kind: Kind, server: Server) -> None:
    time = FakeTime()

    def waits(operation: Operation) -> OperationFlow:
        assert operation.deadline == 1000.5
        yield from sleep(2)
        yield from proceed()

    with pytest.raises(CommerceLayerError, match=r"klarna_payments.list: the deadline of the call was over while"):
        kind.at(server, plugins=[around(waits)], deadline=0.5, timing=time.timing).count()
    assert time.sleeps == [0.5]


def test_a_cancellation_reaches_what_stands_around_the_operation(sandbox: Sandbox) -> None:
    log: list[str] = []

    def whole(operation: Operation) -> OperationFlow:
        try:
            yield from proceed()
        except BaseException as error:
            log.append(type(error).__name__)
            raise

    def waits(operation: Operation) -> OperationFlow:
        yield from sleep(60)
        yield from proceed()

    async def main() -> None:
        async with sandbox.async_client(plugins=[around(whole, "a"), around(waits, "b")]) as payments:
            task = asyncio.create_task(payments.count())
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert log == ["CancelledError"]


def test_nothing_is_paid_for_operations_that_no_plugin_wants(kind: Kind, server: Server) -> None:
    server.answer(503)
    payments = kind.at(server, retry=None)
    assert not payments._session.wants_operations

    def observer(event: Any) -> None:
        pass

    observer.events = frozenset({CallStarted})  # type: ignore[attr-defined]
    assert not kind.at(server, plugins=[plugin("x", observers=[observer])])._session.wants_operations
    assert kind.at(server, plugins=[watcher([])])._session.wants_operations
    assert kind.at(server, plugins=[around(never)])._session.wants_operations
    with pytest.raises(ServerError):
        payments.count()
