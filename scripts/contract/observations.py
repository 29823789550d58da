"""What was observed of the service: the files of `spec/observations`, which `klarna probe --json` writes.

The one place that reads them. The page of the sandbox, the tests of the contract and `upstream` ask here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from contract.openapi import Unreadable, listed, mapping

__all__ = ["FOLDER", "Observation", "contradictions", "read", "settled"]

FOLDER = Path(__file__).parents[2] / "spec" / "observations"
SETTLING = ("holds", "differs")


class Observation(NamedTuple):
    """What one run of the probe saw of one claim.

    Args:
        check: The name of the check.
        claim: What the check claimed then.
        conclusion: holds, differs, or cannot tell.
        saw: What was seen.
        seen: The day.
        file: The name of the file.
    """

    check: str
    claim: str
    conclusion: str
    saw: str
    seen: str
    file: str


def read(folder: Path = FOLDER) -> list[Observation]:
    """All observations, the oldest first."""
    found = [each for file in sorted(folder.glob("*.json")) for each in _of_file(file)]
    return sorted(found, key=lambda each: each.seen)


def settled(observations: Iterable[Observation]) -> dict[str, Observation]:
    """The latest word on each claim as it is now, by the name of its check."""
    claims = {name: claim for name, claim, _ in _checks()}
    return {
        each.check: each
        for each in observations
        if each.conclusion in SETTLING and each.claim == claims.get(each.check)
    }


def contradictions(observations: Iterable[Observation]) -> list[str]:
    """Where the service does something else than the contract and the sandbox say, and what to change."""
    places = {name: mend for name, _, mend in _checks()}
    return [
        f"{each.file}: {each.check}: the claim is that {each.claim}; on {each.seen} the service answered otherwise:"
        f" {each.saw}. Change {places[each.check]}, and then the claim of the check"
        for each in settled(observations).values()
        if each.conclusion == "differs"
    ]


def _checks() -> list[tuple[str, str, str]]:
    """The name and claim of each check, and what rests on it. Only here is the package needed."""
    from commercelayer_klarna.probe.checks import CHECKS

    return [(each.name, each.claim, each.mend) for each in CHECKS]


def _of_file(file: Path) -> list[Observation]:
    try:
        document: dict[str, Any] = mapping(json.loads(file.read_text(encoding="utf-8")))
        entries = [
            Observation(each["check"], each["claim"], each["conclusion"], each["saw"], document["seen"], file.name)
            for each in map(mapping, listed(document["observations"]))
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{file.name} is not what `klarna probe --json` writes: {error!r}") from None
    if document.get("of") != "the service":
        raise Unreadable(f"{file.name} is about {document.get('of')}: only what the service does is an observation")
    return entries
