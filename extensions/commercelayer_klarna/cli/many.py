"""The commands for many resources: ``export`` and ``backfill``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commercelayer_klarna.bulk import backfill, export
from commercelayer_klarna.bulk.ids import checked_items
from commercelayer_klarna.bulk.places import place
from commercelayer_klarna.cli.common import (
    Filter,
    Include,
    InSandbox,
    Kind,
    Of,
    Yes,
    client,
    endpoint_of,
    pairs,
    progress,
    say,
    say_error,
)

if TYPE_CHECKING:
    from commercelayer_klarna.resources import Resource

app = typer.Typer()

# Text, since a path would make one slash of the two in an address.
Checkpoint = Annotated[
    str | None, typer.Option("--checkpoint", help="Where it keeps how far it is: a file, or an address.")
]


@app.command("export")
def export_command(
    file: Annotated[
        str,
        typer.Argument(help="A file, or an address such as s3://bucket/a.csv. It ends with .jsonl, .csv or .parquet."),
    ],
    of: Of = Kind.klarna_payments,
    filter: Filter = None,
    columns: Annotated[str | None, typer.Option("--columns", help="Such as id,created_at,order.number.")] = None,
    include: Include = None,
    daily: Annotated[str | None, typer.Option("--daily", help="A file for each day: of created_at, for one.")] = None,
    checkpoint: Checkpoint = None,
    sandbox: InSandbox = False,
) -> None:
    """Export all that match. Run it again after it was stopped: it goes on."""
    with client(sandbox) as payments, progress("export") as told:
        done = export(
            endpoint_of(payments, of),
            file,
            columns=columns.split(",") if columns else None,
            filters=pairs(filter, "--filter"),
            include=include or [],
            daily=daily,
            checkpoint=checkpoint,
            progress=told,
        )
    say(f"{done} in {file}")


@app.command("backfill")
def backfill_command(
    changes: Annotated[list[str], typer.Option("--set", help="Such as metadata.campaign=spring, or reference=x.")],
    of: Of = Kind.klarna_payments,
    ids: Annotated[
        str | None,
        typer.Option("--ids", help="A file with the ids of those to change, one a line; - is standard input."),
    ] = None,
    filter: Filter = None,
    checkpoint: Checkpoint = None,
    max_failures: Annotated[int, typer.Option("--max-failures", min=0)] = 25,
    yes: Yes = False,
    sandbox: InSandbox = False,
) -> None:
    """Set attributes of all that match, or of those named. With a checkpoint, deleted at its end, it can be resumed."""
    with client(sandbox) as payments:
        if ids == "-" and not yes:
            raise ValueError("--ids - reads standard input, so nobody can answer the question there: add --yes")
        endpoint, wanted, filters = endpoint_of(payments, of), pairs(changes, "--set"), pairs(filter, "--filter")
        items = None if ids is None else _ids(ids)
        if not yes:
            count = endpoint.count(filters) if items is None else len(items)
            typer.confirm(f"Change {count} {of.value}?", abort=True)

        def change(resource: Resource) -> dict[str, object]:
            written: dict[str, Any] = {}
            for name, value in wanted.items():
                attribute, dot, key = name.partition(".")
                if dot:
                    written.setdefault(attribute, dict(resource.attributes.get(attribute) or {}))[key] = value
                else:
                    written[attribute] = value
            return written

        with progress("backfill") as told:
            result = backfill(
                endpoint,
                change,
                items=items,
                filters=filters,
                checkpoint=checkpoint,
                what=" ".join(changes),
                max_failures=max_failures,
                progress=told,
            )
    say(f"{result.changed} changed, {result.unchanged} unchanged, {result.failed} failed")
    for failure in result.failures:
        say_error(f"{failure.id}: {failure.reason}")
    if checkpoint is not None:
        place(checkpoint).remove()
    if result.failures:
        raise typer.Exit(1)


def _ids(file: str) -> list[str]:
    """Read ids, one a line, of a file or of standard input."""
    # A file that a spreadsheet wrote may begin with a mark of its encoding.
    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8-sig")
    return checked_items(line.strip() for line in text.splitlines() if line.strip())
