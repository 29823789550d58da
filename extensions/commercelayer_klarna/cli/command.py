"""The command with all its parts."""

from __future__ import annotations

# First, since it says what to install.
from commercelayer_klarna.cli import common  # isort: skip

import typer

from commercelayer_klarna.cli import checks, many, money, probing, reading

__all__ = ["app", "common"]

app = typer.Typer(help="Klarna payments of Commerce Layer.", no_args_is_help=True, pretty_exceptions_enable=False)
sandbox_app = typer.Typer(help="The sandbox.", no_args_is_help=True)
for _part in (reading, money, many, checks, probing):
    app.add_typer(_part.app)
app.add_typer(sandbox_app, name="sandbox")


# Its options, and the help on them, are those of the other command.
@sandbox_app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def serve(context: typer.Context) -> None:
    """Serve the sandbox on loopback. It takes the options of ``python -m commercelayer_klarna.sandbox serve``."""
    from commercelayer_klarna.sandbox.__main__ import main as serve_sandbox

    raise typer.Exit(serve_sandbox(["serve", *context.args]))
