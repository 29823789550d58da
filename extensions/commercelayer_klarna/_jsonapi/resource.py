"""A resource: what a caller reads of one resource object, and the descriptors that its attributes are declared with.

Reading is tolerant: what the contract does not know is kept, and what the answer did not carry says so when it is
touched. Which resources an answer holds, and how they find each other, is left to ``_document``; the attributes of the
contract stand in ``attributes``, which ``scripts/regenerate`` writes; the classes of the types in ``resources``.
"""

# The descriptors and functions of this module know the private parts of a resource.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy, deepcopy
from datetime import UTC, datetime
from operator import itemgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Never, Self, TypeVar, overload

from commercelayer_klarna._json import JsonObject, JsonValue, as_object, copied, is_list
from commercelayer_klarna._jsonapi.origin import Origin, ResponseInfo
from commercelayer_klarna._redaction import HIDDEN, without_secrets
from commercelayer_klarna.errors import NotFetchedError, NotIncludedError, ResponseFormatError

__all__ = [
    "UNKNOWN",
    "Accessor",
    "Attribute",
    "DateTime",
    "Extensions",
    "FreeForm",
    "ListOf",
    "Member",
    "Renamed",
    "Resource",
    "ToMany",
    "ToOne",
    "class_of",
    "key_of",
    "type_and_id",
]

T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R", bound="Resource")
A = TypeVar("A", bound="Accessor")

UNKNOWN: JsonObject = {}
"""The JSON of a resource that is linked but not included; never changed."""
# What a resource has found when nobody has asked for a relationship of it; never changed.
_NOTHING: dict[str, Resource | list[Resource] | None] = {}

# Quicker than ``key_of`` and does not tell what is wrong.
type_and_id = itemgetter("type", "id")
_moment = datetime.fromisoformat
_READ_ONLY = "a resource is what the API answered, and cannot be changed here: call update"
# How deep `to_dict` follows relationships. The API's own command line refuses to include more than three levels.
_DEEPEST = 20
_LONGEST = 40


if TYPE_CHECKING:
    from typing import Protocol

    class ResourceHost(Protocol):
        """What resources ask of the plugins of the client that they came through."""

        def namespaces(self, resource_type: str) -> Mapping[str, tuple[Any, Any]]:
            """Return all namespaces of a resource type: where each comes from, and its class."""
            ...

        def metadata_codec(self, resource_type: str, key: str) -> tuple[Any, Any] | None:
            """Return the codec of a metadata key, and where it comes from."""
            ...

    class ResourceDocument(Protocol):
        """What a resource asks of the document that it is in."""

        @property
        def host(self) -> ResourceHost | None:
            """The plugins of the client, if the document came through one."""
            ...

        @property
        def origin(self) -> Origin:
            """Where the document came from."""
            ...

        @property
        def response(self) -> ResponseInfo:
            """What the answer said beside the document."""
            ...

        def _linked(self, linkage: JsonValue, path: str) -> Resource | None:
            """Return the resource with this type and id; if it is not included, one that knows no more than that.

            Of what is no linkage, return ``None``.
            """
            ...

        def _apart(self, resource: Resource, change: Callable[[JsonValue], JsonValue]) -> Resource:
            """Return a copy of a resource in a document of its own, which holds what the resource reaches."""
            ...

        def _reduced(self, resource: Resource) -> tuple[Callable[..., Resource], tuple[object, ...]]:
            """Return what ``pickle`` makes a resource from: what it reaches, without secrets."""
            ...


class Member(Generic[T_co]):
    """What a resource has under one name. It can be read, and not be set or deleted.

    Args:
        name: Its name in the answer, where that is not the name in the class.
    """

    __slots__ = ("name",)

    def __init__(self, name: str = "") -> None:
        self.name = name

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource, owner: type) -> T_co: ...
    def __get__(self, resource: Resource | None, owner: type) -> Any:
        raise NotImplementedError

    # To type checkers nothing can be set or deleted: no value is a Never.
    def __set__(self, resource: object, value: Never) -> None:
        raise TypeError(_READ_ONLY)

    def __delete__(self, resource: Never) -> None:
        raise TypeError(_READ_ONLY)


