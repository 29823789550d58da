"""Pages that are asked for ahead: a walk gives what it gives without, and leaves nothing running."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import frozen
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commercelayer_klarna import (
    AccessToken,
    AsyncKlarnaPayments,
    KlarnaPayment,
    KlarnaPayments,
    NotFoundError,
    ResponseFormatError,
)
from commercelayer_klarna._async.pager import AsyncPager
from commercelayer_klarna._client.page import Page, Position, page_of
from commercelayer_klarna._document import Document
from commercelayer_klarna._sync.pager import Pager
from commercelayer_klarna.plugins import CallStarted, Context, Plugin
from support.face import PagerFace
from support.kind import Kind
from support.server import Received, Server


class PagedServer(Server):
    """A server with payments p0 to p9, two on a page. It can refuse a page, and hold its answers back."""

    def __init__(self) -> None:
        self.refused: set[int] = set()
        self.held: set[int] = set()
        self.goes_on = threading.Event()
        super().__init__()

    def _next(self, received: Received) -> tuple[int, dict[str, str], bytes]:
        self.requests.append(received)
        number = page_number(received)
        if number in self.held:
            self.goes_on.wait(10)
        if number in self.refused:
            return 404, {}, b""
        by_cursor = "event_stores" in received.target
        kind = "event_stores" if by_cursor else "klarna_payments"
        data = [{"type": kind, "id": f"p{each}", "attributes": {}} for each in (2 * number - 2, 2 * number - 1)]
        following = f"http://x/?page[after]={number + 1}" if number < 5 else None
        rest = {"links": {"next": following}} if by_cursor else {"meta": {"record_count": 10, "page_count": 5}}
        return 200, {"Content-Type": "application/vnd.api+json"}, json.dumps({"data": data, **rest}).encode()

    @property
    def pages(self) -> list[int]:
        """The numbers of the pages that were asked for."""
        return sorted(map(page_number, self.requests))


def page_number(received: Received) -> int:
    asked = parse_qs(urlsplit(received.target).query)
    return int((asked.get("page[number]") or asked.get("page[after]") or ["1"])[0])


@pytest.fixture
def server() -> Iterator[PagedServer]:
    server = PagedServer()
    yield server
    server.goes_on.set()
    server.close()


def wait_until(kind: Kind, is_so: Callable[[], bool]) -> None:
    """Do something else until it is so; the tasks of an async client go on meanwhile."""
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        kind.now(asyncio.sleep(0.001)) if kind.name == "async" else time.sleep(0.001)


def work(kind: Kind) -> None:
    """Work long enough that more requests would arrive, if any were on their way."""
    kind.now(asyncio.sleep(0.03)) if kind.name == "async" else time.sleep(0.03)


def running(kind: Kind) -> int:
    """How many tasks or threads ask for pages."""
    if kind.name == "async":
        return len(asyncio.all_tasks(kind.runner.get_loop()))
    return sum(each.name == "commercelayer_klarna-page" for each in threading.enumerate())


def client(cls: Any, server: Server) -> Any:
    return cls(base_url=server.url, auth=AccessToken("t"))


def let_go(kind: Kind, walk: Any) -> None:
    """Break a walk off, and wait until nothing of it runs and its connections are closed."""
    kind.now(walk._iterator.aclose()) if kind.name == "async" else walk.close()
    work(kind)


def ids(found: Any) -> list[str]:
    return [each.id for each in found]


of_the_caller: ContextVar[str] = ContextVar("of_the_caller", default="nobody")
ALL = [f"p{number}" for number in range(10)]


@pytest.mark.parametrize("prefetch", [1, 2, 3, 10])
def test_the_next_pages_are_asked_for_while_one_works(kind: Kind, server: PagedServer, prefetch: int) -> None:
    walk = iter(kind.at(server).list(prefetch=prefetch))
    assert server.pages == []
    for number in range(1, 6):
        found = [next(walk).id, next(walk).id]
        assert found == ALL[2 * number - 2 : 2 * number]
        expected = list(range(1, min(5, number + prefetch) + 1))
        wait_until(kind, lambda expected=expected: len(server.requests) >= len(expected))  # type: ignore[misc]
        work(kind)
        assert server.pages == expected
    assert next(walk, None) is None
    assert len(server.requests) == 5


def test_without_prefetch_nothing_is_asked_for_ahead(kind: Kind, server: PagedServer) -> None:
    walk = iter(kind.at(server).list())
    next(walk)
    work(kind)
    assert server.pages == [1]


def test_two_pages_are_under_way_at_once_and_come_in_order(kind: Kind, server: PagedServer) -> None:
    server.held = {2}
    walk = iter(kind.at(server).list(prefetch=2))
    assert [next(walk).id, next(walk).id] == ["p0", "p1"]
    wait_until(kind, lambda: server.pages == [1, 2, 3])  # page 3 is answered before page 2
    server.goes_on.set()
    assert ids(walk) == ALL[2:]


def test_the_pages_themselves_can_be_asked_for_ahead(kind: Kind, server: PagedServer) -> None:
    pages = kind.at(server).list(prefetch=2, limit=1).pages()  # a limit is for resources
    assert ids(next(pages)) == ["p0", "p1"]
    wait_until(kind, lambda: server.pages == [1, 2, 3])
    assert [ids(each) for each in pages] == [ALL[2:4], ALL[4:6], ALL[6:8], ALL[8:]]


@pytest.mark.parametrize(("limit", "pages"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 3), (None, 5)])
def test_no_page_is_asked_for_beyond_the_limit(kind: Kind, server: PagedServer, limit: int | None, pages: int) -> None:
    assert ids(kind.at(server).list(prefetch=4, limit=limit)) == ALL[:limit]
    work(kind)
    assert server.pages == list(range(1, pages + 1))


def test_a_cursor_comes_with_the_page_before(kind: Kind, server: PagedServer) -> None:
    payments = kind.at(server)
    walk = iter(payments.event_stores("x", prefetch=1))
    assert next(walk).id == "p0"
    wait_until(kind, lambda: server.pages == [1, 2])
    assert ids(walk) == ALL[1:]
    assert server.pages == [1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match=r"prefetch=2: .* pass 1"):
        payments.event_stores("x", prefetch=2)


@pytest.mark.parametrize("prefetch", [-1, 11, True, 1.0, "2", None])
def test_numbers_of_pages_that_are_refused(kind: Kind, server: PagedServer, prefetch: Any) -> None:
    payments = kind.at(server)
    for call, arguments in (
        (payments.list, ()),
        (payments.find_by_metadata, ({"a": 1},)),
        (payments.event_stores, "x"),
    ):
        with pytest.raises(ValueError, match=f"prefetch={prefetch!r} is not a whole number from 0 to 10"):
            call(*arguments, prefetch=prefetch)
    assert server.requests == []


def test_the_other_lists_take_it_too(kind: Kind, server: PagedServer) -> None:
    payments = kind.at(server)
    for found in (payments.list_for_gateway("g", prefetch=3), payments.find_by_metadata({"a": 1}, prefetch=3)):
        server.requests.clear()
        walk = iter(found)
        next(walk)
        wait_until(kind, lambda: server.pages == [1, 2, 3, 4])
        let_go(kind, walk)


def test_an_error_comes_at_its_place(kind: Kind, server: PagedServer) -> None:
    server.refused = {3}
    walk = iter(kind.at(server).list(prefetch=2))
    found = [next(walk).id]
    wait_until(kind, lambda: server.pages == [1, 2, 3])
    found += [next(walk).id for _ in range(3)]
    with pytest.raises(NotFoundError):
        next(walk)
    server.refused = set()
    assert found + ids(walk) == ALL  # the same page is asked for again


def test_a_walk_that_is_broken_off_leaves_nothing_running(kind: Kind, server: PagedServer) -> None:
    server.held = {2, 3}
    payments = kind.at(server)
    for _ in payments.list(prefetch=2):
        wait_until(kind, lambda: server.pages == [1, 2, 3])
        assert running(kind) == 2
        break
    if kind.name == "sync":  # a thread waits for its answer
        server.goes_on.set()
    wait_until(kind, lambda: running(kind) == 0)
    assert payments._session.connections.under_way == 0
    assert not payments._session.connections.has_calls
    server.held = set()
    assert ids(payments.list()) == ALL


def test_a_walk_that_is_closed_has_nothing_running(kind: Kind, server: PagedServer) -> None:
    payments = kind.at(server)
    pager = payments._client.list(prefetch=2) if kind.name == "async" else payments.list(prefetch=2)

    async def of_tasks() -> str:
        walk = aiter(pager)
        first = await anext(walk)
        await asyncio.sleep(0)
        await walk.aclose()
        assert len(asyncio.all_tasks()) == 1
        return str(first.id)

    if kind.name == "async":
        assert kind.now(of_tasks()) == "p0"
    else:
        walk = iter(pager)
        assert next(walk).id == "p0"
        walk.close()
        assert running(kind) == 0
        assert ids(walk) == ALL[1:]
    assert payments._session.connections.under_way == 0


def test_a_client_that_is_closed_ends_the_walk(kind: Kind, server: PagedServer) -> None:
    payments = kind.at(server)
    walk = iter(payments.list(prefetch=1))
    found = [next(walk).id, next(walk).id]
    wait_until(kind, lambda: running(kind) == 0)
    payments.close()
    found += [next(walk).id, next(walk).id]  # came before the end
    with pytest.raises(RuntimeError, match="closed"):
        next(walk)
    assert found == ALL[:4]


def test_who_is_cancelled_cancels_what_is_asked_for_ahead(server: PagedServer) -> None:
    server.held = {2, 3}

    async def main() -> None:
        async with client(AsyncKlarnaPayments, server) as payments:
            walk = aiter(payments.list(prefetch=2))
            found = [(await anext(walk)).id, (await anext(walk)).id]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await anext(walk)
            await asyncio.sleep(0)
            await asyncio.sleep(0.01)
            assert len(asyncio.all_tasks()) == 1
            assert payments._session.connections.under_way == 0
            server.held = set()
            assert found + [each.id async for each in walk] == ALL

    asyncio.run(main())


def test_client_and_event_loop_may_end_before_the_walk(server: PagedServer) -> None:
    """What is asked for ahead ends with them, no connection stays open, and the walk is let go without a word."""
    server.held = {2, 3}
    walks: list[Any] = []

    async def main() -> None:
        async with client(AsyncKlarnaPayments, server) as payments:
            walks.append(aiter(payments.list(prefetch=2)))
            await anext(walks[0])
            while len(server.requests) < 3:
                await asyncio.sleep(0.001)

    asyncio.run(main())
    del walks[0]
    gc.collect()


def test_a_page_is_not_lost_when_no_thread_can_be_started(server: PagedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with client(KlarnaPayments, server) as payments:
        payments.count()  # the server has a thread for this connection now
        walk = iter(payments.list(prefetch=2))
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start)
            with pytest.raises(RuntimeError, match="new thread"):
                next(walk)
        assert ids(walk) == ALL


def test_a_thread_that_asks_ahead_has_the_context_of_the_caller(server: PagedServer) -> None:
    seen: list[str] = []

    class Seeing(Plugin):
        name = "seeing"

        def observers(self, ctx: Context) -> Any:
            return [lambda event: seen.append(of_the_caller.get()) if isinstance(event, CallStarted) else None]

    token = of_the_caller.set("caller")
    try:
        with KlarnaPayments(base_url=server.url, auth=AccessToken("t"), plugins=[Seeing()]) as payments:
            assert ids(payments.list(prefetch=2)) == ALL
    finally:
        of_the_caller.reset(token)
    assert seen == ["caller"] * 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_walk_goes_on_in_the_child_of_a_fork(server: PagedServer) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING, server.url], capture_output=True, text=True, timeout=60, check=True
    )
    assert sorted(done.stdout.splitlines()) == [" ".join(ALL[1:])] * 2


FORKING = """
import os, sys
from commercelayer_klarna import AccessToken, KlarnaPayments
walk = iter(KlarnaPayments(base_url=sys.argv[1], auth=AccessToken("t")).list(prefetch=2))
next(walk)
child = os.fork()
print(*[each.id for each in walk], flush=True)
if not child:
    os._exit(0)
