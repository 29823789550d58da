"""Every fault by every method in both clients: what is raised, how often it was sent, and what is left of the pool."""

from __future__ import annotations

import socket
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from attrs import evolve

from commercelayer_klarna import (
    AccessToken,
    AmbiguousWriteError,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ResponseTooLargeError,
)
from commercelayer_klarna.plugins import RetryPolicy, Timing
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna_api import models
from commercelayer_klarna_api.api.klarna_payments import create_klarna_payment
from support import blocks, fault_server, fault_table
from support.fault_server import FAULTS as FAULTS_OF_THE_SERVER
from support.fault_server import Place
from support.fault_table import FAULTS, Fault, again
from support.kind import Kind
from support.server import Server
from support.tls import trusting
from support.virtual_time import INSTANT

POLICY = RetryPolicy(attempts=3)
"""Three requests tell "again" (3) from "once" (2) and "no" (1)."""
REQUESTS = {"again": 3, "once": 2, "no": 1}
READ_BACKS = 4

ORDER = {"data": {"type": "orders", "attributes": {}}}
CALLS: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "GET": (0, lambda payments: payments.retrieve("x")),
    "DELETE": (1, lambda payments: payments.delete("x")),
    "PATCH": (2, lambda payments: payments.update("x", reference="r")),
    "PATCH with a trigger": (3, lambda payments: payments.refresh_session("x")),
    "POST": (3, lambda payments: payments.request("POST", "orders", json=ORDER)),
    "create": (3, lambda payments: payments.create(order="o")),
}


Make = Callable[[str], Place]
Setting = Iterator[tuple[Any, Place, Callable[[], None] | None]]


def at(kind: Kind, place: Place, **options: Any) -> Any:
    return kind.at(place, retry=POLICY, **{"timeout": 300.0, **options})


@contextmanager
def on_the_wire(kind: Kind, make: Make, fault: str) -> Setting:
    """A client of a server with a fault, the server, and what mends the fault."""
    place = make(fault)
    if fault.startswith("TLS"):
        with speaking_tls(place):
            yield at(kind, place), place, None  # the mended server does without
        return
    payments = at(kind, place, timing=over_soon(place)) if "deadline" in fault else at(kind, place)
    if "silence" in fault or "in time" in fault:
        # Only that phase is in a hurry, so that a slow machine changes nothing.
        hurry(payments, "connect" if "in time" in fault else "read")
    if fault.startswith("an idle connection"):
        payments.retrieve("x")
        place.requests.clear()
        if "closed" in fault:
            assert place.closed.wait(300)

    def mend() -> None:
        vars(payments._session.connections.client).pop("send", None)
        place.mend()

    yield payments, place, mend


@contextmanager
def speaking_tls(place: Place) -> Iterator[None]:
    """Ask a server over TLS, and trust its certificate."""
    place.url = place.url.replace("http:", "https:")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "httpx._transports.default.create_ssl_context", lambda *_, **__: trusting()
        )  # all tests share one
        yield


def hurry(payments: Any, phase: str) -> None:
    """Let a phase of each request take next to no time."""
    client = payments._session.connections.client
    send = client.send

    def hurried(request: httpx.Request, **options: Any) -> Any:
        request.extensions["timeout"][phase] = 0.02
        return send(request, **options)

    client.send = hurried


def over_soon(place: Place) -> Timing:
    """Time that stands still until a body drips, and then is over."""
    return evolve(INSTANT, monotonic=lambda: 1000.0 if place.dripped > 3 else 0.0)


@contextmanager
def name_not_found(kind: Kind, make: Make) -> Setting:
    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    place = make("none")
    place.url = place.url.replace("127.0.0.1", "localhost")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", fail)
        yield at(kind, place), place, patch.undo


@contextmanager
def tls_refused(kind: Kind, make: Make) -> Setting:
    place = make("TLS refused")
    place.url = place.url.replace("http:", "https:")
    yield at(kind, place), place, None  # a client does not stop asking for TLS


@contextmanager
def pool_full(kind: Kind, make: Make) -> Setting:
    """The pool is the caller's, and so is the request that holds its only connection."""
    place, limits = make("none"), httpx.Limits(max_connections=1)
    client = kind.http_client(limits=limits)
    held = kind.now(client.send(client.build_request("GET", place.url), stream=True))
    place.requests.clear()
    yield (
        at(kind, place, http_client=client, timeout=0.02),
        place,
        lambda: kind.now(held.close() if kind.name == "sync" else held.aclose()),
    )


SETTINGS = {
    "name not found": name_not_found,
    "TLS refused": tls_refused,
    "no free connection in the pool": pool_full,
}


# By day each client meets each fault in half of the calls; the other halves are for the night.
IN_BOTH = [(kind, name) for name in CALLS for kind in ("sync", "async")]
BY_DAY = [("sync", "GET"), ("async", "DELETE"), ("sync", "PATCH"), ("async", "PATCH with a trigger")]
BY_DAY += [("async", "POST"), ("sync", "create")]


