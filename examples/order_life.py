"""The life of an order that is paid with Klarna: from an open session to a refund, as a service would make it.

Runs on the sandbox, so that nothing but this package is needed. Against the API, only ``main`` differs: the client is
``KlarnaPayments("acme", auth=ClientCredentials(...))``, and callbacks come by themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from commercelayer_klarna import Authorization, Capture, KlarnaPayments, Order, Refund, TransitionError, webhooks
from commercelayer_klarna.sandbox import Sandbox

TOPICS = ["orders.place", "orders.approve", "captures.succeeded", "refunds.succeeded"]


def main() -> None:
    say("On the sandbox in this process: no account, no money, and nothing leaves this machine.")
    sandbox = Sandbox()
    webhook = sandbox.add_webhook(TOPICS, "http://127.0.0.1:8000/callbacks")

    def receive() -> None:
        """Receive the callbacks that the API would have sent by now."""
        sandbox.send_callbacks(lambda callback: heard(callback.body, callback.headers, webhook.shared_secret))

    with sandbox.client() as payments:
        live(payments, sandbox.order_ids[0], receive)
    must([each.topic for each in sandbox.deliveries() if each.outcome == "delivered"] == TOPICS, "all was told once")
    say("The order is placed, paid, and refunded in part; no step was taken twice.")


def live(payments: KlarnaPayments, order_id: str, receive: Callable[[], None]) -> None:
    say("A shopper wants to pay order %s with Klarna.", order_id)

    ensured = payments.ensure(order_id, reference="demo-1", metadata={"cart": "42"})
    payment = ensured.payment
    must(payment.client_token is not None and payment.auth_token is None, "a new session is open")
    methods = ", ".join(method["identifier"] for method in payment.payment_methods)
    say("1. ensure      payment %s was %s: to be paid by %s", payment.id, ensured.how, methods)
    must(payments.ensure(order_id, reference="demo-1").how == "found", "a second click opens no second session")

    say("2. the browser opens Klarna's widget with the client token, and gets an authorization token")
    payment = payments.update(payment.id, auth_token="demo-token-of-the-widget")
    say("3. update      the token is stored; updated at %s", payment.updated_at.isoformat(timespec="seconds"))

    order = payments.orders.place(order_id)
    must(order.status == "placed" and order.payment_status == "authorized", "the order is placed")
    say("4. place       order %s over %s", order.number, state(order))
    receive()

    try:
        payments.orders.capture(order_id)
        must(False, "what is not approved is not captured")
    except TransitionError as error:
        say("5. capture     is refused; possible from there: %s", ", ".join(error.possible))
    order = payments.orders.approve(order_id)
    say("6. approve     order %s", state(order))
    receive()

    authorization = payments.orders.authorizations(order_id).one()
    capture = payments.authorizations.capture(authorization.id, amount_cents=2000)
    must(capture.outcome == "succeeded" and capture.amount_cents == 2000, "a part was captured")
    say(
        "7. capture     %s, for what was shipped: %s",
        capture.formatted_amount,
        state(payments.orders.retrieve(order_id)),
    )
    receive()

    refund = payments.captures.refund(capture.id, amount_cents=500)
    must(refund.outcome == "succeeded", "a part was refunded")
    say("8. refund      %s, for what came back: %s", refund.formatted_amount, state(payments.orders.retrieve(order_id)))
    receive()

    order = payments.orders.retrieve(order_id, include=["authorizations", "captures", "refunds"])
    made: list[Authorization | Capture | Refund] = [*order.authorizations, *order.captures, *order.refunds]
    must(len(made) == 3, "there is one transaction of each kind")
    for each in made:
        say("9. history     %s %s %s: %s", each.number, each.type, each.formatted_amount, each.outcome)


def heard(body: bytes, headers: webhooks.Headers, secret: str) -> int:
    """Check a callback, say what it tells, and answer it."""
    event = webhooks.parse(body, headers, secret)
    match event.resource:
        case Order() as order:
            told = f"order {order.number} is {order.status}"
        case Capture() | Refund() as made:
            told = f"{made.formatted_amount} {made.outcome}"
        case other:
            told = other.id
    say("   callback    %s, signature verified: %s", event.topic, told)
    return 204


def state(order: Order) -> str:
    return f"{order.formatted_total_amount_with_taxes}: {order.status}, {order.payment_status}"


def must(held: bool, what: str) -> None:
    if not held:
        sys.exit(f"failed: {what}")


def say(text: str, *values: object) -> None:
    print(text % values)


if __name__ == "__main__":
    main()
