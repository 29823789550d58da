"""The compilation: same bytes each time, nothing edited, one tree or the other whenever it is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.nightly
@pytest.mark.parametrize("seed", ["0", "1", "42", "99", "random"])
def test_the_tree_is_what_the_contract_compiles_to_whatever_the_hash_seed(copy: Any, seed: str) -> None:
    before = copy.digest()
    shutil.rmtree(copy.package)
    assert copy.regenerate(PYTHONHASHSEED=seed).returncode == 0
    assert copy.digest() == before


@pytest.mark.nightly
def test_check_finds_every_kind_of_drift_and_changes_nothing(copy: Any) -> None:
    assert copy.regenerate("--check").returncode == 0
    (copy.package / "client.py").write_text("# edited\n")
    (copy.package / "types.py").unlink()
    (copy.package / "more.py").touch()
    before = copy.digest()
    done = copy.regenerate("--check")
    assert done.returncode == 1
    assert {"changed  client.py", "added    types.py", "removed  more.py"} <= set(done.stdout.splitlines())
    assert copy.digest() == before
    # What somebody put there is not deleted.
    refused = copy.regenerate()
    assert (refused.returncode, refused.stdout) == (1, "")
    where = "generated/commercelayer_klarna_api/more.py"
    assert refused.stderr == f"{where}: the generator did not write this, and would delete it: {REMEDY}\n"
    assert copy.digest() == before
    (copy.package / "more.py").unlink()
    assert copy.regenerate().returncode == 0
    assert copy.regenerate("--check").returncode == 0


REMEDY = "move it elsewhere, or delete it"


@pytest.mark.nightly
def test_a_file_that_the_generator_wrote_once_is_removed(copy: Any) -> None:
    text = copy.contract.read_text()
    start = text.index("  /klarna_payments/{klarna_payment_id}/payment_gateway:\n")
    end = text.index("  /klarna_payments/{klarna_payment_id}/event_stores:\n")
    text = text[:start] + text[end:]
    copy.contract.write_text(text.replace("order: Order, payment_gateway: PaymentGateway", "order: Order"))
    assert copy.regenerate().returncode == 0
    assert not list(copy.package.rglob("retrieve_klarna_payment_payment_gateway.py"))


def test_provenance() -> None:
    provenance = json.loads((ROOT / "generated" / "commercelayer_klarna_api" / "PROVENANCE.json").read_text())
    contract = (ROOT / "spec" / "klarna_payments.yaml").read_bytes()
    assert provenance["contract_sha256"] == sha256(contract).hexdigest()
    files = {"contract_sha256", "settings_sha256", "templates_sha256"}
    assert set(provenance) == {*files, "openapi-python-client", "ruff", "files"}
    package = ROOT / "generated" / "commercelayer_klarna_api"
    there = {file.relative_to(package).as_posix() for file in package.rglob("*") if file.is_file()}
    assert {name for name in there if "__pycache__" not in name} == {*provenance["files"], "PROVENANCE.json"}


@pytest.mark.nightly
def test_other_tools_are_named(copy: Any) -> None:
    file = "generated/commercelayer_klarna_api/PROVENANCE.json"
    provenance = json.loads((copy.root / file).read_text())
    now = provenance["ruff"]
    copy.replace(f'"ruff": "{now}"', '"ruff": "0.1.0"', file)
    done = copy.regenerate("--check")
    assert (done.returncode, done.stdout) == (1, f"changed  PROVENANCE.json (ruff 0.1.0 to {now})\n")


def test_a_tree_that_cannot_be_written(copy: Any) -> None:
    shutil.rmtree(copy.root / "generated")
    (copy.root / "generated").write_text("a file")
    done = copy.regenerate()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{copy.root}/generated cannot be read or written: File exists\n"


@pytest.mark.nightly
def test_against_a_commit(copy: Any) -> None:
    refused = copy.regenerate("--against", "nothing-of-that-name")
    assert refused.returncode == 2
    said = "'nothing-of-that-name' cannot be compared with: it is neither a folder nor a commit"
    assert refused.stderr.startswith(said)
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    for command in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "--message", "all"]):
        subprocess.run(["git", *command], cwd=copy.root, check=True)
    copy.replace("description: Id of the Klarna session.", "description: The Klarna session's id.")
    done = copy.regenerate("--against", "HEAD", "--report", str(copy.root / "report.md"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == (copy.root / "report.md").read_text()
    assert done.stdout.startswith("Compared with HEAD.\n\nVersion: 0.1.0 to 0.1.1 (patch).\n")


# Runs the script, and kills it before the nth thing that it does to the file system. With 0 it is not killed: then this
# prints how many there are, which of them is the swap, and what the tree was before each.
KILLED = """
import os, runpy, signal, sys
from pathlib import Path
script, limit, against, tests, tree = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], Path(sys.argv[5])
sys.argv = [script, "--against", against]
sys.path[:0] = [os.path.dirname(script), tests]
from support.trees import digest
seen = swapped = 0
trees = {}
EVENTS = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "subprocess.Popen", "ctypes.dlsym")
def hook(event, arguments):
    global seen, swapped
    if event in EVENTS or event == "open" and isinstance(arguments[1], str) and arguments[1][0] in "wxa":
        seen += 1
        if event == "ctypes.dlsym":
            swapped = seen
        if seen == limit:
            os.kill(os.getpid(), signal.SIGKILL)
        if not limit:
            trees[digest(tree)] = None
