"""The plugins of one client, compiled at construction, with their layers in order: no pluggy call per request."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from commercelayer_klarna._document import Document
from commercelayer_klarna._json import JsonValue
from commercelayer_klarna._jsonapi.resource import Accessor
from commercelayer_klarna._pipeline.chain import Chain, alone, origin_of
from commercelayer_klarna._pipeline.discovery import is_builtin
from commercelayer_klarna._pipeline.manager import Collected, Contribution, check_function, collect
from commercelayer_klarna._tracebacks import is_of_a_signal
from commercelayer_klarna._values import evolve, field, frozen
from commercelayer_klarna.errors import CommerceLayerError, PluginError
from commercelayer_klarna.plugins.events import EVENTS, Event, Observer, OperationEnded, OperationStarted
from commercelayer_klarna.plugins.flow import (
    Flow,
    FlowOf,
    Interceptor,
    Layer,
    OperationLayer,
    OperationStep,
    Stage,
    Step,
)
from commercelayer_klarna.plugins.headers import check_header
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
from commercelayer_klarna.plugins.values import (
    Attempt,
    Call,
    Context,
    ErrorInfo,
    Operation,
    Request,
    Response,
    RetryPolicy,
    Source,
)

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
        chain: All layers, outermost first, and what runs them.
        headers: Headers for every request.
        retry: The default retry policy, if a plugin has one.
        media_codecs: Codecs of bodies, by media type.
        accessors: Accessors, by resource type and namespace.
        metadata_codecs: Codecs of metadata, by resource type and key.
        classifiers: Retry classifiers, in their order.
        mappers: Error mappers, in their order.
        transforms: Document transforms, in their order.
        watched: The observers of each class of events, in their order.
    """

    ctx: Context
    collected: Collected
    chain: Chain
    headers: Mapping[str, str]
    retry: RetryPolicy | None
    media_codecs: Mapping[str, Contribution[MediaCodec]]
    accessors: Mapping[tuple[str, str], Contribution[type[Accessor]]]
    metadata_codecs: Mapping[tuple[str, str], Contribution[MetadataCodec]]
    classifiers: tuple[Contribution[RetryClassifier], ...]
    mappers: tuple[Contribution[ErrorMapper], ...]
    transforms: tuple[Contribution[DocumentTransform], ...]
    watched: Mapping[type, tuple[Contribution[Observer], ...]]
    _failed_observers: set[str] = field(factory=set[str], init=False)

    @classmethod
    def build(cls, plugins: Iterable[tuple[Plugin, str | None]], ctx: Context) -> PluginSet:
        """Collect, check and compile plugins.

        Raises:
            PluginError: One cannot be used, or two claim the same thing.
        """
        collected = collect(plugins, ctx)
        codecs = collected.from_lists("metadata_codecs", MetadataCodec)
        policies = collected.exclusive((None, policy) for policy in collected.from_values("retry_policy", RetryPolicy))
        return cls(
            ctx=ctx,
            collected=collected,
            chain=_chain(collected, ctx),
            headers=dict(_headers(collected)),
            retry=policies[None][1] if policies else None,
            media_codecs=collected.exclusive(_media_codecs(collected)),
            accessors=collected.exclusive(_accessors(collected)),
            metadata_codecs=collected.exclusive(
                ((codec.resource_type, codec.key), (source, codec)) for source, codec in codecs
            ),
            classifiers=tuple(collected.from_lists("retry_classifiers")),
            mappers=tuple(collected.from_lists("error_mappers")),
            transforms=tuple(collected.from_lists("document_transforms")),
            watched=_watched(tuple(collected.from_lists("observers"))),
        )

    @property
    def wants_operations(self) -> bool:
        """Return whether a plugin stands around operations, or is told of them."""
        return bool(self.chain.operations) or OperationStarted in self.watched or OperationEnded in self.watched

    def infos(self) -> tuple[PluginInfo, ...]:
        """Return what is known of each plugin, in their order."""
        places: dict[str, list[tuple[int, str]]] = {}
        steps: tuple[OperationStep | Step, ...] = (*self.chain.operations, *self.chain.steps)
        for place, step in enumerate(steps, 1):
            places.setdefault(step.source.plugin, []).append((place, step.layer.name))
        return tuple(
            PluginInfo(
                plugin.name,
                self.collected.distributions[plugin.name],
                is_builtin(type(plugin)),
                self.collected.hooks[plugin.name],
                tuple(places.get(plugin.name, ())),
            )
            for plugin in self.collected.plugins
        )

    def tell(self, event: Event) -> None:
        """Tell all observers of an event. What one raises is logged, once for each plugin, and breaks nothing."""
        for source, observer in self.watched.get(type(event), ()):
            try:
                observer(event)
            except BaseException as error:  # an exit or a cancellation of its own making too
                if isinstance(error, KeyboardInterrupt) or is_of_a_signal(error):
                    raise
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
        source = None
        try:
            for source, transform in self.transforms:
                returned = transform(document, call)
                if returned is not document:
                    document = source.checked(returned, Document)
        except Exception as error:
            _blame(source, error)
            raise
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
            if is_of_a_signal(error):
                raise
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
        except Exception as error:  # what no codec reads may be stored all the same
            if is_of_a_signal(error):
                raise
            return [written]
        doing = f"while looking for metadata[{key!r}]"
        others = [_called(contribution, codec.encode, value, doing)]
        others += _called(contribution, codec.spellings, value, doing)
        return list({json.dumps(each): each for each in (written, *others)}.values())

    def opening(self) -> FlowOf[None]:
        """Tell all plugins, in their order, that the client was made. When one fails, those before it are told the end.

        Raises:
            PluginError: One failed.
        """
        plugins = self.collected.plugins
        for count, plugin in enumerate(plugins):
            try:
                yield from self._told(plugin, "opened")
            except Exception as error:
                yield from self.closing(plugins[:count])
                if is_of_a_signal(error):
                    raise
                raise self._source(plugin, "opened").wrapped(error) from error

    def closing(self, plugins: tuple[Plugin, ...] | None = None) -> FlowOf[None]:
        """Tell plugins, by default all, in reverse order, that the client is closed. What one raises is logged."""
        last: BaseException | None = None
        for plugin in reversed(self.collected.plugins if plugins is None else plugins):
            try:
                yield from self._told(plugin, "closed")
            except GeneratorExit:
                raise
            except BaseException as error:
                if isinstance(error, Exception) and not is_of_a_signal(error):
                    log.exception("closing failed: %s", self._source(plugin, "closed"))
                else:  # an exit or a cancellation, of which the others must be told too
                    last = error
        if last is not None:
            raise last

    def _told(self, plugin: Plugin, hook: str) -> FlowOf[None]:
        flow = getattr(plugin, hook)(self.ctx)
        if flow is not None:
            yield from alone(self.chain, flow, self._source(plugin, hook), Operation(hook))

    def _source(self, plugin: Plugin, hook: str) -> Source:
        return Source(plugin.name, self.collected.distributions[plugin.name], hook, is_builtin(type(plugin)))


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


