"""Which names hold secrets, and how they are kept out of reprs, logs, errors and pickles.

Everything that shows or stores a value of the API on the user's behalf goes through here, so that the list of secret
names exists once. Tracebacks are covered too: tools that report errors write down the local variables of each frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from commercelayer_klarna.jsonvalue import as_list, as_object, is_list, is_object

__all__ = ["HIDDEN", "SECRET_NAMES", "forget_locals", "scrub", "scrubbed", "secrets_in", "without_secrets"]

SECRET_NAMES = frozenset(
    {
        "access_token",
        "api_key",
        "api_secret",
        "auth_token",
        "client_secret",
        "client_token",
        "refresh_token",
        "shared_secret",
        "token",
    }
)
"""Names of attributes whose values open something: Klarna's two tokens, an order's cart token, OAuth's own."""

HIDDEN = "***"
_SHORTEST = 6

# Their frames hold requests and answers as they are. Frames of plugins and of callers are left as they are.
_FORGETFUL = frozenset(
    {"commercelayer_klarna", "commercelayer_klarna_api", "h11", "h2", "hpack", "httpcore", "httpx", "json"}
)


def without_secrets(value: Any) -> Any:
    """A copy of a JSON value in which members with secret names are missing, at any depth.

    Metadata is the user's own, and stays as it is.
    """
    if is_object(value):
        return {
            name: each if name == "metadata" else without_secrets(each)
            for name, each in value.items()
            if name not in SECRET_NAMES
        }
    if is_list(value):
        return [without_secrets(each) for each in value]
    return value


def secrets_in(value: Any) -> set[str]:
    """All texts that stand under secret names in a JSON value."""
    found: set[str] = set()
    for name, each in as_object(value).items():
        if name in SECRET_NAMES and isinstance(each, str):
            found.add(each)
        else:
            found |= secrets_in(each)
    for each in as_list(value):
        found |= secrets_in(each)
    return found


def scrubbed(value: Any, secrets: Iterable[str]) -> Any:
    """A copy of a JSON value with the secrets hidden in every text."""
    if isinstance(value, str):
        return scrub(value, secrets)
    if is_object(value):
        return {scrub(name, secrets): scrubbed(each, secrets) for name, each in value.items()}
    if is_list(value):
        return [scrubbed(each, secrets) for each in value]
    return value


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text with every one of the secrets hidden; a server may echo what it was sent."""
    for secret in sorted(secrets, key=len, reverse=True):  # one may begin with another
        # Anything shorter is no secret, and hiding it would garble the text.
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


def forget_locals(error: BaseException) -> None:
    """Clear the local variables in the tracebacks of an error and of what led to it; files and lines stay.

    Only in frames of this package and of what it sends with, and only in those that have ended.
    """
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        todo += [each.__cause__, each.__context__]
        entry = each.__traceback__
        while entry is not None:
            frame, entry = entry.tb_frame, entry.tb_next
            if str(frame.f_globals.get("__name__")).partition(".")[0] in _FORGETFUL:
                with suppress(RuntimeError):  # it still runs
                    frame.clear()
