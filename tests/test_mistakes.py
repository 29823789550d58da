"""Mistakes that newcomers make: each is refused before anything is sent, by value, place and remedy, and shortly."""

# Many of them are mistakes in types, which a type checker finds as well.
# pyright: reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from math import nan
from typing import Any

import httpx
import pytest

from commercelayer_klarna import (
    AccessToken,
    AmbiguousWriteError,
    APIConnectionError,
    AsyncKlarnaPayments,
    AuthenticationError,
    BadRequestError,
    ClientCredentials,
    CommerceLayerError,
    FileTokenStore,
    KlarnaPayments,
    NotFetchedError,
    NotFoundError,
    NotIncludedError,
    PluginError,
    RetryPolicy,
    TokenError,
    TransitionError,
    ValidationError,
    bulk,
    webhooks,
)
from commercelayer_klarna.plugins import Plugin
from commercelayer_klarna.plugins.limits import Limits
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.kind import Kind
from support.server import Server

TOKEN = AccessToken("token")
NOON = datetime(2026, 1, 1, 12)
CREDENTIALS = ClientCredentials(client_id="id", client_secret="planted-secret")


def near(misspelt: str, meant: str) -> str:
    """Return what Python says of a keyword argument that is misspelt; from 3.13 on, what was meant."""
    return f"{misspelt!r}" + (f". Did you mean {meant!r}?" if sys.version_info >= (3, 13) else "")


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
    (lambda make: make("acme", auth=TOKEN, api_key="planted-secret"), TypeError, "takes no api_key: pass auth=AccessT"),
    (lambda make: make("acme", auth=TOKEN, max_retries=3), TypeError, "takes no max_retries: pass retry=RetryPolicy("),
    (lambda make: make("acme", auth=TOKEN, verify=False), TypeError, "takes no verify: pass http_client=httpx.Client("),
    (lambda make: make("acme", auth=TOKEN, proxy="x:80"), TypeError, "takes no proxy: pass http_client=httpx.Client("),
    (lambda make: make("acme", auth=TOKEN, headers={}), TypeError, "no headers: pass them to with_options(headers=..."),
    (lambda make: make("", auth=TOKEN), ValueError, "organization is missing: pass its slug, or an access token whose"),
    (lambda make: make("acme.commercelayer.io", auth=TOKEN), ValueError, "is not a slug: pass the part before .commer"),
    (lambda make: make(base_url="ftp://x/api", auth=TOKEN), ValueError, "base_url='ftp://x/api' must be an http or ht"),
    (lambda make: make(base_url="https://x:99999/api", auth=TOKEN), ValueError, "'https://x:99999/api' must be an htt"),
    (lambda make: make(base_url=" https://x/api", auth=TOKEN), ValueError, "base_url=' https://x/api' must be an http"),
    (lambda make: make(base_url="https://x/api?a=planted-secret", auth=TOKEN), ValueError, "base_url must be an http "),
    (lambda make: make("acme", auth=with_auth_url("x")), ValueError, "auth_url='x' must be an http or https address"),
    (lambda make: make("acme", auth=with_auth_url("http://x.example/")), ValueError, "auth_url would send tokens in t"),
    (lambda make: make("acme", auth=TOKEN, api_version=2017), ValueError, "api_version=2017 is not a dated version: p"),
    (lambda make: make("acme", auth=TOKEN, timeout=httpx.Timeout(3)), TypeError, "timeout must be a number of seconds"),
    (lambda make: make("acme", auth=TOKEN, timeout=float("nan")), ValueError, "timeout=nan is not a number of seconds"),
    (lambda make: make("acme", auth=TOKEN, max_response_bytes=0), ValueError, "max_response_bytes=0 is not a number o"),
    (lambda make: make("acme", auth=TOKEN, http_client=httpx), TypeError, "a NAME takes an httpx."),
    (lambda _: ClientCredentials(client_id=None), TypeError, "client_id must be a string, not NoneType: pass that of "),
    (lambda _: ClientCredentials(client_id="x", scope=["a"]), TypeError, "scope must be a string, not list: pass that"),
    (lambda _: AccessToken(None), TypeError, "the access token must be a string, not NoneType: pass it as the API "),
    (lambda _: AccessToken("Bearer planted-secret"), ValueError, "pass it as the API gave it, without 'Bearer'"),
    (lambda _: FileTokenStore(None), TypeError, "directory must be a path, not NoneType: pass one of your own"),
    (lambda _: RetryPolicy(attempts=0), ValueError, "attempts=0: there is at least one; pass retry=None to turn"),
    (lambda _: RetryPolicy(attempts="3"), TypeError, "attempts='3' must be a whole number"),
    (lambda _: Limits(per_minute=0), ValueError, "per_minute=0 must be a whole number, 1 or more"),
    (lambda _: Limits(store="localhost"), ValueError, "the address of a Redis begins with redis://, rediss:// or un"),
    (lambda _: AccessToken(""), ValueError, "the access token is empty or not a bearer token: pass it as the API gave"),
    (lambda make: make("acme", auth=TOKEN, plugins="limits"), PluginError, "is a string: pass a list, such as ['limi"),
    (lambda make: make("acme", auth=TOKEN, plugins=Limits()), PluginError, "is the plugin 'limits': pass a list of p"),
    (lambda make: make("acme", auth=TOKEN, plugins=["nope"]), PluginError, "the plugin 'nope' is not installed (inst"),
    (lambda make: make("acme", auth=TOKEN, plugins=[5]), PluginError, "5 is not a plugin: pass an instance or a subcl"),
    (lambda make: make("acme", auth=TOKEN, plugins=[Limits(), Limits()]), PluginError, "has the same name: leave one "),
    (lambda make: make("acme", auth=TOKEN, plugins=[Nameless]), PluginError, "Nameless has the name '': give it a `na"),
    (lambda make: make("acme", auth=TOKEN, plugins=5), PluginError, "plugins=5: pass a list of plugins, or leave it o"),
    (lambda make: make("acme", auth=TOKEN, plugins=None), PluginError, "plugins=None: pass a list of plugins, or leav"),
    (lambda make: make("acme", auth=TOKEN, plugins={"a": 1}), PluginError, "plugins={'a': 1}: pass a list of plugins,"),
    (lambda make: make("acme", auth=TOKEN, without=None), ValueError, "without=None: pass a list of names of jsonapi,"),
    (lambda make: make("acme", auth=TOKEN, timing=5), TypeError, "timing must be a Timing, not int: leave it out, exc"),
    (lambda make: make("acme", auth=TOKEN, token_store="redis://u:planted-secret@x"), TypeError, "such as FileTokenSt"),
    (lambda make: make("acme", auth=TOKEN, token_store=FileTokenStore), TypeError, "token_store must be a store such "),
    (lambda make: make("acme", auth=TOKEN, domain=None), ValueError, "domain=None is not a domain: pass one such as"),
    (lambda _: ClientCredentials("id", "planted-secret"), TypeError, "ClientCredentials takes its values by name, cli"),
    (lambda _: ClientCredentials(client_id="x", secret="planted-secret"), TypeError, "scope: there is secret"),
    (lambda _: FileTokenStore(""), ValueError, "directory='' is empty: pass one of your own"),
    (lambda _: RetryPolicy(base="x"), TypeError, "base='x' and cap=20.0 must be numbers of seconds"),
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
    (lambda each: each.update("x"), ValueError, "there is nothing to update: pass at least one of "),
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
    (lambda each: each.retrieve(5), TypeError, "id must be a string, not int: pass an id such as 'kPmNtAbCdE'"),
    (lambda each: each.retrieve(b"x"), TypeError, "id must be a string, not bytes: pass an id such as 'kPmNtAbCdE'"),
    (lambda each: each.retrieve(["x"]), TypeError, "id must be a string, not list: pass an id such as 'kPmNtAbCdE'"),
    (lambda each: each.retrieve("x\ty"), ValueError, "it has a blank or a line end, so pass it stripped"),
    (lambda each: each.update(a_payment(), reference="y"), TypeError, "id must be a string, not KlarnaPayment: pass i"),
    (lambda each: each.create(order=None), TypeError, "order must be a string, not NoneType: pass an id such as"),
    (lambda each: each.create(order=""), ValueError, "order='' cannot be an id: pass one such as 'kPmNtAbCdE'"),
    (lambda each: each.ensure(None), TypeError, "order must be a string, not NoneType: pass an id such as"),
    (lambda each: each.create(order="o", metadata={"a": nan}), ValueError, "metadata['a'] is nan, which JSON cannot"),
    (lambda each: each.create(order="o", metadata={1: 2}), TypeError, "metadata has the key 1: keys of JSON objects "),
    (lambda each: each.create(order="o", metadata={"a": NOON}), TypeError, "convert it, or give its key a metadata co"),
    (lambda each: each.create(order="o", metadata={"a": "\ud800"}), ValueError, "metadata['a'] is not valid text: its"),
    (lambda each: each.update("x", metadata="y"), TypeError, 'metadata must be a mapping such as {"key": "value"}, no'),
    (lambda each: each.update("x", client_token="y"), TypeError, "'client_token': did you mean auth_token?"),
    (lambda each: each.update("x", {"reference": "y"}), TypeError, "update() takes 2 positional arguments but 3"),
    (lambda each: each.retrieve("x", include=[1]), ValueError, 'include has 1: each must be a path of names and dots'),
    (lambda each: each.retrieve("x", include=["order,market"]), ValueError, "include has 'order,market': each must be"),
    (lambda each: each.retrieve("x", fields={"orders": "id"}), TypeError, "fields[orders]='id' is a string: pass a l"),
    (lambda each: each.list(sort=["a b"]), ValueError, "sort has 'a b': each must be an attribute, with \"-\" before"),
    (lambda each: each.list(page_size=0), ValueError, "page_size=0 is not between 1 and 25: the API sends at most 2"),
    (lambda each: each.list(page_size="5"), ValueError, "page_size='5' is not between 1 and 25"),
    (lambda each: each.list(limit="5"), ValueError, "limit='5' is not a whole number, 0 or more: pass None for no l"),
    (lambda each: each.list(start=2), TypeError, "start must be the next of a page of the same list, not int"),
    (lambda each: each.list(filters=["reference_eq"]), TypeError, 'filters must be a mapping such as {"reference_eq"'),
    (lambda each: each.list(filters={"reference": "x"}), ValueError, "a filter is <attribute>_<predicate>, such as"),
    (lambda each: each.list(filters={"reference_in": []}), ValueError, "filters['reference_in'] has no values: an "),
    (lambda each: each.list(filters={"reference_eq": ["a"]}), ValueError, "use a predicate that takes them, such as"),
    (lambda each: each.list(filters={"reference_in": ["a,b"]}), ValueError, "has 'a,b': the API cannot take a comma"),
    (lambda each: each.list(filters={"reference_eq": {}}), ValueError, "is a mapping: only a _jcont filter takes one"),
    (lambda each: bool(each.list()), TypeError, "is neither true nor false: call exists(), first() or count()"),
    (lambda each: len(each.list()), TypeError, "not known before it is walked: call count() with the same filters"),
    (lambda each: each.merge_metadata("x", None), TypeError, 'changes must be a mapping such as {"key": "value"}, n'),
    (lambda each: each.merge_metadata("x", {}, expected_updated_at=NOON), ValueError, ") has no time zone: give it o"),
    (lambda each: each.merge_metadata("x", {}, expected_updated_at="now"), TypeError, "='now' must be a datetime wit"),
    (lambda each: each.find_by_metadata("x"), TypeError, 'values must be a mapping such as {"key": "value"}, not st'),
    (lambda each: each.authorizations.capture("x", amount_cents=1.5), TypeError, "a whole number, not float: 1234 is"),
    (lambda each: each.captures.refund("x", amount_cents=0), ValueError, "amount_cents=0 is not above 0: leave it out"),
    (lambda each: each.settle("x"), TypeError, "error must be the AmbiguousWriteError that a client raised, not str"),
    (lambda each: each.settle(AmbiguousWriteError("x")), ValueError, "has no evidence: pass the error that a client "),
    (lambda each: each.run(lambda: 5), TypeError, "run() takes a flow, such as place(order) of a generator function"),
    (lambda each: each.request("GET", ""), ValueError, "path='' is not relative to /api: pass one such as 'orders/"),
    (lambda each: each.request("GET", "../orders"), ValueError, "path='../orders' is not relative to /api: pass one"),
    (lambda each: each.request("GET", "orders", params="a=b"), ValueError, "params='a=b' is not a mapping"),
    (lambda each: each.request("GET", "orders", json={}), ValueError, "a GET sends no document: pass params, or anoth"),
    (lambda each: each.with_options(tags={"a": 1}), TypeError, "must be a mapping of strings to strings, such as {'ac"),
    (lambda each: each.with_options(headers={"X A": "1"}), ValueError, "headers has the name 'X A', which HTTP does n"),
    (lambda each: each.with_options(timeout=0), ValueError, "timeout=0 is not a number of seconds above 0, at most a "),
    (lambda each: each.with_options(deadline=-1), ValueError, "deadline=-1 is not a number of seconds above 0, at mos"),
    (lambda _: bulk.scan("x"), TypeError, "endpoint must be one of a client, such as payments.orders, not str"),
    (lambda each: bulk.scan(each, filters="x"), TypeError, 'filters must be a mapping such as {"reference_eq": "x"}'),
    (lambda each: bulk.changes(each, since="x"), TypeError, "since='x' must be a datetime with a time zone, not str"),
    (lambda each: bulk.changes(each, since=NOON), ValueError, "has no time zone: give it one, such as datetime.UTC"),
    (lambda each: bulk.export(each, "x.xlsx"), ValueError, "is none of jsonl, csv, parquet: name one, or end the fi"),
    (lambda each: bulk.export(each, "x.csv", progress=5), TypeError, "progress=5: pass a function of (done, total), o"),
    (lambda each: bulk.backfill(each, len, items="abc"), TypeError, "items='abc' is a string: pass a list, such as ["),
    (lambda each: bulk.backfill(each, len, items=5), TypeError, "items=5 is not a list of ids: pass one, or leave it"),
    (lambda each: bulk.backfill(each, len, items=["a", " "]), ValueError, "items[1]=' ' cannot be an id: pass one su"),
    (lambda each: bulk.backfill(each, len, items=["a/b"]), ValueError, "items[0]='a/b' cannot be an id: pass one suc"),
    (lambda each: bulk.backfill(each, len, items=["a,b"]), ValueError, "it has a comma, so pass each id by itself"),
    (lambda each: bulk.backfill(each, len, items=[5]), TypeError, "items[0] must be a string, not int: pass an id su"),
    (lambda each: bulk.backfill(each, len, items=["a"], filters={"id_in": ["b"]}), ValueError, "filters has id_in="),
    (lambda each: bulk.backfill(each, 5), TypeError, "change must be a function of a resource, not int"),
    (lambda _: webhooks.verify("{}", "x", "s"), TypeError, "body must be the raw bytes that were received, not str"),
    (lambda _: webhooks.verify(b"{}", None, "s"), TypeError, "not NoneType: pass the header X-CommerceLayer-Signatur"),
    (lambda _: Sandbox(organization="a b"), ValueError, "organization='a b' is not a slug: use small letters, digi"),
    (lambda _: Sandbox().set_order_total("x", 5), LookupError, "'x' is no order of this sandbox: add_order() returns"),
    (lambda each: each.retrieve("x", include=None), TypeError, "include=None is not a list of strings: pass one, or"),
    (lambda each: each.list()[0], TypeError, "a list has not asked yet, so it has no places: walk through it, or call"),
    (lambda each: each.request("GET", "orders", params={"a": {}}), TypeError, "params['a'] is a dict: pass a string o"),
    (lambda each: each.with_options(headers="x"), TypeError, 'headers must be a mapping such as {"X-Shop": "7"}, not '),
    (lambda each: bulk.export(each, None), TypeError, "None is neither a path nor an address: pass one such as 'pay"),
    (lambda each: bulk.export(each, "x.csv", columns="id"), TypeError, "columns='id': pass a list of names, such as ["),
    (lambda each: bulk.export(each, "x.csv", columns=[5]), ValueError, "columns has 5: each is an attribute, or a pat"),
    (lambda each: bulk.backfill(each, len, checkpoint=5), TypeError, "5 is neither a path nor an address: pass one"),
    (lambda _: webhooks.verify(b"{}", "x", 5), TypeError, "secret must be a string or a list of strings, not int"),
    (lambda _: webhooks.verify(b"{}", "x", []), ValueError, "secret is empty: pass the shared secret of the webhook"),
    (lambda _: webhooks.parse(b"{}", None, "s"), TypeError, "headers must be a mapping of names to values, or pairs"),
    (lambda _: Sandbox(orders="x"), ValueError, "orders is a number from 0 to 10000, not 'x'"),
    (lambda _: Sandbox().create_payment("x"), LookupError, "'x' is no order of this sandbox: add_order() returns the"),
    (lambda _: a_step("place"), ValueError, "trigger='place' is no step of orders: there are _approve, _approve_and"),
    (lambda _: Sandbox().advance("x"), ValueError, "seconds='x': time only goes on; set_time() sets it back"),
    (lambda _: Sandbox().set_time("x"), ValueError, "now='x': a time lies between 1970 and 3000, in seconds since"),
    (lambda _: SandboxServer(Sandbox(), port=99999), OSError, "port=99999: bind(): port must be 0-65535.: pass"),
    (lambda _: Sandbox().add_webhook(["orders.place"], "x"), ValueError, "callback_url='x' is no http address"),
    (lambda each: each.list_for_gateway(None), TypeError, "gateway_id must be a string, not NoneType: pass an id"),
    (lambda each: each.list(filters={"reference_in": ["a", ""]}), ValueError, "has an empty text, which the API c"),
    (lambda each: each.list(filters={"reference_eq": Decimal("1e5000")}), ValueError, "which has more digits than any"),
    (lambda each: each.list(filters={"reference_eq": 1 << 1024}), ValueError, "is a number of 1025 bits, which no "),
    (pickle.dumps, TypeError, "does not pickle, because it holds connections and credentials"),
    # These are Python's own words, which name the nearest one too from 3.13 on. Ours would take a frame in each call.
    (lambda each: each.list(filter={}), TypeError, "unexpected keyword argument " + near("filter", "filters")),
    (lambda each: each.retrieve("x", includes=[]), TypeError, "keyword argument " + near("includes", "include")),
    (lambda each: each.create(order="o", refrence="y"), TypeError, "keyword argument " + near("refrence", "reference")),
    (lambda each: each.merge_metadata("x", {}, depp=True), TypeError, "keyword argument " + near("depp", "deep")),
    (lambda each: each.orders.capture("x", amount_cent=1), TypeError, "unexpected keyword argument 'amount_cent'"),
    (lambda each: each.with_options(time_out=3), TypeError, "keyword argument " + near("time_out", "timeout")),
    (lambda each: bulk.scan(each, filter={}), TypeError, "keyword argument " + near("filter", "filters")),
    (lambda each: bulk.export(each, "x.csv", colums=[]), TypeError, "keyword argument " + near("colums", "columns")),
]  # fmt: skip


