"""``scripts/benchmark --limits`` measures what it says."""

from __future__ import annotations

import pytest

from benchmarks import limits


@pytest.fixture(autouse=True)
def _few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CALLS", 70)


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
    assert "ours, refused count" in limits.drawn([row])
