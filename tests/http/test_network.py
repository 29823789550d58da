"""Round trips and connections, counted on a network that takes its time: of first calls, and of warm ones."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from httpcore._async import http11 as async_http11
from httpcore._sync import http11

from commercelayer_klarna import (
    AccessToken,
    APIConnectionError,
    ClientCredentials,
    KlarnaPayments,
    MemoryTokenStore,
    TokenError,
)
from commercelayer_klarna._http import pool as connections
from commercelayer_klarna.plugins import Flow, Layer, Plugin, Request, Stage, Timing, hookimpl, send
from support.kind import Kind
from support.network import Network, answer, network, payment, token
from support.tls import trusting
from support.virtual_time import INSTANT


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """All trust the certificate of the network; the suite has its own ways to make clients quickly."""
    monkeypatch.setattr(connections, "certificates", trusting)
    monkeypatch.setattr("httpx._transports.default.create_ssl_context", lambda *_, **__: trusting())


@pytest.fixture
def slow() -> Iterator[Network]:
    """A network of 50 ms a round trip."""
    with network(0.025) as made:
        yield made


@pytest.fixture
def quick() -> Iterator[Network]:
    """A network that delays nothing."""
    with network(0.0) as made:
        yield made


def credentials(auth_url: str) -> ClientCredentials:
    return ClientCredentials(client_id="id", client_secret="planted-secret", auth_url=f"{auth_url}/oauth/token")


def at(kind: Kind, api: str, auth_url: str, **options: Any) -> Any:
    return kind.client(base_url=f"{api}/api", auth=credentials(auth_url), **{"timing": INSTANT, **options})


def until(what: Any) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end
        time.sleep(0.005)


def methods(heads: list[bytes]) -> list[bytes]:
    return [each.partition(b" ")[0] for each in heads]


# ---- Round trips ---------------------------------------------------------------------------------------------------


def test_a_first_call_connects_to_the_api_while_it_waits_for_a_token(kind: Kind, slow: Network) -> None:
    """TCP, TLS and an answer are three round trips, and one more for the call: with one after the other it is six."""
    auth_url, api = slow.serve(token), slow.serve(payment)
    payments = at(kind, api, auth_url)
    slow.gate = 2  # the machine may be slow to start a thread
    assert payments.retrieve("a").id == "a"
    assert slow.now <= 4
    assert slow.connections == 2
    before = slow.now
    assert payments.retrieve("b").id == "b"
    assert slow.now - before == 1
    assert slow.connections == 2


def test_after_a_warm_up_a_first_call_is_a_warm_one(kind: Kind, slow: Network) -> None:
    auth_url, api = slow.serve(token), slow.serve(payment)
    payments = at(kind, api, auth_url)
    slow.gate = 2
    payments.warm_up()
    assert slow.now <= 4
    assert methods(slow.requests) == [b"POST"]
    before = slow.now
    assert payments.retrieve("a").id == "a"
    assert slow.now - before == 1
    assert slow.connections == 2


class Clock:
    """A clock that can be set forward."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.timing = Timing(monotonic=self.monotonic, sleep=INSTANT.sleep, async_sleep=INSTANT.async_sleep)

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead


@pytest.mark.parametrize(("options", "idle", "trips"), [({}, 60, 1), ({}, 91, 3), ({"keepalive_expiry": 10}, 11, 3)])
def test_a_connection_that_nobody_uses_is_kept_for_a_while(
    kind: Kind, slow: Network, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], idle: float, trips: int
) -> None:
    clock = Clock()
    for module in (http11, async_http11, connections):  # those that tell how long a connection was idle
        monkeypatch.setattr(module, "time", clock)
    payments = kind.client(base_url=f"{slow.serve(payment)}/api", auth=AccessToken("t"), **options)
    payments.retrieve("a")
    clock.ahead, before = idle, slow.now
    payments.retrieve("b")
    assert slow.now - before == trips
    assert slow.connections == (1 if trips == 1 else 2)


def test_a_connection_that_was_closed_is_seen_before_a_create_is_written_on_it(kind: Kind, slow: Network) -> None:
    payments = kind.client(base_url=f"{slow.serve(payment)}/api", auth=AccessToken("t"))
    payments.retrieve("a")
    slow.hang_up()
    before = slow.now
    payments.create(order="PKJhYtRdXs")
    assert slow.now - before == 3
    assert methods(slow.requests) == [b"GET", b"POST"]


