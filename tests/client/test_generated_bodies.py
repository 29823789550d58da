"""Bodies of the generated package, for ``payments.api``: copies of them are the same, and can be sent."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna_api import models
from commercelayer_klarna_api.api.klarna_payments import update_klarna_payment
from support.kind import Kind


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda body: pickle.loads(pickle.dumps(body))])
def test_a_copy_of_a_body_is_sent_as_the_body(kind: Kind, sandbox: Sandbox, again: Callable[[Any], Any]) -> None:
    payments = kind.on(sandbox)
    made = payments.create(order=sandbox.order_ids[0])
    attributes = models.KlarnaPaymentUpdateAttributes(reference="x")
    body = models.KlarnaPaymentUpdateDocument(data=models.KlarnaPaymentUpdate(id=made.id, attributes=attributes))
    same = again(body)
    assert same == body
    assert same.to_dict() == body.to_dict()
    send: Any = update_klarna_payment.sync if kind.name == "sync" else update_klarna_payment.asyncio
    assert kind.now(send(made.id, client=payments.api, body=same)).data.attributes.reference == "x"
