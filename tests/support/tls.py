"""TLS before a loopback server, with a certificate that nobody has signed."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

__all__ = ["CERTIFICATE", "https_before", "of_a_server", "trusting"]

# Of tests alone, for localhost and 127.0.0.1; it opens nothing.
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUKLrujnRQ6/7cGzC+/kcxhcyXMZ8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjIzNTczN1oYDzIxMjYxMDI5
MjM1NzM3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASzH6v9eDWLFirHGAi+1Y4RqLPv2/0A4Rov1VMHeSsCiJRhGdrwCLya
2BOb45eJox4xWEmfO9WxWFeQjwotZZiCo28wbTAdBgNVHQ4EFgQUUNMf6qo5ihFo
PI+4m7mDfkODWRQwHwYDVR0jBBgwFoAUUNMf6qo5ihFoPI+4m7mDfkODWRQwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAKYlwXgF4j0XiJuAwR5P/dkKJZYvgcu+y7DQw++4PKs+AiAT
IDJebE6PlJsnlZW8e/IdwBmKZOYCkF0aTfvqfaEgmA==
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPyjc3imFr+RS1ScX
01s7+BIUdwbE1QezeS8Sl8g+eSqhRANCAASzH6v9eDWLFirHGAi+1Y4RqLPv2/0A
4Rov1VMHeSsCiJRhGdrwCLya2BOb45eJox4xWEmfO9WxWFeQjwotZZiC
-----END PRIVATE KEY-----
"""


@cache
def of_a_server(*, wants_certificate: bool = False) -> ssl.SSLContext:
    """Return what a server with the certificate speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(CERTIFICATE.encode())
        file.flush()
        context.load_cert_chain(file.name)
    if wants_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@cache
def trusting() -> ssl.SSLContext:
    """Return what a client speaks TLS with that trusts the certificate."""
    return ssl.create_default_context(cadata=CERTIFICATE.partition("-----BEGIN PRIVATE")[0])


@contextmanager
def https_before(port: int, certificate: Path) -> Iterator[int]:
    """Take TLS on another port of this machine, and hand on what was said; write the certificate to a file."""
    certificate.write_text(CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def copy(reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while part := await reader.read(65536):
                writer.write(part)
                await writer.drain()
        writer.close()

    async def hand_on(reader: StreamReader, writer: StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, ours), copy(theirs, writer))

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(hand_on, "127.0.0.1", ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()
