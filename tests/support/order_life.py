"""Orders of a sandbox in any state of their life, brought there without a client."""

from __future__ import annotations

import json
from typing import Any

from commercelayer_klarna.sandbox import Sandbox

__all__ = ["STATES", "OrderShop"]

PAID = ("pay", "_place")
STATES: dict[str, tuple[str, ...]] = {
    "draft": ("draft",),
    "pending": ("pay",),
    "pending, authorized": ("pay", "_authorize"),
    "placed": PAID,
    "placed, unpaid": ("decline", *PAID),
    "placed, free": ("free", "_place"),
    "editing": (*PAID, "_start_editing"),
    "approved": (*PAID, "_approve"),
    "paid": (*PAID, "_approve", "_capture"),
    "fulfilled": (*PAID, "_approve", "_capture", "_fulfill"),
    "fulfilled, not captured": (*PAID, "_approve", "_fulfill"),
    "partially paid": (*PAID, "_approve", "capture 1000"),
    "partially refunded": (*PAID, "_approve", "_capture", "refund 1000"),
    "cancelled": (*PAID, "_cancel"),
    "refunded": (*PAID, "_approve", "_capture", "_refund"),
    "voided": (*PAID, "void"),
}
"""The steps that lead to each state."""


class OrderShop:
    """What is done in a sandbox by whoever else has credentials."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        credentials = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
        self._headers = {"Content-Type": "application/json"}
        token = self.call("POST", "/oauth/token", {"grant_type": "client_credentials", **credentials})["access_token"]
        media_type = "application/vnd.api+json"
        self._headers = {"Authorization": f"Bearer {token}", "Accept": media_type, "Content-Type": media_type}

    def call(self, method: str, path: str, document: Any = None) -> Any:
        """Send a request, and return the document of its success."""
        body = b"" if document is None else json.dumps(document).encode()
        answer = self.sandbox.handle(method, path, self._headers, body)
        assert 200 <= answer.status <= 299, answer.body
        return json.loads(answer.body) if answer.body else None

    def patch(self, type_: str, id_: str, **attributes: Any) -> Any:
        """Change a resource, or pull its triggers; return it."""
        document = {"data": {"type": type_, "id": id_, "attributes": attributes}}
        return self.call("PATCH", f"/api/{type_}/{id_}", document)["data"]

    def pay(self, order: str) -> str:
        """Create a payment for an order, and authorize it."""
        related = {"order": {"data": {"type": "orders", "id": order}}}
        document = {"data": {"type": "klarna_payments", "relationships": related}}
        payment: str = self.call("POST", "/api/klarna_payments", document)["data"]["id"]
        self.patch("klarna_payments", payment, auth_token="from-the-widget")
        return payment

    def state(self, order: str) -> tuple[str, str, str]:
        """Return the three statuses of an order."""
        found = self.call("GET", f"/api/orders/{order}")["data"]["attributes"]
        return found["status"], found["payment_status"], found["fulfillment_status"]

    def transactions(self, order: str, type_: str) -> list[Any]:
        """Return the transactions of an order, oldest first."""
        found: list[Any] = self.call("GET", f"/api/orders/{order}/{type_}")["data"]
        return found

    def order(self, state: str) -> str:
        """Return an order in a state."""
        order = self.sandbox.add_order(draft=state == "draft")
        for step in STATES[state]:
            self.step(order, step)
        return order

    def step(self, order: str, step: str) -> None:
        """Take one step with an order."""
        name, _, amount = step.partition(" ")
        cents = {f"_{name}_amount_cents": int(amount)} if amount else {}
        match name:
            case "draft":
                pass
            case "pay":
                self.pay(order)
            case "decline":
                self.sandbox.decide("authorizations", "placed_unpaid")
            case "free":
                self.sandbox.set_order_total(order, 0)
            case "capture" | "void":
                authorization = self.transactions(order, "authorizations")[0]["id"]
                self.patch("authorizations", authorization, **{f"_{name}": True}, **cents)
            case "refund":
                self.patch("captures", self.transactions(order, "captures")[0]["id"], _refund=True, **cents)
            case _:
                self.patch("orders", order, **{name: True})