os.waitpid(child, 0)
"""


# Any list, against the plain walk


@frozen
class Listed:
    """A list of a server: how it is paged, which pages fail until the walk was told of it, and how it is walked."""

    ids: list[int]
    size: int
    paging: str
    failing: frozenset[int]
    limit: int | None

    def page(self, position: Position) -> Page[KlarnaPayment]:
        """Read the answer at a position."""
        first = self.size * (position.number - 1)
        names = self.ids[first : first + self.size]
        data = [{"type": "klarna_payments", "id": f"p{each}", "attributes": {}} for each in names]
        pages = -(-len(self.ids) // self.size)
        more = position.number < pages
        following = f"http://x/?page[after]={position.number + 1}" if more else None
        rest: dict[str, Any] = {"links": {"next": following}}
        if self.paging in {"counts", "counts and cursor"}:
            rest["meta"] = {"record_count": len(self.ids), "page_count": pages}
        return page_of(Document({"data": data, **rest}), KlarnaPayment, position)

    @property
    def start(self) -> Position:
        return Position(by_cursor="cursor" in self.paging)


LISTS = st.builds(
    Listed,
    ids=st.lists(st.integers(0, 30), max_size=24),  # what moves to a further page comes twice
    size=st.integers(1, 5),
    paging=st.sampled_from(["counts", "links", "cursor", "counts and cursor"]),
    failing=st.frozensets(st.integers(1, 8)),
    limit=st.none() | st.integers(0, 30),
)


def walked(kind: str, listed: Listed, prefetch: int, runner: asyncio.Runner) -> tuple[list[str], list[int]]:
    """Walk through a list, on and on after errors; return what came, errors too, and the pages that were asked for."""
    failing, asked = set(listed.failing), list[int]()

    def answer(position: Position) -> Page[KlarnaPayment]:
        asked.append(position.number)
        if position.number in failing:
            raise LookupError(position.number)
        return listed.page(position)

    async def fetch(position: Position) -> Page[KlarnaPayment]:
        await asyncio.sleep(0)
        return answer(position)

    options: Any = {"prefetch": prefetch, "resource": KlarnaPayment, "fields": {}}
    pager: Any = (
        PagerFace(AsyncPager(fetch, listed.start, listed.limit, **options), runner)
        if kind == "async"
        else Pager(answer, listed.start, listed.limit, **options)
    )
    came: list[str] = []
    walk = iter(pager)
    for _ in range(60):
        try:
            came.append(next(walk).id)
        except StopIteration:
            return came, sorted(asked)
        except Exception as error:
            came.append(f"{type(error).__name__}: {error}")
            if isinstance(error, ResponseFormatError):
                return came, sorted(asked)
            failing.remove(error.args[0])
    raise AssertionError(came)


@pytest.mark.parametrize("name", ["sync", "async"])
@settings(deadline=None)
@given(listed=LISTS, prefetch=st.integers(1, 4))
@example(Listed(list(range(24)), 5, "counts", frozenset({2, 4}), None), 2)
def test_a_walk_gives_what_it_gives_without(name: str, listed: Listed, prefetch: int) -> None:
    with asyncio.Runner() as runner:
        plain, needed = walked(name, listed, 0, runner)
        came, asked = walked(name, listed, prefetch, runner)
    assert came == plain
    if not any("Error" in each for each in came):
        assert asked == needed
