"""The resources that a caller reads.

Attributes come from the generated attribute models, which the classes here inherit: what is in the contract is on the
resource, typed and documented. Relationships are added here. Reading is tolerant: what the contract does not know is
kept, and what the answer did not carry says so when it is touched.
"""

# Resources are put together by functions of this module, which know their private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import MethodType, NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    NoReturn,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from commercelayer_klarna._json import as_object, is_list, is_object
from commercelayer_klarna._jsonapi.accessor import Accessor
from commercelayer_klarna._jsonapi.document import Document, key_of
from commercelayer_klarna._redaction import HIDDEN, SECRET_NAMES, without_secrets
from commercelayer_klarna.errors import NotFetchedError, NotIncludedError, ResponseFormatError
from commercelayer_klarna_api import models
from commercelayer_klarna_api.types import Unset

if TYPE_CHECKING:
    from commercelayer_klarna_api.models.event_store_attributes import EventStoreAttributes
    from commercelayer_klarna_api.models.klarna_payment_attributes import KlarnaPaymentAttributes
    from commercelayer_klarna_api.models.order_attributes import OrderAttributes
    from commercelayer_klarna_api.models.payment_gateway_attributes import PaymentGatewayAttributes

__all__ = ["EventStore", "KlarnaPayment", "Order", "PaymentGateway", "Resource", "build"]

A = TypeVar("A", bound=Accessor)
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class _Attributes:
    """Stands for a generated model among the bases of a resource.

    To type checkers resources inherit the models. At run time they take names and types from them, when the first
    resource of a type is read: making a model of a hundred attributes is a good part of the time of an import.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __mro_entries__(self, bases: tuple[type, ...]) -> tuple[type, ...]:
        return ()


class _Documentation:
    """The documentation of a resource class, with that of its attributes, which comes from the contract."""

    def __init__(self, own: str, model: str) -> None:
        self._own = own
        self._model = model

    def __get__(self, resource: object, owner: type) -> str:
        return f"{self._own}\n\n    {getattr(models, self._model).__doc__ or ''}"


if not TYPE_CHECKING:
    EventStoreAttributes = _Attributes("EventStoreAttributes")
    KlarnaPaymentAttributes = _Attributes("KlarnaPaymentAttributes")
    OrderAttributes = _Attributes("OrderAttributes")
    PaymentGatewayAttributes = _Attributes("PaymentGatewayAttributes")

_UNKNOWN: dict[str, Any] = {}
"""The JSON of a resource that is linked but not included; never changed."""

_set = object.__setattr__


class _First:
    """What a class has under a name that an attribute of an answer may have as well, and that is found first.

    Python looks into an instance before it looks for what cannot be set.
    """

    __slots__ = ()

    def __set__(self, resource: Resource, value: Any) -> NoReturn:
        raise AttributeError("read-only")  # never called: resources refuse to be changed before this is asked


class _Fixed(_First):
    """A method."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __get__(self, resource: Resource | None, owner: type) -> Any:
        return self._function if resource is None else MethodType(self._function, resource)


if TYPE_CHECKING:

    def _fixed(function: F) -> F:
        return function

else:
    _fixed = _Fixed


