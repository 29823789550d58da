"""What is tried again, how long is waited before it, and who is told; over real sockets, in no real time."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from commercelayer_klarna import (
    AccessToken,
    AmbiguousWriteError,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    APIVersionError,
    AsyncKlarnaPayments,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    KlarnaPayments,
    LockedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    ValidationError,
)
from commercelayer_klarna.plugins import (
    Attempt,
    AttemptEnded,
    AttemptStarted,
    Call,
    CallEnded,
    CallStarted,
    Context,
    Event,
    Flow,
    GaveUp,
    Interceptor,
    Layer,
    Observer,
    Plugin,
    Purpose,
    Request,
    Response,
    RetryClassifier,
    RetryPolicy,
    RetryScheduled,
    Stage,
    Timing,
    send,
)
from commercelayer_klarna.plugins.events import CallEvent
from commercelayer_klarna.plugins.retry import Quota, Retry, _Retrying
from commercelayer_klarna_api.api.klarna_payments import update_klarna_payment
from commercelayer_klarna_api.models.klarna_payment_update import KlarnaPaymentUpdate
from commercelayer_klarna_api.models.klarna_payment_update_attributes import KlarnaPaymentUpdateAttributes
from commercelayer_klarna_api.models.klarna_payment_update_document import KlarnaPaymentUpdateDocument
from support.fault_table import OUTCOMES, again
from support.kind import Kind
from support.server import Server
from support.virtual_time import EPOCH, FakeTime

PATH = "/api/klarna_payments/x"


class Scripted:
    """A socket that reads each request whole, then sends prepared bytes, closes (``b""``), or stays silent (``None``).

    The last of these is done again and again. Until it listens, connections are refused.
    """

    def __init__(self, *script: bytes | None, listening: bool = True) -> None:
        self.requests: list[bytes] = []
        self._heard = threading.Condition()
        self._script = list(script)
        self._open: list[socket.socket] = []
        self._thread: threading.Thread | None = None
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api"
        if listening:
            self.listen()

    def listen(self) -> None:
        if self._thread is None:
            self._socket.listen()
            self._thread = threading.Thread(target=self._serve)
            self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            request = read_request(connection)
            if not request:
                continue
            with self._heard:
                self.requests.append(request)
                self._heard.notify_all()
            answer = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            if answer is not None:
                connection.sendall(answer)
                connection.close()

    def wait_for(self, requests: int) -> None:
        """Wait until so many requests were read; whoever is impatient may be quicker than this server."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.requests) >= requests, timeout=300)
        assert len(self.requests) == requests

    def close(self) -> None:
        if self._thread is not None:
            self._socket.shutdown(socket.SHUT_RDWR)
            self._thread.join()
        self._socket.close()
        for each in self._open:
            each.close()


def read_request(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as stream:
        head = b""
        for line in stream:
            head += line
            if line == b"\r\n":
                break
        length = re.search(rb"(?i)content-length: (\d+)", head)
        return head + stream.read(int(length[1]) if length else 0)


def raw(status: int, body: bytes = b"") -> bytes:
    return b"HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


def found(payment_json: dict[str, Any]) -> bytes:
    return raw(200, json.dumps({"data": payment_json}).encode())


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    made: list[Scripted] = []

    def make(*script: bytes | None, listening: bool = True) -> Scripted:
        made.append(Scripted(*script, listening=listening))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def hooked(kind: Kind) -> Callable[[Callable[[httpx.Request], object]], Any]:
    """Make an ``http_client`` that shows each request to a function just before it is sent."""

    def make(hook: Callable[[httpx.Request], object]) -> Any:
        async def async_hook(request: httpx.Request) -> None:
            hook(request)

        return kind.http_client(event_hooks={"request": [hook if kind.name == "sync" else async_hook]})

    return make


def impatient(times: int) -> Callable[[httpx.Request], None]:
    """A hook: hardly wait for the first answers. Connecting may take its time, or nothing would have been sent."""
    short = iter([0.02] * times)

    def hook(request: httpx.Request) -> None:
        request.extensions["timeout"]["read"] = next(short, 30.0)

    return hook


class Watching(Plugin):
    """Remembers what observers are told of calls."""

    name = "watching"

    def __init__(self) -> None:
        self.events: list[CallEvent] = []

    def observers(self, ctx: Context) -> Iterable[Observer]:
        def watch(event: Event) -> None:
            if isinstance(event, CallEvent):
                self.events.append(event)

        return [watch]


# ---- The table -----------------------------------------------------------------------------------------------------

POLICY = RetryPolicy(attempts=3)
"""Three requests tell "again" (3) from "once" (2) and "no" (1)."""
REQUESTS = {"again": 3, "once": 2, "no": 1}
READ_BACKS = 4
"""How often a create is looked for."""

STATUSES = [outcome for outcome in OUTCOMES if outcome.isdigit()]

ERRORS: dict[str, type[Exception]] = {
    "never sent": APIConnectionError,
    "lost": APIConnectionError,
    "silence": APITimeoutError,
    "303": APIStatusError,
    "400": BadRequestError,
    "401": AuthenticationError,
    "403": PermissionDeniedError,
    "404": NotFoundError,
    "406": APIStatusError,
    "408": APIStatusError,
    "409": ConflictError,
    "415": APIStatusError,
    "422": ValidationError,
    "423": LockedError,
    "429": RateLimitError,
    **dict.fromkeys(("500", "501", "502", "503", "504", "520"), ServerError),
}
AMBIGUOUS = {"lost", "silence", "303", "408", "500", "501", "502", "503", "504", "520"}
"""After these a create may have been carried out."""


def document(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "orders", "id": "o", "attributes": attributes}}


