"""Read the claims of a JWT: what an access token says about itself."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode

from commercelayer_klarna._json import JsonObject, as_object


def claims_of(token: str) -> JsonObject:
    """Return the claims of a JWT, unverified: they are read for convenience, and the API checks them."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return as_object(claims)
