"""Blocks of pages that scripts write: they stand between the name of the script and ``<!-- end -->``."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def read(page: str, script: str) -> str:
    """Return what a script wrote on a page."""
    block = re.search(
        rf"<!-- {re.escape(script)} -->\n(.*?)\n<!-- end -->", (DOCS / page).read_text("utf-8"), re.DOTALL
    )
    assert block, f"{page} has no block of {script}"
    return block[1]


def write(page: str, script: str, text: str) -> None:
    """Put a text in the place of what a script wrote on a page before."""
    old, head = read(page, script), f"<!-- {script} -->\n"
    whole = (DOCS / page).read_text("utf-8")
    (DOCS / page).write_text(whole.replace(head + old, head + text), "utf-8")
