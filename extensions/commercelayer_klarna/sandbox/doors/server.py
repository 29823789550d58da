"""The door for everybody else: a loopback HTTP/1.1 server on the standard library.

It knows HTTP and nothing of the API. Bytes that are not HTTP are refused with the API's error document, so that
whatever a client under test sends, it reads one format.
"""

from __future__ import annotations

import re
import socket
import sys
import threading
import traceback
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BufferedReader
from socketserver import TCPServer, ThreadingMixIn
from types import TracebackType
from typing import Self, cast

from commercelayer_klarna.sandbox.api.engine import refusal
from commercelayer_klarna.sandbox.api.messages import MARK, MAXIMUM_BODY, Answer
from commercelayer_klarna.sandbox.api.problems import Problem, Refused, bad_request, too_large
from commercelayer_klarna.sandbox.doors import control, delivery, pages
from commercelayer_klarna.sandbox.doors.sender import Sender
from commercelayer_klarna.sandbox.faults import Fault
from commercelayer_klarna.sandbox.sandbox import Sandbox

_LINE = 65536
# With this byte a client begins to speak TLS.
_HANDSHAKE = b"\x16"
_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9a-zA-Z]+")
_VALUE = re.compile(r"[^\x00\r\n]*")
# How much more is read from a client that was refused, and the seconds that it may take for a piece.
_LINGER = 64 * 1024 * 1024, 1.0
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class _BadRequest(Exception):
    """The bytes are not the HTTP that was announced; nothing after them can be trusted."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class _Connections:
    """The open connections and their threads, so that closing the server ends idle ones too."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._closed = False
        self._closing = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Wait; return whether the server is still there afterwards."""
        return not self._closing.wait(seconds)

    def add(self, connection: socket.socket) -> None:
        with self._guard:
            self._open[connection] = threading.current_thread()
            if self._closed:
                _hang_up(connection)

    def remove(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.pop(connection, None)

    def close(self) -> None:
        with self._guard:
            self._closed = True
            self._closing.set()
            threads = list(self._open.values())
            for connection in self._open:
                _hang_up(connection)
        for thread in threads:
            thread.join(5)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Headers and body leave in one write.
    wbufsize = -1

    def __init__(
        self,
        sandbox: Sandbox,
        connections: _Connections,
        request: socket.socket,
        client_address: tuple[str, int],
        server: TCPServer,
    ) -> None:
        self._sandbox = sandbox
        self._connections = connections
        self._is_refused = False
        super().__init__(request, client_address, server)

    def setup(self) -> None:
        super().setup()
        self._connections.add(self.connection)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
            if self._is_refused:
                self._linger()
        self._connections.remove(self.connection)

    def _linger(self) -> None:
        """Read what a refused client still sends: a connection that is closed before is reset, and the answer lost."""
        left, seconds = _LINGER
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(seconds)
        while left > 0 and (piece := self.connection.recv(_LINE)):
            left -= len(piece)

    def handle_one_request(self) -> None:
        self.close_connection = True
        with suppress(ConnectionError):
            if cast("BufferedReader", self.rfile).peek(1)[:1] == _HANDSHAKE:
                self.send_error(400, "The client speaks TLS, and this port http.")
                return
            self.raw_requestline = self.rfile.readline(_LINE + 1)
            if not self.raw_requestline.strip():
                # An empty line before a request is allowed; the end of the stream is the end.
                self.close_connection = not self.raw_requestline
                return
            if len(self.raw_requestline) > _LINE:
                self.send_error(414, "The request line is too long.")
            elif self.parse_request():
                self._respond()
            self.wfile.flush()

    def _respond(self) -> None:
        try:
            self._check_headers()
            body = self._body()
        except _BadRequest as bad:
            self._refuse(bad.problem)
            return
        page = pages.answer(self._sandbox, self.command, self.path)
        path = self.path.partition("?")[0]
        if page is not None:
            self._send(page)
        elif path.startswith(control.PREFIX):
            port = self.connection.getsockname()[1]
            origin = self.headers.get("Origin")
            if origin in (None, f"http://127.0.0.1:{port}", f"http://localhost:{port}"):
                self._send(control.answer(self._sandbox, self.command, path, body))
            else:
                self._send(control.foreign())
        else:
            self._handle(body)

    def _handle(self, body: bytes) -> None:
        """Answer a request to the API, with the fault that was asked for, if any."""
        sandbox, method, target = self._sandbox, self.command, self.path
        fault = sandbox.next_fault(method, target)
        if fault is not None and fault.waits == "before" and not self._wait(fault.delay):
            sandbox.abandon(method, target, fault)
            return
        address = str(self.client_address[0])
        answer = sandbox.respond(method, target, self.headers.items(), body, fault, scheme="http", address=address)
        if fault is not None and fault.waits == "after" and not self._wait(fault.delay):
            return
        self._send(answer, fault)

    def _wait(self, seconds: float) -> bool:
        """Wait, and return whether there still is somebody to answer; if not, the connection ends."""
        if self._connections.wait(seconds) and not delivery.is_gone(self.connection):
            return True
        self.close_connection = True
        return False

    def _check_headers(self) -> None:
        """Refuse lines that others read otherwise: a length that one sees, and the other does not, parts requests."""
        are_good = all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in self.headers.items())
        if self.headers.defects or not are_good:
            raise _BadRequest(bad_request(400, "A line among the headers is none."))

    def _body(self) -> bytes:
        """Return the body; a request that announces none has none."""
        codings, lengths = self.headers.get_all("Transfer-Encoding", []), self.headers.get_all("Content-Length", [])
        if codings:
            if [coding.strip().lower() for coding in codings] != ["chunked"] or lengths:
                raise _BadRequest(bad_request(400, "The Transfer-Encoding must be chunked, without a Content-Length."))
            return self._chunks()
        if not lengths:
            return b""
        if len(set(lengths)) > 1 or not re.fullmatch(r"[0-9]{1,18}", lengths[0], re.ASCII):
            raise _BadRequest(bad_request(400, "The Content-Length is not a number."))
        return self._exactly(int(lengths[0]))

    def _exactly(self, length: int) -> bytes:
        if length > MAXIMUM_BODY:
            raise _BadRequest(too_large())
        body = self.rfile.read(length)
        if len(body) < length:
            raise _BadRequest(bad_request(400, "The body ended early."))
        return body

    def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            size = self.rfile.readline(_LINE).partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size):
                raise _BadRequest(bad_request(400, "A chunk has no valid size."))
            length = int(size, 16)
            if length == 0:
                break
            if len(body) + length > MAXIMUM_BODY:
                raise _BadRequest(too_large())
            body += self._exactly(length)
            if self.rfile.readline(3).strip():
                raise _BadRequest(bad_request(400, "A chunk is longer than it says."))
        while self.rfile.readline(_LINE).strip():
            pass  # trailers say nothing here
        return bytes(body)

    def _send(self, answer: Answer, fault: Fault | None = None) -> None:
        lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if answer.status != 204:
            lines.append(f"Content-Length: {len(answer.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        body = b"" if self.command == "HEAD" else answer.body
        if fault is None:
            self.wfile.write(head + body)
        elif not delivery.deliver(fault, self.connection, self.wfile, head, body, self._connections.wait):
            self.close_connection = True

    def handle_expect_100(self) -> bool:
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is not HTTP, in the API's format and never with a 5xx, and end the connection."""
        status = code if 400 <= code < 500 else 400
        self._refuse(bad_request(status, message or explain or "The request is not valid HTTP."))

    def _refuse(self, problem: Problem) -> None:
        self.close_connection = self._is_refused = True
        # The base class leaves these unset when the request line itself is wrong.
        self.request_version = "HTTP/1.1"
        self.command = getattr(self, "command", None) or "GET"
        answer = refusal(Refused(problem))
        answer.headers.append(MARK)
        self._send(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingMixIn, TCPServer):
    allow_reuse_address = True
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Report a defect of the sandbox; a client that went away is none."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()


