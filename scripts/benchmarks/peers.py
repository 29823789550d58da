"""The rows of other clients: each runs by itself against the same server, and so does ours, measured the same way."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYPI = {"commercelayer": "commercelayer==3.0.4", "jsonapi-client": "jsonapi-client==0.9.10"}
NPM = "@commercelayer/sdk"
ROUNDS = 15


def rows(url: str, python: Path, environments: Path) -> list[dict[str, Any]]:
    """Ours, with the ``speed`` extra, against each of the others in every row that it can do."""
    commands = {"httpx": (python, "httpx"), "generated functions": (python, "generated functions")}
    for name, wanted in PYPI.items():
        commands[name] = (_environment(environments / name, wanted), name)
    seen = {name: _python(own, client, url) for name, (own, client) in commands.items()}
    if shutil.which("node") and shutil.which("npm"):
        seen[NPM] = _node(environments / "node", url)
    else:
        print("node is not here: the official SDK is left out", file=sys.stderr)
    ours = _python(python, "ours", url)
    return [
        {
            "row": f"peers: {row}",
            "side": "ours",
            "against": name,
            "unit": "us",
            "ours": ours[row],
            "theirs": figures,
            "ratio": round(ours[row]["median"] / figures["median"], 3),
            "rounds": ROUNDS,
            "speed": True,
        }
        for name, found in seen.items()
        for row, figures in found.items()
    ]


def _python(python: Path, client: str, url: str) -> dict[str, Any]:
    print(f"measuring {client} ...", file=sys.stderr)
    return _figures([str(python), "-m", "benchmarks.peer_calls", client, url, str(ROUNDS)])


def _node(home: Path, url: str) -> dict[str, Any]:
    if not (home / "node_modules" / NPM).exists():
        home.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", NPM], check=True, cwd=home)
    print(f"measuring {NPM} ...", file=sys.stderr)
    return _figures(["node", "scripts/benchmarks/official.mjs", str(home), url, str(ROUNDS)])


def _figures(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _environment(home: Path, wanted: str) -> Path:
    python = home / "bin" / "python"
    if not python.exists():
        print(f"setting up {home.relative_to(ROOT)} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, wanted], check=True)
    return python
