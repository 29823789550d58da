"""The async client. Each operation is one line here; what it does is in ``operations``, and said in ``client``."""

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
    from commercelayer_klarna._client.page import AsyncPager, Page, Position
    from commercelayer_klarna._client.query import Fields, Filters
    from commercelayer_klarna._client.requests import Exchange, FetchPage, GeneratedClient, Operation, Wait
    from commercelayer_klarna._http import outcome as http
    from commercelayer_klarna._http import pool as connections
    from commercelayer_klarna._http.outcome import AsyncSeam
    from commercelayer_klarna._jsonapi.document import Document
    from commercelayer_klarna._pipeline import chain
    from commercelayer_klarna.resources import EventStore, KlarnaPayment, Order, PaymentGateway, Resource
else:
    chain, connections, http = lazy("_pipeline.chain", "_http.pool", "_http.outcome")
    operations, pages, query = lazy("_client.requests", "_client.page", "_client.query")

__all__ = ["AsyncKlarnaPayments"]

R = TypeVar("R", bound="Resource")
T = TypeVar("T")


class AsyncKlarnaPayments(Configured):
    """``KlarnaPayments`` for asyncio. Make one for the life of an event loop; tasks may share it.

    ::

        async with AsyncKlarnaPayments("acme", auth=credentials) as payments:
            payment = await payments.create(order="PKJhYtRdXs")
            async for each in payments.list():
                print(each.id)
    """

    _is_async = True

    async def create(
        self,
        order: str,
        *,
        reference: str | None = None,
        reference_origin: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        include: Sequence[str] = (),
        fields: Fields | None = None,
    ) -> KlarnaPayment:
        """Like ``KlarnaPayments.create``."""
        return await self._run(
            operations.create(
                self._settings.timing, order, reference, reference_origin, self._written(metadata), include, fields
            )
        )

    async def retrieve(self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None) -> KlarnaPayment:
        """Like ``KlarnaPayments.retrieve``."""
        return await self._run(operations.retrieve(id, include, fields))

    async def update(
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
        """Like ``KlarnaPayments.update``."""
        operation = operations.update(
            id, auth_token, reference, reference_origin, self._written(metadata), order, include, fields
        )
        del auth_token  # what reports errors may show local variables
        return await self._run(operation)

    async def refresh_session(
        self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None
    ) -> KlarnaPayment:
        """Like ``KlarnaPayments.refresh_session``."""
        return await self._run(operations.refresh_session(id, include, fields))

    async def merge_metadata(
        self,
        id: str,
        changes: Mapping[str, Any],
        *,
        deep: bool = False,
        expected_updated_at: datetime | None = None,
    ) -> KlarnaPayment:
        """Like ``KlarnaPayments.merge_metadata``."""
        return await self._run(operations.merge_metadata(id, self._written(changes), deep, expected_updated_at))

    async def replace_metadata(self, id: str, metadata: Mapping[str, Any]) -> KlarnaPayment:
        """Like ``KlarnaPayments.replace_metadata``."""
        return await self.update(id, metadata=metadata)

    async def remove_metadata(self, id: str, *keys: str) -> KlarnaPayment:
        """Like ``KlarnaPayments.remove_metadata``."""
        return await self.merge_metadata(id, dict.fromkeys(keys))

    def find_by_metadata(
        self,
        values: Mapping[str, Any],
        *,
        include: Sequence[str] = (),
        fields: Fields | None = None,
        sort: Sequence[str] = (),
        page_size: int | None = None,
    ) -> AsyncPager[KlarnaPayment]:
        """Like ``KlarnaPayments.find_by_metadata``."""
        filters = {"metadata_jcont": self._contained(values)}
        return self.list(include=include, fields=fields, filters=filters, sort=sort, page_size=page_size)

    async def delete(self, id: str) -> None:
        """Like ``KlarnaPayments.delete``."""
        return await self._run(operations.delete(id))

    def list(
        self,
        *,
        include: Sequence[str] = (),
        fields: Fields | None = None,
        filters: Filters | None = None,
        sort: Sequence[str] = (),
        page_size: int | None = None,
    ) -> AsyncPager[KlarnaPayment]:
        """Like ``KlarnaPayments.list``; nothing is awaited before ``async for``."""
        asked = query.query("klarna_payments", include=include, fields=fields, filters=filters, sort=sort)
        return self._pager(operations.pages(asked, page_size))

    async def count(self, filters: Filters | None = None) -> int:
        """Like ``KlarnaPayments.count``."""
        return await self._run(operations.count(filters))

    async def order(self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None) -> Order:
        """Like ``KlarnaPayments.order``."""
        return await self._run(operations.order(id, include, fields))

    async def payment_gateway(
        self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None
    ) -> PaymentGateway:
        """Like ``KlarnaPayments.payment_gateway``."""
        return await self._run(operations.payment_gateway(id, include, fields))

    def event_stores(self, id: str, *, page_size: int | None = None) -> AsyncPager[EventStore]:
        """Like ``KlarnaPayments.event_stores``."""
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
    ) -> AsyncPager[KlarnaPayment]:
        """Like ``KlarnaPayments.list_for_gateway``."""
        asked = query.query("klarna_payments", include=include, fields=fields, filters=filters, sort=sort)
        return self._pager(operations.pages_for_gateway(gateway_id, asked, page_size))

    async def request(
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
        """Like ``KlarnaPayments.request``."""
        operation = operations.request(method, path, params, json, include, fields, filters, sort)
        del json, params  # what reports errors may show local variables
        return await self._run(operation)

    @cached_property
    def api(self) -> GeneratedClient:
        """Like ``KlarnaPayments.api``, for the ``asyncio`` functions."""
        return operations.generated_client(self.base_url).set_async_httpx_client(self._seam)

    @cached_property
    def _seam(self) -> AsyncSeam:
        return http.AsyncSeam(self._settings, self._wire)

    async def aclose(self) -> None:
        """Close the connections, once calls that are under way are over. Calls after that raise ``RuntimeError``."""
        if self._ended():
            await self._wire.aclose()

    async def __aenter__(self) -> Self:
        self._wire.check()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def _new_http_client(self) -> Any:
        return connections.async_client()

    async def _run(self, operation: Operation[T]) -> T:
        deadline = self._deadline()

        async def perform(step: Exchange | Wait) -> Any:
            if isinstance(step, operations.Exchange):
                return await self._exchange(step, deadline)
            if not self._fits(step, deadline):
                return False
            await self._settings.timing.async_sleep(step.seconds)
            return True

        try:
            return await chain.adrive(operation, perform)
        except BaseException as error:
            forget_locals(error)
            raise

    async def _exchange(self, exchange: Exchange, deadline: float | None) -> Document:
        call = self._call(exchange, deadline)
        response = await self._seam.exchange(self._seam.prepared(call, **self._encoded(exchange)))
        if exchange.on_headers is not None:
            exchange.on_headers(response.headers)
        return self._decoded(call, response.content, response.headers)

    def _pager(self, fetch: FetchPage[R], *, by_cursor: bool = False) -> AsyncPager[R]:
        async def fetched(position: Position) -> Page[R]:
            return await self._run(fetch(position))

        return pages.AsyncPager(fetched, pages.Position(by_cursor=by_cursor))
