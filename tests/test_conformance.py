"""The answers of the sandbox in this process are held against the contract in all tests; this finds something."""

from __future__ import annotations

import pytest
from openapi_core.exceptions import OpenAPIError

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.api.messages import Answer
from support.kind import Kind

LIST = [("Content-Type", "application/vnd.api+json")]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, LIST, b'{"data": [{"type": "klarna_payments"}]}'),
        Answer(200, LIST, b'{"meta": {"record_count": 0}}'),
        Answer(200, [("Content-Type", "text/html")], b'{"data": []}'),
        Answer(302, LIST, b""),
    ],
)
def test_a_wrong_answer_is_found(kind: Kind, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    payments = kind.on(sandbox)
    payments.count()
    monkeypatch.setattr(sandbox, "respond", lambda *_: answer)
    with pytest.raises(OpenAPIError):
        payments.count()
