"""Build the requests of operations, as values. How they are sent is in the session.

Only this module calls the generated functions, which know method, path and parameters. Documents are built here, out
of a caller's values and of what the contract allows to write.
"""

# ``_get_kwargs`` has a private name, but it is the only way to build a request without sending it. The generator is
# pinned, and a test covers each of these functions.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

import commercelayer_klarna_api as generated
from commercelayer_klarna._client.query import Fields, Filters, Query, check_page_size, query
from commercelayer_klarna._client.resource_types import ResourceType
from commercelayer_klarna._json import JsonObject, as_object, has_trigger, is_mapping, json_object, valid_text
from commercelayer_klarna._not_given import NOT_GIVEN, NotGiven
from commercelayer_klarna._tracebacks import argument_errors
from commercelayer_klarna._values import evolve, field, frozen
from commercelayer_klarna.resources import Resource
from commercelayer_klarna_api.types import UNSET, Unset

if TYPE_CHECKING:
    from commercelayer_klarna._client.page import Position

AnyType: TypeAlias = ResourceType[Resource]
Relationships: TypeAlias = Mapping[str, tuple[str, str | None | NotGiven]]
GeneratedClient: TypeAlias = "generated.Client"


def _the_only_one(unset: object) -> str:
    return "UNSET"


# The generated code compares with UNSET by identity, so that a copy of it would be taken for a value.
Unset.__reduce__ = _the_only_one  # type: ignore[assignment, method-assign]

_METHODS = ("GET", "POST", "PATCH", "DELETE")
_PATH = r"[A-Za-z0-9._~!$&'()*+,;=:@%-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*\Z"


def check_id(identifier: object, what: str = "id") -> str:
    """Return the id, if it can stand in a path.

    Raises:
        ValueError: It is empty, ``.`` or ``..``, or holds a slash: the path would lead elsewhere. Or it holds a blank.
        TypeError: It is not a string.
    """
    if not isinstance(identifier, str):
        remedy = "pass its id" if isinstance(identifier, Resource) else "pass an id such as 'kPmNtAbCdE'"
        raise TypeError(f"{what} must be a string, not {type(identifier).__name__}: {remedy}")
    identifier = str.__str__(identifier)  # a plain string, also for a member of an enum
    if identifier.isascii() and identifier.isalnum():
        return identifier  # as all ids of the API are
    if not identifier.strip() or identifier in {".", ".."} or "/" in identifier or "\\" in identifier:
        raise ValueError(f"{what}={identifier!r} cannot be an id: pass one such as 'kPmNtAbCdE'")
    if any(each.isspace() or not each.isprintable() for each in identifier if each < "\x80"):
        raise ValueError(f"{what}={identifier!r} cannot be an id: it has a blank or a line end, so pass it stripped")
    try:
        identifier.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{what}={identifier!r} cannot be an id: it is not valid text") from error
    return identifier


@frozen
class ApiRequest:
    """A request to the API, whose answer is a document.

    Attributes:
        operation: Name of the operation, such as ``klarna_payments.update``.
        method: HTTP method, in capitals.
        path: Path below the base URL, with a slash before it.
        params: Query keys.
        headers: Headers in addition to those of every request.
        document: The document to send, or ``None``.
    """

    operation: str
    method: str
    path: str
    params: Mapping[str, str] = field(factory=dict[str, str])
    headers: Mapping[str, str] = field(factory=dict[str, str])
    document: JsonObject | None = field(default=None, repr=False)

    @property
    def trigger(self) -> bool:
        """Return whether the document asks the API to do something. Such a request must not be sent twice."""
        return self.document is not None and has_trigger(self.document)

    def renamed(self, operation: str) -> ApiRequest:
        """Return the same request as part of another operation."""
        return evolve(self, operation=operation)


@argument_errors
def create(
    kind: AnyType,
    *,
    attributes: Mapping[str, object],
    relationships: Relationships,
    include: Sequence[str] = (),
    fields: Fields | None = None,
) -> ApiRequest:
    """Create a resource; an attribute that is ``None`` is left out."""
    for name, (_, identifier) in relationships.items():
        check_id(identifier, name)
    written = _written(kind.creates, {name: value for name, value in attributes.items() if value is not None}, "create")
    data: JsonObject = {"type": kind.name, "attributes": written, "relationships": _linked(relationships)}
    return _built(kind, "create", body=_Json({"data": data}), **_shared(_asked(kind, include, fields)))


@argument_errors
def retrieve(kind: AnyType, *, id: str, include: Sequence[str] = (), fields: Fields | None = None) -> ApiRequest:
    """Retrieve a resource."""
    return _built(kind, "retrieve", check_id(id), **_shared(_asked(kind, include, fields)))


