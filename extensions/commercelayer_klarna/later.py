"""Rooms that are entered when something in them is first needed.

Whoever imports a client does not wait for what it takes to make one, and whoever makes one does not wait for what it
takes to call it: the HTTP library, the plugins and the models of the contract are most of the time of an import.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["later"]


class _Room:
    """Stands for a module of this package until a name in it is looked up."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(f"commercelayer_klarna.{self._name}"), name)
        vars(self)[name] = value
        return value


def later(*names: str) -> tuple[Any, ...]:
    """These rooms, not entered yet."""
    return tuple(map(_Room, names))
