"""``Retry-After`` in all its forms, and in none of them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commercelayer_klarna import RateLimitError
from commercelayer_klarna._retry_after import retry_after

NOW = 784_111_777.0
"""Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110"""
LATER = [
    "Sun, 06 Nov 1994 08:50:37 GMT",
    "Sunday, 06-Nov-94 08:50:37 GMT",
    "Sun Nov  6 08:50:37 1994",
]
"""A minute after NOW, in the three forms of HTTP."""

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SECONDS = st.integers(0, 4_000_000_000)


def asked(value: str, now: float = NOW, date: str | None = None) -> float | None:
    headers = {"retry-after": value}
    return retry_after(headers if date is None else {**headers, "date": date}, now)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("007", 7),
        ("1.5", 1.5),
        (".25", 0.25),
        (" 3 ", 3),
        ("1000000000", 1e9),
    ],
)
def test_seconds_are_read_as_they_are(value: str, seconds: float) -> None:
    assert asked(value) == seconds


@pytest.mark.parametrize("value", LATER)
def test_a_date_is_a_wait_until_then(value: str) -> None:
    assert asked(value) == 60
    assert asked(f" {value} ") == 60


@pytest.mark.parametrize("value", LATER)
def test_the_date_of_the_answer_goes_before_the_clock(value: str) -> None:
    for clock in (0.0, NOW, NOW + 1e6):
        assert asked(value, clock, "Sun, 06 Nov 1994 08:50:07 GMT") == 30


@pytest.mark.parametrize("date", LATER)
def test_the_date_of_the_answer_has_three_forms_too(date: str) -> None:
    assert asked("Sun, 06 Nov 1994 08:51:00 GMT", 0.0, date) == 23


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 66 Nov 1994 08:50:07 GMT"])
def test_a_date_of_the_answer_that_is_none(date: str) -> None:
    assert asked(LATER[0], NOW + 10, date) == 50


def test_a_date_that_is_over() -> None:
    assert asked(LATER[0], NOW + 61) == 0
    assert asked(LATER[0], 0.0, "Sun, 06 Nov 1994 08:50:38 GMT") == 0


def test_a_date_without_a_zone_is_in_utc() -> None:
    assert asked("Sun, 06 Nov 1994 08:50:37") == 60
    assert asked("Sun, 06 Nov 1994 09:50:37 +0100") == 60


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "-1", "-0.5", "nan", "inf", "-inf", "infinity", "1e400", "1000000001", "1_000", "0x10", "٣", "½"),
        *("soon", "12 s", "5s", "5, 10", "1 2", "12:30", "9" * 5000, "1" + "0" * 400, "--1", "1.2.3"),
        *("Sun, 66 Nov 1994 08:50:37 GMT", "Sun, 06 Foo 1994 08:50:37 GMT", "Sun, 06 Nov 1994 25:50:37 GMT"),
        *("Sun, 06 Nov 1994", "Sunday", "Wed, 21 Oct 2026 07:28:00 +9999", "Sun, 06 Nov 9994 08:50:37 GMT", "\x00"),
    ],
)
def test_a_value_that_makes_no_sense_asks_for_nothing(value: str) -> None:
    assert asked(value) is None


def test_without_the_header_nothing_is_asked() -> None:
    assert retry_after({}, NOW) is None
    assert retry_after({"date": LATER[0]}, NOW) is None


def test_the_names_of_headers_from_the_network_have_any_case() -> None:
    headers = httpx.Headers({"Retry-After": LATER[0], "DATE": "Sun, 06 Nov 1994 08:50:07 GMT"})
    assert retry_after(headers, 0.0) == 30


def test_the_error_says_it_as_well() -> None:
    headers = {"retry-after": LATER[0], "date": "Sun, 06 Nov 1994 08:50:07 GMT"}
    assert RateLimitError("429", status_code=429, headers=headers).retry_after == 30
    assert RateLimitError("429", status_code=429).retry_after is None


@relaxed
@given(st.integers(0, 10**9))
def test_any_whole_number_is_read(seconds: int) -> None:
    assert asked(str(seconds)) == seconds


@relaxed
@given(st.floats(0, 1e9))
def test_any_decimal_is_read(seconds: float) -> None:
    assert asked(f"{seconds:.6f}") == pytest.approx(seconds, abs=1e-6)


@relaxed
@given(SECONDS, SECONDS)
def test_any_date_is_a_wait_until_then(until: int, sent: int) -> None:
    value, date = (format_datetime(datetime.fromtimestamp(each, UTC), usegmt=True) for each in (until, sent))
    wait = max(0, until - sent)
    expected = wait if wait <= 1e9 else None
    assert asked(value, 0.0, date) == expected
    assert asked(value, float(sent)) == expected


HEADER = st.one_of(
    st.text(),
    st.text("0123456789+-.eE_ ,:GMTSunNov"),
    st.floats().map(str),
    # A date with one thing wrong.
    st.tuples(st.sampled_from(LATER), st.integers(0, 30), st.characters()).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 1 :]
    ),
)


@relaxed
@given(HEADER, HEADER, st.floats(0, 4e9))
def test_whatever_comes_it_is_seconds_or_nothing(value: str, date: str, now: float) -> None:
    found = asked(value, now, date)
    assert found is None or 0 <= found <= 1e9
