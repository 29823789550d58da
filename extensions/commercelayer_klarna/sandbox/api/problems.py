"""The refusals of the API: every code, title and detail the sandbox answers with, in one place.

A refusal is raised as ``Refused`` wherever it is found and turned into an answer by the engine. Codes and statuses
follow the API's documented table; texts are those of the documentation where it prints them and the sandbox's own
elsewhere, so a client must never depend on wording. The errors of the token endpoint have another format and live in
``oauth``.
"""

from __future__ import annotations

import re

from attrs import frozen

from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.schema import ResourceType


@frozen
class Problem:
    """One item of an ``errors`` document."""

    status: int
    code: str
    title: str
    detail: str
    pointer: str | None = None
    meta: dict[str, JSON] | None = None

    def render(self) -> dict[str, JSON]:
        """Return the JSON:API error object; ``status`` is a string in JSON."""
        rendered: dict[str, JSON] = {"title": self.title, "detail": self.detail, "code": self.code}
        if self.pointer is not None:
            rendered["source"] = {"pointer": self.pointer}
        rendered["status"] = str(self.status)
        if self.meta is not None:
            rendered["meta"] = self.meta
        return rendered


class Refused(Exception):
    """The request is refused; carries the problems and, where the sandbox decided alone, the reason."""

    def __init__(self, *problems: Problem, because: str | None = None, allow: str | None = None) -> None:
        super().__init__("; ".join(problem.detail for problem in problems))
        self.problems = problems
        self.because = because
        self.allow = allow

    @property
    def status(self) -> int:
        """The HTTP status: the common one of the items, which the sandbox never mixes."""
        return self.problems[0].status

    def document(self) -> dict[str, JSON]:
        """Return the error document."""
        return {"errors": [problem.render() for problem in self.problems]}


def not_modelled(what: str) -> str:
    """Say that the API has something which the sandbox has not."""
    return f"not modelled: {what}"


def partly_modelled(resource: ResourceType, name: str) -> str | None:
    """Say of a name that is wrong here that the API may know it; nothing if the type is modelled whole."""
    return not_modelled(f"{resource.name}.{name}, if the API has it") if resource.partial else None


def undocumented(what: str) -> str:
    """Say that nobody has documented what the API answers here."""
    return f"unknown: {what}"


def reason_header(because: str) -> tuple[str, str]:
    """Return the header with the sandbox's own reason, which may quote anything that was sent."""
    return "X-Sandbox-Refused", re.sub(r"[^ -~]", "?", because)[:500]


def not_approved(message: str | None) -> Problem:
    """422 for a payment that its gateway refuses; the code is known from official clients. unknown: all else."""
    detail = message or "The payment was not approved."
    return Problem(422, "PAYMENT_NOT_APPROVED_FOR_EXECUTION", "Payment not approved", detail, "/data")


def record_not_found() -> Problem:
    """404, also for paths that lead nowhere."""
    detail = "The requested resource was not found. Please double-check the resource id."
    return Problem(404, "RECORD_NOT_FOUND", "Record not found", detail)


def method_not_allowed(method: str) -> Problem:
    """405; documented as a status, its code is unknown."""
    detail = f"The method {method} is not allowed on this resource."
    return Problem(405, "METHOD_NOT_ALLOWED", "Method not allowed", detail)


def invalid_token() -> Problem:
    """401 for a token that is missing, malformed, expired or revoked.

    unknown: only the revoked case is recorded; clients take this code as the sign of expiry too.
    """
    return Problem(401, "INVALID_TOKEN", "Invalid token", "The access token you provided is invalid.")


def access_denied() -> Problem:
    """401 (not 403) for a valid token without the permission."""
    detail = "You are not authorized to perform this action on the requested resource."
    return Problem(401, "UNAUTHORIZED", "Access denied", detail)


def not_acceptable() -> Problem:
    """406 for an Accept header that names neither JSON:API nor everything."""
    detail = "All requests must use the 'application/vnd.api+json' Accept without media type parameters."
    return Problem(406, "NOT_ACCEPTABLE", "Not acceptable", detail)


