"""Whatever arrives: no exception, no 5xx, and a JSON:API error on every refusal."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors import control
from commercelayer_klarna.sandbox.faults import KINDS

CONTROLLED = Sandbox()
SANDBOX = Sandbox(clock=lambda: 1_763_802_000.0)
ANSWER = SANDBOX.handle(
    "POST",
    "/oauth/token",
    {"content-type": "application/json"},
    b'{"grant_type":"client_credentials","client_id":"sandbox-integration","client_secret":"sandbox-secret"}',
)
TOKEN = json.loads(ANSWER.body)["access_token"]
MEDIA_TYPE = "application/vnd.api+json"
ORDER = SANDBOX.order_ids[0]

# A nightly run looks further: HYPOTHESIS_PROFILE=nightly.
EXAMPLES = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 150

text = st.text(st.characters(exclude_categories=()), max_size=20)
words = st.sampled_from(
    [
        "api",
        "klarna_payments",
        "orders",
        "event_stores",
        ORDER,
        "order",
        "relationships",
        "oauth",
        "token",
        "revoke",
        "",
    ]
)
keys = st.sampled_from(
    [
        *("include", "fields[orders]", "sort", "page[size]", "page[number]", "page[after]", "filter[q][reference_eq]"),
        *("filter[q][created_at_gt]", "filter[q][metadata_jcont]", "filter[q][id_in]", "filter[q][order_number_cont]"),
    ]
)
queries = st.lists(st.tuples(keys | text, text)).map(lambda pairs: "&".join(f"{key}={value}" for key, value in pairs))
targets = st.builds(
    lambda prefix, path, query: f"{prefix}/{'/'.join(path)}?{query}",
    st.sampled_from(["", "/api", "/api/klarna_payments", f"/api/orders/{ORDER}", "https://x", "http://["]),
    st.lists(words | text, max_size=4),
    queries,
)
methods = st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"]) | text
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def sealed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([ORDER, "orders"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "type", "id", "attributes", "relationships", "order", "metadata", "_place", "reference"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)
documents = values.map(lambda value: json.dumps(value).encode())
writes = st.fixed_dictionaries(
    {"type": st.sampled_from(["klarna_payments", "orders"])},
    optional={"id": st.just(ORDER), "attributes": values, "relationships": values},
).map(lambda data: json.dumps({"data": data}).encode())
bodies = st.binary(max_size=60) | documents | writes
loose = st.dictionaries(st.sampled_from(["Accept", "content-type", "AUTHORIZATION", "host"]) | text, text, max_size=4)
claims = st.just({"alg": "HS512"}) | values.map(
    lambda value: {"https://commercelayer.io/claims": {"owner": value, "custom_claim": value}}
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "grant_type": st.sampled_from(["password", "refresh_token", "authorization_code", JWT_BEARER]) | values,
        "client_id": st.sampled_from(["sandbox-sales-channel", "sandbox-webapp"]) | values,
        "client_secret": st.just("sandbox-secret") | values,
        "scope": st.just("market:code:europe") | text,
        "assertion": st.builds(lambda one, two: f"{sealed(one)}.{sealed(two)}.x", claims | values, claims | values)
        | text,
        "code": text,
        "redirect_uri": text,
        "refresh_token": text,
        "username": text,
        "password": text,
        "token": text,
    },
).map(lambda values: json.dumps(values).encode())
faults = st.fixed_dictionaries(
    {},
    optional={
        "match": st.fixed_dictionaries({}, optional={"method": text, "path": text, "exact": values}) | values,
        "status": st.sampled_from([429, 500, 520]) | values,
        "kind": st.sampled_from(KINDS) | values,
        "body": st.sampled_from(["html", "empty"]) | values,
        "when": st.sampled_from(["before", "after"]) | values,
        "times": values,
        "delay": values,
        "retry_after": values,
        "id": values,
        "total_amount_cents": values,
        "advance": values,
        "now": values,
    },
).map(lambda values: json.dumps(values).encode())
valid = st.just({"Authorization": f"Bearer {TOKEN}", "Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE})


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(methods, targets | text, loose | valid, bodies)
def test_any_request_is_answered(method: str, target: str, headers: dict[str, str], body: bytes) -> None:
    check(SANDBOX.handle(method, target, headers, body))
    check(SANDBOX.handle(method, target, list(headers.items()), body))


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["GET", "POST", "PATCH"]),
    st.sampled_from(["klarna_payments", f"orders/{ORDER}"]),
    queries | st.just(""),
    valid,
    bodies,
)
def test_any_request_with_a_good_token_is_answered(
    method: str, path: str, query: str, headers: Any, body: bytes
) -> None:
    check(SANDBOX.handle(method, f"/api/{path}?{query}", headers, body))


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["/oauth/token", "/oauth/revoke"]), requests | bodies)
def test_any_token_request_is_answered(path: str, body: bytes) -> None:
    check(SANDBOX.handle("POST", path, {"Content-Type": "application/json"}, body))


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["reset", "faults", "orders", "clock"]) | text, faults | bodies)
def test_any_control_request_is_answered(path: str, body: bytes) -> None:
    sandbox = CONTROLLED
    sandbox.reset()
    check(control.answer(sandbox, "POST", f"/__sandbox__/{path}", body))
    # Whatever was asked for, the next request is answered with nothing else.
    answer = sandbox.handle("GET", "/api/orders", {}, b"")
    assert "X-Sandbox-Fault" in dict(answer.headers) or answer.status == 401


def check(answer: Any) -> None:
    assert 200 <= answer.status < 500
    headers = dict(answer.headers)
    assert headers["X-Sandbox"] == "true"
    assert all("\n" not in value and value.isascii() for value in headers.values())
    if answer.status >= 400:
        errors = json.loads(answer.body)["errors"]
        assert errors
        assert all(int(error["status"]) == answer.status and error["code"] and error["title"] for error in errors)
    elif answer.status != 204:
        json.loads(answer.body)
