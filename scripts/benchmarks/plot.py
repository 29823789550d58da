"""The ratios as a drawing: one bar a row, a line at 1, a mark at the reach. Plain SVG, so that nothing is needed."""

from __future__ import annotations

from html import escape
from typing import Any

WIDTH, LABELS, LINE, SCALE = 900, 400, 24, 220


def drawn(rows: list[dict[str, Any]]) -> str:
    """An SVG document of all rows with a ratio."""
    shown = [row for row in rows if "ratio" in row]
    longest = max((row["ratio"] for row in shown), default=1.0)
    scale = min(SCALE, (WIDTH - LABELS - 70) / longest)
    height = LINE * (len(shown) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"'
        ' font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        '<text x="8" y="16">Ours over the other side. Line: equal. Mark: reach.</text>',
    ]
    for place, row in enumerate(shown, 1):
        top = place * LINE
        speed = {True: " (speed)"}.get(row.get("speed", ""), "")
        colour = "#b3413b" if row.get("met") is False else "#3b7ab3"
        label = escape(f"{row['row']}{speed}, against {row['against']}")
        parts.append(f'<text x="{LABELS - 8}" y="{top + 15}" text-anchor="end" font-size="11">{label}</text>')
        parts.append(
            f'<rect x="{LABELS}" y="{top + 4}" width="{row["ratio"] * scale:.1f}" height="{LINE - 8}" fill="{colour}"/>'
        )
        parts.append(f'<text x="{LABELS + row["ratio"] * scale + 6:.1f}" y="{top + 16}">{row["ratio"]:.2f}</text>')
        if row.get("reach") is not None:
            at = LABELS + row["reach"] * scale
            parts.append(f'<path d="M{at:.1f} {top + 1}v{LINE - 2}" stroke="black" stroke-width="2"/>')
    one = LABELS + scale
    parts.append(f'<path d="M{one:.1f} {LINE}V{height - LINE}" stroke="gray" stroke-dasharray="3"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"
