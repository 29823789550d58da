"""The walks of CONTRIBUTING.md, followed to the letter in copies of the repository.

Here all of them are followed in one copy. ``scripts/test-nightly`` also runs there what depends on the contract, and
follows each walk in a copy of its own, where it runs the whole suite.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from walks import CONTRACT, Walk, applied, in_async, walks

ROOT = Path(__file__).parents[2]
WALKS = walks()
SECOND = "Adding a second resource"
ADYEN = Path(__file__).parent / "adyen"
# What depends on the contract, of what scripts/test runs.
BOUND = (
    "tests/contract/test_contract.py",
    "tests/contract/test_bundle.py",
    "tests/test_upstream_drift.py",
    "tests/test_upstream_mutations.py",
    "tests/jsonapi/test_resources.py",
    "tests/jsonapi/test_documents.py",
    "tests/test_sandbox_page.py",
    "tests/test_site.py",
)
# A second resource, in lines that a maintainer writes beside its contract, facts and examples.
LINES = 60


class Clone:
    """A copy of the whole repository, in which one follows walks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        left_out = shutil.ignore_patterns(".git", ".venv*", "build", ".*_cache", ".hypothesis", "__pycache__", "site")
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

    def todos(self) -> list[str]:
        """What is left to be done by hand, as the script says it."""
        command = [sys.executable, "scripts/regenerate.py", "--check"]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True)
        found = [line.partition(": ")[2] for line in done.stderr.splitlines() if line.startswith("to be done by hand")]
        assert done.returncode == (1 if found else 0), done.stderr
        return found

    def change_contract(self, walk: Walk) -> None:
        """Write what a walk supposes of the API into the contract."""
        if walk.title == SECOND:
            self.add_adyen()
        for each in walk.of("diff"):
            if each.file == CONTRACT:
                self.apply(each.file, each.text)

    def follow(self, walk: Walk) -> None:
        """Do what is left to be done by hand after a change of the contract."""
        for each in walk.of("diff"):
            if each.file != CONTRACT:
                self.apply(each.file, each.text)
        for each in walk.of("sh"):
            self.run("sh", "-ec", each.text)

    def finish(self) -> None:
        """End walks, as the page says."""
        self.regenerate()
        self.python("scripts/reference_pages.py")
        self.run("ruff", "check", "--fix", "--exit-zero", "--quiet", ".")
        self.run("ruff", "format", "--quiet", ".")
        self.run("ruff", "check", "--quiet", ".")
        self.python("scripts/unasync.py")

    def regenerate(self) -> None:
        self.python("scripts/regenerate.py", "--against", str(ROOT))

    def apply(self, file: str, diff: str) -> None:
        """Write a change of the page into a file."""
        path = self.root / file
        path.write_text(applied(path.read_text("utf-8") if path.exists() else "", diff, file), "utf-8")

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
        differences = self.root / "spec" / "upstream-differences.yaml"
        more = (ADYEN / differences.name).read_text("utf-8")
        differences.write_text(f"{differences.read_text('utf-8')}\n{more}", "utf-8")
        shutil.copytree(ADYEN / "examples", self.root / "spec" / "examples", dirs_exist_ok=True)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A copy in which all walks were followed."""
    made = Clone(tmp_path_factory.mktemp("walks") / "clone")
    for walk in WALKS.values():
        made.change_contract(walk)
    for walk in WALKS.values():
        made.follow(walk)
    made.finish()
    return made


@pytest.mark.nightly
def test_nothing_is_left_to_do_after_the_walks(clone: Clone) -> None:
    assert clone.todos() == []


@pytest.mark.nightly
@pytest.mark.parametrize("title", WALKS)
def test_a_walk_leads_where_it_says(clone: Clone, title: str) -> None:
    program = WALKS[title].program
    clone.python("-W", "error", "-c", program)
    clone.python("-W", "error", "-c", in_async(program))


@pytest.mark.nightly
def test_type_checkers_know_what_the_walks_add(clone: Clone) -> None:
    for number, walk in enumerate(WALKS.values()):
        (clone.root / f"uses_{number}.py").write_text(walk.program, "utf-8")
        (clone.root / f"uses_{number}_async.py").write_text(in_async(walk.program), "utf-8")
    uses = [each.name for each in sorted(clone.root.glob("uses_*.py"))]
    assert len(uses) == 12
    clone.python("-m", "mypy", *uses, "extensions")
    for each in uses:
        (clone.root / each).unlink()


@pytest.mark.nightly
def test_the_walks_leave_what_depends_on_the_contract_green(clone: Clone) -> None:
    clone.python("-m", "pytest", "-q", "-x", *(each for each in BOUND if (ROOT / each).exists()))


def test_a_second_resource_is_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    written = WALKS[SECOND].written
    with capsys.disabled():
        print(f"\na second resource takes {written} lines beside its contract, facts and examples")
    assert 30 < written <= LINES


@pytest.mark.nightly
@pytest.mark.parametrize("title", WALKS)
def test_a_walk_alone_leaves_the_whole_suite_green(title: str, tmp_path: Path) -> None:
    alone, walk = Clone(tmp_path / "clone"), WALKS[title]
    alone.change_contract(walk)
    alone.regenerate()
    # What is pointed out is in the walk. (A rename is one command for all files.)
    if title != "Renaming an attribute":
        assert {each.partition(":")[0] for each in alone.todos()} <= {step.file for step in walk.of("diff")}
    alone.follow(walk)
    alone.finish()
    assert alone.todos() == []
    alone.run("lint-imports", "--no-cache", "--config", "pyproject.toml")
    alone.python("-m", "mypy", "generated", "extensions", "scripts", "examples")
    left_out = ("--ignore", "tests/contract/test_contributing.py")
    alone.python("-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *left_out)
