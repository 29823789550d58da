"""Upstream drift: documents of any origin are read, and what differs is told."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from contract import openapi, upstream
from support.published import ATTRIBUTES, RELATIONSHIPS, TEXT, Schema, changed, published, without_references

ROOT = Path(__file__).parents[1]


def write(folder: Path, document: Schema, as_: str = "json") -> str:
    file = folder / f"published.{as_}"
    file.write_text(json.dumps(document) if as_ == "json" else yaml.safe_dump(document))
    return str(file)


@pytest.fixture
def drift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Compare the contract with a document, and give the exit status and what was printed as JSON."""

    def run(document: Schema, as_: str = "json") -> tuple[int, dict[str, Any]]:
        status = upstream.main([write(tmp_path, document, as_), "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize("as_", ["json", "yaml"])
@pytest.mark.parametrize("shape", [lambda document: document, without_references], ids=["3.0", "3.1 inline"])
def test_all_that_differs_today_is_accepted(drift: Any, shape: Callable[[Schema], Schema], as_: str) -> None:
    status, found = drift(shape(published()), as_)
    assert status == 0
    assert found["differences"] == []
    assert found["stale"] == []
    # Whatever is accepted occurs, so that each entry is tried.
    assert len(found["accepted"]) >= len(upstream.read_accepted(upstream.ACCEPTED))


def test_what_is_inline_has_no_references_left() -> None:
    assert "$ref" not in json.dumps(without_references(published()))
    assert "nullable" not in json.dumps(without_references(published()))


def test_a_second_resource_is_compared_both_ways(tmp_path: Path) -> None:
    ours, theirs = openapi.load(str(upstream.CONTRACT)), openapi.Document(published())

    def differences() -> set[tuple[str, str, str]]:
        scope = upstream.scope_of(ours)
        found = upstream.compare(upstream.facts(ours, scope), upstream.facts(theirs, scope), [], scope)
        return {
            (each.at, each.ours, each.theirs) for each in found.differences if ".attributes.affiliate_code" in each.at
        }

    assert differences() == set()
    del ours.root["components"]["schemas"]["Order"]["x-partial"]
    assert differences() == {("orders.attributes.affiliate_code", "absent", "present")}


def test_an_accepted_difference_that_no_longer_occurs_is_named_and_is_no_failure(drift: Any) -> None:
    pointer = f"{RELATIONSHIPS}/order/properties/data/properties/type"
    status, found = drift(changed(published(), pointer, {"type": "string"}))
    assert status == 0
    assert [each["at"] for each in found["stale"]] == ["klarna_payments.relationships.order.linkage"]


def test_what_is_accepted_is_accepted_with_these_values_alone() -> None:
    accepted = upstream.Accepted("a.*.query.page[size]", "any", "object", "because")
    assert accepted.covers(upstream.Difference("a.b.query.page[size]", "any", "object"))
    assert not accepted.covers(upstream.Difference("a.b.query.page[size]", "any", "string"))
    assert not accepted.covers(upstream.Difference("a.b.query.pages", "any", "object"))


def test_every_accepted_difference_has_a_reason_and_one_place() -> None:
    accepted = upstream.read_accepted(upstream.ACCEPTED)
    assert accepted
    assert all(len(each.reason) > 20 for each in accepted)
    assert len({each.at for each in accepted}) == len(accepted)


def test_a_list_of_accepted_differences_that_cannot_be_read(tmp_path: Path) -> None:
    for text in ("- at: x\n", "- 5\n", "a: [", "- {at: a, ours: b, theirs: c, reason: d, more: e}"):
        (tmp_path / "list.yaml").write_text(text)
        with pytest.raises(openapi.Unreadable, match=r"list\.yaml holds a list"):
            upstream.read_accepted(tmp_path / "list.yaml")


def test_the_report_has_the_words_of_the_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = changed(published(), f"{ATTRIBUTES}/`risk`|@all\n\x1b[31m", TEXT)
    changed(document, f"{RELATIONSHIPS}/order/properties/data/properties/type", {"type": "string"})
    report = tmp_path / "report.md"
    assert upstream.main([write(tmp_path, document), "--report", str(report)]) == 1
    out = capsys.readouterr().out
    # What a stranger named is shown, but cannot speak to the terminal or to Markdown.
    assert "klarna_payments.attributes.?risk???all??[31m: ours absent, theirs present\n" in out
    assert "no longer: klarna_payments.relationships.order.linkage: ours any, theirs order\n" in out
    assert re.search(r"^1 differences, \d+ accepted ones, 1 accepted ones that no longer occur\.$", out, re.MULTILINE)
    text = report.read_text()
    assert "| `klarna_payments.attributes.?risk???all??[31m` | absent | present |\n" in text
    assert "## No longer so" in text
    assert "a string such as 0.22 in recorded answers. |\n" in text


def test_a_report_is_no_longer_than_an_issue(tmp_path: Path) -> None:
    document = published()
    for number in range(300):
        changed(document, f"{ATTRIBUTES}/{'x' * 150}{number}"[: len(ATTRIBUTES) + 80] + str(number), TEXT)
    report = tmp_path / "report.md"
    assert upstream.main([write(tmp_path, document), "--report", str(report)]) == 1
    assert "And 100 more." in report.read_text()
    assert report.read_text().count("| absent | present |") == 200
    assert len(report.read_text()) < 60_000


SCHEMAS = {
    "a loop of references": {"$ref": "#/components/schemas/loop"},
    "a branch that is itself": {"$ref": "#/components/schemas/itself"},
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_references_may_go_in_circles(drift: Any, schema: str) -> None:
    document = published()
    changed(document, "components/schemas/loop", {"$ref": "#/components/schemas/pool"})
    changed(document, "components/schemas/pool", {"$ref": "#/components/schemas/loop"})
    changed(document, "components/schemas/itself", {"anyOf": [{"$ref": "#/components/schemas/itself"}]})
    status, found = drift(changed(document, f"{ATTRIBUTES}/session_id", SCHEMAS[schema]))
    assert status == 1
    assert [each["theirs"] for each in found["differences"]] == ["any"]


def test_yaml_is_read_as_a_loader_reads_it_but_for_numbers_and_dates() -> None:
    for text in (
        "a: {b: [x, 'null', null, ~, true, 'true', false], c: , d: ''}\n? e\n: &f {g: h}\ni: *f\nj: [[], {}, [k]]",
        "base: &base {type: string, nullable: true}\nmore: {<<: *base, type: number}\nlist: {<<: [*base, {x: y}]}",
        "a: |\n  true\nb: >-\n  folded\n  text\n",
        "- a\n- b",
        "text",
        "",
        (ROOT / "spec" / "upstream-differences.yaml").read_text(),
    ):
        assert openapi.from_yaml(text) == yaml.safe_load(text)
    assert openapi.from_yaml("a: 1\nb: 2026-13-45\n200: !!int 5\n? [x]\n: y") == {
        "a": "1", "b": "2026-13-45", "200": "5", "?": "y",
    }  # fmt: skip
    assert openapi.from_yaml("first: 1\n---\nsecond: 2") == {"first": "1"}


def test_an_alias_may_hold_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = published()
    attribute = document["components"]["schemas"]["klarnaPayment"]["properties"]["data"]["properties"]["attributes"]
    attribute["allOf"] = [attribute]
    file = tmp_path / "published.yaml"
    file.write_text(yaml.safe_dump(document))
    assert upstream.main([str(file)]) == 0, capsys.readouterr()


UNREADABLE = {
    "no file": (None, "cannot be read: No such file"),
    "not JSON": ('{"openapi": ', "is not JSON"),
    "too deep": ('{"a":' * 100_000, "is not JSON"),
    "not YAML": ("openapi: [", "is not YAML"),
    "not text": (b"\xff\xfe{", "is not YAML"),
    "an alias of nothing": ("openapi: *nothing", "is not YAML"),
    "a YAML tag": ("openapi: !!python/object/apply:os.getcwd []", "is not an OpenAPI 3 document"),
    "an older version": ('{"swagger": "2.0"}', "is not an OpenAPI 3 document"),
    "not an object": ("- openapi", "is not an OpenAPI 3 document"),
    "no klarna payments": ("openapi: 3.0.0\npaths: {/orders: {get: {responses: {}}}}", "no GET /"),
    "nonsense": ("openapi: 3.1\npaths: [1]", "no GET /"),
}


@pytest.mark.parametrize("why", UNREADABLE)
def test_what_cannot_be_read_is_said_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], why: str
) -> None:
    content, message = UNREADABLE[why]
    file = tmp_path / "published"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert upstream.main([str(file), "--json"]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_a_reference_may_hold_escapes(drift: Any) -> None:
    document = changed(published(), f"{ATTRIBUTES}/session_id", {"$ref": "#/components/schemas/a~1b~0c%20d"})
    assert drift(changed(document, "components/schemas/a~1b~c d", TEXT))[0] == 0


REFERENCES_OUT = {
    "other.json#/attribute": "outside of itself",
    "https://example.com/x.json": "outside of itself",
    "file:///etc/hostname": "outside of itself",
    "#/components/schemas/nowhere": "which it does not hold",
    "#/paths/~1klarna_payments/get/tags/0": "which it does not hold",
    "#/paths/~1klarna_payments/get/tags/x": "which it does not hold",
}


@pytest.mark.parametrize("reference", REFERENCES_OUT)
def test_a_reference_out_of_the_document_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], reference: str
) -> None:
    document = changed(published(), f"{ATTRIBUTES}/session_id", {"$ref": reference})
    assert upstream.main([write(tmp_path, document)]) == 2
    assert f"it refers to {reference!r}, {REFERENCES_OUT[reference]}" in capsys.readouterr().err


