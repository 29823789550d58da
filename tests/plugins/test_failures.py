"""A plugin that fails, at every hook and every effect: no doubled create, no doubt that is hidden, no missing name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from commercelayer_klarna import (
    AmbiguousWriteError,
    APIConnectionError,
    ClientCredentials,
    CommerceLayerError,
    ValidationError,
)
from commercelayer_klarna.plugins import (
    Accessor,
    Flow,
    FlowOf,
    Interceptor,
    Lock,
    MediaCodec,
    MetadataCodec,
    Operation,
    OperationFlow,
    Plugin,
    PluginError,
    Request,
    Response,
    Send,
    Stage,
    blocking,
    exclusively,
    plugin_of,
    proceed,
    send,
    sleep,
)
from commercelayer_klarna.plugins.hookspecs import HOOKS
from commercelayer_klarna.plugins.jsonapi import MEDIA_TYPE
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.plugins import around, layer, plugin
from support.server import Server
from support.virtual_time import FakeTime


def on_writes(fails: Callable[[], Any]) -> Callable[[Request], Flow]:
    """A flow that fails after the answer to a write."""

    def flow(request: Request) -> Flow:
        response = yield from send(request)
        if request.method != "GET":
            fails()
        return response

    return flow


def disk_full() -> None:
    raise OSError("disk full")


def says_nothing_was_sent() -> None:
    raise APIConnectionError("the circuit is open", sent=False)


def refuses() -> None:
    raise ValidationError("not with me", status_code=422)


def returns_nothing(request: Request) -> Flow:
    response = yield from send(request)
    return response if request.method == "GET" else None  # type: ignore[return-value]


class OnResponse(Interceptor):
    def on_response(self, request: Request, response: Response) -> Response:
        return disk_full() if request.method == "POST" else response  # type: ignore[func-returns-value, return-value]


def on_document(document: Any, call: Any) -> Any:
    return disk_full() if call.operation == "klarna_payments.create" else document


def no_document(document: Any, call: Any) -> Any:
    return None if call.operation == "klarna_payments.create" else document


def after_the_operation(operation: Operation) -> OperationFlow:
    yield from proceed()
    if operation.name == "klarna_payments.create":
        yield from blocking(disk_full)


FAILING_AFTER = {
    "a layer raises": layer(on_writes(disk_full)),
    "a layer next to the network raises": layer(on_writes(disk_full), Stage.WIRE),
    "a layer raises an error of ours": layer(on_writes(refuses)),
    "a layer says that nothing was sent": layer(on_writes(says_nothing_was_sent)),
    "a layer returns nothing": layer(returns_nothing),
    "an interceptor raises": plugin("x", interceptors=[OnResponse()]),
    "a transform raises": plugin("x", document_transforms=[on_document]),
    "a transform returns nothing": plugin("x", document_transforms=[no_document]),
    "a layer around the operation raises": around(after_the_operation),
}


@pytest.mark.parametrize("how", FAILING_AFTER)
def test_a_plugin_that_fails_after_a_create_leaves_the_doubt_and_the_id(kind: Kind, sandbox: Sandbox, how: str) -> None:
    time = FakeTime()
    payments = kind.on(sandbox, plugins=[FAILING_AFTER[how]], timing=time.timing)
    with pytest.raises(AmbiguousWriteError) as caught:
        payments.create(order=sandbox.order_ids[0], reference="r")
    error = caught.value
    (payment,) = kind.on(sandbox).list()
    assert error.candidates == (payment.id,)
    assert error.plugin == "x"
    assert error.order == sandbox.order_ids[0]
    assert error.reference == "r"
    assert f"it made {payment.id}, but a plugin failed" in str(error)
    assert "plugin 'x', hook" in str(error)
    assert time.sleeps == []  # the answer told, so nothing is read back


def test_a_plugin_that_hides_the_answer_leaves_the_id_that_is_read_back(kind: Kind) -> None:
    time = FakeTime()
    sandbox = Sandbox(clock=time.timing.now)

    def fails_on_loss(request: Request) -> Flow:
        try:
            return (yield from send(request))
        except APIConnectionError:
            raise OSError("disk full") from None

    payments = kind.on(sandbox, plugins=[layer(fails_on_loss)], timing=time.timing)
    sandbox.fail_next(kind="drop", method="POST", path="/api/klarna_payments", when="after")
    with pytest.raises(AmbiguousWriteError, match="plugin 'x', hook 'layers'") as caught:
        payments.create(order=sandbox.order_ids[0])
    assert caught.value.candidates == (payments.list().one().id,)
    assert caught.value.plugin == "x"


@pytest.mark.parametrize("how", FAILING_AFTER)
def test_a_plugin_that_fails_after_another_write_says_that_it_was_done(kind: Kind, sandbox: Sandbox, how: str) -> None:
    if how in {"an interceptor raises", "a transform raises", "a transform returns nothing"}:
        pytest.skip("these fail at creates alone")
    payment = kind.on(sandbox).create(order=sandbox.order_ids[0])
    failing = FAILING_AFTER[how] if "operation" not in how else around(_always)
    payments = kind.on(sandbox, plugins=[failing])
    for write in (lambda: payments.update(payment.id, reference="new"), lambda: payments.delete(payment.id)):
        with pytest.raises(CommerceLayerError) as caught:
            write()
        error = caught.value
        told = " ".join([str(error), *getattr(error, "__notes__", ())])
        assert "was carried out before that; it was not sent again" in told
        assert plugin_of(error) == "x"
        assert "plugin 'x', hook 'layers'" in told
        if isinstance(error, PluginError):
            assert error.may_be_done
            assert error.__cause__ is not None
        elif isinstance(error, APIConnectionError):
            assert error.sent
    assert kind.on(sandbox).count() == 0
    assert [each.status for each in sandbox.requests if each.method == "PATCH"] == [200]


def _always(operation: Operation) -> OperationFlow:
    yield from proceed()
    disk_full()


def test_a_plugin_that_fails_after_a_refusal_is_in_no_doubt(kind: Kind, server: Server) -> None:
    server.answer(422, {"errors": [{"title": "no"}]})
    time = FakeTime()
    with pytest.raises(OSError, match="disk full") as caught:
        kind.at(server, plugins=[layer(on_writes(disk_full))], timing=time.timing).create(order="o")
    assert caught.value.__notes__ == ["raised in plugin 'x', hook 'layers'"]
    assert time.sleeps == []


def test_what_a_plugin_sends_elsewhere_says_nothing_of_the_create(kind: Kind, server: Server) -> None:
    vault = Server()
    vault.answer(200, {})

    def asks(request: Request) -> Flow:
        yield Send(Request("POST", f"{vault.url}/x", {}, b"{}", request.call), direct=True)
        disk_full()
        return (yield from send(request))

    try:
        with pytest.raises(OSError, match="disk full"):
            kind.at(server, plugins=[layer(asks)]).create(order="o")
        assert len(vault.requests) == 1
    finally:
        vault.close()


# ---- The matrix ----------------------------------------------------------------------------------------------------


class MineError(Exception):
    """What the plugin of the matrix raises."""


def fail(*_: Any) -> Any:
    raise MineError("of the plugin")


def _flow(before: Callable[[Request], Any] | None, after: Callable[[Request], Any] | None) -> Any:
    def flow(request: Request) -> Flow:
        if before is not None:
            yield from before(request)
        response = yield from send(request)
        if after is not None:
            yield from after(request)
        return response

    return flow


def _raises(_: object) -> FlowOf[Any]:
    fail()
    yield from sleep(0)


def _blocks(_: object) -> Any:
    yield from blocking(fail)


def _sleeps_badly(_: object) -> Any:
    yield from sleep(float("nan"))


def _yields_garbage(_: object) -> Any:
    yield object()


def _locks(request: Request) -> Any:
    yield from exclusively(Lock(), lambda: _raises(request), request.call)


def _sends_direct_to_nowhere(request: Request) -> Any:
    yield Send(Request("GET", "http://127.0.0.1:9/nobody", {}, b"", request.call), direct=True)


def _sends_elsewhere(request: Request) -> Any:
    yield Send(Request("GET", "http://elsewhere.example/x", {}, b"", request.call))


EFFECTS = {
    "raises": _raises,
    "blocks": _blocks,
    "sleeps badly": _sleeps_badly,
    "yields garbage": _yields_garbage,
    "fails under a lock": _locks,
    "reaches nobody": _sends_direct_to_nowhere,
    "sends elsewhere": _sends_elsewhere,
}


class FailsOnRequest(Interceptor):
    def on_request(self, request: Request) -> Request:
        return fail()  # type: ignore[no-any-return]


class FailsOnResponse(Interceptor):
    def on_response(self, request: Request, response: Response) -> Response:
        return fail()  # type: ignore[no-any-return]


class FailsToBeMade(Accessor):
    def __init__(self, resource: Any) -> None:
        fail()


def no_generator(request: Any) -> Any:
    return None


def _whole(before: Any, after: Any) -> Any:
    def flow(operation: Operation) -> OperationFlow:
        if before is not None:
            yield from before(operation)
        yield from proceed()
        if after is not None:
            yield from after(operation)

    return flow


def matrix() -> dict[str, Plugin]:
    plugins: dict[str, Plugin] = {}
    for stage in (each for each in Stage if each is not Stage.OPERATION):
        for effect, do in EFFECTS.items():
            plugins[f"{stage.name} {effect} before"] = layer(_flow(do, None), stage)
            plugins[f"{stage.name} {effect} after"] = layer(_flow(None, do), stage)
        plugins[f"{stage.name} is no flow"] = layer(no_generator, stage)
        plugins[f"{stage.name} fails to begin"] = layer(fail, stage)
    for effect in ("raises", "blocks", "sleeps badly", "yields garbage"):
        plugins[f"OPERATION {effect} before"] = around(_whole(EFFECTS[effect], None))
        plugins[f"OPERATION {effect} after"] = around(_whole(None, EFFECTS[effect]))
    plugins["OPERATION is no flow"] = around(no_generator)
    plugins["auth_provider before"] = plugin("x", auth_provider=lambda self, ctx: _flow(_raises, None))
    plugins["auth_provider after"] = plugin("x", auth_provider=lambda self, ctx: _flow(None, _raises))
    plugins["on_request"] = plugin("x", interceptors=[FailsOnRequest()])
    plugins["on_response"] = plugin("x", interceptors=[FailsOnResponse()])
    plugins["document_transforms"] = plugin("x", document_transforms=[fail])
    plugins["loads"] = plugin(
        "x", media_codecs={MEDIA_TYPE: MediaCodec(fail, lambda value: json.dumps(value).encode())}
    )
    plugins["dumps"] = plugin("x", media_codecs={MEDIA_TYPE: MediaCodec(json.loads, fail)})
    plugins["metadata_codecs"] = plugin("x", metadata_codecs=[MetadataCodec("k", fail, fail)])
    plugins["retry_classifiers"] = plugin("x", retry_classifiers=[fail])
    plugins["error_mappers"] = plugin("x", error_mappers=[fail])
    plugins["observers"] = plugin("x", observers=[fail])
    plugins["accessors"] = plugin("x", resource_accessors={("*", "x"): FailsToBeMade})
    for hook in HOOKS:
        plugins[f"{hook} when it is called"] = plugin("x", **{hook: lambda self, ctx: fail()})
    for effect in ("raises", "blocks", "sleeps badly", "yields garbage"):
        plugins[f"opened {effect}"] = plugin("x", opened=lambda self, ctx, effect=effect: EFFECTS[effect](None))
        plugins[f"closed {effect}"] = plugin("x", closed=lambda self, ctx, effect=effect: EFFECTS[effect](None))
    return plugins


MATRIX = matrix()
# What is told of failures alone, what breaks nothing whatever it does, and what nobody touches here.
HARMLESS = {"retry_classifiers", "error_mappers", "observers", "accessors"}


# All of them take two minutes, so each run takes some, which are of every sort.
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
CHOSEN = list(MATRIX) if NIGHTLY else list(MATRIX)[3::31]


def failure(what: str, client: Callable[[], Any], order: str, payment: str) -> Exception | None:
    try:
        payments = client()
        if what == "create":
            payments.create(order=order, metadata={"k": 1})
        elif what == "update":
            payments.update(payment, metadata={"k": 2})
        else:
            list(payments.list())
        payments.close()
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("fault", [None, 503] if NIGHTLY else [None])
@pytest.mark.parametrize("name", CHOSEN)
def test_a_plugin_may_fail_anywhere(kind: Kind, name: str, fault: int | None) -> None:
    """Under a create, an update, a list and a request for a token: no doubled create, and every error is known."""
    time = FakeTime()
    failed = False
    for what in ("create", "update", "list", "token"):
        sandbox = Sandbox(clock=time.timing.now)
        sandbox.fail_next(kind="drop", path="/nobody", times=1000)  # else it answers to any host
        first = kind.on(sandbox, timing=time.timing).create(order=sandbox.order_ids[0], metadata={"k": 1})
        client = partial(kind.on, sandbox, plugins=[MATRIX[name]], timing=time.timing)
        if fault is not None:
            sandbox.fail_next(fault, path="/oauth/token" if what == "token" else "/api/klarna_payments")
        error = failure(what, client, sandbox.order_ids[1], first.id)
        created = [each.status for each in sandbox.requests if each.method == "POST"].count(201) - 1
        assert created <= 1
        if error is None:
            continue
        failed = True
        told = " ".join([str(error), *getattr(error, "__notes__", ())])
        is_named = "plugin 'x', hook" in told
        assert isinstance(error, CommerceLayerError) or is_named, (what, error)
        assert is_named or fault is not None or name.partition(" ")[2].startswith("reaches nobody"), (what, told)
        if created:
            assert isinstance(error, AmbiguousWriteError)
    assert failed or name in HARMLESS or name.startswith("closed ")


def test_a_plugin_may_fail_while_a_token_is_fetched(kind: Kind, server: Server) -> None:
    tokens = Server()
    tokens.answer(500)
    try:
        auth = ClientCredentials(client_id="i", client_secret="s", auth_url=f"{tokens.url}/token")
        for failing in (plugin("x", observers=[fail]), layer(_flow(None, _raises), Stage.AUTH, name="x")):
            with pytest.raises(CommerceLayerError):
                kind.at(server, auth=auth, plugins=[failing], timing=FakeTime().timing).create(order="o")
        assert server.requests == []
    finally:
        tokens.close()