def _chain(collected: Collected, ctx: Context) -> Chain:
    providers: Iterable[Contribution[AuthProvider]] = collected.from_values("auth_provider", None)
    provider = collected.exclusive((None, each) for each in providers).values()
    layers = [(source, Layer("auth", Stage.AUTH, flow)) for source, flow in provider]
    around: list[Contribution[OperationLayer]] = []
    contributed: Iterator[Contribution[Layer | OperationLayer]] = collected.from_lists(
        "layers", (Layer, OperationLayer)
    )
    for source, layer in contributed:
        _check_layer(source, layer)
        if isinstance(layer, OperationLayer):
            around.append((source, layer))
        else:
            layers.append((source, layer))
    interceptors = tuple(collected.from_lists("interceptors", Interceptor))
    if interceptors:
        # They come last in their stage, so that they see what is sent.
        place = Layer("interceptors", Stage.ATTEMPT, _intercepting(interceptors), order=1_000_000)
        # What goes wrong in one is said of the plugin that it is from, and not of this.
        layers.append((evolve(interceptors[0][0], builtin=True), place))
    _check_names([*layers, *around])
    return Chain(
        operations=tuple(OperationStep(layer, source) for source, layer in sorted(around, key=_place)),
        steps=tuple(Step(layer, source) for source, layer in sorted(layers, key=_place)),
        origin=origin_of(ctx.base_url),
        clock=ctx.timing.monotonic,
    )


def _place(contribution: Contribution[Layer] | Contribution[OperationLayer]) -> tuple[int, int, str]:
    layer = contribution[1]
    return layer.stage, layer.order, layer.name


