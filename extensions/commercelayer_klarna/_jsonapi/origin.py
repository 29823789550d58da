"""Where a document came from: what the answer said beside it, and what helps who reads what it did not carry.

The advice names what was not done yet: an ``include`` that was asked for is not advised again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from commercelayer_klarna._redaction import is_confidential
from commercelayer_klarna._retry_after import whole_number
from commercelayer_klarna._values import field, frozen
from commercelayer_klarna.errors import NotFetchedError

__all__ = ["CALLBACK", "UNKNOWN_ORIGIN", "Asked", "Callback", "Origin", "ResponseInfo"]

_RETRIEVE = "retrieve it by its id"


@frozen
class ResponseInfo:
    """What an answer of the API said beside its document: for logs, for questions to support, and for pacing.

    Attributes:
        status_code: HTTP status.
        request_id: ``X-Request-Id``, if the answer had one.
        trace_id: The API's own name for the request, from the metadata of the answer, if it had one.
        limit: How many requests are allowed in the interval (``X-Ratelimit-Limit``).
        interval: Length of the interval in seconds (``X-Ratelimit-Interval``).
        remaining: How many requests are left in the interval (``X-Ratelimit-Remaining``).
        attempts: How often the request was tried.
        headers: Headers, names in lower case, without cookies and keys. A pickle does not keep them.
    """

    status_code: int
    request_id: str | None = None
    trace_id: str | None = None
    limit: int | None = None
    interval: int | None = None
    remaining: int | None = None
    attempts: int = 1
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False, eq=False)

    def __reduce__(self) -> tuple[Callable[..., ResponseInfo], tuple[object, ...]]:
        # A server may echo what it was sent.
        limits = (self.limit, self.interval, self.remaining)
        return ResponseInfo, (self.status_code, self.request_id, self.trace_id, *limits, self.attempts)


class Origin:
    """The origin of a document of which nothing is known: it was made by hand, or comes from a pickle."""

    __slots__ = ()

    def response(self, trace_id: str | None) -> ResponseInfo:
        """Return what the answer said beside the document.

        Args:
            trace_id: What the document says of it.

        Raises:
            NotFetchedError: The document came in no answer.
        """
        raise NotFetchedError("there is no response: this came from a callback, a pickle, or was made by hand")

    def to_link(self, resource_type: str, name: str, path: str | None) -> str:
        """Say how to get a relationship of which there was nothing but links.

        Args:
            resource_type: The type of the resource that has it.
            name: Its name.
            path: The include path that leads to it, if one is known.
        """
        return f"{_asking(path)} (and name {name!r} in fields, if fields are given)"

    def to_include(self, path: str | None) -> str:
        """Say how to get what is linked, but was not included."""
        return f"{_asking(path)} (if that was asked, the API left it out: {_RETRIEVE})"

    def to_fetch(self, resource_type: str, name: str) -> str:
        """Say how to get an attribute."""
        return (
            "name it in fields, or leave fields out"
            " (secrets are not kept in pickles; an attribute may also be newer than the API, or older)"
        )


class Asked(Origin):
    """The answer to a request.

    Args:
        parameters: The query of the request.
        status_code: Status of the answer.
        headers: Its headers.
        attempts: How often the request was tried.
    """

    __slots__ = ("_attempts", "_headers", "_parameters", "_status_code")

    def __init__(
        self, parameters: Mapping[str, object], status_code: int, headers: Mapping[str, str], attempts: int
    ) -> None:
        self._parameters = parameters
        self._status_code = status_code
        self._headers = headers
        self._attempts = attempts

    def response(self, trace_id: str | None) -> ResponseInfo:
        """Return what the answer said beside the document."""
        headers = {name.lower(): value for name, value in self._headers.items() if not is_confidential(name)}
        return ResponseInfo(
            self._status_code,
            request_id=headers.get("x-request-id"),
            trace_id=trace_id,
            limit=whole_number(headers, "x-ratelimit-limit"),
            interval=whole_number(headers, "x-ratelimit-interval"),
            remaining=whole_number(headers, "x-ratelimit-remaining"),
            attempts=self._attempts,
            headers=headers,
        )

    def to_link(self, resource_type: str, name: str, path: str | None) -> str:
        """Say how to get a relationship of which there was nothing but links."""
        missing = [] if self._was_included(path) else [_asking(path)]
        if not self._was_named(resource_type, name):
            missing.append(f"name {name!r} in the fields of {resource_type}")
        return (
            ", and ".join(missing) or "it was asked for, and the API sent links alone: it may have no such relationship"
        )

    def to_include(self, path: str | None) -> str:
        """Say how to get what is linked, but was not included."""
        return f"it was asked for, and did not come: {_RETRIEVE}" if self._was_included(path) else _asking(path)

    def to_fetch(self, resource_type: str, name: str) -> str:
        """Say how to get an attribute."""
        if not self._was_named(resource_type, name):
            return f"name it in the fields of {resource_type} too, or leave them out"
        return "it was asked for, and did not come: its name may be wrong, or newer than the API, or older"

    def _was_included(self, path: str | None) -> bool:
        asked = str(self._parameters.get("include", "")).split(",")
        return path is not None and any(each == path or each.startswith(f"{path}.") for each in asked)

    def _was_named(self, resource_type: str, name: str) -> bool:
        fields = self._parameters.get(f"fields[{resource_type}]")
        return fields is None or name in str(fields).split(",")


class Callback(Origin):
    """A callback: what it carries was chosen with the webhook, not by a request."""

    __slots__ = ()

    def to_link(self, resource_type: str, name: str, path: str | None) -> str:
        """Say how to get a relationship of which there was nothing but links."""
        return f"let the webhook include {(path or name)!r} (include_resources), or {_RETRIEVE} with include=[{name!r}]"

    def to_include(self, path: str | None) -> str:
        """Say how to get what is linked, but was not included."""
        included = "" if path is None else f"let the webhook include {path!r} (include_resources), or "
        return f"{included}{_RETRIEVE}"

    def to_fetch(self, resource_type: str, name: str) -> str:
        """Say how to get an attribute."""
        return f"the callback did not carry it: {_RETRIEVE}"


UNKNOWN_ORIGIN = Origin()
CALLBACK = Callback()


def _asking(path: str | None) -> str:
    return _RETRIEVE if path is None else f"ask with include=[{path!r}]"
