"""What must be made anew in the child of a fork: locks that another thread held, connections that two would use.

Nothing is checked on the path of a call: Python tells the child, once.
"""

from __future__ import annotations

import os
import threading
from typing import Protocol
from weakref import WeakSet

__all__ = ["FreshLock", "renew_after_fork"]


class Renewable(Protocol):
    """Something with state that a child may not share with its parent."""

    def renew(self) -> None:
        """Make it anew. Only the thread that forked is there in the child."""
        ...


_known: WeakSet[Renewable] = WeakSet()


def renew_after_fork(each: Renewable) -> None:
    """Have something renewed in every child, for as long as it lives."""
    _known.add(each)


class FreshLock:
    """A lock, for ``with``, that nobody holds in the child of a fork."""

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """Nobody holds it."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _renew_all() -> None:
    for each in list(_known):
        each.renew()


if hasattr(os, "register_at_fork"):  # where there is no fork, there is nothing to do
    os.register_at_fork(after_in_child=_renew_all)
