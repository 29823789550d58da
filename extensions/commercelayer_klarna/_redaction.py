"""Which names hold secrets, and how secrets are kept out of reprs, logs, errors, pickles and tracebacks.

Everything that shows or stores a value of the API uses this module, so the list of secret names exists once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress

from commercelayer_klarna._json import JsonObject, JsonValue, as_list, as_object, is_list, is_object
from commercelayer_klarna._tracebacks import shorten

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
"""Names of attributes whose values give access: Klarna's two tokens, an order's cart token, those of OAuth."""

HIDDEN = "***"
_CONFIDENTIAL = r"(?i)auth|cookie|key|passw|secret|signature|token"
# Anything shorter is no secret, and hiding it would garble the text.
_SHORTEST = 6
# No honest document has more. A search for each of them in every text would take the square of its length.
_MOST = 100

# Their frames hold requests and answers as they are. Frames of plugins and of callers are left as they are.
_CLEARED = frozenset(
    {
        *("anyio", "commercelayer_klarna", "commercelayer_klarna_api", "h11", "h2", "hpack", "httpcore", "httpx"),
        *("json", "redis"),
    }
)


def is_confidential(header: str) -> bool:
    """Return whether a header of this name may hold a secret."""
    return re.search(_CONFIDENTIAL, header) is not None


def without_secrets(value: object) -> JsonValue:
    """Return a copy of a JSON value without the members that have secret names, at any depth.

    Metadata is the user's own, and stays as it is.
    """

    def open_members(members: JsonObject) -> JsonObject:
        return {name: member for name, member in members.items() if name not in SECRET_NAMES}

    return _rebuilt(value, open_members, lambda leaf: leaf, untouched="metadata")


def secrets_in(value: object) -> set[str]:
    """Return all texts that stand under secret names in a JSON value."""
    secrets: set[str] = set()
    todo = [value]
    while todo:
        value = todo.pop()
        for name, member in as_object(value).items():
            if name in SECRET_NAMES and isinstance(member, str):
                secrets.add(member)
            else:
                todo.append(member)
        todo += as_list(value)
    return secrets


def scrubbed(value: object, secrets: Iterable[str]) -> JsonValue:
    """Return a copy of a JSON value with the secrets hidden in every text."""
    known = tuple(secrets)

    def scrub_names(members: JsonObject) -> JsonObject:
        return {scrub(name, known): member for name, member in members.items()}

    return _rebuilt(value, scrub_names, lambda leaf: scrub(leaf, known) if isinstance(leaf, str) else leaf)


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Return the text with the secrets hidden, because a server may echo what it was sent."""
    known = sorted(secrets, key=len, reverse=True)  # one secret may begin with another
    if len(known) > _MOST:
        return HIDDEN
    for secret in known:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


def _rebuilt(
    value: object,
    members_of: Callable[[JsonObject], JsonObject],
    leaf_of: Callable[[object], object],
    untouched: str | None = None,
) -> JsonValue:
    """Return a copy of a JSON value, with its objects and leaves changed.

    It does not recurse: a server may send a value that is nested deeper than Python's stack.
    """
    top: list[JsonValue] = [value]
    todo: list[tuple[JsonValue, object]] = [(top, 0)]
    while todo:
        holder, place = todo.pop()
        value = holder[place]
        if is_object(value):
            members = holder[place] = members_of(value)
            todo += [(members, name) for name in members if name != untouched]
        elif is_list(value):
            elements = holder[place] = list(value)
            todo += [(elements, index) for index in range(len(elements))]
        else:
            holder[place] = leaf_of(value)
    return top[0]


def forget_locals(error: BaseException) -> None:
    """Clear the local variables in the tracebacks of an error and of what caused it.

    The traceback gets short if the error is of ours, or says that the client cannot be used so: it is closed, say.

    Error reporters such as Sentry record the local variables of each frame, and ours hold requests and answers with
    their tokens. Only frames that have ended can be cleared. So functions that have a secret call this when they fail,
    and delete their own variable.
    """
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        current = todo.pop()
        if current is None or id(current) in seen:  # causes may form a circle
            continue
        seen.add(id(current))
        todo += [current.__cause__, current.__context__]
        entry = current.__traceback__
        while entry is not None:
            frame, entry = entry.tb_frame, entry.tb_next
            if str(frame.f_globals.get("__name__")).partition(".")[0] in _CLEARED:
                # Python refuses to clear a frame that still runs, such as that of the caller.
                with suppress(RuntimeError):
                    frame.clear()
    from commercelayer_klarna.errors import CommerceLayerError  # only where something failed

    if isinstance(error, (CommerceLayerError, RuntimeError)):
        shorten(error)
