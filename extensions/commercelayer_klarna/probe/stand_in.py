"""A sandbox with a history, for the probe to be tried on: payments, and orders in most states of their life."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attrs import frozen

from commercelayer_klarna._auth.credentials import ClientCredentials
from commercelayer_klarna.probe.sending import AsWritten
from commercelayer_klarna.probe.visit import Prober, Visit

if TYPE_CHECKING:
    from commercelayer_klarna.sandbox import Sandbox

__all__ = ["ORDERS", "StandIn", "furnished", "stand_in"]


ORDERS = 4
"""How many orders may be written: one that waits, and three with a shopper's authorization."""


@frozen(eq=False)
class StandIn:
    """A sandbox, the orders that may be written there, and a token that has expired."""

    sandbox: Sandbox
    orders: tuple[str, ...]
    old_token: str

    def visit(self, *, live_read_only: bool = False) -> Visit:
        """Return a visit to it, by an integration and a sales channel."""
        sandbox = self.sandbox
        facts = sandbox.facts()
        senders = [AsWritten(live_read_only=live_read_only) for _ in range(2)]
        channel = ClientCredentials(client_id=facts["sales_channel_client_id"], scope=f"market:id:{facts['market_id']}")
        return Visit(
            {
                "integration": Prober(sandbox.client(plugins=[senders[0]], retry=None), senders[0]),
                "sales channel": Prober(sandbox.client(plugins=[senders[1]], retry=None, auth=channel), senders[1]),
            },
            self.orders,
            self.old_token,
        )


def stand_in() -> StandIn:
    """Return a sandbox with a history."""
    from commercelayer_klarna.sandbox import Sandbox

    return furnished(Sandbox(orders=12))


def furnished(sandbox: Sandbox) -> StandIn:
    """Give a sandbox a history."""
    document = {
        "grant_type": "client_credentials",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
    }
    content = json.dumps(document).encode()
    answer = sandbox.handle("POST", "/oauth/token", {"Content-Type": "application/json"}, content)
    old_token = str(json.loads(answer.body)["access_token"])
    ids = sandbox.order_ids
    histories = (
        ("_place",),
        ("_place", "_approve"),
        ("_place", "_approve", "_capture"),
        ("_place", "_approve", "capture 1000"),
        ("_place", "_approve", "_capture", "refund 1000"),
        ("_place", "_cancel"),
        ("failed", "_place"),
    )
    for number, (order, steps) in enumerate(zip(ids, histories, strict=False)):
        reference = f"probe-{number}" if number % 2 else None
        payment = sandbox.create_payment(order, reference=reference)
        sandbox.authorize_payment(payment, "from the widget")
        for step in steps:
            _step(sandbox, order, step)
        sandbox.advance(60)
    for order in ids[7:9]:  # for what waits
        sandbox.create_payment(order, reference=f"waiting-{order}")
        sandbox.advance(60)
    # Authorizations end at Klarna after 28 days, and tokens much earlier.
    sandbox.advance(30 * 86_400)
    written = [sandbox.add_order() for _ in range(ORDERS)]
    for _ in range(12):  # event stores to be paged
        sandbox.set_order_total(written[-1], 14_000)
    for order in written[1:]:
        sandbox.authorize_payment(sandbox.create_payment(order), "from the widget")
        sandbox.advance(60)
    return StandIn(sandbox, tuple(written), old_token)


def _step(sandbox: Sandbox, order: str, step: str) -> None:
    name, _, amount = step.partition(" ")
    cents = int(amount) if amount else None
    if name == "failed":
        sandbox.decide("authorizations", "failed", message="Declined.")
    elif cents is None:
        sandbox.step(order, name)
    else:
        type_ = "authorizations" if name == "capture" else "captures"
        last = sandbox.read(lambda state: state.linking(type_, "order", order)[-1].id)
        sandbox.step(last, f"_{name}", amount_cents=cents)
