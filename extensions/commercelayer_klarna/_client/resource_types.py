"""The resource types that a client has endpoints for: one row each.

A row says what a type is. The contract says what can be done with it: its operations are the generated functions that
are named after it, its attributes and triggers stand in ``_jsonapi.attributes``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from commercelayer_klarna import resources
from commercelayer_klarna._client.results import one_of
from commercelayer_klarna._document import Document, resource_class
from commercelayer_klarna._jsonapi.attributes import CREATES, TRIGGERS, UPDATES
from commercelayer_klarna._values import frozen
from commercelayer_klarna.errors import ResponseFormatError

R_co = TypeVar("R_co", bound=resources.Resource, covariant=True)


@frozen
class ResourceType(Generic[R_co]):
    """A resource type, and the class of its resources.

    Attributes:
        name: The name of the type in documents, in the plural; it is also the tag of its operations in the contract.
        resource: The class that callers read.
    """

    name: str
    resource: type[R_co]

    def one(self, document: Document) -> R_co:
        """Return the one resource of this type that a document holds."""
        return one_of(document, self.resource)

    def one_with(self, id: str) -> Callable[[Document], R_co]:
        """Return a function that reads the one resource with this id: a proxy or cache may hand over that of others.

        For what the client itself goes by. What a caller retrieves shows him its id.
        """

        def read(document: Document) -> R_co:
            found = self.one(document)
            if found.id != id:
                raise ResponseFormatError(f"the answer is not {self.name}/{id}")
            return found

        return read

    @property
    def singular(self) -> str:
        """Return the singular of the name, as in the names of operations: ``klarna_payment``."""
        return self.name.removesuffix("s")

    @property
    def spoken(self) -> str:
        """Return the singular for messages: ``klarna payment``."""
        return self.singular.replace("_", " ")

    @property
    def spoken_with_article(self) -> str:
        """Return the singular with its article: ``a klarna payment``, ``an order``."""
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.spoken}"

    @property
    def creates(self) -> Mapping[str, type]:
        """Return the attributes that a create may have, and the JSON type of each."""
        return CREATES.get(self.name, {})

    @property
    def updates(self) -> Mapping[str, type]:
        """Return the attributes that an update may have, and the JSON type of each."""
        return UPDATES.get(self.name, {})

    @property
    def triggers(self) -> tuple[str, ...]:
        """Return the attributes that make the API do something."""
        return TRIGGERS.get(self.name, ())


AUTHORIZATIONS = ResourceType("authorizations", resources.Authorization)
CAPTURES = ResourceType("captures", resources.Capture)
KLARNA_GATEWAYS = ResourceType("klarna_gateways", resources.KlarnaGateway)
KLARNA_PAYMENTS = ResourceType("klarna_payments", resources.KlarnaPayment)
ORDERS = ResourceType("orders", resources.Order)
REFUNDS = ResourceType("refunds", resources.Refund)
VOIDS = ResourceType("voids", resources.Void)


def named(name: str) -> ResourceType[resources.Resource]:
    """Return what is known of a type by its name alone."""
    return ResourceType(name, resource_class(name))
