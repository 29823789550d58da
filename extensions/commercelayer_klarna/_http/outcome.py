"""What becomes of a request that got no answer: one of our errors, which says whether anything was sent."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Mapping

import httpx

from commercelayer_klarna._http.timeouts import Deadline, NotWrittenError
from commercelayer_klarna._redaction import scrub
from commercelayer_klarna._tracebacks import causes, is_of_a_signal, of_a_signal
from commercelayer_klarna.errors import APIConnectionError, APITimeoutError, CommerceLayerError
from commercelayer_klarna.plugins.values import Call, Operation, Request

__all__ = [
    "NoConnection",
    "SendTrace",
    "connection_error",
    "deadline_error",
    "forget_request",
    "is_interruption",
    "lock_error",
    "of_the_caller",
]

# What the layers under httpx raise, which httpx does not always translate: a TLS error after the handshake is a plain
# ``ssl.SSLError`` in the async client. Judged by where the class comes from, since not all of them are installed.
_BELOW = frozenset(
    {"anyio", "h11", "h2", "httpcore", "hpack", "hyperframe", "socksio", "ssl", "sniffio", "trio", "zlib"}
)

# Whose code may raise on the way of a request, through a mistake or what was interrupted before.
_KNOWN = _BELOW | {"", "commercelayer_klarna", "httpx", *sys.stdlib_module_names}

NoConnection = httpx.PoolTimeout
"""What is raised when no connection is free."""

_PERMANENT = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.DecodingError, httpx.TooManyRedirects)
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    NotWrittenError,
)


class SendTrace:
    """Sees in httpx's trace whether a request began to leave this machine."""

    __slots__ = ("saw_anything", "sent")

    def __init__(self) -> None:
        self.saw_anything = False
        self.sent = False

    def __call__(self, event: str, info: Mapping[str, object]) -> None:
        self.saw_anything = True
        # The CONNECT request to a proxy is traced as well, and is not ours.
        if event.endswith(".send_request_headers.started"):
            self.sent = self.sent or getattr(info.get("request"), "method", None) != b"CONNECT"
        elif event.endswith(".send_request_headers.failed") and isinstance(info.get("exception"), NotWrittenError):
            self.sent = False

    async def asynchronous(self, event: str, info: Mapping[str, object]) -> None:
        """Do the same for the async client, whose trace must be awaited."""
        self(event, info)

    def says_sent(self, error: BaseException) -> bool:
        """Return whether the request may have left, given how it failed."""
        if self.saw_anything or not isinstance(error, Exception):
            return self.sent
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return not _was_refused(error)
        return not isinstance(error, _NEVER_SENT)


def _was_refused(error: BaseException) -> bool:
    """Return whether there was no connection for certain: the name was not known, or the host refused it.

    Transports that tell no trace speak of no connection too when one is lost with the request on it (httpx-aiohttp 0.2,
    pyreqwest 0.15). What an error was raised from is looked at, but not what was handled before, such as an earlier
    attempt.
    """
    cause = error.__cause__
    while cause is not None and not isinstance(cause, ConnectionRefusedError | socket.gaierror):
        cause = cause.__cause__
    return cause is not None


def of_the_caller(error: BaseException, before: BaseException | None, *, is_owned: bool) -> BaseException | None:
    """Return what the caller did, if that broke a request off; ``None`` if the network did.

    It is a cancellation, what a hook of his client raised (one that is not ``is_owned`` by us), or what a signal
    handler of his did.

    Args:
        error: What the HTTP library raised.
        before: What was being handled when the request began. It is behind every exception since.
        is_owned: Whether the client is ours.
    """
    raised = of_a_signal(error, before)
    if raised is not None or _is_of_the_network(error):
        return raised
    return error if not is_owned or is_interruption(error, is_owned=True) else None


def is_interruption(error: BaseException, *, is_owned: bool) -> bool:
    """Return whether an exception came into a call from outside, by no plugin: a cancellation, or a soft time limit.

    What a hook of the caller's client raises is none: it came with an answer.
    """
    if not isinstance(error, Exception) or is_of_a_signal(error):
        return True
    if not is_owned or isinstance(error, CommerceLayerError):
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    raised_in: str = "" if trace is None else trace.tb_frame.f_globals.get("__name__", "")
    return not {_package(type(error).__module__), _package(raised_in)} <= _KNOWN


