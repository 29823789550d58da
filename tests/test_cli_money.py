"""The commands of ``klarna`` that move money: each asks first, and what is in doubt can be settled."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from commercelayer_klarna import KlarnaPayments
from commercelayer_klarna.cli import command as cli
from commercelayer_klarna.plugins import Plugin
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.garbage import no_collections
from support.virtual_time import INSTANT

ENVIRONMENT = ("BASE_URL", "AUTH_URL", "CLIENT_ID", "CLIENT_SECRET")


class Unpaced(Plugin):
    """Takes the place of the limits, since tests need not wait."""

    name = "limits"


@pytest.fixture(scope="module")
def served() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox(orders=8, rate_limit="off")) as server:
        yield server


@pytest.fixture(autouse=True)
def sandbox(served: SandboxServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sandbox:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli.common, "Limits", Unpaced)
    # What reads back does not wait.
    hasty = SimpleNamespace(from_env=partial(KlarnaPayments.from_env, timing=INSTANT))
    monkeypatch.setattr(cli.common, "KlarnaPayments", hasty)
    sandbox = served.sandbox
    values = (served.url, served.auth_url, sandbox.client_id, sandbox.client_secret)
    for name, value in zip(ENVIRONMENT, values, strict=True):
        monkeypatch.setenv(f"COMMERCELAYER_{name}", value)
    return sandbox


@pytest.fixture
def order(sandbox: Sandbox) -> str:
    """An order whose payment is authorized by the customer."""
    id = sandbox.add_order()
    with sandbox.client() as payments:
        payment = payments.create(order=id)
        payments.update(payment.id, auth_token="token")
    return id


def klarna(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli.app, [*arguments], input=answer)


def done(*arguments: str) -> str:
    result = klarna(*arguments, "--yes")
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_order_is_moved_from_its_placing_to_its_refund(order: str) -> None:
    assert done("place", order) == f"orders {order}: placed and authorized\n"
    assert done("approve", order) == f"orders {order}: approved and authorized\n"
    assert done("capture", order) == f"orders {order}: approved and paid\n"
    assert json.loads(done("refund", order, "--json"))["status"] == "cancelled"


def test_a_part_is_captured_and_refunded(order: str) -> None:
    done("place", order)
    done("approve", order)
    assert done("capture", order, "--cents", "500").startswith("captures ")
    assert done("refund", order, "--cents", "200").startswith("refunds ")


def test_an_order_is_cancelled(order: str) -> None:
    done("place", order)
    assert done("cancel", order) == f"orders {order}: cancelled and voided\n"


def test_it_asks_before_it_moves_money(order: str, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    refused = klarna("place", order, answer="n\n")
    assert refused.exit_code == 1
    with sandbox.client() as payments:
        found = payments.orders.retrieve(order)
    amount = found.formatted_total_amount_with_taxes
    assert f"Place order {found.number} ({amount}, pending and unpaid)?" in refused.output
    assert {each.method for each in sandbox.requests[before:]} <= {"GET", "POST"}
    assert "PATCH" not in {each.method for each in sandbox.requests[before:]}
    assert klarna("place", order, answer="y\n").exit_code == 0
    assert klarna("approve", order).exit_code == 1, "nobody answers"


def test_what_the_state_does_not_allow_is_one_line(order: str) -> None:
    result = klarna("capture", order, "--yes")
    assert result.exit_code == 1
    assert result.stderr.startswith("TransitionError: ")
    part = klarna("capture", order, "--cents", "5", "--yes")
    assert part.stderr == (
        "ValueError: the order has 0 authorizations, not one: leave --cents out, or take a part in Python\n"
    )


def test_what_is_in_doubt_can_be_settled(order: str, sandbox: Sandbox, tmp_path: Path) -> None:
    done("place", order)
    done("approve", order)
    doubt = tmp_path / "lost.doubt"
    sandbox.fail_next(method="PATCH", path=f"/api/orders/{order}", kind="reset", when="before")
    lost = klarna("capture", order, "--yes", "--doubt", str(doubt))
    assert lost.exit_code == 3, lost.output
    assert lost.stderr.endswith(f"Ask in a minute what became of it: klarna settle {doubt}\n")
    assert "secret" not in doubt.read_text()
    assert klarna("settle", str(doubt)).stdout.startswith("unknown, "), "it may still appear"
    assert klarna("settle", str(doubt)).exit_code == 3
    with sandbox.client() as payments:
        payments.orders.capture(order)
    assert klarna("settle", str(doubt)).stdout.startswith("carried out, ")
    assert not doubt.exists()


@pytest.fixture
def approved(order: str) -> str:
    done("place", order)
    done("approve", order)
    return order


def test_a_second_doubt_leaves_the_first_as_it_is(approved: str, sandbox: Sandbox, tmp_path: Path) -> None:
    for _ in range(3):
        sandbox.fail_next(method="PATCH", path=f"/api/orders/{approved}", kind="reset", when="before")
        assert klarna("capture", approved, "--yes").exit_code == 3
    names = [f"klarna-{approved}{number}.doubt" for number in ("", "-2", "-3")]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(names)
    assert len({each.read_text() for each in tmp_path.iterdir()}) == 3


def test_a_doubt_that_cannot_be_kept_is_told(approved: str, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fail_next(method="PATCH", path=f"/api/orders/{approved}", kind="reset", when="before")
    lost = klarna("capture", approved, "--yes", "--doubt", str(tmp_path / "none" / "x"))
    assert lost.exit_code == 3
    assert "may have been carried out" in lost.stderr
    kept = tmp_path / "kept"
    kept.write_text(lost.stderr.splitlines()[-1])
    assert klarna("settle", str(kept)).stdout.startswith("unknown, ")


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no thread can be sent a signal here")
def test_a_command_that_is_broken_off_leaves_its_doubt(
    approved: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    respond = Sandbox.respond

    def interrupted(self: Sandbox, method: str, *rest: Any, **options: Any) -> Any:
        answer = respond(self, method, *rest, **options)
        if method == "PATCH":
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return answer

    monkeypatch.setattr(Sandbox, "respond", interrupted)
    # A shell that runs tests in the background lets them ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with no_collections():
            lost = klarna("capture", approved, "--yes")
    finally:
        signal.signal(signal.SIGINT, before)
    assert lost.exit_code == 3, lost.output
    (doubt,) = tmp_path.iterdir()
    assert klarna("settle", str(doubt)).stdout.startswith("carried out, ")


def test_a_session_is_refreshed(order: str, sandbox: Sandbox) -> None:
    with sandbox.client() as payments:
        payment = payments.retrieve_for_order(order)
    assert payment is not None
    assert klarna("refresh", payment.id).stdout == f"klarna_payments {payment.id}: refreshed\n"


def test_each_check_has_its_remedy(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = klarna("check")
    assert everything.exit_code == 0, everything.output
    for line in ("credentials: a token for http", "clock: ", "orders: can be read", "limits: "):
        assert line in everything.stdout
    sandbox.advance(300)
    monkeypatch.setenv("COMMERCELAYER_CLIENT_ID", sandbox.facts()["sales_channel_client_id"])
    monkeypatch.setenv("COMMERCELAYER_SCOPE", f"market:id:{sandbox.market_id}")
    monkeypatch.delenv("COMMERCELAYER_CLIENT_SECRET")
    wrong = klarna("check", "--json")
    assert wrong.exit_code == 1
    remedies = {each["name"]: each["remedy"] for each in json.loads(wrong.stdout) if each["remedy"]}
    assert "NTP" in remedies["clock"]
    assert "right to read captures, or use an integration" in remedies["captures"]
    monkeypatch.setenv("COMMERCELAYER_CLIENT_ID", sandbox.client_id)
    monkeypatch.setenv("COMMERCELAYER_CLIENT_SECRET", "planted")
    refused = klarna("check")
    assert refused.exit_code == 1
    assert refused.stdout.startswith("credentials: 401")
    assert "dashboard" in refused.stdout
    assert "planted" not in refused.output


def test_plugins_are_listed() -> None:
    assert "retry (commercelayer-klarna" in klarna("plugins").stdout
    assert {"name", "hooks"} <= set(json.loads(klarna("plugins", "--json").stdout)["active"][0])
