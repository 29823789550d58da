"""The official JavaScript SDK, unmodified, takes orders of the sandbox through their lives over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer

PATIENCE = 60


def test_orders_live_as_the_official_table_says() -> None:
    sandbox = Sandbox()
    with SandboxServer(sandbox) as server:
        script, url = Path(__file__).with_name("life.mjs"), server.auth_url.removesuffix("/oauth/token")
        orders = sandbox.order_ids[:2]
        command = ["node", str(script), url, sandbox.client_id, sandbox.client_secret, *orders]
        done = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        ["place", "placed", "authorized", "unfulfilled"],
        ["place again", "placed", "authorized", "unfulfilled"],
        ["approve", "approved", "authorized", "unfulfilled"],
        ["capture a part", "approved", "partially_paid", "unfulfilled"],
        ["capture the rest", "approved", "paid", "in_progress"],
        ["refund a part", "approved", "partially_refunded", "in_progress"],
        ["refused", "VALIDATION_ERROR", "422"],
        ["refund", "cancelled", "refunded", "unfulfilled"],
        ["refunds", 400, 600, 2500],
        ["cancel", "cancelled", "voided", "unfulfilled"],
        ["voided", True, 4200],
    ]
