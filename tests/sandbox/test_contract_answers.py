"""That the answers of all tests here are held against the contract, and that this would find something."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from jsonschema_rs import ValidationError

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api

    from support.contract import Contract


def test_every_answer_is_held_against_the_contract(api: Api, contract: Contract) -> None:
    before = contract.checked
    payment = api.payment()
    for path in ("klarna_payments?include=order", f"klarna_payments/{payment}", f"klarna_payments/{payment}/order"):
        assert api.get(path).status == 200
    for path in ("klarna_payments/x", f"klarna_payments/{payment}/event_stores", "klarna_payments?x=y"):
        api.get(path)
    api.call("DELETE", f"klarna_payments/{payment}")
    assert contract.checked == before + 8
    api.get("skus")
    assert contract.checked == before + 8


def test_a_wrong_answer_is_found(api: Api, contract: Contract) -> None:
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
        contract.check("GET", target, evolve(answer, headers=[("Content-Type", "text/html")]))
    with pytest.raises(KeyError):
        contract.check("GET", target, evolve(answer, status=302))
    with pytest.raises(ValueError, match="x"):
        contract.check("GET", target, evolve(answer, headers=[*answer.headers, ("X-Ratelimit-Limit", "x")]))
