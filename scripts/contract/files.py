"""Reading files of the repository, so that what is wrong in one is said with its file and line.

What a file means is up to whoever asked for it.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

from contract.source import Malformed, Source

# What git leaves in a file that two people changed.
_CONFLICT = re.compile(r"^(<<<<<<<|=======|>>>>>>>)( |$)", re.MULTILINE)


class Slip(Exception):
    """A file that cannot be read.

    Args:
        file: The file, from the top of the repository.
        line: The line, from 1.
        reason: Why, and what to do.
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(file, line, reason)
        self.file, self.line, self.reason = file, line, reason

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


def read_text(root: Path, file: str) -> str:
    """Return a text that has no conflict in it."""
    try:
        text = (root / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Slip(file, 1, "this file is missing") from None
    except OSError as error:
        raise Slip(file, 1, f"this cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        line = (root / file).read_bytes()[: error.start].count(b"\n") + 1
        raise Slip(file, line, "this cannot be read (it is not UTF-8)") from None
    marks = {found[1]: found.start() for found in reversed(list(_CONFLICT.finditer(text)))}
    # A row of equals signs alone may underline a title.
    if starts := [at for mark, at in marks.items() if mark != "======="]:
        raise Slip(file, text.count("\n", 0, min(starts)) + 1, "this cannot be read (a merge conflict is unresolved)")
    return text


def read_yaml(root: Path, file: str) -> Source:
    """Return a YAML file as data that knows its lines."""
    text = read_text(root, file)
    try:
        return Source(text)
    except Malformed as error:
        raise Slip(file, error.line, f"this cannot be read ({error.reason})") from None


def read_json(root: Path, file: str) -> tuple[str, Any]:
    """Return a JSON file as text and as data."""
    text = read_text(root, file)
    try:
        return text, json.loads(text)
    except json.JSONDecodeError as error:
        raise Slip(file, error.lineno, f"this cannot be read ({error.msg})") from None
    except RecursionError:
        raise Slip(file, 1, "this cannot be read (it is nested too deeply)") from None


def read_python(root: Path, file: str) -> ast.Module:
    """Return a Python file as syntax."""
    text = read_text(root, file)
    try:
        return ast.parse(text, filename=file)
    except SyntaxError as error:
        raise Slip(file, error.lineno or 1, f"this cannot be read ({error.msg})") from None
    except ValueError as error:  # null bytes
        raise Slip(file, 1, f"this cannot be read ({error})") from None


def unreadable(root: Path, folder: str) -> list[Slip]:
    """Return a slip for each Python file of a folder that cannot be read."""
    found = []
    for each in sorted((root / folder).rglob("*.py")):
        try:
            read_python(root, each.relative_to(root).as_posix())
        except Slip as slip:
            found.append(slip)
    return found
