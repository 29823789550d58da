"""Callbacks: signatures by the documented rule, computed here by other means than the product's."""

from __future__ import annotations

import base64
import copy
import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
import traceback
import wsgiref.headers
from collections.abc import Iterator
from decimal import Decimal
from email.message import Message
from http.client import HTTPMessage
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import EnvironHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders

from commercelayer_klarna import (
    CommerceLayerError,
    NotFetchedError,
    NotIncludedError,
    Order,
    PluginError,
    ResponseFormatError,
    WebhookVerificationError,
    webhooks,
)
from commercelayer_klarna.plugins.metadata import Metadata, decimal_codec


def sign(body: bytes, secret: str) -> str:
    """HMAC-SHA256 written out (RFC 2104), so that the product's use of a library is not compared with itself."""
    key = secret.encode()
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(each ^ 0x36 for each in key) + body).digest()
    return base64.b64encode(hashlib.sha256(bytes(each ^ 0x5C for each in key) + inner).digest()).decode()


ORDER: dict[str, Any] = {
    "data": {
        "type": "orders",
        "id": "oRd",
        "attributes": {"number": "1", "status": "placed"},
        "relationships": {"payment_source": {"data": {"type": "klarna_payments", "id": "kP"}}},
    },
    "included": [{"type": "klarna_payments", "id": "kP", "attributes": {"reference": "po-1"}}],
}
BODY = json.dumps(ORDER).encode()


def headers(body: bytes = BODY, secret: str = "secret") -> dict[str, str]:
    return {"x-commercelayer-signature": sign(body, secret), "X-COMMERCELAYER-TOPIC": "orders.place"}


def test_a_callback_is_read_with_what_it_includes() -> None:
    event = webhooks.parse(BODY, headers(), "secret")
    assert event.topic == "orders.place"
    assert isinstance(event.resource, Order)
    assert event.resource.status == "placed"
    source: Any = event.resource.payment_source
    assert source.reference == "po-1"
    assert event.document.data is event.resource


@given(st.binary(), st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_body_under_any_secret(body: bytes, secret: str) -> None:
    webhooks.verify(body, sign(body, secret), secret)
    with pytest.raises(WebhookVerificationError):
        webhooks.verify(body + b"x", sign(body, secret), secret)
    with pytest.raises(WebhookVerificationError):
        webhooks.verify(body, sign(body, secret), secret + "x")


def test_several_secrets_while_they_change() -> None:
    for secret in ("old", "new"):
        webhooks.parse(BODY, headers(secret=secret), ["old", "new"])
    with pytest.raises(WebhookVerificationError):
        webhooks.parse(BODY, headers(secret="other"), ["old", "new"])


@pytest.mark.parametrize("signature", ["", "x", "ü", "\udc80", "=" * 44])
def test_what_is_no_signature(signature: str) -> None:
    message = "^the signature does not match the body: wrong secret, or a changed body$"
    with pytest.raises(WebhookVerificationError, match=message):
        webhooks.parse(BODY, {**headers(), "x-commercelayer-signature": signature}, "secret")


def test_a_callback_without_a_signature_or_too_long() -> None:
    with pytest.raises(WebhookVerificationError, match="has no X-CommerceLayer-Signature"):
        webhooks.parse(BODY, {}, "secret")
    with pytest.raises(WebhookVerificationError, match="max_bytes=10"):
        webhooks.parse(BODY, headers(), "secret", max_bytes=10)


@pytest.mark.usefixtures("parser")
def test_two_readings_of_one_callback_are_equal() -> None:
    one, same = (webhooks.parse(BODY, headers(), "secret") for _ in range(2))
    assert one == same
    assert len({one, same}) == 1
    other = BODY.replace(b"placed", b"approved")
    assert other != BODY
    assert one != webhooks.parse(other, headers(other), "secret")


def test_a_callback_without_a_topic() -> None:
    for topic in ({}, {"X-CommerceLayer-Topic": ""}):
        with pytest.raises(WebhookVerificationError, match="has no X-CommerceLayer-Topic"):
            webhooks.parse(BODY, {"X-CommerceLayer-Signature": sign(BODY, "secret"), **topic}, "secret")


def test_a_body_of_just_the_length_that_is_allowed() -> None:
    webhooks.parse(BODY, headers(), "secret", max_bytes=len(BODY))
    with pytest.raises(WebhookVerificationError, match=f"has {len(BODY)} bytes"):
        webhooks.parse(BODY, headers(), "secret", max_bytes=len(BODY) - 1)
    long = BODY[:-1] + b" " * 4_000_000 + b"}"
    with pytest.raises(WebhookVerificationError, match="more than max_bytes=4000000"):
        webhooks.parse(long, headers(long), "secret")


@pytest.mark.parametrize("wrong", [BODY.decode(), bytearray(BODY), memoryview(BODY), ORDER, None])
def test_a_body_that_was_read_already_is_refused(wrong: Any) -> None:
    message = f"^body must be the raw bytes that were received, not {type(wrong).__name__}$"
    with pytest.raises(TypeError, match=message):
        webhooks.verify(wrong, sign(BODY, "secret"), "secret")
    with pytest.raises(TypeError, match=message):
        webhooks.parse(wrong, headers(), "secret")


@pytest.mark.parametrize(
    ("signature", "secret", "named"),
    [
        (None, "secret", "signature must be a string, not NoneType"),
        (b"x", "secret", "signature must be a string, not bytes"),
        ("x", b"planted", "secret must be a string or a list of strings, not bytes"),
        ("x", None, "secret must be a string or a list of strings, not NoneType"),
        ("x", {"planted": 1}, "secret must be a string or a list of strings, not dict"),
        (
            "x",
            ["good", b"planted"],
            "^secret has something that is no string: pass strings, as they stand in the webhook$",
        ),
    ],
)
def test_wrong_types_are_refused(signature: Any, secret: Any, named: str) -> None:
    with pytest.raises(TypeError, match=named) as caught:
        webhooks.verify(BODY, signature, secret)
    assert "planted" not in str(caught.value)


def environ() -> dict[str, Any]:
    """What a WSGI server passes on."""
    given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers().items()}
    return {"REQUEST_METHOD": "POST", "wsgi.version": (1, 0), "wsgi.input": None, "CONTENT_TYPE": "x", **given}


