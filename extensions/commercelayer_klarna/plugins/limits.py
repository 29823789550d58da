"""The plugin ``limits``: sends no faster than the API allows, so that many calls at once meet no 429.

The API counts requests by the address that they come from, over all resources: 200 a minute live, 100 in test mode.
This plugin sends 186 or 93, evenly but for a small burst (GCRA), which also keeps the limits in ten seconds. The rest
is for requests that the network delays. Each call books its moment at once and waits for it, or is refused at once when
its deadline is earlier. All clients of this process share one pace; several processes share by what the headers of
answers tell, or through Redis. Requests for tokens are counted apart: 30 a minute, of which this plugin sends 26.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from attrs import field, frozen

from commercelayer_klarna._claims import claims_of
from commercelayer_klarna._json import check_whole
from commercelayer_klarna._retry_after import whole_number
from commercelayer_klarna._tracebacks import argument_errors
from commercelayer_klarna.errors import APITimeoutError, RateLimitError
from commercelayer_klarna.plugins.backoff import wait_before_next
from commercelayer_klarna.plugins.flow import Flow, FlowOf, Layer, Stage, send, sleep
from commercelayer_klarna.plugins.gates import Gate, MemoryGate, Pace
from commercelayer_klarna.plugins.hookspecs import Plugin
from commercelayer_klarna.plugins.values import Context, Purpose, Request, Response, RetryPolicy

__all__ = ["Limits", "Pace"]

log = logging.getLogger("commercelayer_klarna")

# A call that waits longer says so.
_LONG = 1.0
# Below the resolution of clocks: sleeping again would not end.
_NOTHING = 1e-6

LIVE = Pace(186, 10)
TEST = Pace(93, 5)
TOKEN = Pace(26, 3)

# The gates of this process. They outlive their clients, because the API counts what a former client sent as well.
_gates: dict[Hashable, Gate[Any]] = {}


class Limits(Plugin):
    """Send no faster than the API allows.

    Without arguments the pace is 186 requests a minute with bursts of 10, and 93 with bursts of 5 when the token is for
    test mode. All clients of this process with the same arguments share it.

    Args:
        per_minute: Requests in a minute, where the API allows you another number: take 93 % of that.
        burst: Requests that may be sent at once after a pause.
        store: The address of a Redis that all processes and machines share that send from one address, such as
            ``redis://10.0.0.5:6379`` (extra ``redis``). Without, they share by the headers of answers.
        processes: How many processes name the same store. Each sends that part of the pace while the store is gone.
        egress: A name for the address that they send from, where one Redis serves several addresses.

    Raises:
        ValueError: A number is not a whole number above 0, or the store is no address of a Redis.
        ImportError: The library of the store is not installed.
    """

    name = "limits"

    @argument_errors
    def __init__(
        self,
        *,
        per_minute: int | None = None,
        burst: int | None = None,
        store: str | None = None,
        processes: int = 4,
        egress: str = "default",
    ) -> None:
        live, test = (
            Pace(
                default.per_minute if per_minute is None else per_minute,
                default.burst if burst is None else burst,
            )
            for default in (LIVE, TEST)
        )
        check_whole("processes", processes)
        self._paces = {"live": live, "test": test, "token": TOKEN}
        self._store, self._processes, self._egress = store, processes, egress
        if store is None:
            return
        from commercelayer_klarna._redis import Server

        self._server = Server(store)

    def layers(self, ctx: Context) -> Iterable[Layer]:
        """Return the layer that holds attempts back."""
        # The API counts all organizations of one address together, so the organization does not matter.
        host = urlsplit(ctx.base_url).netloc
        domain, clock = host.partition(".")[2] or host, ctx.timing.monotonic
        gates = {
            mode: _gates.setdefault((domain, clock, self._store, self._egress, mode, pace), gate)
            for mode, pace in self._paces.items()
            for gate in [self._gate(domain, clock, mode, pace)]
        }
        return [Layer("limits", Stage.LIMIT, _Limiting(ctx, gates).flow, direct=True)]

    def _gate(self, domain: str, clock: Callable[[], float], mode: str, pace: Pace) -> Gate[Any]:
        if self._store is None:
            return MemoryGate(pace)
        from commercelayer_klarna.plugins.gates_redis import RedisGate

        key = f"commercelayer_klarna:limits:{self._egress}:{domain}:{mode}"
        return RedisGate(self._server, key, pace, self._processes, clock)


@frozen(eq=False)
class _Limiting:
    ctx: Context
    gates: Mapping[str, Gate[Any]]
    _modes: dict[str, Gate[Any]] = field(factory=dict[str, "Gate[Any]"], init=False, repr=False)  # by tokens

    def flow(self, request: Request) -> Flow:
        if request.call.purpose is Purpose.TOKEN and request.path.endswith("/oauth/token"):
            gate = self.gates["token"]
        elif request.url.startswith(self.ctx.base_url):
            gate = self._gate_of(request)
        else:  # what a plugin sends to a server of its own
            return (yield from send(request))
        yield from self._wait(request, gate)
        response = yield from send(request)
        yield from self._learn(gate, response)
        return response

    def _wait(self, request: Request, gate: Gate[Any]) -> FlowOf[None]:
        call, clock = request.call, self.ctx.timing.monotonic
        slot, is_told = (yield from gate.book(clock(), call.deadline)), False
        try:
            while (wait := (yield from gate.left(slot, clock()))) > _NOTHING:
                if call.deadline is not None and clock() + wait >= call.deadline:
                    raise _refusal(request, gate, wait)
                if wait > _LONG and not is_told:
                    is_told = True
                    rate = gate.per_minute
                    log.info("%s %s waits %.1f s: %.0f requests a minute", request.method, request.path, wait, rate)
                yield from sleep(wait)
        except BaseException:  # a cancellation, for one
            gate.give_back(slot)
            raise
        gate.sent(clock())

    def _gate_of(self, request: Request) -> Gate[Any]:
        """Return the gate of the mode that the token is for. A token that does not say may be a live one."""
        token = request.headers.get("Authorization", "")
        gate = self._modes.get(token)
        if gate is None:
            is_test = claims_of(token.removeprefix("Bearer ")).get("test") is True
            gate = self.gates["test" if is_test else "live"]
            self._modes.clear()  # tokens are renewed
            self._modes[token] = gate
        return gate

    def _learn(self, gate: Gate[Any], response: Response) -> FlowOf[None]:
        now, timing = self.ctx.timing.monotonic(), self.ctx.timing
        limit, interval, remaining = (
            whole_number(response.headers, f"x-ratelimit-{name}") for name in ("limit", "interval", "remaining")
        )
        pause = 0.0
        if response.status_code == 429:
            pause = wait_before_next(_ONCE, 1, response, timing)
        elif limit is not None and interval is not None and remaining is not None:
            pause = gate.adapt(now, limit, interval, remaining)
        if pause:
            with suppress(APITimeoutError):  # the deadline is over, but the answer is there
                yield from gate.pause(now, pause)


_ONCE = RetryPolicy(attempts=1)


def _refusal(request: Request, gate: Gate[Any], wait: float) -> RateLimitError:
    limit = round(gate.per_minute)
    return RateLimitError(
        f"{request.method} {request.path} was not sent: at {limit} requests in 60 s its turn comes in {wait:.1f} s,"
        " after its deadline. Raise deadline=, or begin fewer calls at once",
        status_code=429,
        method=request.method,
        path=request.path,
        headers={
            "retry-after": f"{wait:.3f}",
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-interval": "60",
            "x-ratelimit-remaining": "0",
        },
        attempts=request.call.attempts,
    )
