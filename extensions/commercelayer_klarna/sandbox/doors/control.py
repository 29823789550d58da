"""The control paths of the loopback server, each with a JSON document:
``POST /__sandbox__/reset|faults|orders|payments|steps|transactions|webhooks|clock``.

They are the sandbox's own and no part of the API: they need no token, and the in-process door does not have them, since
there the same is done through ``Sandbox`` itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commercelayer_klarna.sandbox.api import json_bytes
from commercelayer_klarna.sandbox.api.gateway import MAXIMUM_TIMES, OUTCOMES, TRANSACTIONS
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.messages import JSON_TYPE, MARK, Answer
from commercelayer_klarna.sandbox.callbacks import Webhook
from commercelayer_klarna.sandbox.clock import LATEST
from commercelayer_klarna.sandbox.control_document import BadDocument, ControlDocument

if TYPE_CHECKING:
    from commercelayer_klarna.sandbox.sandbox import Sandbox

PREFIX = "/__sandbox__/"
MAXIMUM_TOTAL = 10**12


def answer(sandbox: Sandbox, method: str, path: str, body: bytes) -> Answer:
    """Answer a request to a control path. A wrong document is a 400 that names the member, and changes nothing."""
    action = _ACTIONS.get(path.removeprefix(PREFIX))
    if action is None:
        return _refused(404, f"There is no {path[:100]}.")
    if method != "POST":
        refused = _refused(405, "Control paths take POST.")
        refused.headers.append(("Allow", "POST"))
        return refused
    try:
        document = json_bytes.read(body) if body.strip() else {}
        return _answer(200, action(sandbox, document))
    except BadDocument as error:
        return _refused(400, str(error), error.member)
    except ValueError as error:
        return _refused(400, f"document: not JSON: {error}", "document")


def foreign() -> Answer:
    """Refuse what a page of another origin sends: browsers name their origin, and a control path has no token."""
    return _refused(403, "Control paths are not for pages of another origin.")


def _reset(sandbox: Sandbox, document: JSON) -> JSON:
    ControlDocument(document).end()
    sandbox.reset()
    return {"order_ids": [*sandbox.order_ids], "gateway_id": sandbox.gateway_id}


def _faults(sandbox: Sandbox, document: JSON) -> JSON:
    sandbox.add_fault(document)
    return {"pending": sandbox.pending_faults}


def _orders(sandbox: Sandbox, document: JSON) -> JSON:
    """Set the total of an order, or add one if none is named."""
    asked = ControlDocument(document)
    id_ = asked.text("id")
    total = asked.integer("total_amount_cents", 0, MAXIMUM_TOTAL)
    draft, has_address = asked.flag("draft"), asked.flag("address", default=True)
    asked.end()
    if id_ is not None and (draft or not has_address):
        raise BadDocument("id", "must be left out for a new order")
    if id_ is not None and total is None:
        raise BadDocument("total_amount_cents", "must be given for an order that exists")
    if id_ is not None and not sandbox.has_order(id_):
        raise BadDocument("id", "must be the id of an order")
    id_ = id_ or sandbox.add_order(draft=draft, address=has_address)
    if total is not None:
        sandbox.set_order_total(id_, total)
    return {"id": id_}


def _payments(sandbox: Sandbox, document: JSON) -> JSON:
    """Create a payment for an order, or store a shopper's authorization with one."""
    asked = ControlDocument(document)
    id_, auth_token = asked.text("id"), asked.text("auth_token")
    order, reference = asked.text("order"), asked.text("reference")
    asked.end()
    if order is not None and (id_ or auth_token):
        raise BadDocument("order", "must be left out for a payment that exists")
    if order is None and reference is not None:
        raise BadDocument("reference", "is that of a new payment")
    if order is None and (id_ is None or auth_token is None):
        raise BadDocument("auth_token" if id_ else "order", "must be given")
    try:
        if order is not None:
            return {"id": sandbox.create_payment(order, reference=reference)}
        sandbox.authorize_payment(id_ or "", auth_token or "")
    except LookupError:
        unknown = ("id", "must be the id of a payment") if order is None else ("order", "must be the id of an order")
        raise BadDocument(*unknown) from None
    except ValueError as error:
        raise BadDocument("order" if order else "auth_token", str(error)) from None
    return {"id": id_}