def update(
    kind: AnyType,
    *,
    id: str,
    attributes: Mapping[str, object],
    relationships: Relationships | None = None,
    trigger: str | None = None,
    amounts: Mapping[str, int | None] | None = None,
    operation: str = "update",
    include: Sequence[str] = (),
    fields: Fields | None = None,
) -> ApiRequest:
    """Change a resource, or pull the trigger of this name; ``None`` is sent as null, and ``NOT_GIVEN`` is not sent.

    ``amounts`` go with a trigger, in cents; one that is ``None`` is not sent.

    Raises:
        ValueError: There is nothing to update, or an amount is not above 0.
        TypeError: An attribute cannot be written.
    """
    written, linked = _written(kind.updates, attributes, operation), _linked(relationships or {})
    if trigger is not None:
        written[trigger] = True
        written |= {name: _cents(value) for name, value in (amounts or {}).items() if value is not None}
    elif not written and not linked:
        known = [*kind.updates, *(relationships or {})]
        raise ValueError(f"there is nothing to update: pass at least one of {', '.join(known[:-1])} and {known[-1]}")
    data: JsonObject = {"type": kind.name, "id": check_id(id), "attributes": written}
    if linked:
        data["relationships"] = linked
    parameters = _shared(_asked(kind, include, fields))
    return _named(kind, f"update_{kind.singular}", operation, id, body=_Json({"data": data}), **parameters)


@argument_errors
def delete(kind: AnyType, *, id: str) -> ApiRequest:
    """Delete a resource."""
    return _built(kind, "delete", check_id(id))


def list_page(kind: AnyType, *, asked: Query, page_size: int | None, position: Position) -> ApiRequest:
    """List resources: one page."""
    return _built(kind, "list", **_listed(asked, page_size, position))


@argument_errors
def related(
    kind: AnyType, name: str, *, id: str, to: str, include: Sequence[str] = (), fields: Fields | None = None
) -> ApiRequest:
    """Retrieve the resource of type ``to`` that a relationship leads to."""
    parameters = _shared(query(to, include=include, fields=fields))
    return _named(kind, f"retrieve_{kind.singular}_{name}", name, check_id(id), **parameters)


@frozen
class RelatedList:
    """A list that a relationship leads to; its operation is named by the id in the contract and by the name in the
    endpoint.

    Raises:
        ValueError: The id or the size cannot be used.
    """

    operation_id: str
    name: str
    id: str
    page_size: int | None
    asked: Query = field(factory=Query)
    id_name: str = "id"

    @argument_errors
    def __attrs_post_init__(self) -> None:
        check_id(self.id, self.id_name)
        check_page_size(self.page_size)


def related_page(kind: AnyType, listed: RelatedList, position: Position) -> ApiRequest:
    """List what a relationship leads to: one page."""
    if position.by_cursor:
        parameters: dict[str, object] = {
            "pageafter": position.cursor or UNSET,
            "pagesize": listed.page_size or UNSET,
        }
    else:
        parameters = _listed(listed.asked, listed.page_size, position)
    return _named(kind, listed.operation_id, listed.name, listed.id, **parameters)


@argument_errors
def request(
    method: str,
    path: str,
    *,
    params: Mapping[str, object] | None = None,
    json: Mapping[str, object] | None = None,
    include: Sequence[str] = (),
    fields: Mapping[str, Sequence[str]] | None = None,
    filters: Filters | None = None,
    sort: Sequence[str] = (),
    operation: str = "request",
) -> ApiRequest:
    """Send any request to the API.

    Raises:
        ValueError: A value cannot be sent.
        TypeError: An argument is of the wrong type.
    """
    verb = str(method).upper()
    if verb not in _METHODS:
        raise ValueError(f"method={method!r} is not one of {', '.join(_METHODS)}")
    relative = _relative(path)
    keys = query(None, include=include, fields=fields, filters=filters, sort=sort).parameters()
    if params is not None:
        keys |= _params(params, keys)
    document = None if json is None else json_object("json", json)
    if verb == "GET" and document is not None:
        raise ValueError("json is given, but a GET sends no document: pass params, or another method")
    if not operation:
        raise ValueError(f"operation={operation!r} is not a name: pass one such as 'shop.place_order'")
    return ApiRequest(operation, verb, "/" + relative, keys, document=document)


def creates(kind: AnyType, request: ApiRequest) -> bool:
    """Return whether a request creates a resource of this type for an order."""
    if request.method != "POST" or request.path != f"/{kind.name}":
        return False
    data = as_object(as_object(request.document).get("data"))
    order = as_object(as_object(as_object(data.get("relationships")).get("order")).get("data"))
    return isinstance(order.get("id"), str)


def generated_client(base_url: str) -> GeneratedClient:
    """Return the generated client object, which needs an HTTP client over a session."""
    return generated.Client(base_url=base_url)


class _Json:
    """A JSON object for generated functions, which call ``to_dict`` and nothing else."""

    __slots__ = ("_value",)

    def __init__(self, value: JsonObject) -> None:
        self._value = value

    def to_dict(self) -> JsonObject:
        return self._value


