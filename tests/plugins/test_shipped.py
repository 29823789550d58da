"""The plugins that come with the package: tracing, audit, dry run. The journal has a file of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import commercelayer_klarna
from commercelayer_klarna import AmbiguousWriteError, NotFoundError, RateLimitError, RetryPolicy
from commercelayer_klarna.plugins import Flow, Request, send
from commercelayer_klarna.plugins.audit import Audit
from commercelayer_klarna.plugins.dry_run import DryRun, WriteRefusedError
from commercelayer_klarna.plugins.journal import Journal
from commercelayer_klarna.plugins.opentelemetry import OpenTelemetry
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.testing import check_plugin
from support.kind import Kind
from support.plugins import layer
from support.server import Server
from support.virtual_time import FakeTime

PLUGINS = Path(commercelayer_klarna.__file__).parent / "plugins"
EMPTY = {"data": [], "meta": {"record_count": 0, "page_count": 0}}


@pytest.mark.parametrize("name", ["audit", "dry_run", "journal", "opentelemetry"])
def test_a_shipped_plugin_stands_on_the_public_api_alone(name: str) -> None:
    source = (PLUGINS / f"{name}.py").read_text()
    used = set(re.findall(r"from (commercelayer_klarna[\w.]*) import", source))
    assert used <= {"commercelayer_klarna", "commercelayer_klarna.plugins"}
    assert "type: ignore" not in source
    assert len(source.splitlines()) < 260


def test_shipped_plugins_keep_the_contract(tmp_path: Path) -> None:
    assert check_plugin(Audit(tmp_path / "audit.jsonl")).name == "audit"
    assert check_plugin(OpenTelemetry()).name == "opentelemetry"
    assert check_plugin(DryRun(), pays=False).name == "dry_run"


# ---- OpenTelemetry -------------------------------------------------------------------------------------------------


class Telemetry:
    def __init__(self) -> None:
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = provider.get_tracer("tests")
        meters = MeterProvider([self.reader], shutdown_on_exit=False)
        self.plugin = OpenTelemetry(provider, meters)

    @property
    def spans(self) -> list[Any]:
        return sorted(self.exporter.get_finished_spans(), key=lambda span: span.start_time)

    def tree(self) -> dict[str, list[str]]:
        """The names of spans below each root."""
        spans = {span.context.span_id: span for span in self.spans}
        tree: dict[str, list[str]] = {}
        for span in self.spans:
            if span.parent is None:
                tree.setdefault(span.name, [])
            else:
                facts = span.attributes
                tree[spans[span.parent.span_id].name].append(f"{span.name} {facts['commercelayer.operation']}")
        return tree

    def metrics(self) -> dict[str, list[dict[str, Any]]]:
        data: Any = self.reader.get_metrics_data()
        found = [metric for each in data.resource_metrics for scope in each.scope_metrics for metric in scope.metrics]
        return {metric.name: [dict(point.attributes) for point in metric.data.data_points] for metric in found}


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


def test_the_spans_of_a_lost_create_hang_together(kind: Kind, telemetry: Telemetry) -> None:
    time = FakeTime()
    sandbox = Sandbox(clock=time.timing.now)
    payments = kind.on(sandbox, plugins=[telemetry.plugin], timing=time.timing)
    sandbox.fail_next(kind="drop", method="POST", path="/api/klarna_payments", when="after")
    payments.create(order=sandbox.order_ids[0], reference="r")
    (root,) = telemetry.tree().items()
    assert root[0] == "klarna_payments.create"
    assert list(dict.fromkeys(root[1])) == [
        "POST token",
        "POST klarna_payments.create",
        "GET klarna_payments.create.read_back",
        "GET klarna_payments.retrieve",
    ]
    by_name = {span.name: span for span in telemetry.spans}
    assert by_name["klarna_payments.create"].status.status_code.name == "UNSET"
    create = next(s for s in telemetry.spans if s.attributes.get("commercelayer.operation") == root[0] and s.parent)
    assert create.attributes["error.type"] == "APIConnectionError"
    assert create.status.status_code.name == "ERROR"


def test_attempts_are_spans_with_the_names_of_the_conventions(kind: Kind, server: Server, telemetry: Telemetry) -> None:
    server.answer(503)
    server.answer(200, EMPTY)
    payments = kind.at(server, plugins=[telemetry.plugin])
    with telemetry.tracer.start_as_current_span("outer"):
        payments.count(filters={"reference_eq": "planted"})
    first, second = [span for span in telemetry.spans if span.name == "GET"]
    host, port = server.url.split("/")[2].split(":")
    shared = {"http.request.method": "GET", "server.address": host, "server.port": int(port)}
    assert shared.items() <= first.attributes.items()
    assert first.attributes["url.full"] == f"{server.url}/klarna_payments"
    assert first.attributes["http.response.status_code"] == 503
    assert first.attributes["error.type"] == "503"
    assert "http.request.resend_count" not in first.attributes
    assert second.attributes["http.request.resend_count"] == 1
    assert first.kind.name == "CLIENT"
    # The context is that of the attempt, in the trace of the caller.
    for span, request in zip((first, second), server.requests, strict=True):
        assert request.headers["traceparent"].split("-")[1:3] == [
            f"{span.context.trace_id:032x}",
            f"{span.context.span_id:016x}",
        ]
    (operation,) = [span for span in telemetry.spans if span.name == "klarna_payments.list"]
    traces = {span.context.trace_id for span in telemetry.spans if span.name != "outer"}
    assert traces == {operation.context.trace_id}
    assert (operation.parent is not None) == (kind.name == "sync")  # the runner of the tests has a context of its own
    assert [(event.name, event.attributes["retry.reason"]) for event in operation.events] == [("retry", "503")]
    assert "planted" not in "".join(span.to_json() for span in telemetry.spans)
    assert "token-of-the-tests" not in "".join(span.to_json() for span in telemetry.spans)


def test_durations_are_measured(kind: Kind, server: Server, telemetry: Telemetry) -> None:
    server.answer(200, EMPTY)
    server.answer(404)
    payments = kind.at(server, plugins=[telemetry.plugin])
    payments.count()
    with pytest.raises(NotFoundError):
        payments.retrieve("x")
    metrics = telemetry.metrics()
    statuses = [each["http.response.status_code"] for each in metrics["http.client.request.duration"]]
    assert sorted(statuses) == [200, 404]
    assert {"commercelayer.operation": "klarna_payments.retrieve", "error.type": "NotFoundError"} in metrics[
        "commercelayer.client.operation.duration"
    ]


def test_each_task_has_the_span_of_its_own(sandbox: Sandbox, telemetry: Telemetry) -> None:
    async def main() -> None:
        async with sandbox.async_client(plugins=[telemetry.plugin]) as payments:
            await asyncio.gather(*(payments.count() for _ in range(5)))

    asyncio.run(main())
    roots = [span.context.span_id for span in telemetry.spans if span.name == "klarna_payments.list"]
    parents = [span.parent.span_id for span in telemetry.spans if span.name == "GET"]
    assert sorted(parents) == sorted(roots)
    assert len(set(roots)) == 5


# ---- Audit and dry run ---------------------------------------------------------------------------------------------


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.posix
def test_a_change_is_on_the_disk_before_it_leaves(
    kind: Kind, server: Server, payment_json: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "audit.jsonl"
    order: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda file: order.append(f"synced {len(server.requests)}"))
    server.answer(200, {"data": payment_json})
    payments = kind.at(server, plugins=[Audit(path)]).with_options(tags={"actor": "jane"})
    payments.update("x", auth_token="planted-auth-token", reference="r")
    assert order == ["synced 0", "synced 1"]
    write, outcome = lines(path)
    assert write["tags"] == {"actor": "jane"}
    assert (write["method"], write["path"]) == ("PATCH", "/api/klarna_payments/x")
    assert write["body"]["data"]["attributes"] == {"reference": "r"}
    assert outcome["operation"] == write["operation"]
    assert outcome["outcome"] == "done"
    assert outcome["result"] == f"klarna_payments/{payment_json['id']}"
    assert "planted" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    payments.retrieve("x")
    assert len(lines(path)) == 2


def test_the_audit_learns_what_became_of_a_lost_create(kind: Kind, tmp_path: Path) -> None:
    path, time = tmp_path / "audit.jsonl", FakeTime()
    sandbox = Sandbox(clock=time.timing.now)
    payments = kind.on(sandbox, plugins=[Audit(path)], timing=time.timing)
    sandbox.fail_next(kind="drop", method="POST", path="/api/klarna_payments", when="after")
    payment = payments.create(order=sandbox.order_ids[0])
    write, outcome = lines(path)
    assert write["organization"] == "sandbox"
    assert (outcome["outcome"], outcome["result"]) == ("done", f"klarna_payments/{payment.id}")
    payments.delete(payment.id)
    with pytest.raises(NotFoundError):
        payments.delete(payment.id)
    assert [each["outcome"] for each in lines(path) if each["event"] == "outcome"] == ["done", "done", "NotFoundError"]


def test_no_change_leaves_that_is_written_down_in_part(
    kind: Kind, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is almost full takes a part of the line, and says so by its length alone."""
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:10]))
    with pytest.raises(OSError, match=r"audit\.jsonl"):
        kind.at(server, plugins=[Audit(tmp_path / "audit.jsonl")]).delete("x")
    assert server.requests == []


