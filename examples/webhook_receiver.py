"""Receives callbacks of Commerce Layer: checks each, answers at once, and handles each once.

    COMMERCELAYER_WEBHOOK_SECRETS="the-secret the-next-one" python examples/webhook_receiver.py 8000 handled.sqlite

Plain WSGI, so that it runs under any server; the one of the standard library is for trying it. In a framework, give
``Receiver.receive`` the raw body and the headers of the request, and answer with the status that it returns. Put TLS in
front. The secrets stand in the environment rather than on the command line, which everybody on the machine can read.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from wsgiref.simple_server import make_server

from commercelayer_klarna import CommerceLayerError, Order, WebhookVerificationError, webhooks

Answer = Callable[[str, list[tuple[str, str]]], Any]


class Receiver:
    """Hands each event to ``handle`` once. It is a WSGI application, and ``receive`` serves any other framework."""

    def __init__(self, secrets: list[str], database: str, handle: Callable[[webhooks.Event], None]) -> None:
        self._secrets = secrets
        self._database = database
        self._handle = handle
        with sqlite3.connect(database) as kept:
            kept.execute("create table if not exists handled (event text primary key)")

    def __call__(self, environ: dict[str, Any], answer: Answer) -> Iterable[bytes]:
        status = self._status(environ)
        answer(f"{status.value} {status.phrase}", [("Content-Length", "0")])
        return [b""]

    def _status(self, environ: dict[str, Any]) -> HTTPStatus:
        if environ["REQUEST_METHOD"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        length = environ.get("CONTENT_LENGTH") or ""
        if not (length.isascii() and length.isdigit()):
            return HTTPStatus.LENGTH_REQUIRED
        if len(length) > 9 or int(length) > webhooks.MAX_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE  # before it is read
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        return self.receive(environ["wsgi.input"].read(int(length)), headers)

    def receive(self, body: bytes, headers: webhooks.Headers) -> HTTPStatus:
        """Check a callback, handle it if it is new, and return what to answer."""
        try:
            event = webhooks.parse(body, headers, self._secrets)
        except WebhookVerificationError:
            return HTTPStatus.UNAUTHORIZED
        except CommerceLayerError:
            return HTTPStatus.BAD_REQUEST
        # The scheme signs no time and no topic: the same bytes may come again, from the API after a slow answer or from
        # somebody who has seen them. What makes an event itself is in the body.
        resource = event.resource
        key = f"{event.topic} {resource.type} {resource.id} {resource['updated_at']}"
        with sqlite3.connect(self._database) as kept:
            # In one transaction: if handling fails, the event is not marked, and comes again.
            new = kept.execute("insert or ignore into handled values (?)", [key]).rowcount
            if new:
                self._handle(event)
        return HTTPStatus.NO_CONTENT


def handle(event: webhooks.Event) -> None:
    """What a shop would do; longer work belongs into a queue, since the API waits five seconds for an answer."""
    order = event.resource
    if event.topic == "orders.place" and isinstance(order, Order) and order.status == "placed":
        print(f"order {order.number} is placed, paid by {order.payment_status}", flush=True)


def main() -> None:
    secrets = os.environ.get("COMMERCELAYER_WEBHOOK_SECRETS", "").split()
    if len(sys.argv) != 3 or not secrets:
        sys.exit(__doc__)
    with make_server("127.0.0.1", int(sys.argv[1]), Receiver(secrets, sys.argv[2], handle)) as server:
        print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
