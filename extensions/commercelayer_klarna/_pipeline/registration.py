"""Find the hooks of plugins that others wrote, with pluggy: it holds them against the specification.

Clients that have built-in plugins alone do not import this, since pluggy takes a good part of a first call.
"""

from __future__ import annotations

from types import MethodType, ModuleType
from typing import cast

import pluggy

from commercelayer_klarna.plugins.hookspecs import HOOKS, PROJECT, Hooks, Plugin, overridden

_SPEC = pluggy.HookspecOpts(firstresult=False, historic=False, warn_on_impl=None, warn_on_impl_args=None)
_IMPL = pluggy.HookimplOpts(
    wrapper=False, hookwrapper=False, optionalhook=False, tryfirst=False, trylast=False, specname=None
)


class _Manager(pluggy.PluginManager):
    """pluggy's manager for classes that derive from ``Plugin``: a method that overrides one of ``Plugin`` is a hook."""

    def __init__(self, hooks: Hooks) -> None:
        super().__init__(PROJECT)
        self._overridden = hooks

    def parse_hookspec_opts(self, module_or_class: ModuleType | type, name: str) -> pluggy.HookspecOpts | None:
        return _SPEC if name in HOOKS else None

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        return _IMPL if name in self._overridden else None


def registered(cls: type[Plugin]) -> Hooks:
    """Return the hooks that a class of plugins implements, as pluggy finds them.

    pluggy registers objects, so it gets an instance that was not initialized, and its methods are taken off again.
    """
    manager = _Manager(overridden(cls))
    manager.add_hookspecs(Plugin)
    manager.register(object.__new__(cls), cls.__qualname__)
    callers: dict[str, pluggy.HookCaller | None] = {hook: getattr(manager.hook, hook, None) for hook in HOOKS}
    return {
        hook: cast("MethodType", impl.function).__func__
        for hook, caller in callers.items()
        if caller is not None
        for impl in caller.get_hookimpls()
    }
