"""What the hosted repository runs by itself agrees with what the project says of itself."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from commercelayer_klarna import __version__
from contract import attributes

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PACKAGE = ROOT / "extensions" / "commercelayer_klarna"
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT: dict[str, Any] = PYPROJECT["project"]


def workflow(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())


def test_the_tests_run_on_every_python_that_is_promised_and_no_other() -> None:
    promised = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if re.search(r":: Python :: 3\.\d+$", each)]
    assert workflow("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"
    minors = [int(each.removeprefix("3.")) for each in promised]
    assert minors == list(range(minors[0], minors[-1] + 1))


def test_the_library_is_tried_on_each_system_that_is_promised() -> None:
    assert "Operating System :: OS Independent" in PROJECT["classifiers"]
    job = workflow("ci.yml")["jobs"]["systems"]
    assert [each.partition("-")[0] for each in job["strategy"]["matrix"]["system"]] == ["macos", "windows"]
    named = re.findall(r"tests/[\w./]+", job["steps"][-1]["run"])
    assert [each for each in named if not (ROOT / each).exists()] == []
    # Each part of the package that has tests of its own, but for the stand-in and what takes a shell.
    mirrored = {f"tests/{each.name}" for each in (ROOT / "tests").iterdir() if (PACKAGE / f"_{each.name}").is_dir()}
    assert mirrored | {"tests/bulk", "tests/plugins"} == {each for each in named if not each.endswith(".py")}


def test_what_is_of_posix_is_left_out_on_windows() -> None:
    """``scripts/test`` runs on no Windows, so the names are looked for; a fixture's users have the mark."""
    of_posix = re.compile(r"\bos\.(fork|umask|killpg|mkfifo)\b|SIGKILL|setitimer|pthread_kill|st_mode|AF_UNIX|/proc/")
    named = re.findall(r"tests/[\w./]+", workflow("ci.yml")["jobs"]["systems"]["steps"][-1]["run"])
    found = []
    for file in (
        each for name in named for each in ((ROOT / name).rglob("test_*.py") if "." not in name else [ROOT / name])
    ):
        source = file.read_text(encoding="utf-8")
        for each in ast.parse(source).body if of_posix.search(source) else ():
            if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
                marks = " ".join(ast.unparse(mark) for mark in each.decorator_list)
                if of_posix.search(ast.unparse(each)) and not re.search("posix|skipif|needs_", marks):
                    found.append(f"{file.name}: {each.name}")
    assert found == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_job_has_the_rights_it_names_and_an_end(file: Path) -> None:
    found = workflow(file.name)
    assert found["permissions"] == {}
    for name, job in found["jobs"].items():
        assert job["permissions"]
        assert job["timeout-minutes"] <= (180 if name == "long" else 30)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_job_that_may_write_runs_no_code_of_the_repository_or_of_packages(file: Path) -> None:
    for name, job in workflow(file.name)["jobs"].items():
        if "write" in job["permissions"].values():
            commands = "\n".join(step.get("run", "") for step in job["steps"])
            assert not re.search(r"scripts/|python|pip|examples/", commands), name


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_an_action_is_one_commit_and_its_version_stands_beside_it(file: Path) -> None:
    uses = re.findall(r"uses: (.*)", file.read_text())
    assert uses
    assert all(re.fullmatch(r"(actions|pypa)/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in uses)
    # One action, one commit, in all workflows.
    everywhere = {each for other in WORKFLOWS for each in re.findall(r"uses: (.*)", other.read_text())}
    assert len({each.partition("@")[0] for each in everywhere}) == len(everywhere)


def test_the_scripts_that_workflows_run_exist() -> None:
    for file in WORKFLOWS:
        for script in re.findall(r"scripts/[a-z-]+(?![.\w])", file.read_text()):
            assert (ROOT / script).exists(), script


def test_each_script_of_tests_runs_by_itself() -> None:
    run = "\n".join(file.read_text() for file in [*WORKFLOWS, ROOT / "scripts" / "test-nightly"])
    for script in (ROOT / "scripts").glob("test*"):
        assert re.search(rf"scripts/{script.name}(?![\w-])", run), script.name


def test_what_draws_more_at_night_is_run_at_night() -> None:
    (again,) = re.findall(r'-m "not nightly"((?:\\\n|[^\n])*)', (ROOT / "scripts" / "test-nightly").read_text())
    listed = {ROOT / each for each in re.findall(r"tests/[\w./]+", again)}
    assert all(each.exists() for each in listed)
    asking = re.compile(r'os\.environ\.get\("HYPOTHESIS_PROFILE"\)|installed by the nightly run')
    for file in (ROOT / "tests").rglob("test_*.py"):
        if file != Path(__file__) and asking.search(file.read_text(encoding="utf-8")):
            assert listed & {file, *file.parents}, f"name {file.relative_to(ROOT)} in scripts/test-nightly"


def test_a_proposal_takes_what_the_contract_compiles_to_and_nothing_else(tmp_path: Path) -> None:
    jobs = workflow("regenerate.yml")["jobs"]
    keep = next(each["run"] for each in jobs["regenerate"]["steps"] if each.get("id") == "patch")
    (take,) = re.findall(r"git apply(?:\\\n|[^\n])*", jobs["propose"]["steps"][-1]["run"])
    written = {"generated/commercelayer_klarna_api/models/order.py", "generated/klarna_payments.openapi.json"}
    written |= {attributes.ATTRIBUTES.as_posix(), attributes.ARGUMENTS.as_posix()}
    others = {"scripts/test", attributes.ATTRIBUTES.with_name("resource.py").as_posix()}
    environment = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path / "regenerated"), "GITHUB_OUTPUT": "output"}

    def git(*arguments: str) -> str:
        by = ("-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "init.defaultBranch=main")
        return subprocess.run(["git", *by, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    def write(text: str) -> None:
        for name in written | others:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)

    git("init")
    (tmp_path / "regenerated").mkdir()
    write("old\n")
    git("add", "--all")
    git("commit", "--message", "old")
    write("new\n")
    subprocess.run(["sh", "-ec", keep], cwd=tmp_path, env=environment, check=True)
    git("reset", "--hard")
    environment["RUNNER_TEMP"] = str(tmp_path)
    subprocess.run(["sh", "-ec", take], cwd=tmp_path, env=environment, check=True)
    assert set(git("diff", "--cached", "--name-only").split()) == written


def test_a_release_publishes_what_was_tested_and_attested() -> None:
    assert "\non:\n  push:\n    tags: ['v*']\n" in (ROOT / ".github" / "workflows" / "release.yml").read_text()
    build, attest, publish = workflow("release.yml")["jobs"].values()
    assert [step["run"] for step in build["steps"] if "run" in step].index("scripts/test") == 1
    assert attest["needs"] == "build"
    assert publish["needs"] == ["build", "attest"]
    assert publish["permissions"] == {"id-token": "write"}
    assert not [step for step in publish["steps"] if "password" in step.get("with", {})]


def test_the_workflow_for_releases_reads_the_version_where_it_stands(tmp_path: Path) -> None:
    step = next(each for each in workflow("release.yml")["jobs"]["build"]["steps"] if "tag" in each.get("name", ""))
    for tag, status in ((f"v{__version__}", 0), ("v9.9.9", 1)):
        done = subprocess.run(
            ["sh", "-ec", step["run"]], cwd=ROOT, env={"PATH": os.environ["PATH"], "GITHUB_REF_NAME": tag}
        )
        assert done.returncode == status


def test_the_project_names_its_places() -> None:
    assert set(PROJECT["urls"]) == {"Source", "Documentation", "Changelog", "Issues"}
    # What cannot read it there says the same: the other links of that file, and the contract.
    texts = [(ROOT / file).read_text() for file in ("pyproject.toml", "spec/klarna_payments.yaml")]
    found = [re.findall(r"https://github\.com/[\w-]+/[\w-]+", text) for text in texts]
    assert all(found)
    assert {each for file in found for each in file} == {PROJECT["urls"]["Source"]}


def test_what_moves_the_generated_tree_is_updated_together() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    groups = next(each["groups"] for each in updates if each["package-ecosystem"] == "pip")
    pinned = {each.partition("==")[0] for each in PYPROJECT["dependency-groups"]["dev"] if "==" in each}
    assert set(groups["generated-tree"]["patterns"]) == pinned == set(groups["others"]["exclude-patterns"])


def test_the_page_of_surroundings_has_a_row_for_each_that_is_tried() -> None:
    lines = (ROOT / "docs" / "surroundings.md").read_text().splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    rows = {(row[0], row[2].replace(r"\|", "|")) for row in cells[2:]}
    tried: set[tuple[str, str]] = set()
    for file in (ROOT / "tests" / "surroundings").glob("test_*.py"):
        tree = ast.parse(file.read_text())
        (name,) = re.findall(r'^NAME, PACKAGES = "(.*?)"', file.read_text(), re.MULTILINE)
        tests = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")]
        tried |= {(name, " ".join((ast.get_docstring(each) or "").split()).rstrip(".")) for each in tests}
    assert len(tried) > 20
    assert rows == tried


def test_the_page_of_compilers_has_a_row_for_each_that_is_asked() -> None:
    lines = (ROOT / "docs" / "compilers.md").read_text().splitlines()
    rows = {(cells[1], cells[3], cells[4]) for line in lines if len(cells := re.split(r" ?(?<!\\)\| ?", line)) == 7}
    asked = {("tool", "what it must do", "result"), ("---", "---", "---")}
    for file in (ROOT / "tests" / "compilers").glob("test_*.py"):
        for each in ast.parse(file.read_text()).body:
            if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
                tool = next(one for one in each.decorator_list if "mark.tool" in ast.unparse(one))
                assert isinstance(tool, ast.Call)
                name, told = ast.literal_eval(tool.args[0]), " ".join((ast.get_docstring(each) or "").split())
                asked.add((name, told.rstrip("."), "works"))
    assert len(asked) > 9
    assert rows == asked


def test_issue_templates_ask_for_the_request_and_never_for_tokens() -> None:
    folder = ROOT / ".github" / "ISSUE_TEMPLATE"
    asked = {path.stem: yaml.safe_load(path.read_text()).get("body", []) for path in folder.glob("*.yml")}
    assert "request_id" in {each.get("id") for each in asked["bug"]}
    assert all("Never paste tokens" in (folder / f"{name}.yml").read_text() for name in ("bug", "idea"))


def test_what_runs_before_a_commit_exists() -> None:
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    commands = [hook["entry"].split()[0] for hook in local["hooks"]]
    assert {"scripts/unasync", ".venv/bin/codespell", ".venv/bin/validate-pyproject"} <= set(commands)
    assert all((ROOT / each).exists() for each in commands if each.startswith("scripts/"))
