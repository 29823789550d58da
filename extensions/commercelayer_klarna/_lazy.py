"""Modules that are imported on first use, as PEP 810 does from Python 3.15 on.

Importing a client does not wait for what it takes to make one, and making one does not wait for what it takes to call
it: the HTTP library, the plugins and the request builders are most of the time of an import.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["lazy"]


class _Lazy:
    """Stands for a module of this package until a name in it is looked up."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(f"commercelayer_klarna.{self._name}"), name)
        vars(self)[name] = value
        return value


def lazy(*names: str) -> tuple[Any, ...]:
    """Return stand-ins for these modules; each is imported when a name in it is first used."""
    return tuple(map(_Lazy, names))
