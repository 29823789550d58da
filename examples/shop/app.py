"""A shop that takes an order from its checkout page to its refund: the routes, and what they show.

``doubts`` has the writes whose answer was lost, ``inbox`` the callbacks of Commerce Layer, the HTML files the pages.
``README.md`` tells how to start it. The office would be behind a login.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Annotated

from attrs import frozen
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from commercelayer_klarna import (
    AmbiguousWriteError,
    AsyncKlarnaPayments,
    CommerceLayerError,
    NotFoundError,
    TransactionFailedError,
    ValidationError,
    webhooks,
)
from shop.doubts import Doubts, InDoubtError
from shop.inbox import Inbox

PAGES = Path(__file__).parent
KLARNA_SCRIPT = "https://x.klarnacdn.net/kp/lib/v1/api.js"
SETTLE_EVERY = 60.0


@frozen
class Shop:
    payments: AsyncKlarnaPayments
    doubts: Doubts
    inbox: Inbox


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, Shop]]:
    secrets = os.environ["COMMERCELAYER_WEBHOOK_SECRETS"].split()
    with closing(sqlite3.connect(os.environ.get("SHOP_DATABASE", "shop.sqlite"))) as database:
        # Nobody waits longer than that for a page. What was under way then is settled by and by.
        deadline = float(os.environ.get("SHOP_DEADLINE", "20"))
        async with AsyncKlarnaPayments.from_env(deadline=deadline) as payments:
            shop = Shop(payments, Doubts(database), Inbox(database, secrets))
            settling = asyncio.create_task(settle_for_ever(shop))
            yield {"shop": shop}
            settling.cancel()


async def settle_for_ever(shop: Shop) -> None:
    """Settle what an earlier run left in doubt, and what this one does."""
    while True:
        await shop.doubts.settle(shop.payments)
        await asyncio.sleep(SETTLE_EVERY)


async def shop_of(request: Request) -> Shop:
    shop: Shop = request.state.shop
    return shop


app = FastAPI(title="Shop", lifespan=lifespan)
InShop = Annotated[Shop, Depends(shop_of)]


# ---- The checkout ----------------------------------------------------------------------------------------------------


class Session(BaseModel):
    """What the checkout page needs for Klarna's widget."""

    klarna_script: str
    client_token: str | None
    payment_methods: list[dict[str, object]]
    total: str | None


class Authorized(BaseModel):
    """What Klarna's widget gave the checkout page."""

    authorization_token: str


@app.get("/checkout/{order_id}")
async def checkout_page() -> FileResponse:
    return FileResponse(PAGES / "checkout.html")


@app.post("/orders/{order_id}/session")
async def open_session(order_id: str, shop: InShop) -> Session:
    """Two clicks at once, or a page that is loaded again, get the same session."""
    ensured = await shop.payments.ensure(order_id, reference=f"shop-{order_id}")
    order = await shop.payments.orders.retrieve(order_id)
    return Session(
        klarna_script=os.environ.get("KLARNA_SCRIPT", KLARNA_SCRIPT),
        client_token=ensured.payment.client_token,
        payment_methods=ensured.payment.payment_methods,
        total=order.formatted_total_amount_with_taxes,
    )


@app.post("/orders/{order_id}/place")
async def place(order_id: str, authorized: Authorized, shop: InShop) -> None:
    with shop.doubts.kept(order_id):
        payment = await shop.payments.retrieve_for_order(order_id, include=["order"])
        if payment is None:
            raise HTTPException(409, f"order {order_id} has no Klarna payment")
        if payment.order.status == "pending":
            await shop.payments.update(payment.id, auth_token=authorized.authorization_token)
        await shop.payments.orders.place(order_id)


# ---- The office ------------------------------------------------------------------------------------------------------


class TransactionShown(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    formatted_amount: str | None
    outcome: str


class OrderShown(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    number: str | None
    status: str | None
    payment_status: str | None
    total: str | None = Field(validation_alias="formatted_total_amount_with_taxes")
    captures: list[TransactionShown]
    refunds: list[TransactionShown]


class Row(BaseModel):
    order: OrderShown
    doubts: dict[str, str]
    events: list[str]


class Amount(BaseModel):
    """How much, in cents; all that is left if it is not said."""

    amount_cents: int | None = None


@app.get("/")
async def office_page() -> FileResponse:
    return FileResponse(PAGES / "office.html")


@app.get("/orders")
async def orders(shop: InShop) -> list[Row]:
    found = shop.payments.orders.list(include=["captures", "refunds"], sort=["-created_at"], limit=20)
    return [
        Row(
            order=OrderShown.model_validate(each),
            doubts=shop.doubts.told(each.id),
            events=shop.inbox.told(each.id),
        )
        async for each in found
    ]


@app.post("/orders/{order_id}/approve")
async def approve(order_id: str, shop: InShop) -> None:
    with shop.doubts.kept(order_id):
        await shop.payments.orders.approve(order_id)


@app.post("/orders/{order_id}/cancel")
async def cancel(order_id: str, shop: InShop) -> None:
    with shop.doubts.kept(order_id):
        await shop.payments.orders.cancel(order_id)


@app.post("/orders/{order_id}/capture")
async def capture(order_id: str, amount: Amount, shop: InShop) -> None:
    """Take the money, or a part of it: when goods leave."""
    with shop.doubts.kept(order_id):
        authorization = await shop.payments.orders.authorizations(order_id, filters={"succeeded_eq": True}).first()
        if authorization is None:
            raise HTTPException(409, f"order {order_id} has no authorization")
        await shop.payments.authorizations.capture(authorization.id, amount_cents=amount.amount_cents)


@app.post("/orders/{order_id}/refund")
async def refund(order_id: str, amount: Amount, shop: InShop) -> None:
    """Give money back, of the first capture that has so much left: when goods return."""
    wanted = amount.amount_cents or 1
    with shop.doubts.kept(order_id):
        async for each in shop.payments.orders.captures(order_id, filters={"succeeded_eq": True}):
            if (each.refund_balance_cents or 0) >= wanted:
                await shop.payments.captures.refund(each.id, amount_cents=amount.amount_cents)
                return
    raise HTTPException(409, f"no capture of order {order_id} has so much left")


# ---- Commerce Layer --------------------------------------------------------------------------------------------------


@app.post("/callbacks")
async def callbacks(request: Request, shop: InShop) -> Response:
    if int(request.headers.get("content-length", "0")) > webhooks.MAX_BYTES:
        return Response(status_code=413)  # before it is read
    return Response(status_code=shop.inbox.receive(await request.body(), request.headers))


@app.exception_handler(InDoubtError)
@app.exception_handler(CommerceLayerError)
async def say(_: Request, error: Exception) -> JSONResponse:
    """Tell the page what went wrong, in the words of the error: it holds no secrets."""
    status = 503
    if isinstance(error, AmbiguousWriteError):
        status = 202  # it may have been done, and is settled by and by
    elif isinstance(error, NotFoundError):
        status = 404
    elif isinstance(error, InDoubtError | TransactionFailedError | ValidationError):  # a TransitionError is one
        status = 409
    return JSONResponse({"detail": str(error)}, status)
