"""The seam to httpx: the only room that sends anything, and the only one that knows httpx's types.

``SyncSeam`` and ``AsyncSeam`` are what operations and generated functions call. Their ``send`` runs the chain of layers
around another client, the *wire*, which holds the connections; many seams may share one wire. Errors of httpx and
statuses other than success become our errors here, before anything else sees them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

import httpx
from attrs import frozen

from commercelayer_klarna._http.body import TimeLeft, aread, read
from commercelayer_klarna._http.pool import Pool, Wire
from commercelayer_klarna._json import as_list, as_object, has_trigger, is_object, load_json
from commercelayer_klarna._pipeline.chain import adrive, drive, through
from commercelayer_klarna._pipeline.plugin_set import PluginSet
from commercelayer_klarna._redaction import scrub, scrubbed, secrets_in
from commercelayer_klarna.errors import (
    APIConnectionError,
    APITimeoutError,
    ErrorObject,
    ResponseFormatError,
)
from commercelayer_klarna.plugins.events import AttemptEnded, AttemptStarted, CallEnded, CallStarted
from commercelayer_klarna.plugins.flow import Effect, Exclusive, Flow, Send, Sleep
from commercelayer_klarna.plugins.values import Call, ErrorInfo, Request, Response, RetryPolicy, Timing

__all__ = ["CALL", "AsyncSeam", "Settings", "SyncSeam"]

CALL = "commercelayer_klarna.call"
"""The request extension under which operations hand over what they know of their call."""

_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")
_PERMANENT = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.DecodingError, httpx.TooManyRedirects)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@frozen
class Settings:
    """What calls through one seam share.

    Attributes:
        base_url: Address that paths are relative to, without a slash at the end.
        timeout: Seconds that an attempt waits for the server at each step, or ``None``.
        deadline: Seconds for the whole call, or ``None``.
        max_response_bytes: Size of an answer, decompressed, or ``None`` for no limit.
        retry: How to try again, or ``None`` not to.
        headers: Headers for every request, beside those of plugins.
        plugins: The plugins, compiled.
    """

    base_url: str
    timeout: float | None
    deadline: float | None
    max_response_bytes: int | None
    retry: RetryPolicy | None
    headers: Mapping[str, str]
    plugins: PluginSet

    @property
    def timing(self) -> Timing:
        """Where time comes from."""
        return self.plugins.ctx.timing


class _Witness:
    """Sees in httpx's trace whether a request began to leave this machine."""

    __slots__ = ("saw_anything", "sent")

    def __init__(self) -> None:
        self.saw_anything = False
        self.sent = False

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        self.saw_anything = True
        # The CONNECT request to a proxy is traced as well, and is not ours.
        if event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
            self.sent = True

    async def witness(self, event: str, info: Mapping[str, Any]) -> None:
        self(event, info)

    def says_sent(self, error: Exception) -> bool:
        return self.sent if self.saw_anything else not isinstance(error, _NEVER_SENT)


