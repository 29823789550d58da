"""Every hook is documented with its exact signature, has a test, and has a built-in user; the guide's code runs."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from commercelayer_klarna.plugins import Plugin
from commercelayer_klarna.plugins.hookspecs import HOOKS
from commercelayer_klarna.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "plugins.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
TESTS = (Path(__file__).parent / "test_hooks.py").read_text()


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_tested_and_used(hook: str) -> None:
    signature = str(inspect.signature(vars(Plugin)[hook])).replace("'", "")
    assert f"### `{hook}{signature}`\n" in GUIDE
    assert f"def test_hook_{hook}(" in TESTS
    with Sandbox().client() as payments:
        assert [info.name for info in payments.plugins if info.builtin and hook in info.hooks]


def test_the_guide_has_no_hooks_that_are_gone() -> None:
    assert tuple(re.findall(r"^### `(\w+)\(", GUIDE, re.MULTILINE)) == HOOKS


def test_each_hook_has_an_example_that_uses_it() -> None:
    code = "\n".join(BLOCKS)
    assert [hook for hook in HOOKS if f"def {hook}(self, ctx: Context)" not in code] == []


def test_the_code_of_the_guide_runs() -> None:
    assert len(BLOCKS) > len(HOOKS)
    done = subprocess.run([sys.executable, "-c", "\n".join(BLOCKS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "'tenant'" in done.stdout
    assert "klarna_payments.create klarna_payments/" in done.stdout
