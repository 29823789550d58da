"""The plugins of one client, compiled at construction, with their layers in order: no pluggy call per request."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from attrs import field, frozen

from commercelayer_klarna._json import JsonValue
from commercelayer_klarna._jsonapi.resource import Accessor
from commercelayer_klarna._pipeline.discovery import is_builtin
from commercelayer_klarna._pipeline.manager import Collected, Contribution, collect
from commercelayer_klarna.errors import CommerceLayerError, PluginError
from commercelayer_klarna.plugins.backoff import RetryPolicy
from commercelayer_klarna.plugins.events import EVENTS, Event
from commercelayer_klarna.plugins.flow import Interceptor, Layer, Stage, Step, send
from commercelayer_klarna.plugins.hookspecs import (
    AuthProvider,
    Configuration,
    DocumentTransform,
    ErrorMapper,
    MediaCodec,
    MetadataCodec,
    Plugin,
    RetryClassifier,
)
from commercelayer_klarna.plugins.values import Attempt, Call, Context, ErrorInfo, Source

if TYPE_CHECKING:
    from commercelayer_klarna._jsonapi.document import Document
    from commercelayer_klarna.plugins.events import Observer

log = logging.getLogger("commercelayer_klarna.plugins")

A = TypeVar("A")
T = TypeVar("T")


@frozen
class PluginInfo:
    """What is known of an active plugin.

    Attributes:
        name: Its name.
        distribution: Name and version of the distribution that it came from, if it came from one.
        builtin: Whether it belongs to this package.
        hooks: The hooks that it implements.
        chain: Its layers: for each its place in the whole chain, counted from 1 outermost, and its name.
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
        media_codecs: Codecs of bodies, by media type.
        accessors: Accessors, by resource type and namespace.
        metadata_codecs: Codecs of metadata, by resource type and key.
        classifiers: Retry classifiers, in their order.
        mappers: Error mappers, in their order.
        transforms: Document transforms, in their order.
        observers: Observers, in their order.
        watched: The classes of events that have an observer.
    """

    ctx: Context
    collected: Collected
    chain: tuple[Step, ...]
    headers: Mapping[str, str]
    retry: RetryPolicy | None
    media_codecs: Mapping[str, Contribution[MediaCodec]]
    accessors: Mapping[tuple[str, str], Contribution[type[Accessor]]]
    metadata_codecs: Mapping[tuple[str, str], Contribution[MetadataCodec]]
    classifiers: tuple[Contribution[RetryClassifier], ...]
    mappers: tuple[Contribution[ErrorMapper], ...]
    transforms: tuple[Contribution[DocumentTransform], ...]
    observers: tuple[Contribution[Observer], ...]
    watched: frozenset[type]
    _failed_observers: set[str] = field(factory=set[str], init=False)

    @classmethod
    def build(cls, plugins: Iterable[tuple[Plugin, str | None]], ctx: Context) -> PluginSet:
        """Collect, check and compile plugins.

        Raises:
            PluginError: One cannot be used, or two claim the same thing.
        """
        collected = collect(plugins, ctx)
        codecs = collected.from_lists("metadata_codecs", MetadataCodec)
        observers: tuple[Contribution[Observer], ...] = tuple(collected.from_lists("observers"))
        policies = collected.exclusive((None, policy) for policy in collected.from_values("retry_policy", RetryPolicy))
        return cls(
            ctx=ctx,
            collected=collected,
            chain=_chain(collected),
            headers={
                name: value
                for _, configuration in collected.from_values("configuration", Configuration)
                for name, value in configuration.headers.items()
            },
            retry=policies[None][1] if policies else None,
            media_codecs=collected.exclusive(collected.from_mappings("media_codecs")),
            accessors=collected.exclusive(collected.from_mappings("resource_accessors")),
            metadata_codecs=collected.exclusive(
                ((codec.resource_type, codec.key), (source, codec)) for source, codec in codecs
            ),
            classifiers=tuple(collected.from_lists("retry_classifiers")),
            mappers=tuple(collected.from_lists("error_mappers")),
            transforms=tuple(collected.from_lists("document_transforms")),
            observers=observers,
            watched=frozenset(kind for _, observer in observers for kind in getattr(observer, "events", EVENTS)),
        )

    def infos(self) -> tuple[PluginInfo, ...]:
        """Return what is known of each plugin, in their order."""
        places: dict[str, list[tuple[int, str]]] = {}
        for place, step in enumerate(self.chain, 1):
            places.setdefault(step.source.plugin, []).append((place, step.layer.name))
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
        """Tell all observers of an event. What one raises is logged, once for each plugin, and breaks nothing."""
        for source, observer in self.observers:
            if type(event) not in getattr(observer, "events", EVENTS):
                continue
            try:
                observer(event)
            except Exception:
                if source.plugin not in self._failed_observers:
                    self._failed_observers.add(source.plugin)
                    log.exception("an observer failed, and goes on being told: %s", source)

    def classify(self, attempt: Attempt) -> bool:
        """Return whether an attempt may be tried again: the first classifier with an opinion decides."""
        return _first(self.classifiers, attempt, bool) or False

    def error(self, info: ErrorInfo) -> CommerceLayerError:
        """Return the exception for an answer without success: that of the first mapper that returns one."""
        return _first(self.mappers, info, CommerceLayerError) or CommerceLayerError(info.message)

    def transform(self, document: Document, call: Call) -> Document:
        """Return the document after all transforms, each of which gets the result of the one before."""
        for source, transform in self.transforms:
            document = source.checked(source.call(transform, document, call), type(document))
        return document

    def loads(self, content_type: str, default: str, content: bytes) -> JsonValue:
        """Return the JSON value of a body, read by the codec of its media type; an unknown type is read as the default.

        Raises:
            PluginError: There is no codec for the default.
        """
        media_type = content_type.partition(";")[0].strip().lower()
        source, codec = self.media_codecs.get(media_type) or self._codec(default)
        return source.call(codec.loads, content)

    def dumps(self, media_type: str, value: object) -> bytes:
        """Return the body of a JSON value, written by the codec of a media type.

        Raises:
            PluginError: There is none.
        """
        source, codec = self._codec(media_type)
        return source.call(codec.dumps, value)

    def _codec(self, media_type: str) -> Contribution[MediaCodec]:
        try:
            return self.media_codecs[media_type]
        except KeyError:
            raise PluginError(
                f"no plugin reads and writes {media_type}: leave 'jsonapi' in", hook="media_codecs"
            ) from None

    def namespaces(self, resource_type: str) -> Mapping[str, Contribution[type[Accessor]]]:
        """Return what plugins add to resources of a type. An accessor for the type wins over one for all types."""
        return {
            name: accessor
            for wanted in ("*", resource_type)
            for (of_type, name), accessor in self.accessors.items()
            if of_type == wanted
        }

    def metadata_codec(self, resource_type: str, key: str) -> Contribution[MetadataCodec] | None:
        """Return the codec of a metadata key: an exact key goes first, then the longest prefix."""
        for of_type in (resource_type, "*"):
            exact = self.metadata_codecs.get((of_type, key))
            if exact is not None:
                return exact
            for length in range(len(key), -1, -1):
                prefixed = self.metadata_codecs.get((of_type, key[:length] + "*"))
                if prefixed is not None:
                    return prefixed
        return None

    def encode_metadata(self, resource_type: str, metadata: Mapping[object, object]) -> dict[object, object]:
        """Return metadata in which values of keys with a codec are encoded."""
        return {key: self._encoded(resource_type, key, value) for key, value in metadata.items()}

    def _encoded(self, resource_type: str, key: object, value: object) -> object:
        contribution = self.metadata_codec(resource_type, key) if isinstance(key, str) else None
        if contribution is None or value is None:
            return value
        return _called(contribution, contribution[1].encode, value, f"while writing metadata[{key!r}]")

    def check_readable(self, resource_type: str, key: str, value: object, written: JsonValue) -> None:
        """Refuse what the codec of a metadata key cannot read back as the value that it was given.

        JSON that the codec leaves as it is must be readable; what it wrote must be read as an equal value.

        Raises:
            ValueError: It cannot be read back.
        """
        contribution = self.metadata_codec(resource_type, key)
        if contribution is None or value is None:
            return
        refused = f"metadata[{key!r}] is {value!r:.80}, which its codec would write as {written!r:.80}"
        if written is None:
            raise ValueError(f"{refused}, and null is never read by a codec: give it another JSON value, or pass None")
        try:
            read = _called(contribution, contribution[1].decode, written, f"while reading metadata[{key!r}] back")
        except Exception as error:
            raise ValueError(f"{refused} and cannot read: {error}") from error
        is_as_it_was = type(written) is type(value) and written == value
        if not (is_as_it_was or _is_equal(read, value)):
            raise ValueError(f"{refused} and read as {read!r:.80}: nothing was sent, since it would not come back")

    def metadata_spellings(self, resource_type: str, key: str, written: JsonValue) -> list[JsonValue]:
        """Return the JSON values of a metadata key that are read as equal to this one, which comes first."""
        contribution = self.metadata_codec(resource_type, key)
        if contribution is None or written is None:
            return [written]
        codec = contribution[1]
        try:
            value = contribution[0].call(codec.decode, written)
        except Exception:  # what no codec reads may be stored all the same
            return [written]
        doing = f"while looking for metadata[{key!r}]"
        others = [_called(contribution, codec.encode, value, doing)]
        others += _called(contribution, codec.spellings, value, doing)
        return list({json.dumps(each): each for each in (written, *others)}.values())

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


def _called(contribution: Contribution[MetadataCodec], function: Callable[[A], T], argument: A, doing: str) -> T:
    """Call a function of a codec; what it raises says what was being done, and whose it is."""
    try:
        return contribution[0].call(function, argument)
    except Exception as error:
        error.add_note(doing)
        raise


def _is_equal(read: object, value: object) -> bool:
    """Return whether what was read is the value; it is enough where a class does not compare by value."""
    if isinstance(read, datetime) and isinstance(value, datetime) and None not in (read.tzinfo, value.tzinfo):
        # In the hour that comes twice, Python takes no time for equal to one of another zone.
        return read.astimezone(UTC) == value.astimezone(UTC)
    return type(value).__eq__ is object.__eq__ or bool(read == value)


def _chain(collected: Collected) -> tuple[Step, ...]:
    claims = [(layer.name, (source, layer)) for source, layer in collected.from_lists("layers", Layer)]
    providers: Iterable[Contribution[AuthProvider]] = collected.from_values("auth_provider", None)
    claims += [("auth", (source, Layer("auth", Stage.AUTH, provider))) for source, provider in providers]
    steps = [Step(layer, source) for source, layer in collected.exclusive(claims).values()]
    interceptors = tuple(collected.from_lists("interceptors", Interceptor))
    if interceptors:
        # They come last in their stage, so that they see what is sent.
        place = Layer("interceptors", Stage.ATTEMPT, send, order=1_000_000)
        steps.append(Step(place, interceptors[0][0], interceptors))
    return tuple(sorted(steps, key=lambda step: (step.layer.stage, step.layer.order, step.layer.name)))


def _first(functions: tuple[Contribution[Callable[[A], T | None]], ...], argument: A, kind: type[T]) -> T | None:
    """Return the first opinion of these functions."""
    for source, function in functions:
        opinion = source.call(function, argument)
        if opinion is not None:
            if not isinstance(opinion, kind):
                raise source.error(f"returned {opinion!r}, which is not a {kind.__name__}: return one, or None")
            return opinion
    return None
