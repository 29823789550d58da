"""The resource types that a client has endpoints for: one row each.

A row says what a type is. What may be done with it follows from the contract: its operations are the generated
functions that are named after it, its attributes and triggers stand in ``_jsonapi.attributes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from attrs import frozen

from commercelayer_klarna import resources
from commercelayer_klarna._client.page import one_of
from commercelayer_klarna._jsonapi.attributes import CREATES, TRIGGERS, UPDATES
from commercelayer_klarna._jsonapi.document import Document

__all__ = ["KLARNA_PAYMENTS", "ORDERS", "ResourceType"]

R = TypeVar("R", bound=resources.Resource)


@frozen
class ResourceType(Generic[R]):
    """A resource type, and the class of its resources.

    Attributes:
        name: Its name on the wire, in the plural; its operations are tagged with it in the contract.
        resource: The class that callers read.
    """

    name: str
    resource: type[R]

    def one(self, document: Document) -> R:
        """Return the one resource of this type that a document holds."""
        return one_of(document, self.resource)

    @property
    def singular(self) -> str:
        """The name of one, as in the names of operations: ``klarna_payment``."""
        return self.name.removesuffix("s")

    @property
    def spoken(self) -> str:
        """The name of one, as in messages: ``klarna payment``."""
        return self.singular.replace("_", " ")

    @property
    def spoken_with_article(self) -> str:
        """``a klarna payment``, ``an order``."""
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.spoken}"

    @property
    def creates(self) -> Mapping[str, type]:
        """The attributes that a create may have, and what each is in JSON."""
        return CREATES.get(self.name, {})

    @property
    def updates(self) -> Mapping[str, type]:
        """The attributes that an update may have, and what each is in JSON."""
        return UPDATES.get(self.name, {})

    @property
    def triggers(self) -> tuple[str, ...]:
        """The attributes that make the API do something."""
        return TRIGGERS.get(self.name, ())


KLARNA_PAYMENTS = ResourceType("klarna_payments", resources.KlarnaPayment)
ORDERS = ResourceType("orders", resources.Order)
