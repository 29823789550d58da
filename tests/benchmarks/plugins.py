"""What thirty plugins cost, each with a layer, an interceptor, an observer, a transform, a classifier and a mapper.

Run it: ``.venv/bin/python tests/benchmarks/plugins.py``. It makes calls without network, in both clients, with no
plugin and with thirty, in turns, and prints the CPU time of a call and the ratio, which is to be at most 1.3. It checks
nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import httpx

from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, KlarnaPayments
from commercelayer_klarna.plugins import Flow, Interceptor, Layer, Plugin, Request, Response, Stage, send

COUNT, CALLS, ROUNDS, REACH = 30, 15, 200, 1.3
IDS = (f"x{number}" for number in itertools.count())
BODY = json.dumps({"data": {"type": "klarna_payments", "id": "x", "attributes": {"reference": "r"}}}).encode()


class Answers(httpx.BaseTransport, httpx.AsyncBaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=BODY, headers={"Content-Type": "application/vnd.api+json"})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


class Passes(Interceptor):
    def on_request(self, request: Request) -> Request:
        return request

    def on_response(self, request: Request, response: Response) -> Response:
        return response


class Everything(Plugin):
    def __init__(self, number: int) -> None:
        self.name = f"p{number}"

    def layers(self, ctx: Any) -> Any:
        def flow(request: Request) -> Flow:
            return (yield from send(request))

        return [Layer(self.name, Stage.CALL, flow)]

    def interceptors(self, ctx: Any) -> Any:
        return [Passes()]

    def observers(self, ctx: Any) -> Any:
        return [lambda event: None]

    def document_transforms(self, ctx: Any) -> Any:
        return [lambda document, call: document]

    def retry_classifiers(self, ctx: Any) -> Any:
        return [lambda attempt: None]

    def error_mappers(self, ctx: Any) -> Any:
        return [lambda info: None]


def in_turns(sides: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The least CPU time of a call of each side, in microseconds."""
    best = dict.fromkeys(sides, float("inf"))
    for _ in range(ROUNDS):
        for name, run in sides.items():
            began = time.process_time()
            run()
            best[name] = min(best[name], (time.process_time() - began) / CALLS * 1e6)
    return best


def main() -> None:
    sides: dict[str, dict[str, Callable[[], object]]] = {"sync": {}, "async": {}}
    with asyncio.Runner() as runner:
        for name, count in (("none", 0), ("thirty", COUNT)):
            plugins = [Everything(number) for number in range(count)]
            given: dict[str, Any] = {"auth": AccessToken("token"), "plugins": plugins}
            payments = KlarnaPayments("acme", http_client=httpx.Client(transport=Answers()), **given)
            tasks = AsyncKlarnaPayments("acme", http_client=httpx.AsyncClient(transport=Answers()), **given)

            def calls(payments: KlarnaPayments = payments) -> None:
                for _ in range(CALLS):
                    payments.retrieve(next(IDS))

            async def awaited(payments: AsyncKlarnaPayments = tasks) -> None:
                for _ in range(CALLS):
                    await payments.retrieve(next(IDS))

            sides["sync"][name] = calls
            sides["async"][name] = lambda awaited=awaited: runner.run(awaited())
        for kind, each in sides.items():
            best = in_turns(each)
            ratio = best["thirty"] / best["none"]
            met = "met" if ratio <= REACH else "over"
            print(f"{kind}: {best['none']:.0f} us, with {COUNT} {best['thirty']:.0f} us: {ratio:.2f} ({REACH}: {met})")


if __name__ == "__main__":
    main()
