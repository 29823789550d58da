"""What the sandbox remembers: records, their order of creation, and the event stores they leave behind.

No rule of the API is decided here; ``rules`` decides, and writes through ``create``, ``update`` and ``delete``.
"""

from __future__ import annotations

import random
import string
import uuid
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from attrs import define, field

from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.schema import RESOURCES, Relationship

# The oldest event stores are forgotten beyond this, so that a long-lived sandbox does not grow without end.
MAXIMUM_EVENTS = 5_000
# Deleted ids keep their place in the order of creation, since lists are paged by them; the oldest are forgotten.
MAXIMUM_DELETED = 10_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEQUENCE = attrgetter("sequence")


class Ref(NamedTuple):
    """A linkage: type and id."""

    type: str
    id: str


@define(eq=False)
class Record:
    """One stored resource; ``linked`` holds its to-one relationships."""

    type: str
    id: str
    sequence: int
    attributes: dict[str, JSON]
    linked: dict[str, Ref | None] = field(factory=dict[str, "Ref | None"])
    # When it was created, in seconds since 1970.
    at: float = 0.0
    # Of a payment: the amount that it was opened for, and when its authorization was told.
    opened_cents: int | None = None
    token_at: float | None = None

    def value(self, name: str) -> JSON:
        """Return an attribute, or the id."""
        return self.id if name == "id" else self.attributes.get(name)