class Attribute(Member[T_co]):
    """An attribute that is read as it stands in the JSON: mostly a text, a number, a truth value."""

    __slots__ = ()

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource, owner: type) -> T_co: ...
    def __get__(self, resource: Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        try:
            return resource._attributes[self.name]
        except KeyError:
            raise _missing(resource, self.name) from None


class FreeForm(Attribute[T_co]):
    """An attribute of any JSON that may be written. Each reading gives a copy: what is changed in it is not saved."""

    __slots__ = ()

    def __get__(self, resource: Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        try:
            value = resource._attributes[self.name]
        except KeyError:
            raise _missing(resource, self.name) from None
        return copied(value)


class ListOf(Attribute[T_co]):
    """A list; null is an empty one. Each reading gives a new list of what is in it."""

    __slots__ = ()

    def __get__(self, resource: Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        try:
            value = resource._attributes[self.name]
        except KeyError:
            raise _missing(resource, self.name) from None
        return [] if value is None else value.copy() if is_list(value) else value


class DateTime(Attribute[T_co]):
    """A date-time with a time zone.

    Args:
        name: Its name in the answer, where that is not the name in the class.
        nullable: Whether null is read as ``None``.
    """

    __slots__ = ("_nullable",)

    def __init__(self, name: str = "", *, nullable: bool = False) -> None:
        super().__init__(name)
        self._nullable = nullable

    def __get__(self, resource: Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        try:
            value = resource._attributes[self.name]
        except KeyError:
            raise _missing(resource, self.name) from None
        if value is None and self._nullable:
            return None
        try:
            when = _moment(value)  # pyright: ignore[reportArgumentType]
        except (TypeError, ValueError):
            problem = f"{resource.type}/{resource.id} came with a {self.name} that cannot be read"
            raise ResponseFormatError(problem) from None
        return when if when.tzinfo is not None else when.replace(tzinfo=UTC)  # the API is documented to speak UTC


class ToOne(Member[T_co]):
    """A relationship to one resource."""

    __slots__ = ()

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource, owner: type) -> T_co: ...
    def __get__(self, resource: Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        related, name = resource._related, self.name
        found = related[name] if name in related else _follow(resource, name)
        return found.copy() if type(found) is list else found


class ToMany(Member[list[R]]):
    """A relationship to many resources."""

    __slots__ = ()

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource, owner: type) -> list[R]: ...
    def __get__(self, resource: Resource | None, owner: type) -> Any:
        return self if resource is None else resource.related(self.name)


class Renamed(Member[T_co]):
    """The old name of an attribute that the API renamed: it reads the new one, with a ``DeprecationWarning``.

    ::

        auth_token: Renamed[str | None] = Renamed("authorization_token")

    Args:
        new: The name that the attribute has now.
    """

    __slots__ = ("_new",)

    def __init__(self, new: str) -> None:
        super().__init__()
        self._new = new

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource, owner: type) -> T_co: ...
    def __get__(self, resource: Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        text = f"{type(resource).__name__}.{self.name} is called {self._new} now: read that"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return getattr(resource, self._new)


class _Answered(Member[ResponseInfo]):
    __slots__ = ()

    def __get__(self, resource: Resource | None, owner: type) -> Any:
        return self if resource is None else resource._document.response


class Accessor:
    """What a plugin adds to a resource: ``payment.ext.<namespace>``, or ``payment.accessor(MyAccessor)`` with its type.

    Made when first touched, once for each resource.
    """

    def __init__(self, resource: Resource) -> None:
        self.resource = resource

    def __copy__(self) -> Self:
        return type(self)(copy(self.resource))

    def __deepcopy__(self, memo: object) -> Self:
        return type(self)(deepcopy(self.resource))


class Resource:
    """A resource of any type. The types that the contract knows have classes of their own, which derive from this one.

    Attributes that the class declares are read as ``payment.client_token``, others as ``resource["name"]``, or as
    ``resource.name``, which type checkers cannot know. Reading what the answer did not carry raises
    ``NotFetchedError``. What may be written, such as metadata, is read as a copy: what is changed in it is not saved,
    here or anywhere, before it is passed to ``update``.

    Two resources are equal when type, id and attributes are; secrets take no part in that, are not shown, and are left
    out of pickles. A copy or a pickle holds the resource and what its relationships lead to, not the rest of its page.
    """

    __slots__ = ("__weakref__", "_accessors", "_attributes", "_document", "_id", "_json", "_path", "_related", "_type")

    _declared: ClassVar[Mapping[str, Member[object]]] = {}
    """What the class declares, by the name that it has in answers."""
    _types: ClassVar[tuple[str, ...]] = ()
    """The resource types that have this class."""
    _family: ClassVar[str] = ""
    """The type whose ids are theirs as well: the first of the class, or of the class that it derives from."""
    _shown: ClassVar[tuple[str, ...]] = ()
    """The attributes that ``repr`` shows: few, and none that tells of a person."""

    def __init_subclass__(cls, types: tuple[str, ...] = ()) -> None:
        """Name what a class declares, and let resources of some types have this class."""
        declared = dict(cls._declared)
        for name, each in vars(cls).items():
            if isinstance(each, Member):
                each.name = each.name or name
                declared[each.name] = each
        cls._declared = declared
        cls._types = types
        if types and not cls._family:
            cls._family = types[0]
        _CLASSES.update(dict.fromkeys(types, cls))
        # Python makes code quicker while it sees objects of one class alone, so each class gets its own.
        init = Resource.__init__
        own = FunctionType(init.__code__.replace(), init.__globals__, "__init__", init.__defaults__)
        setattr(cls, "__init__", own)  # noqa: B010 - type checkers have it already

    def __init__(
        self, kind: str, identifier: str, json: JsonObject, document: ResourceDocument, path: str | None = ""
    ) -> None:
        """Read a resource object; documents call this.

        Args:
            kind: Its type.
            identifier: Its id.
            json: The resource object.
            document: The document that it is in.
            path: The include path that leads to it: empty for primary data, ``None`` if nothing has led to it yet.
        """
        self._type = kind
        self._id = identifier
        self._json = json
        attributes: Any = json.get("attributes")
        self._attributes: JsonObject = attributes if type(attributes) is dict else UNKNOWN
        self._document = document
        self._path = path
        self._related: dict[str, Resource | list[Resource] | None] = _NOTHING
        self._accessors: dict[object, Accessor] | None = None

    @property
    def id(self) -> str:
        """Id of the resource."""
        return self._id

    @property
    def type(self) -> str:
        """Type of the resource, in the plural, such as ``klarna_payments``."""
        return self._type

    @property
    def attributes(self) -> JsonObject:
        """All attributes that the answer carried, as JSON: a copy."""
        found: JsonObject = copied(self._attributes)
        return found

    @property
    def relationships(self) -> JsonObject:
        """All relationships that the answer carried, as JSON: a copy."""
        return self._member("relationships")

    @property
    def links(self) -> JsonObject:
        """Links of the resource, as JSON: a copy. They are never followed."""
        return self._member("links")

    @property
    def meta(self) -> JsonObject:
        """Meta information, such as ``mode`` (``test`` or ``live``), as JSON: a copy."""
        return self._member("meta")

    response: _Answered = _Answered()
    """What the answer that it came in said beside it: status, headers, request id, and what is left of the limit.

    ``NotFetchedError`` says that it came in none: from a callback, or a pickle.
    """

    def _member(self, name: str) -> JsonObject:
        found: JsonObject = copied(as_object(self._json.get(name)))
        return found

    def to_dict(self, *, secrets: bool = False) -> JsonObject:
        """Return the resource as a new JSON object.

        It has ``id``, ``type``, all attributes as JSON, and under the name of each relationship what the answer
        included there. Where a relationship leads back, or to what is not included, ``id`` and ``type`` stand alone.

        Args:
            secrets: Whether to keep secrets, such as ``client_token``.
        """
        return _as_dict(self, secrets, frozenset(), {})

    def related(self, name: str) -> Any:
        """Return what a relationship leads to: a resource, a list of them, or ``None``.

        A related resource that was linked but not included has ``id`` and ``type`` alone.

        Raises:
            NotIncludedError: The answer has nothing but links there.
        """
        related = self._related
        found = related[name] if name in related else _follow(self, name)
        return found.copy() if isinstance(found, list) else found

    @property
    def ext(self) -> Extensions:
        """What plugins add to this resource, by namespace: ``payment.ext.metadata``."""
        return Extensions(self)

    def accessor(self, kind: Callable[[Resource], A]) -> A:
        """Return what a plugin adds to this resource, by its class, and so with its type.

        Raises:
            LookupError: No active plugin adds it to resources of this type.
        """
        for source, each in _namespaces(self).values():
            if each is kind:
                if self._accessors is None:
                    self._accessors = {}
                if kind not in self._accessors:
                    self._accessors[kind] = source.call(kind, self)
                accessor: A = self._accessors[kind]  # type: ignore[assignment]
                return accessor
        name = getattr(kind, "__name__", repr(kind))
        raise LookupError(f"no active plugin adds {name} to {self.type}: {_NO_PLUGINS}")

    def decode_metadata(self, key: str, value: JsonValue) -> JsonValue:
        """Return a metadata value as the codec of its key reads it; without a codec, as it is.

        Raises:
            LookupError: The resource did not come through a client, so that its codecs are not known.
        """
        host = self._document.host
        if host is None:
            raise LookupError(f"{self.type}/{self.id} has no metadata codecs: {_NO_PLUGINS}")
        found = host.metadata_codec(self.type, key)
        if found is None or value is None:
            return value
        source, codec = found
        try:
            return source.call(codec.decode, value)
        except Exception as error:
            error.add_note(f"while reading metadata[{key!r}] of {self.type}/{self.id}")
            raise

    def __getitem__(self, name: str) -> JsonValue:
        """Return an attribute, by the name that it has in answers: what the class declares as it declares it.

        Raises:
            NotFetchedError: The answer did not carry it.
            NotIncludedError: The answer did not include the resource.
        """
        declared = self._declared.get(name)
        if name in self._attributes and not isinstance(declared, Attribute):
            return copied(self._attributes[name])
        if declared is not None:
            return declared.__get__(self, type(self))
        if isinstance(getattr(Resource, name, None), property):
            raise NotFetchedError(f"{name!r} is no attribute of the API: read .{name}")
        raise _missing(self, name)

    def __contains__(self, name: object) -> bool:
        return name in self._attributes

    # What type checkers must go on refusing, or finding misspelt, is hidden from them.
    if not TYPE_CHECKING:

        def __getattr__(self, name):
            if not name.startswith("_"):
                if name in self._attributes and name not in self._declared:
                    return copied(self._attributes[name])
                declared = getattr(type(self), name, None)
                if isinstance(declared, Member):  # Python asks here once more when a descriptor raised AttributeError
                    return declared.__get__(self, type(self))
                if name in as_object(self._json.get("relationships")):
                    return self.related(name)
                if type(self) is Resource:
                    raise _missing(self, name)
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

        def __iter__(self):
            raise TypeError(f"a {type(self).__name__} cannot be iterated: call to_dict(), or read attributes")

        def __setitem__(self, name, value):
            raise TypeError(_READ_ONLY)

        def __delitem__(self, name):
            raise TypeError(_READ_ONLY)

    def __dir__(self) -> Iterable[str]:
        names = (*self._attributes, *as_object(self._json.get("relationships")))
        return {*super().__dir__(), *(name for name in names if name.isidentifier() and not name.startswith("_"))}

    def __repr__(self) -> str:
        shown = [f"id={self.id!r}"]
        if len(self._types) != 1:
            shown.append(f"type={self.type!r}")
        for name in self._shown:
            value = self._attributes.get(name)
            if value is not None:
                shown.append(f"{name}={_shortened(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Resource):
            return NotImplemented
        return (
            self.type == other.type
            and self.id == other.id
            and (self._json is UNKNOWN) == (other._json is UNKNOWN)
            and bool(without_secrets(self._attributes) == without_secrets(other._attributes))
        )

    def __hash__(self) -> int:
        return hash((self.type, self.id))

    def __reduce__(self) -> tuple[Callable[..., Resource], tuple[object, ...]]:
        return self._document._reduced(self)

    def __getstate__(self) -> object:
        # Not for pickles, which reduce; for what else looks for a state, such as serializers, and must find no secret.
        return self.to_dict()

    def __copy__(self) -> Resource:
        return self._document._apart(self, _same)

    def __deepcopy__(self, memo: object) -> Resource:
        return self._document._apart(self, copied)


def _refuse(resource: Resource, value: object = None) -> Never:
    raise TypeError(_READ_ONLY)


# Properties refuse with the remedy as well. Type checkers see that they are read-only. Not by `__setattr__` and
# `__delattr__`: defining either makes each resource cost twice as much to build.
for _name, _each in list(vars(Resource).items()):
    if isinstance(_each, property):
        setattr(Resource, _name, _each.setter(_refuse).deleter(_refuse))

_CLASSES: dict[str, type[Resource]] = {}
# Where documents look first.
class_of = _CLASSES.get


class Extensions:
    """What plugins add to a resource, by namespace. Each is made when first touched."""

    __slots__ = ("_resource",)

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    def __getattr__(self, namespace: str) -> Any:
        if namespace.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} has no attribute {namespace!r}")
        found = _namespaces(self._resource).get(namespace)
        if found is None:
            known = ", ".join(self) or "none"
            raise AttributeError(
                f"no active plugin adds {namespace!r} to {self._resource.type} (there are: {known}): {_NO_PLUGINS}"
            )
        return self._resource.accessor(found[1])

    def __iter__(self) -> Iterator[str]:
        """Iterate the namespaces that there are."""
        return iter(sorted(_namespaces(self._resource)))

    def __reduce__(self) -> tuple[type[Extensions], tuple[Resource]]:
        return Extensions, (self._resource,)


_NO_PLUGINS = "name the plugin in plugins=[...]; a resource of a pickle has no plugins: retrieve it by its id"


def _namespaces(resource: Resource) -> Mapping[str, tuple[Any, Any]]:
    host = resource._document.host
    return {} if host is None else host.namespaces(resource.type)


def _same(value: JsonValue) -> JsonValue:
    return value


# Not a method: an object whose class has `__getattr__` makes a new object of each method that is called.
def _follow(resource: Resource, name: str) -> Resource | list[Resource] | None:
    """Find what a relationship leads to, and remember it."""
    try:
        linkage = resource._json["relationships"][name]["data"]
    except (KeyError, TypeError):
        raise _only_links(resource, name) from None
    found: Resource | list[Resource] | None = None
    if linkage is not None:
        document, path = resource._document, resource._path
        path = f"{path}.{name}" if path else name
        if linkage.__class__ is list:
            found = [document._linked(each, path) or _no_linkage(resource, name) for each in linkage]
        else:
            found = document._linked(linkage, path) or _no_linkage(resource, name)
    related = resource._related
    if related:
        related[name] = found
    else:
        resource._related = {name: found}
    return found


def _no_linkage(resource: Resource, name: str) -> Never:
    raise ResponseFormatError(f"{resource.type}/{resource.id} has a {name} that is not linkage")


def key_of(resource: JsonValue) -> tuple[str, str] | None:
    """Return type and id of a resource object or of linkage; ``None`` if it is neither."""
    try:
        kind, identifier = resource["type"], resource["id"]
    except (KeyError, TypeError):
        return None
    return (kind, identifier) if isinstance(kind, str) and isinstance(identifier, str) else None


def _only_links(resource: Resource, name: str) -> NotIncludedError:
    if name == "event_stores":
        return NotIncludedError(f"event stores cannot be included: call payments.event_stores({resource.id!r})")
    path = f"{resource._path}.{name}" if resource._path else name
    advice = resource._document.origin.to_link(resource.type, name, None if resource._path is None else path)
    return NotIncludedError(f"{resource.type}/{resource.id} came without {name}: {advice}")


def _missing(resource: Resource, name: str) -> NotFetchedError | NotIncludedError:
    where, origin = f"{resource.type}/{resource.id}", resource._document.origin
    if resource._json is UNKNOWN:
        return NotIncludedError(
            f"{where} is linked but not included, so its {name} is not known: {origin.to_include(resource._path)}"
        )
    return NotFetchedError(f"{where} came without {name}: {origin.to_fetch(resource.type, name)}")


def _shortened(value: JsonValue) -> str:
    """Show a value in few letters, and no address of a person."""
    if isinstance(value, str) and "@" in value:
        return HIDDEN
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _as_dict(
    resource: Resource,
    secrets: bool,
    above: frozenset[tuple[str, str]],
    done: dict[tuple[str, str], JsonObject],
) -> JsonObject:
    """Write a resource and what it reaches.

    Args:
        resource: What to write.
        secrets: Whether to keep secrets.
        above: The resources that lead here: a relationship back to one of them would have no end.
        done: What is written already. What is reached twice is written once, and stands in both places.
    """
    key = (resource.type, resource.id)
    if key in done:
        return done[key]
    identifier: JsonObject = {"id": resource.id, "type": resource.type}
    if resource._json is UNKNOWN or key in above or len(above) >= _DEEPEST:
        return identifier
    attributes: JsonObject = resource.attributes
    made = {**identifier, **(attributes if secrets else without_secrets(attributes)), **identifier}
    inner = above | {key}
    for name, relationship in as_object(resource._json.get("relationships")).items():
        if name in made or "data" not in as_object(relationship):
            continue
        found: Resource | list[Resource] | None = resource.related(name)
        if isinstance(found, list):
            made[name] = [_as_dict(each, secrets, inner, done) for each in found]
        else:
            made[name] = None if found is None else _as_dict(found, secrets, inner, done)
    done[key] = made
    return made
