"""The figures as a drawing: what users wait for in round trips, what comes through the limits, and ratios.

Plain SVG, so that nothing is needed.
"""

from __future__ import annotations

from html import escape
from typing import Any

WIDTH, LABELS, LINE, SCALE = 900, 400, 24, 220
OURS, THEIRS, MISSED = "#3b7ab3", "#b8b8b8", "#b3413b"


def drawn(*panels: list[list[str]]) -> str:
    """An SVG document of these panels, one below the other."""
    heights = [LINE * len(panel) for panel in panels]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {sum(heights)}" font-family="sans-serif"'
        ' font-size="13">',
        f'<rect width="{WIDTH}" height="{sum(heights)}" fill="white"/>',
    ]
    for number, panel in enumerate(panels):
        parts.append(f'<g transform="translate(0 {sum(heights[:number])})">')
        parts += [part for line in panel for part in line]
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def trips(rows: list[dict[str, Any]]) -> list[list[str]]:
    """The lines of the panel of round trips: ours above the other side."""
    rows = [row for row in rows if row["unit"] == "trips"]
    if not rows:
        return []
    longest = max(row[side]["trips"] for row in rows for side in ("ours", "theirs") if side in row)
    scale = min(SCALE, (WIDTH - LABELS - 110) / longest)
    panel = [['<text x="8" y="16">Round trips that a user waits for, ours above those of httpx. Mark: reach.</text>']]
    for place, row in enumerate(rows, 1):
        top = place * LINE
        line = [_label(row["row"], top)]
        for side, colour, at in (("ours", MISSED if row["met"] is False else OURS, 3), ("theirs", THEIRS, 12)):
            if side in row:
                line.append(_bar(top + at, row[side]["trips"] * scale, 8, colour))
        shown = " / ".join(f"{row[side]['trips']:g}" for side in ("ours", "theirs") if side in row)
        most = max(row[side]["trips"] for side in ("ours", "theirs") if side in row)
        line.append(_figure(top, max(most, row["reach"] or 0) * scale, shown))
        panel.append([*line, *_mark(row, top, scale)])
    return [*panel, []]


def goodput(rows: list[dict[str, Any]], limit: float) -> list[list[str]]:
    """The lines of the panel of the limits: the successes a minute of each way, and a line at the limit."""
    scale = (WIDTH - LABELS - 60) / max(limit, *(row["goodput"] for row in rows))
    panel = [['<text x="8" y="16">Successes a minute under the limits of the API. Line: the limit.</text>']]
    for place, row in enumerate(rows, 1):
        top, long = place * LINE, row["goodput"] * scale
        colour = OURS if row["way"].startswith("ours, with") else MISSED
        label = _label(f"{row['way']}{', refused count' if row['refused count'] else ''}", top)
        panel.append([label, _bar(top + 4, long, LINE - 8, colour), _figure(top, long, f"{row['goodput']:.0f}")])
    return [*panel, [_line(limit * scale, len(rows))]]


def ratios(rows: list[dict[str, Any]]) -> list[list[str]]:
    """The lines of the panel of ratios: one bar a row, and a line at 1."""
    rows = [row for row in rows if "ratio" in row]
    if not rows:
        return []
    scale = min(SCALE, (WIDTH - LABELS - 70) / max(row["ratio"] for row in rows))
    panel = [['<text x="8" y="16">Ours over the other side. Line: equal. Mark: reach.</text>']]
    for place, row in enumerate(rows, 1):
        top, long = place * LINE, row["ratio"] * scale
        speed = {True: " (speed)"}.get(row.get("speed", ""), "")
        bar = _bar(top + 4, long, LINE - 8, MISSED if row.get("met") is False else OURS)
        label = _label(f"{row['row']}{speed}, against {row['against']}", top)
        panel.append([label, bar, _figure(top, long, f"{row['ratio']:.2f}"), *_mark(row, top, scale)])
    return [*panel, [_line(scale, len(rows))]]


def _line(at: float, rows: int) -> str:
    return f'<path d="M{LABELS + at:.1f} {LINE}V{LINE * (rows + 1)}" stroke="gray" stroke-dasharray="3"/>'


def _label(text: str, top: int) -> str:
    return f'<text x="{LABELS - 8}" y="{top + 15}" text-anchor="end" font-size="11">{escape(text)}</text>'


def _bar(top: int, long: float, high: int, colour: str) -> str:
    return f'<rect x="{LABELS}" y="{top}" width="{long:.1f}" height="{high}" fill="{colour}"/>'


def _figure(top: int, long: float, text: str) -> str:
    return f'<text x="{LABELS + long + 6:.1f}" y="{top + 16}">{text}</text>'


def _mark(row: dict[str, Any], top: int, scale: float) -> list[str]:
    if row.get("reach") is None:
        return []
    return [f'<path d="M{LABELS + row["reach"] * scale:.1f} {top + 1}v{LINE - 2}" stroke="black" stroke-width="2"/>']