class State:
    """All records of one sandbox."""

    def __init__(self, *, seed: int, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.random = random.Random(seed)  # noqa: S311 - the same seed gives the same ids; nothing here is secret
        self.organization_id = ""
        # Told of each change: the record, ``create`` or ``update``, and what changed.
        self.listeners: list[Callable[[Record, str, Mapping[str, JSON]], None]] = []
        # The files of exports, by their ids.
        self.files: dict[str, bytes] = {}
        self._tables: dict[str, dict[str, Record]] = {}
        # The same records in the order of creation, so that a list that begins behind an id need not walk through all.
        self._in_order: dict[str, list[Record]] = {}
        # By an id: the records that link to it, or once did.
        self._linking: dict[str, dict[str, Record]] = {}
        self._sequences: dict[str, int] = {}
        self._last_sequence = 0
        self._deleted: deque[str] = deque()
        self._events: dict[str, Record] = {}
        self._events_of: dict[Ref, deque[Record]] = {}
        self._last_event = (0, -1)
        self.organization_id = self.new_id()

    def new_id(self) -> str:
        """Return an unused id: ten letters that say nothing, as the API's hashes do."""
        while True:
            candidate = "".join(self.random.choices(string.ascii_letters, k=10))
            if candidate not in self._sequences:
                self._last_sequence += 1
                self._sequences[candidate] = self._last_sequence
                return candidate

    def new_uuid(self) -> str:
        """Return a random UUID under the seed."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def now(self, *, ago: int = 0) -> str:
        """Return the time, or that of some milliseconds ago, as the API writes it: UTC, milliseconds, Z."""
        return self._moment(self._milliseconds() - ago) + "Z"

    def find(self, type_: str, id_: str) -> Record | None:
        """Return the record of a type, or of the type that is a view of its table."""
        resource = RESOURCES[type_]
        if resource.cursor_paged:
            return self._events.get(id_)
        record = self._tables.get(resource.table, {}).get(id_)
        return record if record is not None and type_ in (record.type, resource.table) else None

    def follow(self, ref: Ref | None) -> Record | None:
        """Return the record at the other end of a linkage."""
        return None if ref is None else self.find(ref.type, ref.id)

    def all(self, type_: str, *, behind: str | None = None) -> list[Record]:
        """Return all records of a type in the order of creation, or those behind an id."""
        table = RESOURCES[type_].table
        records = self._in_order.get(table, [])
        # Behind an id that never existed, which is not a number, there is nothing.
        first = 0 if behind is None else bisect_right(records, self.sequence_of(behind), key=_SEQUENCE)
        return records[first:] if type_ == table else [each for each in records[first:] if each.type == type_]

    def related(self, record: Record, relationship: Relationship) -> list[Record]:
        """Return the records of a relationship, in the order of creation; at most one for a to-one."""
        if not relationship.many:
            found = self.follow(record.linked.get(relationship.name))
            return [] if found is None else [found]
        if RESOURCES[relationship.target].cursor_paged:
            return self.events_of(record)
        return self.linking(relationship.target, relationship.inverse, record.id)

    def linking(self, type_: str, name: str, id_: str) -> list[Record]:
        """Return the records of a type that link to an id by a relationship of that name, in the order of creation."""
        found = [
            each
            for each in self._linking.get(id_, {}).values()
            if (ref := each.linked.get(name)) is not None and ref.id == id_ and self.find(type_, each.id) is each
        ]
        return sorted(found, key=lambda each: each.sequence)

    def _link(self, record: Record, linked: Mapping[str, Ref | None]) -> None:
        record.linked.update(linked)
        for ref in linked.values():
            if ref is not None:
                self._linking.setdefault(ref.id, {})[record.id] = record

    def events_of(self, record: Record) -> list[Record]:
        """Return the event stores of a record, oldest first."""
        return list(self._events_of.get(Ref(RESOURCES[record.type].table, record.id), ()))

    def sequence_of(self, id_: str) -> float:
        """Return the place of an id in the order of creation, deleted ones included.

        An id that never existed is not a number: it equals nothing, and comes neither before nor after anything.
        """
        return float(self._sequences.get(id_, "nan"))

    def create(
        self,
        type_: str,
        attributes: Mapping[str, JSON],
        linked: Mapping[str, Ref | None],
        who: Mapping[str, JSON],
        *,
        ago: int = 0,
    ) -> Record:
        """Store a new record with the common attributes, created some milliseconds ago, and its event."""
        now = self.now(ago=ago)
        id_ = self.new_id()
        common: dict[str, JSON] = {"reference": None, "reference_origin": None, "metadata": {}}
        record = Record(
            type_,
            id_,
            self._sequences[id_],
            {**common, **attributes, "created_at": now, "updated_at": now},
            at=self.clock(),
        )
        self._link(record, linked)
        table = RESOURCES[type_].table
        self._tables.setdefault(table, {})[id_] = record
        self._in_order.setdefault(table, []).append(record)
        changes = {name: value for name, value in record.attributes.items() if value is not None}
        self._record_event(
            record, "create", {name: {"from": None, "to": value} for name, value in changes.items()}, who
        )
        return record

    def update(
        self,
        record: Record,
        attributes: Mapping[str, JSON],
        linked: Mapping[str, Ref | None],
        who: Mapping[str, JSON],
    ) -> None:
        """Change a record and leave its event."""
        changes: dict[str, JSON] = {}
        for name, value in {**attributes, "updated_at": self.now()}.items():
            before = record.attributes.get(name)
            if before != value or type(before) is not type(value):
                changes[name] = {"from": before, "to": value}
            record.attributes[name] = value
        self._link(record, linked)
        self._record_event(record, "update", changes, who)

    def delete(self, record: Record) -> None:
        """Forget a record; its id keeps its place in the order, its event stores stay readable one by one."""
        table = RESOURCES[record.type].table
        del self._tables[table][record.id]
        ordered = self._in_order[table]
        del ordered[bisect_left(ordered, record.sequence, key=_SEQUENCE)]
        for ref in record.linked.values():
            if ref is not None:
                self._linking[ref.id].pop(record.id)
        self._deleted.append(record.id)
        if len(self._deleted) > MAXIMUM_DELETED:
            del self._sequences[self._deleted.popleft()]

    def _record_event(self, record: Record, event: str, payload: dict[str, JSON], who: Mapping[str, JSON]) -> None:
        for listener in self.listeners:
            listener(record, event, payload)
        milliseconds = self._milliseconds()
        last, count = self._last_event
        # A clock that stands still or runs back must not produce an id twice.
        self._last_event = (milliseconds, 0) if milliseconds > last else (last, count + 1)
        id_ = f"{self._last_event[0]:013d}-{self._last_event[1]}"
        moment = self._moment(milliseconds) + "+00:00"
        subject = Ref(RESOURCES[record.type].table, record.id)
        attributes: dict[str, JSON] = {
            "resource_type": subject.type,
            "resource_id": subject.id,
            "event": event,
            "payload": payload,
            "who": dict(who),
            "created_at": moment,
            "updated_at": moment,
            "reference": {},
            "reference_origin": {},
            "metadata": {},
        }
        self._events[id_] = stored = Record("event_stores", id_, len(self._events), attributes)
        self._events_of.setdefault(subject, deque()).append(stored)
        if len(self._events) > MAXIMUM_EVENTS:
            oldest = self._events.pop(next(iter(self._events)))
            self._forget(oldest)

    def _forget(self, event: Record) -> None:
        subject = Ref(str(event.attributes["resource_type"]), str(event.attributes["resource_id"]))
        self._events_of[subject].popleft()
        if not self._events_of[subject]:
            del self._events_of[subject]

    def _milliseconds(self) -> int:
        return int(self.clock() * 1000)

    @staticmethod
    def _moment(milliseconds: int) -> str:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
        return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")


def event_order(id_: str) -> tuple[int, int]:
    """Return what event stores are sorted by: the numbers in their ids."""
    milliseconds, _, count = id_.partition("-")
    return int(milliseconds), int(count)
