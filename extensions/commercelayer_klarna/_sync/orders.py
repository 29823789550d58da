# Written by scripts/unasync from _async/orders.py. Do not edit.
"""The endpoint of orders: what one does with the order that a payment pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from commercelayer_klarna._not_given import NOT_GIVEN, NotGiven
from commercelayer_klarna._sync.endpoint import Metadata, Retrieving

if TYPE_CHECKING:
    from typing import Unpack

    from commercelayer_klarna._client.query import FieldsOf
    from commercelayer_klarna._jsonapi.attributes import OrderField, OrderInclude, OrderUpdate
    from commercelayer_klarna.resources import Order


class Orders(Retrieving["Order"], Metadata["Order"]):
    """The orders of the organization: ``payments.orders``."""

    def update(
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
        return self._one(self._update_request(id, changes, relationships, include=include, fields=fields))