@pytest.mark.parametrize(
    ("kind", "name"),
    [pytest.param(*each, marks=() if each in BY_DAY else pytest.mark.nightly) for each in IN_BOTH],
    indirect=["kind"],
)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_becomes_what_the_table_says(kind: Kind, place: Make, fault: Fault, name: str) -> None:
    column, call = CALLS[name]
    setting = SETTINGS.get(fault.name)
    with setting(kind, place) if setting else on_the_wire(kind, place, fault.name) as (payments, server, mend):
        if fault.outcome is None:
            call(payments)
            assert server.requests == [method_of(name)]
        else:
            with pytest.raises((APIConnectionError, APIStatusError, AmbiguousWriteError)) as caught:
                call(payments)
            check(fault, name, caught.value, server, again(fault.outcome, column))
        pool = payments._session.connections.client._transport._pool
        if fault.name != "no free connection in the pool":
            assert not [each for each in pool.connections if not (each.is_idle() or each.is_closed())]
        assert payments._session.connections.under_way == 0
        if mend is None:
            return
        mend()
        patient = payments.with_options(timeout=None, deadline=None)
        assert [patient.retrieve("x").id for _ in range(3)] == ["kPmNtAbCdE"] * 3
        assert server.requests[-3:] == ["GET"] * 3


@pytest.mark.parametrize("fault", ["closed without an answer", "reset after the request was read"])
def test_a_generated_create_is_sent_once(kind: Kind, place: Make, fault: str) -> None:
    server = place(fault)
    call = create_klarna_payment.sync if kind.name == "sync" else create_klarna_payment.asyncio
    linkage = models.OrderRelationship(data=models.OrderLinkage(id="o"))
    data = models.KlarnaPaymentCreate(
        attributes=models.KlarnaPaymentCreateAttributes(),
        relationships=models.KlarnaPaymentCreateRelationships(order=linkage),
    )
    with pytest.raises(APIConnectionError) as caught:
        kind.now(call(client=at(kind, server).api, body=models.KlarnaPaymentCreateDocument(data=data)))
    assert caught.value.sent is True
    assert server.arrived(1) == ["POST"]


def check(fault: Fault, name: str, error: Any, server: Place, tried: str) -> None:
    """The error and the requests are those of the table."""
    read_backs = 0
    if name == "create" and fault.sent:
        assert type(error) is AmbiguousWriteError
        assert error.order == "o"
        assert error.candidates == ()
        assert error.read_back is False
        assert error.attempts == REQUESTS[tried]
        error = error.__cause__
        read_backs = 0 if fault.outcome == "too late" else READ_BACKS
    assert type(error) is fault.error
    assert error.attempts == REQUESTS[tried], f"the table says {tried!r}"
    assert getattr(error, "sent", None) is fault.sent
    arrived = 0 if fault.sent is False else REQUESTS[tried]
    assert server.arrived(arrived + read_backs) == [method_of(name)] * arrived + ["GET"] * read_backs


def method_of(name: str) -> str:
    return "POST" if name == "create" else name.split()[0]


def test_the_page_has_the_table() -> None:
    assert blocks.read(*fault_table.BLOCK) == fault_table.rendered()


def test_every_fault_of_the_server_is_in_the_table() -> None:
    assert (
        FAULTS_OF_THE_SERVER.keys() - {"none", "none, and echoes", "TLS refused", "TLS: a client certificate is wanted"}
        == {fault.name for fault in FAULTS} - SETTINGS.keys()
    )


@pytest.mark.parametrize("name", ["GET", "create"])
def test_a_server_that_wants_a_certificate_of_the_client(kind: Kind, place: Make, name: str) -> None:
    """TLS 1.3 says so with the first read, when the request may have left."""
    server = place("TLS: a client certificate is wanted")
    with speaking_tls(server), pytest.raises((APIConnectionError, AmbiguousWriteError)) as caught:
        CALLS[name][1](at(kind, server))
    error: Any = caught.value
    assert (error.__cause__ if name == "create" else error).sent is True
    assert server.requests == []


@pytest.mark.parametrize("part", ["headers that drip", "a body that drips"])
def test_what_drips_is_given_up_at_once(kind: Kind, place: Make, part: str) -> None:
    """However long each piece may take: the first one after the deadline is the last one."""
    server = place(f"{part} beyond the deadline")
    with pytest.raises(APITimeoutError, match="the deadline of the call is over"):
        kind.at(server, timeout=None, timing=over_soon(server)).retrieve("x")
    assert server.closed.wait(300)


