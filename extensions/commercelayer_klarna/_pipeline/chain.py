"""The chain: the flows of all layers, nested around the network into one flow.

Nothing here does I/O. The drivers in ``_async`` and ``_sync`` perform what the flow yields.
"""

from __future__ import annotations

from commercelayer_klarna.plugins.flow import Flow, Interceptor, Send, Step
from commercelayer_klarna.plugins.values import Request, Response, Source


def through(chain: tuple[Step, ...], effect: Send, depth: int = 0) -> Flow:
    """Send a request through the layers from ``depth`` inwards, and then to the network.

    The flow of a layer does not know what comes after it. It yields ``Send``, and this function replaces that effect by
    a call of itself, one step deeper. All other effects go out to the driver. So the layers of a call are one generator
    for the driver, and each of them sees the answer, or the exception, of the layers inside it.
    """
    if depth == len(chain):
        effect.request.call.attempts += 1
        from_network: Response = yield effect
        return from_network
    step = chain[depth]
    if step.interceptors:
        request = _requested(step.interceptors, effect.request)
        return _responded(step.interceptors, request, (yield from through(chain, Send(request), depth + 1)))
    flow = step.layer.flow(effect.request)
    # What was raised inside and goes out through this layer unchanged. A note would blame the wrong plugin.
    thrown: BaseException | None = None
    try:
        wanted = next(flow)
        while True:
            try:
                result: object
                if isinstance(wanted, Send) and not wanted.direct:
                    result = yield from through(chain, wanted, depth + 1)
                else:
                    result = yield wanted
            except BaseException as error:  # cancellations too: the layer may have something to release
                thrown = error
                wanted = flow.throw(error)
            else:
                wanted = flow.send(result)
    except StopIteration as stop:
        response: object = stop.value
        if not isinstance(response, Response):
            raise step.source.error(f"the layer {step.layer.name!r} returned {response!r}: return a response") from None
        return response
    except Exception as error:
        if error is not thrown:
            step.source.note(error)
        raise
    finally:
        flow.close()


def _requested(interceptors: tuple[tuple[Source, Interceptor], ...], request: Request) -> Request:
    for source, interceptor in interceptors:
        request = source.checked(source.call(interceptor.on_request, request), Request, "on_request")
    return request


def _responded(interceptors: tuple[tuple[Source, Interceptor], ...], request: Request, response: Response) -> Response:
    for source, interceptor in reversed(interceptors):
        returned = source.call(interceptor.on_response, request, response)
        response = source.checked(returned, Response, "on_response")
    return response
