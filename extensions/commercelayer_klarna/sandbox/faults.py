"""Faults on demand: which requests fail, in which way, and how often.

A fault is described by a document, the same from Python and over HTTP:

    {"match": {"method": "POST", "path": "/api/klarna_payments", "exact": false}, "times": 1,
     "status": 503, "body": "html", "retry_after": 2, "delay": 0.5, "kind": "reset", "when": "after"}

Everything may be left out but one of ``status``, ``kind`` and ``delay``. A path matches itself and all below it, with
``exact`` only itself; the query does not count. ``when`` says whether the fault strikes before or after a write is
committed.

This file decides and describes; what a kind does to a connection is up to ``transport`` and ``doors.delivery``.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal, TypedDict, cast, get_args
from urllib.parse import unquote

from attrs import frozen

from commercelayer_klarna.sandbox.api import json_bytes
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.messages import JSON_TYPE, MEDIA_TYPE, Answer
from commercelayer_klarna.sandbox.control_document import BadDocument, ControlDocument

Kind = Literal["reset", "drop", "truncate", "garbage", "slow_body", "expire_token", "revoke_token"]
Body = Literal["jsonapi", "html", "empty"]
When = Literal["before", "after"]


class FaultOptions(TypedDict, total=False):
    """The members of a fault's document that are no arguments of ``Sandbox.fail_next`` of their own.

    Other texts are refused when the fault is added; None is as good as left out.
    """

    body: Body | str | None
    retry_after: int | str | None
    delay: float | None
    kind: Kind | str | None
    when: When | str | None


STATUSES = (429, 500, 502, 503, 504, 520)
KINDS = get_args(Kind)
BODIES = get_args(Body)
# Kinds that deliver an answer badly: the real one, unless a status takes its place.
_DELIVERIES = ("truncate", "slow_body")
_TOKENS = ("expire_token", "revoke_token")

MAXIMUM_DELAY = 300.0
MAXIMUM_TIMES = 1_000_000
MAXIMUM_PENDING = 1_000
# How long a slow body takes if the fault does not say, and in how many pieces it comes.
SLOW_BODY = 1.0
PIECES = 10

_NOT_HTTP = {520: "Web Server Returned an Unknown Error"}


@frozen
class Fault:
    """What goes wrong with a request."""

    method: str | None = None
    path: str | None = None
    exact: bool = False
    status: int | None = None
    body: Body = "jsonapi"
    retry_after: str | None = None
    delay: float = 0.0
    kind: Kind | None = None
    when: When = "before"

    def matches(self, method: str, path: str) -> bool:
        """Return whether the fault is meant for this request."""
        if self.method not in (None, method):
            return False
        if self.path is None:
            return True
        path, wanted = unquote(path).rstrip("/"), self.path.rstrip("/")
        return path == wanted or (not self.exact and path.startswith(f"{wanted}/"))

    @property
    def waits(self) -> When | None:
        """When ``delay`` is waited for; that of a slow body is waited for in pieces."""
        return self.when if self.delay and self.kind != "slow_body" else None

    @property
    def spoils_token(self) -> bool:
        """Return whether the bearer of the request is worth nothing from now on."""
        return self.kind in _TOKENS

    @property
    def replaces(self) -> bool:
        """Return whether the API's own answer is never seen; a bad delivery after the write delivers just that."""
        if self.spoils_token:
            return False
        return self.status is not None or (self.kind is not None and self.when == "before")

    @property
    def delivered(self) -> bool:
        """Return whether an answer with a status reaches the client."""
        return self.kind not in ("reset", "drop", "garbage")

    @property
    def name(self) -> str:
        """The fault in a word or two, for a header and the log."""
        return self.kind or (f"status {self.status}" if self.status else "delay")


