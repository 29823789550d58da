"""Plugins for one test, made of their hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from commercelayer_klarna.plugins import (
    Flow,
    Layer,
    Operation,
    OperationFlow,
    OperationLayer,
    Plugin,
    Request,
    Stage,
    hookimpl,
)

__all__ = ["around", "layer", "plugin", "watcher"]


def plugin(name: str = "x", **hooks: Any) -> Plugin:
    """Return a plugin whose hooks return these values; what can be called is the hook itself."""

    def hook(value: Any) -> Callable[[Any, Any], Any]:
        return hookimpl(value if callable(value) else lambda self, ctx: value)

    made: Plugin = type("P", (Plugin,), {"name": name, **{each: hook(value) for each, value in hooks.items()}})()
    return made


def layer(flow: Callable[[Request], Flow], stage: Stage = Stage.CALL, name: str = "x", order: int = 0) -> Plugin:
    """Return a plugin with one layer of its name."""
    return plugin(name, layers=[Layer(name, stage, flow, order)])


def around(flow: Callable[[Operation], OperationFlow], name: str = "x", order: int = 0) -> Plugin:
    """Return a plugin with one layer around operations."""
    return plugin(name, layers=[OperationLayer(name, flow, order)])


def watcher(told: list[Any], name: str = "w") -> Plugin:
    """Return a plugin that remembers all events."""
    return plugin(name, observers=[told.append])
