"""The sandbox's pages, as people and users' browser tests see them."""

import http.client
import json
from collections.abc import Callable
from typing import Any

import pytest

from commercelayer_klarna import KlarnaPayment, KlarnaPayments, NotFoundError
from commercelayer_klarna.sandbox.api.state import State
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.order_life import OrderShop

Visit = Callable[[str], Any]

HOSTILE = [
    "<img src=x onerror=\"window.pwned='img'\">",
    "</script><script>window.pwned='script'</script>",
    "javascript:window.pwned='url'",
    '"><svg onload="window.pwned=\'svg\'">',
    "' onmouseover='window.pwned=1' x='",
]
ATTACK = "/api/<svg/onload=window.pwned='path'></script><script>window.pwned='path'</script>"


def place(client: KlarnaPayments, order: str) -> None:
    document = {"data": {"type": "orders", "id": order, "attributes": {"_place": True}}}
    client.request("PATCH", f"orders/{order}", json=document)


def shown_state(page: Any, payment: KlarnaPayment, state: str) -> str:
    """Wait until the page shows the payment in a state, and return its row."""
    row = f"document.querySelector('#payments tr[data-id=\"{payment.id}\"]')"
    page.wait(f"{row}?.querySelector('.badge').dataset.word === {json.dumps(state)}")
    text: str = page.js(f"{row}.innerText")
    return text


def test_the_page_shows_what_changes(visit: Visit, served: SandboxServer, client: KlarnaPayments) -> None:
    page = visit("/")
    assert "No payment yet" in page.text("main")
    page.wait("document.getElementById('refresh').textContent === 'up to date'")
    page.js("window.same = true")
    first, second, _ = served.sandbox.order_ids

    payment = client.create(order=first, reference="po-1", metadata={"cart": "42"})
    row = shown_state(page, payment, "open")
    assert "po-1" in row
    assert "client ***" in row
    assert "auth ***" not in row
    client.update(payment.id, auth_token="a-token-of-klarna")
    assert "auth ***" in shown_state(page, payment, "authorized")
    place(client, first)
    shown_state(page, payment, "placed")
    assert "placed" in page.text(f"#orders tr[data-id='{first}']")

    late = client.create(order=second)
    served.sandbox.set_order_total(second, 99)
    shown_state(page, late, "mismatched")
    later = client.create(order=second)
    shown_state(page, later, "open")
    assert "no longer the order's" in shown_state(page, late, "mismatched")

    events = page.text("#events")
    assert "create" in events
    assert "auth_token" in events
    with pytest.raises(NotFoundError):
        client.retrieve("nothing")
    served.sandbox.fail_next(500)
    client.count()
    page.wait("document.getElementById('requests').innerText.includes('klarna_payments/nothing')")
    page.wait("document.getElementById('requests').innerText.includes('status 500')")
    assert {"201", "200", "404", "500", "POST", "PATCH"} <= set(page.text("#requests").split())

    assert page.js("window.same") is True, "the page was loaded again"
    everything = page.js("document.documentElement.outerHTML")
    for secret in (payment.client_token, "a-token-of-klarna", served.sandbox.client_secret):
        assert secret not in everything
    assert {url.split("/")[2] for url in page.requests() if url.startswith("http")} == {f"127.0.0.1:{served.port}"}


def test_what_the_reader_opened_stays_open(visit: Visit, served: SandboxServer, client: KlarnaPayments) -> None:
    payment = client.create(order=served.sandbox.order_ids[0], metadata={"cart": "forty-two"})
    page = visit("/")
    row = f"#payments tr[data-id='{payment.id}']"
    page.click(f"{row} summary")
    assert "forty-two" in page.text(row)
    client.create(order=served.sandbox.order_ids[1])
    page.wait("document.querySelectorAll('#payments tbody tr').length === 2")
    client.update(payment.id, reference="new")
    page.wait(f"document.querySelector(\"{row}\").innerText.includes('new')")
    assert "forty-two" in page.text(row)


