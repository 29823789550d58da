"""The resources that a caller reads.

Attributes come from the generated attribute models, which the classes here inherit: what is in the contract is on the
resource, typed and documented. Relationships are added here. Reading is tolerant: what the contract does not know is
kept, and what the answer did not carry says so when it is touched.
"""

# Resources are put together by functions of this module, which know their private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import copy
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, overload

from commercelayer_klarna_api.models.event_store_attributes import EventStoreAttributes
from commercelayer_klarna_api.models.klarna_payment_attributes import KlarnaPaymentAttributes
from commercelayer_klarna_api.models.order_attributes import OrderAttributes
from commercelayer_klarna_api.models.payment_gateway_attributes import PaymentGatewayAttributes
from commercelayer_klarna_api.types import Unset

from commercelayer_klarna.documents import Document
from commercelayer_klarna.errors import NotFetchedError, NotIncludedError, ResponseFormatError
from commercelayer_klarna.jsonvalue import as_object, is_list
from commercelayer_klarna.plugins.types import Accessor
from commercelayer_klarna.redaction import HIDDEN, SECRET_NAMES, without_secrets

__all__ = ["EventStore", "KlarnaPayment", "Order", "PaymentGateway", "Resource", "build"]

A = TypeVar("A", bound=Accessor)
T = TypeVar("T")

