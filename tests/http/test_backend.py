"""The private names of httpx that our network backend needs: seen to be there, and done without when they are not."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpcore
import httpx
import pytest

from commercelayer_klarna import APITimeoutError
from commercelayer_klarna._http import pool as connections
from commercelayer_klarna._http.backend import _Stream, keep_deadlines
from support.fault_server import Place
from support.kind import Kind

Make = Callable[[str], Place]
CLIENTS: dict[str, Any] = {"sync": httpx.Client, "async": httpx.AsyncClient}
BACKENDS = (httpcore.NetworkBackend, httpcore.AsyncNetworkBackend)


def backends_of(client: Any) -> list[Any]:
    """What makes the connections of a client of httpx: of its own, and of those through a proxy."""
    for name in ("_transport", "_mounts"):
        assert hasattr(client, name), f"httpx has moved {type(client).__name__}.{name}: see _http/backend.py"
    transports = [client._transport, *filter(None, client._mounts.values())]  # None goes without a proxy
    for transport in transports:
        name = type(transport).__name__
        assert hasattr(transport, "_pool"), f"httpx has moved {name}._pool: see _http/backend.py"
        pool = transport._pool
        name = type(pool).__name__
        assert hasattr(pool, "_network_backend"), f"httpcore has moved {name}._network_backend: see _http/backend.py"
        assert isinstance(pool._network_backend, BACKENDS), f"{name}._network_backend is something else now"
    return [transport._pool._network_backend for transport in transports]


def is_ours(backend: Any) -> bool:
    return type(backend).__module__ == keep_deadlines.__module__


def test_the_private_names_are_where_they_were(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    theirs = CLIENTS[kind.name]()
    assert [is_ours(each) for each in backends_of(theirs)] == [False, False]
    payments = kind.client("acme", auth=None)
    assert [is_ours(each) for each in backends_of(payments._session.connections.client)] == [True, True]


def test_the_backend_is_the_one_that_connects(kind: Kind, place: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """httpcore could keep the name, and no longer use it."""
    server = place("none, and echoes")
    payments = kind.at(server, retry=None)
    (backend,) = backends_of(payments._session.connections.client)
    made: list[str] = []
    connect = backend.connect_tcp

    def connected(host: str, *rest: Any, **named: Any) -> Any:
        made.append(host)
        return connect(host, *rest, **named)

    monkeypatch.setattr(backend, "connect_tcp", connected)
    assert payments.retrieve("a").id == "a"
    assert made == ["127.0.0.1"]


class Without:
    """An object from which, and from what it holds, one attribute is gone."""

    def __init__(self, held: object, gone: str) -> None:
        self._held = held
        self._gone = gone

    def __getattr__(self, name: str) -> Any:
        if name == self._gone:
            raise AttributeError(name)
        value = getattr(self._held, name)
        if name == "_mounts":
            return {key: Without(each, self._gone) for key, each in value.items()}
        return Without(value, self._gone) if name in ("_transport", "_pool") else value

    def __setattr__(self, name: str, value: object) -> None:
        vars(self)[name] = value
        if name == "_network_backend":
            setattr(self._held, name, value)


@pytest.fixture(params=["_transport", "_mounts", "_pool", "_network_backend"])
def gone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A private name that clients made in this test do not have, for all that our backend sees."""
    name: str = request.param

    def keep(client: Any, ahead: Any) -> None:
        without: Any = Without(client, name)
        keep_deadlines(without, ahead)

    monkeypatch.setattr(connections, "keep_deadlines", keep)
    return name


def test_calls_work_without_a_private_name(kind: Kind, place: Make, gone: str) -> None:
    payments = kind.at(place("none, and echoes"))
    assert [payments.retrieve(each).id for each in "ab"] == ["a", "b"]
    (backend,) = backends_of(payments._session.connections.client)
    assert is_ours(backend) == (gone == "_mounts")


@pytest.mark.usefixtures("gone")
def test_the_deadline_is_kept_between_pieces_of_a_body_without_a_private_name(kind: Kind, place: Make) -> None:
    server = place("a body that drips beyond the deadline")
    payments = kind.at(server, deadline=0.3, retry=None)
    with pytest.raises(APITimeoutError, match="the deadline of the call is over"):
        payments.retrieve("x")
    assert 0 < server.dripped < 1000


