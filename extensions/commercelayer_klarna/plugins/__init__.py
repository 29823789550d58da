"""The only import that a plugin author needs: the hooks, and the values they take and give."""

from typing import TYPE_CHECKING

from commercelayer_klarna._document import Document
from commercelayer_klarna._jsonapi.resource import Accessor, Resource
from commercelayer_klarna._redaction import SECRET_NAMES
from commercelayer_klarna._redaction import without_secrets as redact
from commercelayer_klarna.errors import (
    APIConnectionError,
    APITimeoutError,
    CommerceLayerError,
    ErrorObject,
    PluginError,
)
from commercelayer_klarna.plugins.events import (
    AttemptEnded,
    AttemptStarted,
    CallEnded,
    CallStarted,
    Event,
    GaveUp,
    Observer,
    OperationEnded,
    OperationStarted,
    RetryScheduled,
)
from commercelayer_klarna.plugins.flow import (
    Effect,
    Flow,
    FlowOf,
    Interceptor,
    Layer,
    Lock,
    OperationFlow,
    OperationLayer,
    Send,
    Sleep,
    Stage,
    ask,
    blocking,
    exclusively,
    proceed,
    send,
    sleep,
)
from commercelayer_klarna.plugins.headers import Headers
from commercelayer_klarna.plugins.hookspecs import (
    API_VERSION,
    AuthProvider,
    Configuration,
    DocumentTransform,
    ErrorMapper,
    MediaCodec,
    MetadataCodec,
    Plugin,
    RetryClassifier,
)
from commercelayer_klarna.plugins.timing import Timing
from commercelayer_klarna.plugins.values import (
    Attempt,
    Call,
    Context,
    ErrorInfo,
    Operation,
    Purpose,
    Request,
    Response,
    RetryPolicy,
    plugin_of,
)

if TYPE_CHECKING:
    from commercelayer_klarna.plugins.marks import hookimpl

__all__ = [
    "API_VERSION",
    "SECRET_NAMES",
    "APIConnectionError",
    "APITimeoutError",
    "Accessor",
    "Attempt",
    "AttemptEnded",
    "AttemptStarted",
    "AuthProvider",
    "Call",
    "CallEnded",
    "CallStarted",
    "CommerceLayerError",
    "Configuration",
    "Context",
    "Document",
    "DocumentTransform",
    "Effect",
    "ErrorInfo",
    "ErrorMapper",
    "ErrorObject",
    "Event",
    "Flow",
    "FlowOf",
    "GaveUp",
    "Headers",
    "Interceptor",
    "Layer",
    "Lock",
    "MediaCodec",
    "MetadataCodec",
    "Observer",
    "Operation",
    "OperationEnded",
    "OperationFlow",
    "OperationLayer",
    "OperationStarted",
    "Plugin",
    "PluginError",
    "Purpose",
    "Request",
    "Resource",
    "Response",
    "RetryClassifier",
    "RetryPolicy",
    "RetryScheduled",
    "Send",
    "Sleep",
    "Stage",
    "Timing",
    "ask",
    "blocking",
    "exclusively",
    "hookimpl",
    "plugin_of",
    "proceed",
    "redact",
    "send",
    "sleep",
]


def __getattr__(name: str) -> object:
    if name != "hookimpl":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from commercelayer_klarna.plugins.marks import hookimpl  # a client without plugins of others does without pluggy

    return hookimpl