def unsupported_media_type(received: str) -> Problem:
    """415 for a write in any other content type."""
    detail = (
        "All requests that create or update must use the 'application/vnd.api+json' Content-Type. "
        f"This request specified '{received}'."
    )
    return Problem(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type", detail)


def too_many_requests() -> Problem:
    """429; documented as a status, all of its body is unknown."""
    return Problem(429, "TOO_MANY_REQUESTS", "Too many requests", "The rate limit is exceeded. Try again later.")


def bad_request(status: int, detail: str) -> Problem:
    """Return the refusal of what is no request that can be read; of the API's own nothing is known."""
    return Problem(status, "BAD_REQUEST", "Bad request", detail)


def too_large() -> Problem:
    """413 for a body beyond ``MAXIMUM_BODY``."""
    return bad_request(413, "The body is too large.")


def param_not_allowed(name: str, pointer: str | None = None) -> Problem:
    """400 for a parameter, attribute or relationship that may not be sent."""
    return Problem(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{name} is not allowed.", pointer)


def param_missing(name: str) -> Problem:
    """400 for a required member of the document that is absent."""
    return Problem(400, "PARAM_MISSING", "Missing Parameter", f"The required parameter, {name}, is missing.")


def invalid_resource(name: str) -> Problem:
    """400 for a resource type that is unknown or not the one of the URL."""
    return Problem(400, "INVALID_RESOURCE", "Invalid resource", f"{name} is not a valid resource.")


def invalid_data_format(detail: str) -> Problem:
    """400 for a body that is not a JSON:API document."""
    return Problem(400, "INVALID_DATA_FORMAT", "Invalid data format", detail)


def invalid_links_object(name: str) -> Problem:
    """400 for a linkage that does not consist of a type and an id."""
    detail = f"Data is not a valid Links Object: {name} needs exactly a type and an id, or null."
    return Problem(400, "INVALID_LINKS_OBJECT", "Invalid Links Object", detail, f"/data/relationships/{name}")


def type_mismatch(received: str, expected: str) -> Problem:
    """400 for a linkage of another type."""
    detail = f"{received} is not a valid type for this operation, expected {expected}."
    return Problem(400, "TYPE_MISMATCH", "Type Mismatch", detail)


def key_order_mismatch() -> Problem:
    """400 for an update document without an id."""
    detail = "A key is required: the document has no id to compare with the URL."
    return Problem(400, "KEY_ORDER_MISMATCH", "A key is required", detail)


def key_not_included_in_url(key: str) -> Problem:
    """400 for an update document with another id than the URL."""
    detail = f"The URL does not support the key {key}"
    return Problem(400, "KEY_NOT_INCLUDED_IN_URL", "Key is not included in URL", detail)


def invalid_field_value(name: str, expected: str) -> Problem:
    """400 for an attribute of the wrong JSON type."""
    detail = f"The value of {name} is not valid: expected {expected}."
    return Problem(400, "INVALID_FIELD_VALUE", "Invalid field value", detail, f"/data/attributes/{name}")


def invalid_include(name: str, resource: str) -> Problem:
    """400 for a relationship that is unknown or not includable."""
    detail = f"{name} is not a valid includable relationship of {resource}"
    return Problem(400, "INVALID_INCLUDE", "Invalid include", detail)


def invalid_field(name: str, resource: str) -> Problem:
    """400 for an unknown name in a sparse fieldset."""
    return Problem(400, "INVALID_FIELD", "Invalid field", f"{name} is not a valid field for {resource}.")


def invalid_field_format() -> Problem:
    """400 for sparse fields that name no type."""
    return Problem(400, "INVALID_FIELD_FORMAT", "Invalid field format", "Fields must specify a type.")


def invalid_sort_criteria(name: str, resource: str) -> Problem:
    """400 for an unknown or not sortable name."""
    detail = f"{name} is not a valid sort criteria for {resource}"
    return Problem(400, "INVALID_SORT_CRITERIA", "Invalid sort criteria", detail)


def invalid_page_object() -> Problem:
    """400 for a page parameter without a key."""
    return Problem(400, "INVALID_PAGE_OBJECT", "Invalid Page Object", "Invalid Page Object.")


def invalid_page_value(detail: str) -> Problem:
    """400 for a page number, size or cursor out of range."""
    return Problem(400, "INVALID_PAGE_VALUE", "Invalid page value", detail)


def filter_not_allowed(name: str) -> Problem:
    """400 for a filter that does not exist."""
    return Problem(400, "FILTER_NOT_ALLOWED", "Filter not allowed", f"{name} is not allowed.")


def invalid_filters_syntax(text: str) -> Problem:
    """400 for a filter parameter of the wrong shape."""
    return Problem(
        400, "INVALID_FILTERS_SYNTAX", "Invalid filters syntax", f"{text} is not a valid syntax for filtering."
    )


def invalid_filter_value(value: str, name: str) -> Problem:
    """400 for a filter value that its attribute cannot have."""
    detail = f"{value} is not a valid value for {name}."
    return Problem(400, "INVALID_FILTER_VALUE", "Invalid filter value", detail)


def validation_error(name: str, message: str, error: str, pointer: str) -> Problem:
    """422 in the documented shape: the title is the message, ``meta.error`` the machine's word for it."""
    return Problem(422, "VALIDATION_ERROR", message, f"{name} - {message}", pointer, {"error": error})


def blank(relationship: str) -> Problem:
    """422 for a required relationship that is absent."""
    return validation_error(relationship, "can't be blank", "blank", f"/data/relationships/{relationship}")


def locked(type_: str, sequence: int) -> Problem:
    """423 for a record that something else depends on; the text names its class and its number."""
    model = "".join(word.title() for word in type_.removesuffix("s").split("_"))
    return Problem(423, "LOCKED", "Locked resource", f"Failed to destroy {model} with id={sequence}")
