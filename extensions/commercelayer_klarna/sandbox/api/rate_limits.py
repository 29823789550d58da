"""Rate limits: sliding windows over the requests of each client address.

Two limits hold for every class of requests: the average over all its endpoints in a minute, which the headers tell, and
the burst on one endpoint in ten seconds, which nothing tells. Windows slide and never reset, so there is no header that
names an end, and no ``Retry-After``. What is answered to a request beyond a limit is up to ``engine``.

unknown: whether a refused request counts (here it does not), and what exactly an endpoint is (here a resource type).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Literal

from attrs import frozen

Policy = Literal["off", "headers", "enforce"]
Class = Literal["token", "read", "cacheable", "write"]

POLICIES: tuple[Policy, ...] = ("off", "headers", "enforce")
AVERAGE_INTERVAL = 60
BURST_INTERVAL = 10
# Addresses that are remembered; on loopback there is one, or a few.
REMEMBERED = 256


@frozen
class Limit:
    """Requests in a minute, and in ten seconds on one endpoint; none means no limit."""

    average: int
    burst: int | None


LIMITS: dict[str, dict[Class, Limit]] = {
    "test": {"token": Limit(30, None), "read": Limit(100, 25), "cacheable": Limit(500, 125), "write": Limit(100, 25)},
    "live": {"token": Limit(30, None), "read": Limit(200, 50), "cacheable": Limit(1000, 250), "write": Limit(200, 50)},
}


class Window:
    """The moments of the requests of the last seconds, at most as many as are allowed."""

    def __init__(self, limit: int, interval: int) -> None:
        self._limit = limit
        self._interval = interval
        self._moments: deque[float] = deque(maxlen=limit)

    def left(self, now: float) -> int:
        """Return how many requests are left."""
        moments = self._moments
        while moments and moments[0] <= now - self._interval:
            moments.popleft()
        return self._limit - len(moments)

    def add(self, now: float) -> None:
        """Count a request."""
        self._moments.append(now)


class RateLimits:
    """The windows of all clients."""

    def __init__(self, mode: str, policy: Policy) -> None:
        self._limits = LIMITS[mode]
        self._policy = policy
        self._clients: OrderedDict[str, dict[tuple[Class, str | None], Window]] = OrderedDict()

    def count(self, address: str, kind: Class, endpoint: str, now: float) -> tuple[bool, list[tuple[str, str]]]:
        """Count a request; return whether it may go on, and the headers of its answer."""
        if self._policy == "off":
            return True, []
        windows = self._clients.setdefault(address, {})
        self._clients.move_to_end(address)
        if len(self._clients) > REMEMBERED:
            self._clients.popitem(last=False)
        limit = self._limits[kind]
        average = _window(windows, (kind, None), limit.average, AVERAGE_INTERVAL)
        asked = [average]
        if limit.burst is not None and self._policy == "enforce":
            asked.append(_window(windows, (kind, endpoint), limit.burst, BURST_INTERVAL))
        allowed = self._policy != "enforce" or min([window.left(now) for window in asked]) > 0
        if allowed:
            average.left(now)
            for window in asked:
                window.add(now)
        return allowed, _headers(limit, average.left(now))

    def exceeded(self, kind: Class) -> list[tuple[str, str]]:
        """Return the headers of a 429 that was asked for: official clients read them on every one."""
        return _headers(self._limits[kind], 0)


def _headers(limit: Limit, left: int) -> list[tuple[str, str]]:
    return [
        ("X-Ratelimit-Limit", str(limit.average)),
        ("X-Ratelimit-Interval", str(AVERAGE_INTERVAL)),
        ("X-Ratelimit-Remaining", str(left)),
    ]


def _window(
    windows: dict[tuple[Class, str | None], Window], key: tuple[Class, str | None], limit: int, interval: int
) -> Window:
    window = windows.get(key)
    if window is None:
        window = windows[key] = Window(limit, interval)
    return window
