"""Promises over many calls, in virtual time: no duplicates, nothing lost, no storm; nightly with the page's figures."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from support import simulation
from support.simulation import CREATES, OUTAGES, TRIGGERS

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
CALLS = 20_000 if LONG else 1_000
# For the night: what others prove by day for the other client, or with another fault of the same kind.
BY_NIGHT = ("sync, no filter, no time, slow read-backs", "no connection", "503 to creates")
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def check_page(line: str) -> None:
    """The long form is what the page says, word for word; figures of the short form are on no page."""
    assert not LONG or line in PAGE.read_text("utf-8").splitlines()


def by_day_or_night(names: Iterable[str]) -> list[Any]:
    return [pytest.param(each, marks=pytest.mark.nightly if each in BY_NIGHT else ()) for each in names]


@pytest.mark.parametrize("name", by_day_or_night(CREATES))
def test_creates_under_faults_are_neither_lost_nor_doubled(name: str) -> None:
    found = simulation.creates(CALLS, **CREATES[name])
    assert found.duplicates == 0
    assert found.lost == 0
    assert found.untyped == 0
    # Half a percent is answered 503 before anything was created, which no read-back can tell from slowness. A short run
    # scatters, and an impatient one gives up on more.
    assert found.posts > found.calls
    if "no time" in name:
        assert found.found_again == 0  # nothing proves itself there
    else:
        assert found.ambiguous <= found.calls * (0.01 if LONG and "timeout" not in name else 0.015)
        assert found.found_again > found.calls * 0.005
    check_page(f"{name}: {found}")


@pytest.mark.parametrize("name", TRIGGERS)
def test_triggers_under_faults_are_neither_lost_nor_doubled(name: str) -> None:
    found = simulation.triggers(20_000 if LONG else 80, **TRIGGERS[name])
    assert (found.doubled, found.lost, found.untyped) == (0, 0, 0)
    assert found.settled == found.ambiguous
    assert not LONG or 0 < found.ambiguous <= found.calls * 0.01
    check_page(f"{name}: {found}")


@pytest.mark.parametrize("name", by_day_or_night(OUTAGES))
def test_an_outage_is_no_storm_of_requests(name: str) -> None:
    fault, write, quota = OUTAGES[name]
    found = simulation.outage(fault, write=write, quota=quota)
    if quota is None:
        assert found.amplification > 3.5  # there is something to bound
    else:
        assert found.amplification <= (1.25 if fault == "429" else 1.1)
    check_page(f"{name}: {found}")
