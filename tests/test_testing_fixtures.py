"""The pytest plugin, in test suites of their own."""

import importlib.util
import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

PLUGIN = "commercelayer_klarna.testing"

IN_PROCESS = """
import asyncio
import time
import pytest
from commercelayer_klarna import AmbiguousWriteError, NotFoundError, ServerError, TokenError
from commercelayer_klarna import WebhookVerificationError, webhooks

seen = []


@pytest.mark.parametrize("number", range(3))
def test_the_sandbox_is_fresh_for_each_test(klarna_sandbox, number):
    assert klarna_sandbox.client.count() == 0
    payment = klarna_sandbox.client.create(order=klarna_sandbox.order_ids[0])
    assert klarna_sandbox.client.retrieve(payment.id).id == payment.id
    assert klarna_sandbox.client is klarna_sandbox.client
    assert len(klarna_sandbox.requests) >= 4
    assert klarna_sandbox not in seen
    seen.append(klarna_sandbox)


def test_the_client_was_closed_at_the_end():
    if seen:
        with pytest.raises(RuntimeError):
            seen[0].client.count()


def test_what_a_test_controls_happens(klarna_sandbox):
    order = klarna_sandbox.order_ids[0]
    payments = klarna_sandbox.sandbox.client(retry=None)
    payment = payments.create(order=order)
    klarna_sandbox.fail_next(503, method="GET")
    payments.create(order=order)
    with pytest.raises(ServerError):
        payments.count()
    klarna_sandbox.fail_next(kind="reset", when="after", method="POST")
    klarna_sandbox.fail_next(503, method="GET", times=4)  # or the client would read back what it has created
    with pytest.raises(AmbiguousWriteError):
        payments.create(order=order)
    assert not klarna_sandbox.sandbox.pending_faults
    klarna_sandbox.fail_next(503, times=3, retry_after=10)
    assert klarna_sandbox.client.count() == 3
    timing = klarna_sandbox.client._session.settings.timing
    assert timing.sleep is not time.sleep, "the waits between attempts take no time"
    klarna_sandbox.set_order_total(order, 1)
    assert payments.retrieve(payment.id).mismatched_amounts is True


def test_a_callback_is_what_the_api_would_send(klarna_sandbox):
    order = klarna_sandbox.order_ids[0]
    payment = klarna_sandbox.client.create(order=order, reference="ü")
    callback = klarna_sandbox.callback("orders.place", order, include=["payment_source"])
    event = webhooks.parse(callback.body, callback.headers, callback.secret)
    assert event.topic == "orders.place" and event.resource.payment_source == payment
    assert event.resource.links["self"] == f"/api/orders/{order}"
    assert "ü".encode() in callback.body and b": " not in callback.body
    assert callback.secret not in repr(callback)
    other = klarna_sandbox.callback("orders.place", order, secret="other")
    with pytest.raises(WebhookVerificationError):
        webhooks.parse(other.body, other.headers, callback.secret)
    with pytest.raises(NotFoundError):
        klarna_sandbox.callback("orders.place", "none")


def test_tokens_fail_only_when_told(klarna_sandbox):
    klarna_sandbox.fail_next(500, path="/oauth/token", times=9)
    with pytest.raises(TokenError):
        klarna_sandbox.client.count()


def test_the_async_client_is_answered(klarna_sandbox):
    klarna_sandbox.fail_next(503, method="GET", times=3, retry_after=10)

    async def pay():
        made = await klarna_sandbox.async_client.create(order=klarna_sandbox.order_ids[0])
        return await klarna_sandbox.async_client.retrieve(made.id)

    assert asyncio.run(pay()).auth_token is None
    assert klarna_sandbox.client.count() == 1


def test_the_async_client_is_answered_in_a_loop_that_stays_open(klarna_sandbox, loop):
    loop.run_until_complete(klarna_sandbox.async_client.count())


@pytest.fixture(scope="module")
def loop():
    made = asyncio.new_event_loop()
    yield made
    # Closing the client must not have closed or replaced it.
    assert made.run_until_complete(asyncio.sleep(0, "alive")) == "alive"
    made.close()
"""