class Resource:
    """A resource of any type. The types that the contract knows have classes of their own, which derive from this one.

    Attributes that the class declares are read as ``payment.client_token``. Any attribute of the answer, declared or
    not, is read as ``resource["name"]``; of a type without a class of its own also as ``resource.name``, which type
    checkers cannot know. Reading what the answer did not carry raises ``NotFetchedError``.

    Two resources are equal when type, id and attributes are; secrets take no part in that, are not shown, and are left
    out of pickles.

    Attributes:
        id: Id of the resource.
        type: Its type, in the plural, such as ``klarna_payments``.
    """

    __slots__ = ("__dict__", "__weakref__", "_accessors", "_document", "_json", "_path", "_related", "id", "type")
    # The `__dict__` is the attributes of the answer themselves: nothing is copied, and reading one costs nothing more.
    # So what a class has must be found before them, as slots and properties are, and what derives from `_First`; and
    # names that begin with an underscore do not stand there, since Python and others look for theirs in an instance.

    id: str
    type: str
    _json: dict[str, Any]
    _document: Document
    _path: str | None
    _related: dict[str, Any]
    _accessors: dict[Any, Any] | None

    _model: ClassVar[str | None] = None
    """Name of the generated model that has the attributes of the contract."""
    _declared: ClassVar[frozenset[str]] = frozenset()
    """Names of the attributes that the contract knows."""

    def __init_subclass__(cls) -> None:
        for base in cls.__dict__.get("__orig_bases__", ()):
            if isinstance(base, _Attributes):
                cls._model = base.name
                cls.__doc__ = _Documentation(cls.__doc__ or "", base.name)  # type: ignore[assignment]

    @property
    def _included(self) -> bool:
        return self._json is not _UNKNOWN

    @property
    def attributes(self) -> Mapping[str, Any]:
        """All attributes that the answer carried, as JSON."""
        return as_object(self._json.get("attributes"))

    @_fixed
    def to_dict(self) -> dict[str, Any]:
        """All attributes that the answer carried, as a new JSON object."""
        return dict(self.attributes)

    @property
    def relationships(self) -> Mapping[str, Any]:
        """All relationships that the answer carried, as JSON."""
        return as_object(self._json.get("relationships"))

    @property
    def links(self) -> Mapping[str, Any]:
        """Links of the resource. They are never followed."""
        return as_object(self._json.get("links"))

    @property
    def meta(self) -> Mapping[str, Any]:
        """Meta information, such as ``mode`` (``test`` or ``live``)."""
        return as_object(self._json.get("meta"))

    @_fixed
    def related(self, name: str) -> Any:
        """What a relationship leads to: a resource, a list of them, or ``None``.

        A related resource that was linked but not included has ``id`` and ``type`` alone.

        Raises:
            NotIncludedError: The answer has nothing but links there.
        """
        return _related(self, name)

    @property
    def ext(self) -> Extensions:
        """What plugins add to this resource, by namespace: ``payment.ext.metadata``."""
        return Extensions(self)

    @_fixed
    def accessor(self, kind: Callable[[Resource], A]) -> A:
        """What a plugin adds to this resource, by its class, and so with its type.

        Raises:
            LookupError: No active plugin adds it to resources of this type.
        """
        for source, each in _namespaces(self).values():
            if each is kind:
                made = self._accessors
                if made is None:
                    made = {}
                    _set(self, "_accessors", made)
                if kind not in made:
                    made[kind] = source.call(kind, self)
                accessor: A = made[kind]
                return accessor
        name = getattr(kind, "__name__", repr(kind))
        raise LookupError(f"no active plugin adds {name} to {self.type}: name it in plugins=[...]")

    @_fixed
    def decode_metadata(self, key: str, value: Any) -> Any:
        """A metadata value as the codec of its key reads it; without a codec, as it is."""
        found = None if self._document.host is None else self._document.host.metadata_codec(self.type, key)
        if found is None or value is None:
            return value
        source, codec = found
        try:
            return source.call(codec.decode, value)
        except Exception as error:
            error.add_note(f"while reading metadata[{key!r}] of {self.type}/{self.id}")
            raise

    def __getitem__(self, name: str) -> Any:
        """An attribute of the answer, as JSON.

        Raises:
            NotFetchedError, NotIncludedError: The answer did not carry it.
        """
        try:
            return self.attributes[name]
        except KeyError:
            raise _missing(self, name) from None

    def __setitem__(self, name: str, value: Any) -> NoReturn:
        raise TypeError("a resource is what the API answered, and cannot be changed here: call update")

    def __delitem__(self, name: str) -> NoReturn:
        raise TypeError("a resource is what the API answered, and cannot be changed here: call update")

    def __contains__(self, name: object) -> bool:
        return name in self.attributes

    if not TYPE_CHECKING:  # type checkers must go on seeing a misspelt attribute

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name in Resource.__slots__:
                raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
            if isinstance(getattr(type(self), name, None), ToOne | ToMany) or name in self.relationships:
                return _related(self, name)
            if name in type(self)._declared or type(self) is Resource:
                raise _missing(self, name)
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

    def __repr__(self) -> str:
        shown = [f"id={self.id!r}"]
        if type(self) is Resource:
            shown.append(f"type={self.type!r}")
        for name, value in self.attributes.items():
            if value is not None and not isinstance(value, dict | list):
                shown.append(f"{name}={HIDDEN if name in SECRET_NAMES else repr(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Resource):
            return NotImplemented
        return (
            self.type == other.type
            and self.id == other.id
            and self._included == other._included
            and without_secrets(self.attributes) == without_secrets(other.attributes)
        )

    def __hash__(self) -> int:
        return hash((self.type, self.id))

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise TypeError("a resource is what the API answered, and cannot be changed here: call update")

    def __reduce__(self) -> tuple[Any, ...]:
        return _found, (self._document, self.type, self.id, self._path, self._included)  # documents leave secrets out

    def __copy__(self) -> Resource:
        if not self._included:
            return build((self.type, self.id), _UNKNOWN, self._document, self._path)
        return build((self.type, self.id), self._json, self._document, self._path)

    def __deepcopy__(self, memo: dict[int, Any]) -> Resource:
        document = copy.deepcopy(self._document, memo)
        return _found(document, self.type, self.id, self._path, self._included)


def _related(resource: Resource, name: str) -> Any:
    found = resource._related.get(name, _UNKNOWN)
    if found is _UNKNOWN:
        try:
            linkage = resource._json["relationships"][name]["data"]
        except (KeyError, TypeError):
            raise _only_links(resource, name) from None
        if is_list(linkage):
            found = [_follow(resource, name, each) for each in linkage]
        else:
            found = None if linkage is None else _follow(resource, name, linkage)
        resource._related[name] = found
    return list(found) if isinstance(found, list) else found  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _follow(resource: Resource, name: str, linkage: Any) -> Resource:
    document = resource._document
    key = key_of(linkage)
    if key is None:
        raise ResponseFormatError(f"{resource.type}/{resource.id} has a {name} that is not linkage")
    path = _path_to(resource, name)
    found = document.find(key, path)
    if found is None:
        return document.keep(key, build(key, _UNKNOWN, document, path))
    if found._path is None:  # it was built before anything led to it
        _set(found, "_path", path)
    return found


def _path_to(resource: Resource, name: str) -> str:
    return f"{resource._path}.{name}" if resource._path else name


def _only_links(resource: Resource, name: str) -> NotIncludedError:
    if name == "event_stores":
        return NotIncludedError(f"event stores cannot be included: call payments.event_stores({resource.id!r})")
    return NotIncludedError(
        f"{resource.type}/{resource.id} came without {name}: ask with include=[{_path_to(resource, name)!r}]"
        f" (and name {name!r} in fields, if fields are given)"
    )


def _missing(resource: Resource, name: str) -> NotFetchedError | NotIncludedError:
    if not resource._included:
        return NotIncludedError(
            f"{resource.type}/{resource.id} is linked but not included, so its {name} is not known:"
            f" ask with include=[{resource._path!r}]"
        )
    return NotFetchedError(
        f"{resource.type}/{resource.id} came without {name}: name it in fields, or leave fields out"
        " (secrets are not kept in pickles; an attribute may also be newer than the API, or older)"
    )


def _namespaces(resource: Resource) -> Mapping[str, tuple[Any, Any]]:
    host = resource._document.host
    return {} if host is None else host.namespaces(resource.type)


class Extensions:
    """What plugins add to a resource, by namespace. Each is made when first touched."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    def __getattr__(self, namespace: str) -> Any:
        found = _namespaces(self._resource).get(namespace)
        if found is None:
            known = ", ".join(self) or "none"
            raise AttributeError(
                f"no active plugin adds {namespace!r} to {self._resource.type} (there are: {known}):"
                " name it in plugins=[...]; a resource that was unpickled has none"
            )
        return self._resource.accessor(found[1])

    def __iter__(self) -> Iterator[str]:
        """The namespaces that there are."""
        return iter(sorted(_namespaces(self._resource)))


class _Read(_First):
    """An attribute that is more than its JSON, and read from that each time.

    All other attributes need nothing here: they stand in the instance, or `Resource.__getattr__` says why they do not.
    """

    __slots__ = ("_name", "_nullable")

    def __init__(self, name: str, nullable: bool) -> None:
        self._name = name
        self._nullable = nullable

    def __get__(self, resource: Resource | None, owner: type) -> Any:
        raise NotImplementedError


class _When(_Read):
    """A date-time."""

    __slots__ = ()

    def __get__(self, resource: Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        try:
            value: Any = resource.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None
        if value is None and self._nullable:
            return None
        try:
            when = datetime.fromisoformat(value)  # pyright: ignore[reportArgumentType]
        except (TypeError, ValueError):
            problem = f"{resource.type}/{resource.id} came with a {self._name} that cannot be read"
            raise ResponseFormatError(problem) from None
        return when if when.tzinfo is not None else when.replace(tzinfo=UTC)  # the API is documented to speak UTC


class _List(_Read):
    """A list; null is an empty one."""

    __slots__ = ()

    def __get__(self, resource: Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        try:
            value = resource.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None
        return [] if value is None else value


_PLAIN = {NoneType, str, int, float, bool, Any, dict, Unset}


def _read(cls: type, name: str, kind: Any) -> _Read | None:
    """How an attribute is read, by the type that the generated model gives it; ``None`` if its JSON is what it is."""
    kinds = set(get_args(kind)) if get_origin(kind) in (Union, UnionType) else {kind}
    if datetime in kinds:
        return _When(name, NoneType in kinds)
    if get_origin(kind) is list:
        return _List(name, nullable=True)
    if {get_origin(each) or each for each in kinds} <= _PLAIN:
        return None
    raise TypeError(
        f"{cls.__name__}.{name} is a {kind} in the contract, which resources do not read: leave its type out there"
    )


class ToOne(_First, Generic[T]):
    """A relationship to one resource, read through ``Resource.related``."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource, owner: type) -> T: ...
    def __get__(self, resource: Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        found = resource._related.get(self.name)
        # Before anything is found there, or when that is null, or a list.
        return found if isinstance(found, Resource) else _related(resource, self.name)


class ToMany(_First, Generic[T]):
    """A relationship to many resources, read through ``Resource.related``."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource, owner: type) -> list[T]: ...
    def __get__(self, resource: Resource | None, owner: type) -> Any:
        return self if resource is None else _related(resource, self.name)


class KlarnaPayment(Resource, KlarnaPaymentAttributes):  # type: ignore[misc]  # the models are unhashable, resources are not
    """The payment source of an order that is paid with Klarna.

    The attributes are those of the contract; ``client_token`` opens Klarna's widget in the browser, and ``auth_token``
    is what the widget returns.
    """

    __slots__ = ()

    order = ToOne["Order"]()
    """The order that it pays. The API requires one, so the type is not optional; should the linkage be null all the
    same, this is ``None``."""
    payment_gateway = ToOne["PaymentGateway | None"]()
    """The gateway, which follows from the order's payment method."""


class Order(Resource, OrderAttributes):  # type: ignore[misc]  # the models are unhashable, resources are not
    """An order: the part of it that one reads around a payment."""

    __slots__ = ()

    market = ToOne["Resource | None"]()
    customer = ToOne["Resource | None"]()
    shipping_address = ToOne["Resource | None"]()
    billing_address = ToOne["Resource | None"]()
    payment_method = ToOne["Resource | None"]()
    payment_source = ToOne["Resource | None"]()
    """What pays the order, of any payment source type; a ``KlarnaPayment`` when it is paid with Klarna."""
    available_payment_methods = ToMany["Resource"]()
    line_items = ToMany["Resource"]()
    shipments = ToMany["Resource"]()
    transactions = ToMany["Resource"]()
    authorizations = ToMany["Resource"]()
    captures = ToMany["Resource"]()
    voids = ToMany["Resource"]()
    refunds = ToMany["Resource"]()
    events = ToMany["Resource"]()
    tags = ToMany["Resource"]()


class PaymentGateway(Resource, PaymentGatewayAttributes):  # type: ignore[misc]  # the models are unhashable, resources are not
    """A payment gateway: what gateways of all kinds have in common."""

    __slots__ = ()

    payment_methods = ToMany["Resource"]()


class EventStore(Resource, EventStoreAttributes):  # type: ignore[misc]  # the models are unhashable, resources are not
    """What happened to a resource, once: ``event``, what changed (``payload``), and ``who`` did it."""

    __slots__ = ()


_CLASSES: dict[str, type[Resource]] = {
    "klarna_payments": KlarnaPayment,
    "orders": Order,
    "payment_gateways": PaymentGateway,
    # Which of the two types an included gateway carries is not documented; both have the same attributes.
    "klarna_gateways": PaymentGateway,
    "event_stores": EventStore,
}


_READY: dict[str, type[Resource]] = {}


_PLAIN_NAMES: dict[type[Resource], list[str]] = {}
"""The names that the last resource of a class came with, none with an underscore. The next one of a page mostly has the
same, and is not searched again."""


def _class_of(resource_type: str) -> type[Resource]:
    """The class of a type, ready to read what the contract says of it."""
    cls: Any = _CLASSES.get(resource_type, Resource)
    if cls is not Resource:
        if not cls._declared:
            kinds = get_type_hints(getattr(models, cls._model))
            del kinds["additional_properties"]
            for name, kind in kinds.items():
                read = _read(cls, name, kind)
                if read is not None:
                    setattr(cls, name, read)
            cls._declared = frozenset(kinds)
        _READY[resource_type] = cls
    return cls  # type: ignore[no-any-return]


class _Open(Resource):
    """A resource that is being put together: without the guard against changes, which costs more than all the rest."""

    __slots__ = ()

    __setattr__ = object.__setattr__  # type: ignore[assignment]


def build(key: tuple[str, str], json: dict[str, Any], document: Document, path: str | None) -> Resource:
    """Make a resource of a resource object.

    Args:
        key: Its type and id.
        json: The resource object.
        document: The document that it is in.
        path: The include path that leads to it: empty for primary data, ``None`` if nothing has led to it yet.
    """
    cls = _READY.get(key[0]) or _class_of(key[0])
    resource = object.__new__(_Open)
    resource.type, resource.id = key
    resource._json = json
    resource._document = document
    resource._path = path
    resource._related = {}
    resource._accessors = None
    attributes = json.get("attributes")
    if is_object(attributes):
        names = list(attributes)
        if names == _PLAIN_NAMES.get(cls) or not any(name.startswith("_") for name in names):
            _PLAIN_NAMES[cls] = names
            resource.__dict__ = attributes
        else:
            resource.__dict__ = {name: value for name, value in attributes.items() if not name.startswith("_")}
    resource.__class__ = cls  # type: ignore[assignment]
    return resource


def _found(document: Document, resource_type: str, identifier: str, path: str | None, included: bool) -> Resource:
    # The primary data is built first, so that what is included can lead back to it.
    key = (resource_type, identifier)
    found = document.data and document.find(key, path)
    if included and isinstance(found, Resource):
        return found
    return document.keep(key, build(key, _UNKNOWN, document, path))
