"""The journal: no payment is created twice, also when the process is killed between sending and answer."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from commercelayer_klarna import AmbiguousWriteError, APIConnectionError, ClientCredentials, KlarnaPayments
from commercelayer_klarna.plugins.journal import Journal, JournalError
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.kind import Kind
from support.server import Server
from support.virtual_time import FakeTime

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.sqlite", patience=-1)


def test_a_create_is_written_down_with_its_payment(kind: Kind, sandbox: Sandbox, journal: Journal) -> None:
    payments = kind.on(sandbox, plugins=[journal])
    payment = payments.create(order=sandbox.order_ids[0], reference="r")
    (entry,) = journal.entries()
    assert (entry.reference, entry.order, entry.payment) == ("r", sandbox.order_ids[0], payment.id)
    assert journal.entries(is_open=True) == []
    with pytest.raises(JournalError, match=f"a create with the reference 'r' made {payment.id}") as caught:
        payments.create(order=sandbox.order_ids[0], reference="r")
    assert caught.value.entry == entry
    assert kind.on(sandbox).count() == 1


def test_a_create_without_a_reference_is_refused(kind: Kind, sandbox: Sandbox, journal: Journal) -> None:
    with pytest.raises(JournalError, match="has no reference, by which the journal finds it"):
        kind.on(sandbox, plugins=[journal]).create(order=sandbox.order_ids[0])
    assert kind.on(sandbox).count() == 0


def test_a_create_that_was_not_carried_out_may_be_tried_again(kind: Kind, server: Server, journal: Journal) -> None:
    server.answer(422, {"errors": [{"title": "no"}]})
    payments = kind.at(server, plugins=[journal])
    for _ in range(2):
        with pytest.raises(Exception, match="422"):
            payments.create(order="o", reference="r")
        assert journal.entries() == []
    nobody = kind.at("http://127.0.0.1:9/api", plugins=[journal], retry=None)
    with pytest.raises(APIConnectionError):
        nobody.create(order="o", reference="r")
    assert journal.entries() == []


def test_a_lost_create_that_is_read_back_is_written_down(kind: Kind, journal: Journal) -> None:
    time = FakeTime()
    sandbox = Sandbox(clock=time.timing.now)
    payments = kind.on(sandbox, plugins=[journal], timing=time.timing)
    sandbox.fail_next(kind="drop", method="POST", path="/api/klarna_payments", when="after")
    payment = payments.create(order=sandbox.order_ids[0], reference="r")
    assert [each.payment for each in journal.entries()] == [payment.id]


def in_doubt(kind: Kind, sandbox: Sandbox, journal: Journal, *, when: str) -> Any:
    """A client whose create of reference ``r`` is in doubt."""
    payments = kind.on(sandbox, plugins=[journal], timing=FakeTime().timing, deadline=0.4)
    sandbox.fail_next(kind="drop", method="POST", path="/api/klarna_payments", when=when)
    with pytest.raises(AmbiguousWriteError):
        payments.create(order=sandbox.order_ids[0], reference="r")
    with pytest.raises(JournalError, match=r"is not settled: call journal.settle"):
        payments.create(order=sandbox.order_ids[0], reference="r")
    return payments


def test_a_create_in_doubt_is_settled(kind: Kind, sandbox: Sandbox, journal: Journal) -> None:
    payments = in_doubt(kind, sandbox, journal, when="after")
    assert kind.now(journal.settle(payments if kind.name == "sync" else payments._client)) == []
    (entry,) = journal.entries()
    assert entry.payment == payments.list().one().id


@pytest.mark.parametrize(("patience", "left"), [(3600, ["r"]), (-1, [])])
def test_a_create_that_is_not_found_is_waited_for(
    kind: Kind, sandbox: Sandbox, tmp_path: Path, patience: float, left: list[str]
) -> None:
    journal = Journal(tmp_path / "journal.sqlite", patience=patience)
    payments = in_doubt(kind, sandbox, journal, when="before")
    settled = kind.now(journal.settle(payments if kind.name == "sync" else payments._client))
    assert [each.reference for each in settled] == [each.reference for each in journal.entries()] == left


def test_organizations_share_a_journal_and_settle_their_own(kind: Kind, sandbox: Sandbox, journal: Journal) -> None:
    """What one client looks for in vain was carried out in the organization of the other."""
    in_doubt(kind, sandbox, journal, when="after")
    other = Sandbox(organization="other")
    payments = kind.on(other, plugins=[journal])
    assert settled(kind, journal, payments) == []
    assert [each.reference for each in journal.entries(is_open=True)] == ["r"]
    payments.create(order=other.order_ids[0], reference="r")
    assert len(journal.entries()) == 2


CHILD = """
import json, sys
from commercelayer_klarna import ClientCredentials, KlarnaPayments
from commercelayer_klarna.plugins.journal import Journal

at = json.loads(sys.argv[1])
journal = Journal(at["journal"])
auth = ClientCredentials(client_id=at["client_id"], client_secret=at["client_secret"], auth_url=at["auth_url"])
payments = KlarnaPayments(base_url=at["url"], auth=auth, plugins=[journal])
payments.count()
print("ready", flush=True)
for number in range(1000):
    payments.create(order=at["order"], reference=f"{at['run']}-{number}")
