"""The deadline of a call before its request is written: while a name is looked up, addresses are tried, TLS and proxies
are spoken with. When it is over by then, nothing is written, and the error says so.
"""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from commercelayer_klarna import APIConnectionError, APITimeoutError
from commercelayer_klarna.plugins import Timing
from support.fault_server import Place
from support.kind import Kind

Make = Callable[[str], Place]
NAME = "klarna.internal"


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Collect what a test leaves before the next one begins."""
    yield
    gc.collect()


class Clock:
    """A clock that runs, and can be set forward."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.timing = Timing(monotonic=lambda: time.monotonic() + self.ahead)


class Resolver:
    """Knows one more name; ``before`` is called when that is looked up."""

    def __init__(self) -> None:
        self.addresses = ["127.0.0.1"]
        self.before: Callable[[], object] = lambda: None
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *arguments: Any, **named: Any) -> Any:
        if host not in (NAME, NAME.encode()):
            return self._real(host, port, *arguments, **named)
        self.before()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, int(port))) for each in self.addresses]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    made = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", made)
    return made


@pytest.fixture
def released() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def named(place: Place) -> str:
    return place.url.replace("127.0.0.1", NAME)


@pytest.mark.parametrize("call", ["create", "retrieve"])
def test_a_name_that_takes_too_long(
    kind: Kind, place: Make, resolver: Resolver, released: threading.Event, call: str
) -> None:
    resolver.before = released.wait
    server = place("none")
    payments = kind.at(named(server), deadline=0.2, retry=None, timing=None)
    with pytest.raises(APITimeoutError) as caught:
        payments.create(order="o") if call == "create" else payments.retrieve("x")
    released.set()
    assert caught.value.sent is False
    assert server.requests == []


def test_a_name_that_is_not_known(kind: Kind, place: Make, resolver: Resolver) -> None:
    def fail() -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    resolver.before = fail
    with pytest.raises(APIConnectionError, match="not known") as caught:
        kind.at(named(place("none")), retry=None).create(order="o")
    assert caught.value.sent is False


@pytest.mark.parametrize("through", ["nothing", "a tunnel"])
def test_nothing_is_written_after_the_deadline(
    kind: Kind, place: Make, resolver: Resolver, monkeypatch: pytest.MonkeyPatch, through: str
) -> None:
    """The name is found, and the connection is made, but the deadline is over by then."""
    clock, server = Clock(), place("none")
    resolver.before = lambda: setattr(clock, "ahead", 100.0)
    address = named(server)
    if through == "a tunnel":
        monkeypatch.setenv("HTTPS_PROXY", address.removesuffix("/api"))
        address = "https://acme.example/api"
    payments = kind.at(address, deadline=60, timing=clock.timing, retry=None)
    with pytest.raises(APITimeoutError, match="the deadline of the call is over, it was not sent") as caught:
        payments.create(order="o")
    assert caught.value.sent is False
    assert server.requests == []


@pytest.fixture
def silent() -> Iterator[Callable[[int], list[str]]]:
    """Makes addresses of this machine at a port where connections are not accepted."""
    held: list[socket.socket] = []

    def make(port: int) -> list[str]:
        hosts = ["127.0.0.2", "127.0.0.3"]
        for host in hosts:
            listener = socket.socket()
            listener.bind((host, port))
            listener.listen(0)
            held.append(listener)
            for _ in range(3):  # fills the queue
                waiting = socket.socket()
                waiting.setblocking(False)
                waiting.connect_ex((host, port))
                held.append(waiting)
        return hosts

    yield make
    for each in held:
        each.close()


def test_addresses_that_do_not_answer_leave_time_for_one_that_does(
    kind: Kind, place: Make, resolver: Resolver, silent: Callable[[int], list[str]]
) -> None:
    server = place("none, and echoes")
    resolver.addresses = [*silent(int(server.url.split(":")[2].split("/")[0])), "127.0.0.1"]
    payments = kind.at(named(server), deadline=3, retry=None, timing=None)
    assert payments.retrieve("x").id == "x"


def test_all_addresses_together_take_no_longer_than_the_deadline(
    kind: Kind, place: Make, resolver: Resolver, silent: Callable[[int], list[str]]
) -> None:
    server = place("none")
    resolver.addresses = silent(int(server.url.split(":")[2].split("/")[0])) * 20
    payments = kind.at(named(server), deadline=0.4, retry=None, timing=None)
    with pytest.raises(APITimeoutError) as caught:
        payments.create(order="o")
    assert caught.value.sent is False


def test_a_server_that_reads_slowly_does_not_hold_a_call(kind: Kind) -> None:
    """The deadline passes while a large document is written: what is left of it is not."""
    clock = Clock()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def read() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.settimeout(30)
                while connection.recv(30_000):
                    clock.ahead = 100.0

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        payments = kind.at(url, deadline=60, retry=None, timing=clock.timing)
        with pytest.raises(APITimeoutError) as caught:
            payments.update("x", metadata={"a": "b" * 20_000_000})
        thread.join(30)
    assert caught.value.sent is True
