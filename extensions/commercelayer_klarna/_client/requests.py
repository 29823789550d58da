"""Each operation once, without I/O, for both clients.

An operation is a generator: it yields exchanges and waits, receives answers, and returns what the caller gets. It is
the only room that calls the generated endpoint functions; those build the requests, and the answers are read here.
"""

# `_get_kwargs` is private in name only: it is how a request is built without being sent. The generator is pinned, and
# a test covers every one of them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from urllib.parse import unquote

from attrs import field, frozen

import commercelayer_klarna_api as generated
from commercelayer_klarna._client.page import Page, Position, page_of
from commercelayer_klarna._client.query import Fields, Filters, Query, check_id, check_page_size, query, utc_text
from commercelayer_klarna._client.reconcile import Search
from commercelayer_klarna._json import as_object, has_trigger, json_object
from commercelayer_klarna._jsonapi.document import Document
from commercelayer_klarna._jsonapi.metadata import merged
from commercelayer_klarna._not_given import NOT_GIVEN, NotGiven
from commercelayer_klarna.errors import (
    APIConnectionError,
    APIStatusError,
    CommerceLayerError,
    ConflictError,
    ResponseFormatError,
    TokenError,
)
from commercelayer_klarna.plugins.values import Timing
from commercelayer_klarna.resources import EventStore, KlarnaPayment, Order, PaymentGateway, Resource
from commercelayer_klarna_api import models
from commercelayer_klarna_api.api import klarna_payments as endpoints
from commercelayer_klarna_api.types import UNSET, Unset

__all__ = ["Exchange", "GeneratedClient", "Operation", "Wait"]

R = TypeVar("R", bound=Resource)
T = TypeVar("T")


@frozen
class Exchange:
    """One request to the API; its answer is a document.

    Attributes:
        operation: Name of the operation, such as ``klarna_payments.update``.
        request: Arguments of the HTTP library's ``request``: method, url, params, json, headers.
        trigger: Whether the document asks the API to do something rather than to hold a value.
        looks: Whether it looks what became of another exchange whose answer was lost.
        on_headers: Is told the headers of the answer.
    """

    operation: str
    request: dict[str, Any] = field(repr=False)
    trigger: bool = False
    looks: bool = False
    on_headers: Callable[[Mapping[str, str]], None] | None = None


@frozen
class Wait:
    """A wait between exchanges. The answer is whether the deadline left time for it; if not, there was none.

    Attributes:
        seconds: How long.
    """

    seconds: float


GeneratedClient: TypeAlias = "generated.Client"
Operation: TypeAlias = Generator[Exchange | Wait, Any, T]
FetchPage: TypeAlias = Callable[[Position], Operation[Page[R]]]

# Looked for at 0.5, 1.5, 3 and 5 seconds after the answer was lost: the first request may still be under way.
_LOOKS = (0.5, 1.0, 1.5, 2.0)
_SEARCHED = ("created_at", "reference")
# Statuses below 500 that say nothing of whether one may look.
_PASSING = (408, 429)

_METHODS = ("GET", "POST", "PATCH", "DELETE")
_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*\Z")


def create(
    timing: Timing,
    order: str,
    reference: str | None,
    reference_origin: str | None,
    metadata: Mapping[str, Any] | None,
    include: Sequence[str],
    fields: Fields | None,
) -> Operation[KlarnaPayment]:
    """Open a Klarna session for an order; if the answer is lost, look what became of it."""
    attributes = models.KlarnaPaymentCreateAttributes(
        reference=UNSET if reference is None else _text("reference", reference),
        reference_origin=UNSET if reference_origin is None else _text("reference_origin", reference_origin),
        metadata=UNSET if metadata is None else _metadata(metadata),
    )
    linkage = models.OrderRelationship(data=models.OrderLinkage(id=check_id(order, "order")))
    body = models.KlarnaPaymentCreateDocument(
        data=models.KlarnaPaymentCreate(
            attributes=attributes, relationships=models.KlarnaPaymentCreateRelationships(order=linkage)
        )
    )
    request = endpoints.create_klarna_payment._get_kwargs(
        body=body, **_object_parameters("klarna_payments", include, fields)
    )
    search = Search(timing, order, reference)
    try:
        answer = yield Exchange("klarna_payments.create", request)
        return _one(answer, KlarnaPayment)
    except (APIConnectionError, APIStatusError, ResponseFormatError) as error:
        if not _may_have_created(error):
            raise
        found = yield from _found(search)
        if len(found) == 1:
            with suppress(CommerceLayerError):
                return (yield from retrieve(found[0], include, fields))
        raise search.ambiguous(error, found) from error


