"""The moments at which requests may be sent, for all who send from one address: GCRA, in memory.

Nothing here waits. ``gates_redis`` has the gate that several processes and machines share.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Protocol, TypeVar

from attrs import frozen

from commercelayer_klarna._forks import FreshLock
from commercelayer_klarna._json import check_whole
from commercelayer_klarna.plugins.flow import FlowOf

__all__ = ["Gate", "MemoryGate", "Pace", "Slot"]

S = TypeVar("S")

_MINUTE = 60.0
# Which part of a published limit is used: the rest is for requests that the network delays into another's minute.
_PERCENT = 93
# The highest limit that is no other counter: that of cacheable resources allows far more.
_HIGHEST = 186
# Sharing by headers (measured with four processes): how fast it adapts, and the least share of one process.
_SMOOTHING = 0.05
_LEAST_SHARE = 0.125


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
        check_whole("per_minute", self.per_minute)
        check_whole("burst", self.burst)

    def part(self, of: int) -> Pace:
        """Return the pace of one of so many that share this one."""
        return Pace(max(1, self.per_minute // of), max(1, self.burst // of))


class Gate(Protocol[S]):
    """What the plugin ``limits`` needs of a gate. What may take time is a flow."""

    @property
    def per_minute(self) -> float:
        """Return how many requests may be sent in a minute now."""
        ...

    def book(self, now: float, deadline: float | None) -> FlowOf[S]:
        """Return the next free moment, for a call that must be over at its deadline."""
        ...

    def left(self, slot: S, now: float) -> FlowOf[float]:
        """Return the seconds until a booked moment, which pauses put off."""
        ...

    def give_back(self, slot: S) -> None:
        """Let others have a moment at which nothing is sent."""
        ...

    def sent(self, now: float) -> None:
        """Remember that a request is sent."""
        ...

    def pause(self, now: float, seconds: float) -> FlowOf[None]:
        """Send nothing for so long, and then begin without a burst. Pauses at the same time are one."""
        ...

    def adapt(self, now: float, limit: int, interval: int, remaining: int) -> float:
        """Learn from the headers of an answer what is allowed; return the seconds to pause for."""
        ...


@frozen(eq=False)
class Slot:
    """A moment to send at, and how far pauses had moved all moments when it was booked."""

    at: float
    moved: float


class MemoryGate:
    """The gate of one process.

    Args:
        pace: How fast to send at most.
        shares: Whether other processes send from the same address without this gate. Then it takes the part of the rate
            that it has of all requests, by the headers of answers.
    """

    def __init__(self, pace: Pace, *, shares: bool = True) -> None:
        self._pace = self._allowed = pace
        self._shares = shares
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

    @property
    def allowed(self) -> Pace:
        """Return how fast all together may send."""
        return self._allowed

    def booked(self, now: float) -> Slot:
        """Return the next free moment."""
        with self._lock.lock:
            while self._given_back:
                at = heappop(self._given_back) + self._moved
                if at >= now:
                    return Slot(at, self._moved)
            interval = _MINUTE / self.per_minute
            at = max(now, self._full_at - (self._allowed.burst - 1) * interval)
            self._full_at = max(self._full_at, at) + interval
            return Slot(at, self._moved)

    def wait(self, slot: Slot, now: float) -> float:
        """Return the seconds until a booked moment."""
        return slot.at + self._moved - slot.moved - now

    def give_back(self, slot: Slot) -> None:
        """Let others have a moment at which nothing is sent."""
        with self._lock.lock:
            heappush(self._given_back, slot.at - slot.moved)

    def sent(self, now: float) -> None:
        """Remember that a request is sent."""
        self._sent.append(now)

    def close(self, now: float, seconds: float) -> None:
        """Send nothing for so long, and then begin without a burst."""
        with self._lock.lock:
            until = now + seconds
            further = until - max(self._closed_until, now)
            if further > 0:
                self._closed_until, self._moved = until, self._moved + further
                tolerance = (self._allowed.burst - 1) * _MINUTE / self.per_minute
                self._full_at = max(self._full_at + further, until + tolerance)

    def adapt(self, now: float, limit: int, interval: int, remaining: int) -> float:
        """Learn from the headers of an answer what is allowed, and which part of it is our own."""
        allowed = limit * _PERCENT // 100
        if interval < _MINUTE or not 0 < allowed <= max(_HIGHEST, self._pace.per_minute):
            return 0.0
        with self._lock.lock:
            few = limit // 20
            lower = allowed < self._pace.per_minute
            self._allowed = Pace(allowed, max(1, min(self._pace.burst, few))) if lower else self._pace
            used, sent = limit - remaining, self._sent
            while sent and sent[0] < now - interval - 1:
                sent.popleft()
            if used > 0 and self._shares:
                share = min(1.0, max(_LEAST_SHARE, len(sent) / used))
                self._share += _SMOOTHING * (share - self._share)
        if not self._shares:  # what is left when all who share the gate have used their pace
            few = limit - self._allowed.per_minute - self._allowed.burst - 1
        return (few + 1 - remaining) * interval / limit if remaining <= few else 0.0

    # As flows that never wait.

    def book(self, now: float, deadline: float | None) -> FlowOf[Slot]:
        """Return the next free moment."""
        yield from ()
        return self.booked(now)

    def left(self, slot: Slot, now: float) -> FlowOf[float]:
        """Return the seconds until a booked moment."""
        yield from ()
        return self.wait(slot, now)

    def pause(self, now: float, seconds: float) -> FlowOf[None]:
        """Send nothing for so long."""
        yield from ()
        self.close(now, seconds)
