"""The life of an order: every row of the official table of states, and what each state refuses, with both clients."""

from __future__ import annotations

from typing import Any

import pytest

from commercelayer_klarna import (
    AuthenticationError,
    Capture,
    ClientCredentials,
    Refund,
    TransactionFailedError,
    TransitionError,
    ValidationError,
    Void,
)
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.api.order_life import MOVES, TRANSACTION_MOVES
from support.kind import Kind
from support.order_life import STATES, OrderShop


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """One for all: each test has orders of its own."""
    return Sandbox()


@pytest.fixture
def shop(sandbox: Sandbox) -> OrderShop:
    return OrderShop(sandbox)


# The rows of the documentation's table, and of the rules beside it: from a state, by a method, to the three statuses.
ROWS = [
    ("pending", "place", "placed authorized unfulfilled"),
    ("pending, authorized", "place", "placed authorized unfulfilled"),
    ("placed", "approve", "approved authorized unfulfilled"),
    ("placed", "approve_and_capture", "approved paid in_progress"),
    ("placed", "cancel", "cancelled voided unfulfilled"),
    ("placed, unpaid", "cancel", "cancelled unpaid unfulfilled"),
    ("placed, free", "approve", "approved free unfulfilled"),
    ("placed, free", "cancel", "cancelled free unfulfilled"),
    ("editing", "cancel", "cancelled voided unfulfilled"),
    ("approved", "capture", "approved paid in_progress"),
    ("approved", "cancel", "cancelled voided unfulfilled"),
    ("fulfilled, not captured", "capture", "approved paid fulfilled"),
    ("paid", "refund", "cancelled refunded unfulfilled"),
    ("fulfilled", "refund", "cancelled refunded fulfilled"),
    ("partially refunded", "refund", "cancelled refunded unfulfilled"),
]


@pytest.mark.parametrize(("state", "method", "statuses"), ROWS)
def test_each_step_leads_to_its_state(shop: OrderShop, payments: Any, state: str, method: str, statuses: str) -> None:
    order = getattr(payments.orders, method)(shop.order(state))
    found = (order.status, order.payment_status, order.fulfillment_status)
    assert " ".join(found) == statuses
    assert shop.state(order.id) == found


@pytest.mark.parametrize(
    ("state", "statuses"),
    [
        ("draft", "draft unpaid unfulfilled"),
        ("pending", "pending unpaid unfulfilled"),
        ("pending, authorized", "pending authorized unfulfilled"),
        ("placed, free", "placed free unfulfilled"),
        ("editing", "editing authorized unfulfilled"),
        ("fulfilled", "approved paid fulfilled"),
        ("partially paid", "approved partially_paid unfulfilled"),
        ("partially refunded", "approved partially_refunded in_progress"),
        ("voided", "placed voided unfulfilled"),
    ],
)
def test_each_state_that_other_programs_lead_to(shop: OrderShop, state: str, statuses: str) -> None:
    assert " ".join(shop.state(shop.order(state))) == statuses


# The steps that are successes where they were taken already, by the statuses. An approved order has been placed.
ALREADY = {
    "place": ("placed", "approved"),
    "approve": ("approved",),
    "cancel": ("cancelled",),
    "_pending": ("pending",),
}
# What the error says is possible in each state, when it refuses a method.
POSSIBLE = {
    "draft": "",
    "pending": "orders.place",
    "pending, authorized": "orders.place",
    "placed": "orders.approve orders.cancel",
    "placed, unpaid": "orders.cancel",
    "placed, free": "orders.approve orders.cancel",
    "editing": "orders.cancel",
    "approved": "orders.capture authorizations.capture orders.cancel",
    "fulfilled, not captured": "orders.capture authorizations.capture",
    "paid": "orders.refund captures.refund",
    "fulfilled": "orders.refund captures.refund",
    "partially paid": "authorizations.capture captures.refund",
    "partially refunded": "orders.refund captures.refund",
    "cancelled": "",
    "refunded": "",
    "voided": "",
}
METHODS = ("place", "approve", "capture", "approve_and_capture", "cancel", "refund")


@pytest.mark.parametrize("state", STATES)
def test_each_state_refuses_the_other_steps(shop: OrderShop, payments: Any, state: str) -> None:
    order = shop.order(state)
    before = shop.state(order)
    leading = [method for of, method, _ in ROWS if of == state]
    for method in METHODS:
        if method in leading or before[0] in ALREADY.get(method, ()):
            continue
        with pytest.raises(TransitionError) as caught:
            getattr(payments.orders, method)(order)
        error = caught.value
        assert (error.status, error.payment_status, error.fulfillment_status) == before == shop.state(order), method
        assert " ".join(error.possible) == POSSIBLE[state]
        assert f"order {order} is {before[0]}, {before[1]} and {before[2]}" in str(error)
        assert all(each in str(error) for each in error.possible)
        assert error.status_code == 422