CALLS: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "GET": (0, lambda payments: payments.retrieve("x")),
    "DELETE": (1, lambda payments: payments.delete("x")),
    "PATCH": (2, lambda payments: payments.update("x", reference="r")),
    "PATCH with a trigger": (3, lambda payments: payments.refresh_session("x")),
    "POST": (3, lambda payments: payments.create(order="o")),
    "request GET": (0, lambda payments: payments.request("GET", "orders/o")),
    "request DELETE": (1, lambda payments: payments.request("DELETE", "orders/o")),
    "request PATCH": (2, lambda payments: payments.request("PATCH", "orders/o", json=document(reference="r"))),
    "request PATCH with a trigger": (
        3,
        lambda payments: payments.request("PATCH", "orders/o", json=document(reference="r", _place=True)),
    ),
    "request POST": (3, lambda payments: payments.request("POST", "orders", json=document())),
}
WRITES_ONCE = [name for name, (column, _) in CALLS.items() if column == 3]


def expect(payments: Any, name: str, outcome: str) -> tuple[int, int]:
    """Make the call, which fails, and check its error; requests and read-backs that the table allows."""
    column, call = CALLS[name]
    requests = REQUESTS[again(outcome, column)]
    with pytest.raises((APIConnectionError, APIStatusError, AmbiguousWriteError)) as caught:
        call(payments)
    error: Any = caught.value
    read_backs = 0
    if name == "POST" and outcome in AMBIGUOUS:
        assert type(error) is AmbiguousWriteError
        error, read_backs = error.__cause__, READ_BACKS
    assert error.attempts == requests, f"the table says {again(outcome, column)!r}"
    # A list that is not there tells of another version of the API.
    assert type(error) is (APIVersionError if (name, outcome) == ("POST", "404") else ERRORS[outcome])
    return requests, read_backs


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", CALLS)
def test_a_status_is_tried_again_as_the_table_says(kind: Kind, scripted: Any, name: str, status: str) -> None:
    server, time = scripted(raw(int(status), b'{"errors": [{"code": "UNAUTHORIZED"}]}')), FakeTime()
    requests, read_backs = expect(kind.at(server, retry=POLICY, timing=time.timing), name, status)
    assert len(server.requests) == requests + read_backs
    assert len(time.sleeps) == requests - 1 + read_backs


@pytest.mark.parametrize("name", CALLS)
def test_what_was_never_sent_is_sent_again(kind: Kind, scripted: Any, name: str) -> None:
    time = FakeTime()
    payments = kind.at(scripted(b"", listening=False), retry=POLICY, timing=time.timing)
    requests, _ = expect(payments, name, "never sent")
    assert len(time.sleeps) == requests - 1


@pytest.mark.parametrize("name", CALLS)
def test_a_request_whose_answer_was_lost_is_repeated_as_the_table_says(kind: Kind, scripted: Any, name: str) -> None:
    server = scripted(b"")
    requests, read_backs = expect(kind.at(server, retry=POLICY, timing=FakeTime().timing), name, "lost")
    assert len(server.requests) == requests + read_backs


@pytest.mark.parametrize("name", CALLS)
def test_a_request_that_took_too_long_is_repeated_as_the_table_says(
    kind: Kind, scripted: Any, hooked: Any, name: str
) -> None:
    server = scripted(None)
    options = {"retry": POLICY, "timing": FakeTime().timing, "http_client": hooked(impatient(9))}
    requests, read_backs = expect(kind.at(server, **options), name, "silence")
    server.wait_for(requests + read_backs)


@pytest.mark.parametrize("name", ["GET", "PATCH", "PATCH with a trigger", "POST"])
def test_the_second_attempt_may_succeed(kind: Kind, server: Server, payment_json: dict[str, Any], name: str) -> None:
    server.answer(429)
    server.answer(201 if name == "POST" else 200, {"data": payment_json})
    assert CALLS[name][1](kind.at(server)).id == "kPmNtAbCdE"
    first, second = server.requests
    assert first.method == second.method
    assert first.target == second.target
    assert first.body == second.body


@pytest.mark.parametrize("name", WRITES_ONCE)
@pytest.mark.parametrize(("then", "error"), [(b"", APIConnectionError), (raw(503), ServerError)])
def test_a_write_is_not_repeated_once_it_may_have_arrived(
    kind: Kind, scripted: Any, name: str, then: bytes, error: type[Exception]
) -> None:
    # The first attempt is never sent, so there is a second one; that one arrives, so there is no third.
    server, time = scripted(then, listening=False), FakeTime()
    time.on_sleep = server.listen
    with pytest.raises(AmbiguousWriteError if name == "POST" else error):
        CALLS[name][1](kind.at(server, timing=time.timing))
    assert len(server.requests) == len(time.sleeps) == 1 + (READ_BACKS if name == "POST" else 0)


def test_a_refused_create_is_repeated_until_it_may_have_arrived(kind: Kind, server: Server) -> None:
    for status in (429, 429, 502):
        server.answer(status)
    with pytest.raises(AmbiguousWriteError):
        kind.at(server).create(order="o")
    assert [request.method for request in server.requests] == ["POST"] * 3 + ["GET"] * READ_BACKS


@pytest.mark.parametrize(("attributes", "requests"), [({"reference": "r"}, 3), ({"trigger_update": True}, 1)])
def test_generated_functions_follow_the_table(
    kind: Kind, server: Server, attributes: dict[str, Any], requests: int
) -> None:
    server.answer(503)
    data = KlarnaPaymentUpdate(id="x", attributes=KlarnaPaymentUpdateAttributes(**attributes))
    arguments: Any = {"client": kind.at(server, retry=POLICY).api, "body": KlarnaPaymentUpdateDocument(data=data)}

    def call() -> Any:
        if kind.name == "sync":
            return update_klarna_payment.sync("x", **arguments)
        return kind.runner.run(update_klarna_payment.asyncio("x", **arguments))

    with pytest.raises(ServerError):
        call()
    assert len(server.requests) == requests


