"""Both clients against the sandbox, operation by operation."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from commercelayer_klarna import (
    AccessToken,
    AmbiguousWriteError,
    APIVersionError,
    AsyncKlarnaPayments,
    AuthenticationError,
    BadRequestError,
    ClientCredentials,
    EventStore,
    KlarnaPayment,
    KlarnaPayments,
    LockedError,
    NotFoundError,
    Order,
    PaymentGateway,
    Resource,
    ValidationError,
)
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna_api.api.klarna_payments import list_klarna_payments, retrieve_klarna_payment
from support.kind import Kind
from support.server import Server


def place(payments: Any, order_id: str) -> Any:
    document = {"data": {"type": "orders", "id": order_id, "attributes": {"_place": True}}}
    return payments.request("PATCH", f"orders/{order_id}", json=document)


def test_a_payment_from_session_to_placed_order(payments: Any, sandbox: Sandbox) -> None:
    order_id = sandbox.order_ids[0]
    payment = payments.create(order=order_id, reference="po-1", metadata={"k": [1, {"deep": True}]})
    assert isinstance(payment, KlarnaPayment)
    assert payment.client_token
    assert payment.auth_token is None
    assert payment.metadata == {"k": [1, {"deep": True}]}
    assert payment.payment_methods[0]["identifier"]
    assert payment.created_at.tzinfo is not None

    payment = payments.update(payment.id, auth_token="token-of-the-widget")
    assert payment.auth_token == "token-of-the-widget"
    assert payment.reference == "po-1"

    placed = place(payments, order_id).data
    assert isinstance(placed, Order)
    assert placed.status == "placed"
    assert placed.payment_status == "authorized"
    with pytest.raises(LockedError):
        payments.delete(payment.id)


def test_placing_without_a_token_is_refused(payments: Any, sandbox: Sandbox) -> None:
    payments.create(order=sandbox.order_ids[0])
    with pytest.raises(ValidationError):
        place(payments, sandbox.order_ids[0])


def test_retrieve_reads_what_is_included(payments: Any, sandbox: Sandbox) -> None:
    made = payments.create(order=sandbox.order_ids[0])
    payment = payments.retrieve(made.id, include=["order.market", "payment_gateway"])
    assert isinstance(payment.order, Order)
    assert payment.order.id == sandbox.order_ids[0]
    assert isinstance(payment.payment_gateway, PaymentGateway)
    assert type(payment.order.market) is Resource
    assert payment.order.market.type == "markets"
    assert payment.order.market["name"] == getattr(payment.order.market, "name")  # noqa: B009


def test_write_answers_take_include_and_fields(payments: Any, sandbox: Sandbox) -> None:
    made = payments.create(order=sandbox.order_ids[0], include=["order"])
    assert made.order.id == sandbox.order_ids[0]
    changed = payments.update(made.id, reference="x", fields=["reference"])
    assert dict(changed.attributes) == {"reference": "x"}


def test_update_sends_what_is_passed_and_nothing_else(payments: Any, sandbox: Sandbox) -> None:
    made = payments.create(order=sandbox.order_ids[0], reference="a", reference_origin="b", metadata={"c": 1})
    payments.update(made.id, auth_token="t")
    kept = payments.retrieve(made.id)
    assert kept.reference == "a"
    assert kept.reference_origin == "b"
    assert kept.metadata == {"c": 1}
    assert payments.update(made.id, reference=None).reference is None
    with pytest.raises(ValidationError):
        payments.update(made.id, order=None)
    with pytest.raises(ValueError, match="nothing to update"):
        payments.update(made.id)


def test_refresh_session_after_the_total_changed(payments: Any, sandbox: Sandbox) -> None:
    made = payments.create(order=sandbox.order_ids[0])
    sandbox.set_order_total(sandbox.order_ids[0], 1234)
    assert payments.retrieve(made.id).mismatched_amounts is True
    assert payments.refresh_session(made.id).mismatched_amounts is False


def test_a_deleted_payment_is_gone(payments: Any, sandbox: Sandbox) -> None:
    made = payments.create(order=sandbox.order_ids[0])
    assert payments.delete(made.id) is None
    with pytest.raises(NotFoundError) as caught:
        payments.retrieve(made.id)
    assert caught.value.codes == ("RECORD_NOT_FOUND",)
    assert str(caught.value).startswith(f"404 GET klarna_payments/{made.id}: ")


def test_lists_filters_sorts_and_counts(payments: Any, sandbox: Sandbox) -> None:
    made = [payments.create(order=sandbox.order_ids[0], reference=f"r{number}") for number in range(7)]
    everything = payments.list(page_size=3, sort=["-reference"])
    assert [each.reference for each in everything] == ["r6", "r5", "r4", "r3", "r2", "r1", "r0"]
    assert [len(page) for page in everything.pages()] == [3, 3, 1]
    first = everything.first_page()
    assert first.record_count == 7
    assert first.page_count == 3
    assert payments.count() == 7
    assert payments.count({"reference_in": ["r1", "r2"]}) == 2
    assert payments.count({"created_at_gt": datetime(2100, 1, 1, tzinfo=UTC)}) == 0
    assert [each.id for each in payments.list(filters={"reference_eq": "r4"})] == [made[4].id]
    assert [each.order.id for each in payments.list(include=["order"])] == [sandbox.order_ids[0]] * 7
    assert len(list(payments.list_for_gateway(sandbox.gateway_id, page_size=2))) == 7


def test_a_new_sandbox_has_no_payments(payments: Any) -> None:
    assert list(payments.list()) == []
    assert payments.count() == 0


def test_related_resources_are_retrieved(payments: Any, sandbox: Sandbox) -> None:
    made = payments.create(order=sandbox.order_ids[0])
    order = payments.order(made.id, include=["payment_source"], fields=["number", "payment_source"])
    assert isinstance(order, Order)
    assert order.number
    assert order.payment_source == made
    gateway = payments.payment_gateway(made.id)
    assert isinstance(gateway, PaymentGateway)
    assert gateway.name


def test_event_stores_follow_their_cursor(payments: Any, sandbox: Sandbox) -> None:
    made = payments.create(order=sandbox.order_ids[0])
    for number in range(6):
        payments.update(made.id, reference=str(number))
    events = list(payments.event_stores(made.id, page_size=3))
    assert all(isinstance(event, EventStore) for event in events)
    assert [event.event for event in events].count("update") == 6
    assert len({event.id for event in events}) == len(events) == 7
    assert payments.event_stores(made.id).first_page().record_count is None


def test_request_reaches_any_path(payments: Any, sandbox: Sandbox) -> None:
    made = payments.create(order=sandbox.order_ids[0])
    document = payments.request("GET", "klarna_payments", params={"page[size]": 5}, sort=["-created_at"])
    assert [each.id for each in document.data] == [made.id]
    assert document.meta["record_count"] == 1
    assert "first" in document.links
    assert payments.request("delete", f"/klarna_payments/{made.id}").data is None


@pytest.mark.parametrize(
    "path", ["", "/", "https://evil.example/x", "orders?x=1", "orders/../tokens", "a/%2e%2e/b", "a//b", "a b", "a\n"]
)
def test_request_refuses_paths_that_lead_elsewhere(payments: Any, path: str) -> None:
    with pytest.raises(ValueError, match="path="):
        payments.request("GET", path)


def test_request_refuses_other_methods(payments: Any) -> None:
    with pytest.raises(ValueError, match="PUT"):
        payments.request("PUT", "orders/x")


@pytest.mark.parametrize("bad", ["", " ", ".", "..", "a/b", "a\\b", "\ud800"])
def test_ids_that_lead_elsewhere_are_refused(payments: Any, bad: str) -> None:
    calls: list[Any] = [
        lambda: payments.retrieve(bad),
        lambda: payments.update(bad, reference="x"),
        lambda: payments.refresh_session(bad),
        lambda: payments.delete(bad),
        lambda: payments.order(bad),
        lambda: payments.payment_gateway(bad),
        lambda: list(payments.event_stores(bad)),
        lambda: list(payments.list_for_gateway(bad)),
        lambda: payments.create(order=bad),
        lambda: payments.update("x", order=bad),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="cannot be an id"):
            call()


def test_the_generated_functions_run_through_the_same_chain(kind: Kind, sandbox: Sandbox) -> None:
    payments = kind.on(sandbox)
    made = payments.create(order=sandbox.order_ids[0])

    def run(endpoint: Any, *arguments: Any) -> Any:
        if kind.name == "sync":
            return endpoint.sync(*arguments, client=payments.api)
        return kind.runner.run(endpoint.asyncio(*arguments, client=payments.api))

    assert [each.id for each in run(list_klarna_payments).data] == [made.id]
    with pytest.raises(NotFoundError):
        run(retrieve_klarna_payment, "nope")


def test_with_options_is_a_view(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(200, {"data": payment_json})
    payments = kind.at(server)
    view = payments.with_options(headers={"X-Trace": "1"}, timeout=3).with_options(deadline=None)
    view.retrieve("x")
    payments.retrieve("x")
    assert [request.headers.get("x-trace") for request in server.requests] == ["1", None]
    view.close()
    payments.retrieve("x")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": 0}, "timeout=0"),
        ({"deadline": -1}, "deadline=-1"),
        ({"timeout": float("nan")}, "timeout=nan"),
        ({"headers": {"X": "a\r\nY: b"}}, "headers"),
        ({"headers": {"X\n": "a"}}, "headers"),
        ({"headers": {"Authorization": "Bearer x"}}, "sets itself"),
    ],
)
def test_with_options_refuses_what_cannot_be(payments: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        payments.with_options(**options)


def test_paths_queries_and_bodies_are_as_documented(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(200, {"data": payment_json})
    payments = kind.at(server)
    payments.retrieve("a?b", include=["order"], fields={"klarna_payments": ["order"], "orders": ["number"]})
    payments.update("x", auth_token=None, metadata={"ü": "ß"}, order="oRd")
    payments.create(order="oRd")
    got, changed, created = server.requests
    assert got.target == (
        "/api/klarna_payments/a%3Fb?include=order&fields%5Bklarna_payments%5D=order&fields%5Borders%5D=number"
    )
    for request in server.requests:
        assert request.headers["accept"] == "application/vnd.api+json"
        assert request.headers["authorization"] == "Bearer token-of-the-tests"
        assert request.headers["user-agent"].startswith("commercelayer-klarna/")
    assert "content-type" not in got.headers
    assert changed.headers["content-type"] == "application/vnd.api+json"
    assert changed.json == {
        "data": {
            "type": "klarna_payments",
            "id": "x",
            "attributes": {"auth_token": None, "metadata": {"ü": "ß"}},
            "relationships": {"order": {"data": {"type": "orders", "id": "oRd"}}},
        }
    }
    assert created.json == {
        "data": {
            "type": "klarna_payments",
            "attributes": {},
            "relationships": {"order": {"data": {"type": "orders", "id": "oRd"}}},
        }
    }


def test_after_close_calls_say_so(kind: Kind, server: Server, payment_json: dict[str, Any], sandbox: Sandbox) -> None:
    server.answer(200, {"data": payment_json})
    for payments in (kind.at(server), kind.on(sandbox)):
        payments.count() if payments.base_url != server.url else payments.retrieve("x")
        payments.close()
        payments.close()
        with pytest.raises(RuntimeError, match="closed"):
            payments.retrieve("x")
        with pytest.raises(RuntimeError, match="closed"):
            payments.with_options(timeout=1).retrieve("x")


def test_sales_channels_may_not_list(kind: Kind, sandbox: Sandbox) -> None:
    market = kind.on(sandbox).request("GET", f"orders/{sandbox.order_ids[0]}", include=["market"]).data.market
    credentials = ClientCredentials(client_id="sandbox-sales-channel", scope=f"market:id:{market.id}")
    payments = kind.on(sandbox, auth=credentials)
    payments.create(order=sandbox.order_ids[0])
    with pytest.raises(AuthenticationError) as caught:
        payments.count()
    assert caught.value.codes == ("UNAUTHORIZED",)


def test_the_environment_configures_a_client(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ORGANIZATION", "CLIENT_ID", "CLIENT_SECRET", "SCOPE"):
        monkeypatch.delenv(f"COMMERCELAYER_{name}", raising=False)
    cls = type(kind.client("x", auth=AccessToken("t"))) if kind.name == "sync" else None
    make = (cls or __import__("commercelayer_klarna").AsyncKlarnaPayments).from_env
    with pytest.raises(ValueError, match="COMMERCELAYER_ORGANIZATION is not set"):
        make()
    monkeypatch.setenv("COMMERCELAYER_ORGANIZATION", "Acme")
    with pytest.raises(ValueError, match="COMMERCELAYER_CLIENT_ID is not set"):
        make()
    monkeypatch.setenv("COMMERCELAYER_CLIENT_ID", "id")
    made = make(timeout=3)
    assert made.base_url == "https://acme.commercelayer.io/api"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "organization is missing"),
        ({"organization": "a.b"}, "not a slug"),
        ({"organization": "acme", "domain": "x/y"}, "not a domain"),
        ({"base_url": "ftp://x"}, "base_url='ftp://x' must be"),
        ({"base_url": "127.0.0.1:80/api"}, "base_url='127.0.0.1:80/api' must be"),
        ({"base_url": "https://acme.commercelayer.io"}, "pass 'https://acme.commercelayer.io/api'"),
        ({"base_url": "http://user:secret@x/api"}, "base_url must be"),
        ({"base_url": "http://x/api?y"}, "base_url must be"),
        (
            {"base_url": "https://u\u0300x/api"},
            "base_url='https://u\u0300x/api' has no usable host: Invalid IDNA hostname",
        ),
        ({"organization": "acme", "timeout": -1}, "timeout=-1"),
    ],
)
def test_constructors_refuse_what_cannot_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        KlarnaPayments(auth=AccessToken("opaque"), **arguments)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ({"base_url": "https://ACME.commercelayer.io:443/api/"}, "https://acme.commercelayer.io/api"),
        ({"base_url": "HTTPS://acme.commercelayer.io:8443/Api"}, "https://acme.commercelayer.io:8443/Api"),
        ({"base_url": "http://127.0.0.1:80/api"}, "http://127.0.0.1/api"),
        ({"base_url": "https://m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.example/api"}, "https://xn--mnchen-3ya.example/api"),
        ({"organization": "Acme", "domain": "CommerceLayer.IO:443"}, "https://acme.commercelayer.io/api"),
    ],
)  # fmt: skip
def test_an_address_has_one_form(arguments: dict[str, Any], address: str) -> None:
    """Clients of the same API share limits and locks by it."""
    with KlarnaPayments(auth=AccessToken("opaque"), **arguments) as payments:
        assert payments.base_url == address


def test_generated_functions_go_to_an_address_however_it_was_written(
    kind: Kind, server: Server, payment_json: dict[str, Any]
) -> None:
    server.answer(200, {"data": payment_json})
    payments = kind.at(server.url.replace("127.0.0.1", "LocalHost"))
    function: Any = retrieve_klarna_payment.sync if kind.name == "sync" else retrieve_klarna_payment.asyncio
    assert kind.now(function("x", client=payments.api)).data.id == payment_json["id"]
    assert payments.retrieve("x").id == payment_json["id"]


def test_credentials_are_not_sent_to_another_host_unasked() -> None:
    with pytest.raises(ValueError, match="auth_url"):
        KlarnaPayments(base_url="http://127.0.0.1:1/api", auth=ClientCredentials(client_id="x", client_secret="y"))


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (502, b"<html>"), (503, b""), (504, b""), (408, b""), (201, b"<html>"), (201, b"{}")],
)
def test_a_create_whose_outcome_is_unknown_is_not_sent_again(
    kind: Kind, server: Server, status: int, body: bytes
) -> None:
    server.answer(status, body)
    with pytest.raises(AmbiguousWriteError) as caught:
        kind.at(server).create(order="oRd", reference="po-1")
    assert [request.method for request in server.requests] == ["POST"] + ["GET"] * 4
    assert caught.value.order == "oRd"
    assert caught.value.reference == "po-1"
    assert caught.value.started_at is not None
    assert caught.value.started_at.tzinfo is UTC
    assert caught.value.__cause__ is not None


def test_a_create_that_was_refused_was_not_carried_out(kind: Kind, server: Server) -> None:
    server.answer(422, {"errors": [{"title": "no"}]})
    with pytest.raises(ValidationError):
        kind.at(server).create(order="oRd")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda payments: payments.create(order="o", reference=5),
        lambda payments: payments.update("x", auth_token=b"x"),
        lambda payments: payments.update("x", metadata=["x"]),
        lambda payments: payments.create(order="o", metadata={"a": [{1, 2}]}),
        lambda payments: payments.create(order="o", metadata={5: "x"}),
        lambda payments: payments.create(order=5),
        lambda payments: payments.request("GET", "orders", json=[1]),
    ],
)
def test_wrong_types_are_refused_before_anything_is_sent(kind: Kind, server: Server, wrong: Any) -> None:
    server.answer(200)
    with pytest.raises(TypeError):
        wrong(kind.at(server))
    assert server.requests == []


def test_params_that_say_something_twice_are_refused(payments: Any) -> None:
    with pytest.raises(ValueError, match="repeats"):
        payments.request("GET", "orders", params={"include": "market"}, include=["market"])


def test_addresses_that_are_too_long_are_refused(payments: Any) -> None:
    with pytest.raises(ValueError, match="shorten"):
        payments.count({"reference_in": ["x" * 100] * 1000})


@pytest.mark.parametrize("made", [5, httpx.AsyncClient, httpx.Client])
def test_an_http_client_of_the_wrong_kind_is_refused(made: Any) -> None:
    client: Any = made if made == 5 else made()
    with pytest.raises(TypeError, match="takes an httpx"):
        (AsyncKlarnaPayments if made is httpx.Client else KlarnaPayments)("a", auth=None, http_client=client)


def test_closed_clients_are_not_entered() -> None:
    payments = KlarnaPayments("acme", auth=AccessToken("x"))
    payments.close()
    with pytest.raises(RuntimeError, match="closed"), payments:
        pass


def test_from_env_needs_no_organization_where_the_constructor_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMMERCELAYER_ORGANIZATION", raising=False)
    with KlarnaPayments.from_env(base_url="http://127.0.0.1:9/api", auth=AccessToken("x")) as payments:
        assert payments.base_url == "http://127.0.0.1:9/api"


def test_an_include_that_the_api_refuses_comes_back_with_its_code(payments: Any, sandbox: Sandbox) -> None:
    made = payments.create(order=sandbox.order_ids[0])
    for path in ("event_stores", "order.nonsense"):
        with pytest.raises(BadRequestError) as caught:
            payments.retrieve(made.id, include=[path])
        assert caught.value.codes == ("INVALID_INCLUDE",)


@pytest.mark.parametrize("address", ["http://elsewhere.example/x", "https://127.0.0.1/api/orders"])
def test_the_token_goes_nowhere_else_by_the_generated_client(kind: Kind, sandbox: Sandbox, address: str) -> None:
    api = kind.on(sandbox).api
    http = api.get_httpx_client() if kind.name == "sync" else api.get_async_httpx_client()
    before = len(sandbox.requests)
    with pytest.raises(ValueError, match="is not below"):
        kind.now(http.get(address))
    assert len(sandbox.requests) == before


@pytest.mark.parametrize("identifier", ["", ".", ".."])
@pytest.mark.parametrize(
    "operation", ["retrieve_klarna_payment", "delete_klarna_payment", "retrieve_klarna_payment_order"]
)
def test_an_id_stays_one_segment_in_the_generated_client_too(
    kind: Kind, sandbox: Sandbox, operation: str, identifier: str
) -> None:
    generated = importlib.import_module(f"commercelayer_klarna_api.api.klarna_payments.{operation}")
    call = generated.sync_detailed if kind.name == "sync" else generated.asyncio_detailed
    before = len(sandbox.requests)
    with pytest.raises(ValueError, match="neither empty nor dots"):
        kind.now(call(identifier, client=kind.on(sandbox).api))
    assert len(sandbox.requests) == before


def test_a_dated_version_stands_in_each_path(kind: Kind, sandbox: Sandbox) -> None:
    payments = kind.on(sandbox, api_version="2017-08")
    order = sandbox.order_ids[0]
    payment = payments.ensure(order).payment
    payments.update(payment.id, auth_token="token-of-the-widget")
    assert payments.orders.place(order).status == "placed"
    for other in sandbox.order_ids[1:]:
        payments.create(order=other)
    assert len(list(payments.list(page_size=1))) == 3
    paths = {each.path for each in sandbox.requests} - {"/oauth/token"}
    assert all(path.startswith("/api/2017-08/") for path in paths)


def test_a_version_without_klarna_payments_is_said(kind: Kind, sandbox: Sandbox) -> None:
    payments = kind.on(sandbox, api_version="2026-05")
    for call in (payments.count, lambda: payments.create(order=sandbox.order_ids[0])):
        with pytest.raises(APIVersionError, match="no klarna payments, which are said to end with 2017-08"):
            call()
