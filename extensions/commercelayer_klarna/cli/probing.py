"""The command ``probe``: what is known of the service, put to the test."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commercelayer_klarna._auth.credentials import ClientCredentials
from commercelayer_klarna._sync.client import KlarnaPayments
from commercelayer_klarna.cli.common import (
    DEADLINE,
    AsJson,
    InSandbox,
    Yes,
    in_one_line,
    print_table,
    progress,
    say,
    say_error,
    say_json,
)
from commercelayer_klarna.plugins.limits import TEST, Limits
from commercelayer_klarna.probe import recording, runner
from commercelayer_klarna.probe.check import Found
from commercelayer_klarna.probe.checks import selected
from commercelayer_klarna.probe.sending import AsWritten
from commercelayer_klarna.probe.stand_in import ORDERS, stand_in
from commercelayer_klarna.probe.visit import Prober, Visit

if TYPE_CHECKING:
    from commercelayer_klarna._client.options import ClientOptions
    from commercelayer_klarna.probe.exchange import Caller

app = typer.Typer()

Write = Annotated[
    list[str] | None,
    typer.Option("--write", metavar="ORDER_ID", help="Create, place, capture and refund with this order."),
]


@app.command()
def probe(
    write: Write = None,
    yes: Yes = False,
    live_read_only: Annotated[bool, typer.Option("--live-read-only", help="Read with a live token.")] = False,
    only: Annotated[str, typer.Option("--only", help="The checks whose names begin so.")] = "",
    sales_channel: Annotated[str, typer.Option("--sales-channel", help="Client id of a sales channel.")] = "",
    scope: Annotated[str, typer.Option("--scope", help="Its scope, such as market:id:xYZkjABcde.")] = "",
    old_token: Annotated[Path | None, typer.Option("--old-token", help="File with a token that has expired.")] = None,
    record: Annotated[Path | None, typer.Option("--record", help="Folder for what was sent and answered.")] = None,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown instead of a table.")] = False,
    sandbox: InSandbox = False,
) -> None:
    """Check what is known of the service. It reads, unless it is given orders. The exit status is 1 if one differs."""
    checks = [each for each in selected(writes=bool(write) or sandbox) if each.name.startswith(only)]
    if not checks:
        say_error(f"no check begins with {only!r}: their names are in docs/probe.md")
        raise typer.Exit(1)
    most = runner.most_requests(checks, ORDERS if sandbox else len(write or ()))
    pace = f", below the limits of the API: {-(-most // TEST.per_minute)} minutes at most in test mode"
    say_error(f"{len(checks)} checks, {most} requests at most{'' if sandbox else pace}")
    if write and not sandbox and not yes:
        typer.confirm(f"Write to {len(write)} orders, and take their payments?", abort=True)
    with in_one_line(), ExitStack() as stack, progress("probe") as told:
        if sandbox:
            visit = stand_in().visit()
        else:
            callers: dict[Caller, Prober] = {"integration": _prober(stack, live_read_only)}
            if sales_channel:
                callers["sales channel"] = _prober(stack, live_read_only, sales_channel, scope)
            visit = Visit(callers, tuple(write or ()), old_token.read_text().strip() if old_token else None)
        report = runner.run(visit, checks, told)
        if record is not None:
            recording.write(visit, record)
    if as_json:
        say_json(report.document())
    elif markdown:
        say(report.markdown())
    else:
        print_table(report.rows(), ["check", "so far", "now", "claim", "seen"])
        say(report.summary)
    if report.found(Found.DIFFERS):
        raise typer.Exit(1)


def _prober(stack: ExitStack, live_read_only: bool, client_id: str = "", scope: str = "") -> Prober:
    """Return a client for the probe: with the credentials of the environment, or of a sales channel."""
    auth_url = os.environ.get("COMMERCELAYER_AUTH_URL")
    sender = AsWritten(auth_url=auth_url, live_read_only=live_read_only)
    options: ClientOptions = {"plugins": [Limits(), sender], "deadline": DEADLINE, "retry": None}
    if client_id:
        options["auth"] = ClientCredentials(client_id=client_id, scope=scope or None, auth_url=auth_url)
    return Prober(stack.enter_context(KlarnaPayments.from_env(**options)), sender)
