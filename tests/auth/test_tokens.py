"""Tokens: asked for once whoever calls, renewed in time, asked for again when that may help; by prepared answers, in
invented time, and by many threads and tasks against the sandbox.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from attrs import evolve

from commercelayer_klarna import (
    AccessToken,
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    AuthorizationCode,
    ClientCredentials,
    KlarnaPayments,
    MemoryTokenStore,
    RefreshToken,
    RetryPolicy,
    TokenError,
)
from commercelayer_klarna._auth.provider import auth_flow
from commercelayer_klarna._sync.driver import drive
from commercelayer_klarna.plugins import (
    AttemptEnded,
    AttemptStarted,
    Context,
    Event,
    GaveUp,
    Plugin,
    RetryScheduled,
    Timing,
)
from commercelayer_klarna.plugins.flow import Beside, Exclusive, Send
from commercelayer_klarna.plugins.values import Call, Request
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from commercelayer_klarna.sandbox.oauth.grants import REDIRECT_URI
from support.kind import Kind
from support.server import Server
from support.token_world import CUSTOMER, LOST, REFUSAL, USER, World, token
from support.virtual_time import INSTANT, FakeTime

CREDENTIALS = {"client_id": "sandbox-integration", "client_secret": "sandbox-secret"}
EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}


def at(kind: Kind, server: Server, **credentials: Any) -> Any:
    auth = ClientCredentials(client_id="id", auth_url=server.url.replace("/api", "/oauth/token"), **credentials)
    return kind.at(server, auth=auth)


# ---- By prepared answers ---------------------------------------------------------------------------------------------


def test_what_the_token_endpoint_is_asked(kind: Kind, server: Server) -> None:
    server.answer(200, token("one"))
    server.answer(200, EMPTY)
    payments = at(kind, server, client_secret="planted", scope="market:id:x")
    payments.count()
    payments.count()
    asked, first, second = server.requests
    assert asked.method == "POST"
    assert asked.target == "/oauth/token"
    assert asked.headers["content-type"] == asked.headers["accept"] == "application/json"
    assert asked.headers["user-agent"].startswith("commercelayer-klarna/")
    assert asked.json == {
        "grant_type": "client_credentials",
        "client_id": "id",
        "client_secret": "planted",
        "scope": "market:id:x",
    }
    assert first.headers["authorization"] == second.headers["authorization"] == "Bearer one"


def test_a_token_that_is_refused_is_renewed_once(kind: Kind, server: Server) -> None:
    for answer in ((200, token("one")), (401, REFUSAL), (200, token("two")), (200, EMPTY)):
        server.answer(*answer)
    assert at(kind, server).count() == 0
    assert [request.headers.get("authorization") for request in server.requests] == [
        None, "Bearer one", None, "Bearer two",
    ]  # fmt: skip


def test_a_second_refusal_is_raised(kind: Kind, server: Server) -> None:
    for answer in ((200, token("one")), (401, REFUSAL), (200, token("two")), (401, REFUSAL)):
        server.answer(*answer)
    with pytest.raises(AuthenticationError) as caught:
        at(kind, server).count()
    assert caught.value.attempts == 2
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "errors",
    [
        [{"title": "Access denied", "code": "UNAUTHORIZED", "status": "401"}],
        [{"title": "x", "code": "UNAUTHORIZED", "detail": "not INVALID_TOKEN"}],
        [],
        {},
        None,
        "INVALID_TOKEN",
    ],
)
def test_missing_permission_renews_nothing(kind: Kind, server: Server, errors: Any) -> None:
    server.answer(200, token("one"))
    server.answer(401, {"errors": errors})
    with pytest.raises(AuthenticationError):
        at(kind, server).count()
    assert len(server.requests) == 2


def test_a_refusal_in_one_object_renews_as_well(kind: Kind, server: Server) -> None:
    for answer in ((200, token("one")), (401, {"errors": REFUSAL["errors"][0]}), (200, token("two")), (200, EMPTY)):
        server.answer(*answer)
    assert at(kind, server).count() == 0


@pytest.mark.parametrize(
    ("status", "body", "code", "times"),
    [
        (401, {"errors": [{"title": "invalid_client", "code": "UNAUTHORIZED", "status": 401}]}, "invalid_client", 1),
        (400, {"errors": [{"title": "invalid_scope", "code": "BAD_REQUEST", "status": 400}]}, "invalid_scope", 1),
        (400, {"errors": [{"title": [], "detail": {}}]}, None, 1),
        (400, {"errors": [{"title": {"no": "text"}}]}, None, 1),
        (400, {"errors": [{"title": 5}]}, None, 1),
        (403, b"", None, 1),
        (302, b"", None, 1),
        (429, {"errors": {"title": "rate", "status": 429}}, "rate", 4),
        (408, b"", None, 4),
        (500, b"<html>", None, 4),
        (503, b"", None, 4),
        (200, {"access_token": "x"}, None, 1),
        (200, {"access_token": 5, "expires_in": 1}, None, 1),
        (200, {"expires_in": 1}, None, 1),
        (200, token("x", -1), None, 1),
        (200, token("x", "soon"), None, 1),
        (200, token("x", "NaN"), None, 1),
        (200, token("x", [1]), None, 1),
        (200, b'{"access_token": "x", "expires_in": 1e999}', None, 1),
        (200, b'{"access_token": "x", "expires_in": 1' + b"0" * 400 + b"}", None, 1),
        (200, token("a\nb"), None, 1),
        (200, b"[]", None, 1),
        (200, b"[" * 100_000, None, 1),
    ],
)
def test_an_answer_without_a_token_is_an_error(
    kind: Kind, server: Server, status: int, body: Any, code: str | None, times: int
) -> None:
    server.answer(status, body)
    with pytest.raises(TokenError) as caught:
        at(kind, server, client_secret="planted-secret").count()
    assert caught.value.status_code == status
    assert caught.value.code == code
    assert len(server.requests) == times
    assert "planted" not in str(caught.value)


def test_the_words_of_a_refusal(kind: Kind, server: Server) -> None:
    error = {"title": "invalid_grant", "detail": "no planted-secret", "code": "BAD_REQUEST", "status": 400}
    server.answer(400, {"errors": [error]})
    with pytest.raises(TokenError) as caught:
        at(kind, server, client_secret="planted-secret").count()
    url = server.url.replace("/api", "/oauth/token")
    assert str(caught.value) == f"400 POST {url}: no *** (invalid_grant)"


def test_a_refusal_of_a_token_without_a_reason_says_so(kind: Kind, server: Server) -> None:
    server.answer(400, {})
    with pytest.raises(TokenError, match=r"no reason given \(no code\)"):
        at(kind, server).count()


def test_an_unreachable_token_endpoint_means_nothing_was_sent(kind: Kind, server: Server) -> None:
    # Even when the request for the token itself may have arrived.
    auth = ClientCredentials(client_id="id", auth_url="http://127.0.0.1:9/oauth/token")
    with pytest.raises(
        APIConnectionError,
        match=r"^no token: POST http://127.0.0.1:9/oauth/token: ConnectError: .*; check that 127.0.0.1 is up",
    ) as caught:
        kind.at(server, auth=auth).create(order="oRd")
    assert caught.value.sent is False
    assert caught.value.method == "POST"
    assert caught.value.path == "/oauth/token"


def test_a_dropped_connection_is_tried_again_but_not_by_two_layers(kind: Kind) -> None:
    sandbox = Sandbox()
    payments = kind.on(sandbox, timing=INSTANT)
    sandbox.fail_next(kind="drop", path="/oauth/token", times=3)
    assert payments.count() == 0
    sandbox.reset()
    payments = kind.on(sandbox, timing=INSTANT)
    sandbox.fail_next(kind="reset", path="/oauth/token", times=100)
    with pytest.raises(APIConnectionError):
        payments.count()
    assert sandbox.pending_faults == 1
    assert len(sandbox.requests) == 4


def test_the_official_flow_on_the_sandbox(kind: Kind) -> None:
    with SandboxServer(Sandbox()) as server:
        auth = ClientCredentials(**CREDENTIALS, auth_url=server.auth_url)
        payments = kind.client(base_url=server.url, auth=auth)
        assert payments.count() == 0
        wrong = ClientCredentials(client_id="sandbox-integration", client_secret="no", auth_url=server.auth_url)
        with pytest.raises(TokenError) as caught:
            kind.client(base_url=server.url, auth=wrong).count()
        assert caught.value.code == "invalid_client"
        with pytest.raises(AuthenticationError):
            kind.client(base_url=server.url, auth=AccessToken("garbage")).count()


# ---- Many callers at once --------------------------------------------------------------------------------------------


# A failure is told to all for a second or two; on a busy machine so many callers take longer.
STANDING = evolve(INSTANT, monotonic=lambda: 1000.0)


class Counted:
    """A sandbox that counts the tokens that it is asked for, and takes its time with them."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(rate_limit="off")
        self.asked = 0
        respond = self.sandbox.respond

        def counting(method: str, target: str, *rest: Any, **named: Any) -> Any:
            self.asked += target == "/oauth/token"
            return respond(method, target, *rest, **named)

        self.sandbox.respond = counting  # type: ignore[method-assign]

    def slow(self, seconds: float = 0.05) -> None:
        self.sandbox.fail_next(path="/oauth/token", delay=seconds)

    def expire(self) -> None:
        self.sandbox.advance(7201)

    def revoke(self, payments: Any) -> None:
        issued = next(iter(self.sandbox._authorization._current.values()))
        body = json.dumps({**CREDENTIALS, "token": issued.token}).encode()
        answer = self.sandbox.handle("POST", "/oauth/revoke", {"Content-Type": "application/json"}, body)
        assert answer.status == 200


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_sixty_four_threads_ask_once(counted: Counted) -> None:
    with SandboxServer(counted.sandbox) as server:
        auth = ClientCredentials(**CREDENTIALS, auth_url=server.auth_url)
        with KlarnaPayments(base_url=server.url, auth=auth) as payments:
            for expected, before in enumerate((lambda: None, counted.expire, lambda: counted.revoke(payments)), 1):
                before()
                counted.slow()
                counts: list[int] = []
                barrier = threading.Barrier(64)

                def count(barrier: threading.Barrier = barrier, counts: list[int] = counts) -> None:
                    barrier.wait()
                    counts.append(payments.count())

                threads = [threading.Thread(target=count) for _ in range(64)]
                for each in threads:
                    each.start()
                for each in threads:
                    each.join()
                assert counts == [0] * 64
                assert counted.asked == expected
                counted.sandbox._faults.clear()


