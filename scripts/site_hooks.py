"""What mkdocs calls while it builds the site: links to files that are not on it lead to the repository."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPOSITORY: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Source"]


def on_page_markdown(markdown: str, **_: object) -> str:
    """Lead links that leave the folder of the pages, such as ``../SECURITY.md``, to the repository.

    Raises:
        FileNotFoundError: There is no such file.
    """

    def led(match: re.Match[str]) -> str:
        path = match[1]
        if not (ROOT / path).exists():
            raise FileNotFoundError(f"a page links to {path}, which the repository does not have")
        return f"]({REPOSITORY}/blob/main/{path}"

    return re.sub(r"\]\(\.\./((?:SECURITY|CHANGELOG|CONTRIBUTING|README|examples|spec|tests)[^)#]*)", led, markdown)
