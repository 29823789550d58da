"""The policy in `docs/compatibility.md` says what is so, the changelog has its form, and the way to deprecate works."""

from __future__ import annotations

import asyncio
import re
import tomllib
import warnings
from collections.abc import Awaitable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from commercelayer_klarna import __version__

ROOT = Path(__file__).parents[1]
POLICY = (ROOT / "docs" / "compatibility.md").read_text()
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_what_the_policy_calls_public_exists() -> None:
    public = POLICY[POLICY.index("| public |") : POLICY.index("## What a change is")]
    left = "\n".join(row.split(" | ")[0] for row in public.splitlines())
    modules = {"plugins", "plugins.metadata", "plugins.retry", "testing", "webhooks", "sandbox"}
    for module in modules:
        assert re.search(rf"`(commercelayer_klarna\.)?{re.escape(module)}`", left), module
        assert find_spec(f"commercelayer_klarna.{module}"), module
    assert "/__sandbox__/" in (ROOT / "extensions/commercelayer_klarna/sandbox/doors/control.py").read_text()


def test_the_policy_names_the_pythons_and_the_version_of_the_project() -> None:
    minors = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if re.search(r":: Python :: 3\.\d+$", each)]
    assert f"Python {minors[0]} to {minors[-1]} are supported" in POLICY
    assert "version" in PROJECT["dynamic"]  # hatchling reads it from _version.py, the one place
    assert version("commercelayer-klarna") == __version__
    if __version__.startswith("0."):
        assert f"~={__version__.rpartition('.')[0]}.0`" in POLICY


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_the_policy_is_found(page: str) -> None:
    assert "(docs/compatibility.md)" in (ROOT / page).read_text()


KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def faults(changelog: str, current: str) -> list[str]:
    """What in a changelog is not of the form of Keep a Changelog."""
    found = [] if changelog.startswith("# Changelog\n") else ["no title"]
    heads = re.findall(r"^## (.*)$", changelog, re.MULTILINE)
    if not heads or heads[0] != "[Unreleased]":
        found.append("unreleased changes do not come first")
    releases = []
    for head in heads[1:]:
        if release := re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - \d{4}-\d\d-\d\d( \[YANKED\])?", head):
            releases.append(tuple(int(each) for each in release.groups()[:3]))
        else:
            found.append(f"not a release: {head}")
    if releases != sorted(set(releases), reverse=True):
        found.append("the newest release does not come first")
    if releases and tuple(map(int, current.split("."))) < releases[0]:
        found.append(f"{current} is older than what was released")
    for section in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.*)$", section, re.MULTILINE)
        if kinds != sorted(set(kinds), key=lambda kind: KINDS.index(kind) if kind in KINDS else 9):
            found.append(f"kinds out of order or twice: {kinds}")
        found += [f"not a kind: {kind}" for kind in kinds if kind not in KINDS]
        for part in re.split(r"^### .*\n", section, flags=re.MULTILINE)[1:]:
            lines = [line for line in part.splitlines() if line]
            if not lines or not all(re.match(r"- \S|  \S|\[.*\]: ", line) for line in lines):
                found.append("a change is not an entry of a list")
    return found


def test_the_changelog_has_its_form() -> None:
    assert faults((ROOT / "CHANGELOG.md").read_text(), __version__) == []


GOOD = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-01-02\n\n### Added\n\n- A.\n\n## [0.1.0] - 2026-01-01\n"


def test_a_changelog_of_another_form_is_found_out() -> None:
    assert faults(GOOD, "0.2.0") == []
    for good, bad, fault in (
        ("# Changelog", "# News", "no title"),
        ("## [Unreleased]\n", "", "unreleased changes do not come first"),
        ("[0.2.0] - 2026-01-02", "0.2.0", "not a release: 0.2.0"),
        ("[0.2.0]", "[0.0.9]", "the newest release does not come first"),
        ("[0.2.0]", "[0.3.0]", "0.2.0 is older than what was released"),
        ("### Added", "### New", "not a kind: New"),
        ("### Added\n", "### Fixed\n\n- B.\n\n### Added\n", "kinds out of order or twice: ['Fixed', 'Added']"),
        ("- A.", "A.", "a change is not an entry of a list"),
    ):
        assert fault in faults(GOOD.replace(good, bad), "0.2.0")


class Client:
    """What a client with deprecated methods looks like; today none is."""

    def old(self) -> int:
        warnings.warn("old() goes in 2.0: use new()", DeprecationWarning, stacklevel=2)
        return 1

    def old_async(self) -> Awaitable[int]:
        warnings.warn("old_async() goes in 2.0: use new()", DeprecationWarning, stacklevel=2)
        return self._new()

    async def old_coroutine(self) -> int:
        warnings.warn("the wrong way", DeprecationWarning, stacklevel=2)
        return await self._new()

    async def _new(self) -> int:
        return 1


def test_a_deprecation_names_the_line_of_the_caller_in_a_task_too() -> None:
    client = Client()

    async def call() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.wait_for(client.old_async(), 5))

    async def call_wrongly() -> None:
        await asyncio.create_task(client.old_coroutine())

    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        client.old()
        asyncio.run(call())
        asyncio.run(call_wrongly())
    here = [Path(each.filename) == Path(__file__) for each in given]
    assert here == [True, True, False]
    assert given[0].lineno == test_a_deprecation_names_the_line_of_the_caller_in_a_task_too.__code__.co_firstlineno + 12
