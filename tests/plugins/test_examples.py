"""The example packages: built as wheels, installed beside ours in a fresh environment, run through entry points."""

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

RUN = """
import asyncio
from datetime import UTC, datetime
from decimal import Decimal

from commercelayer_klarna import APIConnectionError
from commercelayer_klarna.plugins import Response
from commercelayer_klarna.sandbox import Sandbox

BOOKED = {"erp.amount": Decimal("10.50"), "erp.booked_at": datetime(2026, 11, 22, tzinfo=UTC)}


def check(payment, plugins):
    assert payment.metadata == {"erp.amount": "10.50", "erp.booked_at": "2026-11-22T00:00:00.000Z"}
    assert payment.ext.erp.amount == BOOKED["erp.amount"] and payment.ext.erp.booked
    known = {info.name: info.distribution for info in plugins if not info.builtin}
    assert known == {"circuit-breaker": "klarna-circuit-breaker 1.0", "erp": "klarna-erp 1.0"}, known


sandbox = Sandbox()
with sandbox.client(plugins="installed") as payments:
    payment = payments.create(order=sandbox.order_ids[0], metadata=BOOKED)
    check(payment, payments.plugins)
    (found,) = payments.find_by_metadata({"erp.amount": Decimal("10.50")})
    assert found == payment


async def main():
    async with sandbox.async_client(plugins=["erp", "circuit-breaker"]) as payments:
        check(await payments.merge_metadata(payment.id, {"erp.amount": Decimal("10.50")}), payments.plugins)


asyncio.run(main())
print("done")
"""

FAILS_FAST = """
import asyncio

from commercelayer_klarna import AccessToken, APIConnectionError, AsyncKlarnaPayments, KlarnaPayments

options = {"base_url": "http://127.0.0.1:9/api", "auth": AccessToken("x"), "retry": None}
options["plugins"] = ["circuit-breaker"]
with KlarnaPayments(**options) as payments:
    for number in range(8):
        try:
            payments.count()
        except APIConnectionError as error:
            assert error.sent is False and ("circuit is open" in str(error)) == (number >= 5), (number, error)


async def main():
    async with AsyncKlarnaPayments(**options) as payments:
        for number in range(8):
            try:
                await payments.count()
            except APIConnectionError as error:
                assert ("circuit is open" in str(error)) == (number >= 5), (number, error)


asyncio.run(main())
print("done")
"""


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with our wheel, the examples' wheels, and nothing more."""
    folder = tmp_path_factory.mktemp("examples")
    for project in (ROOT, *EXAMPLES):
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, project)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env")
    python = folder / "env" / "bin" / "python"
    constraints = ROOT / "scripts" / "constraints.txt"
    install = ("-m", "pip", "--python", python, "install", "--quiet", "--constraint", constraints)
    run(sys.executable, *install, *folder.glob("*.whl"))
    return python


@pytest.mark.parametrize("source", [RUN, FAILS_FAST], ids=["run", "fails-fast"])
def test_they_run_through_entry_points(python: Path, source: str, tmp_path: Path) -> None:
    assert run(python, "-W", "error", "-c", source, cwd=tmp_path) == "done\n"


def test_the_examples_are_listed_as_installed_plugins(python: Path, tmp_path: Path) -> None:
    listed = run(python, "-m", "commercelayer_klarna", "plugins", "--plugins", "installed", cwd=tmp_path)
    assert "circuit-breaker (klarna-circuit-breaker 1.0)\n    hooks: layers\n    chain: 3 circuit-breaker" in listed


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