# The triggers of other programs, of orders and of their first transactions: from each state to the three statuses.
TRIGGERS = {
    ("orders", "_pending"): {"draft": "pending unpaid unfulfilled"},
    ("orders", "_authorize"): {"pending": "pending authorized unfulfilled"},
    ("orders", "_start_editing"): {
        "placed": "editing authorized unfulfilled",
        "placed, free": "editing free unfulfilled",
    },
    ("orders", "_stop_editing"): {"editing": "placed authorized unfulfilled"},
    ("orders", "_fulfill"): {
        "approved": "approved authorized fulfilled",
        "paid": "approved paid fulfilled",
        "partially paid": "approved partially_paid fulfilled",
        "partially refunded": "approved partially_refunded fulfilled",
    },
    ("authorizations", "_capture"): {
        "approved": "approved paid in_progress",
        "fulfilled, not captured": "approved paid fulfilled",
        "partially paid": "approved paid in_progress",
    },
    ("authorizations", "_void"): {
        "placed": "placed voided unfulfilled",
        "editing": "editing voided unfulfilled",
        "approved": "approved voided unfulfilled",
        "fulfilled, not captured": "approved voided fulfilled",
    },
    ("authorizations", "_cancel"): {"pending, authorized": "pending unpaid unfulfilled"},
    ("captures", "_refund"): {
        "paid": "cancelled refunded unfulfilled",
        "fulfilled": "cancelled refunded fulfilled",
        "partially paid": "approved partially_refunded unfulfilled",
        "partially refunded": "cancelled refunded unfulfilled",
    },
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_takes_the_triggers_of_the_table_and_no_others(shop: OrderShop, payments: Any, state: str) -> None:
    refusing = shop.order(state)
    before = shop.state(refusing)
    for (type_, trigger), leads in TRIGGERS.items():
        order = shop.order(state) if state in leads else refusing
        subjects = [order] if type_ == "orders" else [each["id"] for each in shop.transactions(order, type_)]
        for id_ in subjects[:1]:
            document = {"data": {"type": type_, "id": id_, "attributes": {trigger: True}}}
            if state in leads or before[0] in ALREADY.get(trigger, ()):
                payments.request("PATCH", f"{type_}/{id_}", json=document)
            else:
                with pytest.raises(ValidationError):
                    payments.request("PATCH", f"{type_}/{id_}", json=document)
        assert shop.state(order) == tuple(leads.get(state, " ".join(before)).split()), trigger


def test_every_row_of_the_table_is_tried() -> None:
    assert {state for state, _, _ in ROWS} | {state for leads in TRIGGERS.values() for state in leads} <= {*STATES}
    tried = {("orders", f"_{method}") for method in METHODS} | {*TRIGGERS}
    rows = {("orders", trigger) for trigger in MOVES}
    assert tried == rows | {(type_, trigger) for type_, moves in TRANSACTION_MOVES.items() for trigger in moves}


@pytest.mark.parametrize(("state", "method"), [("placed", "place"), ("approved", "approve"), ("cancelled", "cancel")])
def test_a_step_that_was_taken_is_a_success(shop: OrderShop, payments: Any, state: str, method: str) -> None:
    order = shop.order(state)
    before = [shop.state(order), *(len(shop.transactions(order, each)) for each in ("authorizations", "voids"))]
    getattr(payments.orders, method)(order)
    after = [shop.state(order), *(len(shop.transactions(order, each)) for each in ("authorizations", "voids"))]
    assert before == after


def test_placing_what_is_placed_sends_nothing(shop: OrderShop, payments: Any) -> None:
    order = shop.order("placed")
    assert payments.orders.place(order, include=["payment_source"]).payment_source.type == "klarna_payments"
    assert [each.method for each in shop.sandbox.requests if each.path.endswith(order)][-2:] == ["PATCH", "GET"]


def test_an_order_is_placed_with_the_token_of_a_checkout(shop: OrderShop, kind: Kind) -> None:
    facts = shop.sandbox.facts()
    scope = f"market:id:{facts['market_id']}"
    credentials = ClientCredentials(client_id=facts["sales_channel_client_id"], scope=scope)
    checkout = kind.on(shop.sandbox, auth=credentials)
    order = shop.order("pending")
    assert checkout.orders.place(order).status == "placed"
    assert checkout.orders.place(order).status == "placed"
    for method in ("approve", "capture", "cancel", "refund"):
        with pytest.raises(AuthenticationError):
            getattr(checkout.orders, method)(order)
    assert shop.state(order)[0] == "placed"
    shop.sandbox.decide("authorizations", "failed")
    with pytest.raises(TransactionFailedError, match="the order is pending and unpaid") as caught:
        checkout.orders.place(shop.order("pending"))
    assert caught.value.transaction is None


def test_a_payment_source_is_dropped(shop: OrderShop, payments: Any) -> None:
    order = shop.order("pending")
    assert payments.orders.nullify_payment_source(order).payment_source is None
    assert payments.retrieve_for_order(order) is None


# ---- Transactions --------------------------------------------------------------------------------------------------


def test_parts_are_captured_and_refunded(shop: OrderShop, payments: Any) -> None:
    order = shop.order("approved")
    authorization = payments.orders.authorizations(order).one()
    total = authorization.amount_cents
    first = payments.authorizations.capture(authorization.id, amount_cents=1000)
    assert isinstance(first, Capture)
    assert (first.amount_cents, first.outcome) == (1000, "succeeded")
    assert shop.state(order) == ("approved", "partially_paid", "unfulfilled")
    rest = payments.authorizations.capture(authorization.id)
    assert rest.amount_cents == total - 1000
    assert shop.state(order) == ("approved", "paid", "in_progress")
    refund = payments.captures.refund(first.id, amount_cents=400)
    assert isinstance(refund, Refund)
    assert refund.amount_cents == 400
    assert payments.captures.retrieve(first.id).refund_balance_cents == 600
    assert payments.captures.refund(first.id).amount_cents == 600
    assert payments.captures.refund(rest.id).amount_cents == total - 1000
    assert shop.state(order) == ("cancelled", "refunded", "unfulfilled")
    assert [each.id for each in payments.orders.captures(order, sort=["created_at"])] == [first.id, rest.id]
    assert payments.refunds.count({"order_id_eq": order}) == 3
    assert payments.refunds.retrieve(refund.id, include=["reference_capture"]).reference_capture.id == first.id
    numbers = [each.number.partition("/")[2] for each in payments.orders.refunds(order, sort=["number"])]
    assert numbers == ["T/004", "T/005", "T/006"]


def test_an_authorization_is_given_up(shop: OrderShop, payments: Any) -> None:
    order = shop.order("placed")
    authorization = payments.orders.authorizations(order).one()
    void = payments.authorizations.void(authorization.id)
    assert isinstance(void, Void)
    assert shop.state(order) == ("placed", "voided", "unfulfilled")
    assert payments.orders.voids(order).one() == payments.voids.retrieve(void.id) == void


@pytest.mark.parametrize("state", ["placed", "cancelled", "refunded"])
def test_what_the_order_does_not_allow_is_refused(shop: OrderShop, payments: Any, state: str) -> None:
    order = shop.order(state)
    authorization = shop.transactions(order, "authorizations")[0]["id"]
    with pytest.raises(TransitionError) as caught:
        payments.authorizations.capture(authorization)
    assert caught.value.status == shop.state(order)[0]


def test_an_amount_that_is_not_there_is_refused(shop: OrderShop, payments: Any) -> None:
    order = shop.order("paid")
    capture = shop.transactions(order, "captures")[0]
    too_much = capture["attributes"]["amount_cents"] + 1
    with pytest.raises(ValidationError) as caught:
        payments.captures.refund(capture["id"], amount_cents=too_much)
    assert list(caught.value.by_pointer) == ["/data/attributes/_refund_amount_cents"]
    assert not isinstance(caught.value, TransitionError)


@pytest.mark.parametrize(
    ("amount", "kind_of"), [(0, ValueError), (-5, ValueError), (1.5, TypeError), (True, TypeError)]
)
def test_an_amount_that_cannot_be_is_refused_here(payments: Any, amount: Any, kind_of: type[Exception]) -> None:
    with pytest.raises(kind_of, match="amount_cents"):
        payments.authorizations.capture("a", amount_cents=amount)


# ---- The gateway says no ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "endpoint", "method", "type_"),
    [
        ("approved", "orders", "capture", "captures"),
        ("placed", "orders", "approve_and_capture", "captures"),
        ("placed", "orders", "cancel", "voids"),
        ("paid", "orders", "refund", "refunds"),
        ("approved", "authorizations", "capture", "captures"),
        ("placed", "authorizations", "void", "voids"),
        ("paid", "captures", "refund", "refunds"),
        ("pending", "orders", "place", "authorizations"),
    ],
)
def test_a_transaction_that_failed_is_a_failure(
    shop: OrderShop, payments: Any, state: str, endpoint: str, method: str, type_: str
) -> None:
    order = shop.order(state)
    subject = order if endpoint == "orders" else shop.transactions(order, endpoint)[0]["id"]
    paid = shop.state(order)[1]
    shop.sandbox.decide(type_, "failed", message="Not today.")
    with pytest.raises(TransactionFailedError, match=r"Not today\.") as caught:
        getattr(getattr(payments, endpoint), method)(subject)
    record = caught.value.transaction
    assert (record.type, record.succeeded, record.outcome) == (type_, False, "failed")
    assert caught.value.id == subject
    assert shop.state(order)[1] == paid
    getattr(getattr(payments, endpoint), method)(subject if method != "approve_and_capture" else shop.order(state))