def test_five_hundred_tasks_ask_once(counted: Counted) -> None:
    async def main() -> None:
        async with counted.sandbox.async_client() as payments:
            for expected, before in enumerate((lambda: None, counted.expire, lambda: counted.revoke(payments)), 1):
                before()
                counted.slow()
                found = await asyncio.gather(*(payments.request("GET", "orders") for _ in range(500)))
                assert [each.meta["record_count"] for each in found] == [3] * 500
                assert counted.asked == expected
                counted.sandbox._faults.clear()

    asyncio.run(main())


@pytest.mark.parametrize("status", [401, 503])
def test_sixty_four_threads_share_a_failure(counted: Counted, status: int) -> None:
    if status == 503:
        counted.sandbox.fail_next(503, path="/oauth/token", times=1000)
    secret = "wrong" if status == 401 else "sandbox-secret"
    with SandboxServer(counted.sandbox) as server:
        auth = ClientCredentials(client_id="sandbox-integration", client_secret=secret, auth_url=server.auth_url)
        policy = RetryPolicy(attempts=2, base=0.01)
        with KlarnaPayments(base_url=server.url, auth=auth, retry=policy, timing=STANDING) as payments:
            errors: list[TokenError] = []
            barrier = threading.Barrier(64)

            def count() -> None:
                barrier.wait()
                try:
                    payments.count()
                except TokenError as error:
                    errors.append(error)

            threads = [threading.Thread(target=count) for _ in range(64)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
    assert [error.status_code for error in errors] == [status] * 64
    assert len({id(error) for error in errors}) == 64  # each its own, since tracebacks grow
    assert counted.asked == (2 if status == 503 else 1)


def test_five_hundred_tasks_share_a_failure(counted: Counted) -> None:
    async def main() -> None:
        auth = ClientCredentials(client_id="sandbox-integration", client_secret="wrong")
        async with counted.sandbox.async_client(auth=auth, timing=STANDING) as payments:
            results = await asyncio.gather(*(payments.count() for _ in range(500)), return_exceptions=True)
        assert {type(each) for each in results} == {TokenError}
        assert {getattr(each, "code", None) for each in results} == {"invalid_client"}

    asyncio.run(main())
    assert counted.asked == 1


def test_a_cancelled_task_leaves_the_token_to_another(counted: Counted) -> None:
    async def main() -> None:
        async with counted.sandbox.async_client() as payments:
            counted.slow(10)
            first, second = asyncio.create_task(payments.count()), asyncio.create_task(payments.count())
            while counted.sandbox.pending_faults:
                await asyncio.sleep(0)
            first.cancel()  # while it waits for its token
            assert await second == 0
            with pytest.raises(asyncio.CancelledError):
                await first

    asyncio.run(main())
    assert counted.asked == 1  # the first one's was never answered


def test_the_deadline_bounds_the_wait_for_another_callers_token(kind: Kind) -> None:
    # A token endpoint that never answers; the second caller waits for the first one's request.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        auth = ClientCredentials(client_id="id", auth_url=url)
        payments = kind.client(base_url=f"{url}/api", auth=auth, timeout=None, deadline=None, retry=None)
        if kind.name == "sync":
            outcomes: list[BaseException] = []

            def count() -> None:
                try:
                    payments.count()
                except APIConnectionError as error:
                    outcomes.append(error)

            first = threading.Thread(target=count)
            first.start()
            asking, _ = silent.accept()
            with pytest.raises(APITimeoutError, match="before another call had fetched a token") as caught:
                payments.with_options(deadline=0.1).count()
            asking.close()
            first.join()
            assert len(outcomes) == 1
        else:

            async def both() -> Any:
                client = payments._client
                first = asyncio.create_task(client.count())
                asking, _ = await asyncio.to_thread(silent.accept)
                with pytest.raises(APITimeoutError, match="before another call had fetched a token") as caught:
                    await client.with_options(deadline=0.1).count()
                asking.close()
                with pytest.raises(APIConnectionError):
                    await first
                return caught

            caught = kind.runner.run(both())
        assert caught.value.sent is False
        payments.close()


# ---- In invented time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lifetime", "chance", "kept_for"),
    [
        (7200, 0.0, 6600),
        (7200, 1.0, 6840),
        (900, 0.0, 300),
        (899, 0.0, 809.1),
        (600, 0.0, 540),
        (600, 1.0, 480),
        (100, 0.0, 90),
        (1e12, 0.0, 31 * 24 * 3600 - 600),
    ],
)
def test_a_token_is_kept_until_some_time_before_it_ends(lifetime: float, chance: float, kept_for: float) -> None:
    world = World(lifetime=lifetime, chance=chance)
    assert world.call() == "t1"
    world.now += kept_for - 0.01
    assert world.call() == "t1"
    world.now = 1000.0 + kept_for
    assert world.call() == "t2"
    assert len(world.asked) == 2


