"""A sandbox with a clock that the test moves, and a caller that speaks its wire format."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from commercelayer_klarna.sandbox import Sandbox

MEDIA_TYPE = "application/vnd.api+json"


class Clock:
    """Seconds since 1970, by hand."""

    def __init__(self) -> None:
        self.now = 1_763_802_000.0

    def __call__(self) -> float:
        return self.now


class Reply(NamedTuple):
    """An answer, parsed."""

    status: int
    headers: dict[str, str]
    json: Any

    @property
    def codes(self) -> list[str]:
        return [error["code"] for error in self.json["errors"]]


class Api:
    """Calls the sandbox with a token."""

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.headers = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}
        self.headers["Authorization"] = f"Bearer {self.token()}"

    def raw(self, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> Reply:
        answer = self.sandbox.handle(method, target, headers, body)
        assert answer.status < 500
        found = dict(answer.headers)
        assert found["X-Sandbox"] == "true"
        return Reply(answer.status, found, json.loads(answer.body) if answer.body else None)

    def oauth(self, path: str = "/oauth/token", **values: object) -> Reply:
        return self.raw("POST", path, {"Content-Type": "application/json"}, json.dumps(values).encode())

    def token(self, **values: str) -> str:
        asked = {"client_id": self.sandbox.client_id, "client_secret": self.sandbox.client_secret, **values}
        reply = self.oauth(grant_type="client_credentials", **asked)
        assert reply.status == 200, reply
        token = reply.json["access_token"]
        assert isinstance(token, str)
        return token

    def call(self, method: str, path: str, document: object = None) -> Reply:
        body = b"" if document is None else json.dumps(document).encode()
        return self.raw(method, f"/api/{path}", self.headers, body)

    def get(self, path: str) -> Reply:
        return self.call("GET", path)

    def create(self, order: str | None = None, query: str = "", **attributes: Any) -> Reply:
        linkage = {"type": "orders", "id": order or self.sandbox.order_ids[0]}
        data = {
            "type": "klarna_payments",
            "attributes": attributes,
            "relationships": {"order": {"data": linkage}},
        }
        return self.call("POST", f"klarna_payments{query}", {"data": data})

    def payment(self, order: str | None = None, **attributes: Any) -> str:
        reply = self.create(order, **attributes)
        assert reply.status == 201, reply
        id_ = reply.json["data"]["id"]
        assert isinstance(id_, str)
        return id_

    def patch(self, type_: str, id_: str, query: str = "", **attributes: object) -> Reply:
        data = {"type": type_, "id": id_, "attributes": attributes, "relationships": {}}
        return self.call("PATCH", f"{type_}/{id_}{query}", {"data": data})

    def as_sales_channel(self) -> "Api":
        other = Api.__new__(Api)
        other.sandbox, other.clock = self.sandbox, self.clock
        token = self.token(client_id="sandbox-sales-channel", scope="market:code:europe")
        other.headers = {**self.headers, "Authorization": f"Bearer {token}"}
        return other


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox(clock=clock)


@pytest.fixture
def api(sandbox: Sandbox, clock: Clock) -> Api:
    return Api(sandbox, clock)


@pytest.fixture
def new_api(clock: Clock) -> Callable[..., Api]:
    """Make further sandboxes."""

    def make(**options: Any) -> Api:
        return Api(Sandbox(clock=clock, **options), clock)

    return make
