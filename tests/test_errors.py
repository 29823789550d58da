"""Errors: the right class, a message that helps, plain data, and nothing that is nobody's business."""

from __future__ import annotations

import copy
import gzip
import inspect
import pickle
import re
import traceback
from datetime import UTC, datetime
from typing import Any

import pytest

from commercelayer_klarna import APIConnectionError, APIStatusError, Document, RateLimitError, ValidationError, errors
from commercelayer_klarna._redaction import scrub
from commercelayer_klarna.errors import CommerceLayerError, ErrorObject, status_error_class
from support.kind import Kind
from support.server import Server

BEARER = "token-of-the-tests"  # what the client of `kind.at` sends
AUTH_TOKEN = "planted-auth-token"
BLANK = {
    "title": "can't be blank",
    "detail": "auth_token - can't be blank",
    "code": "VALIDATION_ERROR",
    "source": {"pointer": "/data/attributes/auth_token"},
    "status": "422",
    "meta": {"error": "blank"},
}

CLASSES: list[Any] = [
    each
    for each in (getattr(errors, name) for name in errors.__all__)
    if isinstance(each, type) and issubclass(each, Exception)
]

# What is raised for a mistake of the program, not for what the API did.
MISTAKES = {errors.NotFetchedError, errors.NotIncludedError}


def resource(data: dict[str, Any]) -> object:
    return Document({"data": data}).data


# For each argument that a class takes by name, a value that is not its default.
VALUES: dict[str, Any] = {
    "sent": False,
    "method": "PATCH",
    "path": "/api/klarna_payments/x",
    "attempts": 3,
    "status_code": 429,
    "errors": (ErrorObject(title="a", detail="b", code="C", status="422", pointer="/data", meta={"error": "blank"}),),
    "headers": {"x-request-id": "r-1", "retry-after": "7", "x-ratelimit-limit": "200"},
    "order": "oRdErAbCdE",
    "reference": "po-1",
    "started_at": datetime(2026, 11, 22, tzinfo=UTC),
    "permanent": True,
    "candidates": ("kPmNtAbCdE", "kPmNtFgHiJ"),
    "read_back": True,
    "limit": 16_000_000,
    "code": "invalid_client",
    "plugin": "theirs",
    "distribution": "theirs 1.0",
    "hook": "interceptors",
    "operation": "orders.capture",
    "id": "oRdErAbCdE",
    "transaction": resource({"type": "captures", "id": "cApTuReDeF", "attributes": {"succeeded": False}}),
    "evidence": {"type": "orders", "known": ("cApTuReAbC",)},
}


def named_arguments(cls: type[CommerceLayerError]) -> dict[str, Any]:
    own_init = "__init__" in {name for base in cls.__mro__ if base.__module__ == errors.__name__ for name in vars(base)}
    parameters = inspect.signature(cls).parameters.values() if own_init else ()
    return {each.name: VALUES[each.name] for each in parameters if each.kind is each.KEYWORD_ONLY}


# The classes


def test_the_hierarchy_is_the_one_that_is_drawn() -> None:
    drawn: dict[str, str] = {}
    above = {0: ""}
    statuses: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"( *[│ ]*)(?:[├└]── )?([A-Z][A-Za-z]+Error)(?:  +(.*))?$", line)
        if found is None:
            continue
        depth = len(line[: line.index(found[2])])
        name = found[2]
        above[depth] = name
        drawn[name] = above[max((each for each in above if 0 < each < depth), default=0)]
        if code := re.match(r"[45](\d\d|xx)", found[3] or ""):
            statuses[code[0]] = name
    real = {each.__name__: each.__bases__[0].__name__ for each in CLASSES}
    assert drawn == {**real, "CommerceLayerError": "", "AttributeError": ""}
    assert len(drawn) == len(CLASSES) + 1 >= 19
    assert issubclass(CommerceLayerError, Exception)
    for status, name in statuses.items():
        assert status_error_class(int(status.replace("xx", "42"))).__name__ == name
    assert len(statuses) == 9


