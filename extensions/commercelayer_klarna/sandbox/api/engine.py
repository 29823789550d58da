"""From a request to an answer: the routes, and the order in which a request is checked.

The order is route (404), method (405), token (401), Accept (406), Content-Type (415), query (400), document (400),
record (404), permission (401), rules (422, 423), and only then anything changes. Each check lives in a file of its own;
this one is generic over the table of resource types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from urllib.parse import unquote

from attrs import frozen

from commercelayer_klarna.sandbox.api import documents, json_bytes, permissions, problems, query
from commercelayer_klarna.sandbox.api.caller import Caller
from commercelayer_klarna.sandbox.api.exports import Exports
from commercelayer_klarna.sandbox.api.gateway import Gateway
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.messages import MEDIA_TYPE, Answer, Request
from commercelayer_klarna.sandbox.api.problems import Refused, not_modelled, partly_modelled, undocumented
from commercelayer_klarna.sandbox.api.query import Family, Query
from commercelayer_klarna.sandbox.api.rate_limits import Class, RateLimits
from commercelayer_klarna.sandbox.api.render import Renderer, View
from commercelayer_klarna.sandbox.api.rules import Rules
from commercelayer_klarna.sandbox.api.schema import EXPORTS, RESOURCES, Action, Attribute, Relationship, ResourceType
from commercelayer_klarna.sandbox.api.state import Record, State, event_order

_LIST: frozenset[Family] = frozenset({"include", "fields", "sort", "page", "filter"})
_ONE: frozenset[Family] = frozenset({"include", "fields"})
_ACTIONS: Mapping[bool, Mapping[str, Action]] = {
    False: {"GET": "list", "POST": "create"},
    True: {"GET": "retrieve", "PATCH": "update", "DELETE": "delete"},
}
# Today's behaviour by its announced name. inferred: that it may stand in the path already.
VERSION = "2017-08"
_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}")
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


@frozen(eq=False)
class Route:
    """Where a path leads: a type, perhaps one record of it, perhaps what that record is related to."""

    resource: ResourceType
    id: str | None = None
    relationship: Relationship | None = None

    def actions(self) -> Mapping[str, Action]:
        """Return the methods that are routed here."""
        if self.relationship is not None:
            return {"GET": "list" if self.relationship.many else "retrieve"}
        actions = _ACTIONS[self.id is not None]
        return {method: action for method, action in actions.items() if action in self.resource.actions}


class Engine:
    """Answers requests to the API from one state. ``bearer`` tells who calls by the header ``Authorization``."""

    def __init__(
        self,
        state: State,
        bearer: Callable[[str], Caller],
        limits: RateLimits,
        gateway: Gateway,
        *,
        organization: str,
        mode: str,
    ) -> None:
        self._state = state
        self._bearer = bearer
        self._limits = limits
        self._organization = organization
        self._mode = mode
        self._rules = Rules(state, gateway)
        self._exports = Exports(state)
        self._answers = 0

    @property
    def rules(self) -> Rules:
        """The business rules, for what the sandbox's owner does without a request."""
        return self._rules

    def answer(self, request: Request) -> Answer:
        """Answer one request. Whatever arrives, this neither raises nor answers a 5xx."""
        allowed, headers = self._limits.count(
            request.address, kind_of(request), _endpoint(request), self._state.clock()
        )
        try:
            if not allowed:
                raise Refused(problems.too_many_requests(), because=undocumented("the body of a 429"))
            answer = self._checked(request)
        except Refused as refused:
            answer = refusal(refused)
        answer.headers.extend(headers)
        return answer

    def file(self, request: Request) -> Answer:
        """Answer a request for the file of an export, which needs no token and counts against no limit."""
        return self._exports.file(request)

    def _checked(self, request: Request) -> Answer:
        route = _route(request.path)
        action = _action(route, request.method)
        caller = self._bearer(request.headers.get("authorization", ""))
        _check_accept(request.headers.get("accept", ""))
        if action in ("create", "update"):
            _check_content_type(request.headers.get("content-type", ""))
        target = self._target(route)
        asked = query.parse(request.query, target, _families(action), self._state)
        write = None
        if action in ("create", "update"):
            write = documents.parse(request.body, route.resource, key=route.id)
        if route.resource.name == EXPORTS:
            self._exports.go_on(self._base_url(request))
        record = None if route.id is None else self._find(route.resource, route.id)
        self._check_permission(caller, route, target, action, record, asked)
        version = f"/{VERSION}" if _segments(request.path)[1] == VERSION else ""
        renderer = Renderer(self._state, self._mode, self._base_url(request), f"/api{version}", self._trace_id())
        if write is not None:
            return self._write(route.resource, record, write, caller, renderer, asked)
        if action == "delete" and record is not None:
            self._rules.delete(record, caller.who())
            return Answer(204, [], b"")
        path = "/" + "/".join(_segments(request.path))
        return self._read(route, target, record, renderer, asked, path)

    def _target(self, route: Route) -> ResourceType:
        """Return the type that is asked about. unknown: which one where a polymorphic relationship leads nowhere."""
        row = route.relationship
        if row is None:
            return route.resource
        record = self._state.find(route.resource.name, route.id or "") if row.others else None
        ref = None if record is None else record.linked.get(row.name)
        return row.target_of(row.target if ref is None else ref.type)

    def _find(self, resource: ResourceType, id_: str) -> Record:
        record = self._state.find(resource.name, id_)
        if record is None:
            raise Refused(problems.record_not_found())
        return record

    def _check_permission(
        self,
        caller: Caller,
        route: Route,
        target: ResourceType,
        action: Action,
        record: Record | None,
        asked: Query,
    ) -> None:
        if route.relationship is None:
            permissions.check(caller, route.resource, action, record, self._state)
        else:
            permissions.check(caller, route.resource, "retrieve", record, self._state)
            permissions.check(caller, target, action, None, self._state)
        permissions.check_included(caller, target, asked.include)

    def _write(
        self,
        resource: ResourceType,
        record: Record | None,
        write: documents.Write,
        caller: Caller,
        renderer: Renderer,
        asked: Query,
    ) -> Answer:
        permissions.check_triggers(caller, resource, write.triggers)
        if record is not None:
            self._rules.update(record, write, caller.who())
            return _answer(200, renderer.single(resource, record, asked))
        missing = [
            row.name for row in resource.relationships.values() if row.required and not write.linked.get(row.name)
        ]
        if missing:
            raise Refused(*(problems.blank(name) for name in missing))
        if resource.name == EXPORTS:
            record = self._exports.create(write, caller.who())
        else:
            record = self._rules.create(resource.name, write, caller.who())
        answer = _answer(201, renderer.single(resource, record, asked))
        answer.headers.append(("Location", renderer.self_link(View(resource, record))))
        return answer

    def _read(
        self, route: Route, target: ResourceType, record: Record | None, renderer: Renderer, asked: Query, path: str
    ) -> Answer:
        conditions = asked.conditions
        if record is None:
            behind = next((each.behind for each in conditions if each.behind is not None), None)
            records = self._state.all(target.name, behind=behind)
            conditions = [each for each in conditions if each.behind is None]
        elif route.relationship is None:
            return _answer(200, renderer.single(target, record, asked))
        else:
            records = self._state.related(record, route.relationship)
            if not route.relationship.many:
                return _answer(200, renderer.single(target, records[0] if records else None, asked))
        if target.cursor_paged:
            page, more = _after(records, asked)
            return _answer(200, renderer.cursor_listing(target, page, asked, path=path, more=more))
        for condition in conditions:
            records = [candidate for candidate in records if condition.holds(candidate, self._state)]
        start = (asked.number - 1) * asked.size
        page = _sorted(records, target, asked.sort)[start : start + asked.size]
        return _answer(200, renderer.listing(target, page, asked, path=path, count=len(records)))

    def _trace_id(self) -> str:
        """Return the trace of an answer: 64 hex digits, the same for all its resources."""
        self._answers += 1
        return sha256(f"{self._state.organization_id}:{self._answers}".encode()).hexdigest()

    def _base_url(self, request: Request) -> str:
        host = request.headers.get("host", "")
        if not _HOST.fullmatch(host):
            return f"https://{self._organization}.commercelayer.io"
        return f"{request.scheme}://{host}"


