"""The endpoints, a module each. Each is imported when first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import (
        create_klarna_payment,
        delete_klarna_payment,
        list_klarna_gateway_klarna_payments,
        list_klarna_payment_event_stores,
        list_klarna_payments,
        retrieve_klarna_payment,
        retrieve_klarna_payment_order,
        retrieve_klarna_payment_payment_gateway,
        update_klarna_payment,
    )

__all__ = (
    "list_klarna_payments",
    "create_klarna_payment",
    "retrieve_klarna_payment",
    "delete_klarna_payment",
    "update_klarna_payment",
    "retrieve_klarna_payment_order",
    "retrieve_klarna_payment_payment_gateway",
    "list_klarna_payment_event_stores",
    "list_klarna_gateway_klarna_payments",
)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f".{name}", __name__)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
