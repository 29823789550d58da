"""The values that pass along the chain: requests, responses, the call they belong to, and effects.

A *flow* is a generator that yields effects (send this, sleep that long) and receives their results. It does no I/O of
its own, so the same flow serves the sync and the async client; the two drivers in ``http`` perform the effects.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, MutableMapping
from enum import IntEnum
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from attrs import define, field, frozen

__all__ = [
    "Call",
    "Effect",
    "Exclusive",
    "Flow",
    "Layer",
    "Lock",
    "Request",
    "Response",
    "Send",
    "Sleep",
    "Stage",
    "exclusively",
    "send",
    "sleep",
]

T = TypeVar("T")


@define(eq=False)
class Call:
    """One call of a user: the attempts and waits that it takes share it.

    Attributes:
        operation: Name of the operation, such as ``klarna_payments.update``; ``request`` for the escape hatch.
        trigger: Whether the document asks the API to *do* something (``_update``) rather than to hold a value.
        timeout: Seconds that one attempt may wait for the server, or ``None`` for no limit.
        deadline: When the whole call must be over, on the clock that ``http`` uses, or ``None`` for no limit.
        attempts: How many requests were sent to the API for this call.
    """

    operation: str
    trigger: bool = False
    timeout: float | None = None
    deadline: float | None = None
    attempts: int = 0


@define(eq=False)
class Request:
    """A request on its way to the API.

    Attributes:
        method: HTTP method in capitals.
        url: Complete address.
        headers: Headers; names are case-insensitive. A layer may change them.
        content: Body.
        call: The call that the request belongs to.
        native: The request in the words of the HTTP library, if it came from there. Not for plugins: it changes with
            the library.
    """

    method: str
    url: str
    headers: MutableMapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    call: Call
    native: Any = field(default=None, repr=False)

    @property
    def path(self) -> str:
        """Path of the address, without its query."""
        return urlsplit(self.url).path


@define(eq=False)
class Response:
    """An answer, read to its end.

    Attributes:
        status_code: HTTP status.
        headers: Headers; names are case-insensitive.
        content: Body, decompressed.
        native: The response in the words of the HTTP library, if it came from there. Not for plugins.
    """

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    native: Any = field(default=None, repr=False)


@frozen(eq=False)
class Send:
    """Effect: send the request; the result is a ``Response``.

    Attributes:
        request: What to send.
        direct: Whether it goes straight to the network, past the rest of the chain. Requests for tokens do, because
            they carry the client secret.
    """

    request: Request
    direct: bool = False


@frozen(eq=False)
class Sleep:
    """Effect: wait, without holding a connection."""

    seconds: float


@frozen(eq=False)
class Exclusive:
    """Effect: run a flow while nobody else runs one under the same lock."""

    lock: Lock
    flow: Callable[[], Generator[Effect, Any, Any]]


class Lock:
    """A lock that both clients can take: threads wait for threads, tasks for the tasks of their event loop."""

    __slots__ = ("tasks", "thread")

    def __init__(self) -> None:
        self.thread = threading.Lock()
        # The async driver keeps one lock for each event loop here; a loop that is gone takes its lock along.
        self.tasks: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


Effect: TypeAlias = Send | Sleep | Exclusive
Flow: TypeAlias = Generator[Effect, Any, Response]


def send(request: Request) -> Generator[Effect, Any, Response]:
    """Send a request down the rest of the chain: ``response = yield from send(request)``.

    Raises what the rest of the chain raises, an ``APIConnectionError`` for instance.
    """
    response: Response = yield Send(request)
    return response


def sleep(seconds: float) -> Generator[Effect, Any, None]:
    """Wait: ``yield from sleep(0.5)``. No connection is held meanwhile."""
    yield Sleep(seconds)


def exclusively(lock: Lock, flow: Callable[[], Generator[Effect, Any, T]]) -> Generator[Effect, Any, T]:
    """Run a flow while nobody else runs one under the same lock; the result is the flow's."""
    result: T = yield Exclusive(lock, flow)
    return result


class Stage(IntEnum):
    """Where a layer stands in the chain, outermost first."""

    CALL = 100
    """Around the whole call, its retries included."""
    RETRY = 200
    """Sends the rest of the chain again."""
    AUTH = 300
    """Puts the token on; for each attempt."""
    LIMIT = 400
    """Holds attempts back: rates, concurrency, circuits."""
    ATTEMPT = 500
    """Around one attempt, with its token on."""
    WIRE = 600
    """Next to the network: logging, recording."""


@frozen
class Layer:
    """A flow and its place in the chain.

    Order is data: stage, then ``order``, then name; never the order of registration.

    Attributes:
        name: Unique in the chain.
        stage: Where it stands.
        flow: Takes the request, yields effects, returns the response.
        order: Place within the stage, lower is further out.
    """

    name: str
    stage: Stage
    flow: Callable[[Request], Flow]
    order: int = 0
