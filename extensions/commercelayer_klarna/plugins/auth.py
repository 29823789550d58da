"""The built-in plugin ``auth``: the credentials that the client was given, on each attempt."""

from __future__ import annotations

from commercelayer_klarna.auth import Auth
from commercelayer_klarna.plugins.spec import Plugin, hookimpl
from commercelayer_klarna.plugins.types import AuthProvider, Context
from commercelayer_klarna.token_store import TokenStore
from commercelayer_klarna.tokens import auth_flow

__all__ = ["TokenAuth"]


class TokenAuth(Plugin):
    """Puts an access token on each attempt.

    Args:
        auth: Where the token comes from.
        auth_url: The token endpoint, unless the credentials name another.
        store: Where tokens are kept. By default in memory, for each client.
    """

    name = "auth"
    fallback = True

    def __init__(self, auth: Auth, auth_url: str, store: TokenStore | None = None) -> None:
        self._auth = auth
        self._auth_url = auth_url
        self._store = store

    @hookimpl
    def auth_provider(self, ctx: Context) -> AuthProvider:
        """The flow of the credentials."""
        return auth_flow(self._auth, self._auth_url, ctx.timing, self._store)