def test_values_that_may_have_arrived_are_written_again(
    kind: Kind, scripted: Any, payment_json: dict[str, Any]
) -> None:
    server = scripted(b"", raw(503), found(payment_json))
    assert kind.at(server).update("x", reference="r").id == "kPmNtAbCdE"
    assert len(server.requests) == 3
    assert len(set(server.requests)) == 1  # the same bytes each time


# ---- A delete that was repeated ------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [408, 500, 502, 503, 504])
def test_what_an_earlier_attempt_deleted_is_deleted(kind: Kind, server: Server, first: int) -> None:
    server.answer(first)
    server.answer(404)
    watching = Watching()
    kind.at(server, plugins=[watching]).delete("x")
    assert len(server.requests) == 2
    (ended,) = [each for each in watching.events if isinstance(each, CallEnded)]
    assert ended.attempts == 2
    assert ended.status_code == 204
    assert ended.error is None


@pytest.mark.parametrize("between", [(), (429,), (503, 429)])
def test_a_delete_whose_answer_was_lost_may_have_deleted(kind: Kind, scripted: Any, between: tuple[int, ...]) -> None:
    server = scripted(b"", *map(raw, between), raw(404))
    kind.at(server).delete("x")
    assert len(server.requests) == 2 + len(between)


def test_a_delete_that_took_too_long_may_have_deleted(kind: Kind, scripted: Any, hooked: Any) -> None:
    server = scripted(None, raw(404))
    kind.at(server, http_client=hooked(impatient(1))).delete("x")
    server.wait_for(2)


def test_what_a_refused_attempt_cannot_have_deleted_was_not_there(kind: Kind, server: Server) -> None:
    server.answer(429)
    server.answer(404)
    with pytest.raises(NotFoundError) as caught:
        kind.at(server).delete("x")
    assert caught.value.attempts == 2


def test_what_was_never_sent_cannot_have_deleted(kind: Kind, scripted: Any) -> None:
    server, time = scripted(raw(404), listening=False), FakeTime()
    time.on_sleep = server.listen
    with pytest.raises(NotFoundError) as caught:
        kind.at(server, timing=time.timing).delete("x")
    assert caught.value.attempts == 2


@pytest.mark.parametrize("name", ["GET", "PATCH"])
def test_only_a_delete_can_have_made_it_disappear(kind: Kind, scripted: Any, name: str) -> None:
    with pytest.raises(NotFoundError):
        CALLS[name][1](kind.at(scripted(b"", raw(404))))


# ---- Waits ---------------------------------------------------------------------------------------------------------


def waits(kind: Kind, server: Server, time: FakeTime, attempts: int = 2, **options: Any) -> list[float]:
    """The waits between attempts that all fail."""
    payments = kind.at(server, timing=time.timing, **{"retry": RetryPolicy(attempts=attempts), **options})
    with pytest.raises((APIConnectionError, APIStatusError)):
        payments.retrieve("x")
    return time.sleeps


def test_waits_are_drawn_between_zero_and_twice_the_last(kind: Kind, server: Server) -> None:
    server.answer(503)
    time = FakeTime()
    assert waits(kind, server, time, 8) == [0.5, 1, 2, 4, 8, 16, 20]
    assert {low for low, _ in time.ranges} == {0.0}
    assert waits(kind, server, FakeTime(chance=0.0), 3) == [0.0, 0.0]
    assert waits(kind, server, FakeTime(chance=0.5), 3) == [0.25, 0.5]


def test_the_policy_says_how_long(kind: Kind, server: Server) -> None:
    server.answer(503)
    policy = RetryPolicy(attempts=5, base=2, cap=5)
    assert waits(kind, server, FakeTime(), retry=policy) == [2, 4, 5, 5]
    assert waits(kind, server, FakeTime(), retry=RetryPolicy(base=0)) == [0, 0, 0]
    assert waits(kind, server, FakeTime(), retry=RetryPolicy(cap=0)) == [0, 0, 0]


def test_without_an_answer_the_waits_are_the_same(kind: Kind, scripted: Any) -> None:
    assert waits(kind, scripted(b"", listening=False), FakeTime(), 4) == [0.5, 1, 2]


class Unavailable(Plugin):
    """Answers in place of the network."""

    name = "unavailable"

    def layers(self, ctx: Context) -> Iterable[Layer]:
        return [Layer("unavailable", Stage.WIRE, self.flow)]

    def flow(self, request: Request) -> Flow:
        yield from ()
        return Response(503, {}, b"")


def test_waits_stay_numbers_however_many_there_are(kind: Kind, server: Server) -> None:
    # 2 ** 1100 is more than a float can hold.
    found = waits(kind, server, FakeTime(), 1101, plugins=[Unavailable(), Retry(quota=None)], deadline=None)
    assert found == [0.5, 1, 2, 4, 8, 16, *[20.0] * 1094]


DATES = ["Wed, 21 Oct 2026 08:00:30 GMT", "Wednesday, 21-Oct-26 08:00:30 GMT", "Wed Oct 21 08:00:30 2026"]
"""Thirty seconds after EPOCH, in the three forms of HTTP."""


def asks(server: Server, value: str, status: int = 503) -> None:
    server.answer(status, b"", {"Retry-After": value})


