"""The built-in plugin ``retry``: what may be tried again, and how long to wait before it.

A create, or an update with a trigger, that the API may have carried out is never sent again: the API has no idempotency
key. Everything else is judged by method and outcome:

    outcome                       GET       DELETE    PATCH     POST, PATCH with a trigger
    nothing was sent              again     again     again     again
    429                           again     again     again     again
    408, 502, 503, 504            again     again     again     no
    500 to the first attempt      again     again     no        no
    the answer was lost           again     again     again     no
    anything else                 no        no        no        no
"""

from __future__ import annotations

from collections.abc import Iterable

from commercelayer_klarna.backoff import wait_before_next
from commercelayer_klarna.errors import APIConnectionError
from commercelayer_klarna.plugins.events import GaveUp, RetryScheduled
from commercelayer_klarna.plugins.spec import Plugin, hookimpl
from commercelayer_klarna.plugins.types import (
    Attempt,
    Context,
    Flow,
    Layer,
    Request,
    Response,
    RetryClassifier,
    RetryPolicy,
    Send,
    Stage,
    Timing,
    send,
    sleep,
)

__all__ = ["Retry", "may_retry"]

_TRANSIENT = (408, 502, 503, 504)


class Retry(Plugin):
    """Tries again; replace it with a plugin of the same name, or turn it off with ``retry=None``."""

    name = "retry"
    order = 1000  # the table has the last word among classifiers
    fallback = True

    @hookimpl
    def layers(self, ctx: Context) -> Iterable[Layer]:
        """The layer that sends again."""
        return [Layer("retry", Stage.RETRY, _Retrying(ctx.timing).flow)]

    @hookimpl
    def retry_policy(self, ctx: Context) -> RetryPolicy:
        """Four attempts, with waits of up to 0.5, 1 and 2 seconds."""
        return RetryPolicy()

    @hookimpl
    def retry_classifiers(self, ctx: Context) -> Iterable[RetryClassifier]:
        """The table."""
        return [may_retry]


def may_retry(attempt: Attempt) -> bool:
    """The table above."""
    once_only = attempt.method == "POST" or attempt.trigger
    if attempt.error is not None:
        return not attempt.error.permanent and (not attempt.error.sent or not once_only)
    status = attempt.response.status_code if attempt.response is not None else 0
    if status == 429:
        return True
    if status == 500:
        return attempt.method in {"GET", "DELETE"} and attempt.number == 1
    return status in _TRANSIENT and not once_only


class _Retrying:
    def __init__(self, timing: Timing) -> None:
        self._timing = timing

    def flow(self, request: Request) -> Flow:
        call = request.call
        policy = call.retry
        if policy is None:
            return (yield from send(request))
        number, may_be_done = 0, False
        while True:
            number += 1
            response: Response | None = None
            error: APIConnectionError | None = None
            try:
                response = yield Send(request)
            except APIConnectionError as raised:
                error = raised
            if response is not None and response.status_code < 400:
                return response
            attempt = Attempt(number, call.operation, request.method, call.trigger, response, error)
            if response is not None and response.status_code == 404 and may_be_done and request.method == "DELETE":
                return Response(204, {}, b"")  # an earlier attempt deleted it
            delay = self._delay(request, policy, attempt)
            if delay is None:
                if error is not None:
                    error.sent = error.sent or may_be_done  # it speaks for the whole call
                    raise error
                assert response is not None  # noqa: S101 - there is one or the other
                return response
            call.tell(RetryScheduled, call.operation, request.method, request.path, number, delay, attempt.reason)
            may_be_done = may_be_done or attempt.may_have_been_carried_out
            yield from sleep(delay)

    def _delay(self, request: Request, policy: RetryPolicy, attempt: Attempt) -> float | None:
        """Seconds to wait before the next attempt, or ``None`` when there is none."""
        call = request.call
        if not call.may_retry(attempt):
            return None
        problem, delay = None, wait_before_next(policy, attempt.number, attempt.response, self._timing)
        if attempt.number >= policy.attempts:
            problem = f"that was attempt {attempt.number} of {policy.attempts}"
        elif call.deadline is not None and self._timing.monotonic() + delay >= call.deadline:
            problem = f"a wait of {delay:.1f} s does not fit the deadline"
        if problem is not None:
            reason = f"{attempt.reason}, {problem}"
            call.tell(GaveUp, call.operation, request.method, request.path, attempt.number, reason)
            return None
        return delay
