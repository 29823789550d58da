"""The rows of round trips: what a user waits for on a network that delays everything, in counts and not in times.

Run as ``python -m benchmarks.trips MILLISECONDS``, each way. The network (``support.network`` of the tests) counts
round trips, and connections; both sides speak TLS 1.3 through it. The other side is httpx with its defaults, by hand.
Idle times are real, and pass side by side: these rows take five minutes.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx

from benchmarks import bodies
from benchmarks.calls import HEADERS, ONE
from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, ClientCredentials, KlarnaPayments
from commercelayer_klarna.sandbox import Sandbox
from support.network import Network, network, payment, token
from support.tls import CERTIFICATE, of_a_server

IDLE = (1, 10, 60, 300)
PAGES, AT_ONCE = 25, 100
Side = Callable[[Network], float]
"""Does what a row says on a network of its own, and returns the round trips that it took."""


def ours(api: str, auth: Any = None) -> KlarnaPayments:
    """Our client with its defaults."""
    return KlarnaPayments(base_url=f"{api}/api", auth=auth or AccessToken("token"))


def theirs(api: str) -> httpx.Client:
    """The client of httpx with its defaults."""
    return httpx.Client(base_url=f"{api}/api", headers=HEADERS)


def taken(net: Network, call: Callable[[], object]) -> float:
    """The round trips of a call."""
    before = net.now
    call()
    return net.now - before


def our_first(net: Network) -> float:
    """Ask for a token, and make a call."""
    auth_url, api = net.serve(token), net.serve(payment)
    auth = ClientCredentials(client_id="id", client_secret="secret", auth_url=f"{auth_url}/oauth/token")
    with ours(api, auth) as payments:
        return taken(net, lambda: payments.retrieve(ONE))


def their_first(net: Network) -> float:
    """Do the same by hand."""
    auth_url, api = net.serve(token), net.serve(payment)
    with theirs(api) as raw:
        return taken(net, lambda: (raw.post(f"{auth_url}/oauth/token", json={}), raw.get(f"/klarna_payments/{ONE}")))


def our_warm(net: Network) -> float:
    """Warm up at a service's start, and make the first call."""
    auth_url, api = net.serve(token), net.serve(payment)
    auth = ClientCredentials(client_id="id", client_secret="secret", auth_url=f"{auth_url}/oauth/token")
    with ours(api, auth) as payments:
        payments.warm_up()
        return taken(net, lambda: payments.retrieve(ONE))


def our_idle(seconds: float, net: Network) -> float:
    """Make a call some time after another."""
    with ours(net.serve(payment)) as payments:
        payments.retrieve(ONE)
        time.sleep(seconds)
        return taken(net, lambda: payments.retrieve(ONE))


def their_idle(seconds: float, net: Network) -> float:
    """Do the same by hand."""
    with theirs(net.serve(payment)) as raw:
        raw.get(f"/klarna_payments/{ONE}")
        time.sleep(seconds)
        return taken(net, lambda: raw.get(f"/klarna_payments/{ONE}"))


def our_closed(net: Network) -> float:
    """Make a call on a connection that the server has closed."""
    with ours(net.serve(payment)) as payments:
        payments.retrieve(ONE)
        net.hang_up()
        return taken(net, lambda: payments.retrieve(ONE))


def their_closed(net: Network) -> float:
    """Do the same by hand."""
    with theirs(net.serve(payment)) as raw:
        raw.get(f"/klarna_payments/{ONE}")
        net.hang_up()
        return taken(net, lambda: raw.get(f"/klarna_payments/{ONE}"))


def our_read_back(net: Network) -> float:
    """Create a payment whose answer is lost with its connection: find it, and retrieve it."""
    sandbox, lost = Sandbox(), list[None]()

    def respond(head: bytes, body: bytes) -> bytes | None:
        first, *lines = head.decode().strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = [each.partition(": ") for each in lines]
        found = sandbox.respond(method, target, [(name, value) for name, _, value in headers], body, None)
        if method == "POST" and "klarna_payments" in target and not lost:
            lost.append(None)
            return None
        head = f"HTTP/1.1 {found.status} X\r\nContent-Length: {len(found.body)}\r\n".encode()
        return head + b"".join(f"{name}: {value}\r\n".encode() for name, value in found.headers) + b"\r\n" + found.body

    api = net.serve(respond)
    auth = ClientCredentials(
        client_id=sandbox.client_id, client_secret=sandbox.client_secret, auth_url=f"{api}/oauth/token"
    )
    with ours(api, auth) as payments:
        for _ in range(12):  # a client that has made some calls knows the time of the API
            payments.count()
            time.sleep(0.1)
        return taken(net, lambda: payments.create(order=sandbox.order_ids[0]))


