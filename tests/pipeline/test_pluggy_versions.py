"""The oldest pluggy that is allowed, and the newest 1.x, which the environment of the tests may not have."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.nightly
@pytest.mark.parametrize("wanted", ["pluggy==1.6.0", "pluggy>=1.6,<2"])
def test_hooks_and_activation_pass(wanted: str, tmp_path: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(tmp_path), wanted]
    done = subprocess.run(install, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (found,) = (each.name for each in tmp_path.glob("pluggy-*.dist-info"))
    tests = ["tests/plugins/test_hooks.py", "tests/pipeline/test_activation.py"]
    # The version put in front on the path is the one that both pytest and the product import.
    source = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import pluggy, pytest; print(pluggy.__version__);"
    source += f"sys.exit(pytest.main({['-q', '-p', 'no:cacheprovider', *tests]!r}))"
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, cwd=ROOT, env=environment)
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.splitlines()[0] == found.removeprefix("pluggy-").removesuffix(".dist-info")
