"""Copies of the repository, for tests that change the contract and run the script on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract.files import read_yaml
from contract.surroundings import Surroundings
from support.trees import digest

ROOT = Path(__file__).parents[2]


class Copy:
    """A copy of what regeneration needs, and of what it is for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("spec", "generated", "extensions", "scripts", "tests/contract"):
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", ".regenerate-*"))
        shutil.copy(ROOT / "pyproject.toml", root)
        self.contract = root / "spec" / "klarna_payments.yaml"
        self.package = root / "generated" / "commercelayer_klarna_api"

    def replace(self, old: str, new: str, file: str = "spec/klarna_payments.yaml", times: int = 1) -> None:
        """Write something else into a file; what was there must be there."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text, (file, old)
        path.write_text(text.replace(old, new, times), encoding="utf-8")

    def regenerate(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script; what it compares with is the repository that this is a copy of."""
        command = [sys.executable, str(self.root / "scripts" / "regenerate.py"), *arguments]
        if not {"--check", "--against"} & {each.partition("=")[0] for each in arguments}:
            command += ["--against", str(ROOT)]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})

    def report(self) -> dict[str, Any]:
        """Regenerate, and return what it reports."""
        done = self.regenerate("--json")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def python(self, code: str) -> str:
        """Run a program on the copy, and return what it prints."""
        paths = os.pathsep.join([str(self.root / "generated"), str(self.root / "extensions")])
        environment = {**os.environ, "PYTHONPATH": paths}
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def surroundings(self) -> Surroundings:
        """What stands beside the client in this copy."""
        return Surroundings(self.root, self.package, read_yaml(self.root, "spec/klarna_payments.yaml"))

    def digest(self) -> str:
        """What the generated tree is."""
        return digest(self.package)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


@pytest.fixture
def new_copy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Copy]:
    """Make further copies."""
    return lambda: Copy(tmp_path_factory.mktemp("copy"))