def refusal(refused: Refused) -> Answer:
    """Return the answer to a refused request, with the sandbox's own reason in a header of its own."""
    answer = _answer(refused.status, refused.document())
    if refused.allow is not None:
        answer.headers.append(("Allow", refused.allow))
    if refused.because is not None:
        answer.headers.append(problems.reason_header(refused.because))
    return answer


def _answer(status: int, document: JSON) -> Answer:
    return Answer(status, [("Content-Type", MEDIA_TYPE)], json_bytes.write(document))


def _endpoint(request: Request) -> str:
    """Return the endpoint that a request counts in, for its bursts."""
    return next((each for each in _segments(request.path)[1:3] if each in RESOURCES), "")


def kind_of(request: Request) -> Class:
    """Return the class of requests that a request counts in. inferred: markets are cacheable."""
    if request.path == "/oauth/token":
        return "token"
    if request.method != "GET":
        return "write"
    return "cacheable" if _endpoint(request) == "markets" else "read"


def _segments(path: str) -> list[str]:
    """Return the parts of a path; one trailing slash is tolerated, as in the documentation's own examples."""
    return path.removesuffix("/").split("/")[1:]


def _route(path: str) -> Route:
    segments = [unquote(segment) for segment in _segments(path)]
    if len(segments) > 1 and _VERSION.fullmatch(segments[1]) and segments[1] != VERSION:
        raise Refused(problems.record_not_found(), because=undocumented(f"what version {segments[1]} answers"))
    match [each for index, each in enumerate(segments) if (index, each) != (1, VERSION)]:
        case ["api", type_]:
            route = Route(_resource(type_))
        case ["api", type_, id_]:
            route = Route(_resource(type_), id_)
        case ["api", type_, id_, name]:
            route = Route(_resource(type_), id_, _relationship(_resource(type_), name))
        case ["api", type_, _, "relationships", name] if name in _resource(type_).relationships:
            # Every answer links here.
            raise Refused(problems.record_not_found(), because=undocumented("whether relationship links are live"))
        case ["oauth", *_]:
            raise Refused(problems.record_not_found(), because=not_modelled(path))
        case _:
            raise Refused(problems.record_not_found())
    if route.id is None and not route.actions():
        # Event stores have no list in the API either; the others have.
        because = None if route.resource.cursor_paged else not_modelled(f"listing {route.resource.name}")
        raise Refused(problems.record_not_found(), because=because)
    return route


