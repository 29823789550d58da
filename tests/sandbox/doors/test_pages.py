"""The sandbox's pages as bytes; what they do in a browser is in tests/browser."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from commercelayer_klarna import ServerError
from commercelayer_klarna._redaction import SECRET_NAMES
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.api.state import State
from commercelayer_klarna.sandbox.doors import pages
from commercelayer_klarna.sandbox.doors.pages import view
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.order_life import STATES, OrderShop


def page(sandbox: Sandbox, path: str, status: int = 200) -> str:
    answer = pages.answer(sandbox, "GET", path)
    assert answer is not None
    assert answer.status == status
    headers = dict(answer.headers)
    assert headers["Content-Security-Policy"] == pages.POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    return answer.body.decode()


def state(sandbox: Sandbox) -> Any:
    return json.loads(page(sandbox, "/__sandbox__/state"))


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    with SandboxServer(Sandbox()) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        yield connection
        connection.close()


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html"),
        ("/?x=1", "text/html"),
        ("/__sandbox__/state", "application/json"),
        ("/__sandbox__/overview.js", "text/javascript"),
        ("/__sandbox__/checkout.js", "text/javascript"),
        ("/__sandbox__/klarna.js", "text/javascript"),
        ("/__sandbox__/style.css", "text/css"),
    ],
)
def test_pages_are_served(connection: http.client.HTTPConnection, path: str, media_type: str) -> None:
    for method in ("GET", "HEAD"):
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200
        assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"
        assert answer.headers["X-Sandbox"] == "true"
        assert bool(body) == (method == "GET")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("DELETE", "/__sandbox__/state"),
        ("GET", "/api/orders"),
        ("GET", "/nothing"),
        ("GET", "/__sandbox__/view.py"),
        ("GET", "/__sandbox__/../pages/view.py"),
    ],
)
def test_all_else_is_not_a_page(sandbox: Sandbox, method: str, path: str) -> None:
    assert pages.answer(sandbox, method, path) is None


def test_the_policy_allows_nothing_inline() -> None:
    directives = {name: value for name, _, value in (each.strip().partition(" ") for each in pages.POLICY.split(";"))}
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert not re.search("unsafe|https?:|[*]", pages.POLICY)


def test_pages_use_nothing_from_outside(sandbox: Sandbox) -> None:
    sandbox.client().create(order=sandbox.order_ids[0])
    for path in ("/", f"/checkout/{sandbox.order_ids[0]}", "/checkout/nothing"):
        text = page(sandbox, path, 404 if "nothing" in path else 200)
        assert "<script>" not in text
        assert "style=" not in text
        assert not re.search(r"\son\w+=", text)
        used = re.findall(r'(?:src|<link[^>]* href)="([^"]*)"', text)
        assert all(each.startswith("/__sandbox__/") or each == "data:," for each in used), used
        for each in used:
            if each.startswith("/"):
                page(sandbox, each)
    for script in ("overview.js", "checkout.js", "klarna.js"):
        text = page(sandbox, f"/__sandbox__/{script}")
        assert not re.search("innerHTML|outerHTML|insertAdjacentHTML|document.write|eval|new Function", text)


def test_each_state_of_a_payment_is_shown(sandbox: Sandbox) -> None:
    order, other, _ = sandbox.order_ids
    with sandbox.client() as client:

        def states() -> list[tuple[str, bool]]:
            return [(payment["state"], payment["current"]) for payment in state(sandbox)["payments"]]

        assert states() == []
        payment = client.create(order=order, reference="po-1")
        assert states() == [("open", True)]
        client.update(payment.id, auth_token="a-token-of-klarna")
        assert states() == [("authorized", True)]
        sandbox.set_order_total(order, 1)
        assert states() == [("mismatched", True)]
        later = client.create(order=order)
        assert states() == [("open", True), ("mismatched", False)]
        client.update(later.id, auth_token="another-token")
        document = {"data": {"type": "orders", "id": order, "attributes": {"_place": True}}}
        client.request("PATCH", f"orders/{order}", json=document)
        assert states() == [("placed", True), ("mismatched", False)]
        client.create(order=other)
    found = state(sandbox)
    counts = {"orders": 3, "payments": 3, "transactions": 1, "requests": len(sandbox.requests), "callbacks": 0}
    assert found["counts"] == counts
    assert {each["id"]: each["status"] for each in found["orders"]}[order] == "placed"
    assert {each["id"]: each["payable"] for each in found["orders"]}[order] is False
    events = [(each["type"], each["event"]) for each in found["events"] if each["subject"] == payment.id]
    assert events == [("klarna_payments", "update"), ("klarna_payments", "create")]


@pytest.mark.parametrize("of", STATES)
def test_the_steps_that_are_offered_are_those_that_are_possible(sandbox: Sandbox, of: str) -> None:
    """What the page offers of each state is what the API then does, and its reasons are the API's own."""
    shop = OrderShop(sandbox)
    refusing = shop.order(of)
    shown = state(sandbox)
    rows = [each for each in (*shown["orders"], *shown["transactions"]) if refusing in (each["id"], each.get("order"))]
    for row in rows:
        type_ = row.get("type", "orders")
        for step, refused in ((each["step"], each["refused"]) for each in row["steps"]):
            order = shop.order(of) if refused is None else refusing
            before = (shop.state(order), len(shop.transactions(order, "voids")))
            if refused not in (None, "was done already"):
                with pytest.raises(ValueError, match=refused):
                    sandbox.step(row["id"], step)
            else:
                fresh = order if type_ == "orders" else shop.transactions(order, type_)[0]["id"]
                sandbox.step(fresh, step)
            after = (shop.state(order), len(shop.transactions(order, "voids")))
            assert (after == before) == (refused is not None), step


