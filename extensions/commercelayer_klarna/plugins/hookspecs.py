"""The hooks: one typed class whose methods are the hook specification. Plugins derive from it.

Every hook is called once for each client, when it is made, and never while a request is under way; what it returns is
compiled into the client. All hooks are synchronous and take ``ctx`` alone, so that ``ctx`` can grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import pluggy
from attrs import field, frozen

from commercelayer_klarna._jsonapi.resource import Accessor
from commercelayer_klarna.errors import CommerceLayerError
from commercelayer_klarna.plugins.events import Observer
from commercelayer_klarna.plugins.flow import Flow, Interceptor, Layer
from commercelayer_klarna.plugins.values import Attempt, Call, Context, ErrorInfo, Request, RetryPolicy

if TYPE_CHECKING:
    from commercelayer_klarna._jsonapi.document import Document

__all__ = ["API_VERSION", "PROJECT", "Plugin", "hookimpl"]

PROJECT = "commercelayer_klarna"
API_VERSION = 1
"""Version of the hooks. It changes only when a plugin written for the former version could break."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a hook. Overriding a method is enough; the mark makes a misspelt name an error."""


RetryClassifier: TypeAlias = Callable[[Attempt], bool | None]
"""Whether an attempt may be tried again: ``True``, ``False``, or ``None`` for no opinion."""


ErrorMapper: TypeAlias = Callable[[ErrorInfo], CommerceLayerError | None]


DocumentTransform: TypeAlias = "Callable[[Document, Call], Document]"


AuthProvider: TypeAlias = Callable[[Request], Flow]


@frozen
class MediaCodec:
    """How bodies of a media type are read and written.

    Attributes:
        loads: JSON value of bytes; raises ``ResponseFormatError`` when they hold none.
        dumps: Bytes of a JSON value; raises ``ValueError`` or ``TypeError`` when it cannot be written.
    """

    loads: Callable[[bytes], Any]
    dumps: Callable[[Any], bytes]


@frozen
class MetadataCodec:
    """How the values of a metadata key are written as JSON, and read back.

    Attributes:
        key: The key, or a prefix followed by ``*``. An exact key goes first, then the longest prefix.
        encode: JSON value of a Python value.
        decode: Python value of a JSON value.
        resource_type: The type whose metadata it is for, or ``*`` for all.
    """

    key: str
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    resource_type: str = "klarna_payments"


@frozen
class Configuration:
    """What a plugin adds to every request of a client.

    Attributes:
        headers: Headers; those of ``with_options`` win.
    """

    headers: Mapping[str, str] = field(factory=dict[str, str])


class Plugin:
    """Derive from this class and override the hooks that are needed.

    An instance serves one or more clients, from any thread, so its own state must bear that.

    Attributes:
        name: Unique among the plugins of a client. One with the name of a built-in replaces it.
        api: The version of the hooks it was written for.
        order: Where its contributions stand among those of others, lower is first; equal ones by name.
        fallback: Whether its exclusive contributions (auth provider, retry policy, codecs, accessors) give way to those
            of others instead of being in conflict with them. The built-in plugins do.
    """

    name: str = ""
    api: int = API_VERSION
    order: int = 0
    fallback: bool = False

    @hookspec
    def configuration(self, ctx: Context) -> Configuration | None:
        """What is added to every request: headers."""
        return None

    @hookspec
    def layers(self, ctx: Context) -> Iterable[Layer]:
        """Flows around attempts or calls, each with its place in the chain."""
        return ()

    @hookspec
    def auth_provider(self, ctx: Context) -> AuthProvider | None:
        """The flow that puts credentials on each attempt. One plugin at most."""
        return None

    @hookspec
    def interceptors(self, ctx: Context) -> Iterable[Interceptor]:
        """Objects that look at each attempt and its answer, and may change them."""
        return ()

    @hookspec
    def retry_policy(self, ctx: Context) -> RetryPolicy | None:
        """How often and how patiently to try again, unless the caller says. One plugin at most."""
        return None

    @hookspec
    def retry_classifiers(self, ctx: Context) -> Iterable[RetryClassifier]:
        """Functions that say whether a failed attempt may be tried again; the first with an opinion decides."""
        return ()

    @hookspec
    def error_mappers(self, ctx: Context) -> Iterable[ErrorMapper]:
        """Functions that turn an answer that is no success into an exception; the first that returns one decides."""
        return ()

    @hookspec
    def document_transforms(self, ctx: Context) -> Iterable[DocumentTransform]:
        """Functions that change a document before its resources are read; each gets what the one before returned."""
        return ()

    @hookspec
    def media_codecs(self, ctx: Context) -> Mapping[str, MediaCodec]:
        """How bodies are read and written, by media type. One plugin for each type."""
        return {}

    @hookspec
    def resource_accessors(self, ctx: Context) -> Mapping[tuple[str, str], type[Accessor]]:
        """What is added to resources, by resource type (or ``*``) and namespace. One plugin for each."""
        return {}

    @hookspec
    def metadata_codecs(self, ctx: Context) -> Iterable[MetadataCodec]:
        """How the values of metadata keys are written and read. One plugin for each type and key."""
        return ()

    @hookspec
    def observers(self, ctx: Context) -> Iterable[Observer]:
        """Functions that are told what happens. They must not wait; what they raise is logged and breaks nothing."""
        return ()

    @hookspec
    def opened(self, ctx: Context) -> None:
        """The client was made."""

    @hookspec
    def closed(self, ctx: Context) -> None:
        """The client was closed. Every plugin is told, even when another one raises."""
