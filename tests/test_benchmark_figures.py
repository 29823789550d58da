"""What ``scripts/benchmark`` says of its rows: how well a ratio is known, what is met, and the drawing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import linking, plot, report, rounds
from support import blocks


def test_there_are_more_rounds_while_it_is_not_clear_whether_a_row_is_over_its_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "gc", SimpleNamespace(collect=int))  # a process of tests has much to look at
    now = [0.0]

    def work(lengths: list[float]) -> Callable[[int], None]:
        endless = cycle(lengths)

        def run(calls: int) -> None:
            now[0] += next(endless)

        return run

    def seen(row: str, *lengths: float) -> dict[str, Any]:
        sides = {"ours": work([*lengths]), "theirs": work([1.0])}
        return rounds.compared(row, sides, calls=1, rounds=9, clock=lambda: now[0])

    row, without_reach = "page of 25", "a row without a reach"  # its reach is 1.25
    steady = seen(row, 1.1)
    assert (steady["ratio"], steady["rounds"]) == (1.1, 9)
    assert "between" not in steady
    under = seen(row, 0.8, 0.9, 1.0, 1.1, 1.2)
    assert (under["ratio"], under["rounds"]) == (1.0, 9)
    low, high = under["between"]
    assert low < 1.0 < high < 1.25
    assert f"1.000 ({low} to {high})" in report.table([report.judged(under)])
    close = seen(row, *[1.1] * 6, *[1.3] * 4, *[1.1] * 30)
    assert (close["ratio"], close["rounds"]) == (1.1, 18)
    alike = seen(row, 1.1, 1.4, 1.2, 1.3)
    assert alike["rounds"] == 72
    assert seen(without_reach, 0.5, 1.5)["rounds"] == 9


def test_how_linking_grows_is_held_against_how_a_dictionary_does() -> None:
    (grown,) = linking.growth({"many": [6.0], "few": [4.0], "by hand": [0.75], "by hand, few": [0.5]})
    assert grown == 1.0


def test_httpx_has_the_same_reach_among_the_peers() -> None:
    row = {"row": "peers: retrieve one", "unit": "us", "ratio": 1.05, "speed": True}
    assert report.judged({**row, "against": "httpx"})["met"] is True
    assert report.judged({**row, "against": "httpx", "ratio": 1.11})["met"] is False
    assert report.judged({**row, "against": "commercelayer"})["met"] is False
    included = report.judged({**row, "row": "peers: page of 25 with included", "against": "httpx"})
    assert (included["reach"], included["met"]) == (0.85, False)


def test_round_trips_are_judged_shown_and_drawn_first() -> None:
    ours, theirs = {"trips": 5.0, "connections": 2}, {"trips": 6.0, "connections": 2}
    row = {"row": "first call of a process: token and API", "unit": "trips", "speed": True, "value": 5.0, "ours": ours}
    trips = report.judged({**row, "against": "httpx", "theirs": theirs})
    assert (trips["reach"], trips["met"]) == (4.0, False)
    assert "| 5 trips, 2 connections | httpx | 6 trips, 2 connections |" in report.table([trips])
    assert report.judged({**row, "value": 4.0})["met"] is True
    ratio = report.judged({"row": "new client", "against": "httpx", "unit": "us", "ratio": 1.05, "speed": False})
    allowed = {"way": "ours", "refused count": True, "refused": 0.01, "failed": 2, "goodput": 186.2, "used": 0.93}
    drawing = plot.drawn(plot.trips([ratio, trips]), plot.goodput([allowed], 200), plot.ratios([ratio, trips]))
    places = [
        drawing.index(each) for each in ("Round trips", "5 / 6", "ours, refused count", "Ours over the other side")
    ]
    assert places == sorted(places)
    assert plot.MISSED in drawing
    assert not plot.trips([ratio])


def test_the_page_gets_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "performance.md").write_text("a\n<!-- scripts/benchmark -->\nold\n<!-- end -->\nb\n", "utf-8")
    monkeypatch.setattr(blocks, "DOCS", tmp_path)
    row = {"row": "new client", "against": "httpx", "unit": "us", "ratio": 1.05, "ours": {"median": 21.0}}
    report.write([report.judged(row)])
    page = (tmp_path / "performance.md").read_text("utf-8")
    assert page.startswith("a\n<!-- scripts/benchmark -->\nMeasured on 2")
    assert page.endswith("| 1.050 | 1.1 | met |\n<!-- end -->\nb\n")
