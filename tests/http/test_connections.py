"""Pools that leak, threads, tasks, event loops, forks, and clients that are closed twice, too early or never."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from commercelayer_klarna import AccessToken, APITimeoutError, AsyncKlarnaPayments, KlarnaPayments
from commercelayer_klarna._http import pool as connections
from commercelayer_klarna._http.pool import SyncConnections, SyncSlot
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.fault_server import Place
from support.kind import Kind

Make = Callable[[str], Place]
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


@pytest.fixture
def few() -> int:
    """Ten connections. They stay open, so each that a server counts is one that was open at the same time."""
    return 10


def asynchronous(place: Place, **options: Any) -> AsyncKlarnaPayments:
    return AsyncKlarnaPayments(base_url=place.url, auth=AccessToken("t"), **options)


def ids(found: list[Any]) -> list[str]:
    return [each.id for each in found]


# ---- Pools that leak -----------------------------------------------------------------------------------------------


def leak(kind: Kind, payments: Any, place: Place) -> list[Any]:
    """Take every connection of the pool, behind the back of the client."""
    client = payments._session.connections.client
    taken = []
    for _ in range(connections._HOSTS):
        sending = client.send(client.build_request("GET", place.url + "/x"), stream=True)
        taken.append(kind.now(sending))
    return taken


def test_a_pool_that_leaked_is_replaced(kind: Kind, place: Make, few: int, caplog: pytest.LogCaptureFixture) -> None:
    server = place("none, and echoes")
    payments = kind.at(server, retry=None)
    assert payments.retrieve("a").id == "a"
    old = payments._session.connections.client
    taken = leak(kind, payments, server)
    assert ids([payments.retrieve(each) for each in "bcd"]) == ["b", "c", "d"]
    assert payments._session.connections.client is not old
    assert old.is_closed
    assert len([each for each in caplog.records if each.levelno == logging.WARNING]) == 1
    assert "was replaced" in caplog.text
    assert payments._session.connections.under_way == 0
    assert all(taken)  # they were held until now


def test_a_pool_that_is_busy_is_not_replaced(place: Make, few: int) -> None:
    """As many requests as connections are under way, so the one that finds none waits, and is told so."""

    async def main() -> None:
        async with asynchronous(place("silence"), retry=None, connections=few) as payments:
            connections = payments._session.connections
            calls = [asyncio.create_task(payments.retrieve("x")) for _ in range(few)]
            while connections.under_way < few:
                await asyncio.sleep(0)
            pools = [*connections._pools]
            short: list[dict[str, Any]] = [{"deadline": 0.05}, {"timeout": 0.05, "deadline": None}]
            for limits in short:
                with pytest.raises(APITimeoutError, match="all connections are in use") as caught:
                    await payments.with_options(**limits).retrieve("x")
                assert caught.value.sent is False
                assert connections._pools == pools
            waiting = asyncio.create_task(payments.with_options(timeout=0.001).retrieve("x"))
            await asyncio.sleep(0.05)
            for each in calls:
                each.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            # It waited longer than its timeout, which is for the server alone.
            with pytest.raises(APITimeoutError, match=r"(Connect|Read)Timeout"):
                await waiting

    asyncio.run(main())


class FakeClient:
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


class FakeConnections(SyncConnections):
    """Connections whose clients are fakes."""

    def _make(self) -> Any:
        return FakeClient()


def entered(ours: SyncConnections) -> SyncSlot:
    slot = SyncSlot()
    ours.enter(slot, None)
    return slot


def test_a_replaced_pool_is_closed_when_nobody_uses_it(few: int) -> None:
    ours = FakeConnections()
    first, second = entered(ours), entered(ours)
    old, untouched = first.pool, second.pool
    assert old is not None
    assert ours.mended(first)
    other = first.pool
    assert other is not None
    assert other is not old
    assert not old.client.is_closed  # by this call
    ours.close_idle()
    assert old.client.is_closed
    assert second.pool is untouched
    assert ours.under_way == 2
    for each in (first, second, second):  # twice makes no difference
        ours.leave(each)
    assert ours.under_way == 0
    ours.close()
    assert other.client.is_closed


def test_a_pool_that_cannot_be_replaced_stays(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be no file left to open. What is under way goes on, and so does the client."""
    ours = FakeConnections()
    first, second = entered(ours), entered(ours)
    old = first.pool
    with monkeypatch.context() as patch:
        patch.setattr(FakeConnections, "_make", lambda _: os.open("", 0))
        with pytest.raises(OSError, match="No such file"):
            ours.mended(first)
    assert first.pool is old
    assert ours.under_way == 2
    for each in (first, second):
        ours.leave(each)
        assert not each.is_taken
    assert ours.under_way == 0
    assert entered(ours).pool is old


