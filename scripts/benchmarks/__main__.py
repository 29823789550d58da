"""What this client costs, against the HTTP library that it is made of; ``scripts/benchmark`` runs this.

Everything is measured in environments as users have them: ``plain`` has what the package depends on, ``speed`` its
extra and the transport for heavy users. They are made under ``.venv/benchmarks`` the first time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import limits, peers, plot, report, rounds

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / ".venv" / "benchmarks"
WANTED = {"plain": ["--editable", "."], "speed": ["--editable", ".[speed]", "httpx-aiohttp>=0.2,<1"]}
MODULES = {"plain": ["calls", "linking", "starts", "clients", "memory"], "speed": ["calls", "concurrency"]}


def main() -> int:
    """Measure, print, and say whether every row is at or under its reach."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each row")
    parser.add_argument("--only", default="", help="a module: network, calls, linking, starts, clients, ...")
    parser.add_argument("--json", action="store_true", help="print JSON rather than a table")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the figures into an SVG file")
    parser.add_argument("--write", action="store_true", help="write the tables of docs/performance.md")
    parser.add_argument("--peers", action="store_true", help="measure other clients as well, each installed by itself")
    parser.add_argument(
        "--network",
        type=float,
        metavar="MS",
        help="count round trips as well, on a network of that delay each way; this waits for five minutes",
    )
    parser.add_argument("--limits", action="store_true", help="how much of the API's limits is used, in virtual time")
    options = parser.parse_args()
    if options.write and (options.only or options.network is None or not options.peers):
        parser.error("--write is for all that the page shows: pass --network 40 and --peers, and no --only")
    if options.limits:
        found = limits.rows()
        print(limits.as_json(found) if options.json else limits.table(found))
        if options.plot:
            options.plot.write_text(plot.drawn(plot.goodput(found, limits.LIMIT)))
        return 0

    rows: list[dict[str, Any]] = []
    with ExitStack() as beside, served() as url:
        trips: subprocess.Popen[str] | None = None
        if options.network is not None and options.only in {"", "network"}:
            # Counts are the same on a busy machine, and most of the time is waiting, so it goes on beside the rest.
            print("counting round trips meanwhile ...", file=sys.stderr)
            trips = beside.enter_context(program(environment("speed", WANTED["speed"]), "trips", str(options.network)))
        pythons = {name: environment(name, wanted) for name, wanted in WANTED.items()}

        def measure(turn: int, unclear: set[rounds.Key] | None) -> dict[rounds.Key, dict[str, Any]]:
            found: dict[rounds.Key, dict[str, Any]] = {}
            for name, python in pythons.items():
                for module in MODULES[name]:
                    wanted = [row for key, at, row in unclear or () if (key, at) == (name, module)]
                    if options.only in {"", module} and (wanted or unclear is None):
                        print(f"measuring {module}, {name}, turn {turn + 1} ...", file=sys.stderr)
                        for row in measured(python, module, url, -(-options.rounds // rounds.TURNS), turn, wanted):
                            found[name, module, row["row"]] = row
            return found

        rows += rounds.in_turns(measure)
        if options.peers:
            rows += peers.rows(url, environment("speed", WANTED["speed"]), ENVIRONMENTS)
        rows = [*(result(trips) if trips else ()), *rows]
    rows = [report.judged(row) for row in rows]
    if options.json:
        print(json.dumps({**report.machine(), "rows": rows}, indent=2))
    else:
        print(f"{report.machine()}\n\nFigures are minimum / median.\n\n{report.table(rows)}")
    if options.plot:
        allowed = plot.goodput(limits.rows(), limits.LIMIT)
        options.plot.write_text(plot.drawn(plot.trips(rows), allowed, plot.ratios(rows)))
    if options.write:
        report.write(rows)
    return 1 if any(row["met"] is False for row in rows) else 0


def measured(python: Path, module: str, url: str, rounds: int, turn: int, wanted: list[str]) -> list[dict[str, Any]]:
    """A part of the rounds of the rows of a module, measured in an environment: of all, or of those that are wanted."""
    with program(python, module, url, str(rounds), str(turn), *wanted) as running:
        return result(running)


@contextmanager
def program(python: Path, module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A module that measures, in a process of its own."""
    command = [str(python), "-m", f"benchmarks.{module}", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.terminate()  # nothing, if it has ended


def result(running: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """The rows that a module prints."""
    printed, complaints = running.communicate()
    if running.returncode:
        raise RuntimeError(complaints)
    found: list[dict[str, Any]] = json.loads(printed)
    return found


def environment(name: str, wanted: list[str]) -> Path:
    """The interpreter of an environment; it is made if it is not there."""
    python = ENVIRONMENTS / name / "bin" / "python"
    stamp = ENVIRONMENTS / name / ".made-from"
    made_from = json.dumps(wanted) + (ROOT / "pyproject.toml").read_text()
    if not stamp.exists() or stamp.read_text() != made_from:
        print(f"setting up {python.parents[1].relative_to(ROOT)} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENTS / name)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--constraint", "scripts/constraints.txt", *wanted], check=True, cwd=ROOT)
        stamp.write_text(made_from)
    return python


@contextmanager
def served() -> Iterator[str]:
    """The loopback server, in a process of its own; gives its address."""
    command = [sys.executable, "-m", "benchmarks.server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


if __name__ == "__main__":
    sys.exit(main())
