"""A JSON:API document as it came: its resources, and the index of what it includes.

Nothing here knows which classes resources become; the reader of documents passes that in. Included resources are
indexed when one is first asked for, and built when first touched.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from weakref import ref

from commercelayer_klarna._forks import FreshLock
from commercelayer_klarna._json import as_list, as_object, is_list, is_object
from commercelayer_klarna._redaction import without_secrets
from commercelayer_klarna.errors import ResponseFormatError

if TYPE_CHECKING:
    from commercelayer_klarna.resources import Resource

_REPLACING = FreshLock()

__all__ = ["Build", "Document", "ResourceHost", "key_of"]

Build: TypeAlias = "Callable[[tuple[str, str], dict[str, Any], Document, str | None], Resource]"
"""Makes a resource of its type and id, its resource object, its document, and the include path to it, if known."""


class ResourceHost(Protocol):
    """What resources ask of the plugins of the client that they came through."""

    def namespaces(self, resource_type: str) -> Mapping[str, tuple[Any, Any]]:
        """All namespaces of a resource type: where each comes from, and its class."""
        ...

    def metadata_codec(self, resource_type: str, key: str) -> tuple[Any, Any] | None:
        """The codec of a metadata key, and where it comes from."""
        ...


class Document:
    """An answer of the API.

    Attributes:
        json: The document as it came.
        host: The plugins of the client, if it came through one.
    """

    __slots__ = ("_all", "_build", "_data", "_included", "_index", "_resources", "host", "json")

    def __init__(self, json: object, build: Build, host: ResourceHost | None = None) -> None:
        """Wrap a document.

        Args:
            json: The document as it came.
            build: Makes its resources.
            host: The plugins of the client, if it came through one.

        Raises:
            ResponseFormatError: It is not a JSON object.
        """
        if not is_object(json):
            raise ResponseFormatError(f"the answer is not a JSON:API document but a JSON {type(json).__name__}")
        self.json = json
        self.host = host
        self._build = build
        self._included: list[Any] = []
        self._data: tuple[Resource | list[Resource] | None] | None = None
        self._all: list[Resource] | None = None
        # By type and id, in two steps: a key for each would be one more object that the garbage collector looks at.
        self._index: dict[str, dict[str, dict[str, Any]]] | None = None
        # Weak, since resources hold their document: a page that nobody holds is freed at once, without a collection.
        self._resources: dict[str, dict[str, ref[Resource]]] = defaultdict(dict)

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
        """``data``, without holding on to it: what is read so is freed as soon as the caller lets go of it.

        Raises:
            ResponseFormatError: It holds something that is not a resource.
        """
        data = self.json.get("data")
        if data is None:
            return None
        if is_list(data):
            return [self._made(each, "") for each in data]
        return self._made(data, "")

    @property
    def meta(self) -> dict[str, Any]:
        """Meta information of the document, such as ``record_count``."""
        return as_object(self.json.get("meta"))

    @property
    def links(self) -> dict[str, Any]:
        """Links of the document. They are never followed."""
        return as_object(self.json.get("links"))

    @property
    def included(self) -> list[Resource]:
        """All included resources, in the order of the answer."""
        if self._all is None:
            index = self._indexed()
            keys = dict.fromkeys(map(key_of, self._included))
            self._all = [self._made(index[key[0]][key[1]], None) for key in keys if key]
        return list(self._all)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (without_secrets(self.json), self._build)

    def __copy__(self) -> Document:
        return self._twin(self.json, self._included)

    def __deepcopy__(self, memo: dict[int, Any]) -> Document:
        return self._twin(copy.deepcopy(self.json, memo), copy.deepcopy(self._included, memo))

    def _twin(self, json: dict[str, Any], included: list[Any]) -> Document:
        twin = Document(json, self._build, self.host)
        twin.link(included)
        return twin

    def __repr__(self) -> str:
        data = self.json.get("data")
        kind = as_object(data).get("type", "no data") if not is_list(data) else f"{len(data)} resources"
        return f"Document({kind}, {len(self._included)} included)"

    def link(self, included: object) -> None:
        """Let relationships find these resource objects. They are indexed when one is first asked for."""
        self._included = as_list(included)
        self._index = self._all = None

    def find(self, key: tuple[str, str], path: str | None) -> Resource | None:
        """The resource with this type and id, if the document holds it; the same object while anybody holds that."""
        kind, identifier = key
        kept = self._resources[kind].get(identifier)
        made = None if kept is None else kept()
        if made is not None:
            return made
        found = (self._index or self._indexed())[kind].get(identifier)
        return None if found is None else self.keep(key, self._build(key, found, self, path))

    def keep(self, key: tuple[str, str], resource: Resource) -> Resource:
        """Remember a resource while anybody holds it; threads that come at the same time get the same one."""
        mine = ref(resource)
        kind, identifier = key
        kept = self._resources[kind]
        if kept.setdefault(identifier, mine) is mine:
            return resource
        with _REPLACING:
            alive = kept[identifier]()
            if alive is None:
                kept[identifier] = mine
            return alive or resource

    def _indexed(self) -> dict[str, dict[str, dict[str, Any]]]:
        if self._index is None:
            data = self.json.get("data")
            primary = data if is_list(data) else [] if data is None else [data]
            # What is primary data as well is read from there, whichever is touched first.
            index: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
            for each in [*self._included, *reversed(primary)]:
                key = key_of(each)
                if key is None:
                    raise _no_resource()
                kind, identifier = key
                index[kind][identifier] = each
            self._index = index
        return self._index

    def _made(self, json: Any, path: str | None) -> Resource:
        key = key_of(json)
        if key is None:
            raise _no_resource()
        kind, identifier = key
        kept = self._resources[kind].get(identifier)
        made = None if kept is None else kept()
        return made or self.keep(key, self._build(key, json, self, path))


def _unpickled(json: dict[str, Any], build: Build) -> Document:
    document = Document(json, build)
    document.link(document.json.get("included"))
    return document


def key_of(resource: Any) -> tuple[str, str] | None:
    """Type and id of a resource object or of linkage; ``None`` if it is neither."""
    try:
        kind, identifier = resource["type"], resource["id"]
    except (KeyError, TypeError):
        return None
    return (kind, identifier) if isinstance(kind, str) and isinstance(identifier, str) else None


def _no_resource() -> ResponseFormatError:
    return ResponseFormatError("the answer holds something that is not a resource: it has no type or no id")
