"""Callbacks: signatures by the documented rule, computed here by other means than the product's."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercelayer_klarna import Order, ResponseFormatError, WebhookVerificationError, webhooks


def sign(body: bytes, secret: str) -> str:
    """HMAC-SHA256 written out (RFC 2104), so that the product's use of a library is not compared with itself."""
    key = secret.encode()
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(each ^ 0x36 for each in key) + body).digest()
    return base64.b64encode(hashlib.sha256(bytes(each ^ 0x5C for each in key) + inner).digest()).decode()


ORDER = {
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
    with pytest.raises(WebhookVerificationError, match="does not match"):
        webhooks.parse(BODY, {**headers(), "x-commercelayer-signature": signature}, "secret")


def test_a_callback_without_a_signature_or_too_long() -> None:
    with pytest.raises(WebhookVerificationError, match="has no X-CommerceLayer-Signature"):
        webhooks.parse(BODY, {}, "secret")
    with pytest.raises(WebhookVerificationError, match="max_bytes=10"):
        webhooks.parse(BODY, headers(), "secret", max_bytes=10)


@pytest.mark.parametrize("wrong", [BODY.decode(), bytearray(BODY), ORDER, None])
def test_a_body_that_was_read_already_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="raw bytes"):
        webhooks.verify(wrong, sign(BODY, "secret"), "secret")


@pytest.mark.parametrize("secret", ["", [], ["good", ""]])
def test_an_empty_secret_is_refused(secret: Any) -> None:
    with pytest.raises(ValueError, match="secret is empty"):
        webhooks.verify(BODY, sign(BODY, ""), secret)


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"data": []}', b'{"data": null}'])
def test_a_right_signature_of_a_wrong_document(body: bytes) -> None:
    with pytest.raises(ResponseFormatError):
        webhooks.parse(body, headers(body), "secret")