def parse(document: object) -> tuple[Fault, int]:
    """Return the fault of a document and how often it strikes, or raise BadDocument."""
    asked = ControlDocument(document)
    match = asked.nested("match")
    method, path = match.text("method"), match.text("path", "must be a path, such as /api/klarna_payments")
    exact = match.flag("exact")
    if path is not None and (not path.startswith("/") or "?" in path):
        raise match.refuse("path", "must begin with / and have no query")
    match.end()
    times = asked.integer("times", 1, MAXIMUM_TIMES)
    status = asked.integer("status", 100, 999)
    if status is not None and status not in STATUSES:
        raise asked.refuse("status", f"must be one of {', '.join(map(str, STATUSES))}")
    body, kind = asked.choice("body", BODIES), asked.choice("kind", KINDS)
    when = asked.choice("when", get_args(When))
    delay = asked.number("delay", 0, MAXIMUM_DELAY)
    retry_after = _retry_after(asked)
    asked.end()
    if status is None and kind is None and not delay:
        raise asked.refuse("status", "say what goes wrong: a status, a kind, or a delay")
    if status is None and (body or retry_after):
        raise asked.refuse("body" if body else "retry_after", "has no meaning without a status")
    if status is not None and kind is not None and kind not in _DELIVERIES:
        raise asked.refuse("kind", f"{kind} cannot have a status as well")
    if kind == "slow_body" and not delay:
        delay = SLOW_BODY
    # A truncated or slow answer is that of a request that went through, unless said otherwise.
    usual = "after" if kind in _DELIVERIES and status is None else "before"
    fault = Fault(
        None if method is None else method.upper(),
        None if path is None else unquote(path),
        exact,
        status,
        cast("Body", body or "jsonapi"),
        retry_after,
        delay or 0.0,
        cast("Kind | None", kind),
        cast("When", when or usual),
    )
    return fault, times or 1


def _retry_after(asked: ControlDocument) -> str | None:
    """Return the header's value: seconds, or a date as text."""
    value = asked.pop("retry_after")
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**9:
        return str(value)
    if isinstance(value, str) and value and value.isascii() and value.isprintable():
        return value
    raise asked.refuse("retry_after", "must be seconds, or the text of a date")


class Faults:
    """The faults that are still to strike, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._pending: list[tuple[Fault, int]] = []

    def add(self, document: object) -> Fault:
        """Add the fault of a document, or raise BadDocument."""
        fault, times = parse(document)
        if len(self._pending) >= MAXIMUM_PENDING:
            raise BadDocument("times", f"{MAXIMUM_PENDING} faults are waiting already")
        self._pending.append((fault, times))
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault that is meant for the request, and count it."""
        for index, (fault, times) in enumerate(self._pending):
            if fault.matches(method, path):
                self._pending[index : index + 1] = [(fault, times - 1)] if times > 1 else []
                return fault
        return None

    def clear(self) -> None:
        """Forget all faults."""
        self._pending.clear()

    def __len__(self) -> int:
        return len(self._pending)


def stand_in(fault: Fault, *, oauth: bool) -> Answer:
    """Return the answer that a fault puts in place of the API's. The token endpoint writes its status as a number."""
    # A bad delivery before the write has no answer of its own to deliver: a gateway would say this.
    status = fault.status or 502
    title = _NOT_HTTP.get(status) or HTTPStatus(status).phrase
    headers: list[tuple[str, str]] = []
    match fault.body:
        case "html":
            headers.append(("Content-Type", "text/html; charset=utf-8"))
            text = f"<!DOCTYPE html><html><head><title>{status} {title}</title></head><body>{title}</body></html>"
            body = text.encode()
        case "empty":
            body = b""
        case _:
            # unknown: what the API says; its documentation has no body for any of these.
            code = "INTERNAL_SERVER_ERROR" if status == 500 else title.upper().replace(" ", "_")
            headers.append(JSON_TYPE if oauth else ("Content-Type", MEDIA_TYPE))
            item: dict[str, JSON] = {"title": title, "detail": "A fault that was asked for.", "code": code}
            item["status"] = status if oauth else str(status)
            body = json_bytes.write({"errors": [item]})
    if fault.retry_after is not None:
        headers.append(("Retry-After", fault.retry_after))
    return Answer(status, headers, body)
