"""What keeps tokens between calls: a ``TokenStore``, and the one in memory that each client has by default.

A ``TokenStore`` keeps tokens and locks; ``tokens`` decides when to ask for one. Its methods return at once. They do
not wait for a lock that is taken, so the same store serves threads and event loops. Those that processes share stand
in ``file_store`` and ``redis_store``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from math import isfinite
from typing import NoReturn, Protocol

from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna._json import as_object
from commercelayer_klarna._values import field, frozen


@frozen
class StoredToken:
    """A token, and when it expires by the wall clock of this machine.

    A monotonic clock means nothing to another process, so a stored token has wall times. A wrong clock does no harm,
    because the same clock writes and reads. If the clock is set meanwhile, the token seems older or younger by that
    much. Five minutes are within the fifteen in which the old and the new token are both valid (documented), and the
    API refuses a token that is too old after all, which is then renewed.

    Attributes:
        access_token: The bearer token.
        saved_at: Seconds since 1970 when it was asked for.
        expires_at: Seconds since 1970 when it expires.
        refresh_token: The refresh token that came with it, if any.
    """

    access_token: str = field(repr=False)
    saved_at: float
    expires_at: float
    refresh_token: str | None = field(default=None, repr=False)

    def left(self, now: float) -> float:
        """Return the seconds until it expires, at most its whole lifetime."""
        return self.expires_at - max(now, self.saved_at)

    def to_json(self) -> str:
        """Return the token as text for a store to write, secrets included."""
        return json.dumps(
            {
                "access_token": self.access_token,
                "saved_at": self.saved_at,
                "expires_at": self.expires_at,
                "refresh_token": self.refresh_token,
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> StoredToken | None:
        """Return the token that ``to_json`` wrote, or ``None`` for any other text."""
        try:
            members = as_object(json.loads(text))
        except (ValueError, RecursionError):
            return None
        token, refresh = members.get("access_token"), members.get("refresh_token")
        saved_at, expires_at = _seconds(members.get("saved_at")), _seconds(members.get("expires_at"))
        if not isinstance(token, str) or saved_at is None or expires_at is None:
            return None
        return cls(token, saved_at, expires_at, refresh if isinstance(refresh, str) else None)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a StoredToken does not pickle, because it is a secret: use to_json where it is kept safe")


class TokenStore(Protocol):
    """Keeps tokens. Keys are texts of letters and digits, one for each set of credentials, and tell no secret.

    Methods must return at once, since an event loop may call them; a store that has an attribute ``waits = True`` is
    called in a thread there. What they raise is logged, and the client goes on as if the store were empty.
    """

    def load(self, key: str) -> StoredToken | None:
        """Return the token under this key, or ``None``."""
        ...

    def save(self, key: str, token: StoredToken) -> None:
        """Keep a token under this key, in place of the old one."""
        ...

    def lock(self, key: str) -> Callable[[], None] | None:
        """Take the lock of this key, and return a function that releases it; ``None`` if somebody has the lock.

        The lock must come free by itself when its holder dies.
        """
        ...


class MemoryTokenStore:
    """Keeps tokens as long as the process lives. Clients may share one; by default each client has its own."""

    def __init__(self) -> None:
        self._tokens: dict[str, StoredToken] = {}
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """Forget the locks in the child of a fork, where nobody holds one."""
        self._locks: dict[str, threading.Lock] = {}

    def load(self, key: str) -> StoredToken | None:
        """Return the token under this key, or ``None``."""
        return self._tokens.get(key)

    def save(self, key: str, token: StoredToken) -> None:
        """Keep a token under this key."""
        self._tokens[key] = token

    def lock(self, key: str) -> Callable[[], None] | None:
        """Take the lock of this key, if it is free."""
        lock = self._locks.setdefault(key, threading.Lock())
        return lock.release if lock.acquire(blocking=False) else None

    def __repr__(self) -> str:
        return f"MemoryTokenStore({len(self._tokens)} tokens)"


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value) if isinstance(value, int | float) else None
    except OverflowError:
        return None
    return seconds if seconds is not None and isfinite(seconds) else None
