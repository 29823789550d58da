"""A loopback server that gives prepared answers."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Received", "Server"]


class Received:
    """A request as the server saw it; header names in lower case."""

    def __init__(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        self.method, self.target, self.body = method, target, body
        self.headers = {name.lower(): value for name, value in headers.items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """A loopback server that gives prepared answers, in order, and remembers what it was asked.

    The last answer is given again and again.
    """

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self._answers: list[tuple[int, dict[str, str], bytes]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body in one packet, or delayed acknowledgements cost 40 ms an answer

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                peer = {"X-Peer": str(self.client_address[1])}
                headers = {**dict(self.headers.items()), **peer}
                received = Received(self.command, self.path, headers, self.rfile.read(length))
                status, headers, body = owner._next(received)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent."""

        class Listener(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Listener(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"

    def answer(self, status: int, body: object = b"", headers: dict[str, str] | None = None) -> None:
        """Prepare an answer; a body that is not bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._answers.append((status, {"Content-Type": "application/vnd.api+json", **(headers or {})}, content))

    def _next(self, received: Received) -> tuple[int, dict[str, str], bytes]:
        self.requests.append(received)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def close(self) -> None:
        """End it; twice makes no difference."""
        with suppress(OSError):  # closed already
            self._server.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread, which otherwise wakes now and then
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
