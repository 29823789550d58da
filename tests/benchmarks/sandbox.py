"""What the sandbox takes: to start, in process and served, to answer over loopback, and of memory in a long life.

Run it: ``.venv/bin/python tests/benchmarks/sandbox.py``. It prints and checks nothing.
"""

from __future__ import annotations

import gc
import http.client
import json
import statistics
import subprocess
import sys
import time
import tracemalloc
from urllib.parse import urlsplit

STARTS, RETRIEVES, LONG = 9, 3_000, 100_000
ASK = {"grant_type": "client_credentials"}
TARGET = "/api/klarna_payments"


def in_process() -> float:
    """Seconds to the first answer; the import is not counted."""
    from commercelayer_klarna.sandbox import Sandbox

    began = time.perf_counter()
    answer = Sandbox().handle("GET", "/.well-known/jwks.json", {}, b"")
    assert answer.status == 200
    return time.perf_counter() - began


def served() -> tuple[float, float]:
    """Seconds from the command to the first answer, and retrieves a second over one connection."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "commercelayer_klarna.sandbox", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        connection = http.client.HTTPConnection(urlsplit(facts["url"]).netloc)
        asked = {**ASK, "client_id": facts["client_id"], "client_secret": facts["client_secret"]}
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/oauth/token", json.dumps(asked), headers)
        token = json.loads(connection.getresponse().read())["access_token"]
        took = time.perf_counter() - began
        media = "application/vnd.api+json"
        headers = {"Authorization": f"Bearer {token}", "Accept": media, "Content-Type": media}
        order = {"data": {"type": "orders", "id": facts["order_ids"][0]}}
        body = {"data": {"type": "klarna_payments", "relationships": {"order": order}}}
        connection.request("POST", TARGET, json.dumps(body), headers)
        path = f"{TARGET}/{json.loads(connection.getresponse().read())['data']['id']}"
        began = time.perf_counter()
        for _ in range(RETRIEVES):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
            assert response.status == 200
        rate = RETRIEVES / (time.perf_counter() - began)
        connection.close()
        process.terminate()
    return took, rate


def growth() -> tuple[int, int]:
    """Bytes held after a tenth of a long life, and how many more after all of it."""
    from commercelayer_klarna.sandbox import Sandbox

    sandbox = Sandbox()
    asked = {**ASK, "client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    answer = sandbox.handle("POST", "/oauth/token", {"Content-Type": "application/json"}, json.dumps(asked).encode())
    media = "application/vnd.api+json"
    token = json.loads(answer.body)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": media, "Content-Type": media}
    order = {"data": {"type": "orders", "id": sandbox.order_ids[0]}}
    body = json.dumps({"data": {"type": "klarna_payments", "relationships": {"order": order}}}).encode()

    def some(requests: int) -> int:
        for _ in range(requests // 4):
            made = sandbox.handle("POST", TARGET, headers, body)
            path = f"{TARGET}/{json.loads(made.body)['data']['id']}"
            sandbox.handle("GET", f"{path}?include=order", headers, b"")
            sandbox.handle("DELETE", path, headers, b"")
            sandbox.handle("GET", path, headers, b"")
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    held = some(LONG // 2)
    grown = some(LONG // 2) - held
    tracemalloc.stop()
    return held, grown


if __name__ == "__main__":
    firsts = [in_process() for _ in range(STARTS)]
    print(f"first answer in process: median {statistics.median(firsts) * 1e3:.2f} ms, worst {max(firsts) * 1e3:.2f} ms")
    starts, rates = zip(*(served() for _ in range(STARTS)), strict=True)
    print(f"first answer served: median {statistics.median(starts) * 1e3:.0f} ms, worst {max(starts) * 1e3:.0f} ms")
    print(f"retrieves over loopback: median {statistics.median(rates):.0f} a second, fewest {min(rates):.0f}")
    held, grown = growth()
    print(f"memory: {held / 1e6:.2f} MB after {LONG // 2:,} requests, {grown / 1e3:+.1f} kB after {LONG:,}")
