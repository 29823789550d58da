"""A headless Chromium for tests, spoken to over its DevTools pipe: no driver and no package is needed.

`scripts/test-browser` finds the browser and names it in CHROMIUM; without that, nothing here is collected.
"""

import base64
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from fcntl import F_DUPFD_CLOEXEC, fcntl
from pathlib import Path
from typing import Any

import pytest

from commercelayer_klarna import ClientCredentials, KlarnaPayments
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer

collect_ignore_glob = [] if os.environ.get("CHROMIUM") else ["*"]

PATIENCE = 20.0

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Containers give /dev/shm little room.
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)

# Runs in each page before its own scripts: remembers what the page was kept from doing.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


class Browser:
    """A running Chromium. It reads commands from its descriptor 3 and answers on 4, as JSON texts that end with NUL."""

    def __init__(self, program: str, home: Path) -> None:
        theirs_in, self._write = os.pipe()
        self._read, theirs_out = os.pipe()
        # Out of the way of 3 and 4, which they become in the child.
        given = [fcntl(end, F_DUPFD_CLOEXEC, 10) for end in (theirs_in, theirs_out)]
        log = str(home / "log")
        actions: list[Any] = [
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            (os.POSIX_SPAWN_DUP2, given[0], 3),
            (os.POSIX_SPAWN_DUP2, given[1], 4),
        ]
        command = [program, *FLAGS, f"--user-data-dir={home / 'profile'}", "about:blank"]
        # A group of its own, so that all its processes can be ended.
        self._process = os.posix_spawn(program, command, os.environ, file_actions=actions, setpgroup=0)
        for end in (theirs_in, theirs_out, *given):
            os.close(end)
        self._log = log
        self._received = bytearray()
        self._last = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """Send a command and return its result; events that arrive meanwhile are kept."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._next(deadline, method)
            if answer.get("id") == self._last:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _next(self, deadline: float, what: str) -> dict[str, Any]:
        while True:
            text, end, rest = self._received.partition(b"\0")
            if end:
                self._received = rest
                return json.loads(text)
            ready, _, _ = select.select([self._read], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self._read, 1 << 16) if ready else b""
            if not part:
                log = Path(self._log).read_text(errors="replace")
                pytest.fail(f"Chromium did not answer {what}. It says:\n{log[-2000:]}")
            self._received += part

    def open(self, url: str, *, width: int = 1280, height: int = 900) -> "Tab":
        """Open a page in a profile of its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, context, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(f"{domain}.enable")
        tab.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        tab.resize(width, height)
        tab.go(url)
        return tab

    def close(self) -> None:
        with suppress(OSError):
            os.write(self._write, b'{"id":0,"method":"Browser.close"}\0')
        deadline = time.monotonic() + 5
        while os.waitpid(self._process, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.killpg(self._process, signal.SIGKILL)
                os.waitpid(self._process, 0)
                break
            time.sleep(0.02)
        os.close(self._write)
        os.close(self._read)


class Tab:
    """One page."""

    def __init__(self, browser: Browser, context: str, session: str) -> None:
        self._browser = browser
        self._context = context
        self._session = session
        self._forgiven: list[str] = []

    def call(self, method: str, **parameters: Any) -> Any:
        return self._browser.call(method, self._session, **parameters)

    def go(self, url: str) -> None:
        assert "errorText" not in self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def resize(self, width: int, height: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def js(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, expression: str) -> Any:
        """The value of an expression once it is true."""
        deadline = time.monotonic() + PATIENCE
        while not (value := self.js(expression)):
            if time.monotonic() > deadline:
                pytest.fail(f"never became true: {expression}\n{self.js('document.body.innerText')}")
            time.sleep(0.03)
        return value

    def text(self, selector: str = "body") -> str:
        """What a reader sees of an element."""
        return self.wait(f"document.querySelector({json.dumps(selector)})?.innerText")

    def click(self, selector: str) -> None:
        """Press the mouse in the middle of an element, once it can be pressed."""
        found = json.dumps(selector)
        self.wait(f"(() => {{ const e = document.querySelector({found}); return e && !e.disabled; }})()")
        self.js(f"document.querySelector({found}).scrollIntoView({{block: 'center'}})")
        box = self.js(f"document.querySelector({found}).getBoundingClientRect().toJSON()")
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def press(self, key: str) -> None:
        codes = {"Escape": 27}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key])

    def screenshot(self, path: Path) -> None:
        height = self.js("document.documentElement.scrollHeight")
        width = self.js("innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"]
        path.write_bytes(base64.b64decode(data))

    def requests(self) -> list[str]:
        """The URLs that the page asked for, or tried to."""
        return [event["params"]["request"]["url"] for event in self._events("Network.requestWillBeSent")]

    def complaints(self) -> list[Any]:
        """Whatever went wrong in the page: exceptions, errors in its log, dialogs, breaches of its policy."""
        found: list[Any] = self.js("window.violations")
        found += self._events("Runtime.exceptionThrown") + self._events("Page.javascriptDialogOpening")
        found += [event for event in self._events("Log.entryAdded") if event["params"]["entry"]["level"] == "error"]
        return [each for each in found if not any(text in json.dumps(each) for text in self._forgiven)]

    def forgive(self, *texts: str) -> None:
        """Complaints with one of these texts are part of the test."""
        self._forgiven += texts

    def _events(self, method: str) -> list[Any]:
        return [
            event
            for event in self._browser.events
            if event["method"] == method and event.get("sessionId") == self._session
        ]

    def close(self) -> None:
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = shutil.which(os.environ["CHROMIUM"])
    assert program, "CHROMIUM names no program"
    browser = Browser(program, tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture
def served() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox()) as server:
        yield server


@pytest.fixture
def client(served: SandboxServer) -> Iterator[KlarnaPayments]:
    sandbox = served.sandbox
    auth = ClientCredentials(client_id=sandbox.client_id, client_secret=sandbox.client_secret, auth_url=served.auth_url)
    with KlarnaPayments(base_url=served.url, auth=auth) as client:
        yield client


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[[str], Tab]]:
    """Opens a page by its URL; at the end, nothing may have gone wrong in any of them."""
    tabs: list[Tab] = []

    def open_(url: str) -> Tab:
        tabs.append(browser.open(url))
        return tabs[-1]

    yield open_
    complaints = [complaint for tab in tabs for complaint in tab.complaints()]
    for tab in tabs:
        tab.close()
    browser.events.clear()
    assert not complaints


@pytest.fixture
def visit(served: SandboxServer, opened: Callable[[str], Tab]) -> Callable[[str], Tab]:
    """Opens a page of the served sandbox by its path."""
    return lambda path: opened(served.url.removesuffix("/api") + path)
