"""What a call costs, in counts, which cannot flake. Times are for ``scripts/benchmark``."""

from __future__ import annotations

import gc
import gzip
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import httpx
import pluggy
import pytest

from commercelayer_klarna import KlarnaPayment, KlarnaPayments, Order, Resource
from commercelayer_klarna._document import Document
from commercelayer_klarna._http import body as reading
from commercelayer_klarna.plugins import MediaCodec, Plugin
from commercelayer_klarna.plugins.jsonapi import MEDIA_TYPE
from support.garbage import no_collections
from support.kind import Kind
from support.server import Server

OURS = ("commercelayer_klarna", "commercelayer_klarna_api")


def imported(program: str) -> set[str]:
    """The modules that a new interpreter has imported after a program."""
    shown = f"{program}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    # A process that scripts/coverage watches imports more.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True, env=environment)
    return set(json.loads(done.stdout))


def test_the_package_alone_imports_next_to_nothing() -> None:
    assert {each for each in imported("import commercelayer_klarna") if each.startswith(OURS)} == {
        "commercelayer_klarna",
        "commercelayer_klarna._version",
    }
    assert not {"httpx", "attr", "pluggy", "asyncio"} & imported("import commercelayer_klarna")


CLIENT = "from commercelayer_klarna import KlarnaPayments"
MADE = f"""{CLIENT}, AccessToken
import httpx
answer = dict(data=[], meta=dict(record_count=0, page_count=1))
pool = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=answer)))
payments = KlarnaPayments("acme", auth=AccessToken("token"), http_client=pool)
"""
CALLED = f"{MADE}assert payments.count() == 0"


def test_importing_a_client_imports_next_to_nothing() -> None:
    modules = imported(CLIENT)
    assert len({each for each in modules if each.startswith(OURS)}) <= 14
    assert not {"httpx", "attr", "pluggy", "asyncio"} & modules


def test_making_a_client_imports_what_calls_share() -> None:
    modules = imported(MADE)
    assert not {each for each in modules if each.startswith("commercelayer_klarna_api")}
    assert not modules & {
        f"commercelayer_klarna.{each}" for each in ("_async.client", "_client.requests", "resources", "_client.query")
    }
    further = modules - imported("import httpx, httpcore, pluggy")
    assert len({each for each in further if each.startswith(OURS)}) <= 62
    assert {each for each in further if not each.startswith(OURS)} <= {
        "_contextvars",
        "_heapq",
        "_queue",
        "contextvars",
        "heapq",
        "hmac",
        "queue",
    }


def test_a_call_imports_what_it_takes_alone() -> None:
    modules = imported(CALLED)
    assert "commercelayer_klarna._client.requests" in modules
    assert not {each for each in modules if each.startswith("commercelayer_klarna.sandbox")}
    # Models are of attrs, and made when somebody asks for one.
    assert not {each for each in modules if each.startswith("commercelayer_klarna_api.models.")}
    assert {each for each in modules if each.startswith("commercelayer_klarna_api.api.klarna_payments.")} == {
        "commercelayer_klarna_api.api.klarna_payments.list_klarna_payments"
    }
    assert len({each for each in modules if each.startswith(OURS)}) <= 80


def test_neither_a_client_nor_a_short_answer_imports_what_few_need() -> None:
    # The command of httpx imports rich, and that imports attrs, where they are installed.
    for program in (MADE, CALLED):
        modules = imported(f"import sys\nsys.modules['rich'] = None\n{program}")
        assert not {"attr", "decimal", "difflib", "msgspec", "pluggy"} & modules
        # The caller has a token already.
        assert not {"commercelayer_klarna._auth.tokens", "commercelayer_klarna._auth.store"} & modules


def test_reading_a_payment_imports_nothing_that_is_generated() -> None:
    program = (
        "from commercelayer_klarna import Document, KlarnaPayment\n"
        "json = {'data': {'type': 'klarna_payments', 'id': 'x', 'attributes': {'session_id': 's'}}}\n"
        "payment = Document(json).data\n"
        "assert isinstance(payment, KlarnaPayment) and payment.session_id == 's'\n"
    )
    modules = imported(program)
    assert "commercelayer_klarna._jsonapi.attributes" in modules
    assert not {each for each in modules if each.startswith(("commercelayer_klarna_api", "httpx"))}


class Counting(Plugin):
    """Counts how often a body is read as JSON."""

    name = "counting"

    def __init__(self) -> None:
        self.read: list[bytes] = []

    def media_codecs(self, ctx: Any) -> Any:
        def loads(content: bytes) -> Any:
            self.read.append(content)
            return json.loads(content)

        return {MEDIA_TYPE: MediaCodec(loads, lambda value: json.dumps(value).encode())}


@contextmanager
def calls_seen(wanted: Callable[[FrameType], bool]) -> Iterator[list[str]]:
    """The Python functions that are called meanwhile, of those that are wanted."""
    seen: list[str] = []

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and wanted(frame):
            seen.append(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}")

    sys.setprofile(profile)
    try:
        yield seen
    finally:
        sys.setprofile(None)


def of_pluggy(frame: FrameType) -> bool:
    # pytest traces with pluggy that it looks for modules, which httpcore makes it do in every async call.
    file = Path(frame.f_code.co_filename)
    return file.is_relative_to(Path(pluggy.__file__).parent) and file.name != "_tracing.py"


