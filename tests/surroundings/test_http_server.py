"""``http.server`` of the standard library receives callbacks."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from helper import check_receiver_program, free_port, receiver

NAME, PACKAGES = "http.server", ["python"]


def serve(port: int) -> None:
    receiving = receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiving.receive(body, self.headers))
            self.end_headers()

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def test_receiver(tmp_path):
    """The example receiver, with `self.rfile.read(length)` and `self.headers`."""
    port = free_port()
    check_receiver_program(sys.executable, __file__, str(port), port=port, folder=tmp_path)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