def _found(search: Search) -> Operation[tuple[str, ...]]:
    """Look for what a create made, until something is found or there is no point in looking on."""
    asked = query("klarna_payments", fields=_SEARCHED, filters={"order_id_eq": search.order}, sort=["-created_at"])
    request = endpoints.list_klarna_payments._get_kwargs(**_list_parameters(asked, page_size=25), **_number(Position()))
    for seconds in _LOOKS:
        if not (yield Wait(seconds)):
            break
        try:
            answer: Document = yield Exchange(
                "klarna_payments.create.look", request, looks=True, on_headers=search.on_headers
            )
            found = search.matches(page_of(answer, KlarnaPayment, Position()))
        except CommerceLayerError as error:
            if not _may_look_again(error):
                break
        else:
            if found:
                return found
    return ()


def _may_look_again(error: CommerceLayerError) -> bool:
    """Whether another look may succeed: not without permission, and sales channels have none to list."""
    if isinstance(error, APIStatusError):
        return error.status_code >= 500 or error.status_code in _PASSING
    return not isinstance(error, TokenError)


def retrieve(identifier: str, include: Sequence[str], fields: Fields | None) -> Operation[KlarnaPayment]:
    """Retrieve a klarna payment."""
    parameters = _object_parameters("klarna_payments", include, fields)
    request = endpoints.retrieve_klarna_payment._get_kwargs(check_id(identifier), **parameters)
    return _one((yield Exchange("klarna_payments.retrieve", request)), KlarnaPayment)


def update(
    identifier: str,
    auth_token: str | None | NotGiven,
    reference: str | None | NotGiven,
    reference_origin: str | None | NotGiven,
    metadata: Mapping[str, Any] | None | NotGiven,
    order: str | None | NotGiven,
    include: Sequence[str],
    fields: Fields | None,
) -> Operation[KlarnaPayment]:
    """Change what is given, and nothing else."""
    attributes = models.KlarnaPaymentUpdateAttributes(
        auth_token=_change("auth_token", auth_token),
        reference=_change("reference", reference),
        reference_origin=_change("reference_origin", reference_origin),
        metadata=UNSET if metadata is NOT_GIVEN else None if metadata is None else _metadata(metadata),
    )
    data = models.KlarnaPaymentUpdate(id=check_id(identifier), attributes=attributes)
    if order is not NOT_GIVEN:
        linkage = None if order is None else models.OrderLinkage(id=check_id(order, "order"))
        data.relationships = models.KlarnaPaymentUpdateRelationships(order=models.OrderRelationshipChange(data=linkage))
    elif not attributes.to_dict():
        raise ValueError("there is nothing to update: pass at least one of auth_token, reference, reference_origin,"
                         " metadata and order")  # fmt: skip
    return (yield from _patch("klarna_payments.update", data, include, fields))


def refresh_session(identifier: str, include: Sequence[str], fields: Fields | None) -> Operation[KlarnaPayment]:
    """Renew the Klarna session from the order."""
    attributes = models.KlarnaPaymentUpdateAttributes(trigger_update=True)
    data = models.KlarnaPaymentUpdate(id=check_id(identifier), attributes=attributes)
    return (yield from _patch("klarna_payments.refresh_session", data, include, fields, trigger=True))


