"""``Limits(store=...)``: processes and machines share one pace through a real Redis, and none is lost with it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from commercelayer_klarna import RateLimitError
from commercelayer_klarna.plugins import Flow, Request, Stage, Timing, send
from commercelayer_klarna.plugins.limits import Limits
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.api.rate_limits import RateLimits
from support.kind import Kind
from support.plugins import layer
from support.redis_server import RedisServer
from support.server import Server
from support.virtual_time import FakeTime

EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}


@pytest.fixture
def answers(server: Server) -> Server:
    server.answer(200, EMPTY)
    return server


def machine(kind: Kind, server: Server, redis: RedisServer, *, clock: float = 0.0, **options: Any) -> Any:
    """A client with a clock of its own, which is what keeps processes apart here."""
    timing = Timing(monotonic=lambda: time.monotonic() + clock, now=lambda: time.time() + clock)
    limits = Limits(store=redis.url, **{"per_minute": 1, "burst": 2, **options})
    return kind.at(server, plugins=[limits], timing=timing, deadline=5.0, retry=None)


def test_machines_share_by_the_clock_of_redis(kind: Kind, answers: Server, redis: RedisServer) -> None:
    one, two = (machine(kind, answers, redis, clock=each) for each in (0.0, -1000.0))
    one.count()
    two.count()
    for each in (one, two, one):  # what is refused takes no turn
        with pytest.raises(
            RateLimitError, match=r"was not sent: at 1 requests in 60 s its turn comes in (60\.0|59\.\d) s"
        ):
            each.count()
    assert len(answers.requests) == 2


def test_another_egress_has_a_pace_of_its_own(kind: Kind, answers: Server, redis: RedisServer) -> None:
    for egress in ("north", "south"):
        client = machine(kind, answers, redis, burst=1, egress=egress)
        client.count()
        with pytest.raises(RateLimitError):
            client.count()


def test_a_booked_moment_is_waited_for(kind: Kind, answers: Server, redis: RedisServer) -> None:
    time = FakeTime()  # its waits take no time, so the clock of Redis is asked again and again
    limits = Limits(store=redis.url, per_minute=300, burst=1)
    payments = kind.at(answers, plugins=[limits], timing=time.timing, deadline=None)
    payments.count()
    assert time.sleeps == []
    payments.count()
    assert 0 < time.sleeps[0] <= 0.2
    assert time.sleeps == sorted(time.sleeps, reverse=True)


def test_a_429_stops_all_machines(kind: Kind, server: Server, redis: RedisServer) -> None:
    server.answer(429, {"errors": []}, headers={"Retry-After": "20"})
    one, two = (machine(kind, server, redis, per_minute=60, burst=10) for _ in range(2))
    with pytest.raises(RateLimitError):
        one.count()
    with pytest.raises(RateLimitError, match=r"was not sent: .* its turn comes in (19|20|21)\.\d s"):
        two.count()


def test_a_pause_puts_off_what_is_booked(redis: RedisServer) -> None:
    gate, other = (gate_of(redis) for _ in range(2))
    slots = [now(gate.book(0.0, None)) for _ in range(3)]
    assert [now(gate.left(each, 0.0)) for each in slots] == pytest.approx([0, 1, 2], abs=0.2)
    now(other.pause(0.0, 30.0))
    now(other.pause(0.0, 10.0))  # within the first
    assert [now(gate.left(each, 0.0)) for each in slots] == pytest.approx([30, 31, 32], abs=0.2)
    later = now(other.book(0.0, None))
    assert now(other.left(later, 0.0)) == pytest.approx(33, abs=0.2)


def test_a_moment_that_is_given_back_is_given_again(redis: RedisServer) -> None:
    gate = gate_of(redis)
    slots = [now(gate.book(0.0, None)) for _ in range(4)]
    gate.give_back(slots[2])
    again = now(gate.book(0.0, None))
    assert again.at == slots[2].at
    assert now(gate.book(0.0, None)).at > slots[3].at


def gate_of(redis: RedisServer) -> Any:
    from commercelayer_klarna._redis import Server as Redis
    from commercelayer_klarna.plugins.gates import Pace
    from commercelayer_klarna.plugins.gates_redis import RedisGate

    return RedisGate(Redis(redis.url), "gate", Pace(60, 1), 4, time.monotonic)


def now(flow: Any) -> Any:
    """Run a flow that does nothing but its own work."""
    try:
        effect = next(flow)
        while True:
            effect = flow.send(effect.here())
    except StopIteration as end:
        return end.value


def test_without_redis_each_sends_its_part(
    kind: Kind, answers: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    redis, time = RedisServer(tmp_path), FakeTime()
    payments = kind.at(
        answers,
        plugins=[Limits(store=redis.url, per_minute=120, burst=12, processes=4)],
        timing=time.timing,
        deadline=None,
    )
    try:
        payments.count()
        assert time.elapsed == 0
        redis.kill()
        for _ in range(5):
            payments.count()
        assert time.elapsed == pytest.approx(2 + 2 * 4), "at 30 a minute, and without a burst"
        time.sleep(1)
        payments.count()  # it tries again, in vain
        (told,) = caplog.messages
        assert told.startswith(
            "limits: Redis is gone, this process sends 30 requests a minute until it is back: redis:"
        )
        redis.start()
        payments.count()
        assert len(caplog.messages) == 1
        time.sleep(10)
        # The others may still send their parts, so it stays closed until they have seen it too.
        with pytest.raises(RateLimitError, match=r"at 120 requests in 60 s its turn comes in (10\.0|9\.\d) s"):
            payments.with_options(deadline=5.0).count()
        assert caplog.messages[1:] == ["limits: Redis is back, all processes share their pace again"]
    finally:
        redis.kill()


def test_a_redis_that_does_not_answer_is_gone(
    kind: Kind, answers: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("commercelayer_klarna._redis._TIMEOUT", 0.02)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = f"redis://:planted@127.0.0.1:{silent.getsockname()[1]}"
        payments = kind.at(answers, plugins=[Limits(store=store)], timing=FakeTime().timing)
        payments.count()
    (told,) = caplog.messages
    assert "Redis is gone" in told
    assert "planted" not in told


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"store": "http://:planted@x"}, "the address of a Redis begins with redis://, rediss:// or unix://"),
        ({"store": "redis://x", "processes": 0}, "processes=0 must be a whole number, 1 or more"),
    ],
)
def test_what_cannot_be_shared(wrong: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}$"):
        Limits(**wrong)


def test_headers_tell_of_others_who_do_not_share(kind: Kind, server: Server, redis: RedisServer) -> None:
    for remaining in ("4", "4", "1"):  # 4 are left of 200 when all who share have used their 186 and the burst
        told = {"X-Ratelimit-Limit": "200", "X-Ratelimit-Interval": "6000", "X-Ratelimit-Remaining": remaining}
        server.answer(200, EMPTY, headers=told)
    one, two = (machine(kind, server, redis, per_minute=186, burst=10) for _ in range(2))
    one.count()
    two.count()
    one.count()
    with pytest.raises(RateLimitError, match=r"its turn comes in (90\.0|[78]\d\.\d) s"):
        two.count()


def test_requests_for_tokens_have_a_pace_of_their_own(kind: Kind) -> None:
    time = FakeTime()
    sandbox, timing = Sandbox(clock=time.timing.now, rate_limit="enforce"), time.timing
    for _ in range(8):
        kind.on(sandbox, plugins=[Limits()], timing=timing).count()
    assert [each.path for each in sandbox.requests].count("/oauth/token") == 8
    assert time.elapsed == pytest.approx(5 * 60 / 26)


# ---- Four processes in real time -------------------------------------------------------------------------------------


class ExactAPI:
    """Counts requests as the sandbox does, and remembers when they came."""

    def __init__(self, *, headers: bool) -> None:
        self.limits, self.answered, self.came = RateLimits("live", "enforce"), Counter[int](), list[float]()
        self._lock, owner = threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                with owner._lock:
                    moment = time.monotonic()
                    allowed, told = owner.limits.count("here", "read", "klarna_payments", moment)
                    owner.came.append(moment)
                    owner.answered[200 if allowed else 429] += 1
                body = json.dumps(EMPTY if allowed else {"errors": []}).encode()
                self.send_response(200 if allowed else 429)
                for name, value in (*(told if headers else ()), ("Content-Length", str(len(body)))):
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/vnd.api+json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def most_in(self, seconds: float) -> int:
        """Return the most requests that came in any window of so many seconds."""
        return max(sum(began <= each < began + seconds for each in self.came) for began in self.came)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(params=[True, False], ids=["told", "not told"])
def api(request: pytest.FixtureRequest) -> Iterator[ExactAPI]:
    api = ExactAPI(headers=request.param)
    yield api
    api.close()


SECONDS = 75
PROCESS = """
import sys, threading, time
from commercelayer_klarna import AccessToken, CommerceLayerError, KlarnaPayments
from commercelayer_klarna.plugins import Timing
from commercelayer_klarna.plugins.limits import Limits
url, store, skew, until = sys.argv[1], sys.argv[2], float(sys.argv[3]), time.monotonic() + float(sys.argv[4])
timing = Timing(monotonic=lambda: time.monotonic() + skew, now=lambda: time.time() + skew)
payments = KlarnaPayments(
    base_url=url, auth=AccessToken("t"), plugins=[Limits(store=store)], timing=timing, deadline=15.0, retry=None
)
def work():
    while time.monotonic() < until:
        try:
            payments.with_options(deadline=max(0.1, until - time.monotonic())).count()
        except CommerceLayerError:  # its turn comes too late
            time.sleep(0.1)
