"""The way to Redis, of the extra ``redis``: for limits and tokens that several processes and machines share."""

# redis is no dependency.
# pyright: reportMissingImports=false, reportUnknownMemberType=false

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from commercelayer_klarna._tracebacks import of_a_signal

__all__ = ["NotThere", "Server"]

_TIMEOUT = 1.0


class NotThere(OSError):
    """Redis did not do what it was asked for. The text has no secret."""


class _Redis(Protocol):
    def execute_command(self, *parts: str | int) -> object: ...


class Server:
    """A server of Redis. It is connected to when it is first asked. Threads and forks may share it.

    Args:
        url: Its address, such as ``redis://10.0.0.5:6379/0``.

    Raises:
        ValueError: It is no address of Redis. The message does not repeat it, because it may have a password.
        ImportError: The library is not installed.
    """

    def __init__(self, url: str) -> None:
        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("the address of a Redis begins with redis://, rediss:// or unix://")
        try:
            redis, backoff, retry = (import_module(f"redis{name}") for name in ("", ".backoff", ".retry"))
        except ImportError as error:
            raise ImportError(
                f'{error}: sharing through Redis needs an extra: pip install "commercelayer-klarna[redis]"'
            ) from None
        self._error: type[Exception] = redis.RedisError
        self._connect = partial(
            redis.Redis.from_url,
            url,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            # Once more at once: a connection that was idle may have been closed. Not after a timeout, which may be that
            # of a signal handler.
            retry=retry.Retry(backoff.NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
            retry_on_error=[redis.ConnectionError],  # redis 5 asks this, too
            decode_responses=True,
        )
        self._where = _shown(url)
        self._redis = self._checked()

    def do(self, *parts: str | int) -> object:
        """Send a command, and return the answer. It takes two seconds at most.

        Raises:
            NotThere: There was none.
        """
        before = sys.exception()
        try:
            return self._redis.execute_command(*parts)
        except BaseException as error:
            raised = of_a_signal(error, before)
            if raised is None and isinstance(error, (self._error, OSError)):
                # Some answers repeat the command, and with it a token.
                said = str(error).partition(", with args beginning with")[0]
                raise NotThere(f"{self._where}: {type(error).__name__}: {said}") from None
            # The answer may still come, and on these connections the next command would take it for its own.
            self._redis = cast("_Redis", self._connect())
            if raised is None or raised is error:
                raise
            raise raised from None

    def _checked(self) -> _Redis:
        """Return the client. What is wrong with its options is found when it makes a connection."""
        try:
            made: Any = self._connect()
            made.connection_pool.connection_class(**made.connection_pool.connection_kwargs)
        except (TypeError, ValueError):
            raise _unreadable() from None
        return cast("_Redis", made)

    def __repr__(self) -> str:
        return f"Server({self._where!r})"


def _shown(url: str) -> str:
    """Return an address without its user, password and options.

    Raises:
        ValueError: A part of the password may stand where it would be shown.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise _unreadable() from None
    _, at, host = parts.netloc.rpartition("@")
    behind = parts.path + parts.fragment + ("" if at else parts.query)
    if "@" in behind and parts.scheme != "unix":
        raise _unreadable()
    return f"{parts.scheme}://{host}{parts.path}"


def _unreadable() -> ValueError:
    return ValueError(
        "the address of the Redis cannot be used: write / ? # @ [ ] in its password as %2F %3F %23 %40 %5B %5D,"
        " and check its port and its options"
    )
