"""Every code block of the README is executed, against the sandbox where it talks to the API."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
PYTHON = [block for language, block in BLOCKS if language == "python"]

# Sends what goes to Commerce Layer to a sandbox in the same process, which knows the README's order and credentials.
ON_THE_SANDBOX = """
import httpx

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.transport import SandboxTransport

class Readme(SandboxTransport):
    def _answer(self, request, body):
        if request.url.host in {"your-organization.commercelayer.io", "auth.commercelayer.io"}:
            body = body.replace(b"your-client-id", b"sandbox-integration")
            body = body.replace(b"your-client-secret", b"sandbox-secret")
            body = body.replace(b"PKJhYtRdXs", sandbox.order_ids[0].encode())
            return super()._answer(request, body)
        raise AssertionError(request.url)

sandbox = Sandbox(organization="your-organization")
from commercelayer_klarna._http.pool import AsyncConnections, SyncConnections
SyncConnections._make = lambda connections: httpx.Client(transport=Readme(sandbox))
AsyncConnections._make = lambda connections: httpx.AsyncClient(transport=Readme(sandbox))
"""


def test_no_block_is_left_out() -> None:
    assert [language for language, _ in BLOCKS].count("sh") == 1
    assert len(PYTHON) == len(BLOCKS) - 1 == 7
    for name in re.findall(r"^(scripts/\w+)", BLOCKS[0][1], re.MULTILINE):
        assert os.access(ROOT / name, os.X_OK)


@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_a_block_runs(block: str) -> None:
    at_the_api = "your-organization" in block
    source = ON_THE_SANDBOX + block if at_the_api else block
    done = subprocess.run([sys.executable, "-W", "error", "-c", source], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
