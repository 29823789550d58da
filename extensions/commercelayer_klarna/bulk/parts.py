"""How far a work has come, at an address of fsspec: for functions that have no disk, and for several machines.

Each page is an object of its own, whose number is its name. What became of a resource is an object beside them until
its page is there. An object that was not written to its end does not count.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Any, Literal, Self
from urllib.parse import quote

from commercelayer_klarna._json import as_list, as_object
from commercelayer_klarna._tracebacks import argument_errors
from commercelayer_klarna.bulk.checkpoint import Checkpoint
from commercelayer_klarna.bulk.outcome import Backfilled, Failure
from commercelayer_klarna.bulk.places import RemoteFile, place

__all__ = ["Parts", "checkpoint_at"]


@argument_errors
def checkpoint_at(path: str | PathLike[str] | None, question: str) -> Checkpoint | Parts:
    """Return the checkpoint of a work: in memory, in a file, or at an address that fsspec opens."""
    where = None if path is None else place(path)
    if isinstance(where, RemoteFile):
        return Parts(where, question)
    return Checkpoint(None if where is None else where.path, question)


class Parts:
    """How far a work has come; used with ``with``. It is for one process at a time, and does not notice a second.

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
        self._lock = threading.Lock()
        self._number = self._done = self._changed = self._unchanged = 0
        self._failures: dict[str, str] = {}
        # What became of resources of the page that is under way.
        self._notes: dict[str, tuple[str, str]] = {}
        self.cursor: str | None = None
        self.is_over = False
        self._resume()

    def _resume(self) -> None:
        """Go on after the last page that is whole."""
        number = len(self._listed(self._place.path))
        while number and not self._read(self._name(number)):
            number -= 1
        begun: dict[str, Any] = {"question": self._question, "done": 0, "cursor": None, "is_over": False}
        last = self._read(self._name(number)) if number else begun
        if last["question"] != self._question:
            belongs = f"the checkpoint {self._place} belongs to {last['question']}, not to {self._question}"
            raise ValueError(f"{belongs}: delete it")
        self._number, self._done, self.cursor, self.is_over = number, last["done"], last["cursor"], last["is_over"]
        self._changed, self._unchanged = last.get("changed", 0), last.get("unchanged", 0)
        self._failures = dict(last.get("failures", {}))
        for name in self._listed(f"{self._place.path}/notes"):
            note = self._read(name)
            if note.get("number") == number + 1:
                self._notes[note["id"]] = note["outcome"], note["reason"]

    def _listed(self, path: str) -> list[str]:
        system = self._place.system
        names: list[str] = system.ls(path, detail=False) if system.exists(path) else []
        return names

    def _name(self, number: int) -> str:
        return f"{self._place.path}/{number:08}.json"

    def _read(self, name: str) -> dict[str, Any]:
        """Return an object; nothing if it was not written to its end."""
        try:
            return as_object(json.loads(self._place.system.cat_file(name)))
        except (FileNotFoundError, ValueError):
            return {}

    def _write(self, name: str, value: object) -> None:
        system = self._place.system
        system.makedirs(name.rpartition("/")[0], exist_ok=True)
        system.pipe_file(name, json.dumps(value).encode())

    def add(self, rows: Sequence[str], cursor: str | None, *, is_over: bool) -> None:
        """Keep a page: its rows, what became of its resources, and where the next one begins."""
        with self._lock:
            result, done = self._result(), self._done + len(rows)
            failures = {each.id: each.reason for each in result.failures}
            part: dict[str, object] = {
                "question": self._question,
                "rows": rows,
                "done": done,
                "cursor": cursor,
                "is_over": is_over,
            }
            outcomes: dict[str, object] = {
                "changed": result.changed,
                "unchanged": result.unchanged,
                "failures": failures,
            }
            self._write(self._name(self._number + 1), part if not result.total else part | outcomes)
            self._number, self._done, self.cursor, self.is_over = self._number + 1, done, cursor, is_over
            self._changed, self._unchanged, self._failures = result.changed, result.unchanged, failures
            if self._notes:
                self._notes.clear()
                self._place.system.rm(f"{self._place.path}/notes", recursive=True)

    def rows(self) -> Iterator[str]:
        """Return all rows, in their order."""
        for number in range(1, self._number + 1):
            yield from map(str, as_list(self._read(self._name(number)).get("rows")))

    def count(self) -> int:
        """Return how many rows there are."""
        return self._done

    def note(self, id: str, outcome: Literal["changed", "unchanged", "failed"], reason: str = "") -> None:
        """Keep what became of a resource."""
        note = {"number": self._number + 1, "id": id, "outcome": outcome, "reason": reason}
        self._write(f"{self._place.path}/notes/{quote(id, safe='')}.json", note)
        with self._lock:
            self._notes[id] = outcome, reason

    def is_done(self, id: str) -> bool:
        """Return whether a resource of this page was dealt with. One that failed was not."""
        with self._lock:
            return self._notes.get(id, ("failed",))[0] != "failed"

    @property
    def failed(self) -> int:
        """Return how many resources failed."""
        return self.result().failed

    def result(self) -> Backfilled:
        """Return what became of all resources."""
        with self._lock:
            return self._result()

    def _result(self) -> Backfilled:
        outcomes = [outcome for outcome, _ in self._notes.values()]
        failures = self._failures | {id: why for id, (outcome, why) in self._notes.items() if outcome == "failed"}
        return Backfilled(
            self._changed + outcomes.count("changed"),
            self._unchanged + outcomes.count("unchanged"),
            tuple(Failure(id, reason) for id, reason in failures.items()),
        )

    def remove(self) -> None:
        """Delete the parts; the work is done."""
        self._place.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""
