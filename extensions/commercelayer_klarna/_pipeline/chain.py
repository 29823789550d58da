"""The chain: the flows of all layers, nested around the network into one flow.

Nothing here does I/O. The drivers in ``_async`` and ``_sync`` perform what the flow yields.
"""

from __future__ import annotations

from typing import Any

from commercelayer_klarna.plugins.flow import Flow, Interceptor, Link, Send
from commercelayer_klarna.plugins.values import Request, Response, Source

__all__ = ["through"]


def through(chain: tuple[Link, ...], effect: Send, depth: int = 0) -> Flow:
    """Send a request through the layers from ``depth`` inwards, and then to the network."""
    if depth == len(chain):
        effect.request.call.attempts += 1
        arrived: Response = yield effect
        return arrived
    link = chain[depth]
    if link.interceptors:
        request = _requested(link.interceptors, effect.request)
        return _responded(link.interceptors, request, (yield from through(chain, Send(request), depth + 1)))
    flow = link.layer.flow(effect.request)
    thrown: BaseException | None = None
    try:
        wanted = next(flow)
        while True:
            try:
                result: Any
                if isinstance(wanted, Send) and not wanted.direct:
                    result = yield from through(chain, wanted, depth + 1)
                else:
                    result = yield wanted
            except BaseException as error:
                thrown = error
                wanted = flow.throw(error)
            else:
                wanted = flow.send(result)
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


def _requested(interceptors: tuple[tuple[Source, Interceptor], ...], request: Request) -> Request:
    for source, interceptor in interceptors:
        request = source.call(interceptor.on_request, request)
        if not isinstance(request, Request):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise source.error(f"on_request returned {request!r}: return the request")
    return request


def _responded(interceptors: tuple[tuple[Source, Interceptor], ...], request: Request, response: Response) -> Response:
    for source, interceptor in reversed(interceptors):
        response = source.call(interceptor.on_response, request, response)
        if not isinstance(response, Response):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise source.error(f"on_response returned {response!r}: return the response")
    return response
