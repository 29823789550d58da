"""What every script begins with: it makes the environment, and says why when it cannot."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Stands for an interpreter: its pip says what conflicts only when it may speak, and its venv is a copy of it.
PYTHON = """#!/bin/sh
echo "$@" >> asked
case "$*" in
    --version) echo Python VERSION ;;
    *base_prefix*) echo VERSION ;;
    -c*) exit STATUS ;;
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    *--quiet*) echo "ResolutionImpossible" >&2; exit 1 ;;
    *) echo "The conflict is caused by: typer" >&2; exit "${PIP:-0}" ;;
esac
"""


def interpreter(place: Path, version: str, *, is_new_enough: bool = True) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(PYTHON.replace("VERSION", version).replace("STATUS", str(int(not is_new_enough))))
    place.chmod(0o755)
    return place


def bootstrap(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "scripts").mkdir()
    for name in ("pyproject.toml", "scripts/constraints.txt", "scripts/bootstrap"):
        shutil.copy(ROOT / name, folder / name)
    interpreter(folder / ".venv" / "bin" / "python", "3.11.7")
    script = folder / "scripts" / "some"
    script.write_text('. "$(dirname "$0")/bootstrap"\necho done\n')
    environment = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run(["sh", str(script)], capture_output=True, text=True, cwd=folder, env=environment)


def test_what_conflicts_is_said(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, PIP="1")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "The conflict is caused by: typer" in done.stderr
    assert not (tmp_path / ".venv" / ".made-from").exists()


def test_a_second_try_that_succeeds_is_enough(tmp_path: Path) -> None:
    done = bootstrap(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done\n"
    assert (tmp_path / ".venv" / ".made-from").exists()


def test_an_interpreter_of_another_version_makes_the_environment_anew(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, PYTHON=str(interpreter(tmp_path / "other", "3.13.0")))
    assert done.returncode == 0, done.stderr
    assert "3.13.0" in (tmp_path / ".venv" / "bin" / "python").read_text()
    assert ".venv is of Python 3.11.7" in done.stderr


def test_the_same_interpreter_keeps_the_environment(tmp_path: Path) -> None:
    interpreter(tmp_path / "bin" / "same", "3.11.7")
    done = bootstrap(tmp_path, PYTHON="bin/same")  # relative to where one is
    assert done.returncode == 0, done.stderr
    assert "-m venv" not in (tmp_path / "asked").read_text()


def test_an_interpreter_that_is_missing_or_too_old_is_refused_by_name(tmp_path: Path) -> None:
    old = interpreter(tmp_path / "old", "3.10.13", is_new_enough=False)
    for folder, named, said in (
        ("a", "/no/such/python", "PYTHON=/no/such/python is not an interpreter that runs"),
        ("b", str(old), f"PYTHON={old} is Python 3.10.13, which is too old"),
    ):
        (tmp_path / folder).mkdir()
        done = bootstrap(tmp_path / folder, PYTHON=named)
        assert done.returncode == 1
        assert done.stderr.startswith(said)
        assert not (tmp_path / folder / ".venv" / ".made-from").exists()


def test_uv_is_used_where_it_is(tmp_path: Path) -> None:
    uv = tmp_path / "tools" / "uv"
    uv.parent.mkdir()
    uv.write_text('#!/bin/sh\necho "$@" >> asked-of-uv\n')
    uv.chmod(0o755)
    done = bootstrap(tmp_path, PATH=f"{uv.parent}:/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    assert "pip install --quiet --python" in (tmp_path / "asked-of-uv").read_text()
    assert "-m pip" not in (tmp_path / "asked").read_text()


def test_help_runs_nothing() -> None:
    for script in ("demo", "docs", "test"):
        command = [str(ROOT / "scripts" / script), "--help"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
        assert done.returncode == 0
        assert "PYTHON names the interpreter" in done.stdout
        assert done.stderr == ""


def test_each_version_is_pinned_in_one_place() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    exact = {each.partition("==")[0] for each in groups["dev"] if "==" in each}
    constrained = re.findall(r"^(\S+)==", (ROOT / "scripts" / "constraints.txt").read_text(), re.MULTILINE)
    assert exact == {"openapi-python-client", "ruff"}
    assert len(constrained) > 40
    assert exact.isdisjoint(constrained)