def _check_layer(source: Source, layer: Layer | OperationLayer) -> None:
    if not _is_text(layer.name):
        raise source.error(f"contributed a layer of the name {layer.name!r}: give it a string")
    if layer.stage not in tuple(Stage) or (isinstance(layer, Layer) and layer.stage is Stage.OPERATION):
        remedy = "an OperationLayer stands around operations; a Layer has one of Stage.CALL to Stage.WIRE"
        raise source.error(f"the layer {layer.name!r} has the stage {layer.stage!r}: {remedy}")
    if type(layer.order) is not int:
        raise source.error(f"the layer {layer.name!r} has the order {layer.order!r}: give it a whole number")
    check_function(source, layer.flow, f"the layer {layer.name!r} has the flow ")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _check_names(layers: Sequence[Contribution[Layer] | Contribution[OperationLayer]]) -> None:
    owners: dict[str, Source] = {}
    # Those of our own come first, so that what is said blames the other.
    for source, layer in sorted(layers, key=lambda each: not each[0].builtin):
        owner = owners.get(layer.name)
        owners[layer.name] = source
        if owner is not None:
            remedy = f"; only a plugin that is itself called {owner.plugin!r} takes its place" if owner.builtin else ""
            raise source.error(
                f"claims the layer {layer.name!r}, which {owner} claims too: give yours another name{remedy}"
            )


def _intercepting(interceptors: Iterable[Contribution[Interceptor]]) -> Callable[[Request], Flow]:
    """Return the flow that shows attempts and answers to interceptors; methods that do nothing are not called."""
    known = tuple(interceptors)
    before = tuple((source, each.on_request) for source, each in known if _overrides(each, "on_request"))
    after = tuple((source, each.on_response) for source, each in reversed(known) if _overrides(each, "on_response"))

    def flow(request: Request) -> Flow:
        source = None
        try:
            for source, on_request in before:
                passed_on = on_request(request)
                if passed_on is not request:
                    request = source.checked(passed_on, Request, "on_request")
                    request.check()
        except Exception as error:
            _blame(source, error)
            raise
        response: Response = yield request
        try:
            for source, on_response in after:
                returned = on_response(request, response)
                if returned is not response:
                    response = source.checked(returned, Response, "on_response")
        except Exception as error:
            _blame(source, error)
            raise
        return response

    return flow


def _blame(source: Source | None, error: Exception) -> None:
    """Name the plugin in what its code raised, unless the error names one."""
    if source is not None and not isinstance(error, PluginError):
        source.note(error)


def _overrides(interceptor: Interceptor, name: str) -> bool:
    return getattr(type(interceptor), name) is not getattr(Interceptor, name) or name in vars(interceptor)


def _headers(collected: Collected) -> Iterator[tuple[str, str]]:
    for source, configuration in collected.from_values("configuration", Configuration):
        try:
            for name, value in configuration.headers.items():
                check_header(name, value)
                if name.lower() == "authorization":
                    raise ValueError("headers has 'Authorization', which an auth_provider sets")
                yield name, value
        except (AttributeError, TypeError, ValueError) as error:
            raise source.error(str(error)) from None


def _media_codecs(collected: Collected) -> Iterator[tuple[str, Contribution[MediaCodec]]]:
    for media_type, (source, codec) in collected.from_mappings("media_codecs"):
        if not isinstance(media_type, str) or media_type != media_type.lower() or "/" not in media_type:
            raise source.error(f"has the media type {media_type!r}: write one such as 'text/csv', in lower case")
        if not isinstance(codec, MediaCodec):
            raise source.error(f"contributed {codec!r}, which is not a MediaCodec")
        yield media_type, (source, codec)


def _accessors(collected: Collected) -> Iterator[tuple[tuple[str, str], Contribution[type[Accessor]]]]:
    for key, (source, accessor) in collected.from_mappings("resource_accessors"):
        if not _is_namespace(key):
            raise source.error(
                f"has the key {key!r}: a key is a resource type (or '*') and a namespace, such as"
                " ('klarna_payments', 'erp')"
            )
        if not isinstance(accessor, type) or not issubclass(accessor, Accessor):
            raise source.error(f"contributed {accessor!r} for {key!r}, which is not a class that derives from Accessor")
        yield key, (source, accessor)


def _is_namespace(key: object) -> bool:
    match key:
        case (str(), str(name)):
            return name.isidentifier()
        case _:
            return False


def _watched(observers: tuple[Contribution[Observer], ...]) -> Mapping[type, tuple[Contribution[Observer], ...]]:
    """Return the observers of each class of events."""
    watched: dict[type, list[Contribution[Observer]]] = {}
    for source, observer in observers:
        for kind in getattr(observer, "events", EVENTS):
            if kind not in EVENTS:
                raise source.error(f"an observer has {kind!r} among its `events`, which is no class of events")
            watched.setdefault(kind, []).append((source, observer))
    return {kind: tuple(each) for kind, each in watched.items()}


def _first(functions: tuple[Contribution[Callable[[A], T | None]], ...], argument: A, kind: type[T]) -> T | None:
    """Return the first opinion of these functions."""
    for source, function in functions:
        opinion = source.call(function, argument)
        if opinion is not None:
            if not isinstance(opinion, kind):
                raise source.error(f"returned {opinion!r}, which is not a {kind.__name__}: return one, or None")
            return opinion
    return None
