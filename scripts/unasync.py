"""Writes ``_sync`` from ``_async``: the same code without waiting, and with words that fit threads.

Async code is the source because going from it to sync code is a matter of leaving tokens out; the other way one would
have to know where to await. What is replaced is listed here, and nothing else changes but the layout, by ruff.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "extensions" / "commercelayer_klarna"

# Sentences of docstrings and comments, before the words in them are replaced.
SENTENCES = {
    "The async client: the source of both clients. ``scripts/unasync`` writes ``_sync`` from it.": (
        "The sync client, which ``scripts/unasync`` writes from the async one."
    ),
    "The asyncio client of ``/api/klarna_payments``. Make one for the life of an event loop; tasks may share it.": (
        "The client of ``/api/klarna_payments``. Make one for the life of a service; threads may share it."
    ),
    "iterated with ``async for``. Each iteration asks anew.\n\n    You do not await the list itself. While": (
        "iterated. Each iteration asks anew.\n\n    While"
    ),
}

# Tokens, in this order; the names are those that have a twin for threads.
TOKENS = [
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAwaitable\[((?:[^\[\]]|\[[^\[\]]*\])*)\]", r"\1"),
    (r"\b_async\b", "_sync"),
    (r"\b_is_async = True\b", "_is_async = False"),
    (r"\bAsync(?=Connections\b|Pool\b)", "Sync"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b__a(enter|exit|iter)__\b", r"__\1__"),
    (r"\baread\b", "read"),
    (r"\basync_(sleep|client_over)\b", r"\1"),
    (r"\bset_async_httpx_client\b", "set_httpx_client"),
    (r"\bof_tasks\b", "of_threads"),
    (r"\btrace\.asynchronous\b", "trace"),
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
    for command in (["check", "--select", "F401,I", "--fix-only", "--quiet"], ["format", "--quiet"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename", where, "-"]
        text = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> int:
    """Run the command; the result is the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/unasync", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when the two differ")
    check = parser.parse_args().check
    sources = {file.name: file.read_text(encoding="utf-8") for file in sorted((PACKAGE / "_async").glob("*.py"))}
    written = {name: sync(source, name) for name, source in sources.items()}
    target = PACKAGE / "_sync"
    found = {file.name: file.read_text(encoding="utf-8") for file in sorted(target.glob("*.py"))}
    differing = sorted(name for name in written.keys() | found.keys() if written.get(name) != found.get(name))
    for name in differing:
        print(f"{'differs' if check else 'written'}  _sync/{name}")
        if not check and name in written:
            target.mkdir(exist_ok=True)
            (target / name).write_text(written[name], encoding="utf-8")
        elif not check:
            (target / name).unlink()
    if check and differing:
        print("Run scripts/unasync: _sync is not what _async says.", file=sys.stderr)
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
