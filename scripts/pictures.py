"""The pictures of the sandbox's page and of its checkout, for the README and the site.

`python scripts/pictures.py` takes them again, into `docs/pictures`; Chromium must be there, or named in CHROMIUM.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
# 2026-11-27, a Friday, at noon: what the pages tell of time is the same each time.
NOON = 1_795_780_800.0


def take(browser: str, url: str, name: str, width: int, height: int) -> None:
    """Take a picture of a page, after its scripts have run."""
    with tempfile.TemporaryDirectory() as home:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--disable-dev-shm-usage", f"--user-data-dir={home}", "--virtual-time-budget=4000"]
        command += [f"--window-size={width},{height}", f"--screenshot={FOLDER / name}", url]
        subprocess.run(command, check=True, timeout=120, stderr=subprocess.DEVNULL)


def main() -> int:
    """Take both pictures: of orders in several states, and of one that is paid."""
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.stderr.write("No Chromium was found: install it, or name it in CHROMIUM.\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    sandbox = Sandbox(clock=lambda: NOON)
    paid, placed, _ = sandbox.order_ids
    with SandboxServer(sandbox) as served:
        sandbox.authorize_payment(sandbox.create_payment(placed, reference="cart-17"), "from-the-widget")
        for step in ("_place", "_approve"):
            sandbox.step(placed, step)
        sandbox.create_payment(paid, reference="cart-18")
        address = served.url.removesuffix("/api")
        take(browser, f"{address}/", "sandbox.png", 1100, 575)
        take(browser, f"{address}/checkout/{paid}", "checkout.png", 640, 550)
    return 0


if __name__ == "__main__":
    sys.exit(main())
