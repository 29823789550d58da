"""The built-in plugin ``auth``: the credentials that the client was given, on each attempt."""

from __future__ import annotations

from commercelayer_klarna.auth import Auth, auth_flow
from commercelayer_klarna.plugins.spec import Plugin, hookimpl
from commercelayer_klarna.plugins.types import AuthProvider, Context

__all__ = ["TokenAuth"]


class TokenAuth(Plugin):
    """Puts an access token on each attempt.

    Args:
        auth: Where the token comes from.
        auth_url: The token endpoint, unless the credentials name another.
    """

    name = "auth"
    fallback = True

    def __init__(self, auth: Auth, auth_url: str) -> None:
        self._auth = auth
        self._auth_url = auth_url

    @hookimpl
    def auth_provider(self, ctx: Context) -> AuthProvider:
        """The flow of the credentials."""
        return auth_flow(self._auth, self._auth_url, ctx.timing.monotonic)
