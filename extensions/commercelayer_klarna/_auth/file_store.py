"""Tokens in a directory, for the processes of one machine."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from commercelayer_klarna._auth.store import StoredToken
from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna._tracebacks import is_of_a_signal

if TYPE_CHECKING:
    from filelock import BaseFileLock

# Links are not followed, and other processes do not inherit the file. Windows has none of these.
_SAFELY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY"))


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


def _check_path(directory: object) -> None:
    if not isinstance(directory, str | os.PathLike):
        raise TypeError(f"directory must be a path, not {type(directory).__name__}: pass one of your own")
    if not os.fspath(directory):
        raise ValueError(f"directory={directory!r} is empty: pass one of your own")
