"""The command ``klarna``: look at payments, export them and change them, from a shell. It needs the extra ``cli``.

Credentials come from the environment, as those of ``KlarnaPayments.from_env``: a command line shows in the list of
processes. What moves money has no command here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

try:
    import typer
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Table
except ImportError as error:
    raise ImportError(f'{error}: the command needs an extra: pip install "commercelayer-klarna[cli]"') from None

from commercelayer_klarna._sync.client import KlarnaPayments
from commercelayer_klarna.bulk import backfill, export
from commercelayer_klarna.errors import CommerceLayerError, TokenError
from commercelayer_klarna.plugins.flow import Interceptor
from commercelayer_klarna.plugins.hookspecs import Plugin, hookimpl
from commercelayer_klarna.plugins.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commercelayer_klarna._sync.endpoint import Listing, Retrieving
    from commercelayer_klarna.plugins.values import Context, Request, Response
    from commercelayer_klarna.resources import Resource

app = typer.Typer(help="Klarna payments of Commerce Layer.", no_args_is_help=True, pretty_exceptions_enable=False)
sandbox_app = typer.Typer(help="The sandbox.", no_args_is_help=True)
app.add_typer(sandbox_app, name="sandbox")

# What a job needs that runs at the pace of the limits: its calls wait for their turn.
_DEADLINE = 300.0
_SHOWN = ("id", "reference", "number", "status", "created_at", "updated_at")


class Kind(StrEnum):
    """What a command is about."""

    klarna_payments = "klarna_payments"
    orders = "orders"
    authorizations = "authorizations"
    captures = "captures"
    refunds = "refunds"
    voids = "voids"


Of = Annotated[Kind, typer.Option("--of", help="What it is about.")]
Filter = Annotated[list[str] | None, typer.Option("--filter", help="Such as created_at_gteq=2026-01-01T00:00:00Z.")]
Include = Annotated[list[str] | None, typer.Option("--include", help="Relationship path to include.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
InSandbox = Annotated[bool, typer.Option("--sandbox", help="A sandbox in this process, for trying.")]


class _Headers(Plugin, Interceptor):
    """Remembers the headers of the last answer."""

    name = "headers"

    def __init__(self) -> None:
        self.last: Mapping[str, str] = {}

    @hookimpl
    def interceptors(self, ctx: Context) -> Iterable[Interceptor]:
        """Return itself."""
        return [self]

    def on_response(self, request: Request, response: Response) -> Response:
        """Remember the headers."""
        self.last = response.headers
        return response


@contextmanager
def _client(sandbox: bool, *more: Plugin) -> Generator[KlarnaPayments]:
    """Make a client; what goes wrong with it ends the command with one line."""
    try:
        with _made(sandbox, *more) as payments:
            yield payments
    except (CommerceLayerError, ValueError, TypeError, OSError, ImportError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(1) from None


def _made(sandbox: bool, *more: Plugin) -> KlarnaPayments:
    if not sandbox:
        return KlarnaPayments.from_env(plugins=[Limits(), *more], deadline=_DEADLINE)
    from commercelayer_klarna.sandbox import Sandbox

    stand_in = Sandbox()
    with stand_in.client() as payments:
        for number, order in enumerate(stand_in.order_ids):
            payments.create(order=order, reference=f"example-{number}")
    return stand_in.client(plugins=more)


def _endpoint(payments: KlarnaPayments, kind: Kind) -> Listing[Resource]:
    endpoint: Listing[Any] = payments if kind is Kind.klarna_payments else getattr(payments, kind.value)
    return endpoint


def _pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    """Read options such as ``name=value``."""
    pairs = dict[str, str]()
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise ValueError(f"{option} {text!r} is not of the form name=value")
        pairs[name] = value
    return pairs


def _print(rows: list[dict[str, Any]], names: list[str]) -> None:
    table = Table(*names, box=None)
    for row in rows:
        table.add_row(*("" if row.get(name) is None else str(row[name]) for name in names))
    Console().print(table)


@contextmanager
def _progress(what: str) -> Generator[Callable[[int, int], None]]:
    """Show how far a work has come, on a terminal."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


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
    with _client(sandbox) as payments:
        found = _endpoint(payments, of).list(
            filters=_pairs(filter, "--filter"), sort=sort or ["-created_at"], limit=limit, page_size=min(limit, 25)
        )
        rows = [each.to_dict() for each in found]
        if as_json:
            print(json.dumps(rows, ensure_ascii=False, indent=2))  # noqa: T201
        else:
            _print(rows, [name for name in _SHOWN if not rows or name in rows[0]])


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="Its id.")],
    of: Of = Kind.klarna_payments,
    include: Include = None,
    as_json: AsJson = False,
    sandbox: InSandbox = False,
) -> None:
    """Show one."""
    with _client(sandbox) as payments:
        endpoint: Retrieving[Any] = _endpoint(payments, of)  # type: ignore[assignment]  # pyright: ignore
        found = endpoint.retrieve(id, include=include or []).to_dict()
        if as_json:
            print(json.dumps(found, ensure_ascii=False, indent=2))  # noqa: T201
        else:
            _print([{"name": name, "value": value} for name, value in found.items()], ["name", "value"])


