# Written by scripts/unasync from _async/client.py. Do not edit.
"""The client: the endpoint of klarna payments, and the way to the other endpoints.

How a client is set up is in ``_client.base``; operations that other types have as well are in ``endpoint``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from commercelayer_klarna._client.base import BaseClient
from commercelayer_klarna._lazy import lazy
from commercelayer_klarna._not_given import NOT_GIVEN, NotGiven
from commercelayer_klarna._redaction import forget_locals
from commercelayer_klarna._sync.checkout import Checkout

if TYPE_CHECKING:
    from typing import Unpack

    from commercelayer_klarna import errors, resources
    from commercelayer_klarna._client import page, query, requests, resource_types, results
    from commercelayer_klarna._client.page import Position
    from commercelayer_klarna._client.query import FieldsOf, Filters
    from commercelayer_klarna._client.requests import GeneratedClient
    from commercelayer_klarna._client.resource_types import ResourceType
    from commercelayer_klarna._document import Document
    from commercelayer_klarna._http import generated, pool
    from commercelayer_klarna._http.pool import HTTPClient
    from commercelayer_klarna._http.settings import Settings
    from commercelayer_klarna._jsonapi.arguments import (
        KlarnaPaymentField,
        KlarnaPaymentInclude,
        KlarnaPaymentSort,
        KlarnaPaymentUpdate,
        OrderField,
        OrderInclude,
        PaymentGatewayField,
        PaymentGatewayInclude,
    )
    from commercelayer_klarna._sync import gateways, orders, session, transactions
    from commercelayer_klarna._sync.gateways import KlarnaGateways
    from commercelayer_klarna._sync.orders import Orders
    from commercelayer_klarna._sync.pager import Pager
    from commercelayer_klarna._sync.session import Operation, Session
    from commercelayer_klarna._sync.transactions import (
        Authorizations,
        Captures,
        Refunds,
        Voids,
    )
    from commercelayer_klarna.plugins.flow import Ask, FlowOf
    from commercelayer_klarna.resources import EventStore, KlarnaPayment, Order, PaymentGateway
else:
    gateways, orders, session = lazy("_sync.gateways", "_sync.orders", "_sync.session")
    (transactions,) = lazy("_sync.transactions")
    page, query, requests = lazy("_client.page", "_client.query", "_client.requests")
    (results,) = lazy("_client.results")
    generated, pool = lazy("_http.generated", "_http.pool")
    errors, resource_types, resources = lazy("errors", "_client.resource_types", "resources")

T = TypeVar("T")


class KlarnaPayments(BaseClient["Session"], Checkout):
    """The client of ``/api/klarna_payments``. Make one for the life of a service; threads may share it.

    ::

        with KlarnaPayments("acme", auth=credentials) as payments:
            payment = payments.create(order="PKJhYtRdXs")
            for payment in payments.list():
                print(payment.id)

    All methods raise ``APIStatusError`` when the API refuses, ``APIConnectionError`` when no answer came,
    ``TokenError`` when the token endpoint gave no token, and ``ResponseFormatError`` when an answer makes no sense.
    """

    _is_async = False

    @property
    def _type(self) -> ResourceType[KlarnaPayment]:
        return resource_types.KLARNA_PAYMENTS

    @property
    def orders(self) -> Orders:
        """The orders of the organization, with the same token, connections and plugins."""
        return orders.Orders(self._session, resource_types.ORDERS)

    @property
    def authorizations(self) -> Authorizations:
        """The authorizations of the organization."""
        return transactions.Authorizations(self._session, resource_types.AUTHORIZATIONS)

    @property
    def captures(self) -> Captures:
        """The captures of the organization."""
        return transactions.Captures(self._session, resource_types.CAPTURES)

    @property
    def voids(self) -> Voids:
        """The voids of the organization."""
        return transactions.Voids(self._session, resource_types.VOIDS)

    @property
    def refunds(self) -> Refunds:
        """The refunds of the organization."""
        return transactions.Refunds(self._session, resource_types.REFUNDS)

    @property
    def klarna_gateways(self) -> KlarnaGateways:
        """The Klarna gateways of the organization."""
        return gateways.KlarnaGateways(self._session, resource_types.KLARNA_GATEWAYS)

    def update(
        self,
        id: str,
        *,
        order: str | None | NotGiven = NOT_GIVEN,
        include: Sequence[KlarnaPaymentInclude | str] = (),
        fields: FieldsOf[KlarnaPaymentField | str] | None = None,
        **changes: Unpack[KlarnaPaymentUpdate],
    ) -> KlarnaPayment:
        """Change a klarna payment. What you do not pass is not sent and stays as it is; ``None`` is sent as null.

        Args:
            id: Id of the klarna payment.
            order: Id of the order to pay.
            include: Relationship paths to include in the answer.
            fields: Sparse fieldsets for the answer.
            **changes: Attributes of the payment: ``auth_token``, which Klarna's widget returned and which the order
                needs to be placed; ``reference``; ``reference_origin``; and ``metadata``, which replaces the stored
                metadata whole.

        Raises:
            NotFoundError: There is no such payment.
            ValidationError: The API refuses a value.
        """
        request = self._update_request(id, changes, {"order": ("orders", order)}, include=include, fields=fields)
        return self._one(request)

    def refresh_session(
        self,
        id: str,
        *,
        include: Sequence[KlarnaPaymentInclude | str] = (),
        fields: FieldsOf[KlarnaPaymentField | str] | None = None,
    ) -> KlarnaPayment:
        """Renew the Klarna session from the order, after its amounts changed (``mismatched_amounts``).

        It is not documented whether the session id and the tokens survive: send the new ``client_token`` to the
        browser.
        """
        request = self._update_request(
            id, {}, trigger="_update", operation="refresh_session", include=include, fields=fields
        )
        return self._one(request)

    def order(
        self,
        id: str,
        *,
        include: Sequence[OrderInclude | str] = (),
        fields: FieldsOf[OrderField | str] | None = None,
    ) -> Order:
        """Retrieve the order of a klarna payment; ``orders.retrieve`` takes the id of an order.

        Args:
            id: Id of the klarna payment.
            include: Relationship paths to include.
            fields: Sparse fieldsets; a plain list is for orders.
        """
        kind = resource_types.ORDERS
        request = requests.related(self._type, "order", id=id, to=kind.name, include=include, fields=fields)
        try:
            return self._session.send(request, kind.one)
        except errors.NotFoundError as error:
            remedy = "order() takes the id of a klarna payment: orders.retrieve() takes that of an order"
            error.args = (f"{error}; {remedy}",)
            raise

    def payment_gateway(
        self,
        id: str,
        *,
        include: Sequence[PaymentGatewayInclude | str] = (),
        fields: FieldsOf[PaymentGatewayField | str] | None = None,
    ) -> PaymentGateway:
        """Retrieve the payment gateway of a klarna payment.

        Args:
            id: Id of the klarna payment.
            include: Relationship paths to include.
            fields: Sparse fieldsets; a plain list is for payment gateways.
        """
        request = requests.related(
            self._type, "payment_gateway", id=id, to="payment_gateways", include=include, fields=fields
        )
        return self._session.send(request, lambda document: results.one_of(document, resources.PaymentGateway))

    def event_stores(self, id: str, *, page_size: int | None = None, prefetch: int = 0) -> Pager[EventStore]:
        """List the event history of a klarna payment, by its cursor. This needs integration credentials.

        Args:
            id: Id of the klarna payment.
            page_size: From 1 to 25.
            prefetch: 1 to ask for the next page while one works through a page; each page alone has the cursor of the
                next one, so there is no 2.
        """
        listed = requests.RelatedList("list_klarna_payment_event_stores", "event_stores", id, page_size)
        return self._pages_of(listed, resources.EventStore, page.Position(by_cursor=True), prefetch=prefetch)

    def list_for_gateway(
        self,
        gateway_id: str,
        *,
        include: Sequence[KlarnaPaymentInclude | str] = (),
        fields: FieldsOf[KlarnaPaymentField | str] | None = None,
        filters: Filters | None = None,
        sort: Sequence[KlarnaPaymentSort | str] = (),
        page_size: int | None = None,
        limit: int | None = None,
        start: Position | None = None,
        prefetch: int = 0,
    ) -> Pager[KlarnaPayment]:
        """List the klarna payments of a klarna gateway; the other arguments are those of ``list``."""
        kind = self._type
        asked = query.query(kind.name, include=include, fields=fields, filters=filters, sort=sort)
        operation_id = "list_klarna_gateway_klarna_payments"
        listed = requests.RelatedList(operation_id, "list_for_gateway", gateway_id, page_size, asked, "gateway_id")
        return self._pages_of(listed, kind.resource, start, limit, prefetch)

    def request(
        self,
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
    ) -> Document:
        """Send any request to the API, with the same token, errors and limits.

        ::

            document = {"data": {"type": "orders", "id": order_id, "attributes": {"_place": True}}}
            payments.request("PATCH", f"orders/{order_id}", json=document)

        Args:
            method: ``GET``, ``POST``, ``PATCH`` or ``DELETE``.
            path: Path relative to ``/api``, without a query; ids in it are percent-encoded.
            params: Complete query keys, such as ``{"page[size]": 5}``.
            json: The document to send.
            include: Relationship paths to include.
            fields: Sparse fieldsets by type.
            filters: As in ``list``.
            sort: As in ``list``.
            operation: What plugins, logs and traces call it, such as ``shop.place_order``.

        Returns:
            The document: ``data`` is a resource, a list of resources, or ``None`` when the answer is empty.
        """
        try:
            request = requests.request(
                method,
                path,
                params=params,
                json=json,
                include=include,
                fields=fields,
                filters=filters,
                sort=sort,
                operation=operation,
            )
        except Exception as error:
            forget_locals(error)
            raise
        finally:
            del json, params  # error reporters record local variables
        return self._session.send(request, results.whole)

    def run(self, flow: FlowOf[T], *, name: str | None = None) -> T:
        """Run an operation that is written once for both clients, as a flow that asks.

        It has the retries, read-backs and events of the methods of this client, and one deadline.

        ::

            def reference_of(id: str) -> FlowOf[object]:
                document = yield from ask("GET", f"klarna_payments/{id}")
                return document.data["reference"]

            payments.run(reference_of(payment.id))

        Args:
            flow: Yields what it asks for: ``ask``, ``sleep``, ``blocking``, ``exclusively``.
            name: What plugins, logs and traces call it; by default the name of the function.

        Returns:
            What the flow returns.
        """

        def asked(wanted: Ask, within: Operation) -> Document:
            request = requests.request(wanted.method, wanted.path, **wanted.options, operation=within.name)
            if not requests.creates(self._type, request):
                return self._session.send(request, results.whole, within=within)
            options = wanted.options
            include, fields = options.get("include", ()), options.get("fields")
            return self._create(request, results.whole, include=include, fields=fields, within=within)

        return self._session.run(flow, name, asked)

    @cached_property
    def api(self) -> GeneratedClient:
        """Return the generated client object, for the functions of ``commercelayer_klarna_api``, with the same plugins.

        Do not call its ``with_*`` methods: the objects that they return do not use the plugins. Use ``with_options``
        here.
        """
        within = self._session
        face = generated.client_over(within.exchange_alone, within.settings, within.headers)
        return requests.generated_client(self.base_url).set_httpx_client(face)

    def _open(self, settings: Settings, http_client: HTTPClient | None) -> Session:
        connections = pool.SyncConnections(
            http_client, settings.hosts, most=settings.connections, keepalive_expiry=settings.keepalive_expiry
        )
        return session.Session(settings, connections)

    def warm_up(self) -> None:
        """Do what the first call would wait for: for the start of a service.

        At once and side by side, it gets a token, opens a connection to the API, and imports what calls import. What it
        has already is not asked for again. A connection that cannot be opened is left to the first call, which tells
        of it. Nothing is sent to the API.

        Raises:
            TokenError: The token endpoint gives no token.
            APIConnectionError: The token endpoint does not answer.
        """
        self._session.warm_up(lambda: requests.load(self._type))

    def close(self) -> None:
        """Close the connections after the calls that are under way. Calls after that raise ``RuntimeError``."""
        if self._ends():
            self._session.close()

    def __enter__(self) -> Self:
        self._session.connections.check()
        if self._session.life.is_opening:
            self._session.finish_opening()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
