"""The shop of the examples in a browser: an order from its checkout page to its refund, with three processes."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENCE = 60.0
DEADLINE = 3.0

Open = Callable[[str], Any]


class RunningShop:
    """The shop, and the sandbox that it talks to, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        serve = [sys.executable, "-m", "commercelayer_klarna.sandbox", "serve", "--callbacks", f"{self.url}/callbacks"]
        self._sandbox = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._sandbox.stdout is not None
        self.facts: dict[str, Any] = json.loads(self._sandbox.stdout.readline())
        self._environment = {
            **os.environ,
            "COMMERCELAYER_CLIENT_ID": self.facts["client_id"],
            "COMMERCELAYER_CLIENT_SECRET": self.facts["client_secret"],
            "COMMERCELAYER_BASE_URL": self.facts["url"],
            "COMMERCELAYER_AUTH_URL": self.facts["auth_url"],
            "COMMERCELAYER_WEBHOOK_SECRETS": " ".join(self.facts["webhook_secrets"]),
            "KLARNA_SCRIPT": f"{self.facts['control_url'].rstrip('/')}/klarna.js",
            "SHOP_DATABASE": str(folder / "shop.sqlite"),
            "SHOP_DEADLINE": str(DEADLINE),
        }
        self._shop = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLES), "--port", str(self.port)]
        command += ["--log-level", "warning", "shop.app:app"]
        shop = subprocess.Popen(command, env=self._environment)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return shop
            assert shop.poll() is None, "the shop ended"
            time.sleep(0.05)
        shop.kill()
        pytest.fail("the shop does not listen")

    def restart(self) -> None:
        self._shop.kill()
        self._shop.wait(PATIENCE)
        self._shop = self._started()

    def fail_next(self, **fault: Any) -> None:
        body = json.dumps(fault).encode()
        urllib.request.urlopen(f"{self.facts['control_url'].rstrip('/')}/faults", body, timeout=PATIENCE).close()

    def close(self) -> None:
        for process in (self._shop, self._sandbox):
            process.terminate()
            process.wait(PATIENCE)
        assert self._sandbox.stdout is not None
        self._sandbox.stdout.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[RunningShop]:
    running = RunningShop(tmp_path)
    yield running
    running.close()


def taken(office: Any, order: str, step: str, *, amount: str = "") -> str:
    """Take a step in the office, and return what the page says of it."""
    office.js(f"document.getElementById('amount').value = {json.dumps(amount)}")
    office.click(f"[id='{order}'] .{step}")
    office.wait(f"!['', '{step} ...'].includes(document.getElementById('message').textContent)")
    said: str = office.text("#message")
    return said


def reads(office: Any, order: str, text: str) -> None:
    """Wait until the office's page has a text in the section of an order."""
    office.wait(f"document.getElementById({json.dumps(order)})?.innerText.includes({json.dumps(text)})")


def test_an_order_from_its_checkout_page_to_its_refund(shop: RunningShop, opened: Open) -> None:
    order = shop.facts["order_ids"][0]
    office = opened(f"{shop.url}/")
    reads(office, order, "€35,00, pending, unpaid")
    page = opened(f"{shop.url}/checkout/{order}")
    page.wait("document.getElementById('klarna-widget') !== null")
    assert page.text("#total") == "€35,00"
    page.click("#pay")
    page.click("#klarna-authorize")
    page.wait("document.getElementById('message').textContent === 'Thank you: your order is placed.'")
    reads(office, order, "placed, authorized")
    reads(office, order, "told: orders.place: placed, authorized")

    assert "possible from there: orders.approve, orders.cancel" in taken(office, order, "capture")
    assert taken(office, order, "approve") == "approve: done"
    assert taken(office, order, "capture", amount="1000") == "capture: done"
    reads(office, order, "captured €10,00: succeeded")
    shop.restart()
    assert taken(office, order, "refund", amount="400") == "refund: done"
    reads(office, order, "refunded €4,00: succeeded")
    reads(office, order, "told: refunds.succeeded: €4,00 succeeded")
    reads(office, order, "told: orders.place: placed, authorized")  # by the run before

    # The capture of the rest is carried out, but its answer comes after all patience.
    shop.fail_next(match={"method": "PATCH", "path": "/api/authorizations"}, when="after", delay=DEADLINE + 1)
    assert "may have been carried out" in taken(office, order, "capture")
    reads(office, order, "authorizations.capture whose answer was lost: in doubt")
    assert "waits until it is known" in taken(office, order, "capture")
    shop.restart()
    reads(office, order, "authorizations.capture whose answer was lost: carried_out")
    reads(office, order, "captured €25,00: succeeded")
    assert office.text(f"[id='{order}']").count("captured") == 2
    assert taken(office, order, "refund", amount="100") == "refund: done"
    reads(office, order, "partially_refunded")
    office.forgive("409", "ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET")
