"""Writes down what came of each tool; ``scripts/test-compilers`` installs them, and without it nothing is collected.

A test is marked with its ``tool``; its docstring says what is asked of it. ``tests/surroundings/table.py`` makes the
page of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

collect_ignore_glob = [] if os.environ.get("COMPILERS") else ["*"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "tool(name, package, remark): whom the test asks, and what a reader should know")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Iterator[None]:
    report = yield
    tool = item.get_closest_marker("tool")
    if tool and (report.when == "call" or report.failed):
        name, package, *remark = tool.args
        row = {
            "name": name,
            "versions": version(package),
            "tried": " ".join(str(item.function.__doc__).split()).rstrip("."),
            "result": "FAILS" if report.failed else "works",
            "remark": "".join(remark),
        }
        with Path(os.environ["RESULTS"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    return report


def version(package: str) -> str:
    """The version of a package for Node or, if there is none of that name, for Python."""
    home = Path(os.environ["COMPILERS"])
    about = home / "node_modules" / package / "package.json"
    if about.exists():
        return str(json.loads(about.read_text(encoding="utf-8"))["version"])
    paths = map(str, home.glob("python/lib/*/site-packages"))
    return next(each.version for each in distributions(name=package, path=list(paths)))
