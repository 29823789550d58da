"""Collect the plugins of one client, put them in order, check them, and call each hook once.

``plugin_set`` compiles the result. pluggy registers the plugins that others wrote (``registration``); it takes no part
in requests, because a call through pluggy takes ten times as long.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar, cast
from weakref import WeakSet

from commercelayer_klarna._json import is_iterable, is_mapping
from commercelayer_klarna._pipeline.discovery import distribution_of, is_builtin
from commercelayer_klarna._values import frozen
from commercelayer_klarna.errors import PluginError
from commercelayer_klarna.plugins.hookspecs import API_VERSION, HOOKS, PROJECT, Hooks, Plugin, overridden
from commercelayer_klarna.plugins.values import Context, Source

T = TypeVar("T")
K = TypeVar("K")

Contribution: TypeAlias = tuple[Source, T]
"""Something that a plugin contributes, with the source that names the plugin in messages."""

_CHECKED: WeakSet[type[Plugin]] = WeakSet()
"""Classes of plugins that were checked. Many clients have plugins of the same classes."""

# Hooks that are told of an event, and contribute nothing.
_NOTIFIED = ("opened", "closed")

_NAME = r"[a-z][a-z0-9_-]*\Z"


@frozen
class Collected:
    """The plugins, sorted by ``order`` and name, with their distributions, the hooks of each, and what each hook
    returned.
    """

    plugins: tuple[Plugin, ...]
    distributions: Mapping[str, str | None]
    hooks: Mapping[str, tuple[str, ...]]
    returned: Mapping[str, tuple[Contribution[object], ...]]

    def from_lists(self, hook: str, kind: type[T] | tuple[type[T], ...] | None = None) -> Iterator[Contribution[T]]:
        """Iterate over the contributions to a hook that returns a list.

        Raises:
            PluginError: A plugin returned something else.
        """
        for source, returned in self.returned[hook]:
            if not is_iterable(returned):
                raise source.error(f"returned {returned!r}: return a list")
            try:
                values = list(returned)
            except Exception as error:  # of a hook that yields
                raise source.wrapped(error) from error
            for value in values:
                yield source, _expected(source, value, kind)

    def from_values(self, hook: str, kind: type[T] | None) -> Iterator[Contribution[T]]:
        """Iterate over the contributions to a hook that returns one value or ``None``."""
        for source, returned in self.returned[hook]:
            if returned is not None:
                yield source, _expected(source, returned, kind)

    def from_mappings(self, hook: str) -> Iterator[tuple[Any, Contribution[Any]]]:
        """Iterate over the contributions to a hook that returns a mapping, each with its key."""
        for source, returned in self.returned[hook]:
            if not is_mapping(returned):
                raise source.error(f"returned {returned!r}: return a mapping")
            for key, value in returned.items():
                yield key, (source, value)

    def exclusive(self, claims: Iterable[tuple[K, Contribution[T]]]) -> dict[K, Contribution[T]]:
        """Resolve exclusive contributions: at most one plugin for each key; a fallback plugin yields to another.

        Raises:
            PluginError: Two plugins claim the same key.
        """
        fallback = {plugin.name for plugin in self.plugins if plugin.fallback}
        owners: dict[K, Contribution[T]] = {}
        for key, (source, claimed) in claims:
            owner = owners[key][0] if key in owners else None
            if owner is None or (owner.plugin in fallback and source.plugin not in fallback):
                owners[key] = (source, claimed)
            elif (owner.plugin in fallback) == (source.plugin in fallback):
                what = f"the {source.hook.replace('_', ' ')}" if key is None else repr(key)
                raise source.error(f"claims {what}, which {owner} claims too: only one can have it; leave one out")
        return owners


def collect(plugins: Iterable[tuple[Plugin, str | None]], ctx: Context) -> Collected:
    """Register, check and call plugins; each comes with its distribution, if that is known.

    Raises:
        PluginError: One cannot be used; the message names plugin, distribution and hook, and says what to do.
    """
    # Whether these are a number and a string is checked next.
    ordered = sorted(plugins, key=lambda pair: (pair[0].order if type(pair[0].order) is int else 0, str(pair[0].name)))
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
    implemented = [(plugin, _hooks_of(type(plugin))) for plugin, _ in ordered]  # type: ignore[arg-type]  # is hashable
    returned = {hook: tuple(_called(implemented, hook, distributions, ctx)) for hook in HOOKS if hook not in _NOTIFIED}
    return Collected(
        plugins=tuple(plugin for plugin, _ in ordered),
        distributions=distributions,
        hooks={plugin.name: tuple(hooks) for plugin, hooks in implemented},
        returned=returned,
    )


@lru_cache(maxsize=256)  # many clients have plugins of one class
def _hooks_of(cls: type[Plugin]) -> Hooks:
    """Return the hooks that a class of plugins implements. Tests hold ours against the specification, pluggy others."""
    if is_builtin(cls):
        return overridden(cls)
    from commercelayer_klarna._pipeline.registration import registered

    return registered(cls)


def _called(
    implemented: list[tuple[Plugin, Hooks]], hook: str, distributions: Mapping[str, str | None], ctx: Context
) -> Iterator[Contribution[object]]:
    for plugin, hooks in implemented:
        if hook in hooks:
            source = Source(plugin.name, distributions[plugin.name], hook, is_builtin(type(plugin)))
            try:
                yield source, hooks[hook](plugin, ctx)
            except Exception as error:
                raise source.wrapped(error) from error


def _check(plugin: Plugin, distribution: str | None) -> None:
    if is_builtin(type(plugin)):  # the tests do that
        return
    if not _is_name(plugin.name):
        where = f"{type(plugin).__module__}.{type(plugin).__qualname__}"
        raise PluginError(
            f"{where} has the name {plugin.name!r}: give it a `name` of lower-case letters, digits, _ and -",
            distribution=distribution,
        )
    if plugin.api != API_VERSION:
        raise _problem(
            plugin,
            distribution,
            f"was written for version {plugin.api!r} of the hooks, and this package has version {API_VERSION}:"
            " install versions of the two that agree",
        )
    if type(plugin.order) is not int:
        raise _problem(plugin, distribution, f"has the order {plugin.order!r}: give it a whole number")
    if type(plugin) not in _CHECKED:
        for name in dir(type(plugin)):
            if not name.startswith("_"):
                _check_member(plugin, distribution, name)
        _CHECKED.add(type(plugin))


def _is_name(name: object) -> bool:
    return isinstance(name, str) and re.match(_NAME, name) is not None


def _check_member(plugin: Plugin, distribution: str | None, name: str) -> None:
    member = _member(plugin, name)
    marked: Mapping[str, object] | None = getattr(member, f"{PROJECT}_impl", None)
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
    plain = all(one.kind is one.POSITIONAL_OR_KEYWORD and one.default is one.empty for one in parameters)
    if not plain or [one.name for one in parameters[1:]] != ["ctx"]:
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


def _member(plugin: object, name: str) -> object:
    return inspect.getattr_static(type(plugin), name, None)


def _expected(source: Source, value: object, kind: type[T] | tuple[type[T], ...] | None) -> T:
    if kind is None:
        check_function(source, value, "contributed ")
    elif not isinstance(value, kind):
        known = " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))
        raise source.error(f"contributed {value!r}, which is not {'an' if known[0] in 'AEIOU' else 'a'} {known}")
    return cast("T", value)


def check_function(source: Source, value: object, what: str) -> None:
    """Refuse what cannot be called, and what would have to be awaited. Our own is neither, and many clients are made.

    Raises:
        PluginError: It is so.
    """
    if source.builtin:
        return
    if not callable(value):
        raise source.error(f"{what}{value!r}, which cannot be called")
    for function in (value, getattr(value, "__call__", None)):  # noqa: B004 - an object may be called too
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            raise source.error(f"{what}{value!r}, which is async: define it with `def`, since nothing awaits it")