"""


@pytest.mark.posix
@pytest.mark.parametrize("seed", range(200 if NIGHTLY else 2))
def test_a_killed_process_settles_on_restart(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with SandboxServer(Sandbox()) as server:
        sandbox = server.sandbox
        at = {
            "url": server.url,
            "auth_url": server.auth_url,
            "client_id": sandbox.client_id,
            "client_secret": sandbox.client_secret,
            "order": sandbox.order_ids[0],
            "journal": str(tmp_path / "journal.sqlite"),
            "run": seed,
        }
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, json.dumps(at)], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.0, 0.1))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        while server._connections._open:  # what the server has received is carried out
            time.sleep(0.001)
        journal = Journal(at["journal"], patience=-1)
        auth = ClientCredentials(
            client_id=sandbox.client_id, client_secret=sandbox.client_secret, auth_url=server.auth_url
        )
        with KlarnaPayments(base_url=server.url, auth=auth, plugins=[journal]) as payments:
            assert journal.settle(payments) == []
            known = {each.reference: each.payment for each in journal.entries()}
            for number in range(len(known) + 2):
                reference = f"{seed}-{number}"
                if reference not in known:
                    known[reference] = payments.create(order=sandbox.order_ids[0], reference=reference).id
            made = [(each.reference, each.id) for each in payments.list(page_size=25)]
        assert sorted(made) == sorted(known.items())  # each once, and each known


def settled(kind: Kind, journal: Journal, payments: Any) -> list[str]:
    """Settle; return the references that are still open."""
    found = kind.now(journal.settle(payments if kind.name == "sync" else payments._client))
    return [each.reference for each in found]


def page_of(*payments: tuple[str, str, str]) -> dict[str, Any]:
    """A page of payments, each with its id, reference and order."""
    data = [
        {
            "type": "klarna_payments",
            "id": id,
            "attributes": {"reference": reference},
            "relationships": {"order": {"data": {"type": "orders", "id": order}}},
        }
        for id, reference, order in payments
    ]
    included = [
        {"type": "orders", "id": each, "attributes": {"number": each}} for each in {order for *_, order in payments}
    ]
    return {"data": data, "included": included, "meta": {"record_count": len(data), "page_count": 1}}


@pytest.mark.parametrize(
    ("page", "payment", "left"),
    [
        (page_of(("mine", "r", "o")), "mine", []),
        # A server, proxy or cache that ignores filters hands over what is somebody else's, and may not show one's own.
        (page_of(("theirs", "other", "o2")), None, ["r"]),
        (page_of(("theirs", "r", "o2")), None, ["r"]),
        (page_of(("theirs", "r", "o2"), ("mine", "r", "o")), "mine", []),
        (page_of(), None, []),
    ],
    ids=["found", "others", "of another order", "among others", "not carried out"],
)
def test_what_settles_is_proved(
    kind: Kind, server: Server, journal: Journal, page: Any, payment: str | None, left: list[str]
) -> None:
    server.answer(502)
    payments = kind.at(server, plugins=[journal], retry=None)
    with pytest.raises(AmbiguousWriteError):
        payments.create(order="o", reference="r")
    server.answer(200, page)
    server._answers = server._answers[-1:]
    assert settled(kind, journal, payments) == left
    assert [each.payment for each in journal.entries()] == ([payment] if payment or left else [])


@pytest.mark.parametrize("meanwhile", ["forgotten", "created by another"])
def test_a_create_that_waits_for_its_next_attempt_is_not_forgotten_meanwhile(
    kind: Kind, sandbox: Sandbox, journal: Journal, meanwhile: str
) -> None:
    """Another process settles while this one waits out a 429, longer than the patience: it finds nothing."""
    time, order = FakeTime(), sandbox.order_ids[0]
    another = sandbox.client(plugins=[journal])

    def settle() -> None:
        assert journal.settle(another) == []
        if meanwhile == "created by another":
            another.create(order=order, reference="r")

    time.on_sleep = settle
    sandbox.fail_next(429, method="POST", path="/api/klarna_payments", retry_after=300)
    payments = kind.on(sandbox, plugins=[journal], timing=time.timing, deadline=1000)
    if meanwhile == "forgotten":
        made = payments.create(order=order, reference="r")
        assert [each.payment for each in journal.entries()] == [made.id]
    else:
        with pytest.raises(JournalError, match="a create with the reference 'r' made"):
            payments.create(order=order, reference="r")
    assert sandbox.client().count() == 1


def test_an_attempt_that_began_meanwhile_is_not_forgotten(sandbox: Sandbox, journal: Journal) -> None:
    """It is seen as old, looked for in vain, and sent before it is taken for one that was never carried out."""
    order = sandbox.order_ids[0]
    journal._begin("api", "r", order, None)
    (entry,) = journal.entries()
    again = journal._begin("api", "r", order, entry.started_at)
    assert again > entry.started_at
    journal._forget("api", "r", entry.started_at)
    assert [each.started_at for each in journal.entries()] == [again]


def test_an_answer_that_cannot_be_read_is_read_back(
    kind: Kind, server: Server, journal: Journal, payment_json: dict[str, Any]
) -> None:
    payment_json["attributes"].update(
        reference="r", reference_origin=None, metadata={}, created_at="2099-01-01T00:00:00Z"
    )
    payment_json["relationships"]["order"] = {"data": {"id": "o", "type": "orders"}}
    order = {"id": "o", "type": "orders", "attributes": {"number": "1"}}
    server.answer(201, b"<html>")
    server.answer(200, {"data": [payment_json], "included": [order], "meta": {"record_count": 1, "page_count": 1}})
    server.answer(200, {"data": payment_json})
    made = kind.at(server, plugins=[journal]).create(order="o", reference="r")
    assert [each.payment for each in journal.entries()] == [made.id]
