"""The rows of other clients: each runs by itself against the same server, and so does ours, measured the same way.

All take turns, because a machine is not as fast in one minute as in the next. A process has luck of its own, so a turn
gives one ratio of a row, however many rounds it has.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.rounds import Key, in_turns

ROOT = Path(__file__).parents[2]
PYPI = {"commercelayer": "commercelayer==3.0.4", "jsonapi-client": "jsonapi-client==0.9.10"}
NPM = "@commercelayer/sdk"
ROUNDS = 5


def rows(url: str, python: Path, environments: Path) -> list[dict[str, Any]]:
    """Ours, with the ``speed`` extra, against each of the others in every row that it can do."""
    commands = {name: _python(python, name, url) for name in ("ours", "httpx", "generated functions")}
    for name, wanted in PYPI.items():
        commands[name] = _python(_environment(environments / name, wanted), name, url)
    if shutil.which("node") and shutil.which("npm"):
        commands[NPM] = _node(environments / "node", url)
    else:
        print("node is not here: the official SDK is left out", file=sys.stderr)

    def measure(turn: int, unclear: set[Key] | None) -> dict[Key, dict[str, Any]]:
        print(f"measuring the peers, turn {turn + 1} ...", file=sys.stderr)
        others = {name for _, name, _ in unclear or ()} or commands.keys()
        names = [name for name in commands if name == "ours" or name in others]
        times = {name: _times(commands[name]) for name in (reversed(names) if turn % 2 else names)}
        ours = times.pop("ours")
        found: dict[Key, dict[str, Any]] = {}
        for name, times_of in times.items():
            for row, theirs in times_of.items():
                key = ("peers", name, row)
                if unclear is None or key in unclear:
                    found[key] = _part(row, name, ours[row], theirs)
        return found

    return in_turns(measure)


def _part(row: str, against: str, ours: list[float], theirs: list[float]) -> dict[str, Any]:
    """What a turn says of a row."""
    named = {"row": f"peers: {row}", "side": "ours", "against": against, "unit": "us", "speed": True}
    return {**named, "ours": ours, "theirs": theirs, "figures": [statistics.median(ours) / statistics.median(theirs)]}


def _python(python: Path, client: str, url: str) -> list[str]:
    return [str(python), "-m", "benchmarks.peer_calls", client, url, str(ROUNDS)]


def _node(home: Path, url: str) -> list[str]:
    if not (home / "node_modules" / NPM).exists():
        home.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", NPM], check=True, cwd=home)
    return ["node", "scripts/benchmarks/official.mjs", str(home), url, str(ROUNDS)]


def _times(command: list[str]) -> dict[str, list[float]]:
    """Microseconds of a call in each round, by row."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def _environment(home: Path, wanted: str) -> Path:
    python = home / "bin" / "python"
    if not python.exists():
        print(f"setting up {home.relative_to(ROOT)} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, wanted], check=True)
    return python
