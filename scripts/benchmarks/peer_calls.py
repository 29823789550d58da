"""Calls of one client, by its name, in an environment of its own: CPU time of the process for each call.

Nothing but the standard library is imported before the client itself. Attributes are read where the client has them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import bodies
from benchmarks.rounds import settle_memory

ONE = "kPm000000000"
NAMES = bodies.names()
PAGE: dict[str, str | int] = {"page[number]": 1, "page[size]": 25}
INCLUDED: dict[str, str | int] = {"include": "order,payment_gateway", **PAGE}
Calls = dict[str, Callable[[], object]]


def read(payments: Any) -> None:
    """Read every attribute."""
    for payment in payments:
        for name in NAMES:
            getattr(payment, name)


def ours(url: str) -> Calls:
    """This client."""
    from commercelayer_klarna import AccessToken, KlarnaPayments

    client = KlarnaPayments(base_url=f"{url}/api", auth=AccessToken("token"))

    def included() -> None:
        for payment in client.list(include=["order", "payment_gateway"], page_size=25).first_page():
            _ = payment.order.number, payment.payment_gateway and payment.payment_gateway.name

    return {
        "retrieve one": lambda: read([client.retrieve(ONE)]),
        "page of 25": lambda: read(client.list(page_size=25).first_page()),
        "page of 25 with included": included,
    }


def httpx(url: str) -> Calls:
    """The HTTP library and ``json``."""
    import httpx

    client = httpx.Client(base_url=f"{url}/api", headers={"Authorization": "Bearer token"})
    return {
        "retrieve one": lambda: client.get(f"/klarna_payments/{ONE}").json(),
        "page of 25": lambda: client.get("/klarna_payments", params=PAGE).json(),
        "page of 25 with included": lambda: client.get("/klarna_payments", params=INCLUDED).json(),
    }


def generated(url: str) -> Calls:
    """The bare generated functions."""
    from commercelayer_klarna_api import AuthenticatedClient
    from commercelayer_klarna_api.api.klarna_payments import list_klarna_payments, retrieve_klarna_payment

    client: Any = AuthenticatedClient(base_url=f"{url}/api", token="token")

    def one() -> None:
        document: Any = retrieve_klarna_payment.sync(ONE, client=client)
        read([document.data.attributes])

    def page(include: str) -> Callable[[], None]:
        asked: dict[str, Any] = {"include": include} if include else {}

        def call() -> None:
            document: Any = list_klarna_payments.sync(client=client, pagenumber=1, pagesize=25, **asked)
            if not include:
                read(each.attributes for each in document.data)

        return call

    return {
        "retrieve one": one,
        "page of 25": page(""),
        "page of 25 with included": page("order,payment_gateway"),
    }


def commercelayer(url: str) -> Calls:
    """The package of that name; it cannot read a page with orders included."""
    from importlib import import_module

    client = import_module("commercelayer.client").AuthenticatedClient(base_url=f"{url}/api", token="token")
    module = "commercelayer.api.klarna_payments.ge_tklarna_payments"
    one, page = import_module(f"{module}klarna_payment_id"), import_module(module)

    def retrieve() -> None:
        read([one.sync(ONE, client=client).data.attributes])

    def page_of() -> None:
        read(each.attributes for each in page.sync(client=client).data)

    names = globals()["NAMES"]
    newer = {"mismatched_amounts", "payment_instrument"}  # than the package
    names[:] = [name for name in names if name not in newer]
    return {"retrieve one": retrieve, "page of 25": page_of}


def jsonapi_client(url: str) -> Calls:
    """A client for any JSON:API."""
    from importlib import import_module

    module = import_module("jsonapi_client")
    session = module.Session(f"{url}/api", request_kwargs={"headers": {"Authorization": "Bearer token"}})
    size = module.Modifier("page[number]=1&page[size]=25")
    included = module.Modifier("include=order,payment_gateway&page[number]=1&page[size]=25")

    def fetched(*asked: Any) -> Any:
        session.invalidate()  # or it answers from memory
        return session.get("klarna_payments", *asked)

    def read_included() -> None:
        for payment in fetched(included).resources:
            _ = payment["order"]["number"], payment["payment_gateway"]["name"]

    def read_all(*asked: Any) -> None:
        for payment in fetched(*asked).resources:
            for name in NAMES:
                payment[name]

    return {
        "retrieve one": lambda: read_all(ONE),
        "page of 25": lambda: read_all(size),
        "page of 25 with included": read_included,
    }


CLIENTS: dict[str, Callable[[str], Calls]] = {
    "ours": ours,
    "httpx": httpx,
    "generated functions": generated,
    "commercelayer": commercelayer,
    "jsonapi-client": jsonapi_client,
}
COUNTS = {"retrieve one": 100, "page of 25": 30, "page of 25 with included": 8}


def main(name: str, url: str, rounds: int) -> dict[str, list[float]]:
    """Microseconds of a call in each round, for each row."""
    settle_memory()
    found: dict[str, list[float]] = {}
    for row, call in CLIENTS[name](url).items():
        times: list[float] = []
        for number in range(rounds + 1):
            started = time.process_time()
            for _ in range(COUNTS[row]):
                call()
            if number:
                times.append((time.process_time() - started) / COUNTS[row] * 1e6)
        found[row] = times
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
