"""What goes to the service and comes back: a request as a check writes it down, and its answer.

What happens to a request on its way is up to ``sending``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias
from urllib.parse import quote

from attrs import Factory, field, frozen

from commercelayer_klarna._json import JsonObject, as_list, as_object, load_json
from commercelayer_klarna.errors import ResponseFormatError

__all__ = ["Answer", "Ask", "Caller", "CannotTell", "Exchange", "linkage"]

Caller: TypeAlias = Literal["integration", "sales channel"]
Host: TypeAlias = Literal["api", "auth"]

_READING = ("GET", "HEAD", "OPTIONS")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class CannotTell(Exception):
    """The claim could not be put to the test. The text says why."""


@frozen
class Ask:
    """A request as a check writes it down. Names in braces, such as ``{payment}``, stand for ids of the organization.

    Attributes:
        method: The HTTP method.
        target: Path with a query, relative to ``/api``; one that begins with a slash is relative to the host.
        document: The document to send, or a text that is none.
        headers: Headers in place of the usual ones; ``None`` leaves one out.
        by: Whose token it carries.
        to: The host: that of the API, or that of tokens.
    """

    method: str
    target: str
    document: JsonObject | str | None = None
    headers: Mapping[str, str | None] = field(factory=dict[str, "str | None"])
    by: Caller = "integration"
    to: Host = "api"

    @property
    def reads(self) -> bool:
        """Return whether it can change nothing: what is sent to the host of tokens is no change of the organization."""
        return self.method in _READING or self.to == "auth"

    def filled(self, id_of: Callable[[str], str]) -> Ask:
        """Return the request with ids in place of the names in braces."""

        def fill(text: str) -> str:
            return _PLACEHOLDER.sub(lambda match: id_of(match[1]), text)

        document = self.document
        filled = (
            document
            if document is None or isinstance(document, str)
            else load_json(fill(json.dumps(document)).encode())
        )
        return Ask(self.method, fill(self.target), filled, self.headers, self.by, self.to)

    def address(self, base: str) -> str:
        """Return the complete address."""
        path, question, query = self.target.partition("?")
        root = "/".join(base.split("/")[:3]) if path.startswith("/") else f"{base}/"
        return root + path + question + quote(query, safe="=&,-._~%")

    @property
    def content(self) -> bytes:
        """The body."""
        if self.document is None:
            return b""
        return (self.document if isinstance(self.document, str) else json.dumps(self.document)).encode()

    def __str__(self) -> str:
        """Return it in words, for the table of all checks."""
        host = "" if self.to == "api" else "auth:"
        without = [f"without {name}" for name, value in self.headers.items() if value is None]
        other = [f"{name}: {value}" for name, value in self.headers.items() if value is not None]
        who = ["as a sales channel"] if self.by == "sales channel" else []
        what = [] if self.document is None else ["with a document"]
        return f"{self.method} {host}{self.target}" + "".join(f", {each}" for each in [*what, *without, *other, *who])


def _document_of(answer: Answer) -> JsonObject:
    """Return the JSON object of a body. An answer may be empty, or HTML."""
    try:
        return as_object(load_json(answer.content))
    except ResponseFormatError:
        return {}


@frozen
class Answer:
    """An answer: status, headers with names in lower case, and body."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    document: JsonObject = field(init=False, eq=False, default=Factory(_document_of, takes_self=True))
    """The JSON object of the body, empty if there is none."""

    @property
    def data(self) -> JsonObject:
        """The one resource."""
        return as_object(self.document.get("data"))

    @property
    def id(self) -> str:
        """The id of the one resource."""
        return str(self.data.get("id", ""))

    @property
    def listed(self) -> list[JsonObject]:
        """The resources of a list."""
        return [as_object(each) for each in as_list(self.document.get("data"))]

    @property
    def included(self) -> list[JsonObject]:
        """The included resources."""
        return [as_object(each) for each in as_list(self.document.get("included"))]

    @property
    def attributes(self) -> JsonObject:
        """The attributes of the one resource."""
        return as_object(self.data.get("attributes"))

    @property
    def relationships(self) -> JsonObject:
        """The relationships of the one resource."""
        return as_object(self.data.get("relationships"))

    @property
    def meta(self) -> JsonObject:
        """The top-level ``meta``."""
        return as_object(self.document.get("meta"))

    @property
    def links(self) -> JsonObject:
        """The top-level ``links``."""
        return as_object(self.document.get("links"))

    @property
    def errors(self) -> list[JsonObject]:
        """The errors."""
        return [as_object(each) for each in as_list(self.document.get("errors"))]

    def related(self, name: str) -> JsonObject:
        """Return the linkage of a to-one relationship, empty if it has none."""
        return linkage(self.data, name)

    def __str__(self) -> str:
        """Return status, codes, titles and pointers. Details are left out: they repeat what was sent."""
        told = [str(self.status)]
        for error in self.errors[:3]:
            pointer = as_object(error.get("source")).get("pointer")
            parts = [str(error.get("code")), *([f"at {pointer}"] if pointer else []), f"({error.get('title')})"]
            told.append(" ".join(parts))
        return ", ".join(told)


def linkage(resource: JsonObject, name: str) -> JsonObject:
    """Return the linkage of a to-one relationship of a resource, empty if it has none."""
    return as_object(as_object(as_object(resource.get("relationships")).get(name)).get("data"))


@frozen
class Exchange:
    """A request and its answer; ``check`` is the name of the check that sent it, or of the sample."""

    check: str
    ask: Ask
    answer: Answer
