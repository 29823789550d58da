"""Keeps ids, secrets and personal data out of what the probe tells and keeps.

Nothing is hidden by its name here: only what is known to be harmless stays. Of a document that is kept, that is its
shape, and the values of a few attributes, such as statuses. From texts, everything is taken that a document had in any
other place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from attrs import field, frozen

from commercelayer_klarna._json import JsonObject, JsonValue, as_object, is_list, is_object

if TYPE_CHECKING:
    from commercelayer_klarna.probe.visit import Visit

__all__ = ["HARMLESS", "Scrubber", "shape"]

HIDDEN = "..."
_STATES = ("mode", "status", "payment_status", "fulfillment_status", "fraud_status", "event", "topic", "response_code")
_TYPES = ("type", "kind", "resource_type", "payment_source_type", "payment_method_type", "issuer_type", "token_type")
_CODES = ("currency_code", "country_code", "identifier", "alg", "typ", "kty", "use")
_OF_ERRORS = ("code", "title", "pointer", "error", "error_code")
HARMLESS = frozenset({*_STATES, *_TYPES, *_CODES, *_OF_ERRORS})
"""Names whose values say nothing of anybody."""

_FREE = ("metadata", "payload", "who", "asset_urls", "credential_keys")
_SUSPICIOUS = re.compile(
    r"[^\s@\"']{1,64}@[^\s@\"']+"  # an e-mail address
    r"|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}|\beyJ[\w.-]+|https?://\S+|\b\d{5,}\b"
    r"|\b(?=[A-Za-z]{10}\b)[A-Za-z]*[a-z][A-Z][A-Za-z]*\b"  # an id
)
_WORDS = HARMLESS - {*_OF_ERRORS}
_WORD = re.compile(r"[A-Za-z_.]{2,40}")
_SHORTEST = 4
_KIND = re.compile(
    r"(?P<time>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)|(?P<other_time>\d{4}-\d{2}-\d{2}T.*)"
    r"|(?P<id>[A-Za-z]{10})|(?P<event_id>\d{13}-\d+)|(?P<trace>[0-9a-f]{64})|(?P<uuid>[0-9a-f-]{36})"
    r"|(?P<url>https?://.*)|(?P<digits>\d+(?:\.\d+)?)"
)


def shape(value: JsonValue, name: str = "") -> JsonValue:
    """Return a copy of a JSON value in which only harmless values stay; of the others, one sees what they were."""
    if is_object(value):
        if name in _FREE:
            return {"...": "..."} if value else {}
        return {key: shape(member, key) for key, member in value.items()}
    if is_list(value):
        return [shape(each, name) for each in value]
    if isinstance(value, str):
        if name in HARMLESS and "@" not in value:
            return value
        kind = _KIND.fullmatch(value)
        return f"<{'text' if kind is None else kind.lastgroup}>" if value else ""
    if isinstance(value, bool) or value is None:
        return value
    return 0


@frozen
class Scrubber:
    """Takes out of texts what the documents of a run had in any but a harmless place."""

    known: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """Return one that knows all that a run has seen."""
        known = {prober.sender.token for prober in visit.callers.values()}
        known.update(visit.orders, [visit.old_token or ""])
        known.update(prober.payments.base_url.split("/")[2].partition(".")[0] for prober in visit.callers.values())
        harmless = set[str]()
        for each in visit.exchanges:
            for document in (each.answer.document, as_object(each.ask.document)):
                for name, text in _texts(document):
                    (harmless if name in _WORDS and _WORD.fullmatch(text) else known).add(text)
        # The same words stand in event stores, where nothing says what they are.
        known -= harmless
        return cls(tuple(sorted((each for each in known if len(each) >= _SHORTEST), key=len, reverse=True)))

    def clean(self, text: str) -> str:
        """Return the text without any of it."""
        for each in self.known:
            if each in text:
                text = text.replace(each, HIDDEN)
        return _SUSPICIOUS.sub(HIDDEN, text)


def _texts(document: JsonObject) -> Iterator[tuple[str, str]]:
    """Return the names and values of all texts of a document but those of its errors, which are cleaned themselves."""
    todo: list[tuple[str, JsonValue]] = [(name, value) for name, value in document.items() if name != "errors"]
    while todo:
        name, value = todo.pop()
        if is_object(value):
            todo += value.items()
        elif is_list(value):
            todo += [(name, each) for each in value]
        elif isinstance(value, str):
            yield name, value
