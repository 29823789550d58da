"""The command ``klarna``, against a sandbox in its own process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commercelayer_klarna.cli import command as cli
from commercelayer_klarna.cli import common
from commercelayer_klarna.sandbox import Sandbox


def klarna(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli.app, [*arguments], input=answer)


def done(*arguments: str) -> str:
    result = klarna(*arguments, "--sandbox")
    assert result.exit_code == 0, result.output
    return result.stdout


def test_what_there_is_can_be_seen() -> None:
    assert done("count").strip() == "3"
    rows = json.loads(done("list", "--json", "--filter", "reference_eq=example-1"))
    assert [row["reference"] for row in rows] == ["example-1"]
    assert "client_token" not in rows[0]
    table = done("list", "--limit", "2", "--sort", "reference")
    assert "example-0" in table
    assert "example-2" not in table
    assert "pending" in done("list", "--of", "orders")
    assert '"reference": "example-1"' in done("show", rows[0]["id"], "--json")
    assert "example-1" in done("show", rows[0]["id"])


def test_an_export(tmp_path: Path) -> None:
    file = tmp_path / "payments.csv"
    assert done("export", str(file), "--columns", "reference,order.number", "--include", "order").startswith("3 in ")
    assert sorted(file.read_text().splitlines())[0].startswith("example-0,")


def test_an_export_to_an_address_for_each_day(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    options = ["--daily", "created_at", "--checkpoint", f"local://{tmp_path}/kept"]
    assert done("export", f"local://{tmp_path}/payments.jsonl", *options).startswith("3 in local:")
    (file,) = tmp_path.iterdir()
    assert len(file.read_text().splitlines()) == 3
    assert file.name.startswith("payments-20")


def test_progress_tells_the_rate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    with cli.common.progress("export") as told:
        told(25, 100)
        told(50, 100)
    assert re.search(r"50/100.* \d+ a minute", capsys.readouterr().err)


def test_a_backfill_asks_first(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    checkpoint = tmp_path / "checkpoint"
    change = ["backfill", "--set", "metadata.campaign=spring", "--set", "reference=x"]
    for where in ("", "", "local://"):  # a checkpoint is gone at the end, so the job of the next night does its work
        told = done(*change, "--yes", "--checkpoint", f"{where}{checkpoint}")
        assert told.startswith("3 changed, 0 unchanged, 0 failed")
        assert not checkpoint.exists()
    refused = klarna(*change, "--sandbox", answer="n\n")
    assert refused.exit_code == 1
    assert "Change 3 klarna_payments?" in refused.output
    assert "changed" not in refused.output


def test_a_backfill_of_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file as a spreadsheet writes it, and of standard input."""
    stand_in = Sandbox(orders=3)
    with stand_in.client() as payments:
        first, second, third = sorted(payments.create(order=each).id for each in stand_in.order_ids)
    monkeypatch.setattr(common, "_made", lambda sandbox, *more: stand_in.client())
    change, file = ["backfill", "--set", "reference=x", "--ids"], tmp_path / "ids"
    file.write_bytes(f"\ufeff{second}\r\n{first}\r\n{first}\r\n\r\n".encode())
    result = klarna(*change, str(file), answer="y\n")
    assert "Change 2 klarna_payments?" in result.output
    assert "2 changed, 0 unchanged, 0 failed" in result.stdout
    result = klarna(*change, "-", "--yes", answer=f"{third}\nnone\n")
    assert result.exit_code == 1
    assert "1 changed, 0 unchanged, 1 failed" in result.stdout
    assert "none: not found" in result.stderr
    assert "add --yes" in klarna(*change, "-", answer=f"{third}\n").stderr
    assert "items[0]='a/b' cannot be an id" in klarna(*change, "-", "--yes", answer="a/b\n").stderr


def test_limits_and_permissions() -> None:
    assert "of 100 requests left in 60 s" in done("limits")
    assert set(json.loads(done("limits", "--json"))) == {"limit", "interval", "remaining"}
    assert "klarna_payments: can be read" in done("check")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["count"], "COMMERCELAYER_ORGANIZATION is not set"),
        (["count", "--sandbox", "--filter", "x"], "--filter 'x' is not of the form name=value"),
        (["show", "none", "--sandbox"], "NotFoundError: 404"),
        (["export", "a.txt", "--sandbox"], "none of jsonl, csv, parquet"),
        (["backfill", "--set", "_capture=1", "--yes", "--sandbox"], "_capture"),
    ],
)
def test_what_goes_wrong_is_one_line(monkeypatch: pytest.MonkeyPatch, arguments: list[str], problem: str) -> None:
    monkeypatch.delenv("COMMERCELAYER_ORGANIZATION", raising=False)
    result = klarna(*arguments)
    assert result.exit_code == 1
    assert problem in result.stderr
    assert "Traceback" not in result.output


def test_the_sandbox_is_served_by_its_own_command() -> None:
    assert "--rate-limit" in klarna("sandbox", "serve", "--help").stdout
    result = klarna("sandbox", "serve", "--mode", "other")
    assert result.exit_code == 2
    assert "invalid choice: 'other'" in result.stderr


def test_without_its_extra_it_says_in_a_line_what_to_install() -> None:
    program = "import sys; sys.modules['typer'] = None; from commercelayer_klarna.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith('the command needs an extra: pip install "commercelayer-klarna[cli]"')