def test_no_change_leaves_that_cannot_be_written_down(kind: Kind, server: Server, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        kind.at(server, plugins=[Audit(tmp_path / "none" / "audit.jsonl")]).delete("x")
    assert "plugin 'audit'" in "".join(caught.value.__notes__)
    assert server.requests == []


def test_an_outcome_that_cannot_be_written_down_hides_nothing(kind: Kind, sandbox: Sandbox, tmp_path: Path) -> None:
    audit = Audit(tmp_path / "audit.jsonl")
    payments = kind.on(sandbox, plugins=[audit])
    append, calls = audit._append, []

    def once(text: str) -> None:
        calls.append(text)
        if len(calls) > 1:
            raise OSError("disk full")
        append(text)

    audit._append = once  # type: ignore[method-assign]
    with pytest.raises(AmbiguousWriteError, match="plugin 'audit'") as caught:
        payments.create(order=sandbox.order_ids[0])
    assert caught.value.candidates == (kind.on(sandbox).list().one().id,)


def test_a_dry_run_sends_no_write(kind: Kind, sandbox: Sandbox) -> None:
    payment = kind.on(sandbox).create(order=sandbox.order_ids[0])
    sent = len(sandbox.requests)
    payments = kind.on(sandbox, plugins=[DryRun()], retry=RetryPolicy())
    for write in (
        lambda: payments.create(order=sandbox.order_ids[1]),
        lambda: payments.update(payment.id, reference="x"),
        lambda: payments.merge_metadata(payment.id, {"a": 1}),
        lambda: payments.refresh_session(payment.id),
        lambda: payments.delete(payment.id),
        lambda: payments.request("DELETE", f"klarna_payments/{payment.id}"),
    ):
        with pytest.raises(WriteRefusedError, match="was not sent: this is a dry run"):
            write()
    assert payments.retrieve(payment.id).reference is None
    methods = {each.method for each in sandbox.requests[sent:] if each.path != "/oauth/token"}
    assert methods == {"GET"}


def test_the_journal_and_the_audit_go_together(kind: Kind, sandbox: Sandbox, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    payments = kind.on(sandbox, plugins=[journal, Audit(tmp_path / "audit.jsonl"), Telemetry().plugin])
    payment = payments.create(order=sandbox.order_ids[0], reference="r")
    (entry,) = journal.entries()
    assert entry.payment == payment.id


def test_giving_up_is_told_on_the_span_and_in_the_log(
    kind: Kind, server: Server, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer(429, {"errors": []}, headers={"Retry-After": "7200"})
    with pytest.raises(RateLimitError):
        kind.at(server, plugins=[telemetry.plugin]).count()
    events = [event for span in telemetry.spans for event in span.events if event.name == "gave up"]
    (reason,) = [event.attributes["retry.reason"] for event in events]
    assert f"GET /api/klarna_payments: gave up: {reason}" in caplog.text


def test_the_audit_says_how_long_a_body_is_that_is_no_json(kind: Kind, server: Server, tmp_path: Path) -> None:
    def flow(request: Request) -> Flow:
        return (yield from send(request.with_(content=b"PAR1")))

    server.answer(200, EMPTY)
    path = tmp_path / "audit.jsonl"
    kind.at(server, plugins=[layer(flow), Audit(path)]).request("POST", "orders", json={"data": {}})
    assert lines(path)[0]["body"] == "4 bytes"
