"""The probe: what it sends, what it refuses to send, and what it tells."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import httpx
import pytest

from commercelayer_klarna import AccessToken, APIConnectionError
from commercelayer_klarna.plugins.limits import Limits
from commercelayer_klarna.probe.check import Check, Found
from commercelayer_klarna.probe.checks import CHECKS, TOPICS, selected
from commercelayer_klarna.probe.exchange import Ask, CannotTell
from commercelayer_klarna.probe.recording import write
from commercelayer_klarna.probe.report import Report
from commercelayer_klarna.probe.runner import most_requests, run
from commercelayer_klarna.probe.scrubbing import shape
from commercelayer_klarna.probe.sending import AsWritten, ProbeRefusedError
from commercelayer_klarna.probe.stand_in import StandIn, furnished, stand_in
from commercelayer_klarna.probe.visit import Prober, Visit
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.transport import SandboxTransport
from support.breaking import Defect, broken, own
from support.virtual_time import FakeTime

Whole = tuple[StandIn, Visit, Report]

LIST = Ask("GET", "klarna_payments?page[size]=1")


@pytest.fixture(scope="module")
def whole() -> Whole:
    """A run of all checks."""
    shop = stand_in()
    visit = shop.visit()
    return shop, visit, run(visit, CHECKS)


def test_all_that_is_documented_holds_in_the_sandbox(whole: Whole) -> None:
    report = whole[2]
    assert report.found(Found.DIFFERS) == []
    untold = [each.check for each in report.found(Found.CANNOT_TELL)]
    assert [each.name for each in untold if each.certainty == "documented"] == []
    assert len(report.found(Found.HOLDS)) > 290
    assert report.sandbox
    assert report.mode == "test"


def test_in_an_organization_that_is_new_nothing_differs() -> None:
    visit = StandIn(Sandbox(orders=0), (), "").visit()
    assert [each.check.name for each in run(visit, CHECKS).found(Found.DIFFERS)] == []


def test_what_is_announced_is_kept(whole: Whole) -> None:
    shop, visit, _ = whole
    sent = Counter(each.check for each in visit.exchanges)
    assert len(visit.exchanges) <= most_requests(CHECKS, len(shop.orders))
    assert {each.name: (sent[each.name], each.most) for each in CHECKS if sent[each.name] > each.most} == {}


def test_a_check_sends_no_more_than_it_announced() -> None:
    def greedy(visit: Visit) -> None:
        for _ in range(3):
            visit.ask(LIST)

    visit = stand_in().visit()
    check = Check("greedy", ("F1",), "unknown", "it sends twice", "GET", 2, greedy)
    (result,) = run(visit, [check]).results
    assert result.conclusion.found is Found.CANNOT_TELL
    assert "2 requests" in result.conclusion.saw
    assert len(visit.exchanges) == 2


def test_what_reads_does_not_write() -> None:
    shop = stand_in()
    before = len(shop.sandbox.requests)

    def sly(visit: Visit) -> None:
        visit.write("PATCH", "orders", shop.orders[0], {"_place": True})

    (result,) = run(shop.visit(), [Check("sly", ("F1",), "unknown", "it reads", "PATCH", 1, sly)]).results
    assert result.conclusion.saw == "a check that reads does not write"
    assert "PATCH" not in {each.method for each in shop.sandbox.requests[before:]}


def test_nothing_is_sent_in_live_mode() -> None:
    shop = furnished(Sandbox(orders=12, mode="live"))
    before = len(shop.sandbox.requests)
    with pytest.raises(ProbeRefusedError, match="not for test mode"):
        run(shop.visit(), CHECKS)
    assert [each.path for each in shop.sandbox.requests[before:]] == ["/oauth/token"]


def test_live_mode_is_read_when_that_is_asked_for_and_never_written() -> None:
    shop = furnished(Sandbox(orders=12, mode="live"))
    before = len(shop.sandbox.requests)
    report = run(shop.visit(live_read_only=True), selected(writes=False))
    assert report.found(Found.DIFFERS) == []
    assert report.mode == "live"
    with pytest.raises(ProbeRefusedError, match="nothing is written"):
        run(shop.visit(live_read_only=True), TOPICS["Writing"])
    sent = {each.method for each in shop.sandbox.requests[before:] if each.path.startswith("/api/")}
    assert sent == {"GET", "HEAD", "OPTIONS"}


def test_the_mode_is_looked_up_before_each_request() -> None:
    sender = AsWritten()
    test, live = (Sandbox(mode=mode).client(plugins=[sender], retry=None) for mode in ("test", "live"))
    assert sender.send(test, LIST).status == 200
    with pytest.raises(ProbeRefusedError):
        sender.send(live, LIST)
    assert sender.send(test, LIST).status == 200


def test_a_token_that_does_not_tell_its_mode_is_refused() -> None:
    sender = AsWritten()
    with (
        Sandbox().client(plugins=[sender], auth=AccessToken("opaque"), retry=None) as payments,
        pytest.raises(ProbeRefusedError),
    ):
        sender.send(payments, LIST)
    assert sender.sent == 0


def test_it_stays_below_the_limits() -> None:
    time = FakeTime()
    shop = furnished(Sandbox(orders=12, clock=lambda: time.timing.now(), rate_limit="enforce"))
    sender = AsWritten()
    http = httpx.Client(transport=SandboxTransport(shop.sandbox))
    with shop.sandbox.client(
        plugins=[Limits(), sender], retry=None, http_client=http, timing=time.timing, deadline=300
    ) as payments:
        visit = Visit({"integration": Prober(payments, sender)}, shop.orders)
        began = time.elapsed
        checks = [*TOPICS["Filters"], *TOPICS["Limits"]]
        report = run(visit, checks)
    statuses = Counter(each.answer.status for each in visit.exchanges)
    assert statuses[429] == 0
    assert report.found(Found.DIFFERS) == []
    # 93 a minute, but for the first five.
    assert time.elapsed - began >= (len(visit.exchanges) - 6) * 60 / 93
    assert len(visit.exchanges) > 30


def test_a_refusal_of_the_api_does_not_break_the_client() -> None:
    sandbox = Sandbox()
    sender = AsWritten()
    with sandbox.client(plugins=[sender], retry=None) as payments:
        for status in (429, 500, 503):
            sandbox.fail_next(status, path="/api", body="html")
            assert sender.send(payments, LIST).status == status
        sandbox.fail_next(kind="reset", path="/api")
        with pytest.raises(CannotTell, match="APIConnectionError"):
            sender.send(payments, LIST)
        assert sender.send(payments, LIST).status == 200
    tokens = [each for each in sandbox.requests if each.path == "/oauth/token"]
    assert len(tokens) == 1, "a 401 that was asked for fetches no token"


def test_a_service_that_does_not_answer_ends_the_run() -> None:
    shop = stand_in()
    shop.sandbox.fail_next(kind="reset", path="/api", times=100)
    visit = shop.visit()
    with pytest.raises(APIConnectionError):
        run(visit, TOPICS["HTTP"])
    assert visit.callers["integration"].sender.sent == 5


def test_an_answer_of_an_unforeseen_form_does_not_end_the_run() -> None:
    def trips(visit: Visit) -> None:
        visit.ask(LIST).listed[7]["no_such"]["at all"]

    (result,) = run(stand_in().visit(), [Check("trips", ("F1",), "unknown", "it is there", "GET", 1, trips)]).results
    assert result.conclusion.found is Found.CANNOT_TELL
    assert "a form that the check does not know" in result.conclusion.saw


def secrets_of(shop: StandIn, visit: Visit) -> set[str]:
    """Return, each as one word, what must not be told: ids, tokens, e-mails, numbers, references, the organization."""
    found = {*shop.orders, shop.old_token, *(each.sender.token for each in visit.callers.values())}
    for exchange in visit.exchanges:
        text = exchange.answer.content.decode()
        found |= set(re.findall(r'"id": ?"([^"]+)"', text))
        found |= set(
            re.findall(r'"(?:customer_email|token|client_token|session_id|klarna_id|number)": ?"([^"]+)"', text)
        )
        found |= set(re.findall(r'"organization_id": ?"([^"]+)"', text))
    return {each for each in found if len(each) > 4} - {"sandbox"}  # the worker, and the word


def test_nothing_personal_is_told(whole: Whole, tmp_path: Path) -> None:
    shop, visit, report = whole
    count = write(visit, tmp_path)
    recordings = [file.read_text() for file in tmp_path.iterdir()]
    assert len(recordings) == count > 200
    told = "\n".join([report.json(), report.markdown(), json.dumps(report.rows()), *recordings])
    secrets = secrets_of(shop, visit)
    assert len(secrets) > 100
    assert secrets & {*re.findall(r"[\w.@-]+", told)} == set()
    assert "@example" not in told
    assert "INVALID_TOKEN" in told


def test_what_a_refusal_repeats_is_not_told() -> None:
    sandbox, shop = broken()
    visit = shop.visit()
    token = visit.callers["integration"]

    def echo(document: dict[str, object]) -> None:
        order = visit.sample("orders").listed[0]
        email = order["attributes"]["customer_email"]
        title = (
            f"{order['id']} of {email}, {order['attributes']['number']}, {token.sender.token} at https://acme.x.io/a"
        )
        document["errors"] = [{"title": title, "code": "ECHO", "status": "400"}]

    (check,) = [each for each in CHECKS if each.name == "include-unknown"]
    visit.sample("orders")
    sandbox.defect = Defect(own(echo).answer, everywhere=True, where="no_such")
    (result,) = run(visit, [check]).results
    assert result.conclusion.found is Found.DIFFERS
    assert result.conclusion.saw == "400, ECHO (... of ..., ..., ... at ..."


def test_the_shape_of_a_document() -> None:
    document = {
        "id": "kPmNtAbCdE",
        "attributes": {
            "status": "placed",
            "customer_email": "ann@example.com",
            "total_amount_cents": 3500,
            "guest": True,
            "metadata": {"her name": "Ann"},
            "created_at": "2026-11-22T09:00:00.000Z",
            "payment_methods": [{"identifier": "pay_later", "name": "Pay later"}],
            "reference": None,
        },
    }
    assert shape(document) == {
        "id": "<id>",
        "attributes": {
            "status": "placed",
            "customer_email": "<text>",
            "total_amount_cents": 0,
            "guest": True,
            "metadata": {"...": "..."},
            "created_at": "<time>",
            "payment_methods": [{"identifier": "pay_later", "name": "<text>"}],
            "reference": None,
        },
    }


def test_the_reports_agree() -> None:
    report = run(stand_in().visit(), TOPICS["Tokens"])
    document = report.document()
    assert {each["check"] for each in document["observations"]} == {each["check"] for each in report.rows()}
    text = report.markdown()
    assert all(f"| `{each.check.name}` |" in text for each in report.results)
    assert text.startswith("# What the probe saw of the sandbox on 20")


def test_the_names_and_numbers_of_checks() -> None:
    assert len({each.name for each in CHECKS}) == len(CHECKS) > 300
    for each in CHECKS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.name)
        assert each.facts, each.name
        assert all(re.fullmatch(r"[FL]\d+(\.\d+)?", number) for number in each.facts), each.name
        assert each.claim
        assert "|" not in each.claim
        package = Path(__file__).parents[2]
        for file in re.findall(r"[\w/]+\.(?:py|yaml|js)", each.mend):
            places = [package / file, package / "extensions" / "commercelayer_klarna" / file]
            assert any(place.exists() for place in places), (each.name, file)