def test_the_system_watches_over_connections(kind: Kind, quick: Network) -> None:
    payments = kind.client(base_url=f"{quick.serve(payment)}/api", auth=AccessToken("t"))
    payments.retrieve("a")
    pool: Any = payments._session.connections.client._transport
    (connection,) = pool._pool.connections
    stream = connection._connection._network_stream
    socket = stream.get_extra_info("socket")
    options = [(level, name, socket.getsockopt(level, name)) for level, name, _ in backend_options()]
    assert options == backend_options()


def backend_options() -> list[tuple[int, int, int]]:
    from commercelayer_klarna._http.backend import _KEEP_ALIVE

    return _KEEP_ALIVE


# ---- What was opened ahead ------------------------------------------------------------------------------------------


def refuse(head: bytes, body: bytes) -> bytes:
    """Answer as a token endpoint does that knows no such client."""
    return answer({"errors": [{"title": "invalid_client"}]}).replace(b"200 OK", b"401 Unauthorized")


def test_a_token_that_fails_costs_one_connection_at_most(kind: Kind, quick: Network) -> None:
    auth_url, api = quick.serve(refuse), quick.serve(payment)
    payments = at(kind, api, auth_url)
    for _ in range(3):
        with pytest.raises(TokenError):
            payments.retrieve("a")
    ahead = payments._session.connections._ahead
    assert len(ahead) == 1
    kind.now(ahead[0].wait(30))
    assert quick.connections == 2
    payments.close()
    until(lambda: quick.open == 0)
    assert ahead == []