def merge_metadata(
    identifier: str, changes: Mapping[str, Any], deep: bool, expected_updated_at: datetime | None
) -> Operation[KlarnaPayment]:
    """Read, merge, write."""
    changes = json_object("changes", changes)
    if expected_updated_at is not None:
        utc_text(expected_updated_at)  # a time without a zone would never be equal
    payment = yield from retrieve(identifier, (), None)
    if expected_updated_at is not None and payment.updated_at != expected_updated_at:
        raise ConflictError(
            f"klarna_payments/{identifier} was updated at {payment.updated_at.isoformat()}, which is not"
            f" expected_updated_at={expected_updated_at.isoformat()}: nothing was written; read it again",
            method="PATCH",
            path=f"klarna_payments/{identifier}",
        )
    try:
        stored = json_object("metadata", as_object(payment.metadata))
    except ValueError as error:
        raise ResponseFormatError(
            f"klarna_payments/{identifier} has metadata that cannot be written: {error}"
        ) from None
    metadata = merged(stored, changes, deep=deep)
    if json.dumps(metadata, sort_keys=True) == json.dumps(stored, sort_keys=True):  # to Python, 1 and True are equal
        return payment
    return (
        yield from update(identifier, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, metadata, NOT_GIVEN, include=(), fields=None)
    )


def delete(identifier: str) -> Operation[None]:
    """Delete a klarna payment."""
    yield Exchange("klarna_payments.delete", endpoints.delete_klarna_payment._get_kwargs(check_id(identifier)))


def order(identifier: str, include: Sequence[str], fields: Fields | None) -> Operation[Order]:
    """Retrieve the order of a klarna payment."""
    parameters = _object_parameters("orders", include, fields)
    request = endpoints.retrieve_klarna_payment_order._get_kwargs(check_id(identifier), **parameters)
    return _one((yield Exchange("klarna_payments.order", request)), Order)


def payment_gateway(identifier: str, include: Sequence[str], fields: Fields | None) -> Operation[PaymentGateway]:
    """Retrieve the payment gateway of a klarna payment."""
    parameters = _object_parameters("payment_gateways", include, fields)
    request = endpoints.retrieve_klarna_payment_payment_gateway._get_kwargs(check_id(identifier), **parameters)
    return _one((yield Exchange("klarna_payments.payment_gateway", request)), PaymentGateway)


def pages(asked: Query, page_size: int | None) -> FetchPage[KlarnaPayment]:
    """Fetch pages of klarna payments."""
    parameters = _list_parameters(asked, page_size)

    def fetch(position: Position) -> Operation[Page[KlarnaPayment]]:
        request = endpoints.list_klarna_payments._get_kwargs(**parameters, **_number(position))
        return (yield from _page("klarna_payments.list", request, KlarnaPayment, position))

    return fetch


def pages_for_gateway(gateway_id: str, asked: Query, page_size: int | None) -> FetchPage[KlarnaPayment]:
    """Fetch pages of the klarna payments of a gateway."""
    parameters = _list_parameters(asked, page_size)
    check_id(gateway_id, "gateway_id")

    def fetch(position: Position) -> Operation[Page[KlarnaPayment]]:
        request = endpoints.list_klarna_gateway_klarna_payments._get_kwargs(
            gateway_id, **parameters, **_number(position)
        )
        return (yield from _page("klarna_payments.list_for_gateway", request, KlarnaPayment, position))

    return fetch


def pages_of_event_stores(identifier: str, page_size: int | None) -> FetchPage[EventStore]:
    """Fetch pages of the event history of a klarna payment; they follow one another by cursor."""
    check_id(identifier)
    size = check_page_size(page_size) or UNSET

    def fetch(position: Position) -> Operation[Page[EventStore]]:
        request = endpoints.list_klarna_payment_event_stores._get_kwargs(
            identifier, pageafter=position.cursor or UNSET, pagesize=size
        )
        return (yield from _page("klarna_payments.event_stores", request, EventStore, position))

    return fetch


def count(filters: Filters | None) -> Operation[int]:
    """Count klarna payments: the record count of the smallest page."""
    asked = query("klarna_payments", filters=filters)
    page = yield from pages(asked, page_size=1)(Position())
    if page.record_count is None:
        raise ResponseFormatError("the list has no record_count")
    return page.record_count


