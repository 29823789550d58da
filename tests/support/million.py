"""A simulated API with any number of payments, which counts the requests of each address exactly."""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from multiprocessing.managers import BaseManager
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Goodput", "Million", "served"]

YEAR = 365 * 86_400_000
BEGAN = 1_767_225_600_000  # 2026-01-01, in milliseconds


class Goodput(NamedTuple):
    """How many records came in a second, and how long the beginning and the end took.

    Attributes:
        answered: How many requests had each status.
        seconds: From the first request to the last.
        whole: Records a second in that time.
        steady: Records a second while all addresses sent, after they had spent their bursts.
        start: Seconds until then.
        tail: Seconds at the end, in which an address had nothing more to do.
        silence: The longest time between, in which an address sent nothing. Its share is lost beyond that of a burst.
    """

    answered: dict[int, int]
    seconds: float
    whole: float
    steady: float
    start: float
    tail: float
    silence: float


class _Answered(NamedTuple):
    """A request, and its answer."""

    at: float
    status: int
    records: int


class Million:
    """Payments of a year, more and more of them; listed by id and by when they were created.

    Args:
        count: How many there are.
        per_minute: How many requests of an address it answers in a minute; a quarter of that in ten seconds.
        clock: The time, in seconds.
    """

    def __init__(self, count: int, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.moments = [BEGAN + int(YEAR * (number / count) ** 0.5) for number in range(count)]
        self._came: dict[str, list[_Answered]] = {}
        self._clock, self._lock = clock, threading.Lock()
        self._windows = {60: per_minute, 10: per_minute // 4}
        self._recent: dict[tuple[str, int], deque[float]] = {}

    def answer(self, address: str, target: str) -> tuple[int, dict[str, str], bytes]:
        """Count a request of an address; return the status, the headers and the body."""
        with self._lock:
            now, is_free = self._clock(), True
            for seconds, most in self._windows.items():
                recent = self._recent.setdefault((address, seconds), deque())
                while recent and recent[0] <= now - seconds:
                    recent.popleft()
                is_free = is_free and len(recent) < most
                recent.append(now)
            status, left = 200 if is_free else 429, max(0, self._windows[60] - len(self._recent[address, 60]))
            document = self._page(dict(parse_qsl(urlsplit(target).query))) if is_free else {"data": []}
            came = self._came.setdefault(address, [])
            came.append(_Answered(now, status, len(document["data"])))
        limits = {"Limit": self._windows[60], "Interval": 60, "Remaining": left}
        headers = {f"X-Ratelimit-{name}": str(number) for name, number in limits.items()}
        return status, {"Content-Type": "application/vnd.api+json", **headers}, json.dumps(document).encode()

    def _page(self, asked: dict[str, str]) -> Any:
        first = bisect_left(self.moments, _moment(asked.get("filter[q][created_at_gteq]"), 0))
        end = bisect_left(self.moments, _moment(asked.get("filter[q][created_at_lt]"), 1 << 60))
        if "filter[q][id_gt]" in asked:
            first = max(first, int(asked["filter[q][id_gt]"][1:]) + 1)
        size, count = int(asked.get("page[size]", "10")), max(0, end - first)
        numbers = range(first, first + min(size, count))
        if asked.get("sort") == "-created_at":
            numbers = range(end - 1, end - 1 - min(size, count), -1)
        meta = {"record_count": count, "page_count": -(-count // size)}
        return {"data": [self._resource(each) for each in numbers], "meta": meta}

    def _resource(self, number: int) -> Any:
        created_at = datetime.fromtimestamp(self.moments[number] / 1000, UTC).isoformat(timespec="milliseconds")
        attributes = {"created_at": created_at.replace("+00:00", "Z"), "reference": f"cart-{number}"}
        return {"type": "klarna_payments", "id": f"p{number:07}", "attributes": attributes}

    def forget(self) -> int:
        """Forget all requests, and return how many there were."""
        count = sum(map(len, self._came.values()))
        self._came.clear()
        return count

    def goodput(self, settling: float = 10.0) -> Goodput:
        """Return how many records came in a second.

        Args:
            settling: Seconds in which an address spends its burst.
        """
        came = list(self._came.values())
        all_of_them = [each for requests in came for each in requests]
        first, last = (choose(each.at for each in all_of_them) for choose in (min, max))
        begin, end = max(each[0].at for each in came) + settling, min(each[-1].at for each in came)
        steady = sum(each.records for each in all_of_them if begin <= each.at < end)
        return Goodput(
            answered=dict(Counter(each.status for each in all_of_them)),
            seconds=last - first,
            whole=sum(each.records for each in all_of_them) / (last - first),
            steady=steady / (end - begin),
            start=begin - first,
            tail=last - end,
            silence=max(
                after.at - before.at
                for requests in came
                for before, after in pairwise(requests)
                if begin <= before.at < end
            ),
        )

    def serve(self) -> str:
        """Answer on this machine from now on, and return the URL. Who asks is known by the address it comes from."""
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                status, headers, body = api.answer(self.client_address[0], self.path)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/api"


class _OwnProcess(BaseManager):
    """A process of its own: threads of the one that measures would delay its answers."""


_OwnProcess.register("million", Million)


@contextmanager
def served(count: int, per_minute: int) -> Iterator[Any]:
    """Make one in a process of its own, where ``serve`` answers until the end."""
    with _OwnProcess(ctx=multiprocessing.get_context("spawn")) as process:
        yield process.million(count, per_minute)  # type: ignore[attr-defined]


def _moment(text: str | None, otherwise: int) -> int:
    return otherwise if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)
