# Written by scripts/unasync from _async/transactions.py. Do not edit.
"""The endpoints of transactions: authorizations, captures, voids and refunds.

All need integration credentials. None can be created: they come of triggers, here and of orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from commercelayer_klarna._sync.endpoint import Listing, Metadata, Retrieving
from commercelayer_klarna._sync.triggers import Triggers
from commercelayer_klarna.resources import Authorization, Capture, Refund, Void

if TYPE_CHECKING:
    from typing import Unpack

    from commercelayer_klarna._client.query import FieldsOf
    from commercelayer_klarna._jsonapi.arguments import (
        AuthorizationField,
        AuthorizationInclude,
        AuthorizationUpdate,
        CaptureField,
        CaptureInclude,
        CaptureUpdate,
    )

__all__ = ["Authorizations", "Captures", "Refunds", "Voids"]


class Authorizations(Triggers[Authorization], Listing[Authorization], Metadata[Authorization]):
    """The authorizations of the organization: ``payments.authorizations``."""

    def update(
        self,
        id: str,
        *,
        include: Sequence[AuthorizationInclude | str] = (),
        fields: FieldsOf[AuthorizationField | str] | None = None,
        **changes: Unpack[AuthorizationUpdate],
    ) -> Authorization:
        """Change the references or the metadata of an authorization; the metadata are replaced whole."""
        return self._one(self._update_request(id, changes, include=include, fields=fields))

    def capture(self, id: str, *, amount_cents: int | None = None) -> Capture:
        """Take money that is authorized, and return the capture.

        Args:
            id: Id of the authorization.
            amount_cents: How much, in cents; by default all that is left.

        Raises:
            TransitionError: The order's state does not allow it.
            TransactionFailedError: The gateway refused.
            AmbiguousWriteError: It may have been taken, and nothing tells: see ``payments.settle``.
        """
        pulled = self._pull(id, "_capture", {"_capture_amount_cents": amount_cents})
        return self._transaction(pulled, Capture)

    def void(self, id: str) -> Void:
        """Give an authorization up, and return the void.

        Raises:
            TransitionError: The order's state does not allow it.
            TransactionFailedError: The gateway refused.
            AmbiguousWriteError: It may have been given up, and nothing tells: see ``payments.settle``.
        """
        return self._transaction(self._pull(id, "_void"), Void)


class Captures(Triggers[Capture], Listing[Capture], Metadata[Capture]):
    """The captures of the organization: ``payments.captures``."""

    def update(
        self,
        id: str,
        *,
        include: Sequence[CaptureInclude | str] = (),
        fields: FieldsOf[CaptureField | str] | None = None,
        **changes: Unpack[CaptureUpdate],
    ) -> Capture:
        """Change the references or the metadata of a capture; the metadata are replaced whole."""
        return self._one(self._update_request(id, changes, include=include, fields=fields))

    def refund(self, id: str, *, amount_cents: int | None = None) -> Refund:
        """Give money back, and return the refund.

        Args:
            id: Id of the capture.
            amount_cents: How much, in cents; by default all that is left.

        Raises:
            TransitionError: The order's state does not allow it.
            TransactionFailedError: The gateway refused.
            AmbiguousWriteError: It may have been given back, and nothing tells: see ``payments.settle``.
        """
        pulled = self._pull(id, "_refund", {"_refund_amount_cents": amount_cents})
        return self._transaction(pulled, Refund)


class Voids(Retrieving[Void], Listing[Void]):
    """The voids of the organization: ``payments.voids``."""


class Refunds(Retrieving[Refund], Listing[Refund]):
    """The refunds of the organization: ``payments.refunds``."""