def test_a_fork_makes_no_pool_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process may hold a hundred clients, and its child call none."""
    ours, made = FakeConnections(), list[None]()
    ours.leave(entered(ours))
    monkeypatch.setattr(FakeConnections, "_make", lambda _: made.append(None) or FakeClient())
    ours.renew()
    assert made == []
    entered(ours)
    assert made == [None]


def test_each_request_has_a_pool_and_they_are_made_when_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(connections.time, "monotonic", lambda: now)
    ours = FakeConnections(keepalive_expiry=90.0)
    slots = [entered(ours) for _ in range(3)]
    assert [pool.under_way for pool in ours._pools] == [1, 1, 1]
    ours.leave(slots[0])
    slots[0] = entered(ours)
    assert slots[0].pool is ours._pools[0], "the first ones are used first"
    last = ours._pools[-1]
    ours.leave(slots[2])
    now += 90.0
    ours.leave(slots[1])
    assert ours._pools[-1] is last
    now += 1
    ours.leave(slots[0])
    assert last.client.is_closed, "nobody needed it for longer than connections are kept"
    assert [pool.under_way for pool in ours._pools] == [0, 0]


def test_a_replaced_pool_is_closed_at_the_end_at_least() -> None:
    ours = FakeConnections()
    first, second = entered(ours), entered(ours)
    assert ours.mended(first)
    pools = [first.pool, second.pool]
    ours.close()
    for slot, pool in zip((first, second), pools, strict=True):  # what is under way is not broken off
        assert pool is not None
        assert not pool.client.is_closed
        ours.leave(slot)
        assert pool.client.is_closed


def test_the_callers_pool_and_a_closed_one_are_not_replaced() -> None:
    of_the_caller: Any = SyncConnections(FakeClient())  # type: ignore[arg-type]
    slot = entered(of_the_caller)
    assert not of_the_caller.mended(slot)
    of_the_caller.distrust(slot, KeyboardInterrupt())
    assert of_the_caller._pools == [slot.pool]
    of_the_caller.close()
    assert not of_the_caller.client.is_closed


def test_a_storm_of_cancellations_leaves_a_client_that_works(place: Make) -> None:
    """Callers that give up at random moments; afterwards the next call works, and all after it."""
    # In a process of its own: now and then httpcore forgets a socket, and only the garbage collector closes it.
    said = run(
        """
import random
few, wanted, chance = 10, int(sys.argv[2]), random.Random(1)
async def main():
    counts = {"answered": 0, "cancelled": 0}
    async def caller():
        while min(counts.values()) < wanted:
            try:
                patience = chance.uniform(0, 0.1) if chance.random() < 0.9 else None
                async with asyncio.timeout(patience):
                    await payments.retrieve("x")
                counts["answered"] += 1
            except TimeoutError:
                counts["cancelled"] += 1
    async with client(AsyncKlarnaPayments, retry=None, timeout=None, deadline=None, connections=few) as payments:
        await asyncio.gather(*(caller() for _ in range(4 * few)))
        assert payments._session.connections.under_way == 0
        print(*[(await payments.retrieve(str(number))).id for number in range(12)])
        together = await asyncio.gather(*(payments.retrieve(str(number)) for number in range(few)))
        print(*[each.id for each in together])
