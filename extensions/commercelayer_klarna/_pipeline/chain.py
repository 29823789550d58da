"""The chain: the flows of all layers around the network, run as one flow.

The flows that are under way stand in a list, the innermost last. What the innermost yields is performed: a request
begins the next flow further in, or reaches the network; all else goes out to the driver. What comes of it goes to the
innermost flow, and when that ends, to the one around it. So the flow of a layer does not know what comes after it.

Nothing here does I/O. The drivers in ``_async`` and ``_sync`` perform what goes out to them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from types import GeneratorType
from typing import Any, TypeAlias, TypeVar, cast
from urllib.parse import urlsplit

from commercelayer_klarna._values import field, frozen
from commercelayer_klarna.errors import APITimeoutError
from commercelayer_klarna.plugins.flow import (
    Acquire,
    Beside,
    Blocking,
    Effect,
    Exclusive,
    Flow,
    FlowOf,
    Layer,
    OperationStep,
    Proceed,
    Send,
    Sleep,
    Stage,
    Step,
)
from commercelayer_klarna.plugins.values import Call, Operation, Request, Response, Source

__all__ = ["Around", "Chain", "alone", "check_flow", "of_tokens", "origin_of", "through"]

T = TypeVar("T")


class _Place:
    """Where a flow stands: in the layer of a step, or within or beside the chain.

    Attributes:
        source: Whose it is.
        depth: The place of the step that gets what it sends.
        begin: Returns the flow of the layer for a request.
        layer: The name of the layer, which must return a response; empty for a flow within another one.
        limits: What it may take; ``None`` for what the call of its request may take.
        passes: The effect that goes out to the driver for it, beside those of all flows.
        direct: Whether what it sends goes past the chain, as what came here did.
    """

    __slots__ = ("begin", "depth", "direct", "layer", "limits", "passes", "source")

    def __init__(
        self,
        source: Source,
        depth: int,
        begin: Callable[[Request], Any],
        layer: str = "",
        limits: Call | Operation | None = None,
        passes: type[Effect] | None = None,
        direct: bool = False,
    ) -> None:
        self.source = source
        self.depth = depth
        self.begin = begin
        self.layer = layer
        self.limits = limits
        self.passes = passes
        self.direct = direct


_Flow: TypeAlias = Generator[object, object, object]
_Frame: TypeAlias = tuple[_Flow, _Place, Request | None]
"""A flow that is under way, where it stands, and the request that it was given."""


def _placed(chain: Chain, *, direct: bool = False) -> tuple[_Place, ...]:
    """Return the places of the steps of a chain, or of those alone that stand around requests past it as well."""
    return tuple(
        _Place(step.source, depth, step.layer.flow, step.layer.name, direct=direct)
        for depth, step in enumerate(chain.steps, 1)
        if step.layer.direct or not direct
    )


@frozen
class Chain:
    """The layers of a client, outermost first.

    Attributes:
        operations: Those around operations.
        steps: Those around requests.
        origin: Scheme and host of the API, with a slash at the end.
        clock: Tells the time of deadlines, in seconds.
    """

    operations: tuple[OperationStep, ...]
    steps: tuple[Step, ...]
    origin: str
    clock: Callable[[], float]
    _places: tuple[_Place, ...] = field(init=False, repr=False, eq=False)
    _direct: tuple[_Place, ...] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_places", _placed(self))
        object.__setattr__(self, "_direct", _placed(self, direct=True))

    def run(self, frames: list[_Frame], effect: object) -> FlowOf[object]:
        """Run flows from an effect on, the innermost last, until the outermost ends; return what it returns."""
        places, network = self._places, len(self._places)
        flow: _Flow | None = None
        place: _Place | None = None
        given: Request | None = None
        if frames:
            flow, place, given = frames[-1]
        request: Request | None = None
        depth, direct = 0, False
        checked: str | None = None
        step: _Place | None = None
        answer: object = None
        error: BaseException | None = None
        # What came from further in, or was blamed on a plugin already. A note on that would blame the wrong plugin.
        known: list[BaseException] = []
        try:
            while True:
                if effect is not None:
                    error = None
                    try:
                        request = None
                        if given is not None and effect is given and given.url is checked and place is not None:
                            # Most pass the request on that they were given, so there is nothing to look at.
                            request, depth, direct = given, place.depth, False
                        elif isinstance(effect, (Request, Send)):
                            request, depth, direct = _sent(self, effect, place, given)
                            checked = None if direct else request.url
                        if request is not None:
                            if direct:
                                step = next((each for each in self._direct if each.depth > depth), None)
                            elif depth != network:
                                step = places[depth]
                            if step is None:
                                request.call.attempts += 1
                                answer = yield request
                            else:
                                answer = None
                                begun = step.begin(request)
                                if begun.__class__ is not GeneratorType:
                                    _generator(begun, step.source, f"the layer {step.layer!r}")
                                frames.append((begun, step, request))
                                flow, place, given = frames[-1]
                                step = None
                        elif place is not None and isinstance(effect, Exclusive):
                            # It takes the place of the flow that asked for it.
                            flow = _locked(effect, place.source)
                            place = _Place(place.source, place.depth, _no_layer, "", effect.call, place.passes)
                            frames.append((flow, place, given))
                            answer = None
                        elif place is not None and isinstance(effect, Beside):
                            answer = yield Beside(partial(_beside, self, effect, place), effect.call)
                        elif isinstance(effect, Acquire):
                            answer = yield effect
                        elif place is not None:
                            answer = yield from _performed(self, effect, place, given)
                    except GeneratorExit:
                        raise
                    except BaseException as raised:  # cancellations too: a layer may have something to release
                        if step is not None and isinstance(raised, Exception):  # its flow could not be made
                            step.source.note(raised)
                            step = None
                        error = raised
                        known.append(raised)
                        if frames:  # a signal handler may have raised between two lines
                            flow, place, given = frames[-1]
                while flow is not None and place is not None:
                    try:
                        effect = flow.send(answer) if error is None else flow.throw(error)
                        if effect is None:
                            effect = _NOTHING
                        break
                    except StopIteration as stop:
                        answer, error = stop.value, None
                        if place.layer and not isinstance(answer, Response):
                            error = place.source.error(
                                f"the layer {place.layer!r} returned {answer!r}: return a response"
                            )
                            known.append(error)
                    except BaseException as raised:
                        if isinstance(raised, Exception) and not any(raised is each for each in known):
                            place.source.note(raised)
                            known.append(raised)
                        error = raised
                        flow.close()  # it goes on if a signal handler raised between two lines
                    frames.pop()
                    flow, place, given = frames[-1] if frames else (None, None, None)
                else:
                    if error is not None:
                        raise error
                    return answer
        finally:
            error = None  # an error holds this frame of Python, which holds the error
            known.clear()
            while frames:
                frames.pop()[0].close()


def through(chain: Chain, request: Request) -> Flow:
    """Send a request through all layers, and then to the network."""
    flow: Flow = chain.run([], request)  # type: ignore[assignment]  # a layer returns nothing but a response
    return flow


def of_tokens(chain: Chain) -> Chain:
    """Return the part of a chain that gets a token for a request, which nothing else sees, and which is not sent."""
    before = [step for step in chain.steps if step.layer.stage is Stage.AUTH]
    end = Step(Layer("unsent", Stage.AUTH, _unsent), Source("auth", None, "auth_provider", builtin=True))
    after = [step for step in chain.steps if step.layer.stage > Stage.AUTH and step.layer.direct]
    return Chain((), (*before, end, *after), chain.origin, chain.clock)


def _unsent(_: Request) -> Flow:
    """Answer a request that is there for its token alone."""
    yield from ()
    return Response(204, {}, b"")


def alone(
    chain: Chain, flow: object, source: Source, limits: Call | Operation, passes: type[Effect] | None = None
) -> FlowOf[object]:
    """Run a flow that stands in no chain: it may wait, but sends nothing through layers. One more effect goes out."""
    place = _Place(source, _NOWHERE, _no_layer, limits=limits, passes=passes)
    return chain.run([(_generator(flow, source, source.hook), place, None)], None)


_NOTHING = object()
# The place of flows that stand around no request: nothing of theirs goes down the chain.
_NOWHERE = 1_000_000


def _no_layer(request: Request) -> object:
    """Stand where a flow is that is not that of a layer."""
    raise NotImplementedError


def check_flow(flow: object) -> None:
    """Refuse what a caller gives for a flow, if it is none.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(flow, Generator):
        raise TypeError(f"run() takes a flow, such as place(order) of a generator function, not {flow!r}")


