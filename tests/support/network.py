"""A network that takes its time, on loopback: it delays what is said, each way, and counts round trips and connections.

What arrives is stamped with a time of its own, in round trips: what the server says comes half of one after what it was
told last, and what the client says is no older than the last that it was told, by anybody. A new connection takes one.
So what two connections do side by side counts once, and how fast the machine is does not count.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

from support.tls import of_a_server

__all__ = ["Network", "answer", "network", "payment", "token"]

HOST = "localhost"
Respond: TypeAlias = Callable[[bytes, bytes], bytes | None]
"""Answers a request by its head and its body; ``None`` closes the connection."""

_PIECE = 65536


def answer(document: object) -> bytes:
    """The bytes of a whole answer."""
    body = json.dumps(document).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


def token(_: bytes, body: bytes = b"") -> bytes:
    """Answer as the token endpoint does."""
    return answer({"access_token": "token-of-the-network", "expires_in": 14400})


def payment(head: bytes, body: bytes = b"") -> bytes:
    """Answer with the payment that is asked for."""
    name = head.split(b" ")[1].partition(b"?")[0].rpartition(b"/")[2].decode()
    return answer({"data": {"type": "klarna_payments", "id": name, "attributes": {}}})


class Network:
    """Servers, each behind a delay of its own, and what was counted on the way to them.

    Attributes:
        now: The round trips that the client has waited for.
        longest: The most round trips that were made on one connection.
        connections: How many were opened.
        requests: The heads of the requests that arrived.
        open: Connections that nobody has closed.
        gate: How many connections there must be before anything gets through to the client.
    """

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.now = self.longest = 0.0
        self.connections = 0
        self.requests: list[bytes] = []
        self.open = 0
        self.gate = 0
        self._arrived = asyncio.Condition()
        self._servers: list[asyncio.Server] = []
        self._writers: list[StreamWriter] = []
        self._to_clients: list[StreamWriter] = []
        self._tls: list[StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda *_: None)  # handshakes that are broken off
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def serve(self, respond: Respond, tls: ssl.SSLContext | None = None) -> str:
        """Serve at another port; its address, without a path."""
        return asyncio.run_coroutine_threadsafe(self._serve(respond, tls or of_a_server()), self._loop).result()

    async def _serve(self, respond: Respond, tls: ssl.SSLContext) -> str:
        async def speak(reader: StreamReader, writer: StreamWriter) -> None:
            self._tls.append(writer)
            with suppress(OSError, EOFError, asyncio.CancelledError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = b"".join(re.findall(rb"(?i)\r\ncontent-length: *(\d+)", head))
                    body = await reader.readexactly(int(length or 0))
                    self.requests.append(head)
                    said = respond(head, body)
                    if said is None:
                        break
                    writer.write(said)
            writer.close()

        # A server that closes says so, and does not wait for the client to say it as well.
        server = await asyncio.start_server(speak, "127.0.0.1", ssl=tls, ssl_shutdown_timeout=0.01, backlog=512)
        behind = server.sockets[0].getsockname()[1]

        async def accept(reader: StreamReader, writer: StreamWriter) -> None:
            self.open += 1
            with suppress(OSError, asyncio.CancelledError):
                await self._connected(reader, writer, behind)
            self.open -= 1

        before = await asyncio.start_server(accept, "127.0.0.1", backlog=512)
        self._servers += [server, before]
        return f"https://{HOST}:{before.sockets[0].getsockname()[1]}"

    async def _connected(self, reader: StreamReader, writer: StreamWriter, port: int) -> None:
        """Hand on what is said on one connection, both ways."""
        self._writers.append(writer)
        self._to_clients.append(writer)
        self.connections += 1
        async with self._arrived:
            self._arrived.notify_all()
        opened, told = self.now + 1.0, 0.0  # among all connections
        heard = {writer: 1.0}  # what each side was told last, counted on this one alone
        theirs, ours = await asyncio.open_connection("127.0.0.1", port)
        self._writers.append(ours)
        heard[ours] = 0.0

        async def hand_on(source: StreamReader, to: StreamWriter, late: float) -> None:
            queue: asyncio.Queue[tuple[float, float, float, bytes]] = asyncio.Queue()

            async def deliver() -> None:
                nonlocal told
                while True:
                    due, at, at_here, part = await queue.get()
                    await asyncio.sleep(due - self._loop.time())
                    if to is writer:
                        async with self._arrived:
                            await self._arrived.wait_for(lambda: self.connections >= self.gate)
                        self.now, self.longest = max(self.now, at), max(self.longest, at_here)
                    else:
                        told = max(told, at)
                    heard[to] = at_here
                    to.write(part)
                    if not part:
                        to.close()
                        return

            delivering = asyncio.ensure_future(deliver())
            part = b" "
            while part:
                try:
                    part = await source.read(_PIECE)
                except OSError:  # it was reset
                    part = b""
                said_at = told if to is writer else max(self.now, opened)
                queue.put_nowait(
                    (
                        self._loop.time() + self.delay + late,
                        said_at + 0.5,
                        heard[ours if to is writer else writer] + 0.5,
                        part,
                    )
                )
                late = 0.0
            await delivering

        # What the client says first comes after a handshake of TCP, which loopback does at once.
        up = hand_on(reader, ours, 2 * self.delay)
        await asyncio.gather(up, hand_on(theirs, writer, 0.0), return_exceptions=True)

    def let_through(self) -> None:
        """Hold nothing back any more."""

        async def let_through() -> None:
            self.gate = 0
            async with self._arrived:
                self._arrived.notify_all()

        asyncio.run_coroutine_threadsafe(let_through(), self._loop).result()

    def hang_up(self) -> None:
        """Let the servers close all their connections, and wait until that has arrived."""

        async def hang_up() -> None:
            while len(self._tls) < self.connections:  # a client may think that its handshake is over before the server
                await asyncio.sleep(0.001)
            for each in self._tls:
                each.close()
            for each in self._to_clients:
                with suppress(OSError):
                    await each.wait_closed()

        asyncio.run_coroutine_threadsafe(hang_up(), self._loop).result(timeout=60)

    def close(self) -> None:
        """End all of it."""

        async def close() -> None:
            for server in self._servers:
                server.close()
            for each in [*self._writers, *self._tls]:
                with suppress(AttributeError):  # Python 3.11.2 cannot abort what has ended
                    each.transport.abort()
            tasks = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def network(delay: float = 0.02) -> Iterator[Network]:
    """A network, which ends with the block."""
    made = Network(delay)
    try:
        yield made
    finally:
        made.close()
