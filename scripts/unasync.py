"""Writes ``_sync`` from ``_async``: the same code without waiting, and with words that fit threads.

The clients have both, and so has ``bulk``. Async code is the source because going from it to sync code is a matter of
leaving tokens out; the other way one would have to know where to await. What is replaced is listed here, and nothing
else changes but the layout, by ruff.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "extensions" / "commercelayer_klarna"
PACKAGES = (PACKAGE, PACKAGE / "bulk")
RUFF = str(Path(sys.executable).with_name("ruff"))  # as a module it would start an interpreter for each file

# Sentences of docstrings and comments, before the words in them are replaced.
SENTENCES = {
    "The async client: the source of both clients. ``scripts/unasync`` writes ``_sync`` from it.": (
        "The sync client, which ``scripts/unasync`` writes from the async one."
    ),
    "The asyncio client of ``/api/klarna_payments``. Make one for the life of an event loop; tasks may share it.": (
        "The client of ``/api/klarna_payments``. Make one for the life of a service; threads may share it."
    ),
    "with the async client. ``bulk/_sync`` is written from it by ``scripts/unasync``.": (
        "with the sync client, written by ``scripts/unasync`` from ``bulk/_async``."
    ),
    "while it is walked with ``async for``. Each walk asks anew.\n\n    Nothing is awaited before it. A resource": (
        "while it is walked. Each walk asks anew.\n\n    A resource"
    ),
    "in tasks of the event loop. A walk\n    that is broken off cancels them.": (
        "in threads. Those of\n    a walk that is broken off end with their answer."
    ),
}

# Tokens, in this order; the names are those that have a twin for threads.
TOKENS = [
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAwaitable\[((?:[^\[\]]|\[[^\[\]]*\])*)\]", r"\1"),
    (r"\b_async\b", "_sync"),
    (r"\b_is_async = True\b", "_is_async = False"),
    (r"\bAsync(?=Connections\b|Slot\b)", "Sync"),
    (r"\b(_?)Async(?=[A-Z])", r"\1"),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
    (r"\banext\b", "next"),
    (r"\baclose\b", "close"),
    (r"\baread\b", "read"),
    (r"\basync_(sleep|client_over)\b", r"\1"),
    (r"\bset_async_httpx_client\b", "set_httpx_client"),
    (r"\bof_tasks\b", "of_threads"),
    (r"\btrace\.asynchronous\b", "trace"),
    (r"\bin_thread\b", "here"),
]


def sync(source: str, name: str) -> str:
    """Return the sync text of an async module."""
    for sentence, other in SENTENCES.items():
        source = source.replace(sentence, other)
    for pattern, replacement in TOKENS:
        source = re.sub(pattern, replacement, source)
    return formatted(f"# Written by scripts/unasync from _async/{name}. Do not edit.\n{source}", name)


def formatted(text: str, name: str) -> str:
    """Return the text as ruff lays it out, without the imports that are needed no more."""
    where = str(PACKAGE / "_sync" / name)
    for command in (["check", "--select", "F401,I,RUF022", "--fix-only", "--quiet"], ["format", "--quiet"]):
        ruff = [RUFF, *command, "--stdin-filename", where, "-"]
        text = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout
    return text


def written(package: Path) -> dict[str, str]:
    """Return the sync files of a package by name."""
    sources = {file.name: file.read_text(encoding="utf-8") for file in sorted((package / "_async").glob("*.py"))}
    return {name: sync(source, name) for name, source in sources.items()}


def drift(package: Path, expected: Mapping[str, str] | None = None) -> list[str]:
    """Return the names of the sync files that are not what the async ones say."""
    expected = written(package) if expected is None else expected
    found = {file.name: file.read_text(encoding="utf-8") for file in sorted((package / "_sync").glob("*.py"))}
    return sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))


def main() -> int:
    """Run the command; the result is the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/unasync", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when the two differ")
    check = parser.parse_args().check
    is_different = False
    for package in PACKAGES:
        expected = written(package)
        target = package / "_sync"
        for name in drift(package, expected):
            is_different = True
            print(f"{'differs' if check else 'written'}  {target.relative_to(PACKAGE)}/{name}")
            if not check and name in expected:
                target.mkdir(exist_ok=True)
                (target / name).write_text(expected[name], encoding="utf-8")
            elif not check:
                (target / name).unlink()
    if check and is_different:
        print("Run scripts/unasync: _sync is not what _async says.", file=sys.stderr)
    return 1 if check and is_different else 0


if __name__ == "__main__":
    sys.exit(main())
