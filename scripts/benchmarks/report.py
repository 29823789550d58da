"""What the rows are held against, and the table."""

from __future__ import annotations

import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from support import blocks

SCRIPT = "scripts/benchmark"

# Row: reach without and with the `speed` extra. Ratios, or the value itself where a row has no other side.
REACH: dict[str, tuple[float | None, float | None]] = {
    "retrieve one": (1.15, 1.10),
    "retrieve one, async": (1.15, 1.10),
    "page of 25": (1.25, 1.05),
    "page of 25 with included, read": (1.10, 0.85),
    "page of 25 with included, nothing read": (None, 0.70),
    "burst of 200, async": (None, 1.5),
    "burst of 1,000, async": (None, 1.5),
    "burst of 200, threads": (None, 1.5),
    "burst of 1,000, threads": (None, 1.5),
    "linking each of 500 included": (1.20, None),
    "linking each of 5,000 included": (1.20, None),
    "first call of a process: token and API": (None, 4.0),
    "first call after warm_up()": (None, 1.0),
    "a call after 1 idle seconds": (None, 1.0),
    "a call after 10 idle seconds": (None, 1.0),
    "a call after 60 idle seconds": (None, 1.0),
    "a call after 300 idle seconds": (None, 3.0),
    "a call after the server closed the connection": (None, 3.0),
    "a create whose answer is lost, found": (None, 8.0),
    "25 pages, one after the other": (None, 25.0),
    "100 retrieves at once": (None, 3.0),
    "import commercelayer_klarna": (1.5, None),
    "import of its names": (1.5, None),
    "import, and a first client": (1.25, None),
    "import, and a first call": (1.25, None),
    "a first call, all packages in a zip": (1.25, None),
    "new client": (1.1, None),
    "a tenant's client on a shared pool": (6.0, None),
    "memory of a tenant's client, used once": (50.0, None),
    "memory to iterate 100,000 payments, over 1,000": (5.0, None),
}
AT_LEAST = {"200 tasks in flight": 0.9, "200 tasks in flight, aiohttp": 0.9, "16 threads": 0.9}


def judged(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its reach, and whether it is at or under it; rows without one are for information."""
    figure: float | None = row.get("ratio", row.get("value"))
    least = AT_LEAST.get(row["row"])
    otherwise = (1.0, 1.0) if row["row"].startswith("peers: ") else (None, None)
    reach = least if least is not None else REACH.get(row["row"], otherwise)[bool(row.get("speed"))]
    met: bool | None = None
    if reach is not None and figure is not None:
        met = figure >= reach if least is not None else figure <= reach
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
