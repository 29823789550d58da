"""Access tokens: RS512 JSON Web Tokens, signed and checked with the standard library alone.

THE KEY BELOW IS PUBLIC AND PROTECTS NOTHING. It stands in this file so that tokens are the same everywhere and any
client can check them against the published key set; whoever reads it can mint tokens for any sandbox.

Clients read these tokens: the official one takes its base URL, environment and expiry from the claims, and decodes them
with a function that fails on the letters ``-`` and ``_`` of base64url, so a payload here never contains them.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence

from attrs import frozen

from commercelayer_klarna.sandbox.api import json_bytes
from commercelayer_klarna.sandbox.api.base64url import decode, encode
from commercelayer_klarna.sandbox.api.caller import Caller, Owner
from commercelayer_klarna.sandbox.api.json_bytes import JSON

_P = int(
    "ef0f3a01b175151f98e3939f343325b1e39d9678f7af96bce5e4bf67c1f25546"
    "bab66134e49b6409c1489f1f4b20f84c435d51fc79195457037fec0eefd7443c"
    "91cf5d6f5c83ade6106beaa26765e426044e13dd0222ca8b8e69cd52e3ab854c"
    "ba9f4ad4f69bb86464896ee635c7808130ecdb7655ef4ebd5537ab55f490b96d",
    16,
)
_Q = int(
    "f602379696ab73896e3d7fb6f83c92ba673248d997953241d1188f751f38b554"
    "925e97f425916963a8671295b8f9ae37fc695ad0ce43b0758a57c531e7082361"
    "4afb714f1ddc6ce5211b75ebde67b5d9d33d8aea9f65b451f4c828511af94f1a"
    "d4f2bf442d5419f72cf3b5b5aabb59913370376d90bfa95ff1ab7c4eb60a7f4f",
    16,
)
_E = 65537
_N = _P * _Q
_D_P = pow(_E, -1, _P - 1)
_D_Q = pow(_E, -1, _Q - 1)
_Q_INVERSE = pow(_Q, -1, _P)
_SIZE = 256
# The DER prefix that names SHA-512 inside a signature.
_SHA512 = bytes.fromhex("3051300d060960864801650304020305000440")

ISSUER = "https://auth.commercelayer.io"


KEY_ID = encode(hashlib.sha256(f"{_N:x}".encode()).digest())[:16]


def key_set() -> dict[str, JSON]:
    """Return the JSON Web Key Set with the one public key."""
    key: dict[str, JSON] = {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS512",
        "kid": KEY_ID,
        "n": encode(_N.to_bytes(_SIZE)),
        "e": encode(_E.to_bytes(3)),
    }
    return {"keys": [key]}


def _padded_digest(message: bytes) -> int:
    digest = _SHA512 + hashlib.sha512(message).digest()
    return int.from_bytes(b"\x00\x01" + b"\xff" * (_SIZE - 3 - len(digest)) + b"\x00" + digest)


def _sign(message: bytes) -> bytes:
    number = _padded_digest(message)
    # The Chinese remainder theorem: two powers of half the length cost a quarter of one.
    of_p, of_q = pow(number, _D_P, _P), pow(number, _D_Q, _Q)
    return (of_q + (of_p - of_q) * _Q_INVERSE % _P * _Q).to_bytes(_SIZE)


def _verifies(message: bytes, signature: bytes) -> bool:
    number = int.from_bytes(signature)
    return len(signature) == _SIZE and number < _N and pow(number, _E, _N) == _padded_digest(message)


@frozen
class Token:
    """A token whose signature was checked."""

    caller: Caller
    organization: str
    expires_at: int


def mint(
    caller: Caller, *, organization: Mapping[str, JSON], scope: str, test: bool, issued_at: int, lifetime: int,
    chance: random.Random, markets: Sequence[str] = (), custom_claim: JSON = None,
) -> str:  # fmt: skip
    """Return a new signed token."""
    header = encode(_compact({"typ": "JWT", "alg": "RS512", "kid": KEY_ID}))
    claims: dict[str, JSON] = {
        "organization": dict(organization),
        "application": {
            "id": caller.application_id,
            "kind": caller.kind,
            "public": caller.public,
            "client_id": caller.client_id,
            "confidential": not caller.public,
        },
        "scope": scope,
        "exp": issued_at + lifetime,
        "iat": issued_at,
        "test": test,
        "rand": chance.random(),
        "iss": ISSUER,
    }
    if caller.owner is not None:
        claims["owner"] = {"id": caller.owner.id, "type": caller.owner.type}
    if markets:
        claims["market"] = {
            "id": [*markets],
            "stock_location_ids": [],
            "geocoder_id": None,
            "allows_external_prices": False,
        }
    if custom_claim is not None:
        claims["custom_claim"] = custom_claim
    payload = encode(_plain(_compact(claims)))
    message = f"{header}.{payload}"
    return f"{message}.{encode(_sign(message.encode()))}"


def _compact(claims: Mapping[str, JSON]) -> bytes:
    return json.dumps(claims, separators=(",", ":")).encode("ascii")


def _plain(text: bytes) -> bytes:
    """Escape the only ASCII characters that put ``-`` or ``_`` into base64url; in JSON they stand in texts alone."""
    for character in b">?~\x7f":
        text = text.replace(bytes([character]), b"\\u%04x" % character)
    return text


def check(token: str) -> Token:
    """Return what a token says if this sandbox's key signed it, or raise ValueError. Expiry is not checked."""
    header, payload, signature = token.split(".")
    declared = json_bytes.read(decode(header))
    if not isinstance(declared, dict) or declared.get("alg") != "RS512" or declared.get("kid") != KEY_ID:
        raise ValueError("not signed with the sandbox's key")
    if not _verifies(f"{header}.{payload}".encode("ascii"), decode(signature)):
        raise ValueError("the signature does not verify")
    claims = json_bytes.read(decode(payload))
    if not isinstance(claims, dict):
        raise ValueError("the payload is not an object")
    application, organization, expires_at = claims.get("application"), claims.get("organization"), claims.get("exp")
    if not isinstance(application, dict) or not isinstance(organization, dict) or not isinstance(expires_at, int):
        raise ValueError("a claim is missing")
    owner, market = claims.get("owner"), claims.get("market")
    caller = Caller(
        str(application.get("id")),
        str(application.get("client_id")),
        str(application.get("kind")),
        application.get("public") is True,
        Owner(str(owner.get("type")), str(owner.get("id"))) if isinstance(owner, dict) else None,
        isinstance(market, dict) and bool(market.get("id")),
    )
    return Token(caller, str(organization.get("slug")), expires_at)