import logging
logging.disable()
asyncio.run(main())
""",
        place("none, and echoes").url,
        "1000" if LONG else "100",
    )
    after, together = said.splitlines()
    assert after.split() == [str(number) for number in range(12)]
    assert together.split() == [str(number) for number in range(10)]


# ---- Threads and tasks ---------------------------------------------------------------------------------------------


def test_one_client_for_many_threads(place: Make, few: int) -> None:
    server = place("none, and echoes")
    wrong: list[Any] = []
    together = threading.Barrier(32)

    def work(thread: int) -> None:
        together.wait()
        for number in range(25):
            wanted = f"t{thread}n{number}"
            try:
                found = payments.retrieve(wanted).id
            except Exception as error:
                found = error
            if found != wanted:
                wrong.append((wanted, found))

    with KlarnaPayments(base_url=server.url, auth=AccessToken("t"), connections=few) as payments:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(32)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert wrong == []
        assert len(server.requests) == 32 * 25
        assert server.connections <= few
        assert payments._session.connections.under_way == 0


def test_threads_get_a_connection_in_the_order_in_which_they_came(few: int) -> None:
    ours, served, all_served = FakeConnections(most=few), list[int](), threading.Barrier(31)

    def work(number: int) -> None:
        slot = SyncSlot()
        ours.enter(slot, 60.0)
        served.append(number)  # the one before has not left yet
        ours.leave(slot)
        all_served.wait(60)

    taken = [entered(ours) for _ in range(few)]
    for number in range(30):
        threading.Thread(target=work, args=(number,), daemon=True).start()
        while len(ours._waiting) <= number:
            time.sleep(0.001)
    ours.leave(taken[0])
    all_served.wait(60)
    assert served == list(range(30))


def test_a_request_waits_for_no_lock_of_another_request(place: Make) -> None:
    """Threads get a lock of Python in no order, and httpcore holds its own while it asks the system about sockets."""
    with KlarnaPayments(base_url=place("none, and echoes").url, auth=AccessToken("t")) as payments:
        ours = payments._session.connections
        busy, found = entered(ours), list[str]()
        transport: Any = busy.client._transport
        with transport._pool._optional_thread_lock:
            calling = threading.Thread(target=lambda: found.append(payments.retrieve("x").id), daemon=True)
            calling.start()
            calling.join(60)
        assert found == ["x"]
        ours.leave(busy)


def test_one_client_for_many_tasks(place: Make, few: int) -> None:
    server = place("none, and echoes")

    async def main() -> None:
        async with asynchronous(server, timeout=None, deadline=None, connections=few) as payments:
            found = await asyncio.gather(*(payments.retrieve(f"n{number}") for number in range(200)))
            assert ids(found) == [f"n{number}" for number in range(200)]
            assert payments._session.connections.under_way == 0

    asyncio.run(main())
    assert server.connections <= few


def test_a_client_belongs_to_one_event_loop(place: Make) -> None:
    server = place("none, and echoes")
    said = run(
        """
payments = client(AsyncKlarnaPayments)
async def call():
    try:
        return (await payments.retrieve("x")).id
    except RuntimeError as error:
        return str(error)
print(asyncio.run(call()))
print(asyncio.run(call()))
asyncio.run(payments.close())
print(asyncio.run(call()))
""",
        server.url,
    )
    first, second, third = said.splitlines()
    assert first == "x"
    assert "used in another event loop" in second
    assert "make one for each event loop" in second
    assert "closed" in third
    assert server.requests == ["GET"]


def test_an_async_call_where_no_event_loop_of_asyncio_runs() -> None:
    call = AsyncKlarnaPayments("acme", auth=AccessToken("t")).retrieve("a")
    with pytest.raises(RuntimeError, match=r"needs an event loop of asyncio.*trio\.to_thread\.run_sync"):
        call.send(None)  # as trio does


def test_a_client_of_the_callers_may_bear_several_event_loops() -> None:
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, json={"data": [], "meta": {"record_count": 3, "page_count": 1}})
    )
    client = httpx.AsyncClient(transport=transport)
    payments = AsyncKlarnaPayments("acme", auth=AccessToken("t"), http_client=client)
    assert [asyncio.run(payments.count()) for _ in range(2)] == [3, 3]


# ---- Ends ----------------------------------------------------------------------------------------------------------


def test_closing_twice_and_calling_afterwards(kind: Kind, place: Make) -> None:
    server = place("none")
    payments = kind.at(server)
    view, pager = payments.with_options(timeout=3), payments.list()
    payments.retrieve("x")
    for _ in range(2):
        payments.close()
        view.close()
    uses: list[Callable[[], Any]] = [
        lambda: payments.retrieve("x"),
        lambda: view.create(order="o"),
        lambda: list(pager),
        lambda: payments.request("GET", "orders"),
    ]
    for each in uses:
        with pytest.raises(RuntimeError, match="this client is closed"):
            each()
    assert server.requests == ["GET"]


def test_closing_while_threads_call(place: Make) -> None:
    """What is under way is answered, whoever is late is told, and nobody hangs."""
    server = place("none, and echoes")
    payments = KlarnaPayments(base_url=server.url, auth=AccessToken("t"), retry=None)
    outcomes: list[str] = []

    def work() -> None:
        while True:
            try:
                payments.retrieve("x")
            except Exception as error:
                outcomes.append(f"{type(error).__name__}: {error}")
                return

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    while len(server.requests) < 50:
        pass
    payments.close()
    for each in threads:
        each.join(300)
    assert len(outcomes) == 8
    assert all(each.startswith("RuntimeError: this client is closed") for each in outcomes)
    assert payments._session.connections.client.is_closed


def run(script: str, *arguments: str) -> str:
    """Run a script in a process of its own; what it says. Everything that is said on stderr is a failure."""
    paths = os.pathsep.join(sys.path)
    # That a process with threads forks is what is tested; newer versions of Python warn of it.
    ignored = ("ignore::ResourceWarning", "ignore::DeprecationWarning:__main__")
    filters = [part for each in ("default", *ignored) for part in ("-W", each)]
    command = [sys.executable, *filters, "-c", PREAMBLE + script]
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": paths}
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


PREAMBLE = """
import asyncio, functools, gc, os, sys, threading
from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, KlarnaPayments
url = sys.argv[1]
def client(kind, **options):
    return kind(base_url=url, auth=AccessToken("t"), **options)
