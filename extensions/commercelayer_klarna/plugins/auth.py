"""The built-in plugin ``auth``: the credentials that the client was given, on each attempt.

How tokens are asked for, kept and renewed is in ``_auth``; this only puts that into the chain.
"""

from __future__ import annotations

from collections.abc import Callable

from commercelayer_klarna.plugins.hookspecs import AuthProvider, Plugin, hookimpl
from commercelayer_klarna.plugins.values import Context

__all__ = ["TokenAuth"]


class TokenAuth(Plugin):
    """Puts an access token on each attempt.

    Args:
        provider: Makes the flow that does it, for one client.
    """

    name = "auth"
    fallback = True

    def __init__(self, provider: Callable[[Context], AuthProvider]) -> None:
        self._provider = provider

    @hookimpl
    def auth_provider(self, ctx: Context) -> AuthProvider:
        """Return the flow of the credentials."""
        return self._provider(ctx)
