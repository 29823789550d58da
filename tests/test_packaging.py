"""The wheels: what ours holds, that it works where nothing else is, and that the example plugins work beside it."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

import pytest

from support.wheels import ROOT, built, run

PACKAGES = {"commercelayer_klarna", "commercelayer_klarna_api"}
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


def install(python: Path, *arguments: str | Path) -> None:
    # What is imported is compiled then; all of it would be compiled for two runs.
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile", *arguments)


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with our wheel, and what it needs."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    install(python, "--constraint", ROOT / "scripts" / "constraints.txt", wheel)
    return python


def test_the_wheel_holds_both_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    assert all(f"{package}/py.typed" in names for package in PACKAGES)
    assert not [name for name in names if "/test_" in name or "__pycache__" in name]


def test_no_link_of_its_description_leads_to_a_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        description = archive.read(name).decode().partition("\n\n")[2]
    links = re.findall(r"\]\(([^)]+)\)", description)
    assert [each for each in links if not each.startswith("https://")] == []
    assert len(links) == len(re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text()))
    files = [each for each in links if "/blob/main/" in each or "/raw/main/" in each]
    assert [each for each in files if not (ROOT / each.split("/main/")[1]).exists()] == []
    assert [each.rpartition(".")[2] for each in files if "/raw/main/" in each] == ["png", "png"]


def test_it_works_in_an_empty_environment(python: Path, tmp_path: Path) -> None:
    # What httpx needs on some versions of Python only is left aside.
    names = "from importlib.metadata import distributions; print(*(each.name for each in distributions()))"
    installed = set(run(python, "-c", names, cwd=tmp_path).split())
    assert installed - {"typing_extensions"} == {
        "anyio", "attrs", "certifi", "commercelayer-klarna", "h11", "httpcore", "httpx", "idna", "pluggy",
    }  # fmt: skip
    ran = run(python, "-c", (ROOT / "examples" / "order_life.py").read_text(), cwd=tmp_path)
    assert ran.splitlines()[-1] == "The order is placed, paid, and refunded in part; no step was taken twice."


@pytest.fixture(scope="module")
def with_examples(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same interpreter; the wheels of the examples are installed beside ours from now on."""
    wheels = [built(each, tmp_path_factory.mktemp(each.name)) for each in EXAMPLES]
    install(python, "--no-index", *wheels)
    return python


@pytest.mark.parametrize("source", [RUN, FAILS_FAST], ids=["run", "fails-fast"])
def test_the_examples_run_through_entry_points(with_examples: Path, source: str, tmp_path: Path) -> None:
    assert run(with_examples, "-W", "error", "-c", source, cwd=tmp_path) == "done\n"


def test_the_examples_are_listed_as_installed_plugins(with_examples: Path, tmp_path: Path) -> None:
    listed = run(with_examples, "-m", "commercelayer_klarna", "plugins", "--plugins", "installed", cwd=tmp_path)
    assert "circuit-breaker (klarna-circuit-breaker 1.0)\n    hooks: layers\n    chain: 3 circuit-breaker" in listed