def test_a_hidden_page_asks_for_nothing(visit: Visit, served: SandboxServer, client: KlarnaPayments) -> None:
    page = visit("/")
    page.wait("document.getElementById('refresh').textContent === 'up to date'")
    hide = "Object.defineProperty(document, 'hidden', {{value: {}, configurable: true}}); {}"
    change = "document.dispatchEvent(new Event('visibilitychange'))"
    page.js(hide.format("true", change))
    page.wait("document.getElementById('refresh').textContent === 'paused'")
    # An answer may still be under way.
    page.js("new Promise((resolve) => setTimeout(resolve, 200))")
    asked = len(page.requests())
    payment = client.create(order=served.sandbox.order_ids[0])
    page.js("new Promise((resolve) => setTimeout(resolve, 1500))")
    assert len(page.requests()) == asked
    page.js(hide.format("false", change))
    shown_state(page, payment, "open")


def test_a_sandbox_that_ends_is_said_to_be_gone(visit: Visit, served: SandboxServer) -> None:
    page = visit("/")
    page.wait("document.getElementById('refresh').textContent === 'up to date'")
    served.close()
    page.wait("document.getElementById('refresh').textContent === 'not reachable'")
    page.forgive("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET")


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_nothing_is_wider_than_the_screen(
    visit: Visit, served: SandboxServer, client: KlarnaPayments, width: int
) -> None:
    order = served.sandbox.order_ids[0]
    client.create(order=order, reference="long" * 60, metadata={"long" * 20: "value" * 60})
    for path in ("/", f"/checkout/{order}", "/checkout/nothing"):
        page = visit(path)
        page.resize(width, 800)
        if path == "/":
            page.wait("document.querySelectorAll('#payments tbody tr').length === 1")
        page.js("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert page.js("document.documentElement.scrollWidth") <= width
        page.forgive("404")


def test_a_shopper_authorizes_and_the_order_is_placed(
    visit: Visit, served: SandboxServer, client: KlarnaPayments
) -> None:
    order = served.sandbox.order_ids[0]
    payment = client.create(order=order)
    overview, page = visit("/"), visit(f"/checkout/{order}")
    page.js("document.addEventListener('klarna:authorized', (event) => { window.heard = event.detail; })")
    assert page.js("document.getElementById('checkout').dataset.clientToken") == payment.client_token
    for method in payment.payment_methods:
        assert method["name"] in page.text("#payment-methods")
    page.click("input[value=pay_over_time]")
    page.wait("document.getElementById('klarna-widget').innerText.includes('pay_over_time')")
    page.click("#pay")
    page.click("#klarna-authorize")
    token = page.text("#authorization_token")
    assert page.js("window.heard") == {
        "authorization_token": token,
        "approved": True,
        "show_form": True,
        "finalize_required": False,
    }
    assert page.text("#verdict") == "Authorized"

    client.update(payment.id, auth_token=token)
    shown_state(overview, payment, "authorized")
    place(client, order)
    shown_state(overview, payment, "placed")
    page.go(page.js("location.href"))
    assert "This order is placed" in page.text("main")


def test_a_shopper_declines(visit: Visit, served: SandboxServer, client: KlarnaPayments) -> None:
    order = served.sandbox.order_ids[0]
    client.create(order=order)
    page = visit(f"/checkout/{order}")
    page.js("document.addEventListener('klarna:declined', (event) => { window.heard = event.detail; })")
    page.click("#pay")
    page.wait("document.getElementById('klarna-dialog')?.open")
    page.press("Escape")
    page.wait("window.heard")
    assert page.js("window.heard") == {"approved": False, "show_form": True}
    assert page.js("document.getElementById('klarna-dialog')") is None

    page.click("#pay")
    page.click("#klarna-decline")
    page.wait("window.heard.show_form === false")
    assert page.js("window.heard") == {"approved": False, "show_form": False}
    assert page.text("#verdict") == "Declined"
    assert page.js("document.getElementById('authorization_token').textContent") == ""
    assert page.js("document.getElementById('pay').disabled") is True
    page.js("window.heard = null")
    page.click("input[value=pay_now]")
    page.click("#pay")
    page.click("#klarna-authorize")
    assert len(page.text("#authorization_token")) == 36


@pytest.mark.parametrize(
    ("attempt", "name"),
    [
        ("Klarna.Payments.init({client_token: 'no token'})", "InvalidClientTokenError"),
        ("Klarna.Payments.init({})", "InvalidClientTokenError"),
        ("Klarna.Payments.load({container: '#nowhere'}, () => {})", "ContainerNotFoundError"),
    ],
)
def test_the_stand_in_of_klarnas_script_refuses_wrong_calls(
    visit: Visit, served: SandboxServer, client: KlarnaPayments, attempt: str, name: str
) -> None:
    order = served.sandbox.order_ids[0]
    client.create(order=order)
    page = visit(f"/checkout/{order}")
    assert page.js(f"(() => {{ try {{ {attempt}; }} catch (error) {{ return error.name; }} }})()") == name


def test_the_stand_in_of_klarnas_script_works_in_a_page_of_ones_own(
    visit: Visit, served: SandboxServer, client: KlarnaPayments
) -> None:
    """A shop waits for klarnaAsyncCallback, and may leave out or send the data in the middle."""
    token = client.create(order=served.sandbox.order_ids[0]).client_token
    page = visit("/checkout/nothing")
    page.forgive("404")
    page.js(
        f"""new Promise((resolve) => {{
          window.klarnaAsyncCallback = () => {{
            try {{ Klarna.Payments.authorize({{}}, () => {{}}); }} catch (error) {{ window.early = error.name; }}
            Klarna.Payments.init({{client_token: {json.dumps(token)}}});
            Klarna.Payments.load({{container: document.getElementById('message')}}, {{}}, (result) => {{
              window.loaded = result;
              Klarna.Payments.authorize({{}}, {{billing_address: {{}}}}, (result) => {{ window.result = result; }});
              resolve();
            }});
          }};
          const script = document.createElement('script');
          // The sandbox's own pages trust no text to be a script's address; here the test is the shop.
          const policy = trustedTypes.createPolicy('shop', {{createScriptURL: (url) => url}});
          script.src = policy.createScriptURL('/__sandbox__/klarna.js');
          document.head.append(script);
        }})"""
    )
    assert page.js("window.early") == "ApplicationNotLoadedError"
    assert page.js("window.loaded") == {"show_form": True}
    page.click("#klarna-authorize")
    page.wait("window.result?.approved")


def test_hostile_values_are_shown_as_text(visit: Visit, served: SandboxServer, client: KlarnaPayments) -> None:
    sandbox = served.sandbox
    for index, text in enumerate(HOSTILE):
        order = sandbox.order_ids[index % 3]
        client.create(order=order, reference=text, metadata={text: [text, {text: text}]})
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request("GET", ATTACK)
    assert connection.getresponse().status == 404
    connection.close()
    order = sandbox.order_ids[0]

    def poison(state: State) -> str:
        """Put the texts where no request can put them."""
        found = state.find("orders", order)
        assert found is not None
        payment = state.follow(found.linked["payment_source"])
        assert payment is not None
        found.attributes.update(dict.fromkeys(("number", "reference", "formatted_total_amount_with_taxes"), HOSTILE[0]))
        payment.attributes["payment_methods"] = [{"identifier": text, "name": text} for text in HOSTILE]
        return payment.id

    payment = sandbox.read(poison)
    overview, checkout = visit("/"), visit(f"/checkout/{order}")
    overview.wait(f"document.querySelectorAll('#payments tbody tr').length === {len(HOSTILE)}")
    overview.js("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for text in HOSTILE:
        assert text in overview.text("#payments")
        assert text in checkout.text("#payment-methods")
    assert HOSTILE[0] in overview.text("#orders")
    assert ATTACK in overview.text("#requests")
    assert HOSTILE[0] in checkout.text(".total")
    checkout.click("#pay")
    checkout.click("#klarna-authorize")
    checkout.text("#authorization_token")
    assert payment in checkout.text("#payment")
    missing = visit("/checkout/%3Cimg%20src%3Dx%20onerror%3D%22window.pwned%3D1%22%3E")
    missing.forgive("404")
    for page in (overview, checkout, missing):
        page.js("new Promise((resolve) => setTimeout(resolve, 100))")
        assert page.js("typeof window.pwned") == "undefined"
        assert (
            page.js("document.querySelectorAll('img, svg, main script, [onerror], [onload], [onmouseover]').length")
            == 0
        )
        links = page.js("Array.from(document.links, (link) => link.protocol)")
        assert set(links) <= {"http:"}


def test_the_policy_forbids_what_the_code_avoids(visit: Visit) -> None:
    """Even a page with a hole in it would run nothing."""
    page = visit("/")
    page.js("document.body.insertAdjacentElement('beforeend', document.createElement('button')).id = 'hole'")
    page.js(
        "try { document.body.innerHTML = '<img src=x onerror=\"window.pwned=1\">'; } catch { window.refused = true; }"
    )
    assert page.js("window.refused") is True
    page.js("document.getElementById('hole').setAttribute('style', 'color: red')")
    page.wait("window.violations.length >= 2")
    assert page.js("typeof window.pwned") == "undefined"
    page.forgive("")


def test_an_order_is_taken_through_its_life_by_buttons(visit: Visit, served: SandboxServer) -> None:
    """No service, no credentials: from a new order to its refund."""
    sandbox = served.sandbox
    webhook = sandbox.add_webhook(["captures.succeeded"], "http://127.0.0.1:9/nobody")
    page = visit("/")
    page.wait("document.querySelectorAll('#orders tbody tr').length === 3")
    assert "mode test" in page.text("#mode")
    page.click("#add-order")
    page.wait("document.querySelectorAll('#orders tbody tr').length === 4")
    order = page.js("document.querySelector('#orders tbody tr').dataset.id")

    def state(words: str) -> None:
        page.wait(f"Array.from({row('orders', order)}.querySelectorAll('td')).some((cell) => {said(words)})")

    def row(table: str, id_: str) -> str:
        return f"document.querySelector('#{table} tr[data-id=\"{id_}\"]')"

    def said(words: str) -> str:
        return f"cell.innerText.split(/\\s+/).join(' ') === {json.dumps(words)}"

    def press(table: str, id_: str, label: str, cents: int | None = None) -> None:
        found = f"Array.from({row(table, id_)}.querySelectorAll('button'), (b) => b)"
        one = f"{found}.find((each) => each.innerText === {json.dumps(label)})"
        page.wait(f"{one} && !{one}.disabled")
        if cents is not None:
            page.js(f"{one}.parentElement.querySelector('input').value = '{cents}'")
        page.js(f"{one}.id = 'pressed'")
        page.click("#pressed")

    def refused(label: str) -> str:
        buttons = f"Array.from({row('orders', order)}.querySelectorAll('button:disabled'))"
        reason: str = page.js(f"{buttons}.find((each) => each.innerText === {json.dumps(label)}).title")
        return reason

    state("pending unpaid unfulfilled")
    assert refused("place") == "can't be blank"
    press("orders", order, "create payment")
    page.wait(f"{row('orders', order)}.querySelector('a') !== null")
    checkout = visit(page.js(f"new URL({row('orders', order)}.querySelector('a').href).pathname"))
    checkout.click("#pay")
    checkout.click("#klarna-authorize")
    checkout.click("#store")
    checkout.wait("document.getElementById('done').textContent.startsWith('stored')")

    press("orders", order, "place")
    state("placed authorized unfulfilled")
    assert refused("refund") == "cannot transition from placed to refunded"
    page.click(f"#orders tr[data-id='{order}'] summary")
    assert "cannot transition from placed to refunded" in page.text(f"#orders tr[data-id='{order}'] .reasons")
    press("orders", order, "approve")
    state("approved authorized unfulfilled")

    def made(type_: str) -> str:
        one = (
            f"Array.from(document.querySelectorAll('#transactions tr')).find((r) => r.innerText.startsWith('{type_}'))"
        )
        id_: str = page.wait(f"{one}?.dataset.id")
        return id_

    authorization = made("authorization")
    press("transactions", authorization, "capture", 1000)
    state("approved partially_paid unfulfilled")
    part = made("capture")
    press("transactions", authorization, "capture")
    state("approved paid in_progress")
    assert refused("cancel") == "cannot transition from paid to cancelled"
    press("transactions", part, "refund", 2000)
    page.wait("!document.getElementById('refusal').hidden")
    assert "must be less than or equal to 1000" in page.text("#refusal")
    page.forgive("400")
    press("transactions", part, "refund", 400)
    state("approved partially_refunded in_progress")
    assert page.js("document.getElementById('refusal').hidden") is True
    press("orders", order, "refund")
    state("cancelled refunded unfulfilled")
    page.wait("document.querySelectorAll('#callbacks tbody tr').length === 2")
    assert "http://127.0.0.1:9/nobody" in page.text("#webhooks")
    assert webhook.shared_secret not in page.js("document.documentElement.outerHTML")


@pytest.mark.parametrize(
    ("table", "label", "state"), [("orders", "cancel", "cancelled"), ("transactions", "void", "voided")]
)
def test_an_order_is_given_up_by_a_button(
    visit: Visit, served: SandboxServer, table: str, label: str, state: str
) -> None:
    order = OrderShop(served.sandbox).order("placed")
    page = visit("/")
    page.wait("document.querySelectorAll('#transactions tbody tr').length === 1")
    buttons = f"Array.from(document.querySelectorAll('#{table} button:enabled'))"
    page.js(f"{buttons}.find((each) => each.innerText === '{label}').id = 'pressed'")
    page.click("#pressed")
    page.wait(f"document.querySelector('#orders tr[data-id=\"{order}\"]').innerText.includes('{state}')")


def test_pending_transactions_and_open_circuits_have_buttons(visit: Visit, served: SandboxServer) -> None:
    sandbox = served.sandbox
    shop, webhook = OrderShop(sandbox), sandbox.add_webhook(["orders.refund"], "http://127.0.0.1:9/nobody")
    sandbox.decide("authorizations", "pending")
    order = shop.order("placed")
    webhook.failures = 30
    page = visit("/")
    page.wait("document.querySelector('#webhooks button') !== null")
    page.click("#webhooks button")
    page.wait("document.getElementById('webhooks').innerText.includes('circuit closed')")
    assert webhook.circuit_state == "closed"
    page.js("Array.from(document.querySelectorAll('#transactions button')).at(-2).id = 'pressed'")
    assert page.text("#pressed") == "let it succeed"
    page.click("#pressed")
    page.wait("document.querySelector('#transactions .badge').innerText === 'succeeded'")
    assert shop.state(order)[1] == "authorized"


def test_a_token_is_copied_and_a_decline_is_tried_again(
    visit: Visit, served: SandboxServer, client: KlarnaPayments
) -> None:
    order = served.sandbox.order_ids[0]
    client.create(order=order)
    page = visit(f"/checkout/{order}")
    page.js("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.click("#pay")
    page.click("#klarna-decline")
    page.wait("document.getElementById('verdict').textContent === 'Declined'")
    assert page.js("document.getElementById('pay').disabled") is True
    page.click("#again")
    page.click("#pay")
    page.click("#klarna-authorize")
    page.click("#copy")
    page.wait("document.getElementById('done').textContent === 'copied'")
    assert page.js("window.copied") == page.text("#authorization_token")
    assert page.js("document.getElementById('again').hidden") is True


@pytest.mark.parametrize("width", [800, 1024, 1280])
def test_totals_do_not_break(visit: Visit, served: SandboxServer, client: KlarnaPayments, width: int) -> None:
    shop = OrderShop(served.sandbox)
    served.sandbox.set_order_total(shop.order("partially refunded"), 123_456_789)
    page = visit("/")
    page.resize(width, 800)
    page.wait("document.querySelectorAll('#transactions tbody tr').length === 3")
    lines = "Array.from(document.querySelectorAll('.money'), (each) => each.getClientRects().length)"
    assert set(page.js(lines)) == {1}
    assert page.js("document.documentElement.scrollWidth") <= width
