"""Which plugins are active, and what is said of those that cannot be used: always plugin, hook and remedy."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import textwrap
import typing
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pluggy
import pytest

from commercelayer_klarna import KlarnaPayments, __version__, plugins
from commercelayer_klarna.__main__ import main
from commercelayer_klarna._pipeline import discovery, manager
from commercelayer_klarna._pipeline.discovery import ENVIRONMENT
from commercelayer_klarna.plugins import (
    Accessor,
    Configuration,
    Context,
    Document,
    Flow,
    Layer,
    MediaCodec,
    OperationLayer,
    Plugin,
    PluginError,
    Request,
    Resource,
    RetryPolicy,
    Stage,
    hookimpl,
    send,
)
from commercelayer_klarna.plugins.hookspecs import HOOKS
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.server import Server


def pass_on(request: Request) -> Flow:
    return (yield from send(request))


class Fine(Plugin):
    name = "fine"


def plugin(name: str = "bad", **members: Any) -> Plugin:
    made: Plugin = type("Bad", (Plugin,), {"name": name, **members})()
    return made


async def is_async(self: Any, ctx: Any) -> Any: ...


def has_default(self: Any, ctx: Any = None) -> Any: ...


def has_keyword(self: Any, *, ctx: Any) -> Any: ...


def has_more(self: Any, ctx: Any, more: Any) -> Any: ...


def plain(self: Any, ctx: Any) -> Any:
    return ()


def yields_and_fails(self: Any, ctx: Any) -> Any:
    yield Layer("x", Stage.CALL, pass_on)
    yield 1 / 0


class Awaited:
    async def __call__(self, event: Any) -> None: ...


class Misled:
    events = ("CallStarted",)

    def __call__(self, event: Any) -> None: ...


def returns(value: Any) -> Any:
    return lambda self, ctx: value


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (plugin(layer=plain), "plugin 'bad', hook 'layer': there is no such hook; did you mean 'layers'?"),
        (plugin(around=hookimpl(plain)), "plugin 'bad', hook 'around': there is no such hook; the hooks are "),
        (plugin(layers=is_async), "plugin 'bad', hook 'layers': is async: hooks are called once, and are plain"),
        (plugin(layers=has_default), "plugin 'bad', hook 'layers': takes (self: 'Any', ctx: 'Any' = None)"),
        (plugin(layers=has_keyword), "hooks take (self, ctx), without defaults"),
        (plugin(layers=has_more), "hooks take (self, ctx), without defaults"),
        (plugin(layers=staticmethod(plain)), "plugin 'bad', hook 'layers': is not a plain method"),
        (plugin(layers=hookimpl(tryfirst=True)(plain)), "hook 'layers': has options in its @hookimpl"),
        (plugin(api=2), "plugin 'bad': was written for version 2 of the hooks, and this package has version 1"),
        (plugin(name=""), "has the name ''"),
        (plugin(name="Not a name"), "has the name 'Not a name'"),
        (plugin(layers=returns([5])), "plugin 'bad', hook 'layers': contributed 5, which is not a Layer"),
        (plugin(layers=returns(5)), "plugin 'bad', hook 'layers': returned 5: return a list"),
        (plugin(observers=returns([5])), "plugin 'bad', hook 'observers': contributed 5, which cannot be called"),
        (plugin(media_codecs=returns(5)), "plugin 'bad', hook 'media_codecs': returned 5: return a mapping"),
        (plugin(retry_policy=returns(5)), "hook 'retry_policy': contributed 5, which is not a RetryPolicy"),
        (plugin(layers=lambda self, ctx: 1 / 0), "plugin 'bad', hook 'layers': ZeroDivisionError: division by zero"),
        (plugin(layers=lambda self, context: []), "takes (self, context): hooks take (self, ctx), without defaults"),
        (plugin(order="5"), "plugin 'bad': has the order '5': give it a whole number"),
        (plugin(order=True), "plugin 'bad': has the order True: give it a whole number"),
        (plugin(api="1"), "was written for version '1' of the hooks, and this package has version 1"),
        (plugin(layers=returns([Layer("x", "CALL", pass_on)])), "the layer 'x' has the stage 'CALL'"),  # type: ignore[arg-type]
        (plugin(layers=returns([Layer("x", Stage.CALL, 5)])), "the layer 'x' has the flow 5, which cannot be"),  # type: ignore[arg-type]
        (plugin(layers=returns([Layer("x", Stage.CALL, is_async)])), "the layer 'x' has the flow <function is_async"),  # type: ignore[arg-type]
        (plugin(layers=returns([Layer("", Stage.CALL, pass_on)])), "a layer of the name '': give it a string"),
        (plugin(layers=returns([Layer("x", Stage.CALL, pass_on, "1")])), "the layer 'x' has the order '1'"),  # type: ignore[arg-type]
        (plugin(layers=returns([OperationLayer("x", 5)])), "the layer 'x' has the flow 5, which cannot be called"),  # type: ignore[arg-type]
        (plugin(layers=yields_and_fails), "plugin 'bad', hook 'layers': ZeroDivisionError: division by zero"),
        (plugin(interceptors=returns([5])), "hook 'interceptors': contributed 5, which is not an Interceptor"),
        (plugin(observers=returns([is_async])), "hook 'observers': contributed <function is_async"),
        (plugin(observers=returns([Awaited()])), "which is async: define it with `def`, since nothing awaits it"),
        (plugin(observers=returns([Misled()])), "an observer has 'CallStarted' among its `events`, which is no class"),
        (plugin(auth_provider=returns(is_async)), "hook 'auth_provider': contributed <function is_async"),
        (plugin(document_transforms=returns([is_async])), "which is async: define it with `def`"),
        (plugin(retry_classifiers=returns([is_async])), "which is async: define it with `def`"),
        (plugin(error_mappers=returns([is_async])), "which is async: define it with `def`"),
        (plugin(configuration=returns(Configuration({"X": 5}))), "hook 'configuration': headers has 'X': 5"),  # type: ignore[dict-item]
        (plugin(configuration=returns(Configuration({"Content-Length": "5"}))), "headers has 'Content-Length', which"),
        (plugin(configuration=returns(Configuration(5))), "hook 'configuration': "),  # type: ignore[arg-type]
        (
            plugin(resource_accessors=returns({("klarna_payments", "n"): 5})),
            "contributed 5 for ('klarna_payments', 'n')",
        ),
        (plugin(resource_accessors=returns({("klarna_payments", "n"): dict})), "is not a class that derives from Acce"),
        (plugin(resource_accessors=returns({"klarna_payments": Accessor})), "has the key 'klarna_payments': a key is"),
        (plugin(resource_accessors=returns({("*", "not a name"): Accessor})), "has the key ('*', 'not a name')"),
        (plugin(media_codecs=returns({"Text/X": MediaCodec(bytes, bytes)})), "has the media type 'Text/X': write one"),
        (plugin(media_codecs=returns({"text/x": 5})), "hook 'media_codecs': contributed 5, which is not a MediaCodec"),
        (5, "5 is not a plugin: pass an instance or a subclass of Plugin"),
        (object, "is not a plugin"),
        ("absent", "the plugin 'absent' is not installed"),
    ],
)
def test_what_cannot_be_used_says_why(kind: Kind, bad: Any, message: str) -> None:
    with pytest.raises(PluginError) as caught:
        kind.on(Sandbox(), plugins=[Fine(), bad])
    assert message in str(caught.value)


def test_a_contribution_is_of_the_right_kind_when_it_is_used(kind: Kind, server: Server) -> None:
    def no_response(request: Request) -> Flow:
        yield from send(request)
        return None  # type: ignore[return-value]

    server.answer(200, {"data": []})
    payments = kind.at(server, plugins=[plugin(layers=returns([Layer("x", Stage.WIRE, no_response)]))])
    with pytest.raises(PluginError, match="plugin 'bad', hook 'layers': the layer 'x' returned None"):
        payments.count()
    payments = kind.at(server, plugins=[plugin(document_transforms=returns([lambda document, call: None]))])
    with pytest.raises(PluginError, match="plugin 'bad', hook 'document_transforms': returned None"):
        payments.count()


def test_a_plugin_that_needs_arguments_is_passed_as_an_instance() -> None:
    class Needs(Plugin):
        name = "needs"

        def __init__(self, what: str) -> None: ...

    with pytest.raises(PluginError, match=r"the plugin 'needs' cannot be made without arguments .* pass an instance"):
        Sandbox().client(plugins=[Needs])


def test_a_plugin_that_comes_with_the_package_is_found_by_its_module() -> None:
    folder = Path(plugins.__file__).parent
    modules = [import_module(f"commercelayer_klarna.plugins.{each.stem}") for each in folder.glob("[a-z]*.py")]
    known = [each for module in modules for each in vars(module).values() if inspect.isclass(each)]
    passed = [each for each in known if issubclass(each, Plugin) and each.name and not discovery.is_builtin(each)]
    assert len(passed) > 3
    for each in passed:
        with pytest.raises(PluginError, match=f"{each.name!r} is not known by its name: .* {each.__module__}$"):
            Sandbox().client(plugins=[each.name])


def test_two_plugins_of_the_same_name(kind: Kind, sandbox: Sandbox) -> None:
    with pytest.raises(PluginError, match=r"plugin 'fine'.*has the same name: leave one of the two out"):
        kind.on(sandbox, plugins=[Fine(), plugin(name="fine")])


def test_two_layers_of_the_same_name(kind: Kind, sandbox: Sandbox) -> None:
    layers = returns([Layer("same", Stage.CALL, pass_on)])
    with pytest.raises(
        PluginError, match="claims the layer 'same', which plugin 'a', hook 'layers' claims too: give"
    ) as caught:
        kind.on(sandbox, plugins=[plugin("z", layers=layers), plugin("a", layers=layers)])
    assert caught.value.plugin == "z"
    assert caught.value.hook == "layers"


def test_what_two_plugins_claim_is_named(kind: Kind) -> None:
    policy = returns(RetryPolicy())
    with pytest.raises(PluginError, match="plugin 'b', hook 'retry_policy': claims the retry policy, which plugin 'a'"):
        kind.on(Sandbox(), plugins=[plugin("b", retry_policy=policy), plugin("a", retry_policy=policy)])


@pytest.mark.parametrize("hook", HOOKS)
def test_the_annotations_of_a_hook_can_be_evaluated(hook: str) -> None:
    assert typing.get_type_hints(getattr(Plugin, hook))["ctx"] is Context


def test_ours_keep_to_the_specifications_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client does not check them when it is made."""
    named = [each for name in sorted(discovery._BUILT_IN) for each in vars(import_module(name)).values()]
    ours = {each for each in named if isinstance(each, type) and issubclass(each, Plugin) and each is not Plugin}
    assert len(ours) == len(discovery._BUILT_IN)
    monkeypatch.setattr(manager, "is_builtin", lambda cls: False)

    class Wrong(Plugin):
        def layers(self, ctx: Context, more: int) -> list[Any]:  # type: ignore[override]
            return []

    for each in ours:
        manager._check(object.__new__(each), None)
        assert manager._hooks_of.__wrapped__(each) == manager._hooks_of(each) != {}
    with pytest.raises(pluggy.PluginValidationError, match="more"):
        manager._hooks_of.__wrapped__(Wrong)


