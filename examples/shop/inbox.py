"""Callbacks of Commerce Layer: each is checked, and kept once, however often it comes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from http import HTTPStatus

from commercelayer_klarna import (
    Authorization,
    Capture,
    Order,
    Refund,
    ResponseFormatError,
    Void,
    WebhookVerificationError,
    webhooks,
)


class Inbox:
    def __init__(self, database: sqlite3.Connection, secrets: Sequence[str]) -> None:
        self._database = database
        self._secrets = secrets
        with database:
            database.execute("create table if not exists events (event primary key, order_id, told)")

    def receive(self, body: bytes, headers: webhooks.Headers) -> HTTPStatus:
        """Check a callback, keep it if it is new, and return what to answer."""
        try:
            event = webhooks.parse(body, headers, self._secrets)
        except WebhookVerificationError:
            return HTTPStatus.UNAUTHORIZED
        except ResponseFormatError:
            return HTTPStatus.BAD_REQUEST
        match event.resource:
            case Order() as order:
                # The signature does not cover the topic: what is told is what the order says.
                row = (order.id, f"{event.topic}: {order.status}, {order.payment_status}")
            case Authorization() | Capture() | Void() | Refund() as made:  # the webhook includes the order
                row = (made.order.id, f"{event.topic}: {made.formatted_amount} {made.outcome}")
            case _:
                return HTTPStatus.NO_CONTENT
        # The same callback may come again: after a slow answer, or from somebody who has seen it.
        key = f"{event.topic} {event.resource.type} {event.resource.id} {event.resource['updated_at']}"
        with self._database:
            self._database.execute("insert or ignore into events values (?, ?, ?)", (key, *row))
        return HTTPStatus.NO_CONTENT

    def told(self, order_id: str) -> list[str]:
        """Return what callbacks told of an order, in the order in which they came."""
        rows = self._database.execute("select told from events where order_id = ? order by rowid", [order_id])
        return [told for (told,) in rows]
