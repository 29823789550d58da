"""Callbacks of Commerce Layer: check their signature, then read them.

The signature is the base64 of the HMAC-SHA256 of the raw body under the webhook's shared secret, in the header
``X-CommerceLayer-Signature``; the topic, such as ``orders.place``, is in ``X-CommerceLayer-Topic`` (documented). Klarna
payments have no topic of their own; orders and their transactions have.

The signature covers neither a time nor the topic. So it cannot tell a replayed callback from a new one, nor one that
comes under another topic: remember what you handled, and believe the resource, not the topic. ``docs/webhooks.md``
shows how.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Protocol

from attrs import frozen

from commercelayer_klarna._json import is_sequence, load_json
from commercelayer_klarna._jsonapi.document import Document
from commercelayer_klarna._redaction import forget_locals
from commercelayer_klarna.errors import CommerceLayerError, ResponseFormatError, WebhookVerificationError
from commercelayer_klarna.resources import Resource

__all__ = ["Event", "Headers", "parse", "verify"]

SIGNATURE = "X-CommerceLayer-Signature"
TOPIC = "X-CommerceLayer-Topic"
MAX_BYTES = 4_000_000


class Headers(Protocol):
    """The headers of a request: a mapping, or what the frameworks have, which need not be one (Flask's is none)."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Return names and values."""
        ...


@frozen
class Event:
    """A callback whose signature is right.

    Attributes:
        topic: What happened, such as ``orders.place``. The signature does not cover it.
        document: The document that was sent.
        resource: The resource that it happened to, with what the webhook includes.
    """

    topic: str
    document: Document
    resource: Resource


def verify(body: bytes, signature: str, secret: str | Sequence[str]) -> None:
    """Check the signature of a callback, in constant time.

    Args:
        body: The raw body in bytes, exactly as it was received.
        signature: The value of the header ``X-CommerceLayer-Signature``.
        secret: The shared secret of the webhook, or several while it is being changed.

    Raises:
        WebhookVerificationError: No secret gives this signature.
        TypeError: An argument is of the wrong type.
        ValueError: A secret is empty, or not valid text.
    """
    try:
        matches = _matches(body, signature, secret)
    except (TypeError, ValueError) as error:
        forget_locals(error)
        raise
    finally:
        del secret  # error reporters record local variables
    if not matches:
        raise WebhookVerificationError("the signature does not match the body: wrong secret, or a changed body")


def _matches(body: object, signature: object, secret: object) -> bool:
    content = _checked_body(body)
    if not isinstance(signature, str):
        raise TypeError(f"signature must be a string, not {type(signature).__name__}")
    given = signature.encode("utf-8", "surrogatepass")
    matches = False
    # All secrets are compared, whichever matches, so that the time tells nothing.
    for key in _keys(secret):
        matches |= hmac.compare_digest(base64.b64encode(hmac.digest(key, content, hashlib.sha256)), given)
    return matches


def _checked_body(body: object) -> bytes:
    if not isinstance(body, bytes):
        raise TypeError(f"body must be the raw bytes that were received, not {type(body).__name__}")
    return body


def _keys(secret: object) -> list[bytes]:
    secrets: object = [secret] if isinstance(secret, str) else secret
    if not is_sequence(secrets):
        raise TypeError(f"secret must be a string or a list of strings, not {type(secret).__name__}")
    keys: list[bytes] = []
    for one in secrets:
        if not isinstance(one, str):
            raise TypeError("secret has something that is no string: pass strings, as they stand in the webhook")
        try:
            keys.append(one.encode())
        except UnicodeEncodeError:
            raise ValueError("secret is not valid text") from None
    if not keys or not all(keys):
        raise ValueError("secret is empty: pass the shared secret of the webhook")
    return keys


def parse(body: bytes, headers: Headers, secret: str | Sequence[str], *, max_bytes: int = MAX_BYTES) -> Event:
    """Check a callback, and read it.

    ::

        event = webhooks.parse(request.body, request.headers, secret="...")
        if event.topic == "orders.place":
            print(event.resource.id)

    Args:
        body: The raw body, as it was received.
        headers: The headers that were received, as your framework has them; names in any case.
        secret: The shared secret of the webhook, or several while it is being changed.
        max_bytes: How long a body may be. Check ``Content-Length`` before you read one.

    Raises:
        WebhookVerificationError: The signature is missing or wrong, the topic is missing, or the body is too long.
        ResponseFormatError: The signature is right, but the body is no document with one resource.
        TypeError: An argument is of the wrong type.
        ValueError: A secret is empty, or not valid text.
    """
    try:
        return _event(body, headers, secret, max_bytes)
    except (CommerceLayerError, TypeError, ValueError) as error:
        forget_locals(error)
        raise
    finally:
        del secret  # error reporters record local variables


def _event(body: bytes, headers: Headers, secret: str | Sequence[str], max_bytes: int) -> Event:
    topic = _checked(body, headers, secret, max_bytes)
    document = Document(load_json(body))
    document.link(document.json.get("included"))
    resource = document.data
    if not isinstance(resource, Resource):
        raise ResponseFormatError("the callback holds no single resource")
    return Event(topic, document, resource)


def _checked(body: bytes, headers: Headers, secret: str | Sequence[str], max_bytes: int) -> str:
    """Return the topic of a callback whose signature is right."""
    if not callable(getattr(headers, "items", None)):
        raise TypeError(f"headers must be a mapping of names to values, not {type(headers).__name__}")
    _checked_body(body)
    values = {str(name).lower(): value for name, value in headers.items()}
    signature, topic = values.get(SIGNATURE.lower()), values.get(TOPIC.lower())
    if signature is None:
        raise WebhookVerificationError(f"the callback has no {SIGNATURE}")
    if len(body) > max_bytes:
        raise WebhookVerificationError(f"the callback has {len(body)} bytes, more than max_bytes={max_bytes}")
    verify(body, signature, secret)
    if not topic:
        raise WebhookVerificationError(f"the callback has no {TOPIC}")
    return topic