for each in [threading.Thread(target=work) for _ in range(4)]:
    each.start()
"""


def run(api: ExactAPI, redis: RedisServer) -> list[subprocess.Popen[bytes]]:
    return [
        subprocess.Popen([sys.executable, "-c", PROCESS, api.url, redis.url, str(skew), str(SECONDS)])
        for skew in (0, 2, -2, 0)
    ]


@pytest.mark.nightly
def test_four_processes_with_redis_use_the_pace_and_meet_no_429(api: ExactAPI, redis: RedisServer) -> None:
    for each in run(api, redis):
        assert each.wait() == 0
    chosen = 10 + 186 * (api.came[-1] - api.came[0]) / 60
    print(f"\n{dict(api.answered)} of {chosen:.0f}, {api.most_in(60)} in a minute, {api.most_in(10)} in 10 s")
    assert set(api.answered) == {200}
    assert api.answered[200] >= 0.99 * chosen


@pytest.mark.nightly
def test_four_processes_whose_redis_is_killed_stay_below_the_limit(api: ExactAPI, tmp_path: Path) -> None:
    redis = RedisServer(tmp_path)
    running = run(api, redis)
    time.sleep(25)
    redis.kill()
    time.sleep(20)
    redis.start()
    for each in running:
        assert each.wait() == 0
    redis.kill()
    print(f"\n{dict(api.answered)}, {api.most_in(60)} in a minute, {api.most_in(10)} in 10 s")
    assert set(api.answered) == {200}
    assert api.most_in(60) <= 200


def test_what_is_learnt_after_the_deadline_does_not_cost_the_answer(
    kind: Kind, server: Server, redis: RedisServer
) -> None:
    time = FakeTime()

    def slow(request: Request) -> Flow:
        response = yield from send(request)
        time.elapsed += 100
        return response

    told = {"X-Ratelimit-Limit": "200", "X-Ratelimit-Interval": "60", "X-Ratelimit-Remaining": "1"}
    server.answer(200, EMPTY, headers=told)
    plugins = [Limits(store=redis.url), layer(slow, Stage.WIRE)]
    assert kind.at(server, plugins=plugins, timing=time.timing, deadline=60).count() == 0
