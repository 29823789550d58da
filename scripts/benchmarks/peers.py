"""The rows of other clients: each runs by itself against the same server, and so does ours, measured the same way.

All take their turns several times, because a machine is not as fast in one minute as in the next.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.rounds import summary

ROOT = Path(__file__).parents[2]
PYPI = {"commercelayer": "commercelayer==3.0.4", "jsonapi-client": "jsonapi-client==0.9.10"}
NPM = "@commercelayer/sdk"
TURNS, ROUNDS = 5, 3

Times = dict[str, list[float]]
"""Microseconds of a call in each round, by row."""


def rows(url: str, python: Path, environments: Path) -> list[dict[str, Any]]:
    """Ours, with the ``speed`` extra, against each of the others in every row that it can do."""
    commands = {name: _python(python, name, url) for name in ("ours", "httpx", "generated functions")}
    for name, wanted in PYPI.items():
        commands[name] = _python(_environment(environments / name, wanted), name, url)
    if shutil.which("node") and shutil.which("npm"):
        commands[NPM] = _node(environments / "node", url)
    else:
        print("node is not here: the official SDK is left out", file=sys.stderr)
    seen: dict[str, Times] = {name: {} for name in commands}
    for turn in range(TURNS):
        print(f"measuring the peers, turn {turn + 1} of {TURNS} ...", file=sys.stderr)
        for name, command in commands.items():
            for row, times in _times(command).items():
                seen[name].setdefault(row, []).extend(times)
    ours = seen.pop("ours")
    return [
        {
            "row": f"peers: {row}",
            "side": "ours",
            "against": name,
            "unit": "us",
            "ours": summary(ours[row]),
            "theirs": summary(times),
            "ratio": round(statistics.median(ours[row]) / statistics.median(times), 3),
            "rounds": len(times),
            "speed": True,
        }
        for name, found in seen.items()
        for row, times in found.items()
    ]


def _python(python: Path, client: str, url: str) -> list[str]:
    return [str(python), "-m", "benchmarks.peer_calls", client, url, str(ROUNDS)]


def _node(home: Path, url: str) -> list[str]:
    if not (home / "node_modules" / NPM).exists():
        home.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", NPM], check=True, cwd=home)
    return ["node", "scripts/benchmarks/official.mjs", str(home), url, str(ROUNDS)]


def _times(command: list[str]) -> Times:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: Times = json.loads(done.stdout)
    return found


def _environment(home: Path, wanted: str) -> Path:
    python = home / "bin" / "python"
    if not python.exists():
        print(f"setting up {home.relative_to(ROOT)} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, wanted], check=True)
    return python