def _is_of_the_network(error: BaseException) -> bool:
    if isinstance(error, httpx.RequestError | OSError | EOFError):
        return True
    return _package(type(error).__module__) in _BELOW


def _package(module: str) -> str:
    return module.partition(".")[0].lstrip("_")


def connection_error(
    request: Request, error: BaseException, deadline: Deadline, trace: SendTrace | None, secrets: set[str]
) -> APIConnectionError:
    """Return the error for a request that got no answer.

    Args:
        request: The request.
        error: What the HTTP library raised.
        deadline: When the attempt had to be over.
        trace: What was seen of it, if anything watched.
        secrets: What the message must not tell.
    """
    sent = trace.says_sent(error) if trace is not None else not isinstance(error, _NEVER_SENT)
    kind = APITimeoutError if isinstance(error, httpx.TimeoutException) else APIConnectionError
    reason = scrub(f"{type(error).__name__}: {error}".rstrip(": "), secrets)
    if kind is APITimeoutError and deadline.is_over():
        reason = f"the deadline of the call is over, {'the answer was not there whole' if sent else 'it was not sent'}"
    advice = _advice(error, request)
    forget_request(error, request)
    if isinstance(error, httpx.RequestError):
        error.__cause__ = error.__context__ = None  # they say the same once more
    return kind(
        f"{request.method} {_address(request)}{request.path}: {reason}; {advice}",
        sent=sent,
        method=request.method,
        path=request.path,
        attempts=request.call.attempts,
        permanent=isinstance(error, _PERMANENT) or not _is_of_the_network(error) or _is_refused_by_proxy(error),
    )


def forget_request(error: BaseException, request: Request) -> None:
    """Make an error of httpx forget its request, which holds the token and the document."""
    if isinstance(error, httpx.RequestError | httpx.HTTPStatusError):
        error.request = httpx.Request(request.method, request.url)
    if isinstance(error, httpx.HTTPStatusError):  # of a hook of the caller's client
        error.response.request = error.request


def _address(request: Request) -> str:
    """Return scheme, host and port of a request."""
    url = httpx.URL(request.url)
    port = url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
    return f"{url.scheme}://{url.host if ':' not in url.host else f'[{url.host}]'}:{port}"


def _advice(error: BaseException, request: Request) -> str:
    """Return what to check after an error."""
    url = httpx.URL(request.url)
    behind = causes(error)
    if isinstance(error, httpx.ProxyError):
        return "check the address and the password of the proxy, in HTTPS_PROXY or in your http_client"
    if any(isinstance(each, socket.gaierror) for each in behind):
        return (
            f"check the name {url.host} (the organization is its first part), and that this machine can look names up"
        )
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in behind):
        return f"check that this machine trusts the certificate of {url.host}, and its clock"
    if any(isinstance(each, ssl.SSLError) for each in behind):
        return f"check that {url.host} speaks https on that port, not http"
    if isinstance(error, httpx.PoolTimeout):
        return "all connections are in use: let fewer calls run at once, or raise connections, timeout or deadline"
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | ConnectionRefusedError):
        return f"check that {url.host} is up and listens on that port, and firewalls and proxies between"
    if isinstance(error, httpx.TimeoutException):
        return "raise timeout or deadline if the server may need longer, or try again"
    return "check the server and the proxies before it if that comes again"


def _is_refused_by_proxy(error: BaseException) -> bool:
    # Asking again with the same password can lock the account.
    return isinstance(error, httpx.ProxyError) and str(error).startswith("407")


def deadline_error(request: Request) -> APITimeoutError:
    """Return the error for a request that was not sent because the deadline of its call is over."""
    return APITimeoutError(
        f"{request.method} {_address(request)}{request.path}: the deadline of the call is over, it was not sent; raise"
        " deadline if it may take longer",
        sent=False,
        method=request.method,
        path=request.path,
        attempts=request.call.attempts,
    )


def lock_error(call: Call | Operation) -> APITimeoutError:
    """Return the error for a call, or an operation, that waited for another one until its deadline."""
    name, attempts = (call.operation, call.attempts) if isinstance(call, Call) else (call.name, 0)
    return APITimeoutError(
        f"{name}: the deadline was over before another call had fetched a token, or had given its lock back",
        sent=False,
        attempts=attempts,
    )
