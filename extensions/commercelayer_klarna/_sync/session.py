# Written by scripts/unasync from _async/session.py. Do not edit.
"""The session of a client: sends its requests through its plugins, and over its connections.

``send`` is for operations, and speaks in documents; ``exchange`` is for one request, and speaks in bytes. What is asked
for is in ``_client.requests``; what bytes mean is in ``_client.exchange``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from commercelayer_klarna._client.exchange import decode, encode, error_of, secrets_of
from commercelayer_klarna._forks import renew_if_forked
from commercelayer_klarna._http.body import read
from commercelayer_klarna._http.outcome import (
    NoConnection,
    SendTrace,
    connection_error,
    deadline_error,
    is_doubtful,
    is_of_the_caller,
    lock_error,
)
from commercelayer_klarna._http.pool import AnotherEventLoopError, SyncConnections, SyncSlot
from commercelayer_klarna._http.request import NativeRequest, common_headers, make_request, native_of
from commercelayer_klarna._http.settings import Settings
from commercelayer_klarna._http.timeouts import CURRENT, Deadline, timeouts
from commercelayer_klarna._jsonapi.document import Document
from commercelayer_klarna._pipeline.chain import through
from commercelayer_klarna._redaction import forget_locals
from commercelayer_klarna._sync.driver import drive
from commercelayer_klarna.errors import CommerceLayerError
from commercelayer_klarna.plugins.events import AttemptEnded, AttemptStarted, CallEnded, CallStarted
from commercelayer_klarna.plugins.flow import Exclusive, Send, Sleep
from commercelayer_klarna.plugins.values import Call, Request, Response

if TYPE_CHECKING:
    from commercelayer_klarna._client.requests import ApiRequest

__all__ = ["Operation", "Session"]

T = TypeVar("T")


class Operation:
    """All that one call of a user takes: its requests, and the waits between them. It may be entered again within.

    Attributes:
        ends_at: When it must be over, on ``Timing.monotonic``; ``None`` for no limit.
    """

    __slots__ = ("__weakref__", "_connections", "_depth", "ends_at")

    def __init__(self, settings: Settings, connections: SyncConnections) -> None:
        renew_if_forked()
        self.ends_at = settings.ends_at()
        self._connections = connections
        self._depth = 0

    def __enter__(self) -> Operation:
        if not self._depth:
            self._connections.begin_call(self)
        self._depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._connections.end_call(self)


class Session:
    """What the calls of one client, or of one view of it, are sent with.

    Attributes:
        settings: What its calls share.
        connections: The connections, which views share with their client.
    """

    def __init__(self, settings: Settings, connections: SyncConnections) -> None:
        self.settings = settings
        self.connections = connections
        self.headers = common_headers(settings, connections)
        self._chain = settings.plugins.chain
        self._clock = settings.timing.monotonic

    def with_settings(self, settings: Settings) -> Session:
        """Return a session with other settings on the same connections."""
        return Session(settings, self.connections)

    def ends(self) -> bool:
        """Mark the end of the connections; return whether it was this call that did."""
        is_first, self.connections.closed = not self.connections.closed, True
        return is_first

    def operation(self) -> Operation:
        """Return a new call of a user, for ``with``. A client that is closed refuses it.

        Raises:
            RuntimeError: The client is closed, when it is entered.
        """
        return Operation(self.settings, self.connections)

    def send(
        self,
        request: ApiRequest,
        read: Callable[[Document], T],
        *,
        within: Operation | None = None,
        call: Call | None = None,
        is_read_back: bool = False,
    ) -> T:
        """Send a request of an operation, and return what the document of the answer is read as.

        Args:
            request: What to send.
            read: Reads the document.
            within: The call of the user that it is part of. By default it is one of its own.
            call: What becomes of it is noted here, for a caller who wants to know more than an error says.
            is_read_back: Whether it checks the outcome of a write whose answer was lost.

        Raises:
            APIConnectionError, APIStatusError, TokenError, ResponseFormatError: There is no document to return.
        """
        settings = self.settings
        if call is None:
            call = Call(request.operation, is_read_back=is_read_back)
        try:
            with within or self.operation() as operation:
                call.trigger, call.deadline = request.trigger, operation.ends_at
                made = make_request(
                    call,
                    method=request.method,
                    url=settings.base_url + request.path,
                    params=request.params,
                    headers=request.headers,
                    common=self.headers,
                    content=encode(settings, request.document),
                )
                return read(decode(settings, call, self.exchange(made)))
        except BaseException as error:
            forget_locals(error)
            raise

    def sleep(self, seconds: float, *, within: Operation) -> bool:
        """Wait between two requests of an operation; return whether there was time for it, and for something after."""
        if within.ends_at is not None and self._clock() + seconds >= within.ends_at:
            return False
        self.settings.timing.sleep(seconds)
        return True

    def exchange_alone(self, request: Request) -> Response:
        """Run the chain around a request that is a call of its own: that of a generated function."""
        try:
            with self.operation() as operation:
                request.call.deadline = operation.ends_at
                return self.exchange(request)
        except BaseException as error:
            forget_locals(error)
            raise

    def exchange(self, request: Request) -> Response:
        """Run the chain around one request, and return its success.

        Raises:
            APIConnectionError, APIStatusError, TokenError: There is none.
        """
        call, settings, response, raised = request.call, self.settings, None, None
        call.timeout, call.retry, call.host = settings.timeout, settings.retry, settings.plugins
        call.tell(CallStarted, call.operation, request.method, request.path)
        started = self._clock()
        try:
            response = drive(through(self._chain, Send(request)), self._perform)
            if not 200 <= response.status_code <= 299:
                raise error_of(settings, request, response)
            return response
        except BaseException as error:
            raised = error
            forget_locals(error)  # observers may write down what they are told
            raise
        finally:
            status = response.status_code if response is not None else getattr(raised, "status_code", None)
            elapsed = self._clock() - started
            call.tell(CallEnded, call.operation, request.method, request.path, call.attempts, status, raised, elapsed)

    def _perform(self, effect: object) -> object:
        """Perform an effect of a flow, and return its result."""
        if isinstance(effect, Send):
            return self._transmit(effect.request)
        if isinstance(effect, Sleep):
            self.settings.timing.sleep(effect.seconds)
            return None
        if isinstance(effect, Exclusive):
            lock, call = effect.lock.of_threads, effect.call  # the child of a fork has another lock
            try:
                lock.acquire(Deadline(call.deadline, self._clock).left())
            except TimeoutError:
                raise lock_error(call) from None
            try:
                return drive(effect.flow(), self._perform)
            finally:
                lock.release()
        raise TypeError(f"a flow yielded {effect!r}: use `yield from send(request)` or `yield from sleep(seconds)`")

    def _transmit(self, request: Request) -> Response:
        """Send a request over a connection, and read the answer whole, whatever its status."""
        connections, call, trace = self.connections, request.call, None
        slot = SyncSlot()
        deadline = Deadline(call.deadline, self._clock, call.timeout)
        if deadline.is_over():
            raise deadline_error(request)
        native = native_of(request)
        times = native.extensions["timeout"] = timeouts(call.timeout, deadline, is_owned=connections.is_owned)
        call.tell(AttemptStarted, call.operation, request.method, request.path, call.attempts)
        started, token = self._clock(), CURRENT.set(deadline)
        answer: Response | None = None
        raised: BaseException | None = None
        try:
            if request.method != "GET":
                trace = SendTrace()
                native.extensions["trace"] = trace
            connections.enter(slot, times["read"])
            try:
                answer = self._fetch(slot, request, native, deadline)
            except NoConnection:
                if not connections.mended(slot):
                    raise
                answer = self._fetch(slot, request, native, deadline)
            call.may_be_done = call.may_be_done or is_doubtful(answer.status_code)
            return answer
        except AnotherEventLoopError as error:
            raised = error
            raise
        except CommerceLayerError as error:
            raised = error
            call.may_be_done = call.may_be_done or trace is not None
            raise
        except Exception as error:
            connections.distrust(slot, error)
            call.may_be_done = call.may_be_done or (trace is not None and trace.says_sent(error))
            if is_of_the_caller(error, is_owned=connections.is_owned):
                raised = error
                if call.may_be_done:
                    error.add_note(
                        f"{request.method} {request.path} was sent before that, and may have been carried out"
                    )
                raise
            raised = connection_error(request, error, deadline, trace, secrets_of(request))
            raise raised from error
        except BaseException as error:  # a cancellation, for one
            raised = error
            connections.distrust(slot, error)
            call.may_be_done = call.may_be_done or (trace is not None and trace.sent)
            raise
        finally:
            try:
                CURRENT.reset(token)
                connections.leave(slot)
            except BaseException:  # of a signal handler
                connections.leave(slot)
                raise
            status, elapsed = None if answer is None else answer.status_code, self._clock() - started
            call.tell(
                AttemptEnded, call.operation, request.method, request.path, call.attempts, status, raised, elapsed
            )

    def _fetch(self, slot: SyncSlot, request: Request, native: NativeRequest, deadline: Deadline) -> Response:
        sent_at = self._clock()
        answer = slot.client.send(native, auth=None, follow_redirects=False, stream=True)
        if request.url.startswith(self.settings.base_url):
            self.connections.api_clock.learn(answer.headers.get("date"), sent_at, self._clock())
        content = read(answer, request, self.settings.max_response_bytes, deadline)
        return Response(answer.status_code, answer.headers, content)
