"""Under load: no write is lost, none is invented, and memory stays what it was."""

from __future__ import annotations

import gc
import json
import threading
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from commercelayer_klarna.sandbox.api import state

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api


THREADS, WRITES = 16, 313
TARGET = "/api/klarna_payments"


def document(order: str, reference: str) -> bytes:
    linkage = {"order": {"data": {"type": "orders", "id": order}}}
    data = {"type": "klarna_payments", "attributes": {"reference": reference}, "relationships": linkage}
    return json.dumps({"data": data}).encode()


@pytest.mark.nightly
def test_threads_lose_no_write_and_invent_none(api: Api) -> None:
    """Each thread creates, updates, reads and deletes; 20,000 requests in all."""
    kept: list[dict[str, str]] = [{} for _ in range(THREADS)]
    failed: list[object] = []

    def work(mine: dict[str, str], worker: int) -> None:
        ask = api.sandbox.handle
        for index in range(WRITES):
            name = f"{worker}-{index}"
            made = ask("POST", TARGET, api.headers, document(api.sandbox.order_ids[index % 3], name))
            id_ = json.loads(made.body)["data"]["id"]
            data = {"type": "klarna_payments", "id": id_, "attributes": {"reference": f"{name}!"}}
            changed = ask("PATCH", f"{TARGET}/{id_}", api.headers, json.dumps({"data": data}).encode())
            read = ask("GET", f"{TARGET}/{id_}", api.headers, b"")
            found = json.loads(read.body)["data"]["attributes"]["reference"]
            if (made.status, changed.status, read.status, found) != (201, 200, 200, f"{name}!"):
                failed.append((made, changed, read))
            if index % 2:
                failed.extend([1] * (ask("DELETE", f"{TARGET}/{id_}", api.headers, b"").status != 204))
            else:
                ask("GET", f"{TARGET}/{id_}/order", api.headers, b"")
                mine[id_] = f"{name}!"

    threads = [threading.Thread(target=work, args=(kept[worker], worker)) for worker in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    expected = {id_: reference for mine in kept for id_, reference in mine.items()}
    found: dict[str, str] = {}
    page = 1
    while page:
        listed = api.get(f"klarna_payments?page[size]=25&page[number]={page}").json
        found |= {item["id"]: item["attributes"]["reference"] for item in listed["data"]}
        page = page + 1 if "next" in listed["links"] else 0
    assert found == expected
    assert len(found) == THREADS * (WRITES // 2 + 1)


@pytest.mark.nightly
def test_memory_stays_flat(api: Api, monkeypatch: Any) -> None:
    monkeypatch.setattr(state, "MAXIMUM_EVENTS", 200)
    monkeypatch.setattr(state, "MAXIMUM_DELETED", 100)

    def some(number: int) -> int:
        for index in range(number):
            api.headers["X-Request"] = str(index)
            payment = api.payment(reference=str(index))
            api.get(f"klarna_payments/{payment}?include=order")
            api.get(f"klarna_payments/{payment}-{index}")
            api.call("DELETE", f"klarna_payments/{payment}")
            api.raw("GET", "/api/orders", {"Authorization": f"Bearer {index}"})
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        full = some(300)
        assert some(300) - full < 100_000
    finally:
        tracemalloc.stop()


def test_a_deleted_id_is_forgotten_late(api: Api, monkeypatch: Any) -> None:
    monkeypatch.setattr(state, "MAXIMUM_DELETED", 2)
    payments = [api.payment() for _ in range(4)]
    for payment in payments[:3]:
        api.call("DELETE", f"klarna_payments/{payment}")
    assert api.get(f"klarna_payments?filter[q][id_gt]={payments[1]}").json["meta"]["record_count"] == 1
    assert api.get(f"klarna_payments?filter[q][id_gt]={payments[0]}").json["meta"]["record_count"] == 0
