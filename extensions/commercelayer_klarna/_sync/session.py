# Written by scripts/unasync from _async/session.py. Do not edit.
"""The session of a client: sends its requests through its plugins, and over its connections.

``send`` is for operations, and speaks in documents; ``exchange`` is for one request, and speaks in bytes. What is asked
for is in ``_client.requests``; what bytes mean is in ``_client.exchange``.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from commercelayer_klarna._client.exchange import (
    after_interruption,
    after_operation,
    decode,
    encode,
    error_of,
    fail_after_write,
    name_of,
    secrets_of,
)
from commercelayer_klarna._document import Document
from commercelayer_klarna._forks import renew_if_forked
from commercelayer_klarna._http.body import read, said_by
from commercelayer_klarna._http.outcome import (
    NoConnection,
    SendTrace,
    connection_error,
    deadline_error,
    forget_request,
    is_interruption,
    lock_error,
    of_the_caller,
)
from commercelayer_klarna._http.pool import AnotherEventLoopError, SyncConnections, SyncSlot
from commercelayer_klarna._http.request import NativeRequest, ToNative, common_headers, make_request
from commercelayer_klarna._http.settings import Settings
from commercelayer_klarna._http.timeouts import CURRENT, Deadline, timeouts
from commercelayer_klarna._pipeline.chain import Around, alone, check_flow, of_tokens, through
from commercelayer_klarna._pipeline.life import Life
from commercelayer_klarna._redaction import forget_locals
from commercelayer_klarna._sync.driver import drive
from commercelayer_klarna.errors import APITimeoutError, CommerceLayerError
from commercelayer_klarna.plugins import values
from commercelayer_klarna.plugins.events import (
    AttemptEnded,
    AttemptStarted,
    CallEnded,
    CallStarted,
    OperationEnded,
    OperationStarted,
)
from commercelayer_klarna.plugins.flow import Acquire, Ask, Beside, Blocking, FlowOf, Lock, Sleep
from commercelayer_klarna.plugins.values import Call, Purpose, Request, Response

if TYPE_CHECKING:
    from commercelayer_klarna._client.requests import ApiRequest

__all__ = ["Operation", "Session"]

T = TypeVar("T")

log = logging.getLogger("commercelayer_klarna")


class Operation(values.Operation):
    """All that one call of a user takes: its requests, and the waits between them. It may be entered again within.

    Plugins around operations, and their events, take no time when there are none.
    """

    __slots__ = ("_around", "_depth", "_session", "_started", "doubt")

    def __init__(self, session: Session, name: str) -> None:
        renew_if_forked()
        settings = session.settings
        super().__init__(name, settings.tags, settings.ends_at())
        self._session = session
        self._depth = 0
        self._around: Around | None = None
        # Returns what to tell of its write when a plugin fails after that, or the call is broken off.
        self.doubt: Callable[[BaseException], Exception] | None = None

    def __enter__(self) -> Operation:
        if not self._depth:
            session = self._session
            try:
                session.connections.begin_call(self)
            except RuntimeError as error:
                forget_locals(error)
                raise
            try:
                if session.life.is_opening:
                    session.finish_opening()
                if session.wants_operations:
                    self._begin()
            except BaseException:
                session.end_call(self)
                raise
        self._depth += 1
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._depth -= 1
        if not self._depth:
            if error is not None:
                after_interruption(self, error, self.doubt)
            try:
                if self._session.wants_operations:
                    self._end(error)
            except BaseException as raised:
                after_interruption(self, raised, self.doubt)
                raise
            finally:
                self._session.end_call(self)

    def _begin(self) -> None:
        plugins, self._started = self._session.settings.plugins, self._session.clock()
        if OperationStarted in plugins.watched:
            plugins.tell(OperationStarted(self.name, self))
        if plugins.chain.operations:
            self._around = Around(plugins.chain, self)
            try:
                drive(self._around.begin(), self._session.perform)
            except BaseException as error:
                self._tell_end(error)
                raise

    def _end(self, error: BaseException | None) -> None:
        raised = error
        if self._around is not None:
            raised = drive(self._around.end(error), self._session.perform)
            if isinstance(raised, Exception) and raised is not error:
                raised = after_operation(self, raised, self.doubt)
        self._tell_end(raised)
        if raised is not None and raised is not error:
            raise raised

    def _tell_end(self, error: BaseException | None) -> None:
        plugins = self._session.settings.plugins
        if OperationEnded in plugins.watched:
            elapsed = self._session.clock() - self._started
            result = None if error is not None else name_of(self.result)
            plugins.tell(OperationEnded(self.name, self, error, result, elapsed))


class Session:
    """What the calls of one client, or of one view of it, are sent with.

    Attributes:
        settings: What its calls share.
        connections: The connections, which views share with their client.
    """

    def __init__(self, settings: Settings, connections: SyncConnections, life: Life | None = None) -> None:
        self.settings = settings
        self.connections = connections
        self.life = Life(settings.plugins) if life is None else life
        self.headers = common_headers(settings, connections)
        self._to_native = ToNative(self.headers, settings.base_url)
        self.wants_operations = settings.plugins.wants_operations
        self.clock = settings.timing.monotonic
        self._chain = settings.plugins.chain

    def with_settings(self, settings: Settings) -> Session:
        """Return a session with other settings on the same connections."""
        return Session(settings, self.connections, self.life)

    def open(self) -> None:
        """Tell plugins that the client was made. Flows that have to wait go on before the first call."""
        self.life.open()

    def finish_opening(self) -> None:
        """Run what plugins have still to do before the first call. Others wait for it.

        Raises:
            PluginError: One failed. The client is closed then.
        """
        lock = self.life.lock.of_threads
        lock.acquire(None)
        try:
            drive(self.life.rest(), self.perform)
        except BaseException:
            self.ends()
            self.life.has_ended = True
            raise
        finally:
            lock.release()

    def end_call(self, operation: Operation | Beside) -> None:
        """End a call of a user. The last one of a closed client tells plugins that it is closed."""
        self.connections.end_call(operation)
        if self.connections.closed:
            self._tell_closed()

    def close(self) -> None:
        """Close the connections, and tell plugins, after the calls that are under way."""
        self.connections.close()
        self._tell_closed()

    def _tell_closed(self) -> None:
        if not self.connections.has_calls and self.life.ends():
            drive(self.settings.plugins.closing(), self.perform)

    def ends(self) -> bool:
        """Mark the end of the connections; return whether it was this call that did."""
        is_first, self.connections.closed = not self.connections.closed, True
        return is_first

    def operation(self, name: str) -> Operation:
        """Return a new operation, for ``with``. A client that is closed refuses it.

        Raises:
            RuntimeError: The client is closed, when it is entered.
        """
        return Operation(self, name)

    def send(
        self,
        request: ApiRequest,
        read: Callable[[Document], T],
        *,
        within: Operation | None = None,
        call: Call | None = None,
        purpose: Purpose = Purpose.ASKED,
    ) -> T:
        """Send a request of an operation, and return what the document of the answer is read as.

        Args:
            request: What to send.
            read: Reads the document.
            within: The call of the user that it is part of. By default it is one of its own.
            call: What becomes of it is noted here, for a caller who wants to know more than an error says.
            purpose: What the request is for.

        Raises:
            APIConnectionError, APIStatusError, TokenError, ResponseFormatError: There is no document to return.
        """
        settings = self.settings
        if call is None:
            call = Call(request.operation, purpose=purpose)
        try:
            with within or self.operation(request.operation) as operation:
                call.trigger, call.deadline, call.parent = request.trigger, operation.deadline, operation
                if request.method != "GET":
                    operation.last = call
                made = make_request(
                    call,
                    method=request.method,
                    url=settings.base_url + request.path,
                    params=request.params,
                    headers=request.headers,
                    common=self.headers,
                    content=encode(settings, request.document),
                )
                operation.result = result = read(decode(settings, call, request.params, self.exchange(made)))
                return result
        except BaseException as error:
            forget_locals(error)
            fail_after_write(request.method, request.path, call, error)
            raise

    def run(self, flow: FlowOf[T], name: str | None, ask: Callable[[Ask, Operation], object]) -> T:
        """Run an operation that is written as a flow.

        Args:
            flow: Yields what it asks for.
            name: Its name; by default that of the function.
            ask: Asks for it.

        Raises:
            TypeError: It is no flow.
        """
        check_flow(flow)
        called = name or str(getattr(flow, "__name__", "run"))

        def perform(effect: object) -> object:
            return ask(effect, operation) if isinstance(effect, Ask) else self.perform(effect)

        with self.operation(called) as operation:
            steps = alone(self._chain, flow, values.Source(called, None, "run", builtin=True), operation, Ask)
            result = drive(cast("FlowOf[T]", steps), perform)
            operation.result = result
            return result

    def is_broken_off(self, error: BaseException) -> bool:
        """Return whether the caller broke a call off with this exception, and no plugin raised it: it goes to him."""
        return values.plugin_of(error) is None and is_interruption(error, is_owned=self.connections.is_owned)

    def sleep(self, seconds: float, *, within: Operation) -> bool:
        """Wait between two requests of an operation; return whether there was time for it, and for something after."""
        if within.deadline is not None and self.clock() + seconds >= within.deadline:
            return False
        self.settings.timing.sleep(seconds)
        return True

    def take(self, lock: Lock, *, within: Operation) -> None:
        """Wait for a lock of this process, as long as an operation may.

        Raises:
            APITimeoutError: Another call held it until the deadline.
        """
        try:
            lock.of_threads.acquire(Deadline(within.deadline, self.clock).left())
        except TimeoutError:
            raise APITimeoutError("the deadline was over before another call for the same was", sent=False) from None

    def exchange_alone(self, request: Request) -> Response:
        """Run the chain around a request that is a call of its own: that of a generated function."""
        call = request.call
        try:
            with self.operation(call.operation) as operation:
                call.deadline, call.parent = operation.deadline, operation
                if request.method != "GET":
                    operation.last = call
                return self.exchange(request)
        except BaseException as error:
            forget_locals(error)
            fail_after_write(request.method, request.path, call, error)
            raise

    def exchange(self, request: Request) -> Response:
        """Run the chain around one request, and return its success.

        Raises:
            APIConnectionError, APIStatusError, TokenError: There is none.
        """
        call, settings, response, raised = request.call, self.settings, None, None
        call.timeout, call.retry, call.host = settings.timeout, settings.retry, settings.plugins
        call.tell(CallStarted, request)
        started = self.clock()
        try:
            response = drive(through(self._chain, request), self.perform)
            if not 200 <= response.status_code <= 299:
                raise error_of(settings, request, response)
            return response
        except BaseException as error:
            raised = error
            forget_locals(error)  # observers may write down what they are told
            raise
        finally:
            status = response.status_code if response is not None else getattr(raised, "status_code", None)
            elapsed = self.clock() - started
            call.tell(CallEnded, request, call.attempts, status, raised, elapsed)

    def perform(self, effect: object) -> object:
        """Perform an effect of a flow, and return its result."""
        if isinstance(effect, Request):
            return self._transmit(effect)
        if isinstance(effect, Sleep):
            self.settings.timing.sleep(effect.seconds)
            return None
        if isinstance(effect, Blocking):
            return effect.here()
        if isinstance(effect, Beside):
            self._begin_beside(effect)
            return None
        assert isinstance(effect, Acquire), effect  # noqa: S101 - the chain yields nothing else
        lock, call = effect.lock.of_threads, effect.call  # the child of a fork has another lock
        try:
            lock.acquire(Deadline(call.deadline, self.clock).left())
        except TimeoutError:
            raise lock_error(call) from None
        effect.release = lock.release
        return None

    def _begin_beside(self, effect: Beside) -> None:
        """Run a flow beside the calls. The connections are closed when it is over, as after a call."""
        with suppress(RuntimeError):  # the client is closed, or there can be no more threads
            self.connections.begin_call(effect)
            try:
                self.connections.run_beside(partial(self._run_beside, effect))
            except BaseException:
                self.connections.end_call(effect)
                raise

    def _run_beside(self, effect: Beside) -> None:
        try:
            drive(effect.flow(), self.perform)
        except Exception as error:
            log.warning("what runs beside the calls failed: %s", type(error).__name__)
        finally:
            self.end_call(effect)

    def warm_up(self, prepare: Callable[[], None]) -> None:
        """Open a connection to the API, and get a token meanwhile.

        Args:
            prepare: Does what else can be done meanwhile.

        Raises:
            APIConnectionError, TokenError: There is no token.
        """
        settings = self.settings
        with self.operation("warm_up") as operation:
            call = Call("warm_up", parent=operation, deadline=operation.deadline, timeout=settings.timeout)
            call.retry, call.host = settings.retry, settings.plugins
            deadline = Deadline(operation.deadline, self.clock)
            times = timeouts(settings.timeout, deadline, is_owned=self.connections.is_owned)
            self.connections.open_ahead(settings.base_url, times["connect"])
            prepare()
            request = Request("GET", settings.base_url, self.headers.copy(), b"", call)
            drive(through(of_tokens(self._chain), request), self.perform)
            self.connections.wait_for_ahead(deadline.left())

    def _transmit(self, request: Request) -> Response:
        """Send a request over a connection, and read the answer whole, whatever its status."""
        connections, call, trace = self.connections, request.call, None
        slot = SyncSlot()
        # What plugins send to other hosts says nothing of what the API did.
        writes = request.method != "GET" and request.url.startswith(self.settings.base_url)
        deadline = Deadline(call.deadline, self.clock, call.timeout)
        if deadline.is_over():
            raise deadline_error(request)
        native = self._to_native(request)
        times = native.extensions["timeout"] = timeouts(call.timeout, deadline, is_owned=connections.is_owned)
        call.tell(AttemptStarted, request, call.attempts)
        call.sent_at = started = self.clock()
        former = CURRENT.get()
        answer: Response | None = None
        raised: BaseException | None = None
        before = sys.exception()
        try:
            CURRENT.set(deadline)
            if request.method != "GET":
                trace = SendTrace()
                native.extensions["trace"] = trace
            # The timeout is for the server, which knows nothing of this wait. So the deadline of the call ends it.
            connections.enter(slot, deadline.left() or times["read"])
            if call.purpose is Purpose.TOKEN and not request.url.startswith(self._chain.origin):
                connections.open_ahead(self.settings.base_url, times["connect"])
            try:
                answer = self._fetch(slot, request, native, deadline)
            except NoConnection:
                if not connections.mended(slot):
                    raise
                answer = self._fetch(slot, request, native, deadline)
            if writes:
                call.may_be_done = call.may_be_done or values.may_have_acted(answer.status_code)
                call.answer = answer if answer.status_code < 300 else call.answer
            return answer
        except AnotherEventLoopError as error:
            raised = error
            raise
        except CommerceLayerError as error:
            raised = error
            call.may_be_done = call.may_be_done or writes
            raise
        except BaseException as error:
            raised = of_the_caller(error, before, is_owned=connections.is_owned)
            connections.distrust(slot, error if raised is None else raised)
            call.may_be_done = call.may_be_done or (
                writes and slot.pool is not None and trace is not None and trace.says_sent(error)
            )
            if raised is error:
                forget_request(error, request)
                raise
            if raised is not None:
                raise raised from None
            raised = connection_error(request, error, deadline, trace, secrets_of(request))
            raise raised from error
        finally:
            try:
                CURRENT.set(former)
                connections.leave(slot)
            except BaseException:  # of a signal handler
                CURRENT.set(former)
                connections.leave(slot)
                raise
            status, elapsed = None if answer is None else answer.status_code, self.clock() - started
            call.tell(AttemptEnded, request, call.attempts, status, raised, elapsed)

    def _fetch(self, slot: SyncSlot, request: Request, native: NativeRequest, deadline: Deadline) -> Response:
        sent_at = self.clock()
        answer = slot.client.send(native, auth=None, follow_redirects=False, stream=True)
        try:
            said = said_by(answer)
            if request.url.startswith(self.settings.base_url):
                self.connections.api_clock.learn(said.get(b"date", b"").decode("latin-1"), sent_at, self.clock())
            content = read(answer, said, request, self.settings.max_response_bytes, deadline)
        finally:
            if not answer.is_closed:
                answer.close()
        return Response(answer.status_code, answer.headers, content)
