"""HTTP: media types, methods, paths, headers, and what was seen of the limits during the run."""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from commercelayer_klarna.plugins.jsonapi import MEDIA_TYPE
from commercelayer_klarna.probe.check import Check, Differs
from commercelayer_klarna.probe.exchange import Answer, Ask, CannotTell
from commercelayer_klarna.probe.expect import Topic, kind, ok, refusal, that
from commercelayer_klarna.probe.visit import Visit

__all__ = ["CHECKS", "PASSIVE"]

_H = Topic("sandbox/api/engine.py")
_L = Topic("sandbox/api/rate_limits.py, plugins/limits.py, plugins/gates.py")
_ONE = "klarna_payments?page[size]=1"


def _get(target: str, **headers: str | None) -> Ask:
    return Ask("GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()})


def _header(name: str, pattern: str) -> Callable[[Answer], str]:
    """Expect a header of a success to be like this."""

    def judge(answer: Answer) -> str:
        value = ok(answer).headers.get(name)
        if value is None or not re.fullmatch(pattern, value):
            raise Differs(f"{name}: {value}")
        return f"{name}: {value}"

    return judge


def _without(*names: str) -> Callable[[Answer], None]:
    def judge(answer: Answer) -> None:
        there = [name for name in names if name in ok(answer).headers]
        if there:
            raise Differs(f"with {', '.join(there)}")

    return judge


def _names(answer: Answer) -> str:
    """Tell the names of all headers, which are worth knowing."""
    _without("x-request-id", "request-id", "x-trace-id")(answer)
    return f"headers: {', '.join(sorted(answer.headers))}"


def _answered(answer: Answer) -> None:
    ok(answer)


def _json_api(answer: Answer) -> None:
    if not answer.headers.get("content-type", "").startswith(MEDIA_TYPE):
        raise Differs(f"content-type: {answer.headers.get('content-type')}")


def _text_status(answer: Answer) -> None:
    if not answer.errors or answer.errors[0].get("status") != "404":
        raise Differs(f"status is {kind(answer.errors[0].get('status')) if answer.errors else 'not there'}")


def _members(answer: Answer) -> None:
    if not answer.errors or not {"title", "detail", "code", "status"} <= answer.errors[0].keys():
        raise Differs(f"its members are {', '.join(answer.errors[0]) if answer.errors else 'not there'}")


def _answers(visit: Visit, *, to: str = "api") -> Iterator[Answer]:
    return (each.answer for each in visit.exchanges if each.ask.to == to)


def _always_told(visit: Visit) -> str:
    told = [f"x-ratelimit-{name}" for name in ("limit", "interval", "remaining")]
    answers = list(_answers(visit))
    without = [each for each in answers if not all(name in each.headers for name in told)]
    if without:
        statuses = sorted({str(each.status) for each in without})
        raise Differs(f"{len(without)} of {len(answers)} answers were without, of status {', '.join(statuses)}")
    return f"{len(answers)} answers"


def _limit(visit: Visit) -> str:
    wanted = "100" if visit.claims.get("test") is True else "200"
    told = {
        (each.headers.get("x-ratelimit-limit"), each.headers.get("x-ratelimit-interval"))
        for each in _answers(visit)
        if "x-ratelimit-limit" in each.headers
    }
    if not told:
        raise CannotTell("no answer told a limit")
    text = " or ".join(sorted(f"{limit} in {interval} s" for limit, interval in told))
    # Markets, the one cacheable resource that is asked for, are allowed more.
    if (wanted, "60") not in told:
        raise Differs(text)
    return text


def _seen_429(visit: Visit, *, to: str = "api") -> Answer:
    refused = next((each for each in _answers(visit, to=to) if each.status == 429), None)
    if refused is None:
        raise CannotTell("no 429 came, and none is provoked: the probe stays below the limits")
    return refused


def _body_of_429(visit: Visit) -> str:
    answer = _seen_429(visit)
    if not answer.errors or answer.errors[0].get("code") != "TOO_MANY_REQUESTS":
        raise Differs(f"{answer}, {answer.headers.get('content-type')}")
    return str(answer)


def _headers_of_429(visit: Visit) -> None:
    answer = _seen_429(visit)
    told = [f"x-ratelimit-{name}" for name in ("limit", "interval", "remaining")]
    if "retry-after" in answer.headers or not all(name in answer.headers for name in told):
        raise Differs(f"headers: {', '.join(sorted(answer.headers))}")


def _token_429(visit: Visit) -> None:
    answer = _seen_429(visit, to="auth")
    if not isinstance(answer.document.get("errors"), dict):
        raise Differs(f"{answer}, a list of errors or none")


CHECKS: tuple[Check, ...] = (
    _H.one("accept-other", "F1.2 F9.2", "documented", "an Accept with neither JSON:API nor `*/*` is 406 `NOT_ACCEPTABLE`", _get(_ONE, Accept="text/html"), refusal(406, "NOT_ACCEPTABLE")),
    _H.one("accept-anything", "F1.2", "inferred", "an Accept of `*/*` is answered", _get(_ONE, Accept="*/*"), _answered),
    _H.one("accept-empty", "F1.2", "inferred", "an empty Accept is answered", _get(_ONE, Accept=""), _answered),
    _H.one("content-type-of-a-read", "F18.1", "documented", "a Content-Type without a body is no offence", _get(_ONE, Content_Type=MEDIA_TYPE), _answered),
    _H.one("content-type", "F1.3", "documented", "answers are `application/vnd.api+json`", _get(_ONE), _header("content-type", r"application/vnd\.api\+json(;.*)?"), "spec/klarna_payments.yaml, sandbox/api/messages.py"),
    _H.one("content-type-of-errors", "F1.3", "documented", "so are refusals", _get("klarna_payments/no-such-id"), _json_api),
    _H.one("charset", "F1.3 F17.13", "unknown", "no charset is appended to the Content-Type", _get(_ONE), _header("content-type", r"application/vnd\.api\+json"), "sandbox/api/messages.py"),
    _H.one("request-id", "F17.13", "unknown", "no header has the id of a request", _get(_ONE), _names, "sandbox/api/engine.py, errors.py (request_id)"),
    _H.one("etag", "F1.3", "inferred", "answers have no ETag", _get(_ONE), _without("etag")),
    _H.one("no-reset", "F10", "documented", "no header says when a limit resets", _get(_ONE), _without("x-ratelimit-reset", "ratelimit-reset"), _L.mend),
    _H.one("trailing-slash", "F2", "documented", "one slash at the end of a path is tolerated", _get("klarna_payments/?page[size]=1"), _answered),
    _H.one("unknown-id", "F9.3", "documented", "an unknown id is 404 `RECORD_NOT_FOUND`", _get("klarna_payments/no-such-id"), refusal(404, "RECORD_NOT_FOUND"), "sandbox/api/problems.py, errors.py"),
    _H.one("error-status", "F9.1", "documented", "`status` of an error is a text", _get("klarna_payments/no-such-id"), _text_status, "spec/klarna_payments.yaml (Error), sandbox/api/problems.py"),
    _H.one("error-members", "F9.1", "documented", "an error has `title`, `detail`, `code` and `status`", _get("klarna_payments/no-such-id"), _members, "spec/klarna_payments.yaml (Error), sandbox/api/problems.py"),
    _H.one("unknown-path", "F9.3", "inferred", "a path that leads nowhere is 404 in the API's format", _get("klarna_payments/{payment}/order/no/such"), refusal(404, "RECORD_NOT_FOUND")),
    _H.one("versions-gone", "F14 F3.2", "documented", "`versions` of a payment are gone: 404", _get("klarna_payments/{payment}/versions"), refusal(404), "spec/klarna_payments.yaml, sandbox/api/schema.py"),
    _H.one("relationship-links", "F2 F17.7", "unknown", "the links to relationships, which every answer prints, are 404", _get("klarna_payments/{payment}/relationships/order"), refusal(404)),
    _H.one("related-order", "F2", "documented", "`/klarna_payments/{id}/order` is the order", _get("klarna_payments/{payment}/order"), that(lambda answer: answer.data.get("type") == "orders", "not one order"), "spec/klarna_payments.yaml, sandbox/api/engine.py"),
    _H.one("related-gateway", "F2", "documented", "`/klarna_payments/{id}/payment_gateway` is the gateway", _get("klarna_payments/{payment}/payment_gateway"), that(lambda answer: answer.data.get("id"), "no gateway"), "spec/klarna_payments.yaml, sandbox/api/engine.py"),
    _H.one("head", "F2", "unknown", "HEAD is not answered: 405", Ask("HEAD", _ONE), refusal(405)),
    _H.one("options", "F2", "unknown", "OPTIONS is not answered: 405", Ask("OPTIONS", _ONE), refusal(405)),
    _H.one("version-of-today", "L9.2 L11.12 F19.10", "inferred", "the version `2017-08` in the path is today's behaviour", _get("/api/2017-08/klarna_payments?page[size]=1"), that(lambda answer: "data" in answer.document, "no data"), "sandbox/api/engine.py (VERSION)"),
    _H.one("version-in-links", "L9.2", "inferred", "links repeat the version of the path", _get("/api/2017-08/klarna_payments?page[size]=1"), that(lambda answer: "/api/2017-08/" in str(answer.links.get("first")), "links without it"), "sandbox/api/render.py"),
    _H.one("version-to-come", "L9.2 L11.12", "unknown", "klarna payments in the version `2026-05` are 404", _get("/api/2026-05/klarna_payments?page[size]=1"), refusal(404), "sandbox/api/engine.py, _client/options.py (api_version)"),
    _H.one("address-of-8000", "F8.5", "unknown", "an address of 8,000 characters is answered", _get(f"klarna_payments?page[size]=1&filter[q][reference_in]={','.join(['x' * 9] * 780)}"), _answered, "sandbox/api/engine.py, plugins/includes.py"),
)  # fmt: skip

PASSIVE: tuple[Check, ...] = (
    _L.many("limits-told", "F1.3 F18.2", "documented", "every answer of the API tells limit, interval and what remains", "nothing: all answers of the run", 0, _always_told),
    _L.many("limits-of-a-minute", "F10", "documented", "100 requests in 60 s in test mode, 200 live", "nothing: all answers of the run", 0, _limit),
    _L.many("limits-429-body", "F9.3 F17.1", "unknown", "a 429 of the API has errors with `TOO_MANY_REQUESTS`", "nothing: a 429 that came by itself", 0, _body_of_429, "sandbox/api/problems.py"),
    _L.many("limits-429-headers", "F10 F17.1 F19.9", "inferred", "a 429 tells the three headers of limits, and no `Retry-After`", "nothing: a 429 that came by itself", 0, _headers_of_429),
    _L.many("limits-429-token", "F11.3 F17.1", "inferred", "a 429 of the token endpoint is one error, not a list", "nothing: a 429 that came by itself", 0, _token_429, "sandbox/oauth/endpoint.py"),
)  # fmt: skip
