"""Runs both type checkers over the files beside this one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture(params=["mypy", "pyright"])
def check(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Path], set[int]]:
    """Runs a checker, in its strict mode, and returns the lines in which it finds an error."""
    if request.param == "mypy":
        command = [sys.executable, "-m", "mypy", "--no-error-summary", "--hide-error-context"]
    else:
        settings = {
            "include": [str(HERE)],
            "typeCheckingMode": "strict",
            "extraPaths": [str(ROOT / "generated"), str(ROOT / "extensions")],
        }
        (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
        command = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable, "--project", str(tmp_path)]

    def run(file: Path) -> set[int]:
        arguments = [str(file)] if request.param == "mypy" else []
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=ROOT)
        return lines_with_errors(done, file)

    return run


def lines_with_errors(done: subprocess.CompletedProcess[str], file: Path) -> set[int]:
    assert done.returncode in {0, 1}, done.stderr
    return {int(line) for line in re.findall(rf"{file.name}:(\d+)(?::\d+)?[: -]+error", done.stdout)}


def test_typed_uses_are_accepted(check: Callable[[Path], set[int]]) -> None:
    assert check(HERE / "uses.py") == set()


def test_mistakes_are_found(check: Callable[[Path], set[int]], request: pytest.FixtureRequest) -> None:
    file = HERE / "mistakes.py"
    lines = file.read_text().splitlines()
    meant = {number for number, line in enumerate(lines, 1) if line.endswith("# mistake")}
    only_pyright = {number for number, line in enumerate(lines, 1) if line.endswith("that mypy never finds")}
    assert len(meant) == 24
    assert len(only_pyright) == 1
    found = check(file)
    assert found - only_pyright == meant
    assert found & only_pyright == (only_pyright if "pyright" in request.node.name else set())