READING: list[tuple[Callable[[Any], object], type[Exception], str]] = [
    (dict, TypeError, "a KlarnaPayment cannot be iterated: call to_dict(), or read attributes"),
    (list, TypeError, "a KlarnaPayment cannot be iterated: call to_dict(), or read attributes"),
    (json.dumps, TypeError, "KlarnaPayment is not JSON serializable"),
    (lambda each: each["id"], NotFetchedError, "'id' is no attribute of the API: read .id"),
    (lambda each: each["order"], NotIncludedError, "came without order: ask with include=['order']"),
    (lambda each: each["nope"], NotFetchedError, "came without nope: it was asked for, and did not come: its name ma"),
    (lambda each: each.order.number, NotIncludedError, "came without order: ask with include=['order']"),
    (lambda each: each.clien_token, AttributeError, "'KlarnaPayment' has no attribute 'clien_token'"),
    (lambda each: each.ext.nope, AttributeError, "adds 'nope' to klarna_payments (there are: metadata, money): name "),
    (lambda each: setattr(each, "reference", "x"), TypeError, "cannot be changed here: call update"),
    (lambda each: delattr(each, "reference"), TypeError, "cannot be changed here: call update"),
    (lambda each: each.__setitem__("reference", "x"), TypeError, "cannot be changed here: call update"),
    (lambda each: pickle.loads(pickle.dumps(each)).client_token, NotFetchedError, "secrets are not kept in pickles"),
    (lambda each: pickle.loads(pickle.dumps(each)).response, NotFetchedError, "there is no response: this came from"),
]  # fmt: skip