def test_a_token_that_lasts_for_nothing_is_used_once() -> None:
    world = World(lifetime=0)
    assert [world.call(), world.call()] == ["t1", "t2"]


def test_how_long_a_token_lasts_is_counted_from_before_it_was_asked_for() -> None:
    world = World()
    world.slow = 100.0
    world.call()
    world.slow = 0.0
    world.now += 6500 - 0.01
    assert world.call() == "t1"
    world.now += 0.02
    assert world.call() == "t2"


@pytest.mark.parametrize("wrong_by", [-300.0, 300.0, -1e6])
def test_a_wrong_wall_clock_changes_nothing(wrong_by: float) -> None:
    world = World()
    world.wall += wrong_by
    world.call()
    world.now += 6000
    world.wall -= 2 * wrong_by  # and it is set meanwhile
    assert world.call() == "t1"
    world.now += 601
    assert world.call() == "t2"
    assert len(world.asked) == 2


def test_while_it_is_renewed_all_go_on_with_the_old_token() -> None:
    world = World()
    world.call()
    world.now += 6700
    first = world.flow()
    effect = next(first)
    assert isinstance(effect, Beside)
    sent = first.send(None)  # it does not wait for it
    assert sent.headers["Authorization"] == "Bearer t1"
    first.close()
    renewing = effect.flow()
    waiting: Any = next(renewing)
    assert isinstance(waiting, Exclusive)
    inner = waiting.flow()
    sending = next(inner)
    assert isinstance(sending, Send)
    assert sending.direct  # the request for a token is on its way
    for _ in range(10):
        assert world.call() == "t1"
    assert len(world.asked) == 1
    with pytest.raises(StopIteration) as stop:
        inner.send(world.endpoint(Request("POST", "https://auth.example", {}, b"{}", Call("token"))))
    with pytest.raises(StopIteration):
        renewing.send(stop.value.value)
    assert world.call() == "t2"
    assert len(world.asked) == 2


