"""What the README and the pages print for a shell runs as it is printed; what cannot run is told, with the reason."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import typer.main

from commercelayer_klarna.cli import command as cli
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer

ROOT = Path(__file__).parents[1]
SANDBOX = ROOT / "extensions" / "commercelayer_klarna" / "sandbox"
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
PROGRAM = r"(?:scripts/[\w-]+|pip|klarna(?= \S+ )|curl|npx|python -m [\w.]+|\.venv/bin/python)"
# A block of a shell, or a command with arguments within a sentence.
PRINTED = re.compile(rf"^```(\w*).*?\n(.*?)^```$|`({PROGRAM}\s[^`]+)`", re.MULTILINE | re.DOTALL)

# Why a command is not run here, by how it begins.
NOT_RUN = {
    r"scripts/benchmark (?!--limits)": "it needs a machine for itself, for minutes, and prints figures alone",
    r"scripts/mutate ": "it takes a quarter of an hour, and tells something about the tests alone",
    r"\.venv/bin/python -m pytest ": "these are tests, which run with the others",
    r"export CL_CLI_": "the official command line is run by tests/official, at a port that is free and with a token",
    r"klarna settle <file>": "the file comes from a write whose answer is lost; tests/test_cli_money.py settles one",
}
# What runs until it is ended, and the port that it is reached at; without one, it is there when it prints.
SERVES: dict[str, int] = {
    r"serve\b.*--port (\d+)": 0,
    r"prism-cli .*--port (\d+)": 0,
    r"webhook_receiver\.py (\d+)": 0,
    r"uvicorn ": 8000,
    r"sandbox serve": 0,
}


def printed(page: Path) -> Iterator[str]:
    """Return what a page has for a shell, from its beginning to its end."""
    for language, block, within in PRINTED.findall(page.read_text(encoding="utf-8")):
        if language == "sh":
            yield block
        elif within:
            yield " ".join(within.split())


def written_pages() -> Iterator[Path]:
    yield from (ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "examples").rglob("*.md"))
    # Those of reference say what there is; each is written from the code.
    yield from sorted(each for each in (ROOT / "docs").rglob("*.md") if each.parent.name != "reference")


def reason(command: str) -> str | None:
    return next((why for pattern, why in NOT_RUN.items() if re.match(pattern, command)), None)


PAGES = {page.relative_to(ROOT).as_posix(): [*printed(page)] for page in written_pages()}
RUN = {page: [each for each in commands if reason(each) is None] for page, commands in PAGES.items()}


def test_each_reason_is_that_of_a_command() -> None:
    commands = [each for page in PAGES.values() for each in page]
    assert len(commands) > 20
    assert [pattern for pattern in NOT_RUN if not any(re.match(pattern, each) for each in commands)] == []


# ---- Names and options, which takes no time --------------------------------------------------------------------------


def lines() -> Iterator[tuple[str, list[str]]]:
    for page, commands in PAGES.items():
        for command in commands:
            for line in re.split(r"\n|&&| > ", command.replace("\\\n", " ")):
                words = [word for word in shlex.split(line, comments=True) if not re.match(r"\w+=", word)]
                if words[1:]:
                    yield page, words


@pytest.mark.parametrize(
    ("page", "words"), list(lines()), ids=lambda each: each if isinstance(each, str) else " ".join(each)
)
def test_a_command_exists_and_takes_these_options(page: str, words: list[str]) -> None:
    program, *rest = words
    options = {word.partition("=")[0] for word in rest if word.startswith("-")}
    if program in {"pip", "commercelayer", "export", ".", "uvicorn"}:
        assert {each for extra in re.findall(r"\[(.+)\]", " ".join(rest)) for each in extra.split(",")} <= set(EXTRAS)
    elif program == "npx":
        package, _, _, _, document, *_ = rest
        assert f"{package}@" in (ROOT / "scripts" / "test-compilers").read_text()
        assert (ROOT / document).exists()
    elif program == "curl":
        path = rest[0].rpartition("/")[2]
        assert f'"{path}":' in (SANDBOX / "doors" / "control.py").read_text()
        assert json.loads(rest[rest.index("-d") + 1])
    elif program == "klarna" and rest[0] != "sandbox":
        command = typer.main.get_group(cli.app).commands[rest[0]]
        assert options <= {option for parameter in command.params for option in parameter.opts}
    elif program == "klarna" or (words[1] == "-m" and words[2].startswith("commercelayer_klarna")):
        package, verb = ("commercelayer_klarna.sandbox", rest[1]) if program == "klarna" else (words[2], words[3])
        source = (ROOT / "extensions" / Path(*package.split(".")) / "__main__.py").read_text()
        assert [each for each in options - {"-m"} if f'"{each}"' not in source] == []
        assert f'"{verb}"' in source
    elif words[1] == "-m":
        assert importlib.util.find_spec(words[2])
    else:
        file = rest[0] if program.endswith("python") else program
        assert (ROOT / file).exists()


# ---- That they run ---------------------------------------------------------------------------------------------------


def shop() -> tuple[Sandbox, dict[str, str]]:
    """Return the sandbox that a page's commands find, and what stands for its words in capitals and brackets."""
    sandbox = Sandbox()
    order, cancelled, unpaid = sandbox.order_ids
    for each in (order, cancelled):
        sandbox.authorize_payment(sandbox.create_payment(each, reference="42"), "from-the-widget")
    sandbox.step(cancelled, "_place")
    payment = sandbox.create_payment(unpaid)
    meant = {"cancel <order>": f"cancel {cancelled}", "<order>": order, "<id>": payment, "<payment>": payment}
    meant |= {"_ID=...": f"_ID={sandbox.client_id}", "_SECRET=...": f"_SECRET={sandbox.client_secret}"}
    return sandbox, meant | {"ORDER": unpaid}


