"""The compilation: same bytes each time, nothing edited, and an attribute of the contract reaches the public class."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what compilation needs, and of what it is for."""
    for folder in ("spec", "generated", "extensions", "scripts"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def regenerate(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "scripts" / "regenerate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})


def digest(root: Path) -> str:
    total = sha256()
    for file in sorted((root / "generated").rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            total.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return total.hexdigest()


def test_the_tree_is_what_the_contract_compiles_to_whatever_the_hash_seed(copy: Path) -> None:
    before = digest(copy)
    for seed in ("0", "42"):
        shutil.rmtree(copy / "generated" / "commercelayer_klarna_api")
        assert regenerate(copy, PYTHONHASHSEED=seed).returncode == 0
        assert digest(copy) == before


def test_check_finds_every_kind_of_drift_and_changes_nothing(copy: Path) -> None:
    assert regenerate(copy, "--check").returncode == 0
    package = copy / "generated" / "commercelayer_klarna_api"
    (package / "client.py").write_text("# edited\n")
    (package / "types.py").unlink()
    (package / "more.py").touch()
    before = digest(copy)
    done = regenerate(copy, "--check")
    assert done.returncode == 1
    assert {"changed  client.py", "added    types.py", "removed  more.py"} <= set(done.stdout.splitlines())
    assert digest(copy) == before
    assert regenerate(copy).returncode == 0
    assert regenerate(copy, "--check").returncode == 0


def test_an_invalid_contract_leaves_the_tree_alone(copy: Path) -> None:
    contract = copy / "spec" / "klarna_payments.yaml"
    before = digest(copy)
    contract.write_text(contract.read_text().replace("openapi: 3.1.0", "openapi: 3.1.0\npaths: 5", 1))
    assert regenerate(copy).returncode == 1
    contract.write_text("a: [")
    assert regenerate(copy).returncode == 1
    assert digest(copy) == before
    assert not list((copy / "generated").glob(".regenerate-*"))


def test_provenance() -> None:
    provenance = json.loads((ROOT / "generated" / "commercelayer_klarna_api" / "PROVENANCE.json").read_text())
    contract = (ROOT / "spec" / "klarna_payments.yaml").read_bytes()
    assert provenance["contract_sha256"] == sha256(contract).hexdigest()
    assert set(provenance) == {"contract_sha256", "settings_sha256", "openapi-python-client", "ruff"}


USES = """
from typing import assert_type

from commercelayer_klarna import KlarnaPayment


def read(payment: KlarnaPayment) -> None:
    assert_type(payment.risk_level, str | None)
"""

READS = """
from commercelayer_klarna.documents import Document
from commercelayer_klarna.errors import NotFetchedError
from commercelayer_klarna.resources import KlarnaPayment, build

old = {"type": "klarna_payments", "id": "x", "attributes": {"reference": "r"}}
new = {**old, "attributes": {"risk_level": "low"}}
assert Document({"data": new}, build).data.risk_level == "low"
try:
    Document({"data": old}, build).data.risk_level
except NotFetchedError:
    print("as it should be")
"""


@pytest.mark.parametrize("required", [True, False])
def test_an_attribute_added_to_the_contract_is_on_the_public_class(copy: Path, required: bool) -> None:
    contract = copy / "spec" / "klarna_payments.yaml"
    text = contract.read_text()
    at = text.index("    KlarnaPaymentAttributes:")
    head, tail = text[:at], text[at:]
    if required:
        tail = tail.replace("        - session_id\n", "        - session_id\n        - risk_level\n", 1)
    attribute = "        risk_level:\n          description: How risky.\n          type: [string, 'null']\n"
    tail = tail.replace("        session_id:\n", attribute + "        session_id:\n", 1)
    contract.write_text(head + tail)
    done = regenerate(copy)
    assert done.returncode == 0, done.stderr
    assert "changed  models/klarna_payment_attributes.py" in done.stdout

    paths = [str(copy / "generated"), str(copy / "extensions")]
    read = [sys.executable, "-c", READS]
    ran = subprocess.run(read, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
    assert ran.stdout == "as it should be\n", ran.stderr
    if required:
        (copy / "uses.py").write_text(USES)
        checked = subprocess.run([sys.executable, "-m", "mypy", "uses.py"], capture_output=True, text=True, cwd=copy)
        assert checked.returncode == 0, checked.stdout
