"""A call of the async client that is cancelled at each turn of the event loop, one after the other.

Cancelled means not sent afterwards: no request leaves once the caller has its cancellation, every connection and lock
comes back, and the next call works.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from commercelayer_klarna import AsyncKlarnaPayments, ClientCredentials, FileTokenStore
from commercelayer_klarna._http.pool import AsyncConnections
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
CASES = ["without a token", "with a token", "a token that is refused", "a lost answer"]


def created(sandbox: Sandbox) -> int:
    executed = (201, 502)
    paths = [each.path for each in sandbox.requests if each.method == "POST" and each.status in executed]
    return paths.count("/api/klarna_payments")


async def cancelled(served: SandboxServer, case: str, directory: Path | None, turns: int) -> bool:
    """Make a create and cancel it after so many turns; whether it was still under way."""
    sandbox = served.sandbox
    auth = ClientCredentials(client_id="sandbox-integration", client_secret="sandbox-secret", auth_url=served.auth_url)
    store = None if directory is None else FileTokenStore(directory)
    async with AsyncKlarnaPayments(base_url=served.url, auth=auth, token_store=store, retry=None) as payments:
        if case != "without a token":
            await payments.count()
        if case == "a token that is refused":
            sandbox.advance(7201)
        if case == "a lost answer":
            sandbox.fail_next(method="POST", path="/api/klarna_payments", status=502, when="after")
        before = created(sandbox)
        task = asyncio.create_task(payments.create(order=sandbox.order_ids[0]))
        for _ in range(turns):
            await asyncio.sleep(0)
        is_cancelled = task.cancel()
        try:
            await task
            assert not is_cancelled, f"the cancellation after {turns} turns was swallowed"
        except asyncio.CancelledError:
            pass
        connections = payments._session.connections
        assert connections.under_way == 0, turns
        assert connections._slots is None or connections._slots._value == AsyncConnections.MOST, turns
        async with asyncio.timeout(30):
            await payments.count()
        assert created(sandbox) - before <= 1, turns
        return is_cancelled


# A key of a file store takes 50 ms to make.
@pytest.mark.parametrize("store", ["memory", "file"] if LONG else ["memory"])
@pytest.mark.parametrize("case", CASES)
def test_a_call_cancelled_at_any_turn(tmp_path: Path, case: str, store: str) -> None:
    async def main() -> None:
        turns = 0
        while turns < (150 if LONG else 6):
            directory = None if store == "memory" else tmp_path / f"{turns}"
            if not await cancelled(served, case, directory, turns):
                return
            turns += 1

    with SandboxServer(Sandbox()) as served:
        asyncio.run(main())


def test_what_is_cancelled_before_it_is_sent_is_never_sent() -> None:
    """With no token, in the turn in which the lock is given, on Python 3.11 too."""

    async def main() -> list[str]:
        auth = ClientCredentials(
            client_id="sandbox-integration", client_secret="sandbox-secret", auth_url=served.auth_url
        )
        async with AsyncKlarnaPayments(base_url=served.url, auth=auth) as payments:
            for turns in range(5):
                task = asyncio.create_task(payments.create(order=served.sandbox.order_ids[0]))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await payments.create(order=served.sandbox.order_ids[0])
        return [each.path for each in served.sandbox.requests]

    with SandboxServer(Sandbox()) as served:
        assert asyncio.run(main()).count("/api/klarna_payments") == 0
