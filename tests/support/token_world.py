"""A token endpoint and an API in invented time, for the tests of tokens."""

from __future__ import annotations

import json
from typing import Any

from commercelayer_klarna import (
    APIConnectionError,
    AuthorizationCode,
    ClientCredentials,
    PasswordCredentials,
    RetryPolicy,
)
from commercelayer_klarna._auth.provider import auth_flow
from commercelayer_klarna._sync.driver import drive
from commercelayer_klarna.plugins import Timing
from commercelayer_klarna.plugins.flow import Beside, Blocking, Exclusive, Send, Sleep
from commercelayer_klarna.plugins.values import Call, Request, Response

REFUSAL = {"errors": [{"title": "Invalid token", "code": "INVALID_TOKEN", "status": "401"}]}
AUTH_URL = "https://auth.example/oauth/token"
LOST = APIConnectionError("lost")
POLICY = RetryPolicy()
CUSTOMER = PasswordCredentials(client_id="id", username="u@example.com", password="planted", scope="market:id:x")
USER = AuthorizationCode(client_id="id", client_secret="planted", code="c", redirect_uri="https://x")


def token(value: str, expires_in: Any = 7200, **more: Any) -> dict[str, Any]:
    return {"access_token": value, "token_type": "bearer", "expires_in": expires_in, **more}


class World:
    """A token endpoint and an API in invented time; chance is ``chance`` of the way between its bounds.

    ``answers`` are those of the token endpoint: a status, with body and headers, or an exception. When there are none
    left, it gives tokens t1, t2, t3, ... that last ``lifetime`` seconds.
    """

    def __init__(self, auth: Any = None, *, lifetime: float = 7200, chance: float = 0.0, store: Any = None) -> None:
        self.now, self.wall, self.slow = 1000.0, 1_763_802_000.0, 0.0
        self.lifetime, self.chance = lifetime, chance
        self.answers: list[Any] = []
        self.asked: list[dict[str, str]] = []
        self.token_calls: list[Call] = []
        self.bearers: list[str] = []
        self.slept: list[float] = []
        self.refused: set[str] = set()
        self.refresh_tokens: list[Any] = []
        timing = Timing(
            monotonic=lambda: self.now,
            now=lambda: self.wall + self.now,
            uniform=lambda low, high: low + self.chance * (high - low),
        )
        self.provider = auth_flow(auth or ClientCredentials(client_id="id"), AUTH_URL, timing, store)

    def flow(self, *, deadline: float | None = None, retry: Any = POLICY, timeout: float | None = 15.0) -> Any:
        limit = None if deadline is None else self.now + deadline
        call = Call("test", timeout=timeout, deadline=limit, retry=retry)
        return self.provider(Request("GET", "https://x.example/api", {}, b"", call))

    def call(self, **options: Any) -> str:
        """Make a call; the token that it was sent with."""
        drive(self.flow(**options), self.perform)
        return self.bearers[-1]

    def perform(self, effect: Any) -> Any:
        if isinstance(effect, Beside):  # at once, in the tests of tokens
            drive(effect.flow(), self.perform)
            return None
        if isinstance(effect, Exclusive):
            return drive(effect.flow(), self.perform)
        if isinstance(effect, Sleep):
            self.slept.append(effect.seconds)
            self.now += effect.seconds
            return None
        if isinstance(effect, Blocking):
            return effect.here()
        if isinstance(effect, Request):
            effect.call.attempts += 1  # as the chain does
            return self.api(effect)
        assert isinstance(effect, Send), effect
        assert effect.direct
        effect.request.call.attempts += 1
        return self.endpoint(effect.request)

    def endpoint(self, request: Request) -> Response:
        self.asked.append(json.loads(request.content))
        self.token_calls.append(request.call)
        self.now += self.slow
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            status, body, headers = [*answer, {}, {}][:3]
            return Response(status, headers, json.dumps(body).encode())
        more = {"refresh_token": self.refresh_tokens.pop(0)} if self.refresh_tokens else {}
        return Response(200, {}, json.dumps(token(f"t{len(self.asked)}", self.lifetime, **more)).encode())

    def api(self, request: Request) -> Response:
        bearer = request.headers["Authorization"].removeprefix("Bearer ")
        self.bearers.append(bearer)
        return Response(401 if bearer in self.refused else 200, {}, json.dumps(REFUSAL).encode())
