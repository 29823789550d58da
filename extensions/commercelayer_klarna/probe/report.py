"""What a run came to, in three forms. None of them holds a secret, an id, or anything of a person.

The JSON form is what ``spec/observations`` keeps, as it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from attrs import field, frozen

from commercelayer_klarna._json import JsonObject
from commercelayer_klarna._version import __version__
from commercelayer_klarna.probe.check import Check, Conclusion, Found

__all__ = ["Report", "Result", "markdown_table"]


_ORDER = (Found.DIFFERS, Found.HOLDS, Found.CANNOT_TELL)


@frozen
class Result:
    """A check, and what it came to."""

    check: Check
    conclusion: Conclusion


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


@frozen
class Report:
    """What the checks of a run came to.

    Attributes:
        results: Each check with its conclusion.
        mode: The mode of the token, test or live.
        sandbox: Whether a sandbox answered, and not the service.
        requests: How many requests were sent.
        seen: The day.
    """

    results: tuple[Result, ...]
    mode: str
    sandbox: bool
    requests: int
    seen: str = field(factory=_today)

    def found(self, what: Found) -> list[Result]:
        """Return the results of one kind."""
        return [each for each in self.results if each.conclusion.found is what]

    @property
    def summary(self) -> str:
        """The numbers of each kind in a line."""
        counted = Counter(each.conclusion.found for each in self.results)
        numbers = ", ".join(f"{counted[each]} {each}" for each in Found)
        return f"{len(self.results)} checks: {numbers}; {self.requests} requests"

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of the table, what differs first."""
        return [
            {
                "check": each.check.name,
                "facts": " ".join(each.check.facts),
                "so far": each.check.certainty,
                "now": str(each.conclusion.found),
                "claim": each.check.claim,
                "seen": each.conclusion.saw,
            }
            for what in _ORDER
            for each in self.found(what)
        ]

    def document(self) -> JsonObject:
        """Return the JSON form."""
        return {
            "seen": self.seen,
            "probe": __version__,
            "of": "the sandbox" if self.sandbox else "the service",
            "mode": self.mode,
            "requests": self.requests,
            "observations": [
                {
                    "check": each.check.name,
                    "claim": each.check.claim,
                    "conclusion": str(each.conclusion.found),
                    "saw": each.conclusion.saw,
                }
                for each in self.results
            ],
        }

    def json(self) -> str:
        """Return the JSON form as a text."""
        return json.dumps(self.document(), ensure_ascii=False, indent=2) + "\n"

    def markdown(self) -> str:
        """Return the Markdown form, for an issue: what differs first."""
        of = "the sandbox" if self.sandbox else f"the service in {self.mode} mode"
        lines = [f"# What the probe saw of {of} on {self.seen}", "", f"{self.summary}, by version {__version__}."]
        for what in _ORDER:
            results = self.found(what)
            if not results:
                continue
            rows = (
                (f"`{check.name}`", " ".join(check.facts), check.certainty, check.claim, each.conclusion.saw)
                for each in results
                for check in [each.check]
            )
            lines += ["", f"## {str(what).capitalize()}", ""]
            lines += markdown_table(["check", "facts", "so far", "claim", "seen"], rows)
        return "\n".join([*lines, ""])


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table of Markdown. A bar in a cell ends no column."""
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *escaped)]
