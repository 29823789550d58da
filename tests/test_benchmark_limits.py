"""``scripts/benchmark --limits`` measures what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import limits

ROOT = Path(__file__).parents[1]


@pytest.mark.nightly  # it takes half a minute
def test_the_page_has_the_figures_that_are_measured() -> None:
    page = (ROOT / "docs" / "many-payments.md").read_text(encoding="utf-8")
    _, after = page.split("### What that gains")
    rows = [line.replace("%", "").split("|")[2:-1] for line in after.split("\n\n")[2].splitlines()[2:]]
    shown = {tuple(float(cell) for cell in row) for row in rows}
    assert len(shown) == len(limits.WAYS)
    for way in limits.WAYS.values():
        found = [limits.measured(way, refused_count=each) for each in (False, True)]
        exact = [value for each in found for value in (each["refused"] * 100, each["failed"], each["goodput"])]
        assert [row for row in shown if row == pytest.approx(exact, abs=0.6)], exact


@pytest.fixture
def _few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CALLS", 70)


@pytest.mark.usefixtures("_few_calls")
def test_ours_is_never_refused_and_what_knows_no_limits_is() -> None:
    paced, naive = (
        limits.measured(limits.WAYS[name], refused_count=True) for name in ("ours, with limits", "httpx, once, naive")
    )
    assert (paced["refused"], paced["failed"]) == (0, 0)
    assert naive["refused"] > 0
    assert naive["failed"] == round(naive["refused"] * 70)


def test_figures_are_shown() -> None:
    row = {"way": "ours", "refused count": True, "refused": 0.01, "failed": 2, "goodput": 186.2, "used": 0.93}
    assert "| ours | yes | 1.0% | 2 | 186 |" in limits.table([row])
