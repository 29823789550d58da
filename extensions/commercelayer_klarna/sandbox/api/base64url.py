"""base64url without padding, as in JSON Web Tokens."""

from __future__ import annotations

import base64
import binascii


def encode(data: bytes) -> str:
    """Return the text of the bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes of a text, or raise ValueError."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if encode(data) != text:
        raise ValueError("not canonical base64url")
    return data
