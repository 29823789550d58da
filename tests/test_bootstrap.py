"""What every script begins with: it makes the environment, and says why when it cannot."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Stands for the interpreter of the environment: its pip says what conflicts only when it may speak.
PYTHON = """#!/bin/sh
echo "$@" >> asked
case "$*" in
    --version) echo Python 3.11 ;;
    *--quiet*) echo "ResolutionImpossible" >&2; exit 1 ;;
    *) echo "The conflict is caused by: typer" >&2; exit "${PIP:-1}" ;;
esac
"""


def bootstrap(folder: Path, pip: str) -> subprocess.CompletedProcess[str]:
    (folder / "scripts").mkdir()
    for name in ("pyproject.toml", "scripts/constraints.txt", "scripts/bootstrap"):
        shutil.copy(ROOT / name, folder / name)
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON)
    python.chmod(0o755)
    script = folder / "scripts" / "some"
    script.write_text('. "$(dirname "$0")/bootstrap"\necho done\n')
    return subprocess.run(["sh", str(script)], capture_output=True, text=True, cwd=folder, env={"PIP": pip})


def test_what_conflicts_is_said(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, "1")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "The conflict is caused by: typer" in done.stderr
    assert not (tmp_path / ".venv" / ".made-from").exists()


def test_a_second_try_that_succeeds_is_enough(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, "0")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done\n"
    assert (tmp_path / ".venv" / ".made-from").exists()


def test_each_version_is_pinned_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    exact = {each.partition("==")[0] for each in project["optional-dependencies"]["dev"] if "==" in each}
    constrained = re.findall(r"^(\S+)==", (ROOT / "scripts" / "constraints.txt").read_text(), re.MULTILINE)
    assert exact == {"openapi-python-client", "ruff"}
    assert len(constrained) > 40
    assert exact.isdisjoint(constrained)
