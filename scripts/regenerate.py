"""Compile the contract into the generated client, and say what that changes; `scripts/regenerate` runs this.

Validates the contract, checks the house rules, builds the client beside the old one, and swaps the two. Nothing that
the generator wrote is changed afterwards; the type marker and the provenance are added. From the models it then writes
the attributes of the resources (`contract/attributes.py`). Then it reports what changed for users, and what is left to
be done by hand.
"""

from __future__ import annotations

import argparse
import fcntl
import filecmp
import gc
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from io import BytesIO, TextIOWrapper
from pathlib import Path

from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from contract import attributes, changes, rules, surface
from contract.reach import Reach, Todo
from contract.report import Report
from contract.source import Source
from contract.swap import recover, swap

ROOT = Path(__file__).parents[1]
CONTRACT = ROOT / "spec" / "klarna_payments.yaml"
SETTINGS = ROOT / "spec" / "generator.yaml"
TEMPLATES = ROOT / "spec" / "templates"
PACKAGE = ROOT / "generated" / "commercelayer_klarna_api"
ATTRIBUTES = ROOT / attributes.FILE

# What a comparison looks at.
COMPARED = ("spec", "generated", "extensions", "pyproject.toml")


def main() -> int:
    """Exit with 1 when the contract is wrong, or (with --check) anything is left to do; with 2 when asked wrongly."""
    parser = argparse.ArgumentParser(prog="scripts/regenerate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when anything is left to do")
    parser.add_argument("--against", metavar="GITREF", help="compare with a commit, or a folder (default: HEAD)")
    parser.add_argument("--report", metavar="FILE", type=Path, help="write what changed as Markdown")
    parser.add_argument("--json", action="store_true", help="print what changed as JSON")
    asked = parser.parse_args()

    with checking_folder() if asked.check else working_folder() as scratch:
        source = read_contract()
        built = scratch / PACKAGE.name
        if source is None or not compile_into(built, source):
            return 1
        described = describe(built, source)
        if described is None:
            return 1
        files = compare(PACKAGE, built)
        if described.read_bytes() != (ATTRIBUTES.read_bytes() if ATTRIBUTES.exists() else b""):
            files.append(f"changed  {attributes.FILE}")
        try:
            todos = Reach(ROOT, built, source).todos()
        except SyntaxError as error:
            todos = [Todo(str(error.filename), error.lineno or 1, f"this cannot be read ({error.msg})")]
        report = Report(files=files, todos=todos)
        if asked.against or asked.report or asked.json or not asked.check:
            try:
                report = compared(report, source, scratch, asked.against)
                if asked.report:
                    asked.report.write_text(report.markdown(), encoding="utf-8")
            except (Incomparable, OSError) as error:
                print(error, file=sys.stderr)
                return 2
        if not asked.check and files:
            described.replace(ATTRIBUTES)
            swap(built, PACKAGE)
    return tell(report, asked)


def tell(report: Report, asked: argparse.Namespace) -> int:
    """Print the report; return the exit code."""
    if asked.json:
        print(report.json())
    elif report.against:
        print(report.markdown(), end="")
    elif report.files:
        print(*report.files, sep="\n")
    if not report.files:
        print(f"{PACKAGE.relative_to(ROOT)} and {attributes.FILE} are what the contract compiles to.", file=sys.stderr)
    elif asked.check:
        print("The tree is not what the contract compiles to: run scripts/regenerate.", file=sys.stderr)
    for todo in report.todos if asked.json or not report.against else ():
        print(f"to be done by hand: {todo}", file=sys.stderr)
    return 1 if asked.check and (report.files or report.todos) else 0


def read_contract() -> Source | None:
    """Return the contract if it is valid and keeps the house rules."""
    name = CONTRACT.relative_to(ROOT)
    try:
        source = Source(CONTRACT.read_text(encoding="utf-8"))
        validate(source.data)
    except Exception as error:  # the validator raises whatever comes: KeyError, RecursionError
        reason = str(error) if isinstance(error, OpenAPIValidationError | ValueError | OSError) else repr(error)
        print(f"{name} is not a valid contract: {reason[:2000]}", file=sys.stderr)
        return None
    findings = rules.lint(source)
    for finding in findings:
        print(f"{name}:{finding}", file=sys.stderr)
    return None if findings else source


