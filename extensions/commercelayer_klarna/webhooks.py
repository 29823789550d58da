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
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from commercelayer_klarna._document import Document
from commercelayer_klarna._json import is_iterable, is_mapping, is_sequence, load_json, valid_text
from commercelayer_klarna._jsonapi.origin import CALLBACK
from commercelayer_klarna._lazy import lazy
from commercelayer_klarna._redaction import forget_locals
from commercelayer_klarna._tracebacks import shorten
from commercelayer_klarna._values import frozen
from commercelayer_klarna.errors import CommerceLayerError, ResponseFormatError, WebhookVerificationError
from commercelayer_klarna.resources import Resource

if TYPE_CHECKING:
    from commercelayer_klarna._client import options
    from commercelayer_klarna._pipeline.discovery import PluginsArgument
else:
    (options,) = lazy("_client.options")

__all__ = ["MAX_BYTES", "SIGNATURE", "TOPIC", "Event", "Headers", "Topic", "parse", "sign", "verify"]

SIGNATURE = "X-CommerceLayer-Signature"
"""Name of the header that holds the signature."""
TOPIC = "X-CommerceLayer-Topic"
"""Name of the header that holds the topic."""
MAX_BYTES = 4_000_000
"""The longest body that is read, unless ``max_bytes`` says otherwise."""

Topic: TypeAlias = Literal[
    "orders.create",
    "orders.draft",
    "orders.pending",
    "orders.placing",
    "orders.place",
    "orders.approve",
    "orders.cancel",
    "orders.authorize",
    "orders.pay",
    "orders.void",
    "orders.refund",
    "orders.start_fulfilling",
    "orders.cancel_fulfilling",
    "orders.fulfill",
    "orders.start_editing",
    "orders.stop_editing",
    "orders.rebuild_shipments",
    "orders.tax_calculation_failed",
    "orders.tagged",
    "orders.create_subscriptions",
    "orders.cancel_subscriptions",
    "orders.destroy",
    "authorizations.create",
    "authorizations.succeeded",
    "authorizations.failed",
    "captures.create",
    "captures.succeeded",
    "captures.failed",
    "voids.create",
    "voids.succeeded",
    "voids.failed",
    "refunds.create",
    "refunds.succeeded",
    "refunds.failed",
    "transactions.create",
    "transactions.refused",
]
"""The topics around a payment that are known. The API has others, and more may come."""


class Headers(Protocol):
    """The headers of a request: a mapping, or what the frameworks have, which need not be one (Flask's is none)."""

    def items(self) -> Iterable[tuple[object, object]]:
        """Return names and values."""
        ...


@frozen
class Event:
    """A callback whose signature is right.

    Attributes:
        topic: What happened, such as ``orders.place``. The signature does not cover it. One that is not known yet is
            any text.
        document: The document that was sent.
        resource: The resource that it happened to, with what the webhook includes.
    """

    topic: Topic | str
    document: Document
    resource: Resource


def sign(body: bytes, secret: str) -> str:
    """Return the signature of a callback, as Commerce Layer computes it: for tests of what receives callbacks.

    Args:
        body: The body.
        secret: The shared secret.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: The secret is empty, or not valid text.
    """
    try:
        return _signature(body, secret)
    except (TypeError, ValueError) as error:
        forget_locals(error)
        shorten(error)
        raise
    finally:
        del secret  # error reporters record local variables


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
        shorten(error)
        raise
    finally:
        del secret  # error reporters record local variables
    if not matches:
        raise WebhookVerificationError("the signature does not match the body: wrong secret, or a changed body")


def _matches(body: object, signature: object, secret: object) -> bool:
    _checked_body(body)
    if not isinstance(signature, str):
        raise TypeError(f"signature must be a string, not {type(signature).__name__}: pass the header {SIGNATURE}")
    given = signature.encode("utf-8", "surrogatepass")
    matches = False
    # All secrets are compared, whichever matches, so that the time tells nothing.
    for right in _signatures(body, secret):
        matches |= hmac.compare_digest(right, given)
    return matches


def _signature(body: object, secret: object) -> str:
    if not isinstance(secret, str):
        raise TypeError(f"secret must be a string, not {type(secret).__name__}")
    return _signatures(body, secret)[0].decode()