def forked(child, fork=os.fork):
    pid = fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if child() else 2
        finally:
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


def test_a_client_that_nobody_closes(place: Make) -> None:
    """Beside Python's own ResourceWarning, which is silent by default, nobody complains: no event loop, nor at exit."""
    said = run(
        """
async def inside():
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    payments = client(AsyncKlarnaPayments)
    print((await payments.retrieve("a")).id)
    del payments
    gc.collect()
    await asyncio.sleep(0)
    print(complaints)
async def after():
    payments = client(AsyncKlarnaPayments)
    print((await payments.retrieve("b")).id)
    return payments
asyncio.run(inside())
gc.collect()
payments = asyncio.run(after())
del payments
gc.collect()
payments = asyncio.run(after())
asyncio.run(payments.close())
kept = asyncio.run(after())
sync = client(KlarnaPayments)
print(sync.retrieve("c").id)
del sync
gc.collect()
kept_as_well = client(KlarnaPayments)
print(kept_as_well.retrieve("d").id)
""",
        place("none, and echoes").url,
    )
    assert said.split() == ["a", "[]", "b", "b", "b", "c", "d"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("by", ["Python", "C"])
def test_a_client_that_is_used_after_a_fork(place: Make, by: str) -> None:
    """Application servers that fork by C do not tell Python."""
    server = place("none, and echoes")
    said = run(
        """
if sys.argv[2] == "C":
    import ctypes
    forked = functools.partial(forked, fork=ctypes.PyDLL(None).fork)
payments = client(KlarnaPayments)
view = payments.with_options(timeout=3)
print(payments.retrieve("a").id)
# Another thread holds the locks at the moment of the fork.
payments._session.connections._lock.acquire()
codes = [forked(lambda: payments.retrieve("b").id + view.retrieve("c").id == "bc") for _ in range(3)]
payments._session.connections._lock.release()
print(codes, payments.retrieve("d").id)

asynchronous = client(AsyncKlarnaPayments)
async def call(name):
    return (await asynchronous.retrieve(name)).id
with asyncio.Runner() as runner:
    print(runner.run(call("e")))
    print(forked(lambda: asyncio.run(call("f")) == "f"), runner.run(call("g")))
    runner.run(asynchronous.close())
payments.close()
print(forked(lambda: refused(payments.retrieve, "x")))
""".replace(
            "print(forked(lambda: refused",
            """
def refused(call, *arguments):
    try:
        call(*arguments)
    except RuntimeError as error:
        return "closed" in str(error) or "forked" in str(error)
print(forked(lambda: refused""",
        ),
        server.url,
        by,
    )
    assert said.splitlines() == ["a", "[0, 0, 0] d", "e", "0 g", "0"]
    # Each child has connections of its own: the parents' two, one of each sync child, one of the async child.
    assert server.connections == 2 + 3 + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_that_can_make_no_connections_does_not_use_its_parents(place: Make) -> None:
    server = place("none, and echoes")
    said = run(
        """
payments = client(KlarnaPayments)
from commercelayer_klarna import APIConnectionError
print(payments.retrieve("a").id)
def child():
    os.environ["HTTP_PROXY"] = "http://[::1"
    for _ in range(2):
        try:
            payments.retrieve("b")
            return False
        except APIConnectionError as error:
            assert "HTTP_PROXY" in str(error), error
    del os.environ["HTTP_PROXY"]
    return payments.retrieve("c").id == "c"
print(forked(child), payments.retrieve("d").id)
""",
        server.url,
    )
    assert said.split() == ["a", "0", "d"]
    assert server.connections == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_client_of_the_callers_after_a_fork(place: Make) -> None:
    said = run(
        """
import httpx
def told(payments):
    try:
        return payments.retrieve("x").id
    except RuntimeError as error:
        return str(error)
used = client(KlarnaPayments, http_client=httpx.Client())
print(told(used))
unused = client(KlarnaPayments, http_client=httpx.Client())
print(forked(lambda: "used before the process forked" in told(used)), forked(lambda: told(unused) == "x"), told(used))
""",
        place("none, and echoes").url,
    )
    assert said.splitlines() == ["x", "0 0 x"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_lock_that_another_thread_held_at_the_fork() -> None:
    said = run(
        """
import signal
from commercelayer_klarna import _document as document
from commercelayer_klarna.plugins.retry import Quota
def entered(lock):
    signal.alarm(60)
    with lock:
        return True
for fresh in (document._REPLACING, Quota(1)._fresh):
    with fresh.lock:
        print(forked(lambda: entered(fresh.lock)))
""",
        "",
    )
    assert said.split() == ["0", "0"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("name", ["KlarnaPayments", "AsyncKlarnaPayments"])
@pytest.mark.parametrize("early", [False, True], ids=["without a token", "early"])
def test_a_fork_while_another_thread_asks_for_a_token(name: str, early: bool) -> None:
    """The child asks for a token itself, as if it were alone; the parent's request goes on."""
    sandbox = Sandbox()
    with SandboxServer(sandbox) as server:
        said = run(ASKING, server.url, server.auth_url, name, "early" if early else "")
    assert said.split() == ["0", "[0]"]
    # The thread's first token, if it renews one; what it asks for at the fork; and what the child asks for, which does
    # not wait for it while its token is good.
    assert [each.path for each in sandbox.requests].count("/oauth/token") in ({2, 3} if early else {2})


ASKING = """
import time
from commercelayer_klarna import ClientCredentials, MemoryTokenStore
from commercelayer_klarna.plugins import Timing

auth_url, name, early = sys.argv[2:]
armed, asking, forked_off = threading.Event(), threading.Event(), threading.Event()
later, counts = 0.0, []

class Gate(MemoryTokenStore):
    def load(self, key):  # under all locks, before the token is asked for
        if armed.is_set() and threading.current_thread() is not threading.main_thread():
            asking.set()
            forked_off.wait()
        return super().load(key)

payments = globals()[name](
    base_url=url,
    auth=ClientCredentials(client_id="sandbox-integration", client_secret="sandbox-secret", auth_url=auth_url),
    token_store=Gate(),
    timing=Timing(monotonic=lambda: time.monotonic() + later),
    deadline=10,
)
async def awaited(found):
    return await found
def count(runner):
    found = payments.count()
    return found if isinstance(found, int) else runner.run(awaited(found))
def work():
    global later
    with asyncio.Runner() as runner:
        if early:
            count(runner)
            later = 7000.0
        armed.set()
        counts.append(count(runner))
        closing = payments.close()
        if closing is not None:
            runner.run(awaited(closing))
def child():
    with asyncio.Runner() as runner:
        return count(runner) == 0
thread = threading.Thread(target=work)
thread.start()
asking.wait()
print(forked(child))
forked_off.set()
thread.join()
print(counts)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("later", [0, 7000], ids=["without a token", "early"])
def test_a_fork_by_the_one_who_asks_for_a_token(later: int) -> None:
    """Parent and child have the token, and end the call each for itself."""
    sandbox = Sandbox()
    with SandboxServer(sandbox) as server:
        said = run(FORKING, server.url, server.auth_url, str(later))
    # A renewal has a thread of its own, which is all that the child of such a fork has.
    assert said.split() == (["0"] if later else ["0", "0"])
    assert [each.path for each in sandbox.requests].count("/oauth/token") == 1 + bool(later)


FORKING = """
import time
from commercelayer_klarna import ClientCredentials, MemoryTokenStore
from commercelayer_klarna.plugins import Timing
auth = ClientCredentials(client_id="sandbox-integration", client_secret="sandbox-secret", auth_url=sys.argv[2])
later, armed, child = 0, False, None
class Forking(MemoryTokenStore):
    def save(self, key, token):
        global child
        super().save(key, token)
        if armed:
            child = os.fork()
timing = Timing(monotonic=lambda: time.monotonic() + later)
payments = KlarnaPayments(base_url=url, auth=auth, token_store=Forking(), timing=timing)
if sys.argv[3] != "0":
    payments.count()
later, armed = int(sys.argv[3]), True
found = payments.count()
if child:
    os.waitpid(child, 0)
print(found, flush=True)
"""
