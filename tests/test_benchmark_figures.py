"""What ``scripts/benchmark`` says of its rows: how well a ratio is known, what is met, and the drawing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import plot, report, rounds
from support import blocks


@pytest.mark.nightly
def test_rounds_that_scatter_are_more_and_say_so() -> None:
    steady, now, turns = iter(range(1_000)), [0.0], list[str]()

    def work(side: str, lengths: Any) -> Any:
        def run(calls: int) -> None:
            turns.append(side)
            now[0] += next(lengths)

        return run

    def seen(lengths: list[float]) -> dict[str, Any]:
        turns.clear()
        endless = (lengths[number % len(lengths)] for number in steady)
        sides = {"ours": work("ours", endless), "theirs": work("theirs", iter([1.0] * 100))}
        return rounds.compared("row", rounds.measured(sides, calls=1, rounds=9, clock=lambda: now[0]))

    quiet = seen([1.1])
    assert (quiet["ratio"], quiet["rounds"]) == (1.1, 9)
    assert "between" not in quiet
    noisy = seen([0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4])
    assert (noisy["ratio"], noisy["rounds"]) == (1.1, 36)
    low, high = noisy["between"]
    assert low < 1.1 < high
    assert f"1.100 ({low} to {high})" in report.table([report.judged(noisy)])


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
