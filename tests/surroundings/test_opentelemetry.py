"""OpenTelemetry sees the calls through its instrumentation of httpx."""

from __future__ import annotations

import asyncio

from helper import async_client, client
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

NAME, PACKAGES = "OpenTelemetry", ["opentelemetry-instrumentation-httpx"]

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
HTTPXClientInstrumentor().instrument(tracer_provider=provider)


def spans() -> int:
    """Return how many spans there were, and forget them."""
    finished = exporter.get_finished_spans()
    exporter.clear()
    assert all(span.attributes["http.method"] in ("GET", "POST") for span in finished)
    return len(finished)


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
