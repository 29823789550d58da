"""The two public clients. Each operation is one line here; what it does is in ``operations``.

This file knows how a client is set up and closed, and how operations are run: by the sync seam or by the async one.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import Any, NoReturn, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from attrs import evolve

from commercelayer_klarna import operations
from commercelayer_klarna.auth import AccessToken, Auth, ClientCredentials, auth_layer
from commercelayer_klarna.chain import adrive, drive
from commercelayer_klarna.documents import Document
from commercelayer_klarna.http import CALL, AsyncSeam, Settings, SyncSeam, async_wire, sync_wire
from commercelayer_klarna.operations import NOT_GIVEN, Exchange, FetchPage, GeneratedClient, NotGiven, Operation
from commercelayer_klarna.pages import AsyncPager, Page, Pager, Position
from commercelayer_klarna.plugins.types import Call
from commercelayer_klarna.query import Fields, Filters, query
from commercelayer_klarna.resources import EventStore, KlarnaPayment, Order, PaymentGateway, Resource

__all__ = ["AsyncKlarnaPayments", "KlarnaPayments"]

R = TypeVar("R", bound=Resource)
T = TypeVar("T")

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?\Z")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
_EVENTS = Position(by_cursor=True)


class HTTPClient(Protocol):
    """What ``http_client`` must be: an ``httpx.Client``, or for the async client an ``httpx.AsyncClient``."""

    def send(self, request: Any, /, *, auth: Any = ..., follow_redirects: Any = ...) -> Any:
        """Send a request."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether it can send no more."""
        ...


class _Client:
    """What both clients are set up from."""

    _settings: Settings
    _wire: Any
    _owns_wire: bool

    def __init__(
        self,
        organization: str | None = None,
        *,
        auth: Auth,
        domain: str = "commercelayer.io",
        base_url: str | None = None,
        timeout: float | None = 15.0,
        deadline: float | None = 60.0,
        http_client: HTTPClient | None = None,
    ) -> None:
        """Set up a client; nothing is sent before the first call.

        Args:
            organization: Slug of the organization. May be left out when ``auth`` is an access token that names it.
            auth: ``ClientCredentials`` or an ``AccessToken``.
            domain: Domain of the API and of its token endpoint.
            base_url: Address of the API instead of ``https://<organization>.<domain>/api``, for a sandbox or a proxy.
                ``ClientCredentials`` then need an ``auth_url`` of their own.
            timeout: Seconds that one attempt waits for the server at each step (connecting waits 5 at most), or
                ``None`` for no limit. The API calls Klarna while it creates a payment, so creates are slow.
            deadline: Seconds for a whole call, its token included, or ``None`` for no limit. A page of a list is a
                call. It is looked at before each step: a body that drips in may overrun it.
            http_client: An ``httpx.Client`` (for the async client an ``httpx.AsyncClient``) with proxies, TLS settings
                or a pool of yours. It stays yours: it is not closed. Its timeouts are not used.

        Raises:
            ValueError, TypeError: An argument cannot be used.
        """
        auth_url = _auth_url(auth, domain, base_url)
        self._settings = Settings(
            base_url=_base_url(organization, auth, domain, base_url),
            timeout=_seconds("timeout", timeout),
            deadline=_seconds("deadline", deadline),
            headers={},
            layers=(auth_layer(auth, auth_url),),
        )
        self._owns_wire = http_client is None
        self._wire = self._new_wire() if http_client is None else http_client

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """Set up a client from the environment.

        ``COMMERCELAYER_ORGANIZATION``, ``COMMERCELAYER_CLIENT_ID``, ``COMMERCELAYER_CLIENT_SECRET`` (not for sales
        channels) and ``COMMERCELAYER_SCOPE`` (optional) are read; ``options`` are those of the constructor.

        Raises:
            ValueError: A variable is missing.
        """
        organization = options.pop("organization", None) or _environment("ORGANIZATION")
        auth = options.pop("auth", None) or ClientCredentials(
            client_id=_environment("CLIENT_ID"),
            client_secret=os.environ.get("COMMERCELAYER_CLIENT_SECRET") or None,
            scope=os.environ.get("COMMERCELAYER_SCOPE") or None,
        )
        return cls(organization, auth=auth, **options)

    def with_options(
        self,
        *,
        timeout: float | None | NotGiven = NOT_GIVEN,
        deadline: float | None | NotGiven = NOT_GIVEN,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """A view of this client with other options, on the same connections. Closing the view closes nothing.

        Args:
            timeout: As in the constructor; what is not passed stays.
            deadline: As in the constructor; what is not passed stays.
            headers: Headers for every request, added to those that there are.

        Raises:
            ValueError: An option cannot be used.
        """
        changes: dict[str, Any] = {}
        if timeout is not NOT_GIVEN:
            changes["timeout"] = _seconds("timeout", timeout)
        if deadline is not NOT_GIVEN:
            changes["deadline"] = _seconds("deadline", deadline)
        if headers is not None:
            changes["headers"] = {**self._settings.headers, **_headers(headers)}
        view = copy.copy(self)
        view.__dict__.pop("_seam", None)
        view.__dict__.pop("api", None)
        view._settings = evolve(self._settings, **changes)
        view._owns_wire = False
        return view

    @property
    def base_url(self) -> str:
        """Address of the API."""
        return self._settings.base_url

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} does not pickle, because it holds connections and credentials")

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def _new_wire(self) -> Any:
        raise NotImplementedError