def message() -> Message:
    """What ``http.server`` and ``http.client`` have."""
    made = HTTPMessage()
    for name, value in headers().items():
        made[name] = value
    return made


LOWER = {name.lower(): value for name, value in headers().items()}
HEADERS: dict[str, Any] = {
    "dict": headers(),
    "upper": {name.upper(): value for name, value in headers().items()},
    "pairs": list(headers().items()),
    "an iterator of pairs": iter(headers().items()),
    "lists": [[name, value] for name, value in headers().items()],
    "bytes, as ASGI has them": [(name.encode(), value.encode()) for name, value in LOWER.items()],
    "http.server": message(),
    "wsgiref": wsgiref.headers.Headers(list(headers().items())),
    "flask, quart": EnvironHeaders(environ()),
    "werkzeug": WerkzeugHeaders(headers()),
    "httpx": httpx.Headers(headers()),
    "wsgi": environ(),
    "lambda, a function URL": {"version": "2.0", "headers": LOWER, "body": BODY.decode(), "isBase64Encoded": False},
    "lambda, one value": {"headers": headers(), "multiValueHeaders": None, "body": None},
    "lambda, many values": {"headers": None, "multiValueHeaders": {name: [value] for name, value in LOWER.items()}},
    "many values": {name: [value, "other"] for name, value in headers().items()},
    "twice, with others": [("Accept", "a"), *headers().items(), ("X-CommerceLayer-Topic", "other"), (5, None)],
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_taken_as_frameworks_have_them(name: str) -> None:
    assert webhooks.parse(BODY, HEADERS[name], "secret").topic == "orders.place"


@pytest.mark.parametrize("wrong", [None, 5, "x-commercelayer-topic", b"bytes", ["x"], [("a", "b", "c")], object()])
def test_what_are_no_headers(wrong: Any) -> None:
    with pytest.raises(TypeError, match="headers must be a mapping of names to values, or pairs"):
        webhooks.parse(BODY, wrong, "secret")


@pytest.mark.parametrize("empty", [{}, [], {"headers": {}}, {"X-CommerceLayer-Topic": "x"}, {"HTTP_ACCEPT": "x"}])
def test_headers_without_a_signature(empty: Any) -> None:
    with pytest.raises(WebhookVerificationError, match="has no X-CommerceLayer-Signature"):
        webhooks.parse(BODY, empty, "secret")


@given(st.binary(), st.text(st.characters(codec="utf-8"), min_size=1))
def test_what_is_signed_here_is_what_the_rule_says(body: bytes, secret: str) -> None:
    assert webhooks.sign(body, secret) == sign(body, secret)


@pytest.mark.parametrize("secret", [b"x", ["x"], None, ""])
def test_one_secret_signs(secret: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^secret "):
        webhooks.sign(BODY, secret)


# ---- What a callback is read with ------------------------------------------------------------------------------------

PAID: dict[str, Any] = {
    "data": {
        "type": "orders",
        "id": "oRd",
        "attributes": {
            "currency_code": "EUR",
            "total_amount_cents": 3500,
            "total_amount_float": 35.0,
            "formatted_total_amount": "€35,00",
        },
        "relationships": {
            "payment_source": {"data": {"type": "klarna_payments", "id": "kP"}},
            "market": {"data": {"type": "markets", "id": "m"}},
            "customer": {"links": {"related": "/api/orders/oRd/customer"}},
        },
    },
    "included": [{"type": "klarna_payments", "id": "kP", "attributes": {"metadata": {"amount": "10.50"}}}],
}


def read(document: Any, **options: Any) -> Any:
    body = json.dumps(document).encode()
    return webhooks.parse(body, headers(body), "secret", **options)


@pytest.mark.usefixtures("parser")
def test_a_callback_is_read_by_the_same_codecs() -> None:
    order: Any = read(PAID, plugins=[Metadata([decimal_codec("amount")])]).resource
    assert order.payment_source.ext.metadata["amount"] == Decimal("10.50")
    assert order.ext.money.total.value == Decimal("35.00")
    bare: Any = read(PAID).resource
    assert bare.payment_source.ext.metadata["amount"] == "10.50"
    assert bare.ext.money.total.cents == 3500
    with pytest.raises(PluginError, match="codecs"):
        read(PAID, plugins=["codecs"])


def test_what_a_callback_did_not_carry_is_not_to_be_asked_of_it() -> None:
    order: Any = read(PAID).resource
    for found in (order, copy.copy(order), copy.deepcopy(order)):
        with pytest.raises(NotFetchedError, match=r"^orders/oRd came without status: the callback did not carry"):
            _ = found.status
        with pytest.raises(NotIncludedError, match=r"its name is not known: let the webhook include 'market'"):
            _ = found.market.name
        with pytest.raises(NotIncludedError, match=r"include 'customer' .*retrieve .*include=\['customer"):
            _ = found.customer
    with pytest.raises(NotFetchedError, match="the callback did not carry it"):
        _ = order.payment_source.reference


def test_topics_are_known_and_open() -> None:
    assert "orders.place" in get_args(webhooks.Topic)
    assert len(set(get_args(webhooks.Topic))) == len(get_args(webhooks.Topic)) == 36
    assert (
        webhooks.parse(BODY, {**headers(), "X-COMMERCELAYER-TOPIC": "returns.close"}, "secret").topic == "returns.close"
    )


def test_a_secret_that_is_no_text() -> None:
    with pytest.raises(ValueError, match=r"^secret is not valid text: its character 0 is half of a surrogate pair$"):
        webhooks.verify(BODY, "x", ["good", "\ud800"])


def test_every_secret_is_tried_whichever_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    # And compared by the function that takes the same time for every answer, on the digest of the bytes as they are.
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("hmac.compare_digest", compare)
    webhooks.verify(BODY, sign(BODY, "a"), ["a", "b", "c"])
    assert compared == [(sign(BODY, secret).encode(), sign(BODY, "a").encode()) for secret in "abc"]


ONE, TWO = "planted-one", "planted-two"


@pytest.mark.parametrize("call", [
    lambda: webhooks.parse(BODY, headers(), [ONE, TWO]),
    lambda: webhooks.verify(BODY, sign(BODY, "x"), [ONE, TWO]),
    lambda: webhooks.parse(BODY, headers(), ONE.encode()),  # type: ignore[arg-type]
    lambda: webhooks.parse(BODY, {}, ONE),
    lambda: webhooks.parse(BODY, headers(secret=ONE), ONE, plugins=["none"]),
    lambda: webhooks.sign(BODY, ONE.encode()),  # type: ignore[arg-type]
    lambda: webhooks.sign("text", ONE),  # type: ignore[arg-type]
    lambda: webhooks.verify(BODY, "x", [ONE, "\ud800"]),
    lambda: webhooks.parse(b"[]", headers(b"[]", ONE), ONE),
])  # fmt: skip
def test_no_frame_shows_the_secret(call: Any) -> None:
    with pytest.raises((CommerceLayerError, TypeError, ValueError)) as caught:
        call()
    text = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "planted" not in text


def test_the_code_of_the_page_runs() -> None:
    page = (Path(__file__).parents[1] / "docs" / "webhooks.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    exec("\n".join(blocks), {})


# ---- The example receiver, as it is run ------------------------------------------------------------------------------


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    example = Path(__file__).parents[1] / "examples" / "webhook_receiver.py"
    running = subprocess.Popen(
        [sys.executable, str(example), "0", str(tmp_path / "handled.sqlite")],
        env={**os.environ, "COMMERCELAYER_WEBHOOK_SECRETS": "old new"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert running.stdout is not None
    yield running.stdout.readline().strip().removeprefix("listening on http://"), running
    running.terminate()
    running.communicate(timeout=60)


def post(host: str, body: bytes, headers: dict[str, str], method: str = "POST") -> int:
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request(method, "/", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_example_receiver(receiver: tuple[str, subprocess.Popen[str]]) -> None:
    host, running = receiver
    placed = {**ORDER["data"], "attributes": {"number": "7", "status": "placed", "payment_status": "authorized"}}
    placed["attributes"]["updated_at"] = "2026-11-22T09:00:00.000Z"
    body = json.dumps({"data": placed}).encode()
    later = body.replace(b"09:00", b"09:01").replace(b'"7"', b'"8"')
    pending = body.replace(b"09:00", b"09:02").replace(b'"placed"', b'"pending"')
    assert post(host, body, headers(body, "wrong")) == 401
    assert post(host, body, {"X-CommerceLayer-Topic": "orders.place"}) == 401
    assert post(host, later, headers(body, "new")) == 401
    assert post(host, b"[]", headers(b"[]", "new")) == 400
    assert post(host, b"", {}, "GET") == 405
    assert post(host, b"", {**headers(), "Content-Length": "4000001"}) == 413
    assert post(host, b"", {**headers(), "Content-Length": "x"}) == 411
    assert post(host, body, headers(body, "new")) == 204
    assert post(host, body, headers(body, "new")) == 204  # once more
    assert post(host, body, headers(body, "old")) == 204  # under the other secret
    # Under the topic of another event: the order is not placed, whatever the header says.
    assert post(host, pending, headers(pending, "new")) == 204
    assert post(host, later, headers(later, "old")) == 204
    running.terminate()
    assert running.communicate(timeout=60)[0].splitlines() == [
        "order 7 is placed, paid by authorized",
        "order 8 is placed, paid by authorized",
    ]


def test_the_example_says_how_it_is_run() -> None:
    example = Path(__file__).parents[1] / "examples" / "webhook_receiver.py"
    done = subprocess.run([sys.executable, str(example), "0"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "COMMERCELAYER_WEBHOOK_SECRETS" in done.stderr


@pytest.mark.parametrize("secret", ["", [], ["good", ""]])
def test_an_empty_secret_is_refused(secret: Any) -> None:
    with pytest.raises(ValueError, match=r"^secret is empty: pass the shared secret of the webhook$"):
        webhooks.verify(BODY, sign(BODY, ""), secret)


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"data": []}', b'{"data": null}'])
def test_a_right_signature_of_a_wrong_document(body: bytes) -> None:
    message = "^(the answer is not .*|the callback holds no single resource)$"
    with pytest.raises(ResponseFormatError, match=message):
        webhooks.parse(body, headers(body), "secret")
