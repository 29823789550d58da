"""The plugin ``limits``: sends no faster than the API allows, so that many calls at once meet no 429.

The API counts requests by the address that they come from, over all resources: 200 a minute live, 100 in test mode.
This plugin sends 186 or 93, evenly but for a small burst (GCRA), which also keeps the limits in ten seconds. The rest
is for requests that the network delays. Each call books its moment at once and waits for it, or is refused at once when
its deadline is earlier. All clients of this process share one pace; several processes share by what the headers of
answers tell.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from heapq import heappop, heappush
from urllib.parse import urlsplit

from attrs import field

from commercelayer_klarna._claims import claims_of
from commercelayer_klarna._forks import FreshLock
from commercelayer_klarna._values import frozen
from commercelayer_klarna.errors import RateLimitError
from commercelayer_klarna.plugins.backoff import RetryPolicy, wait_before_next
from commercelayer_klarna.plugins.flow import Flow, Layer, Stage, send, sleep
from commercelayer_klarna.plugins.hookspecs import Plugin, hookimpl
from commercelayer_klarna.plugins.values import Context, Request, Response

__all__ = ["Limits", "Pace"]

log = logging.getLogger("commercelayer_klarna")

_MINUTE = 60.0
# Which part of a published limit is used: the rest is for requests that the network delays into another's minute.
_PERCENT = 93
# Sharing by headers (measured with four processes): how fast it adapts, and the least share of one process.
_SMOOTHING = 0.05
_LEAST_SHARE = 0.125
# A call that waits longer says so.
_LONG = 1.0
# Below the resolution of clocks: sleeping again would not end.
_NOTHING = 1e-6


@frozen
class Pace:
    """How fast to send.

    Attributes:
        per_minute: Requests in a minute.
        burst: Requests that may be sent at once after a pause.

    Raises:
        ValueError: A number is not a whole number above 0.
    """

    per_minute: int
    burst: int

    def __attrs_post_init__(self) -> None:
        for name, value in (("per_minute", self.per_minute), ("burst", self.burst)):
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} must be a whole number, 1 or more")


LIVE = Pace(186, 10)
TEST = Pace(93, 5)


@frozen(eq=False)
class _Slot:
    """A moment to send at, and how far pauses had moved all moments when it was booked."""

    at: float
    moved: float


class Gate:
    """The moments at which requests may be sent, for all who send from one address. Nothing here waits.

    Args:
        pace: How fast to send at most.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = self._allowed = pace
        self._share = 1.0
        self._lock = FreshLock()
        self._full_at = 0.0  # GCRA's "theoretical arrival time": when the requests so far fill up the rate
        self._closed_until = 0.0
        self._moved = 0.0
        self._given_back: list[float] = []  # moments less ``_moved``
        self._sent: deque[float] = deque(maxlen=pace.per_minute + pace.burst)

    @property
    def per_minute(self) -> float:
        """Return how many requests may be sent in a minute now."""
        return self._allowed.per_minute * self._share

    def book(self, now: float) -> _Slot:
        """Return the next free moment."""
        with self._lock.lock:
            while self._given_back:
                at = heappop(self._given_back) + self._moved
                if at >= now:
                    return _Slot(at, self._moved)
            interval = _MINUTE / self.per_minute
            at = max(now, self._full_at - (self._allowed.burst - 1) * interval)
            self._full_at = max(self._full_at, at) + interval
            return _Slot(at, self._moved)

    def left(self, slot: _Slot, now: float) -> float:
        """Return the seconds until a booked moment, which pauses put off."""
        return slot.at + self._moved - slot.moved - now

    def give_back(self, slot: _Slot) -> None:
        """Let others have a moment at which nothing is sent."""
        with self._lock.lock:
            heappush(self._given_back, slot.at - slot.moved)

    def sent(self, now: float) -> None:
        """Remember that a request is sent."""
        self._sent.append(now)

    def pause(self, now: float, seconds: float) -> None:
        """Send nothing for so long, and then begin without a burst. Pauses at the same time are one."""
        with self._lock.lock:
            until = now + seconds
            further = until - max(self._closed_until, now)
            if further > 0:
                self._closed_until, self._moved = until, self._moved + further
                tolerance = (self._allowed.burst - 1) * _MINUTE / self.per_minute
                self._full_at = max(self._full_at + further, until + tolerance)

    def adapt(self, now: float, limit: int, interval: int, remaining: int) -> None:
        """Learn from the headers of an answer how many requests are allowed, and which part of them is our own."""
        allowed = limit * _PERCENT // 100
        if interval < _MINUTE or not 0 < allowed <= max(LIVE.per_minute, self._pace.per_minute):
            return  # headers of another counter: that of cacheable resources allows far more
        with self._lock.lock:
            few = limit // 20
            self._allowed = Pace(max(1, min(self._pace.per_minute, allowed)), max(1, min(self._pace.burst, few)))
            used, sent = limit - remaining, self._sent
            while sent and sent[0] < now - interval - 1:
                sent.popleft()
            if used > 0:
                share = min(1.0, max(_LEAST_SHARE, len(sent) / used))
                self._share += _SMOOTHING * (share - self._share)
        if remaining <= few:
            self.pause(now, (few + 1 - remaining) * interval / limit)