@cache
def _generated(tag: str, operation_id: str) -> Callable[..., JsonObject]:
    """Return the generated function that builds the request of an operation."""
    build: Callable[..., JsonObject] = import_module(f"{generated.__name__}.api.{tag}.{operation_id}")._get_kwargs
    return build


def load(kind: AnyType) -> None:
    """Import what the requests of a type are built with, and its resources."""
    for verb in ("create", "retrieve", "update", "delete"):
        _generated(kind.name, f"{verb}_{kind.singular}")
    _generated(kind.name, f"list_{kind.name}")
    assert kind.resource  # noqa: S101 - imported when it is asked for


def _built(kind: AnyType, verb: str, *ids: str, **parameters: object) -> ApiRequest:
    """Build one of the operations that every type may have."""
    name = kind.name if verb == "list" else kind.singular
    return _named(kind, f"{verb}_{name}", verb, *ids, **parameters)


def _named(kind: AnyType, operation_id: str, name: str, *ids: str, **parameters: object) -> ApiRequest:
    """Build an operation of the contract, by its id; ``name`` is its name within the endpoint."""
    built = _generated(kind.name, operation_id)(*ids, **parameters)
    return ApiRequest(
        operation=f"{kind.name}.{name}",
        method=built["method"].upper(),
        path=built["url"],
        params=built.get("params", {}),
        headers=built.get("headers", {}),
        document=built.get("json"),
    )


def _asked(kind: AnyType, include: Sequence[str], fields: Fields | None) -> Query:
    return query(kind.name, include=include, fields=fields)


def _shared(asked: Query) -> dict[str, object]:
    return {"include": asked.include or UNSET, "fields": _Json(dict(asked.fields)) if asked.fields else UNSET}


def _listed(asked: Query, page_size: int | None, position: Position) -> dict[str, object]:
    return _shared(asked) | {
        "filter_": _Json(dict(asked.filter)) if asked.filter else UNSET,
        "sort": asked.sort or UNSET,
        "pagesize": check_page_size(page_size) or UNSET,
        # The official client always sends the number, because of the load balancer of the API.
        "pagenumber": position.number,
    }


def _linked(relationships: Relationships) -> JsonObject:
    return {
        name: {"data": None if identifier is None else {"type": kind, "id": check_id(identifier, name)}}
        for name, (kind, identifier) in relationships.items()
        if identifier is not NOT_GIVEN
    }


def _written(known: Mapping[str, type], given: Mapping[str, object], method: str) -> JsonObject:
    """Return attributes as they are sent.

    Raises:
        TypeError: One is not known, or is of another type.
        ValueError: One cannot be JSON.
    """
    return {name: _value(name, _type_of(name, known, method), value) for name, value in given.items()}


def _type_of(name: str, known: Mapping[str, type], method: str) -> type:
    if name not in known:
        from difflib import get_close_matches

        close = get_close_matches(name, known, n=1)
        remedy = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        raise TypeError(f"{method}() got an unexpected keyword argument {name!r}: {remedy}")
    return known[name]


_SPOKEN = {str: "a string", dict: "a mapping", bool: "True or False", int: "a whole number", list: "a list"}


def _value(name: str, kind: type, value: object) -> object:
    if value is None:
        return None
    if kind is dict:
        return json_object(name, value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{name} must be {_SPOKEN[kind]}, not {type(value).__name__}")
    return valid_text(name, value) if isinstance(value, str) else value


def _cents(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"amount_cents must be a whole number, not {type(value).__name__}: 1234 is 12.34")
    if value <= 0:
        raise ValueError(f"amount_cents={value} is not above 0: leave it out for all that is left")
    return value


def _relative(path: object) -> str:
    relative = path.removeprefix("/") if isinstance(path, str) else ""
    if relative.partition("/")[0] == "api":
        raise ValueError(f"path={path!r} begins with /api, which the client adds: pass {relative[4:]!r}")
    if not re.match(_PATH, relative) or any(_leads_elsewhere(unquote(segment)) for segment in relative.split("/")):
        raise ValueError(
            f"path={path!r} is not relative to /api: pass one such as 'orders/oRdErAbCdE', without a query"
        )
    return relative


def _params(params: object, taken: Mapping[str, str]) -> JsonObject:
    if not is_mapping(params) or taken.keys() & params.keys():
        raise ValueError(f"params={params!r} is not a mapping, or repeats what include, fields, filters or sort say")
    for key, value in params.items():
        if value is not None and not isinstance(value, str | int | float):
            raise TypeError(f"params[{key!r}] is a {type(value).__name__}: pass a string or a number")
    return {str(key): value for key, value in params.items()}


def _leads_elsewhere(segment: str) -> bool:
    return segment in {".", ".."} or "/" in segment or "\\" in segment
