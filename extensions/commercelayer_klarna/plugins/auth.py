"""The built-in plugin ``auth``: puts an access token on each attempt.

``_auth`` knows how tokens are obtained, kept and renewed; this plugin only puts that flow into the chain.
"""

from __future__ import annotations

from collections.abc import Callable

from commercelayer_klarna.plugins.hookspecs import AuthProvider, Plugin
from commercelayer_klarna.plugins.values import Context

__all__ = ["TokenAuth"]


class TokenAuth(Plugin):
    """Put an access token on each attempt.

    Args:
        provider: Returns the flow that does it, for one client.
    """

    name = "auth"
    fallback = True

    def __init__(self, provider: Callable[[Context], AuthProvider]) -> None:
        self._provider = provider

    def auth_provider(self, ctx: Context) -> AuthProvider:
        """Return the flow of the credentials."""
        return self._provider(ctx)