def test_an_order_that_is_placed_without_its_money_is_a_failure(shop: OrderShop, payments: Any) -> None:
    order = shop.order("pending")
    shop.sandbox.decide("authorizations", "placed_unpaid")
    for _ in range(2):  # the second time it is placed already
        with pytest.raises(TransactionFailedError, match="the order is placed and unpaid") as caught:
            payments.orders.place(order)
        assert caught.value.transaction.outcome == "failed"


def test_a_pending_transaction_is_none(shop: OrderShop, payments: Any) -> None:
    order = shop.order("pending")
    shop.sandbox.decide("authorizations", "pending")
    assert payments.orders.place(order).payment_status == "unpaid"
    authorization = payments.orders.authorizations(order).one()
    assert authorization.outcome == "pending"
    shop.sandbox.complete(authorization.id)
    assert shop.state(order) == ("placed", "authorized", "unfulfilled")
    payments.orders.approve(order)
    shop.sandbox.decide("captures", "pending")
    capture = payments.authorizations.capture(authorization.id, amount_cents=700)
    assert (capture.outcome, shop.state(order)[1]) == ("pending", "authorized")
    shop.sandbox.complete(capture.id, succeeded=False, message="No.")
    assert payments.captures.retrieve(capture.id).outcome == "failed"


def test_a_payment_that_is_not_approved_is_refused(shop: OrderShop, payments: Any) -> None:
    order = shop.order("pending")
    shop.sandbox.decide("authorizations", "refused")
    with pytest.raises(ValidationError) as caught:
        payments.orders.place(order)
    assert caught.value.codes == ("PAYMENT_NOT_APPROVED_FOR_EXECUTION",)
    assert not isinstance(caught.value, TransitionError)


