"""`python -m commercelayer_klarna.sandbox serve`: a sandbox for programs in any language.

The first and only line of output is a JSON object with everything a client needs. SIGINT and SIGTERM end it quietly.
"""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence

from .sandbox import Sandbox
from .server import SandboxServer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m commercelayer_klarna.sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve a sandbox on 127.0.0.1")
    serve.add_argument("--port", type=int, default=0, help="the port; 0 lets the system choose one")
    serve.add_argument("--organization", default="sandbox", help="the slug of the organization")
    options = parser.parse_args(arguments)
    try:
        sandbox = Sandbox(organization=options.organization)
        server = SandboxServer(sandbox, options.port)
    except (ValueError, OSError, OverflowError) as error:
        parser.error(str(error))

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    with server:
        facts = {
            "url": server.url,
            "auth_url": server.auth_url,
            "organization": sandbox.organization,
            "client_id": sandbox.client_id,
            "client_secret": sandbox.client_secret,
            "order_ids": sandbox.order_ids,
            "gateway_id": sandbox.gateway_id,
        }
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
