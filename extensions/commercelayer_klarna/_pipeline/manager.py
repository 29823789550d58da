"""Collects the plugins of one client with pluggy, checks them, and calls each hook once.

What comes out of it is compiled in ``compiled``; on the way of a request nothing is pluggy any more.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast
from weakref import WeakSet

import pluggy
from attrs import frozen

from commercelayer_klarna._pipeline.discovery import distribution_of, is_builtin
from commercelayer_klarna.errors import PluginError
from commercelayer_klarna.plugins.hookspecs import API_VERSION, PROJECT, Plugin
from commercelayer_klarna.plugins.values import Context, Source

__all__ = ["HOOKS", "Collected", "collect"]

T = TypeVar("T")
K = TypeVar("K")

HOOKS = tuple(name for name, member in vars(Plugin).items() if inspect.isfunction(member))
"""The names of all hooks, in the order of the specification."""

_CHECKED: WeakSet[type[Plugin]] = WeakSet()
"""Classes of plugins whose methods are hooks as they should be."""

_NAME = re.compile(r"[a-z][a-z0-9_-]*\Z")
_PLAIN = pluggy.HookimplOpts(
    wrapper=False, hookwrapper=False, optionalhook=False, tryfirst=False, trylast=False, specname=None
)


class _Manager(pluggy.PluginManager):
    """pluggy's manager for plugins that derive from ``Plugin``: overriding a method implements the hook."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        overridden = name in HOOKS and _member(plugin, name) is not vars(Plugin)[name]
        return _PLAIN if overridden else None


@frozen
class Collected:
    """The plugins in their order, and what each of their hooks returned.

    Attributes:
        plugins: By ``order``, then by name.
        distributions: Name and version of the distribution that each plugin came from.
        hooks: The hooks that each plugin implements.
        returned: For each hook what each plugin returned, in the order of the plugins.
    """

    plugins: tuple[Plugin, ...]
    distributions: Mapping[str, str | None]
    hooks: Mapping[str, tuple[str, ...]]
    returned: Mapping[str, tuple[tuple[Source, Any], ...]]

    def each(self, hook: str, kind: type[T] | None = None) -> Iterator[tuple[Source, T]]:
        """All contributions to a hook that returns several.

        Raises:
            PluginError: A plugin returned something else.
        """
        for source, returned in self.returned[hook]:
            try:
                contributions = list(returned)
            except TypeError:
                raise source.error(f"returned {returned!r}: return a list") from None
            for each in contributions:
                yield source, _expected(source, each, kind)

    def singles(self, hook: str, kind: type[T] | None) -> Iterator[tuple[Source, T]]:
        """All contributions to a hook that returns one thing or ``None``."""
        for source, returned in self.returned[hook]:
            if returned is not None:
                yield source, _expected(source, returned, kind)

    def keyed(self, hook: str) -> Iterator[tuple[Any, tuple[Source, Any]]]:
        """All contributions to a hook that returns a mapping, by their keys."""
        for source, returned in self.returned[hook]:
            if not isinstance(returned, Mapping):
                raise source.error(f"returned {returned!r}: return a mapping")
            for key, value in _items(returned):
                yield key, (source, value)

    def exclusive(self, claims: Iterable[tuple[K, tuple[Source, T]]]) -> dict[K, tuple[Source, T]]:
        """Who may have what only one may: plugins that give way are left out where another claims it.

        Raises:
            PluginError: Two plugins claim the same.
        """
        fallback = {plugin.name for plugin in self.plugins if plugin.fallback}
        held: dict[K, tuple[Source, T]] = {}
        for key, (source, claimed) in claims:
            other = held[key][0] if key in held else None
            if other is None or (other.plugin in fallback and source.plugin not in fallback):
                held[key] = (source, claimed)
            elif (other.plugin in fallback) == (source.plugin in fallback):
                what = "" if key is None else f"{key!r}, "
                raise source.error(f"claims {what}which {other} claims too: only one can have it; leave one out")
        return held


def collect(plugins: Iterable[tuple[Plugin, str | None]], ctx: Context) -> Collected:
    """Register, check and call plugins, each given with the distribution it is known to come from.

    Raises:
        PluginError: One cannot be used; the message names plugin, distribution and hook, and says what to do.
    """
    ordered = sorted(plugins, key=lambda pair: (pair[0].order, str(pair[0].name)))
    distributions = {plugin.name: distribution or distribution_of(plugin) for plugin, distribution in ordered}
    former: dict[str, Plugin] = {}
    for plugin, _ in ordered:
        _check(plugin, distributions[plugin.name])
        other = former.get(plugin.name)
        if other is not None:
            raise _problem(
                plugin,
                distributions[plugin.name],
                f"{type(other).__module__}.{type(other).__qualname__} has the same name: leave one of the two out",
            )
        former[plugin.name] = plugin
    found = [(plugin, _hooks_of(type(plugin))) for plugin, _ in ordered]  # type: ignore[arg-type]  # a type is hashable
    returned = {hook: tuple(_called(found, hook, distributions, ctx)) for hook in HOOKS if hook not in _TOLD}
    return Collected(
        plugins=tuple(plugin for plugin, _ in ordered),
        distributions=distributions,
        hooks={plugin.name: tuple(hooks) for plugin, hooks in found},
        returned=returned,
    )


