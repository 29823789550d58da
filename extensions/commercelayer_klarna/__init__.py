"""Pay with Klarna through Commerce Layer: the public names, and nothing else."""

from commercelayer_klarna._version import __version__
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
from commercelayer_klarna.operations import NOT_GIVEN, NotGiven
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
