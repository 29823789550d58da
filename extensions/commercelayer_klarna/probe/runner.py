"""Runs checks one after the other, and says beforehand how many requests that takes at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from commercelayer_klarna.probe.check import Check, Conclusion, Differs, Found
from commercelayer_klarna.probe.exchange import CannotTell
from commercelayer_klarna.probe.report import Report, Result
from commercelayer_klarna.probe.scrubbing import Scrubber
from commercelayer_klarna.probe.visit import SAMPLES, Visit

__all__ = ["most_requests", "run"]


def most_requests(checks: Iterable[Check], orders: int = 0) -> int:
    """Return how many requests the checks take at most, with what is fetched once for all of them."""
    return len(SAMPLES) + orders + sum(check.most for check in checks)


def run(visit: Visit, checks: Sequence[Check], told: Callable[[int, int], object] = lambda done, total: None) -> Report:
    """Run checks, and return what they came to. What each of them saw is told without ids and secrets.

    Raises:
        ProbeRefusedError: The mode of a token does not allow it.
        TokenError: There is no token.
        APIConnectionError: The service does not answer any more.
    """
    concluded: list[Conclusion] = []
    for number, check in enumerate(checks, 1):
        visit.begin(check.name, check.most, writes=check.writes)
        concluded.append(_concluded(visit, check))
        told(number, len(checks))
    scrubber = Scrubber.of(visit)
    results = tuple(
        Result(check, Conclusion(each.found, scrubber.clean(each.saw)))
        for check, each in zip(checks, concluded, strict=True)
    )
    return Report(
        results,
        mode="test" if visit.claims.get("test") is True else "live",
        sandbox=any("x-sandbox" in each.answer.headers for each in visit.exchanges),
        requests=len(visit.exchanges),
    )


def _concluded(visit: Visit, check: Check) -> Conclusion:
    try:
        return Conclusion(Found.HOLDS, check.run(visit) or "")
    except Differs as error:
        return Conclusion(Found.DIFFERS, str(error))
    except CannotTell as error:
        return Conclusion(Found.CANNOT_TELL, str(error))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # The service is what is not known: an answer of an unforeseen form must not end the run.
        return Conclusion(Found.CANNOT_TELL, "an answer has a form that the check does not know")