class Shell:
    """A shell in a copy of the repository; with a wheel, its ``python`` is a new one that finds it."""

    def __init__(self, folder: Path, wheel: Path | None) -> None:
        self._folder = folder
        self._running = list[subprocess.Popen[bytes]]()
        for each in ROOT.iterdir():
            if each.name in {"docs", "spec"}:  # what commands write to
                shutil.copytree(each, folder / each.name)
            elif each.name != "build":
                (folder / each.name).symlink_to(each)
        (folder / ".curlrc").write_text("fail\nsilent\nshow-error\n")
        programs = Path(sys.executable).parent
        if wheel is not None:
            subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
            programs = folder / "env" / "bin"
        if (compilers := ROOT / ".venv" / "compilers" / "node_modules").exists():
            (folder / "node_modules").symlink_to(compilers)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COMMERCELAYER_")},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "CURL_HOME": str(folder),
            "PIP_FIND_LINKS": str(wheel.parent) if wheel else "",
            "PIP_CONSTRAINT": str(ROOT / "scripts" / "constraints.txt"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def lead_to(self, server: SandboxServer) -> None:
        self._environment |= server.env

    def run(self, command: str) -> None:
        """Run what a page prints; what serves goes on until ``close``."""
        print("$", command)
        said = self._folder / f"said-{time.monotonic_ns()}"
        # To what asks whether it may, it says yes.
        with said.open("wb") as file, subprocess.Popen(["yes"], stdout=subprocess.PIPE) as yes:
            child = subprocess.Popen(
                ["bash", "-euc", command],
                cwd=self._folder, env=self._environment, process_group=0, stdin=yes.stdout, stdout=file, stderr=file,
            )  # fmt: skip
            try:
                self._wait(command, child, said)
            finally:
                yes.kill()

    def _wait(self, command: str, child: subprocess.Popen[bytes], said: Path) -> None:
        """Wait until a command has ended, or serves."""
        serving = port_of(command)
        if serving is None:
            assert child.wait(600) == 0, f"{command}\n{said.read_text()}"
            return
        self._running.append(child)
        for _ in range(3000):
            assert child.poll() is None, f"{command}\n{said.read_text()}"
            if is_open(serving) if serving else said.stat().st_size:
                return
            time.sleep(0.1)
        raise AssertionError(f"{command} does not answer: {said.read_text()}")

    def close(self) -> None:
        for child in self._running:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait(60)


def port_of(command: str) -> int | None:
    """Return where what a command serves is reached, 0 if that is not printed, and ``None`` if it serves nothing."""
    for pattern, port in SERVES.items():
        if found := re.search(pattern, command):
            return int(found[1]) if found.groups() else port
    return None


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.nightly  # it installs, keeps to the limits, and needs the ports that are printed
@pytest.mark.posix
@pytest.mark.parametrize("page", [page for page, commands in RUN.items() if commands])
def test_the_commands_of_a_page_run_as_they_are_printed(page: str, wheel: Path, tmp_path: Path) -> None:
    commands = RUN[page]
    whole = "\n".join(commands)
    if "npx " in whole and not (ROOT / ".venv" / "compilers" / "node_modules").exists():
        pytest.skip("scripts/test-compilers installs what it runs")
    with ExitStack() as stack:
        shell = Shell(tmp_path, wheel if "pip install" in whole else None)
        stack.callback(shell.close)
        sandbox, meant = shop()
        if "--port 8123" not in whole:
            shell.lead_to(stack.enter_context(SandboxServer(sandbox, port=8123)))
        # The same seed gives the same ids: this is the payment that the first request will make.
        meant["PAYMENT"] = shop()[0].create_payment(meant["ORDER"], reference="cart-17")
        for command in commands:
            for each, value in meant.items():
                command = command.replace(each, value)
            shell.run(command)