@lru_cache(maxsize=256)
def _hooks_of(cls: type[Plugin]) -> Mapping[str, Callable[[Plugin, Context], Any]]:
    """The hooks that a class of plugins implements, as pluggy finds them. Many clients have plugins of one class."""
    manager = _Manager(PROJECT)
    manager.add_hookspecs(Plugin)
    manager.register(object.__new__(cls), cls.__qualname__)
    callers: dict[str, pluggy.HookCaller] = {hook: getattr(manager.hook, hook) for hook in HOOKS}
    return {
        hook: cast("Any", impl.function).__func__ for hook, caller in callers.items() for impl in caller.get_hookimpls()
    }


# Hooks that are told something when it happens, and are not asked for contributions.
_TOLD = ("opened", "closed")


def _called(
    found: list[tuple[Plugin, Mapping[str, Callable[[Plugin, Context], Any]]]],
    hook: str,
    distributions: Mapping[str, str | None],
    ctx: Context,
) -> Iterator[tuple[Source, Any]]:
    for plugin, hooks in found:
        if hook in hooks:
            source = Source(plugin.name, distributions[plugin.name], hook, is_builtin(plugin))
            try:
                yield source, hooks[hook](plugin, ctx)
            except Exception as error:
                raise source.error(f"{type(error).__name__}: {error}") from error


def _check(plugin: Plugin, distribution: str | None) -> None:
    if not isinstance(plugin.name, str) or not _NAME.match(plugin.name):  # pyright: ignore[reportUnnecessaryIsInstance]
        where = f"{type(plugin).__module__}.{type(plugin).__qualname__}"
        raise PluginError(
            f"{where} has the name {plugin.name!r}: give it a `name` of lower-case letters, digits, _ and -",
            distribution=distribution,
        )
    if plugin.api != API_VERSION:
        raise _problem(
            plugin,
            distribution,
            f"was written for version {plugin.api} of the hooks, and this package has version {API_VERSION}:"
            " install versions of the two that agree",
        )
    if type(plugin) not in _CHECKED:
        for name in dir(type(plugin)):
            if not name.startswith("_"):
                _check_member(plugin, distribution, name)
        _CHECKED.add(type(plugin))


def _check_member(plugin: Plugin, distribution: str | None, name: str) -> None:
    member = _member(plugin, name)
    marked: Any = getattr(member, f"{PROJECT}_impl", None)
    if name not in HOOKS:
        if marked is None and not inspect.isfunction(member):
            return
        from difflib import get_close_matches  # few plugins have methods that are no hooks

        close = get_close_matches(name, HOOKS, n=1, cutoff=0.8)
        if marked is not None or close:
            remedy = f"did you mean {close[0]!r}?" if close else f"the hooks are {', '.join(HOOKS)}"
            raise _problem(plugin, distribution, f"there is no such hook; {remedy}", name)
        return
    if member is vars(Plugin)[name]:
        return
    if not inspect.isfunction(member):
        raise _problem(plugin, distribution, "is not a plain method: define it with `def`", name)
    if inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member):
        raise _problem(plugin, distribution, "is async: hooks are called once, and are plain methods (def)", name)
    parameters = list(inspect.signature(member).parameters.values())
    plain = all(each.kind is each.POSITIONAL_OR_KEYWORD and each.default is each.empty for each in parameters)
    if not plain or len(parameters) != 2:
        raise _problem(
            plugin, distribution, f"takes {inspect.signature(member)}: hooks take (self, ctx), without defaults", name
        )
    if marked is not None and any(marked.values()):
        raise _problem(plugin, distribution, "has options in its @hookimpl: use it without; order is data here", name)


def _problem(plugin: Plugin, distribution: str | None, problem: str, hook: str = "") -> PluginError:
    of = f" of {distribution}" if distribution else ""
    where = f", hook {hook!r}" if hook else ""
    return PluginError(
        f"plugin {plugin.name!r}{of}{where}: {problem}",
        plugin=plugin.name,
        distribution=distribution,
        hook=hook or None,
    )


def _items(mapping: Any) -> Iterable[tuple[Any, Any]]:
    return mapping.items()  # type: ignore[no-any-return]


def _member(plugin: object, name: str) -> Any:
    return inspect.getattr_static(type(plugin), name, None)


def _expected(source: Source, value: Any, kind: type[T] | None) -> T:
    if kind is None:
        if not callable(value):
            raise source.error(f"contributed {value!r}, which cannot be called")
    elif not isinstance(value, kind):
        raise source.error(f"contributed {value!r}, which is not a {kind.__name__}")
    return cast("T", value)
