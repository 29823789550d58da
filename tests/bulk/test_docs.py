"""The page on many payments says what works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "many-payments.md").read_text(encoding="utf-8")


def test_the_examples_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ORGANIZATION", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"COMMERCELAYER_{name}", "x")
    names: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        exec(compile(block, "docs/many-payments.md", "exec", dont_inherit=True), names)
    assert "Backfilled(changed=1, unchanged=0, failures=())" in capsys.readouterr().out
    assert (tmp_path / "payments.csv").read_text().startswith("id,created_at,order.number\n")
