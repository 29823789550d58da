"""The example plugins are short, keep the contract, and are typed; ``test_packaging`` installs and runs them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from commercelayer_klarna.testing import check_plugin

ROOT = Path(__file__).parents[2]
EXAMPLES = (ROOT / "examples" / "circuit-breaker", ROOT / "examples" / "erp")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_they_are_short_and_keep_the_contract(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (module,) = example.glob("*.py")
    assert len(module.read_text().splitlines()) < 40
    monkeypatch.syspath_prepend(str(example))
    loaded = __import__(module.stem)
    check_plugin(loaded.CircuitBreaker() if "circuit" in module.stem else loaded.Erp())


MISTAKES = {
    "right": ("", ""),
    "is_async": ("    def layers(self,", "    async def layers(self,"),
    "returns": ("-> list[Layer]:", "-> int:"),
    "takes": ("ctx: Context) -> list[Layer]", "ctx: int) -> list[Layer]"),
    "takes_more": ("ctx: Context) -> list[Layer]", "ctx: Context, more: int) -> list[Layer]"),
}


@pytest.mark.nightly
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_both_type_checkers_find_wrong_signatures(checker: str, tmp_path: Path) -> None:
    (module,) = EXAMPLES[0].glob("*.py")
    source = module.read_text()
    for name, (right, wrong) in MISTAKES.items():
        assert right in source
        (tmp_path / f"{name}.py").write_text(source.replace(right, wrong, 1) if right else source)
    (erp,) = EXAMPLES[1].glob("*.py")
    shutil.copy(erp, tmp_path / "erp.py")
    guide = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / "plugins.md").read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "guide.py").write_text("\n".join(guide))
    paths = [str(ROOT / "generated"), str(ROOT / "extensions")]
    if checker == "mypy":
        settings = f"[tool.mypy]\nstrict = true\nmypy_path = {paths}\n"
        command = [sys.executable, "-m", "mypy", "."]
    else:
        settings = f"[tool.basedpyright]\ntypeCheckingMode = 'strict'\nextraPaths = {paths}\ninclude = ['.']\n"
        command = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable]
    (tmp_path / "pyproject.toml").write_text(settings)
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    found = set(re.findall(r"(\w+)\.py:\d+(?::\d+)?[: -]+error: .*layers", done.stdout))
    assert found == set(MISTAKES) - {"right"}, done.stdout
    assert not re.findall(r"(?:erp|guide|right)\.py:\d+", done.stdout)
