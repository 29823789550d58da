"""Pay with Klarna through Commerce Layer: the public names.

Each name is imported on first use, so a program that uses one client does not wait for the other.
"""

from typing import TYPE_CHECKING

from commercelayer_klarna._version import __version__

if TYPE_CHECKING:
    from commercelayer_klarna._async.client import AsyncKlarnaPayments
    from commercelayer_klarna._async.pager import AsyncPager
    from commercelayer_klarna._auth.credentials import AccessToken, ClientCredentials
    from commercelayer_klarna._auth.file_store import FileTokenStore
    from commercelayer_klarna._auth.grants import AuthorizationCode, JWTBearer, PasswordCredentials, RefreshToken
    from commercelayer_klarna._auth.redis_store import RedisTokenStore
    from commercelayer_klarna._auth.store import MemoryTokenStore, TokenStore
    from commercelayer_klarna._client.page import Page
    from commercelayer_klarna._client.query import Fields, Filters
    from commercelayer_klarna._client.settlement import Ensured, Settlement
    from commercelayer_klarna._document import Document
    from commercelayer_klarna._jsonapi.origin import ResponseInfo
    from commercelayer_klarna._not_given import NOT_GIVEN, NotGiven
    from commercelayer_klarna._sync.client import KlarnaPayments
    from commercelayer_klarna._sync.pager import Pager
    from commercelayer_klarna.errors import (
        AmbiguousWriteError,
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        APIVersionError,
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
        TransactionFailedError,
        TransitionError,
        ValidationError,
        WebhookVerificationError,
    )
    from commercelayer_klarna.plugins.values import RetryPolicy
    from commercelayer_klarna.resources import (
        Authorization,
        Capture,
        EventStore,
        KlarnaGateway,
        KlarnaPayment,
        Order,
        PaymentGateway,
        Refund,
        Resource,
        Transaction,
        Void,
    )

__all__ = [
    "NOT_GIVEN",
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "APIVersionError",
    "AccessToken",
    "AmbiguousWriteError",
    "AsyncKlarnaPayments",
    "AsyncPager",
    "AuthenticationError",
    "Authorization",
    "AuthorizationCode",
    "BadRequestError",
    "Capture",
    "ClientCredentials",
    "CommerceLayerError",
    "ConflictError",
    "Document",
    "Ensured",
    "ErrorObject",
    "EventStore",
    "Fields",
    "FileTokenStore",
    "Filters",
    "JWTBearer",
    "KlarnaGateway",
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
    "RedisTokenStore",
    "RefreshToken",
    "Refund",
    "Resource",
    "ResponseFormatError",
    "ResponseInfo",
    "ResponseTooLargeError",
    "RetryPolicy",
    "ServerError",
    "Settlement",
    "TokenError",
    "TokenStore",
    "Transaction",
    "TransactionFailedError",
    "TransitionError",
    "ValidationError",
    "Void",
    "WebhookVerificationError",
    "__version__",
]

_MODULES = {
    "_async.client": "AsyncKlarnaPayments",
    "_auth.credentials": "AccessToken ClientCredentials",
    "_auth.grants": "AuthorizationCode JWTBearer PasswordCredentials RefreshToken",
    "_sync.client": "KlarnaPayments",
    "_document": "Document",
    "_jsonapi.origin": "ResponseInfo",
    "errors": (
        "AmbiguousWriteError APIConnectionError APIStatusError APITimeoutError APIVersionError AuthenticationError "
        "BadRequestError CommerceLayerError ConflictError ErrorObject LockedError NotFetchedError NotFoundError "
        "NotIncludedError PermissionDeniedError PluginError RateLimitError ResponseFormatError ResponseTooLargeError "
        "ServerError TokenError TransactionFailedError TransitionError ValidationError WebhookVerificationError"
    ),
    "_not_given": "NOT_GIVEN NotGiven",
    "_async.pager": "AsyncPager",
    "_client.page": "Page",
    "_sync.pager": "Pager",
    "plugins.values": "RetryPolicy",
    "_client.query": "Fields Filters",
    "_client.settlement": "Ensured Settlement",
    "resources": (
        "Authorization Capture EventStore KlarnaGateway KlarnaPayment Order PaymentGateway Refund Resource "
        "Transaction Void"
    ),
    "_auth.store": "MemoryTokenStore TokenStore",
    "_auth.file_store": "FileTokenStore",
    "_auth.redis_store": "RedisTokenStore",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}

if not TYPE_CHECKING:  # with a ``__getattr__``, type checkers would accept a misspelt name

    def __getattr__(name: str) -> object:
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from commercelayer_klarna._lazy import value_of

        value = globals()[name] = value_of(_MODULE_OF[name], name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
