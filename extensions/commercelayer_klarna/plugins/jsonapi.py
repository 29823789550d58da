"""The built-in plugin ``jsonapi``: headers of every request, JSON of bodies, and the exception for each refusal.

Which exception belongs to which status is in ``errors``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from commercelayer_klarna._json import load_json
from commercelayer_klarna._version import USER_AGENT
from commercelayer_klarna.errors import APIStatusError, status_error_class
from commercelayer_klarna.plugins.flow import Interceptor
from commercelayer_klarna.plugins.hookspecs import Configuration, ErrorMapper, MediaCodec, Plugin
from commercelayer_klarna.plugins.values import Context, ErrorInfo, Request

__all__ = ["MEDIA_TYPE", "JsonApi"]

MEDIA_TYPE = "application/vnd.api+json"
"""The media type of JSON:API."""


class JsonApi(Plugin):
    """Speak JSON:API."""

    name = "jsonapi"
    order = 1000  # the mapping of errors by status has the last word
    fallback = True

    def configuration(self, ctx: Context) -> Configuration:
        """Return the headers that say what is accepted, and who asks."""
        return Configuration({"Accept": MEDIA_TYPE, "User-Agent": USER_AGENT})

    def interceptors(self, ctx: Context) -> Iterable[Interceptor]:
        """Return the interceptor that sets the media type of what is sent."""
        return [_MediaType()]

    def media_codecs(self, ctx: Context) -> Mapping[str, MediaCodec]:
        """Return the codec of JSON."""
        codec = MediaCodec(load_json, _dump_json)
        return {MEDIA_TYPE: codec, "application/json": codec}

    def error_mappers(self, ctx: Context) -> Iterable[ErrorMapper]:
        """Return the function that knows the exception for each status."""
        return [_by_status]


class _MediaType(Interceptor):
    def on_request(self, request: Request) -> Request:
        # The API answers 415 to a document of another type, whichever way it came into the request.
        if request.content and request.method in {"POST", "PATCH"}:
            request.headers["Content-Type"] = MEDIA_TYPE
        return request


def _dump_json(value: object) -> bytes:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def _by_status(info: ErrorInfo) -> APIStatusError:
    return status_error_class(info.status_code)(
        info.message,
        status_code=info.status_code,
        errors=info.errors,
        method=info.method,
        path=info.path,
        headers=info.headers,
        attempts=info.attempts,
    )