def test_every_error_class_is_exported_once() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type) and each.__module__ == errors.__name__]
    assert {each.__name__ for each in classes} <= set(errors.__all__)
    assert sorted(set(errors.__all__)) == sorted(errors.__all__)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_pickles_and_copies(cls: type[CommerceLayerError]) -> None:
    for arguments in ({}, named_arguments(cls)):
        error = cls("what happened", **arguments)
        for name, value in arguments.items():
            assert getattr(error, name) == value
        copies = [pickle.loads(pickle.dumps(error, each)) for each in range(pickle.HIGHEST_PROTOCOL + 1)]
        for again in (*copies, copy.copy(error), copy.deepcopy(error)):
            assert type(again) is cls
            assert str(again) == str(error) == "what happened"
            assert repr(again) == repr(error)
            assert again.args == error.args
            assert vars(again) == vars(error)
    # With the defaults, nothing is pretended.
    assert all(getattr(cls("x"), name) != value for name, value in named_arguments(cls).items())


@pytest.mark.parametrize("cls", [each for each in CLASSES if each not in MISTAKES], ids=lambda cls: cls.__name__)
def test_every_class_is_caught_as_ours(cls: type[CommerceLayerError]) -> None:
    with pytest.raises(CommerceLayerError, match="what happened"):
        raise cls("what happened")


def test_what_is_missing_on_a_resource_is_an_attribute_error() -> None:
    # Without that, hasattr and getattr with a default would not do what they should.
    assert {each for each in CLASSES if issubclass(each, AttributeError)} == MISTAKES


@pytest.mark.parametrize("cls", sorted(MISTAKES, key=str), ids=lambda cls: cls.__name__)
def test_a_mistake_of_the_program_is_not_hidden_by_a_handler_for_the_api(cls: type[Exception]) -> None:
    assert not issubclass(cls, CommerceLayerError)


def test_an_error_object_is_shown_by_what_it_has() -> None:
    full = ErrorObject(title="t", detail="d", code="C", status="422", pointer="/data", parameter="p", meta={"a": [1]})
    assert str(full) == "d (C)"
    assert str(ErrorObject(title="t")) == "t"
    assert str(ErrorObject(code="C")) == "no detail (C)"
    assert str(ErrorObject()) == "no detail"
    assert pickle.loads(pickle.dumps(full)) == full == copy.deepcopy(full)
    assert full != ErrorObject()
    assert ErrorObject().meta == {}
    with pytest.raises(AttributeError):
        full.code = "other"  # type: ignore[misc]


# Statuses


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (302, errors.APIStatusError),
        (400, errors.BadRequestError),
        (401, errors.AuthenticationError),
        (403, errors.PermissionDeniedError),
        (404, errors.NotFoundError),
        (409, errors.ConflictError),
        (418, errors.APIStatusError),
        (422, errors.ValidationError),
        (423, errors.LockedError),
        (429, errors.RateLimitError),
        (500, errors.ServerError),
        (502, errors.ServerError),
        (520, errors.ServerError),
    ],
)
def test_each_status_has_its_error_class(kind: Kind, server: Server, status: int, cls: type[APIStatusError]) -> None:
    answer = {"errors": [{"title": "t", "detail": "d", "code": "C", "status": str(status)}]}
    server.answer(status, answer, {"X-Request-Id": "r-1", "Location": "http://evil.invalid/"})
    with pytest.raises(APIStatusError) as caught:
        kind.at(server).update("x", reference="y")
    error = caught.value
    assert type(error) is cls is status_error_class(status)
    assert error.status_code == status
    assert error.method == "PATCH"
    assert error.path == "/api/klarna_payments/x"
    assert str(error) == f"{status} PATCH klarna_payments/x: d (C) [request r-1]"
    assert error.request_id == "r-1"
    assert error.codes == ("C",)
    assert error.headers["location"] == "http://evil.invalid/"
    assert error.attempts == len(server.requests)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_a_redirect_says_why_it_failed(kind: Kind, server: Server) -> None:
    server.answer(302, b"", {"Location": server.url + "/klarna_payments/y"})
    with pytest.raises(APIStatusError, match="302 GET klarna_payments/x: redirects are not followed"):
        kind.at(server).retrieve("x")
    assert len(server.requests) == 1


