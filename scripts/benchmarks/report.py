"""What the rows say, and the table of them. What they are held against stands in ``reaches``."""

from __future__ import annotations

import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.reaches import reach_of
from support import blocks

SCRIPT = "scripts/benchmark"


def judged(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its reach, and whether it is at or under it; rows without one are for information."""
    figure: float | None = row.get("ratio", row.get("value"))
    reach = reach_of(row["row"], row.get("against", ""), bool(row.get("speed")))
    met = None if reach is None or figure is None else figure <= reach
    return {**row, "reach": reach, "met": met}


def machine() -> dict[str, Any]:
    """The machine, and what was measured on it."""
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "machine": names[0].partition(":")[2].strip() if names else platform.processor() or platform.machine(),
        "cores": len(names) or None,
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {each: _version(each) for each in ("httpx", "httpcore", "attrs", "pluggy", "msgspec")},
    }


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as a table in Markdown."""
    lines = [
        "| row | speed | ours | against | | ratio | reach | |",
        "| --- | --- | ---: | --- | ---: | ---: | ---: | --- |",
    ]
    for row in rows:
        theirs, unit = row.get("theirs"), row["unit"]
        ours = row.get("ours", {"median": row.get("value")})
        cells = [
            row["row"],
            {True: "yes", False: "no"}.get(row.get("speed", ""), ""),
            _figures(ours, unit),
            row.get("against", ""),
            _figures(theirs, unit) if theirs else "",
            _ratio(row),
            "" if row.get("reach") is None else f"{row['reach']:g}",
            {True: "met", False: "MISSED", None: ""}[row.get("met")],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def write(rows: list[dict[str, Any]]) -> None:
    """Write what was measured into the page, with its day and its machine, in the place of what was there."""
    which = machine()
    versions = ", ".join(f"{name} {number}" for name, number in which["versions"].items() if number)
    told = (
        f"Measured on {date.today()} with CPython {which['python']} on {which['cores']} cores of {which['machine']}"
        f" ({versions})."
    )
    trips = [row for row in rows if row["unit"] == "trips"]
    for part, name in ((trips, "scripts/benchmark --network"), ([row for row in rows if row not in trips], SCRIPT)):
        if part:
            blocks.write("performance.md", name, f"{told}\n\n{table(part)}")


def _ratio(row: dict[str, Any]) -> str:
    """The ratio, and between which values it is where rounds scatter."""
    if "ratio" not in row:
        return ""
    return f"{row['ratio']:.3f}{' ({} to {})'.format(*row['between']) if 'between' in row else ''}"


def _figures(summary: dict[str, float], unit: str) -> str:
    if unit == "trips":
        return f"{summary['trips']:g} trips, {summary['connections']:g} connections"
    scale, unit = (1000, "ms") if unit == "us" and summary["median"] >= 10_000 else (1, unit)
    return " / ".join(f"{value / scale:,.1f}" for value in summary.values()) + f" {unit}"


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []
