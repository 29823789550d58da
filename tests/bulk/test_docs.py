"""The page on many payments says what works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commercelayer_klarna import KlarnaPayments
from commercelayer_klarna.bulk import export
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer

PAGE = (Path(__file__).parents[2] / "docs" / "many-payments.md").read_text(encoding="utf-8")
DAY = 86_400_000  # in milliseconds


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A directory of its own, and a sandbox with a payment of now and two of yesterday."""
    sandbox = Sandbox(orders=1)
    payment = sandbox.create_payment(sandbox.order_ids[0])

    def add(state: Any) -> None:
        one = state.find("klarna_payments", payment)
        for _ in range(2):
            state.create("klarna_payments", one.attributes, one.linked, {}, ago=DAY)

    sandbox.read(add)
    monkeypatch.chdir(tmp_path)
    with SandboxServer(sandbox) as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        yield


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.usefixtures("environment")
def test_the_examples_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "docs/many-payments.md", "exec", dont_inherit=True), names)
    told = capsys.readouterr().out
    assert "Backfilled(changed=1, unchanged=0, failures=())" in told
    assert told.endswith("Backfilled(changed=2, unchanged=0, failures=())\n"), "those of yesterday"
    assert (tmp_path / "payments.csv").read_text().startswith("id,created_at,order.number\n")


@pytest.mark.usefixtures("environment")
def test_progress_is_told_to_tqdm(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm", reason="the nightly run installs tqdm")
    (block,) = [each for each in blocks("python3") if "progress=True" in each]
    with KlarnaPayments.from_env() as payments:
        exec(block, {"payments": payments, "export": export})
    assert "3/3" in capsys.readouterr().err