def _signatures(body: object, secret: object) -> list[bytes]:
    content = _checked_body(body)
    return [base64.b64encode(hmac.digest(key, content, hashlib.sha256)) for key in _keys(secret)]


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
        keys.append(valid_text("secret", one).encode())
    if not keys or not all(keys):
        raise ValueError("secret is empty: pass the shared secret of the webhook")
    return keys


def parse(
    body: bytes,
    headers: Headers | Iterable[tuple[object, object]],
    secret: str | Sequence[str],
    *,
    max_bytes: int = MAX_BYTES,
    plugins: PluginsArgument = (),
) -> Event:
    """Check a callback, and read it.

    ::

        event = webhooks.parse(request.body, request.headers, secret="...")
        if event.topic == "orders.place":
            print(event.resource.id)

    Args:
        body: The raw body, as it was received.
        headers: The headers that were received, as your framework has them: anything with ``items()``, or pairs; names
            in any case, texts or bytes. A WSGI environment and the event of an AWS Lambda are taken as well.
        secret: The shared secret of the webhook, or several while it is being changed.
        max_bytes: How long a body may be. Check ``Content-Length`` before you read one.
        plugins: Plugins as for a client. Their accessors and metadata codecs are those of the resource; the rest of
            them takes no part.

    Raises:
        WebhookVerificationError: The signature is missing or wrong, the topic is missing, or the body is too long.
        ResponseFormatError: The signature is right, but the body is no document with one resource.
        TypeError: An argument is of the wrong type.
        ValueError: A secret is empty, or not valid text.
        PluginError: A plugin cannot be used.
    """
    try:
        topic = _checked(body, headers, secret, max_bytes)
        document = Document(load_json(body), options.callback_plugins(plugins), CALLBACK)
        return _event(topic, document)
    except (CommerceLayerError, TypeError, ValueError) as error:
        forget_locals(error)
        shorten(error)
        raise
    finally:
        del secret  # error reporters record local variables


def _event(topic: str, document: Document) -> Event:
    document.link(document.json.get("included"))
    resource = document.data
    if not isinstance(resource, Resource):
        raise ResponseFormatError("the callback holds no single resource")
    return Event(topic, document, resource)


def _checked(body: bytes, headers: object, secret: str | Sequence[str], max_bytes: int) -> str:
    """Return the topic of a callback whose signature is right."""
    values = _values(headers)
    _checked_body(body)
    signature, topic = values.get(SIGNATURE.lower()), values.get(TOPIC.lower())
    if signature is None:
        raise WebhookVerificationError(f"the callback has no {SIGNATURE}")
    if len(body) > max_bytes:
        raise WebhookVerificationError(f"the callback has {len(body)} bytes, more than max_bytes={max_bytes}")
    verify(body, signature, secret)
    if not topic:
        raise WebhookVerificationError(f"the callback has no {TOPIC}")
    return topic


def _values(headers: object) -> dict[str, str]:
    """Return headers by their names in small letters; of one that came more than once, the first value.

    Raises:
        TypeError: They are neither a mapping nor pairs.
    """
    items = getattr(headers, "items", None)
    pairs: object = items() if callable(items) else headers
    if not is_iterable(pairs) or isinstance(pairs, str | bytes):
        raise TypeError(f"headers must be a mapping of names to values, or pairs, not {type(headers).__name__}")
    values: dict[str, str] = {}
    for pair in pairs:
        if not is_sequence(pair) or len(pair) != 2:
            raise TypeError("headers must be a mapping of names to values, or pairs: one of them is no pair")
        name = _text(pair[0]).lower().replace("_", "-").removeprefix("http-")  # WSGI: HTTP_X_COMMERCELAYER_TOPIC
        value = pair[1]
        if name in _OF_LAMBDA and is_mapping(value):
            values = _values(value) | values
        else:
            values.setdefault(name, _text(value[0] if is_sequence(value) and value else value))
    return values


# Under these names the event of an AWS Lambda has its headers.
_OF_LAMBDA = ("headers", "multivalueheaders")


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value if isinstance(value, str) else ""
