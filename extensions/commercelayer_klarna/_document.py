"""A JSON:API document as it came: its resources, and the index of what it includes.

What a resource is stands in ``resource``. Included resources are indexed when one is first asked for, and built when
first touched.
"""

# A document tells its resources by which path one gets to them, and copies them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Never, TypeVar
from weakref import ref

from commercelayer_klarna._forks import FreshLock
from commercelayer_klarna._json import JsonObject, JsonValue, as_list, as_object, copied, is_list, is_object
from commercelayer_klarna._jsonapi.origin import UNKNOWN_ORIGIN, Origin, ResponseInfo
from commercelayer_klarna._jsonapi.resource import UNKNOWN, Resource, class_of, key_of, type_and_id
from commercelayer_klarna._lazy import lazy
from commercelayer_klarna._redaction import without_secrets
from commercelayer_klarna.errors import ResponseFormatError

if TYPE_CHECKING:
    from commercelayer_klarna import resources
    from commercelayer_klarna._jsonapi.resource import ResourceHost
else:
    (resources,) = lazy("resources")

_REPLACING = FreshLock()
_TEXT = frozenset({str})

V = TypeVar("V")

__all__ = ["Document"]


class Document:
    """An answer of the API.

    Two documents are equal when what they hold is; secrets take no part in that, and are left out of pickles.

    Attributes:
        json: The document as it came.
        host: The plugins of the client, if it came through one.
        origin: Where it came from.
    """

    __slots__ = ("_all", "_data", "_included", "_index", "_resources", "host", "json", "origin")

    def __init__(self, json: object, host: ResourceHost | None = None, origin: Origin = UNKNOWN_ORIGIN) -> None:
        """Wrap a document.

        Args:
            json: The document as it came.
            host: The plugins of the client, if it came through one.
            origin: Where it came from.

        Raises:
            ResponseFormatError: It is not a JSON object.
        """
        if not is_object(json):
            raise ResponseFormatError(f"the answer is not a JSON:API document but a JSON {type(json).__name__}")
        self.json = json
        self.host = host
        self.origin = origin
        self._included: list[JsonValue] = []
        self._data: tuple[Resource | list[Resource] | None] | None = None
        self._all: list[Resource] | None = None
        # By type and id, in two steps: a key for each would be one more object that the garbage collector looks at.
        self._index: dict[str, dict[str, JsonObject]] | None = None
        # Weak, since resources hold their document: a page that nobody holds is freed at once, without a collection.
        self._resources: dict[str, dict[str, ref[Resource]]] = {}

    @property
    def data(self) -> Resource | list[Resource] | None:
        """The primary data: a resource, a list of them, or ``None``.

        Raises:
            ResponseFormatError: It holds something that is not a resource.
        """
        if self._data is None:
            self._data = (self.read(),)
        data = self._data[0]
        return list(data) if isinstance(data, list) else data

    def read(self) -> Resource | list[Resource] | None:
        """Return ``data`` without holding on to it: what is read so is freed as soon as the caller lets go of it.

        Raises:
            ResponseFormatError: It holds something that is not a resource.
        """
        data = self.json.get("data")
        if data is None:
            return None
        if is_list(data):
            return [self._primary(each) for each in data]
        return self._primary(data)

    @property
    def meta(self) -> JsonObject:
        """Meta information of the document, such as ``record_count``."""
        return as_object(self.json.get("meta"))

    @property
    def links(self) -> JsonObject:
        """Links of the document. They are never followed."""
        return as_object(self.json.get("links"))

    @property
    def response(self) -> ResponseInfo:
        """What the answer said beside the document: status, headers, request id, and what is left of the limit.

        Raises:
            NotFetchedError: It came from a callback, a pickle, or was made by hand.
        """
        data = self.json.get("data")
        first = as_object(next(iter(data), None) if is_list(data) else data)
        # An event tells the trace of what it tells of.
        of_first = as_object(first.get("meta")) if first.get("type") != "event_stores" else {}
        trace_id = self.meta.get("trace_id") or of_first.get("trace_id")
        return self.origin.response(trace_id if isinstance(trace_id, str) else None)

    @property
    def included(self) -> list[Resource]:
        """All included resources, in the order of the answer."""
        if self._all is None:
            index = self._index or self._indexed()
            keys = map(type_and_id, self._included)
            found = [_of_type(index, kind)[identifier] for kind, identifier in keys]
            once = {id(each): each for each in found}  # one that came twice is one resource
            self._all = [self._made(each["type"], each["id"], each, None) for each in once.values()]
        return list(self._all)

    def link(self, included: object) -> None:
        """Let relationships find these resource objects. They are indexed when one is first asked for."""
        self._included = as_list(included)
        self._index = self._all = None

    def _linked(self, linkage: JsonValue, path: str) -> Resource | None:
        """Return the resource that is linked: the same object while anybody holds it.

        If the document does not hold it, it knows type and id alone. Of what is no linkage, return ``None``.

        Args:
            linkage: Type and id. The resource may have another type of the same family.
            path: The include path that leads to it.
        """
        key = key_of(linkage)
        if key is None:
            return None
        kind, identifier = key
        kept = self._resources.get(kind)
        if kept is None:
            kept = _of_type(self._resources, kind)
        known = kept.get(identifier)
        made = None if known is None else known()
        if made is not None:
            if made._path is None:  # it was built before anything led to it
                made._path = path
            return made
        index = self._index or self._indexed()
        json = (index.get(kind) or _of_type(index, kind)).get(identifier)
        if json is None:
            json = UNKNOWN
        else:
            kind = json["type"]
        return self._kept(kept, kind, identifier, json, path)

    def _primary(self, json: JsonValue) -> Resource:
        kind, identifier = key_of(json) or _no_resource()
        if self._included and not (json.get("attributes") or json.get("relationships")):
            # It may be a bare identifier of what is included in full.
            json = _of_type(self._index or self._indexed(), kind)[identifier]
            kind = json["type"]
        return self._made(kind, identifier, json, "")

    def _made(self, kind: str, identifier: str, json: JsonObject, path: str | None) -> Resource:
        kept = self._resources.get(kind)
        if kept is None:
            kept = _of_type(self._resources, kind)
        known = kept.get(identifier)
        made = None if known is None else known()
        return self._kept(kept, kind, identifier, json, path) if made is None else made

    def _kept(
        self, kept: dict[str, ref[Resource]], kind: str, identifier: str, json: JsonObject, path: str | None
    ) -> Resource:
        """Build a resource, and remember it while anybody holds it; threads that come together get the same one."""
        resource = (class_of(kind) or resource_class(kind))(kind, identifier, json, self, path)
        mine = ref(resource)
        if kept.setdefault(identifier, mine) is mine:
            return resource
        with _REPLACING.lock:
            alive = kept[identifier]()
            if alive is None:
                kept[identifier] = mine
            return resource if alive is None else alive

    def _indexed(self) -> dict[str, dict[str, JsonObject]]:
        index: dict[str, dict[str, JsonObject]] = {}
        data = self.json.get("data")
        primary: list[JsonValue] = data[::-1] if is_list(data) else [] if data is None else [data]
        try:
            for each, (kind, identifier) in zip(self._included, map(type_and_id, self._included), strict=True):
                of_type = index.get(kind) or _of_type(index, kind)
                there = of_type.setdefault(identifier, each)
                if there is not each and _fullness(each) > _fullness(there):
                    of_type[identifier] = each
            # What is primary data as well is read from there, whichever is touched first, unless that is less.
            for each, (kind, identifier) in zip(primary, map(type_and_id, primary), strict=True):
                of_type = index.get(kind) or _of_type(index, kind)
                if identifier not in of_type or _fullness(each):
                    of_type[identifier] = each
        except (KeyError, TypeError):
            _no_resource()
        if not all(_TEXT.issuperset(map(type, each)) for each in (index, *index.values())):
            for each in (*self._included, *primary):
                _ = key_of(each) or _no_resource()
        self._index = index
        return index

    # Copies

    def _apart(self, resource: Resource, change: Callable[[JsonValue], JsonValue]) -> Resource:
        """Return a copy of a resource in a document of its own, which holds what the resource reaches.

        Args:
            resource: One of this document.
            change: Makes the JSON of the copy.
        """
        json, included = map(change, self._parts(resource))
        return _alone(self.host, resource.type, resource.id, resource._path, json, included, self.origin)

    def _reduced(self, resource: Resource) -> tuple[Callable[..., Resource], tuple[object, ...]]:
        """Return what ``pickle`` makes a resource from: what it reaches, without secrets."""
        parts = map(without_secrets, self._parts(resource))
        return _alone, (None, resource.type, resource.id, resource._path, *parts)

    def _parts(self, resource: Resource) -> tuple[JsonObject | None, list[JsonValue]]:
        """Return the JSON of a resource, ``None`` if it is linked alone, and what its relationships lead to."""
        if resource._json is UNKNOWN:
            return None, []
        try:
            return resource._json, self._reached(resource._json)
        except ResponseFormatError:  # what is broken stays so
            return resource._json, self._included

    def _reached(self, json: JsonObject) -> list[JsonValue]:
        reached: dict[int, JsonObject] = {}
        todo = [json]
        while todo:
            for relationship in as_object(todo.pop().get("relationships")).values():
                linkage = as_object(relationship).get("data")
                for key in map(key_of, linkage if is_list(linkage) else [linkage]):
                    found = key and _of_type(self._index or self._indexed(), key[0]).get(key[1])
                    if found and found is not json and id(found) not in reached:
                        reached[id(found)] = found
                        todo.append(found)
        return list(reached.values())

    def __reduce__(self) -> tuple[Callable[..., Document], tuple[object, ...]]:
        return _unpickled, (without_secrets(self.json),)

    def __copy__(self) -> Document:
        return self._twin(self.json, self._included)

    def __deepcopy__(self, memo: object) -> Document:
        return self._twin(copied(self.json), copied(self._included))

    def _twin(self, json: JsonObject, included: list[JsonValue]) -> Document:
        twin = Document(json, self.host, self.origin)
        twin.link(included)
        return twin

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Document):
            return NotImplemented
        return bool(without_secrets(self.json) == without_secrets(other.json))

    def __hash__(self) -> int:
        data = self.json.get("data")
        return hash((len(data),) if is_list(data) else key_of(data))

    def __repr__(self) -> str:
        data = self.json.get("data")
        kind = as_object(data).get("type", "no data") if not is_list(data) else f"{len(data)} resources"
        return f"Document({kind}, {len(self._included)} included)"