class Dated(Plugin):
    """Gives answers the Date header of a test, or none: the server would send the real time."""

    name = "dated"

    def __init__(self, date: str | None) -> None:
        self._date = date

    def interceptors(self, ctx: Context) -> Iterable[Interceptor]:
        return [self._Dating(self._date)]

    class _Dating(Interceptor):
        def __init__(self, date: str | None) -> None:
            self._date = date

        def on_response(self, request: Request, response: Response) -> Response:
            headers = httpx.Headers(response.headers)
            del headers["date"]
            if self._date is not None:
                headers["date"] = self._date
            return Response(response.status_code, headers, response.content)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_seconds_that_are_asked_for_are_a_floor(kind: Kind, server: Server, status: int) -> None:
    asks(server, "7", status)
    assert waits(kind, server, FakeTime(chance=0.0)) == [7]
    assert waits(kind, server, FakeTime(chance=1.0)) == [pytest.approx(7.7)]


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("1.5", 1.5, 1.65),
        ("0.2", 0.2, 0.52),  # the wait of our own is longer
        ("0", 0.0, 0.5),
        ("30", 30, 31),  # what is added is a second at most
    ],
)
def test_what_is_added_to_what_is_asked_for(kind: Kind, server: Server, value: str, least: float, most: float) -> None:
    asks(server, value)
    assert waits(kind, server, FakeTime(chance=0.0)) == [pytest.approx(least)]
    assert waits(kind, server, FakeTime(chance=1.0)) == [pytest.approx(most)]


def test_what_is_asked_for_may_exceed_the_cap(kind: Kind, server: Server) -> None:
    asks(server, "45")
    assert waits(kind, server, FakeTime(chance=0.0)) == [45]


@pytest.mark.parametrize("value", DATES)
@pytest.mark.parametrize("wrong", [0, -86400 * 365, 3600])
def test_a_date_is_measured_from_that_of_the_answer(kind: Kind, server: Server, value: str, wrong: float) -> None:
    asks(server, value)
    dated = Dated("Wed, 21 Oct 2026 08:00:10 GMT")
    assert waits(kind, server, FakeTime(0.0, EPOCH + wrong), plugins=[dated]) == [20]


@pytest.mark.parametrize("value", DATES)
def test_a_date_without_one_in_the_answer_is_measured_from_now(kind: Kind, server: Server, value: str) -> None:
    asks(server, value)
    assert waits(kind, server, FakeTime(0.0, EPOCH + 5), plugins=[Dated(None)]) == [25]


def test_a_date_in_the_past_asks_for_nothing(kind: Kind, server: Server) -> None:
    asks(server, DATES[0])
    assert waits(kind, server, FakeTime(1.0, EPOCH + 99), plugins=[Dated(None)]) == [0.5]


@pytest.mark.parametrize("value", ["", "soon", "-1", "nan", "inf", "1e10", "1_0", "0x1", "1,5", "Wed, 99 Oct 2026"])
@pytest.mark.parametrize(("status", "own"), [(503, 0.5), (429, 5.0)])
def test_junk_is_not_heeded(kind: Kind, server: Server, value: str, status: int, own: float) -> None:
    asks(server, value, status)
    assert waits(kind, server, FakeTime()) == [own]


@pytest.mark.parametrize(
    ("headers", "interval"),
    [
        ({}, 10),
        ({"X-Ratelimit-Interval": "60"}, 60),
        *(({"X-Ratelimit-Interval": junk}, 10) for junk in ("", "-60", "6.5", "sixty", "inf", "1000000", "6 0")),
    ],
)
def test_a_429_is_waited_out_for_a_part_of_its_interval(
    kind: Kind, server: Server, headers: dict[str, str], interval: float
) -> None:
    server.answer(429, b"", headers)
    # The same part for each attempt: the waits do not grow.
    assert waits(kind, server, FakeTime(chance=0.0), 3) == [pytest.approx(interval * 0.2)] * 2
    assert waits(kind, server, FakeTime(chance=1.0), 2) == [pytest.approx(interval * 0.5)]


def test_what_a_429_asks_for_goes_before_its_interval(kind: Kind, server: Server) -> None:
    server.answer(429, b"", {"Retry-After": "2", "X-Ratelimit-Interval": "60"})
    assert waits(kind, server, FakeTime(chance=0.0)) == [2]


def test_the_interval_is_for_429_alone(kind: Kind, server: Server) -> None:
    server.answer(503, b"", {"X-Ratelimit-Interval": "60"})
    assert waits(kind, server, FakeTime()) == [0.5]


# ---- The quota -----------------------------------------------------------------------------------------------------


def quota_of(payments: Any) -> Quota:
    """The quota that the calls of a client share."""
    (layer,) = [link.layer for link in payments._session.settings.plugins.chain.steps if link.layer.name == "retry"]
    return layer.flow.__self__._quota


@pytest.mark.parametrize(
    ("capacity", "statuses", "requests", "left"),
    [
        (500, [200], 1, 500),
        (500, [503, 503, 200], 3, 486),  # what the last retry took is given back
        (500, [502, 502, 502], 3, 472),
        (500, [429, 200], 2, 500),
        (500, [429, 429, 200], 3, 495),
        (14, [503, 503, 503], 2, 0),
        (13, [503, 503, 503], 1, 13),
        (13, [429, 429, 429], 3, 3),
        (0, [503, 503, 503], 1, 0),
        (500, [500, 500, 500], 2, 486),
        (500, [422], 1, 500),
    ],
)
def test_what_a_call_takes_from_the_quota(
    kind: Kind,
    server: Server,
    payment_json: dict[str, Any],
    capacity: int,
    statuses: list[int],
    requests: int,
    left: int,
) -> None:
    for status in statuses:
        server.answer(status, {"data": payment_json} if status == 200 else b"")
    payments = kind.at(server, retry=POLICY, plugins=[Retry(capacity)], timing=FakeTime().timing)
    with suppress(APIStatusError):
        payments.retrieve("x")
    assert len(server.requests) == requests
    assert quota_of(payments).left == left


