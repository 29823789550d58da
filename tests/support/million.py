"""A simulated API with any number of payments, which counts the requests of each address exactly."""

from __future__ import annotations

import json
import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Goodput", "Million", "served"]

YEAR = 365 * 86_400_000
BEGAN = 1_767_225_600_000  # 2026-01-01, in milliseconds


class Goodput(NamedTuple):
    """How many requests came in a minute, and how long the beginning and the end took.

    Attributes:
        whole: From the first request to the last.
        steady: While all addresses sent, after they had spent their bursts.
        start: Seconds until then.
        tail: Seconds at the end, in which an address had nothing more to do.
        silence: The longest time between, in which an address sent nothing. Its share is lost beyond that of a burst.
    """

    whole: float
    steady: float
    start: float
    tail: float
    silence: float


class Million:
    """Payments of a year, more and more of them; listed by id and by when they were created.

    Args:
        count: How many there are.
        per_minute: How many requests of an address it answers in a minute; a quarter of that in ten seconds.
        clock: The time, in seconds.

    Attributes:
        came: When requests came, by address.
        answered: How many requests had each status.
    """

    def __init__(self, count: int, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.moments = [BEGAN + int(YEAR * (number / count) ** 0.5) for number in range(count)]
        self.came: dict[str, list[float]] = {}
        self.answered = Counter[int]()
        self._clock, self._lock = clock, threading.Lock()
        self._windows = {60: per_minute, 10: per_minute // 4}
        self._recent: dict[tuple[str, int], deque[float]] = {}

    def answer(self, address: str, target: str) -> tuple[int, bytes]:
        """Count a request of an address; return the status and the body."""
        with self._lock:
            now, is_free = self._clock(), True
            self.came.setdefault(address, []).append(now)
            for seconds, most in self._windows.items():
                recent = self._recent.setdefault((address, seconds), deque())
                while recent and recent[0] <= now - seconds:
                    recent.popleft()
                is_free = is_free and len(recent) < most
                recent.append(now)
            self.answered[200 if is_free else 429] += 1
        document = self._page(dict(parse_qsl(urlsplit(target).query))) if is_free else {"errors": []}
        return 200 if is_free else 429, json.dumps(document).encode()

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

    def goodput(self, settling: float = 10.0) -> Goodput:
        """Return how many requests came in a minute, and forget them.

        Args:
            settling: Seconds in which an address spends its burst.
        """
        came, all_of_them = list(self.came.values()), sorted(each for times in self.came.values() for each in times)
        first, last = all_of_them[0], all_of_them[-1]
        begin, end = max(times[0] for times in came) + settling, min(times[-1] for times in came)
        steady = bisect_left(all_of_them, end) - bisect_left(all_of_them, begin)
        self.came.clear()
        whole = len(all_of_them) / (last - first) * 60
        gaps = (after - before for times in came for before, after in pairwise(times) if begin <= before < end)
        return Goodput(whole, steady / (end - begin) * 60, begin - first, last - end, max(gaps))


@contextmanager
def served(api: Million) -> Iterator[str]:
    """Serve it on this machine, and give its URL. Who asks is known by the address that the request comes from."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            status, body = api.answer(self.client_address[0], self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.api+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()


def _moment(text: str | None, otherwise: int) -> int:
    return otherwise if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)
