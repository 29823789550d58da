"""Fails fast after some failures in a row, instead of letting every call wait for a service that is down."""

from commercelayer_klarna import APIConnectionError
from commercelayer_klarna.plugins import Context, Flow, Layer, Plugin, Request, Stage, hookimpl, send


class CircuitBreaker(Plugin):
    name = "circuit-breaker"

    def __init__(self, threshold: int = 5, cooldown: float = 30.0) -> None:
        self.threshold, self.cooldown = threshold, cooldown
        self.failures, self.open_until = 0, 0.0

    @hookimpl
    def layers(self, ctx: Context) -> list[Layer]:
        def flow(request: Request) -> Flow:
            if ctx.timing.monotonic() < self.open_until:
                # `permanent` keeps the retry plugin from trying again; `sent` tells that nothing left this machine.
                raise APIConnectionError("the circuit is open", sent=False, permanent=True)
            try:
                response = yield from send(request)
            except APIConnectionError:
                self.count(failed=True, now=ctx.timing.monotonic())
                raise
            self.count(failed=response.status_code >= 500, now=ctx.timing.monotonic())
            return response

        return [Layer("circuit-breaker", Stage.LIMIT, flow)]

    def count(self, *, failed: bool, now: float) -> None:
        self.failures = self.failures + 1 if failed else 0
        if self.failures >= self.threshold:
            self.failures, self.open_until = 0, now + self.cooldown
