"""Many calls at once, with a client as it is made by default: none fails, and each costs what it costs alone.

What a call costs is counted in calls of Python functions, which other work on the machine does not change.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from itertools import count
from types import FrameType
from typing import Any

import pytest

from support.fault_server import Place
from support.kind import Kind


def burst(kind: Kind, payments: Any, calls: int) -> list[str]:
    """Make so many calls at once, and return the ids that come, in the order of the calls."""
    wanted = [f"p{number}" for number in range(calls)]
    if kind.name == "async":

        async def together() -> list[str]:
            found = await asyncio.gather(*(payments._client.retrieve(each) for each in wanted))
            return [each.id for each in found]

        ids: list[str] = kind.now(together())
        return ids
    found: dict[str, str] = {}
    begins = threading.Barrier(calls)

    def call(wanted: str) -> None:
        begins.wait()
        found[wanted] = payments.retrieve(wanted).id

    threads = [threading.Thread(target=call, args=[each]) for each in wanted]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return [found.get(each, "failed") for each in wanted]


def functions_called(do: Callable[[], Any]) -> int:
    """How many Python functions are called, in this thread and in those that it starts."""
    counting = count()

    def profile(_: FrameType, event: str, __: object) -> None:
        if event == "call":
            next(counting)

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        do()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return next(counting)


@pytest.mark.nightly
@pytest.mark.parametrize("calls", [200, 1000])
def test_a_burst_costs_what_its_calls_cost_alone(kind: Kind, place: Callable[[str], Place], calls: int) -> None:
    payments = kind.at(place("none, and echoes"), retry=None, deadline=600)
    expected = [f"p{number}" for number in range(calls)]
    assert burst(kind, payments, calls) == expected  # opens the connections
    found: list[list[str]] = []
    alone = functions_called(lambda: [burst(kind, payments, 1) for _ in range(20)]) / 20
    together = functions_called(lambda: found.append(burst(kind, payments, calls))) / calls
    assert found == [expected]
    assert together <= 1.5 * alone
