"""One token for all callers: fetched once, renewed before it ends, and renewed once more when the API refuses it.

    there is none, or it has ended      one caller fetches it; all others wait
    it expires within ten minutes       it is renewed beside the calls, once for all; they keep using it, and go on with
                                        it if the renewal fails
    the API says INVALID_TOKEN          one caller fetches another; the others that were refused wait; each sends its
                                        request once more

The endpoint returns the same token until 15 minutes before it expires, and then a new one, while the old one stays
valid (documented). After a 429, a 5xx or a lost answer it is asked again, within the deadline of the call. All callers
that wait get the same failure in the end, and so do those that come within a second or two.

How long a token lasts is measured on the monotonic clock, from before the request for it, so the wall clock may be
wrong. Nothing here does I/O; the flow yields it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import isfinite
from typing import TypeVar

from commercelayer_klarna._auth.credentials import AccessToken, Credentials
from commercelayer_klarna._auth.store import MemoryTokenStore, StoredToken, TokenStore
from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna._json import JsonObject, as_list, as_object
from commercelayer_klarna._redaction import scrub
from commercelayer_klarna._retry_after import http_date, retry_after
from commercelayer_klarna._tracebacks import of_a_signal
from commercelayer_klarna._values import field, frozen
from commercelayer_klarna._version import USER_AGENT
from commercelayer_klarna.errors import APIConnectionError, APITimeoutError, CommerceLayerError, TokenError
from commercelayer_klarna.plugins.backoff import wait_before_next
from commercelayer_klarna.plugins.events import GaveUp, RetryScheduled
from commercelayer_klarna.plugins.flow import Beside, Flow, FlowOf, Lock, Send, Sleep, blocking, exclusively
from commercelayer_klarna.plugins.timing import Timing
from commercelayer_klarna.plugins.values import Attempt, Call, Request, Response

T = TypeVar("T")

log = logging.getLogger("commercelayer_klarna")

# For the last 15 minutes the old and the new token are both valid. The official client renews in the last 10 of them.
# So does this one, at a random moment, so that not all processes ask at the same time.
_OVERLAP = 900.0
_RENEW_BEFORE = 600.0
_SPREAD = 240.0
# A token must last long enough for one more request.
_MARGIN = 30.0
# The old token is still good, so an early renewal need not take long.
_EARLY_TIMEOUT = 5.0
_EARLY_PAUSE = (15.0, 30.0)
# Callers that come just after a failure get the same failure, or each would ask again.
_REMEMBERED = (1.0, 2.0)
_POLL = (0.05, 0.15)
# Another process that asks for a token has it sooner, as a rule.
_PATIENCE = 3.0
_LONGEST = 31 * 24 * 3600.0

_TRANSIENT = (408, 429, 500, 502, 503, 504)


@frozen(eq=False)
class _CurrentToken:
    """The token in use, when to renew it, and when it ends, on the monotonic clock."""

    value: str = field(repr=False)
    renew_at: float
    ends_at: float


@frozen(eq=False)
class _Failure:
    """Why there is no token, raised without a request until a moment on the monotonic clock.

    If the endpoint asked to wait until then (``is_wait``), callers with enough time wait instead.
    """

    error: CommerceLayerError
    until: float
    is_wait: bool


class FetchedToken:
    """Puts a token on each attempt that is fetched with credentials, shared by all callers and renewed."""

    def __init__(self, credentials: Credentials, auth_url: str, timing: Timing, store: TokenStore | None) -> None:
        self._credentials = credentials
        self._auth_url = auth_url
        self._timing = timing
        self._store: TokenStore = MemoryTokenStore() if store is None else store
        self._key = "own" if store is None else _key(credentials, auth_url)
        self._lock = Lock()
        self._current: _CurrentToken | None = None
        self._refresh_token: str | None = None
        self._refused: str | None = None
        self._saved = True
        self._failure: _Failure | None = None
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """Forget who is renewing, in the child of a fork."""
        self._early_from = 0.0

    # ---- Which token -----------------------------------------------------------------------------------------------

    def flow(self, request: Request) -> Flow:
        current = self._current
        now = self._timing.monotonic()
        if current is None or now >= current.ends_at:
            current = yield from self._renewed(request.call, current)
        elif now >= current.renew_at and now >= self._early_from:
            current = yield from self._renewed_beside(request.call, current)
        response = yield from self._send(request, current)
        if _token_refused(response):
            current = yield from self._renewed(request.call, current, refused=True)
            response = yield from self._send(request, current)
        return response

    def _send(self, request: Request, current: _CurrentToken) -> Flow:
        request.headers["Authorization"] = f"Bearer {current.value}"
        response: Response = yield request
        return response

    def _renewed(self, call: Call, old: _CurrentToken | None, *, refused: bool = False) -> FlowOf[_CurrentToken]:
        """Return a token other than the old one.

        Callers take turns. So those that come second find what the first one got, a token or a failure.
        """

        def renew() -> FlowOf[_CurrentToken]:
            current = self._current
            if current is not None and current is not old and self._timing.monotonic() < current.ends_at:
                return current
            if refused and old is not None:
                self._refused, self._current = old.value, None
            yield from self._respect_failure(call)
            return (yield from self._obtain(call.aside("token")))

        return (yield from exclusively(self._lock, renew, call))

    def _renewed_beside(self, call: Call, old: _CurrentToken) -> FlowOf[_CurrentToken]:
        """Begin to renew the token beside this call, and return the one to use now, as a rule the old one."""
        now, own, limit = self._timing.monotonic(), call.aside("token"), _EARLY_TIMEOUT
        own.retry = None
        if self._credentials.REPEATABLE:
            own.timeout = limit if own.timeout is None else min(own.timeout, limit)
        else:  # whoever gives up loses the next refresh token
            limit = call.timeout or limit
        own.deadline = now + limit
        # Until then the others leave it to this one. No lock, which an interrupted call could leave behind.
        self._early_from = now + limit

        def renew() -> FlowOf[_CurrentToken]:
            if self._current is not old:
                return self._current or old
            if self._failure is not None and self._timing.monotonic() < self._failure.until:
                return old
            try:
                return (yield from self._obtain(own))
            except CommerceLayerError:
                if self._failure is not None and not self._failure.is_wait:
                    self._failure = None  # it was one short attempt, and others may have better luck
                raise

        def beside() -> FlowOf[None]:
            pause = 0.0
            try:
                yield from exclusively(self._lock, renew, own)
            except CommerceLayerError:
                pause = self._timing.uniform(*_EARLY_PAUSE)
            finally:
                self._early_from = self._timing.monotonic() + pause

        yield Beside(beside, own)
        return self._current or old

    def _respect_failure(self, call: Call) -> FlowOf[None]:
        """Raise a failure that is a moment old, or wait as long as the endpoint asked."""
        failure, now = self._failure, self._timing.monotonic()
        if failure is None or now >= failure.until:
            return
        if not failure.is_wait or _too_late(call, failure.until):
            raise copy.copy(failure.error)  # a copy, because raising changes the traceback of an error
        yield Sleep(failure.until - now)

    # ---- The store -------------------------------------------------------------------------------------------------

    def _obtain(self, call: Call) -> FlowOf[_CurrentToken]:
        """Return the token that another client or process has put into the store, or else a new one.

        Whoever has the lock of the store may be stopped. After a while a second token harms nobody, unless the grant
        works only once.
        """
        now = self._timing.monotonic()
        patience = now + (_PATIENCE if call.deadline is None else min(_PATIENCE, (call.deadline - now) / 2))
        while True:
            release = yield from self._locked()
            try:
                stored = yield from self._stored()
                pause = self._timing.uniform(*_POLL) if release is None and stored is None else 0.0
                next_try = self._timing.monotonic() + pause
                if stored is None and (not pause or (self._credentials.REPEATABLE and next_try > patience)):
                    token, _ = stored = yield from self._ask(call)
                    self._saved, _ = yield from self._try("save", partial(self._store.save, self._key, token))
            except BaseException:
                self._release(release)
                raise
            if release is not None:
                yield from self._try("unlock", release)
            if stored is not None:
                return self._use(*stored)
            if _too_late(call, next_try):
                raise APITimeoutError(
                    "the deadline was over before another process had fetched a token", sent=False, permanent=True
                )
            yield Sleep(pause)

    def _release(self, release: Callable[[], None] | None) -> None:
        """Release the lock when a call is broken off. Nothing can be waited for then."""
        if release is not None:
            self._tried("unlock", release)

    def _locked(self) -> FlowOf[Callable[[], None] | None]:
        taken: list[Callable[[], None]] = []
        is_awaited = True

        def lock() -> Callable[[], None] | None:
            release = self._store.lock(self._key)
            if release is not None:
                taken.append(release)
                if not is_awaited:
                    give_back()
            return release

        def give_back() -> None:
            with suppress(IndexError):  # the other one did
                self._release(taken.pop())

        done = False
        try:
            done, release = yield from self._try("lock", lock)
            return release if done else _nothing
        finally:
            if not done:  # broken off or late; a thread may take the lock all the same
                is_awaited = False
                give_back()

    def _stored(self) -> FlowOf[tuple[StoredToken, float] | None]:
        """Return the stored token and the seconds that it lasts, unless it has ended or was refused."""
        _, token = yield from self._try("load", lambda: self._store.load(self._key))
        if token is None or not self._saved:  # the token that could not be saved is newer
            return None
        self._refresh_token = token.refresh_token
        current, left = self._current, token.left(self._timing.now())
        # How long the current token lasts is known better from the monotonic clock.
        known = {self._refused, current.value if current is not None else None}
        if token.access_token in known or left <= _MARGIN or not _is_token(token.access_token):
            return None
        return token, left

    def _use(self, token: StoredToken, left: float) -> _CurrentToken:
        """Make this the current token."""
        now, uniform = self._timing.monotonic(), self._timing.uniform
        early = _RENEW_BEFORE - uniform(0.0, _SPREAD) if left >= _OVERLAP else left * uniform(0.1, 0.2)
        current = self._current = _CurrentToken(
            token.access_token, now + left - early, now + left - min(_MARGIN, left / 10)
        )
        self._refresh_token, self._failure = token.refresh_token, None
        return current

    def _try(self, what: str, do: Callable[[], T]) -> FlowOf[tuple[bool, T | None]]:
        """Return whether the store did it, and its result. One that waits does it in a thread of the async client."""
        if not getattr(self._store, "waits", False):
            return self._tried(what, do)
        try:
            return (yield from blocking(lambda: self._tried(what, do)))
        except APITimeoutError as error:
            log.warning("the token store could not %s in time: %s", what, error)
            return False, None

    def _tried(self, what: str, do: Callable[[], T]) -> tuple[bool, T | None]:
        """Return whether the store did it, and its result. A store that fails costs a request, not a call."""
        before = sys.exception()
        try:
            return True, do()
        except Exception as error:
            raised = of_a_signal(error, before)
            if raised is not None:
                raise raised from raised.__cause__
            # Only texts of the system are logged: those of other errors might hold the token.
            reason = f"{type(error).__name__}{f': {error}' if isinstance(error, OSError) else ''}"
            log.warning("the token store could not %s, going on without it: %s", what, reason)
            return False, None

    # ---- The token endpoint ----------------------------------------------------------------------------------------

    def _ask(self, call: Call) -> FlowOf[tuple[StoredToken, float]]:
        """Ask for a token: by refresh token if there is one, else by the grant."""
        credentials, refresh_token = self._credentials, self._refresh_token
        if refresh_token is not None:
            try:
                return (yield from self._request(call, credentials.refreshed(refresh_token)))
            except TokenError as error:
                final = not credentials.REPEATABLE or error.status_code not in (400, 401)
                if final or error.code == "invalid_client":
                    raise
                self._failure = None  # the refresh token has ended, but the credentials still work
        return (yield from self._request(call, credentials.grant()))

    def _request(self, call: Call, grant: dict[str, str]) -> FlowOf[tuple[StoredToken, float]]:
        """Request a token, again if that may help; return it and the seconds that it lasts."""
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
        }
        content, policy, number = json.dumps(grant).encode(), call.retry, 0
        while True:
            number += 1
            request = Request("POST", self._auth_url, dict(headers), content, call)
            response: Response | None = None
            error: APIConnectionError | None = None
            asked_at, began = self._timing.now(), self._timing.monotonic()
            try:
                response = yield Send(request, direct=True)
            except APIConnectionError as raised:
                error = raised
            if response is not None and response.status_code == 200:
                token = _read(response, asked_at, grant.get("refresh_token"))
                return token, token.left(asked_at) - (self._timing.monotonic() - began)
            attempt = Attempt(number, call.operation, "POST", False, response, error)
            delay, shared, problem = 0.0, self._timing.uniform(*_REMEMBERED), None
            if not _may_change(attempt):
                problem = "which asking again does not change"
            elif policy is None or number >= policy.attempts:
                problem = f"that was attempt {number}"
            else:
                delay = wait_before_next(policy, number, response, self._timing)
                if _too_late(call, self._timing.monotonic() + delay):
                    # Other callers may have more time, so this failure is not shared.
                    problem, shared = f"a wait of {delay:.1f} s does not fit the deadline", 0.0
            if problem is not None:
                call.tell(GaveUp, request, number, f"{attempt.reason}, {problem}")
                failure = _failure(request, response, error, grant)
                wait = self._wait_asked(response)
                until = self._timing.monotonic() + max(shared, wait)
                self._failure = _Failure(copy.copy(failure), until, bool(wait))
                # What caused the error is said once: the failure repeats the text of the error between.
                raise failure from (error and (error.__cause__ or error))
            call.tell(RetryScheduled, request, number, delay, attempt.reason)
            yield Sleep(delay)

    def _wait_asked(self, response: Response | None) -> float:
        """Return the seconds that the endpoint asked to wait; all callers respect them."""
        if response is None or response.status_code not in _TRANSIENT:
            return 0.0
        return retry_after(response.headers, self._timing.now()) or 0.0


def _may_change(attempt: Attempt) -> bool:
    """Return whether another request may help. One whose answer was lost is repeated: a lost token does no harm."""
    if attempt.response is not None:
        return attempt.response.status_code in _TRANSIENT
    return attempt.error is not None and not attempt.error.permanent


def _read(response: Response, asked_at: float, refresh_token: str | None) -> StoredToken:
    answer = _object(response)
    token, refreshes = answer.get("access_token"), answer.get("refresh_token")
    if not isinstance(token, str) or not _is_token(token):
        raise TokenError("the token endpoint answered 200 without a token", status_code=200)
    try:
        lifetime = float(answer["expires_in"]) if "expires_in" in answer else _claimed(token, response, asked_at)
    except (TypeError, ValueError, OverflowError):
        lifetime = -1.0
    if not (isfinite(lifetime) and lifetime >= 0):
        raise TokenError("the token endpoint did not tell how long the token lasts", status_code=200)
    # After an answer without a refresh token, the old one goes on.
    refreshes = refreshes if isinstance(refreshes, str) and refreshes else refresh_token
    return StoredToken(token, asked_at, asked_at + min(lifetime, _LONGEST), refreshes)


def _claimed(token: str, response: Response, asked_at: float) -> float:
    """Return the seconds that a token lasts by its own claims and the clock of the endpoint; -1 if they do not tell."""
    expires_at, now = AccessToken(token).expires_at, http_date(response.headers.get("date") or "")
    return -1.0 if expires_at is None else expires_at.timestamp() - (asked_at if now is None else now)


_CHECK = {
    "invalid_client": "client_id={client_id!r}, its client_secret, and auth_url",
    "invalid_scope": "scope={scope!r}",
}


def _failure(
    request: Request, response: Response | None, error: APIConnectionError | None, grant: dict[str, str]
) -> CommerceLayerError:
    if response is None:
        # ``sent`` speaks of the caller's own request, which certainly did not leave. The request for a token was
        # repeated here, so it is ``permanent`` for the caller's retries.
        kind = APITimeoutError if isinstance(error, APITimeoutError) else APIConnectionError
        return kind(f"no token: {error}", sent=False, method="POST", path=request.path, permanent=True)
    # Unlike the rest of the API, this endpoint puts the OAuth error code into ``title``, and may send a single object.
    errors = _object(response).get("errors")
    first = as_object(next(iter(as_list(errors)), errors))
    title, detail = first.get("title"), first.get("detail")
    code = title if isinstance(title, str) else None
    text = f"{response.status_code} POST {request.url}: {detail or 'no reason given'} ({title or 'no code'})"
    if code in _CHECK:
        text = f"{text}; check {_CHECK[code].format(**{'scope': None, **grant})}"
    secrets = _secrets(grant)
    return TokenError(
        scrub(text, secrets), status_code=response.status_code, code=None if code is None else scrub(code, secrets)
    )


def _secrets(grant: dict[str, str]) -> set[str]:
    return {value for name, value in grant.items() if name not in {"grant_type", "client_id", "scope", "redirect_uri"}}


def _too_late(call: Call, moment: float) -> bool:
    return call.deadline is not None and moment >= call.deadline


def _nothing() -> None:
    """Release the lock of a store that failed to lock."""


def _is_token(value: str) -> bool:
    try:
        AccessToken(value)
    except ValueError:
        return False
    return True


def _object(response: Response) -> JsonObject:
    try:
        return as_object(json.loads(response.content))
    except (ValueError, RecursionError):
        return {}


def _token_refused(response: Response) -> bool:
    # 401 also means that a permission is missing, and a new token would not help then.
    if response.status_code != 401:
        return False
    errors = _object(response).get("errors")
    return any(as_object(error).get("code") == "INVALID_TOKEN" for error in (as_list(errors) or [errors]))


def _key(credentials: Credentials, auth_url: str) -> str:
    """Return the key of these credentials in a store. It is made of all that is sent, the password included."""
    grant = json.dumps(credentials.grant()).encode()
    # scrypt is slow, so the name of a file does not help to guess a password.
    return hashlib.scrypt(grant, salt=auth_url.encode(), n=2**14, r=8, p=1, dklen=24).hex()
