"""Calls of the sync client that a signal handler breaks off by raising, as soft time limits of task queues do.

Python runs signal handlers where it enters a function and after it called one that is written in C. A profile function
is called at just these moments, so it can raise at each of them, one after the other; and real signals come at random.
"""

from __future__ import annotations

import gc
import os
import pickle
import random
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import filelock
import pytest

from commercelayer_klarna import (
    AccessToken,
    AmbiguousWriteError,
    APIConnectionError,
    ClientCredentials,
    FileTokenStore,
    KlarnaPayments,
    MemoryTokenStore,
)
from commercelayer_klarna._auth.store import StoredToken
from commercelayer_klarna._http.timeouts import CURRENT
from commercelayer_klarna._redis import Server as Redis
from commercelayer_klarna.plugins import (
    Context,
    Event,
    Flow,
    Observer,
    Plugin,
    Request,
    blocking,
    plugin_of,
    send,
)
from commercelayer_klarna.plugins.flow import ThreadLock
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.garbage import no_collections
from support.order_life import OrderShop
from support.plugins import layer, plugin
from support.redis_server import RedisServer
from support.server import Received, Server
from support.virtual_time import EPOCH, INSTANT, FakeTime

SOFT_LIMIT = getattr(signal, "SIGUSR1", signal.SIGINT)
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
# The modules whose functions take locks and connections. At night a call is broken off in all others, too, once at each
# place of their code that is reached by another way.
STEP = 1 if LONG else 4
TAKING = ("_http.pool", "_sync.session", "plugins.flow", "httpcore._synchronization", "httpcore._sync.connection_pool")


class SoftLimitError(Exception):
    """What a task queue raises when a task takes too long."""


def fail(*_: object) -> None:
    """Do as the signal handler of a soft time limit does."""
    raise SoftLimitError


def time_out(*_: object) -> None:
    """Do as those do that people write by hand. Sockets raise this class, too."""
    raise TimeoutError


def leave(*_: object) -> None:
    """Do as those of SIGTERM do."""
    raise SystemExit


class At:
    """Acts at one of the moments at which Python would run a signal handler."""

    def __init__(self, number: int, act: Callable[[], object] = fail, taking: tuple[str, ...] = TAKING) -> None:
        self.number, self.act, self.taking, self.passed, self.everywhere = number, act, taking, 0, LONG
        self.met: set[object] = set()

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event in ("call", "c_return") and self.is_one(frame, event):
            self.passed += 1
            if self.passed == self.number:
                self.act()

    def is_one(self, frame: FrameType, event: str) -> bool:
        """Whether a moment counts. Everywhere, one that is like another does not."""
        if not self.everywhere:
            return bool(frame.f_globals.get("__name__", "").endswith(self.taking))
        way = [event, *((id(each.f_code), each.f_lasti) for each in (frame, frame.f_back) if each is not None)]
        before = len(self.met)
        self.met.add(tuple(way))
        return len(self.met) > before

    def breaks_off(self, call: Callable[[], object]) -> bool:
        """Make a call; whether it was broken off."""
        try:
            sys.setprofile(self)
            call()
        except SoftLimitError:
            pass
        finally:
            sys.setprofile(None)
        return self.passed >= self.number


# A socket that was being made when a call was broken off is closed when Python collects it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    before = signal.signal(SOFT_LIMIT, fail)
    yield
    signal.signal(SOFT_LIMIT, before)
    gc.collect()


@pytest.fixture(scope="module")
def served() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox()) as server:
        yield server


@pytest.fixture(scope="module")
def another_thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def client(served: SandboxServer, **options: Any) -> KlarnaPayments:
    auth = ClientCredentials(client_id="sandbox-integration", client_secret="sandbox-secret", auth_url=served.auth_url)
    return KlarnaPayments(base_url=served.url, auth=auth, deadline=20, retry=None, **options)


