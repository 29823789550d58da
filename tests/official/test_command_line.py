"""The official command line, unmodified, takes orders of the sandbox through their lives over HTTP.

It speaks https to ``<organization>.<domain>`` and to nothing else. So TLS stands before the sandbox, and the
organization ``127`` at the domain ``0.0.1:PORT`` is an address of this machine: no name has to be resolved.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.tls import https_before

PATIENCE = 60
STATUSES = "status,payment_status,fulfillment_status"


class CommandLine:
    """The command ``commercelayer`` with its plugins for resources and orders, in a home of its own."""

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        packages = Path(os.environ["OFFICIAL_SDK"]) / "node_modules/@commercelayer"
        folders = {f"XDG_{each.upper()}_HOME": str(home / each) for each in ("data", "config", "cache")}
        self._command = ["node", str(packages / "cli/bin/run.js")]
        self._environment = {**os.environ, **folders, **settings, "NO_UPDATE_NOTIFIER": "1", "FORCE_COLOR": "0"}
        for plugin in ("resources", "orders"):
            self("plugins:link", "--no-install", str(packages / f"cli-plugin-{plugin}"))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*self._command, *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=PATIENCE)

    def __call__(self, *arguments: str) -> str:
        """Return what a command prints; it must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """Return the JSON that a command prints, in a line among others."""
        printed = self(*arguments, "--json", "--unformatted")
        return json.loads(next(line for line in printed.splitlines() if line[:1] in ("{", "[")))

    def refused(self, *arguments: str) -> str:
        """Return what a command says that the API refuses; line ends are where the terminal has them."""
        done = self.run(*arguments)
        assert done.returncode != 0, arguments
        return re.sub(r"[^\w,.'()-]+", " ", done.stderr)

    def state(self, order: str) -> str:
        """Return the three statuses of an order."""
        found = self.json("resources:get", f"orders/{order}", "-f", STATUSES)
        return " ".join(found[name] for name in STATUSES.split(","))

    def amounts(self, type_: str, order: str) -> list[int]:
        """Return the amounts of an order's transactions, oldest first."""
        asked = ("-w", f"order_id_eq={order}", "-s", "created_at", "-f", "amount_cents")
        return [each["amount_cents"] for each in self.json("resources:list", type_, *asked)]

    def first(self, type_: str, order: str) -> str:
        """Return the id of an order's first transaction of a type."""
        id_: str = self.json("resources:relationship", "orders", order, type_, "-f", f"{type_}/number")[0]["id"]
        return id_

    def pay(self, order: str) -> None:
        """Create a payment for an order, and authorize it."""
        made = self.json("resources:create", "klarna_payments", "-r", f"order=orders/{order}", "-m", "cart=42")
        assert made["metadata"] == {"cart": 42}
        self("resources:update", "klarna_payments", made["id"], "-a", "auth_token=from-the-widget")


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(organization="127")


@pytest.fixture
def cl(sandbox: Sandbox, tmp_path: Path) -> Iterator[CommandLine]:
    credentials = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    body = json.dumps({"grant_type": "client_credentials", **credentials}).encode()
    answer = sandbox.handle("POST", "/oauth/token", {"Content-Type": "application/json"}, body)
    certificate = tmp_path / "certificate.pem"
    with SandboxServer(sandbox) as server, https_before(server.port, certificate) as port:
        settings = {
            "CL_CLI_ORGANIZATION": sandbox.organization,
            "CL_CLI_DOMAIN": f"0.0.1:{port}",
            "CL_CLI_ACCESS_TOKEN": json.loads(answer.body)["access_token"],
            "NODE_EXTRA_CA_CERTS": str(certificate),
        }
        yield CommandLine(tmp_path, settings)


def test_an_order_is_placed_approved_captured_and_refunded(cl: CommandLine, sandbox: Sandbox) -> None:
    order = sandbox.order_ids[0]
    assert cl.state(order) == "pending unpaid unfulfilled"
    assert "cannot transition from pending to approved" in cl.refused("orders:approve", order)
    cl.pay(order)
    cl("orders:place", order)
    assert cl.state(order) == "placed authorized unfulfilled"
    cl("orders:place", order)
    cl("orders:approve", order)
    assert cl.state(order) == "approved authorized unfulfilled"
    # The command line sends flags and numbers as texts.
    authorization = cl.first("authorizations", order)
    cl("resources:update", "authorizations", authorization, "-a", "_capture=true", "-a", "_capture_amount_cents=1000")
    assert cl.state(order) == "approved partially_paid unfulfilled"
    cl("resources:update", "authorizations", authorization, "-a", "_capture=true")
    assert cl.state(order) == "approved paid in_progress"
    assert cl.amounts("captures", order) == [1000, 2500]
    assert "cannot transition from paid to cancelled" in cl.refused("orders:cancel", order)
    capture = cl.first("captures", order)
    cl("resources:update", f"captures/{capture}", "-a", "_refund=true", "-a", "_refund_amount_cents=400")
    assert cl.state(order) == "approved partially_refunded in_progress"
    cl("orders:refund", order)
    assert cl.state(order) == "cancelled refunded unfulfilled"
    assert cl.amounts("refunds", order) == [400, 600, 2500]
    assert len(cl.amounts("authorizations", order)) == 1


def test_an_order_is_cancelled(cl: CommandLine, sandbox: Sandbox) -> None:
    order = sandbox.order_ids[1]
    cl.pay(order)
    cl("resources:update", f"orders/{order}", "-a", "_place=true")
    assert cl.state(order) == "placed authorized unfulfilled"
    cl("orders:cancel", order)
    assert cl.state(order) == "cancelled voided unfulfilled"
    assert cl.amounts("voids", order) == [4200]


def test_an_order_is_captured_whole(cl: CommandLine, sandbox: Sandbox) -> None:
    order = sandbox.order_ids[2]
    cl.pay(order)
    cl("orders:place", order)
    cl("orders:approve_and_capture", order)
    assert cl.state(order) == "approved paid in_progress"
