"""The rows of clients: a new one against a new ``httpx.Client``, and a thousand tenants on one pool."""

from __future__ import annotations

import tracemalloc
from typing import Any

import httpx

from benchmarks.rounds import compared, is_first_turn, print_rows
from commercelayer_klarna import AccessToken, KlarnaPayments

TENANTS = 1000


def ours(calls: int) -> None:
    """Make clients."""
    for _ in range(calls):
        KlarnaPayments("acme", auth=AccessToken("token")).close()


def theirs(calls: int) -> None:
    """Make clients of httpx."""
    for _ in range(calls):
        httpx.Client().close()


def tenants(count: int, pool: httpx.Client) -> list[KlarnaPayments]:
    """Clients of so many organizations on one pool, each of which has been used."""
    made = [KlarnaPayments(f"tenant-{number}", auth=AccessToken("token"), http_client=pool) for number in range(count)]
    for each in made:
        each.count()
    return made


def count(request: httpx.Request) -> httpx.Response:
    """An empty list."""
    return httpx.Response(200, json={"data": [], "meta": {"record_count": 0, "page_count": 1}})


def rows(_: str, rounds: int) -> list[dict[str, Any]]:
    """All rows of clients."""
    found = [compared("new client", {"ours": ours, "httpx.Client()": theirs}, calls=5, rounds=rounds)]
    with httpx.Client(transport=httpx.MockTransport(count)) as pool:
        kept: list[KlarnaPayments] = []

        def make(calls: int) -> None:
            kept[:] = [
                KlarnaPayments(f"tenant-{number}", auth=AccessToken("token"), http_client=pool)
                for number in range(calls)
            ]

        transport, theirs_kept = httpx.HTTPTransport(), list[httpx.Client]()

        def theirs_on_it(calls: int) -> None:
            theirs_kept[:] = [
                httpx.Client(
                    base_url=f"https://tenant-{number}.commercelayer.io/api",
                    headers={"Authorization": "Bearer token", "Accept": "application/vnd.api+json"},
                    transport=transport,
                )
                for number in range(calls)
            ]

        sides = {"ours": make, "httpx.Client on it": theirs_on_it}
        found.append(compared("a tenant's client on a shared pool", sides, calls=TENANTS // 5, rounds=rounds))
        theirs_kept.clear()
        if not is_first_turn():
            return found
        tenants(10, pool)
        kept.clear()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        held = tenants(TENANTS, pool)
        size = (tracemalloc.get_traced_memory()[0] - before) / len(held) / 1000
        tracemalloc.stop()
        found.append({"row": "memory of a tenant's client, used once", "side": "ours", "unit": "KB", "value": size})
    return found


if __name__ == "__main__":
    print_rows(rows)
