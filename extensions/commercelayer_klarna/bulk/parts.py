"""How far an export has come, at an address of fsspec: for functions that have no disk.

Each page is an object of its own, whose number is its name. One that was not written to its end does not count.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Self

from commercelayer_klarna._json import as_list, as_object
from commercelayer_klarna.bulk.places import RemoteFile

__all__ = ["Parts"]


class Parts:
    """How far an export has come; used with ``with``. It is for one process at a time, and does not notice a second.

    Args:
        place: Where the parts are kept.
        question: What is asked for.

    Attributes:
        cursor: Where the next page begins, or ``None`` at the beginning.
        is_over: Whether the last page was kept.

    Raises:
        ValueError: The parts belong to another question.
        OSError: They cannot be read.
    """

    def __init__(self, place: RemoteFile, question: str) -> None:
        self._place, self._question = place, question
        self._number = self._done = 0
        self.cursor: str | None = None
        self.is_over = False
        names: list[str] = place.system.ls(place.path, detail=False) if place.system.exists(place.path) else []
        for self._number in range(len(names), 0, -1):
            last = self._part(self._number)
            if last:
                break
        else:
            return
        if last["question"] != question:
            raise ValueError(f"the checkpoint {place} belongs to {last['question']}, not to {question}: delete it")
        self._done, self.cursor, self.is_over = last["done"], last["cursor"], last["is_over"]

    def _name(self, number: int) -> str:
        return f"{self._place.path}/{number:08}.json"

    def _part(self, number: int) -> dict[str, Any]:
        """Return a part; nothing if it was not written to its end."""
        try:
            return as_object(json.loads(self._place.system.cat_file(self._name(number))))
        except (FileNotFoundError, ValueError):
            return {}

    def add(self, rows: Sequence[str], cursor: str | None, *, is_over: bool) -> None:
        """Keep a page: its rows, and where the next one begins."""
        done = self._done + len(rows)
        part = {"question": self._question, "rows": rows, "done": done, "cursor": cursor, "is_over": is_over}
        self._place.system.makedirs(self._place.path, exist_ok=True)
        self._place.system.pipe_file(self._name(self._number + 1), json.dumps(part).encode())
        self._number, self._done, self.cursor, self.is_over = self._number + 1, done, cursor, is_over

    def rows(self) -> Iterator[str]:
        """Return all rows, in their order."""
        for number in range(1, self._number + 1):
            yield from map(str, as_list(self._part(number).get("rows")))

    def count(self) -> int:
        """Return how many rows there are."""
        return self._done

    def remove(self) -> None:
        """Delete the parts; the work is done."""
        self._place.system.rm(self._place.path, recursive=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""
