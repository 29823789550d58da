"""Find the plugins that are named: by instance, class, installed name, ``"installed"``, or the environment.

The search for installed plugins imports none of them; a plugin is imported when it is named.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from commercelayer_klarna._json import is_iterable, is_mapping
from commercelayer_klarna._version import __version__
from commercelayer_klarna.errors import PluginError
from commercelayer_klarna.plugins.hookspecs import Plugin

if TYPE_CHECKING:  # its import takes time, and most clients do not search for distributions
    from importlib.metadata import EntryPoint

GROUP = "commercelayer_klarna.plugins"
ENVIRONMENT = "COMMERCELAYER_KLARNA_PLUGINS"

_BUILT_IN = frozenset(
    f"commercelayer_klarna.plugins.{name}"
    for name in ("auth", "includes", "jsonapi", "logging", "metadata", "money", "retry")
)
# They come with this package, and most take arguments.
_PASSED = frozenset({"audit", "dry_run", "journal", "limits", "opentelemetry"})

PluginsArgument: TypeAlias = str | Iterable[Plugin | type[Plugin] | str]
"""``"installed"`` for all installed plugins, or plugins by instance, by class, and by installed name."""


def resolve(plugins: PluginsArgument) -> list[tuple[Plugin, str | None]]:
    """Return the plugins that are named in code and in the environment, each with the distribution it was loaded from.

    Raises:
        PluginError: A plugin is not installed, cannot be imported, or is none.
    """
    _check(plugins)
    resolved: list[tuple[Plugin, str | None]] = []
    for plugin in [*_listed(plugins), *_from_environment()]:
        if isinstance(plugin, str):
            # A plugin may be named both in code and in the environment.
            if plugin not in {known.name for known, _ in resolved}:
                resolved.append(_load(plugin))
        else:
            resolved.append((_instance(plugin), None))
    return resolved


def installed() -> dict[str, EntryPoint]:
    """Return the installed plugins by name, sorted by name.

    Raises:
        PluginError: Two distributions have a plugin of the same name.
    """
    from importlib.metadata import entry_points

    points: dict[str, EntryPoint] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, _distribution(point))):
        former = points.setdefault(point.name, point)
        if former.value != point.value or _distribution(former) != _distribution(point):
            raise PluginError(
                f"the plugin {point.name!r} is in two distributions, {_distribution(former)} and"
                f" {_distribution(point)}: uninstall one of them",
                plugin=point.name,
            )
    return points


def is_builtin(cls: type) -> bool:
    """Return whether a class of plugins is one of those that every client has."""
    return cls.__module__ in _BUILT_IN


def distribution_of(plugin: Plugin) -> str | None:
    """Return name and version of the distribution that a plugin's module came from, if it came from one."""
    if type(plugin).__module__.startswith("commercelayer_klarna."):  # a search would take time
        return f"commercelayer-klarna {__version__}"
    from importlib.metadata import version

    names = _distributions().get(type(plugin).__module__.partition(".")[0])
    return f"{names[0]} {version(names[0])}" if names else None


def _check(plugins: object) -> None:
    if isinstance(plugins, str) and plugins != "installed":
        raise PluginError(f'plugins={plugins!r} is a string: pass a list, such as [{plugins!r}], or "installed"')
    if isinstance(plugins, Plugin):
        raise PluginError(f"plugins is the plugin {plugins.name!r}: pass a list of plugins")
    if not is_iterable(plugins) or is_mapping(plugins):
        raise PluginError(f"plugins={plugins!r}: pass a list of plugins, or leave it out")


def _listed(plugins: PluginsArgument) -> list[Plugin | type[Plugin] | str]:
    return list(installed()) if isinstance(plugins, str) else list(plugins)


def _from_environment() -> list[str]:
    names = [name.strip() for name in os.environ.get(ENVIRONMENT, "").split(",")]
    return [each for name in names if name for each in (installed() if name == "installed" else [name])]


def _load(name: str) -> tuple[Plugin, str | None]:
    point = installed().get(name)
    if point is None:
        known = ", ".join(installed()) or "none"
        why = f"is not installed (installed: {known}): install its distribution, or correct the name"
        if name in _PASSED:
            why = f"is not known by its name: pass an instance, of commercelayer_klarna.plugins.{name}"
        raise PluginError(f"the plugin {name!r} {why}", plugin=name)
    distribution = _distribution(point)
    try:
        loaded = point.load()
    except Exception as error:
        raise PluginError(
            f"the plugin {name!r} of {distribution} cannot be imported: {type(error).__name__}: {error}",
            plugin=name,
            distribution=distribution,
        ) from error
    plugin = _instance(loaded, name, distribution)
    if plugin.name != name:
        raise PluginError(
            f"the plugin {name!r} of {distribution} calls itself {plugin.name!r}: entry point and `name` must agree",
            plugin=name,
            distribution=distribution,
        )
    return plugin, distribution


def _instance(given: object, name: str | None = None, distribution: str | None = None) -> Plugin:
    if inspect.isclass(given) and issubclass(given, Plugin):
        try:
            return given()
        except Exception as error:
            raise PluginError(
                f"the plugin {given.name or given.__name__!r} cannot be made without arguments"
                f" ({type(error).__name__}: {error}): pass an instance",
                plugin=given.name or given.__name__,
                distribution=distribution,
            ) from error
    if isinstance(given, Plugin):
        return given
    raise PluginError(
        f"{given!r} is not a plugin: pass an instance or a subclass of Plugin, or the name of an installed plugin",
        plugin=name,
        distribution=distribution,
    )


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown distribution"


@cache
def _distributions() -> dict[str, list[str]]:
    from importlib.metadata import packages_distributions

    return {package: list(names) for package, names in packages_distributions().items()}