def _generator(flow: object, source: Source, what: str) -> _Flow:
    """Return what a plugin gave for a flow, if it is one."""
    if isinstance(flow, Generator):
        return cast("_Flow", flow)
    close = getattr(flow, "close", None)  # of a coroutine, which else warns that it was not awaited
    if callable(close):
        close()
    raise source.error(
        f"{what} is not a flow: it must be a generator function, with `yield from send(request)` or another `yield` in"
        f" it, and not `async`; it returned {type(flow).__name__}"
    )


def _locked(effect: Exclusive, source: Source) -> FlowOf[object]:
    """Run a flow under a lock. However this one ends, the lock is given back, also when nobody runs it any more."""
    acquire = Acquire(effect.lock, effect.call)
    try:
        yield acquire
        flow = _generator(effect.flow(), source, "what exclusively() is given")
        return (yield from cast("FlowOf[object]", flow))
    finally:
        if acquire.release is not None:
            acquire.release()


def _beside(chain: Chain, effect: Beside, place: _Place) -> FlowOf[object]:
    """Run a flow from the place of the one that asked for it, and by itself."""
    own = _Place(place.source, place.depth, _no_layer, limits=effect.call)
    return chain.run([(_generator(effect.flow(), place.source, "what runs beside"), own, None)], None)