def test_a_response_is_parsed_once(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    counting = Counting()
    payments = kind.at(server, plugins=[counting])
    server.answer(200, {"data": payment_json})
    payment = payments.retrieve("x")
    assert payment.client_token == payment.client_token
    assert repr(payment)
    assert len(counting.read) == 1


def test_a_body_is_decompressed_and_decoded_once(
    kind: Kind, server: Server, payment_json: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    inflated: list[bytes] = []

    class Inflating:
        def __init__(self, wbits: int) -> None:
            self._inner = zlib.decompressobj(wbits)

        def decompress(self, data: bytes, most: int) -> bytes:
            inflated.append(self._inner.decompress(data, most))
            return inflated[-1]

        @property
        def eof(self) -> bool:
            return self._inner.eof

        @property
        def unused_data(self) -> bytes:
            return self._inner.unused_data

    monkeypatch.setattr(reading, "zlib", SimpleNamespace(decompressobj=Inflating, error=zlib.error))
    for name in ("content", "text"):  # httpx would read the body once more
        monkeypatch.setattr(httpx.Response, name, property(lambda _: pytest.fail("the body was read twice")))
    body = json.dumps({"data": payment_json}).encode()
    server.answer(200, gzip.compress(body), {"Content-Encoding": "gzip"})
    counting = Counting()
    kind.at(server, plugins=[counting]).retrieve("x")
    assert b"".join(inflated) == body
    assert counting.read == [body]


def test_no_request_calls_into_pluggy(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    payments = kind.at(server)
    server.answer(200, {"data": payment_json})
    payments.retrieve("x")
    with calls_seen(of_pluggy) as seen:
        payments.retrieve("x")
        payments.update("x", reference="r")
    assert seen == []
    with calls_seen(of_pluggy) as seen:  # it would be seen
        pluggy.PluginManager("x")
    assert seen


def test_with_the_extra_speed_no_call_looks_for_a_module(
    kind: Kind, server: Server, payment_json: dict[str, Any]
) -> None:
    pytest.importorskip("sniffio")  # where it is missing, httpcore looks for it several times in each async call
    payments = kind.at(server)
    server.answer(200, {"data": payment_json})
    payments.retrieve("x")
    with calls_seen(lambda frame: frame.f_globals.get("__name__") == "importlib._bootstrap_external") as seen:
        payments.retrieve("x")
    assert seen == []


def test_a_second_client_does_not_collect_anew(payment_json: dict[str, Any]) -> None:
    with httpx.Client() as pool:
        KlarnaPayments(base_url="http://127.0.0.1:1/api", auth=None, http_client=pool)
        with calls_seen(of_pluggy) as seen:
            KlarnaPayments(base_url="http://127.0.0.1:2/api", auth=None, http_client=pool)
    assert seen == []


def many(payment_json: dict[str, Any], count: int) -> dict[str, Any]:
    payments = []
    for number in range(count):
        copy = json.loads(json.dumps(payment_json))
        copy["id"] = f"p{number}"
        copy["relationships"]["order"]["data"] = {"type": "orders", "id": f"o{number}"}
        payments.append(copy)
    orders = [{"type": "orders", "id": f"o{number}", "attributes": {"number": "1"}} for number in range(count)]
    return {"data": payments, "included": orders}


def objects_made(do: Callable[[], Any]) -> int:
    """How many objects that the garbage collector knows come into being, and stay while the result does."""
    gc.collect()
    with no_collections():
        before = len(gc.get_objects())
        held = do()
        made = len(gc.get_objects()) - before
        assert held is not None
    return made


def test_a_payment_is_at_most_two_objects(payment_json: dict[str, Any]) -> None:
    def page(count: int) -> Callable[[], Any]:
        json = many(payment_json, count)
        return lambda: Document(json).read()

    each = (objects_made(page(101)) - objects_made(page(1))) / 100
    # The payment, and what it is known by in its document: a weak reference.
    assert each <= 2


def test_what_is_included_costs_nothing_until_it_is_touched(payment_json: dict[str, Any]) -> None:
    document = Document(many(payment_json, 25))
    document.link(document.json["included"])
    with calls_seen(lambda frame: frame.f_code.co_qualname == "Resource.__init__") as seen:
        payments: Any = document.read()
        assert len(seen) == 25
        _ = payments[3].order.number, payments[3].order.number
    assert len(seen) == 26


def test_an_attribute_is_read_in_one_call(payment_json: dict[str, Any]) -> None:
    payment: Any = Document({"data": payment_json}).data
    with calls_seen(lambda frame: frame.f_globals.get("__name__", "").startswith(OURS)) as seen:
        _ = payment.client_token, payment.reference, payment.created_at, payment.mismatched_amounts
    assert len(seen) == 4


def test_a_page_is_freed_without_the_garbage_collector(payment_json: dict[str, Any]) -> None:
    def living() -> int:
        return sum(isinstance(each, KlarnaPayment | Order | Document) for each in gc.get_objects())

    gc.collect()
    with no_collections():
        before = living()
        document = Document(many(payment_json, 25))
        document.link(document.json["included"])
        payments: Any = document.read()
        assert [each.order.number for each in payments] == ["1"] * 25
        assert living() == before + 51
        del document, payments
        assert living() == before


def test_building_a_resource_sets_slots_directly() -> None:
    # A __setattr__ or __delattr__ of ours would be asked for each slot, which doubles what a resource costs.
    for cls in (Resource, KlarnaPayment, Order):
        assert cls.__setattr__ is object.__setattr__
        assert cls.__delattr__ is object.__delattr__
