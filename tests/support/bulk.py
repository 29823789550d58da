"""The functions of ``bulk`` for either client."""

from __future__ import annotations

from typing import Any

from commercelayer_klarna import bulk
from commercelayer_klarna.sandbox import Sandbox
from support.face import WalkFace
from support.kind import Kind

__all__ = ["Bulk", "add_payments"]

QUARTER = 900_000
"""Milliseconds between payments."""


def add_payments(sandbox: Sandbox, like: str, count: int) -> None:
    """Add payments that are like another one, a quarter of an hour between them."""

    def add(state: Any) -> None:
        one = state.find("klarna_payments", like)
        for number in range(count):
            state.create("klarna_payments", one.attributes, one.linked, {}, ago=(count - number) * QUARTER)

    sandbox.read(add)


class Bulk:
    """The functions of ``bulk`` for either client, with the face of those for the sync one."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        def call(endpoint: Any, *arguments: Any, **options: Any) -> Any:
            made = getattr(bulk, name)(getattr(endpoint, "_client", endpoint), *arguments, **options)
            return made if self._kind.name == "sync" else self._faced(made)

        return call

    def _faced(self, made: Any) -> Any:
        return AsyncWalk(made, self._kind.runner) if hasattr(made, "__anext__") else self._kind.now(made)


class AsyncWalk(WalkFace):
    @property
    def cursor(self) -> Any:
        walk: Any = self._iterator
        return walk.cursor