def test_the_message_names_attribute_reason_and_code(kind: Kind, server: Server) -> None:
    server.answer(422, {"errors": [BLANK]})
    with pytest.raises(ValidationError) as caught:
        kind.at(server).update("x", auth_token=None)
    assert str(caught.value) == "422 PATCH klarna_payments/x: auth_token - can't be blank (VALIDATION_ERROR)"
    assert caught.value.request_id is None


@pytest.mark.parametrize(
    ("call", "start"),
    [
        (lambda payments: payments.create(order="o"), "422 POST klarna_payments: "),
        (lambda payments: payments.retrieve("a?b"), "422 GET klarna_payments/a%3Fb: "),
        (lambda payments: payments.delete("x"), "422 DELETE klarna_payments/x: "),
        (lambda payments: payments.count({"auth_token_eq": AUTH_TOKEN}), "422 GET klarna_payments: "),
        (lambda payments: payments.order("x"), "422 GET klarna_payments/x/order: "),
        (lambda payments: payments.request("PATCH", "orders/o", json={}), "422 PATCH orders/o: "),
    ],
)
def test_the_message_names_the_request(kind: Kind, server: Server, call: Any, start: str) -> None:
    server.answer(422, {"errors": []})
    with pytest.raises(ValidationError) as caught:
        call(kind.at(server))
    assert str(caught.value).startswith(start)
    assert AUTH_TOKEN not in str(caught.value) + repr(vars(caught.value))


def test_several_errors_are_told_in_one_message(kind: Kind, server: Server) -> None:
    other = {"title": "is invalid", "code": "VALIDATION_ERROR", "source": {"pointer": "/data"}, "status": "422"}
    nowhere = {"title": "bad sort", "code": "OTHER", "source": {"parameter": "sort"}}
    server.answer(422, {"errors": [BLANK, other, nowhere, {**BLANK, "detail": "again"}]})
    with pytest.raises(ValidationError) as caught:
        kind.at(server).update("x", reference="y")
    error = caught.value
    assert str(error).endswith(
        ": auth_token - can't be blank (VALIDATION_ERROR); is invalid (VALIDATION_ERROR); bad sort (OTHER);"
        " again (VALIDATION_ERROR)"
    )
    assert error.codes == ("VALIDATION_ERROR", "VALIDATION_ERROR", "OTHER", "VALIDATION_ERROR")
    assert {pointer: [str(each) for each in found] for pointer, found in error.by_pointer.items()} == {
        "/data/attributes/auth_token": ["auth_token - can't be blank (VALIDATION_ERROR)", "again (VALIDATION_ERROR)"],
        "/data": ["is invalid (VALIDATION_ERROR)"],
        "": ["bad sort (OTHER)"],
    }
    assert error.errors[0] == ErrorObject(
        title="can't be blank",
        detail="auth_token - can't be blank",
        code="VALIDATION_ERROR",
        status="422",
        pointer="/data/attributes/auth_token",
        meta={"error": "blank"},
    )
    assert error.errors[2].parameter == "sort"


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        # The token endpoint sends integers and single objects; what a 429 of the API looks like is not known.
        ([{"status": 422, "title": "t"}], [ErrorObject(title="t", status="422")]),
        ({"status": 429, "title": "t"}, [ErrorObject(title="t", status="429")]),
        ([{}], [ErrorObject()]),
        ([None, 5, "x", []], [ErrorObject()] * 4),
        ([{"detail": "d", "source": None, "meta": None}], [ErrorObject(detail="d")]),
        ([{"detail": "d", "source": "x", "meta": [1]}], [ErrorObject(detail="d")]),
        (
            [{"detail": ["a"], "code": 7, "source": {"pointer": 5}}],
            [ErrorObject(detail="['a']", code="7", pointer="5")],
        ),
        ([{"detail": "", "title": "t", "code": ""}], [ErrorObject(detail="", title="t", code="")]),
        ([], []),
        (None, []),
        ("x", []),
        (5, []),
    ],
)
def test_entries_that_are_not_quite_right(kind: Kind, server: Server, entries: Any, found: list[ErrorObject]) -> None:
    server.answer(422, {"errors": entries})
    with pytest.raises(ValidationError) as caught:
        kind.at(server).update("x", reference="y")
    assert list(caught.value.errors) == found
    reason = "; ".join(map(str, found))
    assert str(caught.value).startswith(f"422 PATCH klarna_payments/x: {reason or 'no error document'}")
    pickle.loads(pickle.dumps(caught.value))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Bad gateway</body></html>",
        b"null",
        b"[]",
        b'"errors"',
        b"5",
        b"{",
        b"\xff\xfe\x00",
        b'{"data": null}',
        b'{"error": "invalid", "message": "no"}',
        b'{"errors":' + b"[" * 100_000,
        b'{"errors":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_bodies_that_are_no_error_document(kind: Kind, server: Server, body: bytes) -> None:
    server.answer(422, body, {"Content-Type": "text/html"})
    with pytest.raises(ValidationError) as caught:
        kind.at(server).update("x", reference="y")
    assert caught.value.errors == ()
    assert caught.value.codes == ()
    reason = f"no error document (text/html, {len(body)} bytes)"
    assert str(caught.value) == f"422 PATCH klarna_payments/x: {reason}"


