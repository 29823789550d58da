"""What tests share: the client under test in both kinds, and a server with prepared answers."""

from __future__ import annotations

import asyncio
import gc
import json
import os
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import httpx
import pytest

from commercelayer_klarna.sandbox import Sandbox
from support.contract import Contract, read
from support.kind import Kind
from support.parsers import PARSERS, parsed_by
from support.redis_server import RedisServer
from support.server import Server
from support.wheels import ROOT, built

collect_ignore = ["surroundings"]  # they have an environment of their own: scripts/test-surroundings

SPEC = ROOT / "spec"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what takes long to the nightly run, and what is of POSIX to the systems that have it."""
    if os.environ.get("HYPOTHESIS_PROFILE") != "nightly":
        long = [each for each in items if each.get_closest_marker("nightly")]
        items[:] = [each for each in items if each not in set(long)]
        config.hook.pytest_deselected(items=long)
    for each in items:
        if os.name != "posix" and each.get_closest_marker("posix"):
            each.add_marker(pytest.mark.skip(reason="of POSIX"))


def pytest_collection_finish() -> None:
    """Look for garbage among what tests make alone: thousands of tests themselves would be looked through each time."""
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _one_tls_context() -> Iterator[None]:
    """Load the certificates once: it takes each new client 20 ms, and there are hundreds of them here."""
    with pytest.MonkeyPatch.context() as patch:
        context = httpx.create_ssl_context()
        patch.setattr("commercelayer_klarna._http.pool.certificates", lambda: context)
        patch.setattr("httpx._transports.default.create_ssl_context", lambda *_, **__: context)
        yield


@pytest.fixture(scope="session")
def contract() -> Contract:
    return read()


@pytest.fixture(autouse=True, scope="session")
def _every_answer_keeps_the_contract(contract: Contract) -> Iterator[None]:
    """Hold every answer of the sandbox in this process against the contract, where the contract has the operation."""
    respond = Sandbox.respond

    @wraps(respond)
    def checked(self: Sandbox, method: str, target: str, *rest: Any, **options: Any) -> Any:
        answer = respond(self, method, target, *rest, **options)
        contract.check(method, target, answer)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "respond", checked)
        yield


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    """Both kinds of client, one after the other."""
    with asyncio.Runner() as runner:
        kind = Kind(request.param, runner)
        yield kind
        kind.close()


@pytest.fixture(params=PARSERS)
def parser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Read answers with the extra ``speed``, and without it, as a program does that has it or has not."""
    with parsed_by(request.param):
        yield


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def payments(kind: Kind, sandbox: Sandbox) -> Any:
    """A client of the sandbox."""
    return kind.on(sandbox)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def payment_json() -> dict[str, Any]:
    """A klarna payment as the API sends it before it is authorized, with links alone in its relationships."""
    example = json.loads((SPEC / "examples" / "klarna_payment.json").read_text(encoding="utf-8"))
    payment: dict[str, Any] = example["data"]
    payment["attributes"] |= {
        "session_id": "0b1d9815-165e-42e2-8867-35bc03789e00",
        "client_token": "planted-client-token",
        "payment_methods": [{"identifier": "pay_later", "name": "Pay later"}],
        "auth_token": None,
        "payment_instrument": {},
        "updated_at": "2026-11-22T09:00:00.000Z",
        "reference": None,
        "reference_origin": None,
        "metadata": {},
    }
    return payment


@pytest.fixture(scope="session")
def _redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture
def redis(_redis: RedisServer) -> RedisServer:
    """A real Redis that is empty."""
    _redis.command("FLUSHALL")
    return _redis


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built once from this tree."""
    return built(ROOT, tmp_path_factory.mktemp("wheel"))
