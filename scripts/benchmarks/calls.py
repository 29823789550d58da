"""The rows of calls: what a user writes with this client, against what one writes with httpx alone.

Run by ``scripts/benchmark`` as ``python -m benchmarks.calls URL`` in an environment with and in one without the
``speed`` extra. Both sides send the same request over a kept connection, with a token and an ``Accept`` header, and
every built-in plugin is active on ours.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Awaitable, Callable, Iterable
from operator import attrgetter
from typing import Any

import httpx

from benchmarks import bodies
from benchmarks.rounds import Sides, compared, print_rows
from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, KlarnaPayment, KlarnaPayments

ONE = "kPm000000000"
HEADERS = {"Authorization": "Bearer token", "Accept": "application/vnd.api+json"}
PAGE: dict[str, str | int] = {"page[number]": 1, "page[size]": 25}
INCLUDED: dict[str, str | int] = {"include": "order,payment_gateway", **PAGE}
SPEED = importlib.util.find_spec("msgspec") is not None


# Reads every attribute.
read: Callable[[KlarnaPayment], object] = attrgetter(*bodies.names())


def read_related(payment: KlarnaPayment) -> None:
    """Read ten attributes of the order, and as many as there are of the gateway."""
    order, gateway = payment.order, payment.payment_gateway
    assert gateway is not None
    order.number  # noqa: B018
    order.status  # noqa: B018
    order.payment_status  # noqa: B018
    order.currency_code  # noqa: B018
    order.customer_email  # noqa: B018
    order.total_amount_with_taxes_cents  # noqa: B018
    order.formatted_total_amount_with_taxes  # noqa: B018
    order.created_at  # noqa: B018
    order.placed_at  # noqa: B018
    order.metadata  # noqa: B018
    gateway.id  # noqa: B018
    gateway.name  # noqa: B018
    gateway.force_payments  # noqa: B018
    gateway.credential_keys  # noqa: B018
    gateway.disabled_at  # noqa: B018
    gateway.created_at  # noqa: B018
    gateway.updated_at  # noqa: B018
    gateway.reference  # noqa: B018
    gateway.reference_origin  # noqa: B018
    gateway.metadata  # noqa: B018


def read_all(payments: Iterable[KlarnaPayment]) -> None:
    """Read every attribute of every payment."""
    for payment in payments:
        read(payment)


def read_all_related(payments: Iterable[KlarnaPayment]) -> None:
    """Read what is included with every payment."""
    for payment in payments:
        read_related(payment)


def times(call: Callable[[], object]) -> Callable[[int], None]:
    """The call, so many times."""

    def run(calls: int) -> None:
        for _ in range(calls):
            call()

    return run


def sync_sides(url: str) -> dict[str, Sides]:
    """The rows of the sync client."""
    ours = KlarnaPayments(base_url=f"{url}/api", auth=AccessToken("token"))
    raw = httpx.Client(base_url=f"{url}/api", headers=HEADERS)
    included = ["order", "payment_gateway"]
    return {
        "retrieve one": {
            "ours": times(lambda: read(ours.retrieve(ONE))),
            "httpx": times(lambda: raw.get(f"/klarna_payments/{ONE}").json()),
        },
        "page of 25": {
            "ours": times(lambda: read_all(ours.list(page_size=25).first_page())),
            "httpx": times(lambda: raw.get("/klarna_payments", params=PAGE).json()),
        },
        "page of 25 with included, read": {
            "ours": times(lambda: read_all_related(ours.list(include=included, page_size=25).first_page())),
            "httpx": times(lambda: raw.get("/klarna_payments", params=INCLUDED).json()),
        },
        "page of 25 with included, nothing read": {
            "ours": times(lambda: ours.list(include=included, page_size=25).first_page()),
            "httpx": times(lambda: raw.get("/klarna_payments", params=INCLUDED).json()),
        },
    }


def async_sides(url: str, runner: asyncio.Runner) -> dict[str, Sides]:
    """The rows of the async client."""
    ours = AsyncKlarnaPayments(base_url=f"{url}/api", auth=AccessToken("token"))
    raw = httpx.AsyncClient(base_url=f"{url}/api", headers=HEADERS)
    included = ["order", "payment_gateway"]

    def times(call: Callable[[], Awaitable[object]]) -> Callable[[int], None]:
        async def several(calls: int) -> None:
            for _ in range(calls):
                await call()

        return lambda calls: runner.run(several(calls))

    async def our_one() -> None:
        read(await ours.retrieve(ONE))

    async def our_page() -> None:
        read_all(await ours.list(page_size=25).first_page())

    async def our_included() -> None:
        read_all_related(await ours.list(include=included, page_size=25).first_page())

    async def raw_one() -> Any:
        return (await raw.get(f"/klarna_payments/{ONE}")).json()

    async def raw_page() -> Any:
        return (await raw.get("/klarna_payments", params=PAGE)).json()

    async def raw_included() -> Any:
        return (await raw.get("/klarna_payments", params=INCLUDED)).json()

    return {
        "retrieve one, async": {"ours": times(our_one), "httpx": times(raw_one)},
        "page of 25, async": {"ours": times(our_page), "httpx": times(raw_page)},
        "page of 25 with included, read, async": {"ours": times(our_included), "httpx": times(raw_included)},
    }


def rows(url: str, rounds: int) -> list[dict[str, Any]]:
    """All rows of calls."""
    sizes = {"retrieve one": bodies.one(), "page of 25": bodies.page(), "page of 25 with": bodies.included_page()}
    calls = {"retrieve one": 100, "page of 25": 40, "page of 25 with": 10}
    found: list[dict[str, Any]] = []
    with asyncio.Runner() as runner:
        for row, sides in (sync_sides(url) | async_sides(url, runner)).items():
            kind = max((each for each in sizes if row.startswith(each)), key=len)
            found.append(compared(row, sides, calls=calls[kind], rounds=rounds, speed=SPEED, bytes=len(sizes[kind])))
    return found


if __name__ == "__main__":
    print_rows(rows)
