"""Where tokens are kept between calls, between clients, and between processes.

A ``TokenStore`` keeps and locks; when to ask for a token is for ``tokens`` to decide. Its methods return at once: a
lock that is taken is not waited for here, so the same store serves threads and event loops.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import NoReturn, Protocol

from attrs import field, frozen

from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna._json import as_object

__all__ = ["FileTokenStore", "MemoryTokenStore", "StoredToken", "TokenStore"]


@frozen
class StoredToken:
    """A token, and when it expires by the wall clock of this machine.

    A monotonic clock means nothing to another process, so a stored token has wall times. A clock that is wrong but
    steady does no harm, since the same clock writes and reads; one that is set meanwhile makes the token seem older or
    younger by that much. Five minutes are within the fifteen in which old and new token are both valid (documented),
    and a token that is too old after all is refused by the API and renewed.

    Attributes:
        access_token: The bearer token.
        saved_at: Seconds since 1970 when it was asked for.
        expires_at: Seconds since 1970 when it expires.
        refresh_token: What renews it, if it came with one.
    """

    access_token: str = field(repr=False)
    saved_at: float
    expires_at: float
    refresh_token: str | None = field(default=None, repr=False)

    def left(self, now: float) -> float:
        """Seconds that it lasts, never more than it lasted when it was new."""
        return self.expires_at - max(now, self.saved_at)

    def to_json(self) -> str:
        """The token as text, secrets included, for stores to write."""
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
        """What ``to_json`` wrote, or ``None`` for anything else."""
        try:
            found = as_object(json.loads(text))
        except (ValueError, RecursionError):
            return None
        token, refresh = found.get("access_token"), found.get("refresh_token")
        saved_at, expires_at = _seconds(found.get("saved_at")), _seconds(found.get("expires_at"))
        if not isinstance(token, str) or saved_at is None or expires_at is None:
            return None
        return cls(token, saved_at, expires_at, refresh if isinstance(refresh, str) else None)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a StoredToken does not pickle, because it is a secret: use to_json where it is kept safe")


class TokenStore(Protocol):
    """What keeps tokens. Keys are texts of letters and digits, one for each set of credentials, and tell no secret.

    Methods must return at once, since an event loop may be calling. What they raise is logged, and the client goes on
    as if the store were empty.
    """

    def load(self, key: str) -> StoredToken | None:
        """The token under this key, or ``None``."""
        ...

    def save(self, key: str, token: StoredToken) -> None:
        """Keep a token under this key, in place of what was there."""
        ...

    def lock(self, key: str) -> Callable[[], None] | None:
        """Take the lock of this key, if nobody has it: what to call to give it back, or ``None``.

        It must come free by itself when its holder dies.
        """
        ...


class MemoryTokenStore:
    """Keeps tokens as long as the process lives; clients may share one. The default is one for each client."""

    def __init__(self) -> None:
        self._tokens: dict[str, StoredToken] = {}
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """In the child of a fork, nobody holds a lock."""
        self._locks: dict[str, threading.Lock] = {}

    def load(self, key: str) -> StoredToken | None:
        """The token under this key, or ``None``."""
        return self._tokens.get(key)

    def save(self, key: str, token: StoredToken) -> None:
        """Keep a token under this key."""
        self._tokens[key] = token

    def lock(self, key: str) -> Callable[[], None] | None:
        """Take the lock of this key, if nobody has it."""
        lock = self._locks.setdefault(key, threading.Lock())
        return lock.release if lock.acquire(blocking=False) else None

    def __repr__(self) -> str:
        return f"MemoryTokenStore({len(self._tokens)} tokens)"


class FileTokenStore:
    """Keeps tokens in a directory, for processes that come and go or run side by side on one machine.

    Files are readable by their owner alone (0600) and replaced whole, so that nobody reads half of one. One process
    asks for a token while the others wait for it. A file that others may read or write, or that is somebody else's, is
    not used. Not for systems without POSIX permissions and file locks, such as Windows.

    Args:
        directory: Where to keep them; it is made (0700) if it is not there.

    Raises:
        OSError: The directory cannot be made, or others may write to it.
        NotImplementedError: The system has no such permissions or locks.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        try:
            import fcntl

            _ = fcntl.flock, os.geteuid, os.O_NOFOLLOW
        except (ImportError, AttributeError) as error:
            raise NotImplementedError(
                f"FileTokenStore needs POSIX permissions and file locks, which are not to be had here ({error}): use"
                " another TokenStore"
            ) from error
        self._directory = Path(directory)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self._directory.stat()
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise PermissionError(f"{directory}: others may write here: use a directory of your own, with mode 0700")
        self._held: dict[Callable[[], None], int] = {}
        renew_after_fork(self)

    def renew(self) -> None:
        """In the child of a fork, let go of the locks of its parent, or they would not come free when that dies."""
        inherited, self._held = self._held, {}
        for handle in inherited.values():
            os.close(handle)

    def load(self, key: str) -> StoredToken | None:
        """The token under this key, or ``None``."""
        try:
            handle = os.open(self._path(key, "json"), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        with open(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
                raise PermissionError(f"{self._path(key, 'json')}: not a file that its owner alone may read")
            return StoredToken.from_json(file.read())

    def save(self, key: str, token: StoredToken) -> None:
        """Keep a token under this key."""
        handle, path = tempfile.mkstemp(dir=self._directory, prefix=".new-")  # 0600
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(token.to_json())
                file.flush()
                os.fsync(handle)
            os.replace(path, self._path(key, "json"))
        except BaseException:
            os.unlink(path)
            raise

    def lock(self, key: str) -> Callable[[], None] | None:
        """Take the lock of this key, if nobody has it; the system frees it when a process ends."""
        import fcntl  # not everywhere

        handle = os.open(self._path(key, "lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if isinstance(error, BlockingIOError):
                return None
            raise

        def release() -> None:
            if self._held.pop(release, None) is not None:  # else it is the parent's
                fcntl.flock(handle, fcntl.LOCK_UN)  # a child process may have inherited the handle
                os.close(handle)

        self._held[release] = handle
        return release

    def _path(self, key: str, kind: str) -> Path:
        if not (key.isascii() and key.isalnum()):
            raise ValueError(f"{key!r} is not a key: letters and digits")
        return self._directory / f"{key}.{kind}"

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self._directory)!r})"


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value) if isinstance(value, int | float) else None
    except OverflowError:
        return None
    return seconds if seconds is not None and isfinite(seconds) else None