@pytest.mark.parametrize("is_warm", [False, True], ids=["without a token", "with a token"])
def test_a_call_broken_off_at_any_moment_holds_nothing(
    served: SandboxServer, another_thread: ThreadPoolExecutor, is_warm: bool
) -> None:
    payments, number = client(served), 1
    payments.count()
    while True:
        if not is_warm:
            payments = client(served)
        if not At(number).breaks_off(payments.count):
            break
        connections = payments._session.connections
        assert (connections._busy, connections.under_way, len(connections._waiting)) == (0, 0, 0), number
        assert CURRENT.get() is None, number  # else what this thread sends on a pool of its own had a deadline
        assert another_thread.submit(payments.count).result(timeout=60) == 0, number
        if not is_warm:
            payments.close()
        number += STEP
    payments.close()
    assert number > 90


@pytest.fixture
def alarm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """Sets the alarm, whose handler raises; 0 turns it off."""
    # What it raises within a destructor goes to this hook, and that of pytest can be broken off as well.
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)

    def set_alarm(seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)

    before = signal.signal(signal.SIGALRM, lambda *_: fail())
    yield set_alarm
    set_alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no such alarms here")
def test_real_signals_at_any_time(
    served: SandboxServer, another_thread: ThreadPoolExecutor, alarm: Callable[[float], None]
) -> None:
    chance, broken_off = random.Random(1), 0
    with client(served) as payments:
        payments.count()  # Python may hold a lock for ever when an import is broken off, and first calls import
        for _ in range(5_000 if LONG else 150):
            try:
                try:
                    alarm(chance.uniform(0.00005, 0.004))
                    payments.count()
                finally:
                    alarm(0)
            except SoftLimitError:
                broken_off += 1
        assert payments._session.connections._busy == 0
        assert another_thread.submit(payments.count).result(timeout=60) == 0
        assert payments.count() == 0
    assert broken_off > 10


def test_a_signal_handler_that_closes_the_client(served: SandboxServer) -> None:
    """As those of SIGTERM do. The call that it finds under way goes on to its end."""
    number, refused = 1, 0
    while True:
        payments = client(served)
        closing = At(number, payments.close)
        try:
            if not closing.breaks_off(payments.count):
                break
        except RuntimeError:  # it was closed before the call began
            refused += 1
        assert payments._session.connections.client.is_closed, number
        number += 2 * STEP
    assert refused


def test_a_thread_that_waits_for_itself_is_told_so(served: SandboxServer) -> None:
    """An observer that uses the client while a token is asked for would wait for ever."""
    said: list[str] = []

    class Watching(Plugin):
        name = "watching"

        def observers(self, ctx: Context) -> Iterable[Observer]:
            return [self.watch]

        def watch(self, event: Event) -> None:
            if type(event).__name__ == "AttemptStarted" and not said:
                said.append("")
                try:
                    payments.count()
                except RuntimeError as error:
                    said[0] = str(error)

    with client(served, plugins=[Watching()]) as payments:
        assert payments.count() == 0
    assert said == [
        "a plugin or a signal handler used the client within a call that holds what it waits for: do that later"
    ]


def test_a_lock_is_given_back_when_taking_it_is_broken_off() -> None:
    lock = ThreadLock()
    number = 0
    while True:
        number += 1
        at = At(number)
        if not at.breaks_off(lambda: lock.acquire(1)):
            break
        assert not lock._is_mine(), number
    assert lock._is_mine()
    with pytest.raises(TimeoutError), ThreadPoolExecutor(1) as executor:
        executor.submit(lock.acquire, 0.01).result()
    lock.release()


# ---- What was broken off after a write was sent --------------------------------------------------------------------


