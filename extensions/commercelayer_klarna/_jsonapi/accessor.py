"""What a plugin adds to a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commercelayer_klarna.resources import Resource


class Accessor:
    """What a plugin adds to a resource: ``payment.ext.<namespace>``, or ``payment.accessor(MyAccessor)`` with its type.

    Made when first touched, once for each resource.
    """

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
