"""The walks of CONTRIBUTING.md, followed to the letter in copies of the repository.

Here all of them are followed in one copy, one after the other. ``scripts/test-nightly`` follows each in a copy of its
own, and runs the whole suite there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from walks import CONTRACT, Walk, applied, in_async, walks

ROOT = Path(__file__).parents[2]
WALKS = walks()
SECOND = "Adding a second resource"
REHEARSALS = [title for title in WALKS if title != SECOND]
ADYEN = Path(__file__).parent / "adyen"
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
# What depends on the contract, of what scripts/test runs.
BOUND = (
    "tests/contract/test_contract.py",
    "tests/contract/test_attributes.py",
    "tests/test_upstream_drift.py",
    "tests/test_conformance.py",
    "tests/jsonapi/test_resources.py",
    "tests/jsonapi/test_documents.py",
    "tests/test_sandbox_page.py",
    "tests/sandbox/api",
    "tests/sandbox/test_contract_answers.py",
)
# A second resource, in lines that a maintainer writes beside its contract, facts and examples.
LINES = 60


class Clone:
    """A copy of the whole repository, in which one follows walks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        left_out = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "site")
        shutil.copytree(ROOT, root, ignore=left_out, dirs_exist_ok=True)

    def run(self, *command: str) -> str:
        """Run a command here; it must succeed."""
        paths = os.pathsep.join(str(self.root / each) for each in ("extensions", "generated"))
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PYTHONPATH": paths, "PATH": path}
        environment = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
        environment.pop("HYPOTHESIS_PROFILE", None)
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
        return done.stdout

    def python(self, *arguments: str) -> str:
        return self.run(sys.executable, *arguments)

    def check(self) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "scripts/regenerate.py", "--check"]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True)

    def follow(self, walk: Walk) -> set[str]:
        """Follow a walk to its end; return the files that were pointed out after the contract was changed."""
        diffs = walk.of("diff")
        for each in (each for each in diffs if each.file == CONTRACT):
            self.apply(each.file, each.text)
        if not walk.of("sh"):
            self.python("scripts/regenerate.py", "--against", str(ROOT))
        said = self.check().stderr
        for each in (each for each in diffs if each.file != CONTRACT):
            self.apply(each.file, each.text)
        for each in walk.of("sh"):
            self.run("sh", "-ec", each.text)
        self.python("scripts/regenerate.py", "--against", str(ROOT))
        self.run("ruff", "check", "--fix", "--quiet", ".")
        self.run("ruff", "format", "--quiet", ".")
        self.python("scripts/unasync.py")
        done = self.check()
        assert done.returncode == 0, f"{walk.title}\n{done.stderr}"
        return {line.split(":")[1].strip() for line in said.splitlines() if line.startswith("to be done by hand: ")}

    def apply(self, file: str, diff: str) -> None:
        """Write a change of the page into a file."""
        path = self.root / file
        path.write_text(applied(path.read_text("utf-8") if path.exists() else "", diff, file), "utf-8")

    def show(self, walk: Walk) -> None:
        """Run the program of a walk, with both clients."""
        self.python("-W", "error", "-c", walk.program)
        self.python("-W", "error", "-c", in_async(walk.program))
        (self.root / "uses.py").write_text(walk.program, "utf-8")
        (self.root / "uses_async.py").write_text(in_async(walk.program), "utf-8")
        self.python("-m", "mypy", "uses.py", "generated", "extensions", "scripts")
        (self.root / "uses.py").unlink()
        (self.root / "uses_async.py").unlink()

    def add_adyen(self) -> None:
        """Write the contract, the facts and the examples of adyen payments down."""
        text = (ADYEN / "contract.yaml").read_text("utf-8")
        head, _, rest = text.partition("\ntags:\n")
        tags, _, rest = rest.partition("\npaths:\n")
        paths, _, schemas = rest.partition("\nschemas:\n")
        assert head.startswith("#")
        contract = (self.root / CONTRACT).read_text("utf-8")
        contract = contract.replace("\ntags:\n", f"\ntags:\n{tags}", 1)
        contract = contract.replace("\ncomponents:\n", f"\n{paths}\ncomponents:\n", 1)
        (self.root / CONTRACT).write_text(f"{contract}\n{schemas}", "utf-8")
        facts = self.root / "tests" / "contract" / "facts.yaml"
        merged = yaml.safe_load(facts.read_text("utf-8"))
        for part, rows in yaml.safe_load((ADYEN / "facts.yaml").read_text("utf-8")).items():
            merged[part] |= rows
        facts.write_text(yaml.safe_dump(merged, sort_keys=False), "utf-8")
        shutil.copytree(ADYEN / "examples", self.root / "spec" / "examples", dirs_exist_ok=True)


def whole_suite(clone: Clone) -> None:
    """Run what a maintainer runs, but for this file."""
    clone.run("ruff", "format", "--check", "--quiet", ".")
    clone.run("ruff", "check", "--quiet", ".")
    clone.run("lint-imports", "--no-cache", "--config", "pyproject.toml")
    clone.run("mypy", "generated", "extensions", "scripts", "examples")
    left_out = ("--ignore", "tests/contract/test_contributing.py")
    clone.python("-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *left_out)


def test_the_walks_leave_what_depends_on_the_contract_green(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone")
    assert len(REHEARSALS) == 5
    for title in REHEARSALS:
        clone.follow(WALKS[title])
    for title in REHEARSALS:
        clone.show(WALKS[title])
    clone.python("-m", "pytest", "-q", "-x", *(each for each in BOUND if (ROOT / each).exists()))


@pytest.mark.skipif(not NIGHTLY, reason="takes minutes: scripts/test-nightly")
@pytest.mark.parametrize("title", REHEARSALS)
def test_a_walk_leaves_the_whole_suite_green(title: str, tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone")
    walk = WALKS[title]
    pointed_out = clone.follow(walk)
    if not walk.of("sh"):
        assert pointed_out <= {each.file for each in walk.of("diff")}
    clone.show(walk)
    whole_suite(clone)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    clone = Clone(tmp_path_factory.mktemp("second") / "clone")
    clone.add_adyen()
    clone.python("scripts/regenerate.py", "--against", str(ROOT))
    return clone


def test_a_second_resource_is_few_lines(second: Clone, capsys: Any) -> None:
    walk = WALKS[SECOND]
    before = second.check()
    assert before.returncode == 1
    second.follow(walk)
    with capsys.disabled():
        print(f"\na second resource takes {walk.written} lines beside its contract, facts and examples")
    assert walk.written <= LINES
    second.show(walk)
    if NIGHTLY:
        whole_suite(second)