def _performed(chain: Chain, effect: object, place: _Place, given: Request | None) -> FlowOf[object]:
    """Perform an effect that does not send: bounded by the deadline of whom the flow works for."""
    source, limits = place.source, place.limits
    if limits is None:
        assert given is not None  # noqa: S101 - a flow works for a request, or is given limits
        limits = given.call
    left = None if limits.deadline is None else limits.deadline - chain.clock()
    if isinstance(effect, Sleep):
        seconds = effect.seconds
        if not _is_wait(seconds):
            raise _noted(source, ValueError(f"sleep({seconds!r}) is not a number of seconds, 0 or more"))
        if left is None or seconds < left:
            return (yield effect)
        if left > 0:
            yield Sleep(left)
        raise _late(limits, f"while {source} waited" if not source.builtin else "during a wait")
    if isinstance(effect, Blocking):
        if left is not None and left <= 0:
            raise _late(limits, f"before {source} did its own work")
        return (yield Blocking(partial(_called, source, effect.function), left, str(source)))
    if place.passes is not None and isinstance(effect, place.passes):
        return (yield effect)
    raise source.error(
        f"a flow yielded {'None' if effect is _NOTHING else repr(effect)}: use `yield from send(request)`,"
        " `sleep(seconds)`, `blocking(function)` or `exclusively(...)`"
    )


def _is_wait(seconds: object) -> bool:
    return isinstance(seconds, int | float) and 0 <= seconds < float("inf")


def _called(source: Source, function: Callable[[], object]) -> object:
    try:
        return source.call(function)
    except StopIteration as error:  # no generator and no future can be given one
        raise _noted(source, RuntimeError("the function raised StopIteration")) from error


def _noted(source: Source, error: T) -> T:
    source.note(cast("BaseException", error))
    return error


