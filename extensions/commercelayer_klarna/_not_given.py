"""The mark of an argument that was not passed, where ``None`` has a meaning of its own: null."""

from __future__ import annotations

from enum import Enum
from typing import Final

__all__ = ["NOT_GIVEN", "NotGiven"]


class NotGiven(Enum):
    """The type of ``NOT_GIVEN``."""

    NOT_GIVEN = "not given"

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven.NOT_GIVEN
"""Stands for an argument that was not passed, where ``None`` has a meaning of its own: null."""
