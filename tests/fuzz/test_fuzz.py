"""Whatever arrives and whatever is asked: an answer, or an error of ours, with work in proportion to its length.

A nightly run looks further: HYPOTHESIS_PROFILE=nightly.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import hashlib
import hmac
import json
import math
import os
import pickle
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commercelayer_klarna import (
    AccessToken,
    APIStatusError,
    AsyncKlarnaPayments,
    ClientCredentials,
    CommerceLayerError,
    KlarnaPayments,
    NotFetchedError,
    Resource,
    TokenError,
    webhooks,
)
from commercelayer_klarna._auth.provider import auth_flow
from commercelayer_klarna._auth.store import StoredToken
from commercelayer_klarna._client.page import Position, cursor_of, page_of
from commercelayer_klarna._client.query import query
from commercelayer_klarna._client.requests import check_id
from commercelayer_klarna._document import Document
from commercelayer_klarna._json import load_json
from commercelayer_klarna._redaction import scrubbed, secrets_in, without_secrets
from commercelayer_klarna._retry_after import retry_after
from commercelayer_klarna._sync.driver import drive
from commercelayer_klarna.plugins.flow import Exclusive
from commercelayer_klarna.plugins.timing import Timing
from commercelayer_klarna.plugins.values import Call, Request, Response
from commercelayer_klarna.resources import KlarnaPayment
from support.parsers import parsed_by
from support.virtual_time import INSTANT

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
EXAMPLES = 5_000 if NIGHTLY else 60
# What is counted is counted function by function, which takes twenty times as long as doing it.
SIZE = 50_000 if NIGHTLY else 5_000
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
many = settings(deadline=None, max_examples=EXAMPLES, database=None, suppress_health_check=QUIET)
more = settings(many, max_examples=4 * EXAMPLES)  # where one takes no time

# ---- What might come -------------------------------------------------------------------------------------------------

text = st.text(st.characters(exclude_categories=()), max_size=12)
TYPES = ("klarna_payments", "orders", "payment_gateways", "klarna_gateways", "event_stores", "markets")
IDS = ("a", "b", "1-0", "")
NAMES = """
    id type data attributes relationships included links meta errors next self related order payment_gateway market
    event_stores payment_source auth_token client_token metadata created_at updated_at payment_methods number
    mismatched_amounts payment_instrument session_id reference payload event title detail code status source pointer
    parameter page_count record_count tax_rate mode trace_id