class KlarnaPayments(_Client):
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

        The API has no idempotency key, so a create is never sent twice: when its answer is lost, this raises.

        Args:
            order: Id of the order. Its payment method must be one of Klarna's.
            reference: Any text that identifies the payment in a system of yours.
            reference_origin: Name of that system.
            metadata: Data of your own.
            include: Relationship paths to include in the answer.
            fields: Sparse fieldsets for the answer.

        Raises:
            ValidationError: The order cannot be paid with Klarna.
            AmbiguousWriteError: The payment may have been created.
        """
        return self._run(operations.create(order, reference, reference_origin, metadata, include, fields))

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
        return self._run(
            operations.update(id, auth_token, reference, reference_origin, metadata, order, include, fields)
        )

    def refresh_session(self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None) -> KlarnaPayment:
        """Renew the Klarna session from the order, after its amounts changed (``mismatched_amounts``).

        Whether session id and tokens survive is not documented: hand the new ``client_token`` to the browser.
        """
        return self._run(operations.refresh_session(id, include, fields))

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
        asked = query("klarna_payments", include=include, fields=fields, filters=filters, sort=sort)
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
        return self._pager(operations.pages_of_event_stores(id, page_size), _EVENTS)

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
        asked = query("klarna_payments", include=include, fields=fields, filters=filters, sort=sort)
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
        asked = query(None, include=include, fields=fields, filters=filters, sort=sort)
        return self._run(operations.request(method, path, asked, params, json))

    @cached_property
    def api(self) -> GeneratedClient:
        """The generated client object, for the functions of ``commercelayer_klarna_api``; same chain and errors.

        Do not call its ``with_*`` methods: what they return has lost the chain. Use ``with_options`` here instead.
        """
        return operations.generated_client(self.base_url).set_httpx_client(self._seam)

    @cached_property
    def _seam(self) -> SyncSeam:
        return SyncSeam(self._settings, self._wire)

    def close(self) -> None:
        """Close the connections. Calls after that raise ``RuntimeError``."""
        if self._owns_wire:
            self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _new_wire(self) -> Any:
        return sync_wire()

    def _run(self, operation: Operation[T]) -> T:
        return drive(operation, self._exchange)

    def _exchange(self, exchange: Exchange) -> bytes:
        call = Call(exchange.operation, exchange.trigger)
        return self._seam.request(**exchange.request, extensions={CALL: call}).content

    def _pager(self, fetch: FetchPage[R], start: Position = Position()) -> Pager[R]:  # noqa: B008
        def fetched(position: Position) -> Page[R]:
            return self._run(fetch(position))

        return Pager(fetched, start)


class AsyncKlarnaPayments(_Client):
    """``KlarnaPayments`` for asyncio. Make one for the life of an event loop; tasks may share it.

    ::

        async with AsyncKlarnaPayments("acme", auth=credentials) as payments:
            payment = await payments.create(order="PKJhYtRdXs")
            async for each in payments.list():
                print(each.id)
    """

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
        return await self._run(operations.create(order, reference, reference_origin, metadata, include, fields))

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
        return await self._run(
            operations.update(id, auth_token, reference, reference_origin, metadata, order, include, fields)
        )

    async def refresh_session(
        self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None
    ) -> KlarnaPayment:
        """Like ``KlarnaPayments.refresh_session``."""
        return await self._run(operations.refresh_session(id, include, fields))

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
        asked = query("klarna_payments", include=include, fields=fields, filters=filters, sort=sort)
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
        return self._pager(operations.pages_of_event_stores(id, page_size), _EVENTS)

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
        asked = query("klarna_payments", include=include, fields=fields, filters=filters, sort=sort)
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
        asked = query(None, include=include, fields=fields, filters=filters, sort=sort)
        return await self._run(operations.request(method, path, asked, params, json))

    @cached_property
    def api(self) -> GeneratedClient:
        """Like ``KlarnaPayments.api``, for the ``asyncio`` functions."""
        return operations.generated_client(self.base_url).set_async_httpx_client(self._seam)

    @cached_property
    def _seam(self) -> AsyncSeam:
        return AsyncSeam(self._settings, self._wire)

    async def aclose(self) -> None:
        """Close the connections. Calls after that raise ``RuntimeError``."""
        if self._owns_wire:
            await self._wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def _new_wire(self) -> Any:
        return async_wire()

    async def _run(self, operation: Operation[T]) -> T:
        return await adrive(operation, self._exchange)

    async def _exchange(self, exchange: Exchange) -> bytes:
        call = Call(exchange.operation, exchange.trigger)
        return (await self._seam.request(**exchange.request, extensions={CALL: call})).content

    def _pager(self, fetch: FetchPage[R], start: Position = Position()) -> AsyncPager[R]:  # noqa: B008
        async def fetched(position: Position) -> Page[R]:
            return await self._run(fetch(position))

        return AsyncPager(fetched, start)


def _base_url(organization: str | None, auth: Auth, domain: str, base_url: str | None) -> str:
    if base_url is not None:
        return _checked_url("base_url", base_url)
    named = auth.organization if isinstance(auth, AccessToken) else None
    slug = organization or named
    if slug is None:
        raise ValueError("organization is missing: pass its slug, or an access token whose claims name it")
    slug = slug.lower()
    if not _SLUG.match(slug):
        raise ValueError(f"organization={slug!r} is not a slug: pass the part before .{domain} in your API's address")
    if named is not None and named.lower() != slug:
        raise ValueError(f"organization={slug!r}, but the access token is for {named!r}: leave organization out")
    if not _DOMAIN.match(domain):
        raise ValueError(f"domain={domain!r} is not a domain: pass one such as 'commercelayer.io'")
    return f"https://{slug}.{domain}/api"


def _auth_url(auth: Auth, domain: str, base_url: str | None) -> str:
    if isinstance(auth, ClientCredentials):
        if auth.auth_url is not None:
            return _checked_url("auth_url", auth.auth_url)
        if base_url is not None:
            raise ValueError(
                "base_url is given, but the credentials would go to the token endpoint of another host:"
                " pass auth_url to ClientCredentials as well"
            )
    return f"https://auth.{domain}/oauth/token"


def _checked_url(name: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable or parts.username is not None or parts.query or parts.fragment or not url.isprintable() or " " in url:
        # Not repeated: an address may hold a password.
        raise ValueError(f"{name} must be an http or https address without user, query and fragment")
    return url.rstrip("/")


def _seconds(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} must be a number of seconds or None, not {type(value).__name__}")
    if not 0 < value < float("inf"):
        raise ValueError(f"{name}={value!r} is not a number of seconds above 0: pass None for no limit")
    return float(value)


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER.match(name):
            raise ValueError(f"headers has the name {name!r}, which HTTP does not allow")
        if not value.isascii() or not value.isprintable():
            raise ValueError(f"headers[{name!r}] has characters that HTTP does not allow in a value")
        if name.lower() in {"authorization", "host", "content-length", "transfer-encoding"}:
            raise ValueError(f"headers has {name!r}, which the client sets itself")
    return dict(headers)


def _environment(name: str) -> str:
    value = os.environ.get(f"COMMERCELAYER_{name}")
    if not value:
        raise ValueError(f"COMMERCELAYER_{name} is not set: set it, or call the constructor")
    return value
