"""The walk that CONTRIBUTING.md describes, followed to the letter on a copy of the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WALK = re.compile(r"^```(diff|python)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def apply(copy: Any, file: str, diff: str) -> None:
    """Write a change into a file, at the one place where what it keeps and removes stands."""
    lines = [(line[:1], line[1:]) for line in diff.splitlines(keepends=True)]
    before = "".join(text for mark, text in lines if mark in " -")
    after = "".join(text for mark, text in lines if mark in " +")
    text = (copy.root / file).read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{file} has {text.count(before)} times:\n{before}"
    copy.replace(before, after, file)


def test_the_walk(copy: Any) -> None:
    steps = WALK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len([1 for kind, _, _ in steps if kind == "diff"]) >= 15
    contract = [step for step in steps if step[1] == "spec/klarna_payments.yaml"]
    by_hand = [step for step in steps if step[0] == "diff" and step not in contract]
    for _, file, diff in contract:
        apply(copy, file, diff)
    report = copy.report()
    assert report["bump"] == "patch"
    asked = {todo["file"] for todo in report["todos"]}
    assert asked == {file for _, file, _ in by_hand}
    done = copy.regenerate("--check")
    assert (done.returncode, done.stdout) == (1, "")
    for _, file, diff in by_hand:
        apply(copy, file, diff)
    done = copy.regenerate("--check")
    assert done.returncode == 0, done.stderr
    assert copy.regenerate("--check").returncode == 0

    (program,) = [text for kind, _, text in steps if kind == "python"]
    copy.python(program)
    copy.python(in_async(program))
    (copy.root / "uses.py").write_text(program)
    command = [sys.executable, "-m", "mypy", "uses.py", "extensions"]
    checked = subprocess.run(command, capture_output=True, text=True, cwd=copy.root)
    assert checked.returncode == 0, checked.stdout
    tests = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--rootdir",
        str(copy.root),
        str(copy.root / "tests" / "contract" / "test_contract.py"),
    ]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(tests, capture_output=True, text=True, cwd=copy.root, env=environment)
    assert ran.returncode == 0, ran.stdout


def in_async(program: str) -> str:
    """The same program with the asynchronous client."""
    head, _, body = program.partition("with sandbox.client() as payments:\n")
    body = re.sub(
        r"payments\.(create|update|klarna_gateway)\((.*?)\)(?=$|\.)", r"(await payments.\1(\2))", body, flags=re.M
    )
    body = body.replace("for each in payments.list", "async for each in payments.list")
    lines = "".join(f"    {line}" for line in body.splitlines(keepends=True))
    main = f"async def main():\n    async with sandbox.async_client() as payments:\n{lines}"
    return f"import asyncio\n{head}\n{main}\nasyncio.run(main())\n"