# What the API says; the client adds the request, its path and its id.
REFUSED: list[tuple[Callable[[Any], object], type[Exception], str]] = [
    (lambda each: each.retrieve("nope"), NotFoundError, "404 GET klarna_payments/nope: The requested resource was not"),
    (lambda each: each.list(sort=["nope"]).first(), BadRequestError, "nope is not a valid sort criteria for klarna_pa"),
    (lambda each: each.list(include=["nope"]).first(), BadRequestError, "nope is not a valid includable relationship"),
    (lambda each: each.list(fields=["nope"]).first(), BadRequestError, "nope is not a valid field for klarna_payments"),
    (lambda each: each.list(filters={"nope_eq": 1}).first(), BadRequestError, "400 GET klarna_payments: nope_eq is no"),
    (lambda each: each.create(order="nope"), ValidationError, "422 POST klarna_payments: order - can't be blank"),
    (lambda each: each.request("GET", "nope"), NotFoundError, "404 GET nope: The requested resource was not found"),
    (lambda each: each.list().one(), LookupError, "the list has none, not one: narrow its filters, or call first()"),
    (lambda each: each.orders.list().one(), LookupError, "the list has 3, not one: narrow its filters, or call first"),
    (lambda each: each.orders.capture(each.orders.list().first().id), TransitionError, "possible from there: orders.p"),
]  # fmt: skip


