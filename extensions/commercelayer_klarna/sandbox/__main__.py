"""``python -m commercelayer_klarna.sandbox serve``: a sandbox for programs in any language.

The first and only line of output is a JSON object with everything a client needs. With ``--env`` the output is a
shell line for each variable that ``KlarnaPayments.from_env()`` and a shop read, and the orders as a comment. With
``--callbacks`` an address on this machine is told what happens to orders and their transactions. SIGINT and SIGTERM end
it quietly.
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import socket
import sys
from collections.abc import Sequence
from urllib.parse import urljoin

from commercelayer_klarna.sandbox.api.rate_limits import POLICIES
from commercelayer_klarna.sandbox.callbacks import TOPICS
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from commercelayer_klarna.sandbox.sandbox import Sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m commercelayer_klarna.sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve a sandbox on 127.0.0.1")
    serve.add_argument("--port", type=int, default=0, help="the port; 0 lets the system choose one")
    serve.add_argument("--organization", default="sandbox", help="the slug of the organization")
    serve.add_argument("--mode", choices=("test", "live"), default="test", help="the environment of the credentials")
    serve.add_argument("--orders", type=int, default=3, metavar="N", help="how many orders wait for a payment")
    serve.add_argument("--seed", type=int, default=0, help="the same seed gives the same ids")
    serve.add_argument(
        "--rate-limit", choices=POLICIES, default="headers", help="leave rate limits out, tell them, or enforce them"
    )
    serve.add_argument("--callbacks", metavar="URL", help="an address on this machine that is told what happens")
    serve.add_argument("--env", action="store_true", help="print exports for a shell instead of JSON")
    options = parser.parse_args(arguments)
    try:
        sandbox = Sandbox(
            organization=options.organization,
            mode=options.mode,
            orders=options.orders,
            seed=options.seed,
            rate_limit=options.rate_limit,
        )
        secrets = [] if options.callbacks is None else _webhooks(sandbox, options.callbacks)
        server = SandboxServer(sandbox, options.port)
    except (ValueError, OSError) as error:
        parser.error(str(error))

    # Bytes that the interpreter writes, not a handler: a signal that comes just before a wait for a lock is lost to it.
    waiting, waking = socket.socketpair()
    waking.setblocking(False)
    signal.set_wakeup_fd(waking.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _woken)
    with server, waiting, waking:
        addresses = {"url": server.url, "auth_url": server.auth_url, "control_url": server.control_url}
        facts = {**addresses, **sandbox.facts(), **({"webhook_secrets": secrets} if secrets else {})}
        sys.stdout.write(_exports(server, sandbox, secrets) if options.env else json.dumps(facts) + "\n")
        sys.stdout.flush()
        sys.stderr.write(f"the sandbox has a page: {urljoin(server.url, '/')} (Ctrl-C ends it)\n")
        waiting.recv(1)
        signal.set_wakeup_fd(-1)
    return 0


def _webhooks(sandbox: Sandbox, url: str) -> list[str]:
    """Register an address for all topics, and return the secrets that sign what it is sent."""
    of_orders = [each for each in sorted(TOPICS) if each.startswith("orders.")]
    of_transactions = sorted(TOPICS.difference(of_orders))
    return [
        sandbox.add_webhook(of_orders, url).shared_secret,
        sandbox.add_webhook(of_transactions, url, include_resources=["order"]).shared_secret,
    ]


def _exports(server: SandboxServer, sandbox: Sandbox, secrets: Sequence[str]) -> str:
    """Return the lines with which a shell sets what ``from_env`` and a shop read, and the orders to pay."""
    variables = {**server.env, **({"COMMERCELAYER_WEBHOOK_SECRETS": " ".join(secrets)} if secrets else {})}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    return "".join(lines) + f"# orders to pay: {' '.join(sandbox.order_ids)}\n"


def _woken(number: int, frame: object) -> None:
    """Without a handler the signal would end the process."""


if __name__ == "__main__":
    sys.exit(main())
