"""How layers become one flow, and how a flow is performed.

``through`` nests the flows of all layers around the network; ``drive`` and ``adrive`` perform the effects of a flow.
None of them does I/O: that is the ``perform`` they are given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

from commercelayer_klarna.plugins.types import Flow, Link, Request, Response, Send

__all__ = ["adrive", "drive", "through"]

E = TypeVar("E")
T = TypeVar("T")


def through(chain: tuple[Link, ...], request: Request, depth: int = 0) -> Flow:
    """Send a request through the layers from ``depth`` inwards, and then to the network."""
    if depth == len(chain):
        request.call.attempts += 1
        arrived: Response = yield Send(request)
        return arrived
    link = chain[depth]
    flow = link.layer.flow(request)
    thrown: BaseException | None = None
    try:
        effect = next(flow)
        while True:
            try:
                result: Any
                if isinstance(effect, Send) and not effect.direct:
                    result = yield from through(chain, effect.request, depth + 1)
                else:
                    result = yield effect
            except BaseException as error:
                thrown = error
                effect = flow.throw(error)
            else:
                effect = flow.send(result)
    except StopIteration as stop:
        answer: Any = stop.value
        if not isinstance(answer, Response):
            raise link.source.error(f"the layer {link.layer.name!r} returned {answer!r}: return a response") from None
        return answer
    except Exception as error:
        if error is not thrown:
            link.source.note(error)
        raise
    finally:
        flow.close()


def drive(flow: Generator[E, Any, T], perform: Callable[[E], Any]) -> T:
    """Perform the effects of a flow one after the other; the result is the flow's."""
    try:
        effect = next(flow)
        while True:
            try:
                result = perform(effect)
            except BaseException as error:
                effect = flow.throw(error)
            else:
                effect = flow.send(result)
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    finally:
        flow.close()


async def adrive(flow: Generator[E, Any, T], perform: Callable[[E], Awaitable[Any]]) -> T:
    """``drive`` for the async client: cancellation is thrown into the flow, which then is closed."""
    try:
        effect = next(flow)
        while True:
            try:
                result = await perform(effect)
            except BaseException as error:
                effect = flow.throw(error)
            else:
                effect = flow.send(result)
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    finally:
        flow.close()
