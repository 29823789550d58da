"""The command ``klarna``: look at payments, move them on, export them and change them, from a shell.

It needs the extra ``cli``. Credentials come from the environment, as those of ``KlarnaPayments.from_env``: a command
line shows in the list of processes.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command, or say which extra it needs."""
    try:
        from commercelayer_klarna.cli.command import app
    except ImportError as error:
        sys.exit(f"klarna: {error}")
    app(prog_name="klarna")
