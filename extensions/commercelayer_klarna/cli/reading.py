"""The commands that look: ``list``, ``show`` and ``count``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commercelayer_klarna.cli.common import (
    AsJson,
    Filter,
    Include,
    InSandbox,
    Kind,
    Of,
    client,
    endpoint_of,
    pairs,
    print_one,
    print_table,
    say,
    say_json,
)

if TYPE_CHECKING:
    from commercelayer_klarna._sync.endpoint import Retrieving

app = typer.Typer()

_SHOWN = ("id", "reference", "number", "status", "created_at", "updated_at")


@app.command("list")
def list_command(
    of: Of = Kind.klarna_payments,
    filter: Filter = None,
    sort: Annotated[list[str] | None, typer.Option("--sort", help="Such as -created_at.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 25,
    as_json: AsJson = False,
    sandbox: InSandbox = False,
) -> None:
    """List what matches."""
    with client(sandbox) as payments:
        found = endpoint_of(payments, of).list(
            filters=pairs(filter, "--filter"), sort=sort or ["-created_at"], limit=limit, page_size=min(limit, 25)
        )
        rows = [each.to_dict() for each in found]
        if as_json:
            say_json(rows)
        else:
            print_table(rows, [name for name in _SHOWN if not rows or name in rows[0]])


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="Its id.")],
    of: Of = Kind.klarna_payments,
    include: Include = None,
    as_json: AsJson = False,
    sandbox: InSandbox = False,
) -> None:
    """Show one."""
    with client(sandbox) as payments:
        endpoint: Retrieving[Any] = endpoint_of(payments, of)  # type: ignore[assignment]
        print_one(endpoint.retrieve(id, include=include or []).to_dict(), as_json=as_json)


@app.command()
def count(of: Of = Kind.klarna_payments, filter: Filter = None, sandbox: InSandbox = False) -> None:
    """Count what matches."""
    with client(sandbox) as payments:
        say(endpoint_of(payments, of).count(pairs(filter, "--filter")))
