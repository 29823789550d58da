"""Compile the contract into the generated client, and say what that changes; `scripts/regenerate` runs this.

Validates the contract, checks the house rules, builds the client beside the old one, and swaps the two. Nothing that
the generator wrote is changed afterwards; the type marker and the provenance are added. From the models it then writes
the attributes of the resources (`contract/attributes.py`), and the contract as one file (`contract/bundle.py`). Then it
reports what changed for users, and what is left to be done by hand.

Exits with 0 when all is well; with 1 when the contract is wrong, or (with --check) anything is left to do; with 2 when
a file cannot be read or written, or the script was asked wrongly.
"""

from __future__ import annotations

import argparse
import fcntl
import filecmp
import gc
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import jinja2

from contract import attributes, bundle, changes, rules, surface, validity
from contract.files import Slip, read_text, read_yaml, unreadable
from contract.reach import Reach
from contract.report import Report
from contract.source import Source
from contract.surroundings import Surroundings
from contract.swap import recover, swap

ROOT = Path(__file__).parents[1]
CONTRACT = ROOT / "spec" / "klarna_payments.yaml"
SETTINGS = ROOT / "spec" / "generator.yaml"
TEMPLATES = ROOT / "spec" / "templates"
PACKAGE = ROOT / "generated" / "commercelayer_klarna_api"

# Whose versions decide what the generated tree is.
TOOLS = ("openapi-python-client", "ruff")
# What a comparison looks at.
COMPARED = ("spec", "generated", "extensions")
VERSION = "extensions/commercelayer_klarna/_version.py"


def main() -> int:
    """Run from the command line; the exit code is in the module's docstring."""
    parser = argparse.ArgumentParser(prog="scripts/regenerate", description=str(__doc__).partition("\n\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when anything is left to do")
    parser.add_argument("--against", metavar="GITREF", help="compare with a commit, or a folder (default: HEAD)")
    parser.add_argument("--report", metavar="FILE", type=Path, help="write what changed as Markdown")
    parser.add_argument("--json", action="store_true", help="print what changed as JSON")
    asked = parser.parse_args()
    try:
        return run(asked)
    except (Slip, Incomparable) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'a file'} cannot be read or written: {error.strerror or error}", file=sys.stderr)
    return 2


def run(asked: argparse.Namespace) -> int:
    """Compile, compare, and say what is left."""
    with checking_folder() if asked.check else working_folder() as scratch:
        source = read_contract()
        built = scratch / PACKAGE.name
        if source is None or not compile_into(built, source):
            return 1
        described = describe(built, source)
        if described is None:
            return 1
        if not asked.check and (strange := foreign(PACKAGE, built)):
            for file in strange:
                text = "the generator did not write this, and would delete it: move it elsewhere, or delete it"
                print(f"{(PACKAGE / file).relative_to(ROOT)}: {text}", file=sys.stderr)
            return 1
        files = compare(PACKAGE, built)
        for path, text in described.items():
            if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != text:
                files.append(f"changed  {path}")
        report = replace(left_to_do(source, built), files=files)
        if asked.against or asked.report or asked.json or not asked.check:
            report = compared(report, source, scratch, described, asked.against)
            if asked.report:
                asked.report.write_text(report.markdown(), encoding="utf-8")
        if not asked.check and report.files:
            for path, text in described.items():
                new = scratch / path.name
                new.write_text(text, encoding="utf-8")
                new.replace(ROOT / path)
            swap(built, PACKAGE)
    return tell(report, asked)


def left_to_do(source: Source, built: Path) -> Report:
    """What is left to be done by hand, as far as the files for it can be read."""
    surroundings = Surroundings(ROOT, built, source)
    todos, warnings = surroundings.todos(), surroundings.warnings()
    slips = dict.fromkeys([*map(str, unreadable(ROOT, "extensions")), *map(str, surroundings.slips)])
    try:
        todos = [*Reach(ROOT, built, source).todos(), *todos]
    except Slip as slip:
        slips[str(slip)] = None
    return Report(todos=todos, warnings=warnings, slips=list(slips))


def tell(report: Report, asked: argparse.Namespace) -> int:
    """Print the report; return the exit code."""
    if asked.json:
        print(report.json())
    elif report.against:
        print(report.markdown(), end="")
    elif report.files:
        print(*report.files, sep="\n")
    if not report.files:
        places = f"{PACKAGE.relative_to(ROOT)} and {attributes.ATTRIBUTES.parent}"
        print(f"{places} are what the contract compiles to.", file=sys.stderr)
    elif asked.check:
        print("The tree is not what the contract compiles to: run scripts/regenerate.", file=sys.stderr)
    for slip in report.slips:
        print(slip, file=sys.stderr)
    if asked.json or not report.against:
        for todo in report.todos:
            print(f"to be done by hand: {todo}", file=sys.stderr)
        for warning in report.warnings:
            print(f"warning: {warning}", file=sys.stderr)
    if report.slips:
        return 2
    return 1 if asked.check and (report.files or report.todos) else 0


