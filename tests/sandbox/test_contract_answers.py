"""That the answers of all tests here are held against the contract, and that this would find something."""

import json
from typing import Any

import pytest
from jsonschema_rs import ValidationError


def test_answers_are_checked(api: Any, contract: Any) -> None:
    before = contract.checked
    payment = api.payment()
    for path in ("klarna_payments?include=order", f"klarna_payments/{payment}", f"klarna_payments/{payment}/order"):
        assert api.get(path).status == 200
    for path in ("klarna_payments/x", f"klarna_payments/{payment}/event_stores", "klarna_payments?x=y"):
        api.get(path)
    api.call("DELETE", f"klarna_payments/{payment}")
    assert contract.checked == before + 8
    api.get("orders")
    assert contract.checked == before + 8


def test_a_wrong_answer_is_found(api: Any, contract: Any) -> None:
    target = f"/api/klarna_payments/{api.payment()}"
    answer = api.sandbox.handle("GET", target, api.headers, b"")
    document = json.loads(answer.body)
    del document["data"]["id"]
    with pytest.raises(ValidationError):
        contract.check("GET", target, evolve(answer, body=json.dumps(document).encode()))
    document["data"].update(id="x", links={"self": 5})
    with pytest.raises(ValidationError):
        contract.check("GET", target, evolve(answer, body=json.dumps(document).encode()))
    with pytest.raises(KeyError):
        contract.check("GET", target, answer._replace(headers=[("Content-Type", "text/html")]))
    with pytest.raises(KeyError):
        contract.check("GET", target, answer._replace(status=302))
    with pytest.raises(ValueError, match="x"):
        contract.check("GET", target, answer._replace(headers=[*answer.headers, ("X-Ratelimit-Limit", "x")]))