def test_many_first_calls_open_one_connection_ahead(kind: Kind, quick: Network) -> None:
    auth_url, api = quick.serve(token), quick.serve(payment)
    payments = at(kind, api, auth_url)
    if kind.name == "sync":
        threads = [threading.Thread(target=payments.retrieve, args=(f"n{each}",)) for each in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    else:

        async def together() -> None:
            await asyncio.gather(*(payments._client.retrieve(f"n{each}") for each in range(8)))

        kind.runner.run(together())
    assert quick.connections <= 9
    assert methods(quick.requests).count(b"GET") == 8
    assert payments._session.connections._ahead == []


def test_one_that_was_closed_meanwhile_is_not_used(kind: Kind, quick: Network) -> None:
    auth_url, api = quick.serve(token), quick.serve(payment)
    payments = at(kind, api, auth_url)
    payments.warm_up()
    quick.hang_up()
    payments.create(order="PKJhYtRdXs")
    assert methods(quick.requests) == [b"POST", b"POST"]
    assert quick.connections == 3


def test_one_that_cannot_be_opened_is_no_problem_of_its_own(kind: Kind, quick: Network) -> None:
    payments = at(kind, "https://localhost:1", quick.serve(token), retry=None)
    payments.warm_up()
    with pytest.raises(APIConnectionError, match="check that localhost is up") as caught:
        payments.retrieve("a")
    assert caught.value.sent is False


def test_a_certificate_is_checked_ahead_too(kind: Kind, quick: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    payments = kind.client(base_url=f"{quick.serve(payment)}/api", auth=AccessToken("t"), retry=None)
    payments.warm_up()
    with pytest.raises(APIConnectionError, match="check that this machine trusts the certificate"):
        payments.retrieve("a")
    assert quick.requests == []


def test_nothing_is_opened_ahead_where_a_proxy_may_be_in_the_way(
    kind: Kind, quick: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    payments = kind.client(base_url=f"{quick.serve(payment)}/api", auth=AccessToken("t"))
    payments.warm_up()
    assert payments._session.connections._ahead == []


def test_nothing_is_opened_on_a_pool_of_the_callers(kind: Kind, quick: Network) -> None:
    auth_url, api = quick.serve(token), quick.serve(payment)
    payments = at(kind, api, auth_url, http_client=kind.http_client(verify=trusting()))
    payments.warm_up()
    assert quick.connections == 1
    assert payments.retrieve("a").id == "a"
    assert quick.connections == 2


@pytest.mark.posix
def test_the_child_of_a_fork_leaves_it_to_its_parent(quick: Network) -> None:
    with KlarnaPayments(base_url=f"{quick.serve(payment)}/api", auth=AccessToken("t")) as payments:
        payments.warm_up()
        ours = payments._session.connections
        child = os.fork()
        if not child:  # what it returns says whether it is well
            os._exit(0 if not ours._ahead and payments.retrieve("child").id == "child" else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert payments.retrieve("parent").id == "parent"
        assert quick.connections == 2


def test_a_call_that_is_cancelled_while_it_connects_leaves_nothing_open(quick: Network) -> None:
    kind = Kind("async", asyncio.Runner())

    async def main() -> None:
        payments = at(kind, quick.serve(payment), quick.serve(token))._client
        quick.gate = 9  # nothing comes through
        calling = asyncio.create_task(payments.retrieve("a"))
        while quick.connections < 2:
            await asyncio.sleep(0.005)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await payments.close()
        quick.let_through()
        async with asyncio.timeout(30):
            while quick.open:
                await asyncio.sleep(0.005)

    with kind.runner:
        kind.runner.run(main())


# ---- Beside the calls -----------------------------------------------------------------------------------------------


class Endpoint:
    """A token endpoint; from the second token on it says nothing until it may."""

    def __init__(self) -> None:
        self.asked, self.answers = 0, True

    def __call__(self, head: bytes, body: bytes) -> bytes:
        self.asked += 1
        return answer({"access_token": f"t{self.asked}", "expires_in": 7200}) if self.answers else b""


@pytest.fixture
def late() -> Clock:
    """A clock for tokens that can be set forward."""
    return Clock()


def test_a_renewal_makes_no_caller_wait(kind: Kind, quick: Network, late: Clock) -> None:
    endpoint = Endpoint()
    payments = at(kind, quick.serve(payment), quick.serve(endpoint), timing=late.timing)
    payments.retrieve("a")
    late.ahead, endpoint.answers = 6900.0, False
    for _ in range(3):
        assert payments.retrieve("b").id == "b"
    until(lambda: payments.retrieve("b").id == "b" and endpoint.asked == 2)
    assert set(bearers(quick)) == {b"t1"}
    endpoint.answers = True
    quick.hang_up()  # that renewal fails, and nobody is told
    late.ahead += 31.0
    until(lambda: payments.retrieve("c").id == "c" and bearers(quick)[-1] == b"t3")
    assert endpoint.asked == 3


def test_a_client_that_is_closed_lets_a_renewal_finish(kind: Kind, quick: Network, late: Clock) -> None:
    """A refresh token may work only once: whoever leaves before the answer has lost the next one."""
    endpoint, store = Endpoint(), MemoryTokenStore()
    payments = at(kind, quick.serve(payment), quick.serve(endpoint), timing=late.timing, token_store=store)
    payments.retrieve("a")
    late.ahead = 6900.0
    payments.retrieve("b")
    payments.close()
    until(lambda: quick.open == 0)
    (saved,) = store._tokens.values()
    assert saved.access_token == "t2"


def bearers(network: Network) -> list[bytes]:
    """The tokens of the requests to the API."""
    lines = [line for head in network.requests if head.startswith(b"GET") for line in head.split(b"\r\n")]
    return [line.rpartition(b" ")[2] for line in lines if line.lower().startswith(b"authorization:")]


def test_a_warm_up_shows_plugins_no_request_that_is_not_sent(kind: Kind, quick: Network) -> None:
    seen: list[str] = []

    class Watching(Plugin):
        name = "watching"

        @hookimpl
        def layers(self, ctx: Any) -> Any:
            def flow(request: Request) -> Flow:
                seen.append(f"{request.method} {request.path}")
                return (yield from send(request))

            stages = [Stage.CALL, Stage.LIMIT, Stage.WIRE]
            return [Layer(f"watching-{stage.name.lower()}", stage, flow, direct=True) for stage in stages]

    payments = at(kind, quick.serve(payment), quick.serve(token), plugins=[Watching()])
    payments.warm_up()
    assert seen == ["POST /oauth/token"] * 2
    payments.warm_up()
    assert len(seen) == 2
