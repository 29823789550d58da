"""The hook specifications: the class that plugins derive from. Each of its methods is a hook.

Every hook is called once for each client, when the client is made, and never during a request. What it returns is
compiled into the client. All hooks are synchronous and take ``ctx`` alone, so that ``ctx`` can grow.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from commercelayer_klarna._document import Document
from commercelayer_klarna._json import JsonValue
from commercelayer_klarna._jsonapi.resource import Accessor
from commercelayer_klarna._values import field, frozen
from commercelayer_klarna.errors import CommerceLayerError
from commercelayer_klarna.plugins.events import Observer
from commercelayer_klarna.plugins.flow import Flow, FlowOf, Interceptor, Layer, OperationLayer
from commercelayer_klarna.plugins.values import Attempt, Call, Context, ErrorInfo, Request, RetryPolicy

__all__ = ["API_VERSION", "HOOKS", "PROJECT", "Plugin"]

PROJECT = "commercelayer_klarna"
API_VERSION = 1
"""Version of the hooks. It changes only when a plugin written for the former version could break."""


RetryClassifier: TypeAlias = Callable[[Attempt], bool | None]
"""Says whether an attempt may be tried again: ``True``, ``False``, or ``None`` for no opinion."""

ErrorMapper: TypeAlias = Callable[[ErrorInfo], CommerceLayerError | None]
"""Returns the error to raise in the place of another, or ``None`` to leave it as it is."""

DocumentTransform: TypeAlias = Callable[[Document, Call], Document]
"""Returns the document that is read in the place of the one that came."""

AuthProvider: TypeAlias = Callable[[Request], Flow]
"""A flow that puts credentials on a request, and sends it."""


@frozen
class MediaCodec:
    """Read and write bodies of one media type.

    Attributes:
        loads: Returns the JSON value of bytes; raises ``ResponseFormatError`` when they hold none.
        dumps: Returns the bytes of a JSON value; raises ``ValueError`` or ``TypeError`` when it cannot be written.
    """

    loads: Callable[[bytes], JsonValue]
    dumps: Callable[[JsonValue], bytes]


def _no_others(value: object) -> Iterable[JsonValue]:
    return ()


@frozen
class MetadataCodec:
    """Write the values of a metadata key as JSON, and read them back.

    Before anything is sent, each value is read back from what would be sent, and must be equal to what was given.

    Attributes:
        key: The key, or a prefix followed by ``*``. An exact key goes first, then the longest prefix.
        encode: Returns the JSON value of a Python value.
        decode: Returns the Python value of a JSON value.
        resource_type: The type whose metadata it is for, or ``*`` for all.
        spellings: Returns other JSON values that are read as an equal Python value. ``find_by_metadata`` asks for each.
    """

    key: str
    encode: Callable[[Any], JsonValue]
    decode: Callable[[JsonValue], Any]
    resource_type: str = "klarna_payments"
    spellings: Callable[[Any], Iterable[JsonValue]] = _no_others


@frozen
class Configuration:
    """What a plugin adds to every request of a client.

    Attributes:
        headers: Headers; those of ``with_options`` win.
    """

    headers: Mapping[str, str] = field(factory=dict[str, str])


class Plugin:
    """The base class of plugins: override the hooks that you need.

    An instance may serve several clients and threads at the same time, so its own state must be safe for that.

    Attributes:
        name: Unique among the plugins of a client. A plugin with the name of a built-in one replaces it.
        api: The version of the hooks that the plugin was written for.
        order: Place of its contributions among those of others, lower first; equal ones are sorted by name.
        fallback: Whether its exclusive contributions (auth provider, retry policy, codecs, accessors) yield to those of
            other plugins. Without it, two plugins with the same contribution are an error. Built-in plugins yield.
    """

    name: str = ""
    api: int = API_VERSION
    order: int = 0
    fallback: bool = False

    def configuration(self, ctx: Context) -> Configuration | None:
        """Return what is added to every request: headers."""
        return None

    def layers(self, ctx: Context) -> Iterable[Layer | OperationLayer]:
        """Return flows around attempts, calls or operations, each with its place in the chain."""
        return ()

    def auth_provider(self, ctx: Context) -> AuthProvider | None:
        """Return the flow that puts credentials on each attempt. Only one plugin may have it."""
        return None

    def interceptors(self, ctx: Context) -> Iterable[Interceptor]:
        """Return objects that see each attempt and its answer, and may change them."""
        return ()

    def retry_policy(self, ctx: Context) -> RetryPolicy | None:
        """Return how often to try again, for clients whose caller does not say. Only one plugin may have it."""
        return None

    def retry_classifiers(self, ctx: Context) -> Iterable[RetryClassifier]:
        """Return functions that say whether a failed attempt may be tried again; the first with an opinion decides."""
        return ()

    def error_mappers(self, ctx: Context) -> Iterable[ErrorMapper]:
        """Return functions that turn an answer without success into an exception; the first that returns one wins."""
        return ()

    def document_transforms(self, ctx: Context) -> Iterable[DocumentTransform]:
        """Return functions that change a document before its resources are read, each the result of the one before."""
        return ()

    def media_codecs(self, ctx: Context) -> Mapping[str, MediaCodec]:
        """Return the codecs of bodies by media type. Only one plugin may have each type."""
        return {}

    def resource_accessors(self, ctx: Context) -> Mapping[tuple[str, str], type[Accessor]]:
        """Return what is added to resources, by resource type (or ``*``) and namespace; one plugin for each."""
        return {}

    def metadata_codecs(self, ctx: Context) -> Iterable[MetadataCodec]:
        """Return the codecs of metadata keys. Only one plugin may have each type and key."""
        return ()

    def observers(self, ctx: Context) -> Iterable[Observer]:
        """Return functions that are told of events. They must not wait; what they raise is only logged."""
        return ()

    def opened(self, ctx: Context) -> FlowOf[None] | None:
        """Do what is to be done when the client was made, or return a flow that does it.

        A flow that waits for something goes on before the first call. When a plugin fails here, the client is not
        opened, and the plugins before it are told ``closed``.
        """
        return None

    def closed(self, ctx: Context) -> FlowOf[None] | None:
        """Do what is to be done when the client was closed and its last call is over, or return a flow that does it.

        Every plugin is told, even when another one raises.
        """
        return None


Hooks: TypeAlias = Mapping[str, Callable[[Plugin, Context], object]]
"""The hooks that a class of plugins implements, by name."""

HOOKS = tuple(name for name, member in vars(Plugin).items() if inspect.isfunction(member))
"""The names of all hooks, in the order of the specification."""


def overridden(cls: type) -> Hooks:
    """Return the hooks that a class overrides."""
    members = ((name, inspect.getattr_static(cls, name, None)) for name in HOOKS)
    return {name: member for name, member in members if member is not vars(Plugin)[name]}
