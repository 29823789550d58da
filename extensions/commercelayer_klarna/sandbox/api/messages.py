"""The HTTP messages of the sandbox, without HTTP: a request and its answer, and the headers that many answers have."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

MEDIA_TYPE = "application/vnd.api+json"
JSON_TYPE: tuple[str, str] = ("Content-Type", "application/json; charset=utf-8")
# Larger bodies are refused. unknown: the API's own limit.
MAXIMUM_BODY = 16 * 1024 * 1024
# Every answer carries it, so that nobody takes the sandbox for the service.
MARK: tuple[str, str] = ("X-Sandbox", "true")


@frozen(eq=False)
class Request:
    """A request, with header names in lower case; ``address`` is the client's, by which rates are limited."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    scheme: str = "https"
    address: str = ""


@frozen
class Answer:
    """A status, headers and a body: enough to build a response for any client. Headers may be added."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