def with_auth_url(auth_url: str) -> ClientCredentials:
    return ClientCredentials(client_id="id", auth_url=auth_url)


class Nameless(Plugin):
    """A plugin whose author forgot to name it."""


def a_step(name: str) -> None:
    sandbox = Sandbox()
    sandbox.step(sandbox.order_ids[0], name)


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
    kind: Kind, server: Server, mistake: Callable[[Any], object], kind_of_error: type[Exception], said: str
) -> None:
    made = KlarnaPayments if kind.name == "sync" else AsyncKlarnaPayments
    payments = made(base_url=server.url, auth=TOKEN)
    with pytest.raises(kind_of_error) as caught:
        kind.now(mistake(payments))
    kind.now(payments.close())
    assert type(caught.value) is kind_of_error
    assert said in str(caught.value)
    assert server.requests == []
    assert lines_of(caught.value) <= 12


@pytest.mark.parametrize(("mistake", "kind_of_error", "said"), READING, ids=range(len(READING)))
def test_reading_what_came(mistake: Callable[[Any], object], kind_of_error: type[Exception], said: str) -> None:
    with pytest.raises(kind_of_error) as caught:
        mistake(a_payment())
    assert type(caught.value) is kind_of_error
    assert said in str(caught.value)
    assert lines_of(caught.value) <= 15


