"""A loopback server of canned bytes, in a process of its own: it does as little as a server can.

Run as ``python -m benchmarks.server``; it prints its address, and serves until it is terminated. Paths choose
the bytes: ``/api/klarna_payments`` is a page, with an ``include`` the included page, with an id one payment; under
``/long/<pages>/api`` a list of that many pages, each with ids of its own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from benchmarks import bodies

NUMBER = re.compile(rb"page(?:\[|%5B)number(?:\]|%5D)=(\d+)")
LONG = re.compile(rb"/long/(\d+)/api/")


def answer(body: bytes) -> bytes:
    """The bytes of a whole answer."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Answers:
    """Chooses the answer by the target of a request."""

    def __init__(self) -> None:
        self._one = answer(bodies.one())
        self._page = answer(bodies.page())
        self._included = answer(bodies.included_page())
        self._numbered: dict[int, tuple[bytes, bytes]] = {}

    def __call__(self, target: bytes) -> bytes:
        long = LONG.match(target)
        if long:
            return self._of_a_long_list(target, int(long[1]))
        path, _, query = target.partition(b"?")
        if not path.endswith(b"/klarna_payments"):
            return self._one
        return self._included if b"include=" in query else self._page

    def _of_a_long_list(self, target: bytes, pages: int) -> bytes:
        asked = NUMBER.search(target)
        number = int(asked[1]) if asked else 1
        if number == pages:
            return answer(bodies.numbered_page(number, pages))
        if pages not in self._numbered:
            self._numbered[pages] = (answer(bodies.numbered_page(1, pages)), b"kPm0000000")
        # The same bytes, with ids of their own: the first digits of the nine are the page.
        template, marker = self._numbered[pages]
        return template.replace(marker, b"kPm%07d" % (number - 1))


class Protocol(asyncio.Protocol):
    """HTTP/1.1 with kept connections, for requests without a body or with a length."""

    def __init__(self, choose: Callable[[bytes], bytes]) -> None:
        self._choose = choose
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            self._received = rest
            self._transport.write(self._choose(head.split(b" ", 2)[1]))


async def serve() -> None:
    """Serve on a free port until the end."""
    choose = Answers()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Protocol(choose), "127.0.0.1", 0, backlog=512)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