# Rate limits


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("200", 200),
        ("0", 0),
        ("007", 7),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1e3", None),
        ("1_000", None),
        ("0x10", None),
        ("²", None),
        ("٣", None),
        ("many", None),
        ("200, 200", None),
        (" ", None),
    ],
)
def test_rate_limit_headers_are_whole_numbers_or_none(text: str, whole: int | None) -> None:
    names = ("x-ratelimit-limit", "x-ratelimit-interval", "x-ratelimit-remaining")
    error = RateLimitError("x", headers=dict.fromkeys(names, text))
    assert error.limit == whole
    assert error.interval == whole
    assert error.remaining == whole
    # Each has a header of its own.
    values = [RateLimitError("x", headers={name: "7"}) for name in names]
    assert [(each.limit, each.interval, each.remaining) for each in values] == [
        (7, None, None),
        (None, 7, None),
        (None, None, 7),
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e300", None),
        ("9" * 5000, None),
        ("soon", None),
        ("Sun, 22 Nov 2020 09:00:00 GMT", 0.0),  # is over
        ("Sun, 22 Nov 2020", None),
        ("1_0", None),
        ("٣", None),
        ("5, 5", None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_none(text: str, seconds: float | None) -> None:
    assert RateLimitError("x", headers={"retry-after": text}).retry_after == seconds


def test_a_rate_limit_error_without_headers_knows_nothing() -> None:
    error = RateLimitError("x")
    for value in (error.retry_after, error.limit, error.interval, error.remaining, error.request_id):
        assert value is None


def test_rate_limit_headers_through_a_socket(kind: Kind, server: Server) -> None:
    headers = {"X-Ratelimit-Limit": "200", "X-RATELIMIT-INTERVAL": "60", "x-ratelimit-remaining": "0"}
    server.answer(429, b"<html></html>", headers)
    with pytest.raises(RateLimitError) as caught:
        kind.at(server).update("x", reference="y")
    again = pickle.loads(pickle.dumps(caught.value))
    for error in (caught.value, again):
        assert error.limit == 200
        assert error.interval == 60
        assert error.remaining == 0
        assert error.retry_after is None


# Echoes


def told(error: BaseException) -> list[str]:
    texts = [str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error))]
    texts += [pickle.dumps(error, each).decode("latin-1") for each in range(2, pickle.HIGHEST_PROTOCOL + 1)]
    return [secret for secret in (BEARER, AUTH_TOKEN) if any(secret in text for text in texts)]


ECHO = f"Bearer {BEARER}, {AUTH_TOKEN}{AUTH_TOKEN}"


