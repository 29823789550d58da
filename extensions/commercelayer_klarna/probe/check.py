"""What a check is: a value that says what it is about, what it sends, and how it concludes.

The checks themselves stand in ``checks``, by topic; what they expect is said with the functions of ``expect``. Requests
and answers are in ``exchange``, and which checks are run is up to ``runner``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Literal, TypeAlias

from attrs import field, frozen

from commercelayer_klarna.probe.exchange import Answer
from commercelayer_klarna.probe.visit import Visit

__all__ = ["Certainty", "Check", "Conclusion", "Differs", "Found", "Judge", "Run"]

Certainty: TypeAlias = Literal["documented", "inferred", "unknown"]
"""What a claim rests on. Of an unknown, the claim is what the sandbox does meanwhile."""


class Differs(Exception):
    """The service does not do what the claim says. The text is what came instead."""


class Found(StrEnum):
    """What a check comes to."""

    HOLDS = "holds"
    DIFFERS = "differs"
    CANNOT_TELL = "cannot tell"


@frozen
class Conclusion:
    """What a check came to, with what was seen: what came instead, or why it cannot tell."""

    found: Found
    saw: str = ""


Run: TypeAlias = Callable[[Visit], str | None]
"""Carries a check out, and returns what was seen, if that is worth a word. It raises what it cannot return."""

Judge: TypeAlias = Callable[[Answer], str | None]
"""Judges one answer, in the same way."""


@frozen
class Check:
    """One claim about the service, and how it is put to the test.

    Attributes:
        name: Its name, such as ``include-event-stores``.
        facts: The facts that it is about, by their numbers: ``F`` for the API, ``L`` for the life of an order.
        certainty: What the claim rests on so far.
        claim: What must hold.
        sends: What is sent, in words.
        most: How many requests that is at most.
        run: Carries it out.
        mend: The files that rest on it, to be changed when it differs.
        writes: Whether it changes something.
    """

    name: str
    facts: tuple[str, ...]
    certainty: Certainty
    claim: str
    sends: str
    most: int
    run: Run = field(repr=False, eq=False)
    mend: str = ""
    writes: bool = False