sys.addaudithook(hook)
try:
    runpy.run_path(script, run_name="__main__")
finally:
    print(seen, swapped, *trees)
"""


@pytest.mark.nightly
def test_a_run_that_is_killed_leaves_the_old_tree_or_the_new_one(copy: Any, new_copy: Callable[[], Any]) -> None:
    """A kill leaves what is there before a step. So one run looks at all steps, and others are killed at a few."""
    other = new_copy()
    for each in (copy, other):
        each.replace("description: Id of the Klarna session.", "description: The Klarna session's id.")
    old, beside = copy.digest(), sorted(copy.package.parent.iterdir())

    def killed(which: Any, limit: int) -> subprocess.CompletedProcess[str]:
        script = str(which.root / "scripts" / "regenerate.py")
        command = [sys.executable, "-c", KILLED, script, str(limit), *map(str, (ROOT, ROOT / "tests", which.package))]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    events, swapped, *trees = killed(other, 0).stdout.splitlines()[-1].split()
    new = other.digest()
    assert new != old
    assert trees == [old, new]
    for limit in (1, int(swapped), int(swapped) + 1, int(events)):
        if copy.digest() == new:
            shutil.rmtree(copy.package)
            shutil.copytree(ROOT / "generated" / copy.package.name, copy.package)
        for left in copy.package.parent.glob(".regenerate-*"):  # clearing it away would be counted
            shutil.rmtree(left)
        assert killed(copy, limit).returncode == -signal.SIGKILL
        assert copy.digest() == (old if limit <= int(swapped) else new)
    assert copy.regenerate().returncode == 0
    assert copy.digest() == new
    assert sorted(copy.package.parent.iterdir()) == beside


@pytest.mark.parametrize("point", ["first", "second"])
def test_without_an_exchange_a_killed_swap_is_recovered(tmp_path: Path, point: str) -> None:
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(ROOT / "scripts")!r})
from pathlib import Path
from contract import swap
swap._exchange = lambda one, other: False
renames = 0
def hook(event, arguments):
    global renames
    if event == "os.rename":
        renames += 1
        if renames == {1 if point == "first" else 2}:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
swap.swap(Path("new"), Path("old"))
"""
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "old").exists() == (point == "first")
    recover = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); from pathlib import Path;"
    recover += " from contract.swap import recover; recover(Path('old'))"
    subprocess.run([sys.executable, "-c", recover], cwd=tmp_path, check=True)
    assert [each.name for each in (tmp_path / "old").iterdir()] == ["old"]
