"""The sync client. Each operation is one line here; what it does is in ``operations``.

This file knows how operations are run and how the connections are closed. How a client is set up is in
``configuration``; ``async_client`` is this file's twin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from commercelayer_klarna._client.base import Configured
from commercelayer_klarna._lazy import lazy
from commercelayer_klarna._not_given import NOT_GIVEN, NotGiven
from commercelayer_klarna._redaction import forget_locals

if TYPE_CHECKING:
    from commercelayer_klarna._client import page as pages
    from commercelayer_klarna._client import query
    from commercelayer_klarna._client import requests as operations
    from commercelayer_klarna._client.page import Page, Pager, Position
    from commercelayer_klarna._client.query import Fields, Filters
    from commercelayer_klarna._client.requests import Exchange, FetchPage, GeneratedClient, Operation, Wait
    from commercelayer_klarna._http import outcome as http
    from commercelayer_klarna._http import pool as connections
    from commercelayer_klarna._http.outcome import SyncSeam
    from commercelayer_klarna._jsonapi.document import Document
    from commercelayer_klarna._pipeline import chain
    from commercelayer_klarna.resources import EventStore, KlarnaPayment, Order, PaymentGateway, Resource
else:
    chain, connections, http = lazy("_pipeline.chain", "_http.pool", "_http.outcome")
    operations, pages, query = lazy("_client.requests", "_client.page", "_client.query")

__all__ = ["KlarnaPayments"]

R = TypeVar("R", bound="Resource")
T = TypeVar("T")


class KlarnaPayments(Configured):
    """The client of ``/api/klarna_payments``. Make one for the life of a service; threads may share it.

    ::

        with KlarnaPayments("acme", auth=ClientCredentials(client_id="...", client_secret="...")) as payments:
            payment = payments.create(order="PKJhYtRdXs")

    All methods raise ``APIStatusError`` when the API refuses, ``APIConnectionError`` when no answer came,
    ``TokenError`` when there is no token to be had, and ``ResponseFormatError`` when an answer makes no sense.
    """

    def create(
        self,
        order: str,
        *,
        reference: str | None = None,
        reference_origin: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        include: Sequence[str] = (),
        fields: Fields | None = None,
    ) -> KlarnaPayment:
        """Open a Klarna session for an order; the payment becomes the order's payment source.

        The API has no idempotency key, so a create that may have arrived is never sent twice. When its answer is lost,
        the payment is looked for during five seconds, within the deadline: one of the same order and reference that was
        created since. If it is there, it is what this returns.

        Args:
            order: Id of the order. Its payment method must be one of Klarna's.
            reference: Any text that identifies the payment in a system of yours.
            reference_origin: Name of that system.
            metadata: Data of your own.
            include: Relationship paths to include in the answer.
            fields: Sparse fieldsets for the answer.

        Raises:
            ValidationError: The order cannot be paid with Klarna.
            AmbiguousWriteError: The payment may have been created, and was not found.
        """
        return self._run(
            operations.create(
                self._settings.timing, order, reference, reference_origin, self._written(metadata), include, fields
            )
        )

    def retrieve(self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None) -> KlarnaPayment:
        """Retrieve a klarna payment.

        Args:
            id: Id of the klarna payment.
            include: Relationship paths to include, such as ``["order", "payment_gateway"]``.
            fields: Sparse fieldsets: a list for klarna payments, or a mapping of types to lists.

        Raises:
            NotFoundError: There is none.
        """
        return self._run(operations.retrieve(id, include, fields))

    def update(
        self,
        id: str,
        *,
        auth_token: str | None | NotGiven = NOT_GIVEN,
        reference: str | None | NotGiven = NOT_GIVEN,
        reference_origin: str | None | NotGiven = NOT_GIVEN,
        metadata: Mapping[str, Any] | None | NotGiven = NOT_GIVEN,
        order: str | None | NotGiven = NOT_GIVEN,
        include: Sequence[str] = (),
        fields: Fields | None = None,
    ) -> KlarnaPayment:
        """Change a klarna payment. What is not passed is not sent and stays as it is; ``None`` is sent as null.

        Args:
            id: Id of the klarna payment.
            auth_token: What Klarna's widget returned; the order cannot be placed without it.
            reference: Any text that identifies the payment in a system of yours.
            reference_origin: Name of that system.
            metadata: Data of your own. It replaces what is there, whole.
            order: Id of the order to pay.
            include: Relationship paths to include in the answer.
            fields: Sparse fieldsets for the answer.

        Raises:
            NotFoundError: There is none.
            ValidationError: A value is refused.
        """
        operation = operations.update(
            id, auth_token, reference, reference_origin, self._written(metadata), order, include, fields
        )
        del auth_token  # what reports errors may show local variables
        return self._run(operation)

    def refresh_session(self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None) -> KlarnaPayment:
        """Renew the Klarna session from the order, after its amounts changed (``mismatched_amounts``).

        Whether session id and tokens survive is not documented: hand the new ``client_token`` to the browser.
        """
        return self._run(operations.refresh_session(id, include, fields))

    def merge_metadata(
        self,
        id: str,
        changes: Mapping[str, Any],
        *,
        deep: bool = False,
        expected_updated_at: datetime | None = None,
    ) -> KlarnaPayment:
        """Change some keys of the metadata and leave the others as they are.

        The API replaces metadata whole and has no conditional writes, so this reads, merges and writes. What somebody
        else writes into the metadata between the two requests is lost, whatever key it was. ``expected_updated_at``
        narrows that to the moment between the two requests; it does not close it.

        Args:
            id: Id of the klarna payment.
            changes: New values by key; ``None`` deletes a key. Values of keys with a codec may be Python values.
            deep: Whether objects within are merged too, instead of being replaced.
            expected_updated_at: ``updated_at`` of the payment that the changes are based on.

        Returns:
            The payment as it is now. When nothing was to be changed, nothing was written.

        Raises:
            ConflictError: The payment was updated since ``expected_updated_at``; nothing was written.
            TypeError, ValueError: A value cannot be JSON; nothing was sent.
        """
        return self._run(operations.merge_metadata(id, self._written(changes), deep, expected_updated_at))

    def replace_metadata(self, id: str, metadata: Mapping[str, Any]) -> KlarnaPayment:
        """Replace the metadata whole; what is not in ``metadata`` is gone."""
        return self.update(id, metadata=metadata)

    def remove_metadata(self, id: str, *keys: str) -> KlarnaPayment:
        """Delete keys of the metadata; as ``merge_metadata``, with what that says of other writers."""
        return self.merge_metadata(id, dict.fromkeys(keys))

    def find_by_metadata(
        self,
        values: Mapping[str, Any],
        *,
        include: Sequence[str] = (),
        fields: Fields | None = None,
        sort: Sequence[str] = (),
        page_size: int | None = None,
    ) -> Pager[KlarnaPayment]:
        """The klarna payments whose metadata contain these values; the other arguments are those of ``list``."""
        filters = {"metadata_jcont": self._contained(values)}
        return self.list(include=include, fields=fields, filters=filters, sort=sort, page_size=page_size)

    def delete(self, id: str) -> None:
        """Delete a klarna payment.

        Raises:
            NotFoundError: There is none.
            LockedError: It may not be deleted any more.
        """
        return self._run(operations.delete(id))

    def list(
        self,
        *,
        include: Sequence[str] = (),
        fields: Fields | None = None,
        filters: Filters | None = None,
        sort: Sequence[str] = (),
        page_size: int | None = None,
    ) -> Pager[KlarnaPayment]:
        """All klarna payments that match, fetched page by page while one walks through them.

        Args:
            include: Relationship paths to include.
            fields: Sparse fieldsets.
            filters: Such as ``{"reference_eq": "x", "created_at_gteq": when}``; all must hold. Values are strings,
                numbers, booleans, datetimes with a time zone, lists of these for predicates such as ``_in``, and
                mappings for ``_jcont``.
            sort: Such as ``["-created_at"]``.
            page_size: From 1 to 25; the API's default is 10. A walk through everything is quickest with 25.
        """
        asked = query.query("klarna_payments", include=include, fields=fields, filters=filters, sort=sort)
        return self._pager(operations.pages(asked, page_size))

    def count(self, filters: Filters | None = None) -> int:
        """How many klarna payments match; asks for the smallest page."""
        return self._run(operations.count(filters))

    def order(self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None) -> Order:
        """Retrieve the order of a klarna payment; a plain list of ``fields`` is for orders."""
        return self._run(operations.order(id, include, fields))

    def payment_gateway(self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None) -> PaymentGateway:
        """Retrieve the payment gateway of a klarna payment; a plain list of ``fields`` is for payment gateways."""
        return self._run(operations.payment_gateway(id, include, fields))

    def event_stores(self, id: str, *, page_size: int | None = None) -> Pager[EventStore]:
        """The event history of a klarna payment, followed by its cursor. Needs integration credentials."""
        return self._pager(operations.pages_of_event_stores(id, page_size), by_cursor=True)

    def list_for_gateway(
        self,
        gateway_id: str,
        *,
        include: Sequence[str] = (),
        fields: Fields | None = None,
        filters: Filters | None = None,
        sort: Sequence[str] = (),
        page_size: int | None = None,
    ) -> Pager[KlarnaPayment]:
        """The klarna payments of a klarna gateway, as ``list``."""
        asked = query.query("klarna_payments", include=include, fields=fields, filters=filters, sort=sort)
        return self._pager(operations.pages_for_gateway(gateway_id, asked, page_size))

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        include: Sequence[str] = (),
        fields: Mapping[str, Sequence[str]] | None = None,
        filters: Filters | None = None,
        sort: Sequence[str] = (),
    ) -> Document:
        """Send any request to the API, with the same token, errors and limits.

        ::

            place = {"data": {"type": "orders", "id": order_id, "attributes": {"_place": True}}}
            payments.request("PATCH", f"orders/{order_id}", json=place)

        Args:
            method: ``GET``, ``POST``, ``PATCH`` or ``DELETE``.
            path: Relative to ``/api``, ids percent-encoded, without a query.
            params: Complete query keys, such as ``{"page[size]": 5}``.
            json: The document to send.
            include: Relationship paths to include.
            fields: Sparse fieldsets by type.
            filters: As in ``list``.
            sort: As in ``list``.

        Returns:
            The document: ``data`` is a resource, a list of them, or ``None`` when the answer is empty.
        """
        operation = operations.request(method, path, params, json, include, fields, filters, sort)
        del json, params  # what reports errors may show local variables
        return self._run(operation)

    @cached_property
    def api(self) -> GeneratedClient:
        """The generated client object, for the functions of ``commercelayer_klarna_api``; same chain and errors.

        Do not call its ``with_*`` methods: what they return has lost the chain. Use ``with_options`` here instead.
        """
        return operations.generated_client(self.base_url).set_httpx_client(self._seam)

    @cached_property
    def _seam(self) -> SyncSeam:
        return http.SyncSeam(self._settings, self._wire)

    def close(self) -> None:
        """Close the connections, once calls that are under way are over. Calls after that raise ``RuntimeError``."""
        if self._ended():
            self._wire.close()

    def __enter__(self) -> Self:
        self._wire.check()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _new_http_client(self) -> Any:
        return connections.sync_client()

    def _run(self, operation: Operation[T]) -> T:
        deadline = self._deadline()

        def perform(step: Exchange | Wait) -> Any:
            if isinstance(step, operations.Exchange):
                return self._exchange(step, deadline)
            if not self._fits(step, deadline):
                return False
            self._settings.timing.sleep(step.seconds)
            return True

        try:
            return chain.drive(operation, perform)
        except BaseException as error:
            forget_locals(error)
            raise

    def _exchange(self, exchange: Exchange, deadline: float | None) -> Document:
        call = self._call(exchange, deadline)
        response = self._seam.exchange(self._seam.prepared(call, **self._encoded(exchange)))
        if exchange.on_headers is not None:
            exchange.on_headers(response.headers)
        return self._decoded(call, response.content, response.headers)

    def _pager(self, fetch: FetchPage[R], *, by_cursor: bool = False) -> Pager[R]:
        def fetched(position: Position) -> Page[R]:
            return self._run(fetch(position))

        return pages.Pager(fetched, pages.Position(by_cursor=by_cursor))
