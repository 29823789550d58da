"""schemathesis against the loopback server, with the project's own contract."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api

    from support.contract import Contract


CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"),
    *("response_headers_conformance", "ignored_auth", "negative_data_rejection"),
)
PAYMENTS = 60


def populated(sandbox: Sandbox, headers: dict[str, str]) -> list[str]:
    """Return the ids of payments to read, change and delete."""
    payments: list[str] = []
    for index in range(PAYMENTS):
        linkage = {"order": {"data": {"type": "orders", "id": sandbox.order_ids[index % len(sandbox.order_ids)]}}}
        body = json.dumps({"data": {"type": "klarna_payments", "relationships": linkage}}).encode()
        payments.append(json.loads(sandbox.handle("POST", "/api/klarna_payments", headers, body).body)["data"]["id"])
    return payments


def narrowed(document: Any, sandbox: Sandbox, payments: list[str]) -> Any:
    """Return the contract with ids that exist: without them, hardly a request would get past 404 and 422."""
    contract = copy.deepcopy(document)
    schemas, parameters = contract["components"]["schemas"], contract["components"]["parameters"]
    parameters["klarna_payment_id"]["schema"] = {"type": "string", "enum": payments}
    parameters["klarna_gateway_id"]["schema"] = {"type": "string", "enum": [sandbox.gateway_id]}
    schemas["KlarnaPaymentUpdate"]["properties"]["id"] = {"type": "string", "enum": payments}
    schemas["OrderLinkage"]["properties"]["id"] = {"type": "string", "enum": sandbox.order_ids}
    return contract


@pytest.mark.nightly
def test_schemathesis_finds_nothing(api: Api, contract: Contract, tmp_path: Path) -> None:
    payments = populated(api.sandbox, api.headers)
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(narrowed(contract.document, api.sandbox, payments)))
    with SandboxServer(api.sandbox) as server:
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", str(path), "--url", server.url),
            *("--header", f"Authorization: {api.headers['Authorization']}", "--checks", ",".join(CHECKS)),
            *("--phases", "coverage,fuzzing", "--mode", "all", "--seed", "1", "--max-examples", "30"),
            *("--generation-database", "none", "--continue-on-failure", "--no-color"),
        ]
        run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    counts = re.search(r"(\d+) generated, (\d+) passed", run.stdout)
    assert counts is not None, run.stdout
    assert int(counts[1]) == int(counts[2]) >= 500
    statuses = {exchange.status for exchange in api.sandbox.requests}
    # It got through to everything, and was refused in most of the ways there are.
    assert {200, 201, 204, 400, 401, 404, 415} <= statuses
