"""Say what to pass to the constructor of a client, where Python would tell the name of a base class.

The values are checked in ``options``. This module imports little, because each program that makes a client loads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from commercelayer_klarna._tracebacks import shortened

__all__ = ["explained"]

P = ParamSpec("P")
C = TypeVar("C")

_CREDENTIALS = "auth=ClientCredentials(client_id=..., client_secret=...)"
_REMEDIES: dict[str, str] = {
    **dict.fromkeys(("auth_url", "client_id", "client_secret", "scope"), _CREDENTIALS),
    **dict.fromkeys(("access_token", "api_key", "token"), "auth=AccessToken(...)"),
    **dict.fromkeys(("max_retries", "retries"), "retry=RetryPolicy(attempts=...)"),
    **dict.fromkeys(("proxies", "proxy", "transport", "verify"), "http_client=httpx.Client(...) that has it"),
    "headers": "them to with_options(headers=...) of the client",
}


def explained(init: Callable[Concatenate[C, P], None]) -> Callable[Concatenate[C, P], None]:
    """Let a constructor name its class, and what to pass instead; and its errors end where it is called."""
    code = init.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]

    @wraps(init)
    def checked(client: C, /, *arguments: P.args, **named: P.kwargs) -> None:
        try:
            _check(type(client).__name__, len(arguments), named, known)
            init(client, *arguments, **named)
        except _refusals() as error:
            raise shortened(error) from error.__cause__

    return checked


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors of arguments. It is called where something failed: their import takes time."""
    from commercelayer_klarna.errors import PluginError

    return PluginError, TypeError, ValueError


def _check(client: str, positional: int, named: Mapping[str, object], known: tuple[str, ...]) -> None:
    for name in named:
        if name in _REMEDIES:
            raise TypeError(f"{client} takes no {name}: pass {_REMEDIES[name]}")
        if name not in known:
            from difflib import get_close_matches

            close = get_close_matches(name, known, 1)
            raise TypeError(f"{client} takes no {name}: {f'pass {close[0]}' if close else f'there are {known}'}")
    if positional > 1:
        raise TypeError(f"{client} takes one argument without a name, organization, not {positional}: name the others")
    if "auth" not in named:
        raise TypeError(f"{client} needs auth: pass {_CREDENTIALS}, or auth=AccessToken(...)")
