"""Prints the results, and writes them into the table of a page, or with ``--check`` holds the table against them.

    python table.py RESULTS PAGE [--check]

The page names the script, and has the head of the table. Rows of what was not run stay as they are. The page says which
versions were tried; newer ones, which the nightly run meets, do not make it wrong. Figures that were measured are
printed, and do not stand in the page.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

TABLE = re.compile(r"<!-- (?P<script>scripts/[a-z-]+) -->\n(?P<head>(?:\|.*\n){2})(?P<rows>(?:\|.*\n)*)<!-- end -->\n")
CELLS = ("name", "versions", "tried", "result", "remark")


def results_of(file: Path) -> list[dict[str, str]]:
    """Return one result for each test, whatever it was tried with."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        result = json.loads(line)
        known = found.setdefault((result["name"], result["tried"]), result)
        if result["result"] == "FAILS":
            known["result"] = "FAILS"
    return [*found.values()]


def row(result: dict[str, str]) -> str:
    return f"| {' | '.join(result[each].replace('|', chr(92) + '|') for each in CELLS)} |\n"


def name_of(line: str) -> str:
    return line.split(" | ")[0].removeprefix("| ").lower()


def without_versions(text: str) -> str:
    return re.sub(r"(?m)^(\| [^|]* \|) [^|]* \|", r"\1 |", text)


def main(results: str, page: str, check: str = "") -> int:
    found = results_of(Path(results))
    rows = [row(each) for each in found]
    text = Path(page).read_text(encoding="utf-8")
    table = TABLE.search(text)
    assert table, f"{page} has a place for the table, with its head"
    print(table["head"] + "".join(rows))
    for each in found:
        if each.get("measured"):
            print(f"{each['name']}: {each['measured']}")
    names = {name_of(each) for each in rows}
    kept = [line for line in table["rows"].splitlines(True) if name_of(line) not in names]
    start, end = table.span("rows")
    wanted = text[:start] + "".join(sorted([*kept, *rows], key=name_of)) + text[end:]
    if not check:
        Path(page).write_text(wanted, encoding="utf-8")
    elif without_versions(wanted) != without_versions(text):
        print(f"{page} does not say what came of it: run {table['script']}, and commit the page", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
