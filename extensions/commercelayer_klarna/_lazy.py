"""Modules that are imported on first use (PEP 810 does this from Python 3.15 on).

The HTTP library, the plugins and the request builders take most of the time of an import. So the import of a client
does not import what a new client needs, and a new client does not import what a first call needs.
"""

from __future__ import annotations

from _thread import RLock
from importlib import import_module

# Python gives one of two threads that wait for each other's modules a part of one. So one thread imports at a time.
_importing = RLock()


def value_of(module: str, name: str) -> object:
    """Return what a name of a module of this package stands for; import the module if need be."""
    with _importing:
        return getattr(import_module(f"commercelayer_klarna.{module}"), name)


class _Lazy:
    """Stand for a module of this package, and import it when a name in it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        value = vars(self)[name] = value_of(self._name, name)
        return value


def lazy(*names: str) -> tuple[object, ...]:
    """Return a stand-in for each of these modules."""
    return tuple(map(_Lazy, names))