def test_a_renewal_that_is_given_up_leaves_it_to_the_next() -> None:
    world = World()
    world.call()
    world.now += 6700
    beside = next(world.flow())
    assert isinstance(beside, Beside)
    abandoned = beside.flow()
    next(abandoned)
    abandoned.close()
    assert world.call() == "t2"


def test_a_renewal_that_never_begins_is_left_to_a_call_some_seconds_after() -> None:
    """There may be no more threads."""
    world = World()
    world.call()
    world.now += 6700
    assert isinstance(next(world.flow()), Beside)
    assert world.call() == "t1"
    world.now += 5.0
    assert world.call() == "t2"


def test_when_the_old_token_has_ended_all_wait() -> None:
    world = World()
    world.call()
    world.now += 7200 - 30 - 0.01
    world.answers = [LOST] * 4
    assert world.call() == "t1"
    world.now = 1000.0 + 7200 - 30
    world.answers = [LOST]
    assert world.call() == "t4"


@pytest.mark.parametrize("failure", [(503,), (401, {"errors": [{"title": "invalid_client"}]}), LOST])
def test_an_early_renewal_that_fails_is_nobodys_problem(failure: Any) -> None:
    world = World()
    world.call()
    world.now += 6700
    world.answers = [failure] * 2
    assert world.call(deadline=60) == "t1"
    assert len(world.asked) == 2
    assert world.slept == []  # once, without waiting
    assert world.token_calls[-1].timeout == 5.0
    assert world.token_calls[-1].deadline == world.now + 5.0
    assert world.call() == "t1"
    assert len(world.asked) == 2  # and not at once again
    world.now += 15
    assert world.call(deadline=2) == "t1"
    assert world.token_calls[-1].deadline == world.now + 5.0  # it is not the caller's, who does not wait
    world.now += 15
    assert world.call() == "t4"
    assert len(world.asked) == 4


