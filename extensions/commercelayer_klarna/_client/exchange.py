"""Turn documents into bytes, bytes into documents, and refusals into errors.

Codecs and error mappers of plugins do it; the built-in ones are in ``plugins/jsonapi``. How bytes travel is in
``_http``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from commercelayer_klarna._document import Document
from commercelayer_klarna._http.settings import Settings
from commercelayer_klarna._json import JsonObject, as_list, as_object, is_object, load_json
from commercelayer_klarna._jsonapi.origin import Asked
from commercelayer_klarna._jsonapi.resource import Resource
from commercelayer_klarna._redaction import is_confidential, scrub, scrubbed, secrets_in
from commercelayer_klarna.errors import (
    APIConnectionError,
    APIVersionError,
    AuthenticationError,
    CommerceLayerError,
    ErrorObject,
    NotFoundError,
    PluginError,
    ResponseFormatError,
    restated,
)
from commercelayer_klarna.plugins.jsonapi import MEDIA_TYPE
from commercelayer_klarna.plugins.values import Call, ErrorInfo, Operation, Request, Response, plugin_of


def encode(settings: Settings, document: JsonObject | None) -> bytes | None:
    """Return the bytes of a document to send, if there is one."""
    return None if document is None else settings.plugins.dumps(MEDIA_TYPE, document)


def decode(settings: Settings, call: Call, parameters: Mapping[str, object], response: Response) -> Document:
    """Return the document of a success; an empty answer gives a document without data. The parameters are those of the
    request.

    Raises:
        ResponseFormatError: The answer is not a document.
    """
    plugins = settings.plugins
    origin = Asked(parameters, response.status_code, response.headers, call.attempts)
    if not response.content:
        return Document({}, plugins, origin)
    json = plugins.loads(response.headers.get("content-type", ""), MEDIA_TYPE, response.content)
    return plugins.transform(Document(json, plugins, origin), call)


def error_of(settings: Settings, request: Request, response: Response) -> CommerceLayerError:
    """Return the exception for an answer without success."""
    error = settings.plugins.error(_error_info(request, response, settings.base_url))
    if type(error) is NotFoundError and request.path == f"{urlsplit(settings.base_url).path}/klarna_payments":
        return _version_error(error)
    if type(error) is AuthenticationError and "authorization" not in request.headers:
        return restated(error, AuthenticationError, f"{error}; no token was sent: pass auth=ClientCredentials(...)")
    return error


def _version_error(error: NotFoundError) -> APIVersionError:
    """Return the error for a list that is not there, which no missing record explains."""
    return restated(
        error,
        APIVersionError,
        f"{error}; this version of the API has no klarna payments, which are said to end with 2017-08:"
        " pass api_version='2017-08'",
    )


def after_write(method: str, path: str, call: Call, error: BaseException) -> BaseException:
    """Return what to raise when a call failed: the error itself, unless a plugin failed after the API may have acted.

    Then the caller must learn that it may have, whatever the plugin raised.
    """
    plugin = plugin_of(error)
    if plugin is None or not call.may_be_done or not isinstance(error, Exception):
        return error
    done = "was carried out" if call.answer is not None else "may have been carried out"
    what = f"{method} {path} {done} before that; it was not sent again"
    if isinstance(error, CommerceLayerError) and not isinstance(error, PluginError):
        error.add_note(what)
        if isinstance(error, APIConnectionError):
            error.sent = True
        return error
    return _failed_plugin(plugin, error, what)


def fail_after_write(method: str, path: str, call: Call, error: BaseException) -> None:
    """Raise what ``after_write`` returns, unless it is the error itself."""
    told = after_write(method, path, call, error)
    try:
        if told is not error:
            raise told from error
    finally:
        del told  # an error holds this frame, which must not hold the error


def after_operation(
    operation: Operation, error: Exception, doubt: Callable[[BaseException], Exception] | None
) -> BaseException:
    """Return what to raise when a plugin around an operation failed after it, as ``after_write`` does for a call."""
    call = operation.last
    if call is None or not call.may_be_done:
        return error
    if doubt is not None:
        told = doubt(error)
        told.__cause__ = error
        return told
    what = after_write("the write of", operation.name, call, error)
    if what is not error:
        what.__cause__ = error
    return what


def after_interruption(
    operation: Operation, error: BaseException, doubt: Callable[[BaseException], Exception] | None
) -> None:
    """Note in what the caller did that an operation was broken off after its write. The doubt becomes its cause."""
    call = operation.last
    if call is None or not call.may_be_done or isinstance(error, CommerceLayerError) or plugin_of(error) is not None:
        return
    if isinstance(error.__cause__, CommerceLayerError):  # it is noted
        return
    error.add_note(f"{call.operation} was sent before that, and may have been carried out")
    if doubt is not None:
        told = doubt(error)
        told.__cause__, error.__cause__ = error.__cause__, told


def _failed_plugin(plugin: str, error: Exception, what: str) -> PluginError:
    source = getattr(error, "raised_in", None)
    reason = str(error) if isinstance(error, PluginError) else f"{source}: {type(error).__name__}: {error}"
    of = error if isinstance(error, PluginError) else source
    told = PluginError(
        f"{reason}; {what}",
        plugin=plugin,
        distribution=getattr(of, "distribution", None),
        hook=getattr(of, "hook", None),
    )
    told.may_be_done = True
    told.__notes__ = list(getattr(error, "__notes__", ()))
    return told


def name_of(result: object) -> str | None:
    """Return type and id of a result that is a resource."""
    return f"{result.type}/{result.id}" if isinstance(result, Resource) else None


def secrets_of(request: Request) -> set[str]:
    """Return what no message may show: the token that was sent, other keys in headers, and secrets in the document."""
    # A scheme before it, such as Bearer, is no secret.
    known = (value for name, value in request.headers.items() if is_confidential(name))
    secrets = {value.partition(" ")[2] or value for value in known}
    if request.content:
        try:
            secrets |= secrets_in(load_json(request.content))
        except ResponseFormatError:
            return secrets
    return secrets


def _error_info(request: Request, response: Response, base_url: str) -> ErrorInfo:
    # A server may echo what it was sent, so secrets are removed from the texts before they are kept.
    secrets = secrets_of(request)
    headers = {name.lower(): scrub(value, secrets) for name, value in response.headers.items()}
    errors = _error_objects(response.content, secrets)
    path = request.path.removeprefix(urlsplit(base_url).path).lstrip("/")
    request_id = f" [request {headers['x-request-id']}]" if "x-request-id" in headers else ""
    reason = _reason(response, headers, errors)
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


def _reason(response: Response, headers: Mapping[str, str], errors: list[ErrorObject]) -> str:
    if errors:
        return "; ".join(map(str, errors))
    if 300 <= response.status_code <= 399:
        return "redirects are not followed"
    return f"no error document ({headers.get('content-type', 'no content type')}, {len(response.content)} bytes)"


def _error_objects(content: bytes, secrets: set[str]) -> list[ErrorObject]:
    try:
        errors = as_object(load_json(content)).get("errors")
        entries = [errors] if is_object(errors) else as_list(errors)
        secrets = secrets | secrets_in(entries)
        return [_error_object(as_object(scrubbed(entry, secrets))) for entry in entries]
    except (ResponseFormatError, RecursionError):  # no document, or one that is nested too deeply
        return []


def _error_object(error: JsonObject) -> ErrorObject:
    source = as_object(error.get("source"))
    return ErrorObject(
        title=_text(error.get("title")),
        detail=_text(error.get("detail")),
        code=_text(error.get("code")),
        status=_text(error.get("status")),
        pointer=_text(source.get("pointer")),
        parameter=_text(source.get("parameter")),
        meta=as_object(error.get("meta")),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
