"""Where tokens are kept between calls, between clients, and between processes.

A ``TokenStore`` keeps tokens and locks; ``tokens`` decides when to ask for one. Its methods return at once. They do
not wait for a lock that is taken, so the same store serves threads and event loops.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from math import ceil, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna._json import as_object
from commercelayer_klarna._tracebacks import is_of_a_signal
from commercelayer_klarna._values import field, frozen

if TYPE_CHECKING:
    from filelock import BaseFileLock


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


# Links are not followed, and other processes do not inherit the file. Windows has none of these.
_SAFELY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY"))


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


class FileTokenStore:
    """Keeps tokens in a directory, for processes that start and end often, or run side by side on one machine.

    Only their owner can read the files (mode 0600), and they are replaced whole, so nobody reads half a file. One
    process asks for a token while the others wait for it. A file that others may read or write, or that belongs to
    somebody else, is not used. Systems without POSIX permissions, such as Windows, keep the files as private as the
    directory is, and lock by the extra ``filelock``.

    Args:
        directory: Where to keep them; it is created (mode 0700) if it does not exist.

    Raises:
        OSError: The directory cannot be created, or others may write to it.
        NotImplementedError: The system has no such locks, and the extra is not installed.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        _check_path(directory)
        self._file_lock = _file_lock()
        self._directory = Path(directory)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private(self._directory.stat(), 0o022):
            raise PermissionError(f"{directory}: others may write here: use a directory of your own, with mode 0700")
        self._locks: dict[Callable[[], None], int] = {}
        renew_after_fork(self)

    def renew(self) -> None:
        """Close the lock files of the parent in the child of a fork: open files keep a lock when the parent dies."""
        inherited, self._locks = self._locks, {}
        for handle in inherited.values():
            os.close(handle)

    def load(self, key: str) -> StoredToken | None:
        """Return the token under this key, or ``None``."""
        try:
            handle = os.open(self._path(key, "json"), os.O_RDONLY | _SAFELY)
        except FileNotFoundError:
            return None
        with open(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or not _is_private(status, 0o077):
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
            with suppress(FileNotFoundError):  # a signal handler may have raised when the file was in its place
                os.unlink(path)
            raise

    def lock(self, key: str) -> Callable[[], None] | None:
        """Take the lock of this key, if it is free; the system releases it when the process ends."""
        if self._file_lock is not None:
            held = self._file_lock(self._path(key, "lock"), timeout=0, thread_local=False)
            try:
                held.acquire()
            except TimeoutError as error:
                if is_of_a_signal(error):
                    raise
                return None
            return held.release
        import fcntl

        handle = os.open(self._path(key, "lock"), os.O_RDWR | os.O_CREAT | _SAFELY, 0o600)

        def release() -> None:
            if self._locks.pop(release, None) is not None:  # else it belongs to the parent
                fcntl.flock(handle, fcntl.LOCK_UN)  # a child process may have inherited the handle
                os.close(handle)

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._locks[release] = handle
        except BaseException as error:  # a signal handler may have raised when the lock was taken
            os.close(handle)
            if isinstance(error, BlockingIOError):
                return None
            raise
        return release

    def _path(self, key: str, kind: str) -> Path:
        if not (key.isascii() and key.isalnum()):
            raise ValueError(f"{key!r} is not a key: letters and digits")
        return self._directory / f"{key}.{kind}"

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self._directory)!r})"


class RedisTokenStore:
    """Keeps tokens in Redis, for processes on several machines (extra ``redis``). One asks while the others wait.

    Whoever can read this Redis can use the tokens: it must be as private as the credentials are.

    Args:
        url: The address of the Redis, such as ``rediss://:password@10.0.0.5:6379/0``.

    Raises:
        ValueError: It is no address of a Redis.
        ImportError: The extra is not installed.
    """

    waits = True

    def __init__(self, url: str) -> None:
        from commercelayer_klarna._redis import Server

        self._server = Server(url)

    def load(self, key: str) -> StoredToken | None:
        """Return the token under this key, or ``None``."""
        found = self._server.do("GET", f"{_IN_REDIS}:{key}")
        return StoredToken.from_json(found) if isinstance(found, str) else None

    def save(self, key: str, token: StoredToken) -> None:
        """Keep a token under this key until it has ended; for good if it came with a refresh token."""
        lifetime = () if token.refresh_token else ("EX", max(1, ceil(token.expires_at - token.saved_at)))
        self._server.do("SET", f"{_IN_REDIS}:{key}", token.to_json(), *lifetime)

    def lock(self, key: str) -> Callable[[], None] | None:
        """Take the lock of this key, if it is free; it comes free by itself after a minute."""
        name, holder, process = f"{_IN_REDIS}:{key}:lock", os.urandom(16).hex(), os.getpid()
        is_taken = self._server.do("SET", name, holder, "NX", "PX", _LOCKED) is not None
        # A command whose answer was lost is sent again, and finds what it did itself.
        if not is_taken and self._server.do("GET", name) != holder:
            return None

        def release() -> None:
            if os.getpid() == process:  # else it belongs to the parent
                self._server.do("EVAL", _RELEASE, 1, name, holder)

        return release

    def __repr__(self) -> str:
        return f"RedisTokenStore({self._server!r})"


_IN_REDIS = "commercelayer_klarna:tokens"
# Longer than a request for a token takes, as a rule. A second token harms nobody, unless the grant works only once.
_LOCKED = 60_000
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


def _is_private(status: os.stat_result, forbidden: int) -> bool:
    """Return whether a file is ours, and none of these rights are given; systems without owners do not say."""
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & forbidden)


def _file_lock() -> type[BaseFileLock] | None:
    """Return the lock of the extra, for systems that have no locks of POSIX.

    Raises:
        NotImplementedError: The extra is not installed.
    """
    with suppress(ImportError):
        import_module("fcntl")
        return None
    try:
        from filelock import FileLock
    except ImportError:
        raise NotImplementedError(
            "FileTokenStore needs file locks, which this system lacks: install commercelayer-klarna[filelock]"
        ) from None
    return FileLock


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value) if isinstance(value, int | float) else None
    except OverflowError:
        return None
    return seconds if seconds is not None and isfinite(seconds) else None


def _check_path(directory: object) -> None:
    if not isinstance(directory, str | os.PathLike):
        raise TypeError(f"directory must be a path, not {type(directory).__name__}: pass one of your own")
    if not os.fspath(directory):
        raise ValueError(f"directory={directory!r} is empty: pass one of your own")