@contextmanager
def checking_folder() -> Iterator[Path]:
    """A folder elsewhere, for a run that changes nothing here."""
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch)


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder beside the package, so that the swap is within one file system; one run at a time has one."""
    parent = PACKAGE.parent
    parent.mkdir(exist_ok=True)
    handle = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        recover(PACKAGE)
        for left in parent.glob(".regenerate-*"):  # by a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".regenerate-", dir=parent) as scratch:
            yield Path(scratch)
    finally:
        os.close(handle)


def compile_into(package: Path, source: Source) -> bool:
    """Run the generator on the very text that was checked."""
    contract = package.parent / CONTRACT.name
    contract.write_text(source.text, encoding="utf-8")
    arguments = ["--path", contract, "--config", SETTINGS, "--output-path", package]
    arguments += ["--custom-template-path", TEMPLATES]
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
        "contract_sha256": hashlib.sha256(source.text.encode()).hexdigest(),
        "settings_sha256": hashlib.sha256(SETTINGS.read_bytes()).hexdigest(),
        "templates_sha256": hashlib.sha256(
            b"".join(each.read_bytes() for each in sorted(TEMPLATES.iterdir()))
        ).hexdigest(),
        "openapi-python-client": version("openapi-python-client"),
        "ruff": version("ruff"),
    }
    (package / "PROVENANCE.json").write_text(json.dumps(provenance, indent=2) + "\n")
    return True


def describe(package: Path, source: Source) -> Path | None:
    """Write the attributes of the resources beside a compiled package."""
    try:
        text = attributes.written(package, source, ROOT)
    except attributes.Unwritable as error:
        print(f"{CONTRACT.relative_to(ROOT)}:{error}", file=sys.stderr)
        return None
    file = package.parent / ATTRIBUTES.name
    file.write_text(text, encoding="utf-8")
    return file


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
    """Whether a path is part of the generated tree."""
    return path.is_file() and "__pycache__" not in path.parts


class Incomparable(Exception):
    """There is nothing to compare with under that name."""


def compared(report: Report, source: Source, scratch: Path, against: str | None) -> Report:
    """Compare what will be with a commit or a folder, and add the changes since to the report.

    Raises:
        Incomparable: There is no such commit or folder. Without a name, as in a folder without history, that is said in
            the report.
    """
    with tempfile.TemporaryDirectory() as folder:
        name = against or "HEAD"
        base = Path(name) if against and Path(against).is_dir() else Path(folder)
        try:
            if base == Path(folder):
                checkout(name, base)
            old = Source((base / CONTRACT.relative_to(ROOT)).read_text(encoding="utf-8"))
            released = tomllib.loads((base / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
            before = surface.Tree(base / "extensions", base / "generated")
        except (Incomparable, OSError, ImportError, ValueError, KeyError) as error:
            if against:
                raise Incomparable(f"{name!r} cannot be compared with: {error}") from None
            return replace(report, against=f"nothing, since {name} cannot be compared with")
        extensions = scratch / "extensions"
        shutil.copytree(ROOT / "extensions", extensions, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(scratch / ATTRIBUTES.name, scratch / attributes.FILE)
        after = surface.Tree(extensions, scratch)
        return replace(
            report,
            version=released,
            against=name,
            wire=changes.compare(old, source),
            python=surface.compare(before.public(), after.public()),
            generated=surface.compare(before.generated(), after.generated()),
        )


def checkout(name: str, folder: Path) -> None:
    """Write what a comparison looks at, as it is in a commit, into a folder."""
    try:
        found = git("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}").decode().strip()
        with tarfile.open(fileobj=BytesIO(git("archive", found, *COMPARED))) as archive:
            archive.extractall(folder, filter="data")
    except OSError as error:
        raise Incomparable(f"git cannot be run ({error})") from None


def git(*arguments: str) -> bytes:
    """Run git here."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True)
    if done.returncode != 0:
        raise Incomparable(f"it is neither a folder nor a commit ({done.stderr.decode(errors='replace').strip()})")
    return done.stdout


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names may have letters that the terminal has not
    gc.disable()  # a run is short, and to look for garbage takes a sixth of it
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