def test_success_fills_the_quota_to_its_brim(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    for _ in range(3):
        server.answer(503)
    server.answer(200, {"data": payment_json})
    payments = kind.at(server, retry=POLICY, plugins=[Retry(30)], timing=FakeTime().timing)
    with pytest.raises(ServerError):
        payments.retrieve("x")
    left = []
    for _ in range(30):
        payments.retrieve("x")
        left.append(quota_of(payments).left)
    assert left == [*range(3, 31), 30, 30]


def test_views_share_the_quota_and_clients_do_not(kind: Kind, server: Server) -> None:
    server.answer(503)
    plugin = Retry(28)
    first, second = (kind.at(server, retry=POLICY, plugins=[plugin], timing=FakeTime().timing) for _ in range(2))
    assert [requests_of(each, server) for each in (first, first.with_options(timeout=3), second)] == [3, 1, 3]


def test_whoever_has_no_quota_left_is_told(kind: Kind, server: Server) -> None:
    server.answer(503)
    watching = Watching()
    with pytest.raises(ServerError):
        kind.at(server, plugins=[watching, Retry(20)], timing=FakeTime().timing).retrieve("x")
    gave_up = [each for each in watching.events if isinstance(each, GaveUp)]
    assert [each.reason for each in gave_up] == ["503, the retry quota is used up"]


def test_without_a_quota_nothing_is_counted(kind: Kind, server: Server) -> None:
    server.answer(503)
    payments = kind.at(server, plugins=[Retry(quota=None)], timing=FakeTime().timing)
    assert [requests_of(payments, server) for _ in range(50)] == [4] * 50


def test_a_quota_bounds_threads_exactly() -> None:
    quota, taken = Quota(14 * 1000), []

    def take() -> None:
        taken.append(sum(quota.take(14) for _ in range(500)))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(taken) == 1000
    assert quota.left == 0


@pytest.mark.parametrize("wrong", [-1, 1.5, "500", True])
def test_what_is_no_quota_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="quota"):
        Retry(wrong)


# ---- After a 429 ---------------------------------------------------------------------------------------------------


def held_back(kind: Kind, server: Server, time: FakeTime, **options: Any) -> tuple[Any, list[float]]:
    """A client that was just told 429, and what its next call waits."""
    payments = kind.at(server, timing=time.timing, retry=RetryPolicy(attempts=1), **options)
    with pytest.raises(RateLimitError):
        payments.retrieve("x")
    assert time.sleeps == []
    payments.retrieve("x")
    return payments, time.sleeps


