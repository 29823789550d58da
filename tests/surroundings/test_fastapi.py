"""FastAPI receives callbacks, and shows a payment."""

from __future__ import annotations

import asyncio
import datetime
import json

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from helper import async_client, check_receiver_program, free_port, receiver, sandbox, without_secrets
from pydantic import BaseModel, ConfigDict

NAME, PACKAGES = "FastAPI", ["fastapi", "pydantic"]


def application():
    app, receiving = FastAPI(), receiver()

    @app.post("/callbacks")
    async def callbacks(request: Request) -> Response:
        return Response(status_code=receiving.receive(await request.body(), request.headers))

    return app


def test_receiver(tmp_path):
    """The example receiver, with `await request.body()` and `request.headers`."""
    port = free_port()
    command = ["uvicorn", "--port", str(port), "--factory", "test_fastapi:application"]
    check_receiver_program(*command, port=port, folder=tmp_path)


class OrderShown(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    number: str


class PaymentShown(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    reference: str | None
    created_at: datetime.datetime
    order: OrderShown


def shown_by(view, **options) -> str:
    """Return what an application shows that has this view of a payment."""

    async def show() -> str:
        async with async_client() as payments:
            payment = await payments.create(order=sandbox()["order_ids"][0], reference="shown", include=["order"])
            app = FastAPI()
            app.get("/", **options)(lambda: view(payment))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as browser:
                shown = (await browser.get("http://shop/")).raise_for_status().text
        assert without_secrets(shown, [payment.client_token])
        return shown

    return asyncio.run(show())


def test_a_payment_by_a_response_model():
    """`response_model=` a model of pydantic with `from_attributes`, in which the order is another."""
    shown = json.loads(shown_by(lambda payment: payment, response_model=PaymentShown))
    assert shown["reference"] == "shown"
    assert shown["order"]["number"]


def test_a_payment_as_a_dict():
    """`return payment.to_dict()`: no secrets."""
    assert json.loads(shown_by(lambda payment: payment.to_dict()))["reference"] == "shown"


@pytest.mark.unsupported("name a `response_model`, or return `payment.to_dict()`")
def test_a_payment_itself():
    """`return payment` without a model: an error, and nothing is shown."""
    with pytest.raises((TypeError, ValueError)):
        shown_by(lambda payment: payment)