""".split()  # noqa: SIM905 - a list would take forty lines
ODD = (*TYPES, *IDS, "2026-11-22T09:00:00.000Z", "2026-13-99", "INVALID_TOKEN", "10", -1, 0, 1e308, 10**30)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text | st.sampled_from(ODD)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | text, inner, max_size=4),
    max_leaves=12,
)
linkage = st.fixed_dictionaries({"type": st.sampled_from(TYPES), "id": st.sampled_from(IDS)}) | anything
relationship = st.fixed_dictionaries({}, optional={"data": linkage | st.lists(linkage, max_size=3), "links": anything})
resource = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES), "id": st.sampled_from(IDS)},
    optional={
        "attributes": st.dictionaries(st.sampled_from(NAMES), anything, max_size=6) | anything,
        "relationships": st.dictionaries(st.sampled_from(NAMES), relationship | anything, max_size=4) | anything,
        "links": anything,
        "meta": anything,
    },
)
document = st.fixed_dictionaries(
    {},
    optional={
        "data": resource | st.lists(resource, max_size=3) | anything,
        "included": st.lists(resource | anything, max_size=4) | anything,
        "links": st.fixed_dictionaries({}, optional={"next": anything}) | anything,
        "meta": st.fixed_dictionaries({}, optional={"page_count": scalars, "record_count": scalars}) | anything,
        "errors": st.lists(st.dictionaries(st.sampled_from(NAMES), anything, max_size=6), max_size=3) | anything,
    },
)
bodies = st.binary(max_size=40) | (document | anything).map(lambda value: json.dumps(value).encode())


def touched(found: Resource, depth: int = 3) -> None:
    """Everything that can be done with a resource; only errors of ours may come of it."""
    for use in (repr, hash, copy.copy, copy.deepcopy, pickle.dumps, lambda each: each == found, lambda each: each.id):
        use(found)
    for name in (*NAMES, "no_such_name", "ext", "links", "meta"):
        try:
            value: Any = getattr(found, name)
            _ = found[name]
        except (CommerceLayerError, AttributeError, KeyError):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Resource) and depth:
                touched(each, depth - 1)


# ---- Decoding --------------------------------------------------------------------------------------------------------


@many
@given(bodies, st.sampled_from(["msgspec", "json"]))
def test_any_document_is_read_or_refused(body: bytes, parser: str) -> None:
    with parsed_by(parser), contextlib.suppress(CommerceLayerError):
        found = Document(load_json(body))
        found.link(found.json.get("included"))
        for use in (repr, copy.copy, copy.deepcopy, pickle.dumps, lambda each: (each.meta, each.links)):
            use(found)
        data: Any = found.data
        for each in data if isinstance(data, list) else [data] if data is not None else []:
            touched(each)
        for each in found.included:
            touched(each)
        for by_cursor in (False, True):
            with contextlib.suppress(CommerceLayerError):
                page = page_of(found, KlarnaPayment, Position(by_cursor=by_cursor))
                _ = repr(page), len(page), list(page), page.next


ANSWER: list[Any] = []


def answering(_: httpx.Request) -> httpx.Response:
    status, headers, body = ANSWER[0]
    return httpx.Response(status, headers=headers, content=body)


async def answering_async(request: httpx.Request) -> httpx.Response:
    return answering(request)


SYNC = KlarnaPayments(
    "acme",
    auth=AccessToken("token"),
    retry=None,
    timing=INSTANT,
    http_client=httpx.Client(transport=httpx.MockTransport(answering)),
)
ASYNC = AsyncKlarnaPayments(
    "acme",
    auth=AccessToken("token"),
    retry=None,
    timing=INSTANT,
    http_client=httpx.AsyncClient(transport=httpx.MockTransport(answering_async)),
)
RUNNER = asyncio.Runner()
CLIENT = httpx.Client(transport=httpx.MockTransport(answering))
header_value = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
headers = st.dictionaries(
    st.sampled_from(
        ["Retry-After", "Date", "X-Ratelimit-Limit", "X-Ratelimit-Interval", "X-Ratelimit-Remaining", "X-Request-Id",
         "Content-Type", "Location"]
    ),
    header_value | st.integers().map(str) | st.floats().map(str),
    max_size=4,
)  # fmt: skip


def each_call(payments: Any) -> list[Callable[[], Any]]:
    return [
        lambda: payments.retrieve("x"),
        lambda: payments.create(order="x"),
        lambda: payments.update("x", auth_token="planted-token", metadata={"a": 1}),
        lambda: payments.delete("x"),
        lambda: payments.count(),
        lambda: payments.list(include=["order"]).first_page(),
        lambda: payments.event_stores("x").first_page(),
        lambda: payments.order("x"),
        lambda: payments.payment_gateway("x"),
        lambda: payments.merge_metadata("x", {"a": {"b": 1}}, deep=True),
        lambda: payments.request("GET", "orders"),
    ]


@many
@given(st.sampled_from([200, 201, 204, 299]), headers, bodies, st.integers(0, 10))
def test_any_success_is_read_or_refused(status: int, head: dict[str, str], body: bytes, which: int) -> None:
    ANSWER[:] = [(status, head, body)]
    with contextlib.suppress(CommerceLayerError):
        found = each_call(SYNC)[which]()
        if isinstance(found, Resource):
            touched(found)
    with contextlib.suppress(CommerceLayerError):
        RUNNER.run(awaited(each_call(ASYNC)[which]))


async def awaited(call: Callable[[], Any]) -> Any:
    return await call()


errors = st.fixed_dictionaries(
    {},
    optional={
        "errors": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    **dict.fromkeys(("title", "detail", "code", "status", "meta", "token"), anything),
                    "source": st.fixed_dictionaries({}, optional={"pointer": anything, "parameter": anything})
                    | anything,
                },
            )
            | anything,
            max_size=3,
        )
        | anything
    },
).map(lambda value: json.dumps(value).encode())


@many
@given(st.integers(300, 599), headers, errors | bodies, st.integers(0, 10))
def test_any_refusal_is_an_error_of_ours(status: int, head: dict[str, str], body: bytes, which: int) -> None:
    ANSWER[:] = [(status, head, body)]
    for payments in (SYNC, ASYNC):
        try:
            call = each_call(payments)[which]
            call() if payments is SYNC else RUNNER.run(awaited(call))
        except CommerceLayerError as raised:
            error = raised
        else:
            raise AssertionError("a refusal was taken for a success")
        assert "planted" not in f"{error} {error!r} {vars(error)}"
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
        if isinstance(error, APIStatusError):
            assert error.status_code == status
            for name in ("codes", "request_id", "by_pointer", "retry_after", "limit", "interval", "remaining"):
                getattr(error, name, None)
        else:
            assert which == 1  # what may have been created


@more
@given(st.integers(200, 599), errors | bodies | anything.map(lambda value: json.dumps({
    "access_token": "x", "expires_in": value, "refresh_token": value}).encode()))  # fmt: skip
def test_answers_of_the_token_endpoint(status: int, body: bytes) -> None:
    def perform(effect: Any) -> Any:
        if isinstance(effect, Exclusive):
            return drive(effect.flow(), perform)
        if isinstance(effect, Request):  # that of the caller, which goes on with its token
            return Response(200, {}, b"")
        assert effect.direct
        return Response(status, {}, body)

    provider = auth_flow(ClientCredentials(client_id="x", client_secret="planted"), "https://auth.example", Timing())
    error = None
    try:
        drive(provider(Request("GET", "https://x.example/api", {}, b"", Call("test"))), perform)
    except TokenError as raised:
        error = raised
    if error is not None:
        assert error.status_code == status
        assert "planted" not in f"{error} {error!r} {vars(error)}"


# ---- Small texts -----------------------------------------------------------------------------------------------------

dates = st.datetimes().map(lambda when: when.strftime("%a, %d %b %Y %H:%M:%S GMT"))
waits = text | header_value | dates | st.floats().map(str) | st.integers().map(str)


@more
@given(waits, waits | st.none(), st.floats(0, 4e9))
@example("-0", None, 0.0)
@example("1e400", None, 0.0)
@example("Sun, 06 Nov 1994 08:49:37 GMT" * 50, None, 0.0)
def test_any_retry_after_is_a_finite_wait_or_none(value: str, sent: str | None, now: float) -> None:
    found = retry_after({"retry-after": value, **({} if sent is None else {"date": sent})}, now)
    assert found is None or (math.isfinite(found) and 0 <= found <= 1e9)


@more
@given(text, st.sampled_from(["{}.{}.{}", "{}", "{}.{}", "a.{}.c"]), anything, st.booleans())
def test_any_claims_are_read_or_refused(plain: str, form: str, claims: Any, encoded: bool) -> None:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") if encoded else plain
    try:
        token = AccessToken(form.format(part, part, part))
    except ValueError:
        return
    assert token.organization is None or isinstance(token.organization, str)
    assert token.expires_at is None or token.expires_at.tzinfo is UTC
    with contextlib.suppress(ValueError):  # an organization that is no slug, for one
        KlarnaPayments(auth=token, http_client=CLIENT).close()


@more
@given(
    bodies | anything.map(lambda value: json.dumps({"access_token": "x", "saved_at": value, "expires_at": 5}).encode())
)
def test_any_stored_token_is_read_or_ignored(body: bytes) -> None:
    found = StoredToken.from_json(body)
    assert found is None or math.isfinite(found.left(0.0))


@many
@given(bodies, st.dictionaries(text, text, max_size=2))
def test_any_callback_is_read_or_refused(body: bytes, head: dict[str, str]) -> None:
    with contextlib.suppress(CommerceLayerError):
        webhooks.parse(body, head, "secret")
    signature = base64.b64encode(hmac.new(b"secret", body, hashlib.sha256).digest()).decode()
    with contextlib.suppress(CommerceLayerError):
        event = webhooks.parse(
            body, {**head, "X-CommerceLayer-Signature": signature, "X-CommerceLayer-Topic": "orders.place"}, "secret"
        )
        touched(event.resource)


@more
@given(text | st.builds("https://{}/x?page[after]={}".format, text, text))
def test_any_link_and_any_id_is_read_or_refused(link: str) -> None:
    assert cursor_of(link) is None or isinstance(cursor_of(link), str)
    with contextlib.suppress(ValueError):
        assert check_id(link) == link


IMPOSSIBLE = (Decimal("NaN"), timedelta(1), object, date, datetime.max, 10**5000, -(10**400), {1}, frozenset[int](), ())
values = (
    anything
    | st.decimals()
    | st.dates()
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC))
    | st.binary(max_size=3)
    | st.sampled_from(IMPOSSIBLE)
    | st.lists(scalars, max_size=3).map(tuple)
    | st.sets(st.integers(), max_size=3)
    | st.complex_numbers()
)
names = text | st.sampled_from(["reference_eq", "created_at_gteq", "metadata_jcont", "id_in", "order_number_matches"])


@many
@given(
    include=values | st.lists(names, max_size=2),
    fields=values | st.dictionaries(names, st.lists(names, max_size=2) | values, max_size=2),
    filters=values | st.dictionaries(names, values, max_size=3),
    sort=values | st.lists(names, max_size=2),
)
def test_any_query_is_built_or_refused(include: Any, fields: Any, filters: Any, sort: Any) -> None:
    for asked in (
        {"include": include}, {"fields": fields}, {"filters": filters}, {"sort": sort},
        {"include": include, "fields": fields, "filters": filters, "sort": sort},
    ):  # fmt: skip
        try:
            parameters = query("klarna_payments", **asked).parameters()
        except (ValueError, TypeError):
            continue
        for key, value in parameters.items():
            assert isinstance(key, str)
            assert isinstance(value, str)
            value.encode()


# ---- Work in proportion ----------------------------------------------------------------------------------------------


def work(do: Callable[[], Any]) -> int:
    """How many functions are called, those in C included; what a clock would say, without the clock."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        with contextlib.suppress(CommerceLayerError):
            do()
    finally:
        sys.setprofile(None)
    return calls


