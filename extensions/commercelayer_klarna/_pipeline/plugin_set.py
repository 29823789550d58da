"""The plugins of one client in the form in which requests meet them: tuples, mappings and a chain, frozen."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from attrs import field, frozen

from commercelayer_klarna._jsonapi.resource import Accessor
from commercelayer_klarna._pipeline.discovery import is_builtin
from commercelayer_klarna._pipeline.manager import Collected, collect
from commercelayer_klarna.errors import CommerceLayerError, PluginError
from commercelayer_klarna.plugins.events import EVENTS, Event
from commercelayer_klarna.plugins.flow import Interceptor, Layer, Link, Stage, send
from commercelayer_klarna.plugins.hookspecs import AuthProvider, Configuration, MediaCodec, MetadataCodec, Plugin
from commercelayer_klarna.plugins.values import Attempt, Call, Context, ErrorInfo, RetryPolicy, Source

__all__ = ["PluginInfo", "PluginSet"]

log = logging.getLogger("commercelayer_klarna.plugins")

T = TypeVar("T")
Owned = tuple[Source, T]


@frozen
class PluginInfo:
    """What is known of an active plugin.

    Attributes:
        name: Its name.
        distribution: Name and version of the distribution that it came from, if it came from one.
        builtin: Whether it is one of this package's own.
        hooks: The hooks that it implements.
        chain: Its layers, each as its place in the whole chain, counted from 1 outermost, and its name.
    """

    name: str
    distribution: str | None
    builtin: bool
    hooks: tuple[str, ...]
    chain: tuple[tuple[int, str], ...]


@frozen
class PluginSet:
    """The plugins of one client, compiled.

    Attributes:
        ctx: What the hooks were told.
        collected: The plugins, and what they returned.
        chain: All layers, outermost first.
        headers: Headers for every request.
        retry: The default retry policy, if a plugin has one.
        media_codecs: By media type.
        accessors: By resource type and namespace.
        metadata_codecs: By resource type and key.
        classifiers: Of retries, in their order.
        mappers: Of errors, in their order.
        transforms: Of documents, in their order.
        observers: In their order.
        watched: The classes of events that an observer wants.
    """

    ctx: Context
    collected: Collected
    chain: tuple[Link, ...]
    headers: Mapping[str, str]
    retry: RetryPolicy | None
    media_codecs: Mapping[str, Owned[MediaCodec]]
    accessors: Mapping[tuple[str, str], Owned[type[Accessor]]]
    metadata_codecs: Mapping[tuple[str, str], Owned[MetadataCodec]]
    classifiers: tuple[Owned[Callable[[Attempt], bool | None]], ...]
    mappers: tuple[Owned[Callable[[ErrorInfo], CommerceLayerError | None]], ...]
    transforms: tuple[Owned[Callable[[Any, Call], Any]], ...]
    observers: tuple[Owned[Callable[[Event], None]], ...]
    watched: frozenset[type]
    _complained_of: set[str] = field(factory=set[str], init=False)

    @classmethod
    def build(cls, plugins: Iterable[tuple[Plugin, str | None]], ctx: Context) -> PluginSet:
        """Collect, check and compile plugins.

        Raises:
            PluginError: One cannot be used, or two claim the same thing.
        """
        collected = collect(plugins, ctx)
        codecs = collected.each("metadata_codecs", MetadataCodec)
        observers: tuple[Owned[Callable[[Event], None]], ...] = tuple(collected.each("observers"))
        policies = collected.exclusive((None, each) for each in collected.singles("retry_policy", RetryPolicy))
        return cls(
            ctx=ctx,
            collected=collected,
            chain=_chain(collected),
            headers={
                name: value
                for _, configuration in collected.singles("configuration", Configuration)
                for name, value in configuration.headers.items()
            },
            retry=policies[None][1] if policies else None,
            media_codecs=collected.exclusive(collected.keyed("media_codecs")),
            accessors=collected.exclusive(collected.keyed("resource_accessors")),
            metadata_codecs=collected.exclusive(((each[1].resource_type, each[1].key), each) for each in codecs),
            classifiers=tuple(collected.each("retry_classifiers")),
            mappers=tuple(collected.each("error_mappers")),
            transforms=tuple(collected.each("document_transforms")),
            observers=observers,
            watched=frozenset(kind for _, observer in observers for kind in getattr(observer, "events", EVENTS)),
        )

    def infos(self) -> tuple[PluginInfo, ...]:
        """What is known of each plugin, in their order."""
        places: dict[str, list[tuple[int, str]]] = {}
        for place, link in enumerate(self.chain, 1):
            places.setdefault(link.source.plugin, []).append((place, link.layer.name))
        return tuple(
            PluginInfo(
                plugin.name,
                self.collected.distributions[plugin.name],
                is_builtin(plugin),
                self.collected.hooks[plugin.name],
                tuple(places.get(plugin.name, ())),
            )
            for plugin in self.collected.plugins
        )

    def tell(self, event: Event) -> None:
        """Tell all observers. What one raises is logged, once for each plugin, and breaks nothing."""
        for source, observer in self.observers:
            if type(event) not in getattr(observer, "events", EVENTS):
                continue
            try:
                observer(event)
            except Exception:
                if source.plugin not in self._complained_of:
                    self._complained_of.add(source.plugin)
                    log.exception("an observer failed, and goes on being told: %s", source)

    def classify(self, attempt: Attempt) -> bool:
        """Whether an attempt may be tried again: the first classifier with an opinion decides."""
        return _first(self.classifiers, attempt, bool) or False

    def error(self, info: ErrorInfo) -> CommerceLayerError:
        """The exception for an answer that is no success: that of the first mapper which returns one."""
        return _first(self.mappers, info, CommerceLayerError) or CommerceLayerError(info.message)

    def transform(self, document: T, call: Call) -> T:
        """The document after all transforms, each of which got what the one before returned."""
        for source, transform in self.transforms:
            changed = source.call(transform, document, call)
            if not isinstance(changed, type(document)):
                raise source.error(f"returned {changed!r}: return the document")
            document = changed
        return document

    def loads(self, content_type: str, default: str, content: bytes) -> Any:
        """The JSON value of a body, read by the codec of its media type, or that of the default for one unknown.

        Raises:
            PluginError: There is none for the default either.
        """
        media_type = content_type.partition(";")[0].strip().lower()
        source, codec = self.media_codecs.get(media_type) or self._codec(default)
        return source.call(codec.loads, content)

    def dumps(self, media_type: str, value: Any) -> bytes:
        """The body of a JSON value, written by the codec of a media type.

        Raises:
            PluginError: There is none.
        """
        source, codec = self._codec(media_type)
        return source.call(codec.dumps, value)

    def _codec(self, media_type: str) -> Owned[MediaCodec]:
        try:
            return self.media_codecs[media_type]
        except KeyError:
            raise PluginError(
                f"no plugin reads and writes {media_type}: leave 'jsonapi' in", hook="media_codecs"
            ) from None

    def namespaces(self, resource_type: str) -> Mapping[str, Owned[type[Accessor]]]:
        """What plugins add to resources of a type; what is for the type goes before what is for all."""
        found = {name: owned for (each, name), owned in self.accessors.items() if each == "*"}
        found |= {name: owned for (each, name), owned in self.accessors.items() if each == resource_type}
        return found

    def metadata_codec(self, resource_type: str, key: str) -> Owned[MetadataCodec] | None:
        """The codec of a metadata key: an exact key goes first, then the longest prefix."""
        for each_type in (resource_type, "*"):
            exact = self.metadata_codecs.get((each_type, key))
            if exact is not None:
                return exact
            for length in range(len(key), -1, -1):
                prefixed = self.metadata_codecs.get((each_type, key[:length] + "*"))
                if prefixed is not None:
                    return prefixed
        return None

    def encode_metadata(self, resource_type: str, metadata: Mapping[Any, Any]) -> dict[Any, Any]:
        """Return metadata with the values of keys that have a codec encoded by it."""
        return {key: self._encoded(resource_type, key, value) for key, value in metadata.items()}

    def _encoded(self, resource_type: str, key: object, value: object) -> object:
        found = self.metadata_codec(resource_type, key) if isinstance(key, str) else None
        if found is None or value is None:
            return value
        source, codec = found
        try:
            return source.call(codec.encode, value)
        except Exception as error:
            error.add_note(f"while writing metadata[{key!r}] of {resource_type}")
            raise

    def opened(self) -> None:
        """Tell all plugins that the client was made."""
        for plugin in self.collected.plugins:
            try:
                plugin.opened(self.ctx)
            except Exception as error:
                raise self._source(plugin, "opened").error(f"{type(error).__name__}: {error}") from error

    def closed(self) -> None:
        """Tell all plugins, in reverse order, that the client was closed; what one raises is logged."""
        for plugin in reversed(self.collected.plugins):
            try:
                plugin.closed(self.ctx)
            except Exception:
                log.exception("closing failed: %s", self._source(plugin, "closed"))

    def _source(self, plugin: Plugin, hook: str) -> Source:
        return Source(plugin.name, self.collected.distributions[plugin.name], hook)


def _chain(collected: Collected) -> tuple[Link, ...]:
    claims = [(layer.name, (source, layer)) for source, layer in collected.each("layers", Layer)]
    providers: Iterable[Owned[AuthProvider]] = collected.singles("auth_provider", None)
    claims += [("auth", (source, Layer("auth", Stage.AUTH, provider))) for source, provider in providers]
    links = [Link(layer, source) for source, layer in collected.exclusive(claims).values()]
    interceptors = tuple(collected.each("interceptors", Interceptor))
    if interceptors:
        # Behind everything else of its stage, so that interceptors see what is sent.
        place = Layer("interceptors", Stage.ATTEMPT, send, order=1_000_000)
        links.append(Link(place, interceptors[0][0], interceptors))
    return tuple(sorted(links, key=lambda link: (link.layer.stage, link.layer.order, link.layer.name)))


def _first(functions: tuple[Owned[Callable[[Any], T | None]], ...], argument: Any, kind: type[T]) -> T | None:
    for source, function in functions:
        opinion = source.call(function, argument)
        if opinion is not None:
            if not isinstance(opinion, kind):
                raise source.error(f"returned {opinion!r}, which is not a {kind.__name__}: return one, or None")
            return opinion
    return None