def test_an_early_failure_is_not_told_to_those_who_need_a_token() -> None:
    world = World()
    world.call()
    world.now += 6700
    world.answers = [(503,)]
    world.call()
    world.refused = {"t1"}
    assert world.call() == "t3"


def test_an_early_renewal_waits_as_long_as_the_endpoint_asks() -> None:
    world = World()
    world.call()
    world.now += 6700
    world.answers = [(429, {}, {"retry-after": "100"})]
    world.call()
    world.now += 99
    assert world.call() == "t1"
    assert len(world.asked) == 2
    world.now += 1
    assert world.call() == "t3"


@pytest.mark.parametrize(
    ("failures", "waits"),
    [
        ([(503,)], [0.5]),
        ([(500,), LOST, (408,)], [0.5, 1.0, 2.0]),
        ([(429, {}, {"retry-after": "7"})], [7.7]),
        ([(503, {}, {"retry-after": "7"}), (502,)], [7.7, 1.0]),
        ([(429, {}, {"x-ratelimit-interval": "60"})], [30.0]),
        ([APITimeoutError("slow"), (504,)], [0.5, 1.0]),
    ],
)
def test_what_may_pass_is_tried_again(failures: list[Any], waits: list[float]) -> None:
    world = World(chance=1.0)
    world.answers = list(failures)
    assert world.call(deadline=60).startswith("t")
    assert world.slept == pytest.approx(waits)
    assert [call.attempts for call in world.token_calls] == [len(failures) + 1] * (len(failures) + 1)


def test_attempts_are_those_of_the_policy() -> None:
    world = World()
    for policy, times in ((RetryPolicy(attempts=2), 2), (None, 1), (RetryPolicy(), 4)):
        world.answers, world.asked = [(503,)] * 9, []
        with pytest.raises(TokenError):
            world.call(retry=policy)
        assert len(world.asked) == times
        world.now += 10


def test_what_cannot_pass_is_not_tried_again() -> None:
    world = World()
    world.answers = [APIConnectionError("no such scheme", permanent=True)]
    with pytest.raises(APIConnectionError, match="no token: no such scheme") as caught:
        world.call()
    assert caught.value.permanent
    assert caught.value.__cause__ is not None
    assert len(world.asked) == 1


def test_a_failure_is_remembered_for_a_moment() -> None:
    world = World()
    world.answers = [(503,)] * 4
    for _ in range(3):
        with pytest.raises(TokenError, match="503"):
            world.call()
    assert len(world.asked) == 4
    world.now += 1.01
    assert world.call() == "t5"
    world = World(chance=1.0)
    world.answers = [(401,)]
    with pytest.raises(TokenError):
        world.call()
    world.now += 1.99
    with pytest.raises(TokenError) as caught:
        world.call()
    assert caught.value.__cause__ is None
    world.now += 0.02
    assert world.call() == "t2"


def test_a_token_that_comes_ends_the_memory_of_the_failure() -> None:
    world = World()
    world.answers = [(401,)]
    with pytest.raises(TokenError):
        world.call()
    world.now += 1.01
    assert world.call() == "t2"
    world.now -= 1.01
    world.refused = {"t2"}
    assert world.call() == "t3"


def test_a_deadline_is_the_callers_own() -> None:
    world = World(chance=1.0)
    world.answers = [(503,)]
    with pytest.raises(TokenError):
        world.call(deadline=0.4)
    assert world.slept == []
    assert world.call(deadline=60) == "t2"  # at once, though the other one failed


