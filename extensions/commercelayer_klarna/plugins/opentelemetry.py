"""The plugin ``opentelemetry``: traces and metrics of what the client does. It needs the extra ``opentelemetry``.

    payments = KlarnaPayments(..., plugins=[OpenTelemetry()])

Each operation is a span, with one span below it for each request that is sent, also for tokens and read-backs, so that
the spans of a create whose answer was lost hang together. The context is passed on in headers. Names and attributes are
those of the semantic conventions for HTTP; retries are events. No token, body, query or message is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from opentelemetry import context as contexts
from opentelemetry import metrics, propagate, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from commercelayer_klarna.plugins import (
    AttemptEnded,
    AttemptStarted,
    Context,
    Event,
    Flow,
    GaveUp,
    Layer,
    Observer,
    Operation,
    OperationEnded,
    OperationFlow,
    OperationLayer,
    Plugin,
    Purpose,
    Request,
    RetryScheduled,
    Stage,
    proceed,
    send,
)

__all__ = ["OpenTelemetry"]

_NAME = "commercelayer_klarna"
_SPAN = "opentelemetry.span"


class OpenTelemetry(Plugin):
    """Trace and measure.

    Args:
        tracer_provider: Where spans go; by default where OpenTelemetry is set up to send them.
        meter_provider: Where durations go; by default likewise.
    """

    name = "opentelemetry"

    def __init__(
        self, tracer_provider: trace.TracerProvider | None = None, meter_provider: metrics.MeterProvider | None = None
    ) -> None:
        self._tracer = trace.get_tracer(_NAME, tracer_provider=tracer_provider)
        meter = metrics.get_meter(_NAME, meter_provider=meter_provider)
        self._requests = meter.create_histogram(
            "http.client.request.duration", unit="s", description="Duration of HTTP client requests."
        )
        self._operations = meter.create_histogram(
            "commercelayer.client.operation.duration", unit="s", description="Duration of operations with all requests."
        )

    def layers(self, ctx: Context) -> Iterable[Layer | OperationLayer]:
        """Return the layers: around operations, outermost, and around each request, innermost."""
        return [
            OperationLayer("opentelemetry-operation", self._operation, order=-1_000),
            Layer("opentelemetry", Stage.WIRE, self._request, order=1_000),
        ]

    def observers(self, ctx: Context) -> Iterable[Observer]:
        """Return the observer of retries and durations, and of requests for tokens, which pass no layer."""
        return [_Observer(self._told)]

    def _operation(self, operation: Operation) -> OperationFlow:
        span = self._tracer.start_span(operation.name, attributes={"commercelayer.operation": operation.name})
        token = contexts.attach(trace.set_span_in_context(span))
        try:
            yield from proceed()
        except BaseException as error:
            _failed(span, type(error).__qualname__)
            raise
        finally:
            contexts.detach(token)
            span.end()

    def _request(self, request: Request) -> Flow:
        address = {"url.full": request.url.partition("?")[0]}
        span = self._start(request.method, request.host, address, request.call.attempts, request.call.operation)
        propagate.inject(request.headers, context=trace.set_span_in_context(span))
        try:
            response = yield from send(request)
            _answered(span, response.status_code)
        except BaseException as error:
            _failed(span, type(error).__qualname__)
            raise
        finally:
            span.end()
        return response

    def _start(self, method: str, host: str, address: dict[str, str], sent: int, operation: str) -> Span:
        """Begin the span of a request, after ``sent`` others of its call."""
        attributes: dict[str, str | int] = {
            "http.request.method": method,
            "commercelayer.operation": operation,
            **address,
            **_server(host),
        }
        if sent:
            attributes["http.request.resend_count"] = sent
        return self._tracer.start_span(method, kind=SpanKind.CLIENT, attributes=attributes)

    def _told(self, event: Event) -> None:
        match event:
            case RetryScheduled():
                trace.get_current_span().add_event(
                    "retry",
                    {"retry.number": event.number, "retry.delay": event.delay, "retry.reason": event.reason},
                )
            case GaveUp():
                trace.get_current_span().add_event("gave up", {"retry.reason": event.reason})
            case AttemptStarted() if event.call.purpose is Purpose.TOKEN:
                address = {"url.path": event.path}
                span = self._start(event.method, event.host, address, event.number - 1, event.operation)
                event.call.state[_SPAN] = span
            case AttemptEnded():
                if isinstance(span := event.call.state.pop(_SPAN, None), Span):
                    _ended(span, event)
                self._requests.record(event.elapsed, _facts_of(event))
            case OperationEnded():
                error = {} if event.error is None else {"error.type": type(event.error).__qualname__}
                self._operations.record(event.elapsed, {"commercelayer.operation": event.operation, **error})
            case _:
                pass


class _Observer:
    """Tells of the events that are of use here, so that others are not even made."""

    events = frozenset({AttemptEnded, AttemptStarted, GaveUp, OperationEnded, RetryScheduled})

    def __init__(self, told: Callable[[Event], None]) -> None:
        self._told = told

    def __call__(self, event: Event) -> None:
        self._told(event)


def _server(host: str) -> dict[str, str | int]:
    name, _, port = host.rpartition(":")
    return {"server.address": name, "server.port": int(port)} if name and port.isdigit() else {"server.address": host}


def _facts_of(event: AttemptEnded) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"http.request.method": event.method, **_server(event.host)}
    if event.status_code is not None:
        facts["http.response.status_code"] = event.status_code
    if event.error is not None:
        facts["error.type"] = type(event.error).__qualname__
    elif event.status_code is not None and event.status_code >= 400:
        facts["error.type"] = str(event.status_code)
    return facts


def _ended(span: Span, event: AttemptEnded) -> None:
    if event.error is not None:
        _failed(span, type(event.error).__qualname__)
    elif event.status_code is not None:
        _answered(span, event.status_code)
    span.end()


def _answered(span: Span, status_code: int) -> None:
    span.set_attribute("http.response.status_code", status_code)
    if status_code >= 400:
        _failed(span, str(status_code))


def _failed(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
