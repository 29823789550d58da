"""Every hook is documented with its exact signature, has a test, and has a built-in user; the guide's code runs."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from commercelayer_klarna._pipeline.manager import HOOKS
from commercelayer_klarna.plugins import Plugin
from commercelayer_klarna.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "plugins.md").read_text()
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


def test_the_code_of_the_guide_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    done = subprocess.run([sys.executable, "-c", "\n".join(blocks)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "'tenant'" in done.stdout