def test_what_the_endpoint_asks_for_is_for_all_callers() -> None:
    world = World()
    world.answers = [(429, {}, {"retry-after": "20"})]
    with pytest.raises(TokenError, match="429"):
        world.call(deadline=10)
    world.now += 1
    with pytest.raises(TokenError, match="429"):
        world.call(deadline=10)
    assert len(world.asked) == 1
    assert world.slept == []  # the second did not even ask
    assert world.call(deadline=60) == "t2"  # a patient one waits
    assert world.slept == [19.0]
    world = World()
    world.answers = [(401, {}, {"retry-after": "20"})]
    with pytest.raises(TokenError):
        world.call()
    world.now += 1.01
    assert world.call() == "t2"  # a refusal is none of these


def test_a_token_is_renewed_before_a_refusal_by_one_and_found_by_the_others() -> None:
    world = World()
    flows = [world.flow() for _ in range(3)]
    world.call()
    sends = []
    for flow in flows:
        sends.append(next(flow))
        assert isinstance(sends[-1], Request)
    world.refused = {"t1"}
    locked = [flow.send(world.api(effect)) for flow, effect in zip(flows, sends, strict=True)]
    for flow, effect in zip(flows, locked, strict=True):
        assert isinstance(effect, Exclusive)
        again = flow.send(drive(effect.flow(), world.perform))
        assert again.headers["Authorization"] == "Bearer t2"
        flow.close()
    assert len(world.asked) == 2


@pytest.mark.parametrize("lifetime", [7200, 0])
def test_who_waited_finds_the_token_though_the_store_has_none(lifetime: float) -> None:
    store = MemoryTokenStore()
    store.load = lambda key: None  # type: ignore[method-assign]
    world = World(lifetime=lifetime, store=store)
    first, second = world.flow(), world.flow()
    waiting = [next(first), next(second)]
    sent = [flow.send(drive(each.flow(), world.perform)) for flow, each in zip((first, second), waiting, strict=True)]
    # One that has ended by then is of no use to anybody else.
    tokens = ["t1", "t1"] if lifetime else ["t1", "t2"]
    assert [each.headers["Authorization"] for each in sent] == [f"Bearer {each}" for each in tokens]
    first.close()
    second.close()


def test_a_refused_token_is_not_used_again_when_there_is_no_other() -> None:
    world = World()
    world.call()
    world.refused, world.answers = {"t1"}, [(401,)]
    with pytest.raises(TokenError):
        world.call()
    world.now += 10
    assert world.call() == "t3"
    assert world.bearers == ["t1", "t1", "t3"]


def test_a_given_token_is_sent_as_it_is() -> None:
    world = World(AccessToken("mine"))
    world.refused = {"mine"}
    assert [world.call(), world.call()] == ["mine", "mine"]  # nothing could renew it
    assert world.asked == []


@pytest.mark.parametrize(("timeout", "early"), [(None, 5.0), (2.0, 2.0), (15.0, 5.0)])
def test_how_long_an_early_renewal_may_take(timeout: float | None, early: float) -> None:
    world = World()
    world.call(timeout=timeout)
    assert world.token_calls[0].timeout == timeout
    world.now += 6700
    effect = next(world.flow(timeout=timeout))
    assert isinstance(effect, Beside)
    assert effect.call.operation == "token"
    assert effect.call.timeout == early
    assert effect.call.retry is None
    assert effect.call.deadline == world.now + 5.0


@pytest.mark.parametrize("auth", [USER, RefreshToken(client_id="id", refresh_token="r0")], ids=lambda auth: auth.GRANT)
def test_a_renewal_that_works_once_gets_the_whole_timeout(auth: Any) -> None:
    world = World(auth)
    world.refresh_tokens = ["r1", "r2"]
    world.call()
    world.now += 6700
    effect = next(world.flow(deadline=10))
    assert isinstance(effect, Beside)
    assert (effect.call.timeout, effect.call.deadline) == (15.0, world.now + 15.0)
    world.now += 15.0
    assert world.call(deadline=10) == "t2"


def test_a_token_that_came_meanwhile_is_taken() -> None:
    world = World()
    world.call()
    world.now += 6700
    beside = next(world.flow())
    world.refused = {"t1"}
    assert world.call() == "t2"  # refused, and renewed before the early one had its turn
    drive(beside.flow(), world.perform)
    assert world.call() == "t2"
    assert len(world.asked) == 2