def test_showing_steps_uses_no_decision(sandbox: Sandbox) -> None:
    order = OrderShop(sandbox).order("pending")
    sandbox.decide("authorizations", "refused")
    (place,) = [each for each in state(sandbox)["orders"][0]["steps"] if each["step"] == "_place"]
    assert place == {"step": "_place", "refused": None}
    with pytest.raises(ValueError, match="not approved"):
        sandbox.step(order, "_place")


def test_transactions_are_shown_with_what_is_left(sandbox: Sandbox) -> None:
    shop = OrderShop(sandbox)
    shop.order("partially refunded")
    sandbox.decide("captures", "failed", message="Not today.")
    shop.step(shop.order("approved"), "_capture")
    sandbox.decide("captures", "pending")
    shop.step(shop.order("approved"), "_capture")
    names = ("type", "outcome", "said", "left_cents")
    assert [tuple(each[name] for name in names) for each in reversed(state(sandbox)["transactions"])] == [
        ("authorizations", "succeeded", "Success!", 0),
        ("captures", "succeeded", "Success!", 5600 - 1000),
        ("refunds", "succeeded", "Success!", None),
        ("authorizations", "succeeded", "Success!", 6300),
        ("captures", "failed", "Not today.", None),
        ("authorizations", "succeeded", "Success!", 0),
        ("captures", "pending", None, None),
    ]


def test_callbacks_are_shown_without_the_secret(sandbox: Sandbox) -> None:
    webhook = sandbox.add_webhook(["orders.place", "orders.approve"], "http://127.0.0.1:9/here")
    order = OrderShop(sandbox).order("approved")
    answers = iter([204, "no answer"])
    sandbox.send_callbacks(lambda callback: next(answers))
    found = state(sandbox)
    shown = [(each["topic"], each["subject"], each["outcome"], each["attempts"]) for each in found["callbacks"]]
    assert shown == [
        ("orders.approve", order, "waiting", ["no answer"]),
        ("orders.place", order, "delivered", [204]),
    ]
    assert [(each["circuit"], each["failures"]) for each in found["webhooks"]] == [("closed", 1)]
    assert (found["organization"], found["mode"]) == ("sandbox", "test")
    assert webhook.shared_secret not in page(sandbox, "/__sandbox__/state")