def test_a_429_holds_back_the_calls_after_it(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(429, b"", {"X-Ratelimit-Interval": "60"})
    server.answer(200, {"data": payment_json})
    time = FakeTime(chance=0.5)
    payments, sleeps = held_back(kind, server, time)
    assert sleeps == [pytest.approx(60 * 0.35 + 0.5)]  # and not all at once
    payments.with_options(timeout=3).retrieve("x")
    assert len(time.sleeps) == 1  # that was it


def test_a_short_hold_is_kept_too(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(429, b"", {"X-Ratelimit-Interval": "2"})
    server.answer(200, {"data": payment_json})
    assert held_back(kind, server, FakeTime(chance=0.5))[1] == [pytest.approx(0.7 + 0.035)]


def test_a_429_that_says_how_long_speaks_for_itself(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(429, b"", {"Retry-After": "30"})
    server.answer(200, {"data": payment_json})
    assert held_back(kind, server, FakeTime())[1] == []


def test_who_has_no_time_is_not_held_back(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(429)
    server.answer(200, {"data": payment_json})
    assert held_back(kind, server, FakeTime(), deadline=4)[1] == []


def test_a_later_429_does_not_let_go_sooner(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(429, b"", {"X-Ratelimit-Interval": "60"})
    server.answer(429)
    server.answer(200, {"data": payment_json})
    time = FakeTime()
    payments = kind.at(server, timing=time.timing, retry=RetryPolicy(attempts=1), deadline=25)
    for deadline in (25, 25):
        with pytest.raises(RateLimitError):
            payments.with_options(deadline=deadline).retrieve("x")
    payments.with_options(deadline=None).retrieve("x")
    assert time.sleeps == [31.0]


def looking(quota: Quota) -> tuple[Request, Any]:
    """A read-back that begins, in the layer that counts it."""
    call = Call("klarna_payments.list", purpose=Purpose.READ_BACK, retry=RetryPolicy())
    request = Request("GET", "https://acme.commercelayer.io/api/klarna_payments?page=1", {}, b"", call)
    return request, _Retrying(Timing(), quota).flow(request)


def test_a_look_that_the_quota_refuses_was_not_sent() -> None:
    quota = Quota(13)
    with pytest.raises(APIConnectionError) as caught:
        next(looking(quota)[1])
    error = caught.value
    assert str(error) == "GET /api/klarna_payments: the retry quota is used up, it was not sent"
    assert error.sent is False
    assert error.method == "GET"
    assert error.path == "/api/klarna_payments"
    assert error.attempts == 0
    assert quota.left == 13


def test_a_look_that_is_answered_costs_nothing() -> None:
    quota = Quota(20)
    _, flow = looking(quota)
    next(flow)
    assert quota.left == 6
    with pytest.raises(StopIteration):
        flow.send(Response(200, {}, b""))
    assert quota.left == 20


# ---- The deadline --------------------------------------------------------------------------------------------------


def test_a_wait_that_does_not_fit_is_not_begun(kind: Kind, server: Server) -> None:
    server.answer(429, b"", {"Retry-After": "120"})
    time, watching = FakeTime(), Watching()
    with pytest.raises(RateLimitError) as caught:
        kind.at(server, timing=time.timing, plugins=[watching]).retrieve("x")
    assert caught.value.retry_after == 120
    assert caught.value.attempts == len(server.requests) == 1
    assert time.sleeps == []
    reason = "429, a wait of 121.0 s does not fit the deadline"
    assert GaveUp("klarna_payments.retrieve", "GET", PATH, 1, reason) in watching.events


@pytest.mark.parametrize(("asked", "sleeps"), [("9", [9.0]), ("10", [])])
def test_a_wait_that_fits_leaves_time_for_an_attempt(
    kind: Kind, server: Server, asked: str, sleeps: list[float]
) -> None:
    asks(server, asked)
    assert waits(kind, server, FakeTime(chance=0.0), deadline=10) == sleeps


def test_without_a_deadline_every_wait_fits(kind: Kind, server: Server) -> None:
    asks(server, "100000", 429)
    assert waits(kind, server, FakeTime(chance=0.0), 3, deadline=None) == [100000, 100000]


class Slow(Plugin):
    """Each attempt takes three seconds."""

    name = "slow"

    def __init__(self, time: FakeTime) -> None:
        self._time = time

    def interceptors(self, ctx: Context) -> Iterable[Interceptor]:
        return [self._Slowing(self._time)]

    class _Slowing(Interceptor):
        def __init__(self, time: FakeTime) -> None:
            self._time = time

        def on_response(self, request: Request, response: Response) -> Response:
            self._time.elapsed += 3
            return response


@pytest.mark.parametrize(("deadline", "requests"), [(5, 1), (5.1, 2), (10, 2), (10.1, 3)])
def test_the_deadline_is_for_attempts_and_waits(kind: Kind, server: Server, deadline: float, requests: int) -> None:
    # Attempts end after 3, 8 and 13 seconds; the waits between them take 2.
    asks(server, "2")
    time = FakeTime(chance=0.0)
    waits(kind, server, time, 9, deadline=deadline, plugins=[Slow(time)])
    assert len(server.requests) == requests


def test_each_call_has_a_deadline_of_its_own(kind: Kind, server: Server) -> None:
    asks(server, "9")
    time = FakeTime(chance=0.0)
    payments = kind.at(server, timing=time.timing, deadline=10)
    for calls in (1, 2):
        with pytest.raises(ServerError):
            payments.retrieve("x")
        assert time.sleeps == [9] * calls


def test_an_attempt_waits_no_longer_than_what_is_left(kind: Kind, server: Server, hooked: Any) -> None:
    asks(server, "7")
    timeouts: list[float] = []
    client = hooked(lambda request: timeouts.append(request.extensions["timeout"].get("read")))
    waits(kind, server, FakeTime(chance=0.0), 3, http_client=client, deadline=20, timeout=15)
    assert timeouts == [15, 13, 6]


def test_a_sleep_that_took_too_long_leaves_nothing_to_send(kind: Kind, server: Server) -> None:
    server.answer(503)
    time = FakeTime()

    def oversleep() -> None:
        time.elapsed += 1000

    time.on_sleep = oversleep
    with pytest.raises(APITimeoutError, match="the deadline of the call is over"):
        kind.at(server, timing=time.timing).retrieve("x")
    assert len(server.requests) == len(time.sleeps) == 1


# ---- Policies ------------------------------------------------------------------------------------------------------


def requests_of(payments: Any, server: Server) -> int:
    before = len(server.requests)
    with pytest.raises(ServerError):
        payments.retrieve("x")
    return len(server.requests) - before


def test_the_default_is_four_attempts(kind: Kind, server: Server) -> None:
    server.answer(503)
    time = FakeTime()
    assert requests_of(kind.at(server, timing=time.timing), server) == 4
    assert time.sleeps == [0.5, 1, 2]


def test_a_policy_for_the_client_and_for_a_call(kind: Kind, server: Server) -> None:
    server.answer(503)
    payments = kind.at(server, retry=RetryPolicy(attempts=2))
    assert requests_of(payments, server) == 2
    assert requests_of(payments.with_options(retry=RetryPolicy(attempts=3)), server) == 3
    assert requests_of(payments.with_options(retry=None), server) == 1
    assert requests_of(payments.with_options(timeout=9), server) == 2
    assert requests_of(payments, server) == 2


def test_retries_are_off(kind: Kind, server: Server) -> None:
    server.answer(503)
    payments = kind.at(server, retry=None)
    assert requests_of(payments, server) == 1
    assert requests_of(payments.with_options(retry=RetryPolicy(attempts=3)), server) == 3
    assert requests_of(kind.at(server, without=["retry"]), server) == 1


def test_one_attempt_is_no_retry(kind: Kind, server: Server) -> None:
    server.answer(503)
    time = FakeTime()
    assert requests_of(kind.at(server, retry=RetryPolicy(attempts=1), timing=time.timing), server) == 1
    assert time.sleeps == []


class Patient(Plugin):
    """Has a policy."""

    name = "patient"

    def retry_policy(self, ctx: Context) -> RetryPolicy:
        return RetryPolicy(attempts=6)


def test_a_plugin_has_a_policy_unless_the_caller_has(kind: Kind, server: Server) -> None:
    server.answer(503)
    assert requests_of(kind.at(server, plugins=[Patient()]), server) == 6
    assert requests_of(kind.at(server, plugins=[Patient()], retry=RetryPolicy(attempts=2)), server) == 2
    assert requests_of(kind.at(server, plugins=[Patient()], retry=None), server) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"attempts": 0},
        {"attempts": -1},
        *({name: value} for name in ("base", "cap") for value in (-0.1, float("nan"), float("inf"), float("-inf"))),
    ],
)
def test_a_policy_makes_sense(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        RetryPolicy(**values)


# ---- Classifiers of others -----------------------------------------------------------------------------------------


class Judge(Plugin):
    """Has one opinion on everything."""

    name = "judge"

    def __init__(self, opinion: bool | None) -> None:
        self.seen: list[Attempt] = []
        self._opinion = opinion

    def retry_classifiers(self, ctx: Context) -> Iterable[RetryClassifier]:
        return [self.judge]

    def judge(self, attempt: Attempt) -> bool | None:
        self.seen.append(attempt)
        return self._opinion


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("opinion", "status", "requests"), [(True, 422, 3), (True, 500, 3), (False, 429, 1), (None, 429, 3), (None, 422, 1)]
)
def test_others_have_their_say_before_the_table(
    kind: Kind, scripted: Any, name: str, opinion: bool | None, status: int, requests: int
) -> None:
    server, judge = scripted(raw(status)), Judge(opinion)
    with pytest.raises((APIStatusError, AmbiguousWriteError)):
        CALLS[name][1](kind.at(server, retry=POLICY, plugins=[judge]))
    read_backs = READ_BACKS if name == "POST" and status >= 500 else 0
    assert len(server.requests) == requests + read_backs
    assert [attempt.number for attempt in judge.seen] == list(range(1, requests + 1))


def test_whoever_says_so_repeats_a_create(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(503)
    server.answer(201, {"data": payment_json})
    assert kind.at(server, plugins=[Judge(True)]).create(order="o").id == "kPmNtAbCdE"
    assert [request.method for request in server.requests] == ["POST", "POST"]


def test_what_a_classifier_is_told_of_an_answer(kind: Kind, server: Server) -> None:
    server.answer(503, b"busy")
    judge = Judge(None)
    with pytest.raises(ServerError):
        kind.at(server, plugins=[judge]).refresh_session("x")
    (seen,) = judge.seen
    assert seen.operation == "klarna_payments.refresh_session"
    assert seen.method == "PATCH"
    assert seen.trigger is True
    assert seen.response is not None
    assert seen.response.status_code == 503
    assert seen.response.content == b"busy"
    assert seen.error is None
    assert seen.reason == "503"
    assert seen.may_have_been_carried_out


def test_what_a_classifier_is_told_of_a_failure(kind: Kind, scripted: Any) -> None:
    judge = Judge(False)
    with pytest.raises(APIConnectionError):
        kind.at(scripted(b"", listening=False), plugins=[judge]).update("x", reference="r")
    (seen,) = judge.seen
    assert seen.operation == "klarna_payments.update"
    assert seen.trigger is False
    assert seen.response is None
    assert seen.error is not None
    assert seen.error.sent is False
    assert seen.reason == "APIConnectionError"
    assert not seen.may_have_been_carried_out


def test_success_is_nothing_to_judge(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(200, {"data": payment_json})
    judge = Judge(True)
    kind.at(server, plugins=[judge]).retrieve("x")
    assert judge.seen == []


# ---- What is told --------------------------------------------------------------------------------------------------

RETRIEVE = ("klarna_payments.retrieve", "GET", PATH)


def test_the_events_of_a_call_that_recovers(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    server.answer(503)
    server.answer(200, {"data": payment_json})
    watching = Watching()
    kind.at(server, plugins=[watching], timing=FakeTime().timing).retrieve("x", include=["order"])
    assert watching.events == [
        CallStarted(*RETRIEVE),
        AttemptStarted(*RETRIEVE, 1),
        AttemptEnded(*RETRIEVE, 1, 503, None, 0.0),
        RetryScheduled(*RETRIEVE, 1, 0.5, "503"),
        AttemptStarted(*RETRIEVE, 2),
        AttemptEnded(*RETRIEVE, 2, 200, None, 0.0),
        CallEnded(*RETRIEVE, 2, 200, None, 0.5),
    ]


def test_the_events_of_a_call_that_gives_up(kind: Kind, server: Server) -> None:
    server.answer(503)
    watching, time = Watching(), FakeTime()
    payments = kind.at(server, plugins=[watching, Slow(time)], timing=time.timing, retry=RetryPolicy(attempts=2))
    with pytest.raises(ServerError) as caught:
        payments.retrieve("x")
    assert watching.events == [
        CallStarted(*RETRIEVE),
        AttemptStarted(*RETRIEVE, 1),
        AttemptEnded(*RETRIEVE, 1, 503, None, 0.0),
        RetryScheduled(*RETRIEVE, 1, 0.5, "503"),
        AttemptStarted(*RETRIEVE, 2),
        AttemptEnded(*RETRIEVE, 2, 503, None, 0.0),
        GaveUp(*RETRIEVE, 2, "503, that was attempt 2 of 2"),
        CallEnded(*RETRIEVE, 2, 503, caught.value, 6.5),
    ]


def test_the_events_of_a_call_without_an_answer(kind: Kind, scripted: Any) -> None:
    watching, create = Watching(), ("klarna_payments.create", "POST", "/api/klarna_payments")
    with pytest.raises(AmbiguousWriteError) as caught:
        kind.at(scripted(b""), plugins=[watching], timing=FakeTime().timing).create(order="o")
    cause = caught.value.__cause__
    assert isinstance(cause, APIConnectionError)
    assert cause.sent
    # Nobody gave up: there was never to be a second attempt.
    assert (
        len([each for each in watching.events if each.operation == "klarna_payments.create.read_back"])
        == READ_BACKS * 4
    )
    assert [each for each in watching.events if each.operation == "klarna_payments.create"] == [
        CallStarted(*create),
        AttemptStarted(*create, 1),
        AttemptEnded(*create, 1, None, cause, 0.0),
        CallEnded(*create, 1, None, cause, 0.0),
    ]


def test_retries_are_logged_without_secrets(kind: Kind, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "commercelayer_klarna")
    server.answer(429, b"", {"Retry-After": "1"})
    payments = kind.at(server, auth=AccessToken("planted-token"), timing=FakeTime().timing, retry=POLICY)
    caplog.clear()
    with pytest.raises(RateLimitError):
        payments.update("x", auth_token="planted-auth-token", include=["payment_gateway"])
    records = [record for record in caplog.records if record.name == "commercelayer_klarna"]
    attempts = [record for record in records if "attempt " in record.getMessage() and record.levelname == "DEBUG"]
    assert [record.getMessage() for record in attempts] == [
        f"PATCH {PATH}: 429 in 0 ms (klarna_payments.update, attempt {number})" for number in (1, 2, 3)
    ]
    (warning,) = [record for record in records if record.levelno >= logging.WARNING]
    assert warning.getMessage() == f"PATCH {PATH}: gave up: 429, that was attempt 3 of 3"
    for record in records:
        assert not re.search(r"planted|gateway|\?", repr(record.__dict__))
        facts: Any = record
        assert facts.operation == "klarna_payments.update"
        assert facts.method == "PATCH"
        assert facts.path == PATH


def test_what_is_not_tried_again_is_no_give_up(kind: Kind, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.answer(422)
    watching = Watching()
    with pytest.raises(ValidationError):
        kind.at(server, plugins=[watching]).update("x", reference="r")
    assert not [each for each in watching.events if isinstance(each, GaveUp)]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


# ---- Connections and cancellation ----------------------------------------------------------------------------------


def test_retries_use_the_connection_that_there_is(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    for _ in range(50):
        server.answer(503, b"busy")
        server.answer(200, {"data": payment_json})
    payments = kind.at(server)
    for _ in range(50):
        payments.retrieve("x")
    assert len(server.requests) == 100
    assert len({request.headers["x-peer"] for request in server.requests}) == 1


class Nested(Plugin):
    """Layers at each stage; which of them are under way."""

    name = "nested"

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.under_way: list[str] = []

    def layers(self, ctx: Context) -> Iterable[Layer]:
        return [self._layer(stage) for stage in Stage if stage not in {Stage.OPERATION, Stage.AUTH}]

    def _layer(self, stage: Stage) -> Layer:
        def flow(request: Request) -> Flow:
            self.entered.append(stage.name)
            self.under_way.append(stage.name)
            try:
                return (yield from send(request))
            finally:
                self.under_way.remove(stage.name)

        return Layer(f"nested-{stage.name.lower()}", stage, flow)


def test_a_call_that_is_cancelled_while_it_sleeps(scripted: Any, payment_json: dict[str, Any]) -> None:
    server, nested, watching = scripted(raw(503), found(payment_json)), Nested(), Watching()

    async def main() -> None:
        asleep = asyncio.Event()

        async def for_ever(seconds: float) -> None:
            asleep.set()
            await asyncio.Event().wait()

        options: Any = {"timing": Timing(async_sleep=for_ever), "plugins": [nested, watching]}
        async with AsyncKlarnaPayments(base_url=server.url, auth=AccessToken("t"), **options) as payments:
            task = asyncio.create_task(payments.retrieve("x"))
            await asyncio.wait_for(asleep.wait(), 300)
            # The layers inside the retries are done with; those around them wait.
            assert nested.under_way == ["CALL", "RETRY"]
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert nested.under_way == []
            assert len(server.requests) == 1
            assert (await payments.retrieve("x")).id == "kPmNtAbCdE"

    asyncio.run(main())
    first, _ = [each for each in watching.events if isinstance(each, CallEnded)]
    assert first.attempts == 1
    assert type(first.error) is asyncio.CancelledError


def test_a_call_that_is_cancelled_while_it_waits_for_the_answer(scripted: Any, payment_json: dict[str, Any]) -> None:
    server, nested, watching = scripted(None, found(payment_json)), Nested(), Watching()

    async def main() -> None:
        options: Any = {"plugins": [nested, watching]}
        async with AsyncKlarnaPayments(base_url=server.url, auth=AccessToken("t"), **options) as payments:
            task = asyncio.create_task(payments.retrieve("x"))
            await asyncio.to_thread(server.wait_for, 1)
            assert nested.under_way == ["CALL", "RETRY", "LIMIT", "ATTEMPT", "WIRE"]
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert nested.under_way == []
            assert (await payments.retrieve("x")).id == "kPmNtAbCdE"

    asyncio.run(main())
    assert len(server.requests) == 2
    ended = [each for each in watching.events if isinstance(each, AttemptEnded | CallEnded)]
    assert [type(each.error) for each in ended] == [asyncio.CancelledError] * 2 + [type(None)] * 2


def test_a_sync_call_that_is_interrupted_while_it_sleeps(scripted: Any, payment_json: dict[str, Any]) -> None:
    server, nested = scripted(raw(503), found(payment_json)), Nested()

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    options: Any = {"timing": Timing(sleep=interrupt), "plugins": [nested]}
    with KlarnaPayments(base_url=server.url, auth=AccessToken("t"), **options) as payments:
        with pytest.raises(KeyboardInterrupt):
            payments.retrieve("x")
        assert nested.entered == ["CALL", "RETRY", "LIMIT", "ATTEMPT", "WIRE"]
        assert nested.under_way == []
        assert payments.retrieve("x").id == "kPmNtAbCdE"


def test_sent_speaks_for_the_whole_call(kind: Kind, server: Server) -> None:
    # The first attempt may have been carried out; that the second was not sent does not undo it.
    server.answer(503, b"", {"Connection": "close"})

    class Closes(Plugin):
        name = "closes"

        def observers(self, ctx: Context) -> Iterable[Observer]:
            return [lambda event: server.close() if isinstance(event, RetryScheduled) else None]

    with pytest.raises(APIConnectionError) as caught:
        kind.at(server, plugins=[Closes()], retry=RetryPolicy(attempts=2)).update("x", reference="r")
    assert caught.value.sent is True


@pytest.mark.parametrize("wrong", [False, True, 5, "x"])
def test_what_is_no_policy_is_refused(kind: Kind, server: Server, wrong: Any) -> None:
    with pytest.raises(TypeError, match="RetryPolicy"):
        kind.at(server, retry=wrong)
    with pytest.raises(TypeError, match="RetryPolicy"):
        kind.at(server).with_options(retry=wrong)
    arguments: Any
    for arguments in ({"attempts": float("nan")}, {"attempts": True}, {"attempts": "2"}, {"base": None}):
        with pytest.raises(TypeError):
            RetryPolicy(**arguments)
