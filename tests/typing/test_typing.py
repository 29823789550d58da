"""Runs type checkers over the files beside this one: two in each run, and two more that the nightly run installs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CHECKERS = ("mypy", "pyright", "pyrefly", "ty")


def checking(checker: str, files: Sequence[Path], settings: Path) -> list[str]:
    """Return the command that checks files: strictly, but for ``@override``, which Python 3.11 has not."""
    paths = [str(ROOT / "generated"), str(ROOT / "extensions")]
    names = [str(each) for each in files]
    if checker == "mypy":
        return [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", *names]
    if checker == "pyright":
        found = {"include": names, "typeCheckingMode": "strict", "extraPaths": paths}
        (settings / "pyrightconfig.json").write_text(json.dumps(found))
        return [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable, "--project", str(settings)]
    program = shutil.which(checker, path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip(f"{checker} is installed by the nightly run")
    if checker == "ty":
        searched = [f"--extra-search-path={each}" for each in paths]
        return [program, "check", "--python", sys.executable, *searched, "--output-format", "concise", *names]
    searched = [f"--search-path={each}" for each in paths]
    interpreter = ["--python-interpreter-path", sys.executable]
    return [program, "check", "--preset", "default", *interpreter, *searched, "--output-format", "min-text", *names]


def lines_with_errors(checker: str, settings: Path, *files: Path) -> list[set[int]]:
    """Run a checker once, and return for each file the lines in which it finds an error."""
    command = checking(checker, files, settings)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode in {0, 1}, done.stderr
    # The file comes first, or the word.
    found = [
        re.findall(rf"{file.name}:(\d+)(?::\d+)?[: -]+error|ERROR \S*{file.name}:(\d+)", done.stdout) for file in files
    ]
    return [{int(line or other) for line, other in each} for each in found]


@pytest.mark.parametrize("checker", CHECKERS)
def test_typed_uses_are_accepted_and_mistakes_are_found(checker: str, tmp_path: Path) -> None:
    lines = (HERE / "mistakes.py").read_text().splitlines()
    meant = {number for number, line in enumerate(lines, 1) if line.endswith("# mistake")}
    rarely = {number for number, line in enumerate(lines, 1) if line.endswith("that mypy and pyrefly never find")}
    assert len(meant) == 24
    assert len(rarely) == 1
    in_uses, in_mistakes = lines_with_errors(checker, tmp_path, HERE / "uses.py", HERE / "mistakes.py")
    assert in_uses == set()
    assert in_mistakes == meant | (rarely if checker in {"pyright", "ty"} else set())


@pytest.mark.nightly
@pytest.mark.parametrize("checker", CHECKERS)
def test_the_code_of_the_guide_is_typed(checker: str, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    code = "\n\n".join(re.findall(r"^```python\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL))
    assert "ignore" not in code
    file = tmp_path / "guide.py"
    file.write_text(code)
    assert lines_with_errors(checker, tmp_path, file) == [set()]
    file.write_text(code + "\nTenant(5)\n")
    (found,) = lines_with_errors(checker, tmp_path, file)
    assert len(found) == 1


def test_examples_ignore_no_error() -> None:
    # That they are typed is checked with everything else, in the strictest mode.
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert "examples" in settings["basedpyright"]["strict"]
    assert settings["mypy"]["strict"]
    sources = [each.read_text(encoding="utf-8") for each in (ROOT / "examples").rglob("*.py")]
    assert len(sources) >= 4
    assert not [source for source in sources if re.search(r"#.*ignore", source)]
