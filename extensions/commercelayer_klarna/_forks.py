"""What must be made anew in the child of a fork: locks that another thread held, connections that two would use.

Not everyone who forks tells Python (uWSGI does not), so each call compares the process id first. Where Python is told,
a hook does the same earlier.
"""

from __future__ import annotations

import os
import threading
from typing import Protocol
from weakref import ref

__all__ = ["FreshLock", "renew_after_fork", "renew_if_forked"]


class Renewable(Protocol):
    """Something with state that a child may not share with its parent."""

    def renew(self) -> None:
        """Drop what belongs to the parent. Must not fail, and must not do work that the child may never need."""
        ...


# By id, since a dictionary can be listed while other threads add to it, and a WeakSet cannot.
_known: dict[int, ref[Renewable]] = {}
_owner = os.getpid()
# One lock for each process: that of the parent may have been held when it forked.
_renewing: dict[int, threading.Lock] = {}


def renew_after_fork(each: Renewable) -> None:
    """Have something renewed in every child, for as long as it lives."""
    key = id(each)
    _known[key] = ref(each, lambda _: _known.pop(key, None))


def renew_if_forked() -> None:
    """Renew everything if this process is not the one that it was made in."""
    if os.getpid() != _owner:
        _renew_all()


class FreshLock:
    """A lock, for ``with``, that nobody holds in the child of a fork."""

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """Forget who holds it."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _renew_all() -> None:
    global _owner
    pid = os.getpid()
    with _renewing.setdefault(pid, threading.Lock()):
        if _owner != pid:
            for each in list(_known.values()):
                renewable = each()
                if renewable is not None:
                    renewable.renew()
            _owner = pid


if hasattr(os, "register_at_fork"):  # where there is no fork, there is nothing to do
    os.register_at_fork(after_in_child=_renew_all)
