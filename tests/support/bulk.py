"""The functions of ``bulk`` for either client."""

from __future__ import annotations

from typing import Any

from commercelayer_klarna import bulk
from support.face import WalkFace
from support.kind import Kind

__all__ = ["Bulk"]


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
