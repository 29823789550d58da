"""The last requests, for tests and for people to see. Headers and bodies are left out, since they hold secrets."""

from __future__ import annotations

from collections import deque

from attrs import frozen

# The oldest requests are forgotten beyond this.
MAXIMUM = 1_000
_LONGEST_PATH = 500


@frozen
class Exchange:
    """One request and what became of it; the status is None if no answer was given, ``fault`` what was asked for."""

    at: float
    method: str
    path: str
    status: int | None
    fault: str | None = None


class Log:
    """The last exchanges, oldest first."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=MAXIMUM)

    def add(self, at: float, method: str, path: str, status: int | None, fault: str | None) -> None:
        """Remember an exchange; the query stays out, since values of filters may say too much."""
        self._exchanges.append(Exchange(at, method[:20], path[:_LONGEST_PATH], status, fault))

    def all(self) -> list[Exchange]:
        """Return all that are remembered."""
        return list(self._exchanges)
