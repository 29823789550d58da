"""Each hook with two plugins and one that does nothing between them, on both clients; and order that is data."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any

import pytest

from commercelayer_klarna import CommerceLayerError, NotFoundError, RetryPolicy
from commercelayer_klarna._pipeline.manager import HOOKS
from commercelayer_klarna.plugins import (
    Accessor,
    Attempt,
    AttemptEnded,
    AttemptStarted,
    AuthProvider,
    Call,
    CallEnded,
    CallStarted,
    Configuration,
    Context,
    DocumentTransform,
    ErrorInfo,
    ErrorMapper,
    Event,
    Flow,
    Interceptor,
    Layer,
    MediaCodec,
    MetadataCodec,
    Observer,
    OperationEnded,
    OperationStarted,
    Plugin,
    PluginError,
    Request,
    Response,
    RetryClassifier,
    Stage,
    hookimpl,
    send,
)
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna_api.api.klarna_payments import update_klarna_payment
from commercelayer_klarna_api.models.klarna_payment_update import KlarnaPaymentUpdate
from commercelayer_klarna_api.models.klarna_payment_update_attributes import KlarnaPaymentUpdateAttributes
from commercelayer_klarna_api.models.klarna_payment_update_document import KlarnaPaymentUpdateDocument
from support.kind import Kind
from support.server import Server

EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}


class Nothing(Plugin):
    """Stands between two others, and contributes nothing."""

    name = "m-nothing"


def two(make: Callable[[str], Plugin]) -> list[Plugin]:
    """The plugins ``a`` and ``z`` with one that does nothing between them, named in a random order."""
    plugins = [make("a"), Nothing(), make("z")]
    random.shuffle(plugins)
    return plugins


class Named(Plugin):
    """A plugin with a name of its own, that writes down what it is told."""

    def __init__(self, name: str, log: list[str] | None = None) -> None:
        self.name = name
        self.log = [] if log is None else log


def test_hook_configuration(kind: Kind, server: Server) -> None:
    class Headers(Named):
        @hookimpl
        def configuration(self, ctx: Context) -> Configuration:
            return Configuration({f"X-{self.name}": "1", "X-Both": self.name})

    server.answer(200, EMPTY)
    payments = kind.at(server, plugins=two(Headers))
    payments.count()
    payments.with_options(headers={"X-Both": "mine"}).count()
    first, second = (request.headers for request in server.requests)
    assert first["x-a"] == "1"
    assert first["x-z"] == "1"
    assert first["x-both"] == "z"
    assert second["x-a"] == "1"
    assert second["x-z"] == "1"
    assert second["x-both"] == "mine"


def test_hook_layers(kind: Kind, server: Server) -> None:
    log: list[str] = []

    class Around(Named):
        @hookimpl
        def layers(self, ctx: Context) -> Iterable[Layer]:
            return [
                Layer(f"{self.name}-call", Stage.CALL, self.flow("call")),
                Layer(f"{self.name}-attempt", Stage.ATTEMPT, self.flow("attempt")),
            ]

        def flow(self, where: str) -> Callable[[Request], Flow]:
            def flow(request: Request) -> Flow:
                log.append(f"{self.name} {where} in")
                response = yield from send(request)
                log.append(f"{self.name} {where} out {response.status_code}")
                return response

            return flow

    server.answer(503)
    server.answer(200, EMPTY)
    kind.at(server, plugins=two(Around)).count()
    attempts = [
        [f"{name} attempt in" for name in "az"] + [f"{name} attempt out {status}" for name in "za"]
        for status in (503, 200)
    ]
    assert log == ["a call in", "z call in", *attempts[0], *attempts[1], "z call out 200", "a call out 200"]


def test_hook_auth_provider(kind: Kind, server: Server) -> None:
    class Badge(Named):
        @hookimpl
        def auth_provider(self, ctx: Context) -> AuthProvider:
            def flow(request: Request) -> Flow:
                request.headers["Authorization"] = f"Badge {self.name}"
                return (yield from send(request))

            return flow

    server.answer(200, EMPTY)
    kind.at(server, plugins=[Badge("a"), Nothing()]).count()  # goes before the built-in one
    kind.at(server, auth=None, plugins=[Badge("a")]).count()
    assert [request.headers["authorization"] for request in server.requests] == ["Badge a"] * 2
    with pytest.raises(PluginError, match=r"plugin 'z', hook 'auth_provider'.*plugin 'a', hook 'auth_provider'"):
        kind.at(server, plugins=two(Badge))


def test_hook_interceptors(kind: Kind, server: Server) -> None:
    class Passes(Named):
        @hookimpl
        def interceptors(self, ctx: Context) -> Iterable[Interceptor]:
            return [Stamp(self.name)]

    class Stamp(Interceptor):
        def __init__(self, name: str) -> None:
            self.name = name

        def on_request(self, request: Request) -> Request:
            request.headers["X-Passed"] = request.headers.get("X-Passed", "") + self.name
            return request

        def on_response(self, request: Request, response: Response) -> Response:
            passed = response.headers.get("x-passed", "") + self.name
            return Response(response.status_code, {"x-passed": passed}, response.content)

    server.answer(404)
    with pytest.raises(NotFoundError) as caught:
        kind.at(server, plugins=two(Passes)).retrieve("x")
    assert server.requests[0].headers["x-passed"] == "az"
    assert caught.value.headers["x-passed"] == "za"


def test_hook_retry_policy(kind: Kind, server: Server) -> None:
    class Patient(Named):
        @hookimpl
        def retry_policy(self, ctx: Context) -> RetryPolicy:
            return RetryPolicy(attempts=2)

    server.answer(503)
    payments = kind.at(server, plugins=[Patient("a"), Nothing()])
    with pytest.raises(CommerceLayerError):
        payments.count()
    assert len(server.requests) == 2
    with pytest.raises(PluginError, match=r"'z', hook 'retry_policy'.*'a', hook 'retry_policy'.*leave one out"):
        kind.at(server, plugins=two(Patient))


def test_hook_retry_classifiers(kind: Kind, server: Server) -> None:
    class Says(Named):
        @hookimpl
        def retry_classifiers(self, ctx: Context) -> Iterable[RetryClassifier]:
            return [self.classify]

        def classify(self, attempt: Attempt) -> bool | None:
            if attempt.response is None or attempt.response.status_code != 418:
                return None
            # The first opinion counts, so what z says is never heard.
            return self.name == "a"

    server.answer(418)
    with pytest.raises(CommerceLayerError):
        kind.at(server, plugins=two(Says)).count()
    assert len(server.requests) == 4
    with pytest.raises(CommerceLayerError):
        kind.at(server, plugins=[Says("z"), Nothing()]).count()
    assert len(server.requests) == 5


def test_hook_error_mappers(kind: Kind, server: Server) -> None:
    class GoneError(CommerceLayerError):
        pass

    class Maps(Named):
        @hookimpl
        def error_mappers(self, ctx: Context) -> Iterable[ErrorMapper]:
            def a_for_410(info: ErrorInfo) -> CommerceLayerError | None:
                return GoneError(f"{self.name}: {info.message}") if info.status_code == 410 else None

            return [a_for_410]

    server.answer(410)
    with pytest.raises(GoneError, match=r"^a: 410 GET klarna_payments/x"):
        kind.at(server, plugins=two(Maps)).retrieve("x")
    server.answer(404)
    kind.at(server, plugins=[Nothing()])
    with pytest.raises(GoneError):
        kind.at(server, plugins=two(Maps)).retrieve("x")
    with pytest.raises(NotFoundError):
        kind.at(server, plugins=two(Maps)).retrieve("x")


def test_hook_document_transforms(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    class Signs(Named):
        @hookimpl
        def document_transforms(self, ctx: Context) -> Iterable[DocumentTransform]:
            def sign(document: Any, call: Call) -> Any:
                attributes = document.json["data"]["attributes"]
                attributes["reference"] = f"{attributes['reference'] or ''}{self.name}"
                # Included by hand: the built-in linking comes afterwards, and finds it.
                document.json["included"] = [{"type": "orders", "id": "o", "attributes": {"number": call.operation}}]
                return document

            return [sign]

    payment_json["relationships"]["order"]["data"] = {"type": "orders", "id": "o"}
    server.answer(200, {"data": payment_json})
    payment = kind.at(server, plugins=two(Signs)).retrieve("x")
    assert payment.reference == "az"
    assert payment.order.number == "klarna_payments.retrieve"


def test_hook_media_codecs(kind: Kind, server: Server) -> None:
    class Speaks(Named):
        @hookimpl
        def media_codecs(self, ctx: Context) -> Mapping[str, MediaCodec]:
            return {f"application/{self.name}": MediaCodec(lambda content: EMPTY, lambda value: b"")}

    for name in "az":
        server.answer(200, b"not json", {"Content-Type": f"Application/{name}; charset=utf-8"})
        assert kind.at(server, plugins=two(Speaks)).count() == 0
        server.requests.clear()

    class Same(Named):
        @hookimpl
        def media_codecs(self, ctx: Context) -> Mapping[str, MediaCodec]:
            return {"application/vnd.api+json": MediaCodec(lambda content: EMPTY, lambda value: b"{}")}

    with pytest.raises(PluginError, match=r"'application/vnd[.]api[+]json', which plugin 'a'"):
        kind.at(server, plugins=two(Same))
    assert kind.at(server, plugins=[Same("a")]).count() == 0


def test_hook_resource_accessors(payments: Any, kind: Kind, sandbox: Sandbox) -> None:
    class Label(Accessor):
        @property
        def text(self) -> str:
            return f"{self.resource.type} {self.resource.id}"

    class Labels(Named):
        @hookimpl
        def resource_accessors(self, ctx: Context) -> Mapping[tuple[str, str], type[Accessor]]:
            return {("klarna_payments" if self.name == "a" else "*", self.name): Label}

    payments = kind.on(sandbox, plugins=two(Labels))
    payment = payments.create(order=sandbox.order_ids[0], include=["order"])
    assert payment.ext.a.text == payment.ext.z.text == f"klarna_payments {payment.id}"
    assert payment.ext.a is payment.ext.a
    assert payment.accessor(Label) is payment.ext.a
    assert payment.order.ext.z.text == f"orders {payment.order.id}"
    assert list(payment.order.ext) == ["metadata", "money", "z"]
    with pytest.raises(AttributeError, match=r"no active plugin adds 'a' to orders .there are: metadata, money, z."):
        payment.order.ext.a  # noqa: B018
    with pytest.raises(LookupError, match="adds Label to klarna_payments"):
        kind.on(sandbox).retrieve(payment.id).accessor(Label)

    class Other(Labels):
        @hookimpl
        def resource_accessors(self, ctx: Context) -> Mapping[tuple[str, str], type[Accessor]]:
            return {("*", "same"): Label}

    with pytest.raises(PluginError, match=r"\('\*', 'same'\), which plugin 'a'"):
        kind.on(sandbox, plugins=two(Other))


def test_hook_metadata_codecs(kind: Kind, sandbox: Sandbox) -> None:
    class Codecs(Named):
        @hookimpl
        def metadata_codecs(self, ctx: Context) -> Iterable[MetadataCodec]:
            return [MetadataCodec(f"{self.name}.*", lambda value: [self.name, value], itemgetter(1))]

    payments = kind.on(sandbox, plugins=two(Codecs))
    payment = payments.create(order=sandbox.order_ids[0], metadata={"a.x": 1, "z.x": 2, "plain": 3})
    assert payment.metadata == {"a.x": ["a", 1], "z.x": ["z", 2], "plain": 3}
    assert dict(payment.ext.metadata) == {"a.x": 1, "z.x": 2, "plain": 3}


def test_hook_observers(kind: Kind, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    told: list[tuple[str, Event]] = []

    class Watches(Named):
        @hookimpl
        def observers(self, ctx: Context) -> Iterable[Observer]:
            def watch(event: Event) -> None:
                told.append((self.name, event))
                raise ZeroDivisionError(self.name)

            return [watch]

    server.answer(200, EMPTY)
    payments = kind.at(server, plugins=two(Watches))
    payments.count()
    payments.count()
    assert [name for name, _ in told[:4]] == ["a", "z", "a", "z"]
    events = [event for name, event in told if name == "a"][:6]
    assert [type(event) for event in events] == [
        OperationStarted,
        CallStarted,
        AttemptStarted,
        AttemptEnded,
        CallEnded,
        OperationEnded,
    ]
    ended = events[3]
    assert isinstance(ended, AttemptEnded)
    assert ended.operation == "klarna_payments.list"
    assert ended.method == "GET"
    assert ended.path == "/api/klarna_payments"
    assert ended.number == 1
    assert ended.status_code == 200
    assert ended.error is None
    # Each plugin is complained of once, not with every event.
    assert [record.name for record in caplog.records].count("commercelayer_klarna.plugins") == 2


def test_hook_opened(kind: Kind, server: Server) -> None:
    log: list[str] = []

    class Opens(Named):
        @hookimpl
        def opened(self, ctx: Context) -> None:
            log.append(f"{self.name} {ctx.base_url} {ctx.is_async}")

    kind.at(server, plugins=two(Opens))
    assert log == [f"{name} {server.url} {kind.name == 'async'}" for name in "az"]

    class Fails(Named):
        @hookimpl
        def opened(self, ctx: Context) -> None:
            raise OSError("no file")

    with pytest.raises(PluginError, match="plugin 'a', hook 'opened': OSError: no file"):
        kind.at(server, plugins=[Fails("a")])


def test_hook_closed(kind: Kind, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    log: list[str] = []

    class Closes(Named):
        @hookimpl
        def closed(self, ctx: Context) -> None:
            log.append(self.name)
            raise OSError(self.name)

    payments = kind.at(server, plugins=two(Closes))
    payments.with_options(timeout=1).close()
    assert log == []
    payments.close()
    payments.close()
    assert log == ["z", "a"]
    assert sum("hook 'closed'" in record.getMessage() for record in caplog.records) == 2


def test_order_never_depends_on_the_order_of_naming(sandbox: Sandbox) -> None:
    class Late(Named):
        order = 5

        @hookimpl
        def layers(self, ctx: Context) -> Iterable[Layer]:
            return [Layer(f"{self.name}-{order}", Stage.LIMIT, pass_on, order) for order in (1, 0)]

    class Early(Late):
        order = -5

    def pass_on(request: Request) -> Flow:
        return (yield from send(request))

    plugins: list[Plugin] = [Late("a"), Early("b"), Late("c"), Nothing()]
    chains = set()
    for shuffled in itertools.permutations(plugins):
        with sandbox.client(plugins=shuffled) as payments:
            places = {place: name for info in payments.plugins for place, name in info.chain}
            chains.add(tuple(places[place] for place in sorted(places)))
            assert [info.name for info in payments.plugins if not info.builtin] == ["b", "m-nothing", "a", "c"]
    assert chains == {("retry", "auth", "a-0", "b-0", "c-0", "a-1", "b-1", "c-1", "interceptors")}


def misbehaves(hook: str) -> Plugin:
    """A plugin whose contribution to a hook raises ``ZeroDivisionError`` when it is used."""

    def fail(*_: Any) -> Any:
        raise ZeroDivisionError

    def failing_flow(request: Request) -> Flow:
        yield from send(request)
        return fail()

    class Fails(Interceptor):
        def on_request(self, request: Request) -> Request:
            return fail()  # type: ignore[no-any-return]

    class FailsLater(Interceptor):
        def on_response(self, request: Request, response: Response) -> Response:
            return fail()  # type: ignore[no-any-return]

    contributions: dict[str, Any] = {
        "layers": [Layer("x", Stage.CALL, failing_flow)],
        "auth_provider": failing_flow,
        "interceptors": [Fails()],
        "interceptors ": [FailsLater()],
        "retry_classifiers": [fail],
        "error_mappers": [fail],
        "document_transforms": [fail],
        "media_codecs": {"application/vnd.api+json": MediaCodec(fail, fail)},
        "metadata_codecs": [MetadataCodec("k", fail, fail)],
    }
    name = hook.strip()
    namespace = {"name": "misbehaved", name: hookimpl(lambda self, ctx: contributions[hook])}
    namespace[name].__name__ = name
    made: Plugin = type("Misbehaves", (Plugin,), namespace)()
    return made


@pytest.mark.parametrize(
    "hook",
    [
        "layers",
        "auth_provider",
        "interceptors",
        "interceptors ",
        "document_transforms",
        "metadata_codecs",
        "media_codecs",
    ],
)
def test_what_a_plugin_raises_names_the_plugin(
    kind: Kind, server: Server, payment_json: dict[str, Any], hook: str
) -> None:
    server.answer(200, {"data": payment_json})
    payments = kind.at(server, plugins=[misbehaves(hook)])
    with pytest.raises((ZeroDivisionError, PluginError)) as caught:
        payments.update("x", metadata={"k": 1})
    was_sent = bool(server.requests)
    if was_sent:  # then the caller must learn that it was carried out
        assert isinstance(caught.value, PluginError)
        assert caught.value.may_be_done
        assert "was carried out before that" in str(caught.value)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
    else:
        assert isinstance(caught.value, ZeroDivisionError)
    assert f"raised in plugin 'misbehaved', hook {hook.strip()!r}" in "".join(caught.value.__notes__)


@pytest.mark.parametrize("hook", ["retry_classifiers", "error_mappers"])
def test_what_a_plugin_raises_on_failures_names_the_plugin(kind: Kind, server: Server, hook: str) -> None:
    server.answer(400)
    with pytest.raises(ZeroDivisionError) as caught:
        kind.at(server, plugins=[misbehaves(hook)]).retrieve("x")
    assert f"raised in plugin 'misbehaved', hook {hook!r}" in "".join(caught.value.__notes__)


def test_errors_of_the_api_are_not_blamed_on_a_layer(kind: Kind, server: Server) -> None:
    class Passes(Plugin):
        name = "passes"

        @hookimpl
        def layers(self, ctx: Context) -> Iterable[Layer]:
            def flow(request: Request) -> Flow:
                return (yield from send(request))

            return [Layer("passes", Stage.CALL, flow)]

    server.close()
    with pytest.raises(CommerceLayerError) as caught:
        kind.at(server, plugins=[Passes()]).count()
    assert not hasattr(caught.value, "__notes__")


def test_built_ins_can_be_left_out_and_replaced(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(503)
    with pytest.raises(CommerceLayerError):
        kind.at(server, without=["retry"]).count()
    assert len(server.requests) == 1

    class Retry(Plugin):
        name = "retry"

    with pytest.raises(CommerceLayerError):
        kind.at(server, plugins=[Retry]).count()
    assert len(server.requests) == 2
    assert "layers" not in next(info.hooks for info in kind.at(server, plugins=[Retry]).plugins if info.name == "retry")
    payment_json["relationships"]["order"]["data"] = {"type": "orders", "id": "o"}
    included = [{"type": "orders", "id": "o", "attributes": {"number": "1"}}]
    server._answers.clear()
    server.answer(200, {"data": payment_json, "included": included})
    payment = kind.at(server, without=["includes"]).retrieve("x")
    assert payment.order.id == "o"
    with pytest.raises(AttributeError, match="linked but not included"):
        payment.order.number  # noqa: B018
    with pytest.raises(ValueError, match="without="):
        kind.at(server, without=["retrys"])


def test_an_interceptor_may_make_the_answer_anew(kind: Kind, server: Server) -> None:
    class Same(Interceptor):
        def on_response(self, request: Request, response: Response) -> Response:
            # The headers still say gzip, the content is what it was before.
            return Response(response.status_code, response.headers, response.content)

    class Remakes(Plugin):
        name = "remakes"

        @hookimpl
        def interceptors(self, ctx: Context) -> Iterable[Interceptor]:
            return [Same()]

    server.answer(200, gzip.compress(json.dumps(EMPTY).encode()), {"Content-Encoding": "gzip"})
    assert kind.at(server, plugins=[Remakes()]).count() == 0


def test_a_trigger_of_a_generated_function_is_a_trigger_too(kind: Kind, server: Server) -> None:
    # It may have been carried out, so it must not be sent again.
    attributes = KlarnaPaymentUpdateAttributes(trigger_update=True)
    body = KlarnaPaymentUpdateDocument(data=KlarnaPaymentUpdate(id="x", attributes=attributes))
    server.answer(503)
    payments = kind.at(server)

    def update() -> None:
        if kind.name == "sync":
            update_klarna_payment.sync("x", client=payments.api, body=body)
        else:
            kind.runner.run(update_klarna_payment.asyncio("x", client=payments.api, body=body))

    with pytest.raises(CommerceLayerError):
        update()
    assert len(server.requests) == 1


def test_hooks_that_are_not_overridden_add_nothing(sandbox: Sandbox) -> None:
    """So a plugin may extend another by ``super()``, whichever hooks that one has."""
    found = dict[str, object]()

    class Asks(Plugin):
        name = "asks"

        def configuration(self, ctx: Context) -> None:
            found.update({hook: getattr(super(Asks, self), hook)(ctx) for hook in HOOKS})

    with sandbox.client(plugins=[Asks()]):
        assert set(found) == set(HOOKS)
        assert not any(found.values())
