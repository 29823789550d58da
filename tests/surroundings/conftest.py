"""Serves the sandbox for the tests of one surrounding, and writes down what came of each.

A module of tests names its surrounding in ``NAME`` and the packages whose versions count in ``PACKAGES``; the docstring
of a test says what is tried. ``table`` makes the page of it.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from helper import served_sandbox


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before the tests are imported, since some of them are applications as well."""
    serving = served_sandbox()
    serving.__enter__()
    session.config.add_cleanup(lambda: serving.__exit__(None, None, None))


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes a figure of this run, which is printed and not kept."""

    def note(text: str) -> None:
        request.node.user_properties.append(("measured", text))

    return note


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Iterator[None]:
    report = yield
    results = os.environ.get("RESULTS")
    if results and (report.when == "call" or report.failed):
        unsupported, remark = item.get_closest_marker("unsupported"), item.get_closest_marker("remark")
        said = unsupported or remark
        row = {
            "name": item.module.NAME,
            "versions": _versions(item.module.PACKAGES),
            "tried": _one_line(item.function.__doc__),
            "result": "FAILS" if report.failed else "not supported" if unsupported else "works",
            "remark": said.args[0] if said else "",
            "measured": "; ".join(text for name, text in item.user_properties if name == "measured"),
        }
        with Path(results).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    return report


def _versions(packages: list[str]) -> str:
    """The first one is that of the surrounding; others are named."""
    first, *others = [platform.python_version() if each == "python" else version(each) for each in packages]
    return ", ".join([first, *(f"{name} {number}" for name, number in zip(packages[1:], others, strict=True))])


def _one_line(text: str | None) -> str:
    assert text, "a docstring says what is tried"
    return " ".join(text.split()).rstrip(".")
