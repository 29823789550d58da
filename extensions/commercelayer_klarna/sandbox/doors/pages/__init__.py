"""The pages of the loopback server: a view of the sandbox at ``/``, and a shopper's checkout at ``/checkout/{order}``.

This file routes and wraps; ``view`` says what is shown, the files beside it how. All scripts and styles are files of
this origin, and everything from the state is escaped here or becomes text in the browser, so that the strict content
security policy has nothing to forgive: a hostile reference runs no script. Nothing here changes the sandbox; the
buttons of the pages use the control paths.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from functools import cache
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import unquote

from commercelayer_klarna.sandbox.api import json_bytes
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.messages import MARK, Answer
from commercelayer_klarna.sandbox.api.schema import EDITABLE
from commercelayer_klarna.sandbox.doors.pages import view

if TYPE_CHECKING:
    from commercelayer_klarna.sandbox.sandbox import Sandbox

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

_ASSETS = {
    "/__sandbox__/overview.js": "text/javascript",
    "/__sandbox__/checkout.js": "text/javascript",
    "/__sandbox__/klarna.js": "text/javascript",
    "/__sandbox__/style.css": "text/css",
}
_CHECKOUT = "/checkout/"


def answer(sandbox: Sandbox, method: str, target: str) -> Answer | None:
    """Answer a request for a page, or return None: all else is the API's."""
    path = target.partition("?")[0]
    if method not in ("GET", "HEAD") or path.startswith("/api/"):
        return None
    if path == "/":
        return _answer(200, "text/html", _file("overview.html"))
    if path == "/__sandbox__/state":
        return _answer(200, "application/json", json_bytes.write(_state(sandbox)))
    if path in _ASSETS:
        return _answer(200, _ASSETS[path], _file(path.rpartition("/")[2]))
    if path.startswith(_CHECKOUT):
        return _checkout(sandbox, unquote(path.removeprefix(_CHECKOUT)))
    return None


def _state(sandbox: Sandbox) -> JSON:
    requests, deliveries = sandbox.requests, sandbox.deliveries()
    named: dict[str, JSON] = {"organization": sandbox.organization, "mode": sandbox.mode}
    return sandbox.read(lambda state: {**named, **view.overview(state, requests, sandbox.webhooks, deliveries)})


def _checkout(sandbox: Sandbox, order_id: str) -> Answer:
    found = sandbox.read(lambda state: view.checkout(state, order_id))
    if found is None:
        return _message(404, "No such order", "The sandbox has no order with this id.")
    order, payment = found.order, found.payment
    title = f"Order #{order['number']}"
    if order["status"] not in EDITABLE:
        return _message(200, title, f"This order is {order['status']}: there is nothing left to pay.")
    if payment is None:
        text = "This order has no payment yet. Create a Klarna payment for it, then load this page again."
        return _message(200, title, text)
    if not payment.get("client_token"):
        return _message(200, title, "This page plays Klarna's part. The order's payment is one of another kind.")
    note = "The order's total is no longer the payment's: placing the order will be refused."
    values = {
        "number": order["number"],
        "order_id": order["id"],
        "total": order["formatted_total_amount_with_taxes"],
        "payment_id": payment["id"],
        "client_token": payment["client_token"],
        "payment_methods": json.dumps(payment["payment_methods"]),
    }
    raw = {"note": f'<p class="note">{html.escape(note)}</p>' if payment["mismatched_amounts"] else ""}
    return _answer(200, "text/html", _filled("checkout.html", values, raw))


def _message(status: int, title: str, text: str) -> Answer:
    return _answer(status, "text/html", _filled("message.html", {"title": title, "text": text}, {}))


def _filled(name: str, values: Mapping[str, JSON], raw: Mapping[str, str]) -> bytes:
    """Fill a template; every value is escaped for text and quoted attributes, but for those that are markup of ours."""
    escaped = {key: html.escape(str(value)) for key, value in values.items()}
    return Template(_file(name).decode()).substitute(escaped, **raw).encode()


@cache
def _file(name: str) -> bytes:
    # Imported here: it would cost each start of a sandbox more than all else here, and few see pages.
    from importlib.resources import files

    return files(__name__).joinpath(name).read_bytes()


def _answer(status: int, media_type: str, body: bytes) -> Answer:
    headers = [
        ("Content-Type", f"{media_type}; charset=utf-8"),
        ("Content-Security-Policy", POLICY),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
        MARK,
    ]
    return Answer(status, headers, body)