def test_a_proxy_that_drips_was_sent_nothing(kind: Kind, place: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline passes while a proxy answers to CONNECT: the request itself has not left this machine."""
    proxy = place("headers that drip beyond the deadline")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/api"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    payments = kind.client(
        base_url="https://acme.example/api", auth=AccessToken("t"), timeout=None, timing=over_soon(proxy)
    )
    with pytest.raises(APITimeoutError, match="the deadline of the call is over") as caught:
        payments.create(order="o")
    assert caught.value.sent is False
    assert proxy.requests == ["CONNECT"]


def test_what_is_whole_is_not_too_late(kind: Kind, place: Make) -> None:
    """The deadline passes while the answer is read, which then is there."""
    server = place("none")
    clock = evolve(INSTANT, monotonic=lambda: 1000.0 if server.requests else 0.0)
    assert kind.at(server, timing=clock).retrieve("x").id == "kPmNtAbCdE"


@pytest.mark.parametrize("fault", ["a body of 200 MB, in chunks", "a gzip bomb of 200 MB"])
def test_no_more_is_kept_than_allowed(kind: Kind, place: Make, fault: str) -> None:
    server = place(fault)
    tracemalloc.start()
    with pytest.raises(ResponseTooLargeError) as caught:
        kind.at(server, max_response_bytes=1_000_000).retrieve("x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.limit == 1_000_000
    assert caught.value.permanent is True
    assert "max_response_bytes" in str(caught.value)
    assert peak < 8_000_000  # the server is in this process, too
    assert server.closed.wait(300)
    assert server.dripped < fault_server.LARGE


@pytest.mark.parametrize("coding", ["GZIP", "x-gzip", "Identity"])
def test_other_spellings_of_codings_are_known(kind: Kind, server: Server, coding: str) -> None:
    plain = fault_server.DOCUMENT
    body = plain if coding == "Identity" else zlib.compress(plain, wbits=31)
    server.answer(200, body, {"Content-Encoding": coding})
    assert kind.at(server).retrieve("x").id == "kPmNtAbCdE"


GZIPPED = zlib.compress(fault_server.DOCUMENT, wbits=31)
HALVES = [zlib.compress(half, wbits=31) for half in (fault_server.DOCUMENT[:20], fault_server.DOCUMENT[20:])]
EMPTY = zlib.compress(b"", wbits=31)


@pytest.mark.parametrize(
    "body", [b"".join(HALVES), EMPTY + GZIPPED, GZIPPED + EMPTY, GZIPPED + bytes(512)],
    ids=["two members", "an empty one first", "an empty one last", "zeros at the end"],
)  # fmt: skip
def test_a_gzip_of_several_members_is_read_whole(kind: Kind, server: Server, body: bytes) -> None:
    server.answer(200, body, {"Content-Encoding": "gzip"})
    assert kind.at(server).retrieve("x").id == "kPmNtAbCdE"


def test_rubbish_behind_a_gzip_is_refused_at_once(kind: Kind, server: Server) -> None:
    """Reading on would take time that grows with the square of its length."""
    server.answer(200, GZIPPED + b"rubbish" * 1_000_000, {"Content-Encoding": "gzip"})
    with pytest.raises(APIConnectionError, match="incorrect header"):
        kind.at(server, retry=None).retrieve("x")


def test_compressed_bytes_that_hold_nothing_count_too(kind: Kind, server: Server) -> None:
    server.answer(200, EMPTY * 100_000, {"Content-Encoding": "gzip"})
    with pytest.raises(ResponseTooLargeError):
        kind.at(server, max_response_bytes=1_000_000).retrieve("x")


def test_a_gzip_that_ends_before_its_first_byte_is_cut(kind: Kind, server: Server) -> None:
    """It is no empty answer, which a delete or a request of one's own would take for the end of the matter."""
    for body in (zlib.compress(fault_server.DOCUMENT, wbits=31)[:10], b""):
        server.answer(200, body, {"Content-Encoding": "gzip"})
    payments = kind.at(server)
    with pytest.raises(APIConnectionError, match="ends before its end"):
        payments.request("POST", "orders", json=ORDER)
    assert payments.request("POST", "orders", json=ORDER).data is None  # this one is empty


@pytest.mark.parametrize("size", [-1, 0])
def test_the_limit_is_a_size(kind: Kind, place: Make, size: int) -> None:
    """An answer that is just as large as allowed is read; whether it is compressed makes no difference."""
    for fault in ("none", "a good gzip"):
        server = place(fault)
        payments = kind.at(server, max_response_bytes=len(fault_server.DOCUMENT) + size)
        if size == 0:
            assert payments.retrieve("x").id == "kPmNtAbCdE"
        else:
            with pytest.raises(ResponseTooLargeError):
                payments.retrieve("x")


def test_there_may_be_no_limit(kind: Kind, place: Make) -> None:
    server = place("a body of 200 MB, announced")
    payments = kind.at(server, max_response_bytes=None, retry=None)
    hurry(payments, "read")
    with pytest.raises(APITimeoutError):  # it waits for the rest
        payments.retrieve("x")


@pytest.mark.parametrize(("wrong", "error"), [(0, ValueError), (-1, ValueError), (True, TypeError), (1.5, TypeError)])
def test_what_is_no_size_is_refused(kind: Kind, place: Make, wrong: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="max_response_bytes"):
        kind.at(place("none"), max_response_bytes=wrong)


def test_an_answer_in_process_is_measured_too(kind: Kind) -> None:
    with pytest.raises(ResponseTooLargeError):
        kind.on(Sandbox(), auth=AccessToken("x"), max_response_bytes=10).count()
