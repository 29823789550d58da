"""trio has event loops of its own kind, on which the async client does not run."""

from __future__ import annotations

import pytest
import trio
from helper import async_client, client

NAME, PACKAGES = "trio", ["trio"]


@pytest.mark.unsupported("`await trio.to_thread.run_sync(...)` with the sync client")
def test_the_async_client():
    """`await` a call of the async client: a `RuntimeError` that names the remedy."""
    with pytest.raises(RuntimeError, match=r"asyncio.*trio\.to_thread\.run_sync"):
        trio.run(async_client().count)


def test_the_sync_client():
    """The sync client in `trio.to_thread.run_sync`, ten calls at once."""
    counts = []

    async def calls() -> None:
        async def call() -> None:
            counts.append(await trio.to_thread.run_sync(payments.count))

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(call)

    with client() as payments:
        trio.run(calls)
    assert counts == [0] * 10