def read_contract() -> Source | None:
    """Return the contract if it is valid and keeps the house rules."""
    name = CONTRACT.relative_to(ROOT).as_posix()
    try:
        source = read_yaml(ROOT, name)
    except Slip as slip:
        print(f"{name} is not a valid contract: {slip}", file=sys.stderr)
        return None
    for fault in (faults := validity.faults(source)):
        print(f"{name} is not a valid contract: {name}:{fault}", file=sys.stderr)
    if faults:
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
    settings = SETTINGS.relative_to(ROOT).as_posix()
    read_yaml(ROOT, settings)
    templates = sorted(each for each in TEMPLATES.iterdir() if each.is_file())
    for template in templates:
        check_template(template)
    contract = package.parent / CONTRACT.name
    contract.write_text(source.text, encoding="utf-8")
    arguments = ["--path", contract, "--config", SETTINGS, "--output-path", package]
    arguments += ["--custom-template-path", TEMPLATES]
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
    # The formatter is found on the path; the one that is pinned is beside the interpreter.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "_TYPER_STANDARD_TRACEBACK": "1"}
    done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        words = f"{done.stdout}\n{done.stderr}"
        last = words.strip().splitlines()[-1] if words.strip() else "it said nothing"
        if "Unable to parse config" in words:
            why = " ".join(words.partition("Unable to parse config")[2].split())
            raise Slip(settings, 1, f"the generator cannot read its settings: {why}")
        if frames := re.findall(rf'File "{re.escape(str(TEMPLATES))}/([^"]+)", line (\d+)', words):
            file, line = frames[-1]
            raise Slip(f"{TEMPLATES.relative_to(ROOT).as_posix()}/{file}", int(line), f"the template fails ({last})")
        print(f"The generator fails ({last})." if "Traceback" in words else words, file=sys.stderr)
        return False
    (package / "py.typed").touch()
    provenance = {
        "contract_sha256": hashlib.sha256(source.text.encode()).hexdigest(),
        "settings_sha256": hashlib.sha256(SETTINGS.read_bytes()).hexdigest(),
        "templates_sha256": hashlib.sha256(b"".join(each.read_bytes() for each in templates)).hexdigest(),
        **{tool: version(tool) for tool in TOOLS},
        "files": sorted(each.relative_to(package).as_posix() for each in package.rglob("*") if counts(each)),
    }
    (package / "PROVENANCE.json").write_text(json.dumps(provenance, indent=2) + "\n")
    return True


def describe(package: Path, source: Source) -> dict[Path, str] | None:
    """Return what is written beside the package, by paths in the repository: modules on resources, and the bundle."""
    try:
        return {**attributes.written(package, source, ROOT), bundle.BUNDLE: bundle.bundled(source, ROOT)}
    except attributes.Unwritable as error:
        print(f"{CONTRACT.relative_to(ROOT)}:{error}", file=sys.stderr)
        return None


def check_template(template: Path) -> None:
    """Raise Slip for a template that is no template."""
    name = template.relative_to(ROOT).as_posix()
    try:
        jinja2.Environment(autoescape=True).parse(read_text(ROOT, name))
    except jinja2.TemplateSyntaxError as error:
        raise Slip(name, error.lineno, f"this cannot be read ({error.message})") from None


def provenance_of(package: Path) -> dict[str, Any]:
    """What a generated tree says of its making; nothing if that cannot be read."""
    try:
        found = json.loads((package / "PROVENANCE.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def foreign(old: Path, new: Path) -> list[str]:
    """The files of the old tree that the generator wrote neither then nor now."""
    written = provenance_of(old).get("files")
    if not isinstance(written, list):
        return []
    files = {each.relative_to(old).as_posix() for each in old.rglob("*") if counts(each)}
    return sorted(each for each in files - {*written, "PROVENANCE.json"} if not (new / each).exists())


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
            words.append(f"changed  {file}{moved_tools(old, new) if file.name == 'PROVENANCE.json' else ''}")
    return words


def moved_tools(old: Path, new: Path) -> str:
    """The versions of the generator and the formatter that changed, in words."""
    was, is_ = provenance_of(old), provenance_of(new)
    moved = [f"{tool} {was[tool]} to {is_[tool]}" for tool in TOOLS if was.get(tool, is_[tool]) != is_[tool]]
    return f" ({', '.join(moved)})" if moved else ""


def counts(path: Path) -> bool:
    """Whether a path is part of the generated tree."""
    return path.is_file() and "__pycache__" not in path.parts


class Incomparable(Exception):
    """There is nothing to compare with under that name."""


def compared(report: Report, source: Source, scratch: Path, described: dict[Path, str], against: str | None) -> Report:
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
            (released,) = re.findall(
                r'^__version__ = "(.+)"$', (base / VERSION).read_text(encoding="utf-8"), re.MULTILINE
            )
            before = surface.Tree(base / "extensions", base / "generated")
        except (Incomparable, OSError, ImportError, ValueError, KeyError) as error:
            if against:
                raise Incomparable(f"{name!r} cannot be compared with: {error}") from None
            return replace(report, against=f"nothing, since {name} cannot be compared with")
        report = replace(report, version=released, against=name, wire=changes.compare(old, source))
        if report.slips:
            return report  # of a file that cannot be read, all names would look removed
        extensions = scratch / "extensions"
        shutil.copytree(ROOT / "extensions", extensions, ignore=shutil.ignore_patterns("__pycache__"))
        for file, text in described.items():
            (scratch / file).parent.mkdir(parents=True, exist_ok=True)
            (scratch / file).write_text(text, encoding="utf-8")
        after = surface.Tree(extensions, scratch)
        return replace(
            report,
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