def test_a_short_token_is_used_until_a_tenth_of_it_is_left() -> None:
    world = World(lifetime=100, chance=1.0)
    world.call()
    world.answers = [LOST] * 9
    world.now += 89.99
    assert world.call() == "t1"
    world.now += 0.02
    with pytest.raises(APIConnectionError):
        world.call()


def test_an_endpoint_may_say_until_when_to_wait() -> None:
    world = World()
    until = format_datetime(datetime.fromtimestamp(world.wall + world.now + 20, UTC), usegmt=True)
    world.answers = [(429, {}, {"retry-after": until})]
    with pytest.raises(TokenError):
        world.call(deadline=10)
    assert world.call(deadline=60) == "t2"
    assert world.slept == [20.0]


@pytest.mark.parametrize(("error", "kind"), [(LOST, APIConnectionError), (APITimeoutError("slow"), APITimeoutError)])
def test_what_is_raised_when_no_answer_comes(error: Exception, kind: type[APIConnectionError]) -> None:
    world = World()
    world.answers = [error] * 4
    with pytest.raises(APIConnectionError, match=f"^no token: {error}$") as caught:
        world.call()
    assert type(caught.value) is kind
    assert caught.value.sent is False
    assert caught.value.method == "POST"
    assert caught.value.path == "/oauth/token"
    assert caught.value.permanent


def test_only_secrets_are_hidden() -> None:
    auth = AuthorizationCode(
        client_id="the-client-id", client_secret="planted-secret", code="planted-code", redirect_uri="https://back"
    )
    world = World(auth)
    world.answers = [(400, {"errors": [{"title": "no", "detail": " ".join(auth.grant().values())}]})]
    with pytest.raises(TokenError) as caught:
        world.call()
    assert "authorization_code the-client-id *** *** https://back" in str(caught.value)
    world = World(ClientCredentials(client_id="x", scope="market:id:x"))
    world.answers = [(400, {"errors": [{"title": "no", "detail": "market:id:x"}]})]
    with pytest.raises(TokenError, match="market:id:x"):
        world.call()


def test_a_wait_that_ends_with_the_deadline_does_not_fit() -> None:
    world = World(chance=1.0)
    world.answers = [(503,)]
    with pytest.raises(TokenError):
        world.call(deadline=0.5)
    assert world.slept == []


# ---- Refresh tokens --------------------------------------------------------------------------------------------------


def test_a_token_is_renewed_with_its_refresh_token() -> None:
    world = World(CUSTOMER)
    world.refresh_tokens = ["r1", "r2"]
    for _ in range(4):
        world.call()
        world.now += 7200
    # The third answer had none: the second one's stays.
    assert [asked.get("refresh_token") for asked in world.asked] == [None, "r1", "r2", "r2"]
    assert world.asked[0] == CUSTOMER.grant()
    assert world.asked[1] == {"grant_type": "refresh_token", "client_id": "id", "refresh_token": "r1"}


@pytest.mark.parametrize("odd", ["", None, 5])
def test_a_refresh_token_that_is_none_leaves_the_one_there_is(odd: Any) -> None:
    world = World(CUSTOMER)
    world.refresh_tokens = ["r1", odd]
    for _ in range(3):
        world.call()
        world.now += 7200
    assert [asked.get("refresh_token") for asked in world.asked] == [None, "r1", "r1"]


def test_an_answer_without_a_token_says_so() -> None:
    world = World()
    world.answers = [(200, {"expires_in": 5})]
    with pytest.raises(TokenError, match=r"^the token endpoint answered 200 without a token$"):
        world.call()


def jwt(**claims: Any) -> str:
    parts = ({"alg": "HS512"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "signature"])


@pytest.mark.parametrize("wrong", [0.0, 300.0, -300.0])
def test_a_token_without_a_lifetime_lasts_as_long_as_its_claims_say(wrong: float) -> None:
    world = World()
    now = world.wall + world.now
    date = format_datetime(datetime.fromtimestamp(now, UTC), usegmt=True)
    world.wall += wrong
    world.answers = [(200, {"access_token": jwt(exp=int(now) + 7200)}, {"date": date})]
    first = world.call()
    world.now += 6500
    assert world.call() == first
    world.now += 700
    assert world.call() == "t2"


def test_without_a_date_the_clock_of_this_machine_is_believed() -> None:
    world = World()
    world.answers = [(200, {"access_token": jwt(exp=int(world.wall + world.now) + 100)})]
    world.call()
    world.now += 101
    assert world.call() == "t2"


