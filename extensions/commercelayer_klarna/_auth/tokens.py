"""One token for all callers: asked for once, renewed before it ends, and once more when the API refuses it.

    there is none, or it has ended      one caller asks, all others wait for it
    it ends within ten minutes          one caller asks, all others go on with it; and so does the one if that fails
    the API says INVALID_TOKEN          one caller asks, the others that were refused wait; each sends once more

The endpoint hands out the same token until 15 minutes before it expires, and from then on a new one while the old one
is still valid (documented). It is asked again after a 429, a 5xx or a lost answer, within the deadline of the call: a
token that nobody received harms nobody. Why there is none in the end is told to all who wait, and for a second or two
to those who come after.

How long a token lasts is measured on the monotonic clock from before it was asked for, so the wall clock may be wrong.
Nothing here does I/O; the flow yields it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import threading
from collections.abc import Callable, Generator
from math import isfinite
from typing import Any

from attrs import field, frozen

from commercelayer_klarna._auth.credentials import AccessToken, Auth, Credentials
from commercelayer_klarna._auth.store import MemoryTokenStore, StoredToken, TokenStore
from commercelayer_klarna._forks import renew_after_fork
from commercelayer_klarna._json import as_list, as_object
from commercelayer_klarna._redaction import scrub
from commercelayer_klarna._retry_after import retry_after
from commercelayer_klarna._version import __version__
from commercelayer_klarna.errors import APIConnectionError, APITimeoutError, CommerceLayerError, TokenError
from commercelayer_klarna.plugins.backoff import wait_before_next
from commercelayer_klarna.plugins.events import GaveUp, RetryScheduled
from commercelayer_klarna.plugins.flow import Effect, Flow, Lock, Send, Sleep, exclusively
from commercelayer_klarna.plugins.hookspecs import AuthProvider
from commercelayer_klarna.plugins.values import Attempt, Call, Request, Response, Timing

__all__ = ["auth_flow"]

log = logging.getLogger("commercelayer_klarna")

# The official client renews in the last 10 minutes of the overlap of 15; so do we, and not all at the same moment.
_OVERLAP = 900.0
_RENEW_BEFORE = 600.0
_SPREAD = 240.0
# What is left of a token must be enough for a request.
_MARGIN = 30.0
# A renewal that nobody needs yet must not take a caller's time.
_EARLY_PATIENCE = 5.0
_EARLY_PAUSE = (15.0, 30.0)
_REMEMBERED = (1.0, 2.0)
_POLL = (0.05, 0.15)
_LONGEST = 31 * 24 * 3600.0

_TRANSIENT = (408, 429, 500, 502, 503, 504)


def auth_flow(auth: Auth, auth_url: str, timing: Timing, store: TokenStore | None = None) -> AuthProvider:
    """The flow that puts a token on each attempt.

    Args:
        auth: Where the token comes from.
        auth_url: The token endpoint, unless the credentials name another.
        timing: Clock, sleep and chance.
        store: Where tokens are kept. By default in memory, for this flow alone.
    """
    if isinstance(auth, AccessToken):
        return _Given(auth).flow
    if isinstance(auth, Credentials):  # pyright: ignore[reportUnnecessaryIsInstance]
        return _Fetched(auth, auth.auth_url or auth_url, timing, store).flow
    raise TypeError(f"auth must be Credentials such as ClientCredentials, or an AccessToken, not {type(auth).__name__}")


class _Given:
    def __init__(self, token: AccessToken) -> None:
        self._token = token

    def flow(self, request: Request) -> Flow:
        request.headers["Authorization"] = f"Bearer {self._token.token}"
        response: Response = yield Send(request)
        return response


@frozen(eq=False)
class _Held:
    """A token, and when to renew it and when it has ended, on the monotonic clock."""

    value: str = field(repr=False)
    renew_at: float
    ends_at: float


@frozen(eq=False)
class _Failure:
    """Why there is no token, and how long that is told to all; if the endpoint asked to wait, it may be waited out."""

    error: CommerceLayerError
    until: float
    asked: bool


class _Fetched:
    def __init__(self, credentials: Credentials, auth_url: str, timing: Timing, store: TokenStore | None) -> None:
        self._credentials = credentials
        self._auth_url = auth_url
        self._timing = timing
        self._store: TokenStore = MemoryTokenStore() if store is None else store
        self._key = "own" if store is None else _key(credentials, auth_url)
        self._lock = Lock()
        self._held: _Held | None = None
        self._refresh_token: str | None = None
        self._refused: str | None = None
        self._saved = True
        self._failure: _Failure | None = None
        self._early_from = 0.0
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """In the child of a fork, nobody is renewing."""
        self._renewing = threading.Lock()

    # ---- Which token -----------------------------------------------------------------------------------------------

    def flow(self, request: Request) -> Flow:
        held = self._held
        now = self._timing.monotonic()
        if held is None or now >= held.ends_at:
            held = yield from self._renewed(request.call, held)
        elif now >= held.renew_at and now >= self._early_from:
            held = yield from self._renewed_early(request.call, held)
        response = yield from self._send(request, held)
        if _token_refused(response):
            held = yield from self._renewed(request.call, held, refused=True)
            response = yield from self._send(request, held)
        return response

    def _send(self, request: Request, held: _Held) -> Flow:
        request.headers["Authorization"] = f"Bearer {held.value}"
        response: Response = yield Send(request)
        return response

    def _renewed(self, call: Call, old: _Held | None, *, refused: bool = False) -> Generator[Effect, Any, _Held]:
        """A token other than the old one: whoever comes second finds what the first one got, token or failure."""

        def renew() -> Generator[Effect, Any, _Held]:
            held = self._held
            if held is not None and held is not old and self._timing.monotonic() < held.ends_at:
                return held
            if refused and old is not None:
                self._refused, self._held = old.value, None
            yield from self._respect_failure(call)
            return (yield from self._obtain(_own(call)))

        return (yield from exclusively(self._lock, renew, call))

    def _renewed_early(self, call: Call, old: _Held) -> Generator[Effect, Any, _Held]:
        """A new token if nobody else is asking and it is to be had soon; else the old one, which is still good."""
        renewing = self._renewing
        if not renewing.acquire(blocking=False):
            return old
        end = self._timing.monotonic() + _EARLY_PATIENCE
        own = _own(call)
        own.retry = None
        own.timeout = _EARLY_PATIENCE if own.timeout is None else min(own.timeout, _EARLY_PATIENCE)
        own.deadline = end if own.deadline is None else min(own.deadline, end)

        def renew() -> Generator[Effect, Any, _Held]:
            if self._held is not old:
                return self._held or old
            if self._failure is not None and self._timing.monotonic() < self._failure.until:
                return old
            try:
                return (yield from self._obtain(own))
            except CommerceLayerError:
                if self._failure is not None and not self._failure.asked:
                    self._failure = None  # one attempt is not worth remembering
                raise

        try:
            return (yield from exclusively(self._lock, renew, own))
        except CommerceLayerError:
            self._early_from = self._timing.monotonic() + self._timing.uniform(*_EARLY_PAUSE)
            return old
        finally:
            renewing.release()

    def _respect_failure(self, call: Call) -> Generator[Effect, Any, None]:
        failure, now = self._failure, self._timing.monotonic()
        if failure is None or now >= failure.until:
            return
        if not failure.asked or _too_late(call, failure.until):
            raise copy.copy(failure.error)
        yield Sleep(failure.until - now)

    # ---- The store -------------------------------------------------------------------------------------------------

    def _obtain(self, call: Call) -> Generator[Effect, Any, _Held]:
        """What another client or process has put into the store, or else a new token."""
        while True:
            release = self._locked()
            found = self._found()
            if release is not None or found is not None:
                break
            pause = self._timing.uniform(*_POLL)
            if _too_late(call, self._timing.monotonic() + pause):
                raise APITimeoutError(
                    "the deadline was over before another process had fetched a token", sent=False, permanent=True
                )
            yield Sleep(pause)
        try:
            if found is None:
                token, _ = found = yield from self._ask(call)
                self._saved, _ = self._try("save", lambda: self._store.save(self._key, token))
        finally:
            if release is not None:
                self._try("unlock", release)
        return self._hold(*found)

    def _locked(self) -> Callable[[], None] | None:
        done, release = self._try("lock", lambda: self._store.lock(self._key))
        return release if done else _nothing

    def _found(self) -> tuple[StoredToken, float] | None:
        """The stored token and the seconds that it lasts, unless it has ended or was refused."""
        _, token = self._try("load", lambda: self._store.load(self._key))
        if token is None or not self._saved:  # what could not be saved is newer
            return None
        self._refresh_token = token.refresh_token
        held, left = self._held, token.left(self._timing.now())
        # Of the token that is held, the monotonic clock knows better.
        known = {self._refused, held.value if held is not None else None}
        if token.access_token in known or left <= _MARGIN or not _is_token(token.access_token):
            return None
        return token, left

    def _hold(self, token: StoredToken, left: float) -> _Held:
        now, uniform = self._timing.monotonic(), self._timing.uniform
        early = _RENEW_BEFORE - uniform(0.0, _SPREAD) if left >= _OVERLAP else left * uniform(0.1, 0.2)
        held = self._held = _Held(token.access_token, now + left - early, now + left - min(_MARGIN, left / 10))
        self._refresh_token, self._failure = token.refresh_token, None
        return held

    def _try(self, what: str, do: Callable[[], Any]) -> tuple[bool, Any]:
        """Whether the store did it, and what it gave. A store that fails costs a request for a token, not a call."""
        try:
            return True, do()
        except Exception as error:
            # Only the system's own words: what others say might hold the token.
            reason = f"{type(error).__name__}{f': {error}' if isinstance(error, OSError) else ''}"
            log.warning("the token store could not %s, going on without it: %s", what, reason)
            return False, None

    # ---- The token endpoint ----------------------------------------------------------------------------------------

    def _ask(self, call: Call) -> Generator[Effect, Any, tuple[StoredToken, float]]:
        credentials, refresh_token = self._credentials, self._refresh_token
        if refresh_token is not None:
            try:
                return (yield from self._request(call, credentials.refreshed(refresh_token)))
            except TokenError as error:
                final = not credentials.REPEATABLE or error.status_code not in (400, 401)
                if final or error.code == "invalid_client":
                    raise
                self._failure = None  # the refresh token has had its time; the credentials have not
        return (yield from self._request(call, credentials.grant()))

    def _request(self, call: Call, grant: dict[str, str]) -> Generator[Effect, Any, tuple[StoredToken, float]]:
        """A token and the seconds that it lasts."""
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": f"commercelayer-klarna/{__version__}",
        }
        content, policy, number = json.dumps(grant).encode(), call.retry, 0
        while True:
            number = call.attempts = number + 1
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
                    # The deadline is this caller's own; what the endpoint asked for is not.
                    problem, shared = f"a wait of {delay:.1f} s does not fit the deadline", 0.0
            if problem is not None:
                call.tell(GaveUp, call.operation, "POST", request.path, number, f"{attempt.reason}, {problem}")
                failure = _failure(request, response, error, _secrets(grant))
                asked = self._asked(response)
                until = self._timing.monotonic() + max(shared, asked)
                self._failure = _Failure(copy.copy(failure), until, bool(asked))
                raise failure from error
            call.tell(RetryScheduled, call.operation, "POST", request.path, number, delay, attempt.reason)
            yield Sleep(delay)

    def _asked(self, response: Response | None) -> float:
        """Seconds that the endpoint asked to wait, which all callers do."""
        if response is None or response.status_code not in _TRANSIENT:
            return 0.0
        return retry_after(response.headers, self._timing.now()) or 0.0


def _may_change(attempt: Attempt) -> bool:
    """Whether asking again may help. A token that nobody received harms nobody, so lost answers may be repeated."""
    if attempt.response is not None:
        return attempt.response.status_code in _TRANSIENT
    return attempt.error is not None and not attempt.error.permanent


def _read(response: Response, asked_at: float, refresh_token: str | None) -> StoredToken:
    answer = _object(response)
    token, refreshes = answer.get("access_token"), answer.get("refresh_token")
    try:
        lifetime = float(answer["expires_in"])
    except (KeyError, TypeError, ValueError, OverflowError):
        lifetime = -1.0
    if not isinstance(token, str) or not _is_token(token) or not (isfinite(lifetime) and lifetime >= 0):
        raise TokenError("the token endpoint answered 200 without a token", status_code=200)
    # An answer without a refresh token leaves the one that there is.
    refreshes = refreshes if isinstance(refreshes, str) and refreshes else refresh_token
    return StoredToken(token, asked_at, asked_at + min(lifetime, _LONGEST), refreshes)


def _failure(
    request: Request, response: Response | None, error: APIConnectionError | None, secrets: set[str]
) -> CommerceLayerError:
    if response is None:
        # Whatever became of the request for a token, the caller's own request was not carried out; and this one was
        # tried enough.
        kind = APITimeoutError if isinstance(error, APITimeoutError) else APIConnectionError
        return kind(f"no token: {error}", sent=False, method="POST", path=request.path, permanent=True)
    # Unlike the rest of the API, this endpoint puts the OAuth word into `title`, and may send one bare object.
    errors = _object(response).get("errors")
    first = as_object(next(iter(as_list(errors)), errors))
    code, detail = first.get("title"), first.get("detail")
    text = f"{response.status_code} POST {request.url}: {detail or 'no reason given'} ({code or 'no code'})"
    status = response.status_code
    return TokenError(
        scrub(text, secrets), status_code=status, code=scrub(code, secrets) if isinstance(code, str) else None
    )


def _secrets(grant: dict[str, str]) -> set[str]:
    return {value for name, value in grant.items() if name not in {"grant_type", "client_id", "scope", "redirect_uri"}}


def _own(call: Call) -> Call:
    """The call of a request for a token, under the caller's limits."""
    return Call("token", timeout=call.timeout, deadline=call.deadline, retry=call.retry, host=call.host)


def _too_late(call: Call, moment: float) -> bool:
    return call.deadline is not None and moment >= call.deadline


def _nothing() -> None:
    """Give back a lock that there is not."""


def _is_token(value: str) -> bool:
    try:
        AccessToken(value)
    except ValueError:
        return False
    return True


def _object(response: Response) -> dict[str, Any]:
    try:
        return as_object(json.loads(response.content))
    except (ValueError, RecursionError):
        return {}


def _token_refused(response: Response) -> bool:
    # 401 also means missing permission; a new token would not help there.
    if response.status_code != 401:
        return False
    errors = _object(response).get("errors")
    return any(as_object(each).get("code") == "INVALID_TOKEN" for each in (as_list(errors) or [errors]))


def _key(credentials: Credentials, auth_url: str) -> str:
    """Whose tokens these are, in a store. All that is sent goes in, so that a wrong password finds nobody's token."""
    grant = json.dumps(credentials.grant()).encode()
    # Slowly, so that the name of a file does not help to guess a password.
    return hashlib.scrypt(grant, salt=auth_url.encode(), n=2**14, r=8, p=1, dklen=24).hex()
