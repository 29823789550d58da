"""A Klarna payment from an open session to a placed order, as a service would make it.

Runs on the sandbox, so that nothing but this package is needed. Against the API, only the first line of ``main``
changes: ``KlarnaPayments("acme", auth=ClientCredentials(...))``.
"""

from __future__ import annotations

import sys

from commercelayer_klarna import KlarnaPayments, NotIncludedError
from commercelayer_klarna.sandbox import Sandbox


def main() -> None:
    say("On the sandbox in this process: no account, no money, and nothing leaves this machine.")
    sandbox = Sandbox()
    with sandbox.client() as payments:
        pay(payments, sandbox.order_ids[0])


def pay(payments: KlarnaPayments, order_id: str) -> None:
    say("A shopper wants to pay order %s with Klarna.", order_id)

    payment = payments.create(order=order_id, reference="demo-1", metadata={"cart": "42"})
    must(payment.client_token is not None and payment.auth_token is None, "a new session is open")
    methods = ", ".join(method["identifier"] for method in payment.payment_methods)
    say("1. create      %s: session %s, to be paid by %s", payment.id, payment.session_id, methods)

    say("2. the browser opens Klarna's widget with the client token, and gets an authorization token")
    payment = payments.update(payment.id, auth_token="demo-token-of-the-widget")
    must(payment.auth_token is not None, "the payment is authorized")
    say("3. update      the token is stored; updated at %s", payment.updated_at.isoformat(timespec="seconds"))

    try:
        must(not payment.order, "an order that was not asked for is not to be had")
    except NotIncludedError as error:
        say("4. touching payment.order now would say: %s", error)
    payment = payments.retrieve(payment.id, include=["order", "payment_gateway"])
    order, gateway = payment.order, payment.payment_gateway
    must(order.id == order_id and order.status == "pending", "the order is still pending")
    must(gateway is not None, "the payment has a gateway")
    say("5. retrieve    order %s: %s, %s, by %s", order.number, order.status, order.formatted_total_amount_with_taxes,
        gateway.name if gateway else "nobody")  # fmt: skip

    placed = payments.orders.place(order_id)
    must(placed.status == "placed" and placed.payment_status == "authorized", "the order is placed")
    say("6. place       order %s: %s, %s", placed.number, placed.status, placed.payment_status)

    events = list(payments.event_stores(payment.id))
    must({event.event for event in events} == {"create", "update"}, "the history has the create and the update")
    for event in events:
        say("7. history     %s %s: %s", event.created_at.isoformat(timespec="milliseconds"), event.event,
            ", ".join(sorted(event.payload)))  # fmt: skip
    must(payments.count({"reference_eq": "demo-1"}) == 1, "there is one payment with this reference")
    say("The order is placed, and paid once.")


def must(held: bool, what: str) -> None:
    if not held:
        sys.exit(f"failed: {what}")


def say(text: str, *values: object) -> None:
    print(text % values)


if __name__ == "__main__":
    main()