def _late(limits: Call | Operation, when: str) -> APITimeoutError:
    name, sent = (limits.operation, limits.attempts) if isinstance(limits, Call) else (limits.name, 0)
    return APITimeoutError(
        f"{name}: the deadline of the call was over {when}", sent=limits.may_be_done, attempts=sent, permanent=True
    )


def _sent(
    chain: Chain, effect: Request | Send, place: _Place | None, given: Request | None
) -> tuple[Request, int, bool]:
    """Return what a flow sends, the depth that it sends it from, and whether it goes past the chain."""
    request, direct = (effect, False) if isinstance(effect, Request) else (effect.request, effect.direct)
    if place is None:
        return request, 0, direct
    direct = direct or place.direct
    _check_sent(chain, request, direct, place, given)
    return request, place.depth, direct


def _check_sent(chain: Chain, request: Request, direct: bool, place: _Place, given: Request | None) -> None:
    """Refuse what a flow must not send. The credentials of the API are for the API alone."""
    source = place.source
    if request is not given:
        _check_kind(source, request)
        source.call(request.check)
    if place.depth == _NOWHERE and not direct:
        raise source.error("it stands around no request: send with `yield Send(request, direct=True)`")
    if request.url.startswith(chain.origin) or origin_of(request.url) == chain.origin:
        return
    if not direct:
        raise source.error(f"{request.host} is another host than the API's: send with `Send(request, direct=True)`")
    token = None if given is None else given.headers.get("Authorization")
    if token is not None and token == request.headers.get("Authorization"):
        raise source.error(f"a request to {request.host} carries the token of the API: leave Authorization out")


def _check_kind(source: Source, request: object) -> None:
    if not isinstance(request, Request):
        raise source.error(f"sends {request!r}: send a request")


def origin_of(url: str) -> str:
    """Return scheme and host of an address, with a slash at the end."""
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(default)}/"


class Around:
    """The layers around one operation: begun in their order, and ended in reverse.

    Args:
        chain: The chain that they are part of.
        operation: The operation.
    """

    def __init__(self, chain: Chain, operation: Operation) -> None:
        self._chain = chain
        self._operation = operation
        self._begun: list[tuple[OperationStep, Generator[Effect, object, object]]] = []

    def begin(self) -> FlowOf[None]:
        """Run each flow until it goes on. What one raises ends those before it, and refuses the operation."""
        for step in self._chain.operations:
            name, source = step.layer.name, step.source
            try:
                flow = alone(
                    self._chain, source.call(step.layer.flow, self._operation), source, self._operation, Proceed
                )
                if not (yield from _goes_on(flow, None, None)):
                    raise source.error(
                        f"the layer {name!r} ended without `yield from proceed()`: raise an error to refuse"
                    )
            except GeneratorExit:
                raise
            except BaseException as error:  # a cancellation, for one
                told = yield from self.end(error)
                if told is error or told is None:
                    raise
                raise told from error
            self._begun.append((step, flow))

    def end(self, error: BaseException | None) -> FlowOf[BaseException | None]:
        """Run each flow to its end, and return what the caller gets instead of the result."""
        while self._begun:
            step, flow = self._begun.pop()
            try:
                if (yield from _goes_on(flow, self._operation.result, error)):
                    error = step.source.error(f"the layer {step.layer.name!r} goes on twice: proceed() is for once")
            except GeneratorExit:
                raise
            except BaseException as raised:
                error = raised
            finally:
                flow.close()
        return error  # no flow can swallow it


def _goes_on(flow: Generator[Effect, Any, object], answer: object, error: BaseException | None) -> FlowOf[bool]:
    """Let a flow run until it goes on with the operation; its other effects go out. Return whether it does."""
    try:
        while True:
            effect = flow.send(answer) if error is None else flow.throw(error)
            if isinstance(effect, Proceed):
                return True
            answer = error = None
            try:
                answer = yield effect
            except GeneratorExit:
                raise
            except BaseException as raised:
                error = raised
    except StopIteration:
        return False
