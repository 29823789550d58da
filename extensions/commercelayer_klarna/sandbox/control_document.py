"""A control document: JSON that is read member by member, so that whatever is wrong in it is refused by name.

Knows JSON types and ranges; what the members mean is up to ``faults`` and ``doors.control``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast


class BadDocument(ValueError):
    """A control document is wrong; ``member`` says where, with dots for nesting."""

    def __init__(self, member: str, wanted: str) -> None:
        super().__init__(f"{member}: {wanted}")
        self.member = member


class ControlDocument:
    """Takes the members of a JSON object one by one; ``end`` refuses those that nobody took. Null counts as absent."""

    def __init__(self, document: object, at: str = "") -> None:
        if not isinstance(document, Mapping):
            raise BadDocument(at or "document", "must be a JSON object")
        self._at = at
        self._left = dict(cast("Mapping[object, object]", document))

    def refuse(self, name: str, wanted: str) -> BadDocument:
        """Return the refusal of a member."""
        return BadDocument(f"{self._at}.{name}" if self._at else name, wanted)

    def nested(self, name: str) -> ControlDocument:
        """Take an object; an empty one if it is absent."""
        value = self._left.pop(name, None)
        return ControlDocument({} if value is None else value, f"{self._at}.{name}" if self._at else name)

    def text(self, name: str, wanted: str = "must be a text") -> str | None:
        """Take a text without control characters."""
        value = self._left.pop(name, None)
        if value is not None and (not isinstance(value, str) or not value.isprintable() or not value):
            raise self.refuse(name, wanted)
        return value

    def texts(self, name: str) -> list[str]:
        """Take a list of texts; an empty one if it is absent."""
        value = self._left.pop(name, None)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refuse(name, "must be a list of texts")
        texts = [each for each in cast("list[object]", value) if isinstance(each, str) and each.isprintable()]
        if len(texts) != len(cast("list[object]", value)):
            raise self.refuse(name, "must be a list of texts")
        return texts

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """Take one of a few words."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str) or value not in choices:
            raise self.refuse(name, f"must be one of {', '.join(choices)}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Take a boolean; the default if it is absent."""
        value = self._left.pop(name, None)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(name, "must be true or false")
        return value

    def number(self, name: str, least: float, most: float) -> float | None:
        """Take a finite number within a range."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.refuse(name, f"must be a number from {least:g} to {most:g}")
        return value

    def integer(self, name: str, least: int, most: int) -> int | None:
        """Take an integer within a range."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.refuse(name, f"must be an integer from {least} to {most}")
        return value

    def pop(self, name: str) -> object:
        """Take whatever is there."""
        return self._left.pop(name, None)

    def end(self) -> None:
        """Refuse what is left."""
        for name in self._left:
            raise self.refuse(str(name), "is not a member of this document")