def in_proportion(make: Callable[[int], Callable[[], Any]], size: int) -> None:
    """Ten times as much takes ten times the work, and not a hundred times."""
    small, large = work(make(size // 10)), work(make(size))
    assert large <= 12 * small + 1000, f"{size}: {large} calls, a tenth of it: {small}"


def wide(size: int) -> Callable[[], Any]:
    included = [{"type": "orders", "id": str(number), "attributes": {"number": "1"}} for number in range(size)]
    body = json.dumps({"data": PAID, "included": included}).encode()

    def read() -> None:
        ANSWER[:] = [(200, {}, body)]
        payment = SYNC.retrieve("x", include=["order"])
        assert payment.order.number == "1"

    return read


PAID = {
    "type": "klarna_payments", "id": "x", "attributes": {},
    "relationships": {"order": {"data": {"type": "orders", "id": "7"}}},
}  # fmt: skip


def test_fifty_thousand_included_resources_are_read_in_proportion() -> None:
    wide(50_000)()
    in_proportion(wide, SIZE)

    def all_of_them(size: int) -> Callable[[], Any]:
        included = [{"type": "orders", "id": str(number)} for number in range(size)]

        def read() -> None:
            found = Document({"data": None})
            found.link(included)
            assert len(found.included) == size

        return read

    in_proportion(all_of_them, SIZE)


def test_the_same_one_fifty_thousand_times() -> None:
    def same(size: int) -> Callable[[], Any]:
        one = {"type": "orders", "id": "7", "attributes": {"number": "1"}}
        data = [{**PAID, "id": str(number)} for number in range(size // 10)]

        def read() -> None:
            found = Document({"data": data})
            found.link([one] * size)
            payments: Any = found.data
            assert len({id(payment.order) for payment in payments}) == 1

        return read

    in_proportion(same, SIZE)


def test_fifty_thousand_errors_are_read_in_proportion() -> None:
    def refused(size: int) -> Callable[[], Any]:
        errors = [{"detail": f"d{number}", "source": {"pointer": f"/{number}"}} for number in range(size)]
        body = json.dumps({"errors": errors}).encode()

        def read() -> None:
            ANSWER[:] = [(422, {}, body)]
            SYNC.update("x", auth_token="planted-token")

        return read

    in_proportion(refused, SIZE)


def test_secrets_are_hidden_in_proportion() -> None:
    def hidden(size: int) -> Callable[[], Any]:
        value = [{"auth_token": f"planted-{number}", "text": "x" * 10} for number in range(size)]
        return lambda: (secrets_in(value), without_secrets(value), scrubbed(value, {"planted-1", "planted-2"}))

    in_proportion(hidden, 5_000)


def test_many_secrets_in_many_texts() -> None:
    # An error document with secrets of its own, in each of its entries: texts times secrets is a square.
    def refused(size: int) -> Callable[[], Any]:
        errors = [{"detail": f"d{number}", "meta": {"token": f"planted-{number}"}} for number in range(size)]
        body = json.dumps({"errors": errors}).encode()

        def read() -> None:
            ANSWER[:] = [(422, {}, body)]
            SYNC.update("x", auth_token="planted-token")

        return read

    in_proportion(refused, 2_000)


# As deep as Python's stack lets both parsers read, and far deeper; the rest by night.
DEEP = list(product(("msgspec", "json"), (900, 100_000)))
LESS_DEEP = list(product(("msgspec", "json"), (100, 1_020, 10_000)))


@pytest.mark.parametrize(
    ("parser", "depth"), [*DEEP, *(pytest.param(*each, marks=pytest.mark.nightly) for each in LESS_DEEP)]
)
@pytest.mark.parametrize(
    "form",
    [
        '{"data": %s}',
        '{"data": {"type": "klarna_payments", "id": "x", "attributes": {"metadata": %s, "payload": %s}}}',
        '{"data": {"type": "klarna_payments", "id": "x", "relationships": %s, "meta": %s, "links": %s}}',
        '{"errors": [{"meta": %s, "detail": %s, "source": {"pointer": %s}}]}',
        '{"errors": %s}',
        '{"data": [], "links": {"next": %s}, "meta": {"page_count": %s}}',
        "%s",
    ],
)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"data":', "}")])
def test_deep_nesting_is_read_or_refused(parser: str, depth: int, form: str, opening: str, closing: str) -> None:
    body = form.replace("%s", opening * depth + "null" + closing * depth).encode()
    with parsed_by(parser):
        for status in (200, 422):
            ANSWER[:] = [(status, {}, body)]
            for payments in (SYNC, ASYNC):
                for call in each_call(payments):
                    try:
                        found = call() if payments is SYNC else RUNNER.run(awaited(call))
                    except (CommerceLayerError, NotFetchedError):
                        continue
                    for use in (repr, without_secrets, secrets_in):
                        use(found)
                    if depth <= 100 and isinstance(found, Resource):
                        touched(found)
        signature = base64.b64encode(hmac.new(b"s", body, hashlib.sha256).digest()).decode()
        with contextlib.suppress(CommerceLayerError):
            head = {"X-CommerceLayer-Signature": signature, "X-CommerceLayer-Topic": "orders.place"}
            webhooks.parse(body, head, "s")


@pytest.mark.parametrize("depth", [10, 10_000])
def test_secrets_are_found_at_any_depth(depth: int) -> None:
    value: Any = {"token": "planted-token", "text": "a planted-token", "metadata": {"token": "one's own"}}
    for _ in range(depth):
        value = {"more": [value]}
    assert secrets_in(value) == {"planted-token", "one's own"}
    for made, inner in (
        (without_secrets(value), {"text": "a planted-token", "metadata": {"token": "one's own"}}),
        (scrubbed(value, ["planted-token"]), {"token": "***", "text": "a ***", "metadata": {"token": "one's own"}}),
    ):
        each = made
        for _ in range(depth):
            each = each["more"][0]
        assert each == inner
    while "more" in value:  # taken apart from outside, or Python would do so by recursion
        value = value["more"][0]