@pytest.mark.parametrize(("mistake", "kind_of_error", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_only_the_api_can_refuse(
    mistake: Callable[[Any], object], kind_of_error: type[Exception], said: str
) -> None:
    with Sandbox().client() as payments, pytest.raises(kind_of_error) as caught:
        mistake(payments)
    assert type(caught.value) is kind_of_error
    assert said in str(caught.value)
    assert lines_of(caught.value) <= 25


def test_refused_credentials_are_named_and_the_secret_is_not() -> None:
    wrong = ClientCredentials(client_id="wrong-id", client_secret="planted-secret")
    with Sandbox().client(auth=wrong) as payments, pytest.raises(TokenError) as caught:
        payments.count()
    assert str(caught.value).endswith("(invalid_client); check client_id='wrong-id', its client_secret, and auth_url")


@pytest.mark.parametrize(("auth", "is_said"), [(None, True), (TOKEN, False)])
def test_that_no_credentials_were_given_is_said(kind: Kind, auth: AccessToken | None, is_said: bool) -> None:
    with pytest.raises(AuthenticationError) as caught:
        kind.on(Sandbox(), auth=auth).count()
    assert ("no token was sent: pass auth=ClientCredentials(...)" in str(caught.value)) is is_said


BEGINNING = """
import sys
sys.ps1 = ""
from commercelayer_klarna import *
from commercelayer_klarna import bulk, webhooks
from commercelayer_klarna.plugins.limits import Limits
from commercelayer_klarna.sandbox import Sandbox
token, sandbox = AccessToken("token"), Sandbox()
payments = sandbox.client()
away = KlarnaPayments(base_url="http://127.0.0.1:9/api", auth=token, retry=None)
no_token = ClientCredentials(client_id="x", auth_url="http://127.0.0.1:9/")
lost = KlarnaPayments(base_url="http://127.0.0.1:9/api", auth=no_token, retry=None)
closed = sandbox.client()
closed.close()
"""
# What somebody types, and how many lines Python may print then, at most.
TYPED = [
    ("KlarnaPayments('acme')", 12),
    ("KlarnaPayments('acme', auth=token, plugins=['nope'])", 12),
    ("KlarnaPayments('acme', auth=token, plugins=[Limits(), Limits()])", 12),
    ("AsyncKlarnaPayments('acme', auth=token, plugins='limits')", 12),
    ("KlarnaPayments.from_env()", 12),
    ("ClientCredentials(client_id='')", 12),
    ("AccessToken('')", 12),
    ("FileTokenStore('')", 12),
    ("RetryPolicy(attempts=0)", 12),
    ("Limits(per_minute=0)", 12),
    ("payments.retrieve('a/b')", 12),
    ("payments.create(order=None)", 12),
    ("payments.create(order='o', metadata={'a': {1}})", 12),
    ("payments.update('x')", 12),
    ("payments.list(sort='created_at')", 12),
    ("payments.count(5)", 12),
    ("payments.list()[0]", 12),
    ("payments.merge_metadata('x', {'a': {1}})", 12),
    ("payments.captures.refund('x', amount_cents=1.0)", 12),
    ("payments.with_options(timeout='3')", 12),
    ("payments.request('GET', None)", 12),
    ("payments.ensure(None)", 12),
    ("payments.run(5)", 12),
    ("bulk.scan(5)", 12),
    ("bulk.export(payments, 'x.csv', columns=[5])", 12),
    ("webhooks.verify(b'{}', 'x', '')", 12),
    ("webhooks.parse(b'{}', {'X-CommerceLayer-Signature': 'x'}, [])", 12),
    ("sandbox.create_payment('x')", 12),
    ("closed.retrieve('x')", 12),
    ("closed.create(order='o')", 12),
    ("closed.orders.place('x')", 12),
    ("closed.list().first()", 15),
    ("payments.retrieve('x')", 25),
    ("payments.list(sort=['nope']).first()", 25),
    ("payments.orders.capture(sandbox.order_ids[0])", 25),
    ("away.retrieve('x')", 40),
    ("away.create(order='o')", 40),
    ("lost.count()", 40),
]


def test_what_python_prints_is_short() -> None:
    """At a prompt the line that was typed is not shown again; of a program, it is."""
    typed = "".join(f"print('@', file=sys.stderr)\n{line}\n" for line, _ in TYPED)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMERCELAYER_")}
    python = [sys.executable, "-q", "-i"]
    done = subprocess.run(python, input=BEGINNING + typed, capture_output=True, text=True, timeout=60, env=environment)
    printed = [each.strip().splitlines() for each in done.stderr.split("@\n")[1:]]
    assert len(printed) == len(TYPED)
    assert [lines for lines in printed if "Traceback (most recent call last):" not in lines] == []
    assert [
        (line, len(lines)) for (line, most), lines in zip(TYPED, printed, strict=True) if len(lines) + 1 > most
    ] == []


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
