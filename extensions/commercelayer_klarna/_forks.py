"""Fork safety: renew in a child process what it may not share with its parent, such as locks and connections.

Not every program that forks tells Python (uWSGI does not), so each call compares the process id first. Where Python
is told, a hook does the same earlier.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    from typing import Protocol

    class Renewable(Protocol):
        """An object with state that a child may not share with its parent."""

        def renew(self) -> None:
            """Drop what belongs to the parent. It must not fail, nor do work that the child may never need."""
            ...


# Keyed by id: a dictionary can be listed while other threads add to it, a WeakSet cannot.
_known: dict[int, ref[Renewable]] = {}
_owner = os.getpid()
# One lock for each process: another thread of the parent may have held its lock at the fork.
_renewing: dict[int, threading.Lock] = {}


def renew_after_fork(renewable: Renewable) -> None:
    """Renew an object in every child, for as long as the object lives."""
    key = id(renewable)
    _known[key] = ref(renewable, lambda _: _known.pop(key, None))


def renew_if_forked() -> None:
    """Renew all objects if this process is not the one in which they were made."""
    if os.getpid() != _owner:
        _renew_all()


class FreshLock:
    """A lock for ``with fresh.lock``. In the child of a fork it is free.

    It is Python's own: a signal handler may raise within an ``__enter__`` written in Python, after it took a lock.

    Attributes:
        lock: The lock. It is reentrant, since a signal handler may use what this thread is using.
    """

    __slots__ = ("__weakref__", "lock")

    def __init__(self) -> None:
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """Replace the lock by a free one."""
        self.lock = threading.RLock()


def _renew_all() -> None:
    global _owner
    pid = os.getpid()
    with _renewing.setdefault(pid, threading.Lock()):
        if _owner != pid:
            for reference in list(_known.values()):
                renewable = reference()
                if renewable is not None:
                    renewable.renew()
            _owner = pid


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_renew_all)
