"""Calls of the sync client that a signal handler breaks off by raising, as soft time limits of task queues do.

Python runs signal handlers where it enters a function and after it called one that is written in C. A profile function
is called at just these moments, so it can raise at each of them, one after the other; and real signals come at random.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from commercelayer_klarna import ClientCredentials, KlarnaPayments
from commercelayer_klarna.plugins import Context, Event, Observer, Plugin
from commercelayer_klarna.plugins.flow import ThreadLock
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
# The modules whose functions take locks and connections. At night a call is broken off in all others, too.
STEP = 1 if LONG else 4
TAKING = ("_http.pool", "_sync.session", "plugins.flow", "httpcore._synchronization", "httpcore._sync.connection_pool")


class SoftLimitError(Exception):
    """What a task queue raises when a task takes too long."""


def fail() -> None:
    """Do as the signal handler of a soft time limit does."""
    raise SoftLimitError


class At:
    """Acts at one of the moments at which Python would run a signal handler."""

    def __init__(self, number: int, act: Callable[[], object] = fail) -> None:
        self.number, self.act, self.passed = number, act, 0

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event in ("call", "c_return") and (LONG or frame.f_globals.get("__name__", "").endswith(TAKING)):
            self.passed += 1
            if self.passed == self.number:
                self.act()

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
    yield
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
        assert another_thread.submit(payments.count).result(timeout=10) == 0, number
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
        for _ in range(10_000 if LONG else 150):
            try:
                try:
                    alarm(chance.uniform(0.00005, 0.004))
                    payments.count()
                finally:
                    alarm(0)
            except SoftLimitError:
                broken_off += 1
        assert payments._session.connections._busy == 0
        assert another_thread.submit(payments.count).result(timeout=10) == 0
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