def test_all_annotations_that_authors_see_can_be_evaluated() -> None:
    for name in plugins.__all__:
        value = getattr(plugins, name)
        if inspect.isclass(value) and value not in {Document, Resource}:
            typing.get_type_hints(value)
            for member in vars(value).values():
                if inspect.isfunction(member) and Path(member.__code__.co_filename).exists():  # attrs writes others
                    typing.get_type_hints(member)
        elif inspect.isfunction(value):
            typing.get_type_hints(value)


def test_plugins_are_not_a_string() -> None:
    with pytest.raises(PluginError, match=r"plugins='fine' is a string: pass a list, such as \['fine'\]"):
        Sandbox().client(plugins="fine")


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Pretends that a distribution with a plugin is installed."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(distribution: str, name: str, module: str, source: str) -> None:
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        info = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[commercelayer_klarna.plugins]\n{name} = {module}:Made\n")
        (info / "top_level.txt").write_text(f"{module}\n")

    return install


SOURCE = """
    from commercelayer_klarna.plugins import Plugin

    class Made(Plugin):
        name = "{name}"
"""


def names(payments: Any) -> list[str]:
    return [info.name for info in payments.plugins if not info.builtin]


def test_installed_plugins_are_active_when_they_are_named(
    kind: Kind, sandbox: Sandbox, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("erp-one", "one", "module_one", SOURCE.format(name="one"))
    install("erp-two", "two", "module_two", "raise ImportError('must not be imported unasked')")
    assert names(kind.on(sandbox)) == []
    payments = kind.on(sandbox, plugins=["one"])
    assert names(payments) == ["one"]
    assert next(info.distribution for info in payments.plugins if info.name == "one") == "erp-one 1.0"
    with pytest.raises(PluginError, match=r"plugin 'two' of erp-two 1.0 cannot be imported: ImportError: must not"):
        kind.on(sandbox, plugins="installed")
    monkeypatch.setenv(ENVIRONMENT, "one, one")
    assert names(kind.on(sandbox)) == names(kind.on(sandbox, plugins=["one"])) == ["one"]
    monkeypatch.setenv(ENVIRONMENT, "installed")
    with pytest.raises(PluginError, match="plugin 'two'"):
        kind.on(sandbox)


def test_all_installed_plugins_can_be_activated_in_the_order_of_their_names(
    kind: Kind, sandbox: Sandbox, install: Install
) -> None:
    for name in ("zeta", "alpha", "beta"):
        install(f"dist-{name}", name, f"module_{name}", SOURCE.format(name=name))
    assert names(kind.on(sandbox, plugins="installed")) == ["alpha", "beta", "zeta"]


def test_a_name_in_two_distributions(sandbox: Sandbox, install: Install) -> None:
    install("dist-b", "same", "module_b", SOURCE.format(name="same"))
    install("dist-a", "same", "module_a", SOURCE.format(name="same"))
    with pytest.raises(PluginError, match=r"'same' is in two distributions, dist-a 1.0 and dist-b 1.0: uninstall one"):
        sandbox.client(plugins=["same"])


def test_entry_point_and_name_must_agree(sandbox: Sandbox, install: Install) -> None:
    install("dist", "outside", "module_x", SOURCE.format(name="inside"))
    with pytest.raises(PluginError, match=r"plugin 'outside' of dist 1.0 calls itself 'inside'"):
        sandbox.client(plugins=["outside"])


def test_the_command_lists_what_is_active(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("erp-one", "one", "module_three", SOURCE.format(name="one"))
    assert main(["plugins"]) == 0
    table = capsys.readouterr().out
    hooks = "layers, retry_policy, retry_classifiers"
    ours = f"commercelayer-klarna {__version__}, built in"
    assert f"retry ({ours})\n    hooks: {hooks}\n    chain: 1 retry\n" in table
    assert "installed, not active: one" in table
    assert main(["plugins", "--json", "--plugins", "installed"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["installed"] == []
    (one,) = (each for each in listed["active"] if each["name"] == "one")
    assert one == {"name": "one", "distribution": "erp-one 1.0", "builtin": False, "hooks": [], "chain": []}
    assert main(["plugins", "--plugins", "absent"]) == 1
    assert "not installed" in capsys.readouterr().err


def test_the_command_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "commercelayer_klarna", "plugins", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert {"auth", "includes", "jsonapi", "logging", "metadata", "money", "retry"} == {
        info["name"] for info in json.loads(done.stdout)["active"]
    }


def test_views_share_plugins_and_hooks_run_once(sandbox: Sandbox) -> None:
    calls: list[bool] = []

    class Counts(Plugin):
        name = "counts"

        @hookimpl
        def layers(self, ctx: Context) -> Iterable[Layer]:
            calls.append(ctx.is_async)
            return []

    with sandbox.client(plugins=[Counts()]) as payments:
        payments.count()
        payments.with_options(timeout=1).count()
    assert calls == [False]


def test_without_auth_there_must_be_a_provider_or_nothing(server: Server) -> None:
    server.answer(200, {"data": [], "meta": {"record_count": 0, "page_count": 0}})
    with KlarnaPayments(base_url=server.url, auth=None) as payments:
        payments.count()
    assert "authorization" not in server.requests[0].headers
