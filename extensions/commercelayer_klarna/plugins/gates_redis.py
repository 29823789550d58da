"""The gate that several processes and machines share through Redis, by the clock of its server.

When Redis is gone, each process sends its careful part of the pace, from memory. One call tries again every ten
seconds. When Redis is back and nobody used it meanwhile, it stays closed until all the others have come back too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from heapq import heappop, heappush
from typing import cast

from attrs import define

from commercelayer_klarna._forks import FreshLock
from commercelayer_klarna._redis import NotThere, Server
from commercelayer_klarna.plugins.flow import FlowOf, blocking
from commercelayer_klarna.plugins.gates import MemoryGate, Pace, Slot

__all__ = ["RedisGate"]

log = logging.getLogger("commercelayer_klarna")

_AGAIN = 10.0
_MICRO = 1_000_000

# Times are in microseconds. A pause puts off all moments that are booked: ``moved`` says how far, since the beginning.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local kept = redis.call('HMGET', KEYS[1], 'full_at', 'closed_until', 'moved', 'used_at')
local full_at, closed_until = tonumber(kept[1]) or 0, tonumber(kept[2]) or 0
local moved, used_at = tonumber(kept[3]) or 0, tonumber(kept[4]) or 0
local what, interval, tolerance = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local one, two, most = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

local function pause(seconds)
  local further = now + seconds - math.max(closed_until, now)
  if further > 0 then
    closed_until, moved = now + seconds, moved + further
    full_at = math.max(full_at + further, now + seconds + tolerance)
  end
end

local at, is_booked = 0, false
if what == 'left' then
  return {one + moved - two - now}
elseif what == 'pause' then
  pause(one)
else
  if two > 0 and now - used_at > two then pause(two) end  -- all were away: wait until all are back
  used_at = now
  at = one + moved  -- a moment that was given back
  local is_new = one == 0 or at < now
  if is_new then at = math.max(now, full_at - tolerance) end
  is_booked = most < 0 or at - now < most
  if is_new and is_booked then full_at = math.max(full_at, at) + interval end
end
for name, value in pairs({full_at = full_at, closed_until = closed_until, moved = moved, used_at = used_at}) do
  redis.call('HSET', KEYS[1], name, string.format('%.0f', value))
end
redis.call('EXPIRE', KEYS[1], 86400)
return {at - now, at, moved, is_booked and 1 or 0}
"""


@define(eq=False)
class _SharedSlot:
    """A moment by the clock of Redis, in microseconds; or one from memory.

    Attributes:
        deadline: When the call must be over, by the clock of this process.
        wait: How long it was until then, just now; ``None`` when that must be asked again.
        memory: The moment from memory.
        is_booked: Whether it is kept for this call: not when it is too late for it.
    """

    deadline: float | None
    at: int = 0
    moved: int = 0
    wait: float | None = None
    memory: Slot | None = None
    is_booked: bool = False


