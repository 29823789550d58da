"""What all endpoints and models share. Plain classes: a first call would pay for attrs. JSON:API sends no files."""

from __future__ import annotations

from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Generic, Literal, TypeVar

T = TypeVar("T")


class Unset:
    """The type of a parameter or a property that was not given."""

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Unset = Unset()


class Response(Generic[T]):
    """An answer: its parts, and what was made of its body."""

    def __init__(
        self,
        status_code: HTTPStatus,
        content: bytes,
        headers: MutableMapping[str, str],
        parsed: T | None,
    ):
        self.status_code = status_code
        self.content = content
        self.headers = headers
        self.parsed = parsed

    def __repr__(self) -> str:
        return f"{type(self).__name__}(status_code={self.status_code!r}, parsed={self.parsed!r})"


__all__ = ["UNSET", "Response", "Unset"]