def request(
    method: str,
    path: str,
    params: Mapping[str, Any] | None,
    document: Any,
    include: Sequence[str],
    fields: Mapping[str, Sequence[str]] | None,
    filters: Filters | None,
    sort: Sequence[str],
) -> Operation[Document]:
    """Send any request to the API."""
    verb = str(method).upper()
    if verb not in _METHODS:
        raise ValueError(f"method={method!r} is not one of {', '.join(_METHODS)}")
    relative = path.removeprefix("/") if isinstance(path, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance]
    if not _PATH.match(relative) or any(_leads_elsewhere(unquote(each)) for each in relative.split("/")):
        raise ValueError(
            f"path={path!r} is not relative to /api: pass one such as 'orders/oRdErAbCdE', without a query"
        )
    given: Mapping[str, Any] = {} if params is None else params
    keys = query(None, include=include, fields=fields, filters=filters, sort=sort).parameters()
    if not isinstance(given, Mapping) or keys.keys() & given.keys():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"params={params!r} is not a mapping, or repeats what include, fields, filters or sort say")
    exchange: dict[str, Any] = {"method": verb, "url": "/" + relative, "params": {**keys, **given}}
    if document is not None:
        exchange["json"] = json_object("json", document)
    answer: Document = yield Exchange("request", exchange, trigger=has_trigger(document))
    return answer


def _may_have_created(error: APIConnectionError | APIStatusError | ResponseFormatError) -> bool:
    """Whether a create that ended so may have been carried out: by a gateway's word, or by none at all."""
    if isinstance(error, APIConnectionError):
        return error.sent
    if isinstance(error, APIStatusError):
        return error.status_code >= 500 or error.status_code == 408
    return True


def _patch(
    name: str, data: models.KlarnaPaymentUpdate, include: Sequence[str], fields: Fields | None, *, trigger: bool = False
) -> Operation[KlarnaPayment]:
    parameters = _object_parameters("klarna_payments", include, fields)
    request = endpoints.update_klarna_payment._get_kwargs(
        data.id, body=models.KlarnaPaymentUpdateDocument(data=data), **parameters
    )
    return _one((yield Exchange(name, request, trigger)), KlarnaPayment)


def _page(name: str, request: dict[str, Any], kind: type[R], position: Position) -> Operation[Page[R]]:
    return page_of((yield Exchange(name, request)), kind, position)


def _one(answer: Document, kind: type[R]) -> R:
    data = answer.read()
    if not isinstance(data, kind):
        found = data.type if isinstance(data, Resource) else "a list" if isinstance(data, list) else "no resource"
        raise ResponseFormatError(f"the answer holds {found}, not one {kind.__name__}")
    return data


def _object_parameters(resource_type: str, include: Sequence[str], fields: Fields | None) -> dict[str, Any]:
    return _shared(query(resource_type, include=include, fields=fields))


def _list_parameters(asked: Query, page_size: int | None) -> dict[str, Any]:
    return _shared(asked) | {
        "filter_": models.Filters.from_dict(asked.filter) if asked.filter else UNSET,
        "sort": asked.sort or UNSET,
        "pagesize": check_page_size(page_size) or UNSET,
    }


def _shared(asked: Query) -> dict[str, Any]:
    return {
        "include": asked.include or UNSET,
        "fields": models.SparseFieldsets.from_dict(asked.fields) if asked.fields else UNSET,
    }


def _number(position: Position) -> dict[str, Any]:
    # The official client always sends the number: it keeps such requests out of the load balancer's way.
    return {"pagenumber": position.number}


def _text(name: str, value: str) -> str:
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} must be a string, not {type(value).__name__}")
    return str.__str__(value)


def _change(name: str, value: str | None | NotGiven) -> str | None | Unset:
    if value is NOT_GIVEN:
        return UNSET
    return None if value is None else _text(name, value)


def _metadata(value: Mapping[str, Any]) -> models.Metadata:
    if not isinstance(value, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"metadata must be a mapping, not {type(value).__name__}")
    return models.Metadata.from_dict(json_object("metadata", value))


def _leads_elsewhere(segment: str) -> bool:
    return segment in {".", ".."} or "/" in segment or "\\" in segment


def generated_client(base_url: str) -> GeneratedClient:
    """The generated client object, for the seams to be put into."""
    return generated.Client(base_url=base_url)
