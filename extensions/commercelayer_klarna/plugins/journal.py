"""The plugin ``journal``: creates by reference, in SQLite, so that no payment is created twice.

    journal = Journal("payments.sqlite")
    with KlarnaPayments(..., plugins=[journal]) as payments:
        journal.settle(payments)                           # on start; in the async client it is awaited
        payments.create(order=order, reference=f"checkout-{id}")

A create is in the journal before it leaves this machine, under its reference. What became of it is written down when
it is answered, or read back. If the process is killed in between, ``settle`` looks on restart for the payment with that
reference. Until then, another create with the same reference is refused.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from functools import partial
from typing import Protocol, TypeVar

from attrs import frozen

from commercelayer_klarna.plugins import (
    CommerceLayerError,
    Context,
    Flow,
    FlowOf,
    Layer,
    Operation,
    OperationFlow,
    OperationLayer,
    Plugin,
    Request,
    Resource,
    Response,
    Stage,
    ask,
    blocking,
    proceed,
    send,
)

__all__ = ["Entry", "Journal", "JournalError"]

_CREATE = "journal.create"
_NOTHING = (None, None, None)
_TABLE = """
CREATE TABLE IF NOT EXISTS creates (
    reference TEXT, "order" TEXT NOT NULL, started_at REAL NOT NULL, payment TEXT, api TEXT,
    PRIMARY KEY (api, reference)
)
"""
_ENTRIES = "SELECT * FROM creates WHERE (NOT ? OR payment IS NULL) AND (? IS NULL OR api = ?) ORDER BY started_at"
_THIS = "api = ? AND reference = ?"
_THIS_ATTEMPT = f"{_THIS} AND started_at IS ? AND payment IS NULL"

R_co = TypeVar("R_co", covariant=True)


class Runs(Protocol[R_co]):
    """A client, of which ``run`` is asked: what that returns is to be awaited or not."""

    @property
    def base_url(self) -> str:
        """Address of the API."""
        ...

    def run(self, flow: FlowOf[list[Entry]], *, name: str | None = ...) -> R_co:
        """Run an operation."""
        ...


class JournalError(CommerceLayerError):
    """A create was refused, since the journal knows one with its reference, or since it has none.

    Attributes:
        entry: What the journal knows, or ``None`` for a create without a reference.
    """

    def __init__(self, message: str, entry: Entry | None = None) -> None:
        super().__init__(message)
        self.entry = entry


@frozen
class Entry:
    """A create in the journal.

    Attributes:
        reference: The reference of the payment.
        order: Id of the order.
        started_at: When it began, in seconds since 1970.
        payment: Id of the payment that it made, or ``None`` while that is not known.
        api: Address of the API, and so of the organization, that it was sent to.
    """

    reference: str
    order: str
    started_at: float
    payment: str | None
    api: str


class Journal(Plugin):
    """Keep a journal of creates.

    Args:
        path: The file of the database, which is made if need be. Processes of one machine may share it, and clients of
            several organizations, but not of test and live mode: a token shows the payments of its own mode.
        patience: Seconds after which a create that is not found is taken for one that was never carried out. The API
            may work on one for as long as it takes to open a session at Klarna.
    """

    name = "journal"

    def __init__(self, path: str | os.PathLike[str], *, patience: float = 60.0) -> None:
        self._path = path
        self._patience = patience
        with self._database() as database:
            database.execute(_TABLE)

    def layers(self, ctx: Context) -> Iterable[Layer | OperationLayer]:
        """Return the layers: around the request that creates, and around the operation with its read-backs."""
        return [
            OperationLayer("journal-operation", partial(self._whole, ctx.base_url)),
            # Next to the network, so that a create that is held back or refused is not in the journal.
            Layer("journal", Stage.WIRE, partial(self._create, ctx.base_url), order=1_000),
        ]

    def entries(self, *, is_open: bool = False, api: str | None = None) -> list[Entry]:
        """Return what the journal knows, oldest first; with ``is_open``, only creates that are not settled."""
        with self._database() as database:
            rows = database.execute(_ENTRIES, (is_open, api, api)).fetchall()
        return [Entry(*row) for row in rows]

    def settle(self, payments: Runs[R_co]) -> R_co:
        """Find out what became of the client's creates that are not settled, and return those that still are not.

        One that is found is written down: the payment says itself that it has the reference and the order. One that is
        not found, and is older than ``patience``, was not carried out: it leaves the journal, and may be tried again.
        Unless the answer has payments that were not asked for, since it may lack this one then. Await the result of an
        async client.
        """
        return payments.run(self._settling(payments.base_url), name="journal.settle")

    def _settling(self, api: str) -> FlowOf[list[Entry]]:
        for entry in (yield from blocking(lambda: self.entries(is_open=True, api=api))):
            began = time.time()
            document = yield from ask(
                "GET",
                "klarna_payments",
                include=["order"],
                filters={"order_id_eq": entry.order, "reference_eq": entry.reference},
                sort=["created_at"],
            )
            found = document.data if isinstance(document.data, list) else []
            made = [each.id for each in found if _is_of(each, entry)]
            if made:
                yield from blocking(partial(self._write_payment, api, entry.reference, made[0]))
            elif not found and entry.started_at + self._patience < began:
                yield from blocking(partial(self._forget, api, entry.reference, entry.started_at))
        return (yield from blocking(lambda: self.entries(is_open=True, api=api)))

    def _create(self, api: str, request: Request) -> Flow:
        operation = request.call.parent
        created = _created(request)
        if created is None or operation is None:
            return (yield from send(request))
        order, reference = created
        if reference is None:
            raise JournalError(f"the create for order {order} has no reference, by which the journal finds it")
        # Before each attempt: another process may have settled while this one waited for it.
        _, before, _ = operation.state.get(_CREATE, _NOTHING)
        started_at = yield from blocking(lambda: self._begin(api, reference, order, before))
        operation.state[_CREATE] = (reference, started_at, request.call)
        response = yield from send(request)
        made = _made(response)
        if made is not None:
            yield from blocking(lambda: self._write_payment(api, reference, made))
        return response

    def _whole(self, api: str, operation: Operation) -> OperationFlow:
        try:
            result = yield from proceed()
        except Exception:
            reference, started_at, call = operation.state.get(_CREATE, _NOTHING)
            if call is not None and not call.may_be_done:
                yield from blocking(lambda: self._forget(api, reference, started_at))
            raise
        reference, _, _ = operation.state.get(_CREATE, _NOTHING)
        if reference is not None and isinstance(result, Resource):  # also one that was read back
            yield from blocking(lambda: self._write_payment(api, reference, result.id))

    @contextmanager
    def _database(self) -> Generator[sqlite3.Connection]:
        # One for each use: those of the async client are in different threads.
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            database.execute("PRAGMA synchronous = FULL")
            yield database

    def _begin(self, api: str, reference: str, order: str, before: float | None) -> float:
        """Write down that an attempt begins, and return when; ``before`` is when the one before it did."""
        now = time.time()
        with self._database() as database:
            update = f"UPDATE creates SET started_at = ? WHERE {_THIS_ATTEMPT}"  # noqa: S608
            again = database.execute(update, (now, api, reference, before)).rowcount
            row = (reference, order, now, api)
            if again or database.execute("INSERT OR IGNORE INTO creates VALUES (?, ?, ?, NULL, ?)", row).rowcount:
                return now
            found = database.execute(f"SELECT * FROM creates WHERE {_THIS}", (api, reference))  # noqa: S608
            known = Entry(*found.fetchone())
        became = f"made {known.payment}" if known.payment else "is not settled: call journal.settle(payments)"
        raise JournalError(f"a create with the reference {reference!r} {became}", known)

    def _write_payment(self, api: str, reference: str, payment: str) -> None:
        with self._database() as database:
            database.execute(f"UPDATE creates SET payment = ? WHERE {_THIS}", (payment, api, reference))  # noqa: S608

    def _forget(self, api: str, reference: str, started_at: float) -> None:
        """Delete a create, unless a further attempt of it began, or another create with its reference."""
        with self._database() as database:
            database.execute(f"DELETE FROM creates WHERE {_THIS_ATTEMPT}", (api, reference, started_at))  # noqa: S608


def _is_of(payment: Resource, entry: Entry) -> bool:
    """Return whether a payment says that it has the reference and the order of a create."""
    try:
        order = payment.related("order")
    except (AttributeError, CommerceLayerError):  # it does not say of which order it is
        return False
    return isinstance(order, Resource) and (order.id, payment.attributes.get("reference")) == (
        entry.order,
        entry.reference,
    )


def _made(response: Response) -> str | None:
    """Return the id of the payment in an answer; ``None`` for a refusal, and for what cannot be read."""
    if not 200 <= response.status_code <= 299:
        return None
    try:
        made = json.loads(response.content)["data"]["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return made if isinstance(made, str) else None


def _created(request: Request) -> tuple[str, str | None] | None:
    """Return the order and the reference of a request that creates a payment."""
    if request.method != "POST" or not request.path.endswith("/klarna_payments"):
        return None
    data = json.loads(request.content)["data"]
    return data["relationships"]["order"]["data"]["id"], data.get("attributes", {}).get("reference")
