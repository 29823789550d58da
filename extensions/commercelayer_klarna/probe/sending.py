"""Sends what checks write down, exactly as it is written, through a client with its token, pace and connections.

The plugin stands next to the network. It takes the place of the request that comes there, refuses what the mode of the
token does not allow, and keeps the answer: to the rest of the client each one is an empty success.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from commercelayer_klarna._claims import claims_of
from commercelayer_klarna._json import JsonObject
from commercelayer_klarna._sync.client import KlarnaPayments
from commercelayer_klarna.errors import CommerceLayerError, TokenError
from commercelayer_klarna.plugins.flow import Flow, Layer, Send, Stage
from commercelayer_klarna.plugins.hookspecs import Plugin
from commercelayer_klarna.plugins.jsonapi import MEDIA_TYPE
from commercelayer_klarna.plugins.values import Context, Request, Response
from commercelayer_klarna.probe.exchange import Answer, Ask, CannotTell

__all__ = ["AsWritten", "ProbeRefusedError"]


_PATIENCE = 4
"""How many requests in a row may have no answer."""

_TOLD = ("x-ratelimit-limit", "x-ratelimit-interval", "x-ratelimit-remaining", "retry-after")


class ProbeRefusedError(CommerceLayerError):
    """A request was not sent, since the mode of the token does not allow it."""


class AsWritten(Plugin):
    """Send the requests of checks as they are written.

    Args:
        auth_url: The token endpoint; by default the one that belongs to the address of the API.
        live_read_only: Whether to read with a live token. Nothing is ever written with one.
    """

    name = "probe"

    def __init__(self, *, auth_url: str | None = None, live_read_only: bool = False) -> None:
        self.token = ""
        self.sent = 0
        self._unanswered = 0
        self._auth_url = auth_url
        self._live_read_only = live_read_only
        self._wanted: Ask | None = None
        self._answer: Answer | None = None

    @property
    def claims(self) -> JsonObject:
        """What the token says of itself."""
        return claims_of(self.token)

    def layers(self, ctx: Context) -> Iterable[Layer]:
        """Return the layer next to the network."""
        base = ctx.base_url
        auth = self._auth_url or f"https://auth.{base.split('/')[2].partition('.')[2]}"
        auth_host = "/".join(auth.split("/")[:3])

        def flow(request: Request) -> Flow:
            ask = self._wanted
            if ask is None:
                raise ProbeRefusedError(f"{request.method} {request.path} was not sent: no check asked for it")
            self.token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            self._check_mode(ask)
            asked = self._written(ask, request, auth_host if ask.to == "auth" else base)
            self.sent += 1
            answer: Response = yield Send(asked, direct=ask.to == "auth")
            headers = {name.lower(): value for name, value in answer.headers.items()}
            self._answer = Answer(answer.status_code, headers, answer.content)
            # The plugin ``limits`` learns from the headers, and from a 429 of the API.
            told = {name: headers[name] for name in _TOLD if name in headers and ask.to == "api"}
            status = 429 if answer.status_code == 429 and ask.to == "api" else 200
            return Response(status, {"Content-Type": MEDIA_TYPE, **told}, b'{"data": null}')

        return [Layer("probe", Stage.WIRE, flow, order=1_000)]

    def send(self, payments: KlarnaPayments, ask: Ask) -> Answer:
        """Send a request, and return its answer, whatever it is.

        Raises:
            ProbeRefusedError: The mode of the token does not allow it.
            TokenError: There is no token.
            APIConnectionError: Several requests had no answer, one after the other.
            CannotTell: There is no answer.
        """
        self._wanted, self._answer = ask, None
        try:
            payments.request("GET", "klarna_payments", operation="probe")
        except (ProbeRefusedError, TokenError):
            raise
        except CommerceLayerError as error:
            if self._answer is None:
                self._unanswered += 1
                if self._unanswered > _PATIENCE:
                    raise
                raise CannotTell(f"no answer came: {type(error).__name__}") from None
        finally:
            self._wanted = None
        self._unanswered = 0
        answer, self._answer = self._answer, None
        if answer is None:
            raise CannotTell("no answer came")
        return answer

    def _check_mode(self, ask: Ask) -> None:
        """Refuse what is not for test mode, unless it reads and that was allowed."""
        if self.claims.get("test") is True or (self._live_read_only and ask.reads):
            return
        remedy = "use the credentials of a test organization"
        if ask.reads:
            raise ProbeRefusedError(f"this token is not for test mode: {remedy}, or allow reading (--live-read-only)")
        raise ProbeRefusedError(f"this token is not for test mode, and nothing is written with another: {remedy}")

    def _written(self, ask: Ask, request: Request, base: str) -> Request:
        """Return the request as the check wrote it. The token stays with the API."""
        usual: dict[str, str | None] = {"Authorization": f"Bearer {self.token}", "Accept": MEDIA_TYPE}
        content_type = MEDIA_TYPE
        if ask.to == "auth":
            content_type = "application/json"
            usual = {"Authorization": None, "Accept": "application/json"}
        if ask.document is not None:
            usual["Content-Type"] = content_type
        address = evolve(ask, target=ask.target if ask.to == "api" else f"/{ask.target}").address(base)
        asked = Request(ask.method, address, request.headers.copy(), ask.content, request.call)
        for name, value in (usual | dict(ask.headers)).items():
            if value is None:
                asked.headers.pop(name, None)
            else:
                asked.headers[name] = value
        return asked
