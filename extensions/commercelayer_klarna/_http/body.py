"""Read the body of an answer: decompress it, and stop at its largest size, or at the deadline.

The largest size is ``max_response_bytes`` of the client. httpx has none, and decompresses each piece whole, so a small
answer could fill the memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import httpx

from commercelayer_klarna._http.timeouts import Deadline
from commercelayer_klarna.errors import ResponseTooLargeError
from commercelayer_klarna.plugins.values import Request

_GZIP = 16 + zlib.MAX_WBITS
# Two names of the same coding (RFC 9110, 8.4.1.3).
_GZIPPED = (b"gzip", b"x-gzip")
_AS_IT_IS = (b"", b"identity")


if TYPE_CHECKING:
    from typing import Protocol

    class _Inflating(Protocol):
        """What ``zlib.decompressobj`` returns."""

        @property
        def eof(self) -> bool: ...

        @property
        def unused_data(self) -> bytes: ...

        def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Reading:
    """The state of a body that is being read."""

    def __init__(
        self,
        answer: httpx.Response,
        said: Mapping[bytes, bytes],
        request: Request,
        limit: int | None,
        deadline: Deadline,
    ) -> None:
        coding = said.get(b"content-encoding", b"").lower()
        if coding not in _GZIPPED and coding not in _AS_IT_IS:
            text = answer.headers["content-encoding"].lower()
            raise httpx.DecodingError(f"the body has the content coding {text!r}, which was not asked for")
        self._inflate: _Inflating | None = None
        length = said.get(b"content-length", b"")
        # The length of the body as it is sent, if it is known.
        self._announced = int(length) if length.isdigit() and len(length) < 19 else None
        if coding in _GZIPPED:
            self._inflate = zlib.decompressobj(_GZIP)
            del answer.headers["content-encoding"]  # plugins see the decompressed body
        else:
            _check_size(request, self._announced or 0, limit)
        self._request = request
        self._limit = limit
        self._deadline = deadline
        self._size = 0
        self._arrived = 0

    def taken(self, chunk: bytes) -> bytes:
        """Return a piece of the body, decompressed."""
        self._arrived += len(chunk)
        if self._arrived != self._announced and self._deadline.is_over():
            raise httpx.ReadTimeout("the deadline of the call is over, the answer was not there whole")
        if self._inflate is not None:
            _check_size(self._request, self._arrived, self._limit)
            return self._inflated(chunk)
        self._size += len(chunk)
        _check_size(self._request, self._size, self._limit)
        return chunk

    def whole(self, pieces: list[bytes]) -> bytes:
        """Return the body, made of all pieces."""
        if self._inflate is not None and self._arrived and not self._inflate.eof:
            raise httpx.DecodingError("the compressed body ends before its end")
        return b"".join(pieces)

    def _inflated(self, chunk: bytes) -> bytes:
        """Decompress a piece. A body may have several members, one behind the other, and zeros at its end."""
        pieces: list[bytes] = []
        while chunk:
            inflate = self._inflate
            if inflate is None or inflate.eof:
                chunk = chunk.lstrip(b"\0")
                if not chunk:
                    break
                inflate = self._inflate = zlib.decompressobj(_GZIP)
            # One byte more than the limit is enough to know.
            most = 0 if self._limit is None else self._limit - self._size + 1
            try:
                piece = inflate.decompress(chunk, most)
            except zlib.error as error:
                raise httpx.DecodingError(str(error)) from error
            self._size += len(piece)
            _check_size(self._request, self._size, self._limit)
            pieces.append(piece)
            chunk = inflate.unused_data if inflate.eof else b""
        return b"".join(pieces)


def said_by(answer: httpx.Response) -> dict[bytes, bytes]:
    """Return the headers of an answer, with names in small letters. httpx decodes all of them to look one up."""
    headers = answer.headers
    if type(headers) is not httpx.Headers:  # a hook of the caller's client, or a double of it, gave others
        headers = answer.headers = httpx.Headers(headers)
    said: dict[bytes, bytes] = {}
    for name, value in headers.raw:
        name = name.lower()
        said[name] = said[name] + b", " + value if name in said else value
    return said


def read(
    answer: httpx.Response, said: Mapping[bytes, bytes], request: Request, limit: int | None, deadline: Deadline
) -> bytes:
    """Read a body. One that was read already is only measured.

    Args:
        answer: The answer.
        said: Its headers.
        request: What it answers.
        limit: The most bytes that it may have.
        deadline: When it must be there.

    Raises:
        ResponseTooLargeError: It is larger than the limit after decompression, or is announced to be.
        httpx.ReadTimeout: The deadline has passed.
        httpx.DecodingError: It is compressed badly, or in a way that was not asked for.
    """
    if answer.is_closed:
        return _measured(answer, request, limit)
    reading = _Reading(answer, said, request, limit, deadline)
    stream = answer.stream
    assert isinstance(stream, httpx.SyncByteStream)  # noqa: S101 - the answer of a sync client
    return reading.whole([reading.taken(chunk) for chunk in stream])


async def aread(
    answer: httpx.Response, said: Mapping[bytes, bytes], request: Request, limit: int | None, deadline: Deadline
) -> bytes:
    """Do the same as ``read``, for the async client."""
    if answer.is_closed:
        return _measured(answer, request, limit)
    reading = _Reading(answer, said, request, limit, deadline)
    stream = answer.stream
    assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - the answer of an async client
    return reading.whole([reading.taken(chunk) async for chunk in stream])


def _measured(answer: httpx.Response, request: Request, limit: int | None) -> bytes:
    _check_size(request, len(answer.content), limit)
    return answer.content


def _check_size(request: Request, size: int, limit: int | None) -> None:
    """Refuse a body that is too large.

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
