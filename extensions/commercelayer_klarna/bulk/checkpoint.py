"""How far a work on many resources has come, in a file of SQLite that survives the end of the process at any moment.

Each page is one transaction. So a work that is run again goes on after the last page that was kept.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from commercelayer_klarna._client.query import query
from commercelayer_klarna.bulk.outcome import Backfilled, Failure

if TYPE_CHECKING:
    from commercelayer_klarna._client.query import Fields, Filters

__all__ = ["Checkpoint", "question"]

_TABLES = """
CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), question TEXT, cursor TEXT, is_over INTEGER);
CREATE TABLE IF NOT EXISTS rows (number INTEGER PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS outcomes (id TEXT PRIMARY KEY, outcome TEXT, reason TEXT);
"""


def question(
    resource_type: str,
    api: str,
    work: Mapping[str, object],
    *,
    filters: Filters | None,
    include: Sequence[str],
    fields: Fields | None,
) -> str:
    """Return what is asked for, as a text: a checkpoint belongs to one question, of one organization.

    Args:
        resource_type: The type of the resources.
        api: The address of the API.
        work: What is done with them.
        filters: As those of ``list``.
        include: Relationship paths to include.
        fields: Sparse fieldsets.

    Raises:
        ValueError, TypeError: It is none that the API takes.
    """
    asked = query(resource_type, filters=filters, include=include, fields=fields)
    return json.dumps({"type": resource_type, "api": api, **work, **asked.parameters()}, sort_keys=True)


class Checkpoint:
    """How far a work has come; used with ``with``. Threads may share it.

    Args:
        path: The file, or ``None`` to keep it in memory.
        question: What is asked for.

    Attributes:
        cursor: Where the next page begins, or ``None`` at the beginning.
        is_over: Whether the last page was kept.

    Raises:
        ValueError: The file belongs to another question.
        OSError: Another process works with it, or it cannot be written.
    """

    def __init__(self, path: str | PathLike[str] | None, question: str) -> None:
        self._path = None if path is None else Path(fspath(path))
        self._lock = threading.Lock()
        try:
            self._open(question)
        except sqlite3.Error as error:
            raise OSError(
                f"the checkpoint {self._path} cannot be used: {error}. Does another process use it?"
            ) from None

    def _open(self, question: str) -> None:
        self._base = base = sqlite3.connect(
            self._path or ":memory:", timeout=0.2, isolation_level=None, check_same_thread=False
        )
        try:
            base.execute("PRAGMA locking_mode = EXCLUSIVE")
            base.execute("PRAGMA journal_mode = WAL")
            # What the process wrote survives its end; FULL would wait for the disk after each write.
            base.execute("PRAGMA synchronous = NORMAL")
            base.executescript(_TABLES)
            base.execute("INSERT OR IGNORE INTO state VALUES (1, ?, NULL, 0)", [question])
            found, self.cursor, is_over = base.execute("SELECT question, cursor, is_over FROM state").fetchone()
            self.is_over = bool(is_over)
            self._counts = Counter(dict(base.execute("SELECT outcome, count(*) FROM outcomes GROUP BY outcome")))
            if found != question:
                raise ValueError(f"the checkpoint {self._path} belongs to {found}, not to {question}: delete it")
        except BaseException:
            base.close()
            raise

    def add(self, rows: Sequence[str], cursor: str | None, *, is_over: bool) -> None:
        """Keep a page: its rows, and where the next one begins."""
        with self._lock, self._base as base:
            base.execute("BEGIN")
            base.executemany("INSERT INTO rows (value) VALUES (?)", [(row,) for row in rows])
            base.execute("UPDATE state SET cursor = ?, is_over = ?", [cursor, is_over])
        self.cursor, self.is_over = cursor, is_over

    def rows(self) -> Iterator[str]:
        """Return all rows, in their order."""
        for (value,) in self._base.execute("SELECT value FROM rows ORDER BY number"):
            yield value

    def count(self) -> int:
        """Return how many rows there are."""
        with self._lock:
            last: int | None = self._base.execute("SELECT max(number) FROM rows").fetchone()[0]
        return last or 0

    def note(self, id: str, outcome: Literal["changed", "unchanged", "failed"], reason: str = "") -> None:
        """Keep what became of a resource."""
        with self._lock:
            if self._base.execute("SELECT 1 FROM outcomes WHERE id = ?", [id]).fetchone():
                self._counts["failed"] -= 1  # what was dealt with otherwise is not dealt with again
            self._base.execute("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)", [id, outcome, reason])
            self._counts[outcome] += 1

    def is_done(self, id: str) -> bool:
        """Return whether a resource was dealt with. One that failed was not."""
        with self._lock:
            found = self._base.execute("SELECT 1 FROM outcomes WHERE id = ? AND outcome <> 'failed'", [id])
            return found.fetchone() is not None

    @property
    def failed(self) -> int:
        """Return how many resources failed."""
        return self._counts["failed"]

    def result(self) -> Backfilled:
        """Return what became of all resources."""
        with self._lock:
            failed = self._base.execute("SELECT id, reason FROM outcomes WHERE outcome = 'failed' ORDER BY rowid")
            failures = tuple(Failure(*each) for each in failed)
        return Backfilled(self._counts["changed"], self._counts["unchanged"], failures)

    def remove(self) -> None:
        """Delete the file; the work is done."""
        if self._path is not None:
            with suppress(FileNotFoundError):
                self._path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()