def page(head: bytes, body: bytes) -> bytes:
    """Answer with a page of many."""
    asked = head.partition(b"%5Bnumber%5D=")[2] or head.partition(b"[number]=")[2]
    number = int(asked.partition(b"&")[0].split(b" ")[0] or 1)
    content = bodies.numbered_page(number, PAGES)
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)


def our_pages(net: Network) -> float:
    """Walk through the pages of a list, on a connection that is open."""
    with ours(net.serve(page)) as payments:
        payments.list(page_size=25).first_page()
        return taken(net, lambda: list(payments.list(page_size=25)))


def their_pages(net: Network) -> float:
    """Do the same by hand."""

    def walk() -> None:
        for number in range(1, PAGES + 1):
            raw.get("/klarna_payments", params={"page[number]": number, "page[size]": 25}).json()

    with theirs(net.serve(page)) as raw:
        raw.get("/klarna_payments")
        return taken(net, walk)


def quiet_tls() -> ssl.SSLContext:
    """A server's side that says nothing unasked: of many connections at once, it would be told before what was sent."""
    context: ssl.SSLContext = of_a_server.__wrapped__()
    context.num_tickets = 0
    return context


def ours_at_once(net: Network) -> float:
    """Retrieve many at once; the round trips are those of the connection that made most."""

    async def main(api: str) -> float:
        async with AsyncKlarnaPayments(base_url=f"{api}/api", auth=AccessToken("token")) as payments:
            await asyncio.gather(*(payments.retrieve(f"{ONE}{number}") for number in range(AT_ONCE)))
            return net.longest  # before they are closed, which takes another

    return asyncio.run(main(net.serve(payment, quiet_tls())))


def theirs_at_once(net: Network) -> float:
    """Do the same by hand."""

    async def main(api: str) -> float:
        async with httpx.AsyncClient(base_url=f"{api}/api", headers=HEADERS, timeout=60) as raw:
            await asyncio.gather(*(raw.get(f"/klarna_payments/{ONE}{number}") for number in range(AT_ONCE)))
            return net.longest  # before they are closed, which takes another

    return asyncio.run(main(net.serve(payment, quiet_tls())))


ROWS: dict[str, tuple[Side, Side | None]] = {
    "first call of a process: token and API": (our_first, their_first),
    "first call after warm_up()": (our_warm, None),
    **{
        f"a call after {seconds} idle seconds": (partial(our_idle, seconds), partial(their_idle, seconds))
        for seconds in IDLE
    },
    "a call after the server closed the connection": (our_closed, their_closed),
    "a create whose answer is lost, found": (our_read_back, None),
    f"{PAGES} pages, one after the other": (our_pages, their_pages),
    f"{AT_ONCE} retrieves at once": (ours_at_once, theirs_at_once),
}


def on_a_network(delay: float, side: Side) -> tuple[float, int]:
    """The round trips of a side, and its connections."""
    with network(delay) as net:
        return side(net), net.connections


def rows(delay: float) -> list[dict[str, Any]]:
    """All rows. Those that wait do so meanwhile; the others come one after the other, or they would be slow."""
    found = []
    with ThreadPoolExecutor(2 * len(IDLE)) as threads:
        idle = {
            side: threads.submit(on_a_network, delay, side)
            for row, sides in ROWS.items()
            if " idle " in row
            for side in sides
            if side is not None
        }
        for row, (our, their) in ROWS.items():
            seen = [
                idle[side].result() if side in idle else on_a_network(delay, side)
                for side in (our, their)
                if side is not None
            ]
            figures = [{"trips": round(trips, 1), "connections": opened} for trips, opened in seen]
            found.append({"row": row, "side": "ours", "unit": "trips", "speed": True})
            found[-1] |= {"value": figures[0]["trips"], "ours": figures[0]}
            if their is not None:
                found[-1] |= {"against": "httpx", "theirs": figures[1]}
    return found


def main() -> None:
    """Print the rows as JSON."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(CERTIFICATE)
        file.flush()
        os.environ["SSL_CERT_FILE"] = file.name
        assert ssl.HAS_TLSv1_3
        print(json.dumps(rows(float(sys.argv[1]) / 1000)))


if __name__ == "__main__":
    main()
