"""Datadog's ddtrace sees the calls through its patch of httpx."""

from __future__ import annotations

import asyncio

from ddtrace import patch
from ddtrace.trace import TraceFilter, tracer
from helper import async_client, client

NAME, PACKAGES = "Datadog", ["ddtrace"]


class Collecting(TraceFilter):
    """Keeps the spans, and sends nothing to an agent."""

    def __init__(self):
        self.spans = []

    def process_trace(self, trace):
        self.spans += [span for span in trace if span.name == "http.request"]


collecting = Collecting()
tracer.configure(trace_processors=[collecting])
patch(httpx=True)


def spans() -> int:
    """Return how many spans there were, and forget them."""
    found, collecting.spans = collecting.spans, []
    return len(found)


def test_the_sync_client():
    """One span for the token and one for each call of the sync client."""
    with client() as payments:
        payments.count()
        assert spans() == 2
        payments.count()
        assert spans() == 1


def test_the_async_client():
    """One span for the token and one for each call of the async client."""

    async def calls() -> None:
        async with async_client() as payments:
            await payments.count()
            assert spans() == 2
            await payments.count()
            assert spans() == 1

    asyncio.run(calls())