def test_the_pages_and_the_client_hide_the_same_names() -> None:
    assert view.SECRET_NAMES == SECRET_NAMES


def test_no_secret_is_shown(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        payment = client.create(order=sandbox.order_ids[0], metadata={"api_key": "k-1", "deep": [{"token": "k-2"}]})
        client.update(payment.id, auth_token="a-token-of-klarna")
        client.update(payment.id, auth_token="a-second-token")
    text = page(sandbox, "/__sandbox__/state")
    assert payment.client_token is not None
    for secret in (payment.client_token, "a-token-of-klarna", "a-second-token", "k-1", "k-2", sandbox.client_secret):
        assert secret not in text


def test_the_last_requests_are_shown(sandbox: Sandbox) -> None:
    with sandbox.client(retry=None) as client:
        client.count({"reference_eq": "a-secret-of-a-filter"})
        sandbox.fail_next(503)
        for _ in range(2):
            with suppress(ServerError):
                client.count()
    found = state(sandbox)["requests"]
    path = "/api/klarna_payments"
    assert [(each["method"], each["path"], each["status"], each["fault"]) for each in found] == [
        ("GET", path, 200, None),
        ("GET", path, 503, "status 503"),
        ("GET", path, 200, None),
        ("POST", "/oauth/token", 200, None),
    ]
    assert len({each["id"] for each in found}) == 4
    assert "a-secret" not in page(sandbox, "/__sandbox__/state")


def test_the_view_is_bounded(sandbox: Sandbox) -> None:
    order = sandbox.order_ids[0]
    with sandbox.client() as client:
        for number in range(view.ROWS + 5):
            client.create(order=order, reference=f"{number} " + "x" * 5_000, metadata={"y" * 5_000: "z" * 5_000})
    found = state(sandbox)
    assert len(found["payments"]) == len(found["events"]) == len(found["requests"]) == view.ROWS
    assert found["counts"]["payments"] == view.ROWS + 5
    assert found["payments"][0]["reference"].startswith(f"{view.ROWS + 4} ")
    assert len(page(sandbox, "/__sandbox__/state")) < 300_000


def test_the_checkout_shows_what_a_shopper_needs(sandbox: Sandbox) -> None:
    order = sandbox.order_ids[0]
    assert "no payment yet" in page(sandbox, f"/checkout/{order}")
    with sandbox.client() as client:
        payment = client.create(order=order)
        text = page(sandbox, f"/checkout/{order}?utm=1")
        assert f'data-client-token="{payment.client_token}"' in text
        assert "pay_later" in text
        assert "will be refused" not in text
        sandbox.set_order_total(order, 5)
        assert "will be refused" in page(sandbox, f"/checkout/{order}")
    for missing in ("nothing", "", "a/b", "%00", "%3Cscript%3E", payment.id):
        text = page(sandbox, f"/checkout/{missing}", 404)
        assert "No such order" in text
        assert "<script>" not in text


def test_hostile_values_are_escaped(sandbox: Sandbox) -> None:
    order = sandbox.order_ids[0]
    sandbox.client().create(order=order)

    def poison(state: State) -> None:
        found = state.find("orders", order)
        assert found is not None
        found.attributes["number"] = "$total</p><script>x</script>"
        payment = state.follow(found.linked["payment_source"])
        assert payment is not None
        payment.attributes["payment_methods"] = [{"identifier": "\"'><script>x</script>", "name": "&amp;"}]

    sandbox.read(poison)
    text = page(sandbox, f"/checkout/{order}")
    assert "<script>x" not in text
    assert "$total&lt;/p&gt;" in text
    assert "&quot;\\&quot;&#x27;&gt;&lt;script&gt;" in text
    assert "&amp;amp;" in text


def test_a_view_leaves_no_trace(sandbox: Sandbox) -> None:
    before = state(sandbox)
    for path in ("/", f"/checkout/{sandbox.order_ids[0]}", "/__sandbox__/state"):
        page(sandbox, path)
    assert state(sandbox) == before