# The gates of this process. They outlive their clients, because the API counts what a former client sent as well.
_gates: dict[Hashable, Gate] = {}


class Limits(Plugin):
    """Send no faster than the API allows.

    Without arguments the pace is 186 requests a minute with bursts of 10, and 93 with bursts of 5 when the token is for
    test mode. All clients of this process with the same arguments share it.

    Args:
        per_minute: Requests in a minute, where the API allows you another number: take 93 % of that.
        burst: Requests that may be sent at once after a pause.

    Raises:
        ValueError: A number is not a whole number above 0.
    """

    name = "limits"

    def __init__(self, *, per_minute: int | None = None, burst: int | None = None) -> None:
        self._live, self._test = (
            Pace(
                default.per_minute if per_minute is None else per_minute,
                default.burst if burst is None else burst,
            )
            for default in (LIVE, TEST)
        )

    @hookimpl
    def layers(self, ctx: Context) -> Iterable[Layer]:
        """Return the layer that holds attempts back."""
        clock = ctx.timing.monotonic
        # The API counts all organizations of one address together, so the organization does not matter.
        host = urlsplit(ctx.base_url).netloc
        where = (host.partition(".")[2] or host, clock)

        def gate(mode: str, pace: Pace) -> Gate:
            return _gates.setdefault((where, mode, pace), Gate(pace))

        return [Layer("limits", Stage.LIMIT, _Limiting(ctx, gate("live", self._live), gate("test", self._test)).flow)]


@frozen(eq=False)
class _Limiting:
    ctx: Context
    live: Gate
    test: Gate
    _modes: dict[str, Gate] = field(factory=dict[str, "Gate"], init=False)

    def flow(self, request: Request) -> Flow:
        gate, call, clock = self._gate_of(request), request.call, self.ctx.timing.monotonic
        slot, is_told = gate.book(clock()), False
        try:
            while (wait := gate.left(slot, clock())) > _NOTHING:
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
        response = yield from send(request)
        self._learn(gate, response)
        return response

    def _gate_of(self, request: Request) -> Gate:
        """Return the gate of the mode that the token is for. A token that does not say may be a live one."""
        token = request.headers.get("Authorization", "")
        gate = self._modes.get(token)
        if gate is None:
            gate = self.test if claims_of(token.removeprefix("Bearer ")).get("test") is True else self.live
            self._modes.clear()  # tokens are renewed
            self._modes[token] = gate
        return gate

    def _learn(self, gate: Gate, response: Response) -> None:
        now, timing = self.ctx.timing.monotonic(), self.ctx.timing
        limit, interval, remaining = (
            _whole(response.headers, f"x-ratelimit-{name}") for name in ("limit", "interval", "remaining")
        )
        if response.status_code == 429:
            gate.pause(now, wait_before_next(_ONCE, 1, response, timing))
        elif limit is not None and interval is not None and remaining is not None:
            gate.adapt(now, limit, interval, remaining)


_ONCE = RetryPolicy(attempts=1)


def _refusal(request: Request, gate: Gate, wait: float) -> RateLimitError:
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


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
