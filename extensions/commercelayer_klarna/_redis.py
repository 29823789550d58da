"""The way to Redis, of the extra ``redis``: for limits and tokens that several processes and machines share."""

# redis is no dependency.
# pyright: reportMissingImports=false, reportUnknownMemberType=false

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast
from urllib.parse import urlsplit

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
        parts = urlsplit(url)
        if parts.scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("the address of a Redis begins with redis://, rediss:// or unix://")
        try:
            redis, backoff, retry = (import_module(f"redis{name}") for name in ("", ".backoff", ".retry"))
        except ImportError as error:
            raise ImportError(
                f'{error}: sharing through Redis needs an extra: pip install "commercelayer-klarna[redis]"'
            ) from None
        self._where = f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
        self._error: type[Exception] = redis.RedisError
        self._redis = cast(
            "_Redis",
            redis.Redis.from_url(
                url,
                socket_timeout=_TIMEOUT,
                socket_connect_timeout=_TIMEOUT,
                # Once more at once: a connection that was idle may have been closed.
                retry=retry.Retry(backoff.NoBackoff(), 1),
                retry_on_error=[redis.ConnectionError],
                decode_responses=True,
            ),
        )

    def do(self, *parts: str | int) -> object:
        """Send a command, and return the answer. It takes two seconds at most.

        Raises:
            NotThere: There was none.
        """
        try:
            return self._redis.execute_command(*parts)
        except (self._error, OSError) as error:
            raise NotThere(f"{self._where}: {type(error).__name__}: {error}") from None

    def __repr__(self) -> str:
        return f"Server({self._where!r})"
