"""What the surroundings share: the served sandbox, clients of it, programs that listen, and requests to them.

It imports nothing of the surroundings, and needs no more than the client: the applications import it too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar
from urllib.parse import urlsplit

from commercelayer_klarna import AsyncKlarnaPayments, ClientCredentials, KlarnaPayments
from webhook_receiver import Receiver, handle

A = TypeVar("A")
B = TypeVar("B")
Program: TypeAlias = "subprocess.Popen[bytes]"

HERE = Path(__file__).parent
WEBHOOK_SECRET = "the-secret-of-the-webhook"
PATIENCE = 60.0
"""Seconds that a program may take to listen, or to answer. It is only reached when something is wrong."""


# ---- The sandbox -----------------------------------------------------------------------------------------------------


@contextmanager
def served_sandbox() -> Iterator[None]:
    """Serve a sandbox in a process of its own. What a client needs to know of it is in the environment."""
    command = [sys.executable, "-m", "commercelayer_klarna.sandbox", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        os.environ["SANDBOX"] = process.stdout.readline()
        yield
        process.terminate()


def sandbox() -> dict[str, Any]:
    """Return what the sandbox says of itself: addresses, credentials, orders."""
    facts: dict[str, Any] = json.loads(os.environ["SANDBOX"])
    return facts


def credentials() -> ClientCredentials:
    at = sandbox()
    return ClientCredentials(client_id=at["client_id"], client_secret=at["client_secret"], auth_url=at["auth_url"])


def bearer_token() -> str:
    """Ask for a token by other means than the client's."""
    at = sandbox()
    asked = {"grant_type": "client_credentials", "client_id": at["client_id"], "client_secret": at["client_secret"]}
    url, headers = urlsplit(at["auth_url"]), {"Content-Type": "application/json"}
    token: str = ask("POST", url.port or 0, url.path, json.dumps(asked).encode(), headers).json()["access_token"]
    return token


def client(**options: Any) -> KlarnaPayments:
    return KlarnaPayments(**{"base_url": sandbox()["url"], "auth": credentials()} | options)


def async_client(**options: Any) -> AsyncKlarnaPayments:
    return AsyncKlarnaPayments(**{"base_url": sandbox()["url"], "auth": credentials()} | options)


def fail_next(**fault: Any) -> None:
    """Let requests to the sandbox fail or be slow."""
    at = urlsplit(sandbox()["control_url"])
    answer = ask("POST", at.port or 0, f"{at.path.rstrip('/')}/faults", json.dumps(fault).encode())
    assert answer.status == 200, answer.text


# ---- Programs that listen --------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def running(*command: str, **environment: str) -> Iterator[Program]:
    """Run a program until the end of the block. What it wrote is shown when the block fails."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    modules = os.pathsep.join([str(HERE), str(HERE.parents[1] / "examples"), os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            cwd=HERE,
            env=os.environ | {"PATH": path, "PYTHONPATH": modules} | environment,
            start_new_session=True,
        )
        try:
            yield process
        except BaseException:
            output.seek(0)
            print(f"--- {command[0]} wrote:\n{output.read()}")
            raise
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def listening(*command: str, port: int, **environment: str) -> Iterator[None]:
    """Run a program, from when it listens on a port."""
    with running(*command, **environment) as process:
        end = time.monotonic() + PATIENCE
        while not _listens(port):
            assert process.poll() is None, "the program ended"
            assert time.monotonic() < end, f"nothing listens on {port}"
            time.sleep(0.1)
        yield


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Answer(NamedTuple):
    status: int
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


def ask(method: str, port: int, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """Send a request to this machine, by other means than the client's."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, {**(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode())
    finally:
        connection.close()


