"""How long a request may take, and how much of its answer is read.

``TimeLeft`` tells httpx the time of each phase, and its streams that of each further read; ``read`` reads a body no
further than it may be read. The connections themselves are in ``connections``.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import httpx

from commercelayer_klarna.errors import ResponseTooLargeError
from commercelayer_klarna.plugins.values import Call, Request

__all__ = ["TimeLeft", "Until", "aread", "read"]

# The API opens a session at Klarna while it creates a payment, so reads may take long; connecting may not.
_CONNECT = 5.0
# A pool that has no more requests than connections hands one out at once, or never.
_HAND_OUT = 0.01
# httpcore takes no time, not even a very short one, for "do not wait".
_SHORTEST = 0.001
_GZIP = 16 + zlib.MAX_WBITS
# Two names of one coding (RFC 9110, 8.4.1.3); capitals make no difference.
_GZIPPED = ("gzip", "x-gzip")
_AS_IT_IS = ("", "identity")


class Until(float):
    """Seconds that a step may take.

    Args:
        seconds: For the first step.
        again: Tells the seconds for each further one, or raises when there are none.
    """

    __slots__ = ("_again", "_begun")
    _again: Callable[[], float]
    _begun: bool

    def __new__(cls, seconds: float, again: Callable[[], float]) -> Until:
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
        call: What has the limit of a phase, and the deadline.
        clock: Tells the time that the deadline is kept by.
    """

    __slots__ = ("_clock", "_deadline")

    def __init__(self, call: Call, clock: Callable[[], float]) -> None:
        timeout = call.timeout
        connect = _CONNECT if timeout is None else min(timeout, _CONNECT)
        super().__init__(connect=connect, read=timeout, write=timeout, pool=timeout)
        self._deadline = call.deadline
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

    def too_late(self) -> httpx.ReadTimeout:
        """What to raise when it has, and the answer is not there whole. Whether anything was sent is not known here."""
        return httpx.ReadTimeout("the deadline of the call is over, the answer was not there whole")

    def be_quick(self) -> None:
        """Do not wait for a connection that a pool with room does not have."""
        pool = self["pool"]
        self["pool"] = _HAND_OUT if pool is None else min(pool, _HAND_OUT)


class _Reading:
    """A body on its way in: inflated, no larger than its limit, and not beyond the deadline of its call."""

    def __init__(self, answer: httpx.Response, request: Request, limit: int | None, time: TimeLeft) -> None:
        headers = answer.headers
        coding = headers.get("content-encoding", "").lower()
        if coding not in _GZIPPED and coding not in _AS_IT_IS:
            raise httpx.DecodingError(f"the body has the content coding {coding!r}, which was not asked for")
        self._inflate = None
        text = headers.get("content-length", "")
        # Bytes that are to come in all, compressed or not, if that is known.
        self._announced = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
        if coding in _GZIPPED:
            self._inflate = zlib.decompressobj(_GZIP)
            del headers["content-encoding"]  # it is no more
        else:
            _check_size(request, self._announced or 0, limit)
        self._request = request
        self._limit = limit
        self._time = time
        self._size = 0
        self._arrived = 0

    def taken(self, chunk: bytes) -> bytes:
        """A piece of what arrives, as it should be read."""
        self._arrived += len(chunk)
        if self._time.over() and self._arrived != self._announced:
            raise self._time.too_late()
        if self._inflate is not None:
            chunk = self._inflated(self._inflate, chunk)
        self._size += len(chunk)
        _check_size(self._request, self._size, self._limit)
        return chunk

    def whole(self, pieces: list[bytes]) -> bytes:
        """All pieces, if there are no more."""
        if self._inflate is not None and self._arrived and not self._inflate.eof:
            raise httpx.DecodingError("the compressed body ends before its end")
        return b"".join(pieces)

    def _inflated(self, inflate: Any, chunk: bytes) -> bytes:
        # One byte more than the limit is enough to know.
        most = 0 if self._limit is None else self._limit - self._size + 1
        try:
            return bytes(inflate.decompress(chunk, most))
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error


def read(answer: Any, request: Request, limit: int | None, time: TimeLeft) -> bytes:
    """Read a body within its bounds, and give the connection back. One that was not streamed is only measured.

    Args:
        answer: The response.
        request: What it answers.
        limit: Bytes, inflated; ``None`` for no limit.
        time: What is left of it.

    Raises:
        ResponseTooLargeError: It is too large, by its size or by what is announced.
        httpx.ReadTimeout: The deadline passed.
        httpx.DecodingError: It is compressed in a way that was not asked for, or badly.
    """
    if answer.is_closed:
        return _measured(answer, request, limit)
    try:
        reading = _Reading(answer, request, limit, time)
        return reading.whole([reading.taken(chunk) for chunk in answer.stream])
    finally:
        answer.close()


async def aread(answer: Any, request: Request, limit: int | None, time: TimeLeft) -> bytes:
    """``read`` for the async client."""
    if answer.is_closed:
        return _measured(answer, request, limit)
    try:
        reading = _Reading(answer, request, limit, time)
        return reading.whole([reading.taken(chunk) async for chunk in answer.stream])
    finally:
        await answer.aclose()


def _measured(answer: httpx.Response, request: Request, limit: int | None) -> bytes:
    _check_size(request, len(answer.content), limit)
    return answer.content


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
