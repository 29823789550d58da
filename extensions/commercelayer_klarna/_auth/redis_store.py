"""Tokens in Redis, for the processes of several machines; ``_redis`` speaks to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import ceil

from commercelayer_klarna._auth.store import StoredToken

_IN_REDIS = "commercelayer_klarna:tokens"
# Longer than a request for a token takes, as a rule. A second token harms nobody, unless the grant works only once.
_LOCKED = 60_000
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


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
