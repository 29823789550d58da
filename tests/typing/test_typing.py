"""Runs both type checkers over the files beside this one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

CHECKERS = {
    "mypy": [sys.executable, "-m", "mypy", "--no-error-summary", "--hide-error-context"],
    "pyright": [sys.executable, "-m", "basedpyright", "--project", str(ROOT / "pyproject.toml")],
}


def found(checker: str, file: Path) -> set[int]:
    """The lines in which a checker finds an error."""
    done = subprocess.run([*CHECKERS[checker], str(file)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode in {0, 1}, done.stderr
    return {int(line) for line in re.findall(rf"{file.name}:(\d+)(?::\d+)?[: -]+error", done.stdout)}


@pytest.mark.parametrize("checker", CHECKERS)
def test_typed_uses_are_accepted(checker: str) -> None:
    assert found(checker, HERE / "uses.py") == set()


@pytest.mark.parametrize("checker", CHECKERS)
def test_mistakes_are_found(checker: str) -> None:
    file = HERE / "mistakes.py"
    lines = file.read_text().splitlines()
    meant = {number for number, line in enumerate(lines, 1) if line.endswith("# mistake")}
    assert len(meant) == 10
    assert found(checker, file) == meant