# What from_dict raises when a member is missing or of the wrong kind.
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


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

    id: str
    type: str
    _json: dict[str, Any]
    _document: Document
    _path: str
    _included: bool
    _unreadable: frozenset[str] = frozenset()

    def __init_subclass__(cls) -> None:
        # The attributes are documented where they come from, in the contract.
        cls.__doc__ = f"{cls.__doc__}\n\n    {cls.__mro__[2].__doc__ or ''}"

    @property
    def attributes(self) -> Mapping[str, Any]:
        """All attributes that the answer carried, as JSON."""
        return as_object(self._json.get("attributes"))

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

    def related(self, name: str) -> Any:
        """What a relationship leads to: a resource, a list of them, or ``None``.

        A related resource that was linked but not included has ``id`` and ``type`` alone.

        Raises:
            NotIncludedError: The answer has nothing but links there.
        """
        relationship = as_object(self.relationships.get(name))
        if "data" not in relationship:
            raise NotIncludedError(
                f"{self.type}/{self.id} came without {name}: ask with include=[{self._include(name)!r}]"
                f" (and name {name!r} in fields, if fields are given)"
            )
        linkage = relationship["data"]
        if linkage is None:
            return None
        if is_list(linkage):
            return [self._follow(name, each) for each in linkage]
        return self._follow(name, linkage)

    @property
    def ext(self) -> Extensions:
        """What plugins add to this resource, by namespace: ``payment.ext.metadata``."""
        return Extensions(self)

    def accessor(self, kind: Callable[[Resource], A]) -> A:
        """What a plugin adds to this resource, by its class, and so with its type.

        Raises:
            LookupError: No active plugin adds it to resources of this type.
        """
        host = self._document.host
        if host is not None and kind in {each for _, each in host.namespaces(self.type)}:
            made = self.__dict__.setdefault("_accessors", {})
            if kind not in made:
                made[kind] = kind(self)
            accessor: A = made[kind]
            return accessor
        name = getattr(kind, "__name__", repr(kind))
        raise LookupError(f"no active plugin adds {name} to {self.type}: name it in plugins=[...]")

    def decode_metadata(self, key: str, value: Any) -> Any:
        """A metadata value as the codec of its key reads it; without a codec, as it is."""
        found = None if self._document.host is None else self._document.host.metadata_codec(self.type, key)
        if found is None:
            return value
        source, codec = found
        try:
            return codec.decode(value)
        except Exception as error:
            source.note(error)
            raise

    def _follow(self, name: str, linkage: Any) -> Resource:
        try:
            resource_type, identifier = linkage["type"], linkage["id"]
            found = self._document.find(resource_type, identifier, self._include(name))
        except (KeyError, TypeError):
            raise ResponseFormatError(f"{self.type}/{self.id} has a {name} that is not linkage") from None
        if found is not None:
            return found
        return self._document.keep(_linked(resource_type, identifier, self._document, self._include(name)))

    def _include(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def __getitem__(self, name: str) -> Any:
        """An attribute of the answer, as JSON.

        Raises:
            NotFetchedError, NotIncludedError: The answer did not carry it.
        """
        try:
            return self.attributes[name]
        except KeyError:
            raise self._missing(name) from None

    def __setitem__(self, name: str, value: Any) -> NoReturn:
        raise TypeError("a resource is what the API answered, and cannot be changed here: call update")

    def __delitem__(self, name: str) -> NoReturn:
        raise TypeError("a resource is what the API answered, and cannot be changed here: call update")

    def __contains__(self, name: object) -> bool:
        return name in self.attributes

    if not TYPE_CHECKING:  # type checkers must go on seeing a misspelt attribute

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or "_json" not in self.__dict__:
                raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
            if name in self._unreadable:
                raise ResponseFormatError(f"{self.type}/{self.id} came with a {name} that cannot be read")
            declared = name in _declared(type(self))
            if not declared and name in self.attributes:
                return self.attributes[name]
            if isinstance(getattr(type(self), name, None), ToOne | ToMany) or name in self.relationships:
                return self.related(name)
            if declared or type(self) is Resource:
                raise self._missing(name)
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

    def _missing(self, name: str) -> NotFetchedError | NotIncludedError:
        if not self._included:
            return NotIncludedError(
                f"{self.type}/{self.id} is linked but not included, so its {name} is not known:"
                f" ask with include=[{self._path!r}]"
            )
        return NotFetchedError(
            f"{self.type}/{self.id} came without {name}: name it in fields, or leave fields out"
            " (secrets are not kept in pickles; an attribute may also be newer than the API, or older)"
        )

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

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (without_secrets(self._document.json), self.type, self.id, self._path, self._included)

    def __copy__(self) -> Resource:
        if not self._included:
            return _linked(self.type, self.id, self._document, self._path)
        return build(self._json, self._document, self._path)

    def __deepcopy__(self, memo: dict[int, Any]) -> Resource:
        json = copy.deepcopy(self._document.json, memo)
        return _restore(json, self.type, self.id, self._path, self._included)


class Extensions:
    """What plugins add to a resource, by namespace. Each is made when first touched."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    def __getattr__(self, namespace: str) -> Any:
        found = dict(self._namespaces()).get(namespace)
        if found is None:
            known = ", ".join(self) or "none"
            raise AttributeError(
                f"no active plugin adds {namespace!r} to {self._resource.type} (there are: {known}):"
                " name it in plugins=[...]; a resource that was unpickled has none"
            )
        return self._resource.accessor(found)

    def __iter__(self) -> Iterator[str]:
        """The namespaces that there are."""
        return iter(sorted(dict(self._namespaces())))

    def _namespaces(self) -> Iterable[tuple[str, Any]]:
        host = self._resource._document.host
        return () if host is None else host.namespaces(self._resource.type)


class ToOne(Generic[T]):
    """A relationship to one resource, read through ``Resource.related``."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource, owner: type) -> T: ...
    def __get__(self, resource: Resource | None, owner: type) -> Any:
        return self if resource is None else resource.related(self.name)


class ToMany(Generic[T]):
    """A relationship to many resources, read through ``Resource.related``."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource, owner: type) -> list[T]: ...
    def __get__(self, resource: Resource | None, owner: type) -> Any:
        return self if resource is None else resource.related(self.name)


class KlarnaPayment(Resource, KlarnaPaymentAttributes):  # type: ignore[misc]  # the models are unhashable, resources are not
    """The payment source of an order that is paid with Klarna.

    The attributes are those of the contract; ``client_token`` opens Klarna's widget in the browser, and ``auth_token``
    is what the widget returns.
    """

    order = ToOne["Order"]()
    """The order that it pays. The API requires one, so the type is not optional; should the linkage be null all the
    same, this is ``None``."""
    payment_gateway = ToOne["PaymentGateway | None"]()
    """The gateway, which follows from the order's payment method."""


class Order(Resource, OrderAttributes):  # type: ignore[misc]  # the models are unhashable, resources are not
    """An order: the part of it that one reads around a payment."""

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

    payment_methods = ToMany["Resource"]()


class EventStore(Resource, EventStoreAttributes):  # type: ignore[misc]  # the models are unhashable, resources are not
    """What happened to a resource, once: ``event``, what changed (``payload``), and ``who`` did it."""


_CLASSES: dict[str, type[Resource]] = {
    "klarna_payments": KlarnaPayment,
    "orders": Order,
    "payment_gateways": PaymentGateway,
    # Which of the two types an included gateway carries is not documented; both have the same attributes.
    "klarna_gateways": PaymentGateway,
    "event_stores": EventStore,
}


def build(json: dict[str, Any], document: Document, path: str) -> Resource:
    """Make a resource of a resource object; ``path`` is the include path that leads to it from the primary data."""
    cls = _CLASSES.get(json["type"], Resource)
    resource = _with_attributes(cls, as_object(json.get("attributes")))
    resource._json = json
    resource._included = True
    return _placed(resource, json["type"], json["id"], document, path)


def _linked(resource_type: str, identifier: str, document: Document, path: str) -> Resource:
    resource = object.__new__(_CLASSES.get(resource_type, Resource))
    resource._json = {}
    resource._included = False
    return _placed(resource, resource_type, identifier, document, path)


def _placed(resource: Resource, resource_type: str, identifier: str, document: Document, path: str) -> Resource:
    resource.type = resource_type
    resource.id = identifier
    resource._document = document
    resource._path = path
    return resource


def _restore(json: dict[str, Any], resource_type: str, identifier: str, path: str, included: bool) -> Resource:
    document = Document(json, build)
    document.link(document.json.get("included"))
    # The primary data is built first, so that what is included can lead back to it.
    found = document.data and document.find(resource_type, identifier, path)
    if included and isinstance(found, Resource):
        return found
    return document.keep(_linked(resource_type, identifier, document, path))


def _with_attributes(cls: Any, attributes: Mapping[str, Any]) -> Any:
    if cls is Resource:
        return object.__new__(Resource)
    try:
        resource = cls.from_dict(attributes)
    except _UNREADABLE:
        return _with_some_attributes(cls, attributes)
    for name in _shape(cls).optional:
        if isinstance(getattr(resource, name), Unset):
            delattr(resource, name)
    return resource


def _with_some_attributes(cls: Any, attributes: Mapping[str, Any]) -> Any:
    """Build from a sparse or older answer: pad what is missing, build, and take the padding out again.

    An attribute whose value the contract cannot read counts as missing too, and says so when it is touched: one odd
    value must not lose a page of payments.
    """
    padding = _shape(cls).padding

    def readable(name: str) -> bool:
        try:
            cls.from_dict({**padding, name: attributes[name]})
        except _UNREADABLE:
            return False
        return True

    carried = {name: value for name, value in attributes.items() if name not in padding or readable(name)}
    resource: Any = cls.from_dict({**padding, **carried})
    for name in padding:
        if name not in carried:
            delattr(resource, name)
    resource._unreadable = frozenset(attributes.keys() - carried.keys())
    return resource


class _Shape(typing.NamedTuple):
    padding: dict[str, Any]
    """For each attribute of the contract, a value that from_dict takes."""
    optional: tuple[str, ...]
    """The attributes that from_dict leaves unset when they are missing."""


@cache
def _shape(cls: type[Any]) -> _Shape:
    model = next(base for base in cls.__mro__ if "__attrs_attrs__" in vars(base))
    hints = typing.get_type_hints(model)
    del hints["additional_properties"]
    padding = {name: _padding(hint) for name, hint in hints.items()}
    optional = tuple(name for name, hint in hints.items() if Unset in typing.get_args(hint))
    return _Shape(padding, optional)


def _padding(hint: Any) -> Any:
    if hint is datetime:
        return "1970-01-01T00:00:00Z"
    return [] if typing.get_origin(hint) is list else None


def _declared(cls: type[Resource]) -> Mapping[str, Any]:
    known: Any = cls
    return {} if cls is Resource else _shape(known).padding
