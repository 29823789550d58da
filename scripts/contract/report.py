"""What a regeneration changed, and what is left to do: as text, as Markdown for a pull request, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from contract.changes import Change
from contract.reach import Todo


@dataclass(frozen=True)
class Report:
    """One run.

    Args:
        version: The version that was compared with.
        against: What was compared with, in words.
        wire: Changes of the contract.
        python: Changes of the public package.
        generated: Changes of the generated package, which promises nothing.
        files: Changes of the generated files.
        todos: What is left to be done by hand.
        warnings: What users will meet, and nobody can mend here.
        slips: Files that cannot be read, for which nothing is known.
    """

    version: str = ""
    against: str = ""
    wire: Sequence[Change] = ()
    python: Sequence[Change] = ()
    generated: Sequence[Change] = ()
    files: Sequence[str] = ()
    todos: Sequence[Todo] = ()
    warnings: Sequence[Todo] = ()
    slips: Sequence[str] = ()

    @property
    def bump(self) -> str:
        """What the version must grow by: major, minor, patch, or none. Before 1.0, one step less."""
        meanings = {change.meaning for change in (*self.wire, *self.python)}
        major = int(self.version.partition(".")[0]) if re.match(r"\d", self.version) else 0
        if "breaking" in meanings:
            return "major" if major else "minor"
        if "additive" in meanings:
            return "minor" if major else "patch"
        return "patch" if meanings or self.generated else "none"

    @property
    def next_version(self) -> str:
        """The version that follows."""
        numbers = [int(number) for number in re.findall(r"\d+", self.version)[:3]]
        place = {"major": 0, "minor": 1, "patch": 2}.get(self.bump)
        if place is None or len(numbers) != 3:
            return self.version
        return ".".join(str(n + 1 if i == place else n if i < place else 0) for i, n in enumerate(numbers))

    def markdown(self) -> str:
        """A page, for a pull request and for the changelog."""
        lines = [f"Compared with {self.against}.", ""]
        if self.bump == "none":
            lines.append("Nothing changes for users." if self.version else "What changes for users is not known.")
        else:
            lines.append(f"Version: {self.version} to {self.next_version} ({self.bump}).")
        lines += _section("On the wire", self.wire) + _section("In Python", self.python)
        if self.slips:
            lines += ["", "## Not known, since these cannot be read", "", *(f"- {each}" for each in self.slips)]
        if self.warnings:
            lines += [
                "",
                "## Names that clash",
                "",
                *(f"- `{each.file}:{each.line}`: {each.text}" for each in self.warnings),
            ]
        if self.todos:
            lines += [
                "",
                "## To be done by hand",
                "",
                *(f"- `{each.file}:{each.line}`: {each.text}" for each in self.todos),
            ]
        if self.generated:
            internal = [f"- {_shown(change)}" for change in self.generated]
            lines += ["", "## In the generated package, which promises nothing", "", *internal]
        if self.files:
            lines += ["", "## Generated files", "", *(f"- {each}" for each in self.files)]
        return "\n".join(lines) + "\n"

    def json(self) -> str:
        """The same for programs."""
        return json.dumps({**asdict(self), "bump": self.bump, "next_version": self.next_version}, indent=2)


def _section(title: str, changes: Sequence[Change]) -> list[str]:
    return ["", f"## {title}", "", *(f"- {_shown(change)}" for change in changes)] if changes else []


def _shown(change: Change) -> str:
    return f"{change.text} *{change.meaning}*"