@pytest.mark.parametrize("text", ["opaque", jwt(sub="x"), jwt(exp="soon"), jwt(exp=5)])
def test_a_lifetime_that_nothing_tells_is_an_error(text: str) -> None:
    world = World()
    world.answers = [(200, {"access_token": text})]
    with pytest.raises(TokenError, match=r"^the token endpoint did not tell how long the token lasts$"):
        world.call()


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_refresh_token_means_the_password_again(status: int) -> None:
    world = World(CUSTOMER)
    world.refresh_tokens = ["r1", "r2"]
    world.call()
    world.now += 7200
    world.answers = [(status, {"errors": [{"title": "invalid_grant"}]})]
    assert world.call() == "t3"
    assert [asked["grant_type"] for asked in world.asked] == ["password", "refresh_token", "password"]


def test_nor_is_its_refusal_remembered_when_the_password_brings_none() -> None:
    world = World(CUSTOMER)
    world.refresh_tokens = ["r1", "r2"]
    world.call()
    world.now += 7200
    world.answers = [(400, {"errors": [{"title": "invalid_grant"}]}), (200, {"expires_in": 5})]
    with pytest.raises(TokenError, match="200 without a token"):
        world.call()
    assert world.call() == "t4"


@pytest.mark.parametrize(
    ("auth", "answer"),
    [
        (CUSTOMER, (401, {"errors": [{"title": "invalid_client"}]})),
        (CUSTOMER, (403, {})),
        (USER, (400, {"errors": [{"title": "invalid_grant"}]})),
        (RefreshToken(client_id="id", refresh_token="r0"), (400, {"errors": [{"title": "invalid_grant"}]})),
    ],
)
def test_other_refusals_are_raised(auth: Any, answer: Any) -> None:
    world = World(auth)
    world.refresh_tokens = ["r1"]
    world.call()
    world.now += 7200
    world.answers = [answer]
    with pytest.raises(TokenError):
        world.call()
    assert len(world.asked) == 2


def test_a_webapp_outlives_its_code(kind: Kind) -> None:
    sandbox = Sandbox()
    code = sandbox.authorization_code
    auth = AuthorizationCode(
        client_id="sandbox-webapp", client_secret="sandbox-secret", code=code, redirect_uri=REDIRECT_URI
    )
    payments = kind.on(sandbox, auth=auth)
    for _ in range(3):
        assert payments.count() == 0
        sandbox.advance(7201)  # the API refuses the token, and its refresh token brings the next
    assert [each.status for each in sandbox.requests if each.path == "/oauth/token"] == [200, 200, 200]


# ---- Being told ------------------------------------------------------------------------------------------------------


class Watching(Plugin):
    """Remembers what observers are told of requests for tokens."""

    name = "watching"

    def __init__(self) -> None:
        self.events: list[Event] = []

    def observers(self, ctx: Context) -> list[Callable[[Event], None]]:
        return [lambda event: self.events.append(event) if event.operation == "token" else None]


def test_observers_are_told_of_each_attempt_and_of_the_end(kind: Kind, server: Server) -> None:
    server.answer(503)
    server.answer(429, b"", {"Retry-After": "7"})
    watching, asked = Watching(), ("token", "POST", "/oauth/token")
    auth = ClientCredentials(client_id="id", auth_url=server.url.replace("/api", "/oauth/token"))
    policy = RetryPolicy(attempts=3)
    with pytest.raises(TokenError):
        kind.at(server, auth=auth, plugins=[watching], timing=FakeTime(chance=0.0).timing, retry=policy).count()
    assert watching.events == [
        AttemptStarted(*asked, 1),
        AttemptEnded(*asked, 1, 503, None, 0.0),
        RetryScheduled(*asked, 1, 0.0, "503"),
        AttemptStarted(*asked, 2),
        AttemptEnded(*asked, 2, 429, None, 0.0),
        RetryScheduled(*asked, 2, 7.0, "429"),
        AttemptStarted(*asked, 3),
        AttemptEnded(*asked, 3, 429, None, 0.0),
        GaveUp(*asked, 3, "429, that was attempt 3"),
    ]


@pytest.mark.parametrize(("status", "why"), [(503, "that was attempt 4"), (401, "which asking again does not change")])
def test_giving_up_is_logged_without_secrets(
    kind: Kind, server: Server, status: int, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer(status)
    with pytest.raises(TokenError):
        at(kind, server, client_secret="planted-secret").count()
    (record,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert record.getMessage() == f"POST /oauth/token: gave up: {status}, {why}"
    assert "planted" not in repr(record.__dict__)


def test_credentials_of_another_type_are_refused() -> None:
    wrong: Any = "token"
    with pytest.raises(TypeError, match="not str"):
        auth_flow(wrong, "https://auth.example", Timing())
