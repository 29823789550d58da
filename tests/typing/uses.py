"""Typed uses of the public names: all type checkers must accept this file as it is."""

import wsgiref.headers
from collections.abc import Iterator, Sequence
from copy import copy
from datetime import datetime
from decimal import Decimal
from http.client import HTTPMessage
from typing import Any, assert_type

from werkzeug.datastructures import EnvironHeaders

from commercelayer_klarna import (
    AsyncKlarnaPayments,
    AsyncPager,
    ClientCredentials,
    Document,
    EventStore,
    KlarnaPayment,
    KlarnaPayments,
    Order,
    Page,
    Pager,
    PaymentGateway,
    Resource,
    ValidationError,
    webhooks,
)
from commercelayer_klarna._jsonapi.arguments import KlarnaPaymentInclude, KlarnaPaymentSort, KlarnaPaymentUpdate
from commercelayer_klarna.errors import ErrorObject
from commercelayer_klarna.plugins.metadata import Metadata, decimal_codec
from commercelayer_klarna.plugins.money import Amount, Amounts


def reading(payment: KlarnaPayment) -> None:
    assert_type(payment.id, str)
    assert_type(payment.client_token, str | None)
    assert_type(payment.created_at, datetime)
    assert_type(payment.mismatched_amounts, bool | None)
    assert_type(payment.payment_methods, list[Any])
    assert_type(payment.order, Order)
    assert_type(payment.order.number, int | str | None)
    assert_type(payment.order.placed_at, datetime | None)
    assert_type(payment.order.total_amount_cents, int | None)
    assert_type(payment.order.market, Resource | None)
    assert_type(payment.order.line_items, list[Resource])
    assert_type(payment.payment_gateway, PaymentGateway | None)
    assert_type(payment["anything"], Any)
    assert_type(payment.metadata, Any)
    assert_type(payment.to_dict(secrets=True), dict[str, Any])
    assert_type(copy(payment), KlarnaPayment)
    include: Sequence[KlarnaPaymentInclude | str] = ["order", "order.market", "of_tomorrow"]
    sort: Sequence[KlarnaPaymentSort | str] = ["-created_at"]
    changes: KlarnaPaymentUpdate = {"auth_token": None, "metadata": {"a": 1}}
    print(include, sort, changes)


def sync(order_id: str) -> Iterator[KlarnaPayment]:
    credentials = ClientCredentials(client_id="x", client_secret="y", scope=None)
    with KlarnaPayments("acme", auth=credentials, timeout=5, deadline=None) as payments:
        assert_type(payments, KlarnaPayments)
        assert_type(payments.create(order=order_id, metadata={"a": 1}), KlarnaPayment)
        assert_type(payments.update("x", auth_token=None, include=["order"]), KlarnaPayment)
        assert_type(payments.refresh_session("x"), KlarnaPayment)
        assert_type(payments.order("x"), Order)
        assert_type(payments.payment_gateway("x"), PaymentGateway)
        assert_type(payments.event_stores("x"), Pager[EventStore])
        assert_type(payments.count({"reference_in": ["a", "b"]}), int)
        assert_type(payments.with_options(timeout=3), KlarnaPayments)
        document = payments.request("GET", "orders/x")
        assert_type(document, Document)
        assert_type(document.data, Resource | list[Resource] | None)
        pager = payments.list(filters={"created_at_gteq": datetime.now()}, fields={"orders": ["number"]})
        assert_type(pager, Pager[KlarnaPayment])
        assert_type(pager.first_page(), Page[KlarnaPayment])
        assert_type(pager.first_page().record_count, int | None)
        yield from pager


def callbacks(
    body: bytes, pairs: list[tuple[bytes, bytes]], environ: dict[str, Any], framework: EnvironHeaders
) -> None:
    secret: str = "x"
    for event in (
        webhooks.parse(body, {"X-CommerceLayer-Topic": "orders.place"}, secret),
        webhooks.parse(body, pairs, [secret], plugins=[Metadata([decimal_codec("amount")])]),
        webhooks.parse(body, environ, secret),
        webhooks.parse(body, framework, secret),
        webhooks.parse(body, wsgiref.headers.Headers(), secret),
        webhooks.parse(body, HTTPMessage(), secret),
    ):
        assert_type(event, webhooks.Event)
        if event.topic in {"orders.place", "of.tomorrow"}:
            assert_type(event.resource, Resource)
    assert_type(webhooks.sign(body, secret), str)


def amounts(order: Order) -> None:
    money = order.accessor(Amounts)
    assert_type(money["total"], Amount | None)
    total = money["total"]
    if total is not None:
        assert_type(total.value, Decimal)


async def asynchronous() -> None:
    async with AsyncKlarnaPayments.from_env() as payments:
        assert_type(payments, AsyncKlarnaPayments)
        assert_type(await payments.create(order="x"), KlarnaPayment)
        assert_type(payments.list(), AsyncPager[KlarnaPayment])
        async for payment in payments.list():
            assert_type(payment, KlarnaPayment)
        async for page in payments.event_stores("x").pages():
            assert_type(page, Page[EventStore])


def failing(error: ValidationError) -> None:
    assert_type(error.by_pointer, dict[str, list[ErrorObject]])
    assert_type(error.status_code, int)