def test_klarnas_own_limits(kind: Kind) -> None:
    shop = OrderShop(Sandbox())
    payments = kind.on(shop.sandbox)
    late, paid = shop.order("pending"), shop.order("approved")
    shop.sandbox.advance(60 * 60 + 1)
    with pytest.raises(TransactionFailedError, match="Invalid authorization token"):
        payments.orders.place(late)
    shop.sandbox.advance(28 * 86_400)
    with pytest.raises(TransactionFailedError, match="Capture not allowed"):
        payments.orders.capture(paid)


def test_gateways(shop: OrderShop, payments: Any) -> None:
    gateway = payments.klarna_gateways.list().one()
    assert gateway == payments.klarna_gateways.retrieve(shop.sandbox.gateway_id)
    assert gateway.name == "EU payment gateway"
    found = payments.klarna_gateways.retrieve(gateway.id, include=["klarna_payments"])
    assert shop.order("pending")
    assert {each.type for each in found.klarna_payments} <= {"klarna_payments"}


def test_references_and_metadata_are_written_on_orders_and_transactions(shop: OrderShop, payments: Any) -> None:
    order = shop.order("paid")
    authorization, capture = payments.orders.authorizations(order).one(), payments.orders.captures(order).one()
    for endpoint, id in (
        (payments.orders, order),
        (payments.authorizations, authorization.id),
        (payments.captures, capture.id),
    ):
        endpoint.update(id, metadata={"cart": 42})
        changed = endpoint.update(id, reference="of the shop", fields=["reference", "metadata"])
        assert changed.attributes == {"reference": "of the shop", "metadata": {"cart": 42}}
        assert endpoint.retrieve(id).reference == "of the shop"


def test_an_order_gets_another_payment_method(shop: OrderShop, payments: Any) -> None:
    order = shop.order("pending")
    method = payments.orders.retrieve(order, include=["payment_method"]).payment_method.id
    assert payments.orders.update(order, payment_method=None, include=["payment_method"]).payment_method is None
    assert payments.orders.update(order, payment_method=method, include=["payment_method"]).payment_method.id == method
