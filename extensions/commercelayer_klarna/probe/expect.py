"""What checks expect of answers: each function returns a judge, or is one."""

from __future__ import annotations

from collections.abc import Callable

from commercelayer_klarna._json import JsonObject, JsonValue, as_list, as_object, is_list, is_object
from commercelayer_klarna.probe.check import Certainty, Check, Differs, Judge, Run
from commercelayer_klarna.probe.exchange import Answer, Ask, CannotTell
from commercelayer_klarna.probe.visit import Visit

__all__ = [
    "Topic",
    "every",
    "kind",
    "ok",
    "refusal",
    "refused",
    "that",
]


class Topic:
    """Makes the checks of one topic: what is to be changed when one differs is the same for all of them.

    Args:
        mend: The files of the repository that rest on it.
        writes: Whether its checks write.
    """

    def __init__(self, mend: str, *, writes: bool = False) -> None:
        self.mend = mend
        self.writes = writes

    def one(
        self, name: str, facts: str, certainty: Certainty, claim: str, ask: Ask, judge: Judge, mend: str = ""
    ) -> Check:
        """Make a check of one request."""

        def run(visit: Visit) -> str | None:
            return judge(visit.ask(ask))

        return self.many(name, facts, certainty, claim, str(ask), 1, run, mend)

    def many(
        self, name: str, facts: str, certainty: Certainty, claim: str, sends: str, most: int, run: Run, mend: str = ""
    ) -> Check:
        """Make a check of several requests."""
        numbers = tuple(facts.split())
        return Check(name, numbers, certainty, claim, sends, most, run, mend or self.mend, writes=self.writes)

    def seen(
        self, name: str, facts: str, certainty: Certainty, claim: str, sample: str, judge: Judge, mend: str = ""
    ) -> Check:
        """Make a check of what is fetched once for many checks."""

        def run(visit: Visit) -> str | None:
            return judge(visit.sample(sample))

        return self.many(
            name, facts, certainty, claim, f"reads the latest {sample} (once for all checks)", 0, run, mend
        )


def ok(answer: Answer, status: int = 200) -> Answer:
    """Return the answer if it has this status."""
    if answer.status != status:
        raise Differs(str(answer))
    return answer


def refused(answer: Answer, status: int, code: str = "", pointer: str = "") -> str:
    """Return what was seen if the answer is this refusal."""
    errors = answer.errors
    codes = [str(each.get("code")) for each in errors]
    pointers = [str(as_object(each.get("source")).get("pointer")) for each in errors]
    if answer.status != status or (code and code not in codes) or (pointer and pointer not in pointers):
        raise Differs(str(answer))
    return str(answer)


def refusal(status: int, code: str = "", pointer: str = "") -> Judge:
    """Expect a refusal, by its status, the code of one of its errors, and what that points to."""
    return lambda answer: refused(answer, status, code, pointer)


def that(test: Callable[[Answer], object], otherwise: str | Callable[[Answer], str], *, status: int = 200) -> Judge:
    """Expect a success that passes a test, or else say what came."""

    def judge(answer: Answer) -> None:
        if not test(ok(answer, status)):
            raise Differs(otherwise if isinstance(otherwise, str) else otherwise(answer))

    return judge


def every(
    test: Callable[[JsonObject], object], otherwise: str, *, among: Callable[[JsonObject], object] | None = None
) -> Judge:
    """Expect that every resource of a list passes a test; it cannot tell if there is none among them to be tested."""

    def judge(answer: Answer) -> str:
        tested = [each for each in ok(answer).listed if among is None or among(each)]
        if not tested:
            raise CannotTell("the organization has none of that kind")
        failed = [each for each in tested if not test(each)]
        if failed:
            raise Differs(f"{otherwise} ({len(failed)} of {len(tested)})")
        return f"{len(tested)} seen"

    return judge


def kind(value: JsonValue) -> str:
    """Return the type of a JSON value in a word."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if is_object(value):
        return "object" if value else "empty object"
    if is_list(value):
        return "array" if as_list(value) else "empty array"
    return "string"
