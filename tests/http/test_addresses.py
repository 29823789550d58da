"""Addresses that are not taken apart by httpx are those that httpx would make of the same text."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commercelayer_klarna._http import request
from commercelayer_klarna._http.backend import with_query
from commercelayer_klarna._http.request import _url
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind

ADDRESS = "https://acme.commercelayer.io/api/klarna_payments"


def facts(url: httpx.URL) -> list[object]:
    return [url, str(url), url.raw_path, url.query, url.params, url.host, url.fragment, hash(url), repr(url)]


def taken_apart(make: Any, text: str) -> list[object]:
    try:
        return facts(make(text))
    except httpx.InvalidURL:
        return [httpx.InvalidURL]


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_the_query_of_a_request_is_what_httpx_makes_of_it(params: dict[str, str]) -> None:
    query = urlencode(params)
    made = with_query(httpx.URL(ADDRESS), query)
    assert made is not None, "httpx has moved URL._uri_reference: see _http/backend.py"
    assert facts(made) == facts(httpx.URL(f"{ADDRESS}?{query}"))
    assert dict(made.params) == params


@given(
    st.sampled_from([ADDRESS, "http://[::1]:80", "http://h/a b", "http://h/a#b", "/x", ""]), st.text("a%2f?#& +'é\n")
)
@example(ADDRESS, "")
@example(ADDRESS, "%zz")
@example(ADDRESS, "a=1#b")
@example(ADDRESS, "a" * 65_536)
@example("http://h:x", "a=1")
def test_any_address_is_what_httpx_makes_of_it(address: str, query: str) -> None:
    for text in (address, f"{address}?{query}"):
        assert taken_apart(_url, text) == taken_apart(httpx.URL, text)


def test_what_is_kept_of_an_address_has_no_query() -> None:
    request._parsed.cache_clear()
    for number in range(3):
        _url(f"{ADDRESS}?filter%5Bq%5D%5Bemail_eq%5D=someone{number}")
    assert request._parsed.cache_info().currsize == 1
    assert not request._parsed(ADDRESS).query


def test_pages_are_read_without_the_private_name(kind: Kind, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    without: Any = object()
    made: list[object] = []

    def of_another_httpx(address: httpx.URL, query: str) -> None:
        made.append(with_query(without, query))

    monkeypatch.setattr(request, "with_query", of_another_httpx)
    payments = kind.on(sandbox)
    assert payments.list(filters={"reference_eq": "no such"}, page_size=2).first_page().record_count == 0
    assert made == [None]