def test_the_size_of_a_file_is_bounded(tmp_path: Path) -> None:
    file = tmp_path / "published.json"
    file.write_bytes(b"{" + b" " * 100)
    with pytest.raises(openapi.Unreadable, match="larger than 100 bytes"):
        openapi.load(str(file), limit=100)


@contextlib.contextmanager
def served(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(ConnectionError):
                answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/openapi.json"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answering(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_a_document_is_read_from_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    with served(answering(200, json.dumps(published()).encode())) as url:
        assert upstream.main([url]) == 0, capsys.readouterr()


def test_what_an_address_may_not_do() -> None:
    with pytest.raises(openapi.Unreadable, match="not an https address"):
        openapi.load("http://example.com/openapi.json")
    with pytest.raises(openapi.Unreadable, match="not an https address"):
        openapi.load("file://localhost/etc/hostname")
    with served(answering(404)) as url, pytest.raises(openapi.Unreadable, match="answered 404"):
        openapi.load(url)
    with (
        served(answering(302, location="http://169.254.0.1/")) as url,
        pytest.raises(openapi.Unreadable, match=r"redirects to http://169\.254\.0\.1/, which is not followed"),
    ):
        openapi.load(url)
    with served(answering(200, b"x" * 100_000)) as url, pytest.raises(openapi.Unreadable, match="larger than 1,000"):
        openapi.load(url, limit=1000)
    with pytest.raises(openapi.Unreadable, match="could not be fetched"):
        openapi.load(url)


def test_what_never_ends_is_not_read_to_the_end() -> None:
    sent: list[int] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        answering(200)(handler)
        for number in range(500):
            handler.wfile.write(b"x" * 100_000)
            sent.append(number)

    with served(answer) as url, pytest.raises(openapi.Unreadable, match="larger than 1,000"):
        openapi.load(url, limit=1000)
    assert len(sent) < 500


def test_an_address_answers_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(openapi, "monotonic", lambda: next(clock))
    with served(answering(200, b"{}")) as url, pytest.raises(openapi.Unreadable, match="within 5 seconds"):
        openapi.load(url, timeout=5)


def test_the_script_reads_tens_of_megabytes(tmp_path: Path) -> None:
    document = published()
    padding = {f"attribute_{number}": {**TEXT, "description": "x" * 500} for number in range(500)}
    more = {f"thing{number}": padding for number in range(100)}
    document["components"]["schemas"] |= more
    file = write(tmp_path, document)
    assert Path(file).stat().st_size > 25_000_000
    command = [sys.executable, "-m", "contract.upstream", file]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.stdout.startswith("0 differences, "), done.stderr
    assert done.returncode == 0
