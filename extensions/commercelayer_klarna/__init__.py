"""Pay with Klarna through Commerce Layer: the public names, and nothing else.

Each is imported when it is first asked for, so that who uses one client does not wait for the other.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from commercelayer_klarna._version import __version__

if TYPE_CHECKING:
    from commercelayer_klarna.async_client import AsyncKlarnaPayments
    from commercelayer_klarna.auth import (
        AccessToken,
        AuthorizationCode,
        ClientCredentials,
        JWTBearer,
        PasswordCredentials,
        RefreshToken,
    )
    from commercelayer_klarna.client import KlarnaPayments
    from commercelayer_klarna.documents import Document
    from commercelayer_klarna.errors import (
        AmbiguousWriteError,
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        CommerceLayerError,
        ConflictError,
        ErrorObject,
        LockedError,
        NotFetchedError,
        NotFoundError,
        NotIncludedError,
        PermissionDeniedError,
        PluginError,
        RateLimitError,
        ResponseFormatError,
        ResponseTooLargeError,
        ServerError,
        TokenError,
        ValidationError,
        WebhookVerificationError,
    )
    from commercelayer_klarna.not_given import NOT_GIVEN, NotGiven
    from commercelayer_klarna.pages import AsyncPager, Page, Pager
    from commercelayer_klarna.plugins.types import RetryPolicy
    from commercelayer_klarna.query import Fields, Filters
    from commercelayer_klarna.resources import EventStore, KlarnaPayment, Order, PaymentGateway, Resource
    from commercelayer_klarna.token_store import FileTokenStore, MemoryTokenStore, TokenStore

__all__ = [
    "NOT_GIVEN",
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AccessToken",
    "AmbiguousWriteError",
    "AsyncKlarnaPayments",
    "AsyncPager",
    "AuthenticationError",
    "AuthorizationCode",
    "BadRequestError",
    "ClientCredentials",
    "CommerceLayerError",
    "ConflictError",
    "Document",
    "ErrorObject",
    "EventStore",
    "Fields",
    "FileTokenStore",
    "Filters",
    "JWTBearer",
    "KlarnaPayment",
    "KlarnaPayments",
    "LockedError",
    "MemoryTokenStore",
    "NotFetchedError",
    "NotFoundError",
    "NotGiven",
    "NotIncludedError",
    "Order",
    "Page",
    "Pager",
    "PasswordCredentials",
    "PaymentGateway",
    "PermissionDeniedError",
    "PluginError",
    "RateLimitError",
    "RefreshToken",
    "Resource",
    "ResponseFormatError",
    "ResponseTooLargeError",
    "RetryPolicy",
    "ServerError",
    "TokenError",
    "TokenStore",
    "ValidationError",
    "WebhookVerificationError",
    "__version__",
]

_ROOMS = {
    "async_client": "AsyncKlarnaPayments",
    "auth": "AccessToken AuthorizationCode ClientCredentials JWTBearer PasswordCredentials RefreshToken",
    "client": "KlarnaPayments",
    "documents": "Document",
    "errors": (
        "AmbiguousWriteError APIConnectionError APIStatusError APITimeoutError AuthenticationError BadRequestError "
        "CommerceLayerError ConflictError ErrorObject LockedError NotFetchedError NotFoundError NotIncludedError "
        "PermissionDeniedError PluginError RateLimitError ResponseFormatError ResponseTooLargeError ServerError "
        "TokenError ValidationError WebhookVerificationError"
    ),
    "not_given": "NOT_GIVEN NotGiven",
    "pages": "AsyncPager Page Pager",
    "plugins.types": "RetryPolicy",
    "query": "Fields Filters",
    "resources": "EventStore KlarnaPayment Order PaymentGateway Resource",
    "token_store": "FileTokenStore MemoryTokenStore TokenStore",
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}

if not TYPE_CHECKING:  # type checkers must go on seeing a misspelt name

    def __getattr__(name: str) -> Any:
        if name not in _ROOM_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