def _steps(sandbox: Sandbox, document: JSON) -> JSON:
    """Take a step with an order or a transaction."""
    asked = ControlDocument(document)
    id_, step = asked.text("id"), asked.text("step")
    amount = asked.integer("amount_cents", 1, MAXIMUM_TOTAL)
    asked.end()
    if id_ is None or step is None:
        raise BadDocument("id" if id_ is None else "step", "must be given")
    try:
        sandbox.step(id_, step, amount_cents=amount)
    except LookupError:
        raise BadDocument("id", "must be the id of an order or a transaction") from None
    except ValueError as error:
        raise BadDocument("step", str(error)) from None
    return {"id": id_}


def _transactions(sandbox: Sandbox, document: JSON) -> JSON:
    """Decide what the next transactions come to, or what one that is pending comes to."""
    asked = ControlDocument(document)
    id_, message = asked.text("id"), asked.text("message")
    if id_ is not None:
        succeeded = asked.flag("succeeded", default=True)
        asked.end()
        try:
            sandbox.complete(id_, succeeded=succeeded, message=message)
        except (LookupError, ValueError):
            raise BadDocument("id", "must be the id of a transaction that is pending") from None
        return {"id": id_}
    type_, outcome = asked.choice("type", TRANSACTIONS), asked.choice("outcome", OUTCOMES)
    times = asked.integer("times", 1, MAXIMUM_TIMES)
    asked.end()
    if type_ is None or outcome is None:
        raise BadDocument("type" if type_ is None else "outcome", "must be given")
    try:
        sandbox.decide(type_, outcome, message=message, times=times or 1)
    except ValueError as error:
        raise BadDocument("outcome", str(error)) from None
    return {"pending": sandbox.pending_decisions}


def _webhooks(sandbox: Sandbox, document: JSON) -> JSON:
    """Register an address, close a circuit, or show all webhooks with what was sent to them."""
    asked = ControlDocument(document)
    id_, url, closes = asked.text("id"), asked.text("callback_url"), asked.flag("reset_circuit")
    topics, include = asked.texts("topics"), asked.texts("include_resources")
    asked.end()
    if url is not None:
        try:
            return _webhook(sandbox, sandbox.add_webhook(topics, url, include_resources=include))
        except ValueError as error:
            member, _, wanted = str(error).partition(" ")
            raise BadDocument(member.rstrip(":"), wanted) from None
    if topics or include:
        raise BadDocument("callback_url", "must be given for a new webhook")
    webhooks = sandbox.webhooks
    if id_ is not None:
        webhooks = [each for each in webhooks if each.id == id_]
        if not webhooks:
            raise BadDocument("id", "must be the id of a webhook")
    if closes:
        for each in webhooks:
            sandbox.reset_circuit(each)
    return {"webhooks": [_webhook(sandbox, each) for each in webhooks]}


def _webhook(sandbox: Sandbox, webhook: Webhook) -> JSON:
    return {
        "id": webhook.id,
        "topics": [*sorted(webhook.topics)],
        "callback_url": webhook.callback_url,
        "include_resources": [*webhook.include_resources],
        "shared_secret": webhook.shared_secret,
        "circuit_state": webhook.circuit_state,
        "circuit_failure_count": webhook.failures,
        "deliveries": [
            {
                "topic": each.topic,
                "resource_id": each.resource_id,
                "outcome": each.outcome,
                "attempts": [*each.attempts],
                "payload": json_bytes.read(each.callback.body),
            }
            for each in sandbox.deliveries(webhook)
        ],
    }


def _clock(sandbox: Sandbox, document: JSON) -> JSON:
    asked = ControlDocument(document)
    now, advance = asked.number("now", 0, LATEST), asked.number("advance", -LATEST, LATEST)
    asked.end()
    if (now is None) == (advance is None):
        raise BadDocument("advance", "give either advance, in seconds, or now, in seconds since 1970")
    moment = sandbox.now() + advance if advance is not None else now or 0.0
    if not 0 <= moment <= LATEST:
        raise BadDocument("advance", "leads to before 1970 or after 3000")
    sandbox.set_time(moment)
    return {"now": sandbox.now()}


_ACTIONS = {
    "reset": _reset,
    "faults": _faults,
    "orders": _orders,
    "payments": _payments,
    "steps": _steps,
    "transactions": _transactions,
    "webhooks": _webhooks,
    "clock": _clock,
}


def _answer(status: int, document: JSON) -> Answer:
    return Answer(status, [JSON_TYPE, MARK], json_bytes.write(document))


def _refused(status: int, detail: str, member: str | None = None) -> Answer:
    item: dict[str, JSON] = {"title": "Bad control request", "detail": detail, "code": "BAD_CONTROL"}
    if member is not None:
        item["source"] = {"pointer": f"/{member.replace('.', '/')}"}
    item["status"] = str(status)
    return _answer(status, {"errors": [item]})