class SandboxServer:
    """Serves a sandbox on 127.0.0.1 until closed.

    with SandboxServer(Sandbox()) as server:
        server.url, server.auth_url
    """

    def __init__(self, sandbox: Sandbox, port: int = 0) -> None:
        self.sandbox = sandbox
        self._connections = _Connections()
        try:
            self._server = _Server(("127.0.0.1", port), partial(_Handler, sandbox, self._connections))
        except (OSError, OverflowError) as error:
            raise OSError(f"port={port!r}: {error}: pass another, or 0 for one that is free") from None
        self._thread: threading.Thread | None = None
        self._sender = Sender(sandbox)

    @property
    def port(self) -> int:
        """The port, also when the system chose it."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def auth_url(self) -> str:
        """The URL of the token endpoint."""
        return f"http://127.0.0.1:{self.port}/oauth/token"

    @property
    def control_url(self) -> str:
        """The URL below which the control paths are."""
        return f"http://127.0.0.1:{self.port}{control.PREFIX}"

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that ``from_env()`` reads, and where a shop's pages find Klarna's script."""
        return {
            "COMMERCELAYER_ORGANIZATION": self.sandbox.organization,
            "COMMERCELAYER_CLIENT_ID": self.sandbox.client_id,
            "COMMERCELAYER_CLIENT_SECRET": self.sandbox.client_secret,
            "COMMERCELAYER_BASE_URL": self.url,
            "COMMERCELAYER_AUTH_URL": self.auth_url,
            "KLARNA_SCRIPT": f"{self.control_url}klarna.js",
        }

    def start(self) -> Self:
        """Begin to serve, in a thread of its own."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
            self._thread.start()
            self._sender.start()
        return self

    def close(self) -> None:
        """Stop, end all connections and free the port."""
        if self._thread is not None:
            _hang_up(self._server.socket)  # wakes the thread, which else looks up now and then
            self._server.shutdown()
            self._thread.join()
            self._thread = None
            self._sender.close()
        self._server.server_close()
        self._connections.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
