"""How long a request may take, and how much of its answer is read.

``TimeLeft`` tells httpx the time of each phase, and its streams that of each further read; ``bounded`` reads a body no
further than it may be read. The connections themselves are in ``connections``.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx

from commercelayer_klarna.errors import APITimeoutError, ResponseTooLargeError
from commercelayer_klarna.plugins.types import Request

__all__ = ["TimeLeft", "Until", "bounded"]

# The API opens a session at Klarna while it creates a payment, so reads may take long; connecting may not.
_CONNECT = 5.0
# A pool that has no more requests than connections hands one out at once, or never.
_HAND_OUT = 0.01
# httpcore takes no time, not even a very short one, for "do not wait".
_SHORTEST = 0.001
_GZIP = 16 + zlib.MAX_WBITS
_CODINGS = ("", "identity", "gzip")


class Until(float):
    """Seconds that a step may take.

    Args:
        seconds: For the first step.
        again: Tells the seconds for each further one, or raises when there are none.
    """

    __slots__ = ("_again", "_begun")
    _again: Callable[[], float]
    _begun: bool

    def __new__(cls, seconds: float, again: Callable[[], float]) -> Until:  # noqa: D102
        until = super().__new__(cls, seconds)
        until._again = again
        until._begun = False
        return until

    def next(self) -> float:
        """Seconds for the step that begins now."""
        if self._begun:
            return self._again()
        self._begun = True
        return self


class TimeLeft(dict[str, float | None]):
    """The time that each phase of an attempt may take, in seconds: at its beginning, what is left until the deadline.

    httpx reads such a mapping once for each phase: pool, connect, write, read (headers), read (body).

    Args:
        request: What is sent; its call has the limit of a phase, and the deadline.
        clock: Tells the time that the deadline is kept by.
    """

    __slots__ = ("_clock", "_deadline", "_request")

    def __init__(self, request: Request, clock: Callable[[], float]) -> None:
        timeout = request.call.timeout
        connect = _CONNECT if timeout is None else min(timeout, _CONNECT)
        super().__init__(connect=connect, read=timeout, write=timeout, pool=timeout)
        self._request = request
        self._deadline = request.call.deadline
        self._clock = clock

    def get(self, phase: str, default: Any = None) -> Any:
        """What the phase may take if it begins now."""
        limit = self[phase]
        if self._deadline is None:
            return limit
        left = max(_SHORTEST, self._deadline - self._clock())
        seconds = left if limit is None else min(limit, left)
        return Until(seconds, self._further) if phase == "read" else seconds

    def _further(self) -> Any:
        """What a further read may take."""
        if self.over():
            raise self.too_late()
        return self.get("read")

    def over(self) -> bool:
        """Whether the deadline has passed."""
        return self._deadline is not None and self._clock() >= self._deadline

    def too_late(self) -> APITimeoutError:
        """What to raise when it has, and the answer is not there whole."""
        request = self._request
        return APITimeoutError(
            f"{request.method} {request.path}: the deadline of the call is over, the answer was not there whole",
            method=request.method,
            path=request.path,
            attempts=request.call.attempts,
        )

    def be_quick(self) -> None:
        """Do not wait for a connection that a pool with room does not have."""
        pool = self["pool"]
        self["pool"] = _HAND_OUT if pool is None else min(pool, _HAND_OUT)


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body on its way in: inflated, no larger than its limit, and not beyond the deadline of its call.

    Args:
        answer: The response.
        request: What it answers.
        limit: Bytes, inflated; ``None`` for no limit.
        time: What is left of it.
        gzip: Whether it is compressed.

    Raises:
        ResponseTooLargeError: It is announced to be.
    """

    def __init__(
        self,
        answer: httpx.Response,
        request: Request,
        limit: int | None,
        time: TimeLeft,
        *,
        gzip: bool,
    ) -> None:
        self._stream: Any = answer.stream
        text = answer.headers.get("content-length", "")
        # Bytes that are to come in all, compressed or not, if that is known.
        self._announced = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
        if not gzip:
            _check_size(request, self._announced or 0, limit)
        self._request = request
        self._limit = limit
        self._time = time
        self._inflate = zlib.decompressobj(_GZIP) if gzip else None
        self._size = 0
        self._arrived = 0

    # In one piece, since httpx handles each piece four times.

    def __iter__(self) -> Iterator[bytes]:
        pieces = [self._taken(chunk) for chunk in self._stream]
        self._end()
        yield b"".join(pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = [self._taken(chunk) async for chunk in self._stream]
        self._end()
        yield b"".join(pieces)

    def close(self) -> None:
        """Give the connection back."""
        self._stream.close()

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._stream.aclose()

    def _taken(self, chunk: bytes) -> bytes:
        self._arrived += len(chunk)
        if self._time.over() and self._arrived != self._announced:
            raise self._time.too_late()
        if self._inflate is not None:
            chunk = self._inflated(self._inflate, chunk)
        self._size += len(chunk)
        _check_size(self._request, self._size, self._limit)
        return chunk

    def _inflated(self, inflate: Any, chunk: bytes) -> bytes:
        # One byte more than the limit is enough to know.
        most = 0 if self._limit is None else self._limit - self._size + 1
        try:
            return bytes(inflate.decompress(chunk, most))
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error

    def _end(self) -> None:
        if self._inflate is not None and self._size and not self._inflate.eof:
            raise httpx.DecodingError("the compressed body ends before its end")


def bounded(answer: httpx.Response, request: Request, limit: int | None, time: TimeLeft) -> None:
    """Let a response be read within bounds; one that was not streamed is there already, and only measured.

    Raises:
        ResponseTooLargeError: It is too large, by its size or by what is announced.
        httpx.DecodingError: It is compressed in a way that was not asked for.
    """
    if answer.is_closed:
        return _check_size(request, len(answer.content), limit)
    coding = answer.headers.get("content-encoding", "")
    if coding not in _CODINGS:
        raise httpx.DecodingError(f"the body has the content coding {coding!r}, which was not asked for")
    gzip = coding == "gzip"
    if gzip:
        del answer.headers["content-encoding"]  # it is no more
    answer.stream = Body(answer, request, limit, time, gzip=gzip)
    return None


def _check_size(request: Request, size: int, limit: int | None) -> None:
    """Refuse what is too large.

    Raises:
        ResponseTooLargeError: It is.
    """
    if limit is not None and size > limit:
        raise ResponseTooLargeError(
            f"{request.method} {request.path}: the answer is larger than {limit} bytes; if that is right, set"
            " max_response_bytes",
            limit=limit,
            method=request.method,
            path=request.path,
            attempts=request.call.attempts,
        )
