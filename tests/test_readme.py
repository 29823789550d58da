"""Every code block of the README is executed, against the sandbox where it talks to the API."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
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
            request.headers["Content-Length"] = str(len(body))
            return super()._answer(request, body)
        raise AssertionError(request.url)

sandbox = Sandbox(organization="your-organization")
from commercelayer_klarna._http.pool import AsyncConnections, SyncConnections
SyncConnections._make = lambda connections: httpx.Client(transport=Readme(sandbox))
AsyncConnections._make = lambda connections: httpx.AsyncClient(transport=Readme(sandbox))
"""


def test_no_block_is_left_out() -> None:
    shell = [block for language, block in BLOCKS if language == "sh"]
    assert len(PYTHON) == len(BLOCKS) - len(shell) == 3
    # The first is tried with the wheel, the second by ``test_mistakes``.
    assert shell[0] == f"pip install {PROJECT['name']}\n"
    assert shell[1].startswith("python -m commercelayer_klarna.sandbox serve")
    extras = set(re.findall(r"`\[(\w+)\]`", README))
    assert extras == set(PROJECT["optional-dependencies"])
    for name in re.findall(r"`(scripts/\w+)`", README):
        assert os.access(ROOT / name, os.X_OK)
    for page in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / page).exists()


@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_a_block_runs(block: str) -> None:
    at_the_api = "your-organization" in block
    source = ON_THE_SANDBOX + block if at_the_api else block
    done = subprocess.run([sys.executable, "-W", "error", "-c", source], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
