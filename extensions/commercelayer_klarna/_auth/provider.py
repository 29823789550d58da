"""The flow that puts a token on each attempt: the caller's own, or one that ``tokens`` fetches and renews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commercelayer_klarna._auth.credentials import AccessToken, Credentials
from commercelayer_klarna._lazy import lazy

if TYPE_CHECKING:
    from commercelayer_klarna._auth import tokens
    from commercelayer_klarna._auth.store import TokenStore
    from commercelayer_klarna.plugins.flow import Flow
    from commercelayer_klarna.plugins.hookspecs import AuthProvider
    from commercelayer_klarna.plugins.timing import Timing
    from commercelayer_klarna.plugins.values import Request, Response
else:
    (tokens,) = lazy("_auth.tokens")


def auth_flow(auth: object, auth_url: str, timing: Timing, store: TokenStore | None = None) -> AuthProvider:
    """Return the flow that puts a token on each attempt: an access token, or one that is fetched with credentials.

    Raises:
        TypeError: ``auth`` is neither credentials nor an access token.
    """
    if isinstance(auth, AccessToken):
        return _GivenToken(auth).flow
    if isinstance(auth, Credentials):
        return tokens.FetchedToken(auth, auth.auth_url or auth_url, timing, store).flow
    raise TypeError(f"auth must be Credentials such as ClientCredentials, or an AccessToken, not {type(auth).__name__}")


class _GivenToken:
    """Puts the caller's access token on each attempt."""

    def __init__(self, token: AccessToken) -> None:
        self._token = token

    def flow(self, request: Request) -> Flow:
        request.headers["Authorization"] = f"Bearer {self._token.token}"
        response: Response = yield request
        return response