SERVED = """
import pytest
from commercelayer_klarna import ClientCredentials, KlarnaPayments, ServerError

URLS = set()


@pytest.fixture
def payments(klarna_sandbox_server):
    server = klarna_sandbox_server
    auth = ClientCredentials(
        client_id=server.client_id, client_secret=server.client_secret, auth_url=server.auth_url
    )
    with KlarnaPayments(base_url=server.url, auth=auth, retry=None) as client:
        yield client


@pytest.mark.parametrize("number", range(3))
def test_the_served_sandbox_is_reset_for_each_test(klarna_sandbox_server, payments, number):
    URLS.add(klarna_sandbox_server.url)
    assert len(URLS) == 1, "one server a session"
    assert payments.count() == 0
    klarna_sandbox_server.set_order_total(klarna_sandbox_server.order_ids[1], 7)
    payments.create(order=klarna_sandbox_server.order_ids[0])
    assert payments.count() == 1
    assert klarna_sandbox_server.requests
    klarna_sandbox_server.fail_next(500, times=5)


@pytest.fixture(scope="module")
def service():
    # It outlives the tests, and keeps its connection and its token.
    made = []
    yield made
    for client in made:
        client.close()


@pytest.mark.parametrize("number", range(3))
def test_a_service_that_lives_on(klarna_sandbox_server, service, number):
    if not service:
        server = klarna_sandbox_server
        auth = ClientCredentials(
            client_id=server.client_id, client_secret=server.client_secret, auth_url=server.auth_url
        )
        service.append(KlarnaPayments(base_url=server.url, auth=auth))
    assert service[0].count() == 0
    service[0].create(order=klarna_sandbox_server.order_ids[0])


def test_what_a_test_controls_happens(klarna_sandbox_server, payments):
    klarna_sandbox_server.fail_next(500)
    with pytest.raises(ServerError):
        payments.count()
    assert payments.count() == 0
    klarna_sandbox_server.add_fault({"status": 500})
    with pytest.raises(ServerError):
        payments.count()
    order = klarna_sandbox_server.add_order()
    payment = klarna_sandbox_server.create_payment(order)
    klarna_sandbox_server.authorize_payment(payment, "from-the-widget")
    klarna_sandbox_server.decide("authorizations", "pending")
    klarna_sandbox_server.step(order, "_place")
    authorization = payments.orders.authorizations(order).one()
    klarna_sandbox_server.complete(authorization.id)
    assert payments.authorizations.retrieve(authorization.id).outcome == "succeeded"
    before = klarna_sandbox_server.sandbox.now()
    klarna_sandbox_server.advance(3600)
    klarna_sandbox_server.set_time(klarna_sandbox_server.sandbox.now() + 3600)
    assert klarna_sandbox_server.sandbox.now() >= before + 7200


def test_a_service_is_told_by_its_environment(klarna_sandbox_server, monkeypatch):
    for name, value in klarna_sandbox_server.env.items():
        monkeypatch.setenv(name, value)
    with KlarnaPayments.from_env() as payments:
        assert payments.orders.retrieve(klarna_sandbox_server.order_ids[0]).status == "pending"
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A test suite that turns every warning into an error, without the other plugins that are installed here."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nfilterwarnings = ["error"]\n')
    return pytester


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "no:cacheprovider", "-p", PLUGIN, *arguments)


@pytest.mark.parametrize(
    "arguments", [(), pytest.param(("-p", "xdist", "-n", "2"), marks=pytest.mark.nightly)], ids=["alone", "xdist"]
)
@pytest.mark.parametrize(("text", "passed"), [(IN_PROCESS, 9), (SERVED, 8)], ids=["in process", "served"])
def test_a_suite_with_the_fixtures_passes(
    suite: pytest.Pytester, text: str, passed: int, arguments: tuple[str, ...]
) -> None:
    suite.makepyfile(text)
    run(suite, *arguments).assert_outcomes(passed=passed)


def test_the_fixtures_are_documented(suite: pytest.Pytester) -> None:
    result = run(suite, "--fixtures")
    result.stdout.fnmatch_lines(
        ["klarna_sandbox -- *", "*a new Klarna sandbox in process*", "klarna_sandbox_server -- *", "*reset for each*"]
    )


def test_a_port_that_is_not_asked_for_is_not_opened(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import sys

        def test_nothing():
            assert "commercelayer_klarna.sandbox" not in sys.modules

        def test_in_process(klarna_sandbox):
            assert "commercelayer_klarna.sandbox.doors.server" not in sys.modules
        """
    )
    run(suite).assert_outcomes(passed=2)


def test_the_module_itself_imports_nothing_heavy() -> None:
    """Its package does; what the module adds to that is counted."""
    check = """
import sys
import pytest
import commercelayer_klarna
before = set(sys.modules)
import commercelayer_klarna.testing
added = set(sys.modules) - before
assert added == {"commercelayer_klarna.testing"}, added
"""
    subprocess.run([sys.executable, "-c", check], check=True)


def test_without_pytest_it_says_what_to_install() -> None:
    check = """
import sys
sys.modules["pytest"] = None
try:
    import commercelayer_klarna.testing
except ImportError as error:
    assert "pip install pytest" in str(error) and error.__cause__ is None
else:
    raise SystemExit("imported")
"""
    subprocess.run([sys.executable, "-c", check], check=True)


def test_the_module_alone_imports_only_pytest() -> None:
    found = importlib.util.find_spec(PLUGIN)
    assert found is not None
    assert found.origin is not None
    check = """
import importlib.util, sys
import pytest
spec = importlib.util.spec_from_file_location("plugin", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
heavy = {"httpx", "attrs", "attr", "commercelayer_klarna", "commercelayer_klarna_api"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", check, found.origin], check=True)
