"""The endpoint of orders: the life of the order that a payment pays, from its placing to its refund."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from commercelayer_klarna._async.endpoint import AsyncListing, AsyncMetadata
from commercelayer_klarna._async.triggers import AsyncTriggers
from commercelayer_klarna._client.transitions import Pull, is_unpaid
from commercelayer_klarna._not_given import NOT_GIVEN, NotGiven
from commercelayer_klarna.errors import APIStatusError
from commercelayer_klarna.resources import Authorization, Capture, Order, Refund, Void

__all__ = ["AsyncOrders"]

if TYPE_CHECKING:
    from typing import Unpack

    from commercelayer_klarna._async.pager import AsyncPager
    from commercelayer_klarna._client.query import FieldsOf, ListOptions
    from commercelayer_klarna._jsonapi.arguments import OrderField, OrderInclude, OrderUpdate


class AsyncOrders(AsyncTriggers[Order], AsyncListing[Order], AsyncMetadata[Order]):
    """The orders of the organization: ``payments.orders``.

    Each step (``place``, ``approve``, ``capture`` and so on) reads the order, and then sends its trigger once. When the
    answer is lost, the order is read back. All steps but ``place`` need integration credentials, and raise:

    * ``TransitionError`` if the order's state does not allow the step; the message says what is possible instead;
    * ``TransactionFailedError`` if the API answered with success, but the payment gateway refused;
    * ``AmbiguousWriteError`` if the step may have been taken and nothing tells: see ``payments.settle``.
    """

    async def update(
        self,
        id: str,
        *,
        payment_method: str | None | NotGiven = NOT_GIVEN,
        include: Sequence[OrderInclude | str] = (),
        fields: FieldsOf[OrderField | str] | None = None,
        **changes: Unpack[OrderUpdate],
    ) -> Order:
        """Change an order. What you do not pass is not sent and stays as it is; ``None`` is sent as null.

        Args:
            id: Id of the order.
            payment_method: Id of the payment method. It decides which payment sources the order takes.
            include: Relationship paths to include in the answer.
            fields: Sparse fieldsets for the answer.
            **changes: Attributes of the order: ``reference``, ``reference_origin``, and ``metadata``, which replaces
                the stored metadata whole.

        Raises:
            NotFoundError: There is no such order.
            ValidationError: The API refuses a value.
        """
        relationships = {"payment_method": ("payment_methods", payment_method)}
        return await self._one(self._update_request(id, changes, relationships, include=include, fields=fields))

    async def place(self, id: str, *, include: Sequence[OrderInclude | str] = ()) -> Order:
        """Place a pending order: its klarna payment, whose ``auth_token`` must be set, is authorized.

        An order that is placed already is returned as it is. An order with ``place_async`` comes back as ``placing``.

        Raises:
            TransactionFailedError: The order was placed without the money, or not placed, since the gateway refused.
        """
        order = (await self._pull(id, "_place", include=include, unless_reached=True)).resource
        if is_unpaid(order):
            newest: Authorization | None = None
            with suppress(APIStatusError):  # sales channels may not read it
                newest = await self.authorizations(id, sort=["-created_at"], page_size=1).first()
            if newest is None or newest.outcome == "failed":
                what = f"the order is {order.status} and {order.payment_status}"
                raise Pull(order.type, order.id, "_place").failure(newest, what)
        return order

    async def approve(self, id: str, *, include: Sequence[OrderInclude | str] = ()) -> Order:
        """Approve a placed order. Its payment is not touched."""
        return (await self._pull(id, "_approve", include=include)).resource

    async def capture(self, id: str, *, include: Sequence[OrderInclude | str] = ()) -> Order:
        """Take all the money that an approved order has authorized; ``authorizations.capture`` takes a part."""
        return (await self._pull(id, "_capture", include=include)).resource

    async def approve_and_capture(self, id: str, *, include: Sequence[OrderInclude | str] = ()) -> Order:
        """Approve a placed order, and take all its money."""
        return (await self._pull(id, "_approve_and_capture", include=include)).resource

    async def cancel(self, id: str, *, include: Sequence[OrderInclude | str] = ()) -> Order:
        """Cancel an order of which nothing was captured; its authorization is voided."""
        return (await self._pull(id, "_cancel", include=include)).resource

    async def refund(self, id: str, *, include: Sequence[OrderInclude | str] = ()) -> Order:
        """Give back all that an order has captured; it is cancelled by that. ``captures.refund`` gives back a part."""
        return (await self._pull(id, "_refund", include=include)).resource

    async def nullify_payment_source(self, id: str, *, include: Sequence[OrderInclude | str] = ()) -> Order:
        """Drop the payment source of a draft or pending order. Sales channels may do so as well."""
        return (await self._pull(id, "_nullify_payment_source", include=include)).resource

    def authorizations(self, id: str, **options: Unpack[ListOptions]) -> AsyncPager[Authorization]:
        """List the authorizations of an order; the options are those of ``list``. Needs integration credentials."""
        return self._related("list_order_authorizations", "authorizations", id, Authorization, **options)

    def captures(self, id: str, **options: Unpack[ListOptions]) -> AsyncPager[Capture]:
        """List the captures of an order; the options are those of ``list``. Needs integration credentials."""
        return self._related("list_order_captures", "captures", id, Capture, **options)

    def voids(self, id: str, **options: Unpack[ListOptions]) -> AsyncPager[Void]:
        """List the voids of an order; the options are those of ``list``. Needs integration credentials."""
        return self._related("list_order_voids", "voids", id, Void, **options)

    def refunds(self, id: str, **options: Unpack[ListOptions]) -> AsyncPager[Refund]:
        """List the refunds of an order; the options are those of ``list``. Needs integration credentials."""
        return self._related("list_order_refunds", "refunds", id, Refund, **options)