def _alone(
    host: ResourceHost | None,
    kind: str,
    identifier: str,
    path: str | None,
    json: JsonObject | None,
    included: object,
    origin: Origin = UNKNOWN_ORIGIN,
) -> Resource:
    document = Document({"data": json}, host, origin)
    document.link(included)
    kept = _of_type(document._resources, kind)
    return document._kept(kept, kind, identifier, UNKNOWN if json is None else json, path)


def _unpickled(json: JsonObject) -> Document:
    document = Document(json)
    document.link(document.json.get("included"))
    return document


def resource_class(resource_type: str) -> type[Resource]:
    """Return the class of a resource type."""
    # Classes register themselves when ``resources`` is imported. What is unpickled may come before that, or meanwhile.
    generic = resources.Resource
    return class_of(resource_type, generic)


def _of_type(table: dict[str, dict[str, V]], kind: str) -> dict[str, V]:
    """Return the part of a table that is for a type; types of one family share one.

    Callers look for themselves first, since it is mostly there.
    """
    found = table.get(kind)
    if found is None:
        found = table[kind] = table.setdefault(resource_class(kind)._family or kind, {})
    return found


def _fullness(json: JsonObject) -> int:
    """Return how much a resource object tells."""
    relationships = as_object(json.get("relationships")).values()
    return len(as_object(json.get("attributes"))) + sum("data" in as_object(each) for each in relationships)


def _no_resource() -> Never:
    raise ResponseFormatError("the answer holds something that is not a resource: it has no type or no id")
