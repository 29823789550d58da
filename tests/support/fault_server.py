"""A server that fails in every way in which a server can, on loopback sockets.

Each fault has a place of its own, a port at which every connection meets it until the place is mended. ``requests``
holds the methods of the requests that arrived, so far as they were read.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

from support.tls import of_a_server

T = TypeVar("T")

PIECE = 65536
LARGE = 200_000_000
FOR_EVER = 60.0
PAYMENT = {
    "id": "kPmNtAbCdE",
    "type": "klarna_payments",
    "attributes": {"session_id": "s", "client_token": "c", "created_at": "2026-11-22T09:00:00.000Z"},
}
DOCUMENT = json.dumps({"data": PAYMENT}).encode()
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(DOCUMENT), DOCUMENT)
GONE = b"HTTP/1.1 204 No Content\r\n\r\n"


def headed(body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    lines = [b"HTTP/1.1 200 OK", *headers, b"Content-Length: %d" % (len(body) if length is None else length)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def gzipped(body: bytes) -> bytes:
    # Said to be the last, as it is: whoever reuses the connection meets another fault.
    return headed(body, b"Content-Encoding: gzip", b"Connection: close")


class Peer:
    """One connection, from the side of the server."""

    def __init__(self, place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.place, self.reader, self.writer = place, reader, writer

    async def request(self, reader: asyncio.StreamReader | None = None) -> str:
        """Read a request whole; its method."""
        reader = reader or self.reader
        head = await reader.readuntil(b"\r\n\r\n")
        method = head.split(b" ", 1)[0].decode()
        self.place.arrives(method)
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                await reader.readexactly(int(line.split(b":")[1]))
        return method

    async def echo(self) -> None:
        """Answer with a payment whose id is what the request asked for."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        asked = head.split(b" ")[1].rpartition(b"/")[2]
        self.place.arrives("GET")
        await asyncio.sleep(0)
        await self.send(headed(DOCUMENT.replace(b"kPmNtAbCdE", asked)))

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def answer(self) -> None:
        """Read a request, and answer it as it should be."""
        await self.send(GONE if await self.request() == "DELETE" else WHOLE)

    def reset(self) -> None:
        """Close with a RST."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def arrival(self) -> None:
        """Wait until something arrives, and let it be counted, as nobody will read it."""
        method = await self.reader.readexactly(3)
        self.place.arrives({b"GET": "GET", b"DEL": "DELETE", b"PAT": "PATCH", b"POS": "POST"}[method])


def says(*pieces: bytes) -> Callable[[Peer], Awaitable[None]]:
    """A fault: read the request, send this, and close."""

    async def fault(peer: Peer) -> None:
        await peer.request()
        await peer.send(*pieces)

    return fault


def says_and_stays(*pieces: bytes) -> Callable[[Peer], Awaitable[None]]:
    """A fault: read the request, send this, and stay silent."""

    async def fault(peer: Peer) -> None:
        await says(*pieces)(peer)
        await asyncio.sleep(FOR_EVER)

    return fault


async def resets_before(peer: Peer) -> None:
    await peer.arrival()
    peer.reset()


async def resets_after(peer: Peer) -> None:
    await peer.request()
    peer.reset()


def drips(head: bytes) -> Callable[[Peer], Awaitable[None]]:
    """A fault: read the request, begin to answer, and go on byte by byte."""

    async def fault(peer: Peer) -> None:
        await says(head)(peer)
        for _ in range(1000):
            await peer.send(b" ")
            peer.place.dripped += 1
            await asyncio.sleep(0.005)

    return fault


async def sends_much(peer: Peer) -> None:
    await says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")(peer)
    for _ in range(LARGE // PIECE):
        await peer.send(b"%x\r\n" % PIECE, bytes(PIECE), b"\r\n")
        peer.place.dripped += PIECE


@cache
def bomb() -> bytes:
    compressed = zlib.compressobj(wbits=31)
    zeros = bytes(1_000_000)
    return b"".join(compressed.compress(zeros) for _ in range(LARGE // len(zeros))) + compressed.flush()


async def sends_a_bomb(peer: Peer) -> None:
    await says(gzipped(bomb()))(peer)


async def refuses_tls(peer: Peer) -> None:
    await peer.reader.read(PIECE)
    await peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


class Secured:
    """TLS on a connection, from the side of the server, with its records at hand."""

    def __init__(self, peer: Peer, *, wants_certificate: bool = False) -> None:
        self.peer, self.incoming, self.outgoing = peer, ssl.MemoryBIO(), ssl.MemoryBIO()
        context = of_a_server(wants_certificate=wants_certificate)
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    async def step(self, step: Callable[[], T]) -> T:
        """Do a step of TLS, as soon as enough has arrived for it."""
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                await self.peer.send(self.outgoing.read())
                part = await self.peer.reader.read(PIECE)
                if not part:
                    raise EOFError from None
                self.incoming.write(part)
            except ssl.SSLError:
                await self.peer.send(self.outgoing.read())
                raise

    async def request(self) -> None:
        """Shake hands, and read a request whole."""
        await self.step(self.tls.do_handshake)
        await self.peer.send(self.outgoing.read())
        reader = asyncio.StreamReader()

        async def decrypt() -> None:
            while True:
                reader.feed_data(await self.step(lambda: self.tls.read(PIECE)))

        decrypting = asyncio.ensure_future(decrypt())
        try:
            await self.peer.request(reader)
        finally:
            decrypting.cancel()

    def record(self, content: bytes, *, tampered: bool = False) -> bytes:
        """Return content as it is sent, or with another last byte."""
        self.tls.write(content)
        record = self.outgoing.read()
        return record[:-1] + bytes([record[-1] ^ 0xFF]) if tampered else record


async def wants_a_certificate(peer: Peer) -> None:
    await Secured(peer, wants_certificate=True).request()


async def tampers_with_a_record(peer: Peer) -> None:
    secured = Secured(peer)
    await secured.request()
    await peer.send(secured.record(WHOLE, tampered=True))


async def tampers_with_the_body(peer: Peer) -> None:
    secured = Secured(peer)
    await secured.request()
    await peer.send(secured.record(WHOLE[:-9]), secured.record(WHOLE[-9:], tampered=True))


def says_in_the_clear(piece: bytes) -> Callable[[Peer], Awaitable[None]]:
    """A fault: read the request over TLS, and go on without it."""

    async def fault(peer: Peer) -> None:
        await Secured(peer).request()
        await peer.send(piece)

    return fault


async def resets_when_idle(peer: Peer) -> None:
    if not peer.place.warm:
        peer.place.warm = True
        await peer.answer()
    await resets_before(peer)


async def closes_when_idle(peer: Peer) -> None:
    await peer.answer()


async def answers(peer: Peer) -> None:
    while True:
        await peer.answer()


async def echoes(peer: Peer) -> None:
    peer.place.connections += 1
    while True:
        await peer.echo()


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
FAULTS: dict[str, Callable[[Peer], Awaitable[None]]] = {
    "reset before the request was read": resets_before,
    "reset after the request was read": resets_after,
    "closed without an answer": says(),
    "half a status line": says(b"HTTP/1.1 20"),
    "half the headers": says(b"HTTP/1.1 200 OK\r\nContent-Type: app"),
    "half the body": says(WHOLE[:-9]),
    "half the body, in chunks": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
    "garbage": says(b"\x00\x01garbage\r\n\r\n"),
    "100 Continue, then closed": says(CONTINUE),
    "headers of 200 KB": says(b"HTTP/1.1 200 OK\r\nX-Large: " + b"x" * 200_000 + b"\r\n\r\n"),
    "silence": says_and_stays(),
    "100 Continue, then silence": says_and_stays(CONTINUE),
    "silence within the headers": says_and_stays(b"HTTP/1.1 200 OK\r\nContent-"),
    "silence within the body": says_and_stays(WHOLE[:-9]),
    "headers that drip beyond the deadline": drips(b"HTTP/1.1 200 OK\r\nX-Long:"),
    "a body that drips beyond the deadline": drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
    "bad gzip": says(gzipped(b"nope")),
    "gzip cut short": says(gzipped(zlib.compress(DOCUMENT, wbits=31)[:-12])),
    "a coding that was not asked for": says(headed(DOCUMENT, b"Content-Encoding: br", b"Connection: close")),
    "two codings, one upon the other": says(
        headed(
            zlib.compress(zlib.compress(DOCUMENT, wbits=31), wbits=31),
            b"Content-Encoding: gzip, gzip",
            b"Connection: close",
        )
    ),
    "a body of 200 MB, announced": says_and_stays(headed(bytes(100_000), length=LARGE)),
    "a body of 200 MB, in chunks": sends_much,
    "a gzip bomb of 200 MB": sends_a_bomb,
    "a good gzip": says(gzipped(zlib.compress(DOCUMENT, wbits=31))),
    "101 Switching Protocols": says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "100 Continue, then the answer": says(CONTINUE, WHOLE),
    "103 Early Hints, then the answer": says(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", WHOLE),
    "an idle connection that was closed": closes_when_idle,
    "an idle connection that is reset": resets_when_idle,
    "TLS refused": refuses_tls,
    "TLS: a client certificate is wanted": wants_a_certificate,
    "TLS: the answer was tampered with": tampers_with_a_record,
    "TLS: the body was tampered with": tampers_with_the_body,
    "TLS: an alert in the clear": says_in_the_clear(b"\x15\x03\x03\x00\x02\x02\x50"),
    "TLS: plain text": says_in_the_clear(WHOLE),
    "connection refused": answers,
    "no connection in time": answers,
    "none": answers,
    "none, and echoes": echoes,
}


class Place:
    """A port, and what happens there.

    Attributes:
        url: The base URL for clients.
        requests: Methods of the requests that arrived.
        dripped: Pieces or bytes that were sent, by faults that send many.
        closed: Set when a connection was closed.
    """

    def __init__(self, server: FaultServer, fault: str) -> None:
        self.fault = FAULTS[fault]
        self.requests: list[str] = []
        self.dripped = 0
        self.connections = 0
        self.warm = False
        self.closed = threading.Event()
        self._arrival = threading.Condition()
        self._server = server
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api"
        self._waiting: list[socket.socket] = []
        if fault == "no connection in time":
            self._socket.listen(0)
            for _ in range(4):  # those that fit are never accepted, the others never answered
                self._waiting.append(socket.socket())
                self._waiting[-1].setblocking(False)
                self._waiting[-1].connect_ex(self._socket.getsockname())
        elif fault != "connection refused":
            self._server.serve(self, self._socket)

    def arrives(self, method: str) -> None:
        """Count a request."""
        with self._arrival:
            self.requests.append(method)
            self._arrival.notify_all()

    def arrived(self, count: int) -> list[str]:
        """Wait until so many requests were read, since a client may give up before that; what was read."""
        with self._arrival:
            self._arrival.wait_for(lambda: len(self.requests) >= count, timeout=60)
            return list(self.requests)

    def mend(self) -> None:
        """Answer from now on as a server should."""
        self.fault = answers
        self.requests = []
        for each in self._waiting:
            each.close()
        self._server.serve(self, self._socket)

    def close(self) -> None:
        """Give the port back."""
        for each in (*self._waiting, self._socket):
            each.close()


class FaultServer:
    """Runs in a thread of its own, until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._servers: dict[Place, asyncio.Server] = {}
        self._places: list[Place] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    def place(self, fault: str) -> Place:
        """A new place with a fault."""
        self._places.append(Place(self, fault))
        return self._places[-1]

    def serve(self, place: Place, listener: socket.socket) -> None:
        """Serve a place, if it is not served yet."""
        if place not in self._servers:
            self._run(self._serve(place, listener))

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _serve(self, place: Place, listener: socket.socket) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await place.fault(Peer(place, reader, writer))
            except (OSError, EOFError, asyncio.CancelledError):
                pass
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
                place.closed.set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = self._loop.create_task(serve(reader, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            # A task that is cancelled before its first step closes nothing by itself.
            task.add_done_callback(lambda _: writer.transport.abort())

        self._servers[place] = await asyncio.start_server(connected, sock=listener, backlog=256)

    def close_places(self) -> None:
        """End what is under way, and all places."""
        self._run(self._close_places())
        for place in self._places:
            place.close()
        self._places.clear()

    async def _close_places(self) -> None:
        for _ in range(3):  # what was accepted just now gets its task: a closed server would forget it
            await asyncio.sleep(0)
        for server in self._servers.values():
            server.close()
        self._servers.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End everything."""
        self.close_places()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
