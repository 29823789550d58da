"""A sandbox with a clock that the test moves, and a caller that speaks its wire format.

Every answer that any of these tests gets in process is held against the contract.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from jsonschema_rs import Draft202012Validator

from commercelayer_klarna.sandbox import Sandbox

MEDIA_TYPE = "application/vnd.api+json"


CONTRACT = Path(__file__).parents[2] / "spec" / "klarna_payments.yaml"


class Contract:
    """What the contract says of answers."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self._paths = [
            (re.compile(re.sub(r"\\\{\w+\\\}", "[^/?]+", re.escape(path))), item)
            for path, item in document["paths"].items()
        ]
        self._validators: dict[str, Any] = {}
        self.checked = 0

    def check(self, method: str, target: str, answer: Any) -> None:
        """Fail unless the answer is one that the contract has, if the operation is one of it."""
        path = target.partition("?")[0].removeprefix("https://acme.commercelayer.io").removeprefix("/api")
        operation = next((item.get(method.lower()) for pattern, item in self._paths if pattern.fullmatch(path)), None)
        if operation is None or "X-Sandbox-Fault" in dict(answer.headers):
            return
        self.checked += 1
        responses = operation["responses"]
        response = responses.get(str(answer.status)) or responses[f"{answer.status // 100}XX"]
        response = self._resolved(response)
        headers = dict(answer.headers)
        for name, header in response["headers"].items():
            if name in headers:
                assert self._resolved(header)["schema"]["type"] == "integer"
                assert int(headers[name]) >= 0
        content = response.get("content")
        if content is None:
            assert answer.body == b""
            return
        body = content[headers["Content-Type"]]
        self._validator(body["schema"]["$ref"]).validate(json.loads(answer.body))

    def _resolved(self, item: Any) -> Any:
        if "$ref" not in item:
            return item
        found = self.document
        for part in item["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found

    def _validator(self, reference: str) -> Any:
        if reference not in self._validators:
            schema = {"$ref": reference, "components": self.document["components"]}
            self._validators[reference] = Draft202012Validator(schema, validate_formats=True)
        return self._validators[reference]


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract(yaml.load(CONTRACT.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


@pytest.fixture(autouse=True, scope="session")
def _every_answer_keeps_the_contract(contract: Contract) -> Iterator[None]:
    respond = Sandbox.respond

    def checked(self: Sandbox, method: str, target: str, *rest: Any, **options: Any) -> Any:
        answer = respond(self, method, target, *rest, **options)
        contract.check(method, target, answer)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "respond", checked)
        yield


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
