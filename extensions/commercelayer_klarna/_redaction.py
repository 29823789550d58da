"""Which names hold secrets, and how they are kept out of reprs, logs, errors and pickles.

Everything that shows or stores a value of the API on the user's behalf goes through here, so that the list of secret
names exists once. Tracebacks are covered too: tools that report errors write down the local variables of each frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from commercelayer_klarna._json import as_list, as_object, is_list, is_object

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
# No document has that many; one that does is hidden whole.
_MOST = 100

# Their frames hold requests and answers as they are. Frames of plugins and of callers are left as they are.
_FORGETFUL = frozenset(
    {"anyio", "commercelayer_klarna", "commercelayer_klarna_api", "h11", "h2", "hpack", "httpcore", "httpx", "json"}
)


def without_secrets(value: Any) -> Any:
    """A copy of a JSON value in which members with secret names are missing, at any depth.

    Metadata is the user's own, and stays as it is.
    """

    def open_members(each: dict[str, Any]) -> dict[str, Any]:
        return {name: inner for name, inner in each.items() if name not in SECRET_NAMES}

    return _rebuilt(value, open_members, lambda each: each, untouched="metadata")


def secrets_in(value: Any) -> set[str]:
    """All texts that stand under secret names in a JSON value."""
    found: set[str] = set()
    todo = [value]
    while todo:
        each = todo.pop()
        for name, inner in as_object(each).items():
            if name in SECRET_NAMES and isinstance(inner, str):
                found.add(inner)
            else:
                todo.append(inner)
        todo += as_list(each)
    return found


def scrubbed(value: Any, secrets: Iterable[str]) -> Any:
    """A copy of a JSON value with the secrets hidden in every text."""
    known = tuple(secrets)

    def members(each: dict[str, Any]) -> dict[str, Any]:
        return {scrub(name, known): inner for name, inner in each.items()}

    return _rebuilt(value, members, lambda each: scrub(each, known) if isinstance(each, str) else each)


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text with every one of the secrets hidden; a server may echo what it was sent."""
    known = sorted(secrets, key=len, reverse=True)  # one may begin with another
    if len(known) > _MOST:
        return HIDDEN  # looking for each in every text would be work without end
    for secret in known:
        # Anything shorter is no secret, and hiding it would garble the text.
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


def _rebuilt(
    value: Any,
    members: Callable[[dict[str, Any]], dict[str, Any]],
    leaf: Callable[[Any], Any],
    untouched: str | None = None,
) -> Any:
    """A copy of a JSON value, made without recursion: what a server sends may be nested deeper than Python's stack."""
    top: list[Any] = [value]
    todo: list[tuple[Any, Any]] = [(top, 0)]
    while todo:
        holder, place = todo.pop()
        each = holder[place]
        if is_object(each):
            made = holder[place] = members(each)
            todo += [(made, name) for name in made if name != untouched]
        elif is_list(each):
            copied = holder[place] = list(each)
            todo += [(copied, number) for number in range(len(copied))]
        else:
            holder[place] = leaf(each)
    return top[0]


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
