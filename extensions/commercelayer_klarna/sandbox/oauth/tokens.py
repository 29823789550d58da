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
from math import prod

from attrs import frozen

from commercelayer_klarna.sandbox.api import json_bytes
from commercelayer_klarna.sandbox.api.base64url import decode, encode
from commercelayer_klarna.sandbox.api.caller import Caller, Owner
from commercelayer_klarna.sandbox.api.json_bytes import JSON

# Sixteen short primes instead of two long ones: powers of short numbers cost so little that a token takes 1 ms, not 10.
_PRIMES = (
    0xF0903BF6712A5C97491F899EB5BBC2E7,
    0xF0A6481D1C7612A4A8329939F31AFEAF,
    0xF3B716C0E978F899952A4075C5B6EC7D,
    0xF4126B0E976D37AE2037D2ECED05C65B,
    0xF4511CF129230EBC770240AEB8FAB6F9,
    0xF52421231B256ED3842E2CC9256CDFD3,
    0xF59C7045834256BDE7552A0F1F116ECF,
    0xF73DC729130356265BD6701CBB5F6A1D,
    0xF7B382E0757D2FFA1287B3B2D3C94FF3,
    0xF82543C63B365225C95D493C0D0742D5,
    0xF8D10385F7B008094D789F286921752B,
    0xF91050014E9E15E07AAC8D8270C6A6AB,
    0xF92B017AAEF366A75C03925F1881F5D1,
    0xF9FBA50AA09926B6501A79D8C172F4EB,
    0xFDE8A1817D922A3C122A95C288C1D631,
    0xFF3FC21584E5876D2CE69E23827E1591,
)
_E = 65537
_N = prod(_PRIMES)
# The Chinese remainder theorem: for each prime, the private exponent, and the weight of its power in the signature.
_PARTS = [(each, pow(_E, -1, each - 1), _N // each * pow(_N // each, -1, each)) for each in _PRIMES]
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
    return (sum(pow(number, d, prime) * weight for prime, d, weight in _PARTS) % _N).to_bytes(_SIZE)


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
