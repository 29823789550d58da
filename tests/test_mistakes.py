"""Mistakes that newcomers make: each is refused before anything is sent, by value, place and remedy, and shortly."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from commercelayer_klarna import (
    AccessToken,
    APIConnectionError,
    AsyncKlarnaPayments,
    ClientCredentials,
    CommerceLayerError,
    KlarnaPayments,
)
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.server import Server

TOKEN = AccessToken("token")
CREDENTIALS = ClientCredentials(client_id="id", client_secret="planted-secret")

MAKING: list[tuple[Callable[[Any], object], type[Exception], str]] = [
    (lambda make: make("acme"), TypeError, "NAME needs auth: pass auth=ClientCredentials(client_id=..., client"),
    (lambda make: make("acme", client_id="x"), TypeError, "NAME takes no client_id: pass auth=ClientCredentials("),
    (lambda make: make("acme", token="x"), TypeError, "NAME takes no token: pass auth=AccessToken(...)"),
    (lambda make: make("acme", auth=TOKEN, time_out=3), TypeError, "NAME takes no time_out: pass timeout"),
    (lambda make: make("acme", auth=TOKEN, colour=3), TypeError, "NAME takes no colour: there are ('organization', '"),
    (lambda make: make("acme", TOKEN), TypeError, "one argument without a name, organization, not 2: name the others"),
    (lambda make: make("acme", auth="planted-secret"), TypeError, "auth of KlarnaPayments must be ClientCredentials("),
    (lambda make: make("acme", auth=("id", "planted-secret")), TypeError, "or AccessToken(...), not tuple"),
    (lambda make: make(auth=CREDENTIALS), ValueError, "organization is missing: pass its slug"),
    (lambda make: make("Acme Shop", auth=TOKEN), ValueError, "organization='Acme Shop' is not a slug: pass the part"),
    (lambda make: make("https://acme.commercelayer.io", auth=TOKEN), ValueError, "is not a slug: pass the part before"),
    (lambda make: make(5, auth=TOKEN), TypeError, "organization must be a string, not int"),
    (lambda make: make("acme", auth=TOKEN, domain="x/y"), ValueError, "domain='x/y' is not a domain: pass one such as"),
    (lambda make: make(base_url="localhost:80/api", auth=TOKEN), ValueError, "base_url='localhost:80/api' must be an"),
    (lambda make: make(base_url="http://u:planted-secret@x/api", auth=TOKEN), ValueError, "base_url must be an http "),
    (lambda make: make(base_url="http://localhost", auth=TOKEN), ValueError, "so pass 'http://localhost/api'"),
    (lambda make: make(base_url="http://shop.example/api", auth=TOKEN), ValueError, "in the clear: use https"),
    (lambda make: make(base_url=5, auth=TOKEN), TypeError, "base_url must be a string, not int"),
    (lambda make: make(base_url="http://localhost/api", auth=CREDENTIALS), ValueError, "pass auth_url to ClientCred"),
    (lambda make: make("acme", auth=TOKEN, api_version="v1"), ValueError, "api_version='v1' is not a dated version: "),
    (lambda make: make("acme", auth=TOKEN, timeout="3"), TypeError, "timeout must be a number of seconds or None, no"),
    (lambda make: make("acme", auth=TOKEN, deadline=0), ValueError, "deadline=0 is not a number of seconds above 0"),
    (lambda make: make("acme", auth=TOKEN, retry=3), TypeError, "retry=3 must be a RetryPolicy, or None for no retri"),
    (lambda make: make("acme", auth=TOKEN, without="retry"), ValueError, "without='retry': pass a list of names of"),
    (lambda make: make("acme", auth=TOKEN, without=["nope"]), ValueError, "without=['nope']: pass a list of names of"),
    (lambda make: make("acme", auth=TOKEN, max_response_bytes=1.5), TypeError, "a whole number of bytes or None, not"),
    (lambda make: make("acme", auth=TOKEN, connections="9"), TypeError, "connections must be a whole number, not str"),
    (lambda make: make("acme", auth=TOKEN, connections=True), TypeError, "connections must be a whole number, not bo"),
    (lambda make: make("acme", auth=TOKEN, connections=0), ValueError, "connections=0 is not a number of connections"),
    (lambda make: make("acme", auth=TOKEN, connections=1001), ValueError, "connections=1001 is not a number of conn"),
    (lambda make: make("acme", auth=TOKEN, http_client=3), TypeError, "http_client=3: a NAME takes an httpx."),
    (lambda _: ClientCredentials(client_id=""), ValueError, "client_id is empty: pass the client_id of your API cred"),
    (lambda _: ClientCredentials(client_id="x", client_secret=""), ValueError, "or None for a sales channel"),
    (lambda _: ClientCredentials(client_id="x\n"), ValueError, "client_id has a line end, or a blank at one of its e"),
    (lambda _: AccessToken(""), ValueError, "the access token is empty or not a bearer token: pass it as the API gave"),
]  # fmt: skip

CALLS: list[tuple[Callable[[Any], object], type[Exception], str]] = [
    (lambda each: each.retrieve(None), TypeError, "id must be a string, not NoneType: pass an id such as 'kPmNtAbCdE'"),
    (lambda each: each.retrieve(""), ValueError, "id='' cannot be an id: pass one such as 'kPmNtAbCdE'"),
    (lambda each: each.retrieve("../orders"), ValueError, "id='../orders' cannot be an id: pass one such as"),
    (lambda each: each.retrieve("kPmNtAbCdE\n"), ValueError, r"id='kPmNtAbCdE\n' cannot be an id: it has a blank or "),
    (lambda each: each.retrieve(" kPmNtAbCdE"), ValueError, "so pass it stripped"),
    (lambda each: each.delete("kPm NtAbCdE"), ValueError, "id='kPm NtAbCdE' cannot be an id"),
    (lambda each: each.orders.place(None), TypeError, "id must be a string, not NoneType: pass an id such as"),
    (lambda each: each.retrieve(a_payment()), TypeError, "id must be a string, not KlarnaPayment: pass its id"),
    (lambda each: each.create(order=a_payment()), TypeError, "order must be a string, not KlarnaPayment: pass its id"),
    (lambda each: each.create(order=123), TypeError, "order must be a string, not int: pass an id such as"),
    (lambda each: each.create(order="o", metadata={"a": {1}}), TypeError, "metadata['a'] is a set, which JSON cannot"),
    (lambda each: each.create(order="o", metadata=[1]), TypeError, "metadata must be"),
    (lambda each: each.create(order="o", reference=5), TypeError, "reference must be"),
    (lambda each: each.update("x"), ValueError, "there is nothing to update: pass at least one of auth_token, refere"),
    (lambda each: each.update("x", refrence="y"), TypeError, "unexpected keyword argument 'refrence'"),
    (lambda each: each.update("x", auth_token=5), TypeError, "auth_token must be a string, not int"),
    (lambda each: each.retrieve("x", include="order"), TypeError, "include='order' is a string: pass a list, such as"),
    (lambda each: each.retrieve("x", fields="id"), TypeError, "fields='id' is a string: pass a list"),
    (lambda each: each.list(sort="created_at"), TypeError, "sort='created_at' is a string: pass a list"),
    (lambda each: each.list(page_size=100), ValueError, "page_size=100 is not between 1 and 25: the API sends at mos"),
    (lambda each: each.list(limit=-1), ValueError, "limit=-1"),
    (lambda each: each.list(filters={"created_at__gte": "x"}), ValueError, "filters has 'created_at__gte': a filter "),
    (lambda each: each.list(filters={"reference_eq": None}), ValueError, "filters['reference_eq'] is None: ask"),
    (lambda each: each.list(filters={"created_at_gteq": datetime(2026, 1, 1)}), ValueError, "time zone"),
    (lambda each: each.count("reference_eq"), TypeError, "filters"),
    (lambda each: each.find_by_metadata({}), ValueError, "values is empty, which all metadata contain: name at least"),
    (lambda each: each.merge_metadata("x", {"a": {1}}), TypeError, "changes['a'] is a set, which JSON cannot carry"),
    (lambda each: each.request("GET", "/api/orders/x"), ValueError, "path='/api/orders/x' begins with /api, which th"),
    (lambda each: each.request("GET", "https://x/api/orders"), ValueError, "is not relative to /api: pass one such as"),
    (lambda each: each.request("GET", "orders?x=1"), ValueError, "without a query"),
    (lambda each: each.request("PUT", "orders/x"), ValueError, "method='PUT' is not one of GET, POST, PATCH, DELETE"),
    (lambda each: each.request("PATCH", "orders/x", json=[1]), TypeError, "json"),
    (lambda each: each.with_options(timeout="3"), TypeError, "timeout must be a number of seconds or None, not str"),
    (lambda each: each.with_options(headers={"Authorization": "x"}), ValueError, "which the client sets itself"),
    (lambda each: each.with_options(headers={"X-Key": "a\nb"}), ValueError, "headers['X-Key'] has characters that HT"),
    (lambda each: each.event_stores("a/b"), ValueError, "id='a/b' cannot be an id"),
    (lambda each: each.list_for_gateway(None), TypeError, "gateway_id must be a string, not NoneType: pass an id"),
]  # fmt: skip


def a_payment() -> Any:
    sandbox = Sandbox()
    with sandbox.client() as payments:
        return payments.create(order=sandbox.order_ids[0])


def lines_of(error: BaseException) -> int:
    """Return how long the traceback is for a program whose own line called: that takes two lines."""
    own = error.__traceback__
    while own is not None and not own.tb_frame.f_globals["__name__"].startswith("commercelayer_klarna"):
        own = own.tb_next
    return 2 + "".join(traceback.format_exception(error.with_traceback(own))).count("\n")


@pytest.mark.parametrize("make", [KlarnaPayments, AsyncKlarnaPayments])
@pytest.mark.parametrize(("mistake", "kind_of_error", "said"), MAKING, ids=range(len(MAKING)))
def test_making_a_client(
    make: type[Any], mistake: Callable[[Any], object], kind_of_error: type[Exception], said: str
) -> None:
    with pytest.raises(kind_of_error) as caught:
        mistake(make)
    assert type(caught.value) is kind_of_error
    assert said.replace("NAME", make.__name__) in str(caught.value)
    assert "planted-secret" not in str(caught.value)
    assert lines_of(caught.value) <= 12


@pytest.mark.parametrize(("mistake", "kind_of_error", "said"), CALLS, ids=range(len(CALLS)))
def test_calling_it(
    server: Server, mistake: Callable[[Any], object], kind_of_error: type[Exception], said: str
) -> None:
    with KlarnaPayments(base_url=server.url, auth=TOKEN) as payments, pytest.raises(kind_of_error) as caught:
        mistake(payments)
    assert type(caught.value) is kind_of_error
    assert said in str(caught.value)
    assert server.requests == []
    assert lines_of(caught.value) <= 12


ENVIRONMENT = {
    "COMMERCELAYER_CLIENT_ID": "id",
    "COMMERCELAYER_BASE_URL": "http://localhost:1/api",
    "COMMERCELAYER_AUTH_URL": "http://localhost:1/oauth/token",
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"COMMERCELAYER_CLIENT_ID": ""}, "COMMERCELAYER_CLIENT_ID is not set"),
        ({"COMMERCELAYER_CLIENT_SECRET": ""}, "COMMERCELAYER_CLIENT_SECRET is empty: set it, or unset it for a sales"),
        ({"COMMERCELAYER_BASE_URL": "http://localhost:1"}, "COMMERCELAYER_BASE_URL='http://localhost:1' has no path"),
        (
            {"COMMERCELAYER_AUTH_URL": "localhost"},
            "COMMERCELAYER_AUTH_URL='localhost' must be an http or https address",
        ),
        ({"COMMERCELAYER_AUTH_URL": ""}, "set COMMERCELAYER_AUTH_URL for from_env"),
    ],
)
def test_the_environment(monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], said: str) -> None:
    for name, value in {**ENVIRONMENT, **changes}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its text is the point
        KlarnaPayments.from_env()
    assert said in str(caught.value)
    assert lines_of(caught.value) <= 12


def test_the_exports_of_the_command_lead_to_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-m", "commercelayer_klarna.sandbox", "serve", "--env"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        assert served.stdout is not None
        *exports, script, orders = [served.stdout.readline() for _ in range(7)]
        assert script.endswith("/__sandbox__/klarna.js\n")
        try:
            for line in exports:
                name, _, value = line.removeprefix("export ").rstrip().partition("=")
                monkeypatch.setenv(name, value)
            with KlarnaPayments.from_env() as payments:
                assert payments.create(order=orders.split()[-1]).client_token
        finally:
            served.terminate()


def test_no_answer_says_to_where_and_what_to_check(kind: Kind) -> None:
    for url, said in (
        ("http://127.0.0.1:9/api", "GET http://127.0.0.1:9/api/klarna_payments/x: ConnectError: "),
        (
            "http://127.0.0.1:9/api",
            "; check that 127.0.0.1 is up and listens on that port, and firewalls and proxies between",
        ),
        ("https://nosuch.invalid/api", "https://nosuch.invalid:443/api/klarna_payments/x: "),
        ("https://nosuch.invalid/api", "; check the name nosuch.invalid (the organization is its first part)"),
    ):
        with pytest.raises(APIConnectionError) as caught:
            kind.at(url, retry=None).retrieve("x")
        assert said in str(caught.value)
        assert lines_of(caught.value) <= 40


def test_http_where_https_was_meant(kind: Kind, server: Server) -> None:
    with pytest.raises(APIConnectionError, match=r"check that 127\.0\.0\.1 speaks https on that port, not http"):
        kind.at(server.url.replace("http:", "https:"), retry=None).retrieve("x")


def test_tracebacks_are_short(kind: Kind) -> None:
    sandbox = Sandbox()
    refused = ClientCredentials(client_id="x", client_secret="y")
    unreachable = ClientCredentials(client_id="x", auth_url="http://127.0.0.1:9/oauth/token")
    for most, payments in (
        (25, kind.on(sandbox)),
        (25, kind.on(sandbox, auth=refused)),
        (40, kind.at("http://127.0.0.1:9/api")),
        (40, kind.at("http://127.0.0.1:9/api", auth=unreachable)),
    ):
        with pytest.raises(CommerceLayerError) as caught:
            payments.retrieve("x")
        assert 4 < lines_of(caught.value) <= most


def test_tracebacks_are_whole_while_debugging(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "commercelayer_klarna")
    with pytest.raises(CommerceLayerError) as caught:
        kind.at("http://127.0.0.1:9/api", retry=None).retrieve("x")
    assert lines_of(caught.value) > 40


@pytest.mark.parametrize(
    ("level", "lines"), [("debug", ["DEBUG opened a client", "DEBUG GET"]), ("warning", []), ("x", ["is not"])]
)
def test_the_environment_turns_on_the_logs(level: str, lines: list[str]) -> None:
    program = "from commercelayer_klarna.sandbox import Sandbox\nSandbox().client().count()"
    environment = {**os.environ, "COMMERCELAYER_KLARNA_LOG": level}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == (1 if level == "x" else 0)
    assert bool(done.stderr) is bool(lines)
    assert all(line in done.stderr for line in lines)