@pytest.mark.parametrize("strange", [None, object(), "x"], ids=["None", "an object", "a text"])
def test_a_backend_of_an_unknown_kind_is_left_alone(kind: Kind, strange: object) -> None:
    client = CLIENTS[kind.name]()
    client._transport._pool._network_backend = strange
    keep_deadlines(client, [])
    assert client._transport._pool._network_backend is strange


class Recorded(httpcore.NetworkStream):
    """A connection that notes how much it is asked for, and brings as much of an answer as there is."""

    def __init__(self, *answers: int) -> None:
        self.left = list(answers)
        self.asked: list[int] = []

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.asked.append(max_bytes)
        size = min(max_bytes, self.left[0])
        self.left[0] -= size
        if not self.left[0]:
            del self.left[0]
        return bytes(size)


def test_after_a_long_answer_a_connection_is_asked_for_as_much_at_once() -> None:
    wire = Recorded(300, 400_000, 500_000, 300)
    stream = _Stream(wire)
    assert [len(stream.read(65_536)) for _ in range(5)] == [300, 131_072, 268_928, 500_000, 300]
    assert wire.asked == [131_072, 131_072, 1_048_576, 1_048_576, 1_048_576]


def test_a_part_of_another_length_is_read_as_it_is_asked_for() -> None:
    wire = Recorded(10, 10)
    assert [_Stream(wire).read(each) for each in (1, 4)] == [bytes(1), bytes(4)]
    assert wire.asked == [1, 4]


@pytest.fixture
def connected() -> Iterator[tuple[_Stream, socket.socket]]:
    """A connection of ours, and its other end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = _Stream(httpcore.SyncBackend().connect_tcp(*server.getsockname()))
        other, _ = server.accept()
        with other:
            yield stream, other
        stream.close()


def timeouts_set(stream: _Stream) -> list[float | None]:
    """What the timeout of its socket is set to from now on; each time is a question to the system."""
    noted: list[float | None] = []
    raw = stream._socket
    assert raw is not None

    class Noting(socket.socket):
        def settimeout(self, value: float | None) -> None:
            noted.append(value)
            super().settimeout(value)

    noting = Noting(fileno=raw.detach())
    noting.settimeout(0)
    noted.clear()
    within: Any = stream._stream
    stream._socket = within._sock = noting
    return noted


def test_what_is_there_is_read_without_a_wait(connected: tuple[_Stream, socket.socket]) -> None:
    stream, other = connected
    noted = timeouts_set(stream)
    for each in (b"first", b"second"):
        other.sendall(each)
        assert stream._socket is not None
        select.select([stream._socket], [], [])
        assert stream.read(65_536, 5) == each
        stream.write(b"request", 5)
        assert other.recv(100) == b"request"
    assert noted == []


def test_what_is_not_there_is_waited_for(connected: tuple[_Stream, socket.socket]) -> None:
    stream, other = connected
    noted = timeouts_set(stream)
    later = threading.Timer(0.05, other.sendall, [b"late"])
    later.start()
    assert stream.read(65_536, 5) == b"late"
    later.join()
    with pytest.raises(httpcore.ReadTimeout, match="timed out"):
        stream.read(65_536, 0.01)
    assert noted == [5, 0, 0.01]


def test_a_peer_that_takes_nothing_more_is_given_up(connected: tuple[_Stream, socket.socket]) -> None:
    stream, _ = connected
    with pytest.raises(httpcore.WriteTimeout, match="timed out"):
        stream.write(bytes(50_000_000), 0.05)


def test_all_is_written_to_a_peer_that_is_slow(connected: tuple[_Stream, socket.socket]) -> None:
    stream, other = connected
    content = bytes(range(256)) * 40_000
    taken = bytearray()

    def take() -> None:
        while len(taken) < len(content):
            taken.extend(other.recv(30_000))

    taking = threading.Thread(target=take)
    taking.start()
    stream.write(content, 5)
    taking.join()
    assert taken == content


def test_a_connection_that_is_reset_is_an_error_of_reading_or_writing(
    connected: tuple[_Stream, socket.socket],
) -> None:
    stream, other = connected
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    other.close()
    with pytest.raises(httpcore.ReadError) as caught:
        stream.read(65_536, 5)
    assert isinstance(caught.value.__cause__, ConnectionResetError)
    with pytest.raises(httpcore.WriteError) as caught_too:
        stream.write(b"request", 5)
    assert isinstance(caught_too.value.__cause__, OSError)