@pytest.mark.parametrize(
    "body",
    [
        ECHO.encode(),
        f"<html>{ECHO}</html>".encode(),
        {"errors": [dict.fromkeys(("title", "detail", "code", "status", "id"), ECHO)]},
        {"errors": {"detail": ECHO}},
        {"errors": [{"source": {"pointer": ECHO, "parameter": ECHO}, "detail": "d"}]},
        {"errors": [{"meta": {"a": [{"deep": [ECHO]}]}, "detail": {"deep": ECHO}}]},
        b'{"errors": [{"detail": "' + "".join(f"\\u{ord(each):04x}" for each in ECHO).encode() + b'"}]}',
        {"errors": [BLANK, {"detail": ECHO}], "echo": ECHO},
    ],
)
def test_an_error_does_not_repeat_the_secrets_that_a_server_echoes(kind: Kind, server: Server, body: Any) -> None:
    server.answer(422, body, {"X-Request-Id": ECHO, "X-Echo": ECHO, "Location": f"/{BEARER}?{AUTH_TOKEN}"})
    with pytest.raises(APIStatusError) as caught:
        kind.at(server).update("x", auth_token=AUTH_TOKEN)
    assert server.requests[0].headers["authorization"] == f"Bearer {BEARER}"
    assert server.requests[0].json["data"]["attributes"]["auth_token"] == AUTH_TOKEN
    assert told(caught.value) == []
    assert told(pickle.loads(pickle.dumps(caught.value))) == []
    # What is hidden is seen to be hidden, and the rest is there.
    assert caught.value.headers["x-echo"] == "Bearer ***, ******"


def test_a_server_that_echoes_compressed(kind: Kind, server: Server) -> None:
    body = gzip.compress(b'{"errors": [{"detail": "%s"}]}' % ECHO.encode())
    server.answer(422, body, {"Content-Encoding": "gzip"})
    with pytest.raises(ValidationError, match=r"Bearer \*\*\*") as caught:
        kind.at(server).update("x", auth_token=AUTH_TOKEN)
    assert told(caught.value) == []


def test_secrets_at_any_place_of_the_document_are_hidden(kind: Kind, server: Server) -> None:
    server.answer(422, {"errors": [{"detail": ECHO}]})
    document = {"data": {"attributes": {"metadata": {"list": [{"auth_token": AUTH_TOKEN}]}}}}
    with pytest.raises(ValidationError) as caught:
        kind.at(server).request("PATCH", "klarna_payments/x", json=document)
    assert told(caught.value) == []


def test_the_test_would_notice() -> None:
    assert told(ValueError(BEARER)) == [BEARER]
    assert told(APIStatusError("x", headers={"a": AUTH_TOKEN})) == [AUTH_TOKEN]


def test_a_refused_connection_means_that_nothing_was_sent(kind: Kind, server: Server) -> None:
    payments = kind.at(server)
    server.close()
    with pytest.raises(APIConnectionError) as caught:
        payments.update("x", auth_token=AUTH_TOKEN)
    error = caught.value
    assert error.sent is False
    assert error.method == "PATCH"
    assert error.path == "/api/klarna_payments/x"
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert told(error) == []


def test_secrets_that_the_server_adds_are_hidden_everywhere(kind: Kind, server: Server) -> None:
    secret = "planted-by-the-server"
    meta = {"client_token": secret, "said": f"it is {secret}", secret: 1}
    server.answer(422, {"errors": [{"title": secret, "meta": meta}]})
    with pytest.raises(ValidationError) as caught:
        kind.at(server).retrieve("x")
    assert secret not in repr(caught.value.errors) + str(caught.value)
    assert secret.encode() not in pickle.dumps(caught.value)


def test_errors_nested_without_end_keep_their_status(kind: Kind, server: Server) -> None:
    for depth in (400, 900, 5000, 100_000):
        server.answer(422, b'{"errors": [{"meta": ' + b"[" * depth + b"]" * depth + b"}]}")
    payments = kind.at(server)
    for _ in range(4):
        with pytest.raises(ValidationError):
            payments.retrieve("x")


def test_of_two_secrets_that_begin_alike_neither_is_half_hidden() -> None:
    assert scrub("token abcdefgh", ["abcdef", "abcdefgh"]) == "token ***"