class RedisGate:
    """The gate of all processes that name the same Redis.

    Args:
        server: The Redis.
        key: Where the gate is kept there.
        pace: How fast all together send at most.
        processes: How many they are; each takes that part of the pace while Redis is gone.
        clock: Tells the time of this process, in seconds.
    """

    def __init__(self, server: Server, key: str, pace: Pace, processes: int, clock: Callable[[], float]) -> None:
        self._server, self._key, self._clock = server, key, clock
        self._told = MemoryGate(pace, shares=False)  # what headers tell
        self._memory = MemoryGate(pace.part(processes), shares=False)
        self._lock = FreshLock()
        self._again_at: float | None = None  # set while Redis is gone
        self._given_back: list[int] = []

    @property
    def per_minute(self) -> float:
        """Return how many requests may be sent in a minute now."""
        return (self._told if self._again_at is None else self._memory).per_minute

    def book(self, now: float, deadline: float | None) -> FlowOf[_SharedSlot]:
        """Return the next free moment."""
        slot = _SharedSlot(deadline=deadline)
        yield from self._book(slot)
        return slot

    def left(self, slot: _SharedSlot, now: float) -> FlowOf[float]:
        """Return the seconds until a booked moment. The clock of Redis counts."""
        wait, slot.wait = slot.wait, None
        if wait is not None:
            return wait
        if slot.memory is None:
            answer = yield from self._ask("left", slot.at, slot.moved)
            if answer is not None:
                return answer[0] / _MICRO
            slot.memory = self._memory.booked(self._clock())
        elif self._again_at is None or self._clock() >= self._again_at:  # Redis may be back
            yield from self._book(slot)
            wait, slot.wait = slot.wait, None
        return self._memory.wait(slot.memory, self._clock()) if wait is None else wait

    def give_back(self, slot: _SharedSlot) -> None:
        """Let others of this process have a moment at which nothing is sent."""
        if slot.memory is not None:
            self._memory.give_back(slot.memory)
        elif slot.is_booked:
            self._keep(slot.at - slot.moved)

    def _keep(self, moment: int) -> None:
        with self._lock.lock:
            heappush(self._given_back, moment)

    def sent(self, now: float) -> None:
        """Redis knows of all requests."""

    def pause(self, now: float, seconds: float) -> FlowOf[None]:
        """Send nothing for so long, in all processes."""
        if (yield from self._ask("pause", round(seconds * _MICRO), 0)) is None:
            self._memory.close(self._clock(), seconds)

    def adapt(self, now: float, limit: int, interval: int, remaining: int) -> float:
        """Learn from the headers of an answer how many requests are allowed. Which are our own is known."""
        self._memory.adapt(now, limit, interval, remaining)
        return self._told.adapt(now, limit, interval, remaining)

    def _book(self, slot: _SharedSlot) -> FlowOf[None]:
        """Book a moment in Redis, or in memory if Redis is gone."""
        was_gone = self._again_at is not None
        with self._lock.lock:
            given_back = heappop(self._given_back) if self._given_back else 0
        most = -1 if slot.deadline is None else max(0, round((slot.deadline - self._clock()) * _MICRO))
        answer = yield from self._ask("book", given_back, round(_AGAIN * _MICRO) if was_gone else 0, most)
        slot.is_booked = answer is not None and bool(answer[3])
        if given_back and not slot.is_booked:
            self._keep(given_back)
        if answer is None:
            slot.memory = slot.memory or self._memory.booked(self._clock())
            return
        if slot.memory is not None:
            self._memory.give_back(slot.memory)
            slot.memory = None
        slot.wait, slot.at, slot.moved = answer[0] / _MICRO, answer[1], answer[2]

    def _ask(self, what: str, *numbers: int) -> FlowOf[list[int] | None]:
        """Run the script; return ``None`` when Redis is gone."""
        with self._lock.lock:
            was_gone = self._again_at is not None
            if self._again_at is not None:
                if self._clock() < self._again_at:
                    return None
                self._again_at = self._clock() + _AGAIN  # the others go on meanwhile
        pace = self._told.allowed
        interval = 60 * _MICRO // pace.per_minute
        answer = yield from blocking(lambda: self._run(what, interval, (pace.burst - 1) * interval, *numbers))
        if isinstance(answer, NotThere):
            self._is_gone(answer)
            return None
        if was_gone:
            self._again_at = None
            log.warning("limits: Redis is back, all processes share their pace again")
        return answer

    def _run(self, *arguments: str | int) -> list[int] | NotThere:
        try:
            return cast("list[int]", self._server.do("EVAL", _SCRIPT, 1, self._key, *arguments))
        except NotThere as error:
            return error

    def _is_gone(self, error: NotThere) -> None:
        with self._lock.lock:
            known, self._again_at = self._again_at is not None, self._clock() + _AGAIN
            if known:
                return
            # What was sent through Redis counts, so the first turn from memory comes after a while.
            self._memory.close(self._clock(), 60 / self._memory.per_minute)
        part = round(self._memory.per_minute)
        log.warning("limits: Redis is gone, this process sends %d requests a minute until it is back: %s", part, error)