class Interrupting(Server):
    """A server that sends this process a signal at one of its requests, and answers when the client is gone."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at, self.over = at, threading.Event()

    def _next(self, received: Received) -> tuple[int, dict[str, str], bytes]:
        answer = super()._next(received)
        if len(self.requests) == self.at:
            signal.pthread_kill(threading.main_thread().ident or 0, SOFT_LIMIT)
            self.over.wait(60)
        return answer


@pytest.fixture
def interrupting() -> Iterator[Callable[[int], Interrupting]]:
    made: list[Interrupting] = []

    def make(at: int) -> Interrupting:
        made.append(Interrupting(at))
        return made[-1]

    yield make
    for each in made:
        each.over.set()
        each.close()


def broken_off(handler: Callable[..., None], call: Callable[[], object]) -> BaseException:
    """Make a call with this handler of the signal; return what comes out."""
    signal.signal(SOFT_LIMIT, handler)
    with no_collections(), pytest.raises((SoftLimitError, TimeoutError, SystemExit)) as caught:
        call()
    return caught.value


needs_threads = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no thread can be sent a signal here")


@needs_threads
@pytest.mark.parametrize("handler", [fail, time_out, leave], ids=["own", "builtin", "exit"])
@pytest.mark.parametrize("at", [1, 2, 3], ids=["its answer", "a read-back", "the payment that was found"])
def test_a_create_that_is_broken_off_leaves_as_what_it_is_with_the_doubt(
    interrupting: Callable[[int], Interrupting],
    payment_json: dict[str, Any],
    handler: Callable[..., None],
    at: int,
) -> None:
    server = interrupting(at)
    order = {"id": "oRd", "type": "orders", "attributes": {"number": "1"}}
    payment_json["attributes"].update(
        reference="r", reference_origin=None, metadata={}, created_at="2099-01-01T00:00:00Z"
    )
    payment_json["relationships"]["order"] = {"data": {"id": "oRd", "type": "orders"}}
    server.answer(502)
    server.answer(200, {"data": [payment_json], "included": [order], "meta": {"record_count": 1, "page_count": 1}})
    with KlarnaPayments(base_url=server.url, auth=AccessToken("token-of-the-tests"), timing=INSTANT) as payments:
        error = broken_off(handler, lambda: payments.create(order="oRd", reference="r"))
        assert type(error) in {SoftLimitError, TimeoutError, SystemExit}
        assert error.__notes__ == ["klarna_payments.create was sent before that, and may have been carried out"]
        doubt = error.__cause__
        assert isinstance(doubt, AmbiguousWriteError)
        assert (doubt.order, doubt.reference, doubt.read_back) == ("oRd", "r", at == 3)
        assert doubt.candidates == ((payment_json["id"],) if at == 3 else ())
        assert pickle.loads(pickle.dumps(doubt)).evidence == doubt.evidence
    assert [each.method for each in server.requests] == ["POST", "GET", "GET"][:at]


@needs_threads
@pytest.mark.parametrize("handler", [fail, time_out], ids=["own", "builtin"])
def test_a_read_that_is_broken_off_is_not_tried_again(
    interrupting: Callable[[int], Interrupting], handler: Callable[..., None]
) -> None:
    server = interrupting(1)
    server.answer(200, {"data": []})
    with KlarnaPayments(base_url=server.url, auth=AccessToken("token-of-the-tests"), timing=INSTANT) as payments:
        assert broken_off(handler, payments.count).__cause__ is None
    assert len(server.requests) == 1


def test_a_create_and_a_trigger_that_are_broken_off_between_two_read_backs() -> None:
    time = FakeTime()
    shop = OrderShop(Sandbox(clock=lambda: EPOCH + time.elapsed))
    payments = shop.sandbox.client(timing=time.timing)
    pending = shop.order("pending")
    for order, call in [
        (pending, lambda: payments.orders.place(pending)),
        (shop.sandbox.order_ids[0], lambda: payments.create(order=shop.sandbox.order_ids[0])),
    ]:
        time.on_sleep = partial(signal.raise_signal, SOFT_LIMIT)
        method = "PATCH" if order == pending else "POST"
        shop.sandbox.fail_next(method=method, status=502, when="after")
        error = broken_off(fail, call)
        time.on_sleep = lambda: None
        time.elapsed += 3600
        assert isinstance(error.__cause__, AmbiguousWriteError)
        settled = payments.settle(error.__cause__)
        assert settled.outcome == "carried_out" or settled.candidates


@pytest.mark.parametrize("handler", [fail, time_out, leave], ids=["own", "builtin", "exit"])
@pytest.mark.parametrize("where", ["an observer", "a layer", "work of a layer", "a token store"])
def test_nobody_is_blamed_for_what_a_signal_handler_raised(
    sandbox: Sandbox, where: str, handler: Callable[..., None]
) -> None:
    def interrupted(*_: object) -> Any:
        signal.raise_signal(SOFT_LIMIT)

    def flow(request: Request) -> Flow:
        response = yield from send(request)
        if where == "work of a layer":
            yield from blocking(interrupted)
        interrupted()
        return response

    class Store(MemoryTokenStore):
        def load(self, key: str) -> Any:
            try:
                return interrupted()
            except TimeoutError:
                raise OSError("that of a socket, as it seems") from None

    store = Store() if where == "a token store" else None
    plugins = [plugin("x", observers=[interrupted])] if where == "an observer" else [layer(flow)]
    with sandbox.client(plugins=[] if store else plugins, token_store=store) as payments:
        error = broken_off(handler, payments.count)
        assert not hasattr(error, "__notes__")
        assert plugin_of(error) is None


def test_the_next_address_is_not_tried_after_a_soft_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> Any:
        tried.append(address[0])
        signal.raise_signal(SOFT_LIMIT)

    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (f"127.0.0.{number}", 9)) for number in (2, 3)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", connect)
    with KlarnaPayments(base_url="http://localhost:9/api", auth=AccessToken("token-of-the-tests")) as payments:
        assert type(broken_off(time_out, payments.count)) is TimeoutError
    assert tried == ["127.0.0.2"]


@needs_threads
def test_a_call_within_the_handling_of_a_soft_limit_may_fail_by_itself() -> None:
    """What was handled before is behind each exception, and did not break this call off."""
    with KlarnaPayments(base_url="http://127.0.0.1:9/api", auth=AccessToken("token-of-the-tests")) as payments:
        try:
            signal.raise_signal(SOFT_LIMIT)
            pytest.fail("the handler did not raise")
        except SoftLimitError:
            with pytest.raises(APIConnectionError) as caught:
                payments.with_options(retry=None).count()
            assert not caught.value.sent


def test_a_file_store_that_is_broken_off_keeps_no_lock(tmp_path: Path) -> None:
    number = 0
    while True:
        number += 1
        store, at = FileTokenStore(tmp_path), At(number)
        at.everywhere = True
        if not at.breaks_off(partial(store.lock, "a")):
            break
        release = FileTokenStore(tmp_path).lock("a")
        assert release is not None, number
        release()
    assert number > 5


def test_a_file_lock_that_is_broken_off_does_not_seem_to_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal.signal(SOFT_LIMIT, time_out)
    store = FileTokenStore(tmp_path)
    store._file_lock = filelock.FileLock  # as on systems without the locks of POSIX
    monkeypatch.setattr(filelock.FileLock, "_acquire", lambda _: signal.raise_signal(SOFT_LIMIT))
    with pytest.raises(TimeoutError):
        store.lock("a")


def test_a_file_store_that_is_broken_off_leaves_nothing_beside_the_token(tmp_path: Path) -> None:
    store, token, number = FileTokenStore(tmp_path), StoredToken("t", 0.0, 1.0), 0
    while True:
        number += 1
        at = At(number, taking=("_auth.store", "_auth.file_store"))
        at.everywhere = False
        if not at.breaks_off(partial(store.save, "a", token)):
            break
        gc.collect()
        assert {each.name for each in tmp_path.iterdir()} <= {"a.json"}, number
    assert number > 5
    assert store.load("a") == token


@pytest.mark.parametrize("handler", [fail, time_out], ids=["own", "builtin"])
def test_redis_that_is_broken_off_gives_each_its_own_answer(redis: RedisServer, handler: Callable[..., None]) -> None:
    """Nobody may be given the token of somebody else. The answer to what was broken off comes later."""
    signal.signal(SOFT_LIMIT, handler)
    server, number = Redis(redis.url), 0
    server.do("SET", "of-another", "answer")
    while True:
        number += 1
        at = At(number, handler, ("_redis", "redis.client"))
        with suppress(SoftLimitError if handler is fail else TimeoutError):  # as what it is
            try:
                sys.setprofile(at)
                server.do("BLPOP", "nothing", "0.05")
            finally:
                sys.setprofile(None)
        if at.passed < number:
            break
        assert server.do("GET", "of-another") == "answer", number
    assert number > 10