class _Seam:
    """What both seams do alike."""

    _settings: Settings
    _monotonic: Callable[[], float]

    def _configure(self, settings: Settings, wire: Wire) -> None:
        self._settings = settings
        self._wire = wire
        self._monotonic = settings.timing.monotonic

    def build_request(self, *arguments: Any, **named: Any) -> httpx.Request:
        """Build a request.

        Raises:
            ValueError: Its address is too long, or none.
        """
        try:
            # What comes next in the order of resolution is one of httpx's clients.
            return super().build_request(*arguments, **named)  # type: ignore[misc, no-any-return]  # pyright: ignore
        except httpx.InvalidURL as error:
            raise _no_address(error) from None

    def prepared(
        self,
        call: Call,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Request:
        """The request of an operation: what ``build_request`` builds, which parses the address three times.

        Raises:
            ValueError: Its address is too long.
        """
        address = self._settings.base_url + url
        if params:
            address = f"{address}?{httpx.QueryParams(params)}"
        merged = cast("httpx.Headers", self.headers)  # type: ignore[attr-defined]  # pyright: ignore
        if headers:
            merged = httpx.Headers(merged)
            merged.update(headers)
        try:
            return httpx.Request(method, address, headers=merged, content=content, extensions={CALL: call})
        except httpx.InvalidURL as error:
            raise _no_address(error) from None

    def _begin(self, native: httpx.Request) -> Request:
        settings = self._settings
        call = native.extensions.get(CALL) or Call("api", trigger=_has_trigger(native.content))
        call.timeout = settings.timeout
        if call.deadline is None and settings.deadline is not None:
            call.deadline = self._monotonic() + settings.deadline
        call.retry = settings.retry
        call.host = settings.plugins
        path = native.url.raw_path.partition(b"?")[0].decode("ascii")
        request = Request(native.method, str(native.url), native.headers, native.content, call, native, path)
        call.tell(CallStarted, call.operation, request.method, request.path)
        return request

    def _flow(self, request: Request) -> Flow:
        return through(self._settings.plugins.chain, Send(request))

    def _end(self, request: Request, started: float, response: Response | None, error: BaseException | None) -> None:
        call, elapsed = request.call, self._monotonic() - started
        status = response.status_code if response is not None else getattr(error, "status_code", None)
        call.tell(CallEnded, call.operation, request.method, request.path, call.attempts, status, error, elapsed)

    def _ready(self, request: Request) -> httpx.Request:
        """The request in httpx's form, with the time that it may take."""
        native: httpx.Request | None = request.native
        if native is None:
            native = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        call = request.call
        if call.deadline is not None and not self._left(call):
            message = f"{request.method} {request.path}: the deadline of the call is over, it was not sent"
            raise APITimeoutError(message, sent=False, method=request.method, path=request.path, attempts=call.attempts)
        native.extensions["timeout"] = TimeLeft(call, self._monotonic)
        return native

    def _left(self, call: Call) -> float:
        """Seconds until the deadline of a call that has one."""
        return max(0.0, (call.deadline or 0.0) - self._monotonic())

    def _attempt(self, request: Request) -> float:
        call = request.call
        call.tell(AttemptStarted, call.operation, request.method, request.path, call.attempts)
        return self._monotonic()

    def _tell(self, request: Request, status: int | None, error: BaseException | None, started: float) -> None:
        call, elapsed = request.call, self._monotonic() - started
        call.tell(AttemptEnded, call.operation, request.method, request.path, call.attempts, status, error, elapsed)

    def _failure(
        self, request: Request, error: httpx.RequestError, witness: _Witness | None, started: float
    ) -> APIConnectionError:
        sent = witness.says_sent(error) if witness is not None else not isinstance(error, _NEVER_SENT)
        kind = APITimeoutError if isinstance(error, httpx.TimeoutException) else APIConnectionError
        reason = scrub(f"{type(error).__name__}: {error}".rstrip(": "), _secrets_of(request))
        failure = kind(
            f"{request.method} {request.path}: {reason}",
            sent=sent,
            method=request.method,
            path=request.path,
            attempts=request.call.attempts,
            permanent=isinstance(error, _PERMANENT),
        )
        self._tell(request, None, failure, started)
        return failure

    def _finish(self, request: Request, response: Response) -> Response:
        if not 200 <= response.status_code <= 299:
            raise self._settings.plugins.error(_error_info(request, response, self._settings.base_url))
        return response


class SyncSeam(_Seam, httpx.Client):
    """An ``httpx.Client`` whose ``send`` runs the chain, and whose connections are the wire's."""

    def __init__(self, settings: Settings, wire: Wire) -> None:
        # The transport of this client is never used; giving one keeps httpx from preparing TLS a second time.
        super().__init__(base_url=settings.base_url, headers=_headers(settings, wire), transport=httpx.BaseTransport())
        self._configure(settings, wire)

    def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """``exchange`` in the words of httpx, for generated functions."""
        return _native(request, self.exchange(request))

    def exchange(self, request: httpx.Request) -> Response:
        """Run the chain around one request of a user.

        Raises:
            APIConnectionError, APIStatusError, TokenError: There is no success to return.
        """
        begun, started = self._begin(request), self._monotonic()
        response, raised = None, None
        try:
            response = drive(self._flow(begun), self._perform)
            return self._finish(begun, response)
        except BaseException as error:
            raised = error
            raise
        finally:
            self._end(begun, started, response, raised)

    def _perform(self, effect: Effect) -> Any:
        if isinstance(effect, Send):
            return self._transmit(effect.request)
        if isinstance(effect, Sleep):
            return self._settings.timing.sleep(effect.seconds)
        if isinstance(effect, Exclusive):  # pyright: ignore[reportUnnecessaryIsInstance]
            lock = effect.lock.thread  # the child of a fork has another
            if not lock.acquire(timeout=-1 if effect.call.deadline is None else self._left(effect.call)):
                raise _waited_too_long(effect.call)
            try:
                return drive(effect.flow(), self._perform)
            finally:
                lock.release()
        return _not_an_effect(effect)

    def _transmit(self, request: Request) -> Response:
        wire, pool, witness = self._wire, None, None
        wire.check()
        native, started = self._ready(request), self._attempt(request)
        try:
            if request.method != "GET":
                witness = native.extensions["trace"] = _Witness()
            pool = wire.enter(native.extensions["timeout"].get("pool"))
            try:
                answer = self._fetch(pool, request, native)
            except httpx.PoolTimeout:
                other = wire.mended(pool)
                if other is None:
                    raise
                pool = other
                answer = self._fetch(pool, request, native)
        except httpx.RequestError as error:
            raise self._failure(request, error, witness, started) from error
        except BaseException as error:  # a cancellation, for one
            self._tell(request, None, error, started)
            raise
        finally:
            if pool is not None:
                wire.leave(pool)
                wire.close_idle()
        self._tell(request, answer.status_code, None, started)
        return answer

    def _fetch(self, pool: Pool, request: Request, native: httpx.Request) -> Response:
        time = native.extensions["timeout"]
        if self._wire.owned:
            time.be_quick()
        answer = pool.client.send(native, auth=None, follow_redirects=False, stream=True)
        content = read(answer, request, self._settings.max_response_bytes, time)
        return Response(answer.status_code, answer.headers, content)


class AsyncSeam(_Seam, httpx.AsyncClient):
    """``SyncSeam`` for the async client."""

    def __init__(self, settings: Settings, wire: Wire) -> None:
        super().__init__(
            base_url=settings.base_url, headers=_headers(settings, wire), transport=httpx.AsyncBaseTransport()
        )
        self._configure(settings, wire)
        import asyncio  # the sync client does without

        self._running_loop = asyncio.get_running_loop

    async def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """``exchange`` in the words of httpx, for generated functions."""
        return _native(request, await self.exchange(request))

    async def exchange(self, request: httpx.Request) -> Response:
        """Run the chain around one request of a user.

        Raises:
            APIConnectionError, APIStatusError, TokenError: There is no success to return.
        """
        begun, started = self._begin(request), self._monotonic()
        response, raised = None, None
        try:
            response = await adrive(self._flow(begun), self._perform)
            return self._finish(begun, response)
        except BaseException as error:
            raised = error
            raise
        finally:
            self._end(begun, started, response, raised)

    async def _perform(self, effect: Effect) -> Any:
        if isinstance(effect, Send):
            return await self._transmit(effect.request)
        if isinstance(effect, Sleep):
            return await self._settings.timing.async_sleep(effect.seconds)
        if isinstance(effect, Exclusive):  # pyright: ignore[reportUnnecessaryIsInstance]
            try:
                await effect.lock.acquire(None if effect.call.deadline is None else self._left(effect.call))
            except TimeoutError:
                raise _waited_too_long(effect.call) from None
            try:
                return await adrive(effect.flow(), self._perform)
            finally:
                effect.lock.release()
        return _not_an_effect(effect)

    async def _transmit(self, request: Request) -> Response:
        wire, pool, witness = self._wire, None, None
        wire.check()
        native, started = self._ready(request), self._attempt(request)
        try:
            if request.method != "GET":
                witness = _Witness()
                native.extensions["trace"] = witness.witness
            pool = await wire.aenter(native.extensions["timeout"].get("pool"), self._running_loop())
            try:
                answer = await self._fetch(pool, request, native)
            except httpx.PoolTimeout:
                other = wire.mended(pool)
                if other is None:
                    raise
                pool = other
                answer = await self._fetch(pool, request, native)
        except httpx.RequestError as error:
            raise self._failure(request, error, witness, started) from error
        except BaseException as error:  # a cancellation, for one
            self._tell(request, None, error, started)
            raise
        finally:
            if pool is not None:
                wire.leave(pool)
                wire.close_idle_soon()
        self._tell(request, answer.status_code, None, started)
        return answer

    async def _fetch(self, pool: Pool, request: Request, native: httpx.Request) -> Response:
        time = native.extensions["timeout"]
        if self._wire.owned:
            time.be_quick()
        answer = await pool.client.send(native, auth=None, follow_redirects=False, stream=True)
        content = await aread(answer, request, self._settings.max_response_bytes, time)
        return Response(answer.status_code, answer.headers, content)


def _native(request: httpx.Request, response: Response) -> httpx.Response:
    # The content is as it should be read, whatever the headers that it once came with say of it.
    kept = {name: value for name, value in response.headers.items() if name.lower() not in _OF_THE_WIRE}
    return httpx.Response(response.status_code, headers=kept, content=response.content, request=request)


def _headers(settings: Settings, wire: Wire) -> httpx.Headers:
    headers = httpx.Headers(wire.client.headers)
    headers.update(settings.plugins.headers)
    headers.update(settings.headers)
    headers["Accept-Encoding"] = "gzip"  # what can be inflated within bounds
    return headers


def _no_address(error: httpx.InvalidURL) -> ValueError:
    return ValueError(f"the request has no usable address ({error}): shorten ids and filters")


def _has_trigger(content: bytes) -> bool:
    if not content:
        return False
    try:
        return has_trigger(load_json(content))
    except ResponseFormatError:
        return False


def _waited_too_long(call: Call) -> APITimeoutError:
    return APITimeoutError(
        f"{call.operation}: the deadline was over before another call had fetched a token",
        sent=False,
        attempts=call.attempts,
    )


def _not_an_effect(effect: object) -> NoReturn:
    raise TypeError(f"a flow yielded {effect!r}: use `yield from send(request)` or `yield from sleep(seconds)`")


def _secrets_of(request: Request) -> set[str]:
    """What must not be told on: the token that was sent, and the secrets in the document."""
    found = {request.headers.get("Authorization", "").removeprefix("Bearer ")}
    if request.content:
        try:
            found |= secrets_in(load_json(request.content))
        except ResponseFormatError:
            return found
    return found


def _error_info(request: Request, response: Response, base_url: str) -> ErrorInfo:
    # A server may echo what it was sent, so the texts are scrubbed before they are kept.
    secrets = _secrets_of(request)
    headers = {name.lower(): scrub(value, secrets) for name, value in response.headers.items()}
    errors = _error_objects(response.content, secrets)
    path = request.path.removeprefix(urlsplit(base_url).path).lstrip("/")
    if errors:
        reason = "; ".join(map(str, errors))
    elif 300 <= response.status_code <= 399:
        reason = "redirects are not followed"
    else:
        reason = f"no error document ({headers.get('content-type', 'no content type')}, {len(response.content)} bytes)"
    request_id = f" [request {headers['x-request-id']}]" if "x-request-id" in headers else ""
    return ErrorInfo(
        message=f"{response.status_code} {request.method} {path}: {reason}{request_id}",
        status_code=response.status_code,
        errors=errors,
        operation=request.call.operation,
        method=request.method,
        path=request.path,
        headers=headers,
        attempts=request.call.attempts,
    )


def _error_objects(content: bytes, secrets: set[str]) -> list[ErrorObject]:
    try:
        errors = as_object(load_json(content)).get("errors")
        entries = [errors] if is_object(errors) else as_list(errors)
        secrets = secrets | secrets_in(entries)
        return [_error_object(as_object(scrubbed(each, secrets))) for each in entries]
    except (ResponseFormatError, RecursionError):  # no document, or one nested without end
        return []


def _error_object(error: dict[str, Any]) -> ErrorObject:
    def text(value: Any) -> str | None:
        return None if value is None else str(value)

    source = as_object(error.get("source"))
    return ErrorObject(
        title=text(error.get("title")),
        detail=text(error.get("detail")),
        code=text(error.get("code")),
        status=text(error.get("status")),
        pointer=text(source.get("pointer")),
        parameter=text(source.get("parameter")),
        meta=as_object(error.get("meta")),
    )
