"""The built-in plugin ``retry``: decides what may be tried again, and waits before it.

A create, or an update with a trigger, is never sent again if the API may have executed it: the API has no idempotency
key. All else follows from method and outcome:

    outcome                       GET       DELETE    PATCH     POST, PATCH with a trigger
    nothing was sent              again     again     again     again
    429                           again     again     again     again
    408, 502, 503, 504            again     again     again     no
    500 to the first attempt      again     again     no        no
    the answer was lost           again     again     again     no
    anything else                 no        no        no        no

All calls of a client share two things. A quota limits the retries while the API is down: each retry takes from it, a
success gives back. And after a 429 without ``Retry-After``, calls that begin later wait as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from commercelayer_klarna._forks import FreshLock
from commercelayer_klarna._retry_after import retry_after
from commercelayer_klarna.errors import APIConnectionError
from commercelayer_klarna.plugins.backoff import wait_before_next
from commercelayer_klarna.plugins.events import GaveUp, RetryScheduled
from commercelayer_klarna.plugins.flow import Flow, FlowOf, Layer, Stage, send, sleep
from commercelayer_klarna.plugins.hookspecs import Plugin, RetryClassifier
from commercelayer_klarna.plugins.timing import Timing
from commercelayer_klarna.plugins.values import Attempt, Context, Purpose, Request, Response, RetryPolicy

__all__ = ["Quota", "Retry", "may_retry"]

_TRANSIENT = (408, 502, 503, 504)


class Quota:
    """Limit the retries of a client: a bucket of tokens that retries empty and successes fill.

    Without it, an outage makes every client send several times as much as usual, to an API that is down. Capacity and
    costs are those of the AWS SDKs (retry behaviour of 2026).

    Args:
        capacity: Tokens at most, and at the beginning.
    """

    TRANSIENT = 14
    THROTTLED = 5
    SUCCESS = 1

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._left = capacity
        self._fresh = FreshLock()

    @property
    def left(self) -> int:
        """Return the tokens that are left."""
        return self._left

    def take(self, cost: int) -> bool:
        """Take tokens for a retry, and return whether there were enough."""
        with self._fresh.lock:
            enough = self._left >= cost
            if enough:
                self._left -= cost
        return enough

    def give(self, tokens: int) -> None:
        """Give back after a success: what its last retry cost, or ``SUCCESS`` if it took none."""
        if self._left < self._capacity:
            with self._fresh.lock:
                self._left = min(self._capacity, self._left + tokens)


class Retry(Plugin):
    """Try again. ``retry=None`` turns it off; a plugin of the same name replaces it.

    Args:
        quota: Capacity of the quota that the calls of a client share; ``None`` for no quota.

    Raises:
        ValueError: ``quota`` is negative, or not a whole number.
    """

    name = "retry"
    order = 1000  # the table has the last word among classifiers
    fallback = True

    def __init__(self, quota: int | None = 500) -> None:
        if quota is not None and (type(quota) is not int or quota < 0):
            raise ValueError(f"quota={quota!r} must be a whole number, 0 or more, or None for no quota")
        self._quota = quota

    def layers(self, ctx: Context) -> Iterable[Layer]:
        """Return the layer that sends again."""
        quota = None if self._quota is None else Quota(self._quota)
        return [Layer("retry", Stage.RETRY, _Retrying(ctx.timing, quota).flow)]

    def retry_policy(self, ctx: Context) -> RetryPolicy:
        """Return a policy of four attempts, with waits of up to 0.5, 1 and 2 seconds."""
        return RetryPolicy()

    def retry_classifiers(self, ctx: Context) -> Iterable[RetryClassifier]:
        """Return the table."""
        return [may_retry]


def may_retry(attempt: Attempt) -> bool:
    """Look an attempt up in the table above."""
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
    def __init__(self, timing: Timing, quota: Quota | None) -> None:
        self._timing = timing
        self._quota = quota
        self._closed_until: float | None = None

    def flow(self, request: Request) -> Flow:
        call = request.call
        policy = call.retry
        if policy is None:
            return (yield from send(request))
        is_read_back = call.purpose is Purpose.READ_BACK
        cost = self._cost_of_read_back(request) if is_read_back else 0
        if self._closed_until is not None:
            yield from self._stand_back(request)
        number, may_be_done = 0, False  # whether an earlier attempt may have been executed
        while True:
            number += 1
            response: Response | None = None
            error: APIConnectionError | None = None
            try:
                response = yield request
            except APIConnectionError as raised:
                error = raised
            if response is not None and response.status_code == 404 and may_be_done and request.method == "DELETE":
                response = Response(204, {}, b"")  # an earlier attempt deleted it, so the caller gets what he wants
            if response is not None and response.status_code < 400:
                # A success gives back what the last retry cost, so that single failures never use up the quota.
                if self._quota is not None:
                    self._quota.give(cost or Quota.SUCCESS)
                return response
            attempt = Attempt(number, call.operation, request.method, call.trigger, response, error)
            cost = Quota.THROTTLED if response is not None and response.status_code == 429 else Quota.TRANSIENT
            delay = None if is_read_back else self._delay(request, policy, attempt, cost)
            if delay is None:
                if error is not None:
                    error.sent = error.sent or may_be_done  # the error speaks for all attempts of the call
                    raise error
                assert response is not None  # noqa: S101 - there is one or the other
                return response
            call.tell(RetryScheduled, request, number, delay, attempt.reason)
            may_be_done = may_be_done or attempt.may_have_been_carried_out
            yield from sleep(delay)

    def _cost_of_read_back(self, request: Request) -> int:
        """Take the cost of a read-back from the quota: like a retry, it is a request that a failure caused."""
        if self._quota is not None and not self._quota.take(Quota.TRANSIENT):
            raise APIConnectionError(
                f"{request.method} {request.path}: the retry quota is used up, it was not sent",
                sent=False,
                method=request.method,
                path=request.path,
                attempts=0,
            )
        return Quota.TRANSIENT

    def _stand_back(self, request: Request) -> FlowOf[None]:
        """Wait until another call's 429 is over, if the deadline leaves time: an attempt before that fails as well."""
        wait = (self._closed_until or 0.0) - self._timing.monotonic()
        if wait <= 0:
            self._closed_until = None
            return
        wait += self._timing.uniform(0.0, min(1.0, 0.1 * wait))  # else all waiting calls would begin at once
        deadline = request.call.deadline
        if deadline is None or self._timing.monotonic() + wait < deadline:
            yield from sleep(wait)

    def _delay(self, request: Request, policy: RetryPolicy, attempt: Attempt, cost: int) -> float | None:
        """Return the seconds to wait before the next attempt, or ``None`` when there is none."""
        call = request.call
        if not call.may_retry(attempt):
            return None
        problem, delay = None, self._wait(policy, attempt)
        if attempt.number >= policy.attempts:
            problem = f"that was attempt {attempt.number} of {policy.attempts}"
        elif call.deadline is not None and self._timing.monotonic() + delay >= call.deadline:
            problem = f"a wait of {delay:.1f} s does not fit the deadline"
        elif self._quota is not None and not self._quota.take(cost):
            problem = "the retry quota is used up"
        if problem is not None:
            reason = f"{attempt.reason}, {problem}"
            call.tell(GaveUp, request, attempt.number, reason)
            return None
        return delay

    def _wait(self, policy: RetryPolicy, attempt: Attempt) -> float:
        response, timing = attempt.response, self._timing
        wait = wait_before_next(policy, attempt.number, response, timing)
        if response is not None and response.status_code == 429 and not retry_after(response.headers, timing.now()):
            self._closed_until = max(self._closed_until or 0.0, timing.monotonic() + wait)
        return wait