@app.command()
def count(of: Of = Kind.klarna_payments, filter: Filter = None, sandbox: InSandbox = False) -> None:
    """Count what matches."""
    with _client(sandbox) as payments:
        print(_endpoint(payments, of).count(_pairs(filter, "--filter")))  # noqa: T201


@app.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(help="It ends with .jsonl, .csv or .parquet.")],
    of: Of = Kind.klarna_payments,
    filter: Filter = None,
    columns: Annotated[str | None, typer.Option("--columns", help="Such as id,created_at,order.number.")] = None,
    include: Include = None,
    sandbox: InSandbox = False,
) -> None:
    """Export all that match. Run it again after it was stopped: it goes on."""
    with _client(sandbox) as payments, _progress("export") as progress:
        done = export(
            _endpoint(payments, of),
            file,
            columns=columns.split(",") if columns else None,
            filters=_pairs(filter, "--filter"),
            include=include or [],
            progress=progress,
        )
    print(f"{done} in {file}")  # noqa: T201


@app.command("backfill")
def backfill_command(
    changes: Annotated[list[str], typer.Option("--set", help="Such as metadata.campaign=spring, or reference=x.")],
    of: Of = Kind.klarna_payments,
    filter: Filter = None,
    checkpoint: Annotated[Path | None, typer.Option("--checkpoint", help="Where it keeps how far it is.")] = None,
    max_failures: Annotated[int, typer.Option("--max-failures", min=0)] = 25,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    sandbox: InSandbox = False,
) -> None:
    """Set attributes of all that match. With a checkpoint it goes on after it was stopped."""
    with _client(sandbox) as payments:
        endpoint, wanted, filters = _endpoint(payments, of), _pairs(changes, "--set"), _pairs(filter, "--filter")
        if not yes:
            typer.confirm(f"Change {endpoint.count(filters)} {of.value}?", abort=True)

        def change(resource: Resource) -> dict[str, object]:
            written: dict[str, Any] = {}
            for name, value in wanted.items():
                attribute, dot, key = name.partition(".")
                if dot:
                    written.setdefault(attribute, dict(resource.attributes.get(attribute) or {}))[key] = value
                else:
                    written[attribute] = value
            return written

        with _progress("backfill") as progress:
            result = backfill(
                endpoint, change, filters=filters, checkpoint=checkpoint, max_failures=max_failures, progress=progress
            )
    print(f"{result.changed} changed, {result.unchanged} unchanged, {result.failed} failed")  # noqa: T201
    for failure in result.failures:
        print(f"{failure.id}: {failure.reason}", file=sys.stderr)  # noqa: T201
    if result.failures:
        raise typer.Exit(1)


@app.command()
def limits(as_json: AsJson = False, sandbox: InSandbox = False) -> None:
    """Tell how many requests are left to this address. It takes one."""
    headers = _Headers()
    with _client(sandbox, headers) as payments:
        payments.count()
    told = {name: headers.last.get(f"x-ratelimit-{name}") for name in ("limit", "interval", "remaining")}
    if as_json:
        print(json.dumps(told))  # noqa: T201
    elif told["limit"] is None:
        print("the API did not tell its limits")  # noqa: T201
    else:
        print(f"{told['remaining']} of {told['limit']} requests left in {told['interval']} s")  # noqa: T201


@app.command()
def check(sandbox: InSandbox = False) -> None:
    """Check credentials and permissions, each with its remedy."""
    with _client(sandbox) as payments:
        failed = False
        for kind in Kind:
            problem = _problem(_endpoint(payments, kind))
            failed = failed or bool(problem)
            print(f"{kind.value}: {problem or 'can be read'}")  # noqa: T201
    if failed:
        raise typer.Exit(1)


def _problem(endpoint: Listing[Resource]) -> str:
    """Return what keeps an endpoint from being read, and the remedy."""
    try:
        endpoint.count()
    except TokenError:
        raise  # nothing can be read, and the error says why
    except CommerceLayerError as error:
        return f"{error}. Does the API client's role allow it to read them?"
    return ""


@sandbox_app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def serve(context: typer.Context) -> None:
    """Serve the sandbox on loopback. It takes the options of ``python -m commercelayer_klarna.sandbox serve``."""
    from commercelayer_klarna.sandbox.__main__ import main as serve_sandbox

    raise typer.Exit(serve_sandbox(["serve", *context.args]))


def main() -> None:
    """Run the command."""
    app(prog_name="klarna")
