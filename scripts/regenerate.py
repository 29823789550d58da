"""Compile the contract into the generated client; `scripts/regenerate` runs this in the right environment.

Validates the contract, builds the client beside the old one, and swaps the two. Nothing that the generator wrote is
changed afterwards; the type marker and the provenance are added.
"""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import yaml
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

ROOT = Path(__file__).parents[1]
CONTRACT = ROOT / "spec" / "klarna_payments.yaml"
SETTINGS = ROOT / "spec" / "generator.yaml"
PACKAGE = ROOT / "generated" / "commercelayer_klarna_api"


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/regenerate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when the tree is out of date")
    check = parser.parse_args().check

    try:
        validate(yaml.safe_load(CONTRACT.read_text()))
    except (OpenAPIValidationError, yaml.YAMLError) as error:
        print(f"{CONTRACT.relative_to(ROOT)} is not a valid contract: {error}", file=sys.stderr)
        return 1
    # Beside the package, so that the swap is a rename within one file system.
    with tempfile.TemporaryDirectory(prefix=".regenerate-", dir=PACKAGE.parent) as scratch:
        built = Path(scratch) / PACKAGE.name
        if not compile_into(built):
            return 1
        changes = compare(PACKAGE, built)
        if not check and changes:
            if PACKAGE.exists():
                PACKAGE.rename(Path(scratch) / "old")
            built.rename(PACKAGE)
    for change in changes:
        print(change)
    if not changes:
        print(f"{PACKAGE.relative_to(ROOT)} is what the contract compiles to.")
    elif check:
        print("The tree is not what the contract compiles to: run scripts/regenerate.", file=sys.stderr)
    return 1 if check and changes else 0


def compile_into(package: Path) -> bool:
    arguments = ["--path", CONTRACT, "--config", SETTINGS, "--output-path", package]
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
    # The formatter is found on the path; the one that is pinned is beside the interpreter.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, "PATH": path}
    )
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        return False
    (package / "py.typed").touch()
    provenance = {
        "contract_sha256": hashlib.sha256(CONTRACT.read_bytes()).hexdigest(),
        "settings_sha256": hashlib.sha256(SETTINGS.read_bytes()).hexdigest(),
        "openapi-python-client": version("openapi-python-client"),
        "ruff": version("ruff"),
    }
    (package / "PROVENANCE.json").write_text(json.dumps(provenance, indent=2) + "\n")
    return True


def compare(old: Path, new: Path) -> list[str]:
    """What a swap changes: one line a file."""
    files = sorted({each.relative_to(tree) for tree in (old, new) for each in tree.rglob("*") if counts(each)})
    words = []
    for file in files:
        if not (new / file).exists():
            words.append(f"removed  {file}")
        elif not (old / file).exists():
            words.append(f"added    {file}")
        elif not filecmp.cmp(old / file, new / file, shallow=False):
            words.append(f"changed  {file}")
    return words


def counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


if __name__ == "__main__":
    sys.exit(main())
