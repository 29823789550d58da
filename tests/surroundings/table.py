"""Prints the table of results, and writes it into its page, or with ``--check`` holds the page against it.

    python table.py RESULTS [PAGE [--check]]

The page says which versions were tried. Newer ones, which the nightly run meets, do not make it wrong; a row that is
missing, superfluous or has another result does. Figures that were measured are printed, and do not stand in the page.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

BEGIN, END = "<!-- scripts/test-surroundings -->\n", "<!-- end -->\n"
HEAD = "| surrounding | version | what was tried | result | remark |\n| --- | --- | --- | --- | --- |\n"


def rows(file: Path) -> list[dict[str, str]]:
    """Return the results, one for each test, whatever it was tried with."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        known = found.setdefault((row["name"], row["tried"]), row)
        if row["result"] == "FAILS":
            known["result"] = row["result"]
    return sorted(found.values(), key=lambda row: row["name"].lower())


def table(found: list[dict[str, str]]) -> str:
    cells = ("name", "versions", "tried", "result", "remark")
    return HEAD + "".join(f"| {' | '.join(row[each].replace('|', '&#124;') for each in cells)} |\n" for row in found)


def without_versions(text: str) -> str:
    return re.sub(r"(?m)^(\| [^|]* \|) [^|]* \|", r"\1 |", text)


def main(results: str, page: str = "", check: str = "") -> int:
    found = rows(Path(results))
    print(table(found))
    for row in found:
        if row["measured"]:
            print(f"{row['name']}: {row['measured']}")
    if not page:
        return 0
    before = Path(page).read_text(encoding="utf-8")
    start, end = before.index(BEGIN) + len(BEGIN), before.index(END)
    if not check:
        Path(page).write_text(before[:start] + table(found) + before[end:], encoding="utf-8")
    elif without_versions(before[start:end]) != without_versions(table(found)):
        print(
            f"{page} does not say what came of it: run scripts/test-surroundings, and commit the page", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
