"""Bad deliveries: what a fault does to the connection of an answer.

Knows sockets and nothing of the API. Whether there is a fault, and which answer is delivered, was decided before.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from io import BufferedIOBase

from commercelayer_klarna.sandbox.faults import PIECES, Fault

_GARBAGE = b"\x00\xff\x13sandbox: this is not HTTP\x1b\r\n\r\n"
# SO_LINGER on, for no time at all: closing then sends a reset instead of a farewell.
_NO_LINGER = struct.pack("ii", 1, 0)


def deliver(
    fault: Fault,
    connection: socket.socket,
    stream: BufferedIOBase,
    head: bytes,
    body: bytes,
    wait: Callable[[float], bool],
) -> bool:
    """Deliver an answer as badly as the fault says; return whether the connection can be used again."""
    match fault.kind:
        case "reset":
            reset(connection)
            return False
        case "garbage":
            stream.write(_GARBAGE)
            return False
        case "truncate" if body:
            stream.write(head + body[: len(body) // 2])
            return False
        case "slow_body" if body:
            return _drip(stream, head, body, fault.delay, wait)
        case "drop" | "truncate":
            return False
        case _:
            stream.write(head + body)
            return True


def reset(connection: socket.socket) -> None:
    """End the connection with a reset. The socket is closed for good, also under files that were made of it."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        socket.close(connection.detach())


def is_gone(connection: socket.socket) -> bool:
    """Return whether the client has hung up while it was kept waiting."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _drip(stream: BufferedIOBase, head: bytes, body: bytes, seconds: float, wait: Callable[[float], bool]) -> bool:
    stream.write(head)
    size = -(-len(body) // PIECES)
    for start in range(0, len(body), size):
        stream.flush()
        if not wait(seconds / PIECES):
            return False
        stream.write(body[start : start + size])
    return True
