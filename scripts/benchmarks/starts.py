"""The rows of starts: the CPU time of a new interpreter that runs something, over one that runs nothing.

A client imports what it takes to make one when the first is made, and what it takes to call it with the first call, so
these are rows as well, each against the same with httpx alone. The last ones are a first call as a serverless function
may meet it: without bytecode, and all packages in a zip file.
"""

from __future__ import annotations

import compileall
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from benchmarks.calls import HEADERS, ONE
from benchmarks.rounds import compared, is_wanted, print_rows

NAMES = "from commercelayer_klarna import ClientCredentials, KlarnaPayments"
MADE = f"{NAMES}\nKlarnaPayments('acme', auth=ClientCredentials(client_id='id', client_secret='secret'))"
CALLED = (
    "import sys\n"
    "from commercelayer_klarna import AccessToken, KlarnaPayments\n"
    f"KlarnaPayments(base_url=sys.argv[1] + '/api', auth=AccessToken('token')).retrieve('{ONE}').client_token"
)
THEIRS_CALLED = (
    f"import sys\nimport httpx\nhttpx.Client(headers={HEADERS}).get(sys.argv[1] + '/api/klarna_payments/{ONE}').json()"
)
BARE = (
    "from commercelayer_klarna_api import Client\n"
    "from commercelayer_klarna_api.api.klarna_payments import retrieve_klarna_payment"
)
NOTHING, HTTPX = "pass", "import httpx"
ROWS = {
    "import commercelayer_klarna": ("import commercelayer_klarna", "import httpx", HTTPX),
    "import of its names": (NAMES, "import httpx", HTTPX),
    "import, and a first client": (MADE, "the same with httpx", "import httpx\nhttpx.Client()"),
    "import, and a first call": (CALLED, "the same with httpx", THEIRS_CALLED),
    "the bare generated client, one endpoint": (BARE, "import httpx", HTTPX),
}


CALL = ROWS["import, and a first call"]
ZIPPED = "a first call, all packages in a zip"
PACKAGES = (
    *("anyio", "attr", "attrs", "certifi", "h11", "httpcore", "httpx", "idna", "pluggy", "typing_extensions"),
    *("commercelayer_klarna", "commercelayer_klarna_api"),
)


def spent(program: str, url: str, options: list[str], environment: dict[str, str]) -> float:
    """Seconds of CPU time that a new interpreter takes for a program."""
    child = os.posix_spawn(sys.executable, [sys.executable, *options, "-c", program, url], environment)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"{program!r} failed")
    return usage.ru_utime + usage.ru_stime


def zipped(folder: Path) -> Path:
    """Put the packages that a call needs into a zip file, compiled."""
    for name in PACKAGES:
        found = importlib.util.find_spec(name)
        if found and found.origin:
            origin = Path(found.origin)
            if origin.name == "__init__.py":
                shutil.copytree(origin.parent, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(origin, folder)
    compileall.compile_dir(folder, quiet=2, legacy=True)
    path = folder.with_suffix(".zip")
    with ZipFile(path, "w") as archive:
        for each in sorted(folder.rglob("*")):
            archive.write(each, each.relative_to(folder))
    return path


def row(
    name: str, sides: tuple[str, str, str], url: str, rounds: int, *options: str, **variables: str
) -> dict[str, Any]:
    """Ours against the other side, the bare interpreter taken off both."""
    ours, against, theirs = sides
    environment = {**os.environ, **variables}
    if "PYTHONDONTWRITEBYTECODE" not in variables:  # some environments forbid what installers do
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
    seconds = 0.0

    def runs(program: str) -> Callable[[int], None]:
        def run(_: int) -> None:
            nonlocal seconds
            bare = spent(NOTHING, url, [*options], environment)
            seconds += spent(program, url, [*options], environment) - bare

        return run

    turns = {"ours": runs(ours), against: runs(theirs)}
    # The run before the rounds writes the bytecode.
    return compared(name, turns, calls=1, rounds=rounds, clock=lambda: seconds)


def rows(url: str, rounds: int) -> list[dict[str, Any]]:
    """All rows."""
    with tempfile.TemporaryDirectory() as folder:
        kept = os.path.join(folder, "bytecode")
        found = [row(name, sides, url, rounds, PYTHONPYCACHEPREFIX=kept) for name, sides in ROWS.items()]
        none = {"PYTHONPYCACHEPREFIX": os.path.join(folder, "none"), "PYTHONDONTWRITEBYTECODE": "1"}
        found.append(row("a first call without bytecode", CALL, url, rounds, **none))
        if is_wanted(ZIPPED):  # to compile them all takes longer than to measure
            packed = {"PYTHONPATH": str(zipped(Path(folder, "packages"))), "PYTHONPYCACHEPREFIX": kept}
            found.append(row(ZIPPED, CALL, url, rounds, "-S", **packed))
    return found


if __name__ == "__main__":
    print_rows(rows)