def _resource(type_: str) -> ResourceType:
    resource = RESOURCES.get(type_)
    if resource is None:
        raise Refused(problems.record_not_found(), because=not_modelled(f"the resource type {type_}"))
    return resource


def _relationship(resource: ResourceType, name: str) -> Relationship:
    relationship = resource.relationships.get(name)
    if relationship is None:
        raise Refused(problems.record_not_found(), because=partly_modelled(resource, name))
    return relationship


def _action(route: Route, method: str) -> Action:
    actions = route.actions()
    if method in actions:
        return actions[method]
    because = None
    if method in ("POST", "PATCH", "DELETE"):
        if route.relationship is None and route.resource.writes_elsewhere:
            because = not_modelled(f"{method} on {route.resource.name}")
    elif method in ("HEAD", "OPTIONS"):
        because = undocumented(f"whether {method} is answered")
    raise Refused(problems.method_not_allowed(method), because=because, allow=", ".join(actions))


def _check_accept(header: str) -> None:
    """Refuse a list of media types with neither JSON:API nor everything; none at all is fine."""
    types = [item.partition(";")[0].strip().lower() for item in header.split(",")]
    if header.strip() and MEDIA_TYPE not in types and "*/*" not in types:
        raise Refused(problems.not_acceptable())


def _check_content_type(header: str) -> None:
    if header.partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise Refused(problems.unsupported_media_type(header))


def _families(action: Action) -> frozenset[Family]:
    """Return the parameters that are documented. unknown: the others; they may be ignored, here they are refused."""
    match action:
        case "list":
            return _LIST
        case "delete":
            return frozenset()
        case _:
            return _ONE


def _sorted(records: list[Record], resource: ResourceType, criteria: Sequence[tuple[str, bool]]) -> list[Record]:
    """Sort what comes in the order of creation as the database does: nulls are the greatest.

    unknown: the default order; here that of creation, which is that of the ids.
    """
    if criteria[-1:] == [("id", False)]:
        criteria = criteria[:-1]
    if not criteria:
        return records
    result = list(records)
    for name, descending in reversed(criteria):
        result.sort(key=_sort_key(resource.attributes[name]), reverse=descending)
    return result


def _sort_key(attribute: Attribute) -> Callable[[Record], tuple[bool, float, str]]:
    def key(record: Record) -> tuple[bool, float, str]:
        value = record.sequence if attribute.kind == "id" else record.value(attribute.name)
        if isinstance(value, int | float):
            return False, value, ""
        return value is None, 0, str(value)

    return key


def _after(events: Sequence[Record], asked: Query) -> tuple[list[Record], bool]:
    """Return the page of event stores behind the cursor, and whether there is more. unknown: the default order."""
    descending = bool(asked.sort) and asked.sort[0][1]
    ordered = sorted(events, key=lambda event: event_order(event.id), reverse=descending)
    if asked.after is not None:
        mark = event_order(asked.after)
        ordered = [
            event for event in ordered if (event_order(event.id) < mark if descending else event_order(event.id) > mark)
        ]
    return ordered[: asked.size], len(ordered) > asked.size
