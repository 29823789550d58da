"""The command ``klarna probe``, over real sockets and in its own process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commercelayer_klarna.cli import command as cli
from commercelayer_klarna.plugins import Plugin
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer

ENVIRONMENT = ("BASE_URL", "AUTH_URL", "CLIENT_ID", "CLIENT_SECRET")


class Unpaced(Plugin):
    """In place of ``Limits``, which waits."""

    name = "unpaced"


def klarna(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli.app, ["probe", *arguments], input=answer)


@pytest.fixture(params=["test"])
def served(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox with payments on loopback, which the environment names."""
    sandbox = Sandbox(orders=3, mode=request.param)
    for order in sandbox.order_ids[:2]:
        sandbox.create_payment(order)
    with SandboxServer(sandbox) as server:
        values = (server.url, server.auth_url, sandbox.client_id, sandbox.client_secret)
        for name, value in zip(ENVIRONMENT, values, strict=True):
            monkeypatch.setenv(f"COMMERCELAYER_{name}", value)
        monkeypatch.setattr(cli.probing, "Limits", Unpaced)
        yield sandbox


def test_it_reads_over_sockets_and_keeps_the_environments_credentials(served: Sandbox) -> None:
    before = len(served.requests)
    result = klarna("--only", "page-", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["of"] == "the sandbox"
    assert report["mode"] == "test"
    assert {each["conclusion"] for each in report["observations"]} == {"holds"}
    assert "13 checks, 24 requests at most" in result.stderr
    api = [each for each in served.requests[before:] if each.path.startswith("/api")]
    assert {each.method for each in api} == {"GET"}
    assert len(api) == report["requests"]


def test_it_asks_before_it_writes(served: Sandbox) -> None:
    before = len(served.requests)
    refused = klarna("--only", "create", "--write", served.order_ids[2], answer="n\n")
    assert refused.exit_code == 1
    assert "Write to 1 orders, and take their payments?" in refused.output
    assert len(served.requests) == before
    done = klarna("--only", "create", "--write", served.order_ids[2], "--yes", "--json")
    assert done.exit_code == 0, done.output
    assert "POST" in {each.method for each in served.requests[before:]}
    conclusions = {each["check"]: each["conclusion"] for each in json.loads(done.stdout)["observations"]}
    assert conclusions["create-becomes-source"] == "holds"


def test_a_sales_channel_and_an_old_token_are_named(served: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "token"
    asked = {"grant_type": "client_credentials", "client_id": served.client_id, "client_secret": served.client_secret}
    answer = served.handle("POST", "/oauth/token", {"Content-Type": "application/json"}, json.dumps(asked).encode())
    file.write_text(f"{json.loads(answer.body)['access_token']}\n")
    served.advance(8 * 3600)
    facts = served.facts()
    channel = ("--sales-channel", facts["sales_channel_client_id"], "--scope", f"market:id:{facts['market_id']}")
    for only, options in (("sales-channel-reads", channel), ("token-expired", ("--old-token", str(file)))):
        told = klarna("--only", only, "--json", *options).stdout
        assert {each["conclusion"] for each in json.loads(told)["observations"]} == {"holds"}
        told = klarna("--only", only, "--json").stdout
        assert {each["conclusion"] for each in json.loads(told)["observations"]} == {"cannot tell"}


@pytest.mark.parametrize("served", ["live"], indirect=True)
def test_live_mode_ends_it_with_a_line(served: Sandbox) -> None:
    before = len(served.requests)
    result = klarna("--only", "page-")
    assert result.exit_code == 1
    assert "ProbeRefusedError: this token is not for test mode" in result.stderr
    assert "Traceback" not in result.output
    assert [each.path for each in served.requests[before:]] == ["/oauth/token"]
    assert klarna("--only", "page-", "--live-read-only").exit_code == 0
    before = len(served.requests)
    refused = klarna("--only", "create", "--live-read-only", "--write", served.order_ids[2], "--yes")
    assert refused.exit_code == 1
    assert "nothing is written" in refused.stderr
    assert {each.method for each in served.requests[before:] if each.path.startswith("/api")} == {"GET"}


def test_a_claim_that_differs_shows_in_the_exit_status(served: Sandbox) -> None:
    served.fail_next(500, method="GET", path="/api/klarna_payments", exact=True, times=100)
    result = klarna("--only", "page-zero", "--markdown")
    assert result.exit_code == 1
    assert "## Differs" in result.stdout
    assert "| 500, INTERNAL_SERVER_ERROR (Internal Server Error) |" in result.stdout


def test_the_table_and_a_recording_in_a_sandbox(tmp_path: Path) -> None:
    result = klarna("--sandbox", "--only", "token-", "--record", str(tmp_path / "kept"))
    assert result.exit_code == 0, result.output
    assert "token-algorithm" in result.stdout
    assert "15 checks: 13 holds, 0 differs, 2 cannot tell" in result.stdout
    assert (tmp_path / "kept" / "token-missing.json").exists()


def test_a_name_of_no_check_is_said() -> None:
    result = klarna("--sandbox", "--only", "pages")
    assert result.exit_code == 1
    assert "no check begins with 'pages'" in result.stderr
