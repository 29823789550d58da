"""What ``scripts/benchmark`` says of its rows: how well a ratio is known, what is met, and the drawing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import linking, peers, plot, report, rounds
from support import blocks


def test_there_are_more_turns_while_it_is_not_clear_whether_a_row_is_over_its_reach() -> None:
    asked: list[set[str] | None] = []
    # What each row takes for each of theirs, round by round; the reach of the first four is 1.25, 1.15, 1.1 and 1.05.
    rows = {
        ("plain", "calls", "page of 25"): cycle([0.8, 0.9, 1.0, 1.1, 1.2]),
        ("plain", "calls", "retrieve one"): iter([*[1.1] * 9, *[1.2] * 6, *[1.1] * 75]),
        ("plain", "clients", "new client"): cycle([1.0, 1.2, 1.05, 1.15]),
        ("speed", "calls", "page of 25"): cycle([1.06]),
        ("plain", "calls", "a row without a reach"): cycle([0.5, 1.5]),
    }

    def measure(turn: int, unclear: set[rounds.Key] | None) -> dict[rounds.Key, dict[str, Any]]:
        asked.append(unclear if unclear is None else {row for _, _, row in unclear})
        found: dict[rounds.Key, dict[str, Any]] = {}
        for key in rows if unclear is None else unclear:
            figures = [next(rows[key]) for _ in range(5)]
            named = {"row": key[2], "side": "ours", "against": "httpx", "unit": "us", "speed": key[0] == "speed"}
            found[key] = {**named, "ours": figures, "theirs": [1.0] * 5, "figures": figures}
        if turn == 0:
            found["plain", "memory", "memory"] = {"row": "memory", "side": "ours", "unit": "MB", "value": 0.4}
        return found

    under, close, alike, over, without_reach, memory = rounds.in_turns(measure)
    assert (under["ratio"], under["rounds"]) == (1.0, 15)
    low, high = under["between"]
    assert low < 1.0 < high < 1.25
    assert f"1.000 ({low} to {high})" in report.table([report.judged(under)])
    assert (close["ratio"], close["rounds"]) == (1.1, 25)
    assert alike["rounds"] == 90
    assert (over["ratio"], over["rounds"]) == (1.06, 15)
    assert "between" not in over
    assert report.judged(over)["met"] is False
    assert without_reach["rounds"] == 15
    assert memory["value"] == 0.4
    assert asked == [None] * 3 + [{"retrieve one", "new client"}] * 2 + [{"new client"}] * 13


def test_sides_take_turns_in_going_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "gc", SimpleNamespace(collect=int))  # a process of tests has much to look at
    now, order = [0.0], list[str]()

    def side(name: str, length: float) -> Callable[[int], None]:
        def run(calls: int) -> None:
            now[0] += length * calls
            order.append(name)

        return run

    sides = {"ours": side("ours", 3e-6), "httpx": side("httpx", 2e-6)}
    part = rounds.compared("page of 25", sides, calls=2, rounds=3, clock=lambda: now[0], speed=True)
    assert part["figures"] == pytest.approx([1.5, 1.5, 1.5])
    assert (part["ours"], part["theirs"]) == (pytest.approx([3.0] * 3), pytest.approx([2.0] * 3))
    assert (part["row"], part["against"], part["speed"]) == ("page of 25", "httpx", True)
    assert order[2:] == ["httpx", "ours", "ours", "httpx", "httpx", "ours"]
    monkeypatch.setattr(rounds, "_turn", 1)
    order.clear()
    rounds.compared("page of 25", sides, calls=1, rounds=1, clock=lambda: now[0])
    assert order[2:] == ["ours", "httpx"]
    monkeypatch.setattr(rounds, "_wanted", {"retrieve one"})
    assert rounds.compared("page of 25", sides, calls=1, rounds=1) == {}


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


def test_a_peer_is_held_against_ours_of_the_same_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is slower in each second turn; and a page of one peer whose ratio is not clear at first."""
    ran: list[list[str]] = [[]]

    def times(command: list[str]) -> dict[str, list[float]]:
        client = command[3]
        if client in ran[-1]:
            ran.append([])
        ran[-1].append(client)
        slow = 1 + len(ran) % 2
        pages = {"ours": 150.0, "generated functions": 140.0 if len(ran) == 2 else 160.0}.get(client, 300.0)
        return {"retrieve one": [100.0 * slow if client == "ours" else 200.0 * slow], "page of 25": [pages * slow]}

    monkeypatch.setattr(peers, "_times", times)
    monkeypatch.setattr(peers, "_environment", lambda home, _: home / "bin" / "python")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    rows = peers.rows("http://x", Path("python"), Path("environments"))
    assert {row["ratio"] for row in rows if row["row"] == "peers: retrieve one"} == {0.5}
    pages_of = [row for row in rows if row["against"] == "generated functions" and row["row"] == "peers: page of 25"]
    assert [(row["ratio"], row["rounds"]) for row in pages_of] == [(pytest.approx(150 / 160, abs=1e-3), 8)]
    everybody = ["ours", "httpx", "generated functions", "commercelayer", "jsonapi-client"]
    assert ran[:3] == [everybody, everybody[::-1], everybody]
    assert ran[3:5] == [["generated functions", "ours"], ["ours", "generated functions"]]
    report.table([report.judged(row) for row in rows])


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
