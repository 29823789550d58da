"""The drawings of the site, as SVG: the way of a call, the states of an order, the chain from contract to client.

`scripts/drawings.py` writes them into `docs/drawings`; a test compares them. They have a light ground of their own, so
that they can be read on light and dark pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from attrs import frozen

FOLDER = Path(__file__).parents[1] / "docs" / "drawings"
KINDS = {"ours": "#dbe7ff", "yours": "#dff3e4", "theirs": "#f1f1f4", "money": "#fff1cf"}


@frozen
class Box:
    """A box with a title, and a line below it."""

    x: int
    y: int
    title: str
    text: str = ""
    kind: str = "ours"
    width: int = 190
    height: int = 48

    def drawn(self) -> str:
        """Return the box as SVG."""
        middle = self.x + self.width / 2
        at = self.y + (20 if self.text else 29)
        below = f'<text x="{middle:g}" y="{at + 17}" font-size="11" fill="#444">{escape(self.text)}</text>\n'
        return (
            f'<rect x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" rx="7" '
            f'fill="{KINDS[self.kind]}" stroke="#5b6475"/>\n'
            f'<text x="{middle:g}" y="{at}" font-weight="600">{escape(self.title)}</text>\n{below if self.text else ""}'
        )


@frozen
class Arrow:
    """An arrow through points, with a word beside it."""

    points: tuple[tuple[int, int], ...]
    text: str = ""
    at: tuple[int, int] = (0, 0)
    anchor: str = "middle"

    def drawn(self) -> str:
        """Return the arrow as SVG."""
        way = " ".join(f"{x},{y}" for x, y in self.points)
        place = f'x="{self.at[0]}" y="{self.at[1]}" text-anchor="{self.anchor}"'
        word = f'<text {place} font-size="12">{escape(self.text)}</text>\n'
        return (
            f'<polyline points="{way}" fill="none" stroke="#5b6475" stroke-width="1.5" marker-end="url(#tip)"/>\n'
            + (word if self.text else "")
        )


def _svg(title: str, width: int, height: int, parts: Iterable[Box | Arrow]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="13.5" text-anchor="middle" fill="#1b1f27">\n'
        f"<title>{escape(title)}</title>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#5b6475"/></marker></defs>\n'
        f'<rect width="{width}" height="{height}" rx="10" fill="#ffffff"/>\n'
        f"{''.join(part.drawn() for part in parts)}</svg>\n"
    )


def _call() -> str:
    """Return the way of a call: down on the left, up on the right."""
    down = [
        Box(30, 20, "your call", "payments.retrieve(id)", "yours", 260),
        Box(30, 96, "request", "built by generated code", "ours", 260),
        Box(30, 172, "OPERATION, CALL", "plugins: around all that you asked for", "ours", 260),
        Box(30, 248, "RETRY", "sends again, within the deadline", "ours", 260),
        Box(30, 324, "AUTH, LIMIT", "the token, and the pace", "ours", 260),
        Box(30, 400, "ATTEMPT, interceptors, WIRE", "plugins: around one attempt", "ours", 260),
        Box(30, 476, "httpx.Client.send", "connections, deadlines", "theirs", 260),
    ]
    up = [
        Box(410, 20, "a typed resource", "payment.order.number", "yours", 260),
        Box(410, 172, "document", "JSON, parsed once; includes", "ours", 260),
        Box(410, 324, "a class of errors", "for each status that is no success", "ours", 260),
        Box(410, 476, "the answer", "status, headers, bytes", "theirs", 260),
    ]
    arrows = [Arrow(((160, box.y + 48), (160, box.y + 76))) for box in down[:-1]]
    arrows += [
        Arrow(((290, 500), (410, 500)), "Commerce Layer", (350, 490)),
        Arrow(((540, 476), (540, 372)), "3xx, 4xx, 5xx", (550, 428), "start"),
        Arrow(((640, 476), (640, 424), (690, 424), (690, 196), (670, 196)), "2xx", (680, 290), "end"),
        Arrow(((540, 172), (540, 68))),
        Arrow(((410, 348), (350, 348), (350, 272), (290, 272)), "again?", (356, 312), "start"),
    ]
    return _svg("The way of a call", 720, 544, [*arrows, *down, *up])


def _order() -> str:
    """Return the states of an order that is paid with Klarna."""
    boxes = [
        Box(30, 30, "pending", "unpaid", "theirs"),
        Box(30, 150, "pending", "a session is open", "theirs"),
        Box(30, 270, "pending", "the shopper agreed", "theirs"),
        Box(300, 270, "placed", "authorized"),
        Box(300, 150, "approved", "authorized"),
        Box(300, 30, "approved", "paid", "money"),
        Box(580, 30, "approved", "partially refunded", "money"),
        Box(580, 150, "cancelled", "refunded", "theirs"),
        Box(580, 270, "cancelled", "voided", "theirs"),
    ]
    arrows = [
        Arrow(((125, 78), (125, 150)), "ensure", (133, 118), "start"),
        Arrow(((125, 198), (125, 270)), "update(auth_token=...)", (133, 238), "start"),
        Arrow(((220, 294), (300, 294)), "place", (260, 286)),
        Arrow(((395, 270), (395, 198)), "approve", (403, 238), "start"),
        Arrow(((395, 150), (395, 78)), "capture", (403, 118), "start"),
        Arrow(((490, 46), (580, 46)), "refund a part", (535, 38)),
        Arrow(((490, 66), (535, 66), (535, 166), (580, 166)), "refund", (543, 140), "start"),
        Arrow(((675, 78), (675, 150)), "refund", (683, 118), "start"),
        Arrow(((490, 294), (580, 294)), "cancel", (535, 312)),
        Arrow(((490, 182), (520, 182), (520, 280), (580, 280)), "cancel", (528, 236), "start"),
    ]
    return _svg("The states of an order", 800, 345, [*arrows, *boxes])


def _chain() -> str:
    """Return what is made from what: contract, generated code, client, plugins."""
    boxes = [
        Box(30, 40, "spec/", "the contract, by hand", "yours", 190),
        Box(290, 40, "generated/", "models and requests", "theirs", 190),
        Box(290, 160, "attributes", "typed resources, names to filter by", "theirs", 230),
        Box(590, 40, "the async client", "by hand: _async/", "ours", 190),
        Box(590, 160, "the sync client", "written from it: _sync/", "theirs", 190),
        Box(590, 280, "plugins", "retry, auth, metadata, yours", "ours", 190),
    ]
    arrows = [
        Arrow(((220, 64), (290, 64)), "regenerate", (255, 32)),
        Arrow(((385, 88), (385, 160))),
        Arrow(((480, 64), (590, 64)), "requests", (535, 56)),
        Arrow(((520, 176), (555, 176), (555, 78), (590, 78)), "types", (548, 128), "end"),
        Arrow(((685, 88), (685, 160)), "unasync", (693, 128), "start"),
        Arrow(((685, 280), (685, 208)), "one chain for both", (677, 250), "end"),
    ]
    return _svg("From the contract to the client", 830, 350, [*arrows, *boxes])


def drawn() -> Mapping[str, str]:
    """Return each drawing by the name of its file."""
    return {"call.svg": _call(), "order.svg": _order(), "chain.svg": _chain()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in drawn().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
