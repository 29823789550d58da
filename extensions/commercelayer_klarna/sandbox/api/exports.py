"""The API's own exports: each is created, runs by the sandbox's clock, and becomes a file at an address that ages.

Documented are the limits, that files are compressed, how a record names what it is related to, and that an export that
is asked for anew has a new address. inferred: the refusals of too many records and of none, which the vendor's command
line tells apart. unknown: how long an export takes, when it reads its records (here when it is created), the answer to
one too many, and all that a file says of what was included.
"""

from __future__ import annotations

import gzip
import hmac
import json
import re
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import parse_qs

from commercelayer_klarna.sandbox.api import filters, json_bytes
from commercelayer_klarna.sandbox.api.documents import Write
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.messages import Answer, Request
from commercelayer_klarna.sandbox.api.problems import (
    Problem,
    Refused,
    invalid_field_value,
    not_modelled,
    undocumented,
    validation_error,
)
from commercelayer_klarna.sandbox.api.query import IncludeTree, include_tree
from commercelayer_klarna.sandbox.api.schema import EXPORTS, RESOURCES, ResourceType
from commercelayer_klarna.sandbox.api.state import Record, State

MOST = 5_000
"""Records of an export. The documentation says 10,000; the vendor's own programs ask for no more than this."""
AT_ONCE = 10
"""Exports that are under way at the same time."""
VALID = 300
"""Seconds for which the address of a file is valid."""
FILES = "/files/exports/"
"""Where files are: at a host of their own in the API, which asks for no token."""

WAITS = 1.0
"""Seconds until an export begins."""
PER_SECOND = 1_000
"""Records that an export writes in a second; one that has fewer takes a second."""

# The modelled ones of those that the vendor's types name.
TYPES = ("klarna_payments", "orders", "payment_gateways", "payment_methods", "markets")
_UNDER_WAY = ("pending", "in_progress")
_FILE = re.compile(re.escape(FILES) + r"(?P<id>[A-Za-z]+)\.json\.gz")


