"""Sends callbacks to addresses on this machine while a server runs. When, and what, is up to ``callbacks``."""

from __future__ import annotations

import http.client
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from commercelayer_klarna.sandbox.callbacks import PATIENCE, Callback

if TYPE_CHECKING:
    from commercelayer_klarna.sandbox.sandbox import Sandbox

# Seconds between two looks for callbacks that are due.
PERIOD = 0.05


def send(callback: Callback) -> int | str:
    """Send a callback; return the status of its answer, or a word for what went wrong."""
    parts = urlsplit(callback.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, callback.body, dict(callback.headers))
        return connection.getresponse().status
    except TimeoutError:
        return "no answer"
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


class Sender:
    """A thread that sends what is due."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, after the callback that is under way."""
        self._closing.set()
        self._thread.join(PATIENCE + 1)

    def _run(self) -> None:
        while not self._closing.wait(PERIOD):
            self._sandbox.send_callbacks(send)