def at_once(call: Callable[[A], B], given: Iterable[A], threads: int = 8) -> list[B]:
    """Call a function with each thing that is given, in threads, and return the results in order."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(call, given))


# ---- Applications ----------------------------------------------------------------------------------------------------


def answer_of(payments: KlarnaPayments, query: str) -> bytes:
    """Do what a request to an application asks for: ``retrieve=<id>`` or ``create=<reference>``."""
    verb, _, value = query.partition("=")
    if verb == "retrieve":
        payment = payments.retrieve(value)
    else:
        payment = payments.create(order=sandbox()["order_ids"][0], reference=value)
    return json.dumps([os.getpid(), payment.id, payment.reference, payment.client_token]).encode()


def check_that_nobody_gets_anothers(port: int, each: int, workers: int) -> str:
    """Ask an application for reads and creates, and hold all answers against what the sandbox has."""
    with client() as payments:
        ids = [payments.create(order=sandbox()["order_ids"][0]).id for _ in range(20)]
        wanted = [ids[number % 20] for number in range(each)]
        references = [f"{port}-{number}" for number in range(each)]
        pairs = zip(wanted, references, strict=True)
        asked = [query for id, reference in pairs for query in (f"retrieve={id}", f"create={reference}")]
        answers = at_once(lambda query: ask("GET", port, f"/?{query}"), asked)
        failed = [answer for answer in answers if answer.status != 200]
        assert not failed, failed[0]
        found = [answer.json() for answer in answers]
        assert len({pid for pid, *_ in found}) == workers, "each worker had something to do"
        reads, creates = found[::2], found[1::2]
        assert [id for _, id, *_ in reads] == wanted
        assert [reference for _, _, reference, _ in creates] == references
        mine = payments.list(filters={"reference_start": f"{port}-"})
        stored = {payment.id: (payment.reference, payment.client_token) for payment in mine}
        assert len(stored) == each, "one payment for each create"
        assert all(stored[id] == (reference, token) for _, id, reference, token in creates)
    return f"0 wrong of {each:,} reads and {each:,} creates by {workers} workers"


# ---- Callbacks -------------------------------------------------------------------------------------------------------


def callback(number: int = 1, secret: str = WEBHOOK_SECRET, text: str | None = None) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a callback as the API sends it."""
    attributes = {"number": f"{number}", "status": "placed", "payment_status": "authorized", "updated_at": "2026-11-01"}
    order = {"data": {"id": f"order-{number}", "type": "orders", "attributes": attributes}}
    body = (json.dumps(order) if text is None else text).encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    return body, {
        "Content-Type": "application/vnd.api+json",
        "X-CommerceLayer-Topic": "orders.place",
        "X-CommerceLayer-Signature": signature,
    }


def receiver() -> Receiver:
    """Return the receiver of ``examples/``, in an application."""
    return Receiver([WEBHOOK_SECRET], os.environ["HANDLED"], handle)


def check_receiver_program(*command: str, port: int, folder: Path) -> None:
    """Run an application that receives callbacks, and check it."""
    with listening(*command, port=port, HANDLED=str(folder / "handled.sqlite")):
        check_receiver(port, folder)


def check_receiver(port: int, folder: Path) -> None:
    """Send callbacks to a receiver: right, twice, forged, and unreadable; then see what it handled."""

    def status(body: bytes, headers: Mapping[str, str]) -> int:
        return ask("POST", port, "/callbacks", body, headers).status

    body, headers = callback()
    assert status(body + b" ", headers) == 401
    assert status(*callback(secret="another")) == 401
    assert status(body, {name: headers[name] for name in headers if name != "X-CommerceLayer-Signature"}) == 401
    assert status(*callback(text="[]")) == 400
    assert status(body, headers) == 204
    assert status(body, {name.lower(): value for name, value in headers.items()}) == 204, "once more"
    assert status(*callback(2)) == 204
    with sqlite3.connect(folder / "handled.sqlite") as kept:
        handled = [event.split()[:3] for (event,) in kept.execute("select event from handled order by event")]
    assert handled == [["orders.place", "orders", f"order-{number}"] for number in (1, 2)]


def without_secrets(text: str, secrets: Sequence[str | None]) -> bool:
    """Whether none of the secrets, which must be there, stands in a text."""
    assert secrets
    assert all(secrets)
    return not any(secret in text for secret in secrets if secret)