class Exports:
    """The exports over one state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def create(self, write: Write, who: Mapping[str, JSON]) -> Record:
        """Begin an export, and write its file already, which nobody gets before the export is over."""
        resource = self._type(write.attributes)
        tree = include_tree(resource, ",".join(self._includes(write.attributes)))
        records = self._found(resource, write.attributes)
        running = [each for each in self._state.all(EXPORTS) if each.attributes["status"] in _UNDER_WAY]
        if len(running) >= AT_ONCE:
            problem = validation_error("base", f"must be at most {AT_ONCE} at once", "invalid", "/data")
            raise Refused(problem, because=undocumented("the answer to one export too many"))
        if len(records) > MOST:
            raise Refused(_of_count(f"must be less than or equal to {MOST}", "less_than_or_equal_to", MOST, records))
        if not records:
            raise Refused(_of_count("must be greater than 0", "greater_than", 0, records))
        attributes: dict[str, JSON] = {name: None for name in RESOURCES[EXPORTS].attributes if name != "id"}
        begun: dict[str, JSON] = {"format": "json", "includes": [], "fields": [], "filters": {}, "dry_data": False}
        counts: dict[str, JSON] = {"records_count": len(records), "processed_count": 0, "progress": 0}
        attributes |= begun | {"jwt_filters": False, "status": "pending", "errors_log": {}, "metadata": {}}
        export = self._state.create(EXPORTS, attributes | counts | write.attributes, {}, who)
        rows: list[JSON] = [self._row(resource, each, tree) for each in records]
        self._state.files[export.id] = gzip.compress(json_bytes.write(rows), 1)
        return export

    def go_on(self, base_url: str) -> None:
        """Bring all exports up to the clock; those that are over get addresses that are valid from now on."""
        now = self._state.clock()
        for export in self._state.all(EXPORTS):
            if export.attributes["status"] in _UNDER_WAY:
                export.attributes.update(self._progress(export, now - export.at))
            if export.attributes["status"] == "completed":
                expires = str(int(now) + VALID)
                signature = self._signature(export.id, expires)
                address = f"{base_url}{FILES}{export.id}.json.gz?expires={expires}&signature={signature}"
                export.attributes["attachment_url"] = address

    def file(self, request: Request) -> Answer:
        """Answer a request for a file, as a storage does that knows nothing of the API."""
        path, asked = _FILE.fullmatch(request.path), parse_qs(request.query)
        (expires, *_), (signature, *_) = asked.get("expires", [""]), asked.get("signature", [""])
        body = None if path is None else self._state.files.get(path["id"])
        if path is None or body is None or request.method not in ("GET", "HEAD"):
            return _denied("Access Denied")
        if not hmac.compare_digest(signature.encode(), self._signature(path["id"], expires).encode()):
            return _denied("The request signature does not match")
        if self._state.clock() >= int(expires):
            return _denied("Request has expired")
        return Answer(200, [("Content-Type", "application/gzip")], body)

    def _signature(self, id_: str, expires: str) -> str:
        return hmac.new(self._state.organization_id.encode(), f"{id_}:{expires}".encode(), sha256).hexdigest()

    def _progress(self, export: Record, elapsed: float) -> dict[str, JSON]:
        """Return what an export says of itself so many seconds after it was created."""
        count = export.attributes["records_count"]
        assert isinstance(count, int)  # noqa: S101 - it was counted here
        working = elapsed - WAITS
        takes = max(1.0, count / PER_SECOND)
        if working < 0:
            return {}
        told: dict[str, JSON] = {
            "status": "in_progress",
            "started_at": self._at(working),
            "estimated_completion_at": self._at(working - takes),
            "updated_at": self._state.now(),
        }
        done = int(count * min(1.0, working / takes))
        told |= {"processed_count": done, "progress": 100 * done // count}
        if working < takes:
            return told
        return told | {"status": "completed", "completed_at": self._at(working - takes)}

    def _at(self, ago: float) -> str:
        return self._state.now(ago=round(ago * 1000))

    def _type(self, sent: Mapping[str, JSON]) -> ResourceType:
        name, pointer = sent.get("resource_type"), "/data/attributes/resource_type"
        if not name:
            raise Refused(validation_error("resource_type", "can't be blank", "blank", pointer))
        if name not in TYPES:
            problem = validation_error("resource_type", "is not included in the list", "inclusion", pointer)
            raise Refused(problem, because=not_modelled(f"exports of {name}"))
        if sent.get("format", "json") != "json":
            problem = validation_error("format", "is not included in the list", "inclusion", "/data/attributes/format")
            raise Refused(problem, because=not_modelled(f"exports as {sent['format']}"))
        return RESOURCES[str(name)]

    def _includes(self, sent: Mapping[str, JSON]) -> list[str]:
        found = sent.get("includes", [])
        paths = [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
        if paths != found:
            raise Refused(invalid_field_value("includes", "array of strings"))
        return paths

    def _found(self, resource: ResourceType, sent: Mapping[str, JSON]) -> list[Record]:
        """Return the records that pass the filters, as those of a list do."""
        asked = sent.get("filters", {})
        assert isinstance(asked, dict)  # noqa: S101 - the document was checked
        conditions = [filters.parse(resource, name, _text(value), self._state) for name, value in asked.items()]
        records = self._state.all(resource.name)
        return [each for each in records if all(condition.holds(each, self._state) for condition in conditions)]

    def _row(self, resource: ResourceType, record: Record, tree: IncludeTree) -> dict[str, JSON]:
        """Return a record as a file has it: flat, and what is included within it."""
        row: dict[str, JSON] = {"id": record.id}
        row |= {name: record.attributes.get(name) for name, each in resource.attributes.items() if each.returned}
        for name, each in resource.relationships.items():
            if name in tree:
                found = self._state.related(record, each)
                inside: list[JSON] = [self._row(each.target_of(other.type), other, tree[name]) for other in found]
                row[name] = inside if each.many else next(iter(inside), None)
            elif not each.many:
                ref = record.linked.get(name)
                row[f"{name}_id"] = None if ref is None else ref.id
        return row


def _of_count(message: str, error: str, count: int, records: list[Record]) -> Problem:
    """Refuse a number of records; the members are those that the vendor's command line reads."""
    meta: dict[str, JSON] = {"error": error, "value": len(records), "count": count}
    detail = f"records_count - {message}"
    return Problem(422, "VALIDATION_ERROR", message, detail, "/data/attributes/records_count", meta)


def _text(value: JSON) -> str:
    """Return the value of a filter as a query would have it."""
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _denied(message: str) -> Answer:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>'
    )
    return Answer(403, [("Content-Type", "application/xml")], body.encode())
